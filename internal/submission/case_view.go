package submission

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/attachment"
	"portal/internal/form"
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
	// Present are others who have a step open, Threads what the writers say to each other.
	Present []Presence
	Threads []Thread
	Now     time.Time
	Starts  map[string]string
	// Reply is what was typed to the desk, and ReplyWrong what is wrong with it.
	Reply      string
	ReplyWrong []form.Wrong
	// Typed are texts that could not be kept, to be copied from the page.
	Typed []string
	// About is what the kind has to say of it; nil for nothing.
	About templ.Component
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

// progress is how many sections are completed, and of how many: one that may stay open counts once somebody has opened it.
func (v caseView) progress() (done, of int) {
	for _, s := range v.Sections {
		if s.State == Completed && s.Asked == 0 {
			done++
		}
		if s.State != Optional {
			of++
		}
	}
	return done, of
}

// progressText says how far the form is.
func (v caseView) progressText(ctx context.Context) string {
	done, of := v.progress()
	return i18n.T(ctx, "submission.tasks.done", done, of)
}

func (v caseView) ready() bool { return len(v.Problems) == 0 }

// toneOf is the colour of a state, for its owner.
func toneOf(s workflow.State) ui.Tone {
	switch s {
	case workflow.Submitted, workflow.InReview, workflow.Approved:
		return ui.Sky
	case workflow.Published, workflow.Accepted:
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
	return v.savedLine(ctx, last.SavedAt, ui.PersonName(ctx, last.Saver))
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
	if line := v.savedLine(ctx, s.SavedAt, ui.PersonName(ctx, s.Saver)); line != "" {
		parts = append(parts, line)
	}
	if n := v.threadsOn(s); n > 0 {
		parts = append(parts, i18n.T(ctx, "submission.comment.open", n))
	}
	if line := presenceText(ctx, presentAt(v.Present, s.Step.ID), v.Now); line != "" {
		parts = append(parts, line)
	}
	return strings.Join(parts, " · ")
}

// threadsOn counts the open threads at the questions of a section.
func (v caseView) threadsOn(s Section) int {
	n, open := 0, openThreads(v.Threads)
	for _, f := range s.Step.Fields {
		n += open[f.ID]
	}
	return n
}

// openThreads counts all threads that are open.
func (v caseView) openThreads() int {
	n := 0
	for _, t := range v.Threads {
		if t.Open() {
			n++
		}
	}
	return n
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
		return i18n.T(ctx, "submission.next."+string(v.State), i18n.Key("submission.desk."+string(v.Desk)))
	case workflow.Approved:
		if v.waitsForSender() {
			return i18n.T(ctx, "submission.next.approved.sender")
		}
		return i18n.T(ctx, "submission.next.approved")
	case workflow.PutAway:
		if v.Published() {
			return i18n.T(ctx, "submission.rest.next.published", i18n.DayOf(ctx, v.ErasedAt()))
		}
		return i18n.T(ctx, "submission.rest.next", i18n.DayOf(ctx, v.ErasedAt()))
	case workflow.Erased:
		return i18n.T(ctx, "submission.rest.next.erased")
	default:
		if v.Recorded() {
			return i18n.T(ctx, "submission.next.recorded")
		}
		return i18n.T(ctx, "submission.next."+string(v.State))
	}
}

// doneTitle is the title of the page after sending.
func (v caseView) doneTitle(ctx context.Context) string {
	if v.Recorded() {
		return i18n.T(ctx, "submission.done.title.recorded")
	}
	return i18n.T(ctx, "submission.done.title")
}

// clock says in plain words how the desk's time runs; "" when nothing is due and nobody waits.
func (v caseView) clock(ctx context.Context) string {
	if v.waits() && v.State == workflow.Approved {
		return "" // next says it
	}
	return v.Clocks.OwnerText(ctx, v.Submission, v.Now)
}

// late says whether the desk should have acted before today.
func (v caseView) late() bool { return v.Clocks.Light(v.Submission, v.Now) == workflow.Overdue }

// waits says whether publication waits for the approval of the office or of the sender (accounts.md, Offices).
func (v caseView) waits() bool {
	over := v.State == workflow.Declined || v.State == workflow.Withdrawn || v.State == workflow.Archived || v.State == workflow.Erased
	return v.Kind.Publish != nil && !v.MayPublish() && !over
}

// waitsForSender says that only the sender is still to be approved.
func (v caseView) waitsForSender() bool { return v.waits() && v.OfficeApproved() }

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
	return ui.PersonName(ctx, e.ActorName)
}

// author is who has written it: of what the secretariat has recorded for the office its desk.
func (v caseView) author(ctx context.Context) string {
	if slices.ContainsFunc(v.Story.Events, func(e workflow.Event) bool { return e.Action == workflow.Record }) {
		return v.desk(ctx)
	}
	return ui.PersonName(ctx, v.AuthorName)
}

func (v caseView) desk(ctx context.Context) string {
	return i18n.T(ctx, "submission.desk."+string(v.Desk))
}

// letterBy says who wrote a letter: colleagues by name, the desk as the desk.
func (v caseView) letterBy(ctx context.Context, n workflow.Note) string {
	if n.AuthorSide == workflow.ByDesk {
		return v.desk(ctx)
	}
	return ui.PersonName(ctx, n.AuthorName)
}

// replyHint says who reads what is written to the desk.
func (v caseView) replyHint(ctx context.Context) string {
	if v.OfficeID == 0 {
		return i18n.T(ctx, "submission.reply.hint.own")
	}
	return i18n.T(ctx, "submission.reply.hint")
}

// facts are what the side of the page says of the submission.
func (v caseView) facts(ctx context.Context) []ui.Fact {
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "submission.fact.reference"), Values: []string{v.Reference()}},
		{Term: i18n.T(ctx, "submission.fact.kind"), Values: []string{i18n.T(ctx, "submission.kind."+v.Submission.Kind)}},
		{Term: i18n.T(ctx, "submission.fact.author"), Values: []string{v.author(ctx)}, Lang: "und"},
	}
	if v.OfficeID != 0 {
		facts = slices.Insert(facts, 2, ui.Fact{Term: i18n.T(ctx, "submission.fact.office"), Values: []string{v.OfficeName}, Lang: "und"})
	}
	if v.SubmittedAt != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "submission.fact.sent"), Values: []string{i18n.Instant(ctx, *v.SubmittedAt)}})
	}
	if v.DueOn != nil {
		term := "submission.fact.due.decision"
		if v.AnsweredAt == nil {
			term = "submission.fact.due"
		}
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, term), Values: []string{i18n.Day(ctx, *v.DueOn)}})
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
		} else if f.IsImage() {
			item.Key, item.Picture = f.Key(), &ui.Picture{Src: attachment.PicturePath(f.ID), Width: f.Width, Height: f.Height}
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
