package pledge

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/word"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// Pages are where the pages of pledges lead to in other areas; app fills it in.
type Pages struct {
	// Submission is the path of a draft, without the language.
	Submission func(id workflow.ID) string
	// Register and SignIn are the paths of those pages, Account that of the person's own; without the language.
	Register, SignIn, Account string
	// Import is the page where a filled Word file is uploaded, with the kind in its query; without the language.
	Import string
	// Proof is the page that proves the publication of a pledge, without the language.
	Proof func(publicID string) string
	// Successor returns the public ID of what a pledge that was taken down was merged into; "" for none.
	Successor func(ctx context.Context, publicID string) (string, error)
}

type handlers struct {
	pledges *Service
	pages   Pages
}

// exportTime is how long a file with all pledges may take; it is given in parts.
const exportTime = 5 * time.Minute

// Routes adds the pages of pledges.
func Routes(r *web.Router, pledges *Service, pages Pages) {
	h := handlers{pledges: pledges, pages: pages}
	r.Public("GET /pledges", h.ofDay("/pledges", h.list), web.Cached(Parameters()...))
	r.Public("GET /pledges.csv", h.fileOfDay("/pledges", web.CSV(h.table)), web.Stateless(), web.Timeout(exportTime))
	r.Public("GET /pledges.xlsx", h.fileOfDay("/pledges", web.XLSX(h.table)), web.Stateless(), web.Timeout(exportTime))
	r.Public("GET /pledges.json", h.fileOfDay("/pledges", h.json), web.Stateless(), web.Timeout(exportTime))
	r.Public("GET /pledges.atom", h.atom, web.Stateless(), web.Cached(Parameters()...))
	r.Public("GET "+NewestPath, h.newest, web.Cached(Parameters()...))
	r.Public("GET /pledges/updates.csv", h.fileOfDay("/pledges", web.CSV(h.updatesTable)), web.Stateless(), web.Timeout(exportTime))
	r.Public("GET /pledges/updates.xlsx", h.fileOfDay("/pledges", web.XLSX(h.updatesTable)), web.Stateless(), web.Timeout(exportTime))
	r.Public("GET /pledges/updates.json", h.fileOfDay("/pledges", web.JSON(h.updatesTable)), web.Stateless(), web.Timeout(exportTime))
	r.Public("GET /pledges/updates.atom", h.updatesAtom, web.Stateless(), web.Cached(Parameters()...))
	boardRoutes(r, h)
	sheetRoutes(r, h)
	r.Public("GET "+AnnualPath, h.annual, web.Cached(AnnualParameters()...))
	r.Public("GET "+AnnualPath+".docx", h.annualFile, web.Stateless(), web.Cached(AnnualParameters()...))
	r.Public("GET /pledges/as-of", h.chooseDay, web.Cached(dayParameters()...))
	r.Public("GET /pledges/needs", h.ofDay(NeedsPath, h.needs), web.Cached(Parameters()...))
	r.Public("GET /pledges/new", h.begin, web.Cached())
	r.Member("POST /pledges", h.create)
	r.Public("GET /pledges/questions", h.questions, web.Cached())
	r.Public("GET /pledges/questions.docx", h.questionsFile, web.Stateless())
	r.Public("GET /pledges/{publicID}", h.page, web.Cached("text", "reports", "update", asOf))
	r.Public("GET /pledges/{publicID}/versions/{number}", h.version, web.Cached("text"))
	r.Public("GET /pledges/{publicID}/changes", h.changes, web.Cached("from", "to"))
	r.Member("GET /pledges/reports", h.own)
	r.Member("GET /pledges/{publicID}/report", h.reportStart)
	r.Member("POST /pledges/{publicID}/report", h.beginReport)
	r.Staff("GET /desk/pledges/{publicID}/report", h.recordReport)
	r.Staff("POST /desk/pledges/{publicID}/report", h.recordFor)
	r.Staff("GET /desk/offices/{id}/trust", h.trust)
	r.Staff("POST /desk/offices/{id}/trust", h.setTrust, web.Fresh())
	r.Public("GET /t/report/{token}", h.answering, web.Private())
	r.Public("POST /t/report/{token}", h.answerReminder, web.Private())
	r.Public("GET /t/report/{token}/done", h.answered, web.Private())
	r.Public("GET /t/partner/{token}", h.asking, web.Private())
	r.Public("POST /t/partner/{token}", h.answer, web.Private())
	r.Public("POST /t/partner/{token}/link", h.freshLink, web.Private())
	r.Member("POST /submissions/{id}/partners/{partner}", h.askAgain)
	interestRoutes(r, h)
}

