package follow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

const (
	// perPart is how many readers are looked up at a time.
	perPart = 500
	// mostLines is how many things of a list a mail shows; it says how many more there are, and leads to the list.
	mostLines = 30
)

// asking is a list with a filter, asked in a language of the mails.
type asking struct {
	Watch
	Lang i18n.Lang
}

// asked is what is in the lists now.
type asked struct {
	// upTo is the last row of follow_news when they were asked: what was noticed later is left to the next run.
	upTo int64
	in   map[asking]answer
}

// answer is what a list with a filter has, by key, of what was published from an instant on.
type answer struct {
	from    time.Time
	entries map[string]web.FollowedEntry
}

// tell writes to all whose time has come. A reader to whom writing fails does not keep the others waiting.
func (s *Service) tell(ctx context.Context) error {
	now := s.Now()
	found, err := s.ask(ctx, now)
	if err != nil || len(found.in) == 0 {
		return err
	}
	var failed []error
	for after := int64(0); ; {
		readers, err := database.Values[int64](ctx, s.db.Read(), `SELECT DISTINCT reader_id FROM follow_told WHERE mailed_at IS NULL AND due_at <= $1 AND reader_id > $2 ORDER BY reader_id LIMIT $3`, now, after, perPart)
		if err != nil {
			return fmt.Errorf("whose time has come: %w", err)
		}
		for _, id := range readers {
			if err := s.db.InTx(ctx, func(tx database.Tx) error { return s.tellOne(ctx, tx, id, now, found) }); err != nil {
				failed = append(failed, fmt.Errorf("tell reader %d what is new: %w", id, err))
			}
			if ctx.Err() != nil {
				return errors.Join(failed...)
			}
		}
		if len(readers) < perPart {
			return errors.Join(failed...)
		}
		after = readers[len(readers)-1]
	}
}

// ask asks each list with a filter of which something is due once in each language of the mails, from the first thing that is.
func (s *Service) ask(ctx context.Context, now time.Time) (asked, error) {
	found := asked{in: map[asking]answer{}}
	type row struct {
		List, Query string
		Lang        i18n.Lang
		From        time.Time
	}
	var err error
	if found.upTo, err = database.Value[int64](ctx, s.db.Read(), `SELECT coalesce(max(id), 0) FROM follow_news`); err != nil {
		return found, fmt.Errorf("what was noticed: %w", err)
	}
	rows, err := database.Rows[row](ctx, s.db.Read(), `SELECT w.list, w.query, r.lang, min(n.published_at) AS from
		FROM (SELECT DISTINCT reader_id FROM follow_told WHERE mailed_at IS NULL AND due_at <= $1) d
		JOIN follow_told t ON t.reader_id = d.reader_id AND t.mailed_at IS NULL JOIN follow_readers r ON r.id = t.reader_id JOIN follows f ON f.id = t.follow_id JOIN follow_watches w ON w.id = f.watch_id
		JOIN follow_news n ON n.list = w.list AND n.key = t.key WHERE t.due_at <= $1 OR f.frequency = 'at_once' GROUP BY w.list, w.query, r.lang`, now)
	if err != nil {
		return found, fmt.Errorf("what is due: %w", err)
	}
	for _, r := range rows {
		in := answer{r.From, map[string]web.FollowedEntry{}}
		found.in[asking{Watch{r.List, r.Query}, r.Lang}] = in
		l, err := s.list(r.List)
		if errors.Is(err, problem.NotFound) { // of a version of the portal that had such a list
			continue
		}
		all, err := since(s.in(ctx, r.Lang), l, Watch{r.List, r.Query}.filter(), r.From.Add(-time.Second))
		if err != nil {
			return found, err
		}
		for _, e := range all {
			in.entries[e.Key] = e
		}
	}
	return found, nil
}

// in is the context for what is written to a reader of the language.
func (s *Service) in(ctx context.Context, l i18n.Lang) context.Context {
	return ui.WithSite(i18n.WithLang(ctx, l.OrEnglish()), s.Site)
}

// part is what a mail says of one follow.
type part struct {
	Follow
	Entries []web.FollowedEntry
}

