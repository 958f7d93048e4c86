// Package workflow is the life of a submission, written once for every kind: drafted, submitted, reviewed, decided
// (spec page review.md). A plan is a table of steps; Apply is the only writer of a state. An area adds its content and
// its rules through a Kind.
package workflow

import "slices"

// State is where a submission stands. It has a name for staff and a plainer one for its owner; both are texts of the
// catalogue: workflow.state.staff.…, workflow.state.owner.….
type State string

// The states.
const (
	Draft            State = "draft"
	Submitted        State = "submitted"
	InReview         State = "in_review"
	ChangesRequested State = "changes_requested"
	Approved         State = "approved"
	Published        State = "published"
	Accepted         State = "accepted" // the good end of what is decided and not published
	Declined         State = "declined"
	Withdrawn        State = "withdrawn"
	Archived         State = "archived"
	// PutAway is a draft that nobody has touched for long; it can be brought back for a time. Erased is what is left of one
	// that nobody brought back: its number and its history.
	PutAway State = "put_away"
	Erased  State = "erased"
)

// States lists the states in the order of a life.
var States = []State{Draft, Submitted, InReview, ChangesRequested, Approved, Published, Accepted, Declined, Withdrawn, Archived, PutAway, Erased}

// Writable says whether the owner may change the text.
func (s State) Writable() bool { return s == Draft || s == ChangesRequested }

// Waiting says whether the desk has to do something.
func (s State) Waiting() bool { return s == Submitted || s == InReview || s == Approved }

// Action is a step that somebody takes.
type Action string

// The actions.
const (
	Submit         Action = "submit"
	Record         Action = "record" // hand in what an office has told the desk, in its name
	Withdraw       Action = "withdraw"
	Discard        Action = "discard" // give up a revision of something published; the published one stays
	Take           Action = "take"    // begin the review
	RequestChanges Action = "request_changes"
	AcceptEdits    Action = "accept_edits" // take over what the desk proposed (TakeEdits)
	Approve        Action = "approve"
	Publish        Action = "publish"
	Decline        Action = "decline"
	Archive        Action = "archive" // take down what was published
	Revise         Action = "revise"  // open the next revision of something published
	Confirm        Action = "confirm" // say of something published that it still holds
	Retire         Action = "retire"  // take down one's own that was published
	Warn           Action = "warn"    // say that an untouched draft will be put away
	PutAside       Action = "put_away"
	Restore        Action = "restore" // bring back what was put away
	Erase          Action = "erase"   // remove the text of what nobody brought back
)

// Actions lists the actions.
var Actions = []Action{Submit, Record, Withdraw, Discard, Take, RequestChanges, AcceptEdits, Approve, Publish, Decline, Archive, Revise, Confirm, Retire, Warn, PutAside, Restore, Erase}

// By says who may take a step.
type By string

// The parties of a plan.
const (
	ByOwner By = "owner" // the office's heads and contributors, and the author
	ByDesk  By = "desk"  // officers and leads of the kind's desk without a conflict
	// ByPortal are steps that nobody takes but the portal, by the clock.
	ByPortal By = "portal"
)

// When narrows a step to submissions that are, or are not, before the public in an earlier revision.
type When string

// The conditions of a step.
const (
	Always       When = ""
	NotPublished When = "not_published"
	IsPublished  When = "published"
)

// Step is one row of a plan: the action leads From one state To another.
type Step struct {
	Action Action
	From   State
	To     State
	By     By
	When   When
	// Note says that the step needs a note to the submitter: a reason, or what to change.
	Note bool
	// Opens says that the step opens the next revision for writing.
	Opens bool
}

// Plan is the table of all steps that there are; what is not in it cannot happen.
type Plan []Step

