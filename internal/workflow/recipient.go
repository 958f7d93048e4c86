package workflow

import (
	"context"
	"fmt"

	"portal/internal/database"
)

// RecipientsOf is OwnerRecipients for many submissions, by submission. The caller has found them for the person who asks.
func RecipientsOf(ctx context.Context, q database.Querier, ids []ID) (map[ID][]Recipient, error) {
	type row struct {
		SubmissionID ID
		Recipient
	}
	rows, err := database.Rows[row](ctx, q, `SELECT DISTINCT s.id AS submission_id, u.id, u.name, u.email, u.lang
		FROM submissions s JOIN posts p ON p.office_id = s.office_id JOIN users u ON u.id = p.user_id
		WHERE s.id = ANY ($1) AND u.closed_at IS NULL AND (p.until_on IS NULL OR p.until_on >= current_date)
			AND (u.id = s.author_id AND p.state IN ('pending', 'approved') OR p.role = 'head' AND p.state = 'approved') ORDER BY s.id, u.id`, ids)
	if err != nil {
		return nil, fmt.Errorf("recipients of %d submissions: %w", len(ids), err)
	}
	all := map[ID][]Recipient{}
	for _, r := range rows {
		all[r.SubmissionID] = append(all[r.SubmissionID], r.Recipient)
	}
	return all, nil
}
