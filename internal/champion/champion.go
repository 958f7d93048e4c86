// Package champion is the registry of Champion countries (champions.md): which States lead the implementation of the Compact,
// since when, as what, with their documents and the history of each entry; and the joining of one as a case. What the public
// reads of it holds no person and no document that was not released.
package champion

import (
	"context"
	"slices"
	"strconv"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
)

// Status is where a State stands among the Champion countries. Its name is a text: champion.status.….
type Status string

// The statuses. Only Confirmed ones are counted.
const (
	Unconfirmed Status = "unconfirmed" // the sources leave it in doubt
	Invited     Status = "invited"
	Expressed   Status = "expressed" // it has expressed its interest
	Confirmed   Status = "confirmed"
	Paused      Status = "paused"
	Ended       Status = "ended"
)

// Statuses lists them in the order of an entry's life.
var Statuses = []Status{Unconfirmed, Invited, Expressed, Confirmed, Paused, Ended}

// PublicStatuses are those of which the public knows; what a State has not said yet is between it and the desk.
var PublicStatuses = []Status{Confirmed, Paused, Ended}

// Public says whether the public knows of the status.
func (s Status) Public() bool { return slices.Contains(PublicStatuses, s) }

// moves are the statuses that may follow each: the one table of what can become of an entry.
var moves = map[Status][]Status{
	Unconfirmed: {Invited, Expressed, Confirmed},
	Invited:     {Expressed, Confirmed, Unconfirmed},
	Expressed:   {Invited, Confirmed, Unconfirmed},
	Confirmed:   {Paused, Ended, Unconfirmed},
	Paused:      {Confirmed, Ended},
	Ended:       {Confirmed},
}

// May says whether the status may become the other.
func (s Status) May(to Status) bool { return slices.Contains(moves[s], to) }

// When is a day as exactly as it is known: "2021", "2021-05", "2021-05-12", or "" when nothing is (champions.md: never
// invented). Whens sort as texts.
type When string

// Year is the year; "" when that is not known.
func (w When) Year() string {
	if len(w) < len("2006") {
		return ""
	}
	return string(w[:len("2006")])
}

// Day is the day; false when it is not known as exactly.
func (w When) Day() (date.Date, bool) {
	d, err := date.Parse(string(w))
	return d, err == nil
}

// start is the first instant that the text may mean, for orders and axes.
func (w When) start() time.Time {
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, string(w)); err == nil {
			return t
		}
	}
	return time.Time{}
}

// Text says it in the reader's language: 12 May 2021, May 2021, 2021.
func (w When) Text(ctx context.Context) string {
	if d, ok := w.Day(); ok {
		return i18n.Day(ctx, d)
	}
	if len(w) == len("2006-01") {
		return i18n.Month(ctx, date.Of(w.start()))
	}
	return string(w)
}

// before says whether it is surely before the other: what is known of both in common decides.
func (w When) before(other When) bool {
	n := min(len(w), len(other))
	return n > 0 && w[:n] < other[:n]
}

// on is the day as a When.
func on(d date.Date) When { return When(d.String()) }

// whenOf reads the three controls of a date of which day, or day and month, may stay blank. part names the control to look
// at when ok is false.
func whenOf(a form.Answers, name string) (w When, ok bool, part string) {
	day, month, year := i18n.Digits(a.First(name+".day")), i18n.Digits(a.First(name+".month")), i18n.Digits(a.First(name+".year"))
	n, err := strconv.Atoi(year)
	switch {
	case day == "" && month == "" && year == "":
		return "", true, ""
	case err != nil || n < 1900 || n > 2200:
		return "", false, "year"
	case day != "":
		d, _, ok, part := form.DateOf(a, name)
		return on(d), ok, part
	case month == "":
		return When(strconv.Itoa(n)), true, ""
	}
	m, err := strconv.Atoi(month)
	if err != nil || m < 1 || m > 12 {
		return "", false, "month"
	}
	return When(date.New(n, time.Month(m), 1).String()[:len("2006-01")]), true, ""
}

