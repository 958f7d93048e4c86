package programme

import (
	"context"
	"net/http"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/pdf"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// exportTime is how long a file of the whole pipeline may take to leave.
const exportTime = 5 * time.Minute

// Pages are what the pages of the pipeline need of the portal; app fills it in.
type Pages struct {
	// Print makes a PDF of a page; nil where there is no browser that could.
	Print func(ctx context.Context, page pdf.Page) ([]byte, error)
	// Proof is the page that proves the endorsement of a programme by the record, without the language; nil leaves the link out.
	Proof func(publicID string) string
	// Case is the desk's page of the concept note that a programme was, without the language; nil leaves the link out.
	Case func(id ID) string
}

type handlers struct {
	programmes *Service
	pages      Pages
}

// Routes adds the pages of the pipeline.
func Routes(r *web.Router, programmes *Service, pages Pages) {
	h := handlers{programmes, pages}
	r.Public("GET "+ListPath, h.list, web.Cached(append([]string{"q", "sort", "page", "after"}, Facets...)...))
	r.Public("GET "+ListPath+".csv", web.CSV(h.table), web.Stateless(), web.Timeout(exportTime))
	r.Public("GET "+ListPath+".xlsx", web.XLSX(h.table), web.Stateless(), web.Timeout(exportTime))
	r.Public("GET "+ListPath+".json", web.JSON(h.table), web.Stateless(), web.Timeout(exportTime))
	r.Public("GET "+ListPath+".atom", h.atom, web.Stateless())
	figureRoutes(r, h)
	bookletRoutes(r, h)
	deskRoutes(r, h)
	r.Public("GET /fund/programmes/{programme}", h.page, web.Cached())
}

func (h handlers) today() date.Date { return date.Today(h.programmes.now(), i18n.Geneva) }

func (h handlers) list(w http.ResponseWriter, r *http.Request) error {
	ctx, v := r.Context(), h.programmes.words()
	list, err := h.programmes.List(ctx, readFilter(r.URL.Query(), v), i18n.From(ctx))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(listView{List: list, words: v, PDF: h.pages.Print != nil}))
}

// page shows a programme. An ID that is written otherwise than the portal writes it leads to the right address.
func (h handlers) page(w http.ResponseWriter, r *http.Request) error {
	given := r.PathValue("programme")
	id, ok := WholeID(given)
	if !ok {
		return problem.NotFound
	}
	if id != given {
		w.Header().Set("Location", ui.Href(r.Context(), Path(id)))
		w.WriteHeader(http.StatusMovedPermanently)
		return nil
	}
	p, err := h.programmes.Public(r.Context(), id)
	if err != nil {
		return err
	}
	if p.Until != nil {
		return web.Render(w, r, http.StatusGone, gonePage(p))
	}
	return web.Render(w, r, http.StatusOK, programmePage(pageView{Public: p, words: h.programmes.words(), Today: h.today(), PDF: h.pages.Print != nil, Proof: h.pages.Proof}))
}
