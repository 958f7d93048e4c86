package submission

import (
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/attachment"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/workflow"
	"portal/web/ui"
)

// caseView is what every page about one submission must know.
type caseView struct {
	Case
	Who      identity.User
	Sections []Section
	Story    Story
	Now      time.Time
	Starts   map[string]string
	// Reply is what was typed to the desk, and ReplyWrong what is wrong with it.
	Reply      string
	ReplyWrong []form.Wrong
	// Typed are texts that could not be kept, to be copied from the page.
	Typed []string
}

// heading is what the submission is called on its pages.
func (v caseView) heading(ctx context.Context) string { return titleOf(ctx, v.Submission) }

// titleLang is the language of the heading; "" where it is our own words.
func (v caseView) titleLang() string { return titleLang(v.Submission) }

func titleOf(ctx context.Context, s workflow.Submission) string {
	if s.Title == "" {
		return i18n.T(ctx, "submission.untitled."+s.Kind)
	}
	return s.Title
}

func titleLang(s workflow.Submission) string {
	if s.Title == "" {
		return ""
	}
	return s.Lang
}

// path is a page of the submission, ready for use.
func (v caseView) path(ctx context.Context, below string) string {
	return ui.Href(ctx, Path(v.ID)+below)
}

func (v caseView) above(ctx context.Context, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Href: ui.Href(ctx, "/drafts"), Text: i18n.T(ctx, "submission.list.title")}}, more...)
}

// itself is the submission as a crumb.
func (v caseView) itself(ctx context.Context) ui.Link {
	return ui.Link{Href: v.path(ctx, ""), Text: v.heading(ctx)}
}

// done is how many sections have all they need.
func (v caseView) done() int {
	n := 0
	for _, s := range v.Sections {
		if s.Done() {
			n++
		}
	}
	return n
}

func (v caseView) ready() bool { return len(v.Problems) == 0 }

// toneOf is the colour of a state, for its owner.
func toneOf(s workflow.State) ui.Tone {
	switch s {
	case workflow.Submitted, workflow.InReview, workflow.Approved:
		return ui.Sky
	case workflow.Published:
		return ui.Ok
	case workflow.ChangesRequested:
		return ui.Warn
	case workflow.Declined, workflow.Archived:
		return ui.Bad
	default:
		return ui.Plain
	}
}

func stateName(ctx context.Context, s workflow.State) string {
	return i18n.T(ctx, "workflow.state.owner."+string(s))
}

// moment says when something happened: the time alone if that was today in Geneva.
func moment(ctx context.Context, t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	if i18n.DayOf(ctx, t) == i18n.DayOf(ctx, now) {
		return i18n.Clock(ctx, t)
	}
	return i18n.Instant(ctx, t)
}

// savedLine says when and by whom something was last saved; "" for never.
func (v caseView) savedLine(ctx context.Context, at time.Time, by string) string {
	if at.IsZero() {
		return ""
	}
	return i18n.T(ctx, "submission.saved", moment(ctx, at, v.Now), by)
}

// lastSaved says when and by whom anything of it was last saved.
func (v caseView) lastSaved(ctx context.Context) string {
	var last workflow.Saved
	for _, s := range v.Text.Steps {
		if s.SavedAt.After(last.SavedAt) {
			last = s
		}
	}
	return v.savedLine(ctx, last.SavedAt, last.Saver)
}

// tasks are the lines of the task list: the sections, and what comes after them.
func (v caseView) tasks(ctx context.Context) []ui.Task {
	var tasks []ui.Task
	for _, s := range v.Sections {
		t := ui.Task{Text: i18n.T(ctx, v.Kind.Form.StepKey(s.Step)+".title"), State: i18n.T(ctx, "submission.section."+string(s.State))}
		if v.MayWrite() {
			t.Href = ui.Href(ctx, stepPath(v.ID, s.Step.ID))
		}
		t.Hint = v.hint(ctx, s)
		switch {
		case s.Asked > 0 || s.Wrong > 0:
			t.Tone = ui.Warn
		case s.State == Completed:
			t.Tone = ui.Ok
		case s.State == InProgress:
			t.Tone = ui.Sky
		}
		if s.Asked > 0 {
			t.State = i18n.T(ctx, "submission.section.asked", s.Asked)
		}
		tasks = append(tasks, t)
	}
	last := ui.Task{Text: i18n.T(ctx, "submission.check.title"), State: i18n.T(ctx, "submission.section.ready"), Tone: ui.Sky, Href: v.path(ctx, "/check")}
	if !v.ready() {
		last.State, last.Tone = i18n.T(ctx, "submission.section.not_ready"), ui.Plain
		last.Hint = i18n.T(ctx, "submission.section.not_ready.hint")
	}
	return append(tasks, last)
}

