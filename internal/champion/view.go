package champion

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// tone is the colour of the status.
func (s Status) tone() ui.Tone {
	switch s {
	case Confirmed:
		return ui.Ok
	case Expressed, Invited:
		return ui.Sky
	case Paused:
		return ui.Warn
	}
	return ui.Plain
}

func (s Status) text(ctx context.Context) string { return i18n.T(ctx, "champion.status."+string(s)) }

// name is what the State is called in the reader's language.
func name(ctx context.Context, v *gcm.Vocabulary, country string) string {
	return v.CountryName(i18n.From(ctx), country)
}

// registryView is what the page of the registry shows.
type registryView struct {
	Registry
	Filter     filter
	Vocabulary *gcm.Vocabulary
	// Shown are the entries of the filter, in its order.
	Shown []Entry
	Today date.Date
	// Country is the page of a State, without the language.
	Country func(code string) string
}

func at(ctx context.Context, q url.Values) string { return ui.Href(ctx, ui.WithQuery(Path, q)) }

// file is the address of the same list in another form.
func (v registryView) file(ctx context.Context, extension string) string {
	return ui.Href(ctx, ui.WithQuery(Path+"."+extension, v.Filter.values()))
}

func (v registryView) page(ctx context.Context) ui.Page {
	return ui.Page{
		Title: i18n.T(ctx, "champion.list.title"), Description: i18n.T(ctx, "champion.list.lede"), NoIndex: len(v.Filter.values()) > 0,
		Feeds: []ui.Alternate{{Title: i18n.T(ctx, "champion.list.title"), Type: web.AtomType, Href: v.file(ctx, "atom")}, {Title: i18n.T(ctx, "champion.list.title"), Type: web.ICSType, Href: v.file(ctx, "ics")}},
	}
}

// figures are the numbers on top.
func (v registryView) figures(ctx context.Context) []ui.Figure {
	n := v.Count()
	all := []ui.Figure{{Value: i18n.Number(ctx, n), Text: i18n.T(ctx, "champion.figure.confirmed", n)}}
	regions := map[string]bool{}
	for _, e := range v.Entries {
		if c, ok := v.Vocabulary.Country(e.Country); ok && e.Status == Confirmed {
			regions[c.Region] = true
		}
	}
	return append(all, ui.Figure{Value: i18n.Number(ctx, len(regions)), Text: i18n.T(ctx, "champion.figure.regions", len(regions))})
}

func (v registryView) search(ctx context.Context) ui.Search {
	keep := v.Filter.values()
	keep.Del(wordsName)
	return ui.Search{ID: "q", Label: i18n.T(ctx, "champion.list.search"), Action: ui.Href(ctx, Path), Value: v.Filter.Q, Keep: keep}
}

func (v registryView) sort(ctx context.Context) ui.Sort {
	s := ui.Sort{Action: ui.Href(ctx, Path), Keep: ui.With(v.Filter.values(), sortName)}
	for _, o := range orders {
		s.Options = append(s.Options, ui.FacetOption{Value: string(o), Label: i18n.T(ctx, "champion.list.sort."+string(o)), Checked: o == v.Filter.Sort})
	}
	return s
}

// label is what a value of a facet is called.
func (v registryView) label(ctx context.Context, facet, value string) string {
	switch {
	case facet == statusName:
		return Status(value).text(ctx)
	case facet == regionName:
		r, _ := v.Vocabulary.Region(value)
		return r.Name(i18n.From(ctx))
	case value == unknownYear:
		return i18n.T(ctx, "champion.year.unknown")
	}
	return value
}

// every lists the values of a facet in the order to show them.
func (v registryView) every(facet string) []string {
	var all []string
	switch facet {
	case statusName:
		for _, s := range PublicStatuses {
			all = append(all, string(s))
		}
	case regionName:
		for _, r := range v.Vocabulary.Regions {
			if r.ID != gcm.Global {
				all = append(all, r.ID)
			}
		}
	default:
		for _, e := range v.Entries {
			all = append(all, e.year())
		}
		all = append(all, v.Filter.Chosen[yearName]...)
		slices.Sort(all)
		all = slices.Compact(all)
		if n := len(all); n > 0 && all[n-1] == unknownYear { // last, behind the latest year
			slices.Reverse(all[:n-1])
		} else {
			slices.Reverse(all)
		}
	}
	return all
}

