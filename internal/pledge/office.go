package pledge

import (
	"context"
	"fmt"

	"portal/internal/database"
)

// MoveOffice gives what one office has published, and its cases, to another, in the transaction of their merger. Each pledge keeps the
// office's name as it was on the day of its publication.
func (s *Service) MoveOffice(ctx context.Context, tx database.Tx, from, into int64) error {
	if err := s.moveInterests(ctx, tx, from, into); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE pledges SET office_id = $2 WHERE office_id = $1`, from, into); err != nil {
		return fmt.Errorf("move the pledges of office %d to %d: %w", from, into, err)
	}
	return nil
}
