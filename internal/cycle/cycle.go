// Package cycle is the review cycle of the Global Compact: its review forums, regional reviews, dialogues, reports and meetings, and
// when they take place. The network desk keeps them; their days stand in the calendar by themselves (publishing.md, Calendar).
package cycle

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
)

// The kinds of what belongs to the cycle.
const (
	Forum    = "forum"    // the International Migration Review Forum, every four years
	Regional = "regional" // the review of a region, by its regional commission
	Report   = "report"   // the report of the Secretary-General, every two years
	Dialogue = "dialogue"
	Annual   = "annual" // the annual meeting of the Network
)

// Kinds lists them in the order of the form.
var Kinds = []string{Forum, Regional, Report, Dialogue, Annual}

const (
	// firstYear is that of the Compact; lastYear bounds slips of the hand.
	firstYear, lastYear = 2018, 2100
	// MaxName, MaxURL and MaxReason bound what is written, in characters.
	MaxName, MaxURL, MaxReason = 150, 1000, 1000
	// maxEntries bounds how many are read: more than there will ever be.
	maxEntries = 2000
)

// Entry is one review, report or meeting of the cycle.
type Entry struct {
	ID int64
	// Version grows with each change; who saves over a newer one is told so.
	Version int
	Kind    string
	Region  string // of a regional review, else ""
	// NameEN and NameAR are what the desk calls it; "" is the usual name of its kind.
	NameEN, NameAR string
	// Since and Until are the years in which it begins and ends. First and Last are its days, both of it, where it takes place; zero
	// where only the years are known.
	Since, Until int
	First, Last  date.Date
	Place, URL   string
	// CancelledAt is when it was cancelled, for the Reason that everybody may read.
	CancelledAt        *time.Time
	Reason             string
	AddedAt, ChangedAt time.Time
	// DatedAt is when its days became known; nil while they are not.
	DatedAt *time.Time
}

// Dated says whether its days are known.
func (e Entry) Dated() bool { return !e.First.IsZero() }

// Path is its public page, without the language.
func (e Entry) Path() string { return "/calendar/reviews/" + strconv.FormatInt(e.ID, 10) }

// Service is what can be done with the cycle.
type Service struct {
	db         *database.DB
	vocabulary func() *gcm.Vocabulary
	now        func() time.Time
}

// NewService returns the service. now is the clock.
func NewService(db *database.DB, vocabulary func() *gcm.Vocabulary, now func() time.Time) *Service {
	return &Service{db: db, vocabulary: vocabulary, now: now}
}

// keeps says whether the person keeps the cycle.
func keeps(who identity.User) bool { return who.OnDesk(identity.NetworkDesk) }

const columns = `d.id, d.version, d.kind, d.region, d.name_en, d.name_ar, d.since, d.until, d.first, d.last, d.place, d.url, d.cancelled_at, d.reason, d.added_at, d.changed_at, d.dated_at`

// All is the whole cycle, the last on top.
func (s *Service) All(ctx context.Context) ([]Entry, error) {
	all, err := database.Rows[Entry](ctx, s.db.Read(), `SELECT `+columns+` FROM review_dates d ORDER BY coalesce(d.first, make_date(d.since, 1, 1)) DESC, d.kind, d.region, d.id LIMIT $1`, maxEntries)
	if err != nil {
		return nil, fmt.Errorf("the review cycle: %w", err)
	}
	return all, nil
}

// Find is an entry; none is problem.NotFound.
func (s *Service) Find(ctx context.Context, id int64) (Entry, error) {
	e, err := database.Row[Entry](ctx, s.db.Read(), `SELECT `+columns+` FROM review_dates d WHERE d.id = $1`, id)
	if err != nil {
		return e, fmt.Errorf("entry %d of the review cycle: %w", id, err)
	}
	return e, nil
}

