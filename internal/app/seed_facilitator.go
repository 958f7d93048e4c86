package app

import (
	"context"
	"fmt"
	"net/url"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/request"
	"portal/internal/review"
)

// demoFacilitators are invented: who they are, by address or by the place of a pledge of their office; whether they agree to be
// public; and in how many days they go away, 0 for never.
var demoFacilitators = []struct {
	email              string
	pledge             int
	name               string
	languages, regions []string
	public             bool
	away               int
}{
	{email: "reviewer@demo.example", name: "Ingrid Solberg", languages: []string{"en", "fr"}, public: true},
	{pledge: 12, name: "Facilitator for West Africa", languages: []string{"fr", "en"}, regions: []string{"africa"}, public: true, away: 20},
	{pledge: 30, name: "ميسِّرة للدول العربية", languages: []string{"ar", "en"}, regions: []string{"arab_states"}, public: true},
	{pledge: 41, name: "Facilitadora para las Américas", languages: []string{"es"}, regions: []string{"latin_america_caribbean"}, public: true},
	{pledge: 50, name: "Facilitator in the background", languages: []string{"en"}},
}

// facilitators puts people on the roster, who agree to be public or not, and gives the desk rules that give them requests.
func (s *seeder) facilitators(ctx context.Context, pledges []demoPledge) error {
	desk, err := s.staffOf(ctx, "network@demo.example")
	if err != nil {
		return err
	}
	s.at(200, 10)
	for _, d := range demoFacilitators {
		var who identity.User
		if d.email != "" {
			who, err = s.staffOf(ctx, d.email)
		} else {
			people := s.offices[pledges[d.pledge].Office]
			who, err = identity.Load(ctx, s.db.Read(), people[len(people)-1].ID)
		}
		if err != nil {
			return err
		}
		id, err := s.areas.facilitators.Add(ctx, desk, url.Values{"email": {who.Email}, "name": {d.name}, "languages": d.languages, "regions": d.regions})
		if err != nil {
			return fmt.Errorf("facilitator %s: %w", d.name, err)
		}
		version := 1
		if d.public {
			if err := s.areas.facilitators.Publish(ctx, who, id, version, true); err != nil {
				return err
			}
			version++
		}
		if d.away != 0 {
			typed := form.Answers{}
			setDay(typed, "since", date.Of(s.start).AddDays(d.away))
			setDay(typed, "until", date.Of(s.start).AddDays(d.away+14))
			if err := s.areas.facilitators.AddAbsence(ctx, who, id, version, url.Values(typed)); err != nil {
				return err
			}
		}
	}
	if err := s.areas.facilitators.SetGuide(ctx, desk, url.Values{"lang": {"en"}, "title": {"Facilitator’s Guide"}, "url": {"https://guides.example/facilitators"}}); err != nil {
		return err
	}
	for _, kind := range []string{request.Support, request.Guidance} {
		if err := s.areas.desk.SaveRule(ctx, desk, review.Rule{Desk: identity.NetworkDesk, Kind: kind, Facilitated: true}); err != nil {
			return fmt.Errorf("rule for %s: %w", kind, err)
		}
	}
	return nil
}
