package pledge

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// listView is what the public list shows.
type listView struct {
	List
	Today      date.Date // in Geneva
	Vocabulary *gcm.Vocabulary
	// Needs says that it is the board of what pledges need and offer.
	Needs bool
}

// excerpt is how much of a description a list shows, in characters.
const excerpt = 160

func (v listView) query() url.Values { return v.Filter.Values() }

// at is the address of the list with the query.
func at(ctx context.Context, q url.Values) string { return ui.Href(ctx, ui.WithQuery("/pledges", q)) }

// path is the page of the list, without the language, and at its address with the query.
func (v listView) path() string {
	if v.Needs {
		return NeedsPath
	}
	return "/pledges"
}

func (v listView) at(ctx context.Context, q url.Values) string {
	return ui.Href(ctx, ui.WithQuery(v.path(), q))
}

// text is what the list, or the board, says at a place.
func (v listView) text(ctx context.Context, place string, args ...any) string {
	if v.Needs {
		return i18n.T(ctx, "pledge.needs."+place, args...)
	}
	return i18n.T(ctx, "pledge.list."+place, args...)
}

// file is the address of the same list in another form: "csv", "xlsx", "json", "atom".
func (v listView) file(ctx context.Context, extension string) string {
	f := v.Filter
	if v.Needs {
		f = needsFilter(f)
	}
	return ui.Href(ctx, ui.WithQuery("/pledges."+extension, f.Values()))
}

// updates is the address of all reports on the pledges of the list as a file.
func (v listView) updates(ctx context.Context, extension string) string {
	return ui.Href(ctx, ui.WithQuery("/pledges/updates."+extension, v.query()))
}

func (v listView) page(ctx context.Context) ui.Page {
	title := v.text(ctx, "title")
	p := ui.Page{
		Title: title, Description: v.text(ctx, "lede"), NoIndex: !v.Filter.AsOf.IsZero() || v.Filter.Narrowed() || v.Filter.Page != 1 || v.Filter.Sort != Newest,
		Feeds: []ui.Alternate{
			{Title: i18n.T(ctx, "pledge.list.feed.title", title), Type: "application/atom+xml", Href: v.file(ctx, "atom")},
			{Title: "CSV", Type: "text/csv", Href: v.file(ctx, "csv")},
			{Title: "XLSX", Type: web.XLSXType, Href: v.file(ctx, "xlsx")},
			{Title: "JSON", Type: "application/json", Href: v.file(ctx, "json")},
		},
	}
	if !v.Filter.AsOf.IsZero() {
		p.Title, p.Feeds = v.shown().title(ctx), p.Feeds[1:] // a feed is of what comes
	}
	return p
}

// shown is the day that the list is of.
func (v listView) shown() dayShown {
	return dayShown{Day: v.Filter.AsOf, Today: v.Today, Path: v.path(), Query: ui.With(v.query(), asOf), Hidden: v.Hidden}
}

func (v listView) search(ctx context.Context) ui.Search {
	keep := v.query()
	keep.Del("q")
	keep.Del("sort") // a new search starts with the best match
	return ui.Search{ID: "q", Label: i18n.T(ctx, "pledge.list.search"), Action: ui.Href(ctx, v.path()), Value: v.Filter.Q, Keep: keep}
}

func (v listView) sort(ctx context.Context) ui.Sort {
	orders := []Order{Newest, ByTitle}
	if v.Filter.Q != "" {
		orders = []Order{Relevance, Newest, ByTitle}
	}
	keep := v.query()
	keep.Del("sort")
	s := ui.Sort{Action: ui.Href(ctx, v.path()), Keep: keep}
	for _, o := range orders {
		s.Options = append(s.Options, ui.FacetOption{Value: string(o), Label: i18n.T(ctx, "pledge.list.sort."+string(o)), Checked: o == v.Filter.Sort})
	}
	return s
}

// label is what a value of a facet is called.
func label(ctx context.Context, v *gcm.Vocabulary, facet, value string) string {
	l := i18n.From(ctx)
	n, _ := strconv.Atoi(value)
	switch facet {
	case "objective":
		if o, ok := v.Objective(n); ok {
			return o.Label(l)
		}
	case "principle":
		if p, ok := v.Principle(n); ok {
			return p.Name(l)
		}
	case "region":
		if r, ok := v.Region(value); ok {
			return r.Name(l)
		}
	case "country":
		return v.CountryName(l, value)
	case "category":
		return categoryName(l, v, value)
	case "nature":
		return i18n.T(ctx, "pledge.field.natures.option."+value)
	case "type":
		return i18n.T(ctx, "pledge.field.type.option."+value)
	case "language":
		return i18n.NameOf(ctx, i18n.Lang(value))
	case "status", "light", "continent", "support":
		return i18n.T(ctx, "pledge."+facet+"."+value)
	case "reported":
		year, quarter, _ := strings.Cut(value, "-Q")
		return i18n.T(ctx, "pledge.dashboard.quarter."+quarter, year)
	}
	return value
}

