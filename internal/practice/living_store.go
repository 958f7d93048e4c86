package practice

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

// askedOn is AskedOn of the practice p on the day @today, as d.asked_on, in years y.
const askedOn = `
	CROSS JOIN LATERAL (SELECT (p.confirmed_at AT TIME ZONE 'Europe/Zurich')::date AS vouched) v
	CROSS JOIN LATERAL (SELECT extract(year FROM @today::date)::int - extract(year FROM v.vouched)::int AS most) m
	CROSS JOIN LATERAL (SELECT CASE WHEN (v.vouched + make_interval(years => m.most))::date <= @today::date THEN m.most ELSE m.most - 1 END AS years) y
	CROSS JOIN LATERAL (SELECT (v.vouched + make_interval(years => y.years))::date AS asked_on) d`

// dueQuestion is a practice about which people are to be asked.
type dueQuestion struct {
	PracticeID workflow.ID
	AskedOn    date.Date
	People     []int64
}

// dueQuestions are the practices about which people are to be asked on the day, behind the practice after; at most limit. While
// a new version is written, nobody is asked.
func dueQuestions(ctx context.Context, q database.Querier, today date.Date, after workflow.ID, limit int) ([]dueQuestion, error) {
	return database.Rows[dueQuestion](ctx, q, `SELECT p.id AS practice_id, d.asked_on, array_agg(DISTINCT u.id) AS people
		FROM practices p JOIN submissions s ON s.id = p.id AND s.state = 'published' JOIN offices o ON o.id = s.office_id`+workflow.JoinActors+askedOn+`
		WHERE p.until IS NULL AND p.id > @after AND p.confirmed_at < @today::date - 364 AND y.years >= 1
			AND NOT EXISTS (SELECT FROM practice_reminders r WHERE r.practice_id = p.id AND r.asked_on = d.asked_on AND r.user_id = u.id)
			AND NOT EXISTS (SELECT FROM notification_choices c WHERE c.user_id = u.id AND c.topic = @topic AND c.pace = 'never')
		GROUP BY p.id, d.asked_on ORDER BY p.id LIMIT @limit`, database.Args{"today": today, "after": after, "topic": mail.Reports, "limit": limit})
}

// vouched is a published practice as far as the yearly question goes.
type vouched struct {
	ID                    workflow.ID
	PublicID, Title, Lang string
	OfficeID              int64
	OfficeName            string
	ConfirmedAt           time.Time
	State                 workflow.State
}

// findVouched returns a published practice; problem.NotFound for one that is not before the public.
func findVouched(ctx context.Context, q database.Querier, id workflow.ID) (vouched, error) {
	return database.Row[vouched](ctx, q, `SELECT p.id, p.public_id, p.title, p.lang, s.office_id, o.name AS office_name, p.confirmed_at, s.state
		FROM practices p JOIN submissions s ON s.id = p.id JOIN offices o ON o.id = s.office_id WHERE p.id = $1 AND p.until IS NULL`, id)
}

// reminder is somebody's link to answer by.
type reminder struct {
	ID         int64
	PracticeID workflow.ID
	PublicID   string
	AskedOn    date.Date
	UserID     int64
	ExpiresAt  time.Time
	UsedAt     *time.Time
	Answer     Choice
}

// findReminder returns what the token is for; an unknown one is problem.NotFound.
func findReminder(ctx context.Context, q database.Querier, token string) (reminder, error) {
	return database.Row[reminder](ctx, q, `SELECT r.id, r.practice_id, p.public_id, r.asked_on, r.user_id, r.expires_at, r.used_at, r.answer
		FROM practice_reminders r JOIN LATERAL (SELECT public_id FROM practices WHERE id = r.practice_id LIMIT 1) p ON true WHERE r.hash = $1`, onetime.Hash(token))
}

// addReminder keeps that the person is asked now, and returns the token of their link; "" when they were asked before.
func addReminder(ctx context.Context, tx database.Tx, one dueQuestion, user int64, now time.Time) (token string, err error) {
	token, hash := onetime.New()
	_, err = database.Value[int64](ctx, tx, `INSERT INTO practice_reminders (practice_id, asked_on, user_id, hash, sent_at, expires_at)
		VALUES (@practice, @on, @user, @hash, @now, @until) ON CONFLICT ON CONSTRAINT practice_reminders_once DO NOTHING RETURNING id`,
		database.Args{"practice": one.PracticeID, "on": one.AskedOn, "user": user, "hash": hash, "now": now, "until": now.Add(LinkLasts)})
	if errors.Is(err, problem.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("keep that somebody was asked: %w", err)
	}
	return token, nil
}

// lockSubmission makes others wait who do something with the practice.
func lockSubmission(ctx context.Context, tx database.Tx, id workflow.ID) error {
	_, err := tx.Exec(ctx, `SELECT FROM submissions WHERE id = $1 FOR UPDATE`, id)
	return err
}

// vouch writes that the office vouches for the practice from now on.
func vouch(ctx context.Context, tx database.Tx, id workflow.ID, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE practices SET confirmed_at = greatest(confirmed_at, $2) WHERE id = $1 AND until IS NULL`, id, now)
	return err
}

// sayWhy keeps why the office has taken down the practice, which was closed in this transaction.
func sayWhy(ctx context.Context, tx database.Tx, id workflow.ID, a Answer) error {
	_, err := tx.Exec(ctx, `UPDATE practices SET retired_why = $2, retired_lang = $3
		WHERE id = $1 AND revision = (SELECT max(revision) FROM practices WHERE id = $1)`, id, a.Reason, a.Lang)
	return err
}
