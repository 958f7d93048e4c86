package review

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/attachment"
	"portal/internal/audit"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/workflow"
	"portal/web/ui"
)

func toneOf(s workflow.State) ui.Tone {
	switch s {
	case workflow.Submitted, workflow.InReview, workflow.Approved:
		return ui.Sky
	case workflow.ChangesRequested:
		return ui.Warn
	case workflow.Published, workflow.Accepted:
		return ui.Ok
	case workflow.Declined:
		return ui.Bad
	}
	return ui.Plain
}

func toneOfLight(l workflow.Light) ui.Tone {
	switch l {
	case workflow.Overdue:
		return ui.Bad
	case workflow.DueSoon:
		return ui.Warn
	case workflow.Paused:
		return ui.Plain
	}
	return ui.Ok
}

// caseView is what the page of one submission shows: the submission, and what was typed into its forms.
type caseView struct {
	typed
	Case       Case
	Vocabulary *gcm.Vocabulary
	Now        time.Time
	// Filter is the list of the queue that it was opened from, and Place where it stands there.
	Filter Filter
	Place  Place
	// Stale says that somebody else was faster, LastAct what was done last; nil if that is not known.
	Stale   bool
	LastAct *audit.Line
	// About is what the kind has to tell of it; nil for nothing.
	About templ.Component
	// Ruling is what the rules of assignment made of it; nil when they were not asked.
	Ruling *Ruling
	// Links are what it belongs to.
	Links []Link
}

// path is the address of a page of the submission, which keeps the list of the queue.
func (v caseView) path(ctx context.Context, below string) string {
	return ui.Href(ctx, ui.WithQuery(Path(v.Case.ID)+below, v.Filter.Values()))
}

// post is the address for a form of the page.
func (v caseView) post(ctx context.Context, below string) templ.SafeURL {
	return templ.SafeURL(v.path(ctx, below) + "#errors")
}

// list is the list that it was opened from.
func (v caseView) list() Filter {
	f := v.Filter
	f.At = ""
	return f
}

// neighbour is the address of another submission of the same list.
func (v caseView) neighbour(ctx context.Context, id workflow.ID) string {
	return ui.Href(ctx, ui.WithQuery(Path(id), v.list().Values()))
}

func (v caseView) filled(ctx context.Context) ui.Filled {
	f := ui.Filled{
		Definition: v.Case.Kind.Form, Answers: v.Case.Text.Answers, Vocabulary: v.Vocabulary, Lang: v.Case.Lang,
		Files: fileItems(ctx, v.Case.Text.Files), Notes: map[string][]string{},
	}
	if v.Case.Before != nil {
		f.Changed = v.versions(ctx, *v.Case.Before, v.Case.Text).Changes()
	}
	for field, body := range v.Case.Answered {
		f.Notes[field] = append(f.Notes[field], body)
	}
	for field, body := range v.Case.Requested {
		f.Notes[field] = append(f.Notes[field], body)
	}
	if slices.Contains(v.Case.Choices, workflow.RequestChanges) {
		f.After = func(field form.Field) templ.Component { return askForChange(v, field) }
	}
	return f
}

// versions compares two revisions.
func (v caseView) versions(ctx context.Context, before, after Revision) ui.Versions {
	return ui.Versions{
		Definition: v.Case.Kind.Form, Before: before.Answers, After: after.Answers, Vocabulary: v.Vocabulary, Lang: v.Case.Lang,
		FilesBefore: fileItems(ctx, before.Files), FilesAfter: fileItems(ctx, after.Files),
	}
}

// asked is what was typed as a request for a change at the question.
func (v caseView) asked(f form.Field) string {
	for _, c := range v.Decision.Changes {
		if c.Field == f.ID {
			return c.Body
		}
	}
	return ""
}

func (v caseView) choices(ctx context.Context) []ui.Choice {
	var all []ui.Choice
	for _, a := range v.Case.Choices {
		all = append(all, ui.Choice{Value: string(a), Label: i18n.T(ctx, of(ctx, v.Case.Kind, "workflow.action."+string(a))), Hint: i18n.T(ctx, of(ctx, v.Case.Kind, "review.decision.hint."+string(a)))})
	}
	return all
}

