package follow

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

// How many mails anybody can have sent to one address in a day, and ask for from one network in an hour; and how often in an hour a
// reader's calendar is made, which asks all lists that they follow.
const (
	MailsPerAddress    = 5
	RequestsPerNetwork = 30
	CalendarsPerReader = 30
)

// Reader is whoever follows something.
type Reader struct {
	ID    int64
	Email string
	Lang  i18n.Lang
}

// Ask takes what somebody wants to follow and sends the address a link that confirms it; whoever follows it already gets a link
// to what they follow instead. The caller learns nothing of that. Too many requests of one network are problem.TooMany; too many
// for one address are passed over in silence. A list that there is not is problem.NotFound.
func (s *Service) Ask(ctx context.Context, list string, q url.Values, typed string, c Choices) error {
	w, _, failed := s.watch(list, q)
	wrong, ok := problem.InvalidFields(failed)
	if failed != nil && !ok {
		return failed
	}
	l := i18n.From(ctx)
	email, more := readEmail(typed)
	c, still := c.check(l)
	if wrong = append(append(wrong, more...), still...); len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.mayMail(ctx, email, func(tx database.Tx) error {
		r, err := reader(ctx, tx, email, l, s.Now())
		if err != nil {
			return err
		}
		id, confirmed, err := s.add(ctx, tx, r, w, c)
		if err != nil {
			return err
		}
		if confirmed {
			return s.write(ctx, tx, Reader{r.ID, r.Email, l}, letterKnown, s.path(forReader, signed{Reader: r.ID}), w)
		}
		return s.write(ctx, tx, Reader{r.ID, r.Email, l}, letterConfirm, s.path(forConfirm, signed{Reader: r.ID, Follow: id}), w)
	})
}

// SendLink sends an address that follows something a fresh link to it; to any other address nothing. The limits and the answer
// are those of Ask.
func (s *Service) SendLink(ctx context.Context, typed string) error {
	email, wrong := readEmail(typed)
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.mayMail(ctx, email, func(tx database.Tx) error {
		r, err := database.Row[Reader](ctx, tx, `SELECT id, email, lang FROM follow_readers r WHERE email_key = $1 AND EXISTS (SELECT FROM follows f WHERE f.reader_id = r.id AND f.confirmed_at IS NOT NULL)`, form.EmailKey(email))
		if errors.Is(err, problem.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		r.Lang = i18n.From(ctx)
		return s.write(ctx, tx, r, letterKnown, s.path(forReader, signed{Reader: r.ID}), Watch{})
	})
}

// AskAs is Ask for a person with an account, whose address is proven: they follow the list from now on. It returns the way to all
// that they follow. Whoever is kept away, or whose mails come back, is told so.
func (s *Service) AskAs(ctx context.Context, who identity.User, list string, q url.Values, c Choices) (path string, err error) {
	w, l, failed := s.watch(list, q)
	wrong, ok := problem.InvalidFields(failed)
	if failed != nil && !ok {
		return "", failed
	}
	lang := i18n.From(ctx)
	c, more := c.check(lang)
	if wrong = append(wrong, more...); len(wrong) > 0 {
		return "", problem.Invalid(wrong...)
	}
	if err := s.notice(ctx, l); err != nil {
		return "", err
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		away, err := s.KeptAway(ctx, tx, who.Email)
		if err != nil {
			return err
		}
		if away {
			return problem.Invalid(problem.Field{Name: "filter", Key: "follow.wrong.away"})
		}
		r, err := reader(ctx, tx, who.Email, lang, s.Now())
		if err != nil {
			return err
		}
		id, _, err := s.add(ctx, tx, r, w, c)
		if err != nil {
			return err
		}
		path = s.path(forReader, signed{Reader: r.ID})
		return s.confirm(ctx, tx, r, id)
	})
	if err != nil {
		return "", fmt.Errorf("follow a list: %w", err)
	}
	return path, nil
}

// Own is the way to all that a person with an account follows.
func (s *Service) Own(ctx context.Context, who identity.User) (path string, err error) {
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		r, err := reader(ctx, tx, who.Email, i18n.From(ctx), s.Now())
		path = s.path(forReader, signed{Reader: r.ID})
		return err
	})
	return path, err
}

// reader finds the reader of an address, and holds them, or makes one who follows nothing yet. Until something is confirmed, it is
// the one who asked last who says how the address is written and in which language.
func reader(ctx context.Context, tx database.Tx, email string, l i18n.Lang, now time.Time) (Reader, error) {
	r, err := database.Row[Reader](ctx, tx, `INSERT INTO follow_readers AS r (email, email_key, lang, asked_at) VALUES (@email, @key, @lang, @now)
		ON CONFLICT (email_key) DO UPDATE SET asked_at = excluded.asked_at,
			email = CASE WHEN EXISTS (SELECT FROM follows f WHERE f.reader_id = r.id AND f.confirmed_at IS NOT NULL) THEN r.email ELSE excluded.email END,
			lang = CASE WHEN EXISTS (SELECT FROM follows f WHERE f.reader_id = r.id AND f.confirmed_at IS NOT NULL) THEN r.lang ELSE excluded.lang END
		RETURNING id, email, lang`,
		database.Args{"email": email, "key": form.EmailKey(email), "lang": string(l), "now": now})
	if err != nil {
		return r, fmt.Errorf("find a reader: %w", err)
	}
	return r, nil
}