func categoryName(l i18n.Lang, v *gcm.Vocabulary, id string) string {
	if c, ok := v.Category(id); ok {
		return c.Name(l)
	}
	return id
}

// every lists all values that a facet may have, in the order to show them; nil for those that come from the counts.
func every(facet string, l i18n.Lang, v *gcm.Vocabulary) []string {
	var all []string
	switch facet {
	case "objective":
		for _, o := range v.Objectives {
			all = append(all, strconv.Itoa(o.N))
		}
	case "principle":
		for _, p := range v.Principles {
			all = append(all, strconv.Itoa(p.N))
		}
	case "region":
		for _, r := range v.Regions {
			all = append(all, r.ID)
		}
	case "country":
		for _, c := range v.Countries(l) {
			all = append(all, c.ISO2)
		}
	case "category":
		for _, c := range v.Categories {
			all = append(all, c.ID)
		}
	case "nature":
		all = names(Natures)
	case "type":
		all = names(Types)
	case "language":
		for _, l := range i18n.All {
			all = append(all, string(l))
		}
	case "status":
		all = names(Statuses)
	case "light":
		all = names(Lights)
	case "continent":
		all = gcm.Continents
	case "support":
		all = names(Supports)
	}
	return all
}

// always are the facets that show also values that no pledge has, because their list is short and says something.
var always = map[string]bool{"objective": true, "status": true, "light": true, "region": true, "nature": true, "type": true, "principle": true, "support": true}

// listLimit is from how many options on a facet is one list to choose from.
const listLimit = 24

// filters are the facets with their counts.
func (v listView) filters(ctx context.Context) ui.Filters {
	keep := url.Values{}
	for _, name := range []string{"q", "sort", asOf, since} {
		if value := v.query().Get(name); value != "" {
			keep.Set(name, value)
		}
	}
	f := ui.Filters{Action: ui.Href(ctx, v.path()), Keep: keep, Clear: v.at(ctx, keep)}
	all := slices.Clone(fields)
	if v.Needs { // what it is about first
		all = slices.DeleteFunc(all, func(f field) bool { return !slices.Contains(needsFacets, f.name) && len(f.chosen(v.Filter)) == 0 })
		slices.SortStableFunc(all, func(a, b field) int { return needsPlace(a.name) - needsPlace(b.name) })
	}
	for _, field := range all {
		f.Facets = append(f.Facets, v.facet(ctx, field))
	}
	return f
}

func (v listView) facet(ctx context.Context, field field) ui.Facet {
	counts := v.Counts[field.name]
	chosen := map[string]bool{}
	for _, value := range field.chosen(v.Filter) {
		chosen[value] = true
	}
	values := every(field.name, i18n.From(ctx), v.Vocabulary)
	switch field.name {
	case "year":
		values = newestFirst(counts, chosen)
	case "reported":
		values = slices.Collect(maps.Keys(counts))
		for value := range chosen {
			if counts[value] == 0 {
				values = append(values, value)
			}
		}
		slices.Sort(values)
		slices.Reverse(values)
	}
	facet := ui.Facet{Name: field.name, Legend: i18n.T(ctx, "pledge.list.facet."+field.name), Open: field.name == "objective" || field.name == "region" || v.Needs && field.name == "support"}
	areas := ui.AreasOf(v.Vocabulary)
	for _, value := range values {
		if counts[value] == 0 && !chosen[value] && !always[field.name] {
			continue
		}
		o := ui.FacetOption{Value: value, Label: label(ctx, v.Vocabulary, field.name, value), Count: counts[value], Checked: chosen[value]}
		if field.name == "objective" {
			o.Number, _ = strconv.Atoi(value)
			o.Class = areas.Class(o.Number)
		}
		facet.Options = append(facet.Options, o)
	}
	if len(facet.Options) > listLimit && len(chosen) <= 1 {
		facet.Select, facet.Any = true, i18n.T(ctx, "pledge.list.facet."+field.name+".any")
	}
	return facet
}

// newestFirst are the years that have pledges or are chosen.
func newestFirst(counts map[string]int, chosen map[string]bool) []string {
	var years []string
	for year := 2200; year >= FirstYear; year-- {
		if s := strconv.Itoa(year); counts[s] > 0 || chosen[s] {
			years = append(years, s)
		}
	}
	return years
}

// chips are the filters in use, each with the way to take it away.
func (v listView) chips(ctx context.Context) []ui.Chip {
	return chips(ctx, v.Filter, v.Vocabulary, func(q url.Values) string { return v.at(ctx, q) })
}

