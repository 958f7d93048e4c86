package submission

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/word"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// importBody is the largest post of an upload: more than a file may have, so that one that is too large is told so on the
// page from which it came.
const importBody = 4 * word.MaxBytes

func importRoutes(r *web.Router, of func(pattern string, handle web.Handler, options ...web.Option), h handlers) {
	r.Member("GET /imports/new", h.newImport)
	r.Member("POST /imports", h.upload, web.Streamed(), web.Body(importBody), web.Timeout(uploadTime))
	r.Member("GET /imports/{import}", h.forGuests(h.preview))
	r.Member("POST /imports/{import}", h.forGuests(h.confirmImport))
	r.Member("POST /imports/{import}/cancellation", h.cancelImport)
	of("GET /steps/{step}/budget.xlsx", h.budgetFile)
	of("GET /steps/{step}/budget", h.newBudget)
	of("POST /steps/{step}/budget", h.readBudget, web.Streamed(), web.Body(budgetBody), web.Timeout(uploadTime))
	of("GET /word", h.wordFile)
	of("GET /import", h.newImport)
	of("POST /import", h.upload, web.Streamed(), web.Body(importBody), web.Timeout(uploadTime))
}

// ImportPath is the page on which a filled Word file of the kind is uploaded, without the language.
func ImportPath(kind string) string { return "/imports/new?kind=" + kind }

func importPath(id int64) string { return "/imports/" + strconv.FormatInt(id, 10) }

