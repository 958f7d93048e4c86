package practice

import (
	"context"
	"strconv"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// The options that come from the vocabulary, in the reader's language.

func categoryOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	options := make([]form.Option, len(v.Categories))
	for i, c := range v.Categories {
		options[i] = form.Option{Value: c.ID, Label: c.Name(i18n.From(ctx))}
	}
	return options
}

func countryOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	countries := v.Countries(i18n.From(ctx))
	options := make([]form.Option, len(countries))
	for i, c := range countries {
		options[i] = form.Option{Value: c.ISO2, Label: c.Name(i18n.From(ctx))}
	}
	return options
}

func objectiveOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	options := make([]form.Option, len(v.Objectives))
	for i, o := range v.Objectives {
		options[i] = form.Option{Value: strconv.Itoa(o.N), Label: o.Name(i18n.From(ctx))}
	}
	return options
}

func principleOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	options := make([]form.Option, len(v.Principles))
	for i, p := range v.Principles {
		options[i] = form.Option{Value: strconv.Itoa(p.N), Label: p.Name(i18n.From(ctx))}
	}
	return options
}

// goalOptions are the 17 Sustainable Development Goals.
func goalOptions(ctx context.Context, _ *gcm.Vocabulary) []form.Option {
	options := make([]form.Option, SDGs)
	for i := range options {
		options[i] = form.Option{Value: strconv.Itoa(i + 1), Label: GoalName(ctx, i+1)}
	}
	return options
}

// GoalName is a goal as people name it: "SDG 8: Decent work and economic growth".
func GoalName(ctx context.Context, n int) string {
	return i18n.T(ctx, "practice.goal.named", n, i18n.Key("practice.goal."+strconv.Itoa(n)))
}

// languageOptions are the six languages, each by its own name.
func languageOptions(context.Context, *gcm.Vocabulary) []form.Option {
	options := make([]form.Option, len(i18n.All))
	for i, l := range i18n.All {
		options[i] = form.Option{Value: string(l), Label: l.Name()}
	}
	return options
}
