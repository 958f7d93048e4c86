package calendar

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

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
	Path          = "/calendar"
	StartPath     = Path + "/new"
	embedPath     = "/embed" + Path
	questionsPath = StartPath + "/questions"
)

// Pages are where the pages of the calendar lead to in other areas; app fills it in.
type Pages struct {
	// Submission is the path of a draft, without the language.
	Submission func(id workflow.ID) string
	// Register and SignIn are the paths of those pages, Account that of the person's own; without the language.
	Register, SignIn, Account string
	// Import is the page where a filled Word file is uploaded, without the language.
	Import string
	// Talk is the page of a GCM Talk by its public ID, without the language.
	Talk func(publicID string) string
}

type handlers struct {
	calendar *Service
	pages    Pages
}

// Routes adds the pages of the calendar.
func Routes(r *web.Router, calendar *Service, pages Pages) {
	h := handlers{calendar: calendar, pages: pages}
	r.Public("GET "+Path, h.list, web.Cached(append(facets, "q", viewName, onName, sortName, "page", zoneName)...))
	r.Public("GET "+Path+".atom", h.atom, web.Stateless(), web.Cached(append(facets, "q", zoneName)...))
	r.Public("GET "+Path+".ics", h.listFile, web.Stateless(), web.Cached(append(facets, "q", remindName)...)) // programs ask for it by the hour
	r.Public("GET "+embedPath, h.embed, web.Stateless(), web.Cached(append(facets, "q", zoneName)...))
	r.Public("GET "+Path+".csv", web.CSV(h.table), web.Stateless())
	r.Public("GET "+Path+".xlsx", web.XLSX(h.table), web.Stateless())
	r.Public("GET "+Path+".json", web.JSON(h.table), web.Stateless())
	r.Public("GET "+StartPath, h.start, web.Cached())
	r.Member("POST "+StartPath, h.create)
	r.Public("GET "+questionsPath, h.questions, web.Cached())
	r.Public("GET "+questionsPath+".docx", h.questionsFile, web.Stateless())
	r.Public("GET "+Path+"/{event}", h.event, web.Cached(zoneName))
	r.Public("GET "+Path+"/{event}.ics", h.eventFile, web.Stateless())
	r.Member("GET "+Path+"/{event}/cancellation", h.cancelForm)
	r.Member("POST "+Path+"/{event}/cancellation", h.cancel)
	registrationRoutes(r, h)
}

// until says that a page which is kept is so until the next of the events begins or ends.
func (h handlers) until(ctx context.Context, all ...Event) {
	for _, e := range all {
		for _, at := range []time.Time{e.At, e.Until} {
			if at.After(h.calendar.now()) {
				web.Until(ctx, at)
			}
		}
	}
}

// view is the calendar that the address asks for, and all that it is taken from.
func (h handlers) view(r *http.Request) (v listView, all []Event, err error) {
	if all, err = h.calendar.Listed(r.Context()); err != nil {
		return v, nil, err
	}
	h.until(r.Context(), all...)
	v = listView{Filter: h.calendar.readFilter(r.URL.Query()), Sources: h.calendar.types()[len(Types):], Vocabulary: h.calendar.Vocabulary(), Now: h.calendar.now(), Today: h.calendar.today()}
	v.Found = v.Filter.apply(all, v.Vocabulary, v.Now)
	return v, all, nil
}

func (h handlers) list(w http.ResponseWriter, r *http.Request) error {
	v, all, err := h.view(r)
	if err != nil {
		return err
	}
	v.Counts = v.Filter.counts(all, v.Vocabulary, v.Now)
	return web.Render(w, r, http.StatusOK, listPage(v))
}

// embed is a light page for other sites, which may show it in a frame: what comes next in the filter.
func (h handlers) embed(w http.ResponseWriter, r *http.Request) error {
	v, _, err := h.view(r)
	if err != nil {
		return err
	}
	web.OpenToFrames(w.Header())
	return web.Render(w, r, http.StatusOK, embedPage(v))
}

func (h handlers) event(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	e, err := eventByNumber(ctx, h.calendar.db.Read(), r.PathValue("event"))
	if err != nil {
		return err
	}
	if e.Hidden {
		return web.Render(w, r, http.StatusGone, gonePage(e))
	}
	h.until(ctx, e)
	v := eventView{Event: e, Zone: h.calendar.readFilter(r.URL.Query()).Zone, Vocabulary: h.calendar.Vocabulary(), Now: h.calendar.now(), Today: h.calendar.today(), Pages: h.pages}
	return web.Render(w, r, http.StatusOK, eventPage(v))
}

