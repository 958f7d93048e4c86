package request

import (
	"context"
	"strconv"

	"portal/internal/clock"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// The options that come from the vocabulary, in the reader's language.

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

// regionOptions leaves out the region for what is not tied to one.
func regionOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	var all []form.Option
	for _, r := range v.Regions {
		if r.ID != gcm.Global {
			all = append(all, form.Option{Value: r.ID, Label: r.Name(i18n.From(ctx))})
		}
	}
	return all
}

func objectiveOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	return optionsOf(v.Objectives, func(o gcm.Objective) form.Option {
		return form.Option{Value: strconv.Itoa(o.N), Label: o.Name(i18n.From(ctx))}
	})
}

func principleOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	return optionsOf(v.Principles, func(p gcm.Principle) form.Option {
		return form.Option{Value: strconv.Itoa(p.N), Label: p.Name(i18n.From(ctx))}
	})
}

func sectorOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	return optionsOf(v.Sectors, func(s gcm.Sector) form.Option { return form.Option{Value: s.ID, Label: s.Name(i18n.From(ctx))} })
}

func zoneOptions(ctx context.Context, _ *gcm.Vocabulary) []form.Option {
	all := optionsOf(clock.Zones, func(zone string) form.Option { return form.Option{Value: zone, Label: clock.ZoneName(ctx, zone)} })
	i18n.Sort(i18n.From(ctx), all, func(o form.Option) string { return o.Label })
	return all
}

func knownLang(lang string) bool { return i18n.Lang(lang).Known() }

// interpretationOptions are the six languages, and sign language.
func interpretationOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	return append(languageOptions(ctx, v), form.Option{Value: signLanguage, Label: i18n.T(ctx, "request.sign_language")})
}
