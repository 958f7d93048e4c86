package participation

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web/ui"
)

// words are what participations are named with.
type words struct{ *gcm.Vocabulary }

// years are those of a review: 2020–2021, or 2022.
func (p Participation) years(ctx context.Context) string {
	if p.Until == p.Since {
		return strconv.Itoa(p.Since)
	}
	return i18n.T(ctx, "participation.years", strconv.Itoa(p.Since), strconv.Itoa(p.Until))
}

// review names the review with its years.
func (w words) review(ctx context.Context, p Participation) string {
	if r, ok := w.Region(p.Region); ok {
		return i18n.T(ctx, "participation.of.regional", r.Name(i18n.From(ctx)), p.years(ctx))
	}
	return i18n.T(ctx, "participation.of.forum", p.years(ctx))
}

// named names the review alone, where its years stand beside it.
func (w words) named(ctx context.Context, p Participation) string {
	if r, ok := w.Region(p.Region); ok {
		return i18n.T(ctx, "participation.named.regional", r.Name(i18n.From(ctx)))
	}
	return i18n.T(ctx, "participation.review.forum")
}

// sectionView is the section of a country or region.
type sectionView struct {
	words
	All  []Participation
	Href func(code string) string
}

// groups are those of a region by review, the last on top, the States in the alphabet of the reader.
func (v sectionView) groups(ctx context.Context) [][]Participation {
	var all [][]Participation
	for _, p := range v.All {
		if n := len(all); n == 0 || all[n-1][0].Since != p.Since {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], p)
	}
	for _, group := range all {
		i18n.Sort(i18n.From(ctx), group, func(p Participation) string { return v.CountryName(i18n.From(ctx), p.Country) })
	}
	return all
}

// listView is the desk's list.
type listView struct {
	filter
	words
	All   []Participation
	Typed url.Values
	Wrong []problem.Field
}

func (v listView) search(ctx context.Context) ui.Search {
	return ui.Search{ID: "q", Label: i18n.T(ctx, "participation.search"), Action: ui.Href(ctx, Path), Value: v.Q, Keep: ui.With(v.values(), "q")}
}

func (v listView) file(ctx context.Context, extension string) string {
	return ui.Href(ctx, ui.WithQuery(Path+"."+extension, v.values()))
}

// tabs narrow the list to a review.
func (v listView) tabs(ctx context.Context) []ui.Tab {
	all := []ui.Tab{{Text: i18n.T(ctx, "participation.all"), Href: ui.Href(ctx, ui.WithQuery(Path, ui.With(v.values(), "review"))), Current: v.Review == ""}}
	for _, review := range Reviews {
		all = append(all, ui.Tab{Text: i18n.T(ctx, "participation.review."+review), Href: ui.Href(ctx, ui.WithQuery(Path, ui.With(v.values(), "review", review))), Current: v.Review == review})
	}
	return all
}

func (v listView) table(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "participation.title"), HideCaption: true, Cards: true}
	for _, name := range []string{"country", "review", "url", "act"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "participation.column."+name)})
	}
	for _, p := range v.All {
		document := ui.Cell{}
		if p.URL != "" {
			document = ui.Cell{Text: p.URL, Href: p.URL}
		}
		t.Rows = append(t.Rows, []ui.Cell{{Text: v.CountryName(i18n.From(ctx), p.Country)}, {Text: v.review(ctx, p)}, document, {Component: removal(p, v.CountryName(i18n.From(ctx), p.Country)+", "+v.review(ctx, p))}})
	}
	return t
}

func (v listView) control(ctx context.Context, name string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "participation.column."+name), Values: v.Typed[name], Error: ui.MessageFor(ctx, v.Wrong, name), Optional: slices.Contains([]string{"region", "until", "url"}, name)}
	if key := "participation.hint." + name; i18n.Has(i18n.English, key) {
		c.Hint = i18n.T(ctx, key)
	}
	l := i18n.From(ctx)
	switch name {
	case "country":
		c.Blank = i18n.T(ctx, "participation.choose")
		for _, country := range v.Countries(l) {
			c.Choices = append(c.Choices, ui.Choice{Value: country.ISO2, Label: country.Name(l)})
		}
	case "region":
		c.Blank = i18n.T(ctx, "participation.choose")
		for _, r := range v.Regions {
			if r.ID != gcm.Global {
				c.Choices = append(c.Choices, ui.Choice{Value: r.ID, Label: r.Name(l)})
			}
		}
	case "review":
		for _, review := range Reviews {
			c.Choices = append(c.Choices, ui.Choice{Value: review, Label: i18n.T(ctx, "participation.review."+review)})
		}
	case "since", "until":
		c.InputMode, c.Width = "numeric", "w-4"
	case "url":
		c.Type = "url"
	}
	return c
}
