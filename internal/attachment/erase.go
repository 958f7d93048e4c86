package attachment

import (
	"context"
	"fmt"

	"portal/internal/database"
)

// Erase removes for good the files that came with a revision that was never handed in; earlier revisions keep theirs. The
// caller has locked the submission.
func Erase(ctx context.Context, tx database.Tx, submission int64, revision int) error {
	if _, err := tx.Exec(ctx, `DELETE FROM attachments WHERE submission_id = $1 AND first_revision >= $2`, submission, revision); err != nil {
		return fmt.Errorf("erase the files of revision %d of submission %d: %w", revision, submission, err)
	}
	return nil
}