// Publishing is the plan of what ends on a public page. An approved submission is published at once, unless its office
// or its sender is still to be approved: then it waits in Approved (accounts.md, Offices).
var Publishing = Plan{
	{Action: Submit, From: Draft, To: Submitted, By: ByOwner},
	{Action: Submit, From: ChangesRequested, To: Submitted, By: ByOwner},
	{Action: Withdraw, From: Draft, To: Withdrawn, By: ByOwner, When: NotPublished},
	{Action: Withdraw, From: Submitted, To: Withdrawn, By: ByOwner, When: NotPublished},
	{Action: Withdraw, From: ChangesRequested, To: Withdrawn, By: ByOwner, When: NotPublished},
	{Action: Withdraw, From: Approved, To: Withdrawn, By: ByOwner, When: NotPublished},
	{Action: Discard, From: Draft, To: Published, By: ByOwner, When: IsPublished},
	{Action: Discard, From: Submitted, To: Published, By: ByOwner, When: IsPublished},
	{Action: Discard, From: ChangesRequested, To: Published, By: ByOwner, When: IsPublished},
	{Action: Discard, From: Approved, To: Published, By: ByOwner, When: IsPublished},
	{Action: Take, From: Submitted, To: InReview, By: ByDesk},
	{Action: RequestChanges, From: InReview, To: ChangesRequested, By: ByDesk, Note: true, Opens: true},
	{Action: AcceptEdits, From: InReview, To: InReview, By: ByOwner, Opens: true},
	{Action: AcceptEdits, From: Approved, To: Approved, By: ByOwner, Opens: true},
	{Action: Approve, From: InReview, To: Approved, By: ByDesk},
	{Action: Publish, From: InReview, To: Published, By: ByDesk},
	{Action: Publish, From: Approved, To: Published, By: ByDesk},
	{Action: Decline, From: InReview, To: Declined, By: ByDesk, When: NotPublished, Note: true},
	{Action: Decline, From: InReview, To: Published, By: ByDesk, When: IsPublished, Note: true},
	{Action: Decline, From: Approved, To: Declined, By: ByDesk, When: NotPublished, Note: true},
	{Action: Decline, From: Approved, To: Published, By: ByDesk, When: IsPublished, Note: true},
	{Action: Revise, From: Published, To: Draft, By: ByOwner, Opens: true},
	{Action: Archive, From: Published, To: Archived, By: ByDesk, Note: true},
	{Action: Archive, From: Draft, To: Archived, By: ByDesk, When: IsPublished, Note: true},
	{Action: Archive, From: ChangesRequested, To: Archived, By: ByDesk, When: IsPublished, Note: true},
	{Action: Archive, From: Submitted, To: Archived, By: ByDesk, When: IsPublished, Note: true},
	{Action: Archive, From: InReview, To: Archived, By: ByDesk, When: IsPublished, Note: true},
	{Action: Archive, From: Approved, To: Archived, By: ByDesk, When: IsPublished, Note: true},
	{Action: Warn, From: Draft, To: Draft, By: ByPortal},
	{Action: PutAside, From: Draft, To: PutAway, By: ByPortal},
	{Action: Restore, From: PutAway, To: Draft, By: ByOwner},
	{Action: Erase, From: PutAway, To: Erased, By: ByPortal, When: NotPublished},
	{Action: Erase, From: PutAway, To: Published, By: ByPortal, When: IsPublished},
	{Action: Archive, From: PutAway, To: Archived, By: ByDesk, When: IsPublished, Note: true},
}

// Living is Publishing for what its owner vouches for year by year: they confirm that what is published still holds, or take it
// down themselves, with a reason that the public reads.
var Living = append(slices.Clone(Publishing),
	Step{Action: Confirm, From: Published, To: Published, By: ByOwner},
	Step{Action: Retire, From: Published, To: Withdrawn, By: ByOwner, Note: true},
)

