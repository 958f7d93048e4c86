package pledge

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// perFeed is how many pledges a part of the feed holds.
const perFeed = 50

// atom gives the list as a feed, the newest first, in parts that lead to the next one.
func (h handlers) atom(w http.ResponseWriter, r *http.Request) error {
	e := h.export(r)
	e.filter.AsOf, e.today = date.Date{}, date.Today(h.pledges.now(), i18n.Geneva) // a feed is of what comes
	found, next, err := h.pledges.Feed(e.ctx, e.filter, perFeed)
	if errors.Is(err, problem.NotFound) {
		e.filter.After = ""
		found, next, err = h.pledges.Feed(e.ctx, e.filter, perFeed)
	}
	if err != nil {
		return err
	}
	q := e.filter.Values()
	q.Del("sort")
	list := ui.WithQuery("/pledges", q)
	if e.filter.After != "" {
		q.Set("after", e.filter.After)
	}
	self := ui.WithQuery("/pledges.atom", q)
	feed := web.Atom{
		Lang: string(i18n.From(e.ctx)), ID: ui.Absolute(e.ctx, self), Title: i18n.T(e.ctx, "pledge.list.feed.title", i18n.T(e.ctx, "pledge.list.title")),
		Updated: web.AtomTime(yearStart(FirstYear)), Author: web.AtomPerson{Name: ui.OperatorName(e.ctx)},
		Links: []web.AtomLink{{Rel: "self", Type: web.AtomType, Href: ui.Absolute(e.ctx, self)}, {Rel: "alternate", Type: "text/html", Href: ui.Absolute(e.ctx, list)}},
	}
	if next != "" {
		q.Set("after", next)
		feed.Links = append(feed.Links, web.AtomLink{Rel: "next", Type: web.AtomType, Href: ui.Absolute(e.ctx, ui.WithQuery("/pledges.atom", q))})
	}
	last := time.Time{}
	for _, record := range found {
		feed.Entries = append(feed.Entries, e.entry(record))
		if changed := record.changed(); changed.After(last) {
			last = changed
			feed.Updated = web.AtomTime(last)
		}
	}
	return web.WriteAtom(w, r, feed)
}

// changed is when the pledge was last published, or reported on.
func (r Record) changed() time.Time {
	if r.StatusSince.After(r.PublishedAt) {
		return r.StatusSince
	}
	return r.PublishedAt
}

func (e export) entry(r Record) web.AtomEntry {
	p := r.Pledge
	entry := web.AtomEntry{
		ID:    ui.SiteOf(e.ctx).PublicURL + Path(r.PublicID), // the same in every language
		Title: web.AtomText{Type: "text", Lang: p.Lang, Text: p.Title}, Link: web.AtomLink{Rel: "alternate", Type: "text/html", Href: ui.Absolute(e.ctx, Path(r.PublicID))},
		Published: web.AtomTime(r.FirstPublishedAt), Updated: web.AtomTime(r.changed()), Author: web.AtomPerson{Name: p.Entity},
		Summary: web.AtomText{Type: "text", Lang: p.Lang, Text: ui.Excerpt(p.Description, 2*excerpt)},
	}
	for _, m := range p.Partners {
		entry.Contributors = append(entry.Contributors, web.AtomPerson{Name: m.Name + " " + i18n.T(e.ctx, "pledge.in_brackets", m.standing(e.ctx))})
	}
	for _, n := range p.Objectives {
		number := strconv.Itoa(n)
		entry.Categories = append(entry.Categories, web.AtomCategory{Term: "objective-" + number, Label: number + " " + label(e.ctx, e.vocabulary, "objective", number)})
	}
	for _, code := range p.Countries {
		entry.Categories = append(entry.Categories, web.AtomCategory{Term: "country-" + code, Label: e.vocabulary.CountryName(i18n.From(e.ctx), code)})
	}
	for _, c := range [][2]string{{"status", string(r.Status)}, {"light", string(LightOn(e.today, r.NextReport))}} {
		entry.Categories = append(entry.Categories, web.AtomCategory{Term: c[0] + "-" + c[1], Label: label(e.ctx, e.vocabulary, c[0], c[1])})
	}
	return entry
}
