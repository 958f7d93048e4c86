package conceptnote

import (
	"context"
	"strconv"
	"strings"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/money"
	"portal/internal/problem"
	"portal/web/ui"
)

// ConfigurationPath is where the fund desk reads and sets the configuration, without the language.
const ConfigurationPath = "/desk/fund/configuration"

func versionPath(number int) string { return ConfigurationPath + "/" + strconv.Itoa(number) }

// setLine says which version it is, since when and by whom.
func (v Version) setLine(ctx context.Context) string {
	if v.SetBy == "" {
		return i18n.T(ctx, "concept_note.configuration.first", v.Number, i18n.DayOf(ctx, v.InForce))
	}
	return i18n.T(ctx, "concept_note.configuration.set", v.Number, i18n.DayOf(ctx, v.InForce), ui.PersonName(ctx, v.SetBy))
}

// configurationView is one version with the list of all.
type configurationView struct {
	Version
	All Versions
	Who identity.User
}

func (v configurationView) last() bool { return v.Number == v.All[len(v.All)-1].Number }

func (v configurationView) figures(ctx context.Context) []ui.Fact {
	c := v.Content
	fact := func(key string, args ...any) ui.Fact {
		return ui.Fact{Term: i18n.T(ctx, "concept_note.configuration."+key), Values: []string{i18n.T(ctx, "concept_note.configuration."+key+".value", args...)}}
	}
	return []ui.Fact{
		fact("duration", c.Duration.Least, c.Duration.Most), fact("indirect", money.Rate(c.Indirect, i18n.From(ctx))),
		fact("part", c.Lengths.Part), fact("short", c.Lengths.Short),
	}
}

// itemTable lists names in both languages; more is a last column.
func itemTable(ctx context.Context, caption string, items []item, more string, moreOf func(i int) string) ui.Table {
	t := ui.Table{Caption: caption, HideCaption: true, Cards: true, Columns: []ui.Column{{Text: i18n.T(ctx, "concept_note.configuration.en")}, {Text: i18n.T(ctx, "concept_note.configuration.ar")}}}
	if moreOf != nil {
		t.Columns = append(t.Columns, ui.Column{Text: more})
	}
	for i, one := range items {
		row := []ui.Cell{{Text: one.names[i18n.English], Lang: string(i18n.English)}, {Text: one.names[i18n.Arabic], Lang: string(i18n.Arabic)}}
		if moreOf != nil {
			row = append(row, ui.Cell{Text: moreOf(i)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (v configurationView) areas(ctx context.Context) ui.Table {
	return itemTable(ctx, i18n.T(ctx, "concept_note.configuration.areas"), itemsOf(v.Content.Areas, areaItem), i18n.T(ctx, "concept_note.configuration.objectives"), func(i int) string {
		return numbers(ctx, v.Content.Areas[i].Objectives)
	})
}

func (v configurationView) categories(ctx context.Context) ui.Table {
	return itemTable(ctx, i18n.T(ctx, "concept_note.configuration.categories"), itemsOf(v.Content.Categories, categoryItem), "", nil)
}

func markerName(ctx context.Context, m Marker) string {
	return i18n.T(ctx, "concept_note.field."+string(m)+".label")
}

func (v configurationView) scale(ctx context.Context, m Marker) ui.Table {
	return itemTable(ctx, markerName(ctx, m), itemsOf(v.Content.Markers[m].Values, valueItem), "", nil)
}

// setView is the form of the next version.
type setView struct {
	Typed configurationForm
	Last  Version
	Wrong []problem.Field
	// Stale says that another version was set since the form was read: Theirs is what it changed, Yours what the form would change
	// about the version that was read.
	Stale         bool
	Theirs, Yours []change
}

func (v setView) control(ctx context.Context, name, label string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "concept_note.configuration."+label), Values: v.Typed.Values[name], Error: ui.MessageFor(ctx, v.Wrong, name)}
	if key := "concept_note.configuration." + label + ".hint"; i18n.Has(i18n.From(ctx), key) {
		c.Hint = i18n.T(ctx, key)
	}
	return c
}

// place is the control for where a row stands.
func (v setView) place(ctx context.Context, kind string, n int) ui.Control {
	c := v.control(ctx, rowControl(kind, n, "place"), "place")
	c.InputMode, c.Width = "numeric", "w-4"
	return c
}

// number is a control for a short number.
func (v setView) number(ctx context.Context, name string) ui.Control {
	c := v.control(ctx, name, name)
	c.InputMode, c.Width = "decimal", "w-10"
	return c
}

func (v setView) name(ctx context.Context, control string, l i18n.Lang) ui.Control {
	c := v.control(ctx, control, string(l))
	c.Lang = string(l)
	return c
}

// legend names a row: by what stands there, or as a new one.
func (v setView) legend(ctx context.Context, kind string, n int) string {
	l := i18n.English
	if i18n.From(ctx) == i18n.Arabic {
		l = i18n.Arabic
	}
	if name := strings.TrimSpace(v.Typed.Get(rowControl(kind, n, string(l)))); name != "" {
		return name
	}
	return i18n.T(ctx, "concept_note.configuration."+kind+".new")
}

// isNew says whether a row is none of an item that there is.
func (v setView) isNew(kind string, n int) bool { return v.Typed.Get(rowControl(kind, n, "id")) == "" }

func (v setView) least(ctx context.Context, m Marker) ui.Control {
	c := v.control(ctx, leastControl(m), "least_value")
	if m == RightsMarker {
		c.Blank = i18n.T(ctx, "concept_note.configuration.least.any")
	}
	for i, value := range v.Last.Content.Markers[m].Values {
		if m == RightsMarker || i > 0 {
			c.Choices = append(c.Choices, ui.Choice{Value: value.Value, Label: value.Names.In(i18n.From(ctx))})
		}
	}
	return c
}

// previewView is what the next version would change.
type previewView struct {
	Typed   configurationForm
	Last    Version
	Changes []change
	Reach   reach
	// Removed are the areas and categories that are taken out and that drafts use, with how many do.
	Removed []removed
}

// removed is an area or a category that drafts use and that is taken out.
type removed struct {
	Name   string
	Drafts int
}

// hidden are the values that the page carries along, in a steady order.
func (v previewView) hidden() []ui.Hidden {
	var all []ui.Hidden
	for _, name := range sortedNames(v.Typed.Values) {
		if name != actName {
			all = append(all, ui.Hidden{Name: name, Value: v.Typed.Get(name)})
		}
	}
	return all
}
