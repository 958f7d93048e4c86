package attachment

import (
	"context"
	"fmt"

	"portal/internal/database"
)

// Reopen gives the revision next the files of the earlier revision from, whatever the revisions between them had: a file
// that was added in one that was given up is not in next, and one that was taken out there is back. The revisions between
// keep what they had, since one of them may have been sent in; so what is back is a copy, with a number of its own. The
// caller has locked the submission and opens next in the same transaction.
func Reopen(ctx context.Context, tx database.Tx, submission int64, from, next int) error {
	if _, err := tx.Exec(ctx, `UPDATE attachments SET removed_revision = @next
		WHERE submission_id = @submission AND first_revision > @from AND first_revision < @next AND (removed_revision IS NULL OR removed_revision > @next)`,
		database.Args{"submission": submission, "from": from, "next": next}); err != nil {
		return fmt.Errorf("leave out the files after revision %d of submission %d: %w", from, submission, err)
	}
	gone, err := database.Values[int64](ctx, tx, `SELECT id FROM attachments
		WHERE submission_id = @submission AND first_revision <= @from AND removed_revision > @from AND removed_revision <= @next ORDER BY id`,
		database.Args{"submission": submission, "from": from, "next": next})
	if err != nil {
		return fmt.Errorf("find the files of revision %d of submission %d: %w", from, submission, err)
	}
	for _, id := range gone { // at most MaxFiles a question
		if err := copyInto(ctx, tx, id, next); err != nil {
			return fmt.Errorf("bring back file %d of submission %d: %w", id, submission, err)
		}
	}
	return nil
}

// copyInto makes a copy of a file that begins in the revision.
func copyInto(ctx context.Context, tx database.Tx, id int64, revision int) error {
	copied, err := database.Value[int64](ctx, tx, `INSERT INTO attachments (submission_id, field, name, format, media_type, size, sha256, scan_state,
			scanned_at, uploaded_by, uploaded_at, first_revision)
		SELECT submission_id, field, name, format, media_type, size, sha256, scan_state, scanned_at, uploaded_by, uploaded_at, $2
		FROM attachments WHERE id = $1 RETURNING id`, id, revision)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO attachment_chunks (attachment_id, n, bytes) SELECT $2, n, bytes FROM attachment_chunks WHERE attachment_id = $1`, id, copied)
	return err
}
