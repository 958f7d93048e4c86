package newsletter

import (
	"context"
	"strconv"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web/ui"
)

func emailControl(ctx context.Context, value string, wrong []problem.Field) ui.Control {
	return ui.Control{Name: "email", Label: i18n.T(ctx, "newsletter.email"), Values: []string{value}, Type: "email", Autocomplete: "email", Error: ui.MessageFor(ctx, wrong, "email")}
}

func (v choicesView) lang(ctx context.Context) ui.Control {
	c := ui.Control{Name: "lang", Label: i18n.T(ctx, "newsletter.lang"), Hint: i18n.T(ctx, "newsletter.lang.hint"), Values: []string{string(v.Choices.Lang)}, Error: ui.MessageFor(ctx, v.Wrong, "lang")}
	for _, l := range i18n.All {
		c.Choices = append(c.Choices, ui.Choice{Value: string(l), Label: i18n.NameOf(ctx, l)})
	}
	return c
}

func (v choicesView) themes(ctx context.Context) ui.Control {
	return themesControl(ctx, v.Vocabulary, i18n.T(ctx, "newsletter.themes"), i18n.T(ctx, "newsletter.themes.hint"), v.Choices.Themes)
}

func themesControl(ctx context.Context, v *gcm.Vocabulary, label, hint string, chosen []int) ui.Control {
	c := ui.Control{Name: "themes", Label: label, Hint: hint, Optional: true}
	for _, n := range chosen {
		c.Values = append(c.Values, strconv.Itoa(n))
	}
	for _, t := range v.Themes {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.Itoa(t.N), Label: t.Label(i18n.From(ctx))})
	}
	return c
}

func (v choicesView) regions(ctx context.Context) ui.Control {
	return regionsControl(ctx, v.Vocabulary, i18n.T(ctx, "newsletter.regions"), i18n.T(ctx, "newsletter.regions.hint"), v.Choices.Regions)
}

func regionsControl(ctx context.Context, v *gcm.Vocabulary, label, hint string, chosen []string) ui.Control {
	c := ui.Control{Name: "regions", Label: label, Hint: hint, Optional: true, Values: chosen}
	for _, r := range v.Regions {
		if r.ID != gcm.Global {
			c.Choices = append(c.Choices, ui.Choice{Value: r.ID, Label: r.Name(i18n.From(ctx))})
		}
	}
	return c
}

func (v choicesView) sector(ctx context.Context) ui.Control {
	c := ui.Control{Name: "sector", Label: i18n.T(ctx, "newsletter.sector"), Optional: true, Blank: i18n.T(ctx, "newsletter.sector.none"), Values: []string{v.Choices.Sector}, Error: ui.MessageFor(ctx, v.Wrong, "sector")}
	for _, s := range v.Vocabulary.Sectors {
		c.Choices = append(c.Choices, ui.Choice{Value: s.ID, Label: s.Name(i18n.From(ctx))})
	}
	return c
}

func (v choicesView) frequency(ctx context.Context) ui.Control {
	c := ui.Control{Name: "frequency", Label: i18n.T(ctx, "newsletter.frequency"), Values: []string{string(v.Choices.Frequency)}, Error: ui.MessageFor(ctx, v.Wrong, "frequency")}
	for _, f := range Frequencies {
		c.Choices = append(c.Choices, ui.Choice{Value: string(f), Label: i18n.T(ctx, "newsletter.frequency."+string(f))})
	}
	return c
}
