package fund

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web/ui"
)

// countryNames are the names of countries in the reader's language, in its alphabet.
func countryNames(ctx context.Context, v *gcm.Vocabulary, codes []string) []string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = code
		if c, ok := v.Country(code); ok {
			names[i] = c.Name(i18n.From(ctx))
		}
	}
	i18n.Sort(i18n.From(ctx), names, func(name string) string { return name })
	return names
}

// coordinatorsView is the register as the desk sees it.
type coordinatorsView struct {
	Filter     RCFilter
	Offices    []RCOffice
	Vocabulary *gcm.Vocabulary
}

func (v coordinatorsView) at(ctx context.Context, q url.Values) string {
	return ui.Href(ctx, ui.WithQuery(CoordinatorsPath, q))
}

func (v coordinatorsView) tabs(ctx context.Context) []ui.Tab {
	open, closed := v.Filter, v.Filter
	open.Closed, closed.Closed = false, true
	return []ui.Tab{
		{Href: v.at(ctx, open.values()), Text: i18n.T(ctx, "fund.rc.open"), Current: !v.Filter.Closed},
		{Href: v.at(ctx, closed.values()), Text: i18n.T(ctx, "fund.rc.closed"), Current: v.Filter.Closed},
	}
}

func (v coordinatorsView) search(ctx context.Context) ui.Search {
	return ui.Search{ID: "q", Label: i18n.T(ctx, "fund.rc.search"), Action: ui.Href(ctx, CoordinatorsPath), Value: v.Filter.Q, Keep: ui.With(v.Filter.values(), "q")}
}

// chips are the filters in use, each with the way to take it away.
func (v coordinatorsView) chips(ctx context.Context) (chips []ui.Chip) {
	if v.Filter.Q != "" {
		chips = append(chips, ui.Chip{Href: v.at(ctx, ui.With(v.Filter.values(), "q")), Text: v.Filter.Q, Remove: true})
	}
	if v.Filter.Country != "" {
		chips = append(chips, ui.Chip{Href: v.at(ctx, ui.With(v.Filter.values(), "country")), Text: countryNames(ctx, v.Vocabulary, []string{v.Filter.Country})[0], Remove: true})
	}
	return chips
}

func (v coordinatorsView) table(ctx context.Context) ui.Table {
	t := ui.Table{
		Caption: i18n.T(ctx, "fund.rc.count", len(v.Offices)), HideCaption: true, Cards: true,
		Columns: []ui.Column{{Text: i18n.T(ctx, "fund.rc.column.name")}, {Text: i18n.T(ctx, "fund.rc.column.countries")}, {Text: i18n.T(ctx, "fund.rc.column.office")}},
	}
	for _, o := range v.Offices {
		tied := ui.Cell{Text: o.OfficeName, Lang: "und"}
		if o.OfficeID == 0 {
			tied = ui.Cell{Component: ui.Tag(ui.Warn, i18n.T(ctx, "fund.rc.untied"))}
		}
		t.Rows = append(t.Rows, []ui.Cell{{Text: o.Name, Href: ui.Href(ctx, coordinatorPath(o.ID)), Lang: "und"}, {Text: i18n.List(ctx, countryNames(ctx, v.Vocabulary, o.Countries))}, tied})
	}
	return t
}

// coordinatorView is the form of an office; its ID is 0 for a new one.
type coordinatorView struct {
	RCOffice
	Typed         rcForm
	Wrong         []problem.Field
	Stale         bool
	PortalOffices []PortalOffice
	Vocabulary    *gcm.Vocabulary
}

func (v coordinatorView) title(ctx context.Context) string {
	if v.ID == 0 {
		return i18n.T(ctx, "fund.rc.new")
	}
	return v.Name
}

// path is the page's own; action is where its form is posted.
func (v coordinatorView) path() string {
	if v.ID == 0 {
		return CoordinatorsPath + "/new"
	}
	return coordinatorPath(v.ID)
}

func (v coordinatorView) action(ctx context.Context) string {
	if v.ID == 0 {
		return ui.Href(ctx, CoordinatorsPath)
	}
	return ui.Href(ctx, coordinatorPath(v.ID))
}

func (v coordinatorView) control(ctx context.Context, name string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "fund.rc.form."+name), Values: v.Typed.Values[name], Error: ui.MessageFor(ctx, v.Wrong, name)}
	if key := "fund.rc.form." + name + ".hint"; i18n.Has(i18n.From(ctx), key) {
		c.Hint = i18n.T(ctx, key)
	}
	return c
}

func (v coordinatorView) countries(ctx context.Context) ui.Control {
	c := v.control(ctx, "countries")
	for _, state := range v.Vocabulary.States {
		c.Choices = append(c.Choices, ui.Choice{Value: state.ISO2, Label: state.Name(i18n.From(ctx))})
	}
	i18n.Sort(i18n.From(ctx), c.Choices, func(o ui.Choice) string { return o.Label })
	return c
}

func (v coordinatorView) tied(ctx context.Context) ui.Control {
	c := v.control(ctx, "office")
	c.Optional, c.Blank = true, i18n.T(ctx, "fund.rc.form.office.none")
	for _, o := range v.PortalOffices {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(o.ID, 10), Label: o.Name})
	}
	return c
}

// facts are the office as it is now.
func (v coordinatorView) facts(ctx context.Context) []ui.Fact {
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "fund.rc.column.name"), Values: []string{v.Name}, Lang: "und"},
		{Term: i18n.T(ctx, "fund.rc.column.countries"), Values: []string{strings.Join(countryNames(ctx, v.Vocabulary, v.Countries), " · ")}},
	}
	if v.OfficeName != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "fund.rc.column.office"), Values: []string{v.OfficeName}, Lang: "und"})
	}
	if v.ClosedAt != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "fund.rc.closed_on"), Values: []string{i18n.DayOf(ctx, *v.ClosedAt)}})
	}
	return facts
}
