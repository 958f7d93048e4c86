// Package calendar is what is coming and what came of it (spec page publishing.md, Calendar): events that offices suggest through the
// publishing plan, and beside them the dates of other areas, which appear by themselves. Its pages are an agenda, months and
// weeks; every list of them is also a calendar to subscribe to, a feed and files.
package calendar

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/clock"
	"portal/internal/date"
	"portal/internal/workflow"
)

// KindName is the kind of submission by which an event is suggested, and the start of all keys of its texts.
const KindName = "event"

// The closed choices of an event. Types are its categories in calendars; what has a source of its own is of no Type here.
var (
	Types         = []string{"meeting", "consultation", "conference", "review", "training", "webinar", "launch", "deadline"}
	Formats       = []string{"online", "hybrid", "in_person"}
	Audiences     = []string{"open", "member_states", "un_system", "stakeholders", "youth", "academia"}
	Roles         = []string{roleLead, "co_lead", "organizer"}
	Registrations = []string{noRegistration, byLink, Here}
)

const (
	roleLead       = "lead"
	noRegistration = "none"
	byLink         = "link"
	// Here says that people register in the portal.
	Here = "here"
	// online is the format of an event without a place, signLanguage an interpretation beside the six languages.
	online       = "online"
	signLanguage = "sign"
)

// The limits of what may be written; publishing.md names none.
const (
	MaxTitle, LongTitle    = 300, 120
	MaxText, MaxShort      = 3000, 1000
	MaxName, MaxEmail      = 200, 254
	MaxOrganizers, MaxRefs = 20, 20
	MaxCapacity            = 100000
	// MaxDays is how long an event may be.
	MaxDays = 366
)

// Organizer is one of those who organize an event.
type Organizer struct {
	Name, Role string
	// Country is that of the office of the portal; "" for others.
	Country string
}

// Ref is a document or a recording on the web.
type Ref struct{ Title, Address string }

// Event is what stands in the calendar: an event that an office has suggested, or a date of another area.
type Event struct {
	ID     workflow.ID
	Number int
	// Source names the area of what is no event of this package, and ends the key of what that is called; "" is an event of the
	// portal's own. UID is then its name among calendars and Path its page, without the language.
	Source string `db:"-"`
	UID    string `db:"-"`
	Path   string `db:"-"`
	// Version grows with each change, Sequence with those that calendars must know of.
	Version, Sequence int
	Hidden            bool
	Type              string
	Title, Lang, Text string
	// Whole says that it is of whole days, First to Last; otherwise it begins Starts minutes after midnight of First and ends Ends
	// minutes after that of Last, on the clock of Zone.
	Whole          bool
	First, Last    date.Date
	Starts, Ends   int
	Zone           string
	At, Until      time.Time
	Format, Place  string
	Country        string
	Region         string
	Audience       []string
	Interpretation []string
	Accessibility  string
	Objectives     []int
	Workstream     string
	Review         string
	// Talk is the public ID of the GCM Talk that it belongs to.
	Talk         string
	Organizers   []Organizer
	Registration string
	Link         string
	// Opens and Closes bound the registration, both days of it; zero for no bound. Capacity is how many can register here.
	Opens, Closes         date.Date
	Capacity              int
	Documents, Recordings []Ref
	Outcome               string
	CancelledAt           *time.Time
	Reason                string
	PublishedAt           time.Time
	ChangedAt             time.Time
}

// FormatID is the public ID of a number: GCM-E-0007.
func FormatID(number int) string { return fmt.Sprintf("GCM-E-%04d", number) }

// PublicID is that of an event of the portal's own.
func (e Event) PublicID() string { return FormatID(e.Number) }

// PathOf is the public page of an event, without the language.
func PathOf(publicID string) string { return Path + "/" + publicID }

var publicID = regexp.MustCompile(`^(?i)GCM-E-([0-9]{4,9})$`)

// numberOf reads a public ID.
func numberOf(typed string) (int, bool) {
	m := publicID.FindStringSubmatch(strings.TrimSpace(typed))
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil
}

// Phase is where an event stands at an instant.
type Phase string

// The phases. What goes on is upcoming until it has ended.
const (
	Upcoming  Phase = "upcoming"
	Past      Phase = "past"
	Cancelled Phase = "cancelled"
)

// Phases lists them.
var Phases = []Phase{Upcoming, Past, Cancelled}

// Phase is where it stands now.
func (e Event) Phase(now time.Time) Phase {
	switch {
	case e.CancelledAt != nil:
		return Cancelled
	case now.Before(e.Until):
		return Upcoming
	}
	return Past
}

// HasOutcome says whether anything is known of what came of it.
func (e Event) HasOutcome() bool { return e.Outcome != "" || len(e.Recordings) > 0 }

// languages are those in which one can follow it: that of its text, and those of the interpretation.
func (e Event) languages() []string {
	return slices.Compact(slices.Sorted(slices.Values(append([]string{e.Lang}, e.Interpretation...))))
}

// Days are the first and the last day of an event on the clocks of a zone; nil is its own.
func (e Event) Days(zone *time.Location) (first, last date.Date) {
	if e.Whole || zone == nil {
		return e.First, e.Last
	}
	return date.Of(e.At.In(zone)), date.Of(e.Until.Add(-time.Nanosecond).In(zone))
}

// settle works out the instants from days, times and zone.
func (e *Event) settle() {
	if e.Whole {
		e.Starts, e.Ends, e.Zone = 0, 0, ""
		e.At, e.Until = e.First.In(time.UTC), e.Last.AddDays(1).In(time.UTC)
		return
	}
	zone, err := clock.LoadZone(e.Zone)
	if err != nil {
		zone = time.UTC
	}
	e.At, _ = clock.At(e.First, e.Starts, zone)
	e.Until, _ = clock.At(e.Last, e.Ends, zone)
}

// registers says whether somebody can register at the instant: before the end of its beginning, within its days.
func (e Event) registers(now time.Time, today date.Date) bool {
	return e.Registration != noRegistration && e.Registration != "" && e.CancelledAt == nil && now.Before(e.At) &&
		!(!e.Opens.IsZero() && today.Before(e.Opens)) && !(!e.Closes.IsZero() && e.Closes.Before(today))
}
