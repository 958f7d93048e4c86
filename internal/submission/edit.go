package submission

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// The notices to the desk about its proposal.
const (
	noticeEditsTaken   notice = "edits_taken"
	noticeEditsRefused notice = "edits_refused"
)

// MayAnswerEdits says whether the person may answer the desk's proposal.
func (c Case) MayAnswerEdits() bool { return c.Submission.MayAnswerEdits(c.Kind.Plan) }

// AnswerEdits answers the desk's proposal of the number: with final answers, by control, that are the office's from then on;
// nil refuses them all. What the form does not take is a problem.Invalid. A proposal that is answered, or whose text has
// moved on, is problem.Stale; who may not send in is problem.Forbidden.
func (s *Service) AnswerEdits(ctx context.Context, who identity.User, id workflow.ID, proposal int64, final form.Answers) error {
	read, err := s.Open(ctx, who, id)
	if err != nil {
		return err
	}
	if final != nil {
		if wrong := read.Kind.Form.Problems(form.Merge(read.Answers, final), s.envOf(read)); len(wrong) > 0 {
			for i := range wrong {
				if _, mine := final[wrong[i].Name]; mine {
					wrong[i].Name = editPrefix + wrong[i].Name
				}
			}
			return problem.Invalid(wrong...)
		}
	}
	err = s.change(ctx, who, id, func(tx database.Tx, sub *workflow.Submission, kind *workflow.Kind) error {
		p, err := workflow.OpenProposal(ctx, tx, *sub)
		switch {
		case err != nil:
			return err
		case p == nil || p.ID != proposal:
			return problem.Stale
		case !sub.MayAnswerEdits(kind.Plan):
			return problem.Forbidden
		}
		if final == nil {
			if err := workflow.RefuseEdits(ctx, tx, *sub, *p, who, s.now()); err != nil {
				return err
			}
			return s.tellDesk(ctx, tx, *sub, deskLetter{notice: noticeEditsRefused})
		}
		for name := range final {
			if _, proposed := p.Answers[name]; !proposed {
				return fmt.Errorf("answer %q, which was not proposed: %w", name, problem.NotFound)
			}
		}
		if err := workflow.TakeEdits(ctx, tx, kind, sub, *p, final, who, s.now()); err != nil {
			return err
		}
		return s.tellDesk(ctx, tx, *sub, deskLetter{notice: noticeEditsTaken})
	})
	if err != nil {
		return fmt.Errorf("answer the edits of submission %d: %w", id, err)
	}
	return nil
}

// editPrefix begins the names of the texts on the page of edits, keepPrefix those of the boxes that keep one's own.
const (
	editPrefix = "edit."
	keepPrefix = "keep."
)

// editsView is the page on which the office sees what the desk proposes.
type editsView struct {
	caseView
	Vocabulary *gcm.Vocabulary
	Proposal   workflow.Proposal
	// Edited are the texts as typed, Keep the controls at which the own text is to stay.
	Edited form.Answers
	Keep   []string
	Wrong  []problem.Field
}

// editedText is one text with another wording.
type editedText struct {
	name, label string
	own         string
	control     ui.Control
	keep        ui.Control
	pieces      []ui.Piece
}

