package topic

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web/ui"
)

// resolution is where the text of the Compact stands, in all six languages.
const resolution = "https://undocs.org/"

// principlesParagraph is the paragraph of the Compact that states the guiding principles.
const principlesParagraph = 15

// view is the topics of a kind with their counts.
type view struct {
	Kind       Kind
	Sources    Sources
	Vocabulary *gcm.Vocabulary
	// practices and pledges count what is published, by the number of the topic.
	practices, pledges map[string]int
}

// topic is one objective or principle in the reader's language.
type topic struct {
	N int
	// Name is short; Title is in the words of the Compact, "" where the name is all there is.
	Name, Title string
	// Class is the colour of its thematic area; principles have none.
	Class              string
	Practices, Pledges int
}

// key is the text of the kind: "topic.objective.title".
func (v view) key(name string) string { return "topic." + string(v.Kind) + "." + name }

// path is the page of the topic, without the language.
func (v view) path(n int) string { return v.Kind.path() + "/" + strconv.Itoa(n) }

// under is the address of a list or dashboard that holds what belongs to the topic.
func (v view) under(ctx context.Context, path string, n int) string {
	return ui.Href(ctx, ui.WithQuery(path, url.Values{string(v.Kind): {strconv.Itoa(n)}}))
}

func (v view) topicOf(n int, name, title, class string) topic {
	return topic{N: n, Name: name, Title: title, Class: class, Practices: v.practices[strconv.Itoa(n)], Pledges: v.pledges[strconv.Itoa(n)]}
}

func (v view) objective(ctx context.Context, o gcm.Objective) topic {
	l := i18n.From(ctx)
	return v.topicOf(o.N, o.Label(l), o.Name(l), ui.AreasOf(v.Vocabulary).Class(o.N))
}

// all are the topics of the kind in their order.
func (v view) all(ctx context.Context) []topic {
	var all []topic
	if v.Kind == Principle {
		for _, p := range v.Vocabulary.Principles {
			all = append(all, v.topicOf(p.N, p.Name(i18n.From(ctx)), "", ""))
		}
		return all
	}
	for _, o := range v.Vocabulary.Objectives {
		all = append(all, v.objective(ctx, o))
	}
	return all
}

// find returns topic n; nil for none.
func (v view) find(ctx context.Context, n int) *topic {
	for _, t := range v.all(ctx) {
		if t.N == n {
			return &t
		}
	}
	return nil
}

// ofTheme are the objectives of a thematic area.
func (v view) ofTheme(ctx context.Context, theme int) []topic {
	var all []topic
	for _, o := range v.Vocabulary.ThemeObjectives(theme) {
		all = append(all, v.objective(ctx, o))
	}
	return all
}

// loom is the 23 threads, each as long as what is published under it.
func (v view) loom(ctx context.Context) ui.Loom {
	l := ui.Loom{Label: i18n.T(ctx, "topic.loom.list"), Caption: i18n.T(ctx, "topic.loom.text"), Areas: ui.AreasOf(v.Vocabulary)}
	for _, t := range v.Vocabulary.Themes {
		l.Legend = append(l.Legend, ui.LegendItem{Class: "t" + strconv.Itoa(t.N), Text: t.Label(i18n.From(ctx))})
	}
	for _, t := range v.all(ctx) {
		l.Items = append(l.Items, ui.LoomItem{N: t.N, Name: t.Name, Note: t.counts(ctx), Value: t.Practices + t.Pledges, Href: ui.Href(ctx, v.path(t.N))})
	}
	return l
}

// counts says in words what is published under the topic.
func (t topic) counts(ctx context.Context) string {
	return i18n.List(ctx, []string{i18n.T(ctx, "topic.practices.count", t.Practices), i18n.T(ctx, "topic.pledges.count", t.Pledges)})
}

// table is topics with their counts, each of which leads to the list that it counts.
func (v view) table(ctx context.Context, caption string, topics []topic) ui.Table {
	t := ui.Table{Caption: caption, HideCaption: true, Cards: true, Columns: []ui.Column{
		{Text: i18n.T(ctx, v.key("one"))}, {Text: i18n.T(ctx, "topic.practices"), Num: true}, {Text: i18n.T(ctx, "topic.pledges"), Num: true},
	}}
	for _, one := range topics {
		t.Rows = append(t.Rows, []ui.Cell{{Component: named(v, one)}, v.number(ctx, v.Sources.Practices.Path, one.N, one.Practices), v.number(ctx, v.Sources.Pledges.Path, one.N, one.Pledges)})
	}
	return t
}

