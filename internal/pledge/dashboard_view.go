package pledge

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/search"
	"portal/web/ui"
)

// BoardPath is the path of the dashboard.
const BoardPath = "/pledges/dashboard"

// BoardParameters are the parameters of the dashboard's address: those of the list that say which pledges are meant.
func BoardParameters() []string {
	all := []string{"q", asOf, since}
	for _, f := range fields {
		all = append(all, f.name)
	}
	return all
}

// boardView is what the dashboard and its parts show.
type boardView struct {
	Board
	Vocabulary *gcm.Vocabulary
	// View is the only one that is shown; "" for all of them.
	View  string
	Today date.Date // in Geneva
}

// shown is the day that the dashboard is of.
func (v boardView) shown() dayShown {
	path := BoardPath
	if v.View != "" {
		path += "/" + v.View
	}
	return dayShown{Day: v.Filter.AsOf, Today: v.Today, Path: path, Query: ui.With(v.query(), asOf), Hidden: v.Hidden}
}

// figure is one row of a view.
type figure struct {
	Value, Label string
	// Number is that of an objective or principle, 0 for all else; Class its colour.
	Number int
	Class  string
	N      int
	// Chosen says that the filter asks for it.
	Chosen bool
}

// query is the filter as a query, without the order of a list.
func (v boardView) query() url.Values {
	q := v.Filter.Values()
	q.Del("sort")
	return q
}

// with is the query with nothing but these values in the facet.
func (v boardView) with(facet string, values ...string) url.Values {
	q := v.query()
	q[facet] = values
	return q
}

// list is the address of the list that a figure of the facet counts.
func (v boardView) list(ctx context.Context, facet string, values ...string) string {
	return at(ctx, v.with(facet, values...))
}

// here is the address of the dashboard, or of one of its parts ("/objective", "/objective.csv"), under the filter.
func (v boardView) here(ctx context.Context, part string) string {
	return ui.Href(ctx, ui.WithQuery(BoardPath+part, v.query()))
}

// page is the address of the page that this is.
func (v boardView) page(ctx context.Context, q url.Values) string {
	part := ""
	if v.View != "" {
		part = "/" + v.View
	}
	return ui.Href(ctx, ui.WithQuery(BoardPath+part, q))
}

// chosen are the values that the filter asks for in the facet.
func (v boardView) chosen(facet string) []string {
	for _, field := range fields {
		if field.name == facet {
			return field.chosen(v.Filter)
		}
	}
	return nil
}

// figures are the rows of a view, in the order to show them: of time from the past on, of lists that have an order of their
// own in that, else the largest first.
func (v boardView) figures(ctx context.Context, view string) []figure {
	l, counts, chosen := i18n.From(ctx), v.Tallies[view].Counts, v.chosen(view)
	values := every(view, l, v.Vocabulary)
	switch view {
	case "year":
		values = spread(counts, chosen, nextYear)
	case "reported":
		values = spread(counts, chosen, nextQuarter)
	}
	areas := ui.AreasOf(v.Vocabulary)
	var all []figure
	for _, value := range values {
		f := figure{Value: value, Label: label(ctx, v.Vocabulary, view, value), N: counts[value], Chosen: slices.Contains(chosen, value)}
		if (view == "country" || view == "category" || view == "language") && f.N == 0 && !f.Chosen {
			continue // there are many that nobody has
		}
		if view == "objective" || view == "principle" {
			f.Number, _ = strconv.Atoi(value)
		}
		if view == "objective" {
			f.Class = areas.Class(f.Number)
		}
		all = append(all, f)
	}
	if slices.Contains([]string{"country", "category", "language", "nature", "type"}, view) {
		slices.SortStableFunc(all, func(a, b figure) int { return cmp.Compare(b.N, a.N) })
	}
	return all
}

