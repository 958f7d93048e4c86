package review

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/workflow"
	"portal/web/ui"
)

// queueView is what the page of the queue shows.
type queueView struct {
	Page
	// Typed is the search as it stands in its field, Wrong what of it was left out.
	Typed string
	Wrong []Mistake
	// Kinds are those of the person's desks.
	Kinds      []string
	Vocabulary *gcm.Vocabulary
	Now        time.Time
	// Pick says what is chosen from the start: pickPage, pickAll or nothing. Picked are all that match, for pickAll.
	Pick   string
	Picked []Picked
	// Views are the person's kept searches.
	Views []ViewCount
	// Leaving are the releases that can still be undone.
	Leaving []ReleaseLine
}

// What can be chosen from the start.
const (
	pickPage = "page"
	pickAll  = "all"
)

func queueHref(ctx context.Context, f Filter) string {
	return ui.Href(ctx, ui.WithQuery("/desk", f.Values()))
}

// countText writes a count: "more than 10,000" where there are more.
func countText(ctx context.Context, c Count) string {
	n := i18n.Number(ctx, c.N)
	if c.More {
		return i18n.T(ctx, "review.desk.more", n)
	}
	return n
}

func (v queueView) tabs(ctx context.Context) []ui.Tab {
	var tabs []ui.Tab
	for _, g := range Groups {
		text := i18n.T(ctx, "review.queue.tab", i18n.Key("review.queue.group."+string(g)), countText(ctx, v.Counts[g]))
		tabs = append(tabs, ui.Tab{Href: queueHref(ctx, v.Filter.Within(g)), Text: text, Current: g == v.Filter.Group()})
	}
	return tabs
}

func (v queueView) pager(ctx context.Context) ui.Pager {
	total, size := v.Total(), v.Filter.Limit()
	p := ui.Pager{Label: i18n.T(ctx, "review.queue.pages"), Page: v.Filter.Page, Pages: (total.N + size - 1) / size}
	p.Href = func(page int) string {
		f := v.Filter
		f.Page, f.After = page, 0
		return queueHref(ctx, f)
	}
	if v.More && len(v.Rows) > 0 {
		f := v.Filter
		f.After = v.Rows[len(v.Rows)-1].ID
		p.Next = queueHref(ctx, f)
	}
	return p
}

// controls are the fields that the form has controls for, with the values that these offer.
func (v queueView) controls() map[string][]string {
	return map[string][]string{
		fieldIs:        {isOverdue, isSoon, isOnTime, isPending},
		fieldAssigned:  {AssignedMe, AssignedNone},
		fieldWaiting:   {waitingDesk, waitingSubmitter, waitingReviewers, waitingOffice},
		fieldKind:      v.Kinds,
		fieldCountry:   nil, // every country
		fieldObjective: nil, // every objective
	}
}

// beside is what the form carries along since it has no control for it.
func (v queueView) beside() Filter {
	controls, shown := v.controls(), map[string]bool{}
	f := v.Filter
	f.Page, f.After, f.Terms = 0, 0, nil
	for _, t := range v.Filter.Terms {
		values, ok := controls[t.Field]
		if ok && !t.Not && (values == nil || slices.Contains(values, t.Value)) && (t.Field == fieldIs || !shown[t.Field]) {
			shown[t.Field] = true
			continue
		}
		f.Terms = append(f.Terms, t)
	}
	return f
}