// filters are the facets, each with the counts under the others.
func (v registryView) filters(ctx context.Context) ui.Filters {
	keep := url.Values{}
	for _, name := range []string{wordsName, sortName} {
		if value := v.Filter.values().Get(name); value != "" {
			keep.Set(name, value)
		}
	}
	f := ui.Filters{Action: ui.Href(ctx, Path), Keep: keep, Clear: at(ctx, keep)}
	for _, name := range facets {
		facet := ui.Facet{Name: name, Legend: i18n.T(ctx, "champion.facet."+name), Open: true}
		for _, value := range v.every(name) {
			facet.Options = append(facet.Options, ui.FacetOption{
				Value: value, Label: v.label(ctx, name, value), Count: v.Filter.count(v.Entries, v.Vocabulary, name, value), Checked: slices.Contains(v.Filter.Chosen[name], value),
			})
		}
		if len(facet.Options) > 0 {
			f.Facets = append(f.Facets, facet)
		}
	}
	return f
}

// chips are the filters in use, each with the way to take it away.
func (v registryView) chips(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	if v.Filter.Q != "" {
		chips = append(chips, ui.Chip{Href: at(ctx, ui.With(v.Filter.values(), wordsName)), Text: i18n.T(ctx, "champion.list.chip", i18n.Key("champion.list.chip.q"), v.Filter.Q), Remove: true})
	}
	for _, facet := range facets {
		for _, value := range v.Filter.Chosen[facet] {
			chips = append(chips, ui.Chip{
				Href: at(ctx, ui.Without(v.Filter.values(), facet, value)), Remove: true,
				Text: i18n.T(ctx, "champion.list.chip", i18n.Key("champion.facet."+facet), v.label(ctx, facet, value)),
			})
		}
	}
	return chips
}

// group is a part of the list with its heading; "" for a list in one.
type group struct {
	Title   string
	Entries []Entry
}

// groups are the parts of the list.
func (v registryView) groups(ctx context.Context) []group {
	if v.Filter.Sort == byName {
		return []group{{Entries: v.Shown}}
	}
	var all []group
	for _, e := range v.Shown {
		title := v.label(ctx, yearName, e.year())
		if v.Filter.Sort == byRegion {
			c, _ := v.Vocabulary.Country(e.Country)
			title = v.label(ctx, regionName, c.Region)
		}
		if n := len(all); n == 0 || all[n-1].Title != title {
			all = append(all, group{Title: title})
		}
		last := &all[len(all)-1]
		last.Entries = append(last.Entries, e)
	}
	return all
}

// table are entries of the list, a row each.
func (v registryView) table(ctx context.Context, caption string, entries []Entry) ui.Table {
	t := ui.Table{
		Caption: caption, HideCaption: true, Cards: true,
		Columns: []ui.Column{{Text: i18n.T(ctx, "champion.column.name")}, {Text: i18n.T(ctx, "champion.column.regions")}, {Text: i18n.T(ctx, "champion.column.since")}, {Text: i18n.T(ctx, "champion.column.status")}},
	}
	for _, e := range entries {
		t.Rows = append(t.Rows, []ui.Cell{
			{Text: name(ctx, v.Vocabulary, e.Country), Href: ui.Href(ctx, PathOf(e.Country))}, {Text: i18n.List(ctx, regionNames(ctx, v.Vocabulary, e.Country))},
			{Text: e.Since.Text(ctx)}, {Component: standing(e, v.chairs(e.Country))},
		})
	}
	return t
}

// regionNames are the names of the regions of a State.
func regionNames(ctx context.Context, v *gcm.Vocabulary, country string) []string {
	var all []string
	for _, id := range v.RegionsOf([]string{country}) {
		r, _ := v.Region(id)
		all = append(all, r.Name(i18n.From(ctx)))
	}
	return all
}

// chairs says whether the State is a co-chair today.
func (v registryView) chairs(country string) bool {
	return slices.ContainsFunc(v.Chairs, func(h Chair) bool { return h.Country == country && h.now(v.Today) })
}