// hint is the second line of a section: what is still to be done there, and when it was saved.
func (v caseView) hint(ctx context.Context, s Section) string {
	var parts []string
	if s.Wrong > 0 {
		parts = append(parts, i18n.T(ctx, "submission.section.wrong", s.Wrong))
	}
	if s.Missing > 0 && s.State == InProgress {
		parts = append(parts, i18n.T(ctx, "submission.section.missing", s.Missing))
	}
	if line := v.savedLine(ctx, s.SavedAt, s.Saver); line != "" {
		parts = append(parts, line)
	}
	return strings.Join(parts, " · ")
}

// askedLinks are what the desk asked to be changed, each a link to its question.
func (v caseView) askedHref(ctx context.Context, a Asked) string {
	return ui.Href(ctx, stepPath(v.ID, a.Step.ID)) + "#" + a.anchor()
}

// anchor is where on its page a question stands.
func (a Asked) anchor() string {
	if a.Field.Type == form.Group || a.Field.Type == form.Files {
		return a.Field.ID
	}
	return form.Controlled(a.Field.ID, a.Field)
}

// next says in plain words what happens next.
func (v caseView) next(ctx context.Context) string {
	switch v.State {
	case workflow.Submitted, workflow.InReview:
		due := Due(v.Kind, v.Submission)
		if due.Before(v.Today()) {
			return i18n.T(ctx, "submission.next.late", i18n.Key("submission.desk."+string(v.Desk)), i18n.Day(ctx, due))
		}
		return i18n.T(ctx, "submission.next."+string(v.State), i18n.Key("submission.desk."+string(v.Desk)), i18n.Day(ctx, due))
	case workflow.Approved:
		if v.Kind.Publish == nil {
			return i18n.T(ctx, "submission.next.decided")
		}
		return i18n.T(ctx, "submission.next.approved")
	default:
		return i18n.T(ctx, "submission.next."+string(v.State))
	}
}

// waitsForOffice says whether publication waits for the approval of the office (accounts.md, Offices).
func (v caseView) waitsForOffice() bool {
	over := v.State == workflow.Declined || v.State == workflow.Withdrawn || v.State == workflow.Archived
	return v.Kind.Publish != nil && !v.OfficeApproved() && !over
}

// publicHref is the public page; "" while there is none.
func (v caseView) publicHref(ctx context.Context) string {
	if !v.Published() || v.PublicID == nil || v.Kind.Path == nil {
		return ""
	}
	return ui.Href(ctx, v.Kind.Path(*v.PublicID))
}

// history are the steps taken so far, the newest first. What the desk did is told in the desk's name.
func (v caseView) history(ctx context.Context) []ui.Event {
	var all []ui.Event
	for _, e := range slices.Backward(v.Story.Events) {
		all = append(all, ui.Event{
			At: i18n.UTC(ctx, e.At), Machine: machine(e.At), What: i18n.T(ctx, "workflow.event."+string(e.Action)),
			By: v.actor(ctx, e), Key: e.Action == workflow.Publish || e.Action == workflow.Submit,
		})
	}
	return append(all, ui.Event{
		At: i18n.UTC(ctx, v.CreatedAt), Machine: machine(v.CreatedAt), What: i18n.T(ctx, "submission.event.start"), By: v.AuthorName,
	})
}