func (v caseView) actionControl(ctx context.Context) ui.Control {
	c := ui.Control{Name: "action", Label: i18n.T(ctx, "review.decision.legend"), Choices: v.choices(ctx), Error: ui.MessageFor(ctx, v.Wrong, "action")}
	if slices.Contains(v.Case.Choices, v.Decision.Action) {
		c.Values = []string{string(v.Decision.Action)}
	}
	return c
}

func (v caseView) letterControl(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "note", Label: i18n.T(ctx, "review.decision.note"), Hint: i18n.T(ctx, "review.decision.note.hint"),
		Values: []string{v.Decision.Note}, Length: form.Length(v.Decision.Note), Max: workflow.MaxNote, Optional: true, Rows: 6, Error: ui.MessageFor(ctx, v.Wrong, "note"),
	}
}

func (v caseView) exceptionControl(ctx context.Context) ui.Control {
	return ui.Control{
		Name: exceptionField, Label: i18n.T(ctx, "review.decision.exception"), Hint: i18n.T(ctx, "review.decision.exception.hint"),
		Values: []string{v.Decision.Exception}, Length: form.Length(v.Decision.Exception), Max: workflow.MaxNote, Optional: true, Rows: 3, Error: ui.MessageFor(ctx, v.Wrong, exceptionField),
	}
}

func (v caseView) askControl(ctx context.Context, f form.Field) ui.Control {
	return ui.Control{
		Name: changeName(f), Label: i18n.T(ctx, "review.case.ask.label", i18n.Key(v.Case.Kind.Form.Key("", f)+".label")),
		Values: []string{v.asked(f)}, Rows: 3, Error: ui.MessageFor(ctx, v.Wrong, changeName(f)),
	}
}

func (v caseView) noteControl(ctx context.Context) ui.Control {
	return ui.Control{Name: noteField, Label: i18n.T(ctx, "review.case.note.label"), Values: []string{v.Note}, Rows: 4, Error: ui.MessageFor(ctx, v.Wrong, noteField)}
}

func (v caseView) messageControl(ctx context.Context) ui.Control {
	return ui.Control{
		Name: messageField, Label: i18n.T(ctx, "review.case.message.label"), Hint: i18n.T(ctx, "review.case.message.hint"),
		Values: []string{v.Message}, Rows: 4, Error: ui.MessageFor(ctx, v.Wrong, messageField),
	}
}

// colleagueControl offers the others of the desk; no choice is none of them.
func (v caseView) colleagueControl(ctx context.Context, me int64) ui.Control {
	c := ui.Control{Name: "colleague", Label: i18n.T(ctx, "review.case.assign"), Blank: i18n.T(ctx, "review.case.assign.blank"), Error: ui.MessageFor(ctx, v.Wrong, "colleague")}
	for _, p := range v.Case.Colleagues {
		if p.ID != me && p.ID != assignee(v.Case.Submission) {
			c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(p.ID, 10), Label: i18n.T(ctx, "review.case.load", p.Name, p.Load)})
		}
	}
	return c
}

// take names the button by which the person makes the submission theirs; "" when it is or cannot be.
func (v caseView) take(me int64) (key string) {
	switch owner := assignee(v.Case.Submission); {
	case v.Case.State == workflow.Submitted:
		return "review.case.take"
	case owner == me:
		return ""
	case owner == 0:
		return "review.case.take_up"
	}
	return "review.case.take_over"
}

func (v caseView) timeline(ctx context.Context) []ui.Event {
	var events []ui.Event
	for _, e := range slices.Backward(v.Case.Events) {
		key := e.Action == workflow.Submit || e.Action == workflow.Publish
		what := i18n.T(ctx, "workflow.event."+string(e.Action))
		if e.Action == workflow.Submit && len(v.Case.HandedIn) > 1 {
			what = i18n.T(ctx, "review.case.history.revision", what, e.Revision)
		}
		events = append(events, ui.Event{At: i18n.UTC(ctx, e.At), Machine: machine(e.At), What: what, By: e.ActorName, Key: key})
	}
	return events
}

