package follow

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web"
)

// Follow is a list that a reader follows.
type Follow struct {
	ID, ReaderID int64
	Email        string
	List, Query  string
	Frequency    Frequency
	Languages    []string
	CreatedAt    time.Time
	// ConfirmedAt is nil until the reader has opened the link.
	ConfirmedAt *time.Time
}

// Watch is what is followed.
func (f Follow) Watch() Watch { return Watch{f.List, f.Query} }

const (
	followColumns = `f.id, f.reader_id, r.email, w.list, w.query, f.frequency, f.languages, f.created_at, f.confirmed_at`
	followFrom    = ` FROM follows f JOIN follow_watches w ON w.id = f.watch_id JOIN follow_readers r ON r.id = f.reader_id`
)

// Page is a reader with all that they follow, the last begun on top.
type Page struct {
	Reader  Reader
	Follows []Follow
}

// Read returns what the reader of a link follows. A link that the portal has not made, or whose reader is gone, is
// problem.NotFound; old says that it is too old to show or change anything.
func (s *Service) Read(ctx context.Context, token string) (p Page, old bool, err error) {
	t, ok := verify(s.Secret, forReader, token)
	if !ok {
		return p, false, problem.NotFound
	}
	return s.read(ctx, t)
}

func (s *Service) read(ctx context.Context, t signed) (p Page, old bool, err error) {
	if p.Reader, err = database.Row[Reader](ctx, s.db.Read(), `SELECT id, email, lang FROM follow_readers WHERE id = $1`, t.Reader); err != nil {
		return p, false, fmt.Errorf("a reader's link: %w", err)
	}
	if p.Follows, err = database.Rows[Follow](ctx, s.db.Read(), `SELECT `+followColumns+followFrom+` WHERE f.reader_id = $1 AND f.confirmed_at IS NOT NULL ORDER BY f.id DESC`, t.Reader); err != nil {
		return p, false, fmt.Errorf("what a reader follows: %w", err)
	}
	return p, s.Now().Sub(t.Made) > ReaderLinkLasts, nil
}

// current is the reader of a link that may show and change something.
func (s *Service) current(token string) (int64, error) {
	t, ok := verify(s.Secret, forReader, token)
	if !ok || s.Now().Sub(t.Made) > ReaderLinkLasts {
		return 0, problem.NotFound
	}
	return t.Reader, nil
}

