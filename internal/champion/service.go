package champion

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"portal/internal/attachment"
	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// Options are what a Service needs to know.
type Options struct {
	DB *database.DB
	// Vocabulary returns the vocabulary as it is now.
	Vocabulary func() *gcm.Vocabulary
	// Files keeps the documents.
	Files *attachment.Store
	// Site is what the mails say of the operator; OwnerPath is an office's page of a case, without the language.
	Site      ui.Site
	OwnerPath func(id workflow.ID) string
	// Waits tells the desk's rules that a case waits, in the transaction that has entered it; nil tells nobody.
	Waits func(ctx context.Context, tx database.Tx, id workflow.ID) error
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what can be done with the registry.
type Service struct {
	db         *database.DB
	vocabulary func() *gcm.Vocabulary
	files      *attachment.Store
	now        func() time.Time
	kind       *workflow.Kind
	options    Options
}

// NewService returns the service.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{db: o.DB, vocabulary: o.Vocabulary, files: o.Files, now: o.Now, options: o}
	s.kind = s.newKind()
	return s
}

func (s *Service) today() date.Date { return date.Today(s.now(), i18n.Geneva) }

// Registry is what the public page of the registry shows.
type Registry struct {
	Entries   []Entry
	Chairs    []Chair
	Documents []Document
	Points    []Point
}

// Registry returns what the public knows of all Champion countries.
func (s *Service) Registry(ctx context.Context) (r Registry, err error) {
	q := s.db.Read()
	if r.Entries, err = publicEntries(ctx, q); err != nil {
		return r, err
	}
	if r.Chairs, err = chairs(ctx, q, ""); err != nil {
		return r, err
	}
	r.Chairs = slices.DeleteFunc(r.Chairs, func(h Chair) bool {
		return !slices.ContainsFunc(r.Entries, func(e Entry) bool { return e.Country == h.Country })
	})
	if r.Documents, err = releasedDocuments(ctx, q, ""); err != nil {
		return r, err
	}
	reported, err := figures(ctx, q)
	r.Points = overTime(reported, r.Entries, s.today())
	return r, err
}

// Count is how many Champion countries are confirmed.
func (r Registry) Count() int {
	n := 0
	for _, e := range r.Entries {
		if e.Status == Confirmed {
			n++
		}
	}
	return n
}

// Whole is an entry with all that belongs to it.
type Whole struct {
	Entry
	Chairs      []Chair
	Commitments []Commitment
	Documents   []Document
	History     []Event
}

// Public returns what the public knows of a Champion country; problem.NotFound when it knows nothing.
func (s *Service) Public(ctx context.Context, country string) (Whole, error) {
	w := Whole{}
	q := s.db.Read()
	var err error
	if w.Entry, err = findEntry(ctx, q, country); err != nil {
		return w, err
	}
	if !w.Status.Public() {
		return w, fmt.Errorf("the entry of %s: %w", country, problem.NotFound)
	}
	if w.Chairs, err = chairs(ctx, q, country); err != nil {
		return w, err
	}
	if w.Commitments, err = commitments(ctx, q, country); err != nil {
		return w, err
	}
	if w.Documents, err = releasedDocuments(ctx, q, country); err != nil {
		return w, err
	}
	w.History, err = statusEvents(ctx, q, country)
	return w, err
}

// Desk returns an entry for the network desk; problem.NotFound for everybody else, and where there is none.
func (s *Service) Desk(ctx context.Context, who identity.User, country string) (Whole, error) {
	w := Whole{}
	if !Keeps(who) {
		return w, problem.NotFound
	}
	q := s.db.Read()
	var err error
	if w.Entry, err = findEntry(ctx, q, country); err != nil {
		return w, err
	}
	if w.Chairs, err = chairs(ctx, q, country); err != nil {
		return w, err
	}
	if w.Commitments, err = commitments(ctx, q, country); err != nil {
		return w, err
	}
	if w.Documents, err = documents(ctx, q, country); err != nil {
		return w, err
	}
	w.History, err = history(ctx, q, country)
	return w, err
}

// Limits of what is written, in characters as a person counts them; champions.md names none.
const (
	MaxOffice    = 300
	MaxStatement = 3000
	MaxReason    = 1000
	MaxTitle     = 300
	MaxReference = 100
)

