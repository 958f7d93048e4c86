package practice

import (
	"context"
	"fmt"

	"portal/internal/database"
	"portal/internal/search"
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
	return search.Check(ctx, q, "practice", "practices")
}
