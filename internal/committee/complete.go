package committee

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Check is that the fund desk has found a note complete, as it was sent in (fund.md, Review).
type Check struct {
	Revision int
	// By is who found it.
	By string
	At time.Time
}

// Complete records that the revision of a note is complete; who presses twice records it once. A note behind the wall is
// problem.NotFound, one that nobody has taken into review problem.NotAllowedNow, and one that was sent again since it was
// read problem.Stale.
func (s *Service) Complete(ctx context.Context, who identity.User, note workflow.ID, revision int) error {
	err := s.DB.InTx(ctx, func(tx database.Tx) error {
		if err := desk(who); err != nil {
			return err
		}
		sub, err := workflow.Lock(ctx, tx, note, who)
		switch {
		case err != nil:
			return err
		case sub.Side != workflow.ByDesk || sub.Kind != s.Kind:
			return problem.NotFound
		case sub.State != workflow.InReview || sub.SubmittedRevision == nil:
			return problem.NotAllowedNow
		case *sub.SubmittedRevision != revision:
			return problem.Stale
		}
		done, err := tx.Exec(ctx, `INSERT INTO committee_checks (note_id, revision, checked_by, checked_at) VALUES (@note, @revision, @who, @now) ON CONFLICT DO NOTHING`,
			database.Args{"note": note, "revision": revision, "who": who.ID, "now": s.Now()})
		if err != nil || done.RowsAffected() == 0 {
			return err
		}
		return s.record(ctx, tx, who, "note.complete", noteSubject, note)
	})
	return wrap(fmt.Sprintf("find note %d complete", note), err)
}

// Reviewable is a problem.Invalid at "reviewer" for a note that was not found complete as it was sent in: its technical
// review does not begin before. Submissions of another kind need no such check.
func (s *Service) Reviewable(ctx context.Context, q database.Querier, sub workflow.Submission) error {
	if sub.Kind != s.Kind {
		return nil
	}
	check, err := checkOf(ctx, q, sub.ID)
	if err == nil && !checks(check, sub) {
		err = problem.Invalid(problem.Field{Name: "reviewer", Key: "committee.complete.first"})
	}
	return err
}

// checks says whether the check is one of what was sent in last.
func checks(check *Check, sub workflow.Submission) bool {
	return check != nil && sub.SubmittedRevision != nil && check.Revision == *sub.SubmittedRevision
}

// checkOf is the last check of a note; nil for none. The caller has found the note for the person.
func checkOf(ctx context.Context, q database.Querier, note workflow.ID) (*Check, error) {
	rows, err := database.Rows[Check](ctx, q, `SELECT k.revision, u.name AS by, k.checked_at AS at FROM committee_checks k JOIN users u ON u.id = k.checked_by
		WHERE k.note_id = $1 ORDER BY k.revision DESC LIMIT 1`, note)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}
