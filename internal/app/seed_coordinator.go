package app

import (
	"context"
	"net/url"
	"strconv"

	"portal/internal/database"
)

// demoCoordinators are invented offices of Resident Coordinators, two of them for several countries, one of them closed.
var demoCoordinators = []struct {
	name      string
	countries []string
}{
	{"RC Office Kenya (invented)", []string{"KE"}},
	{"RC Office Ethiopia (invented)", []string{"ET"}},
	{"RC Office Uganda (invented)", []string{"UG"}},
	{"RC Office Morocco (invented)", []string{"MA"}},
	{"RC Office Nepal (invented)", []string{"NP"}},
	{"RC Office Bangladesh (invented)", []string{"BD"}},
	{"RC Office Philippines (invented)", []string{"PH"}},
	{"RC Office Peru (invented)", []string{"PE"}},
	{"RC Office Guatemala (invented)", []string{"GT"}},
	{"RC Office Jordan (invented)", []string{"JO"}},
	{"RC Office Pacific (invented)", []string{"FJ", "KI", "SB", "TO", "TV", "VU"}},
	{"RC Office Eastern Caribbean (invented)", []string{"AG", "BB", "DM", "GD", "KN", "LC", "VC"}},
	{"RC Office Fiji (invented)", []string{"FJ"}},
}

// coordinators fills the register of Resident Coordinators. Each is tied to the first of the demonstration's offices of the
// United Nations in its country that no other is tied to, where there is one.
func (s *seeder) coordinators(ctx context.Context) error {
	officer, err := s.staffOf(ctx, "fund@demo.example")
	if err != nil {
		return err
	}
	s.at(390, 11)
	for i, o := range demoCoordinators {
		form := url.Values{"name": {o.name}, "countries": o.countries}
		tied, err := database.Values[int64](ctx, s.db.Read(), `SELECT id FROM offices WHERE state = 'approved' AND category = 'un_entity' AND country = ANY ($1)
			AND id NOT IN (SELECT office_id FROM rc_offices WHERE office_id IS NOT NULL) ORDER BY id LIMIT 1`, o.countries)
		if err != nil {
			return err
		}
		if len(tied) == 1 {
			form.Set("office", strconv.FormatInt(tied[0], 10))
		}
		id, err := s.areas.fund.AddRCOffice(ctx, officer, form, true)
		if err != nil {
			return err
		}
		if i == len(demoCoordinators)-1 { // the office for the whole region has taken its place
			s.at(60, 11)
			if err := s.areas.fund.CloseRCOffice(ctx, officer, id, 1, true); err != nil {
				return err
			}
		}
	}
	return nil
}