func (v queueView) filters(ctx context.Context) ui.Filters {
	f, controls := v.Filter, v.controls()
	chosen := func(field, value string) bool {
		if field == fieldIs {
			return slices.Contains(f.Terms, Term{Field: fieldIs, Value: value})
		}
		return f.value(field) == value
	}
	options := func(field, texts string) (all []ui.FacetOption) {
		for _, value := range controls[field] {
			all = append(all, ui.FacetOption{Value: value, Label: i18n.T(ctx, texts+value), Count: -1, Checked: chosen(field, value)})
		}
		return all
	}
	filters := ui.Filters{
		Action: ui.Href(ctx, "/desk"), Keep: v.beside().Values(), Clear: queueHref(ctx, Filter{In: f.Group()}),
		Facets: []ui.Facet{
			{Name: fieldAssigned, Legend: i18n.T(ctx, "review.queue.filter.assigned"), Open: true, Select: true, Any: i18n.T(ctx, "review.queue.filter.any"), Options: options(fieldAssigned, "review.queue.filter.assigned.")},
			{Name: fieldIs, Legend: i18n.T(ctx, "review.queue.filter.overdue"), Open: true, Options: options(fieldIs, "review.desk.is.")},
			{Name: fieldWaiting, Legend: i18n.T(ctx, "review.queue.column.waiting"), Open: true, Select: true, Any: i18n.T(ctx, "review.desk.waiting.any"), Options: options(fieldWaiting, "review.desk.waiting.")},
		},
	}
	if len(v.Kinds) > 1 || f.value(fieldKind) != "" {
		filters.Facets = append(filters.Facets, ui.Facet{
			Name: fieldKind, Legend: i18n.T(ctx, "review.queue.filter.kind"), Select: true, Any: i18n.T(ctx, "review.queue.filter.kind.any"), Options: options(fieldKind, "review.kind."),
		})
	}
	// Every country is offered: which of them have sent something in is not for everybody to know.
	var countries []ui.FacetOption
	for _, c := range v.Vocabulary.Countries(i18n.From(ctx)) {
		countries = append(countries, ui.FacetOption{Value: c.ISO2, Label: c.Name(i18n.From(ctx)), Count: -1, Checked: f.value(fieldCountry) == c.ISO2})
	}
	filters.Facets = append(filters.Facets, ui.Facet{
		Name: fieldCountry, Legend: i18n.T(ctx, "review.queue.column.country"), Open: true, Select: true, Any: i18n.T(ctx, "review.queue.filter.country.any"), Options: countries,
	})
	var objectives []ui.FacetOption
	for _, o := range v.Vocabulary.Objectives {
		n := strconv.Itoa(o.N)
		objectives = append(objectives, ui.FacetOption{Value: n, Label: n + ". " + o.Label(i18n.From(ctx)), Count: -1, Checked: f.value(fieldObjective) == n})
	}
	filters.Facets = append(filters.Facets, ui.Facet{
		Name: fieldObjective, Legend: i18n.T(ctx, "review.rule.objective.label"), Select: true, Any: i18n.T(ctx, "review.queue.filter.objective.any"), Options: objectives,
	})
	return filters
}

// sort offers the orders; the usual one of the group needs no word in the address.
func (v queueView) sort(ctx context.Context) ui.Sort {
	keep := v.Filter
	keep.Sort, keep.Page, keep.After = "", 0, 0
	s := ui.Sort{Action: ui.Href(ctx, "/desk"), Keep: keep.Values()}
	for _, o := range Orders {
		s.Options = append(s.Options, ui.FacetOption{Value: string(o), Label: i18n.T(ctx, "review.desk.sort."+string(o)), Checked: v.Filter.Order() == o})
	}
	return s
}

// sizes are links to the same list with other numbers of rows on a page.
func (v queueView) sizes(ctx context.Context) []ui.Tab {
	var all []ui.Tab
	for _, n := range Sizes {
		f := v.Filter
		if f.Page, f.After, f.Size = 0, 0, n; n == PerPage {
			f.Size = 0
		}
		all = append(all, ui.Tab{Href: queueHref(ctx, f), Text: i18n.Number(ctx, n), Current: v.Filter.Limit() == n})
	}
	return all
}

