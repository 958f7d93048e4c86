package request

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/workflow"
)

// TalkState is what has become of a talk that was accepted.
type TalkState string

// The states of a talk. One that is announced is past by the clock; a cancelled one stays to be read.
const (
	TalkAccepted  TalkState = "accepted" // its date is still to be set
	TalkAnnounced TalkState = "announced"
	TalkCancelled TalkState = "cancelled"
	TalkWithdrawn TalkState = "withdrawn" // the desk has taken the acceptance back
)

// TalkStates lists the states.
var TalkStates = []TalkState{TalkAccepted, TalkAnnounced, TalkCancelled, TalkWithdrawn}

// Organizer is one of those who organize a talk.
type Organizer struct {
	Name, Role string
	// OfficeID and Country are those of the office of the portal; nil and "" for others.
	OfficeID *int64
	Country  string
}

// Speaker is somebody who speaks at a talk.
type Speaker struct{ Name, Position string }

// TalkEvent is an accepted talk.
type TalkEvent struct {
	ID     workflow.ID
	Number *int
	// Version grows with each change, Sequence with those that calendars must know of.
	Version, Sequence              int
	State                          TalkState
	Title, Lang, Purpose, Expected string
	Level                          Level
	Region, Country, Feeds         string
	Objectives, Principles         []int
	Format, Place                  string
	Audience, Interpretation       []string
	Accessibility                  string
	Speakers                       []Speaker
	Organizers                     []Organizer
	Day                            date.Date
	Starts, Ends                   int
	Zone                           string
	At, Until                      time.Time
	MovedFrom                      *time.Time
	Registration, Reason           string
	Recording, Report, Summary     string
	Pledges, Practices             []string // public IDs
	AnnouncedAt, AskedAt           *time.Time
	ChangedAt                      time.Time
}

// Slot is when it takes place, as it was written.
func (t TalkEvent) Slot() Slot { return Slot{t.Day, t.Starts, t.Ends, t.Zone} }

// set puts the talk on a slot.
func (t *TalkEvent) set(s Slot) {
	t.Day, t.Starts, t.Ends, t.Zone = s.Day, s.Starts, s.Ends, s.Zone
	t.At, t.Until = s.Instants()
}

// FormatTalkID is the public ID of a number: GCM-T-0007.
func FormatTalkID(number int) string { return fmt.Sprintf("GCM-T-%04d", number) }

// PublicID is that of the talk; "" until it is announced.
func (t TalkEvent) PublicID() string {
	if t.Number == nil {
		return ""
	}
	return FormatTalkID(*t.Number)
}

// Path is the talk's public page, without the language.
func (t TalkEvent) Path() string { return TalksPath + "/" + t.PublicID() }

var publicID = regexp.MustCompile(`^(?i)GCM-T-([0-9]{4,9})$`)

// talkNumber reads a public ID.
func talkNumber(typed string) (int, bool) {
	m := publicID.FindStringSubmatch(strings.TrimSpace(typed))
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil
}

// Phase is where a talk stands at an instant: upcoming, past or cancelled.
type Phase string

// The phases of a talk before the public.
const (
	Upcoming      Phase = "upcoming"
	Past          Phase = "past" // it has ended
	CancelledTalk Phase = "cancelled"
)

// Phase is where it stands now.
func (t TalkEvent) Phase(now time.Time) Phase {
	switch {
	case t.State == TalkCancelled:
		return CancelledTalk
	case now.Before(t.Until):
		return Upcoming
	}
	return Past
}

// HasOutcome says whether anything is known of what came of it.
func (t TalkEvent) HasOutcome() bool {
	return t.Recording != "" || t.Report != "" || t.Summary != "" || len(t.Pledges)+len(t.Practices) > 0
}

// languages are those in which one can follow it: that of its text, and those of the interpretation.
func (t TalkEvent) languages() []string {
	return slices.Compact(slices.Sorted(slices.Values(append([]string{t.Lang}, t.Interpretation...))))
}

// countries are its own, and those of its organizers' offices.
func (t TalkEvent) countries() []string {
	all := []string{t.Country}
	for _, o := range t.Organizers {
		all = append(all, o.Country)
	}
	return slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(all))), func(c string) bool { return c == "" })
}

// year is the one in which it is where it takes place.
func (t TalkEvent) year() string { return strconv.Itoa(t.Day.Year()) }

// talkOf is the talk that the answers of a request propose: at the first of its dates that has not begun, or at the first.
func talkOf(sub workflow.Submission, a form.Answers, now time.Time) (TalkEvent, bool) {
	t := TalkEvent{
		ID: sub.ID, Version: 1, State: TalkAccepted, Title: a.First("title"), Lang: langOf(a, sub.Lang), Purpose: a.First("purpose"), Expected: a.First("outcome"), Level: Level(a.First("level")),
		Feeds: a.First("feeds"), Objectives: a.Ints("objectives"), Principles: a.Ints("principles"), Format: a.First("format"), Audience: a.All("audience"), Interpretation: a.All("interpretation"),
		Accessibility: a.First("accessibility"), Speakers: []Speaker{}, ChangedAt: now,
	}
	switch t.Level {
	case Regional:
		t.Region = a.First("region")
	case National:
		t.Country = a.First("country")
	}
	if t.Format != "online" {
		t.Place = a.First("place")
	}
	for n := range a.Rows("speakers") {
		t.Speakers = append(t.Speakers, Speaker{a.First(form.RowName("speakers", n, "name")), a.First(form.RowName("speakers", n, "position"))})
	}
	for n := range a.Rows("organizers") {
		t.Organizers = append(t.Organizers, Organizer{Name: a.First(form.RowName("organizers", n, "name")), Role: a.First(form.RowName("organizers", n, "role"))})
	}
	all := slots(a)
	if len(all) == 0 {
		return t, false
	}
	t.set(all[0])
	for _, s := range all {
		if from, _ := s.Instants(); from.After(now) {
			t.set(s)
			break
		}
	}
	return t, true
}
