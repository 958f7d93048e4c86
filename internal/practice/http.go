package practice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/pdf"
	"portal/internal/problem"
	"portal/internal/word"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// The pages of this package, without the language, beside ListPath.
const (
	StartPath     = "/practices/new"
	QuestionsPath = "/practices/questions"
)

// Pages are where the pages of practices lead to in other areas; app fills it in.
type Pages struct {
	// Submission is the path of a draft, without the language.
	Submission func(id workflow.ID) string
	// Register and SignIn are the paths of those pages, Account that of the person's own; without the language.
	Register, SignIn, Account string
	// Import is the page where a filled Word file is uploaded, with the kind in its query; without the language.
	Import string
	// Proof is the page that proves the publication of a practice, without the language.
	Proof func(publicID string) string
	// Successor returns the public ID of what a practice that was taken down was merged into; "" for none.
	Successor func(ctx context.Context, publicID string) (string, error)
	// Print makes a PDF of a page; nil where there is no browser that could.
	Print func(ctx context.Context, page pdf.Page) ([]byte, error)
}

type handlers struct {
	practices *Service
	pages     Pages
}

// Routes adds the pages of practices.
func Routes(r *web.Router, practices *Service, pages Pages) {
	h := handlers{practices: practices, pages: pages}
	r.Public("GET /practices", h.list, web.Cached(append([]string{"q", "sort", "page", "after", viewName, shelfName}, Facets...)...))
	r.Public("GET /practices.csv", web.CSV(h.table), web.Stateless(), web.Timeout(exportTime))
	r.Public("GET /practices.xlsx", web.XLSX(h.table), web.Stateless(), web.Timeout(exportTime))
	r.Public("GET /practices.json", web.JSON(h.table), web.Stateless(), web.Timeout(exportTime))
	callRoutes(r, h)
	r.Public("GET "+StartPath, h.begin, web.Cached("call"))
	r.Member("POST /practices", h.create)
	r.Public("GET "+QuestionsPath, h.questions, web.Cached())
	r.Public("GET "+QuestionsPath+".docx", h.questionsFile, web.Stateless())
	shelfRoutes(r, h)
	bookletRoutes(r, h)
	r.Public("GET /practices/{publicID}", h.page, web.Cached("text", shelfName))
	r.Public("GET /practices/{publicID}.json", h.json, web.Stateless())
	for _, form := range []string{BibTeX, RIS, CSL} {
		r.Public("GET /practices/{publicID}."+form, h.citation(form), web.Stateless())
	}
	r.Public("GET /practices/{publicID}/versions/{number}", h.version, web.Cached("text"))
	r.Public("GET /practices/{publicID}/changes", h.changes, web.Cached("from", "to"))
	h.livingRoutes(r)
	h.reuseRoutes(r)
	h.servesRoutes(r)
}

func (h handlers) list(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	list, err := h.practices.List(ctx, ReadFilter(q, h.practices.vocabulary()), i18n.From(ctx))
	if err != nil {
		return err
	}
	if f := list.Filter; list.Missed != "" && f.Page == 1 && h.practices.missed != nil && !identity.From(ctx).IsStaff() {
		l := i18n.From(ctx)
		web.Note(ctx, func(network string) { h.practices.missed(network, l, f.Q, list.Missed) })
	}
	untilClosed(ctx, list.Open...)
	return web.Render(w, r, http.StatusOK, listPage(listView{List: list, Vocabulary: h.practices.vocabulary(), Now: h.practices.now(), Map: q.Get(viewName) == mapView, PDF: h.pages.Print != nil, Shelf: ReadShelf(q)}))
}

func (h handlers) begin(w http.ResponseWriter, r *http.Request) error {
	view, err := h.start(r)
	if err != nil {
		return err
	}
	if view.Office == "" {
		view.Office = web.Held(r.Context()).Get("office")
	}
	return web.Render(w, r, http.StatusOK, startPage(view))
}

