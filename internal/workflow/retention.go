package workflow

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"portal/internal/attachment"
	"portal/internal/database"
)

const (
	// DeclinedKeptDays is how many days the text of a declined submission is kept (quality.md, retention: 5 years), unless
	// the setting DeclinedSetting says another number.
	DeclinedKeptDays = 5*365 + 1
	// DeclinedSetting is the name, in the table of settings, of that number.
	DeclinedSetting = "retention.declined_days"
	// erasedAtOnce is how many submissions one run erases at most.
	erasedAtOnce = 500
)

// EraseDeclined erases what was written in and about submissions that were declined too long ago and never published, and what
// people have written for no office that was dealt with as long ago: answers, documents, comments, letters, minutes. That there was one, whose, and what became of it stays (README rule 5). A job calls it once
// a day; it says in the log how many it was.
func EraseDeclined(ctx context.Context, db *database.DB, now time.Time) error {
	days, err := database.Days(ctx, db.Read(), DeclinedSetting, DeclinedKeptDays)
	if err != nil {
		return err
	}
	erased := 0
	err = db.InTx(ctx, func(tx database.Tx) error {
		ids, err := database.Values[ID](ctx, tx, `SELECT id FROM submissions WHERE (state = 'declined' OR state IN ('accepted', 'archived') AND office_id IS NULL) AND erased_at IS NULL
			AND published_revision IS NULL AND decided_at < $1 ORDER BY decided_at LIMIT $2 FOR UPDATE SKIP LOCKED`, now.AddDate(0, 0, -days), erasedAtOnce)
		if err != nil {
			return err
		}
		erased = len(ids)
		return eraseWritten(ctx, tx, ids, now)
	})
	if err != nil {
		return fmt.Errorf("erase declined submissions: %w", err)
	}
	slog.InfoContext(ctx, "old declined submissions erased", "submissions", erased, "keep_days", days)
	return nil
}

// eraseWritten erases what was written in and about submissions that were never published. That there were some stays.
func eraseWritten(ctx context.Context, tx database.Tx, ids []ID, now time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		if err := attachment.Erase(ctx, tx, id, 1); err != nil {
			return err
		}
	}
	for _, sql := range []string{
		`DELETE FROM submission_steps WHERE submission_id = ANY ($1)`,
		`DELETE FROM change_requests WHERE submission_id = ANY ($1)`,
		`UPDATE committee_entries SET reason = '', discussion = '' WHERE note_id = ANY ($1)`,
		`DELETE FROM draft_threads WHERE submission_id = ANY ($1)`,                // with their comments
		`UPDATE submission_notes SET body = '[…]' WHERE submission_id = ANY ($1)`, // events, which are never changed, refer to them
	} {
		if _, err := tx.Exec(ctx, sql, ids); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `UPDATE submissions SET title = '', submitted_title = '', submitted_words = '', submitted_objectives = '{}', erased_at = $2, version = version + 1 WHERE id = ANY ($1)`, ids, now)
	return err
}
