package programme

import (
	"net/http"

	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// perFeed is how many programmes a part of the feed holds.
const perFeed = 50

// atom gives the list as a feed, what changed last on top, in parts that lead to the next one. A programme is there anew with
// each stage.
func (h handlers) atom(w http.ResponseWriter, r *http.Request) error {
	ctx, v := r.Context(), h.programmes.words()
	f := readFilter(r.URL.Query(), v)
	f.Sort = Changed
	after, err := h.programmes.after(ctx, f)
	if err != nil {
		return err
	}
	found, err := h.programmes.records(ctx, &f, i18n.From(ctx), after, perFeed+1)
	if err != nil {
		return err
	}
	q := f.Values()
	q.Del("sort")
	list := ui.WithQuery(ListPath, q)
	if after != nil {
		q.Set("after", f.After)
	}
	self := ui.Absolute(ctx, ui.WithQuery(ListPath+".atom", q))
	feed := web.Atom{
		Lang: string(i18n.From(ctx)), ID: self, Title: i18n.T(ctx, "programme.feed.title"), Updated: web.AtomTime(h.programmes.now()), Author: web.AtomPerson{Name: ui.OperatorName(ctx)},
		Links: []web.AtomLink{{Rel: "self", Type: web.AtomType, Href: self}, {Rel: "alternate", Type: "text/html", Href: ui.Absolute(ctx, list)}},
	}
	all := found.Programmes
	if len(all) > perFeed {
		all = all[:perFeed]
		q.Set("after", all[perFeed-1].PublicID)
		feed.Links = append(feed.Links, web.AtomLink{Rel: "next", Type: web.AtomType, Href: ui.Absolute(ctx, ui.WithQuery(ListPath+".atom", q))})
	}
	for i, p := range all {
		if i == 0 {
			feed.Updated = web.AtomTime(p.ChangedAt)
		}
		entry := web.AtomEntry{
			ID:    ui.SiteOf(ctx).PublicURL + Path(p.PublicID), // the same in every language
			Title: web.AtomText{Type: "text", Lang: p.Facts.Lang, Text: p.Facts.Title}, Link: web.AtomLink{Rel: "alternate", Type: "text/html", Href: ui.Absolute(ctx, Path(p.PublicID))},
			Published: web.AtomTime(p.EndorsedAt), Updated: web.AtomTime(p.ChangedAt), Author: web.AtomPerson{Name: ui.OperatorName(ctx)},
			Summary: web.AtomText{Type: "text", Lang: p.Facts.Lang, Text: ui.Excerpt(p.Facts.Purpose, 2*excerpt)},
		}
		for _, o := range p.Facts.Organizations {
			entry.Contributors = append(entry.Contributors, web.AtomPerson{Name: o.Name})
		}
		entry.Categories = append(entry.Categories, web.AtomCategory{Term: "stage-" + string(p.Stage), Label: p.Stage.text(ctx)})
		for _, area := range p.Facts.Areas {
			entry.Categories = append(entry.Categories, web.AtomCategory{Term: "area-" + area, Label: v.label(ctx, "area", area)})
		}
		for _, code := range p.Facts.Countries {
			entry.Categories = append(entry.Categories, web.AtomCategory{Term: "country-" + code, Label: v.label(ctx, "country", code)})
		}
		feed.Entries = append(feed.Entries, entry)
	}
	return web.WriteAtom(w, r, feed)
}
