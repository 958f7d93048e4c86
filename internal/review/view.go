package review

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"portal/internal/attachment"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// queueView is what the page of the queue shows.
type queueView struct {
	Page
	Kinds      workflow.Kinds
	Vocabulary *gcm.Vocabulary
	Now        time.Time
}

func (v queueView) href(ctx context.Context, f Filter) string {
	return ui.Href(ctx, ui.WithQuery("/desk", f.Values()))
}

func (v queueView) tabs(ctx context.Context) []ui.Tab {
	var tabs []ui.Tab
	for _, g := range Groups {
		f := v.Filter
		f.Group, f.Page = g, 1
		text := i18n.T(ctx, "review.queue.tab", i18n.Key("review.queue.group."+string(g)), i18n.Number(ctx, v.Counts[g]))
		tabs = append(tabs, ui.Tab{Href: v.href(ctx, f), Text: text, Current: g == v.Filter.Group})
	}
	return tabs
}

func (v queueView) pager(ctx context.Context) ui.Pager {
	return ui.Pager{
		Label: i18n.T(ctx, "review.queue.pages"), Page: v.Filter.Page, Pages: (v.Total + PerPage - 1) / PerPage,
		Href: func(page int) string {
			f := v.Filter
			f.Page = page
			return v.href(ctx, f)
		},
	}
}

func (v queueView) filters(ctx context.Context) ui.Filters {
	f := v.Filter
	keep := Filter{Group: f.Group, Q: f.Q, Sort: f.Sort, Country: f.Country}
	kinds := []ui.FacetOption{}
	for _, name := range sortedKinds(v.Kinds) {
		kinds = append(kinds, ui.FacetOption{Value: name, Label: i18n.T(ctx, "review.kind."+name), Count: -1, Checked: f.Kind == name})
	}
	return ui.Filters{
		Action: ui.Href(ctx, "/desk"), Keep: keep.Values(), Clear: v.href(ctx, Filter{Group: f.Group}),
		Facets: []ui.Facet{
			{Name: "assigned", Legend: i18n.T(ctx, "review.queue.filter.assigned"), Open: true, Select: true, Any: i18n.T(ctx, "review.queue.filter.any"), Options: []ui.FacetOption{
				{Value: AssignedMe, Label: i18n.T(ctx, "review.queue.filter.assigned.me"), Count: -1, Checked: f.Assigned == AssignedMe},
				{Value: AssignedNone, Label: i18n.T(ctx, "review.queue.filter.assigned.none"), Count: -1, Checked: f.Assigned == AssignedNone},
			}},
			{Name: "kind", Legend: i18n.T(ctx, "review.queue.filter.kind"), Open: true, Select: true, Any: i18n.T(ctx, "review.queue.filter.kind.any"), Options: kinds},
			{Name: "overdue", Legend: i18n.T(ctx, "review.queue.filter.overdue"), Open: true, Options: []ui.FacetOption{
				{Value: "yes", Label: i18n.T(ctx, "review.queue.filter.overdue.yes"), Count: -1, Checked: f.Overdue},
			}},
		},
	}
}

func (v queueView) sort(ctx context.Context) ui.Sort {
	keep := v.Filter
	keep.Sort, keep.Page = "", 1
	return ui.Sort{Action: ui.Href(ctx, "/desk"), Keep: keep.Values(), Options: []ui.FacetOption{
		{Value: "", Label: i18n.T(ctx, "review.queue.sort.due"), Checked: v.Filter.Sort == ""},
		{Value: "newest", Label: i18n.T(ctx, "review.queue.sort.newest"), Checked: v.Filter.Sort == "newest"},
		{Value: "title", Label: i18n.T(ctx, "review.queue.sort.title"), Checked: v.Filter.Sort == "title"},
	}}
}

// table is the queue, the due day first (design guide, page templates 7).
func (v queueView) table(ctx context.Context) ui.Table {
	column := func(name string) ui.Column { return ui.Column{Text: i18n.T(ctx, "review.queue.column."+name)} }
	t := ui.Table{
		Caption: i18n.T(ctx, "review.queue.caption", v.Total), Cards: true, Header: 1,
		Columns: []ui.Column{column("due"), column("title"), column("kind"), column("office"), column("state"), column("assigned"), column("waiting")},
	}
	for _, row := range v.Rows {
		office := row.OfficeName
		if c, ok := v.Vocabulary.Country(row.Country); ok {
			office = i18n.T(ctx, "review.case.note.own", office, c.Name(i18n.From(ctx)))
		}
		assigned := row.Assignee
		if assigned == "" {
			assigned = i18n.T(ctx, "review.queue.none")
		}
		t.Rows = append(t.Rows, []ui.Cell{
			{Component: dueCell(row)},
			{Component: titleCell(row)},
			{Text: i18n.T(ctx, "review.kind."+row.Kind)},
			{Text: office, Lang: "und"},
			{Component: stateTag(row.State)},
			{Text: assigned},
			{Text: waiting(ctx, row.Submission, v.Now)},
		})
	}
	return t
}

