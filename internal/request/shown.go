package request

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/workflow"
)

// showField is the answer with which an office lets the pages of countries and regions show its request once it is accepted. Drafts,
// what waits, what was declined, and the people who ask are never shown.
const showField = "show"

// Shown is an accepted request that pages of countries and regions show.
type Shown struct {
	Kind, Title, Lang string
	At                time.Time // when it was accepted
}

// show puts a request that the desk has accepted on the pages of its place, if its office agrees: of the country that it names or
// else of that of the office, and of the region that it names.
func (s *Service) show(ctx context.Context, tx database.Tx, sub workflow.Submission, a form.Answers, now time.Time) error {
	country := a.First("country")
	if country == "" {
		country = sub.Country
	}
	if region := a.First("region"); a.First(showField) != "" && country+region != "" {
		_, err := tx.Exec(ctx, `INSERT INTO shown_requests (id, kind, title, lang, country, region, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT ON CONSTRAINT shown_requests_pkey DO NOTHING`, sub.ID, sub.Kind, sub.Title, langOf(a, sub.Lang), country, region, now)
		if err != nil {
			return fmt.Errorf("show request %d: %w", sub.ID, err)
		}
	}
	return nil
}

// hide takes a request off those pages, since the desk has taken its acceptance back.
func (s *Service) hide(ctx context.Context, tx database.Tx, sub workflow.Submission, _ time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM shown_requests WHERE id = $1`, sub.ID); err != nil {
		return fmt.Errorf("show request %d no longer: %w", sub.ID, err)
	}
	return nil
}

// GatherShown returns the last n accepted requests of a place that may be shown, and a section with them; nil for none.
func (s *Service) GatherShown(ctx context.Context, query url.Values, n int) (templ.Component, []Shown, error) {
	p := placeOf(query, s.Vocabulary())
	if n == 0 || len(p.countries) == 0 {
		return nil, nil, nil
	}
	args := p.args()
	args["n"] = n
	all, err := database.Rows[Shown](ctx, s.db.Read(), `SELECT kind, title, lang, at FROM shown_requests WHERE country = ANY (@countries) OR region = @region AND @region <> ''
		ORDER BY at DESC, id DESC LIMIT @n`, args)
	if err != nil {
		return nil, nil, fmt.Errorf("requests that are shown: %w", err)
	}
	if len(all) == 0 {
		return nil, nil, nil
	}
	return shownRequests(all), all, nil
}