// wordFile is a copy of what is answered so far as a Word file, to go on offline.
func (h handlers) wordFile(w http.ResponseWriter, r *http.Request) error {
	c, err := h.open(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	about := []string{i18n.T(ctx, "submission.import.copy", i18n.Key("submission.kind."+c.Submission.Kind), c.Reference(), i18n.Instant(ctx, h.service.now())), c.OfficeName}
	content, err := word.Write(ctx, word.File{
		Definition: c.Kind.Form, Vocabulary: h.service.vocabulary(), Answers: c.Answers, Title: titleOf(ctx, c.Submission), About: about,
		Upload: ui.Absolute(ctx, Path(c.ID)+"/import"), Site: ui.SiteName(ctx),
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+c.Submission.Kind+"-"+strings.ToLower(c.Reference())+"-"+string(i18n.From(ctx))+`.docx"`)
	return web.Write(w, r, http.StatusOK, word.MediaType, content)
}

// target is where the request's file goes, with what the page must know of it.
func (h handlers) target(r *http.Request, kind string) (uploadView, error) {
	ctx := r.Context()
	v := uploadView{Target: Target{Kind: kind}, Start: h.service.starts[kind]}
	if r.PathValue("id") != "" {
		c, err := h.open(r)
		if err != nil {
			return v, err
		}
		v.Case, v.Target, v.Start = &c, Target{Submission: c.ID, Kind: c.Submission.Kind}, Path(c.ID)
		return v, nil
	}
	if _, ok := h.service.kinds[kind]; !ok {
		return v, problem.NotFound
	}
	for _, p := range identity.Must(ctx).Posts {
		if p.Role != identity.Viewer {
			v.Posts = append(v.Posts, p)
		}
	}
	return v, nil
}

// newImport is the page on which a file is chosen.
func (h handlers) newImport(w http.ResponseWriter, r *http.Request) error {
	v, err := h.target(r, r.URL.Query().Get("kind"))
	if err != nil {
		return err
	}
	if v.Case != nil && mayWrite(v.Case.Submission) != nil {
		return h.refuse(w, r, h.view(r, *v.Case))
	}
	v.Office = web.Held(r.Context()).Get("office")
	return web.Render(w, r, http.StatusOK, uploadPage(v))
}

// upload takes a filled file.
func (h handlers) upload(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if r.PathValue("id") != "" { // before anything is read, whether there is such a draft to write into
		c, err := h.open(r)
		if err != nil {
			return err
		}
		if mayWrite(c.Submission) != nil {
			return h.refuse(w, r, h.view(r, c))
		}
	}
	var name string
	var content []byte
	posted, err := web.Parts(r, func(field, filename string, from io.Reader) error {
		if field != "file" || name != "" {
			return nil
		}
		name = filename
		var err error
		content, err = io.ReadAll(io.LimitReader(from, word.MaxBytes+1))
		return err
	})
	if err != nil {
		return err
	}
	v, err := h.target(r, posted.Get("kind"))
	if err != nil {
		return err
	}
	v.Office = posted.Get("office")
	if v.Target.Office, err = strconv.ParseInt(v.Office, 10, 64); err != nil && v.Case == nil {
		v.Wrong = append(v.Wrong, form.Wrong{Name: "office", Key: "submission.import.office.missing"})
	}
	if name == "" {
		v.Wrong = append(v.Wrong, form.Wrong{Name: "file", Key: "submission.import.file.missing"})
	}
	if len(v.Wrong) > 0 {
		return web.Render(w, r, http.StatusUnprocessableEntity, uploadPage(v))
	}
	id, err := h.service.Upload(ctx, identity.Must(ctx), v.Target, fileName(name), content)
	if key, ok := word.Reason(err); ok {
		v.Wrong = []form.Wrong{{Name: "file", Key: key, Args: []any{fileName(name)}}}
		status := http.StatusUnprocessableEntity
		if errors.Is(err, word.ErrTooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		return web.Render(w, r, status, uploadPage(v))
	}
	if v.Case != nil && (errors.Is(err, problem.Forbidden) || errors.Is(err, problem.NotAllowedNow)) {
		return h.refuse(w, r, h.view(r, *v.Case))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, importPath(id), "")
}

// fileName is the name of a file as it is shown: without a path, and not longer than a line.
func fileName(name string) string {
	if at := strings.LastIndexAny(name, `/\`); at >= 0 {
		name = name[at+1:]
	}
	letters := []rune(strings.Join(strings.Fields(clean(name)), " "))
	if len(letters) > 120 {
		letters = append(letters[:119], '…')
	}
	return string(letters)
}

// previewOf is the page that shows what was understood; done is true when the import has been confirmed before, or cannot be
// shown, and the answer is given.
func (h handlers) previewOf(w http.ResponseWriter, r *http.Request) (v previewView, done bool, err error) {
	ctx := r.Context()
	id, err := web.ParamID(r, "import")
	if err != nil {
		return v, false, err
	}
	who := identity.Must(ctx)
	if v.Import, err = h.service.Import(ctx, who, id); err != nil {
		return v, false, err
	}
	if v.ConfirmedAt != nil {
		return v, true, web.Redirect(w, r, Path(*v.SubmissionID), "submission.import.flash.already")
	}
	kind, ok := h.service.kinds[v.Import.Kind]
	if !ok {
		return v, false, problem.NotFound
	}
	v.Definition, v.Vocabulary, v.Env = kind.Form, h.service.vocabulary(), h.service.Env(workflow.Submission{})
	v.Lang = string(i18n.From(ctx))
	if v.SubmissionID != nil {
		c, err := h.service.Open(ctx, who, *v.SubmissionID)
		if err != nil {
			return v, false, err
		}
		if mayWrite(c.Submission) != nil {
			return v, true, h.refuse(w, r, h.view(r, c))
		}
		v.Case, v.Env, v.Lang = &c, h.service.envOf(c), c.Lang
		if v.Warning, err = h.service.above(ctx, c.Submission, ""); err != nil {
			return v, false, err
		}
	}
	v.compare(kind)
	return v, false, nil
}

// preview shows what was understood, before anything of it is kept.
func (h handlers) preview(w http.ResponseWriter, r *http.Request) error {
	v, done, err := h.previewOf(w, r)
	if done || err != nil {
		return err
	}
	if held := web.Held(r.Context()); held != nil {
		v.Decision = v.readDecision(held)
	}
	return web.Render(w, r, http.StatusOK, previewPage(v))
}

// confirmImport puts what was understood into the draft.
func (h handlers) confirmImport(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, done, err := h.previewOf(w, r)
	if done || err != nil {
		return err
	}
	v.Decision = v.readDecision(r.PostForm)
	id, err := h.service.ConfirmImport(ctx, identity.Must(ctx), v.ID, v.Decision)
	var undecided *UndecidedError
	switch {
	case errors.As(err, &undecided):
		if v, done, err = h.previewOf(w, r); done || err != nil { // as the draft is now
			return err
		}
		v.Decision = v.readDecision(r.PostForm)
		v.Undecided = undecided
		for _, field := range undecided.Changed {
			delete(v.Decision.Take, field)
			delete(v.Decision.Erase, field)
		}
		status := http.StatusUnprocessableEntity
		if len(undecided.Changed) > 0 {
			status = http.StatusConflict
		}
		return web.Render(w, r, status, previewPage(v))
	case v.Case != nil && (errors.Is(err, problem.Forbidden) || errors.Is(err, problem.NotAllowedNow)):
		return h.refuse(w, r, h.view(r, *v.Case))
	case err != nil:
		return err
	}
	return web.Redirect(w, r, Path(id), "submission.import.flash.done")
}

// cancelImport forgets what was uploaded; nothing of it was in the draft.
func (h handlers) cancelImport(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "import")
	if err != nil {
		return err
	}
	who := identity.Must(ctx)
	i, err := h.service.Import(ctx, who, id)
	if err != nil {
		return err
	}
	if i.ConfirmedAt != nil {
		return web.Redirect(w, r, Path(*i.SubmissionID), "submission.import.flash.already")
	}
	if err := h.service.CancelImport(ctx, who, id); err != nil {
		return err
	}
	to := h.service.starts[i.Kind]
	if i.SubmissionID != nil {
		to = Path(*i.SubmissionID)
	}
	return web.Redirect(w, r, to, "submission.import.flash.cancelled")
}
