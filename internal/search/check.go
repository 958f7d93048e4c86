package search

import (
	"context"
	"fmt"
	"strings"

	"portal/internal/database"
)

// Check compares the index of the name with its table (Index.Name and Index.Table) and returns what differs, by name: none
// when all is well. Of the words it looks at those of the newest documents, which all that goes wrong would miss first.
func Check(ctx context.Context, q database.Querier, name, table string) ([]string, error) {
	wrong, err := database.Values[string](ctx, q, strings.NewReplacer("{name}", name, "{table}", table).Replace(`WITH source AS (
			SELECT p.ordinal >> 13 AS chunk, split_part(f, '=', 1) AS facet, substr(f, strpos(f, '=') + 1) AS value, bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1)) AS bits
			  FROM {table} p, unnest(p.facets) f WHERE p.until IS NULL GROUP BY 1, 2, 3),
		model AS (SELECT chunk, facet, value, bits FROM {name}_bitmaps WHERE n > 0),
		newest AS (SELECT p.ordinal, p.words FROM {table} p WHERE p.until IS NULL ORDER BY p.ordinal DESC LIMIT 200)
		SELECT DISTINCT coalesce(s.facet, m.facet) || ' ' || coalesce(s.value, m.value)
		  FROM source s FULL JOIN model m ON m.chunk = s.chunk AND m.facet = s.facet COLLATE "C" AND m.value = s.value COLLATE "C"
		 WHERE s.bits IS DISTINCT FROM m.bits
		UNION ALL SELECT DISTINCT 'word ' || l.lexeme FROM newest p CROSS JOIN unnest(p.words) l
		  LEFT JOIN {name}_words w ON w.word = l.lexeme COLLATE "C"
		  LEFT JOIN {name}_word_bitmaps b ON b.word = w.word AND b.chunk = p.ordinal >> 13
		 WHERE w.word IS NULL OR w.common AND (b.word IS NULL OR get_bit(b.bits, p.ordinal & 8191) = 0)`))
	if err != nil {
		return nil, fmt.Errorf("compare the index of %s with them: %w", table, err)
	}
	return wrong, nil
}