// faster says what somebody did meanwhile, for the page of the person who was late.
func (v caseView) faster(ctx context.Context, me int64) string {
	l := v.LastAct
	switch {
	case l != nil && l.ActorID != nil && *l.ActorID == me:
		return i18n.T(ctx, "review.stale.you", actName(ctx, l.Act), i18n.UTC(ctx, l.At))
	case l != nil && l.ActorName != "":
		return i18n.T(ctx, "review.stale.who", l.ActorName, actName(ctx, l.Act), i18n.UTC(ctx, l.At))
	}
	return i18n.T(ctx, "review.stale.text")
}

// actName names an act of the audit record; one that has no name is shown as it is recorded.
func actName(ctx context.Context, act string) string {
	for _, key := range []string{"workflow.event." + act, "review.act." + act} {
		if i18n.Has(i18n.From(ctx), key) {
			return i18n.T(ctx, key)
		}
	}
	return act
}

// The views of one submission, for its tabs.
const (
	tabSubmission = ""
	tabChanges    = "/changes"
	tabHistory    = "/history"
	// tabReviews is internal/peer's.
	tabReviews = "/reviews"
)

func (v caseView) tabs(ctx context.Context, current string) []ui.Tab {
	tabs := []ui.Tab{{Href: v.path(ctx, tabSubmission), Text: i18n.T(ctx, "review.case.tab.submission"), Current: current == tabSubmission}}
	if v.Case.Before != nil {
		tabs = append(tabs, ui.Tab{Href: v.path(ctx, tabChanges), Text: i18n.T(ctx, "review.case.tab.changes", v.Case.Before.Number), Current: current == tabChanges})
	}
	if v.Case.SubmittedAt != nil {
		tabs = append(tabs, ui.Tab{Href: v.path(ctx, tabClock), Text: i18n.T(ctx, "review.clock.tab"), Current: current == tabClock})
	}
	tabs = append(tabs, ui.Tab{Href: v.path(ctx, tabReviews), Text: i18n.T(ctx, "review.case.tab.reviews"), Current: current == tabReviews})
	if v.Case.MayPropose() {
		tabs = append(tabs, ui.Tab{Href: v.path(ctx, tabEdits), Text: i18n.T(ctx, "review.edits.tab"), Current: current == tabEdits})
	}
	tabs = append(tabs, ui.Tab{Href: v.path(ctx, tabLinks), Text: i18n.T(ctx, "review.link.tab"), Current: current == tabLinks})
	return append(tabs, ui.Tab{Href: v.path(ctx, tabHistory), Text: i18n.T(ctx, "review.case.tab.history"), Current: current == tabHistory})
}

func (v caseView) notes(audience workflow.Audience) []workflow.Note {
	return slices.DeleteFunc(slices.Clone(v.Case.Notes), func(n workflow.Note) bool { return n.ShownTo != audience })
}

// changesView is what the page of differences shows.
type changesView struct {
	caseView
	From, To Revision
}

func (v changesView) differences(ctx context.Context) ui.Versions {
	return v.versions(ctx, v.From, v.To)
}

// revisionControl chooses one of the revisions that were handed in.
func (v changesView) revisionControl(ctx context.Context, name string, chosen int) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "review.changes."+name), Values: []string{strconv.Itoa(chosen)}}
	for _, r := range v.Case.HandedIn {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.Itoa(r), Label: i18n.T(ctx, "review.changes.revision", r)})
	}
	return c
}

// historyView is what the page of the audit record shows.
type historyView struct {
	caseView
	// Lines are one more than the page shows when there are older ones.
	Lines []audit.Line
}

func (v historyView) table(ctx context.Context) ui.Table {
	column := func(name string) ui.Column { return ui.Column{Text: i18n.T(ctx, "review.history.column."+name)} }
	t := ui.Table{
		Caption: i18n.T(ctx, "review.history.caption"), HideCaption: true, Cards: true, Header: 1,
		Columns: []ui.Column{column("at"), column("act"), column("who"), column("fields")},
	}
	for _, l := range v.Lines[:min(len(v.Lines), perHistoryPage)] {
		t.Rows = append(t.Rows, []ui.Cell{{Component: instant(l.At)}, {Text: actName(ctx, l.Act)}, {Text: actor(ctx, l)}, {Text: v.fields(ctx, l)}})
	}
	return t
}

