package programme

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/money"
	"portal/web/ui"
)

// pageView is what a programme's public page shows.
type pageView struct {
	Public
	words
	// Today is the day in Geneva.
	Today date.Date
	// PDF says whether there is a browser that can print it.
	PDF bool
	// Proof is the page that proves its endorsement; nil for none.
	Proof func(publicID string) string
}

func (v pageView) page(ctx context.Context) ui.Page {
	return ui.Page{
		Title: i18n.T(ctx, "programme.page.title", v.Facts.Title, v.PublicID), Description: ui.Excerpt(v.Facts.Purpose, 160), Canonical: Path(v.PublicID), Current: "/fund",
	}
}

// address is where the page is for everybody: what one passes on.
func (v pageView) address(ctx context.Context) string { return ui.Absolute(ctx, Path(v.PublicID)) }

func (v pageView) meta(ctx context.Context) []string {
	return []string{v.PublicID, v.places(ctx, v.Facts.Countries), i18n.T(ctx, "programme.months", v.Facts.Months)}
}

// since says of each stage since when the programme has been there, or was.
func (v pageView) stages(ctx context.Context) []ui.Event {
	all := make([]ui.Event, len(v.Stages))
	for i, s := range v.Stages {
		all[i] = ui.Event{At: i18n.Day(ctx, s.Since), Machine: s.Since.String(), What: i18n.T(ctx, "programme.event."+string(s.Stage)), Key: i == len(v.Stages)-1}
	}
	return all
}

// period says from when to when the programme works, as far as that is known; "" before.
func (v pageView) period(ctx context.Context) string {
	switch {
	case v.StartsOn == nil && v.EndsOn == nil:
		return ""
	case v.EndsOn == nil:
		return i18n.T(ctx, "programme.period.from", *v.StartsOn)
	case v.StartsOn == nil:
		return i18n.T(ctx, "programme.period.until", *v.EndsOn)
	}
	return i18n.T(ctx, "programme.period", *v.StartsOn, *v.EndsOn)
}

// facts stand beside the text.
func (v pageView) facts(ctx context.Context) []ui.Fact {
	f, l := v.Facts, i18n.From(ctx)
	var facts []ui.Fact
	add := func(name, lang string, values ...string) { // leaves out blank values
		var given []string
		for _, value := range values {
			if value != "" {
				given = append(given, value)
			}
		}
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "programme.fact."+name), Values: given, Lang: lang})
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "programme.fact.stage"), Component: ui.Tag(v.Stage.tone(), v.Stage.text(ctx))})
	if v.Funded != nil {
		add("funded", "", exact(ctx, *v.Funded))
	}
	add("budget", "", exact(ctx, f.Budget))
	if added := f.Added(); added > 0 {
		add("added", "", exact(ctx, added))
	}
	add("period", "", v.period(ctx))
	add("months", "", i18n.T(ctx, "programme.months", f.Months))
	add("areas", "", v.areaNames(ctx, f.Areas)...)
	add("scope", "", i18n.T(ctx, "concept_note.field.scope.option."+f.Scope))
	add("countries", "", v.CountryNames(l, f.Countries)...)
	var regions []string
	for _, id := range v.Programme.Regions {
		regions = append(regions, v.label(ctx, "region", id))
	}
	add("regions", "", regions...)
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "programme.fact.objectives"), Component: objectiveNames(f.Objectives, v.words)})
	if len(f.Related) > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "programme.fact.related"), Component: objectiveNames(f.Related, v.words)})
	}
	add("targets", "", strings.Join(f.Targets, " · "))
	add("endorsed", "", i18n.DayOf(ctx, v.EndorsedAt))
	add("id", "", v.PublicID)
	return facts
}

// goals are the Sustainable Development Goals of the targets.
func (v pageView) goals(ctx context.Context) []string {
	var all []string
	for _, n := range Goals(v.Facts.Targets) {
		all = append(all, i18n.T(ctx, "practice.goal.named", n, i18n.Key("practice.goal."+strconv.Itoa(n))))
	}
	return all
}

// organizations are those of the United Nations, with what each asks for; the last row is their sum.
func (v pageView) organizations(ctx context.Context) ui.Table {
	t := ui.Table{
		Caption: i18n.T(ctx, "programme.page.organizations.of", v.PublicID), HideCaption: true, Cards: true,
		Columns: []ui.Column{{Text: i18n.T(ctx, "programme.column.organization")}, {Text: i18n.T(ctx, "programme.column.role")}, {Text: i18n.T(ctx, "programme.column.part")}, {Text: i18n.T(ctx, "programme.column.asks"), Num: true}},
	}
	const part = 2
	parts := slices.ContainsFunc(v.Facts.Organizations, func(o Organization) bool { return o.Part != "" })
	var sum money.Amount
	for _, o := range v.Facts.Organizations {
		role := "programme.role.participating"
		if o.Convenes {
			role = "programme.role.convening"
		}
		sum += o.Budget
		t.Rows = append(t.Rows, []ui.Cell{{Text: o.Name, Href: at(ctx, ui.With(nil, "organization", o.Name)), Lang: v.Facts.Lang}, {Text: i18n.T(ctx, role)}, {Text: o.Part, Lang: v.Facts.Lang}, {Text: exact(ctx, o.Budget)}})
	}
	t.Rows = append(t.Rows, []ui.Cell{{Text: i18n.T(ctx, "programme.page.sum")}, {}, {}, {Text: exact(ctx, sum)}})
	if !parts { // empty means absent
		t.Columns = slices.Delete(t.Columns, part, part+1)
		for i, row := range t.Rows {
			t.Rows[i] = slices.Delete(row, part, part+1)
		}
	}
	return t
}

// indirect says how much of the budget are support costs.
func (v pageView) indirect(ctx context.Context) string {
	if v.Facts.Indirect == 0 {
		return ""
	}
	return i18n.T(ctx, "programme.page.indirect", exact(ctx, v.Facts.Indirect))
}

// government is a government partner in a line: its level and its country.
func (v pageView) government(ctx context.Context, g Government) string {
	return i18n.T(ctx, "programme.government", i18n.Key("concept_note.field.governments.level.option."+g.Level), v.CountryName(i18n.From(ctx), g.Country))
}

// sector is what another partner is.
func (v pageView) sector(ctx context.Context, p Partner) string {
	if s, ok := v.Sector(p.Sector); ok {
		return s.Names.In(i18n.From(ctx))
	}
	return ""
}
