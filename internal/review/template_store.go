package review

import (
	"context"
	"fmt"

	"portal/internal/database"
	"portal/internal/identity"
)

// wording is the last version of the desk's letters; 0 when all are those of the catalogue.
func wording(ctx context.Context, q database.Querier, desk identity.Desk) (int64, error) {
	id, err := database.Value[int64](ctx, q, `SELECT coalesce(max(id), 0) FROM letter_templates WHERE desk = $1`, desk)
	if err != nil {
		return 0, fmt.Errorf("letters of the desk %s: %w", desk, err)
	}
	return id, nil
}