func (h handlers) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := h.pledges.vocabulary()
	list, err := h.pledges.List(ctx, ReadFilter(r.URL.Query(), v), i18n.From(ctx))
	if err != nil {
		return err
	}
	if f := list.Filter; list.Missed != "" && f.Page == 1 && f.AsOf.IsZero() && h.pledges.missed != nil && !identity.From(ctx).IsStaff() {
		l := i18n.From(ctx)
		web.Note(ctx, func(network string) { h.pledges.missed(network, l, f.Q, list.Missed) })
	}
	return web.Render(w, r, http.StatusOK, listPage(listView{List: list, Vocabulary: v, Today: date.Today(h.pledges.now(), i18n.Geneva)}))
}

func (h handlers) begin(w http.ResponseWriter, r *http.Request) error {
	return h.showStart(w, r, http.StatusOK, startView{})
}

func (h handlers) showStart(w http.ResponseWriter, r *http.Request, status int, view startView) error {
	view.Posts = MayFileFor(identity.From(r.Context()))
	view.Pages = h.pages
	times, err := workflow.ReadServiceTimes(r.Context(), h.pledges.db.Read())
	if err != nil {
		return err
	}
	view.AnswerDays = times[KindName].AnswerDays
	if view.Office == "" {
		view.Office = web.Held(r.Context()).Get("office")
	}
	return web.Render(w, r, status, startPage(view))
}

func (h handlers) create(w http.ResponseWriter, r *http.Request) error {
	typed := r.PostFormValue("office")
	office, err := strconv.ParseInt(typed, 10, 64)
	if err != nil {
		return h.showStart(w, r, http.StatusUnprocessableEntity, startView{
			Office: typed, Wrong: []problem.Field{{Name: "office", Key: "pledge.start.office.missing"}},
		})
	}
	id, err := h.pledges.Start(r.Context(), identity.Must(r.Context()), office)
	if err != nil {
		return err
	}
	return web.Redirect(w, r, h.pages.Submission(id), "")
}

func (h handlers) questions(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, questionsPage(ui.Filled{
		Definition: h.pledges.form, Answers: form.Answers{}, Vocabulary: h.pledges.vocabulary(),
	}, h.pages))
}

// questionsFile is the blank form as a Word file.
func (h handlers) questionsFile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	content, err := word.Write(ctx, word.File{
		Definition: h.pledges.form, Vocabulary: h.pledges.vocabulary(),
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
	id, ok := wholeID(given)
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
	f := Filter{}
	if number == 0 {
		f.AsOf, f.WrongDay = readDay(r.URL.Query().Get(asOf))
		if done, err := h.noSuchDay(w, r, Path(id), f); done {
			return err
		}
	}
	read := func() (Public, error) { return h.pledges.Public(ctx, id, number) }
	if !f.AsOf.IsZero() {
		read = func() (Public, error) { return h.pledges.PublicOn(ctx, id, f.AsOf) }
	}
	p, err := read()
	if err != nil {
		return err
	}
	if p.Gone != nil {
		return h.gone(w, r, p)
	}
	view := pageView{Public: p, Vocabulary: h.pledges.vocabulary(), Day: date.Today(h.pledges.now(), i18n.Geneva)}
	view.Shown = dayShown{Day: f.AsOf, Today: view.Day, Path: Path(id)}
	if p.NotYet {
		return web.Render(w, r, http.StatusNotFound, notYetPage(p, view.Shown))
	}
	if !p.AsOf.IsZero() {
		view.Day = p.AsOf
	}
	view.Part = min(max(1, whole(r, "reports")), view.parts())
	if n := whole(r, "update"); n >= 1 && n <= len(view.Updates) {
		view.Chosen, view.Part = n, view.partOf(n)
	}
	view.Proof = h.pages.Proof
	view.Text = p.Pledge.In(string(i18n.From(ctx)))
	if lang := r.URL.Query().Get("text"); lang != "" && knownLang(lang) {
		view.Text = p.Pledge.In(lang)
	}
	return web.Render(w, r, http.StatusOK, pledgePage(view))
}

// gone says that the pledge was taken down, or leads for good to the one that it was merged into.
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

func (h handlers) changes(w http.ResponseWriter, r *http.Request) error {
	id, done, err := canonical(w, r, "/changes")
	if done || err != nil {
		return err
	}
	c, err := h.pledges.Compare(r.Context(), id, whole(r, "from"), whole(r, "to"))
	if err != nil {
		return err
	}
	if c.Gone != nil {
		return h.gone(w, r, c.Public)
	}
	return web.Render(w, r, http.StatusOK, changesPage(changesView{Comparison: c, Definition: h.pledges.form, Vocabulary: h.pledges.vocabulary()}))
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
