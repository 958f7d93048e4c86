package pledge

import (
	"context"
	"strings"

	"portal/internal/database"
	"portal/internal/i18n"
)

// Explain returns PostgreSQL's plan for a page of the list, for tests.
func (s *Service) Explain(ctx context.Context, f Filter, l i18n.Lang) (string, error) {
	var after *key
	if f.After != "" {
		k, err := findKey(ctx, s.db.Read(), f)
		if err != nil {
			return "", err
		}
		after = &k
	}
	sql, args := listSQL(f, l, after, 0, PerPage+1)
	lines, err := database.Values[string](ctx, s.db.Read(), "EXPLAIN "+sql, args)
	return strings.Join(lines, "\n"), err
}
