package conceptnote

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/word"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// The pages of this package, without the language.
const (
	notesPath     = "/fund/concept-notes"
	StartPath     = notesPath + "/new"
	QuestionsPath = notesPath + "/questions"
)

// Pages are where the pages of concept notes lead to in other areas; app fills it in.
type Pages struct {
	// Submission is the path of a draft, without the language.
	Submission func(id workflow.ID) string
	// Register and SignIn are the paths of those pages, Account that of the person's own; without the language.
	Register, SignIn, Account string
	// Import is the page where a filled Word file is uploaded, with the kind in its query; without the language.
	Import string
}

type handlers struct {
	notes *Service
	pages Pages
}

// atName is the question to show again, of those that are answered; askedName the one whose answer comes with the address.
const (
	atName    = "at"
	askedName = "asked"
)

// Routes adds the pages of concept notes.
func Routes(r *web.Router, notes *Service, pages Pages) {
	h := handlers{notes: notes, pages: pages}
	r.Public("GET "+StartPath, h.ask, web.Cached(append(names(Questions), atName, askedName)...))
	r.Member("POST "+notesPath, h.create)
	r.Public("GET "+QuestionsPath, h.questions, web.Cached())
	r.Public("GET "+QuestionsPath+".docx", h.questionsFile, web.Stateless())
	configurationRoutes(r, h)
}

// ask shows the next question, one that is to be answered again, or what one needs to begin.
func (h handlers) ask(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := askView{Eligibility: ReadEligibility(q, h.notes.vocabulary()), Configuration: h.notes.configuration(), Vocabulary: h.notes.vocabulary(), Pages: h.pages}
	v.Question = v.Next()
	if at := Question(q.Get(atName)); slices.Contains(Questions, at) {
		v.Question, v.Again = at, true
	}
	if v.Question == Filing && len(v.Countries) > 0 {
		who, err := h.notes.concerned(r.Context(), v.Countries)
		if err != nil {
			return err
		}
		v.Concerned = &who
	}
	if asked := Question(q.Get(askedName)); v.Question != "" && asked == v.Question && !v.answered(asked) {
		v.Wrong = []problem.Field{{Name: string(asked), Key: "concept_note.start." + string(asked) + ".missing", Args: []any{MaxMonths}}}
		return web.Render(w, r, http.StatusUnprocessableEntity, askPage(v))
	}
	if v.Question != "" {
		return web.Render(w, r, http.StatusOK, askPage(v))
	}
	start, err := h.startView(r, v)
	if err != nil {
		return err
	}
	start.Office = web.Held(r.Context()).Get("office")
	return web.Render(w, r, http.StatusOK, startPage(start))
}

func (h handlers) startView(r *http.Request, v askView) (startView, error) {
	ctx := r.Context()
	start := startView{askView: v}
	times, err := workflow.ReadServiceTimes(ctx, h.notes.db.Read())
	if err != nil {
		return start, err
	}
	start.AnswerDays = times[KindName].AnswerDays
	if who := identity.From(ctx); who.SignedIn() {
		start.Posts, err = h.notes.Filers(ctx, who)
	}
	return start, err
}

// create begins a note with what was answered.
func (h handlers) create(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := r.ParseForm(); err != nil {
		return problem.NotFound
	}
	e := ReadEligibility(r.PostForm, h.notes.vocabulary())
	if e.Next() != "" { // the address was changed by hand
		return web.Redirect(w, r, ui.WithQuery(StartPath, e.Values()), "")
	}
	v, err := h.startView(r, askView{Eligibility: e, Configuration: h.notes.configuration(), Vocabulary: h.notes.vocabulary(), Pages: h.pages})
	if err != nil {
		return err
	}
	v.Office = r.PostFormValue("office")
	office, err := strconv.ParseInt(v.Office, 10, 64)
	var id workflow.ID
	if err == nil {
		id, err = h.notes.Begin(ctx, identity.Must(ctx), office, e)
	}
	if errors.Is(err, strconv.ErrSyntax) || errors.Is(err, strconv.ErrRange) || errors.Is(err, problem.Forbidden) {
		v.Wrong = []problem.Field{{Name: "office", Key: "concept_note.start.office.missing"}}
		return web.Render(w, r, http.StatusUnprocessableEntity, startPage(v))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, h.pages.Submission(id), "")
}

// questions are all questions of the form, to print.
func (h handlers) questions(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, questionsPage(ui.Filled{Definition: h.notes.form, Answers: form.Answers{}, Vocabulary: h.notes.vocabulary()}, h.pages))
}

// questionsFile is the blank form as a Word file.
func (h handlers) questionsFile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	content, err := word.Write(ctx, word.File{Definition: h.notes.form, Vocabulary: h.notes.vocabulary(), Upload: ui.Absolute(ctx, h.pages.Import), Site: ui.SiteName(ctx)})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="concept-note-`+string(i18n.From(ctx))+`.docx"`)
	return web.Write(w, r, http.StatusOK, word.MediaType, content)
}
