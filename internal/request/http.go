package request

import (
	"errors"
	"net/http"
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

// The pages of this package, without the language. StartPath explains every kind.
const (
	Path          = "/requests"
	StartPath     = Path + "/new"
	TalksPath     = "/talks"
	TalkStartPath = TalksPath + "/new"
)

// PathOf is the page on which a request of the kind is begun, without the language.
func PathOf(kind string) string {
	switch kind {
	case Talk:
		return TalkStartPath
	case Contact:
		return ContactPath
	}
	return StartPath + "/" + kind
}

func questionsPath(kind string) string { return PathOf(kind) + "/questions" }

// Pages are where the pages of requests lead to in other areas; app fills it in.
type Pages struct {
	// Submission is the path of a draft, without the language.
	Submission func(id workflow.ID) string
	// Register and SignIn are the paths of those pages, Account that of the person's own; without the language.
	Register, SignIn, Account string
	// Import is the page where a filled Word file of the kind is uploaded, without the language.
	Import func(kind string) string
	// Case is the desk's page of a submission, without the language.
	Case func(id workflow.ID) string
}

type handlers struct {
	requests *Service
	pages    Pages
}

// Routes adds the pages of requests.
func Routes(r *web.Router, requests *Service, pages Pages) {
	h := handlers{requests: requests, pages: pages}
	r.Public("GET "+StartPath, h.choose, web.Cached())
	for _, k := range Kinds {
		r.Public("GET "+PathOf(k.Name), h.of(k, handlers.start), web.Cached())
		r.Member("POST "+PathOf(k.Name), h.of(k, handlers.create))
		r.Public("GET "+questionsPath(k.Name), h.of(k, handlers.questions), web.Cached())
		r.Public("GET "+questionsPath(k.Name)+".docx", h.of(k, handlers.questionsFile), web.Stateless())
	}
	contactRoutes(r, h)
	talkRoutes(r, h)
	statisticsRoutes(r, h)
}

func (h handlers) of(k Kind, do func(handlers, http.ResponseWriter, *http.Request, Kind) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return do(h, w, r, k) }
}

// choose explains each kind.
func (h handlers) choose(w http.ResponseWriter, r *http.Request) error {
	times, err := workflow.ReadServiceTimes(r.Context(), h.requests.db.Read())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, choosePage(chooseView{Times: times}))
}

// start says what one needs for a request of the kind, and begins it.
func (h handlers) start(w http.ResponseWriter, r *http.Request, k Kind) error {
	v, err := h.startView(r, k)
	if err != nil {
		return err
	}
	v.Chosen = web.Held(r.Context()).Get(v.choice())
	return web.Render(w, r, http.StatusOK, startPage(v))
}

func (h handlers) startView(r *http.Request, k Kind) (startView, error) {
	ctx := r.Context()
	v := startView{Kind: k, Pages: h.pages}
	times, err := workflow.ReadServiceTimes(ctx, h.requests.db.Read())
	if err != nil {
		return v, err
	}
	v.Time = times[k.Name]
	who := identity.From(ctx)
	if !who.SignedIn() {
		return v, nil
	}
	if v.Posts, err = h.requests.Askers(ctx, who, k); err == nil && k.OfPledge {
		v.Pledges, err = h.requests.Pledges(ctx, who)
	}
	return v, err
}

// create begins a request.
func (h handlers) create(w http.ResponseWriter, r *http.Request, k Kind) error {
	v, err := h.startView(r, k)
	if err != nil {
		return err
	}
	v.Chosen = r.PostFormValue(v.choice())
	id, err := h.begin(r, k, v.Chosen)
	if errors.Is(err, problem.Forbidden) {
		v.Wrong = []problem.Field{{Name: v.choice(), Key: "request.start." + v.choice() + ".missing"}}
		return web.Render(w, r, http.StatusUnprocessableEntity, startPage(v))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, h.pages.Submission(id), "")
}

func (h handlers) begin(r *http.Request, k Kind, chosen string) (workflow.ID, error) {
	who := identity.Must(r.Context())
	if k.OfPledge {
		return h.requests.BeginOf(r.Context(), who, k, chosen)
	}
	office, err := strconv.ParseInt(chosen, 10, 64)
	if err != nil {
		return 0, problem.Forbidden
	}
	return h.requests.Begin(r.Context(), who, k, office)
}

// questions are all questions of the form, to print.
func (h handlers) questions(w http.ResponseWriter, r *http.Request, k Kind) error {
	f := ui.Filled{Definition: h.requests.kinds[k.Name].Form, Answers: form.Answers{}, Vocabulary: h.requests.Vocabulary()}
	return web.Render(w, r, http.StatusOK, questionsPage(questionsView{k, f, h.pages}))
}

// questionsFile is the blank form as a Word file.
func (h handlers) questionsFile(w http.ResponseWriter, r *http.Request, k Kind) error {
	ctx := r.Context()
	content, err := word.Write(ctx, word.File{Definition: h.requests.kinds[k.Name].Form, Vocabulary: h.requests.Vocabulary(), Upload: ui.Absolute(ctx, h.pages.Import(k.Name)), Site: ui.SiteName(ctx)})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+k.Name+"-"+string(i18n.From(ctx))+`.docx"`)
	return web.Write(w, r, http.StatusOK, word.MediaType, content)
}
