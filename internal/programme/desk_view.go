package programme

import (
	"context"
	"net/url"
	"strconv"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web/ui"
)

// deskListView is the list of programmes as the desk sees it.
type deskListView struct {
	DeskList
	words
}

func (v deskListView) at(ctx context.Context, q url.Values) string {
	return ui.Href(ctx, ui.WithQuery(DeskPath, q))
}

func (v deskListView) tabs(ctx context.Context) []ui.Tab {
	all := 0
	for _, n := range v.Counts {
		all += n
	}
	tabs := []ui.Tab{{Href: v.at(ctx, ui.With(v.Filter.values(), "stage")), Text: i18n.T(ctx, "programme.desk.tab", i18n.Key("programme.list.any"), all), Current: v.Filter.Stage == ""}}
	for _, s := range Stages {
		tabs = append(tabs, ui.Tab{Href: v.at(ctx, ui.With(v.Filter.values(), "stage", string(s))), Text: i18n.T(ctx, "programme.desk.tab", i18n.Key("programme.stage."+string(s)), v.Counts[s]), Current: v.Filter.Stage == s})
	}
	return tabs
}

func (v deskListView) search(ctx context.Context) ui.Search {
	return ui.Search{ID: "q", Label: i18n.T(ctx, "programme.desk.search"), Action: ui.Href(ctx, DeskPath), Value: v.Filter.Q, Keep: ui.With(v.Filter.values(), "q")}
}

func (v deskListView) chips(ctx context.Context) []ui.Chip {
	if v.Filter.Q == "" {
		return nil
	}
	return []ui.Chip{{Href: v.at(ctx, ui.With(v.Filter.values(), "q")), Text: v.Filter.Q, Remove: true}}
}

// table are the programmes; its column of days sorts it.
func (v deskListView) table(ctx context.Context) ui.Table {
	since := ui.Column{Text: i18n.T(ctx, "programme.table.since"), Sort: v.at(ctx, ui.With(v.Filter.values(), "sort", "since"))}
	if v.Filter.ByDay {
		since.Order, since.Sort = "ascending", v.at(ctx, ui.With(v.Filter.values(), "sort"))
	}
	t := ui.Table{
		Caption: i18n.T(ctx, "programme.desk.title"), HideCaption: true, Cards: true, Header: 1,
		Columns: []ui.Column{{Text: i18n.T(ctx, "programme.table.id"), Nowrap: true}, {Text: i18n.T(ctx, "programme.table.title")}, {Text: i18n.T(ctx, "programme.table.countries")}, {Text: i18n.T(ctx, "programme.table.stage")}, since,
			{Text: i18n.T(ctx, "programme.desk.asked"), Num: true}, {Text: i18n.T(ctx, "programme.desk.granted"), Num: true}},
	}
	for _, p := range v.Programmes {
		granted := ""
		if p.Funded != nil {
			granted = usd(ctx, *p.Funded)
		}
		t.Rows = append(t.Rows, []ui.Cell{{Text: p.PublicID}, {Text: p.Title, Href: ui.Href(ctx, deskPath(p.PublicID)), Lang: p.Lang}, {Text: v.places(ctx, p.Countries)},
			{Component: ui.Tag(p.Stage.tone(), p.Stage.text(ctx))}, {Text: i18n.Day(ctx, p.StageOn)}, {Text: usd(ctx, p.Budget)}, {Text: granted}})
	}
	return t
}

func (v deskListView) pager(ctx context.Context) ui.Pager {
	return ui.Pager{Label: i18n.T(ctx, "programme.list.pages"), Page: v.Filter.Page, Pages: v.Pages(), Href: func(page int) string {
		q := v.Filter.values()
		if page > 1 {
			q.Set("page", strconv.Itoa(page))
		}
		return v.at(ctx, q)
	}}
}

// deskView is a programme as the desk sees it, with the forms as they are filled or were typed.
type deskView struct {
	Desk
	words
	Who     identity.User
	Stage   stageForm
	Wording url.Values
	Wrong   []problem.Field
	Stale   bool
	// Case is the desk's page of the concept note, without the language; "" leaves the link out.
	Case string
}

