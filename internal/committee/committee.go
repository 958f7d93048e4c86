// Package committee is the work of the fund desk around a meeting of the Steering Committee (fund.md, Review): the shortlist
// of concept notes with the balance of the pipeline, who was there, and what was decided on each note. Meetings, notes, peer
// reviews and the desk's machine of decisions are areas of their own; app gives this one what it needs of them.
//
// What a person may see of a note goes by the conflict wall, here as everywhere: a note that is behind it is not on the
// shortlist for them, not in a count, not in the balance, and not in a file.
package committee

import (
	"slices"
	"time"

	"portal/internal/identity"
	"portal/internal/money"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// MeetingID is the number of a meeting of the Steering Committee.
type MeetingID = int64

// EntryID is the number of a place on a shortlist.
type EntryID = int64

// Meeting is a meeting as this area knows it, in the reader's words.
type Meeting struct {
	ID MeetingID
	// Name is what it is called, in Lang ("" for the reader's); When says day, time and place.
	Name, Lang, When string
	// Moved says from which day it was moved, "" for never.
	Moved string
	At    time.Time
	// Cutoff is the first instant at which a note comes too late for it, Explained the same in words.
	Cutoff    time.Time
	Explained string
	Cancelled bool
}

// Phase is where a meeting stands at an instant.
type Phase string

// The phases.
const (
	Coming    Phase = "coming"
	Begun     Phase = "begun"
	Cancelled Phase = "cancelled"
)

// Phases lists them.
var Phases = []Phase{Coming, Begun, Cancelled}

// Phase is where the meeting stands now.
func (m Meeting) Phase(now time.Time) Phase {
	switch {
	case m.Cancelled:
		return Cancelled
	case now.Before(m.At):
		return Coming
	}
	return Begun
}

// Outcome is what the committee decided on a note. Its words are texts: committee.outcome.….
type Outcome string

// The outcomes (fund.md, Review).
const (
	Endorse Outcome = "endorse" // to the pipeline
	Revise  Outcome = "revise"  // asked for a revision
	Decline Outcome = "decline"
)

// Outcomes lists them in the order of the form.
var Outcomes = []Outcome{Endorse, Revise, Decline}

// Action is the step of the plan by which the outcome is carried out.
func (o Outcome) Action() workflow.Action {
	switch o {
	case Endorse:
		return workflow.Approve
	case Revise:
		return workflow.RequestChanges
	case Decline:
		return workflow.Decline
	}
	return ""
}

// Stage is how far the decision on a note is. Its words are texts: committee.stage.….
type Stage string

// The stages.
const (
	Open      Stage = "open"      // none is recorded
	Pending   Stage = "pending"   // it waits for a release: nobody outside was told
	Told      Stage = "told"      // it was carried out, and the letter is on its way
	Overtaken Stage = "overtaken" // the desk has withdrawn or replaced it since: it is to be recorded again
)

// Stages lists them.
var Stages = []Stage{Open, Pending, Told, Overtaken}

// Facts are what the balance looks at in a concept note.
type Facts struct {
	// Countries are ISO 3166-1 alpha-2 codes, Areas ids of thematic areas.
	Countries, Areas []string
	// Amount is what is asked of the fund, indirect costs included.
	Amount money.Amount
	Months int
	// Organizations are those of the United Nations, the convening one first.
	Organizations []string
}

// Area is a thematic area in the reader's language.
type Area struct{ ID, Name string }

// Score is what the last round of technical review says of a note.
type Score struct {
	// Mean and Median are those of the reviews' weighted means, 1 to 5; 0 for none.
	Mean, Median float64
	// Reviews is how many are in; Complete says that all are.
	Reviews  int
	Complete bool
	// Sealed says that the person who asks reviews it themself and may not see the others' reviews yet.
	Sealed bool
}

// Act is something that the fund desk does here. Its words are texts: committee.act.….
type Act string

// The acts.
const (
	ActAdd     Act = "add"
	ActRemove  Act = "remove"
	ActOrder   Act = "order"
	ActMove    Act = "move"    // to the shortlist of another meeting
	ActSession Act = "session" // record who was there
	ActDecide  Act = "decide"  // record what was decided on a note
	ActRule    Act = "rule"    // set the number of members and the quorum
)

// Acts lists them.
var Acts = []Act{ActAdd, ActRemove, ActOrder, ActMove, ActSession, ActDecide, ActRule}

// permissions is who may do what, and in which phase of a meeting (nil: with no meeting in particular): the one table of
// permissions. Leads may do all that officers may. What the committee decided is the lead's to say.
var permissions = []struct {
	Act    Act
	Role   identity.Role
	Phases []Phase
}{
	{ActAdd, identity.Officer, []Phase{Coming, Begun}},
	{ActRemove, identity.Officer, Phases},
	{ActOrder, identity.Officer, []Phase{Coming, Begun}},
	{ActMove, identity.Officer, Phases},
	{ActSession, identity.Lead, []Phase{Begun}},
	{ActDecide, identity.Lead, []Phase{Begun}},
	{ActRule, identity.Lead, nil},
}

// holds says whether the person has the role at the fund desk, or is its lead.
func holds(who identity.User, role identity.Role) bool {
	return slices.ContainsFunc(who.Staff, func(r identity.StaffRole) bool {
		return r.Desk == identity.FundDesk && (r.Role == role || r.Role == identity.Lead)
	})
}

// Allowed is why the person may not do this at a meeting in the phase ("" for what is about no meeting); nil when they may.
// Who is not of the fund desk gets problem.NotFound, who lacks the role problem.Forbidden, the wrong phase
// problem.NotAllowedNow.
func Allowed(who identity.User, act Act, phase Phase) error {
	if !who.OnDesk(identity.FundDesk) {
		return problem.NotFound
	}
	why := problem.NotAllowedNow
	for _, p := range permissions {
		if p.Act != act || phase != "" && !slices.Contains(p.Phases, phase) || phase == "" && p.Phases != nil {
			continue
		}
		if holds(who, p.Role) {
			return nil
		}
		why = problem.Forbidden
	}
	return why
}

// Rule is how many members the committee has, and how many must take part for it to decide.
type Rule struct {
	Version         int
	Members, Quorum int
}

// Session is who was at a meeting, and its minutes beside those on single notes.
type Session struct {
	MeetingID MeetingID
	Version   int
	// Present is how many members were there; Members and Quorum are the rule of the day on which that was recorded.
	Present, Members, Quorum int
	// Minutes are what was typed; "" where they are files.
	Minutes string
	Saver   string
	SavedAt time.Time
}

// Quorate says whether the committee could decide with some members taking no part.
func (s Session) Quorate(recused int) bool { return s.Present-recused >= s.Quorum }

// Ruling is what the committee decided on a note, as read at the versions.
type Ruling struct {
	Outcome Outcome
	// Recused is how many of the members who were there took no part.
	Recused int
	// Reason is told to those who filed the note, Discussion stays with the staff.
	Reason, Discussion string
	// Version is that of the entry, NoteVersion that of the submission, Pending the pending decision that was seen (0 for none).
	Version, NoteVersion int
	Pending              int64
}
