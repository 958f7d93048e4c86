package newsletter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/onetime"
	"portal/internal/problem"
	"portal/web"
)

// How many mails anybody can have sent to one address in a day, and ask for from one network in an hour.
const (
	MailsPerAddress    = 3
	RequestsPerNetwork = 20
)

// Subscribe takes an address with its choices and sends a link that confirms it; whoever is subscribed already gets a link to
// their choices instead. The caller learns nothing of that. Too many requests of one network are problem.TooMany; too many for
// one address are passed over in silence.
func (s *Service) Subscribe(ctx context.Context, typed string, c Choices) error {
	email, wrong := readEmail(typed)
	c, more := c.check(s.Vocabulary())
	if wrong = append(wrong, more...); len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.mayMail(ctx, email, func(tx database.Tx) error {
		known, err := database.Row[Subscriber](ctx, tx, `SELECT `+subscriberColumns+` FROM newsletter_subscribers WHERE email_key = $1 FOR UPDATE`, keyOf(email))
		switch {
		case err == nil && known.State == "confirmed":
			return s.mailReader(ctx, tx, known, letterKnown, "")
		case err != nil && !errors.Is(err, problem.NotFound):
			return err
		}
		token, hash := onetime.New()
		sub, err := database.Row[Subscriber](ctx, tx, `INSERT INTO newsletter_subscribers AS n (email, email_key, lang, themes, regions, sector, frequency, state, consent_source, created_at, token_hash, token_until)
			VALUES (@email, @key, @lang, @themes, @regions, @sector, @frequency, 'unconfirmed', 'form', @now, @hash, @until)
			ON CONFLICT (email_key) DO UPDATE SET email = excluded.email, lang = excluded.lang, themes = excluded.themes, regions = excluded.regions, sector = excluded.sector,
				frequency = excluded.frequency, token_hash = excluded.token_hash, token_until = excluded.token_until, created_at = excluded.created_at
			WHERE n.state <> 'confirmed' RETURNING `+subscriberColumns,
			database.Args{"email": email, "key": keyOf(email), "lang": string(c.Lang), "themes": c.Themes, "regions": c.Regions, "sector": c.Sector, "frequency": string(c.Frequency),
				"now": s.now(), "hash": hash, "until": s.now().Add(ConfirmWithin)})
		if errors.Is(err, problem.NotFound) { // confirmed by somebody in this very moment
			return nil
		}
		if err != nil {
			return err
		}
		return s.mailReader(ctx, tx, sub, letterConfirm, token)
	})
}

// SendLink sends a subscribed address a fresh link to its choices; to any other address nothing. The limits and the answer are
// those of Subscribe.
func (s *Service) SendLink(ctx context.Context, typed string) error {
	email, wrong := readEmail(typed)
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.mayMail(ctx, email, func(tx database.Tx) error {
		sub, err := database.Row[Subscriber](ctx, tx, `SELECT `+subscriberColumns+` FROM newsletter_subscribers WHERE email_key = $1 AND state = 'confirmed'`, keyOf(email))
		if errors.Is(err, problem.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.mailReader(ctx, tx, sub, letterKnown, "")
	})
}

// mayMail counts a request, and does it in a transaction unless the address has had its mails for today, or its reader has
// called them unwanted. All replicas count together.
func (s *Service) mayMail(ctx context.Context, email string, do func(tx database.Tx) error) error {
	if err := web.Limit(ctx, s.db.Read(), "newsletter.network:"+web.Network(ctx), RequestsPerNetwork, time.Hour); err != nil {
		return err
	}
	err := web.Limit(ctx, s.db.Read(), "newsletter.address:"+keyOf(email), MailsPerAddress, 24*time.Hour)
	if errors.Is(err, problem.TooMany) {
		return nil
	}
	if err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		unwanted, err := s.Unwanted(ctx, tx, email)
		if err != nil || unwanted {
			return err
		}
		return do(tx)
	})
	if err != nil {
		return fmt.Errorf("write to a reader: %w", err)
	}
	return nil
}

// Confirming is what the page of a confirming link shows.
type Confirming struct {
	Subscriber
	// Done says that the link was used before: the reader is subscribed.
	Done bool
}

// Confirming returns whose link it is. One that is not known, or over, is problem.NotFound.
func (s *Service) Confirming(ctx context.Context, token string) (Confirming, error) {
	sub, err := database.Row[Subscriber](ctx, s.db.Read(), `SELECT `+subscriberColumns+` FROM newsletter_subscribers WHERE token_hash = $1 AND token_until > $2`, onetime.Hash(token), s.now())
	if err != nil {
		return Confirming{}, fmt.Errorf("a confirming link: %w", err)
	}
	return Confirming{sub, sub.State == "confirmed"}, nil
}

