package newsletter

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

func archiveRoutes(r *web.Router, h handlers) {
	r.Public("GET "+Path, h.archive, web.Cached("q"))
	r.Public("GET "+Path+".atom", h.atom, web.Stateless())
	r.Public("GET "+Path+"/{number}", h.public, web.Cached())
}

func (h handlers) archive(w http.ResponseWriter, r *http.Request) error {
	v := archiveView{Q: cut(strings.TrimSpace(form.Clean(r.URL.Query().Get("q"))), maxWords)}
	var err error
	if v.Found, err = h.news.Search(r.Context(), i18n.From(r.Context()), v.Q); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, archivePage(v))
}

func (h handlers) public(w http.ResponseWriter, r *http.Request) error {
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || number < 1 || number > 1<<30 {
		return problem.NotFound
	}
	i, err := h.news.Public(r.Context(), number)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, publicPage(i))
}

// perFeed is how many issues the feed holds.
const perFeed = 24

func (h handlers) atom(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	all, err := h.news.Archive(ctx)
	if err != nil {
		return err
	}
	self := ui.Absolute(ctx, Path+".atom")
	feed := web.Atom{
		Lang: string(i18n.From(ctx)), ID: self, Title: i18n.T(ctx, "newsletter.archive.title"), Updated: web.AtomTime(time.Unix(0, 0)), Author: web.AtomPerson{Name: ui.OperatorName(ctx)},
		Links: []web.AtomLink{{Rel: "self", Type: web.AtomType, Href: self}, {Rel: "alternate", Type: "text/html", Href: ui.Absolute(ctx, Path)}},
	}
	for n, i := range all[:min(len(all), perFeed)] {
		if n == 0 {
			feed.Updated = web.AtomTime(*i.StartedAt)
		}
		text, in := i.Texts.In(i18n.From(ctx))
		feed.Entries = append(feed.Entries, web.AtomEntry{
			ID: ui.SiteOf(ctx).PublicURL + i.Path(), Title: web.AtomText{Type: "text", Lang: string(in), Text: text.Title}, Link: web.AtomLink{Rel: "alternate", Type: "text/html", Href: ui.Absolute(ctx, i.Path())},
			Published: web.AtomTime(*i.StartedAt), Updated: web.AtomTime(*i.StartedAt), Author: web.AtomPerson{Name: ui.OperatorName(ctx)}, Summary: web.AtomText{Type: "text", Lang: string(in), Text: text.Text},
		})
	}
	return web.WriteAtom(w, r, feed)
}
