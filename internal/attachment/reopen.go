package attachment

import (
	"context"
	"fmt"
	"time"

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
			scanned_at, uploaded_by, uploaded_at, first_revision, width, height)
		SELECT submission_id, field, name, format, media_type, size, sha256, scan_state, scanned_at, uploaded_by, uploaded_at, $2, width, height
		FROM attachments WHERE id = $1 RETURNING id`, id, revision)
	if err != nil {
		return err
	}
	return copyBytes(ctx, tx, id, copied)
}

// CopyTo gives another submission copies of the files of a revision, as of its revision: what it begins from. The caller has
// locked the other submission, and knows that the person may read the files.
func CopyTo(ctx context.Context, tx database.Tx, from int64, fromRevision int, to int64, revision int, by int64, now time.Time) error {
	files, err := List(ctx, tx, from, fromRevision)
	if err != nil {
		return err
	}
	for _, f := range files {
		if !f.Servable() {
			continue
		}
		copied, err := database.Value[int64](ctx, tx, `INSERT INTO attachments (submission_id, field, name, format, media_type, size, sha256, scan_state,
				scanned_at, uploaded_by, uploaded_at, first_revision, width, height)
			SELECT $2, field, name, format, media_type, size, sha256, scan_state, scanned_at, $3, $4, $5, width, height
			FROM attachments WHERE id = $1 RETURNING id`, f.ID, to, by, now, revision)
		if err == nil {
			err = copyBytes(ctx, tx, f.ID, copied)
		}
		if err != nil {
			return fmt.Errorf("copy file %d to submission %d: %w", f.ID, to, err)
		}
	}
	return nil
}

// copyBytes gives a copy of a file its bytes, and an image its picture.
func copyBytes(ctx context.Context, tx database.Tx, id, copied int64) error {
	if _, err := tx.Exec(ctx, `INSERT INTO attachment_pictures (attachment_id, bytes) SELECT $2, bytes FROM attachment_pictures WHERE attachment_id = $1`, id, copied); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO attachment_chunks (attachment_id, n, bytes) SELECT $2, n, bytes FROM attachment_chunks WHERE attachment_id = $1`, id, copied)
	return err
}
