// Package fund is what holds for the whole trust fund, the Migration MPTF (fund.md): the meetings of its Steering Committee
// with the last safe day before each, the register of the offices of Resident Coordinators, and the public pages of the fund.
// The concept notes are an area of their own; app gives them what they need of this one.
package fund

import (
	"fmt"
	"slices"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
)

// Weeks is how many weeks before the day of a meeting a concept note must arrive to be considered at it (fund.md, first
// paragraph). The text fund.meeting.explained says it in words.
const Weeks = 6

// MeetingID is the number of a meeting.
type MeetingID = int64

// Meeting is a meeting of the Steering Committee.
type Meeting struct {
	ID MeetingID
	// Version grows with each change; who saves over a newer one is told so.
	Version int
	// NameEN and NameAR are what the desk has called it; "" is "Steering Committee meeting".
	NameEN, NameAR string
	// At is when it begins; its day is that of Zone, one of Zones.
	At    time.Time
	Zone  string
	State MeetingState
	// MovedFrom is when it was to be before it was moved last; nil for never. CancelledAt is when it was cancelled, for the
	// Reason that everybody may read.
	MovedFrom, CancelledAt *time.Time
	Reason                 string
	ChangedAt              time.Time
}

// MeetingState is what somebody has made of a meeting; what the clock makes of it is its MeetingPhase.
type MeetingState string

// The states of a meeting.
const (
	Planned   MeetingState = "planned"
	Cancelled MeetingState = "cancelled"
)

// MeetingStates lists the states.
var MeetingStates = []MeetingState{Planned, Cancelled}

// MeetingPhase is where a meeting stands at an instant.
type MeetingPhase string

// The phases of a meeting.
const (
	PhaseComing    MeetingPhase = "coming"
	PhasePast      MeetingPhase = "past" // it has begun
	PhaseCancelled MeetingPhase = "cancelled"
)

// Phase is where the meeting stands now.
func (m Meeting) Phase(now time.Time) MeetingPhase {
	switch {
	case m.State == Cancelled:
		return PhaseCancelled
	case now.Before(m.At):
		return PhaseComing
	}
	return PhasePast
}

// Zones are the time zones in which meetings take place: the seats and regional commissions of the United Nations. The
// table admits the same.
var Zones = []string{"Europe/Zurich", "America/New_York", "Africa/Nairobi", "Africa/Addis_Ababa", "Asia/Bangkok", "Asia/Beirut", "America/Santiago", "Europe/Vienna", "Europe/Rome", "UTC"}

// zones are the same, loaded.
var zones = loadZones()

func loadZones() map[string]*time.Location {
	all := map[string]*time.Location{}
	for _, name := range Zones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			panic(fmt.Errorf("the zone of meetings %s: %w", name, err)) // the program embeds the zone data
		}
		all[name] = zone
	}
	return all
}

// Local is when the meeting begins, in its own zone.
func (m Meeting) Local() time.Time {
	if zone := zones[m.Zone]; zone != nil {
		return m.At.In(zone)
	}
	return m.At.UTC()
}

// Day is the day of the meeting where it takes place.
func (m Meeting) Day() date.Date { return date.Of(m.Local()) }

// LastSafeDay is the last day on which a concept note is in time for a meeting of the day: Weeks before it (fund.md, Steering
// Committee calendar). It ends in Geneva: see Meeting.Cutoff.
func LastSafeDay(meeting date.Date) date.Date { return meeting.AddDays(-7 * Weeks) }

// LastSafeDay is the last day, in Geneva, on which a concept note is in time for the meeting.
func (m Meeting) LastSafeDay() date.Date { return LastSafeDay(m.Day()) }

// Cutoff is the first instant that is too late: the end of the last safe day in Geneva, which is 00:00 of the next.
func (m Meeting) Cutoff() time.Time { return m.LastSafeDay().AddDays(1).In(i18n.Geneva) }

// InTime says whether a concept note that arrives at the instant can be considered at the meeting; at a cancelled one none
// can.
func (m Meeting) InTime(t time.Time) bool { return m.State == Planned && t.Before(m.Cutoff()) }

// DaysLeft is how many days after today the last safe day is, in Geneva: 0 on that day, less when it is over.
func (m Meeting) DaysLeft(now time.Time) int {
	return date.Today(now, i18n.Geneva).DaysUntil(m.LastSafeDay())
}

// next is the first of the meetings, which are in order, for which a concept note is in time at the instant.
func next(all []Meeting, t time.Time) (Meeting, bool) {
	if i := slices.IndexFunc(all, func(m Meeting) bool { return m.InTime(t) }); i >= 0 {
		return all[i], true
	}
	return Meeting{}, false
}

// MeetingAct is something that the fund desk does with a meeting. Their words are texts: fund.meeting.desk.act.….
type MeetingAct string

// The acts. There is no deleting: what was before the public, and what notes were written for, stays known.
const (
	ActAdd    MeetingAct = "add"
	ActName   MeetingAct = "name"
	ActMove   MeetingAct = "move"   // to another instant or zone; those concerned are told
	ActCancel MeetingAct = "cancel" // with a reason that everybody may read; those concerned are told
)

// meetingPermissions is who may do what with a meeting, and in which phase: the one table of permissions. Leads may do all
// that officers may. What moves other people's deadlines is the lead's to say.
var meetingPermissions = []struct {
	Act    MeetingAct
	Role   identity.Role
	Phases []MeetingPhase
}{
	{ActAdd, identity.Officer, nil},
	{ActName, identity.Officer, []MeetingPhase{PhaseComing}},
	{ActMove, identity.Lead, []MeetingPhase{PhaseComing}},
	{ActCancel, identity.Lead, []MeetingPhase{PhaseComing}},
}

// MayMeeting says whether the person may do this with some meeting: staff of the fund desk only.
func MayMeeting(who identity.User, act MeetingAct) bool {
	for _, p := range meetingPermissions {
		if p.Act == act && holds(who, p.Role) {
			return true
		}
	}
	return false
}

// holds says whether the person has the role at the fund desk, or is its lead.
func holds(who identity.User, role identity.Role) bool {
	return slices.ContainsFunc(who.Staff, func(r identity.StaffRole) bool {
		return r.Desk == identity.FundDesk && (r.Role == role || r.Role == identity.Lead)
	})
}

// allowed is why the person may not do this with the meeting now; nil when they may.
func (m Meeting) allowed(who identity.User, act MeetingAct, now time.Time) error {
	if !who.OnDesk(identity.FundDesk) {
		return problem.NotFound
	}
	why := problem.NotAllowedNow
	for _, p := range meetingPermissions {
		if p.Act != act || !slices.Contains(p.Phases, m.Phase(now)) {
			continue
		}
		if holds(who, p.Role) {
			return nil
		}
		why = problem.Forbidden
	}
	return why
}

// May says whether the person may do this with the meeting now.
func (m Meeting) May(who identity.User, act MeetingAct, now time.Time) bool {
	return m.allowed(who, act, now) == nil
}
