package peer

import (
	"context"
	"strconv"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// profileView is what the page of one's own profile shows.
type profileView struct {
	Profile    Profile
	Interests  []workflow.Interest
	Interest   NewInterest
	Words      string
	Offices    []NamedOffice
	Vocabulary *gcm.Vocabulary
	Wrong      []problem.Field
	Stale      bool
}

func sideControl(ctx context.Context, p Profile, wrong []problem.Field) ui.Control {
	c := ui.Control{Name: "side", Label: i18n.T(ctx, "peer.profile.side"), Values: []string{string(p.Side)}, Error: ui.MessageFor(ctx, wrong, "side")}
	for _, s := range Sides {
		c.Choices = append(c.Choices, ui.Choice{Value: string(s), Label: i18n.T(ctx, "peer.side."+string(s))})
	}
	return c
}

func objectivesControl(ctx context.Context, p Profile, wrong []problem.Field) ui.Control {
	c := ui.Control{Name: "objectives", Label: i18n.T(ctx, "peer.profile.objectives"), Hint: i18n.T(ctx, "peer.profile.objectives.hint"), Error: ui.MessageFor(ctx, wrong, "objectives")}
	for _, n := range p.Objectives {
		c.Values = append(c.Values, strconv.Itoa(n))
	}
	return c
}

func objectiveGroups(ctx context.Context, v *gcm.Vocabulary) []ui.ChoiceGroup {
	var groups []ui.ChoiceGroup
	for _, t := range v.Themes {
		g := ui.ChoiceGroup{Legend: t.Label(i18n.From(ctx)), Class: "t" + strconv.Itoa(t.N)}
		for _, o := range v.ThemeObjectives(t.N) {
			g.Choices = append(g.Choices, ui.Choice{Value: strconv.Itoa(o.N), Label: o.Label(i18n.From(ctx)), Number: o.N})
		}
		groups = append(groups, g)
	}
	return groups
}

func languagesControl(ctx context.Context, p Profile, wrong []problem.Field) ui.Control {
	c := ui.Control{Name: "languages", Label: i18n.T(ctx, "peer.profile.languages"), Values: p.Languages, Error: ui.MessageFor(ctx, wrong, "languages")}
	for _, l := range i18n.All {
		c.Choices = append(c.Choices, ui.Choice{Value: string(l), Label: i18n.NameOf(ctx, l)})
	}
	return c
}

func regionsControl(ctx context.Context, v *gcm.Vocabulary, p Profile) ui.Control {
	c := ui.Control{Name: "regions", Label: i18n.T(ctx, "peer.profile.regions"), Values: p.Regions, Optional: true}
	for _, r := range v.Regions {
		if r.ID != gcm.Global {
			c.Choices = append(c.Choices, ui.Choice{Value: r.ID, Label: r.Name(i18n.From(ctx))})
		}
	}
	return c
}

func countryChoices(ctx context.Context, v *gcm.Vocabulary) []ui.Choice {
	var all []ui.Choice
	for _, c := range v.Countries(i18n.From(ctx)) {
		all = append(all, ui.Choice{Value: c.ISO2, Label: c.Name(i18n.From(ctx))})
	}
	return all
}

func (v profileView) countries(ctx context.Context) ui.Control {
	return ui.Control{Name: "countries", Label: i18n.T(ctx, "peer.profile.countries"), Hint: i18n.T(ctx, "peer.profile.countries.hint"), Values: v.Profile.Countries, Optional: true, Choices: countryChoices(ctx, v.Vocabulary)}
}

func (v profileView) capacity(ctx context.Context) ui.Control {
	value := strconv.Itoa(v.Profile.Capacity)
	if v.Profile.Capacity < 0 {
		value = ""
	}
	return ui.Control{Name: "capacity", Label: i18n.T(ctx, "peer.profile.capacity"), Hint: i18n.T(ctx, "peer.profile.capacity.hint"), Values: []string{value}, InputMode: "numeric", Width: "w-2", Error: ui.MessageFor(ctx, v.Wrong, "capacity")}
}

func (v profileView) active(ctx context.Context) ui.Control {
	c := ui.Control{Name: "active", Label: i18n.T(ctx, "peer.profile.active")}
	if v.Profile.Active {
		c.Values = []string{"yes"}
	}
	return c
}

func (v profileView) interestCountry(ctx context.Context) ui.Control {
	return ui.Control{Name: "interest_country", Label: i18n.T(ctx, "peer.interest.country"), Blank: i18n.T(ctx, "peer.interest.country.blank"), Values: []string{v.Interest.Country}, Choices: countryChoices(ctx, v.Vocabulary), Error: ui.MessageFor(ctx, v.Wrong, "interest_country")}
}

func (v profileView) interestOffice(ctx context.Context) ui.Control {
	c := ui.Control{Name: "interest_office", Label: i18n.T(ctx, "peer.interest.office"), Blank: i18n.T(ctx, "peer.interest.office.blank"), Error: ui.MessageFor(ctx, v.Wrong, "interest_office")}
	for _, o := range v.Offices {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(o.ID, 10), Label: o.Name})
	}
	return c
}

func (v profileView) interestReason(ctx context.Context) ui.Control {
	return ui.Control{Name: "interest_reason", Label: i18n.T(ctx, "peer.interest.reason"), Hint: i18n.T(ctx, "peer.interest.reason.hint"), Values: []string{v.Interest.Reason}, Rows: 3, Error: ui.MessageFor(ctx, v.Wrong, "interest_reason")}
}

func (v profileView) interestName(ctx context.Context, i workflow.Interest) string {
	if i.Country != "" {
		return v.Vocabulary.CountryName(i18n.From(ctx), i.Country)
	}
	return i.OfficeName
}
