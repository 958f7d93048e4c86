package pledge

import (
	"slices"
	"time"

	"portal/internal/identity"
)

// The interest of an office in what the pledge of another one needs or offers is a case: both offices see it, and the desk.

// InterestState says how far a case has come.
type InterestState string

// The states of a case.
const (
	Interested InterestState = "interested"
	InContact  InterestState = "in_contact"
	Agreed     InterestState = "agreed"
	NotPursued InterestState = "not_pursued"
	CaseClosed InterestState = "closed" // by the portal: the pledge was taken down, or the two offices became one
)

// InterestStates lists the states in the order of a story.
var InterestStates = []InterestState{Interested, InContact, Agreed, NotPursued, CaseClosed}

// Open says whether the case goes on.
func (s InterestState) Open() bool { return s == Interested || s == InContact }

// Talking says whether messages may be written.
func (s InterestState) Talking() bool { return s.Open() || s == Agreed }

// InterestAction is what is done with a case.
type InterestAction string

// The actions. Those that have the name of a state lead to it.
const (
	ActInterested InterestAction = "interested"
	ActMessage    InterestAction = "message"
	ActInContact  InterestAction = "in_contact"
	ActAgreed     InterestAction = "agreed"
	ActNotPursued InterestAction = "not_pursued"
	ActClosed     InterestAction = "closed"
	ActNote       InterestAction = "note" // of the desk, which only the desk reads
)

// InterestActions lists the actions.
var InterestActions = []InterestAction{ActInterested, ActMessage, ActInContact, ActAgreed, ActNotPursued, ActClosed, ActNote}

// Side says on whose behalf something is done with a case.
type Side string

// The sides of a case.
const (
	SideAsking Side = "asking" // the office that is interested
	SideAsked  Side = "asked"  // the office of the pledge
	SideDesk   Side = "desk"
	SidePortal Side = "portal"
)

// Sides lists the sides.
var Sides = []Side{SideAsking, SideAsked, SideDesk, SidePortal}

// steps are what the offices may do, by state: the office of the pledge answers first; each may end it.
var steps = []struct {
	from   InterestState
	action InterestAction
	by     []Side
}{
	{Interested, ActMessage, []Side{SideAsking, SideAsked}},
	{Interested, ActInContact, []Side{SideAsked}},
	{Interested, ActNotPursued, []Side{SideAsking, SideAsked}},
	{InContact, ActMessage, []Side{SideAsking, SideAsked}},
	{InContact, ActAgreed, []Side{SideAsking, SideAsked}},
	{InContact, ActNotPursued, []Side{SideAsking, SideAsked}},
	{Agreed, ActMessage, []Side{SideAsking, SideAsked}},
}

// Interest is a case as one of its offices, or the desk, sees it.
type Interest struct {
	ID       int64
	PledgeID int64
	PublicID string
	// Title and Lang are those of the pledge.
	Title, Lang string
	// Gone says that the pledge is public no more.
	Gone    bool
	Support Support
	// OfficeID is the office that is interested, OwnerID that of the pledge.
	OfficeID, OwnerID     int64
	OfficeName, OwnerName string
	// OfficeClosed and OwnerClosed say that nobody can answer for the office any more.
	OfficeClosed, OwnerClosed bool
	// Own is the pledge of the interested office that it concerns; "" for none. Of one that was taken down, which OwnGone says,
	// nothing else is known.
	Own, OwnTitle, OwnLang string
	OwnGone                bool
	// Next and OwnNext are the pledges that have taken the place of the two since; nil for none. A list does not know them.
	Next                 *Reference `db:"-"`
	OwnNext              *Reference `db:"-"`
	State                InterestState
	CreatedAt, ChangedAt time.Time
	// Side is the reader's, and Writes says whether their post lets them act.
	Side   Side
	Writes bool
}

// Actions are what the reader may do now.
func (i Interest) Actions() []InterestAction {
	var all []InterestAction
	for _, s := range steps {
		if i.Writes && s.from == i.State && slices.Contains(s.by, i.Side) {
			all = append(all, s.action)
		}
	}
	return all
}

// May says whether the reader may do it now.
func (i Interest) May(a InterestAction) bool { return slices.Contains(i.Actions(), a) }

// Deserted says that nobody can answer the reader: the other office is closed.
func (i Interest) Deserted() bool {
	return i.Side == SideAsking && i.OwnerClosed || i.Side == SideAsked && i.OfficeClosed
}

// MayStart says whether the reader may start a pledge that matches the one of the case.
func (i Interest) MayStart() bool {
	return i.Writes && i.Side == SideAsking && i.State == Agreed && !i.Gone
}

// matched is the ID of the pledge that a pledge which comes of the case matches.
func (i Interest) matched() string {
	if i.Next != nil {
		return i.Next.PublicID
	}
	return i.PublicID
}

// InterestEvent is something that happened in a case.
type InterestEvent struct {
	ID       int64
	Action   InterestAction
	Side     Side
	AuthorID *int64
	Author   string
	Body     string
	// Lang is the language of Body; "" for one that nobody has said.
	Lang string
	At   time.Time
}

// NewInterest is what an office says when it is interested.
type NewInterest struct {
	Support Support
	// OfficeID is the office of one of the person's posts.
	OfficeID int64
	// Own is the public ID of a published pledge of that office; "" for none.
	Own string
	// Text is what is said, in the language Lang; "" for one that is not said.
	Text, Lang string
}

// MaxMessage is the longest message in a case, in characters as a person counts them.
const MaxMessage = 2000

// interestsPerHour and messagesPerHour are how many one person may write: each is a mail to others.
const interestsPerHour, messagesPerHour = 20, 60

// MaySpeakFor are the posts with which the person may say that an office is interested: approved ones in approved offices.
func MaySpeakFor(who identity.User) []identity.Post {
	var posts []identity.Post
	for _, p := range MayFileFor(who) {
		if p.Approved && p.OfficeApproved {
			posts = append(posts, p)
		}
	}
	return posts
}
