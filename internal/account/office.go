package account

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
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
}

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
}

// OwnPost is a post as its holder sees it.
type OwnPost struct {
	OfficeID    int64
	OfficeName  string
	OfficeState OfficeState
	Role        identity.PostRole
	State       PostState
	FromOn      date.Date
	UntilOn     *date.Date
	// Reason is what was written with a refusal, or "".
	Reason string
}

// Opens says whether the holder may open the office's page.
func (p OwnPost) Opens() bool {
	return (p.State == PostPending || p.State == PostApproved) && (p.OfficeState == OfficeProposed || p.OfficeState == OfficeApproved)
}

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

// lastHead says whether the post is the only one by which its office has a head.
func lastHead(people []Colleague, post int64) bool {
	heads, is := 0, false
	for _, c := range people {
		if c.Role == identity.Head && c.State == PostApproved {
			heads++
			is = is || c.PostID == post
		}
	}
	return is && heads == 1
}

// DeskState is a part of the desk's list of offices: the tabs above it.
type DeskState string

// The parts of the list.
const (
	DeskWaiting  DeskState = "waiting" // proposed, or approved with a first head who waits
	DeskApproved DeskState = "approved"
	DeskRefused  DeskState = "refused"
)

// DeskStates lists the parts in the order of the tabs.
var DeskStates = []DeskState{DeskWaiting, DeskApproved, DeskRefused}

// OfficesPerPage is the number of rows on a page of the desk's list.
const OfficesPerPage = 25

// DeskFilter narrows the desk's list of offices. Its zero value, read from an empty address, is all that waits, the
// longest waiting first.
type DeskFilter struct {
	State    DeskState
	Q        string // words of the office's name
	Category string
	Country  string
	Sort     string // "" by waiting time, "newest", "name"
	Page     int    // from 1
}

// ReadDeskFilter reads a filter from the query of an address; what it does not know is left out.
func ReadDeskFilter(q url.Values) DeskFilter {
	f := DeskFilter{State: DeskState(q.Get("state")), Q: cleanQuery(q.Get("q")), Category: q.Get("category"),
		Country: strings.ToUpper(q.Get("country")), Sort: q.Get("sort"), Page: pageNumber(q)}
	if !slices.Contains(DeskStates, f.State) {
		f.State = DeskWaiting
	}
	if f.Sort != "newest" && f.Sort != "name" {
		f.Sort = ""
	}
	if len(f.Country) != 2 {
		f.Country = ""
	}
	return f
}

// Values is the inverse of ReadDeskFilter: the query of an address that shows the same.
func (f DeskFilter) Values() url.Values {
	q := url.Values{}
	if f.State != DeskWaiting {
		q.Set("state", string(f.State))
	}
	for name, value := range map[string]string{"q": f.Q, "category": f.Category, "country": f.Country, "sort": f.Sort} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Page > 1 {
		q.Set("page", strconv.Itoa(f.Page))
	}
	return q
}

// Narrowed says whether the filter leaves out more than its part of the list does.
func (f DeskFilter) Narrowed() bool { return f.Q != "" || f.Category != "" || f.Country != "" }

func pageNumber(q url.Values) int {
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 1 && n < 1_000_000 {
		return n
	}
	return 1
}

// DeskOffice is an office as the desk sees it.
type DeskOffice struct {
	Office
	// HeadPost is the post of the proposed first head who waits, and Head their name; 0 and "" when nobody does.
	HeadPost int64
	Head     string
	// Since is since when it waits, or when it was decided.
	Since time.Time
}

// Waits says whether the desk has something to decide.
func (o DeskOffice) Waits() bool { return o.State == OfficeProposed || o.HeadPost != 0 }

// Decision is what the desk decides on an office and its proposed first head.
type Decision struct {
	// Approve approves both; otherwise the office, or for an approved one its proposed head, is refused.
	Approve bool
	// HeadPost is the post that was waiting when the page was read; 0 for none.
	HeadPost int64
	// Reason goes into the letter; a refusal needs one.
	Reason string
}

// Check returns what is wrong with the decision.
func (d Decision) Check() []problem.Field {
	n := len([]rune(d.Reason))
	switch {
	case n > MaxReason:
		return []problem.Field{{Name: "reason", Key: "account.desk.reason.long", Args: []any{MaxReason, n}}}
	case !d.Approve && d.Reason == "":
		return []problem.Field{{Name: "reason", Key: "account.desk.reason.missing"}}
	}
	return nil
}
