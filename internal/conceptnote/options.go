package conceptnote

import (
	"context"
	"strconv"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// The options that come from the vocabulary and from the fund's configuration, in the reader's language.

type options = func(ctx context.Context, v *gcm.Vocabulary) []form.Option

func optionsOf[T any](items []T, one func(T) form.Option) []form.Option {
	all := make([]form.Option, len(items))
	for i, item := range items {
		all[i] = one(item)
	}
	return all
}

func languageOptions(context.Context, *gcm.Vocabulary) []form.Option {
	return optionsOf(i18n.All, func(l i18n.Lang) form.Option { return form.Option{Value: string(l), Label: l.Name()} })
}

func countryOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	l := i18n.From(ctx)
	return optionsOf(v.Countries(l), func(c gcm.Country) form.Option { return form.Option{Value: c.ISO2, Label: c.Name(l)} })
}

func objectiveOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	l := i18n.From(ctx)
	return optionsOf(v.Objectives, func(o gcm.Objective) form.Option {
		return form.Option{Value: strconv.Itoa(o.N), Label: o.Name(l)}
	})
}

func sectorOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	l := i18n.From(ctx)
	return optionsOf(v.Sectors, func(s gcm.Sector) form.Option { return form.Option{Value: s.ID, Label: s.Names.In(l)} })
}

func areaOptions(now func() *Configuration) options {
	return func(ctx context.Context, _ *gcm.Vocabulary) []form.Option {
		return optionsOf(now().Areas, func(a Area) form.Option { return form.Option{Value: a.ID, Label: a.Names.In(i18n.From(ctx))} })
	}
}

func formerAreas(now func() *Configuration) options {
	return func(ctx context.Context, _ *gcm.Vocabulary) []form.Option {
		return optionsOf(now().FormerAreas, func(a Area) form.Option { return form.Option{Value: a.ID, Label: a.Names.In(i18n.From(ctx))} })
	}
}

// categoryOptions are the direct cost categories of the budget.
func categoryOptions(now func() *Configuration) options {
	return func(ctx context.Context, _ *gcm.Vocabulary) []form.Option {
		l := i18n.From(ctx)
		return optionsOf(now().Categories, func(c Category) form.Option { return form.Option{Value: c.ID, Label: c.Names.In(l)} })
	}
}

func formerCategories(now func() *Configuration) options {
	return func(ctx context.Context, _ *gcm.Vocabulary) []form.Option {
		l := i18n.From(ctx)
		return optionsOf(now().FormerCategories, func(c Category) form.Option { return form.Option{Value: c.ID, Label: c.Names.In(l)} })
	}
}

func markerOptions(now func() *Configuration, m Marker) options {
	return func(ctx context.Context, _ *gcm.Vocabulary) []form.Option {
		l := i18n.From(ctx)
		return optionsOf(now().Markers[m].Values, func(v Value) form.Option { return form.Option{Value: v.Value, Label: v.Names.In(l)} })
	}
}
