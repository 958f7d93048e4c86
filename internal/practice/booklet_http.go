package practice

import (
	"bytes"
	"net/http"
	"time"

	"portal/internal/i18n"
	"portal/internal/pdf"
	"portal/internal/problem"
	"portal/web"
	"portal/web/static"
	"portal/web/ui"
)

// printTime is how long making a PDF may take, with waiting for others.
const printTime = 90 * time.Second

// bookletRoutes adds the booklet as a page for printing, and as a PDF. Both are kept until content changes.
func bookletRoutes(r *web.Router, h handlers) {
	kept := web.Cached(append([]string{"q", "sort", shelfName}, Facets...)...)
	r.Public("GET "+BookletPath, h.booklet, kept)
	r.Public("GET "+BookletPath+".pdf", h.bookletPDF, kept, web.Timeout(printTime))
}

// readBooklet reads the practices of the address: those that it names, or those that its filter leaves.
func (h handlers) readBooklet(r *http.Request) (bookletView, error) {
	ctx, q := r.Context(), r.URL.Query()
	var v bookletView
	v.Today, v.PDF, v.Vocabulary = h.practices.today(), h.pages.Print != nil, h.practices.vocabulary()
	var err error
	if q.Has(shelfName) {
		v.Asked, v.named = ReadShelf(q), true
		v.Chosen, err = h.practices.Choose(ctx, v.Asked)
		return v, err
	}
	v.Selected, err = h.practices.Selected(ctx, ReadFilter(q, v.Vocabulary), i18n.From(ctx))
	v.Chosen.Records = v.Selected.Records
	return v, err
}

// booklet is the page; with none or too many practices it says what to do.
func (h handlers) booklet(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readBooklet(r)
	if err != nil {
		return err
	}
	if len(v.Chosen.Records) == 0 {
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
	if len(v.Chosen.Records) == 0 {
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
	w.Header().Set("Content-Disposition", `attachment; filename="`+v.fileName()+`.pdf"`)
	return web.Write(w, r, http.StatusOK, "application/pdf", content)
}