// table is the queue, the due day first (design guide, page templates 7); where nobody waits for anything any more, the
// day of handing in takes the place of the clock.
func (v queueView) table(ctx context.Context) ui.Table {
	total := v.Total()
	t := ui.Table{
		Caption: i18n.T(ctx, "review.desk.caption", total.N, i18n.Key("review.desk.sort."+string(v.Filter.Order()))), Cards: true, Header: 2,
		Columns: []ui.Column{
			{Text: i18n.T(ctx, "review.desk.column.pick")}, v.column(ctx, "due", ByDue), v.column(ctx, "title", ByTitle), v.column(ctx, "office", ""), v.column(ctx, "state", ""),
			v.column(ctx, "assigned", ""), v.column(ctx, "waiting", ByWaiting), v.column(ctx, "age", Oldest),
		},
	}
	if total.More {
		t.Caption = i18n.T(ctx, "review.desk.caption.more", i18n.Number(ctx, total.N), i18n.Key("review.desk.sort."+string(v.Filter.Order())))
	}
	for _, row := range v.Rows {
		country := ""
		if c, ok := v.Vocabulary.Country(row.Country); ok {
			country = c.Name(i18n.From(ctx))
		}
		assigned := ui.PersonName(ctx, row.Assignee)
		if assigned == "" {
			assigned = i18n.T(ctx, "review.queue.none")
		}
		t.Rows = append(t.Rows, []ui.Cell{
			{Component: pickCell(v, row)},
			{Component: clockCell(row.Submission, row.Light)},
			{Component: titleCell(row, ui.Href(ctx, v.casePath(row.ID)))},
			{Component: officeCell(row.Sender(), country)},
			{Component: stateTag(row.State)},
			{Text: assigned},
			{Component: waitingCell(row, v.Now)},
			{Text: ageText(ctx, row)},
		})
	}
	if v.Filter.Group().past() {
		for i, row := range t.Rows {
			t.Rows[i] = slices.Delete(row, 6, 7)
		}
		t.Columns = slices.Delete(t.Columns, 6, 7)
	}
	return t
}

// column is a head of the table; with an order it leads to the list sorted by it.
func (v queueView) column(ctx context.Context, name string, o Order) ui.Column {
	c := ui.Column{Text: i18n.T(ctx, "review.queue.column."+name)}
	if o == "" {
		return c
	}
	f := v.Filter
	f.Page, f.After, f.Sort = 0, 0, o
	switch now := v.Filter.Order(); {
	case now == o:
		c.Order = "ascending"
		if o == Oldest {
			c.Order = "descending" // the greatest age first
		}
	case o == Oldest && now == Newest:
		c.Order = "ascending"
	}
	if o == Oldest && v.Filter.Order() == Oldest {
		f.Sort = Newest
	}
	c.Sort = queueHref(ctx, f)
	return c
}

// casePath is the page of a submission, which knows the list that it was opened from.
func (v queueView) casePath(id workflow.ID) string {
	f := v.Filter
	f.Page, f.After = 0, 0
	return ui.WithQuery(Path(id), f.Values())
}

// pick is the address of the same page with something chosen from the start.
func (v queueView) pick(ctx context.Context, what string) string {
	q := v.Filter.Values()
	if what != "" {
		q.Set("pick", what)
	}
	return ui.Href(ctx, ui.WithQuery("/desk", q)) + "#list"
}

func (v queueView) file(ctx context.Context, extension string) string {
	f := v.Filter
	f.Page, f.After = 0, 0
	return ui.Href(ctx, ui.WithQuery("/desk/queue."+extension, f.Values()))
}

// searched carries nothing along but the search itself.
func (v queueView) keepView(ctx context.Context) string {
	return ui.Href(ctx, ui.WithQuery("/desk/views", url.Values{"search": {v.Filter.String()}})) + "#new"
}

// text explains the mistake. What was typed is put into its own direction, so that it does not turn the sentence round it.
func (m Mistake) text(ctx context.Context) string {
	args := make([]any, len(m.Args))
	for i, a := range m.Args {
		if s, ok := a.(string); ok {
			a = "\u2068" + s + "\u2069"
		}
		args[i] = a
	}
	return i18n.T(ctx, m.Key, args...)
}

