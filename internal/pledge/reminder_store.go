package pledge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/mail"
	"portal/internal/onetime"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// reporters are the people who report for the office o, who act for it: x their posts and u they themselves.
const reporters = workflow.JoinActors

// reportWaits is the condition that a report on the pledge p is with the desk.
const reportWaits = `EXISTS (SELECT FROM submission_subjects a JOIN submissions w ON w.id = a.submission_id
	WHERE a.subject_id = p.id AND w.kind IN ('pledge_update', 'pledge_sheet') AND w.state IN ('submitted', 'in_review', 'approved'))`

// stageSQL is StageOn for the standing s on the day @today, as the stage and its day; the rest of the rule is stageDue.
const stageSQL = ` CROSS JOIN LATERAL (SELECT CASE WHEN @today >= s.next_report_on + 14 THEN 'late' WHEN @today >= s.next_report_on - 14 THEN 'soon' ELSE 'early' END AS stage,
	CASE WHEN @today >= s.next_report_on + 14 THEN s.next_report_on + 14 WHEN @today >= s.next_report_on - 14 THEN s.next_report_on - 14 ELSE s.next_report_on - 60 END AS on_day) st`

const stageDue = `s.next_report_on BETWEEN @today::date - 366 AND @today::date + 60 AND (s.next_report_on + interval '1 year')::date >= @today
	AND (s.since AT TIME ZONE 'Europe/Zurich')::date < st.on_day`

// dueReminder is a pledge about which people are to be reminded.
type dueReminder struct {
	PledgeID workflow.ID
	ReportOn date.Date
	Stage    Stage
	People   []int64
}

// fromDue are the pledges p, due as their standings s say on a stage st, with the people u who are to be reminded of them on the
// day @today.
const fromDue = `
		FROM pledges p` + joinStanding + stageSQL + ` JOIN submissions sub ON sub.id = p.id JOIN offices o ON o.id = sub.office_id` + reporters + `
		WHERE p.until IS NULL AND ` + stageDue + ` AND NOT ` + reportWaits + `
			AND NOT EXISTS (SELECT FROM pledge_reminders r WHERE r.pledge_id = p.id AND r.report_on = s.next_report_on AND r.stage = st.stage AND r.user_id = u.id)
			AND NOT EXISTS (SELECT FROM notification_choices c WHERE c.user_id = u.id AND c.topic = @topic AND c.pace = 'never')`

// dueReminders are the reminders that are to be sent on the day, a pledge each, behind the pledge after; at most limit.
func dueReminders(ctx context.Context, q database.Querier, today date.Date, after workflow.ID, limit int) ([]dueReminder, error) {
	return database.Rows[dueReminder](ctx, q, `SELECT p.id AS pledge_id, s.next_report_on AS report_on, st.stage, array_agg(DISTINCT u.id) AS people`+fromDue+` AND p.id > @after
		GROUP BY p.id, s.next_report_on, st.stage ORDER BY p.id LIMIT @limit`,
		database.Args{"today": today, "after": after, "topic": mail.Reports, "limit": limit})
}

// addReminder keeps that the person is reminded now, and returns the token of their link; "" when they were reminded before.
func addReminder(ctx context.Context, tx database.Tx, r dueReminder, user int64, now time.Time) (token string, err error) {
	token, hash := onetime.New()
	_, err = database.Value[int64](ctx, tx, `INSERT INTO pledge_reminders (pledge_id, report_on, stage, user_id, hash, sent_at, expires_at)
		VALUES (@pledge, @on, @stage, @user, @hash, @now, @until) ON CONFLICT ON CONSTRAINT pledge_reminders_once DO NOTHING RETURNING id`,
		database.Args{"pledge": r.PledgeID, "on": r.ReportOn, "stage": r.Stage, "user": user, "hash": hash, "now": now, "until": now.Add(LinkLasts)})
	if errors.Is(err, problem.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("keep the reminder: %w", err)
	}
	return token, nil
}

// reminder is a link as it is kept.
type reminder struct {
	ID        int64
	PledgeID  workflow.ID
	ReportOn  date.Date
	UserID    int64
	ExpiresAt time.Time
	UsedAt    *time.Time
	Became    outcome
}

// outcome is what has become of the answer that was given through a link; "" for none, or one that the desk has not taken.
type outcome string

const (
	withDesk outcome = "desk"
	isPublic outcome = "public"
)

// findReminder returns what the token is for; an unknown one is problem.NotFound.
func findReminder(ctx context.Context, q database.Querier, token string) (reminder, error) {
	r, err := database.Row[reminder](ctx, q, `SELECT r.id, r.pledge_id, r.report_on, r.user_id, r.expires_at, r.used_at,
			CASE WHEN r.used_at IS NULL THEN '' WHEN s.id IS NULL OR s.state = 'published' THEN 'public' WHEN s.state IN ('submitted', 'in_review', 'approved') THEN 'desk' ELSE '' END AS became
		FROM pledge_reminders r LEFT JOIN submissions s ON s.id = r.submission_id WHERE r.hash = $1`, onetime.Hash(token))
	if err != nil {
		return r, fmt.Errorf("link to report: %w", err)
	}
	return r, nil
}

// answeredBy says who has reported on a pledge since its people were reminded of a report, and when.
type answeredBy struct {
	UserID *int64
	Name   string
	// Recorded says that the secretariat has, for the office.
	Recorded bool
	At       time.Time
}

// whoAnswered returns the first answer to the reminders of a report, else what waits at the desk, else the update that has taken
// its place; nil when nobody has reported.
func whoAnswered(ctx context.Context, q database.Querier, r reminder) (*answeredBy, error) {
	a, err := database.Row[answeredBy](ctx, q, `SELECT x.user_id, coalesce(u.name, '') AS name, x.recorded, x.at FROM (
			SELECT 1 AS rank, r.user_id, false AS recorded, r.used_at AS at FROM pledge_reminders r LEFT JOIN submissions s ON s.id = r.submission_id
			WHERE r.pledge_id = @pledge AND r.report_on = @on AND r.used_at IS NOT NULL AND (s.id IS NULL OR s.state IN ('submitted', 'in_review', 'approved', 'published'))
			UNION ALL
			SELECT 2, w.author_id, coalesce(e.action = 'record', false), w.submitted_at FROM submission_subjects a JOIN submissions w ON w.id = a.submission_id LEFT JOIN LATERAL `+lastHandedIn("w.id")+` e ON true
			WHERE a.subject_id = @pledge AND w.kind IN ('pledge_update', 'pledge_sheet') AND w.state IN ('submitted', 'in_review', 'approved')
			UNION ALL
			SELECT 3, p.author_id, p.means = 'desk', p.published_at FROM pledge_standings s JOIN pledge_updates p ON p.id = s.update_id
			WHERE s.pledge_id = @pledge AND s.until IS NULL AND s.next_report_on IS DISTINCT FROM @on
		) x LEFT JOIN users u ON u.id = x.user_id ORDER BY x.rank, x.at LIMIT 1`, database.Args{"pledge": r.PledgeID, "on": r.ReportOn})
	if errors.Is(err, problem.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("who has reported: %w", err)
	}
	return &a, nil
}

// useReminder ends the link; submission is what has come of it at the desk, 0 for what is published already.
func useReminder(ctx context.Context, tx database.Tx, id int64, submission workflow.ID, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE pledge_reminders SET used_at = $2, submission_id = nullif($3::bigint, 0) WHERE id = $1`, id, now, submission)
	return err
}
