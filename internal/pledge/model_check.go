package pledge

import (
	"context"
	"fmt"

	"portal/internal/database"
)

// Rebuild makes the read model of the list anew from the published pledges. Publications wait until it is done; lists do
// not.
func (s *Service) Rebuild(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx database.Tx) error { return s.rebuild(ctx, tx) })
}

func (s *Service) rebuild(ctx context.Context, tx database.Tx) error {
	if _, err := tx.Exec(ctx, `SELECT pledge_model_rebuild()`); err != nil {
		return fmt.Errorf("rebuild the counts of pledges: %w", err)
	}
	return s.index.ChooseWords(ctx, tx, 0)
}

// ChooseWords decides anew which words many pledges have, so that searching for them is quick: for the schedule.
func (s *Service) ChooseWords(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx database.Tx) error { return s.index.ChooseWords(ctx, tx, 0) })
}

// CheckModel compares the read model of the list with the published pledges and returns what differs, by name: none when
// all is well.
func CheckModel(ctx context.Context, q database.Querier) ([]string, error) {
	wrong, err := database.Values[string](ctx, q, `WITH source AS (
			SELECT p.ordinal >> 13 AS chunk, f.facet, f.value, bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1)) AS bits
			  FROM pledges p, pledge_facets(p.id, p.objectives, p.regions, p.countries, p.category, p.natures, p.type, p.principles, p.first_published_at, p.langs, p.support) f
			 WHERE p.until IS NULL GROUP BY 1, 2, 3),
		model AS (SELECT chunk, facet, value, bits FROM pledge_bitmaps WHERE n > 0),
		actors AS (SELECT pledge_actor(p.entity, p.country) AS actor, count(*) AS n FROM pledges p WHERE p.until IS NULL GROUP BY 1),
		-- Of the words those of the newest pledges, which all that goes wrong would miss first.
		newest AS (SELECT p.ordinal, p.words FROM pledges p WHERE p.until IS NULL ORDER BY p.first_published_at DESC, p.id DESC LIMIT 200)
		SELECT DISTINCT coalesce(s.facet, m.facet) || ' ' || coalesce(s.value, m.value)
		  FROM source s FULL JOIN model m ON m.chunk = s.chunk AND m.facet = s.facet COLLATE "C" AND m.value = s.value COLLATE "C"
		 WHERE s.bits IS DISTINCT FROM m.bits
		UNION ALL SELECT 'actor ' || coalesce(s.actor, m.actor) FROM actors s FULL JOIN (SELECT actor, n FROM pledge_actors WHERE n > 0) m ON m.actor = s.actor COLLATE "C"
		 WHERE s.n IS DISTINCT FROM m.n
		UNION ALL SELECT DISTINCT 'word ' || l.lexeme FROM newest p CROSS JOIN unnest(p.words) l
		  LEFT JOIN pledge_words w ON w.word = l.lexeme COLLATE "C"
		  LEFT JOIN pledge_word_bitmaps b ON b.word = w.word AND b.chunk = p.ordinal >> 13
		 WHERE w.word IS NULL OR w.common AND (b.word IS NULL OR get_bit(b.bits, p.ordinal & 8191) = 0)`)
	if err != nil {
		return nil, fmt.Errorf("compare the counts of pledges with the pledges: %w", err)
	}
	return wrong, nil
}