func (v caseView) actor(ctx context.Context, e workflow.Event) string {
	if e.ActorID == nil {
		return i18n.T(ctx, "submission.event.portal")
	}
	for _, step := range v.Kind.Plan {
		if step.Action == e.Action && step.By == workflow.ByDesk {
			return v.desk(ctx)
		}
	}
	return e.ActorName
}

func (v caseView) desk(ctx context.Context) string {
	return i18n.T(ctx, "submission.desk."+string(v.Desk))
}

// letterBy says who wrote a letter: colleagues by name, the desk as the desk.
func (v caseView) letterBy(ctx context.Context, n workflow.Note) string {
	if n.AuthorSide == workflow.ByDesk {
		return v.desk(ctx)
	}
	return n.AuthorName
}

// facts are what the side of the page says of the submission.
func (v caseView) facts(ctx context.Context) []ui.Fact {
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "submission.fact.reference"), Values: []string{v.Reference()}},
		{Term: i18n.T(ctx, "submission.fact.kind"), Values: []string{i18n.T(ctx, "submission.kind."+v.Submission.Kind)}},
		{Term: i18n.T(ctx, "submission.fact.office"), Values: []string{v.OfficeName}, Lang: "und"},
		{Term: i18n.T(ctx, "submission.fact.author"), Values: []string{v.AuthorName}, Lang: "und"},
	}
	if v.SubmittedAt != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "submission.fact.sent"), Values: []string{i18n.Instant(ctx, *v.SubmittedAt)}})
	}
	if due := Due(v.Kind, v.Submission); !due.IsZero() {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "submission.fact.due"), Values: []string{i18n.Day(ctx, due)}})
	}
	return facts
}

// Today is the day in Geneva.
func (v caseView) Today() form.Day { return dayOf(v.Now) }

// fileItems are documents as the office sees them; removable says whether each has a button that removes it.
func fileItems(ctx context.Context, files []attachment.Attachment, removable bool) map[string][]ui.FileItem {
	items := map[string][]ui.FileItem{}
	for _, f := range files {
		item := ui.FileItem{Name: f.Name, Href: attachment.Path(f.ID), Facts: ui.FileFacts(ctx, f.Kind(), f.Size)}
		item.State, item.Tone = scanned(ctx, f)
		if !f.Servable() {
			item.Href = ""
		}
		if removable {
			item.Remove = ui.Pressed{Act: ui.RemoveFile, File: f.ID}.Value()
		}
		items[f.Field] = append(items[f.Field], item)
	}
	return items
}

// scanned says in words what the virus scanner found.
func scanned(ctx context.Context, f attachment.Attachment) (string, ui.Tone) {
	state := i18n.T(ctx, "submission.scan."+string(f.ScanState))
	if !f.Servable() {
		return state, ui.Bad
	}
	return state, ui.Plain
}

// fileLists are the documents of the submission, question by question.
func fileLists(ctx context.Context, v caseView) [][]ui.FileItem {
	items := fileItems(ctx, v.Files, false)
	var lists [][]ui.FileItem
	for _, step := range v.Kind.Form.Steps {
		for _, f := range step.Fields {
			if len(items[f.ID]) > 0 {
				lists = append(lists, items[f.ID])
			}
		}
	}
	return lists
}

// machine writes an instant for machines.
func machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// stepView is one step of the form.
type stepView struct {
	caseView
	Step    form.Step
	Answers form.Answers
	Env     form.Env
	Origin  workflow.Origin
	// Saved is how the step is kept; zero when it never was.
	Saved workflow.Saved
	Wrong []form.Wrong
	// Checking says that the page was opened from check-your-answers and leads back there.
	Checking bool
	// Held says that what the form shows was typed before the session ended, and is not kept yet.
	Held bool
	// Suggested says that answers are shown which nobody has given yet.
	Suggested bool
	// More is the group that shows one row more than it has.
	More string
	// Theirs is what somebody else has saved since; nil when nobody has.
	Theirs *workflow.Saved
	// Beside is what stands below questions.
	Beside map[string]templ.Component
}

