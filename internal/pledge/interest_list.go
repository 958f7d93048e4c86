package pledge

import (
	"net/url"
	"slices"
	"strconv"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/web/ui"
)

// CasesPerPage is how many cases a page names.
const CasesPerPage = 20

// CaseFilter says which part of a list of cases is meant: a page by its number, or what comes after a case beyond those.
type CaseFilter struct {
	// State narrows the list of the desk; "" is every state.
	State InterestState
	Page  int // from 1; 0 behind After
	After int64
}

// ReadCaseFilter reads a filter from the query of an address; what it does not know is left out.
func ReadCaseFilter(q url.Values) CaseFilter {
	f := CaseFilter{State: InterestState(q.Get("state")), Page: 1}
	if !slices.Contains(InterestStates, f.State) {
		f.State = ""
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n >= 1 {
		f.Page = n
	}
	if id, err := strconv.ParseInt(q.Get("after"), 10, 64); err == nil && id > 0 {
		f.After, f.Page = id, 0
	}
	return f
}

// path is the address of the list, given that of its first page.
func (f CaseFilter) path(list string) string {
	q := url.Values{}
	if f.State != "" {
		q.Set("state", string(f.State))
	}
	switch {
	case f.After > 0:
		q.Set("after", strconv.FormatInt(f.After, 10))
	case f.Page > 1:
		q.Set("page", strconv.Itoa(f.Page))
	}
	return ui.WithQuery(list, q)
}

// part are the parameters of the part that is meant, for a person; there is one case more where the list goes on.
func (f CaseFilter) part(who identity.User) database.Args {
	return database.Args{"who": who.ID, "after": f.After, "limit": CasesPerPage + 1, "offset": max(0, f.Page-1) * CasesPerPage}
}

// Cases is a part of a list of cases.
type Cases struct {
	Filter CaseFilter
	Cases  []Interest
	// Total is how many the list has, on so many Pages. Counts are those of each state, at the desk.
	Total, Pages int
	Counts       map[InterestState]int
	// Next is the case after which the list goes on beyond the numbered pages; 0 when it does not.
	Next int64
}

// newCases is the list of so many cases without them; a page beyond the last is the last one.
func newCases(f CaseFilter, total int) Cases {
	c := Cases{Filter: f, Total: total, Pages: (total + CasesPerPage - 1) / CasesPerPage}
	if f.After == 0 {
		c.Filter.Page = max(1, min(f.Page, c.Pages, ui.NumberedPages))
	}
	return c
}

// with adds the cases that were found, one more than a page has where the list goes on.
func (c Cases) with(found []Interest) Cases {
	more := len(found) > CasesPerPage
	c.Cases = found[:min(len(found), CasesPerPage)]
	if more && (c.Filter.After > 0 || c.Filter.Page == ui.NumberedPages) {
		c.Next = c.Cases[CasesPerPage-1].ID
	}
	return c
}
