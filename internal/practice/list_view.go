package practice

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web/ui"
)

// listView is what the repository shows.
type listView struct {
	List
	Vocabulary *gcm.Vocabulary
	Now        time.Time
	// Map shows where the practices are instead of what they are.
	Map bool
	// PDF says whether there is a browser that can print a booklet.
	PDF bool
	// Shelf is the reader's reading list, which goes along in the address.
	Shelf Shelf
}

// viewName is the parameter of the address that asks for the map, with mapView as its value.
const viewName, mapView = "view", "map"

// query is the query of an address that shows the same as here, without page and key.
func (v listView) query() url.Values {
	q := v.Shelf.in(v.Filter.Values())
	if v.Map {
		q.Set(viewName, mapView)
	}
	return q
}

// here is the query of this very page.
func (v listView) here() url.Values {
	q := v.query()
	if v.Filter.After != "" {
		q.Set("after", v.Filter.After)
	} else if v.Filter.Page > 1 {
		q.Set("page", strconv.Itoa(v.Filter.Page))
	}
	return q
}

// views lead between the list and the map.
func (v listView) views(ctx context.Context) []ui.Tab {
	return []ui.Tab{
		{Href: at(ctx, ui.With(v.query(), viewName)), Text: i18n.T(ctx, "practice.map.as_list"), Current: !v.Map},
		{Href: at(ctx, ui.With(v.query(), viewName, mapView)), Text: i18n.T(ctx, "practice.map.as_map"), Current: v.Map},
	}
}

// states are all States on a map, with the practices that were carried out there.
func (v listView) states(ctx context.Context) ui.StatesMap {
	return ui.StatesMap{
		Light: true, Vocabulary: v.Vocabulary, Title: i18n.T(ctx, "practice.map.title"), Description: i18n.T(ctx, "practice.map.description"),
		Lede: i18n.T(ctx, "practice.map.lede"), Circles: i18n.T(ctx, "practice.map.circles"),
		Counts: v.Counts["country"], Chosen: v.Filter.Chosen["country"],
		Count:  func(n int) string { return i18n.T(ctx, "practice.list.count", n) },
		Href:   func(code string) string { return at(ctx, ui.With(ui.With(v.query(), viewName), "country", code)) },
		Region: func(continent string) string { return label(ctx, v.Vocabulary, "continent", continent) },
	}
}

// excerpt is how much of a summary a list shows, in characters.
const excerpt = 220

// at is the address of the list with the query.
func at(ctx context.Context, q url.Values) string { return ui.Href(ctx, ui.WithQuery(ListPath, q)) }

// file is the address of the same list as a file: "csv", "xlsx", "json".
func (v listView) file(ctx context.Context, extension string) string {
	return ui.Href(ctx, ui.WithQuery(ListPath+"."+extension, v.Filter.Values()))
}

func (v listView) page(ctx context.Context) ui.Page {
	return ui.Page{
		Title: i18n.T(ctx, "practice.list.title"), Description: i18n.T(ctx, "practice.list.lede"),
		NoIndex: len(v.here()) > 0,
	}
}

func (v listView) search(ctx context.Context) ui.Search {
	keep := v.query()
	keep.Del("q")
	keep.Del("sort") // a new search starts with the best match
	return ui.Search{ID: "q", Label: i18n.T(ctx, "practice.list.search"), Action: ui.Href(ctx, ListPath), Value: v.Filter.Q, Keep: keep}
}

func (v listView) sort(ctx context.Context) ui.Sort {
	orders := []Order{Newest, Reused, Confirmed, ByTitle}
	if v.Filter.Q != "" {
		orders = append([]Order{Relevance}, orders...)
	}
	keep := v.query()
	keep.Del("sort")
	s := ui.Sort{Action: ui.Href(ctx, ListPath), Keep: keep}
	for _, o := range orders {
		s.Options = append(s.Options, ui.FacetOption{Value: string(o), Label: i18n.T(ctx, "practice.list.sort."+string(o)), Checked: o == v.Filter.Sort})
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
	case "sdg":
		return GoalName(ctx, n)
	case "region":
		if r, ok := v.Region(value); ok {
			return r.Name(l)
		}
	case "country":
		return v.CountryName(l, value)
	case "organization":
		if c, ok := v.Category(value); ok {
			return c.Name(l)
		}
	case "type", "completion", "scope":
		return i18n.T(ctx, "practice.field."+facet+".option."+value)
	case "language":
		return i18n.NameOf(ctx, i18n.Lang(value))
	case "continent", "blocks", "reused":
		return i18n.T(ctx, "practice.list."+facet+"."+value)
	}
	return value
}

// label is what a value of a facet is called in this list.
func (v listView) label(ctx context.Context, facet, value string) string {
	if n, err := strconv.ParseInt(value, 10, 64); facet == "call" && err == nil {
		return v.Calls[n].text(ctx).Title
	}
	return label(ctx, v.Vocabulary, facet, value)
}

// every lists all values of the facet in this list: its calls, the last one first, and what every lists.
func (v listView) every(facet string, l i18n.Lang) []string {
	if facet != "call" {
		return every(facet, l, v.Vocabulary)
	}
	var all []string
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(v.Calls))) {
		all = append(all, strconv.FormatInt(id, 10))
	}
	return all
}