// spread are the values from the first to the last that is counted or chosen, those between them included.
func spread(counts map[string]int, chosen []string, next func(string) string) []string {
	known := slices.AppendSeq(slices.Clone(chosen), maps.Keys(counts))
	if len(known) == 0 {
		return nil
	}
	var all []string
	for value := slices.Min(known); value <= slices.Max(known); value = next(value) {
		all = append(all, value)
	}
	return all
}

func nextYear(year string) string {
	n, _ := strconv.Atoi(year)
	return strconv.Itoa(n + 1)
}

func nextQuarter(quarter string) string {
	if year, n := quarter[:4], quarter[len(quarter)-1]; n < '4' {
		return year + "-Q" + string(n+1)
	}
	return nextYear(quarter[:4]) + "-Q1"
}

// title is what a view is called: "Pledges by nature".
func (v boardView) title(ctx context.Context, view string) string {
	return i18n.T(ctx, "pledge.dashboard."+view+".title")
}

// viewText leads to the page of a view.
func (v boardView) viewText(ctx context.Context, view string) string {
	if n := len(v.Tallies[view].Counts); view == "country" && n > countriesShown {
		return i18n.T(ctx, "pledge.dashboard.view.country", n)
	}
	return i18n.T(ctx, "pledge.dashboard.view")
}

// note says what a view counts.
func (v boardView) note(ctx context.Context, view string) string {
	note := i18n.T(ctx, "pledge.dashboard."+view+".note")
	if view == "region" {
		note = i18n.T(ctx, "pledge.dashboard.region.note", v.Tallies[view].Of)
	}
	if len(v.chosen(view)) > 0 {
		note += " " + i18n.T(ctx, "pledge.dashboard.chosen.note")
	}
	return note
}

// bars are a view as a bar table; most is how many rows it has at most, 0 for all.
func (v boardView) bars(ctx context.Context, view string, most int) ui.Bars {
	b := ui.Bars{
		Title: v.finding(ctx, view), Note: v.note(ctx, view),
		Of: i18n.T(ctx, "pledge.list.facet."+view), Unit: i18n.T(ctx, "pledge.dashboard.pledges"),
	}
	for _, f := range v.figures(ctx, view) {
		if most > 0 && len(b.Rows) == most {
			break
		}
		b.Rows = append(b.Rows, ui.Bar{
			Text: f.name(ctx), Href: v.list(ctx, view, f.Value), Value: float64(f.N), Shown: i18n.Number(ctx, f.N), Class: f.Class, Chosen: f.Chosen,
		})
	}
	return b
}

// plainBars are the only view, below a heading that says what it shows.
func (v boardView) plainBars(ctx context.Context) ui.Bars {
	b := v.bars(ctx, v.View, 0)
	b.Title, b.Note, b.HideTitle, b.Plain = v.title(ctx, v.View), "", true, true
	return b
}

// name is what the row is called, with the number of an objective.
func (f figure) name(ctx context.Context) string {
	if f.Number > 0 {
		return i18n.T(ctx, "pledge.dashboard.numbered", i18n.Number(ctx, f.Number), f.Label)
	}
	return f.Label
}

// table is a view as a table of data, with shares of the pledges that are counted.
func (v boardView) table(ctx context.Context, view string) ui.Table {
	of := v.Tallies[view].Of
	t := ui.Table{
		Caption: v.title(ctx, view), HideCaption: true,
		Columns: []ui.Column{
			{Text: i18n.T(ctx, "pledge.list.facet."+view)}, {Text: i18n.T(ctx, "pledge.dashboard.pledges"), Num: true}, {Text: i18n.T(ctx, "pledge.dashboard.share"), Num: true},
		},
	}
	for _, f := range v.figures(ctx, view) {
		t.Rows = append(t.Rows, []ui.Cell{
			{Component: rowName(f, f.name(ctx), v.list(ctx, view, f.Value))}, {Text: i18n.Number(ctx, f.N)}, {Text: percent(ctx, f.N, of)},
		})
	}
	return t
}

