package app

import (
	"context"
	"time"

	"portal/internal/country"
	"portal/internal/i18n"
	"portal/internal/pdf"
	"portal/internal/practice"
	"portal/internal/programme"
	"portal/internal/request"
	"portal/web/ui"
)

// countries is what the pages of countries and regions gather. Another area is one section more.
func (a *App) countries(print func(ctx context.Context, page pdf.Page) ([]byte, error)) country.Sources {
	gathered := func(part ui.Gathered, err error) (country.Part, error) { return country.Part{Gathered: part}, err }
	return country.Sources{
		Vocabulary: a.vocabulary, Print: print, Now: time.Now,
		Sections: []country.Section{
			{Name: "champion", Of: a.championPart},
			{Name: "pledges", List: "/pledges", Of: func(ctx context.Context, p country.Place, n int) (country.Part, error) {
				return gathered(a.areas.pledges.Gather(ctx, p.Query(), n))
			}},
			{Name: "practices", List: practice.ListPath, Of: func(ctx context.Context, p country.Place, n int) (country.Part, error) {
				return gathered(a.areas.practices.Gather(ctx, p.Query(), n))
			}},
			{Name: "programmes", List: programme.ListPath, Of: func(ctx context.Context, p country.Place, n int) (country.Part, error) {
				return gathered(a.areas.programmes.Gather(ctx, p.Query(), n))
			}},
			{Name: "talks", List: request.TalksPath, Of: func(ctx context.Context, p country.Place, n int) (country.Part, error) {
				part, until, err := a.areas.requests.GatherTalks(ctx, p.Query(), n)
				return country.Part{Gathered: part, Until: until}, err
			}},
			{Name: "requests", Of: a.requestsPart},
			{Name: "reviews", Of: func(ctx context.Context, p country.Place, _ int) (country.Part, error) {
				body, moments, err := a.areas.participations.Gather(ctx, p.Country.ISO2, p.Region.ID, func(code string) string { return ui.Href(ctx, country.PathOf(code)) })
				part := country.Part{Body: body}
				for _, m := range moments {
					part.Moments = append(part.Moments, country.Moment{At: m.At, On: m.On, Text: m.Text, What: m.What})
				}
				return part, err
			}},
		},
	}
}

// requestsPart is the support that a place has asked for and is given, where its offices let it be shown.
func (a *App) requestsPart(ctx context.Context, p country.Place, n int) (country.Part, error) {
	body, shown, err := a.areas.requests.GatherShown(ctx, p.Query(), n)
	part := country.Part{Body: body}
	for _, r := range shown {
		part.Moments = append(part.Moments, country.Moment{At: r.At, Text: i18n.T(ctx, "country.moment", i18n.DayOf(ctx, r.At), i18n.Key("country.section.requests")), What: r.Title, Lang: r.Lang})
	}
	return part, err
}

// championPart is what the registry of Champion countries says of a place.
func (a *App) championPart(ctx context.Context, p country.Place, _ int) (country.Part, error) {
	if !p.IsCountry() {
		return country.Part{Body: a.areas.champions.Region(ctx, p.Region.ID)}, nil
	}
	body, moments, err := a.areas.champions.Country(ctx, p.Country.ISO2)
	part := country.Part{Body: body}
	for _, m := range moments {
		part.Moments = append(part.Moments, country.Moment{At: m.At, On: m.On, Text: m.Text, What: m.What})
	}
	return part, err
}
