package workflow

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
)

// WaitForReviewers says that a submission, which the desk has before it, waits for its reviewers, or with waits false that
// it waits for the desk again. What waits for anybody else is left alone. The clock runs on: reviewers are the desk's.
func WaitForReviewers(ctx context.Context, tx database.Tx, id ID, waits bool, now time.Time) error {
	from, to := ForDesk, ForReviewers
	if !waits {
		from, to = to, from
	}
	_, err := tx.Exec(ctx, `UPDATE submissions SET waiting_for = $3, waiting_since = $4 WHERE id = $1 AND waiting_for = $2`, id, from, to, now)
	if err != nil {
		return fmt.Errorf("for whom submission %d waits: %w", id, err)
	}
	return nil
}