// start is the start page as the person sees it.
func (h handlers) start(r *http.Request) (startView, error) {
	ctx := r.Context()
	who := identity.From(ctx)
	view := startView{Posts: MayFileFor(who), Pages: h.pages, Vocabulary: h.practices.vocabulary(), Now: h.practices.now()}
	times, err := workflow.ReadServiceTimes(ctx, h.practices.db.Read())
	if err != nil {
		return view, err
	}
	view.AnswerDays = times[KindName].AnswerDays
	if days := times[KindName].DecisionDays; days != nil {
		view.DecisionDays = *days
	}
	if len(view.Posts) > 0 && err == nil {
		view.Earlier, err = h.practices.Earlier(ctx, who)
	}
	if id, bad := strconv.ParseInt(r.FormValue("call"), 10, 64); err == nil && bad == nil {
		var c PublicCall
		switch c, err = h.practices.PublicCall(ctx, id); {
		case err == nil && c.Phase != PhaseWithdrawn:
			view.Call = &c.Call
			if c.Phase == PhaseOpen {
				untilClosed(ctx, c.Call)
			}
		case errors.Is(err, problem.NotFound): // an old or mistyped address begins a practice all the same
			err = nil
		}
	}
	return view, err
}

func (h handlers) create(w http.ResponseWriter, r *http.Request) error {
	view, err := h.start(r)
	if err != nil {
		return err
	}
	view.Office, view.From, view.Confirmed = r.PostFormValue("office"), r.PostFormValue("from"), r.PostFormValue("criteria") == "yes"
	if view.Wrong = view.wrong(); len(view.Wrong) > 0 {
		return web.Render(w, r, http.StatusUnprocessableEntity, startPage(view))
	}
	office, err := strconv.ParseInt(view.Office, 10, 64)
	if err != nil {
		return fmt.Errorf("office %q: %w", view.Office, problem.NotFound)
	}
	id, err := h.practices.StartFor(r.Context(), identity.Must(r.Context()), office, view.From, view.Call)
	if wrong, ok := problem.InvalidFields(err); ok {
		view.Wrong = wrong
		return web.Render(w, r, http.StatusUnprocessableEntity, startPage(view))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, h.pages.Submission(id), "")
}

func (h handlers) questions(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, questionsPage(ui.Filled{
		Definition: h.practices.form, Answers: form.Answers{}, Vocabulary: h.practices.vocabulary(),
	}, h.pages))
}

// questionsFile is the blank form as a Word file.
func (h handlers) questionsFile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	content, err := word.Write(ctx, word.File{
		Definition: h.practices.form, Vocabulary: h.practices.vocabulary(),
		Upload: ui.Absolute(ctx, h.pages.Import), Site: ui.SiteName(ctx),
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+KindName+`-`+string(i18n.From(ctx))+`.docx"`)
	return web.Write(w, r, http.StatusOK, word.MediaType, content)
}

// canonical returns the public ID of the path. If it is written otherwise than the portal writes it, the reader is sent
// to the right address, and done is true.
func canonical(w http.ResponseWriter, r *http.Request, tail string) (id string, done bool, err error) {
	given := r.PathValue("publicID")
	id, ok := WholeID(given)
	if !ok {
		return "", false, problem.NotFound
	}
	if id == given {
		return id, false, nil
	}
	to := ui.Href(r.Context(), Path(id)+tail)
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusMovedPermanently)
	return id, true, nil
}

func (h handlers) page(w http.ResponseWriter, r *http.Request) error {
	id, done, err := canonical(w, r, "")
	if done || err != nil {
		return err
	}
	return h.show(w, r, id, 0)
}

func (h handlers) version(w http.ResponseWriter, r *http.Request) error {
	number, err := web.ParamID(r, "number")
	if err != nil {
		return err
	}
	id, done, err := canonical(w, r, "/versions/"+strconv.FormatInt(number, 10))
	if done || err != nil {
		return err
	}
	return h.show(w, r, id, int(number))
}

