package programme

import (
	"cmp"
	"context"
	"slices"

	"portal/internal/i18n"
	"portal/web/ui"
)

// figuresView is what the page of figures shows.
type figuresView struct {
	listView
	Amounts map[string]map[string]Sums
}

// address is where the figures are for everybody.
func (v figuresView) address(ctx context.Context) string {
	return ui.Absolute(ctx, ui.WithQuery(FiguresPath, v.Filter.Values()))
}

func (v figuresView) page(ctx context.Context) ui.Page {
	return ui.Page{Title: i18n.T(ctx, "programme.figures.title"), Description: i18n.T(ctx, "programme.figures.lede"), NoIndex: len(v.Filter.Values()) > 0, Current: "/fund"}
}

// figure is a line of a table: how many programmes have the value, and their amounts.
type figure struct {
	value, name, class string
	n                  int
	chosen             bool
	Sums
}

// rows are the lines of a facet: areas and regions all of them in their order, organizations those that are in the pipeline,
// that of most programmes first.
func (v figuresView) rows(ctx context.Context, facet string) []figure {
	var all []figure
	for _, value := range v.every(ctx, facet, v.Counts[facet]) {
		n := v.Counts[facet][value]
		if n == 0 && facet != "area" && (facet != "region" || value == "global") {
			continue
		}
		f := figure{value: value, name: v.label(ctx, facet, value), n: n, chosen: slices.Contains(v.Filter.Chosen[facet], value), Sums: v.Amounts[facet][value]}
		if facet == "area" {
			f.class = v.class(value)
		}
		all = append(all, f)
	}
	if facet == "organization" {
		slices.SortStableFunc(all, func(a, b figure) int { return cmp.Compare(b.n, a.n) })
	}
	return all
}

// mostBars is how many organizations the picture has; the files have all.
const mostBars = 20

// shown are the lines that the page shows, and how many it leaves out.
func (v figuresView) shown(ctx context.Context, facet string) (rows []figure, more int) {
	rows = v.rows(ctx, facet)
	if n := len(rows); n > mostBars {
		return rows[:mostBars], n - mostBars
	}
	return rows, 0
}

// list is the address of the list that a figure counts.
func (v figuresView) list(ctx context.Context, facet, value string) string {
	return at(ctx, ui.With(v.Filter.Values(), facet, value))
}

// bars are the numbers of programmes as a table that is its own picture.
func (v figuresView) bars(ctx context.Context, facet string) ui.Bars {
	rows, _ := v.shown(ctx, facet)
	b := ui.Bars{Title: i18n.T(ctx, "programme.figures."+facet), HideTitle: true, Plain: true, Of: i18n.T(ctx, "programme.facet."+facet), Unit: i18n.T(ctx, "programme.figures.column.programmes")}
	for _, f := range rows {
		b.Rows = append(b.Rows, ui.Bar{Text: f.name, Href: v.list(ctx, facet, f.value), Value: float64(f.n), Shown: i18n.Number(ctx, f.n), Class: f.class, Chosen: f.chosen})
	}
	return b
}

// table are the same lines with their amounts.
func (v figuresView) table(ctx context.Context, facet string) ui.Table {
	rows, _ := v.shown(ctx, facet)
	t := ui.Table{
		Caption: i18n.T(ctx, "programme.figures.amounts."+facet), HideCaption: true, Cards: true,
		Columns: []ui.Column{{Text: i18n.T(ctx, "programme.facet."+facet)}, {Text: i18n.T(ctx, "programme.figures.column.programmes"), Num: true}, {Text: i18n.T(ctx, "programme.figures.column.asked"), Num: true}, {Text: i18n.T(ctx, "programme.figures.column.granted"), Num: true}},
	}
	for _, f := range rows {
		t.Rows = append(t.Rows, []ui.Cell{{Text: f.name, Href: v.list(ctx, facet, f.value)}, {Text: i18n.Number(ctx, f.n)}, {Text: usd(ctx, f.Budget)}, {Text: usd(ctx, f.Funded)}})
	}
	return t
}

// stages are the numbers at each stage, and the amounts of all together.
func (v figuresView) stages(ctx context.Context) []ui.Figure {
	var all []ui.Figure
	for _, s := range Stages {
		all = append(all, ui.Figure{Value: i18n.Number(ctx, v.Counts["stage"][string(s)]), Text: s.text(ctx), Href: v.list(ctx, "stage", string(s))})
	}
	return all
}

// file is the address of a table as a file.
func (v figuresView) tableFile(ctx context.Context, facet, extension string) string {
	return ui.Href(ctx, ui.WithQuery(FiguresPath+"/"+facet+"."+extension, v.Filter.Values()))
}
