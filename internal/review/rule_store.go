package review

import (
	"context"
	"fmt"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/workflow"
)

func rulesOf(ctx context.Context, q database.Querier, desk identity.Desk) ([]Rule, error) {
	rules, err := database.Rows[Rule](ctx, q, `SELECT r.id, r.desk, r.kind, r.country, r.region, r.lang, coalesce(r.objective, 0) AS objective, r.facilitated,
			ARRAY(SELECT o.user_id FROM assignment_rule_officers o WHERE o.rule_id = r.id ORDER BY o.user_id) AS officers
		FROM assignment_rules r WHERE r.desk = $1 ORDER BY r.position, r.id`, desk)
	if err != nil {
		return nil, fmt.Errorf("rules of the desk %s: %w", desk, err)
	}
	return rules, nil
}

// lockRules lets one person at a time change the rules of a desk.
func lockRules(ctx context.Context, tx database.Tx, desk identity.Desk) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('assignment_rules ' || $1::text))`, desk)
	return err
}

func writeRule(ctx context.Context, tx database.Tx, r *Rule) error {
	args := database.Args{"desk": r.Desk, "kind": r.Kind, "country": r.Country, "region": r.Region, "lang": r.Lang, "objective": r.Objective, "facilitated": r.Facilitated}
	sql := `INSERT INTO assignment_rules (desk, position, kind, country, region, lang, objective, facilitated)
		SELECT @desk, coalesce(max(position), 0) + 1, @kind, @country, @region, @lang, nullif(@objective::int, 0), @facilitated FROM assignment_rules WHERE desk = @desk RETURNING id`
	if r.ID != 0 {
		sql = `UPDATE assignment_rules SET kind = @kind, country = @country, region = @region, lang = @lang, objective = nullif(@objective::int, 0), facilitated = @facilitated
			WHERE id = @id AND desk = @desk RETURNING id`
		args["id"] = r.ID
	}
	var err error
	if r.ID, err = database.Value[int64](ctx, tx, sql, args); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM assignment_rule_officers WHERE rule_id = $1`, r.ID); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO assignment_rule_officers (rule_id, user_id) SELECT $1, id FROM unnest($2::bigint[]) AS id ON CONFLICT DO NOTHING`, r.ID, r.Officers)
	return err
}

// loadOf is how much waits for the desk and is the person u's.
const loadOf = `(SELECT count(*)::int FROM submissions w WHERE w.assigned_to = u.id AND w.state IN ('submitted', 'in_review', 'approved'))`

// deskmates are the officers and leads of a desk, and whoever else its rules name, each with what they have at hand, of what
// is not behind the wall for the reader.
func deskmates(ctx context.Context, q database.Querier, desk identity.Desk, reader int64) ([]Deskmate, error) {
	people, err := database.Rows[Deskmate](ctx, q, `SELECT u.id, u.name, (SELECT count(*)::int FROM submissions w WHERE w.assigned_to = u.id AND w.state IN ('submitted', 'in_review', 'approved')
				AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = w.id AND c.user_id = $2)) AS load, u.closed_at IS NULL AND d.user_id IS NOT NULL AS here
		FROM users u LEFT JOIN (SELECT DISTINCT user_id FROM staff_roles WHERE desk = $1 AND role IN ('officer', 'lead')) d ON d.user_id = u.id
		WHERE d.user_id IS NOT NULL OR u.id IN (SELECT o.user_id FROM assignment_rule_officers o JOIN assignment_rules r ON r.id = o.rule_id WHERE r.desk = $1)
		ORDER BY u.name COLLATE "und-x-icu", u.id`, desk, reader)
	if err != nil {
		return nil, fmt.Errorf("people of the desk %s: %w", desk, err)
	}
	return people, nil
}

// mayHave returns for each submission who of its desk may have it, with how much they have at hand.
func mayHave(ctx context.Context, q database.Querier, ids []workflow.ID) (map[workflow.ID]map[int64]int, error) {
	type line struct {
		SubmissionID workflow.ID
		UserID       int64
		Load         int
	}
	lines, err := database.Rows[line](ctx, q, `SELECT a.submission_id, a.user_id, l.load FROM (
			SELECT DISTINCT submission_id, user_id FROM submission_access WHERE submission_id = ANY ($1) AND side = 'desk') a
		JOIN (SELECT u.id, `+loadOf+` AS load FROM users u WHERE u.closed_at IS NULL AND u.id IN (SELECT user_id FROM staff_roles)) l ON l.id = a.user_id`, ids)
	if err != nil {
		return nil, fmt.Errorf("who may have what was handed in: %w", err)
	}
	able := map[workflow.ID]map[int64]int{}
	for _, id := range ids {
		able[id] = map[int64]int{}
	}
	for _, l := range lines {
		able[l.SubmissionID][l.UserID] = l.Load
	}
	return able, nil
}

// rulingOf is what the rules made of a submission that was found for the person; zero when no rule was asked.
func rulingOf(ctx context.Context, q database.Querier, id workflow.ID) (*Ruling, error) {
	rows, err := database.Rows[Ruling](ctx, q, `SELECT rule, 0::bigint AS "to", 0::bigint AS facilitator, nobody FROM assignment_outcomes WHERE submission_id = $1`, id)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}