// waiting says for whom and since when a submission waits.
func waiting(ctx context.Context, s workflow.Submission, now time.Time) string {
	days := date.Of(s.ChangedAt.In(i18n.Geneva)).DaysUntil(date.Of(now.In(i18n.Geneva)))
	switch {
	case s.State == workflow.Approved && !s.OfficeApproved():
		return i18n.T(ctx, "review.queue.waiting.office")
	case s.State.Waiting():
		return i18n.T(ctx, "review.queue.waiting.todo", days)
	case s.State.Writable():
		return i18n.T(ctx, "review.queue.waiting.submitter", days)
	}
	return ""
}

func toneOf(s workflow.State) ui.Tone {
	switch s {
	case workflow.Submitted, workflow.InReview, workflow.Approved:
		return ui.Sky
	case workflow.ChangesRequested:
		return ui.Warn
	case workflow.Published:
		return ui.Ok
	case workflow.Declined:
		return ui.Bad
	}
	return ui.Plain
}

func toneOfLight(l Light) ui.Tone {
	switch l {
	case Overdue:
		return ui.Bad
	case DueSoon:
		return ui.Warn
	}
	return ui.Ok
}

// caseView is what the page of one submission shows: the submission, and what was typed into its forms.
type caseView struct {
	Case                    Case
	Vocabulary              *gcm.Vocabulary
	Now                     time.Time
	Typed                   Decision
	Wrong                   []problem.Field
	Note, Message           string
	NoteWrong, MessageWrong []problem.Field
	// Stale says that somebody else was faster.
	Stale bool
}

func (v caseView) filled(ctx context.Context) ui.Filled {
	f := ui.Filled{
		Definition: v.Case.Kind.Form, Answers: v.Case.Text.Answers(), Vocabulary: v.Vocabulary, Lang: v.Case.Lang,
		Files: fileItems(ctx, v.Case.Files), Notes: map[string][]string{},
	}
	for field, body := range v.Case.Answered {
		f.Notes[field] = append(f.Notes[field], body)
	}
	for field, body := range v.Case.Requested {
		f.Notes[field] = append(f.Notes[field], body)
	}
	if v.mayDecide(workflow.RequestChanges) {
		f.After = func(field form.Field) templ.Component { return askForChange(v, field) }
	}
	return f
}

func (v caseView) mayDecide(action workflow.Action) bool {
	for _, a := range v.Case.Choices {
		if a == action {
			return true
		}
	}
	return false
}

// asked is what was typed as a request for a change at the question.
func (v caseView) asked(f form.Field) string {
	for _, c := range v.Typed.Changes {
		if c.Field == f.ID {
			return c.Body
		}
	}
	return ""
}

func (v caseView) choices(ctx context.Context) []ui.Choice {
	var all []ui.Choice
	for _, a := range v.Case.Choices {
		all = append(all, ui.Choice{Value: string(a), Label: i18n.T(ctx, "workflow.action."+string(a)), Hint: i18n.T(ctx, "review.decision.hint."+string(a))})
	}
	return all
}

func (v caseView) actionControl(ctx context.Context) ui.Control {
	c := ui.Control{Name: "action", Label: i18n.T(ctx, "review.decision.legend"), Choices: v.choices(ctx), Error: ui.MessageFor(ctx, v.Wrong, "action")}
	if v.Typed.Action != "" {
		c.Values = []string{string(v.Typed.Action)}
	}
	return c
}

func (v caseView) noteControl(ctx context.Context) ui.Control {
	return ui.Control{Name: "note", Label: i18n.T(ctx, "review.decision.note"), Hint: i18n.T(ctx, "review.decision.note.hint"),
		Values: []string{v.Typed.Note}, Length: form.Length(v.Typed.Note), Max: workflow.MaxNote, Optional: true, Rows: 6, Error: ui.MessageFor(ctx, v.Wrong, "note")}
}

// textControl is a short form of one text: a note or a message.
func textControl(ctx context.Context, id, key, hint, value string, wrong []problem.Field) ui.Control {
	c := ui.Control{Name: id, Label: i18n.T(ctx, key), Values: []string{value}, Rows: 4}
	if hint != "" {
		c.Hint = i18n.T(ctx, hint)
	}
	if len(wrong) > 0 {
		c.Error = ui.Message(ctx, wrong[0])
	}
	return c
}

