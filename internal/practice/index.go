package practice

import (
	"context"
	"fmt"

	"portal/internal/database"
)

// Rebuild makes the index of the list anew from the published practices. Publications wait until it is done; lists do not.
func (s *Service) Rebuild(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx database.Tx) error { return s.rebuild(ctx, tx) })
}

func (s *Service) rebuild(ctx context.Context, tx database.Tx) error {
	if _, err := tx.Exec(ctx, `SELECT search_rebuild('practice', 'practices')`); err != nil {
		return fmt.Errorf("rebuild the index of practices: %w", err)
	}
	if err := s.index.ChooseWords(ctx, tx, 0); err != nil {
		return fmt.Errorf("rebuild the index of practices: %w", err)
	}
	return nil
}

// ChooseWords decides anew which words many practices have, so that searching for them is quick: for the schedule.
func (s *Service) ChooseWords(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx database.Tx) error { return s.index.ChooseWords(ctx, tx, 0) })
}

// CheckIndex compares the index of the list with the published practices and returns what differs, by name: none when all
// is well.
func CheckIndex(ctx context.Context, q database.Querier) ([]string, error) {
	wrong, err := database.Values[string](ctx, q, `WITH source AS (
			SELECT p.ordinal >> 13 AS chunk, split_part(f, '=', 1) AS facet, substr(f, strpos(f, '=') + 1) AS value, bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1)) AS bits
			  FROM practices p, unnest(p.facets) f WHERE p.until IS NULL GROUP BY 1, 2, 3),
		model AS (SELECT chunk, facet, value, bits FROM practice_bitmaps WHERE n > 0),
		-- Of the words those of the newest practices, which all that goes wrong would miss first.
		newest AS (SELECT p.ordinal, p.words FROM practices p WHERE p.until IS NULL ORDER BY p.first_published_at DESC, p.id DESC LIMIT 200)
		SELECT DISTINCT coalesce(s.facet, m.facet) || ' ' || coalesce(s.value, m.value)
		  FROM source s FULL JOIN model m ON m.chunk = s.chunk AND m.facet = s.facet COLLATE "C" AND m.value = s.value COLLATE "C"
		 WHERE s.bits IS DISTINCT FROM m.bits
		UNION ALL SELECT DISTINCT 'word ' || l.lexeme FROM newest p CROSS JOIN unnest(p.words) l
		  LEFT JOIN practice_words w ON w.word = l.lexeme COLLATE "C"
		  LEFT JOIN practice_word_bitmaps b ON b.word = w.word AND b.chunk = p.ordinal >> 13
		 WHERE w.word IS NULL OR w.common AND (b.word IS NULL OR get_bit(b.bits, p.ordinal & 8191) = 0)`)
	if err != nil {
		return nil, fmt.Errorf("compare the index of practices with the practices: %w", err)
	}
	return wrong, nil
}
