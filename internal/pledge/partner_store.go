package pledge

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/onetime"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// askedColumns are those of asked; q is pledge_partners.
const askedColumns = `q.id, q.submission_id, q.key, q.name, q.country, q.part, q.email, q.since_revision, q.until_revision, q.state, q.own_part,
	q.asked_at, q.expires_at, q.reminders, q.reminded_at, q.answered_at, q.answered_by, q.answered_position, q.reason`

// questions returns all questions of the submissions, in the order in which they were first asked.
func questions(ctx context.Context, q database.Querier, ids ...workflow.ID) ([]asked, error) {
	all, err := database.Rows[asked](ctx, q, `SELECT `+askedColumns+` FROM pledge_partners q WHERE q.submission_id = ANY($1) ORDER BY q.since_revision, q.id`, ids)
	if err != nil {
		return nil, fmt.Errorf("partners of pledges: %w", err)
	}
	return all, nil
}

// question returns one question by its number.
func question(ctx context.Context, q database.Querier, id int64) (asked, error) {
	return database.Row[asked](ctx, q, `SELECT `+askedColumns+` FROM pledge_partners q WHERE q.id = $1`, id)
}

// withPartners puts the partners' answers, as they were at the moment, into records of pledges that have partners.
func withPartners(ctx context.Context, q database.Querier, at moment, records []Record) ([][]PartnerState, error) {
	var ids []workflow.ID
	for _, r := range records {
		if len(namedIn(r.Content)) > 0 {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := questions(ctx, q, once(ids)...)
	if err != nil {
		return nil, err
	}
	of := map[workflow.ID][]asked{}
	for _, one := range all {
		one = at.answer(one)
		of[one.SubmissionID] = append(of[one.SubmissionID], one)
	}
	states := make([][]PartnerState, len(records))
	for i := range records {
		records[i].Content, states[i] = answered(records[i].Content, records[i].Revision, of[records[i].ID])
	}
	return states, nil
}

// addQuestion keeps a question that is new with the revision, not asked yet, and returns its number.
func addQuestion(ctx context.Context, tx database.Tx, s workflow.Submission, n named) (int64, error) {
	return database.Value[int64](ctx, tx, `INSERT INTO pledge_partners (submission_id, key, name, country, part, email, since_revision)
		VALUES (@id, @key, @name, @country, @part, @email, @revision) RETURNING id`,
		database.Args{"id": s.ID, "key": n.key(), "name": n.name, "country": n.country, "part": n.part, "email": n.email, "revision": s.Revision})
}

// reach says until which revision a question reaches; nil for the last one.
func reach(ctx context.Context, tx database.Tx, id int64, until *int) error {
	_, err := tx.Exec(ctx, `UPDATE pledge_partners SET until_revision = $2 WHERE id = $1`, id, until)
	return err
}

// setAsked records that the partner was asked now, or asked anew.
func setAsked(ctx context.Context, tx database.Tx, id int64, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE pledge_partners SET state = 'asked', asked_at = $2, expires_at = $3, reminders = 0, reminded_at = NULL
		WHERE id = $1 AND state IN ('waiting', 'asked')`, id, now, now.Add(PartnerAnswers))
	return err
}

// setReminded records the reminder; last says that no other follows.
func setReminded(ctx context.Context, tx database.Tx, id int64, last bool, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE pledge_partners SET reminders = CASE WHEN $2 THEN 2 ELSE reminders + 1 END, reminded_at = $3 WHERE id = $1`, id, last, now)
	return err
}

// setAnswered keeps the answer and ends all links of the question.
func setAnswered(ctx context.Context, tx database.Tx, q asked, a PartnerAnswer, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE pledge_partners SET state = @state, own_part = @part, reason = @reason, answered_by = @by,
			answered_position = @position, answered_at = @now WHERE id = @id`,
		database.Args{"id": q.ID, "state": q.State, "part": q.OwnPart, "reason": q.Reason, "by": a.Name, "position": a.Position, "now": now})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE pledge_partner_links SET used_at = $2 WHERE partner_id = $1 AND used_at IS NULL`, q.ID, now)
	return err
}

// newLink makes a link for the question that works until the instant, and returns its token.
func newLink(ctx context.Context, tx database.Tx, id int64, now, until time.Time) (token string, err error) {
	token, hash := onetime.New()
	_, err = tx.Exec(ctx, `INSERT INTO pledge_partner_links (hash, partner_id, created_at, expires_at) VALUES ($1, $2, $3, $4)`, hash, id, now, until)
	return token, err
}

// link is a stored link.
type link struct {
	PartnerID int64
	ExpiresAt time.Time
	UsedAt    *time.Time
}

// findLink returns the link of the token; an unknown one is problem.NotFound.
func findLink(ctx context.Context, q database.Querier, token string) (link, error) {
	l, err := database.Row[link](ctx, q, `SELECT partner_id, expires_at, used_at FROM pledge_partner_links WHERE hash = $1`, onetime.Hash(token))
	if err != nil {
		return l, fmt.Errorf("link to a partner: %w", err)
	}
	return l, nil
}

// due is a question about which something is to be done by the clock.
type due struct {
	ID           int64
	SubmissionID workflow.ID
}

// dueQuestions are those to be asked, since their office has been approved, and those to be reminded of.
func dueQuestions(ctx context.Context, q database.Querier, now time.Time, limit int) ([]due, error) {
	return database.Rows[due](ctx, q, `SELECT q.id, q.submission_id FROM pledge_partners q
		JOIN submissions s ON s.id = q.submission_id JOIN offices o ON o.id = s.office_id
		WHERE q.until_revision IS NULL AND s.state NOT IN ('withdrawn', 'declined', 'archived', 'erased')
			AND (s.state <> 'put_away' OR s.published_revision IS NOT NULL)
			AND (q.state = 'waiting' AND o.state = 'approved'
				OR q.state = 'asked' AND q.expires_at > @now
					AND (q.reminders = 0 AND q.asked_at <= @first OR q.reminders < 2 AND q.expires_at <= @last))
		ORDER BY q.id LIMIT @limit`,
		database.Args{"now": now, "first": now.Add(-PartnerReminded), "last": now.Add(PartnerLast), "limit": limit})
}

// leftPartners are the keys of partners of the submission that do not take part, with the day of their answer.
func leftPartners(ctx context.Context, q database.Querier, id workflow.ID) (map[string]asked, error) {
	all, err := questions(ctx, q, id)
	left := map[string]asked{}
	for _, one := range all {
		if one.State.Left() {
			left[one.Key] = one
		}
	}
	return left, err
}

// lockQuestion locks the submission of a question for the portal, and then reads the question: whoever sends the pledge in
// and whoever answers take turns.
func lockQuestion(ctx context.Context, tx database.Tx, id int64) (workflow.Submission, asked, error) {
	one, err := question(ctx, tx, id)
	if err != nil {
		return workflow.Submission{}, one, err
	}
	s, err := workflow.LockForPortal(ctx, tx, one.SubmissionID)
	if err != nil {
		return s, one, err
	}
	one, err = question(ctx, tx, id)
	if s.Kind != KindName {
		err = problem.NotFound
	}
	return s, one, err
}