// with returns the answers of the whole form with those of this step as posted, and what was taken out of them.
func (v stepView) with(posted url.Values) (form.Answers, []string) {
	a, removed := v.Step.Read(posted)
	var others []form.Answers
	for id, saved := range v.Text.Steps {
		if id != v.Step.ID {
			others = append(others, saved.Answers)
		}
	}
	return form.Merge(append(others, a)...), removed
}

func (v stepView) asked() bool {
	return slices.ContainsFunc(v.Sections, func(s Section) bool { return s.Step.ID == v.Step.ID })
}

// position is the number of the step among those that apply, from 1, and how many there are.
func (v stepView) position() (n, of int) {
	return 1 + slices.IndexFunc(v.Sections, func(s Section) bool { return s.Step.ID == v.Step.ID }), len(v.Sections)
}

// next is the page after this one, without the language.
func (v stepView) next() string {
	if n, of := v.position(); n < of {
		return stepPath(v.ID, v.Sections[n].Step.ID)
	}
	return Path(v.ID) + "/check"
}

// back is the page before this one.
func (v stepView) back(ctx context.Context) ui.Link {
	if v.Checking {
		return ui.Link{Href: v.path(ctx, "/check"), Text: i18n.T(ctx, "submission.step.back.check")}
	}
	if n, _ := v.position(); n > 1 {
		previous := v.Sections[n-2].Step
		return ui.Link{Href: ui.Href(ctx, stepPath(v.ID, previous.ID)), Text: i18n.T(ctx, "submission.step.back", n-1)}
	}
	return ui.Link{Href: v.path(ctx, ""), Text: i18n.T(ctx, "submission.step.back.tasks")}
}

// lastRow is where the last row of a group stands on the page, with one row more than is kept.
func (v stepView) lastRow(group string) string {
	for _, f := range v.Step.Fields {
		if f.ID == group && f.Type == form.Group {
			return form.Controlled(form.RowName(group, v.Answers.Rows(group), f.Fields[0].ID), f.Fields[0])
		}
	}
	return group
}

func (v stepView) title(ctx context.Context) string {
	return i18n.T(ctx, v.Kind.Form.StepKey(v.Step)+".title")
}

// page is the frame around the form.
func (v stepView) page(ctx context.Context) ui.FormPage {
	n, of := v.position()
	p := ui.FormPage{
		Back: v.back(ctx), Wrong: v.Wrong, Title: v.title(ctx), Side: i18n.T(ctx, "submission.side."+v.Submission.Kind),
		Eyebrow: i18n.T(ctx, "submission.step.position", i18n.T(ctx, "submission.kind."+v.Submission.Kind), n, of),
		State:   stateName(ctx, v.State), Lede: optionalText(ctx, v.Kind.Form.StepKey(v.Step)+".lede"), Help: stepHelp(v),
	}
	for _, s := range v.Sections {
		mark := ui.Mark{
			Href: ui.Href(ctx, stepPath(v.ID, s.Step.ID)), Text: i18n.T(ctx, v.Kind.Form.StepKey(s.Step)+".title"),
			State: i18n.T(ctx, "submission.section."+string(s.State)), Done: s.State == Completed, Current: s.Step.ID == v.Step.ID,
		}
		if s.Wrong > 0 {
			mark.State = i18n.T(ctx, "submission.section.wrong", s.Wrong)
		}
		if s.Asked > 0 {
			mark.State = i18n.T(ctx, "submission.section.asked", s.Asked)
		}
		p.Steps = append(p.Steps, mark)
	}
	p.Steps = append(p.Steps, ui.Mark{Href: v.path(ctx, "/check"), Text: i18n.T(ctx, "submission.check.title"), State: i18n.T(ctx, "submission.section."+readyState(v.ready()))})
	return p
}

func readyState(ready bool) string {
	if ready {
		return "ready"
	}
	return "not_ready"
}

func optionalText(ctx context.Context, key string) string {
	if i18n.Has(i18n.From(ctx), key) {
		return i18n.T(ctx, key)
	}
	return ""
}

// accept are the formats that the file dialogue offers.
var accept = "." + strings.Join(attachment.Formats, ",.")