// Add puts a country that has no entry into the registry, as invited or as having expressed its interest. A country that is
// there already, or is none, is a problem.Invalid.
func (s *Service) Add(ctx context.Context, who identity.User, posted url.Values) (country string, err error) {
	if !Keeps(who) {
		return "", problem.NotFound
	}
	country, status := posted.Get("country"), Status(posted.Get("status"))
	var wrong []problem.Field
	if _, ok := s.vocabulary().Country(country); !ok {
		wrong = append(wrong, problem.Field{Name: "country", Key: "champion.wrong.country"})
	}
	if status != Invited && status != Expressed {
		wrong = append(wrong, problem.Field{Name: "status", Key: "champion.wrong.status"})
	}
	if len(wrong) > 0 {
		return "", problem.Invalid(wrong...)
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		now := s.now()
		switch added, err := addEntry(ctx, tx, country, status, now); {
		case err != nil:
			return err
		case !added:
			return problem.Invalid(problem.Field{Name: "country", Key: "champion.wrong.there"})
		}
		return s.record(ctx, tx, who, Event{Country: country, Act: ActAdd, ToStatus: status, At: now})
	})
	return country, err
}

// record adds a line to the history of an entry and to the record of acts.
func (s *Service) record(ctx context.Context, tx database.Tx, who identity.User, e Event) error {
	id, err := insertEvent(ctx, tx, e, who.ID)
	if err != nil {
		return err
	}
	return s.audit(ctx, tx, who, id, e.Act, e.Fields...)
}

// audit writes an act on the registry to the record of acts, with the number of the line in the history of the entry.
func (s *Service) audit(ctx context.Context, tx database.Tx, who identity.User, event int64, act Act, fields ...string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "champion." + string(act), Subject: "champion_event", SubjectID: event, Fields: fields, At: s.now()})
}

// change changes an entry, locked, on top of the version that was seen: problem.Stale when it was changed since,
// problem.NotFound for who is not of the network desk. do returns what was changed, for the history; nothing changes nothing.
func (s *Service) change(ctx context.Context, who identity.User, country string, seen int, act Act, reason string, do func(tx database.Tx, e *Entry) (fields []string, err error)) error {
	if !Keeps(who) {
		return problem.NotFound
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		e, err := lockEntry(ctx, tx, country)
		if err != nil {
			return err
		}
		if e.Version != seen {
			return problem.Stale
		}
		before := e.Status
		fields, err := do(tx, &e)
		if err != nil || len(fields) == 0 {
			return err
		}
		e.ChangedAt = s.now()
		if err := updateEntry(ctx, tx, e); err != nil {
			return err
		}
		return s.record(ctx, tx, who, Event{Country: country, Act: act, FromStatus: before, ToStatus: e.Status, Reason: reason, Fields: fields, At: s.now()})
	})
	switch database.Constraint(err) {
	case "champions_end_after_start":
		return problem.Invalid(problem.Field{Name: "ended.year", Key: "champion.wrong.end"})
	case "champion_chairs_end_after_start":
		return problem.Invalid(problem.Field{Name: "until.year", Key: "champion.wrong.end"})
	case "champion_chairs_once":
		return problem.Invalid(problem.Field{Name: "from.year", Key: "champion.wrong.term"})
	}
	return wrap(fmt.Sprintf("%s of the entry of %s", act, country), err)
}