// actor names who acted: the portal itself, a person, or the number of one whose account is closed.
func actor(ctx context.Context, l audit.Line) string {
	switch {
	case l.ActorID == nil:
		return i18n.T(ctx, "review.history.portal")
	case l.ActorName == "":
		return i18n.T(ctx, "review.history.person", strconv.FormatInt(*l.ActorID, 10))
	}
	return l.ActorName
}

// fields names what an act changed or read: questions of the form by their label, anything else as it is recorded.
func (v historyView) fields(ctx context.Context, l audit.Line) string {
	var names []string
	for _, id := range l.Fields {
		group, sub, _ := strings.Cut(id, ".")
		f, _, ok := v.Case.Kind.Form.Field(group)
		switch {
		case ok && sub == "":
			id = i18n.T(ctx, v.Case.Kind.Form.Key("", f)+".label")
		case ok:
			for _, s := range f.Fields {
				if s.ID == sub {
					id = i18n.T(ctx, v.Case.Kind.Form.Key(group, s)+".label")
				}
			}
		case i18n.Has(i18n.From(ctx), "review.history.field."+id):
			id = i18n.T(ctx, "review.history.field."+id)
		}
		names = append(names, id)
	}
	return strings.Join(names, " · ")
}

// older is the address of the page with older entries; "" on the last.
func (v historyView) older(ctx context.Context) string {
	if len(v.Lines) <= perHistoryPage {
		return ""
	}
	q := v.Filter.Values()
	q.Set("before", strconv.FormatInt(v.Lines[perHistoryPage-1].ID, 10))
	return ui.Href(ctx, ui.WithQuery(Path(v.Case.ID)+tabHistory, q))
}

// confirmView is what the page of confirmation shows.
type confirmView struct {
	caseView
	Letters []Letter
}

// firstInLanguage says whether the letter is the first in its language: the others say the same to somebody else.
func (v confirmView) firstInLanguage(i int) bool {
	return !slices.ContainsFunc(v.Letters[:i], func(l Letter) bool { return l.Mail.Lang == v.Letters[i].Mail.Lang })
}

// hidden carries the decision on to the post that takes it, and what else was typed.
func (v confirmView) hidden() []ui.Hidden {
	all := []ui.Hidden{{Name: "action", Value: string(v.Decision.Action)}, {Name: "version", Value: strconv.Itoa(v.Decision.Version)}, {Name: "note", Value: v.Decision.Note}, {Name: "pending", Value: strconv.FormatInt(v.Decision.Pending, 10)}}
	for _, c := range v.Decision.Changes {
		all = append(all, ui.Hidden{Name: changePrefix + c.Field, Value: c.Body})
	}
	for _, h := range []ui.Hidden{{Name: exceptionField, Value: v.Decision.Exception}, {Name: noteField, Value: v.Note}, {Name: messageField, Value: v.Message}} {
		if h.Value != "" {
			all = append(all, h)
		}
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
		} else if a.IsImage() {
			item.Key, item.Picture = a.Key(), &ui.Picture{Src: attachment.PicturePath(a.ID), Width: a.Width, Height: a.Height}
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

// describedBy ties a text to its hint and to what is wrong with it.
func describedBy(c ui.Control) templ.Attributes {
	a := templ.Attributes{}
	var ids []string
	if c.Hint != "" {
		ids = append(ids, c.Name+"-hint")
	}
	if c.Error != "" {
		ids = append(ids, c.Name+"-error")
		a["aria-invalid"] = "true"
	}
	if len(ids) > 0 {
		a["aria-describedby"] = strings.Join(ids, " ")
	}
	return a
}

// filterInputs carry the list of the queue through a form that is sent by its address.
func filterInputs(f Filter) []ui.Hidden {
	var all []ui.Hidden
	values := f.Values()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all = append(all, ui.Hidden{Name: name, Value: values.Get(name)})
	}
	return all
}

// langOf marks the title of a submission as its owner's words.
func langOf(c Case) templ.Attributes {
	if c.Title == "" {
		return nil
	}
	return templ.Attributes{"lang": c.Lang}
}

func machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func sortedKinds(kinds workflow.Kinds) []string { return slices.Sorted(maps.Keys(kinds)) }