// chips are the filters in use, each with the way to take it away; page is the address of a page under another filter.
func chips(ctx context.Context, f Filter, v *gcm.Vocabulary, page func(url.Values) string) []ui.Chip {
	var chips []ui.Chip
	if f.Q != "" {
		q := ui.With(f.Values(), "q")
		chips = append(chips, ui.Chip{Href: page(q), Text: i18n.T(ctx, "pledge.list.chip", i18n.Key("pledge.list.chip.q"), f.Q), Remove: true})
	}
	if !f.Since.IsZero() {
		chips = append(chips, ui.Chip{Href: page(ui.With(f.Values(), since)), Text: i18n.T(ctx, "pledge.list.since", i18n.Day(ctx, f.Since)), Remove: true})
	}
	for _, field := range fields {
		for _, value := range field.chosen(f) {
			text := label(ctx, v, field.name, value)
			if field.name == "objective" {
				text = value + " " + text
			}
			chips = append(chips, ui.Chip{
				Href: page(ui.Without(f.Values(), field.name, value)), Remove: true,
				Text: i18n.T(ctx, "pledge.list.chip", i18n.Key("pledge.list.facet."+field.name), text),
			})
		}
	}
	return chips
}

// ignored names in words the parts of the address that were left out.
func (f Filter) ignored(ctx context.Context) []string {
	var all []string
	for _, name := range f.Ignored {
		key := "pledge.list.facet." + name
		if !i18n.Has(i18n.English, key) {
			key = "pledge.list.ignored." + name
		}
		all = append(all, i18n.T(ctx, key))
	}
	return all
}

func (v listView) pager(ctx context.Context) ui.Pager {
	p := ui.Pager{Label: i18n.T(ctx, "pledge.list.pages"), Page: v.Filter.Page, Pages: v.Pages, Href: func(page int) string {
		q := v.query()
		if page > 1 {
			q.Set("page", strconv.Itoa(page))
		}
		return v.at(ctx, q)
	}}
	if v.Next != "" {
		q := v.query()
		q.Set("after", v.Next)
		p.Next = v.at(ctx, q)
	}
	return p
}

func (v listView) results(ctx context.Context) []ui.Result {
	results := make([]ui.Result, len(v.Pledges))
	areas := ui.AreasOf(v.Vocabulary)
	for i, p := range v.Pledges {
		results[i] = ui.Result{
			Href: ui.Href(ctx, v.Filter.dated(Path(p.PublicID))), Title: p.Title, Lang: p.Lang,
			Meta: meta(ctx, p.Entity, places(ctx, p.Global, p.Countries, v.Vocabulary), p.FirstPublishedAt),
			Text: ui.Passage(p.Start, excerpt, v.Question), Question: v.Question, Foot: resultFoot(p, v.Day, areas),
		}
		if v.Needs {
			results[i].Text, results[i].Foot = "", needsFoot(p, v.Filter, areas)
		}
	}
	return results
}

// placesNamed is how many countries a line of facts names before it counts the others.
const placesNamed = 3

// places says in short where a pledge is carried out.
func places(ctx context.Context, global bool, countries []string, v *gcm.Vocabulary) string {
	if global {
		return i18n.T(ctx, "pledge.worldwide")
	}
	names := v.CountryNames(i18n.From(ctx), countries)
	if more := len(names) - placesNamed; more > 0 {
		return i18n.T(ctx, "pledge.places.more", names[0], names[1], names[2], more)
	}
	return i18n.List(ctx, names)
}

// meta are the short facts above a title: who, where, since when.
func meta(ctx context.Context, entity, where string, since time.Time) []string {
	facts := []string{entity}
	if where != "" {
		facts = append(facts, where)
	}
	return append(facts, i18n.T(ctx, "pledge.published_on", i18n.DayOf(ctx, since)))
}

func languages(ctx context.Context, langs []string) string {
	var names []string
	for _, l := range langs {
		names = append(names, i18n.NameOf(ctx, i18n.Lang(l)))
	}
	return i18n.List(ctx, names)
}

// card is a pledge in a grid, with its light on the day.
func card(ctx context.Context, r Record, v *gcm.Vocabulary, day date.Date) ui.Card {
	text := r.Pledge.In(string(i18n.From(ctx)))
	c := ui.Card{
		Href: ui.Href(ctx, Path(r.PublicID)), Title: text.Title, Lang: text.Lang, Objectives: r.Pledge.Objectives,
		Meta: []string{r.Pledge.Entity}, Foot: []string{ui.ObjectivesText(ctx, r.Pledge.Objectives), i18n.T(ctx, "pledge.status."+string(r.Status))},
	}
	if l := LightOn(day, r.NextReport); l != Closed {
		c.Foot = append(c.Foot, i18n.T(ctx, "pledge.light."+string(l)))
	}
	if where := places(ctx, r.Pledge.Global, r.Pledge.Countries, v); where != "" {
		c.Meta = append(c.Meta, where)
	}
	return c
}

// countryLinks are the names of States as links to the list of what is carried out there, as of the same day.
func countryLinks(ctx context.Context, codes []string, v *gcm.Vocabulary, of Filter) []ui.Link {
	var links []ui.Link
	for _, c := range v.Countries(i18n.From(ctx)) {
		for _, code := range codes {
			if c.ISO2 == code {
				links = append(links, ui.Link{Href: ui.Href(ctx, of.dated(ui.WithQuery("/pledges", url.Values{"country": {code}}))), Text: c.Name(i18n.From(ctx))})
			}
		}
	}
	return links
}