// number is a count that leads to its list, unless that is empty.
func (v view) number(ctx context.Context, path string, n, count int) ui.Cell {
	c := ui.Cell{Text: i18n.Number(ctx, count)}
	if count > 0 {
		c.Href = v.under(ctx, path, n)
	}
	return c
}

// page is what the layout must know of the overview.
func (v view) page(ctx context.Context) ui.Page {
	return ui.Page{Title: i18n.T(ctx, v.key("all")), Description: i18n.T(ctx, v.key("lede")), Data: v.set(ctx)}
}

// above are the crumbs above an overview.
func above(ctx context.Context) []ui.Link {
	return []ui.Link{{Href: ui.Href(ctx, "/"), Text: i18n.T(ctx, "topic.home")}}
}

// compact is the address of the Compact's text in the reader's language.
func compact(ctx context.Context) string {
	return resolution + string(i18n.From(ctx)) + "/A/RES/73/195"
}

// pageView is one topic with the newest of what is published under it.
type pageView struct {
	view
	topic              topic
	Practices, Pledges []ui.Card
	// Experts are the newest who know about the objective, of so many experts in all.
	Experts []ui.Card
	experts int
}

// heading is the name with kind and number: "Objective 7: Vulnerabilities in migration".
func (v pageView) heading(ctx context.Context) string {
	return i18n.T(ctx, v.key("named"), v.topic.N, v.topic.Name)
}

func (v pageView) page(ctx context.Context) ui.Page {
	return ui.Page{Title: v.heading(ctx), Description: v.lede(ctx), Data: v.data(ctx)}
}

// lede is what the Compact says, as far as the vocabulary has it.
func (v pageView) lede(ctx context.Context) string {
	if v.topic.Title != "" {
		return v.topic.Title
	}
	return i18n.T(ctx, "topic.principle.what")
}

func (v pageView) above(ctx context.Context) []ui.Link {
	return append(above(ctx), ui.Link{Href: ui.Href(ctx, v.Kind.path()), Text: i18n.T(ctx, v.key("all"))})
}

// theme is the thematic area of the objective; ok is false for a principle.
func (v pageView) theme() (t gcm.Theme, ok bool) {
	o, ok := v.Vocabulary.Objective(v.topic.N)
	if !ok || v.Kind != Objective {
		return t, false
	}
	return v.Vocabulary.Theme(o.Theme)
}

// others are the other objectives of the same thematic area, or the other principles.
func (v pageView) others(ctx context.Context) []topic {
	all := v.all(ctx)
	if theme, ok := v.theme(); ok {
		all = v.ofTheme(ctx, theme.N)
	}
	return slices.DeleteFunc(all, func(t topic) bool { return t.N == v.topic.N })
}

// figures are the counts, each of which leads to the list that it counts.
func (v pageView) figures(ctx context.Context) []ui.Figure {
	figure := func(kind, path string, n int) ui.Figure {
		f := ui.Figure{Value: i18n.Number(ctx, n), Text: i18n.T(ctx, "topic."+kind+".figure", n), Class: v.topic.Class}
		if n > 0 {
			f.Href = v.under(ctx, path, v.topic.N)
		}
		return f
	}
	return []ui.Figure{figure("practices", v.Sources.Practices.Path, v.topic.Practices), figure("pledges", v.Sources.Pledges.Path, v.topic.Pledges)}
}

// facts are where the topic stands: in the Compact, among the thematic areas and beside the goals.
func (v pageView) facts(ctx context.Context) []ui.Fact {
	l := i18n.From(ctx)
	paragraph := principlesParagraph
	o, isObjective := v.Vocabulary.Objective(v.topic.N)
	isObjective = isObjective && v.Kind == Objective
	if isObjective {
		paragraph = o.Paragraph
	}
	facts := []ui.Fact{{Term: i18n.T(ctx, "topic.fact.text"), Component: textLink(paragraph)}}
	if !isObjective {
		return facts
	}
	if theme, ok := v.theme(); ok {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "topic.fact.theme"), Values: []string{theme.Name(l)}})
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "topic.fact.roundtable"), Values: []string{i18n.T(ctx, "topic.roundtable", o.Roundtable)}})
	if len(o.SDGs) > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "topic.fact.goals"), Component: goalLinks(v, o)})
	}
	return facts
}

// neighbour is the topic so many places further on; nil at the ends.
func (v pageView) neighbour(ctx context.Context, step int) *topic { return v.find(ctx, v.topic.N+step) }
