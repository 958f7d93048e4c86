package programme

import (
	"context"
	"slices"
	"strconv"

	"portal/internal/i18n"
	"portal/internal/money"
	"portal/web/ui"
)

// usd writes an amount in whole dollars, rounded half up, with its currency.
func usd(ctx context.Context, a money.Amount) string {
	return i18n.T(ctx, "programme.usd", i18n.Number(ctx, int64((a+50)/100)))
}

// exact writes an amount to the cent, with its currency.
func exact(ctx context.Context, a money.Amount) string {
	return i18n.T(ctx, "programme.usd", a.Format(i18n.From(ctx)))
}

// tone is the colour of the stage.
func (s Stage) tone() ui.Tone {
	switch s {
	case Funded:
		return ui.Sky
	case Running:
		return ui.Ok
	}
	return ui.Plain
}

func (s Stage) text(ctx context.Context) string { return i18n.T(ctx, "programme.stage."+string(s)) }

// theme is the place of a thematic area among the five of the Compact, which have colours; 0 for one that the fund has added.
func (w words) theme(id string) int {
	for _, t := range w.Themes {
		if t.ID == id {
			return t.N
		}
	}
	return 0
}

// class is the class that colours a thematic area.
func (w words) class(id string) string {
	if n := w.theme(id); n > 0 {
		return "t" + strconv.Itoa(n)
	}
	return "tg"
}

// areaNames are what thematic areas are called in short.
func (w words) areaNames(ctx context.Context, ids []string) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = w.label(ctx, "area", id)
	}
	return all
}

// label is what a value of a facet is called.
func (w words) label(ctx context.Context, facet, value string) string {
	l := i18n.From(ctx)
	n, _ := strconv.Atoi(value)
	switch facet {
	case "stage":
		return Stage(value).text(ctx)
	case "area":
		if t, ok := w.Theme(w.theme(value)); ok {
			return t.Label(l)
		}
		if a, ok := w.area(value); ok {
			return a.Names.In(l)
		}
	case "region":
		if r, ok := w.Region(value); ok {
			return r.Name(l)
		}
	case "country":
		return w.CountryName(l, value)
	case "objective":
		if o, ok := w.Objective(n); ok {
			return o.Label(l)
		}
	case "sdg":
		return i18n.T(ctx, "practice.goal.named", n, i18n.Key("practice.goal."+value))
	}
	return value
}

// every lists all values that a facet may have, in the order to show them; those that are only in the pipeline come from the
// counts, by name.
func (w words) every(ctx context.Context, facet string, counts map[string]int) []string {
	var all []string
	switch facet {
	case "stage":
		for _, s := range Stages {
			all = append(all, string(s))
		}
	case "area":
		for _, a := range w.areas {
			all = append(all, a.ID)
		}
	case "region":
		for _, r := range w.Regions {
			all = append(all, r.ID)
		}
	case "country":
		for _, c := range w.Countries(i18n.From(ctx)) {
			all = append(all, c.ISO2)
		}
	case "objective":
		for _, o := range w.Objectives {
			all = append(all, strconv.Itoa(o.N))
		}
	case "sdg":
		for n := range sdgs {
			all = append(all, strconv.Itoa(n+1))
		}
	default:
		for name := range counts {
			all = append(all, name)
		}
		slices.Sort(all)
		i18n.Sort(i18n.From(ctx), all, func(name string) string { return name })
	}
	return all
}

// placesNamed is how many countries a line of facts names before it counts the others.
const placesNamed = 3

// places says in short where a programme works.
func (w words) places(ctx context.Context, countries []string) string {
	all := w.CountryNames(i18n.From(ctx), countries)
	if more := len(all) - placesNamed; more > 0 {
		return i18n.T(ctx, "programme.places.more", all[0], all[1], all[2], more)
	}
	return i18n.List(ctx, all)
}

// above are the crumbs to the list.
func above(ctx context.Context) []ui.Link {
	return []ui.Link{{Href: ui.Href(ctx, "/fund"), Text: i18n.T(ctx, "fund.title")}, {Href: ui.Href(ctx, ListPath), Text: i18n.T(ctx, "programme.list.title")}}
}