// percent writes a share in per cent. It is 0 only for none and 100 only for all.
func percent(ctx context.Context, n, of int) string {
	return i18n.T(ctx, "pledge.dashboard.percent", Percent(n, of))
}

// Percent is the share in whole per cent, 0 only for none and 100 only for all.
func Percent(n, of int) int {
	switch {
	case n == 0 || of == 0:
		return 0
	case n == of:
		return 100
	}
	return min(max((200*n+of)/(2*of), 1), 99)
}

// counters are the figures at the head of the dashboard.
func (v boardView) counters(ctx context.Context) []ui.Figure {
	all := []ui.Figure{
		{Value: i18n.Number(ctx, v.Total), Text: i18n.T(ctx, "pledge.dashboard.counter.pledges", v.Total), Href: at(ctx, v.query())},
		{Value: i18n.Number(ctx, v.Actors), Text: i18n.T(ctx, "pledge.dashboard.counter.actors", v.Actors)},
		{Value: i18n.Number(ctx, v.Countries), Text: i18n.T(ctx, "pledge.dashboard.counter.countries", v.Countries)},
		{Value: percent(ctx, v.WithStatus, v.Total), Text: i18n.T(ctx, "pledge.dashboard.counter.status", v.WithStatus)},
		{Value: percent(ctx, v.Fresh, v.Total), Text: i18n.T(ctx, "pledge.dashboard.counter.fresh", v.Fresh)},
	}
	if len(v.chosen("country")) == 0 { // else that page says of other countries too how many pledges they have
		all[2].Href = v.here(ctx, "/country")
	}
	if said := v.within("status", names(Statuses[1:])); len(said) > 0 {
		all[3].Href = v.list(ctx, "status", said...)
	}
	if fresh := v.within("light", []string{string(Fresh)}); len(fresh) > 0 {
		all[4].Href = v.list(ctx, "light", fresh...)
	}
	return all
}

// card are the counters of one country, which has no need to be counted.
func (v boardView) card(ctx context.Context) []ui.Figure {
	all := v.counters(ctx)
	return append(all[:2], all[3:]...)
}

// within are those of the values of the facet that the filter leaves.
func (v boardView) within(facet string, values []string) []string {
	chosen := v.chosen(facet)
	if len(chosen) == 0 {
		return values
	}
	return slices.DeleteFunc(slices.Clone(values), func(value string) bool { return !slices.Contains(chosen, value) })
}

// loom is the view of the objectives as threads.
func (v boardView) loom(ctx context.Context) ui.Loom {
	l := ui.Loom{Label: v.title(ctx, "objective"), Caption: v.note(ctx, "objective") + " " + i18n.T(ctx, "pledge.dashboard.objective.choose"), Areas: ui.AreasOf(v.Vocabulary)}
	for _, a := range v.Vocabulary.Themes {
		l.Legend = append(l.Legend, ui.LegendItem{Class: "t" + strconv.Itoa(a.N), Text: a.Label(i18n.From(ctx))})
	}
	for _, f := range v.figures(ctx, "objective") {
		l.Items = append(l.Items, ui.LoomItem{
			N: f.Number, Name: f.Label, Note: i18n.T(ctx, "pledge.list.count", f.N), Value: f.N, Href: v.list(ctx, "objective", f.Value), Chosen: f.Chosen,
		})
	}
	return l
}

// filters are those of the list, for the dashboard.
func (v boardView) filters(ctx context.Context) ui.Filters {
	counts := search.Counts{}
	for view, tally := range v.Tallies {
		counts[view] = tally.Counts
	}
	lists := listView{List: List{Filter: v.Filter, Counts: counts}, Vocabulary: v.Vocabulary}
	keep := url.Values{}
	for _, name := range []string{"q", asOf, since} {
		if value := v.query().Get(name); value != "" {
			keep.Set(name, value)
		}
	}
	f := ui.Filters{Action: v.page(ctx, nil), Keep: keep, Clear: v.page(ctx, keep), Wide: true}
	for _, field := range fields {
		facet := lists.facet(ctx, field)
		facet.Open = false
		f.Facets = append(f.Facets, facet)
	}
	return f
}

