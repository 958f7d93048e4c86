package submission

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/word"
	"portal/internal/workflow"
	"portal/web/ui"
)

// uploadView is the page on which a filled Word file is chosen.
type uploadView struct {
	Target Target
	// Case is the draft that the file goes into; nil when one is to be begun for one of the Posts.
	Case  *Case
	Posts []identity.Post
	// Office is the chosen one, as typed; Start is the page to go back to, without the language.
	Office, Start string
	Wrong         []form.Wrong
}

// action is where the file is sent.
func (v uploadView) action(ctx context.Context) string {
	if v.Case != nil {
		return ui.Href(ctx, Path(v.Case.ID)+"/import")
	}
	return ui.Href(ctx, "/imports")
}

// blank is where the Word file to fill in is to be had.
func (v uploadView) blank(ctx context.Context) string {
	if v.Case != nil {
		return ui.Href(ctx, Path(v.Case.ID)+"/word")
	}
	return ""
}

func (v uploadView) office(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "office", Label: i18n.T(ctx, "submission.import.office.label"), Hint: i18n.T(ctx, "submission.import.office.hint"),
		Error: ui.MessageFor(ctx, v.Wrong, "office"), Values: []string{v.Office}, Large: true,
	}
	for _, p := range v.Posts {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(p.OfficeID, 10), Label: p.OfficeName})
	}
	return c
}

func (v uploadView) file(ctx context.Context) ui.FileControl {
	return ui.FileControl{
		Control: ui.Control{
			Name: "file", Label: i18n.T(ctx, "submission.import.file.label"), Hint: i18n.T(ctx, "submission.import.file.hint", word.MaxBytes>>20),
			Error: ui.MessageFor(ctx, v.Wrong, "file"), Large: true,
		},
		Accept: ".docx,.dotx," + word.MediaType, MaxBytes: word.MaxBytes, Single: true,
	}
}

// previewView is the page that shows, question by question, what was understood of a file.
type previewView struct {
	Import
	// Case is the draft that it goes into; nil when one will be begun.
	Case       *Case
	Definition *form.Definition
	Vocabulary *gcm.Vocabulary
	Env        form.Env
	Lang       string
	Proposals  []Proposal
	// Warning is what the kind says above questions (Options.Above).
	Warning templ.Component
	// Merged are the answers of the draft with those of the file in their place, by which is judged what is wrong.
	Merged   form.Answers
	Wrong    []form.Wrong
	Decision Decision
	// Undecided is what the person must decide before the rest is done; nil at first.
	Undecided *UndecidedError
}

// compare fills in what the page shows.
func (v *previewView) compare(kind *workflow.Kind) {
	draft := form.Answers{}
	if v.Case != nil {
		draft = v.Case.Answers
	}
	v.Proposals = Proposals(v.Definition, *v.Reading, draft)
	v.Merged = draft
	for _, p := range v.Proposals {
		if p.Finding == FindNew || p.Finding == FindDiffers {
			v.Merged = v.Merged.With(p.Field, p.File)
		}
	}
	for _, step := range v.Definition.AskedSteps(v.Merged) {
		v.Wrong = append(v.Wrong, v.Definition.Wrong(step, v.Merged, v.Env)...)
	}
	if v.Case == nil {
		v.Lang = kind.Lang(v.Merged, v.Lang)
	}
}

// readDecision reads what was chosen on the page.
func (v previewView) readDecision(posted url.Values) Decision {
	d := Decision{Seen: map[string]string{}, Take: map[string]string{}, Erase: map[string]bool{}}
	for _, p := range v.Proposals {
		id := p.Field.ID
		d.Seen[id], d.Take[id], d.Erase[id] = posted.Get("seen."+id), posted.Get("take."+id), posted.Get("erase."+id) == "yes"
	}
	return d
}

// heading is what the file goes into.
func (v previewView) heading(ctx context.Context) string {
	if v.Case != nil {
		return titleOf(ctx, v.Case.Submission)
	}
	return i18n.T(ctx, "submission.untitled."+v.Import.Kind)
}

func (v previewView) above(ctx context.Context) []ui.Link {
	links := []ui.Link{{Href: ui.Href(ctx, "/drafts"), Text: i18n.T(ctx, "submission.list.title")}}
	if v.Case != nil {
		links = append(links, ui.Link{Href: ui.Href(ctx, Path(v.Case.ID)), Text: v.heading(ctx)})
	}
	return links
}

func (v previewView) action(ctx context.Context, below string) string {
	return ui.Href(ctx, importPath(v.ID)+below)
}

