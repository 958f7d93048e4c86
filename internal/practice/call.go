package practice

import (
	"slices"
	"strconv"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
)

// CallID is the number of a call.
type CallID = int64

// Call is a call for practices (practices.md, Calls for practices): several can be open at once.
type Call struct {
	ID CallID
	// Version grows with each change; who saves over a newer one is told so.
	Version int
	State   CallState
	// Lang is the language of the text that was written first; it is shown where the reader's is missing.
	Lang string
	// DeadlineAt is the last instant at which a practice is in time. The desk sets it as a day and a time in Geneva.
	DeadlineAt time.Time
	Objectives []int
	// Sectors are the categories of organization that may answer; none is all.
	Sectors []string
	// Languages are those in which practices are taken; none is all six.
	Languages []string
	// Contact is a public address of a desk, never a person's; "" is the secretariat's own.
	Contact string
	// OpenedAt is when it was first open; FeaturedAt when its results came before the public, WithdrawnAt when it was taken
	// back, for the Reason that everybody may read.
	OpenedAt, FeaturedAt, WithdrawnAt *time.Time
	Reason                            string
	// Texts are what it says, the one of Lang first.
	Texts []CallText `db:"-"`
}

// CallText is what a call says in one language. All but Title and Theme are Markdown.
type CallText struct {
	Lang, Title, Theme, Who, Criteria, Body string
	// Intro introduces the page of results; "" until somebody writes it.
	Intro string
}

// CallState is what somebody has made of a call; what the clock makes of it is its Phase.
type CallState string

// The states of a call.
const (
	CallDraft     CallState = "draft"
	CallOpen      CallState = "open"
	CallWithdrawn CallState = "withdrawn"
)

// CallStates lists the states.
var CallStates = []CallState{CallDraft, CallOpen, CallWithdrawn}

// CallPhase is where a call stands at an instant.
type CallPhase string

// The phases of a call, in their order.
const (
	PhaseDraft     CallPhase = "draft"
	PhaseOpen      CallPhase = "open"
	PhaseClosed    CallPhase = "closed"   // after the deadline, while the practices are reviewed
	PhaseFeatured  CallPhase = "featured" // its results are public
	PhaseWithdrawn CallPhase = "withdrawn"
)

// CallPhases lists the phases.
var CallPhases = []CallPhase{PhaseDraft, PhaseOpen, PhaseClosed, PhaseFeatured, PhaseWithdrawn}

// PublicPhases are those in which a call is in the public list.
var PublicPhases = []CallPhase{PhaseOpen, PhaseClosed, PhaseFeatured}

// Phase is where the call stands now.
func (c Call) Phase(now time.Time) CallPhase {
	switch {
	case c.State == CallWithdrawn:
		return PhaseWithdrawn
	case c.State == CallDraft:
		return PhaseDraft
	case c.FeaturedAt != nil:
		return PhaseFeatured
	case now.After(c.DeadlineAt):
		return PhaseClosed
	}
	return PhaseOpen
}

// Public says whether everybody may read the call, or that it was withdrawn.
func (c Call) Public() bool { return c.State != CallDraft }

// Deadline is the day of the deadline in Geneva.
func (c Call) Deadline() date.Date { return date.Today(c.DeadlineAt, i18n.Geneva) }

// DaysLeft is how many days after today the deadline is; 0 on its day.
func (c Call) DaysLeft(now time.Time) int {
	return date.Today(now, i18n.Geneva).DaysUntil(c.Deadline())
}

// In is what the call says in the language, or in the one in which it was written first.
func (c Call) In(lang string) CallText {
	for _, l := range []string{lang, c.Lang} {
		if i := slices.IndexFunc(c.Texts, func(t CallText) bool { return t.Lang == l }); i >= 0 {
			return c.Texts[i]
		}
	}
	return CallText{Lang: c.Lang}
}

// Takes says whether an organization of the category may answer the call.
func (c Call) Takes(category string) bool {
	return len(c.Sectors) == 0 || slices.Contains(c.Sectors, category)
}

// Reads says whether a practice in the language is taken.
func (c Call) Reads(lang string) bool {
	return len(c.Languages) == 0 || slices.Contains(c.Languages, lang)
}

// CallsPath is the list of calls, without the language.
const CallsPath = ListPath + "/calls"

// CallPath is the page of a call, without the language.
func CallPath(id CallID) string { return CallsPath + "/" + strconv.FormatInt(id, 10) }

// CallAct is something that staff do with a call. Their words are texts: practice.call.desk.act.….
type CallAct string

