package pledge

import (
	"encoding/xml"
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

// Feed of the list: Atom (RFC 4287) in parts (RFC 5005), the newest first.
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  atomPerson  `xml:"author"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomPerson struct {
		Name string `xml:"name"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr,omitempty"`
		Href string `xml:"href,attr"`
	}
	atomCategory struct {
		Term  string `xml:"term,attr"`
		Label string `xml:"label,attr"`
	}
	atomText struct {
		Type string `xml:"type,attr"`
		Lang string `xml:"http://www.w3.org/XML/1998/namespace lang,attr,omitempty"`
		Text string `xml:",chardata"`
	}
	atomEntry struct {
		ID        string     `xml:"id"`
		Title     atomText   `xml:"title"`
		Link      atomLink   `xml:"link"`
		Published string     `xml:"published"`
		Updated   string     `xml:"updated"`
		Author    atomPerson `xml:"author"`
		// Contributors are the partners, each with what they have said to it.
		Contributors []atomPerson   `xml:"contributor"`
		Categories   []atomCategory `xml:"category"`
		Summary      atomText       `xml:"summary"`
	}
)

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
	feed := atomFeed{
		Lang: string(i18n.From(e.ctx)), ID: ui.Absolute(e.ctx, self), Title: i18n.T(e.ctx, "pledge.list.feed.title", i18n.T(e.ctx, "pledge.list.title")),
		Updated: stamp(yearStart(FirstYear)), Author: atomPerson{ui.OperatorName(e.ctx)},
		Links: []atomLink{{"self", "application/atom+xml", ui.Absolute(e.ctx, self)}, {"alternate", "text/html", ui.Absolute(e.ctx, list)}},
	}
	if next != "" {
		q.Set("after", next)
		feed.Links = append(feed.Links, atomLink{"next", "application/atom+xml", ui.Absolute(e.ctx, ui.WithQuery("/pledges.atom", q))})
	}
	last := time.Time{}
	for _, record := range found {
		feed.Entries = append(feed.Entries, e.entry(record))
		if changed := record.changed(); changed.After(last) {
			last = changed
			feed.Updated = stamp(last)
		}
	}
	body, err := xml.MarshalIndent(feed, "", " ")
	if err != nil {
		return err
	}
	return web.Write(w, r, http.StatusOK, "application/atom+xml; charset=utf-8", append([]byte(xml.Header), body...))
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// changed is when the pledge was last published, or reported on.
func (r Record) changed() time.Time {
	if r.StatusSince.After(r.PublishedAt) {
		return r.StatusSince
	}
	return r.PublishedAt
}

func (e export) entry(r Record) atomEntry {
	p := r.Pledge
	entry := atomEntry{
		ID:    ui.SiteOf(e.ctx).PublicURL + Path(r.PublicID), // the same in every language
		Title: atomText{Type: "text", Lang: p.Lang, Text: p.Title}, Link: atomLink{"alternate", "text/html", ui.Absolute(e.ctx, Path(r.PublicID))},
		Published: stamp(r.FirstPublishedAt), Updated: stamp(r.changed()), Author: atomPerson{p.Entity},
		Summary: atomText{Type: "text", Lang: p.Lang, Text: ui.Excerpt(p.Description, 2*excerpt)},
	}
	for _, m := range p.Partners {
		entry.Contributors = append(entry.Contributors, atomPerson{m.Name + " " + i18n.T(e.ctx, "pledge.in_brackets", m.standing(e.ctx))})
	}
	for _, n := range p.Objectives {
		number := strconv.Itoa(n)
		entry.Categories = append(entry.Categories, atomCategory{"objective-" + number, number + " " + label(e.ctx, e.vocabulary, "objective", number)})
	}
	for _, code := range p.Countries {
		entry.Categories = append(entry.Categories, atomCategory{"country-" + code, e.vocabulary.CountryName(i18n.From(e.ctx), code)})
	}
	for _, c := range [][2]string{{"status", string(r.Status)}, {"light", string(LightOn(e.today, r.NextReport))}} {
		entry.Categories = append(entry.Categories, atomCategory{c[0] + "-" + c[1], label(e.ctx, e.vocabulary, c[0], c[1])})
	}
	return entry
}
