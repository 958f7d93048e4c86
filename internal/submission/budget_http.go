package submission

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"portal/internal/budget"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/workbook"
	"portal/web"
)

// budgetBody is the largest post of an upload: more than a workbook may have, so that one that is too large is told so on
// the page from which it came.
const budgetBody = 4 * workbook.MaxBytes

// openBudget returns the step of the request with its matrix; one without is problem.NotFound.
func (h handlers) openBudget(r *http.Request) (budgetView, error) {
	c, step, err := h.openStep(r.Context(), r)
	if err != nil {
		return budgetView{}, err
	}
	at := slices.IndexFunc(step.Fields, func(f form.Field) bool { return f.Type == form.Matrix })
	if at < 0 {
		return budgetView{}, problem.NotFound
	}
	v := budgetView{stepView: h.stepView(r, c, step), Field: step.Fields[at], Vocabulary: h.service.vocabulary()}
	v.Sheet = v.Field.Sheet(r.Context(), c.Answers, v.Vocabulary)
	return v, nil
}

// edition is the draft and version that a workbook is made of now.
func (v budgetView) edition() budget.Edition {
	return budget.Edition{Submission: v.ID, Version: v.Text.Steps[v.Step.ID].Version}
}

// budgetFile is the joint budget as a workbook, to go on in a spreadsheet program.
func (h handlers) budgetFile(w http.ResponseWriter, r *http.Request) error {
	v, err := h.openBudget(r)
	if err != nil {
		return err
	}
	if len(v.Sheet.Parties) == 0 { // the page says that there is nothing to fill in yet
		return web.Redirect(w, r, stepPath(v.ID, v.Step.ID)+"#"+v.Field.ID, "")
	}
	ctx := r.Context()
	var content bytes.Buffer
	err = budget.Write(ctx, budget.File{
		Sheet: v.Sheet, Edition: v.edition(), Title: titleOf(ctx, v.Submission),
		About: i18n.T(ctx, "budget.sheet.about", i18n.Key("submission.kind."+v.Submission.Kind), v.Reference(), i18n.Instant(ctx, h.service.now())),
	}, &content)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="budget-`+strings.ToLower(v.Reference())+"-"+string(i18n.From(ctx))+`.xlsx"`)
	return web.Write(w, r, http.StatusOK, workbook.MediaType, content.Bytes())
}

// newBudget is the page on which a workbook is chosen.
func (h handlers) newBudget(w http.ResponseWriter, r *http.Request) error {
	v, err := h.openBudget(r)
	if err != nil {
		return err
	}
	if mayWrite(v.Submission) != nil {
		return h.refuse(w, r, v.caseView)
	}
	return web.Render(w, r, http.StatusOK, budgetPage(v))
}

// readBudget shows what a workbook would change. Nothing is kept of it: what the person takes over is sent to the step as if
// it had been typed there.
func (h handlers) readBudget(w http.ResponseWriter, r *http.Request) error {
	v, err := h.openBudget(r)
	if err != nil {
		return err
	}
	if mayWrite(v.Submission) != nil { // before anything is read
		return h.refuse(w, r, v.caseView)
	}
	name := ""
	var content []byte
	_, err = web.Parts(r, func(field, filename string, from io.Reader) (err error) {
		if field == "file" && name == "" {
			name = filename
			content, err = io.ReadAll(io.LimitReader(from, workbook.MaxBytes+1))
		}
		return err
	})
	if err != nil {
		return err
	}
	if name == "" {
		v.Wrong = []form.Wrong{{Name: "file", Key: "budget.sheet.file.missing"}}
		return web.Render(w, r, http.StatusUnprocessableEntity, budgetPage(v))
	}
	ctx := r.Context()
	if err := web.Limit(ctx, h.service.db.Read(), fmt.Sprintf("submission.budget:%d", v.Who.ID), importsPerHour, time.Hour); err != nil {
		return err
	}
	if v, err = h.openBudget(r); err != nil { // as it is now: the file may have taken long
		return err
	}
	v.Name = fileName(name)
	v.Reading, err = budget.Read(ctx, content, v.Sheet, v.Vocabulary, i18n.From(ctx))
	if key, args, tooLarge := budget.Reason(err); key != "" {
		v.Wrong = []form.Wrong{{Name: "file", Key: key, Args: append([]any{v.Name}, args...)}}
		status := http.StatusUnprocessableEntity
		if tooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		return web.Render(w, r, status, budgetPage(v))
	}
	if err != nil {
		return err
	}
	v.take()
	if v.Above, err = h.service.above(ctx, v.Submission, v.Step.ID); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, budgetPreview(v))
}
