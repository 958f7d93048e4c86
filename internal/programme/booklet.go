package programme

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/pdf"
	"portal/internal/problem"
	"portal/web"
	"portal/web/static"
	"portal/web/ui"
)

const (
	// MaxBooklet is how many programmes a booklet holds.
	MaxBooklet = 100
	// printTime is how long making a PDF may take, with waiting for others.
	printTime = 90 * time.Second
	// onlyName is the parameter of the address that names the one programme of a booklet.
	onlyName = "only"
)

// bookletRoutes adds the booklet as a page for printing, and as a PDF. Both are kept until content changes.
func bookletRoutes(r *web.Router, h handlers) {
	kept := web.Cached(append([]string{"q", "sort", onlyName}, Facets...)...)
	r.Public("GET "+BookletPath, h.booklet, kept)
	r.Public("GET "+BookletPath+".pdf", h.bookletPDF, kept, web.Timeout(printTime))
}

// bookletView is a booklet: of the programmes that a filter leaves, or of one.
type bookletView struct {
	Whole
	words
	Filter Filter
	// Only is the public ID of the one programme; "" for those of the filter.
	Only  string
	Each  []pageView
	Today date.Date
	PDF   bool
}

// readBooklet reads the programmes of the address, with their stages.
func (h handlers) readBooklet(r *http.Request) (bookletView, error) {
	ctx, q := r.Context(), r.URL.Query()
	v := bookletView{words: h.programmes.words(), Today: h.today(), PDF: h.pages.Print != nil}
	if q.Has(onlyName) {
		id, ok := WholeID(q.Get(onlyName))
		if !ok {
			return v, nil
		}
		p, err := h.programmes.Public(ctx, id)
		if errors.Is(err, problem.NotFound) || err == nil && p.Until != nil {
			return v, nil
		}
		v.Only, v.Each = id, []pageView{{Public: p, words: v.words, Today: v.Today}}
		return v, err
	}
	v.Filter = readFilter(q, v.words)
	var err error
	if v.Whole, err = h.programmes.records(ctx, &v.Filter, i18n.From(ctx), nil, MaxBooklet); err != nil || v.tooMany() {
		return v, err
	}
	stages, err := h.programmes.stagesOf(ctx, v.Programmes)
	for _, p := range v.Programmes {
		v.Each = append(v.Each, pageView{Public: Public{p, stages[p.ID]}, words: v.words, Today: v.Today})
	}
	return v, err
}

// booklet is the page; with none or too many programmes it says what to do.
func (h handlers) booklet(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readBooklet(r)
	if err != nil {
		return err
	}
	if len(v.Each) == 0 {
		return web.Render(w, r, http.StatusUnprocessableEntity, noBookletPage(v))
	}
	return web.Render(w, r, http.StatusOK, bookletPage(v))
}

// bookletPDF is the same as a PDF. What cannot be one leads to the page, which says why.
func (h handlers) bookletPDF(w http.ResponseWriter, r *http.Request) error {
	if h.pages.Print == nil {
		return problem.NotFound
	}
	v, err := h.readBooklet(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	if len(v.Each) == 0 {
		return web.Redirect(w, r, ui.WithQuery(BookletPath, v.query()), "")
	}
	var body bytes.Buffer
	if err := bookletBody(v).Render(ctx, &body); err != nil {
		return err
	}
	l := i18n.From(ctx)
	// On paper there is no site to which an address could be relative.
	page := bytes.ReplaceAll(body.Bytes(), []byte(`href="/`), []byte(`href="`+ui.SiteOf(ctx).PublicURL+`/`))
	content, err := h.pages.Print(ctx, pdf.Page{Lang: string(l), Dir: l.Dir(), Title: v.title(ctx), Style: string(static.Content("portal.css")), Body: page})
	if err != nil {
		return err
	}
	name := "pipeline-" + v.Today.String()
	if v.Only != "" {
		name = v.Only
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.pdf"`)
	return web.Write(w, r, http.StatusOK, "application/pdf", content)
}

func (v bookletView) tooMany() bool { return v.Total > MaxBooklet }

// query is what the address of the booklet says.
func (v bookletView) query() url.Values {
	if v.Only != "" {
		return ui.With(nil, onlyName, v.Only)
	}
	return v.Filter.Values()
}

func (v bookletView) file(ctx context.Context) string {
	return ui.Href(ctx, ui.WithQuery(BookletPath+".pdf", v.query()))
}

// back is where the programmes were chosen.
func (v bookletView) back(ctx context.Context) string {
	if v.Only != "" {
		return ui.Href(ctx, Path(v.Only))
	}
	return at(ctx, v.Filter.Values())
}

func (v bookletView) title(ctx context.Context) string {
	if len(v.Each) == 1 {
		return v.Each[0].Facts.Title
	}
	return i18n.T(ctx, "programme.booklet.title")
}

// list is the list of the filter, for its words.
func (v bookletView) list() listView {
	return listView{List: List{Filter: v.Filter, Counts: v.Counts}, words: v.words}
}

// chosen says how the programmes were chosen.
func (v bookletView) chosen(ctx context.Context) []string {
	var all []string
	for _, c := range v.list().chips(ctx, BookletPath) {
		all = append(all, c.Text)
	}
	if len(all) == 0 && v.Only == "" {
		all = []string{i18n.T(ctx, "programme.booklet.all")}
	}
	return all
}

// address is where the booklet is on the website, with the site.
func (v bookletView) address(ctx context.Context) string {
	return ui.Absolute(ctx, ui.WithQuery(BookletPath, v.query()))
}

// narrower are filters by one more stage, area or region that leave what a booklet can hold, each with its count.
func (v bookletView) narrower(ctx context.Context) []ui.Link {
	var all []ui.Link
	for _, facet := range []string{"stage", "area", "region", "country"} {
		for _, value := range v.every(ctx, facet, v.Counts[facet]) {
			n := v.Counts[facet][value]
			if n == 0 || n > MaxBooklet || len(v.Filter.Chosen[facet]) > 0 {
				continue
			}
			name := i18n.T(ctx, "programme.list.chip", i18n.Key("programme.facet."+facet), v.label(ctx, facet, value))
			all = append(all, ui.Link{Href: ui.Href(ctx, ui.WithQuery(BookletPath, ui.With(v.Filter.Values(), facet, value))), Text: i18n.T(ctx, "programme.booklet.narrower", name, n)})
		}
	}
	return all
}

// bookletPart is the id of a programme in the booklet, from 0.
func bookletPart(i int) string { return "programme-" + strconv.Itoa(i+1) }