// Deciding is the plan of what ends at a decision and on no public page of its own.
var Deciding = Plan{
	{Action: Submit, From: Draft, To: Submitted, By: ByOwner},
	{Action: Submit, From: ChangesRequested, To: Submitted, By: ByOwner},
	{Action: Withdraw, From: Draft, To: Withdrawn, By: ByOwner},
	{Action: Withdraw, From: Submitted, To: Withdrawn, By: ByOwner},
	{Action: Withdraw, From: ChangesRequested, To: Withdrawn, By: ByOwner},
	{Action: Take, From: Submitted, To: InReview, By: ByDesk},
	{Action: RequestChanges, From: InReview, To: ChangesRequested, By: ByDesk, Note: true, Opens: true},
	{Action: Approve, From: InReview, To: Accepted, By: ByDesk},
	{Action: Decline, From: InReview, To: Declined, By: ByDesk, Note: true},
	{Action: Archive, From: Accepted, To: Archived, By: ByDesk, Note: true},
	{Action: Warn, From: Draft, To: Draft, By: ByPortal},
	{Action: PutAside, From: Draft, To: PutAway, By: ByPortal},
	{Action: Restore, From: PutAway, To: Draft, By: ByOwner},
	{Action: Erase, From: PutAway, To: Erased, By: ByPortal},
}

// Corresponding is the plan of what somebody writes to a desk: it is answered, and in the end closed, or declined, with a reason.
var Corresponding = Plan{
	{Action: Submit, From: Draft, To: Submitted, By: ByOwner},
	{Action: Withdraw, From: Submitted, To: Withdrawn, By: ByOwner},
	{Action: Take, From: Submitted, To: InReview, By: ByDesk},
	{Action: Approve, From: InReview, To: Accepted, By: ByDesk, Note: true},
	{Action: Decline, From: InReview, To: Declined, By: ByDesk, Note: true},
}

// Entered is Deciding for what the desk may also hand in itself, in the name of an office that has written to it.
var Entered = append(slices.Clone(Deciding), Step{Action: Record, From: Draft, To: Submitted, By: ByDesk})

// Recording is the plan of what becomes an entry that stays: once it is before the public nobody changes it or takes it down
// by itself. What somebody vouches for beforehand is published by the portal as soon as it is submitted.
var Recording = Plan{
	{Action: Submit, From: Draft, To: Submitted, By: ByOwner},
	{Action: Record, From: Draft, To: Submitted, By: ByDesk},
	{Action: Submit, From: ChangesRequested, To: Submitted, By: ByOwner},
	{Action: Withdraw, From: Draft, To: Withdrawn, By: ByOwner},
	{Action: Withdraw, From: Submitted, To: Withdrawn, By: ByOwner},
	{Action: Withdraw, From: ChangesRequested, To: Withdrawn, By: ByOwner},
	{Action: Withdraw, From: Approved, To: Withdrawn, By: ByOwner},
	{Action: Publish, From: Submitted, To: Published, By: ByPortal},
	{Action: Take, From: Submitted, To: InReview, By: ByDesk},
	{Action: RequestChanges, From: InReview, To: ChangesRequested, By: ByDesk, Note: true, Opens: true},
	{Action: Approve, From: InReview, To: Approved, By: ByDesk},
	{Action: Publish, From: InReview, To: Published, By: ByDesk},
	{Action: Publish, From: Approved, To: Published, By: ByDesk},
	{Action: Decline, From: InReview, To: Declined, By: ByDesk, Note: true},
	{Action: Decline, From: Approved, To: Declined, By: ByDesk, Note: true},
	{Action: Warn, From: Draft, To: Draft, By: ByPortal},
	{Action: PutAside, From: Draft, To: PutAway, By: ByPortal},
	{Action: Restore, From: PutAway, To: Draft, By: ByOwner},
	{Action: Erase, From: PutAway, To: Erased, By: ByPortal},
}

// Find returns the step that the action takes from the state; published says whether the public sees an earlier
// revision.
func (p Plan) Find(action Action, from State, published bool) (Step, bool) {
	for _, s := range p {
		if s.Action == action && s.From == from && s.When.holds(published) {
			return s, true
		}
	}
	return Step{}, false
}

// From returns the steps that the party may take from the state, in the order of the plan.
func (p Plan) From(from State, published bool, by By) []Step {
	var steps []Step
	for _, s := range p {
		if s.From == from && s.By == by && s.When.holds(published) {
			steps = append(steps, s)
		}
	}
	return steps
}

func (w When) holds(published bool) bool {
	switch w {
	case IsPublished:
		return published
	case NotPublished:
		return !published
	default:
		return true
	}
}