// tellOne writes one mail of all that is due to a reader, and marks it as told, together. A reader to whom another process writes
// is left to it; one whose address is kept away is erased.
func (s *Service) tellOne(ctx context.Context, tx database.Tx, id int64, now time.Time, found asked) error {
	r, err := database.Row[Reader](ctx, tx, `SELECT id, email, lang FROM follow_readers WHERE id = $1 FOR UPDATE SKIP LOCKED`, id)
	if errors.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	away, err := s.KeptAway(ctx, tx, r.Email)
	if err != nil {
		return err
	}
	if away {
		_, err := tx.Exec(ctx, `DELETE FROM follow_readers WHERE id = $1`, id)
		return err
	}
	type row struct {
		Follow
		Key         string
		PublishedAt time.Time
	}
	rows, err := database.Rows[row](ctx, tx, `SELECT `+followColumns+`, t.key, n.published_at FROM follow_told t JOIN follows f ON f.id = t.follow_id JOIN follow_watches w ON w.id = f.watch_id JOIN follow_readers r ON r.id = f.reader_id
		JOIN follow_news n ON n.list = w.list AND n.key = t.key AND n.id <= $3
		WHERE t.reader_id = $1 AND t.mailed_at IS NULL AND (t.due_at <= $2 OR f.frequency = 'at_once') ORDER BY f.id, t.key`, id, now, found.upTo)
	if err != nil {
		return err
	}
	var parts []part
	var told, gone []string
	for _, t := range rows {
		in, ok := found.in[asking{t.Watch(), r.Lang}]
		if !ok || t.PublishedAt.Before(in.from) { // has become due since the lists were asked: the next run's
			continue
		}
		e, public := in.entries[t.Key]
		if !public || len(e.Languages) > 0 && !slices.ContainsFunc(e.Languages, func(l string) bool { return slices.Contains(t.Languages, l) }) {
			gone = append(gone, t.Key)
			continue
		}
		told = append(told, t.Key)
		if len(parts) == 0 || parts[len(parts)-1].ID != t.ID {
			parts = append(parts, part{Follow: t.Follow})
		}
		p := &parts[len(parts)-1]
		p.Entries = append(p.Entries, e)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM follow_told WHERE reader_id = $1 AND key = ANY ($2)`, id, append([]string{}, gone...)); err != nil {
		return err
	}
	if len(told) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, `UPDATE follow_told SET mailed_at = $3 WHERE reader_id = $1 AND key = ANY ($2)`, id, told, now); err != nil {
		return err
	}
	for i := range parts {
		parts[i].Entries = web.NewestFollowed(parts[i].Entries, len(parts[i].Entries))
	}
	return s.writeNews(ctx, tx, r, parts)
}

// The kinds of mails to readers, after "follow.".
const (
	letterConfirm = "confirm" // the link that confirms a follow
	letterKnown   = "known"   // the link to all that somebody follows
	letterNews    = "news"    // what is new
)

// write queues a mail with a link to a reader, about a list that they have asked for; the zero Watch is none.
func (s *Service) write(ctx context.Context, tx database.Tx, to Reader, kind, path string, about Watch) error {
	ctx = s.in(ctx, to.Lang)
	v := letterView{Kind: kind, Subject: i18n.T(ctx, "follow.mail."+kind+".subject"), Link: ui.Absolute(ctx, path)}
	if about.List != "" {
		v.About = s.describe(ctx, about)
	}
	var html strings.Builder
	if err := letterMail(v).Render(ctx, &html); err != nil {
		return fmt.Errorf("write the mail follow.%s: %w", kind, err)
	}
	return mail.Queue(ctx, tx, mail.Message{To: to.Email, Lang: i18n.From(ctx), Kind: "follow" + "." + kind, Subject: v.Subject, HTML: html.String(), Secret: true, Farewell: true, Within: ConfirmWithin})
}

// writeNews queues a mail of what is new to a reader. What stops it by one click is the follow that it is of, or all of them.
func (s *Service) writeNews(ctx context.Context, tx database.Tx, to Reader, parts []part) error {
	ctx = s.in(ctx, to.Lang)
	v := newsView{Own: ui.Absolute(ctx, s.path(forReader, signed{Reader: to.ID})), StopAll: ui.Absolute(ctx, s.path(forStop, signed{Reader: to.ID}))}
	n := 0
	for _, p := range parts {
		n += len(p.Entries)
		section := newsSection{Described: s.describe(ctx, p.Watch()), Stop: ui.Absolute(ctx, s.path(forStop, signed{Reader: to.ID, Follow: p.ID})), More: max(0, len(p.Entries)-mostLines)}
		section.Href = ui.Absolute(ctx, section.Path)
		for _, e := range p.Entries[:len(p.Entries)-section.More] {
			title := e.For(p.Languages)
			text := i18n.DayOf(ctx, e.Published)
			if title.Lang != "" && title.Lang != string(i18n.From(ctx)) {
				text = i18n.T(ctx, "follow.mail.line", i18n.NameOf(ctx, i18n.Lang(title.Lang)), text)
			}
			if e.Text != "" {
				text = i18n.T(ctx, "follow.mail.line", e.Text, text)
			}
			section.Lines = append(section.Lines, ui.MailLine{Title: title.Text, Lang: title.Lang, Href: ui.Absolute(ctx, e.Path), Text: text})
		}
		v.Sections = append(v.Sections, section)
	}
	v.Subject = i18n.T(ctx, "follow.mail.news.subject", n)
	stop := signed{Reader: to.ID}
	if len(parts) == 1 {
		v.Subject, stop.Follow = i18n.T(ctx, "follow.mail.news.subject.one", n, v.Sections[0].Title), parts[0].ID
	}
	var html strings.Builder
	if err := newsMail(v).Render(ctx, &html); err != nil {
		return fmt.Errorf("write the mail follow.news: %w", err)
	}
	return mail.Queue(ctx, tx, mail.Message{
		To: to.Email, Lang: i18n.From(ctx), Kind: "follow" + "." + letterNews, Subject: v.Subject, HTML: html.String(), Secret: true, Farewell: true,
		Stop: s.Site.PublicURL + s.path(forStop, stop),
	})
}

// Described says in words what is followed.
type Described struct {
	// Title is what the list is called; Words are what the filter leaves, none for all of it; Path is its page.
	Title string
	Words []string
	Path  string
}

// describe says what a list with a filter is. A list that there is no more is called by its name.
func (s *Service) describe(ctx context.Context, w Watch) Described {
	l, err := s.list(w.List)
	if err != nil {
		return Described{Title: w.List, Path: "/"}
	}
	q := w.filter()
	return Described{Title: i18n.T(ctx, l.Title), Words: l.Words(ctx, q), Path: ui.WithQuery(l.Path, q)}
}
