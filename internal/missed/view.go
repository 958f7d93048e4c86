package missed

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"portal/internal/i18n"
	"portal/internal/search"
	"portal/web/ui"
)

// path is the page of a filter, without the language.
func (f Filter) path(page int) string {
	q := f.Values()
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	return ui.WithQuery(Path, q)
}

// view is what the report shows.
type view struct {
	Report
	paths map[List]string
}

func (v view) tabs(ctx context.Context) []ui.Tab {
	var tabs []ui.Tab
	for _, state := range States {
		f := v.Filter
		f.State = state
		tabs = append(tabs, ui.Tab{Href: ui.Href(ctx, f.path(1)), Text: i18n.T(ctx, "missed.state."+state), Current: state == v.Filter.State})
	}
	return tabs
}

func (v view) search(ctx context.Context) ui.Search {
	return ui.Search{ID: "q", Label: i18n.T(ctx, "missed.search"), Action: ui.Href(ctx, Path), Value: v.Filter.Q, Keep: ui.With(v.Filter.Values(), "q")}
}

// filters are those of the report; values are not counted.
func (v view) filters(ctx context.Context) ui.Filters {
	keep := url.Values{}
	for _, name := range []string{"q", "sort", "state"} {
		if value := v.Filter.Values().Get(name); value != "" {
			keep.Set(name, value)
		}
	}
	f := ui.Filters{Action: ui.Href(ctx, Path), Keep: keep, Clear: ui.Href(ctx, ui.WithQuery(Path, keep)), Wide: true}
	facet := func(name, chosen string, values []string, label func(string) string) {
		one := ui.Facet{Name: name, Legend: i18n.T(ctx, "missed.facet."+name), Select: true, Any: i18n.T(ctx, "missed.facet."+name+".any")}
		for _, value := range values {
			one.Options = append(one.Options, ui.FacetOption{Value: value, Label: label(value), Count: -1, Checked: value == chosen})
		}
		f.Facets = append(f.Facets, one)
	}
	if len(v.Lists) > 1 {
		facet("list", string(v.Filter.List), texts(v.Lists), func(value string) string { return i18n.T(ctx, "missed.list."+value) })
	}
	facet("language", string(v.Filter.Lang), texts(i18n.Offered()), func(value string) string { return i18n.NameOf(ctx, i18n.Lang(value)) })
	facet("how", string(v.Filter.How), texts(search.Misses), func(value string) string { return i18n.T(ctx, "missed.how."+value) })
	var periods []string
	for _, days := range Periods {
		if days != usualDays {
			periods = append(periods, strconv.Itoa(days))
		}
	}
	chosen := ""
	if v.Filter.Days != usualDays {
		chosen = strconv.Itoa(v.Filter.Days)
	}
	facet("days", chosen, periods, func(value string) string {
		n, _ := strconv.Atoi(value) // it is one of ours
		return i18n.T(ctx, "missed.days", n)
	})
	return f
}

func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

func (v view) pager(ctx context.Context) ui.Pager {
	return ui.Pager{Label: i18n.T(ctx, "missed.pages"), Page: v.Filter.Page, Pages: v.Pages, Href: func(page int) string { return ui.Href(ctx, v.Filter.path(page)) }}
}

func (v view) file(ctx context.Context, extension string) string {
	return ui.Href(ctx, ui.WithQuery(Path+"."+extension, v.Filter.Values()))
}

// try is the address of the search in the public list, in the language it was asked in.
func (v view) try(ctx context.Context, e Entry) string {
	path := ui.WithQuery(v.paths[e.List], url.Values{"q": {e.Words}})
	return ui.Href(i18n.WithLang(ctx, e.Lang), path)
}

func (v view) table(ctx context.Context) ui.Table {
	column := func(name string) ui.Column { return ui.Column{Text: i18n.T(ctx, "missed.column."+name)} }
	sorted := func(name string, o Order) ui.Column {
		c := column(name)
		f := v.Filter
		f.Sort = o
		if c.Sort = ui.Href(ctx, f.path(1)); v.Filter.Sort == o {
			c.Order = "descending"
		}
		return c
	}
	times := sorted("times", MostFirst)
	times.Num = true
	t := ui.Table{
		Caption: i18n.T(ctx, "missed.caption", v.Total), Cards: true,
		Columns: []ui.Column{column("words"), column("list"), column("language"), column("how"), times, sorted("last_on", LastFirst), column("deal")},
	}
	for _, e := range v.Entries {
		t.Rows = append(t.Rows, []ui.Cell{
			{Component: wordsOf(v, e)}, {Text: i18n.T(ctx, "missed.list."+string(e.List))}, {Text: i18n.NameOf(ctx, e.Lang)}, {Component: how(e)},
			{Text: i18n.Number(ctx, e.Times)}, {Text: i18n.Day(ctx, e.LastOn)}, {Component: dealing(v, e)},
		})
	}
	return t
}

// tone marks what found nothing at all.
func tone(m search.Miss) ui.Tone {
	if m == search.Nothing {
		return ui.Warn
	}
	return ui.Plain
}

func (e Entry) action(ctx context.Context) templ.SafeURL {
	return templ.SafeURL(ui.Href(ctx, Path+"/"+strconv.FormatInt(e.ID, 10)))
}

// back are the fields that bring the editor back to where they were.
func (v view) back() []ui.Hidden {
	var all []ui.Hidden
	q := v.Filter.Values()
	if v.Filter.Page > 1 {
		q.Set("page", strconv.Itoa(v.Filter.Page))
	}
	for _, name := range slices.Sorted(maps.Keys(q)) {
		all = append(all, ui.Hidden{Name: name, Value: q.Get(name)})
	}
	return all
}
