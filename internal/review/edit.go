package review

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// editPrefix begins the names of the texts on the page of edits: "edit.title".
const editPrefix = "edit."

const tabEdits = "/edits"

// Edits returns a submission with the proposal that waits for its office; nil for none. It records what Open records.
func (s *Service) Edits(ctx context.Context, who identity.User, id workflow.ID) (Case, *workflow.Proposal, error) {
	c, err := s.Open(ctx, who, id)
	if err != nil {
		return c, nil, err
	}
	p, err := workflow.OpenProposal(ctx, s.db.Read(), c.Submission)
	return c, p, err
}

// Propose proposes other wordings to the office, and writes to it. Only what differs from the text counts; nothing that
// differs, or what the form does not take, is a problem.Invalid. version is the submission's that was read: problem.Stale.
func (s *Service) Propose(ctx context.Context, who identity.User, id workflow.ID, version int, typed form.Answers, note string, env form.Env) error {
	note = cleanNote(note)
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		sub, kind, err := s.lock(ctx, tx, who, id)
		switch {
		case err != nil:
			return err
		case version != sub.Version:
			return problem.Stale
		case !sub.MayPropose():
			return problem.NotAllowedNow
		}
		text, err := workflow.ReadText(ctx, tx, id, *sub.SubmittedRevision)
		if err != nil {
			return err
		}
		changed, wrong := proposed(kind.Form, text.Answers(), typed, env)
		if long := tooLong("note", note); long != nil {
			wrong = append(wrong, *long)
		}
		if len(wrong) > 0 {
			return problem.Invalid(wrong...)
		}
		if err := workflow.Propose(ctx, tx, kind, sub, changed, note, who, s.now()); err != nil {
			return err
		}
		_, err = s.letters(ctx, tx, kind, sub, letter{kind: "edits", note: note, worded: s.now()})
		return err
	})
	if err != nil {
		return fmt.Errorf("propose edits of submission %d: %w", id, err)
	}
	return nil
}

// proposed are the texts that differ from the answers, and what is wrong with them.
func proposed(d *form.Definition, a, typed form.Answers, env form.Env) (form.Answers, []problem.Field) {
	changed, merged := form.Answers{}, form.Merge(a)
	for _, name := range workflow.Editable(d, a) {
		values, sent := typed[name]
		if !sent || cleanNote(values[0]) == strings.TrimSpace(a.First(name)) {
			continue
		}
		changed[name], merged[name] = []string{cleanNote(values[0])}, []string{cleanNote(values[0])}
	}
	if len(changed) == 0 {
		return nil, []problem.Field{{Key: "review.edits.none"}}
	}
	var wrong []problem.Field
	for _, w := range d.Problems(merged, env) {
		if _, mine := changed[w.Name]; mine {
			w.Name = editPrefix + w.Name
			wrong = append(wrong, w)
		}
	}
	return changed, wrong
}

// editsView is the page on which the desk proposes other wordings.
type editsView struct {
	caseView
	Proposal *workflow.Proposal
	// Edited are the texts as typed.
	Edited form.Answers
	Words  string
}

// editedStep is a step with the texts that can be edited.
type editedStep struct {
	title    string
	controls []ui.Control
}

func (v editsView) steps(ctx context.Context) []editedStep {
	d, a := v.Case.Kind.Form, v.Case.Text.Answers
	editable := map[string]bool{}
	for _, name := range workflow.Editable(d, a) {
		editable[name] = true
	}
	var all []editedStep
	for _, step := range d.AskedSteps(a) {
		one := editedStep{title: i18n.T(ctx, d.StepKey(step)+".title")}
		for _, f := range step.Asked(a) {
			if editable[f.ID] {
				one.controls = append(one.controls, v.control(ctx, d.Key("", f), f.ID, "", f))
			}
			for n := range a.Rows(f.ID) {
				for _, sub := range f.Fields {
					if name := form.RowName(f.ID, n, sub.ID); editable[name] {
						one.controls = append(one.controls, v.control(ctx, d.Key(f.ID, sub), name, i18n.T(ctx, d.Key("", f)+".row", n+1), sub))
					}
				}
			}
		}
		if len(one.controls) > 0 {
			all = append(all, one)
		}
	}
	return all
}

func (v editsView) control(ctx context.Context, key, name, row string, f form.Field) ui.Control {
	value := v.Case.Text.Answers.First(name)
	if v.Proposal != nil && v.Proposal.Answers.First(name) != "" {
		value = v.Proposal.Answers.First(name)
	}
	if typed, ok := v.Edited[name]; ok {
		value = typed[0]
	}
	c := ui.Control{
		Name: editPrefix + name, Label: i18n.T(ctx, key+".label"), Values: []string{value}, Length: form.Length(value), Min: f.Min, Max: f.Most(), Rows: 2,
		Lang: v.Case.Lang, Error: ui.MessageFor(ctx, v.Wrong, editPrefix+name),
	}
	if row != "" {
		c.Label = i18n.T(ctx, "review.edits.row", row, c.Label)
	}
	if f.Type == form.LongText {
		c.Rows = 8
	}
	return c
}

func (v editsView) note(ctx context.Context) ui.Control {
	return ui.Control{Name: "note", Label: i18n.T(ctx, "review.edits.note"), Values: []string{v.Words}, Optional: true, Rows: 4, Error: ui.MessageFor(ctx, v.Wrong, "note")}
}

func (h handlers) edits(w http.ResponseWriter, r *http.Request) error {
	v := editsView{}
	if held := web.Held(r.Context()); held != nil {
		v.Edited, v.Words = readEdits(held), held.Get("note")
	}
	return h.showEdits(w, r, http.StatusOK, v)
}

func (h handlers) showEdits(w http.ResponseWriter, r *http.Request, status int, v editsView) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	wrong, stale := v.Wrong, v.Stale
	c, p, err := h.desk.Edits(r.Context(), identity.Must(r.Context()), id)
	if err != nil {
		return err
	}
	v.caseView = caseView{Case: c, Filter: h.filter(r), Vocabulary: h.vocabulary(), Now: h.now(), Stale: stale, typed: typed{Wrong: wrong}}
	v.Proposal = p
	return web.Render(w, r, status, editsPage(v))
}

func (h handlers) propose(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	v := editsView{Edited: readEdits(r.PostForm), Words: r.PostFormValue("note")}
	err = h.desk.Propose(ctx, identity.Must(ctx), id, number(r.PostFormValue("version")), v.Edited, v.Words, form.Env{Vocabulary: h.vocabulary()})
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showEdits(w, r, http.StatusUnprocessableEntity, v)
	}
	if errors.Is(err, problem.Stale) || errors.Is(err, problem.NotAllowedNow) {
		v.Stale = true
		return h.showEdits(w, r, http.StatusConflict, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ui.WithQuery(Path(id), h.filter(r).Values()), "review.edits.sent")
}

// readEdits takes the texts from a posted form.
func readEdits(values url.Values) form.Answers {
	typed := form.Answers{}
	for name, texts := range values {
		if control, ok := strings.CutPrefix(name, editPrefix); ok && len(texts) > 0 {
			typed[control] = []string{cleanNote(texts[0])}
		}
	}
	return typed
}
