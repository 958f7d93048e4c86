package peer

import (
	"context"
	"slices"
	"strconv"

	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web/ui"
)

// kindView is what the settings of a kind show.
type kindView struct {
	KindSettings
	Typed    *Settings
	Criteria []Criterion
	Leads    bool
	Wrong    []problem.Field
	Stale    bool
}

func (v kindView) number(ctx context.Context, name string, value int) ui.Control {
	shown := strconv.Itoa(value)
	if value < 0 {
		shown = ""
	}
	return ui.Control{Name: name, Label: i18n.T(ctx, "peer.settings."+name), Values: []string{shown}, InputMode: "numeric", Width: "w-2", Error: ui.MessageFor(ctx, v.Wrong, name)}
}

func (v kindView) means(ctx context.Context) ui.Control {
	return ui.Control{Name: "means_apart", Label: i18n.T(ctx, "peer.settings.means_apart"), Values: []string{strconv.FormatFloat(v.Typed.MeansApart, 'f', -1, 64)}, InputMode: "decimal", Width: "w-4", Error: ui.MessageFor(ctx, v.Wrong, "means_apart")}
}

func (v kindView) visibility(ctx context.Context) ui.Control {
	c := ui.Control{Name: "visibility", Label: i18n.T(ctx, "peer.settings.visibility"), Values: []string{string(v.Typed.Visibility)}, Error: ui.MessageFor(ctx, v.Wrong, "visibility")}
	for _, one := range Visibilities {
		c.Choices = append(c.Choices, ui.Choice{Value: string(one), Label: i18n.T(ctx, "peer.visibility."+string(one))})
	}
	return c
}

func (v kindView) redacted(ctx context.Context) ui.Control {
	c := ui.Control{Name: "redacted", Label: i18n.T(ctx, "peer.settings.redacted"), Hint: i18n.T(ctx, "peer.settings.redacted.hint"), Values: v.Typed.Redacted, Optional: true}
	for _, what := range []string{RedactAuthor, RedactOffice} {
		c.Choices = append(c.Choices, ui.Choice{Value: what, Label: i18n.T(ctx, "peer.redact."+what[1:])})
	}
	for _, s := range v.Kind.Form.Steps {
		for _, f := range s.Fields {
			if !f.Private {
				c.Choices = append(c.Choices, ui.Choice{Value: f.ID, Label: i18n.T(ctx, v.Kind.Form.Key("", f)+".label")})
			}
		}
	}
	return c
}

func (v kindView) enabled(ctx context.Context) ui.Control {
	return yes("enabled", i18n.T(ctx, "peer.settings.enabled"), v.Typed.Enabled)
}

func (v kindView) required(ctx context.Context) ui.Control {
	return yes("required", i18n.T(ctx, "peer.settings.required"), v.Typed.Required)
}

// yes is a box to tick.
func yes(name, label string, ticked bool) ui.Control {
	c := ui.Control{Name: name, Label: label}
	if ticked {
		c.Values = []string{"yes"}
	}
	return c
}

// rows are the criteria with one more row to fill in.
func (v kindView) rows() []Criterion {
	rows := slices.Clone(v.Criteria)
	if len(rows) < MostCriteria {
		rows = append(rows, Criterion{})
	}
	return rows
}

func (v kindView) cell(ctx context.Context, i int, field, label, value string) ui.Control {
	name := "c" + strconv.Itoa(i+1) + "." + field
	return ui.Control{Name: name, Label: label, Values: []string{value}, Error: ui.MessageFor(ctx, v.Wrong, name)}
}

func (v kindView) weight(ctx context.Context, i int, c Criterion) ui.Control {
	value := strconv.Itoa(c.Weight)
	if c.Weight < 0 || c.Names == nil {
		value = ""
	}
	control := v.cell(ctx, i, "weight", i18n.T(ctx, "peer.criteria.weight"), value)
	control.InputMode, control.Width = "numeric", "w-4"
	return control
}

func levelOf(c Criterion, lang string, level int) string {
	if len(c.Levels[lang]) < level {
		return ""
	}
	return c.Levels[lang][level-1]
}