// terms are the co-chairs of today, or those of before, each with its term.
func (v registryView) terms(now bool) []Chair {
	return slices.DeleteFunc(slices.Clone(v.Chairs), func(h Chair) bool { return h.now(v.Today) != now })
}

// term says from when to when somebody was co-chair.
func (c Chair) term(ctx context.Context) string {
	switch {
	case c.Until == "":
		return i18n.T(ctx, "champion.term.since", c.Since.Text(ctx))
	case c.Until == c.Since:
		return c.Since.Text(ctx)
	}
	return i18n.T(ctx, "champion.term", c.Since.Text(ctx), c.Until.Text(ctx))
}

// states is the map of the list.
func (v registryView) states(ctx context.Context) ui.StatesMap {
	counts := map[string]int{}
	for _, e := range v.Shown {
		counts[e.Country] = 1
	}
	return ui.StatesMap{
		Vocabulary: v.Vocabulary, Title: i18n.T(ctx, "champion.list.title"), Description: i18n.T(ctx, "champion.map.description"), Lede: i18n.T(ctx, "champion.map.lede"),
		Circles: i18n.T(ctx, "champion.map.circles"), Counts: counts,
		Count:  func(n int) string { return i18n.T(ctx, "champion.map.count."+strconv.Itoa(n)) },
		Href:   func(code string) string { return ui.Href(ctx, v.Country(code)) },
		Region: func(continent string) string { return i18n.T(ctx, "pledge.continent."+continent) },
	}
}

// described says all points of the chart in words.
func (v registryView) described(ctx context.Context) string {
	var all []string
	for _, p := range v.Points {
		all = append(all, i18n.T(ctx, "ui.states.dot", p.When.Text(ctx), i18n.Number(ctx, p.N)))
	}
	return i18n.List(ctx, all)
}

// finding is the heading of the chart: from how many to how many.
func (v registryView) finding(ctx context.Context) string {
	first, last := v.Points[0], v.Points[len(v.Points)-1]
	return i18n.T(ctx, "champion.number.finding", i18n.Number(ctx, first.N), first.When.Year(), i18n.Number(ctx, last.N))
}

// numbers are the points of the chart as a table.
func (v registryView) numbers(ctx context.Context) ui.Table {
	t := ui.Table{
		Caption: i18n.T(ctx, "champion.number.title"), HideCaption: true, Cards: true,
		Columns: []ui.Column{{Text: i18n.T(ctx, "champion.number.when")}, {Text: i18n.T(ctx, "champion.number.n"), Num: true}, {Text: i18n.T(ctx, "champion.number.what")}},
	}
	for i := len(v.Points) - 1; i >= 0; i-- {
		p := v.Points[i]
		what := ui.Cell{Text: i18n.T(ctx, "champion.number.registry")}
		if p.Figure != nil {
			what.Text = gcmNames(p.Figure.Names, i18n.From(ctx))
			if p.Figure.Source != "" {
				what.Href = p.Figure.Source
			}
		}
		t.Rows = append(t.Rows, []ui.Cell{{Text: p.When.Text(ctx)}, {Text: i18n.Number(ctx, p.N)}, what})
	}
	return t
}

// gcmNames is a name by language, else in English.
func gcmNames(names map[string]string, l i18n.Lang) string {
	if n := names[string(l)]; n != "" {
		return n
	}
	return names[string(i18n.English)]
}

// joinedIn says how many of today joined in each year, where that is known.
func (v registryView) joinedIn(ctx context.Context) ui.Bars {
	all := filter{}
	unknown := all.count(v.Entries, v.Vocabulary, yearName, unknownYear)
	b := ui.Bars{Title: i18n.T(ctx, "champion.joined.title"), Note: i18n.T(ctx, "champion.joined.note", unknown), Of: i18n.T(ctx, "champion.facet.year"), Unit: i18n.T(ctx, "champion.number.n")}
	for _, year := range v.every(yearName) {
		if n := all.count(v.Entries, v.Vocabulary, yearName, year); n > 0 && year != unknownYear {
			b.Rows = append(b.Rows, ui.Bar{Text: year, Href: at(ctx, url.Values{yearName: {year}}), Value: float64(n), Shown: i18n.Number(ctx, n)})
		}
	}
	return b
}

