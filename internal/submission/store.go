package submission

import (
	"context"
	"fmt"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// lockPerson makes what one person does at the same time happen one after the other.
func lockPerson(ctx context.Context, tx database.Tx, id int64) error {
	if _, err := tx.Exec(ctx, `SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE`, id); err != nil {
		return fmt.Errorf("lock user %d: %w", id, err)
	}
	return nil
}

// blankDraft finds a draft of the person into which nothing has been written; problem.NotFound when there is none.
func blankDraft(ctx context.Context, q database.Querier, kind *workflow.Kind, office int64, who identity.User) (workflow.ID, error) {
	post, ok := who.Post(office)
	if !ok || post.Role == identity.Viewer {
		return 0, fmt.Errorf("start a %s for office %d: %w", kind.Name, office, problem.Forbidden)
	}
	return database.Value[workflow.ID](ctx, q, `SELECT s.id FROM submissions s
		WHERE s.author_id = @who AND s.office_id = @office AND s.kind = @kind AND s.state = 'draft' AND s.revision = 1
			AND NOT EXISTS (SELECT FROM submission_steps t WHERE t.submission_id = s.id)
			AND NOT EXISTS (SELECT FROM attachments f WHERE f.submission_id = s.id)
		ORDER BY s.id LIMIT 1`, database.Args{"who": who.ID, "office": office, "kind": kind.Name})
}
