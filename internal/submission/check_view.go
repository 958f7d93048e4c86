package submission

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/workflow"
	"portal/web/ui"
)

// checkView is the page on which one reads all answers before sending them in.
type checkView struct {
	caseView
	Vocabulary *gcm.Vocabulary
	// Advice is what the kind advises; nil for nothing.
	Advice templ.Component
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

// errors are links from each problem to the step where it can be put right; that of the declaration is on this page, as is
// what the kind says of it (Options.Advice).
func (v checkView) errors(ctx context.Context) []ui.ErrorLink {
	var links []ui.ErrorLink
	for _, w := range v.Problems {
		href := "#" + w.Name
		if step, ok := stepOf(v.Kind.Form, w.Name); ok {
			href = ui.Href(ctx, stepPath(v.ID, step.ID)+"?check=1") + "#" + w.Name
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
