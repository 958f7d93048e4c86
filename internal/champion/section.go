package champion

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/a-h/templ"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
)

// Moment is a day in the history of a Champion country, as exactly as it is known.
type Moment struct {
	At             time.Time
	On, Text, What string
}

// Country is what the registry says of a State on its page: its standing with the focal office and the commitments, and the days in
// its history. A State of which the public knows nothing has a nil body.
func (s *Service) Country(ctx context.Context, code string) (templ.Component, []Moment, error) {
	w, err := s.Public(ctx, code)
	if errors.Is(err, problem.NotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	v := entryView{Whole: w, Vocabulary: s.vocabulary(), Today: s.today()}
	return countrySection(v), v.moments(ctx), nil
}

// Region are the Champion countries of a region; nil for none.
func (s *Service) Region(ctx context.Context, region string) templ.Component {
	in := slices.DeleteFunc(s.vocabulary().ChampionCountries(i18n.From(ctx)), func(c gcm.Country) bool { return !slices.Contains(c.ReviewRegions, region) })
	if len(in) == 0 {
		return nil
	}
	return regionSection(in, region)
}

// chairsNow says whether it is a co-chair today.
func (v entryView) chairsNow() bool {
	return slices.ContainsFunc(v.Chairs, func(h Chair) bool { return h.now(v.Today) })
}

// moments are the days in the history of the entry.
func (v entryView) moments(ctx context.Context) []Moment {
	var all []Moment
	if v.Since != "" {
		all = append(all, Moment{v.Since.start(), string(v.Since), v.Since.Text(ctx), i18n.T(ctx, "champion.became.confirmed")})
	}
	for _, h := range v.Chairs {
		all = append(all, Moment{h.Since.start(), string(h.Since), h.term(ctx), i18n.T(ctx, "champion.chair")})
	}
	for _, e := range v.History {
		if e.ToStatus != Confirmed || v.Since == "" {
			all = append(all, Moment{e.At, "", "", i18n.T(ctx, "champion.became."+string(e.ToStatus))})
		}
	}
	return all
}
