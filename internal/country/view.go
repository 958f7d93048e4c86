package country

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web/ui"
)

// partView is a section of the page.
type partView struct {
	Section
	Part
}

func (p partView) title(ctx context.Context) string {
	return i18n.T(ctx, "country.section."+p.Name)
}

// there says whether the section has anything to show.
func (p partView) there() bool { return p.Total > 0 || p.Body != nil }

// pageView is what the page of a place shows.
type pageView struct {
	Place
	Vocabulary *gcm.Vocabulary
	Parts      []partView
	Today      date.Date
	PDF        bool
}

// name is what the place is called in the reader's language.
func (p Place) name(ctx context.Context) string {
	if p.IsCountry() {
		return p.Country.Name(i18n.From(ctx))
	}
	return p.Region.Name(i18n.From(ctx))
}

// file is the name of the files about it, without extension.
func (p Place) file() string {
	if p.IsCountry() {
		return "country-" + p.Country.ISO2
	}
	return "region-" + slug(p.Region.ID)
}

// here is the address of the page in another form.
func (v pageView) here(ctx context.Context, extension string) string {
	return ui.Href(ctx, v.path()+"."+extension)
}

// all is the list of the section for the place.
func (v pageView) all(ctx context.Context, p partView) string {
	return ui.Href(ctx, ui.WithQuery(p.List, v.Query()))
}

func (v pageView) page(ctx context.Context) ui.Page {
	return ui.Page{Title: v.name(ctx), Description: v.lede(ctx), Current: Path, Feeds: []ui.Alternate{
		{Title: i18n.T(ctx, "country.data"), Type: "application/json", Href: v.here(ctx, "json")}, {Title: i18n.T(ctx, "country.data"), Type: "text/csv", Href: v.here(ctx, "csv")},
	}}
}

func (v pageView) lede(ctx context.Context) string {
	if v.IsCountry() {
		return i18n.T(ctx, "country.page.lede", v.name(ctx))
	}
	return i18n.T(ctx, "country.region.lede", v.name(ctx))
}

// above are the crumbs to the list.
func above(ctx context.Context) []ui.Link {
	return []ui.Link{{Href: ui.Href(ctx, Path), Text: i18n.T(ctx, "country.list.title")}}
}

// parts are the sections that have anything.
func (v pageView) parts() []partView {
	return slices.DeleteFunc(slices.Clone(v.Parts), func(p partView) bool { return !p.there() })
}

// figures are the numbers on top.
func (v pageView) figures(ctx context.Context) []ui.Figure {
	var all []ui.Figure
	for _, p := range v.Parts {
		if p.Sizes != nil && p.Total > 0 {
			all = append(all, ui.Figure{Value: i18n.Number(ctx, p.Total), Text: p.title(ctx), Href: v.all(ctx, p)})
		}
	}
	return all
}

// facts are what is known of the State in short.
func (v pageView) facts(ctx context.Context) []ui.Fact {
	l := i18n.From(ctx)
	var facts []ui.Fact
	if v.IsCountry() {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "country.fact.regions"), Component: regionLinks(v.regions())})
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "country.fact.standing"), Values: []string{i18n.T(ctx, "country.standing."+standingOf(v.Country))}})
		var groups []string
		for _, g := range []struct {
			in  bool
			key string
		}{{v.Country.LDC, "ldc"}, {v.Country.LLDC, "lldc"}, {v.Country.SIDS, "sids"}} {
			if g.in {
				groups = append(groups, i18n.T(ctx, "country.group."+g.key))
			}
		}
		return append(facts, ui.Fact{Term: i18n.T(ctx, "country.fact.groups"), Values: groups})
	}
	if v.Region.Commission != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "country.fact.commission"), Values: []string{i18n.T(ctx, "country.commission."+strings.ToLower(v.Region.Commission))}})
	}
	return append(facts, ui.Fact{Term: i18n.T(ctx, "country.fact.states"), Values: []string{i18n.Number(ctx, len(v.states(l)))}})
}

func standingOf(c gcm.Country) string {
	if c.Observer {
		return "observer"
	}
	return "member"
}

// regions are the regions of the State.
func (v pageView) regions() []gcm.Region {
	var all []gcm.Region
	for _, id := range v.Vocabulary.RegionsOf([]string{v.Country.ISO2}) {
		if r, ok := v.Vocabulary.Region(id); ok {
			all = append(all, r)
		}
	}
	return all
}

// statesOf are the States that count in a region, in the alphabet of the language.
func statesOf(v *gcm.Vocabulary, region string, l i18n.Lang) []gcm.Country {
	var all []gcm.Country
	for _, c := range v.Countries(l) {
		if slices.Contains(c.ReviewRegions, region) {
			all = append(all, c)
		}
	}
	return all
}

func (v pageView) states(l i18n.Lang) []gcm.Country { return statesOf(v.Vocabulary, v.Region.ID, l) }

// average is how many a State of those has, over all of them.
func average(sizes map[string]int, states []gcm.Country) float64 {
	sum := 0
	for _, c := range states {
		sum += sizes[c.ISO2]
	}
	return float64(sum) / float64(max(len(states), 1))
}

// decimal writes a number with one digit behind the point, as the language does.
func decimal(ctx context.Context, n float64) string {
	tenths := int(n*10 + .5)
	return i18n.T(ctx, "ui.decimal", tenths/10, tenths%10)
}