// form is the form itself.
func (v stepView) form(ctx context.Context, vocabulary *gcm.Vocabulary) ui.StepForm {
	action := ui.Href(ctx, stepPath(v.ID, v.Step.ID))
	if v.Checking {
		action += "?check=1"
	}
	f := ui.StepForm{
		Definition: v.Kind.Form, Step: v.Step, Answers: v.Answers, Wrong: v.Wrong, Vocabulary: vocabulary, Action: action,
		Version: v.Origin.Version, Files: fileItems(ctx, v.Files, true), Accept: accept, MaxBytes: attachment.MaxBytes,
		MaxFiles: attachment.MaxFiles, Notes: v.AskedAt(), After: v.Beside, Lang: v.Lang,
		Autosave: !v.Held && v.Theirs == nil, Hidden: []ui.Hidden{{Name: pageField, Value: v.Origin.Page}},
	}
	if !v.Saved.SavedAt.IsZero() {
		f.Saved = moment(ctx, v.Saved.SavedAt, v.Now)
	}
	if v.More != "" {
		f.Rows = map[string]int{v.More: v.Answers.Rows(v.More) + 1}
	}
	if v.Theirs != nil {
		f.After = v.theirs(vocabulary)
	}
	return f
}

// theirs is what somebody else has saved, below each question that they answered otherwise.
func (v stepView) theirs(vocabulary *gcm.Vocabulary) map[string]templ.Component {
	others := map[string]templ.Component{}
	for id, c := range v.Beside {
		others[id] = c
	}
	for _, f := range v.differing() {
		others[f.ID] = theirAnswer(v, f, vocabulary)
	}
	return others
}

// own says whether the other text is the person's own, from another window.
func (v stepView) own() bool { return v.Theirs.SavedBy == v.Who.ID }

// theirsLine says whose the other text is, and of when.
func (v stepView) theirsLine(ctx context.Context) string {
	at := moment(ctx, v.Theirs.SavedAt, v.Now)
	if v.own() {
		return i18n.T(ctx, "submission.conflict.own.theirs", at)
	}
	return i18n.T(ctx, "submission.conflict.theirs", v.Theirs.Saver, at)
}

// differing are the questions of the step that the two texts answer differently, asked or not.
func (v stepView) differing() []form.Field {
	var all []form.Field
	for _, f := range v.Step.Fields {
		if !only(f, v.Answers).Equal(only(f, v.Theirs.Answers)) {
			all = append(all, f)
		}
	}
	return all
}

// only returns the answers to one question.
func only(f form.Field, a form.Answers) form.Answers {
	picked := form.Answers{}
	for name, values := range a {
		if name == f.ID || strings.HasPrefix(name, f.ID+".") {
			picked[name] = values
		}
	}
	return picked
}

// checkView is the page on which one reads all answers before sending them in.
type checkView struct {
	caseView
	Vocabulary *gcm.Vocabulary
	// Declared says that the box of the declaration is ticked, Undeclared that it should have been.
	Declared, Undeclared bool
	// Tried says that this answers an attempt to send in.
	Tried bool
	// Stale says that an answer has changed since the page was read.
	Stale bool
}

// filled are all answers, to be read.
func (v checkView) filled(ctx context.Context, change bool) ui.Filled {
	f := ui.Filled{
		Definition: v.Kind.Form, Answers: v.Answers, Vocabulary: v.Vocabulary, Files: fileItems(ctx, v.Files, false), Lang: v.Lang,
		Wrong: v.Problems, Notes: v.openRequests(),
	}
	if change && v.MayWrite() {
		f.Change = func(s form.Step, field form.Field) string {
			return ui.Href(ctx, stepPath(v.ID, s.ID)+"?check=1") + "#" + Asked{Field: field}.anchor()
		}
	}
	return f
}

// openRequests are the changes that the desk asked for and that are not made yet.
func (v checkView) openRequests() map[string][]string {
	open := map[string][]string{}
	for _, a := range v.Asked {
		if !a.Changed {
			open[a.Field.ID] = append(open[a.Field.ID], a.Body)
		}
	}
	return open
}