// Choose keeps how the reader of a link follows one of their lists. What they are still to be told of comes at the new time.
func (s *Service) Choose(ctx context.Context, token string, follow int64, c Choices) error {
	id, err := s.current(token)
	if err != nil {
		return err
	}
	lang, err := database.Value[i18n.Lang](ctx, s.db.Read(), `SELECT lang FROM follow_readers WHERE id = $1`, id)
	if err != nil {
		return err
	}
	c, wrong := c.check(lang)
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := database.Value[int64](ctx, tx, `UPDATE follows SET frequency = @frequency, languages = @languages WHERE id = @id AND reader_id = @reader AND confirmed_at IS NOT NULL RETURNING id`,
			database.Args{"id": follow, "reader": id, "frequency": string(c.Frequency), "languages": c.Languages}); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE follow_told SET due_at = $2 WHERE follow_id = $1 AND mailed_at IS NULL`, follow, due(c.Frequency, s.Now()))
		return err
	})
	if err != nil {
		return fmt.Errorf("keep how a list is followed: %w", err)
	}
	return nil
}

// Speak keeps the language of the mails to the reader of a link.
func (s *Service) Speak(ctx context.Context, token string, l i18n.Lang) error {
	id, err := s.current(token)
	if err != nil {
		return err
	}
	if !l.IsOffered() {
		return problem.Invalid(problem.Field{Name: "lang", Key: "follow.wrong.lang"})
	}
	if _, err := s.db.Pool.Exec(ctx, `UPDATE follow_readers SET lang = $2 WHERE id = $1`, id, string(l)); err != nil {
		return fmt.Errorf("keep the language of mails: %w", err)
	}
	return nil
}

// Stopping returns what a stopping link is about: one follow, or several. Who they are is not shown, since the page may be open to
// whom a mail was passed on. A link that the portal has not made is problem.NotFound; what is stopped already is no Follow.
func (s *Service) Stopping(ctx context.Context, token string) ([]Follow, error) {
	t, ok := s.stops(token)
	if !ok {
		return nil, problem.NotFound
	}
	all, err := database.Rows[Follow](ctx, s.db.Read(), `SELECT `+followColumns+followFrom+` WHERE f.reader_id = $1 AND ($2 = 0 OR f.id = $2) AND f.confirmed_at IS NOT NULL ORDER BY f.id DESC`, t.Reader, t.Follow)
	if err != nil {
		return nil, fmt.Errorf("a stopping link: %w", err)
	}
	return all, nil
}

// stops reads a link by which something can be stopped: one for that, or the reader's own, however old.
func (s *Service) stops(token string) (signed, bool) {
	if t, ok := verify(s.Secret, forStop, token); ok {
		return t, true
	}
	t, ok := verify(s.Secret, forReader, token)
	return t, ok
}

// Stop ends the follow of a stopping link, or all of its reader. With the last one all that is kept of the reader is erased. It
// may be repeated.
func (s *Service) Stop(ctx context.Context, token string) error {
	t, ok := s.stops(token)
	if !ok {
		return problem.NotFound
	}
	return s.stop(ctx, t)
}

// StopOne ends one follow of the reader of a link to their own page.
func (s *Service) StopOne(ctx context.Context, token string, follow int64) error {
	id, err := s.current(token)
	if err != nil {
		return err
	}
	return s.stop(ctx, signed{Reader: id, Follow: follow})
}

func (s *Service) stop(ctx context.Context, t signed) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		// Whoever writes to the reader holds them: no mail comes after this.
		if _, err := database.Value[int64](ctx, tx, `SELECT id FROM follow_readers WHERE id = $1 FOR UPDATE`, t.Reader); err != nil {
			if errors.Is(err, problem.NotFound) {
				return nil
			}
			return err
		}
		if t.Follow != 0 {
			if _, err := tx.Exec(ctx, `DELETE FROM follows WHERE id = $1 AND reader_id = $2`, t.Follow, t.Reader); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `DELETE FROM follow_readers r WHERE id = $1 AND ($2 = 0 OR NOT EXISTS (SELECT FROM follows f WHERE f.reader_id = r.id))`, t.Reader, t.Follow)
		return err
	})
	if err != nil {
		return fmt.Errorf("stop following: %w", err)
	}
	return nil
}

// Copy is all that is kept of a reader, for themself.
type Copy struct {
	Email   string       `json:"email"`
	Lang    i18n.Lang    `json:"language"`
	AskedAt time.Time    `json:"asked_at"`
	Follows []CopyFollow `json:"follows" db:"-"`
}

// CopyFollow is what a copy says of a follow.
type CopyFollow struct {
	List      string    `json:"list"`
	Address   string    `json:"address" db:"query"`
	Frequency Frequency `json:"frequency"`
	Languages []string  `json:"languages"`
	CreatedAt time.Time `json:"created_at"`
	// ConfirmedAt is nil for what was asked for and not confirmed yet.
	ConfirmedAt *time.Time `json:"confirmed_at"`
	// Told is how many things the reader was told of; of each the portal keeps for a while that it did.
	Told int `json:"told"`
}

// Export returns the copy of the reader of a link; address makes the page of a list with its filter.
func (s *Service) Export(ctx context.Context, token string, address func(Watch) string) (c Copy, err error) {
	id, err := s.current(token)
	if err != nil {
		return c, err
	}
	if c, err = database.Row[Copy](ctx, s.db.Read(), `SELECT email, lang, asked_at FROM follow_readers WHERE id = $1`, id); err != nil {
		return c, fmt.Errorf("the copy of a reader: %w", err)
	}
	if c.Follows, err = database.Rows[CopyFollow](ctx, s.db.Read(), `SELECT w.list, w.query, f.frequency, f.languages, f.created_at, f.confirmed_at, (SELECT count(*) FROM follow_told t WHERE t.follow_id = f.id AND t.mailed_at IS NOT NULL) AS told
		FROM follows f JOIN follow_watches w ON w.id = f.watch_id WHERE f.reader_id = $1 ORDER BY f.id`, id); err != nil {
		return c, fmt.Errorf("the copy of a reader: %w", err)
	}
	for i, f := range c.Follows {
		c.Follows[i].Address = address(Watch{f.List, f.Address})
	}
	return c, nil
}

// Dates are what the reader of a calendar's link follows that has dates, each event once. Calendar programs ask every few hours:
// too many requests are problem.TooMany.
func (s *Service) Dates(ctx context.Context, token string) (all []web.ICSEvent, err error) {
	t, ok := verify(s.Secret, forCalendar, token)
	if !ok {
		return nil, problem.NotFound
	}
	if err := web.Limit(ctx, s.db.Read(), "follow.calendar:"+strconv.FormatInt(t.Reader, 10), CalendarsPerReader, time.Hour); err != nil {
		return nil, err
	}
	p, _, err := s.read(ctx, t)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, f := range p.Follows {
		l, err := s.list(f.List)
		if errors.Is(err, problem.NotFound) || l.Dates == nil {
			continue
		}
		dates, err := l.Dates(ctx, f.Watch().filter())
		if err != nil {
			return nil, err
		}
		for _, e := range dates {
			if !seen[e.UID] {
				seen[e.UID], all = true, append(all, e)
			}
		}
	}
	return all, nil
}

// keepTold is for how long it is kept of a reader what they were told of; keepReader for how long somebody who follows nothing.
const (
	keepTold   = 90 * 24 * time.Hour
	keepReader = 24 * time.Hour
)

// CleanUp erases what was not confirmed in time, those who follow nothing any more, what somebody was told of long ago, and the
// filters that nobody follows.
func (s *Service) CleanUp(ctx context.Context) error {
	now := s.Now()
	for _, c := range []struct {
		sql  string
		args []any
	}{
		{`DELETE FROM follows WHERE confirmed_at IS NULL AND created_at < $1`, []any{now.Add(-ConfirmWithin - 24*time.Hour)}},
		{`DELETE FROM follow_readers r WHERE asked_at < $1 AND NOT EXISTS (SELECT FROM follows f WHERE f.reader_id = r.id)`, []any{now.Add(-keepReader)}},
		{`DELETE FROM follow_told WHERE mailed_at < $1`, []any{now.Add(-keepTold)}},
		{`DELETE FROM follow_watches w WHERE NOT EXISTS (SELECT FROM follows f WHERE f.watch_id = w.id)`, nil},
	} {
		if _, err := s.db.Pool.Exec(ctx, c.sql, c.args...); err != nil && database.Constraint(err) != "follows_watch_fkey" {
			return fmt.Errorf("clean up what is followed: %w", err)
		}
	}
	return nil
}