// SetStatus makes another status of an entry, for a reason that only the desk reads. Confirmed, and not known since when, it is
// since the day that is given; ended, until the day that is given.
func (s *Service) SetStatus(ctx context.Context, who identity.User, country string, seen int, posted url.Values) error {
	to := Status(posted.Get("status"))
	reason := strings.TrimSpace(form.Clean(posted.Get("reason")))
	ended, ok, part := whenOf(form.Answers(posted), "ended")
	var wrong []problem.Field
	if !slices.Contains(Statuses, to) {
		wrong = append(wrong, problem.Field{Name: "status", Key: "champion.wrong.status"})
	}
	if !ok {
		wrong = append(wrong, problem.Field{Name: "ended." + part, Key: "champion.wrong.day"})
	}
	switch n := form.Length(reason); {
	case n == 0:
		wrong = append(wrong, problem.Field{Name: "reason", Key: "champion.wrong.reason"})
	case n > MaxReason:
		wrong = append(wrong, problem.Field{Name: "reason", Key: "champion.wrong.long", Args: []any{MaxReason, n}})
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.change(ctx, who, country, seen, ActStatus, reason, func(_ database.Tx, e *Entry) ([]string, error) {
		if !e.Status.May(to) {
			return nil, problem.Invalid(problem.Field{Name: "status", Key: "champion.wrong.move"})
		}
		e.Status, e.Ended = to, ""
		if to == Ended {
			e.Ended = ended
		}
		return []string{"status"}, nil
	})
}

// SetDetails writes what is known of an entry beside its status.
func (s *Service) SetDetails(ctx context.Context, who identity.User, country string, seen int, posted url.Values) error {
	since, ok, part := whenOf(form.Answers(posted), "since")
	office, statement, lang := line(posted.Get("focal_office")), strings.TrimSpace(form.Clean(posted.Get("statement"))), posted.Get("statement_lang")
	var wrong []problem.Field
	switch {
	case !ok:
		wrong = append(wrong, problem.Field{Name: "since." + part, Key: "champion.wrong.day"})
	case on(s.today()).before(since):
		wrong = append(wrong, problem.Field{Name: "since.year", Key: "champion.wrong.future"})
	}
	wrong = append(wrong, long("focal_office", office, MaxOffice)...)
	wrong = append(wrong, long("statement", statement, MaxStatement)...)
	if !slices.Contains(i18n.All, i18n.Lang(lang)) {
		wrong = append(wrong, problem.Field{Name: "statement_lang", Key: "champion.wrong.lang"})
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	err := s.change(ctx, who, country, seen, ActDetails, "", func(_ database.Tx, e *Entry) (fields []string, err error) {
		for _, f := range []struct {
			name    string
			changed bool
		}{{"since", e.Since != since}, {"focal_office", e.FocalOffice != office}, {"statement", e.Statement != statement || e.StatementLang != lang}} {
			if f.changed {
				fields = append(fields, f.name)
			}
		}
		e.Since, e.FocalOffice, e.Statement, e.StatementLang = since, office, statement, lang
		return fields, nil
	})
	var invalid []problem.Field
	if invalid, ok = problem.InvalidFields(err); ok && invalid[0].Name == "ended.year" { // it is the start that was typed here
		return problem.Invalid(problem.Field{Name: "since.year", Key: "champion.wrong.end"})
	}
	return err
}

// AddChair adds a term of a co-chair.
func (s *Service) AddChair(ctx context.Context, who identity.User, country string, seen int, posted url.Values) error {
	since, okSince, partSince := whenOf(form.Answers(posted), "from")
	until, okUntil, partUntil := whenOf(form.Answers(posted), "until")
	var wrong []problem.Field
	switch {
	case !okSince:
		wrong = append(wrong, problem.Field{Name: "from." + partSince, Key: "champion.wrong.day"})
	case since == "":
		wrong = append(wrong, problem.Field{Name: "from.year", Key: "champion.wrong.start"})
	}
	if !okUntil {
		wrong = append(wrong, problem.Field{Name: "until." + partUntil, Key: "champion.wrong.day"})
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.change(ctx, who, country, seen, ActChair, "", func(tx database.Tx, _ *Entry) ([]string, error) {
		_, err := tx.Exec(ctx, `INSERT INTO champion_chairs (country, since, until) VALUES ($1, $2, nullif($3, ''))`, country, since, until)
		return []string{"since"}, err
	})
}

// EndChair ends a term of a co-chair today, or takes away one that never was.
func (s *Service) EndChair(ctx context.Context, who identity.User, country string, seen int, id int64, remove bool) error {
	return s.change(ctx, who, country, seen, ActChair, "", func(tx database.Tx, _ *Entry) ([]string, error) {
		sql, args, field := `UPDATE champion_chairs SET until = $3 WHERE id = $1 AND country = $2 AND until IS NULL`, []any{id, country, on(s.today())}, "until"
		if remove {
			sql, args, field = `DELETE FROM champion_chairs WHERE id = $1 AND country = $2`, args[:2], "removed"
		}
		tag, err := tx.Exec(ctx, sql, args...)
		if err == nil && tag.RowsAffected() == 0 {
			err = problem.NotFound
		}
		return []string{field}, err
	})
}

// line is what was typed into one line, without characters that turn the direction of what stands behind them.
func line(typed string) string { return strings.Join(strings.Fields(form.Clean(typed)), " ") }

// long says that a text is too long.
func long(name, text string, most int) []problem.Field {
	if n := form.Length(text); n > most {
		return []problem.Field{{Name: name, Key: "champion.wrong.long", Args: []any{most, n}}}
	}
	return nil
}
