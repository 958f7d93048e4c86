package account

import (
	"fmt"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
)

// OfferKind is what is offered with a post.
type OfferKind string

// The kinds of offer (accounts.md, Offices).
const (
	Invitation OfferKind = "invitation" // into the office, by its head or the secretariat
	Handover   OfferKind = "handover"   // of the post of somebody who leaves, to a successor
	Delegation OfferKind = "delegation" // to stand in for a holder for some days
)

// OfferKinds lists them.
var OfferKinds = []OfferKind{Invitation, Handover, Delegation}

// OfferState is where an offer stands.
type OfferState string

// The states of an offer. What a contributor offers to somebody outside is first only asked for: the office's head
// approves newcomers, and so agrees before a mail goes out.
const (
	OfferAsked     OfferState = "asked"
	OfferOpen      OfferState = "open"
	OfferAccepted  OfferState = "accepted"
	OfferDeclined  OfferState = "declined"
	OfferWithdrawn OfferState = "withdrawn"
	OfferExpired   OfferState = "expired" // open, but its time is over; never kept
)

// OfferStates lists those that are kept.
var OfferStates = []OfferState{OfferAsked, OfferOpen, OfferAccepted, OfferDeclined, OfferWithdrawn}

// How long offers stand, and how many mails with offers one office, and one address, get in a day: so they cannot be used
// as a mail cannon (accounts.md, Bad input and abuse).
const (
	InvitationLasts = 14 * 24 * time.Hour
	HandoverLasts   = 30 * 24 * time.Hour

	offersPerOffice  = 20
	offersPerAddress = 3
	offerWindow      = 24 * time.Hour

	// MaxMessage is the longest message with an offer, in characters as a person counts them.
	MaxMessage = 1000
	// farthest is how many days ahead a last day may be.
	farthest = 366
)

// Offer is a post that is offered by e-mail.
type Offer struct {
	ID         int64
	Kind       OfferKind
	State      OfferState
	OfficeID   int64
	OfficeName string
	// OfficeOpen says that the office is approved and not closed: only then the offer can be accepted.
	OfficeOpen bool
	// PostID is the post that is handed over or stood in for, 0 for an invitation; HolderID and Holder are who holds it, and
	// PostHeld says that they still do.
	PostID   int64
	HolderID int64
	Holder   string
	PostHeld bool
	Role     identity.PostRole
	// Email and Message are empty once the offer is over.
	Email   string
	Message string
	// FromOn and UntilOn are the days of who stands in; UntilOn alone is the last day of who leaves.
	FromOn, UntilOn *date.Date
	// KeepsReading says that who leaves stays as a viewer.
	KeepsReading bool
	// ByDesk says that the secretariat offers it.
	ByDesk    bool
	OffererID int64
	Offerer   string
	OfferedAt time.Time
	ExpiresAt time.Time
	DecidedAt *time.Time
	DecidedBy *int64
}

// Stands says how the offer stands now: an open one whose time is over, or whose ground is gone, is not open any more.
func (o Offer) Stands(now time.Time) OfferState {
	switch {
	case o.State != OfferOpen && o.State != OfferAsked:
		return o.State
	case !o.OfficeOpen, o.Kind != Invitation && !o.PostHeld:
		return OfferWithdrawn
	case o.State == OfferOpen && !o.ExpiresAt.After(now):
		return OfferExpired
	}
	return o.State
}

// For says whether the offer was sent to the person: to the address that their account has proven.
func (o Offer) For(who identity.User) bool {
	return o.Email != "" && strings.EqualFold(o.Email, who.Email)
}

// OfferOverError says that an offer can no longer be acted on. It is problem.Stale.
type OfferOverError struct {
	Offer Offer
	State OfferState
}

// Error says how the offer stands.
func (e *OfferOverError) Error() string { return fmt.Sprintf("offer %d is %s", e.Offer.ID, e.State) }

// Is makes the error problem.Stale.
func (e *OfferOverError) Is(target error) bool { return target == problem.Stale }

// OtherAddressError says that the offer was sent to another address than the person's. It is problem.Forbidden.
type OtherAddressError struct{ Masked string }

// Error leaves the address out.
func (e *OtherAddressError) Error() string { return "the offer was sent to another address" }

// Is makes the error problem.Forbidden.
func (e *OtherAddressError) Is(target error) bool { return target == problem.Forbidden }

// OfferForm is what is typed to offer a post.
type OfferForm struct {
	Email   string
	Role    identity.PostRole // of an invitation
	Message string
	// Colleague is the person of the office who stands in, 0 for somebody to be found by Email.
	Colleague int64
	// FromOn and UntilOn are the days; zero when they could not be read.
	FromOn, UntilOn date.Date
	KeepsReading    bool
}

// Check returns what is wrong with an offer of the kind by somebody with the address own, in the order of the page. today
// is the present day.
func (f OfferForm) Check(kind OfferKind, own string, today date.Date) []problem.Field {
	var wrong []problem.Field
	bad := func(name, key string, args ...any) {
		wrong = append(wrong, problem.Field{Name: name, Key: key, Args: args})
	}
	if f.Colleague == 0 {
		wrong = append(wrong, checkEmail(f.Email)...)
		if len(wrong) == 0 && strings.EqualFold(f.Email, own) {
			bad("email", "account.offer.email.own")
		}
	}
	switch kind {
	case Invitation:
		if f.Role != identity.Head && f.Role != identity.Contributor && f.Role != identity.Viewer {
			bad("role", "account.office.role.missing")
		}
	case Delegation:
		switch {
		case f.FromOn.IsZero():
			bad("from_on.day", "account.offer.from.missing")
		case f.FromOn.Before(today):
			bad("from_on.day", "account.offer.from.past")
		}
	}
	if kind != Invitation {
		switch {
		case f.UntilOn.IsZero():
			bad("until_on.day", "account.offer.until.missing")
		case f.UntilOn.Before(today):
			bad("until_on.day", "account.offer.until.past")
		case kind == Delegation && f.UntilOn.Before(f.FromOn):
			bad("until_on.day", "account.offer.until.before")
		case today.DaysUntil(f.UntilOn) > farthest:
			bad("until_on.day", "account.offer.until.far")
		}
	}
	if n := form.Length(f.Message); n > MaxMessage {
		bad("message", "account.offer.message.long", MaxMessage, n)
	}
	return wrong
}

// lasts is until when an offer stands that is made now.
func (f OfferForm) lasts(kind OfferKind, now time.Time) time.Time {
	switch kind {
	case Handover:
		return now.Add(HandoverLasts)
	case Delegation:
		if end := f.UntilOn.AddDays(1).In(time.UTC); end.Before(now.Add(HandoverLasts)) {
			return end
		}
		return now.Add(HandoverLasts)
	}
	return now.Add(InvitationLasts)
}
