package request

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"portal/internal/database"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web/ui"
)

// place is where a page is about: the States of a region with the region's own things, or one State. Nothing is everywhere.
type place struct {
	countries []string
	region    string
}

// placeOf reads a place from the parameters of a list.
func placeOf(query url.Values, v *gcm.Vocabulary) (p place) {
	if c, ok := v.Country(query.Get("country")); ok {
		p.countries = []string{c.ISO2}
	} else if r, ok := v.Region(query.Get("region")); ok && r.ID != gcm.Global {
		p.region = r.ID
		for _, c := range v.Countries(i18n.English) {
			for _, region := range c.ReviewRegions {
				if region == r.ID {
					p.countries = append(p.countries, c.ISO2)
				}
			}
		}
	}
	return p
}

func (p place) args() database.Args {
	return database.Args{"countries": p.countries, "region": p.region}
}

// talksOf is the SQL of the numbers of the public talks of a place; of everywhere when no country is asked for.
const talksOf = `SELECT c.talk_id AS id FROM talk_countries c WHERE c.country = ANY (@countries)
	UNION SELECT t.id FROM talks t WHERE t.state IN ('announced', 'cancelled') AND (@countries::text[] IS NULL OR t.region = @region AND @region <> '')`

// GatherTalks returns how many talks before the public the query of the list leaves, by country or region, and at most n of them: the
// coming ones first, the next on top, then those that are past, the last on top. What it asks of the database does not grow with how
// many there are. It is so until the instant that is returned, when one of them ends; the zero time is for ever.
func (s *Service) GatherTalks(ctx context.Context, query url.Values, n int) (g ui.Gathered, until time.Time, err error) {
	v := talksView{Filter: TalkFilter{Page: 1}, Vocabulary: s.Vocabulary(), Now: s.now()}
	args := placeOf(query, v.Vocabulary).args()
	q := s.db.Read()
	type size struct {
		Country string
		N       int
	}
	sizes, err := database.Rows[size](ctx, q, `SELECT country, count(*)::int AS n FROM talk_countries GROUP BY country
		UNION ALL SELECT '', (SELECT count(*)::int FROM (`+talksOf+`) here)`, args)
	if err != nil {
		return g, until, fmt.Errorf("count the talks of a place: %w", err)
	}
	g.Sizes = map[string]int{}
	for _, row := range sizes {
		g.Sizes[row.Country] = row.N
	}
	g.Total = g.Sizes[""]
	delete(g.Sizes, "")
	if n == 0 || g.Total == 0 {
		return g, until, nil
	}
	args["n"], args["now"] = n, v.Now
	v.Found, err = database.Rows[TalkEvent](ctx, q, `SELECT `+talkColumns+` FROM talks t JOIN (
			SELECT t.id FROM talks t JOIN (`+talksOf+`) here ON here.id = t.id AND t.state IN ('announced', 'cancelled')
			ORDER BY t.until <= @now, CASE WHEN t.until > @now THEN t.at END, t.at DESC, t.id LIMIT @n) first ON first.id = t.id
		ORDER BY t.until <= @now, CASE WHEN t.until > @now THEN t.at END, t.at DESC, t.id`, args)
	if err != nil {
		return g, until, fmt.Errorf("read the talks of a place: %w", err)
	}
	g.Results = v.results(ctx)
	for i, t := range v.Found {
		g.Results[i].ID, g.At = "", append(g.At, t.At)
		if t.Until.After(v.Now) && (until.IsZero() || t.Until.Before(until)) {
			until = t.Until
		}
	}
	return g, until, nil
}

// placeTalks keeps of which States the talks are.
func placeTalks(ctx context.Context, q database.Querier, ids ...int64) error {
	_, err := q.Exec(ctx, `DELETE FROM talk_countries WHERE talk_id = ANY ($1)`, ids)
	if err == nil {
		_, err = q.Exec(ctx, `INSERT INTO talk_countries (country, talk_id)
			SELECT t.country, t.id FROM talks t WHERE t.id = ANY ($1) AND t.state IN ('announced', 'cancelled') AND t.country <> ''
			UNION SELECT o.country, t.id FROM talks t JOIN talk_organizers g ON g.talk_id = t.id JOIN offices o ON o.id = g.office_id
				WHERE t.id = ANY ($1) AND t.state IN ('announced', 'cancelled') AND o.country <> ''`, ids)
	}
	if err != nil {
		return fmt.Errorf("keep where talks are: %w", err)
	}
	return nil
}