// Confirm subscribes the reader of a confirming link for good, and returns a link to their choices. It may be repeated. An
// address that was kept away since its reader had left, or since mails came back, is written to again.
func (s *Service) Confirm(ctx context.Context, token string) (link string, err error) {
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		sub, err := database.Row[Subscriber](ctx, tx, `UPDATE newsletter_subscribers SET state = 'confirmed', confirmed_at = coalesce(confirmed_at, @now), consented_on = coalesce(consented_on, @now::date), bounces = 0
			WHERE token_hash = @hash AND token_until > @now RETURNING `+subscriberColumns, database.Args{"hash": onetime.Hash(token), "now": s.now()})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM newsletter_suppressions WHERE address_hash = $1 AND reason IN ('left', 'bounced')`, addressHash(s.Secret, sub.Email)); err != nil {
			return err
		}
		link = s.readerPath(sub.ID, 0)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("confirm a subscription: %w", err)
	}
	return link, nil
}

// readerPath is the reader's own page, without the language.
func (s *Service) readerPath(subscriber int64, issue int32) string {
	return ReaderPath + "/" + sign(s.Secret, forReader, signed{subscriber, issue, s.now()})
}

// Reader returns whose link it is. One that the portal has not made, or whose reader is gone, is problem.NotFound; old says that
// it is too old to show or change anything: it is good for leaving alone.
func (s *Service) Reader(ctx context.Context, token string) (sub Subscriber, old bool, err error) {
	t, ok := verify(s.Secret, forReader, token)
	if !ok {
		return sub, false, problem.NotFound
	}
	sub, err = database.Row[Subscriber](ctx, s.db.Read(), `SELECT `+subscriberColumns+` FROM newsletter_subscribers WHERE id = $1 AND state = 'confirmed'`, t.Subscriber)
	if err != nil {
		return sub, false, fmt.Errorf("a reader's link: %w", err)
	}
	return sub, s.now().Sub(t.Made) > ReaderLinkLasts, nil
}

// current is Reader for what shows or changes something: an old link is problem.NotFound there.
func (s *Service) current(ctx context.Context, token string) (Subscriber, error) {
	sub, old, err := s.Reader(ctx, token)
	if err == nil && old {
		err = problem.NotFound
	}
	return sub, err
}

// Choose keeps what the reader of a link has chosen.
func (s *Service) Choose(ctx context.Context, token string, c Choices) error {
	sub, err := s.current(ctx, token)
	if err != nil {
		return err
	}
	c, wrong := c.check(s.Vocabulary())
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	if _, err := s.db.Pool.Exec(ctx, `UPDATE newsletter_subscribers SET lang = @lang, themes = @themes, regions = @regions, sector = @sector, frequency = @frequency WHERE id = @id`,
		database.Args{"id": sub.ID, "lang": string(c.Lang), "themes": c.Themes, "regions": c.Regions, "sector": c.Sector, "frequency": string(c.Frequency)}); err != nil {
		return fmt.Errorf("keep a reader's choices: %w", err)
	}
	return nil
}

// Leave ends a subscription, with all that is kept of the reader: what remains is a keyed hash of the address, so that no old
// list brings them back. It may be repeated, also by a link that is old; one that the portal has not made is problem.NotFound.
func (s *Service) Leave(ctx context.Context, token string) error {
	t, ok := verify(s.Secret, forReader, token)
	if !ok {
		return problem.NotFound
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error { return s.remove(ctx, tx, t.Subscriber, t.Issue) })
	if err != nil {
		return fmt.Errorf("leave the newsletter: %w", err)
	}
	return nil
}

// remove erases a reader; one who is gone already is no error. Who leaves by an issue is counted there, and nowhere named.
func (s *Service) remove(ctx context.Context, tx database.Tx, id int64, issue int32) error {
	email, err := database.Value[string](ctx, tx, `DELETE FROM newsletter_subscribers WHERE id = $1 RETURNING email`, id)
	if errors.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if issue != 0 {
		if _, err := tx.Exec(ctx, `UPDATE newsletter_issues SET left_since = left_since + 1 WHERE id = $1`, issue); err != nil {
			return err
		}
	}
	return s.suppress(ctx, tx, email, leftReason, 0)
}

// keepAwayDays is for how long after their last issue the row of a reader is kept who is kept away.
const keepAwayDays = 90

// CleanUp erases the addresses that were not confirmed in time, and lists that nobody has let in.
func (s *Service) CleanUp(ctx context.Context) error {
	if _, err := s.db.Pool.Exec(ctx, `DELETE FROM newsletter_subscribers WHERE state = 'unconfirmed' AND created_at < $1`, s.now().Add(-ConfirmWithin)); err != nil {
		return fmt.Errorf("erase unconfirmed readers: %w", err)
	}
	// Those to whom mails came back, or who have complained, are on the list of addresses that are kept away; their row stays for
	// the report of the issue.
	if _, err := s.db.Pool.Exec(ctx, `DELETE FROM newsletter_subscribers b WHERE state = 'away' AND created_at < $1 AND NOT EXISTS (SELECT FROM newsletter_deliveries d WHERE d.subscriber_id = b.id AND d.done_at > $1)`, s.now().AddDate(0, 0, -keepAwayDays)); err != nil {
		return fmt.Errorf("erase readers who are kept away: %w", err)
	}
	if _, err := s.db.Pool.Exec(ctx, `DELETE FROM newsletter_imports WHERE created_at < $1`, s.now().Add(-importKept)); err != nil {
		return fmt.Errorf("drop lists of readers: %w", err)
	}
	return nil
}

// Copy is all that is kept of a reader, for themself.
type Copy struct {
	Email         string     `json:"email"`
	Lang          i18n.Lang  `json:"language"`
	Themes        []int      `json:"themes"`
	Regions       []string   `json:"regions"`
	Sector        string     `json:"sector"`
	Frequency     Frequency  `json:"frequency"`
	ConsentSource string     `json:"consent_source"`
	ConsentedOn   time.Time  `json:"consented_on"`
	ConfirmedAt   *time.Time `json:"confirmed_at"`
	CreatedAt     time.Time  `json:"created_at"`
	Bounces       int        `json:"bounces"`
}

// Export returns the copy of the reader of a link.
func (s *Service) Export(ctx context.Context, token string) (Copy, error) {
	sub, err := s.current(ctx, token)
	if err != nil {
		return Copy{}, err
	}
	return database.Row[Copy](ctx, s.db.Read(), `SELECT email, lang, themes, regions, sector, frequency, consent_source, consented_on, confirmed_at, created_at, bounces FROM newsletter_subscribers WHERE id = $1`, sub.ID)
}