func (v caseView) timeline(ctx context.Context) []ui.Event {
	var events []ui.Event
	for i := len(v.Case.Events) - 1; i >= 0; i-- {
		e := v.Case.Events[i]
		events = append(events, ui.Event{
			At: i18n.UTC(ctx, e.At), Machine: e.At.UTC().Format(time.RFC3339), What: i18n.T(ctx, "workflow.event."+string(e.Action), i18n.Number(ctx, e.Revision)),
			By: e.ActorName, Key: e.Action == workflow.Submit || e.Action == workflow.Publish,
		})
	}
	return events
}

// faster is the last step that somebody took, for the page of the person who was late.
func (v caseView) faster(ctx context.Context) string {
	if n := len(v.Case.Events); n > 0 && v.Case.Events[n-1].ActorName != "" {
		e := v.Case.Events[n-1]
		return i18n.T(ctx, "review.stale.who", e.ActorName, i18n.T(ctx, "workflow.event."+string(e.Action), i18n.Number(ctx, e.Revision)), i18n.UTC(ctx, e.At))
	}
	return i18n.T(ctx, "review.stale.text")
}

func (v caseView) tabs(ctx context.Context, changes bool) []ui.Tab {
	path := Path(v.Case.ID)
	tabs := []ui.Tab{{Href: ui.Href(ctx, path), Text: i18n.T(ctx, "review.case.tab.submission"), Current: !changes}}
	if n := len(v.Case.Earlier); n > 0 {
		tabs = append(tabs, ui.Tab{Href: ui.Href(ctx, path+"/changes"), Text: i18n.T(ctx, "review.case.tab.changes", v.Case.Earlier[n-1]), Current: changes})
	}
	return tabs
}

func (v caseView) notes(audience workflow.Audience) []workflow.Note {
	var all []workflow.Note
	for _, n := range v.Case.Notes {
		if n.ShownTo == audience {
			all = append(all, n)
		}
	}
	return all
}

// changesView is what the page of differences shows.
type changesView struct {
	Case          Case
	From, To      int
	Before, After form.Answers
	Vocabulary    *gcm.Vocabulary
}

func (v changesView) versions() ui.Versions {
	return ui.Versions{Definition: v.Case.Kind.Form, Before: v.Before, After: v.After, Vocabulary: v.Vocabulary, Lang: v.Case.Lang}
}

// confirmView is what the page of confirmation shows.
type confirmView struct {
	Case     Case
	Decision Decision
	Letters  []Letter
}

// hidden carries the decision on to the post that takes it.
func (v confirmView) hidden() []ui.Hidden {
	all := []ui.Hidden{{Name: "action", Value: string(v.Decision.Action)}, {Name: "version", Value: strconv.Itoa(v.Decision.Version)}, {Name: "note", Value: v.Decision.Note}}
	for _, c := range v.Decision.Changes {
		all = append(all, ui.Hidden{Name: "change." + c.Field, Value: c.Body})
	}
	return all
}

func fileItems(ctx context.Context, files []attachment.Attachment) map[string][]ui.FileItem {
	items := map[string][]ui.FileItem{}
	for _, a := range files {
		item := ui.FileItem{
			Name: a.Name, Href: "/files/" + strconv.FormatInt(a.ID, 10), Facts: ui.FileFacts(ctx, a.Kind(), a.Size),
			State: i18n.T(ctx, "review.scan."+string(a.ScanState)), Tone: ui.Plain,
		}
		if !a.Servable() {
			item.Href, item.Tone = "", ui.Bad
		}
		items[a.Field] = append(items[a.Field], item)
	}
	return items
}

func caseTitle(ctx context.Context, c Case) string {
	if c.Title == "" {
		return i18n.T(ctx, "review.queue.untitled")
	}
	return c.Title
}

func textErrors(ctx context.Context, id string, wrong []problem.Field) []ui.ErrorLink {
	var links []ui.ErrorLink
	for _, f := range wrong {
		links = append(links, ui.ErrorLink{Href: "#" + id, Text: ui.Message(ctx, f)})
	}
	return links
}

func describedBy(id string, c ui.Control) templ.Attributes {
	a := templ.Attributes{}
	ids := ""
	if c.Hint != "" {
		ids = id + "-hint"
	}
	if c.Error != "" {
		ids += " " + id + "-error"
		a["aria-invalid"] = "true"
	}
	if ids != "" {
		a["aria-describedby"] = ids
	}
	return a
}

func machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func sortedKinds(kinds workflow.Kinds) []string { return slices.Sorted(maps.Keys(kinds)) }