// items are documents as a list; path leads to a file of one.
func items(ctx context.Context, all []Document, path func(id int64) string) []ui.FileItem {
	var list []ui.FileItem
	for _, d := range all {
		item := ui.FileItem{Name: d.Title, Href: d.URL}
		facts := []string{i18n.T(ctx, "champion.document."+string(d.Kind))}
		if d.Reference != "" {
			facts = append(facts, d.Reference)
		}
		if d.Dated != "" {
			facts = append(facts, d.Dated.Text(ctx))
		}
		if d.FileName != "" {
			item.Href = ui.Href(ctx, path(d.ID))
			facts = append(facts, ui.FileFacts(ctx, strings.ToUpper(d.FileFormat), d.FileSize))
		}
		facts = append(facts, i18n.NameOf(ctx, i18n.Lang(d.Lang)))
		item.Facts = strings.Join(facts, " · ")
		list = append(list, item)
	}
	return list
}

// publicFile is where everybody gets the file of a released document, without the language.
func publicFile(id int64) string { return Path + "/documents/" + strconv.FormatInt(id, 10) }

// entryView is what the page of a Champion country shows.
type entryView struct {
	Whole
	Vocabulary *gcm.Vocabulary
	Today      date.Date
}

// facts are what is known of it in short.
func (v entryView) facts(ctx context.Context) []ui.Fact {
	facts := []ui.Fact{{Term: i18n.T(ctx, "champion.facet.status"), Component: ui.Tag(v.Status.tone(), v.Status.text(ctx))}}
	add := func(key, value, lang string) {
		if value != "" {
			facts = append(facts, ui.Fact{Term: i18n.T(ctx, key), Values: []string{value}, Lang: lang})
		}
	}
	add("champion.fact.since", v.Since.Text(ctx), "")
	add("champion.fact.ended", v.Ended.Text(ctx), "")
	var terms []string
	for _, h := range v.Chairs {
		terms = append(terms, h.term(ctx))
	}
	if len(terms) > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "champion.fact.chair"), Values: terms})
	}
	add("champion.fact.office", v.FocalOffice, "und")
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "champion.facet.region"), Values: regionNames(ctx, v.Vocabulary, v.Country)})
	if len(v.Sources) > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "champion.fact.sources"), Component: sources(v.Sources)})
	}
	return facts
}

// timeline is what has become of it: what the registry has recorded, and the day of joining where that came before.
func (v entryView) timeline(ctx context.Context) []ui.Event {
	var all []ui.Event
	for _, e := range v.History {
		all = append(all, ui.Event{At: i18n.Instant(ctx, e.At), Machine: e.At.UTC().Format("2006-01-02T15:04:05Z"), What: i18n.T(ctx, "champion.became."+string(e.ToStatus)), Key: true})
	}
	return all
}

// objective is the objective of a commitment.
func (v entryView) objective(ctx context.Context, n int) string {
	o, _ := v.Vocabulary.Objective(n)
	return o.Name(i18n.From(ctx))
}

// above are the crumbs to the registry.
func above(ctx context.Context) []ui.Link {
	return []ui.Link{{Href: ui.Href(ctx, Path), Text: i18n.T(ctx, "champion.list.title")}}
}

// langChoices are all languages in which something may be written.
func langChoices(ctx context.Context) []ui.Choice {
	var all []ui.Choice
	for _, l := range i18n.All {
		all = append(all, ui.Choice{Value: string(l), Label: i18n.NameOf(ctx, l)})
	}
	return all
}

// when is the control for a date that may be known in part.
func when(ctx context.Context, c ui.Control, typed url.Values, message func(part string) string) templ.Component {
	d := ui.DateControl{Control: c, Day: typed.Get(c.Name + ".day"), Month: typed.Get(c.Name + ".month"), Year: typed.Get(c.Name + ".year")}
	d.Hint = i18n.T(ctx, "champion.when.hint")
	for _, part := range []string{"day", "month", "year"} {
		if m := message(c.Name + "." + part); m != "" {
			d.Error, d.Part = m, part
			break
		}
	}
	return ui.DateInput(d)
}
