package pledge

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// recordPath is the desk's page on which a report of an office is recorded, without the language.
func recordPath(publicID string) string { return "/desk/pledges/" + publicID + "/report" }

// recordView is the page on which an officer records what an office has told the desk.
type recordView struct {
	recordable
	Recording
	Form       *form.Definition
	Vocabulary *gcm.Vocabulary
	Wrong      []form.Wrong
	// Stale says that somebody has reported since the page was read.
	Stale bool
	today date.Date
	// desk is the desk's page of the pledge.
	desk string
}

// steps are the steps of the form as parts of the page: all but the documents, which the office adds itself.
func (v recordView) steps() []ui.StepForm {
	var all []ui.StepForm
	for _, step := range v.Form.Steps {
		if slices.ContainsFunc(step.Fields, func(f form.Field) bool { return f.Type == form.Files }) {
			continue
		}
		all = append(all, ui.StepForm{Definition: v.Form, Step: step, Answers: v.Answers, Wrong: v.Wrong, Vocabulary: v.Vocabulary})
	}
	return all
}

// asks says whether a step has anything to ask: a pledge may have neither indicators nor milestones.
func asks(s ui.StepForm) bool {
	return slices.ContainsFunc(s.Step.Fields, func(f form.Field) bool { return !f.Given || s.Answers.Rows(f.ID) > 0 })
}

func (v recordView) source(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "source", Label: i18n.T(ctx, "pledge.recorded.source.label"), Hint: i18n.T(ctx, "pledge.recorded.source.hint"), Error: ui.MessageFor(ctx, v.Wrong, "source"),
		Values: []string{v.Source}, Rows: 3, Max: maxSource, Length: form.Length(v.Source), Large: true,
	}
}

// recordReport shows the page, with how the pledge stands now as what to begin with.
func (h handlers) recordReport(w http.ResponseWriter, r *http.Request) error {
	return h.showRecord(w, r, http.StatusOK, recordView{})
}

func (h handlers) showRecord(w http.ResponseWriter, r *http.Request, status int, v recordView) error {
	ctx := r.Context()
	publicID, ok := wholeID(r.PathValue("publicID"))
	if !ok {
		return problem.NotFound
	}
	who := identity.Must(ctx)
	var err error
	if v.recordable, err = h.pledges.recordable(ctx, h.pledges.db.Read(), who, publicID); err != nil {
		return err
	}
	if held := web.Held(ctx); v.Answers == nil && held != nil {
		v.Recording = readRecording(held, h.pledges.updateKind.Form, i18n.From(ctx))
	}
	if v.Answers == nil {
		suggested, err := h.pledges.suggestedReport(ctx, v.stands, who)
		if err != nil {
			return err
		}
		v.Answers = suggested.answers()
		v.Answers["language"] = []string{v.Lang}
	}
	v.Form, v.Vocabulary, v.today, v.desk = h.pledges.updateKind.Form, h.pledges.vocabulary(), dayOf(h.pledges.now()), h.pledges.deskPath(v.ID)
	return web.Render(w, r, status, recordPage(v))
}

// readRecording takes what was posted in the language.
func readRecording(posted map[string][]string, d *form.Definition, l i18n.Lang) Recording {
	rec := Recording{Answers: form.Answers{}, Source: first(posted, "source")}
	rec.Seen, _ = strconv.Atoi(first(posted, "seen")) // what is no number was never shown, and so is stale
	for _, step := range d.Steps {
		a, _ := step.Read(posted, l)
		rec.Answers = form.Merge(rec.Answers, a)
	}
	return rec
}

func first(posted map[string][]string, name string) string {
	if len(posted[name]) == 0 {
		return ""
	}
	return posted[name][0]
}

// recordFor takes what an officer has recorded.
func (h handlers) recordFor(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	publicID, ok := wholeID(r.PathValue("publicID"))
	if !ok {
		return problem.NotFound
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	v := recordView{Recording: readRecording(r.PostForm, h.pledges.updateKind.Form, i18n.From(ctx))}
	published, err := h.pledges.Record(ctx, identity.Must(ctx), publicID, v.Recording)
	var invalid bool
	v.Wrong, invalid = problem.InvalidFields(err)
	switch {
	case invalid:
		return h.showRecord(w, r, http.StatusUnprocessableEntity, v)
	case errors.Is(err, problem.Stale):
		v.Stale = true
		return h.showRecord(w, r, http.StatusConflict, v)
	case err != nil:
		return err
	}
	id, err := pledgeOf(ctx, h.pledges.db.Read(), publicID)
	if err != nil {
		return err
	}
	if published {
		return web.Redirect(w, r, h.pledges.deskPath(id), "pledge.recorded.flash.public")
	}
	return web.Redirect(w, r, h.pledges.deskPath(id), "pledge.recorded.flash.desk")
}

// recordedMail is what the heads of an office are told.
type recordedMail struct {
	stands
	report    Report
	published bool
	own       string // the office's page of it
}

func (m recordedMail) facts(ctx context.Context) []ui.Fact {
	return toldMail{Answering: Answering{stands: m.stands}, report: m.report}.facts(ctx)
}