func (h handlers) listFile(w http.ResponseWriter, r *http.Request) error {
	f := h.calendar.readFilter(r.URL.Query())
	f.View, f.Sort = agenda, earliest
	all, err := h.calendar.Listed(r.Context())
	if err != nil {
		return err
	}
	h.until(r.Context(), all...)
	return writeICS(w, r, "calendar", f.apply(all, h.calendar.Vocabulary(), h.calendar.now()), f)
}

func (h handlers) eventFile(w http.ResponseWriter, r *http.Request) error {
	e, err := eventByNumber(r.Context(), h.calendar.db.Read(), r.PathValue("event"))
	if err != nil {
		return err
	}
	return writeICS(w, r, e.PublicID(), []Event{e}, h.calendar.readFilter(r.URL.Query()))
}

// startView says what one needs to suggest an event, and who answers when.
func (h handlers) startView(r *http.Request) (startView, error) {
	times, err := workflow.ReadServiceTimes(r.Context(), h.calendar.db.Read())
	v := startView{Pages: h.pages, Time: times[KindName]}
	if who := identity.From(r.Context()); who.SignedIn() {
		v.Posts = h.calendar.Writers(who)
	}
	return v, err
}

func (h handlers) start(w http.ResponseWriter, r *http.Request) error {
	v, err := h.startView(r)
	if err != nil {
		return err
	}
	v.Office = web.Held(r.Context()).Get("office")
	return web.Render(w, r, http.StatusOK, startPage(v))
}

func (h handlers) create(w http.ResponseWriter, r *http.Request) error {
	v, err := h.startView(r)
	if err != nil {
		return err
	}
	v.Office = r.PostFormValue("office")
	office, _ := strconv.ParseInt(v.Office, 10, 64) // none is no office that there is
	id, err := h.calendar.Begin(r.Context(), identity.Must(r.Context()), office)
	if errors.Is(err, problem.Forbidden) {
		v.Wrong = []problem.Field{{Name: "office", Key: "calendar.start.office.missing"}}
		return web.Render(w, r, http.StatusUnprocessableEntity, startPage(v))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, h.pages.Submission(id), "")
}

// questions are all questions of the form, to print.
func (h handlers) questions(w http.ResponseWriter, r *http.Request) error {
	f := ui.Filled{Definition: h.calendar.kind.Form, Answers: form.Answers{}, Vocabulary: h.calendar.Vocabulary()}
	return web.Render(w, r, http.StatusOK, questionsPage(f, h.pages))
}

// questionsFile is the blank form as a Word file.
func (h handlers) questionsFile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	content, err := word.Write(ctx, word.File{Definition: h.calendar.kind.Form, Vocabulary: h.calendar.Vocabulary(), Upload: ui.Absolute(ctx, h.pages.Import), Site: ui.SiteName(ctx)})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+KindName+"-"+string(i18n.From(ctx))+`.docx"`)
	return web.Write(w, r, http.StatusOK, word.MediaType, content)
}

func (h handlers) cancelForm(w http.ResponseWriter, r *http.Request) error {
	e, err := h.calendar.MayCancel(r.Context(), identity.Must(r.Context()), r.PathValue("event"))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, cancelPage(cancelView{Event: e, Reason: web.Held(r.Context()).Get("reason")}))
}

func (h handlers) cancel(w http.ResponseWriter, r *http.Request) error {
	ctx, who := r.Context(), identity.Must(r.Context())
	e, err := h.calendar.MayCancel(ctx, who, r.PathValue("event"))
	if err != nil {
		return err
	}
	v := cancelView{Event: e, Reason: r.PostFormValue("reason")}
	seen, _ := strconv.Atoi(r.PostFormValue("version")) // none is no version that there is
	err = h.calendar.Cancel(ctx, who, e.PublicID(), seen, v.Reason)
	switch wrong, invalid := problem.InvalidFields(err); {
	case invalid:
		v.Wrong = wrong
		return web.Render(w, r, http.StatusUnprocessableEntity, cancelPage(v))
	case errors.Is(err, problem.Stale):
		v.Stale = true
		return web.Render(w, r, http.StatusConflict, cancelPage(v))
	case err != nil:
		return err
	}
	return web.Redirect(w, r, e.Path, "calendar.flash.cancelled")
}
