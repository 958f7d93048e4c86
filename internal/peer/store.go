package peer

import (
	"context"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// Assignment is a reviewer of a round as the desk sees them.
type Assignment struct {
	ID            int64
	RoundID       int64
	SubmissionID  workflow.ID
	ReviewerID    int64
	Name          string
	Side          Side
	State         State
	Cause         Cause
	Apart         *float64
	AskedAt       time.Time
	DueOn         date.Date
	AnsweredAt    *time.Time
	DeclineReason string
	Suggestion    string
	ReadAt        *time.Time
	EndedAt       *time.Time
	Reminders     int
	Standing      workflow.Standing
}

var assignmentColumns = `a.id, a.round_id, a.submission_id, a.reviewer_id, u.name, a.side, a.state, a.cause, a.apart::float8 AS apart, a.asked_at, a.due_on,
	a.answered_at, a.decline_reason, a.suggestion, a.read_at, a.ended_at, a.reminders, ` + workflow.StandingSQL("a.reviewer_id", "a.submission_id") + ` AS standing`

// assignments are those of the rounds of a submission that was found for the desk, or for the portal itself.
func assignments(ctx context.Context, q database.Querier, id workflow.ID) ([]Assignment, error) {
	return database.Rows[Assignment](ctx, q, `SELECT `+assignmentColumns+` FROM review_assignments a JOIN users u ON u.id = a.reviewer_id
		WHERE a.submission_id = $1 ORDER BY a.round_id DESC, a.id`, id)
}

const roundColumns = `r.id, r.submission_id, r.revision, r.number, r.set_id, r.visibility, r.redacted, r.un_needed, r.external_needed AS external_needed, r.either_needed, r.steps_apart,
	r.means_apart::float8 AS means_apart, r.due_on, r.opened_at, opener.name AS opened_by, r.complete_at, r.lacks, r.closed_at, r.version`

type roundRow struct {
	ID           int64
	SubmissionID workflow.ID
	Revision     int
	Number       int
	SetID        int64
	Visibility   Visibility
	Redacted     []string
	// Of Rule.
	UnNeeded, ExternalNeeded, EitherNeeded, StepsApart int
	MeansApart                                         float64
	DueOn                                              date.Date
	OpenedAt                                           time.Time
	OpenedBy                                           string
	CompleteAt                                         *time.Time
	Lacks                                              string
	ClosedAt                                           *time.Time
	Version                                            int
}

func (r roundRow) round() Round {
	return Round{
		ID: r.ID, SubmissionID: r.SubmissionID, Revision: r.Revision, Number: r.Number, SetID: r.SetID, Visibility: r.Visibility, Redacted: r.Redacted,
		Rule:  Rule{UNNeeded: r.UnNeeded, ExternalNeeded: r.ExternalNeeded, EitherNeeded: r.EitherNeeded, StepsApart: r.StepsApart, MeansApart: r.MeansApart},
		DueOn: r.DueOn, OpenedAt: r.OpenedAt, OpenedBy: r.OpenedBy, CompleteAt: r.CompleteAt, Lacks: r.Lacks, ClosedAt: r.ClosedAt, Version: r.Version,
	}
}

// rounds are those of a submission that was found for the desk, the newest first.
func rounds(ctx context.Context, q database.Querier, id workflow.ID) ([]Round, error) {
	rows, err := database.Rows[roundRow](ctx, q, `SELECT `+roundColumns+` FROM review_rounds r JOIN users opener ON opener.id = r.opened_by
		WHERE r.submission_id = $1 ORDER BY r.number DESC`, id)
	all := make([]Round, len(rows))
	for i, r := range rows {
		all[i] = r.round()
	}
	return all, err
}

// roundOf is one round, which the caller may know of.
func roundOf(ctx context.Context, q database.Querier, id int64) (Round, error) {
	r, err := database.Row[roundRow](ctx, q, `SELECT `+roundColumns+` FROM review_rounds r JOIN users opener ON opener.id = r.opened_by WHERE r.id = $1`, id)
	return r.round(), err
}

// reviewsOf are the reviews of a round, by assignment.
func reviewsOf(ctx context.Context, q database.Querier, round int64) (map[int64]Review, error) {
	rows, err := database.Rows[Review](ctx, q, `SELECT v.assignment_id, v.version, v.scores, v.to_submitter, v.to_staff, v.recommendation, v.page, v.quiet, v.saved_at, v.submitted_at
		FROM reviews v JOIN review_assignments a ON a.id = v.assignment_id WHERE a.round_id = $1`, round)
	all := map[int64]Review{}
	for _, r := range rows {
		all[r.AssignmentID] = r
	}
	return all, err
}

// ownReview is what the reviewer of an assignment has written so far; the zero Review for nothing.
func ownReview(ctx context.Context, q database.Querier, assignment int64) (Review, error) {
	rows, err := database.Rows[Review](ctx, q, `SELECT v.assignment_id, v.version, v.scores, v.to_submitter, v.to_staff, v.recommendation, v.page, v.quiet, v.saved_at, v.submitted_at
		FROM reviews v WHERE v.assignment_id = $1`, assignment)
	if err != nil || len(rows) == 0 {
		return Review{AssignmentID: assignment, Scores: Scores{}}, err
	}
	return rows[0], nil
}

// Own is an assignment as its reviewer sees it.
type Own struct {
	ID           int64
	RoundID      int64
	SubmissionID workflow.ID
	Kind         string
	Title        string
	Lang         string
	State        State
	DueOn        date.Date
	AskedAt      time.Time
	Closed       bool
	// MayRead says that they may read the text: they have declared that there is no conflict, and accepted.
	MayRead    bool
	ReadAt     *time.Time
	AnsweredAt *time.Time
}

// own is what the person @who is asked to review, by the wall. Only staff who have passed a second factor (@staff). Every
// kind takes its title from the question of that name: where a round redacts it, there is no title.
const own = `SELECT a.id, a.round_id, a.submission_id, s.kind, CASE WHEN 'title' = ANY (r.redacted) THEN '' ELSE s.submitted_title END AS title, s.lang, a.state, a.due_on, a.asked_at, r.closed_at IS NOT NULL AS closed,
		EXISTS (SELECT FROM submission_access x WHERE x.submission_id = a.submission_id AND x.user_id = @who AND x.side = 'reviewer' AND x.role = 'reviewer')
			AND a.state IN ('accepted', 'submitted') AND r.closed_at IS NULL AS may_read, a.read_at, a.answered_at
	FROM review_assignments a JOIN review_rounds r ON r.id = a.round_id JOIN submissions s ON s.id = a.submission_id
	WHERE a.reviewer_id = @who AND @staff::boolean AND a.state IN ('asked', 'accepted', 'submitted')
		AND EXISTS (SELECT FROM submission_access x WHERE x.submission_id = a.submission_id AND x.user_id = @who AND x.side = 'reviewer')`

func ownList(ctx context.Context, q database.Querier, who identity.User) ([]Own, error) {
	return database.Rows[Own](ctx, q, own+` ORDER BY CASE WHEN r.closed_at IS NOT NULL THEN 2 WHEN a.state = 'submitted' THEN 1 ELSE 0 END, a.due_on, a.id LIMIT 200`,
		database.Args{"who": who.ID, "staff": who.IsStaff()})
}

func ownOne(ctx context.Context, q database.Querier, who identity.User, id int64) (Own, error) {
	return database.Row[Own](ctx, q, own+` AND a.id = @id`, database.Args{"who": who.ID, "staff": who.IsStaff(), "id": id})
}

const profileColumns = `r.user_id, u.name, r.side, r.works_for, r.objectives, r.languages, r.regions, r.countries, r.capacity, r.active, r.version`

func profileOf(ctx context.Context, q database.Querier, user int64) (Profile, error) {
	return database.Row[Profile](ctx, q, `SELECT `+profileColumns+` FROM reviewers r JOIN users u ON u.id = r.user_id WHERE r.user_id = $1`, user)
}

// load is how many reviews somebody was asked for in the last year and did not decline, of those that the reader may know
// of: what is behind the wall for the person @reader is not counted.
const loadSQL = `(SELECT count(*)::int FROM review_assignments w WHERE w.reviewer_id = r.user_id AND w.state IN ('asked', 'accepted', 'submitted') AND w.asked_at > @year
	AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = w.submission_id AND c.user_id = @reader))`

// candidates are the active reviewers, with how they stand to the submission.
func candidates(ctx context.Context, q database.Querier, id workflow.ID, reader int64, now time.Time) ([]Candidate, error) {
	return database.Rows[Candidate](ctx, q, `SELECT r.user_id, u.name, r.side, r.works_for, r.objectives, r.languages, r.regions, r.capacity, `+loadSQL+` AS load,
			`+workflow.StandingSQL("r.user_id", "@id")+` AS standing
		FROM reviewers r JOIN users u ON u.id = r.user_id
		WHERE r.active AND u.closed_at IS NULL AND EXISTS (SELECT FROM staff_roles role WHERE role.user_id = r.user_id AND role.role = 'reviewer')
		ORDER BY u.name COLLATE "und-x-icu", r.user_id`, database.Args{"id": id, "reader": reader, "year": now.AddDate(-1, 0, 0)})
}

// Listed is a line of the list of reviewers.
type Listed struct {
	Profile
	Load    int
	Open    int
	SinceOn time.Time
}

type listedRow struct {
	UserID     int64
	Name       string
	Side       Side
	WorksFor   string
	Objectives []int
	Languages  []string
	Regions    []string
	Countries  []string
	Capacity   int
	Active     bool
	Version    int
	Load       int
	Open       int
	SinceOn    time.Time
}

func listReviewers(ctx context.Context, q database.Querier, who identity.User, words string, side Side, objective int, now time.Time) ([]Listed, error) {
	rows, err := database.Rows[listedRow](ctx, q, `SELECT `+profileColumns+`, `+loadSQL+` AS load,
			(SELECT count(*)::int FROM review_assignments w WHERE w.reviewer_id = r.user_id AND w.state IN ('asked', 'accepted')
				AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = w.submission_id AND c.user_id = @reader)) AS open, r.created_at AS since_on
		FROM reviewers r JOIN users u ON u.id = r.user_id
		WHERE u.closed_at IS NULL AND (@words = '' OR strpos(fold_name(u.name || ' ' || r.works_for), fold_name(@words)) > 0)
			AND (@side = '' OR r.side = @side) AND (@objective = 0 OR @objective = ANY (r.objectives))
		ORDER BY u.name COLLATE "und-x-icu", r.user_id LIMIT 1000`,
		database.Args{"reader": who.ID, "words": words, "side": string(side), "objective": objective, "year": now.AddDate(-1, 0, 0)})
	all := make([]Listed, len(rows))
	for i, r := range rows {
		all[i] = Listed{Load: r.Load, Open: r.Open, SinceOn: r.SinceOn, Profile: Profile{
			UserID: r.UserID, Name: r.Name, Side: r.Side, WorksFor: r.WorksFor, Objectives: r.Objectives, Languages: r.Languages, Regions: r.Regions,
			Countries: r.Countries, Capacity: r.Capacity, Active: r.Active, Version: r.Version,
		}}
	}
	return all, err
}

func criteriaSet(ctx context.Context, q database.Querier, id int64) (CriteriaSet, error) {
	type row struct {
		ID      int64
		Kind    string
		Version int
	}
	r, err := database.Row[row](ctx, q, `SELECT id, kind, version FROM review_criteria_sets WHERE id = $1`, id)
	if err != nil {
		return CriteriaSet{}, err
	}
	set := CriteriaSet{ID: r.ID, Kind: r.Kind, Version: r.Version}
	set.Criteria, err = database.Rows[Criterion](ctx, q, `SELECT n, weight, names, levels FROM review_criteria WHERE set_id = $1 ORDER BY n`, id)
	return set, err
}

// latestSet is the set that the next round of the kind has.
func latestSet(ctx context.Context, q database.Querier, kind string) (CriteriaSet, error) {
	id, err := database.Value[int64](ctx, q, `SELECT id FROM review_criteria_sets WHERE kind = $1 ORDER BY version DESC LIMIT 1`, kind)
	if err != nil {
		return CriteriaSet{}, err
	}
	return criteriaSet(ctx, q, id)
}

type settingsRow struct {
	Kind                                               string
	Enabled, Required                                  bool
	Visibility                                         Visibility
	Redacted                                           []string
	Days                                               int
	UnNeeded, ExternalNeeded, EitherNeeded, StepsApart int
	MeansApart                                         float64
	Version                                            int
}

func settingsOf(ctx context.Context, q database.Querier, kind string) (Settings, error) {
	r, err := database.Row[settingsRow](ctx, q, `SELECT kind, enabled, required, visibility, redacted, days, un_needed, external_needed, either_needed, steps_apart, means_apart::float8 AS means_apart, version
		FROM review_settings WHERE kind = $1`, kind)
	return Settings{
		Kind: kind, Enabled: r.Enabled, Required: r.Required, Visibility: r.Visibility, Redacted: r.Redacted, Days: r.Days, Version: r.Version,
		Rule: Rule{UNNeeded: r.UnNeeded, ExternalNeeded: r.ExternalNeeded, EitherNeeded: r.EitherNeeded, StepsApart: r.StepsApart, MeansApart: r.MeansApart},
	}, err
}