// The acts.
const (
	ActMake       CallAct = "make"
	ActEdit       CallAct = "edit"     // its facts and texts; the deadline too
	ActOpen       CallAct = "open"     // put it before the public
	ActDelete     CallAct = "delete"   // as long as no practice is tied to it
	ActWithdraw   CallAct = "withdraw" // with a reason that everybody may read
	ActArrange    CallAct = "arrange"  // introduction, takeaways and order of the page of results
	ActFeature    CallAct = "feature"  // put the page of results before the public
	ActAcceptLate CallAct = "accept_late"
)

// callPermissions is who may do what with a call, and in which phase: the one table of permissions. Leads may do all that
// officers may. What is before the public for all to see is the lead's to say.
var callPermissions = []struct {
	Act    CallAct
	Role   identity.Role
	Phases []CallPhase
}{
	{ActMake, identity.Officer, nil},
	{ActEdit, identity.Officer, []CallPhase{PhaseDraft, PhaseOpen, PhaseClosed, PhaseFeatured}},
	{ActOpen, identity.Lead, []CallPhase{PhaseDraft}},
	{ActDelete, identity.Officer, []CallPhase{PhaseDraft}},
	{ActDelete, identity.Lead, []CallPhase{PhaseOpen, PhaseClosed}},
	{ActWithdraw, identity.Lead, []CallPhase{PhaseOpen, PhaseClosed, PhaseFeatured}},
	{ActArrange, identity.Officer, []CallPhase{PhaseClosed, PhaseFeatured}},
	{ActFeature, identity.Lead, []CallPhase{PhaseClosed}},
	{ActAcceptLate, identity.Officer, []CallPhase{PhaseClosed, PhaseFeatured}},
}

// MayCall says whether the person may do this with some call: staff of the hub desk only.
func MayCall(who identity.User, act CallAct) bool {
	for _, p := range callPermissions {
		if p.Act == act && holds(who, p.Role) {
			return true
		}
	}
	return false
}

// holds says whether the person has the role at the hub desk, or is its lead.
func holds(who identity.User, role identity.Role) bool {
	return slices.ContainsFunc(who.Staff, func(r identity.StaffRole) bool {
		return r.Desk == identity.HubDesk && (r.Role == role || r.Role == identity.Lead)
	})
}

// allowed is why the person may not do this with the call now; nil when they may.
func (c Call) allowed(who identity.User, act CallAct, now time.Time) error {
	if !who.OnDesk(identity.HubDesk) {
		return problem.NotFound
	}
	why := problem.NotAllowedNow
	for _, p := range callPermissions {
		if p.Act != act || !slices.Contains(p.Phases, c.Phase(now)) {
			continue
		}
		if holds(who, p.Role) {
			return nil
		}
		why = problem.Forbidden
	}
	return why
}

// May says whether the person may do this with the call now.
func (c Call) May(who identity.User, act CallAct, now time.Time) bool {
	return c.allowed(who, act, now) == nil
}

// Standing is how a practice stands to the call that it is tied to.
type Standing string

// The standings.
const (
	Tied     Standing = "tied"     // its draft is written for the call
	Entered  Standing = "entered"  // it was handed in in time
	Late     Standing = "late"     // it went to the repository after the deadline; the desk may still take it
	Accepted Standing = "accepted" // the desk took it although it was late
)

// Standings lists them.
var Standings = []Standing{Tied, Entered, Late, Accepted}

// CameFor is the condition that a submission s was handed in for a call, with %s for the place of its number.
const CameFor = `EXISTS (SELECT FROM call_practices t WHERE t.submission_id = s.id AND t.call_id = %s AND t.standing <> 'tied')`

// Counts says whether the practice answers the call, once it is published.
func (s Standing) Counts() bool { return s == Entered || s == Accepted }

// Hurdle is why a practice cannot answer a call; its words are texts: practice.call.hurdle.….
type Hurdle string

// The hurdles, in the order in which they are told. None is "".
const (
	HurdleWithdrawn Hurdle = "withdrawn"
	HurdleLate      Hurdle = "late"
	HurdleSector    Hurdle = "sector"
	HurdleLanguage  Hurdle = "language"
)

// Hurdle is why a practice of an organization of the category, in the language ("" while nobody has said), cannot be
// handed in for the call now. In time is until the instant of the deadline, that instant included.
func (c Call) Hurdle(category, lang string, now time.Time) Hurdle {
	switch {
	case c.State != CallOpen:
		return HurdleWithdrawn
	case now.After(c.DeadlineAt) || c.FeaturedAt != nil:
		return HurdleLate
	case !c.Takes(category):
		return HurdleSector
	case lang != "" && !c.Reads(lang):
		return HurdleLanguage
	}
	return ""
}