// every lists all values that a facet may have, in the order to show them; those of a year come from the counts.
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
	case "sdg":
		for n := range SDGs {
			all = append(all, strconv.Itoa(n+1))
		}
	case "region":
		for _, r := range v.Regions {
			all = append(all, r.ID)
		}
	case "country":
		for _, c := range v.Countries(l) {
			all = append(all, c.ISO2)
		}
	case "organization":
		for _, c := range v.Categories {
			all = append(all, c.ID)
		}
	case "type":
		all = names(Types)
	case "completion":
		all = names(Completions)
	case "scope":
		all = names(Scopes)
	case "continent":
		all = gcm.Continents
	case "blocks", "reused":
		all = []string{"yes"}
	case "language":
		for _, l := range i18n.All {
			all = append(all, string(l))
		}
	case "year":
		for year := 2200; year >= FirstYear; year-- {
			all = append(all, strconv.Itoa(year))
		}
	}
	return all
}

// always are the facets that show also values that no practice has, because their list is short and says something.
var always = map[string]bool{"objective": true, "region": true, "type": true, "completion": true, "principle": true}

// listLimit is from how many options on a facet is one list to choose from.
const listLimit = 24

// filters are the facets with their counts.
func (v listView) filters(ctx context.Context) ui.Filters {
	keep := url.Values{}
	for _, name := range []string{"q", "sort", viewName, shelfName} {
		if value := v.query().Get(name); value != "" {
			keep.Set(name, value)
		}
	}
	f := ui.Filters{Action: ui.Href(ctx, ListPath), Keep: keep, Clear: at(ctx, keep), Wide: v.Map}
	for _, name := range Facets {
		if name == "country" && v.Map { // which is what the map is for
			if chosen := v.Filter.Chosen[name]; len(chosen) > 0 {
				f.Keep[name] = chosen
			}
			continue
		}
		if facet := v.facet(ctx, name); len(facet.Options) > 0 || name != "call" {
			f.Facets = append(f.Facets, facet)
		}
	}
	return f
}

func (v listView) facet(ctx context.Context, name string) ui.Facet {
	facet := ui.Facet{Name: name, Legend: i18n.T(ctx, "practice.list.facet."+name), Open: name == "objective" || name == "region"}
	areas := ui.AreasOf(v.Vocabulary)
	chosen := v.Filter.Chosen[name]
	for _, value := range v.every(name, i18n.From(ctx)) {
		n, checked := v.Counts[name][value], slices.Contains(chosen, value)
		if n == 0 && !checked && !always[name] {
			continue
		}
		o := ui.FacetOption{Value: value, Label: v.label(ctx, name, value), Count: n, Checked: checked}
		if name == "objective" {
			o.Number, _ = strconv.Atoi(value)
			o.Class = areas.Class(o.Number)
		}
		facet.Options = append(facet.Options, o)
	}
	if len(facet.Options) > listLimit && len(chosen) <= 1 {
		facet.Select, facet.Any = true, i18n.T(ctx, "practice.list.any")
	}
	return facet
}

// chips are the filters in use, each with the way to take it away.
func (v listView) chips(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	if v.Filter.Q != "" {
		chips = append(chips, ui.Chip{Href: at(ctx, ui.With(v.query(), "q")), Text: i18n.T(ctx, "practice.list.chip", i18n.Key("practice.list.chip.q"), v.Filter.Q), Remove: true})
	}
	for _, facet := range Facets {
		for _, value := range v.Filter.Chosen[facet] {
			text := v.label(ctx, facet, value)
			if facet == "objective" {
				text = value + " " + text
			}
			chips = append(chips, ui.Chip{
				Href: at(ctx, ui.Without(v.query(), facet, value)), Remove: true,
				Text: i18n.T(ctx, "practice.list.chip", i18n.Key("practice.list.facet."+facet), text),
			})
		}
	}
	return chips
}

// ignored names in words the parts of the address that were left out.
func (v listView) ignored(ctx context.Context) []string {
	var all []string
	for _, name := range v.Filter.Ignored {
		key := "practice.list.facet." + name
		if !slices.Contains(Facets, name) {
			key = "practice.list.ignored." + name
		}
		all = append(all, i18n.T(ctx, key))
	}
	return all
}

func (v listView) results(ctx context.Context) []ui.Result {
	all := make([]ui.Result, len(v.Practices))
	areas := ui.AreasOf(v.Vocabulary)
	for i, p := range v.Practices {
		all[i] = ui.Result{
			ID: p.PublicID, Href: ui.Href(ctx, ui.WithQuery(Path(p.PublicID), v.Shelf.in(nil))), Title: p.Title, Lang: p.Lang, Text: ui.Passage(p.Summary, excerpt, v.Question), Question: v.Question,
			Meta: []string{places(ctx, p.Scope, p.Countries, v.Vocabulary), p.years(ctx), p.Implementer}, Foot: resultFoot(p, areas, v.onShelf(ctx, p)),
		}
	}
	return all
}

func (v listView) pager(ctx context.Context) ui.Pager {
	p := ui.Pager{Label: i18n.T(ctx, "practice.list.pages"), Page: v.Filter.Page, Pages: v.Pages, Href: func(page int) string {
		q := v.query()
		if page > 1 {
			q.Set("page", strconv.Itoa(page))
		}
		return at(ctx, q)
	}}
	if v.Next != "" {
		q := v.query()
		q.Set("after", v.Next)
		p.Next = at(ctx, q)
	}
	return p
}

func languages(ctx context.Context, langs []string) string {
	var all []string
	for _, l := range langs {
		all = append(all, i18n.NameOf(ctx, i18n.Lang(l)))
	}
	return i18n.List(ctx, all)
}
