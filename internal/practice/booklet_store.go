package practice

import (
	"context"
	"fmt"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/search"
)

// MaxBooklet is how many practices a booklet holds.
const MaxBooklet = 100

// Selected are the practices of a filter with their whole texts, in its order: of at most MaxBooklet.
type Selected struct {
	Filter Filter
	// Total is how many the filter leaves. Records has none of them when they are too many; then Counts says by what it can be
	// narrowed.
	Total   int
	Counts  search.Counts
	Records []Record
}

// TooMany says whether a booklet cannot hold what the filter leaves.
func (s Selected) TooMany() bool { return s.Total > MaxBooklet }

// Selected returns what a filter leaves, as it is at one moment; l decides on the alphabet.
func (s *Service) Selected(ctx context.Context, f Filter, l i18n.Lang) (Selected, error) {
	out := Selected{Filter: f}
	err := s.atOnce(ctx, func(tx database.Tx, m search.Model) error {
		chosen, err := selected(ctx, tx, m, f)
		if err != nil {
			return err
		}
		m.Count(&chosen.Selection, Facets...)
		if out.Total, out.Counts = chosen.Total, chosen.Counts; out.TooMany() {
			return nil
		}
		ids, err := idsOf(ctx, tx, m, chosen, f.Sort, l, nil, 0, MaxBooklet)
		if err != nil || len(ids) == 0 {
			return err
		}
		out.Records, err = records(ctx, tx, s.vocabulary(), `SELECT `+columns+` FROM practices p JOIN unnest(@ids::bigint[]) WITH ORDINALITY AS o (id, at) ON o.id = p.id
			WHERE p.until IS NULL ORDER BY o.at`, database.Args{"ids": ids})
		return err
	})
	if err != nil {
		return out, fmt.Errorf("select practices for a booklet: %w", err)
	}
	return out, nil
}
