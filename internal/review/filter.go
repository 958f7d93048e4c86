package review

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/workflow"
)

// Group is a part of the queue: the tabs above it.
type Group string

// The groups of the queue.
const (
	ToDo    Group = "todo"    // the desk has to act
	Waiting Group = "waiting" // the submitter has to act
	Decided Group = "decided" // published or declined
	Closed  Group = "closed"  // withdrawn or taken down
	All     Group = "all"     // everything that was ever handed in
)

// Groups lists the groups in the order of the tabs. All but the last are parts of the last.
var Groups = []Group{ToDo, Waiting, Decided, Closed, All}

// partsOfAll are the groups that make up the last; partsOpen are those that hold what is open.
var (
	partsOfAll = Groups[:len(Groups)-1]
	partsOpen  = []Group{ToDo, Waiting}
)

// groupStates are the states that each group but All gathers. A published submission whose owner writes the next revision
// is a draft again: the desk waits for it.
var groupStates = map[Group][]workflow.State{
	ToDo:    {workflow.Submitted, workflow.InReview, workflow.Approved},
	Waiting: {workflow.ChangesRequested, workflow.Draft, workflow.PutAway},
	Decided: {workflow.Published, workflow.Accepted, workflow.Declined},
	Closed:  {workflow.Withdrawn, workflow.Archived, workflow.Erased},
}

// States returns the states that the group gathers.
func (g Group) States() []workflow.State {
	if g == All {
		return slices.Concat(groupStates[ToDo], groupStates[Waiting], groupStates[Decided], groupStates[Closed])
	}
	return groupStates[g]
}

// past says that nothing in the group waits for anybody any more.
func (g Group) past() bool { return g == Decided || g == Closed }

// groupOf is the group that gathers the state.
func groupOf(state workflow.State) Group {
	for _, g := range partsOfAll {
		if slices.Contains(groupStates[g], state) {
			return g
		}
	}
	return Closed
}

// Order is an order of the queue.
type Order string

// The orders of the queue. What has no due day, or waits for nobody, comes last in an order by it.
const (
	ByDue     Order = "due"     // the nearest due day first
	ByWaiting Order = "waiting" // the longest waiting first
	Newest    Order = "newest"  // handed in last
	Oldest    Order = "oldest"  // handed in first
	ByTitle   Order = "title"
)

// Orders lists them as they are offered.
var Orders = []Order{ByDue, ByWaiting, Oldest, Newest, ByTitle}

// PerPage is the number of rows on a page of the queue, Sizes what it can be.
const PerPage = 25

// Sizes are the numbers of rows that a page can have.
var Sizes = []int{PerPage, 50, 100}

// Term is one condition: a field with a value, or a word to look for (Field is "").
type Term struct {
	Field string
	Value string
	// Not turns the condition round; Quoted are words that stand side by side, for a Field of "" only.
	Not, Quoted bool
}

// Filter narrows the queue. Values of one field widen it, different fields and all words narrow it, as does each term
// that is turned round. Its zero value is everything that the desk has to do, the nearest due day first.
type Filter struct {
	// In is the group; "" for the one that the terms are about (see Group).
	In    Group
	Terms []Term
	// Sort is the order; "" for the usual one of the group.
	Sort Order
	// Size is the number of rows on a page; 0 for PerPage.
	Size int
	// Page is the number of the page, from 1 (0 is 1). After is the last submission of the page before, beyond the numbered
	// pages; it counts when it is given.
	Page  int
	After workflow.ID
	// At is where a submission stood in the order when it was opened (Place.At): from there it leads on to its neighbours
	// when it has left the list.
	At string
}

// Group is the part of the queue that the filter shows: what In says, else the one in which the terms can hold.
func (f Filter) Group() Group {
	if f.In != "" {
		return f.In
	}
	var asked []Group
	for _, t := range f.Terms {
		if g := t.about(); g != "" && !slices.Contains(asked, g) {
			asked = append(asked, g)
		}
	}
	switch len(asked) {
	case 0:
		return ToDo
	case 1:
		return asked[0]
	}
	return All
}

// about is the group in which alone the term can hold; "" for no particular one.
func (t Term) about() Group {
	switch {
	case t.Not:
	case t.Field == fieldState:
		return groupOf(workflow.State(t.Value))
	case t.Field == fieldIs && t.Value == isPaused, t.Field == fieldWaiting && t.Value == waitingSubmitter:
		return Waiting
	case t.Field == fieldWaiting && t.Value == waitingNobody:
		return All
	}
	return ""
}

// Order is how the list is sorted.
func (f Filter) Order() Order {
	if f.Sort != "" {
		return f.Sort
	}
	return usualOrder(f.Group())
}

func usualOrder(g Group) Order {
	switch g {
	case ToDo:
		return ByDue
	case Waiting:
		return ByWaiting
	}
	return Newest
}

// Limit is how many rows a page has.
func (f Filter) Limit() int {
	if f.Size == 0 {
		return PerPage
	}
	return f.Size
}

// Narrowed says whether the filter leaves out more than its group does.
func (f Filter) Narrowed() bool { return len(f.Terms) > 0 }

// Within is the filter in another group, on its first page and in that group's usual order.
func (f Filter) Within(g Group) Filter {
	return Filter{In: g, Terms: f.Terms, Size: f.Size}
}

// value is the value of the field where a control of the form can show it: one that is asked for and not turned round.
func (f Filter) value(field string) string {
	for _, t := range f.Terms {
		if t.Field == field && !t.Not {
			return t.Value
		}
	}
	return ""
}

// Values is the query of an address that shows the same: the filter in the language of the search, and the page.
func (f Filter) Values() url.Values {
	q := url.Values{}
	if s := f.String(); s != "" {
		q.Set("q", s)
	}
	switch {
	case f.After != 0:
		q.Set("after", strconv.FormatInt(f.After, 10))
	case f.Page > 1:
		q.Set("page", strconv.Itoa(f.Page))
	}
	if f.At != "" {
		q.Set("at", f.At)
	}
	return q
}

// String writes the filter, its page aside, in the language of the search: Language.Parse reads it back.
func (f Filter) String() string {
	var parts []string
	if f.In != "" {
		parts = append(parts, fieldIn+":"+string(f.In))
	}
	for _, t := range f.Terms {
		parts = append(parts, t.String())
	}
	if f.Sort != "" {
		parts = append(parts, fieldSort+":"+string(f.Sort))
	}
	if f.Size != 0 {
		parts = append(parts, fieldSize+":"+strconv.Itoa(f.Size))
	}
	return strings.Join(parts, " ")
}

// String writes the term as it is typed.
func (t Term) String() string {
	var b strings.Builder
	if t.Not {
		b.WriteByte('-')
	}
	if t.Field != "" {
		b.WriteString(t.Field + ":")
	}
	if t.Quoted || strings.ContainsAny(t.Value, " ,") || t.Field == "" && (strings.Contains(t.Value, ":") || strings.IndexAny(t.Value, "-−–") == 0) {
		return b.String() + `"` + t.Value + `"`
	}
	return b.String() + t.Value
}
