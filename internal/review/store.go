package review

import (
	"context"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// Colleague is a member of the desk to whom a submission can be given, with what they have at hand.
type Colleague struct {
	ID   int64
	Name string
	Load int // submissions that wait for the desk and are assigned to them, of those that the person who asks may see
}

func colleagues(ctx context.Context, q database.Querier, id workflow.ID, who identity.User) ([]Colleague, error) {
	return database.Rows[Colleague](ctx, q, `SELECT u.id, u.name,
			(SELECT count(*)::int FROM submissions s WHERE s.assigned_to = u.id AND s.state IN ('submitted', 'in_review', 'approved') AND `+workflow.OnDesk+`) AS load
		FROM users u
		WHERE u.closed_at IS NULL AND u.id IN (SELECT r.user_id FROM staff_roles r JOIN submissions s ON s.desk = r.desk
				WHERE s.id = @id AND s.submitted_revision IS NOT NULL AND r.role IN ('officer', 'lead')
					AND r.user_id NOT IN (SELECT c.user_id FROM submission_conflicts c WHERE c.submission_id = @id))
		ORDER BY u.name COLLATE "und-x-icu", u.id`, database.Args{"id": id, "who": who.ID, "staff": who.IsStaff()})
}

func waitingForOffice(ctx context.Context, q database.Querier, office int64) ([]workflow.ID, error) {
	return database.Values[int64](ctx, q, `SELECT id FROM submissions WHERE office_id = $1 AND state = 'approved' ORDER BY id`, office)
}

// holdOffice keeps the office of a submission as it is until the transaction ends: while it is being approved the
// decision waits, and while it is decided the approval waits. So a submission that is approved for an office which is
// approved at the same moment is published by one of the two. It comes before the lock on the submission, since that is
// the order in which an office is approved.
func holdOffice(ctx context.Context, tx database.Tx, id workflow.ID) error {
	_, err := tx.Exec(ctx, `SELECT FROM offices WHERE id = (SELECT office_id FROM submissions WHERE id = $1) FOR SHARE`, id)
	return err
}