// compared sets the place beside its regions and the world: what a State has on average.
func (v pageView) compared(ctx context.Context) []ui.Bars {
	l := i18n.From(ctx)
	var all []ui.Bars
	for _, p := range v.Parts {
		if p.Sizes == nil {
			continue
		}
		b := ui.Bars{Title: p.title(ctx), Note: i18n.T(ctx, "country.compare.note"), Of: i18n.T(ctx, "country.compare.of"), Unit: p.title(ctx)}
		row := func(text, href string, n float64, shown string) {
			b.Rows = append(b.Rows, ui.Bar{Text: text, Href: href, Value: n, Shown: shown})
		}
		regions := []gcm.Region{v.Region}
		if v.IsCountry() {
			regions = v.regions()
			n := p.Sizes[v.Country.ISO2]
			row(v.name(ctx), v.all(ctx, p), float64(n), i18n.Number(ctx, n))
		}
		for _, r := range regions {
			n := average(p.Sizes, statesOf(v.Vocabulary, r.ID, l))
			row(i18n.T(ctx, "country.compare.average", r.Name(l)), ui.Href(ctx, RegionPath(r.ID)), n, decimal(ctx, n))
		}
		n := average(p.Sizes, v.Vocabulary.States)
		row(i18n.T(ctx, "country.compare.world"), ui.Href(ctx, Path), n, decimal(ctx, n))
		all = append(all, b)
	}
	return all
}

// moments is the timeline: what the sections say, and their newest things; the last on top.
func (v pageView) moments(ctx context.Context) []Moment {
	var all []Moment
	for _, p := range v.Parts {
		all = append(all, p.Moments...)
		for i, r := range p.Results {
			if v.Today.Before(date.Today(p.At[i], i18n.Geneva)) { // what is to come has not happened
				continue
			}
			all = append(all, Moment{At: p.At[i], What: r.Title, Lang: r.Lang, Href: r.Href, Text: i18n.T(ctx, "country.moment", i18n.DayOf(ctx, p.At[i]), p.title(ctx))})
		}
	}
	slices.SortStableFunc(all, func(a, b Moment) int { return b.At.Compare(a.At) })
	return all[:min(len(all), mostMoments)]
}

// mostMoments is how long the timeline is at most.
const mostMoments = 12

// day is the day for machines, as exactly as it is known.
func (m Moment) day() string { return cmp.Or(m.On, date.Today(m.At, i18n.Geneva).String()) }

// when says when it was.
func (m Moment) when(ctx context.Context) string {
	if m.Text != "" {
		return m.Text
	}
	return i18n.DayOf(ctx, m.At)
}

// rows are the data of the place.
func (v pageView) rows(ctx context.Context) []fileRow {
	var all []fileRow
	for _, p := range v.Parts {
		if p.Sizes != nil {
			all = append(all, fileRow{section: p.title(ctx), what: i18n.T(ctx, "country.data.number"), n: p.Total, href: ui.SiteOf(ctx).PublicURL + v.all(ctx, p)})
		}
		for _, m := range p.Moments {
			all = append(all, fileRow{section: p.title(ctx), what: m.What, on: m.day()})
		}
		for i, r := range p.Results {
			all = append(all, fileRow{section: p.title(ctx), what: r.Title, on: date.Today(p.At[i], i18n.Geneva), href: ui.SiteOf(ctx).PublicURL + r.Href})
		}
	}
	return all
}

// members are the States of a region as a table, with what each has.
func (v pageView) members(ctx context.Context) ui.Table {
	return statesTable(ctx, i18n.T(ctx, "country.list.title"), v.states(i18n.From(ctx)), v.Parts)
}

// statesTable are States, a row each, with how many things each section has about them.
func statesTable(ctx context.Context, caption string, states []gcm.Country, parts []partView) ui.Table {
	t := ui.Table{Caption: caption, HideCaption: true, Cards: true, Columns: []ui.Column{{Text: i18n.T(ctx, "country.column.name")}}}
	for _, p := range parts {
		if p.Sizes != nil {
			t.Columns = append(t.Columns, ui.Column{Text: p.title(ctx), Num: true})
		}
	}
	for _, c := range states {
		row := []ui.Cell{{Text: c.Name(i18n.From(ctx)), Href: ui.Href(ctx, PathOf(c.ISO2))}}
		for _, p := range parts {
			switch n := p.Sizes[c.ISO2]; {
			case p.Sizes == nil:
			case n == 0:
				row = append(row, ui.Cell{})
			default:
				row = append(row, ui.Cell{Text: i18n.Number(ctx, n), Href: ui.Href(ctx, ui.WithQuery(p.List, Place{Country: c}.Query()))})
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// order puts States in the order of a section, the largest number first.
func order(states []gcm.Country, sizes map[string]int) {
	slices.SortStableFunc(states, func(a, b gcm.Country) int { return cmp.Compare(sizes[b.ISO2], sizes[a.ISO2]) })
}

// partID is the id of a section on the page.
func partID(p partView) string { return "part-" + p.Name }

// comparedID is the id of a comparison.
func comparedID(i int) string { return "compared-" + strconv.Itoa(i+1) }

// written are the attributes of what people wrote in a language; none for words of the portal's own.
func written(lang string) templ.Attributes {
	if lang == "" {
		return nil
	}
	return templ.Attributes{"lang": lang, "dir": "auto"}
}
