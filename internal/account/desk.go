package account

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/problem"
)

// DeskState is a part of the desk's list of offices: the tabs above it.
type DeskState string

// The parts of the list.
const (
	DeskWaiting  DeskState = "waiting" // proposed, or approved with a first head who waits
	DeskVacant   DeskState = "vacant"  // approved, and nobody heads it today, or no mail reaches its heads
	DeskApproved DeskState = "approved"
	DeskRefused  DeskState = "refused"
)

// DeskStates lists the parts in the order of the tabs.
var DeskStates = []DeskState{DeskWaiting, DeskVacant, DeskApproved, DeskRefused}

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
	f := DeskFilter{
		State: DeskState(q.Get("state")), Q: cleanQuery(q.Get("q")), Category: q.Get("category"),
		Country: strings.ToUpper(q.Get("country")), Sort: q.Get("sort"), Page: pageNumber(q),
	}
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
	// Vacant says that nobody heads it today, ComesBack that mail to all its heads comes back.
	Vacant, ComesBack bool
	// Since is since when it waits, or when it was decided, closed, or left by its last head.
	Since time.Time
}

// Waits says whether the desk has something to decide.
func (o DeskOffice) Waits() bool {
	return o.State == OfficeProposed || o.State == OfficeApproved && o.HeadPost != 0
}

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