// read makes an entry of what was typed; what is wrong is told in the order of the page.
func (s *Service) read(typed url.Values) (e Entry, wrong []problem.Field) {
	add := func(name string, args ...any) {
		key, _, _ := strings.Cut(name, ".")
		wrong = append(wrong, problem.Field{Name: name, Key: "cycle.wrong." + key, Args: args})
	}
	e = Entry{Kind: typed.Get("kind"), NameEN: line(typed.Get("name_en")), NameAR: line(typed.Get("name_ar")), Place: line(typed.Get("place")), URL: strings.TrimSpace(typed.Get("url"))}
	if !slices.Contains(Kinds, e.Kind) {
		add("kind")
	}
	if e.Kind == Regional {
		e.Region = typed.Get("region")
		if _, ok := s.vocabulary().Region(e.Region); !ok || e.Region == gcm.Global {
			add("region")
		}
	}
	e.readDays(typed, add)
	if !e.Dated() && len(wrong) == 0 {
		e.readYears(typed, add)
	}
	for _, l := range []struct{ name, text string }{{"place", e.Place}, {"name_en", e.NameEN}, {"name_ar", e.NameAR}} {
		if n := form.Length(l.text); n > MaxName {
			wrong = append(wrong, problem.Field{Name: l.name, Key: "cycle.wrong.long", Args: []any{MaxName, n}})
		}
	}
	if scheme, rest, ok := strings.Cut(e.URL, "://"); ok {
		e.URL = strings.ToLower(scheme) + "://" + rest
	}
	if e.URL != "" && (!form.ValidURL(e.URL) || len(e.URL) > MaxURL) {
		add("url")
	}
	return e, wrong
}

// readDays reads the first and the last day, which may stay open; both bring their years.
func (e *Entry) readDays(typed url.Values, add func(string, ...any)) {
	first, given, ok, part := form.DateOf(form.Answers(typed), "first")
	last, ends, fine, lastPart := form.DateOf(form.Answers(typed), "last")
	switch {
	case !ok:
		add("first." + part)
	case given && (first.Year() < firstYear || first.Year() > lastYear):
		add("first.year")
	case !fine:
		add("last." + lastPart)
	case ends && !given:
		add("first.day")
	case !given:
	case ends && (last.Before(first) || first.DaysUntil(last) > 365 || last.Year() > lastYear):
		add("last.day")
	default:
		if !ends {
			last = first
		}
		e.First, e.Last, e.Since, e.Until = first, last, first.Year(), last.Year()
	}
}

// readYears reads those of what has no day yet.
func (e *Entry) readYears(typed url.Values, add func(string, ...any)) {
	e.Since, e.Until = yearOf(typed.Get("since")), yearOf(typed.Get("until"))
	if strings.TrimSpace(typed.Get("until")) == "" {
		e.Until = e.Since
	}
	switch {
	case e.Since < firstYear || e.Since > lastYear-1:
		add("since")
	case e.Until < e.Since || e.Until > e.Since+1:
		add("until")
	}
}

func yearOf(typed string) int {
	n, _ := strconv.Atoi(strings.TrimSpace(i18n.Digits(typed))) // no number is no year
	return n
}

// line is what was typed into one line.
func line(typed string) string { return strings.Join(strings.Fields(form.Clean(typed)), " ") }

func (e Entry) args() database.Args {
	day := func(d date.Date) *date.Date {
		if d.IsZero() {
			return nil
		}
		return &d
	}
	return database.Args{
		"kind": e.Kind, "region": e.Region, "en": e.NameEN, "ar": e.NameAR, "since": e.Since, "until": e.Until, "first": day(e.First), "last": day(e.Last), "place": e.Place, "url": e.URL,
		"cancelled": e.CancelledAt, "reason": e.Reason, "changed": e.ChangedAt,
	}
}