// errors are links from each problem to the step where it can be put right; that of the declaration is on this page.
func (v checkView) errors(ctx context.Context) []ui.ErrorLink {
	var links []ui.ErrorLink
	for _, w := range v.Problems {
		href := "#" + w.Name
		if w.Name != declarationField {
			href = ""
			if step, ok := stepOf(v.Kind.Form, w.Name); ok {
				href = ui.Href(ctx, stepPath(v.ID, step.ID)+"?check=1") + "#" + w.Name
			}
		}
		links = append(links, ui.ErrorLink{Href: href, Text: ui.Message(ctx, w)})
	}
	return links
}

// stepOf finds the step on which a control stands.
func stepOf(d *form.Definition, control string) (form.Step, bool) {
	id, _, _ := strings.Cut(control, ".")
	for _, s := range d.Steps {
		for _, f := range s.Fields {
			if f.ID == id {
				return s, true
			}
		}
	}
	return form.Step{}, false
}

// compareView is two revisions side by side.
type compareView struct {
	caseView
	From, To   Version
	Vocabulary *gcm.Vocabulary
}

func (v compareView) versions(ctx context.Context) ui.Versions {
	return ui.Versions{
		Definition: v.Kind.Form, Before: v.From.Answers, After: v.To.Answers, Vocabulary: v.Vocabulary, Lang: v.Lang,
		FilesBefore: fileItems(ctx, v.From.Files, false), FilesAfter: fileItems(ctx, v.To.Files, false),
	}
}

// revisions are the numbers to choose from.
func (v compareView) revisions() []int {
	var all []int
	for n := 1; n <= v.Revision; n++ {
		all = append(all, n)
	}
	return all
}

// revisionName says which revision it is, and what became of it.
func (v compareView) revisionName(ctx context.Context, n int) string {
	switch {
	case n == v.Revision && v.State.Writable():
		return i18n.T(ctx, "submission.revision.open", n)
	case v.PublishedRevision != nil && n == *v.PublishedRevision:
		return i18n.T(ctx, "submission.revision.published", n)
	}
	for _, e := range v.Story.Events {
		if e.Action == workflow.Submit && e.Revision == n {
			return i18n.T(ctx, "submission.revision.sent", n, i18n.DayOf(ctx, e.At))
		}
	}
	return i18n.T(ctx, "submission.revision.other", n)
}

// listView is the list of what the person's offices have written.
type listView struct {
	Page
	Kinds  workflow.Kinds
	Starts map[string]string
	Who    identity.User
}

func (v listView) href(ctx context.Context, f Filter) string {
	return ui.Href(ctx, ui.WithQuery("/drafts", f.Values()))
}

func (v listView) export(ctx context.Context, extension string) string {
	f := v.Filter
	f.Page = 1
	return ui.Href(ctx, ui.WithQuery("/drafts."+extension, f.Values()))
}

