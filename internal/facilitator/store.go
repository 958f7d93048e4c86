package facilitator

import (
	"context"
	"fmt"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/workflow"
)

// public are those whom everybody may know of, by name. It reads nothing of accounts: the page is kept.
func public(ctx context.Context, q database.Querier, f Filter) ([]Facilitator, error) {
	all, err := database.Rows[Facilitator](ctx, q, `SELECT f.id, 0::bigint AS user_id, f.version, f.name, '' AS account, f.languages, f.regions, f.consented_at, f.left_at, false AS away, 0 AS load
		FROM facilitators f WHERE f.consented_at IS NOT NULL AND f.left_at IS NULL AND ($1 = '' OR $1 = ANY (f.languages)) AND ($2 = '' OR $2 = ANY (f.regions) OR f.regions = '{}')
		ORDER BY f.name, f.id`, f.Language, f.Region)
	return all, wrap("the facilitators", err)
}

// loadOf is how many open requests the facilitator f has, of what is not behind the wall for @reader; 0 is the portal.
const loadOf = `(SELECT count(*)::int FROM facilitations x JOIN submissions w ON w.id = x.submission_id
	WHERE x.facilitator_id = f.id AND x.ended_at IS NULL AND w.state IN ('submitted', 'in_review', 'changes_requested')
		AND NOT EXISTS (SELECT FROM submission_conflicts k WHERE k.submission_id = w.id AND k.user_id = @reader))`

// columns of a Facilitator; @today is the day on which they are away or not.
const columns = `f.id, f.user_id, f.version, f.name, u.name AS account, f.languages, f.regions, f.consented_at, f.left_at,
	EXISTS (SELECT FROM facilitator_absences a WHERE a.facilitator_id = f.id AND @today BETWEEN a.since AND a.until) AS away, ` + loadOf + ` AS load`

const from = ` FROM facilitators f JOIN users u ON u.id = f.user_id `

func roster(ctx context.Context, q database.Querier, reader int64, today date.Date) ([]Facilitator, error) {
	all, err := database.Rows[Facilitator](ctx, q, `SELECT `+columns+from+`ORDER BY f.left_at IS NOT NULL, f.name, f.id LIMIT 2000`, database.Args{"reader": reader, "today": today})
	return all, wrap("the roster of facilitators", err)
}

func find(ctx context.Context, q database.Querier, reader, id int64, today date.Date) (Facilitator, error) {
	f, err := database.Row[Facilitator](ctx, q, `SELECT `+columns+from+`WHERE f.id = @id`, database.Args{"id": id, "reader": reader, "today": today})
	return f, wrap(fmt.Sprintf("facilitator %d", id), err)
}

// ofUser is the place of a person on the roster; problem.NotFound for none, and once they have left it.
func ofUser(ctx context.Context, q database.Querier, user int64, today date.Date) (Facilitator, error) {
	f, err := database.Row[Facilitator](ctx, q, `SELECT `+columns+from+`WHERE f.user_id = @user AND f.left_at IS NULL`, database.Args{"user": user, "reader": user, "today": today})
	return f, wrap(fmt.Sprintf("person %d on the roster of facilitators", user), err)
}

// absences are those of a facilitator that are not over.
func absences(ctx context.Context, q database.Querier, id int64, today date.Date) ([]Absence, error) {
	all, err := database.Rows[Absence](ctx, q, `SELECT id, since, until FROM facilitator_absences WHERE facilitator_id = $1 AND until >= $2 ORDER BY since, id`, id, today)
	return all, wrap("when a facilitator is away", err)
}

func guides(ctx context.Context, q database.Querier) ([]Guide, error) {
	all, err := database.Rows[Guide](ctx, q, `SELECT lang, title, url FROM facilitator_guides ORDER BY lang`)
	return all, wrap("the Facilitator's Guide", err)
}

// able are the facilitators who may have each of the submissions, those with the least at hand first: who are on the roster, have
// an account, are not away, speak its language, know the region of its country, and for whom it is not behind the wall. With
// asked false neither language, region nor absence count.
const able = `SELECT s.id AS submission_id, f.id AS facilitator_id
	FROM submissions s JOIN facilitators f ON f.left_at IS NULL JOIN users u ON u.id = f.user_id AND u.closed_at IS NULL
		LEFT JOIN countries c ON c.iso2 = s.country
	WHERE s.id = ANY (@ids) AND s.kind = ANY (@kinds) AND (NOT @asked::boolean OR s.lang = ANY (f.languages) AND (f.regions = '{}' OR c.region = ANY (f.regions) OR c.review_regions && f.regions)
			AND NOT EXISTS (SELECT FROM facilitator_absences a WHERE a.facilitator_id = f.id AND @today BETWEEN a.since AND a.until))
		AND NOT EXISTS (SELECT FROM submission_conflicts k WHERE k.submission_id = s.id AND k.user_id = f.user_id)
	ORDER BY s.id, ` + loadOf + `, f.id`

// Facilitation is that a facilitator has a request.
type Facilitation struct {
	ID, FacilitatorID, UserID int64
	SubmissionID              workflow.ID
	Name                      string
	Rule                      int // the place of the rule that gave it; 0 is somebody at the desk
}

// current is who has a request now; problem.NotFound for nobody.
func current(ctx context.Context, q database.Querier, id workflow.ID) (Facilitation, error) {
	f, err := database.Row[Facilitation](ctx, q, `SELECT x.id, x.facilitator_id, f.user_id, x.submission_id, f.name, x.rule FROM facilitations x JOIN facilitators f ON f.id = x.facilitator_id
		WHERE x.submission_id = $1 AND x.ended_at IS NULL`, id)
	return f, wrap(fmt.Sprintf("the facilitator of request %d", id), err)
}

// hasSQL is the condition that the facilitator of the account @who has the submission s, on the roster and outside the wall.
const hasSQL = `s.state NOT IN ('draft', 'withdrawn', 'put_away', 'erased') AND s.submitted_revision IS NOT NULL
	AND EXISTS (SELECT FROM facilitations x JOIN facilitators f ON f.id = x.facilitator_id WHERE x.submission_id = s.id AND x.ended_at IS NULL AND f.left_at IS NULL AND f.user_id = @who)
	AND NOT EXISTS (SELECT FROM submission_conflicts k WHERE k.submission_id = s.id AND k.user_id = @who)`

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
