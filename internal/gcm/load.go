package gcm

import (
	"context"
	"fmt"

	"portal/internal/database"
)

// Load reads the vocabulary from its tables.
func Load(ctx context.Context, q database.Querier) (*Vocabulary, error) {
	v := &Vocabulary{}
	for _, part := range []struct {
		what string
		read func() error
	}{
		{"thematic areas", into(ctx, q, &v.Themes, `SELECT n, id, short, title FROM thematic_areas ORDER BY n`)},
		{"objectives", into(ctx, q, &v.Objectives, `SELECT n, id, short, title, paragraph, theme, roundtable, sdg_targets, sdgs
			FROM objectives ORDER BY n`)},
		{"principles", into(ctx, q, &v.Principles, `SELECT n, id, names FROM principles ORDER BY n`)},
		{"sectors", into(ctx, q, &v.Sectors, `SELECT id, names, aliases FROM sectors ORDER BY position`)},
		{"categories", into(ctx, q, &v.Categories, `SELECT id, names, coalesce(sector, '') AS sector, says_what
			FROM actor_categories ORDER BY position`)},
		{"regions", into(ctx, q, &v.Regions, `SELECT id, names, coalesce(commission, '') AS commission, coalesce(review_lead, '') AS review_lead
			FROM regions ORDER BY position`)},
		{"countries", into(ctx, q, &v.States, `SELECT iso2, iso3, m49, names, un_status = 'observer' AS observer, continent, subregion,
			commissions, region, review_regions, ldc, lldc, sids, x, y
			FROM countries ORDER BY iso2 COLLATE "C"`)},
		{"champions", into(ctx, q, &v.Champions, `SELECT iso2, status = 'confirmed' AS confirmed, coalesce(since, '') AS since
			FROM champions ORDER BY iso2 COLLATE "C"`)},
	} {
		if err := part.read(); err != nil {
			return nil, fmt.Errorf("load the vocabulary: %s: %w", part.what, err)
		}
	}
	v.Categories = withSectors(v.Categories, v.Sectors)
	return v.index(), nil
}

func into[T any](ctx context.Context, q database.Querier, to *[]T, sql string) func() error {
	return func() (err error) {
		*to, err = database.Rows[T](ctx, q, sql)
		return err
	}
}