func (v deskView) facts(ctx context.Context) []ui.Fact {
	p := v.Programme
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "programme.fact.stage"), Component: ui.Tag(p.Stage.tone(), p.Stage.text(ctx))},
		{Term: i18n.T(ctx, "programme.table.since"), Values: []string{i18n.Day(ctx, p.StageOn)}},
		{Term: i18n.T(ctx, "programme.fact.budget"), Values: []string{exact(ctx, p.Facts.Budget)}},
	}
	if p.Funded != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "programme.fact.funded"), Values: []string{exact(ctx, *p.Funded)}})
	}
	if period := (pageView{Public: Public{Programme: p}}).period(ctx); period != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "programme.fact.period"), Values: []string{period}})
	}
	return append(facts, ui.Fact{Term: i18n.T(ctx, "programme.fact.countries"), Values: v.CountryNames(i18n.From(ctx), p.Facts.Countries)})
}

// history is all that was ever said of the stages, the last on top.
func (v deskView) history(ctx context.Context) []ui.Event {
	all := make([]ui.Event, 0, len(v.Changes))
	for i := len(v.Changes) - 1; i >= 0; i-- {
		c := v.Changes[i]
		all = append(all, ui.Event{
			At: i18n.Instant(ctx, c.At), Machine: instant(c.At), By: c.ActorName, Note: c.Note,
			What: i18n.T(ctx, "programme.desk.said", i18n.Key("programme.stage."+string(c.Stage)), c.Since),
		})
	}
	return all
}

func (v deskView) control(ctx context.Context, name, label string, values url.Values) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "programme.form."+label), Values: values[name], Error: ui.MessageFor(ctx, v.Wrong, name)}
	if key := "programme.form." + label + ".hint"; i18n.Has(i18n.From(ctx), key) {
		c.Hint = i18n.T(ctx, key)
	}
	return c
}

// stages are those to choose from: earlier ones for who may take a programme back.
func (v deskView) stages(ctx context.Context) ui.Control {
	c := v.control(ctx, "stage", "stage", v.Stage.Values)
	for _, s := range Stages {
		if s.rank() >= v.Programme.Stage.rank() || May(v.Who, ActBack) {
			c.Choices = append(c.Choices, ui.Choice{Value: string(s), Label: s.text(ctx)})
		}
	}
	return c
}

func (v deskView) day(ctx context.Context, name string) ui.DateControl {
	d := ui.DateControl{Control: v.control(ctx, name, name, v.Stage.Values), Day: v.Stage.Get(name + ".day"), Month: v.Stage.Get(name + ".month"), Year: v.Stage.Get(name + ".year")}
	d.Optional = name != "since"
	for _, part := range []string{"day", "month", "year"} {
		if message := ui.MessageFor(ctx, v.Wrong, name+"."+part); message != "" {
			d.Error, d.Part = message, part
			break
		}
	}
	return d
}

func (v deskView) funded(ctx context.Context) ui.Control {
	c := v.control(ctx, "funded", "funded", v.Stage.Values)
	c.Width, c.InputMode = "w-10", "decimal"
	return c
}

func (v deskView) note(ctx context.Context) ui.Control {
	c := v.control(ctx, "note", "note", v.Stage.Values)
	c.Rows, c.Max, c.Length, c.Optional = 3, MaxNote, form.Length(c.Value()), true
	return c
}

func (v deskView) title(ctx context.Context) ui.Control {
	c := v.control(ctx, "title", "title", v.Wording)
	c.Lang = v.Facts.Lang
	return c
}

func (v deskView) purpose(ctx context.Context) ui.Control {
	c := v.control(ctx, "purpose", "purpose", v.Wording)
	c.Lang, c.Rows, c.Max, c.Length = v.Facts.Lang, 5, MaxPurpose, form.Length(c.Value())
	return c
}

// nameOf is the name of the control of an organization's name, from 0.
func nameOf(i int) string { return form.RowName("organizations", i, "name") }

func (v deskView) organization(ctx context.Context, i int) ui.Control {
	c := v.control(ctx, nameOf(i), "organization", v.Wording)
	c.Label, c.Lang = i18n.T(ctx, "programme.form.organization", i+1), v.Facts.Lang
	return c
}
