package peer

import "portal/internal/personal"

// Personal is what this package keeps of a person. A submission that the wall has come to hide from a reviewer is not in
// their copy either.
var Personal = personal.Data{
	Sections: []personal.Section{
		{Name: "reviewer", Columns: []string{"reviewers.user_id"}, SQL: `SELECT side, works_for, objectives, languages, regions, countries, capacity, active, created_at
			FROM reviewers WHERE user_id = $1`},
		{Name: "review_assignments", Columns: []string{"review_assignments.reviewer_id"}, SQL: `SELECT a.submission_id, a.state, a.asked_at, a.due_on, a.answered_at, a.decline_reason, a.suggestion
			FROM review_assignments a WHERE a.reviewer_id = $1
				AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = a.submission_id AND c.user_id = $1) ORDER BY a.id`,
			Texts: map[string]string{"state": "peer.state."}},
		{Name: "reviews", SQL: `SELECT a.submission_id, r.recommendation, r.scores, r.to_submitter, r.to_staff, r.saved_at, r.submitted_at
			FROM reviews r JOIN review_assignments a ON a.id = r.assignment_id WHERE a.reviewer_id = $1
				AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = a.submission_id AND c.user_id = $1) ORDER BY a.id`},
	},
	LeftOut: map[string]string{
		"reviewers.invited_by":            "an act on another, which is among the person's acts",
		"review_assignments.asked_by":     "the work of a desk, which is among the person's acts",
		"review_rounds.opened_by":         "the work of a desk, which is among the person's acts",
		"review_rounds.closed_by":         "the work of a desk, which is among the person's acts",
		"review_settings.changed_by":      "the work of a desk, which is among the person's acts",
		"review_criteria_sets.created_by": "the work of a desk, which is among the person's acts",
	},
	Erasures: []personal.Erasure{
		personal.Erase(`DELETE FROM reviewers WHERE user_id = $1`, "reviewers.user_id"),
		// What they had not handed in is withdrawn by Care, which tells the desk.
		personal.Erase(`UPDATE review_assignments SET decline_reason = '', suggestion = '' WHERE reviewer_id = $1`, "review_assignments.reviewer_id"),
	},
	Kept: map[string]string{
		"reviewers.invited_by":            "who invited a reviewer, for the record",
		"review_assignments.asked_by":     "who asked for a review, for the record",
		"review_rounds.opened_by":         "who opened a round, for the record",
		"review_rounds.closed_by":         "who closed a round, for the record",
		"review_settings.changed_by":      "who changed a setting, for the record",
		"review_criteria_sets.created_by": "who changed the criteria, for the record",
	},
}