func (v boardView) search(ctx context.Context) ui.Search {
	keep := v.query()
	keep.Del("q")
	return ui.Search{ID: "q", Label: i18n.T(ctx, "pledge.dashboard.search"), Action: v.page(ctx, nil), Value: v.Filter.Q, Keep: keep}
}

// chips are the filters in use, each with the way to take it away.
func (v boardView) chips(ctx context.Context) []ui.Chip {
	return chips(ctx, v.Filter, v.Vocabulary, func(q url.Values) string { return v.page(ctx, q) })
}

// filterText is the filter in words; "" for none.
func (v boardView) filterText(ctx context.Context) string {
	var all []string
	for _, c := range v.chips(ctx) {
		all = append(all, c.Text)
	}
	return i18n.List(ctx, all)
}

// group is some statuses that the bar of statuses shows as one.
type group struct {
	name     string
	statuses []Status
	class    string
}

// groups are how far pledges have come, in few words.
var groups = []group{
	{"done", []Status{Fulfilled, FulfilledLate}, "k0"},
	{"going", []Status{InProgress}, "k1"},
	{"ahead", []Status{Planned, Delayed}, "k2"},
	{"ended", []Status{Superseded, Withdrawn}, "k4"},
	{"none", []Status{NoStatus}, "k3"},
}

// part is a part of the bar of statuses.
type part struct {
	Text, Href, Class string
	N                 int
	X, Width          string
}

// stack is the bar of statuses in parts, as wide as there are pledges in all.
func (v boardView) stack(ctx context.Context) []part {
	const width, gap = 1000.0, 4.0
	of := float64(max(v.Tallies["status"].Of, 1))
	var all []part
	x := 0.0
	for _, g := range groups {
		n := 0
		for _, s := range g.statuses {
			n += v.Tallies["status"].Counts[string(s)]
		}
		w := width * float64(n) / of
		all = append(all, part{
			Text: i18n.T(ctx, "pledge.dashboard.status.group."+g.name), Href: v.list(ctx, "status", names(g.statuses)...), Class: g.class, N: n,
			X: strconv.FormatFloat(x, 'f', 1, 64), Width: strconv.FormatFloat(max(w-gap, min(w, 1)), 'f', 1, 64),
		})
		x += w
	}
	return all
}

// lights lead to the map of what is fresh, of what is silent, and so on: a light that no pledge has is left out.
func (v boardView) lights(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	if len(v.chosen("light")) > 0 {
		chips = append(chips, ui.Chip{Href: v.page(ctx, ui.With(v.query(), "light")) + "#where", Text: i18n.T(ctx, "pledge.list.facet.light.any")})
	}
	for _, l := range Lights {
		if v.Tallies["light"].Counts[string(l)] > 0 {
			chips = append(chips, ui.Chip{Href: v.page(ctx, v.with("light", string(l))) + "#where", Text: i18n.T(ctx, "pledge.light."+string(l))})
		}
	}
	return chips
}

// states are all States on a map, with the pledges that are carried out there.
func (v boardView) states(ctx context.Context) ui.StatesMap {
	q := v.query()
	return ui.StatesMap{
		Vocabulary: v.Vocabulary, Title: v.title(ctx, "country"), Description: i18n.T(ctx, "pledge.dashboard.map.description"),
		Lede: i18n.T(ctx, "pledge.dashboard.map.lede"), Circles: i18n.T(ctx, "pledge.dashboard.map.circles"),
		Counts: v.Tallies["country"].Counts, Chosen: v.chosen("country"),
		Count: func(n int) string { return i18n.T(ctx, "pledge.list.count", n) },
		Href: func(code string) string {
			q["country"] = []string{code}
			return at(ctx, q)
		},
		Region: func(continent string) string { return label(ctx, v.Vocabulary, "continent", continent) },
	}
}