// texts are what is proposed, in the order of the form.
func (v editsView) texts(ctx context.Context) []editedText {
	var all []editedText
	d := v.Kind.Form
	add := func(key, row, name string, f form.Field) {
		proposed, ok := v.Proposal.Answers[name]
		if !ok || len(proposed) == 0 {
			return
		}
		label := i18n.T(ctx, key+".label")
		if row != "" {
			label = i18n.T(ctx, "submission.edits.row", row, label)
		}
		value := proposed[0]
		if typed, ok := v.Edited[name]; ok {
			value = typed[0]
		}
		t := editedText{name: name, label: label, own: v.Answers.First(name), pieces: ui.Compare(v.Answers.First(name), proposed[0])}
		t.control = ui.Control{
			Name: editPrefix + name, Label: i18n.T(ctx, "submission.edits.wording", label), Values: []string{value}, Lang: v.Lang, Rows: 3, Min: f.Min, Max: f.Most(),
			Length: form.Length(value), Error: ui.MessageFor(ctx, v.Wrong, editPrefix+name),
		}
		if f.Type == form.LongText {
			t.control.Rows = 8
		}
		t.keep = ui.Control{Name: keepPrefix + name, Label: i18n.T(ctx, "submission.edits.keep")}
		if slices.Contains(v.Keep, name) {
			t.keep.Values = []string{"yes"}
		}
		all = append(all, t)
	}
	for _, step := range d.AskedSteps(v.Answers) {
		for _, f := range step.Asked(v.Answers) {
			add(d.Key("", f), "", f.ID, f)
			for n := range v.Answers.Rows(f.ID) {
				for _, sub := range f.Fields {
					add(d.Key(f.ID, sub), i18n.T(ctx, d.Key("", f)+".row", n+1), form.RowName(f.ID, n, sub.ID), sub)
				}
			}
		}
	}
	return all
}

// edits shows what the desk proposes.
func (h handlers) edits(w http.ResponseWriter, r *http.Request) error {
	v := editsView{}
	if held := web.Held(r.Context()); held != nil {
		v.Edited, v.Keep = readEdits(held)
	}
	return h.showEdits(w, r, http.StatusOK, v)
}

func (h handlers) showEdits(w http.ResponseWriter, r *http.Request, status int, v editsView) error {
	c, err := h.open(r)
	if err != nil {
		return err
	}
	p, err := workflow.OpenProposal(r.Context(), h.service.db.Read(), c.Submission)
	if err != nil {
		return err
	}
	if p == nil {
		return web.Redirect(w, r, Path(c.ID), "submission.edits.none")
	}
	v.caseView, v.Vocabulary, v.Proposal = h.view(r, c), h.service.vocabulary(), *p
	return web.Render(w, r, status, editsPage(v))
}

func (h handlers) answerEdits(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	proposal, err := strconv.ParseInt(r.PostFormValue("proposal"), 10, 64)
	if err != nil {
		return fmt.Errorf("proposal %q: %w", r.PostFormValue("proposal"), problem.NotFound)
	}
	v := editsView{}
	v.Edited, v.Keep = readEdits(r.PostForm)
	final, flash := form.Answers{}, "submission.edits.taken"
	for name, values := range v.Edited {
		if !slices.Contains(v.Keep, name) {
			final[name] = values
		}
	}
	if r.PostFormValue("answer") != "accept" || len(final) == 0 {
		final, flash = nil, "submission.edits.refused"
	}
	err = h.service.AnswerEdits(ctx, identity.Must(ctx), id, proposal, final)
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showEdits(w, r, http.StatusUnprocessableEntity, v)
	}
	if errors.Is(err, problem.Stale) || errors.Is(err, problem.Forbidden) || errors.Is(err, problem.NotAllowedNow) {
		c, failed := h.open(r)
		if failed != nil {
			return failed
		}
		refused := h.view(r, c)
		for _, values := range v.Edited {
			refused.Typed = append(refused.Typed, values...)
		}
		return h.refuse(w, r, refused)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, Path(id), flash)
}

// readEdits takes the texts, and the boxes that keep one's own, from a posted form.
func readEdits(values url.Values) (edited form.Answers, keep []string) {
	edited = form.Answers{}
	for name, texts := range values {
		if control, ok := strings.CutPrefix(name, editPrefix); ok && len(texts) > 0 {
			edited[control] = []string{clean(texts[0])}
		}
		if control, ok := strings.CutPrefix(name, keepPrefix); ok && slices.Contains(texts, "yes") {
			keep = append(keep, control)
		}
	}
	return edited, keep
}