func (h handlers) show(w http.ResponseWriter, r *http.Request, id string, number int) error {
	ctx := r.Context()
	p, err := h.practices.Public(ctx, id, number, string(i18n.From(ctx)))
	if err != nil {
		return err
	}
	if p.Gone != nil {
		return h.gone(w, r, p)
	}
	view := pageView{Public: p, Vocabulary: h.practices.vocabulary(), Today: h.practices.today(), Text: p.Practice.In(string(i18n.From(ctx))), Shelf: ReadShelf(r.URL.Query()), PDF: h.pages.Print != nil}
	if h.pages.Proof != nil {
		view.Proof = h.pages.Proof(p.PublicID)
	}
	if lang := r.URL.Query().Get("text"); slices.Contains(p.Practice.Langs(), lang) {
		view.Text = p.Practice.In(lang)
	}
	return web.Render(w, r, http.StatusOK, practicePage(view))
}

// gone says that the practice was taken down, or leads for good to the one that it was merged into.
func (h handlers) gone(w http.ResponseWriter, r *http.Request, p Public) error {
	if h.pages.Successor != nil {
		next, err := h.pages.Successor(r.Context(), p.PublicID)
		if err != nil {
			return err
		}
		if next != "" {
			w.Header().Set("Location", ui.Href(r.Context(), Path(next)))
			w.WriteHeader(http.StatusMovedPermanently)
			return nil
		}
	}
	return web.Render(w, r, http.StatusGone, gonePage(p))
}

// file is what the files of a practice are made from; done is true when the reader has been answered already.
func (h handlers) file(w http.ResponseWriter, r *http.Request, extension string) (view pageView, done bool, err error) {
	id, done, err := canonical(w, r, "."+extension)
	if done || err != nil {
		return view, done, err
	}
	p, err := h.practices.Public(r.Context(), id, 0, string(i18n.From(r.Context())))
	if err != nil {
		return view, false, err
	}
	if p.Gone != nil {
		return view, true, h.gone(w, r, p)
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+id+`.`+extension+`"`)
	return pageView{Public: p, Vocabulary: h.practices.vocabulary(), Today: h.practices.today(), Text: p.Practice.In(p.Practice.Lang)}, false, nil
}

// citation gives how to cite the practice, for reference managers.
func (h handlers) citation(form string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		view, done, err := h.file(w, r, form)
		if done || err != nil {
			return err
		}
		body, err := view.citation(r.Context()).As(form)
		if err != nil {
			return err
		}
		return web.Write(w, r, http.StatusOK, CitationTypes[form], body)
	}
}

// json gives the practice as JSON.
func (h handlers) json(w http.ResponseWriter, r *http.Request) error {
	view, done, err := h.file(w, r, "json")
	if done || err != nil {
		return err
	}
	body, err := json.MarshalIndent(object(r.Context(), view.Public), "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", view.PublicID, err)
	}
	return web.Write(w, r, http.StatusOK, "application/json", append(body, '\n'))
}

func (h handlers) changes(w http.ResponseWriter, r *http.Request) error {
	id, done, err := canonical(w, r, "/changes")
	if done || err != nil {
		return err
	}
	c, err := h.practices.Compare(r.Context(), id, whole(r, "from"), whole(r, "to"))
	if err != nil {
		return err
	}
	if c.Gone != nil {
		return h.gone(w, r, c.Public)
	}
	return web.Render(w, r, http.StatusOK, changesPage(changesView{Comparison: c, Definition: h.practices.form, Vocabulary: h.practices.vocabulary()}))
}

// whole reads a small whole number from the query; 0 for none, -1 for what is no such number.
func whole(r *http.Request, name string) int {
	s := r.URL.Query().Get(name)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return -1
	}
	return n
}