// add has a reader follow a list, as soon as they confirm it. What is confirmed already stays as it is.
func (s *Service) add(ctx context.Context, tx database.Tx, r Reader, w Watch, c Choices) (id int64, confirmed bool, err error) {
	watch, err := database.Value[int64](ctx, tx, `INSERT INTO follow_watches AS w (list, query, told) VALUES (@list, @query, (SELECT coalesce(max(id), 0) FROM follow_news WHERE list = @list))
		ON CONFLICT (list, query) DO UPDATE SET list = w.list RETURNING id`, database.Args{"list": w.List, "query": w.Query})
	if err != nil {
		return 0, false, fmt.Errorf("find a list with a filter: %w", err)
	}
	type row struct {
		ID        int64
		Confirmed bool
	}
	f, err := database.Row[row](ctx, tx, `INSERT INTO follows AS f (reader_id, watch_id, frequency, languages, created_at) VALUES (@reader, @watch, @frequency, @languages, @now)
		ON CONFLICT (reader_id, watch_id) DO UPDATE SET frequency = CASE WHEN f.confirmed_at IS NULL THEN excluded.frequency ELSE f.frequency END,
			languages = CASE WHEN f.confirmed_at IS NULL THEN excluded.languages ELSE f.languages END, created_at = CASE WHEN f.confirmed_at IS NULL THEN excluded.created_at ELSE f.created_at END
		RETURNING id, confirmed_at IS NOT NULL AS confirmed`,
		database.Args{"reader": r.ID, "watch": watch, "frequency": string(c.Frequency), "languages": c.Languages, "now": s.Now()})
	if err != nil {
		return 0, false, fmt.Errorf("follow a list: %w", err)
	}
	return f.ID, f.Confirmed, nil
}

// confirm lets a follow begin, with what comes from now on. It may be repeated. Whoever follows enough already is told so.
func (s *Service) confirm(ctx context.Context, tx database.Tx, r Reader, follow int64) error {
	n, err := database.Value[int](ctx, tx, `SELECT count(*) FROM follows WHERE reader_id = $1 AND confirmed_at IS NOT NULL AND id <> $2`, r.ID, follow)
	if err != nil {
		return err
	}
	if n >= MostFollows {
		return problem.Invalid(problem.Field{Name: "filter", Key: "follow.wrong.many", Args: []any{MostFollows}})
	}
	tag, err := tx.Exec(ctx, `UPDATE follows f SET confirmed_at = coalesce(confirmed_at, @now),
			since = CASE WHEN confirmed_at IS NULL THEN (SELECT coalesce(max(n.id), 0) FROM follow_news n JOIN follow_watches w ON w.list = n.list WHERE w.id = f.watch_id) ELSE since END
		WHERE id = @id AND reader_id = @reader`, database.Args{"id": follow, "reader": r.ID, "now": s.Now()})
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return problem.NotFound
	}
	return nil
}

// mayMail counts a request, and does it in a transaction unless the address has had its mails for today, or its reader has
// called them unwanted. All replicas count together.
func (s *Service) mayMail(ctx context.Context, email string, do func(tx database.Tx) error) error {
	if err := web.Limit(ctx, s.db.Read(), "follow.network:"+web.Network(ctx), RequestsPerNetwork, time.Hour); err != nil {
		return err
	}
	err := web.Limit(ctx, s.db.Read(), "follow.address:"+form.EmailKey(email), MailsPerAddress, 24*time.Hour)
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

// Confirming returns what a confirming link is about. One that the portal has not made, or whose time is over, is
// problem.NotFound.
func (s *Service) Confirming(ctx context.Context, token string) (Follow, error) {
	t, err := s.confirming(token)
	if err != nil {
		return Follow{}, err
	}
	f, err := database.Row[Follow](ctx, s.db.Read(), `SELECT `+followColumns+followFrom+` WHERE f.id = $1 AND f.reader_id = $2`, t.Follow, t.Reader)
	if err != nil {
		return f, fmt.Errorf("a confirming link: %w", err)
	}
	return f, nil
}

func (s *Service) confirming(token string) (signed, error) {
	t, ok := verify(s.Secret, forConfirm, token)
	if !ok || s.Now().Sub(t.Made) > ConfirmWithin+24*time.Hour { // the day on which it was made is not over at once
		return t, problem.NotFound
	}
	return t, nil
}

// Confirm lets the follow of a confirming link begin, and returns the way to all that its reader follows. It may be repeated.
func (s *Service) Confirm(ctx context.Context, token string) (path string, err error) {
	f, err := s.Confirming(ctx, token)
	if err != nil {
		return "", err
	}
	l, err := s.list(f.List)
	if err != nil {
		return "", err
	}
	if err := s.notice(ctx, l); err != nil {
		return "", err
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		r, err := database.Row[Reader](ctx, tx, `SELECT id, email, lang FROM follow_readers WHERE id = $1 FOR UPDATE`, f.ReaderID)
		if err != nil {
			return err
		}
		if err := s.confirm(ctx, tx, r, f.ID); err != nil {
			return err
		}
		return s.Reached(ctx, tx, r.Email)
	})
	if err != nil {
		return "", fmt.Errorf("confirm what somebody follows: %w", err)
	}
	return s.path(forReader, signed{Reader: f.ReaderID}), nil
}
