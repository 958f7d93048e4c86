package home

import (
	"context"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web/ui"
)

// champions are the Champion countries in the order of the reader's alphabet.
func champions(ctx context.Context, v *gcm.Vocabulary) []gcm.Country {
	return v.ChampionCountries(i18n.From(ctx))
}

// championMap is one dot for each Champion country; the list beside it says the same in words.
func championMap(ctx context.Context, v *gcm.Vocabulary) ui.WorldMap {
	m := ui.WorldMap{
		ID: "champions-map", Title: i18n.T(ctx, "home.champions.title"), Description: i18n.T(ctx, "home.champions.map"),
	}
	for _, c := range champions(ctx, v) {
		m.Pins = append(m.Pins, ui.Pin{X: c.X, Y: c.Y, Name: c.Name(i18n.From(ctx))})
	}
	return m
}