// parts are the three controls of the date, filled.
func (w When) parts(name string) form.Answers {
	a := form.Answers{}
	for i, part := range []string{"year", "month", "day"} {
		if pieces := splitWhen(w); i < len(pieces) {
			n, _ := strconv.Atoi(pieces[i])
			a[name+"."+part] = []string{strconv.Itoa(n)}
		}
	}
	return a
}

func splitWhen(w When) []string {
	var all []string
	for _, at := range [][2]int{{0, 4}, {5, 7}, {8, 10}} {
		if len(w) >= at[1] {
			all = append(all, string(w[at[0]:at[1]]))
		}
	}
	return all
}

// Entry is a State in the registry.
type Entry struct {
	// Country is the ISO 3166-1 alpha-2 code.
	Country string `db:"iso2"`
	// Version grows with each change; who saves over a newer one is told so.
	Version int
	Status  Status
	// Since is when it joined, and Ended when it left, if it did.
	Since, Ended When
	// FocalOffice is the name of the office of the government that answers for it; never a person.
	FocalOffice string
	// Statement is what it says of itself, in the language StatementLang.
	Statement, StatementLang string
	// Sources are addresses of what the entry was taken from.
	Sources []string
	// SubmissionID is the case by which it joined; nil for those that did before there were any.
	SubmissionID *int64
	ChangedAt    time.Time
}

// Chair is a term of a co-chair of the Champion countries; without Until it goes on.
type Chair struct {
	ID           int64
	Country      string
	Since, Until When
}

// now says whether the term goes on at the day.
func (c Chair) now(today date.Date) bool { return c.Until == "" || !c.Until.before(on(today)) }

// Commitment is what a Champion country has committed to at an objective, in the language Lang.
type Commitment struct {
	Country    string
	Objective  int
	Text, Lang string
}

// DocumentKind says what a document is. Its name is a text: champion.document.….
type DocumentKind string

// The kinds of documents.
const (
	Note            DocumentKind = "note" // the note verbale of the permanent mission
	Statement       DocumentKind = "statement"
	Letter          DocumentKind = "letter"
	Summary         DocumentKind = "summary" // of a meeting
	Recommendations DocumentKind = "recommendations"
	Other           DocumentKind = "other"
)

// DocumentKinds lists them in the order of the form.
var DocumentKinds = []DocumentKind{Note, Statement, Letter, Summary, Recommendations, Other}

// Document is a document of a Champion country, or of all together: then Country is "".
type Document struct {
	ID           int64
	Country      string
	Kind         DocumentKind
	Title, Lang  string
	Reference    string
	Dated        When
	URL          string `db:"url"`
	AttachmentID *int64
	ReleasedAt   *time.Time
	FileName     string
	FileFormat   string
	FileSize     int64
}

// Act is what was done with an entry. Its name is a text: champion.act.….
type Act string

// The acts.
const (
	ActAdd      Act = "add"
	ActStatus   Act = "status"
	ActDetails  Act = "details"
	ActChair    Act = "chair"
	ActDocument Act = "document"
)

// Acts lists them.
var Acts = []Act{ActAdd, ActStatus, ActDetails, ActChair, ActDocument}

// Event is a line of the history of an entry.
type Event struct {
	ID           int64
	Country      string
	Act          Act
	FromStatus   Status
	ToStatus     Status
	Reason       string
	Fields       []string
	SubmissionID *int64
	// Actor is the name of who did it; "" for the portal.
	Actor string
	At    time.Time
}

// Figure is how many there were in a month, as it was reported before the registry was kept.
type Figure struct {
	Month  When
	N      int
	Names  map[string]string
	Source string
}

// Keeps says whether the person keeps the registry: staff of the network desk.
func Keeps(who identity.User) bool { return who.OnDesk(identity.NetworkDesk) }

// The addresses, without the language.
const (
	Path     = "/champions"
	DeskPath = "/desk/champions"
)

// PathOf is the public page of an entry, without the language.
func PathOf(country string) string { return Path + "/" + country }

func deskPath(country string) string { return DeskPath + "/" + country }
