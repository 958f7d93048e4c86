package programme

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/i18n"
	"portal/web/ui"
)

// listView is what the pipeline shows.
type listView struct {
	List
	words
	// PDF says whether there is a browser that can print a booklet.
	PDF bool
}

// excerpt is how much of a purpose a list shows, in characters.
const excerpt = 220

// at is the address of the list with the query.
func at(ctx context.Context, q url.Values) string { return ui.Href(ctx, ui.WithQuery(ListPath, q)) }

// file is the address of the same list in another form.
func (v listView) file(ctx context.Context, extension string) string {
	return ui.Href(ctx, ui.WithQuery(ListPath+"."+extension, v.Filter.Values()))
}

func (v listView) page(ctx context.Context) ui.Page {
	return ui.Page{
		Title: i18n.T(ctx, "programme.list.title"), Description: i18n.T(ctx, "programme.list.lede"),
		NoIndex: len(v.Filter.Values()) > 0 || v.Filter.After != "" || v.Filter.Page > 1,
		Feeds:   []ui.Alternate{{Title: i18n.T(ctx, "programme.feed.title"), Type: "application/atom+xml", Href: v.file(ctx, "atom")}},
	}
}

// views lead between the list and the figures, under the same filter.
func views(ctx context.Context, f Filter, figures bool) []ui.Tab {
	return []ui.Tab{
		{Href: at(ctx, f.Values()), Text: i18n.T(ctx, "programme.view.list"), Current: !figures},
		{Href: ui.Href(ctx, ui.WithQuery(FiguresPath, f.Values())), Text: i18n.T(ctx, "programme.view.figures"), Current: figures},
	}
}

func (v listView) search(ctx context.Context) ui.Search {
	keep := v.Filter.Values()
	keep.Del("q")
	keep.Del("sort") // a new search starts with the best match
	return ui.Search{ID: "q", Label: i18n.T(ctx, "programme.list.search"), Action: ui.Href(ctx, ListPath), Value: v.Filter.Q, Keep: keep}
}

func (v listView) sort(ctx context.Context) ui.Sort {
	orders := []Order{Newest, Changed, Largest, ByTitle}
	if v.Filter.Q != "" {
		orders = append([]Order{Relevance}, orders...)
	}
	s := ui.Sort{Action: ui.Href(ctx, ListPath), Keep: ui.With(v.Filter.Values(), "sort")}
	for _, o := range orders {
		s.Options = append(s.Options, ui.FacetOption{Value: string(o), Label: i18n.T(ctx, "programme.list.sort."+string(o)), Checked: o == v.Filter.Sort})
	}
	return s
}

// always are the facets that show also values that no programme has, because their list is short and says something.
var always = map[string]bool{"stage": true, "area": true, "region": true}

// listLimit is from how many options on a facet is one list to choose from.
const listLimit = 24

// filters are the facets with their counts, of a page at the path.
func (v listView) filters(ctx context.Context, path string, wide bool) ui.Filters {
	keep := url.Values{}
	for _, name := range []string{"q", "sort"} {
		if value := v.Filter.Values().Get(name); value != "" {
			keep.Set(name, value)
		}
	}
	f := ui.Filters{Action: ui.Href(ctx, path), Keep: keep, Clear: ui.Href(ctx, ui.WithQuery(path, keep)), Wide: wide}
	areas := ui.AreasOf(v.Vocabulary)
	for _, name := range Facets {
		facet := ui.Facet{Name: name, Legend: i18n.T(ctx, "programme.facet."+name), Open: always[name]}
		chosen := v.Filter.Chosen[name]
		for _, value := range v.every(ctx, name, v.Counts[name]) {
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
			facet.Select, facet.Any = true, i18n.T(ctx, "programme.list.any")
		}
		if len(facet.Options) > 0 {
			f.Facets = append(f.Facets, facet)
		}
	}
	return f
}

// chips are the filters in use, each with the way to take it away; they lead to the path.
func (v listView) chips(ctx context.Context, path string) []ui.Chip {
	to := func(q url.Values) string { return ui.Href(ctx, ui.WithQuery(path, q)) }
	var chips []ui.Chip
	if v.Filter.Q != "" {
		chips = append(chips, ui.Chip{Href: to(ui.With(v.Filter.Values(), "q")), Text: i18n.T(ctx, "programme.list.chip", i18n.Key("programme.list.chip.q"), v.Filter.Q), Remove: true})
	}
	for _, facet := range Facets {
		for _, value := range v.Filter.Chosen[facet] {
			chips = append(chips, ui.Chip{
				Href: to(ui.Without(v.Filter.Values(), facet, value)), Remove: true,
				Text: i18n.T(ctx, "programme.list.chip", i18n.Key("programme.facet."+facet), v.label(ctx, facet, value)),
			})
		}
	}
	return chips
}

// ignored names in words the parts of the address that were left out.
func (v listView) ignored(ctx context.Context) []string {
	var all []string
	for _, name := range v.Filter.Ignored {
		if slices.Contains(Facets, name) {
			all = append(all, i18n.T(ctx, "programme.facet."+name))
		} else {
			all = append(all, i18n.T(ctx, "programme.list.ignored."+name))
		}
	}
	return all
}

// sums say what the programmes ask for together, and what was granted.
func (v listView) sums(ctx context.Context) string {
	if v.Sums.Funded == 0 {
		return i18n.T(ctx, "programme.list.asked", usd(ctx, v.Sums.Budget))
	}
	return i18n.T(ctx, "programme.list.sums", usd(ctx, v.Sums.Budget), usd(ctx, v.Sums.Funded))
}

func (v listView) results(ctx context.Context) []ui.Result {
	all := make([]ui.Result, len(v.Programmes))
	for i, p := range v.Programmes {
		all[i] = ui.Result{
			ID: p.PublicID, Href: ui.Href(ctx, Path(p.PublicID)), Title: p.Title, Lang: p.Lang, Text: ui.Passage(p.Purpose, excerpt, v.Question), Question: v.Question,
			Meta: []string{v.places(ctx, p.Countries), i18n.List(ctx, v.areaNames(ctx, p.Areas))}, Foot: resultFoot(p),
		}
	}
	return all
}

// amount says what a programme was granted, or what it asks for.
func (p Listed) amount(ctx context.Context) string {
	if p.Funded != nil {
		return i18n.T(ctx, "programme.granted", usd(ctx, *p.Funded))
	}
	return i18n.T(ctx, "programme.asks", usd(ctx, p.Budget))
}

func (v listView) pager(ctx context.Context) ui.Pager {
	p := ui.Pager{Label: i18n.T(ctx, "programme.list.pages"), Page: v.Filter.Page, Pages: v.Pages, Href: func(page int) string {
		q := v.Filter.Values()
		if page > 1 {
			q.Set("page", strconv.Itoa(page))
		}
		return at(ctx, q)
	}}
	if v.Next != "" {
		p.Next = at(ctx, ui.With(v.Filter.Values(), "after", v.Next))
	}
	return p
}
