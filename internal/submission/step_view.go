package submission

import (
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"portal/internal/attachment"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/workflow"
	"portal/web/ui"
)

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
	// Others have the step open as well.
	Others []Presence
	// Above is what stands above the questions, Beside what stands below single ones.
	Above  templ.Component
	Beside map[string]templ.Component
	// Find is what is looked for at a question of the step.
	Find ui.Finding
}

// with returns the answers of the whole form with those of this step as posted in the language, and what was taken out of them.
func (v stepView) with(posted url.Values, l i18n.Lang) (form.Answers, []string) {
	a, removed := v.Step.Read(posted, l)
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

// acceptImages are the images that it offers.
var acceptImages = "." + strings.Join(attachment.ImageFormats, ",.") + ",.jpeg"

// form is the form itself.
func (v stepView) form(ctx context.Context, vocabulary *gcm.Vocabulary) ui.StepForm {
	action := ui.Href(ctx, stepPath(v.ID, v.Step.ID))
	if v.Checking {
		action += "?check=1"
	}
	f := ui.StepForm{
		Definition: v.Kind.Form, Step: v.Step, Answers: v.Answers, Wrong: v.Wrong, Vocabulary: vocabulary, Action: action,
		Version: v.Origin.Version, Files: fileItems(ctx, v.Files, true), Accept: accept, AcceptImages: acceptImages, MaxBytes: attachment.MaxBytes,
		MaxFiles: attachment.MaxFiles, Notes: v.AskedAt(), After: v.below(ctx, vocabulary), Lang: v.Lang,
		Autosave: !v.Held && v.Theirs == nil, Unsaved: v.Held || v.Theirs != nil, Hidden: []ui.Hidden{{Name: pageField, Value: v.Origin.Page}},
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

// below is what stands below each question: advice, and what the writers say to each other about it.
func (v stepView) below(ctx context.Context, vocabulary *gcm.Vocabulary) map[string]templ.Component {
	all := map[string]templ.Component{}
	for _, f := range v.Step.Fields {
		beside := v.Beside[f.ID]
		if f.Type == form.Matrix && len(f.Sheet(ctx, v.Answers, vocabulary).Parties) > 0 {
			beside = budgetLinks(v, beside)
		}
		all[f.ID] = commentsBelow(v, f.ID, beside)
	}
	return all
}

// theirs is what somebody else has saved, below each question that they answered otherwise.
func (v stepView) theirs(vocabulary *gcm.Vocabulary) map[string]templ.Component {
	others := map[string]templ.Component{}
	for id, c := range v.Beside {
		if c != nil {
			others[id] = c
		}
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
	return i18n.T(ctx, "submission.conflict.theirs", ui.PersonName(ctx, v.Theirs.Saver), at)
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

// besideOf asks the kind what stands below the questions. It is advice: without it the page is still right.
func (h handlers) besideOf(ctx context.Context, v stepView) map[string]templ.Component {
	if h.service.beside == nil {
		return nil
	}
	beside, err := h.service.beside(ctx, v.Submission, v.Step.ID, v.Answers, v.Find)
	if err != nil {
		slog.WarnContext(ctx, "nothing to show beside a step", "error", err, "submission", v.ID, "step", v.Step.ID)
		return nil
	}
	return beside
}
