package country

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/pdf"
	"portal/internal/problem"
	"portal/web"
	"portal/web/static"
	"portal/web/ui"
)

// printTime is how long a brief may take to print.
const printTime = 2 * time.Minute

// shown is how many of the newest things of a section a page shows.
const shown = 5

type handlers struct{ Sources }

// Routes adds the pages of countries and regions.
func Routes(r *web.Router, sources Sources) {
	h := handlers{sources}
	r.Public("GET "+Path, h.list, web.Cached(wordsName, regionName, championName, hasName, sortName))
	r.Public("GET "+Path+".csv", web.CSV(h.table), web.Stateless())
	r.Public("GET "+Path+".xlsx", web.XLSX(h.table), web.Stateless())
	r.Public("GET "+Path+".json", web.JSON(h.table), web.Stateless())
	for _, of := range []struct {
		path string
		find func(r *http.Request) (Place, string, bool)
	}{{Path + "/{country}", h.country}, {regionPath + "/{region}", h.region}} {
		r.Public("GET "+of.path, h.page(of.find), web.Cached())
		r.Public("GET "+of.path+".pdf", h.brief(of.find), web.Stateless(), web.Timeout(printTime))
		for extension, file := range map[string]func(func(*http.Request) web.Table) web.Handler{"csv": web.CSV, "xlsx": web.XLSX, "json": web.JSON} {
			r.Public("GET "+of.path+"."+extension, h.data(of.find, file), web.Stateless())
		}
	}
}

func (h handlers) today() date.Date { return date.Today(h.Now(), i18n.Geneva) }

// country finds the State of the request, and the address that it has.
func (h handlers) country(r *http.Request) (Place, string, bool) {
	c, ok := h.Vocabulary().Find(r.PathValue("country"))
	return Place{Country: c}, PathOf(c.ISO2), ok
}

// region finds the region of the request, and the address that it has.
func (h handlers) region(r *http.Request) (Place, string, bool) {
	id := strings.ReplaceAll(strings.ToLower(r.PathValue("region")), "-", "_")
	region, ok := h.Vocabulary().Region(id)
	return Place{Region: region}, RegionPath(id), ok && id != gcm.Global
}

// path is the address of the place, without the language.
func (p Place) path() string {
	if p.IsCountry() {
		return PathOf(p.Country.ISO2)
	}
	return RegionPath(p.Region.ID)
}

// gather asks every section for what it has about the place.
func (h handlers) gather(ctx context.Context, p Place) (pageView, error) {
	v := pageView{Place: p, Vocabulary: h.Vocabulary(), Today: h.today(), PDF: h.Print != nil}
	for _, s := range h.Sections {
		part, err := s.Of(ctx, p, shown)
		if err != nil {
			return v, err
		}
		if !part.Until.IsZero() {
			web.Until(ctx, part.Until)
		}
		v.Parts = append(v.Parts, partView{s, part})
	}
	return v, nil
}

// page shows a place. One that is written otherwise than the portal writes it leads to the right address, one that there is not to
// the list.
func (h handlers) page(find func(*http.Request) (Place, string, bool)) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, path, ok := find(r)
		if !ok {
			return web.Render(w, r, http.StatusNotFound, nonePage(h.Vocabulary()))
		}
		if !strings.HasSuffix(r.URL.Path, path) {
			w.Header().Set("Location", ui.Href(r.Context(), path))
			w.WriteHeader(http.StatusMovedPermanently)
			return nil
		}
		v, err := h.gather(r.Context(), p)
		if err != nil {
			return err
		}
		return web.Render(w, r, http.StatusOK, placePage(v))
	}
}

// brief is the page as a PDF.
func (h handlers) brief(find func(*http.Request) (Place, string, bool)) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, _, ok := find(r)
		if !ok || h.Print == nil {
			return problem.NotFound
		}
		ctx := r.Context()
		v, err := h.gather(ctx, p)
		if err != nil {
			return err
		}
		var body bytes.Buffer
		if err := briefBody(v).Render(ctx, &body); err != nil {
			return err
		}
		l := i18n.From(ctx)
		// On paper there is no site to which an address could be relative.
		page := bytes.ReplaceAll(body.Bytes(), []byte(`href="/`), []byte(`href="`+ui.SiteOf(ctx).PublicURL+`/`))
		content, err := h.Print(ctx, pdf.Page{Lang: string(l), Dir: l.Dir(), Title: v.name(ctx), Style: string(static.Content("portal.css")), Body: page})
		if err != nil {
			return err
		}
		w.Header().Set("Content-Disposition", `attachment; filename="`+v.file()+`.pdf"`)
		return web.Write(w, r, http.StatusOK, "application/pdf", content)
	}
}

// fileRow is a line of the data of a place.
type fileRow struct {
	section, what, lang string
	n                   any
	href                string
	on                  any
}

// data is what there is about the place as a file: the figures, and the newest things.
func (h handlers) data(find func(*http.Request) (Place, string, bool), file func(func(*http.Request) web.Table) web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, path, ok := find(r)
		if !ok {
			return problem.NotFound
		}
		return file(func(r *http.Request) web.Table {
			ctx := r.Context()
			v := pageView{Place: p}
			return web.Table{
				Name: v.file(), Title: i18n.T(ctx, "country.data"), List: ui.Absolute(ctx, path), Day: h.today(),
				Columns: web.Columns(ctx, "country.column.", "section", "what", "number", "day", "address"),
				Rows: web.RowsOf(func() ([]fileRow, error) {
					v, err := h.gather(ctx, p)
					return v.rows(ctx), err
				}, func(row fileRow) []any {
					return []any{row.section, row.what, row.n, row.on, row.href}
				}),
			}
		})(w, r)
	}
}