// counts say in a line each how many questions there are of each finding, and how many answers of the file are wrong.
func (v previewView) counts(ctx context.Context) []string {
	var lines []string
	wrong := 0
	for _, finding := range []Finding{FindNew, FindDiffers, FindSame, FindBlank} {
		n := 0
		for _, p := range v.Proposals {
			if p.Finding != finding {
				continue
			}
			if n++; finding == FindNew || finding == FindDiffers {
				wrong += len(v.wrong(ctx, p))
			}
		}
		if n > 0 || finding == FindNew {
			lines = append(lines, i18n.T(ctx, "submission.import.count."+string(finding), n))
		}
	}
	if wrong > 0 {
		lines = append(lines, i18n.T(ctx, "submission.import.count.wrong", wrong))
	}
	return lines
}

// steps are the steps of which the page shows something.
func (v previewView) steps() []form.Step {
	var all []form.Step
	for _, s := range v.Definition.Steps {
		if len(v.of(s, FindNew, FindDiffers, FindSame, FindBlank)) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// of are the questions of a step with one of the findings.
func (v previewView) of(s form.Step, findings ...Finding) []Proposal {
	var all []Proposal
	for _, p := range v.Proposals {
		if p.Step.ID == s.ID && slices.Contains(findings, p.Finding) {
			all = append(all, p)
		}
	}
	return all
}

// labels names the questions with the finding, of all steps.
func (v previewView) labels(ctx context.Context, finding Finding) []string {
	var all []string
	for _, p := range v.Proposals {
		if p.Finding == finding {
			all = append(all, v.label(ctx, p))
		}
	}
	return all
}

func (v previewView) label(ctx context.Context, p Proposal) string {
	return i18n.T(ctx, v.Definition.Key("", p.Field)+".label")
}

// shown is an answer as pages show it.
func (v previewView) shown(a form.Answers) ui.Filled {
	return ui.Filled{Definition: v.Definition, Answers: a, Vocabulary: v.Vocabulary, Lang: v.Lang}
}

// wrong says what is wrong with what the file answers, in the words of the form.
func (v previewView) wrong(ctx context.Context, p Proposal) []string {
	var all []string
	for _, w := range v.Wrong {
		if w.Name == p.Field.ID || strings.HasPrefix(w.Name, p.Field.ID+".") || slices.Contains(form.Controls(p.Field.ID, p.Field), w.Name) {
			all = append(all, ui.Message(ctx, w))
		}
	}
	return all
}

// asked says whether the question is asked, given the other answers.
func (v previewView) asked(p Proposal) bool {
	_, asked := v.Definition.Given(v.Merged.With(p.Field, p.File))[firstName(p)]
	return asked
}

// firstName is the name of some control that the file fills in.
func firstName(p Proposal) string {
	for name := range p.File {
		return name
	}
	return ""
}

func (v previewView) undecided(p Proposal) (changed, open bool) {
	if v.Undecided == nil {
		return false, false
	}
	return slices.Contains(v.Undecided.Changed, p.Field.ID), slices.Contains(v.Undecided.Open, p.Field.ID)
}

// takes says which answer is chosen: the file's, unless somebody has said otherwise or must say.
func (v previewView) takes(p Proposal) string {
	if chosen := v.Decision.Take[p.Field.ID]; chosen != "" {
		return chosen
	}
	if changed, open := v.undecided(p); changed || open {
		return ""
	}
	return TakeFile
}

// problems are the links to what is to be decided.
func (v previewView) problems(ctx context.Context) []ui.ErrorLink {
	var links []ui.ErrorLink
	for _, p := range v.Proposals {
		if message := v.problem(ctx, p); message != "" {
			name := "take."
			if p.Finding == FindBlank {
				name = "erase."
			}
			links = append(links, ui.ErrorLink{Href: "#" + name + p.Field.ID, Text: message})
		}
	}
	return links
}

// problem says what is to be decided at a question, "" for nothing.
func (v previewView) problem(ctx context.Context, p Proposal) string {
	switch changed, open := v.undecided(p); {
	case changed:
		return i18n.T(ctx, "submission.import.changed", v.label(ctx, p))
	case open:
		return i18n.T(ctx, "submission.import.open", v.label(ctx, p))
	}
	return ""
}

// erase is the box that empties an answer which the file left blank.
func (v previewView) erase(ctx context.Context, p Proposal) ui.Control {
	c := ui.Control{Name: "erase." + p.Field.ID, Label: i18n.T(ctx, "submission.import.erase"), Error: v.problem(ctx, p)}
	if v.Decision.Erase[p.Field.ID] {
		c.Values = []string{"yes"}
	}
	return c
}

// take is the question whose answer to keep.
func (v previewView) take(ctx context.Context, p Proposal) ui.Control {
	return ui.Control{
		Name: "take." + p.Field.ID, Label: i18n.T(ctx, "submission.import.which"), Error: v.problem(ctx, p), Values: []string{v.takes(p)},
		Choices: []ui.Choice{{Value: TakeFile, Label: i18n.T(ctx, "submission.import.take.file")}, {Value: TakeDraft, Label: i18n.T(ctx, "submission.import.take.draft")}},
	}
}
