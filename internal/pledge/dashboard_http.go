package pledge

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// boardRoutes adds the dashboard, its views in all their forms, the light pages for other sites and the short addresses.
func boardRoutes(r *web.Router, h handlers) {
	kept := web.Cached(BoardParameters()...)
	r.Public("GET "+BoardPath, h.ofDay(BoardPath, h.dashboard), kept)
	r.Public("GET "+BoardPath+"/{by}", h.ofDay(BoardPath, h.view), kept)
	r.Public("GET "+BoardPath+"/{by}.svg", h.fileOfDay(BoardPath, h.viewChart), web.Stateless(), kept)
	r.Public("GET "+BoardPath+"/{by}.csv", h.fileOfDay(BoardPath, h.viewFile(web.CSV)), web.Stateless())
	r.Public("GET "+BoardPath+"/{by}.xlsx", h.fileOfDay(BoardPath, h.viewFile(web.XLSX)), web.Stateless())
	r.Public("GET "+BoardPath+"/{by}.json", h.fileOfDay(BoardPath, h.viewJSON), web.Stateless(), kept)
	r.Public("GET /embed/pledges/{by}", h.embed, web.Stateless(), kept)
	r.Bare(web.Public, "GET /p/{short}", h.short, web.Stateless())
}

// readBoardFilter reads the filter of the dashboard: that of a list without an order and pages.
func (h handlers) readBoardFilter(r *http.Request) Filter {
	q := url.Values{}
	for _, name := range BoardParameters() {
		if values, ok := r.URL.Query()[name]; ok {
			q[name] = values
		}
	}
	return ReadFilter(q, h.pledges.vocabulary())
}

// boardView is the board as a page shows it; view is "" for the whole dashboard.
func (h handlers) boardView(board Board, view string) boardView {
	return boardView{Board: board, Vocabulary: h.pledges.vocabulary(), View: view, Today: date.Today(h.pledges.now(), i18n.Geneva)}
}

func (h handlers) dashboard(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	board, err := h.pledges.Dashboard(ctx, h.readBoardFilter(r), i18n.From(ctx))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, dashboardPage(h.boardView(board, "")))
}

// readView counts what the view of the path shows; problem.NotFound when there is no such view.
func (h handlers) readView(r *http.Request) (boardView, error) {
	name := r.PathValue("by")
	if !knownView(name) {
		return boardView{}, problem.NotFound
	}
	board, err := h.pledges.Tallies(r.Context(), h.readBoardFilter(r))
	return h.boardView(board, name), err
}

func (h handlers) view(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readView(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, viewPage(v))
}

func (h handlers) viewChart(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readView(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `inline; filename="`+v.fileName()+`.svg"`)
	return web.Write(w, r, http.StatusOK, "image/svg+xml", v.chart(r.Context(), v.View))
}

// fileName is the name of the view as a file, without its extension.
func (v boardView) fileName() string { return "pledges-by-" + v.View + "-" + v.Day.String() }

// viewFile gives the view of the path as a file.
func (h handlers) viewFile(form func(func(*http.Request) web.Table) web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := h.readView(r)
		if err != nil {
			return err
		}
		return form(func(*http.Request) web.Table { return v.file(r.Context()) })(w, r)
	}
}

// file is the view as a table for files.
func (v boardView) file(ctx context.Context) web.Table {
	return web.Table{
		Name: v.fileName(), Title: i18n.T(ctx, "pledge.export.sheet"), List: ui.SiteOf(ctx).PublicURL + v.page(ctx, v.query()), Day: v.Day,
		Columns: web.Columns(ctx, "pledge.dashboard.file.", "value", "name", "pledges", "share", "list"),
		Rows: func(do func([]any) error) error {
			for _, f := range v.figures(ctx, v.View) {
				if err := do([]any{f.Value, f.Label, f.N, Percent(f.N, v.Tallies[v.View].Of), ui.SiteOf(ctx).PublicURL + v.list(ctx, v.View, f.Value)}); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// objectView is a view in JSON.
type objectView struct {
	View    string         `json:"view"`
	Title   string         `json:"title"`
	Finding string         `json:"finding"`
	Counted string         `json:"counted"`
	Address string         `json:"address"`
	Day     date.Date      `json:"day"`
	Filter  url.Values     `json:"filter"`
	Pledges int            `json:"pledges"`
	Rows    []objectFigure `json:"rows"`
}

type objectFigure struct {
	Value   string `json:"value"`
	Name    string `json:"name"`
	Pledges int    `json:"pledges"`
	List    string `json:"list"`
}

func (h handlers) viewJSON(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readView(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	public := ui.SiteOf(ctx).PublicURL
	o := objectView{
		View: v.View, Title: v.title(ctx, v.View), Finding: v.finding(ctx, v.View), Counted: v.note(ctx, v.View), Address: public + v.page(ctx, v.query()),
		Day: v.Day, Filter: v.query(), Pledges: v.Tallies[v.View].Of, Rows: []objectFigure{},
	}
	for _, f := range v.figures(ctx, v.View) {
		o.Rows = append(o.Rows, objectFigure{Value: f.Value, Name: f.Label, Pledges: f.N, List: public + v.list(ctx, v.View, f.Value)})
	}
	content, err := json.Marshal(o)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `inline; filename="`+v.fileName()+`.json"`)
	return web.Write(w, r, http.StatusOK, "application/json", append(content, '\n'))
}

// The light pages beside the views: the figures at the head of the dashboard, and a country in short.
const embedCounter, embedCard = "counter", "card"

// embed is a light page for other sites, which may show it in a frame.
func (h handlers) embed(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("by")
	if name != embedCounter && name != embedCard && !knownView(name) {
		return problem.NotFound
	}
	f := h.readBoardFilter(r)
	if name == embedCard && len(f.Countries) != 1 {
		return problem.NotFound
	}
	path := BoardPath
	if knownView(name) {
		path += "/" + name
	}
	if wrong, ok := h.wrongDay(r.Context(), path, f); ok {
		web.OpenToFrames(w.Header())
		return web.Render(w, r, http.StatusUnprocessableEntity, embedWrongPage(wrong))
	}
	board, err := h.pledges.Tallies(r.Context(), f)
	if err != nil {
		return err
	}
	v := h.boardView(board, "")
	page := embedCounterPage(v)
	switch {
	case name == embedCard:
		page = embedCardPage(v)
	case name != embedCounter:
		v.View = name
		page = embedViewPage(v)
	}
	web.OpenToFrames(w.Header())
	return web.Render(w, r, http.StatusOK, page)
}

// short leads from a short address to its page, in the reader's language.
func (h handlers) short(w http.ResponseWriter, r *http.Request) error {
	view, f, ok := ReadShortCode(r.PathValue("short"), h.pledges.vocabulary())
	if !ok {
		return problem.NotFound
	}
	v := boardView{Board: Board{Filter: f}, View: view}
	w.Header().Add("Vary", "Accept-Language")
	return web.Redirect(w, r, v.page(r.Context(), v.query()), "")
}
