package account

import (
	"errors"
	"time"

	"portal/internal/date"
	"portal/internal/identity"
	"portal/internal/problem"
)

// OfficeState says whether an office may publish.
type OfficeState string

// The states of an office.
const (
	OfficeProposed OfficeState = "proposed" // by somebody who registered; the secretariat has still to decide
	OfficeApproved OfficeState = "approved"
	OfficeRefused  OfficeState = "refused"
	OfficeClosed   OfficeState = "closed"
)

// OfficeStates lists them in the order of a life.
var OfficeStates = []OfficeState{OfficeProposed, OfficeApproved, OfficeRefused, OfficeClosed}

// PostState says whether a post is held.
type PostState string

// The states of a post.
const (
	PostPending  PostState = "pending" // the office's head, or for the first head the secretariat, has still to decide
	PostApproved PostState = "approved"
	PostRefused  PostState = "refused"
	PostEnded    PostState = "ended"
)

// PostStates lists them in the order of a life.
var PostStates = []PostState{PostPending, PostApproved, PostRefused, PostEnded}

// Office is a ministry's focal point, a mission, an organization.
type Office struct {
	ID       int64
	Name     string
	Category string // id of a gcm.Category
	Country  string // ISO 3166-1 alpha-2, or ""
	State    OfficeState
	// HeadsOnly says that contributors write, but only heads submit.
	HeadsOnly bool
	CreatedAt time.Time
	// MergedInto is the office into which this one went, nil for none; ClosedAt and CloseReason are of a closed one.
	MergedInto  *int64
	ClosedAt    *time.Time
	CloseReason string
}

// Open says whether the office acts: what a refused or closed one has written can only be read.
func (o Office) Open() bool { return o.State == OfficeProposed || o.State == OfficeApproved }

// Colleague is somebody in an office, as its people page shows them.
type Colleague struct {
	PostID int64
	UserID int64
	Name   string
	Role   identity.PostRole
	State  PostState
	// FromOn and UntilOn are the first and last day of the post; UntilOn is nil while it has no end.
	FromOn  date.Date
	UntilOn *date.Date
	// Position and Email are for heads only; empty for others.
	Position string
	Email    string
	AskedAt  time.Time
	// Current says that the post is held today.
	Current bool
	// StandsFor is the post for which this one stands in, 0 for none, and HolderID and Holder are who holds that.
	StandsFor int64
	HolderID  int64
	Holder    string
	// ComesBack says that the last mail to the person was refused for good.
	ComesBack bool
}

// Lasting says whether the post is held without an end in sight: who stands in, or leaves on a day, does not count as the
// office's head.
func (c Colleague) Lasting() bool { return c.State == PostApproved && c.UntilOn == nil }

// OwnPost is a post as its holder sees it.
type OwnPost struct {
	ID          int64
	OfficeID    int64
	OfficeName  string
	OfficeState OfficeState
	Role        identity.PostRole
	State       PostState
	FromOn      date.Date
	UntilOn     *date.Date
	// Reason is what was written with a refusal, or "".
	Reason string
	// StandsFor is the name of the person for whom the holder stands in, or "".
	StandsFor string
	// Over says that the last day is past, and Ahead that the first day is still to come.
	Over, Ahead bool
}

// Opens says whether the holder may open the office's page.
func (p OwnPost) Opens() bool {
	return (p.State == PostPending || p.State == PostApproved) && !p.Over && !p.Ahead
}

// Leads says whether the holder manages the people of the office.
func (p OwnPost) Leads() bool { return p.Opens() && p.State == PostApproved && p.Role == identity.Head }

// Lasting says whether the post is the holder's own, without an end in sight: only such a post is handed over.
func (p OwnPost) Lasting() bool { return p.Opens() && p.State == PostApproved && p.UntilOn == nil }

// DecidedError says that somebody else was faster: what was to be decided has been. It is problem.Stale.
type DecidedError struct {
	// By is the name of who decided, At when, and State what became of it (an OfficeState or a PostState).
	By    string
	At    time.Time
	State string
}

// Error says what happened, without the name.
func (e *DecidedError) Error() string { return "already decided: " + e.State }

// Is makes the error problem.Stale.
func (e *DecidedError) Is(target error) bool { return target == problem.Stale }

var (
	// errLastHead says that the office would be left without a head.
	errLastHead = problem.Invalid(problem.Field{Key: "account.office.last_head"})
	// errOfficeGone says that the chosen office no longer takes anybody.
	errOfficeGone = errors.New("the office takes nobody any more")
)

// lastHead says whether the post is the only one by which its office has a head to stay.
func lastHead(people []Colleague, post int64) bool {
	heads, is := 0, false
	for _, c := range people {
		if c.Role == identity.Head && c.Lasting() {
			heads++
			is = is || c.PostID == post
		}
	}
	return is && heads == 1
}
