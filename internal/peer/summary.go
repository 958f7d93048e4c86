package peer

import (
	"context"
	"fmt"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// Summary is what the last round of reviews of a submission says, in short.
type Summary struct {
	// Spread is that of the weighted means of the reviews that are in.
	Spread
	// Complete says that all are in.
	Complete bool
	// Sealed says that the person who asks reviews it themself and may not see the others' reviews (yet): of these it is only
	// known how many are in.
	Sealed bool
}

// Summaries are those of the submissions that the person's desks may see; one without a round has none. Nobody is named in
// them.
func (s *Service) Summaries(ctx context.Context, q database.Querier, who identity.User, ids []workflow.ID) (map[workflow.ID]Summary, error) {
	type row struct {
		SubmissionID workflow.ID
		SetID        int64
		Visibility   Visibility
		Complete     bool
		ReviewerID   int64
		State        State
		Scores       Scores
	}
	rows, err := database.Rows[row](ctx, q, `SELECT r.submission_id, r.set_id, r.visibility, r.complete_at IS NOT NULL AS complete, coalesce(a.reviewer_id, 0) AS reviewer_id, coalesce(a.state, '') AS state,
			coalesce(v.scores, '{}') AS scores
		FROM review_rounds r JOIN submissions s ON s.id = r.submission_id
			LEFT JOIN review_assignments a ON a.round_id = r.id LEFT JOIN reviews v ON v.assignment_id = a.id AND v.submitted_at IS NOT NULL
		WHERE r.id IN (SELECT max(last.id) FROM review_rounds last WHERE last.submission_id = ANY (@ids) GROUP BY last.submission_id)
			AND @staff::boolean AND s.submitted_revision IS NOT NULL AND s.desk IN (SELECT o.desk FROM staff_roles o WHERE o.user_id = @who AND o.role IN ('officer', 'lead'))
			AND s.id NOT IN (SELECT c.submission_id FROM submission_conflicts c WHERE c.user_id = @who AND c.submission_id = ANY (@ids)) ORDER BY r.id, a.id`,
		database.Args{"ids": ids, "who": who.ID, "staff": who.IsStaff()})
	if err != nil {
		return nil, fmt.Errorf("reviews of %d submissions: %w", len(ids), err)
	}
	sets, means, all := map[int64]CriteriaSet{}, map[workflow.ID][]float64{}, map[workflow.ID]Summary{}
	for _, r := range rows {
		set, ok := sets[r.SetID]
		if !ok {
			if set, err = criteriaSet(ctx, q, r.SetID); err != nil {
				return nil, err
			}
			sets[r.SetID] = set
		}
		one := all[r.SubmissionID]
		one.Complete = r.Complete
		if r.ReviewerID == who.ID && (r.State.Open() || r.State == Submitted) && !r.Visibility.Shows(r.State) {
			one.Sealed = true
		}
		if mean, ok := Mean(set.Criteria, r.Scores); ok && r.State == Submitted {
			means[r.SubmissionID] = append(means[r.SubmissionID], mean)
		}
		all[r.SubmissionID] = one
	}
	for id, one := range all {
		one.Spread = SpreadOf(means[id])
		if one.Sealed {
			one.Spread = Spread{N: one.N}
		}
		all[id] = one
	}
	return all, nil
}