// fieldWords are the words that a field takes, as they are typed.
func (v queueView) fieldWords(f Field) []string {
	words := f.Words
	if f.Name == fieldKind {
		words = v.Kinds
	}
	var all []string
	for _, w := range words {
		all = append(all, f.Name+":"+w)
	}
	return all
}

// waitingText says for whom a submission waits, and why.
func waitingText(ctx context.Context, row Row) string {
	switch {
	case row.State == workflow.Approved && !row.OfficeApproved():
		return i18n.T(ctx, "review.desk.why.office")
	case row.State == workflow.Approved && row.SenderWaits:
		return i18n.T(ctx, "review.desk.why.sender")
	case row.WaitingFor == workflow.ForNobody:
		return ""
	}
	return i18n.T(ctx, "review.desk.why."+string(row.WaitingFor)+"."+why(row))
}

// why names the reason for which a submission waits.
func why(row Row) string {
	switch row.WaitingFor {
	case workflow.ForDesk:
		switch {
		case row.State == workflow.Submitted && row.AssignedTo == nil:
			return "take"
		case row.State == workflow.Approved:
			return "publish"
		case row.SubmittedRevision != nil && *row.SubmittedRevision > 1:
			return "again"
		}
		return "read"
	case workflow.ForSubmitter:
		if row.State == workflow.ChangesRequested {
			return "changes"
		}
		return "revision"
	}
	return "any"
}

func sinceText(ctx context.Context, row Row, now time.Time) string {
	if row.WaitingFor == workflow.ForNobody {
		return ""
	}
	days := daysBetween(row.since(), now)
	if days <= 0 {
		return i18n.T(ctx, "review.desk.since.today")
	}
	return i18n.T(ctx, "review.desk.since", days)
}

func ageText(ctx context.Context, row Row) string {
	if row.Age <= 0 {
		return i18n.T(ctx, "review.desk.age.today")
	}
	return i18n.T(ctx, "review.desk.age", row.Age)
}

// countryOf finds a country by its code or its name in any language of the portal.
func countryOf(v *gcm.Vocabulary, typed string) (string, bool) {
	if c, ok := v.Country(strings.ToUpper(typed)); ok {
		return c.ISO2, true
	}
	if len(typed) < 4 {
		return "", false
	}
	for _, c := range v.States {
		for _, l := range i18n.All {
			if strings.EqualFold(c.Name(l), typed) {
				return c.ISO2, true
			}
		}
	}
	return "", false
}

// rowsAttr marks the list for the script: keys work in it, and rows are counted as they are chosen.
func rowsAttr(ctx context.Context) templ.Attributes {
	return templ.Attributes{"data-rows": i18n.T(ctx, "review.desk.picked", "{0}")}
}

// otherExamples are the examples of the help that are no fields.
var otherExamples = []struct{ typed, key string }{
	{"-country:KE", "not"}, {"kind:pledge,practice", "either"}, {"skills passport", "text"}, {`"skills passport"`, "quoted"}, {"GCM-P-0225", "reference"},
}

// bulkActs are what can be done to several submissions at once.
var bulkActs = []string{bulkAssign, bulkTake, bulkChase, string(workflow.Publish), string(workflow.RequestChanges), string(workflow.Decline)}

// unseen are the chosen submissions that stand on other pages.
func (v queueView) unseen() []Picked {
	return slices.DeleteFunc(slices.Clone(v.Picked), func(i Picked) bool {
		return slices.ContainsFunc(v.Rows, func(r Row) bool { return r.ID == i.ID })
	})
}

// rowName names a row to who does not see its place.
func rowName(ctx context.Context, row Row) string {
	if row.Title == "" {
		return reference(row.Submission)
	}
	return row.Title
}

func currentAttr(current bool) templ.Attributes {
	if current {
		return templ.Attributes{"aria-current": "true"}
	}
	return nil
}
