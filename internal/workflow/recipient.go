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
			AND (u.id = s.author_id AND p.state IN ('pending', 'approved') OR p.role = 'head' AND p.state = 'approved')
		UNION SELECT s.id, u.id, u.name, u.email, u.lang FROM submissions s JOIN users u ON u.id = s.author_id
		WHERE s.id = ANY ($1) AND s.office_id IS NULL AND u.closed_at IS NULL ORDER BY submission_id, id`, ids)
	if err != nil {
		return nil, fmt.Errorf("recipients of %d submissions: %w", len(ids), err)
	}
	all := map[ID][]Recipient{}
	for _, r := range rows {
		all[r.SubmissionID] = append(all[r.SubmissionID], r.Recipient)
	}
	return all, nil
}

// JoinActors is the SQL that joins the people who act for the office o: its heads and contributors, x their posts and u they
// themselves. In an office where only heads send in, they. For an office that was closed nobody does, though the posts in it stay.
const JoinActors = ` JOIN posts x ON x.office_id = o.id AND o.state = 'approved' AND x.state = 'approved' AND x.role IN ('head', 'contributor') AND (x.role = 'head' OR NOT o.heads_only)
		AND x.from_on <= current_date AND (x.until_on IS NULL OR x.until_on >= current_date)
	JOIN users u ON u.id = x.user_id AND u.closed_at IS NULL`

// Actors are the people who act for the office today, by number: see JoinActors.
func Actors(ctx context.Context, q database.Querier, office int64) ([]Recipient, error) {
	all, err := database.Rows[Recipient](ctx, q, `SELECT DISTINCT u.id, u.name, u.email, u.lang FROM offices o`+JoinActors+` WHERE o.id = $1 ORDER BY u.id`, office)
	if err != nil {
		return nil, fmt.Errorf("who acts for office %d: %w", office, err)
	}
	return all, nil
}