// kinds are the names of the kinds, sorted.
func (v listView) kinds() []string {
	var all []string
	for name := range v.Kinds {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func (v listView) filters(ctx context.Context) ui.Filters {
	clear := Filter{Q: v.Filter.Q, Sort: v.Filter.Sort}
	f := ui.Filters{Action: ui.Href(ctx, "/drafts"), Keep: clear.Values(), Clear: v.href(ctx, clear)}
	states := ui.Facet{Name: "state", Legend: i18n.T(ctx, "submission.list.column.state"), Select: true, Any: i18n.T(ctx, "submission.list.any.state"), Open: true}
	for _, s := range workflow.States {
		if n := v.States[s]; n > 0 || s == v.Filter.State {
			states.Options = append(states.Options, ui.FacetOption{Value: string(s), Label: stateName(ctx, s), Count: n, Checked: s == v.Filter.State})
		}
	}
	f.Facets = append(f.Facets, states)
	if len(v.Kinds) > 1 {
		kinds := ui.Facet{Name: "kind", Legend: i18n.T(ctx, "submission.list.column.kind"), Select: true, Any: i18n.T(ctx, "submission.list.any.kind")}
		for _, name := range v.kinds() {
			kinds.Options = append(kinds.Options, ui.FacetOption{Value: name, Label: i18n.T(ctx, "submission.kind."+name), Count: v.Page.Kinds[name], Checked: name == v.Filter.Kind})
		}
		f.Facets = append(f.Facets, kinds)
	}
	if len(v.Offices) > 1 {
		offices := ui.Facet{Name: "office", Legend: i18n.T(ctx, "submission.list.column.office"), Select: true, Any: i18n.T(ctx, "submission.list.any.office")}
		for _, o := range v.Offices {
			offices.Options = append(offices.Options, ui.FacetOption{Value: strconv.FormatInt(o.ID, 10), Label: o.Name, Count: o.Count, Checked: o.ID == v.Filter.Office})
		}
		f.Facets = append(f.Facets, offices)
	}
	return f
}

// chips are the filters in use, each a link to the list without it.
func (v listView) chips(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	add := func(text string, without Filter) {
		without.Page = 1
		chips = append(chips, ui.Chip{Href: v.href(ctx, without), Text: text, Remove: true})
	}
	if v.Filter.Q != "" {
		f := v.Filter
		f.Q = ""
		add(i18n.T(ctx, "submission.list.chip.words", v.Filter.Q), f)
	}
	if v.Filter.State != "" {
		f := v.Filter
		f.State = ""
		add(stateName(ctx, v.Filter.State), f)
	}
	if v.Filter.Kind != "" {
		f := v.Filter
		f.Kind = ""
		name := v.Filter.Kind
		if _, known := v.Kinds[name]; known {
			name = i18n.T(ctx, "submission.kind."+name)
		}
		add(name, f)
	}
	if v.Filter.Office != 0 {
		f := v.Filter
		f.Office = 0
		name := strconv.FormatInt(v.Filter.Office, 10)
		for _, o := range v.Offices {
			if o.ID == v.Filter.Office {
				name = o.Name
			}
		}
		add(name, f)
	}
	return chips
}

func (v listView) sort(ctx context.Context) ui.Sort {
	keep := v.Filter
	keep.Sort, keep.Page = "", 1
	s := ui.Sort{Action: ui.Href(ctx, "/drafts"), Keep: keep.Values()}
	for _, order := range sorts {
		name := order
		if name == "" {
			name = "changed"
		}
		s.Options = append(s.Options, ui.FacetOption{Value: order, Label: i18n.T(ctx, "submission.list.sort."+name), Checked: order == v.Filter.Sort})
	}
	return s
}

func (v listView) table(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "submission.list.count", v.Total), Cards: true}
	several := len(v.Offices) > 1
	columns := []string{"title", "state"}
	if several {
		columns = append(columns, "office")
	}
	for _, name := range append(columns, "changed") {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "submission.list.column."+name)})
	}
	for _, s := range v.Rows {
		row := []ui.Cell{{Component: titleCell(s)}, {Component: stateTag(s.State)}}
		if several {
			row = append(row, ui.Cell{Text: s.OfficeName, Lang: "und"})
		}
		t.Rows = append(t.Rows, append(row, ui.Cell{Text: i18n.DayOf(ctx, s.ChangedAt)}))
	}
	return t
}

func (v listView) pager(ctx context.Context) ui.Pager {
	return ui.Pager{Label: i18n.T(ctx, "submission.list.pages"), Page: v.Filter.Page, Pages: v.Pages, Href: func(page int) string {
		f := v.Filter
		f.Page = page
		return v.href(ctx, f)
	}}
}

// besideOf asks the kind what stands below the questions. It is advice: without it the page is still right.
func (h handlers) besideOf(ctx context.Context, v stepView) map[string]templ.Component {
	if h.service.beside == nil {
		return nil
	}
	beside, err := h.service.beside(ctx, v.Submission, v.Step.ID, v.Answers)
	if err != nil {
		slog.WarnContext(ctx, "nothing to show beside a step", "error", err, "submission", v.ID, "step", v.Step.ID)
		return nil
	}
	return beside
}
