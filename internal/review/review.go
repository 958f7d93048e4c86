// Package review is the desk: the staff's side of every kind of submission. One queue, one page to read and decide on,
// and the letters that a decision sends. It knows submissions and their kinds, but no kind in particular.
package review

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/workflow"
)

// Group is a part of the queue: the tabs above it.
type Group string

// The groups of the queue.
const (
	ToDo    Group = "todo"    // the desk has to act
	Waiting Group = "waiting" // the submitter has to act
	Decided Group = "decided" // published, approved or declined
	Closed  Group = "closed"  // withdrawn or taken down
)

// Groups lists the groups in the order of the tabs.
var Groups = []Group{ToDo, Waiting, Decided, Closed}

// States returns the states that the group gathers. A published submission whose owner writes the next revision is a
// draft again: the desk waits for it.
func (g Group) States() []workflow.State {
	switch g {
	case ToDo:
		return []workflow.State{workflow.Submitted, workflow.InReview, workflow.Approved}
	case Waiting:
		return []workflow.State{workflow.ChangesRequested, workflow.Draft, workflow.PutAway}
	case Decided:
		return []workflow.State{workflow.Published, workflow.Declined}
	default:
		return []workflow.State{workflow.Withdrawn, workflow.Archived, workflow.Erased}
	}
}

// PerPage is the number of rows on a page of the queue.
const PerPage = 25

// The words of Filter.Assigned beside a person's number.
const (
	AssignedMe   = "me"
	AssignedNone = "none"
)

// Filter narrows the queue. Its zero value is everything that the desk has to do, the longest waiting first.
type Filter struct {
	Group    Group
	Q        string // words of the title or the office, or the public ID or number
	Kind     string
	Country  string
	Assigned string // "", AssignedMe or AssignedNone
	Overdue  bool   // the first answer is late: its light is Overdue
	Sort     string // "" handed in first, "newest" handed in last, "title"
	Page     int    // from 1
}

// ReadFilter reads a filter from the query of an address; what it does not know is left out.
func ReadFilter(q url.Values) Filter {
	f := Filter{
		Group: Group(q.Get("group")), Q: clean(q.Get("q")), Kind: q.Get("kind"), Country: strings.ToUpper(q.Get("country")),
		Assigned: q.Get("assigned"), Overdue: q.Get("overdue") == "yes", Sort: q.Get("sort"), Page: 1,
	}
	if !slices.Contains(Groups, f.Group) {
		f.Group = ToDo
	}
	if f.Assigned != AssignedMe && f.Assigned != AssignedNone {
		f.Assigned = ""
	}
	if f.Sort != "newest" && f.Sort != "title" {
		f.Sort = ""
	}
	if len(f.Country) != 2 {
		f.Country = ""
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 1 && n < 1_000_000 {
		f.Page = n
	}
	return f
}

// Values is the inverse of ReadFilter: the query of an address that shows the same, first page first.
func (f Filter) Values() url.Values {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Group != ToDo {
		set("group", string(f.Group))
	}
	set("q", f.Q)
	set("kind", f.Kind)
	set("country", f.Country)
	set("assigned", f.Assigned)
	if f.Overdue {
		set("overdue", "yes")
	}
	set("sort", f.Sort)
	if f.Page > 1 {
		set("page", strconv.Itoa(f.Page))
	}
	return q
}

// without is the filter without its words, from the first page.
func (f Filter) without() Filter {
	f.Q, f.Page = "", 1
	return f
}

// Narrowed says whether the filter leaves out more than its group does.
func (f Filter) Narrowed() bool {
	return f.Q != "" || f.Kind != "" || f.Country != "" || f.Assigned != "" || f.Overdue
}

func clean(q string) string {
	q = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(q, "\x00", ""), ""))
	if runes := []rune(q); len(runes) > 200 {
		q = string(runes[:200])
	}
	return q
}

// Light says how near the due day is (review.md, clocks).
type Light string

// The lights.
const (
	InTime  Light = "in_time"
	DueSoon Light = "due_soon" // today or on the next working day
	Overdue Light = "overdue"
)

// Due is the day by which the desk should have answered a submission handed in at that instant: the kind's target in
// working days, counted in Geneva, the day of handing in not counted.
func Due(submitted time.Time, workingDays int) date.Date {
	return date.AddWorkingDays(date.Of(submitted.In(i18n.Geneva)), workingDays, nil)
}

// LightOf compares the due day with now, in Geneva.
func LightOf(due date.Date, now time.Time) Light {
	today := date.Of(now.In(i18n.Geneva))
	switch {
	case due.Before(today):
		return Overdue
	case !date.AddWorkingDays(today, 1, nil).Before(due):
		return DueSoon
	default:
		return InTime
	}
}

// choices are the decisions that a desk can take, in the order of the page.
var choices = []workflow.Action{workflow.Publish, workflow.Approve, workflow.RequestChanges, workflow.Decline, workflow.Archive}

// Choices returns the decisions that may be taken on the submission now. Publish stands for both ends of the
// Publishing plan: while the office or the sender is not approved it is offered as Approve, and publication follows by
// itself.
func Choices(kind *workflow.Kind, s workflow.Submission) []workflow.Action {
	var may []workflow.Action
	for _, action := range choices {
		step, ok := kind.Plan.Find(action, s.State, s.Published())
		if !ok || !s.MayTake(step) {
			continue
		}
		_, publishes := kind.Plan.Find(workflow.Publish, s.State, s.Published())
		if action == workflow.Publish && !s.MayPublish() || action == workflow.Approve && publishes && s.MayPublish() {
			continue
		}
		may = append(may, action)
	}
	return may
}