// Add keeps an entry from what was typed and returns its number; the same form again returns the same one. What is wrong is a
// problem.Invalid; who is not of the network desk gets problem.NotFound.
func (s *Service) Add(ctx context.Context, who identity.User, typed url.Values) (id int64, err error) {
	if !keeps(who) {
		return 0, problem.NotFound
	}
	e, wrong := s.read(typed)
	if len(wrong) > 0 {
		return 0, problem.Invalid(wrong...)
	}
	e.ChangedAt = s.now()
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		id, err = database.Value[int64](ctx, tx, `INSERT INTO review_dates (kind, region, name_en, name_ar, since, until, first, last, place, url, cancelled_at, reason, added_at, changed_at, dated_at)
			VALUES (@kind, @region, @en, @ar, @since, @until, @first, @last, @place, @url, @cancelled, @reason, @changed, @changed, CASE WHEN @first::date IS NOT NULL THEN @changed::timestamptz END) RETURNING id`, e.args())
		if err != nil {
			return err
		}
		return s.record(ctx, tx, who, "add", id)
	})
	return id, told("add to the review cycle", err)
}

// Change writes an entry anew from what was typed, on top of the version that was seen; another one is problem.Stale, a cancelled one
// problem.NotAllowedNow.
func (s *Service) Change(ctx context.Context, who identity.User, id int64, seen int, typed url.Values) error {
	after, wrong := s.read(typed)
	return s.change(ctx, who, id, seen, "change", func(e *Entry) error {
		if len(wrong) > 0 {
			return problem.Invalid(wrong...)
		}
		after.ID, after.AddedAt = e.ID, e.AddedAt
		*e = after
		return nil
	})
}

// Cancel cancels an entry for a reason that everybody may read.
func (s *Service) Cancel(ctx context.Context, who identity.User, id int64, seen int, reason string) error {
	reason = strings.TrimSpace(form.Clean(reason))
	return s.change(ctx, who, id, seen, "cancel", func(e *Entry) error {
		if n := form.Length(reason); n == 0 || n > MaxReason {
			return problem.Invalid(problem.Field{Name: "reason", Key: "cycle.wrong.reason", Args: []any{MaxReason}})
		}
		now := s.now()
		e.CancelledAt, e.Reason = &now, reason
		return nil
	})
}

func (s *Service) change(ctx context.Context, who identity.User, id int64, seen int, act string, do func(*Entry) error) error {
	if !keeps(who) {
		return problem.NotFound
	}
	return told(fmt.Sprintf("%s entry %d of the review cycle", act, id), s.db.InTx(ctx, func(tx database.Tx) error {
		e, err := database.Row[Entry](ctx, tx, `SELECT `+columns+` FROM review_dates d WHERE d.id = $1 FOR UPDATE`, id)
		switch {
		case err != nil:
			return err
		case e.Version != seen:
			return problem.Stale
		case e.CancelledAt != nil:
			return problem.NotAllowedNow
		}
		if err := do(&e); err != nil {
			return err
		}
		e.ChangedAt = s.now()
		args := e.args()
		args["id"] = id
		if _, err := tx.Exec(ctx, `UPDATE review_dates SET version = version + 1, kind = @kind, region = @region, name_en = @en, name_ar = @ar, since = @since, until = @until, first = @first, last = @last,
			place = @place, url = @url, cancelled_at = @cancelled, reason = @reason, changed_at = @changed, dated_at = CASE WHEN @first::date IS NOT NULL THEN coalesce(dated_at, @changed) END WHERE id = @id`, args); err != nil {
			return err
		}
		return s.record(ctx, tx, who, act, id)
	}))
}

func (s *Service) record(ctx context.Context, tx database.Tx, who identity.User, act string, id int64) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "review_date." + act, Subject: "review_date", SubjectID: id, At: s.now()})
}

// history is who did what with an entry, the last on top.
func (s *Service) history(ctx context.Context, id int64) ([]audit.Line, error) {
	return audit.List(ctx, s.db.Read(), audit.Query{Subject: "review_date", SubjectID: id, Limit: 100})
}

// told says what was being done when the error came; that there is such an entry already is said at its kind.
func told(what string, err error) error {
	if database.Constraint(err) == "review_dates_once" {
		return problem.Invalid(problem.Field{Name: "kind", Key: "cycle.wrong.there"})
	}
	if err == nil || errors.Is(err, problem.NotFound) {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}
