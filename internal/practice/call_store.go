package practice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"portal/internal/database"
	"portal/internal/problem"
	"portal/internal/workflow"
)

const callColumns = `c.id, c.version, c.state, c.lang, c.deadline_at, c.objectives, c.sectors, c.languages, c.contact, c.opened_at, c.featured_at, c.withdrawn_at, c.reason`

// calls reads rows of callColumns, with their texts.
func calls(ctx context.Context, q database.Querier, sql string, args ...any) ([]Call, error) {
	all, err := database.Rows[Call](ctx, q, sql, args...)
	if err != nil || len(all) == 0 {
		return all, err
	}
	ids := make([]CallID, len(all))
	for i, c := range all {
		ids[i] = c.ID
	}
	type row struct {
		CallID CallID
		CallText
	}
	texts, err := database.Rows[row](ctx, q, `SELECT t.call_id, t.lang, t.title, t.theme, t.who, t.criteria, t.body, t.intro
		FROM call_texts t JOIN calls c ON c.id = t.call_id WHERE t.call_id = ANY ($1) ORDER BY t.lang <> c.lang, array_position(ARRAY['ar', 'zh', 'en', 'fr', 'ru', 'es'], t.lang)`, ids)
	if err != nil {
		return nil, err
	}
	for _, t := range texts {
		i := slices.Index(ids, t.CallID)
		all[i].Texts = append(all[i].Texts, t.CallText)
	}
	return all, nil
}

// findCall returns a call; problem.NotFound when there is none.
func findCall(ctx context.Context, q database.Querier, id CallID) (Call, error) {
	return oneCall(calls(ctx, q, `SELECT `+callColumns+` FROM calls c WHERE c.id = $1`, id))
}

// lockCall is findCall for a transaction that changes the call, or goes by how it stands.
func lockCall(ctx context.Context, tx database.Tx, id CallID) (Call, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM calls WHERE id = $1 FOR UPDATE`, id); err != nil {
		return Call{}, err
	}
	return findCall(ctx, tx, id)
}

func oneCall(all []Call, err error) (Call, error) {
	if err == nil && len(all) == 0 {
		err = problem.NotFound
	}
	if err != nil {
		return Call{}, err
	}
	return all[0], nil
}

// openCalls are the calls that take practices at the instant, the nearest deadline first.
func openCalls(ctx context.Context, q database.Querier, now time.Time) ([]Call, error) {
	return calls(ctx, q, `SELECT `+callColumns+` FROM calls c WHERE c.state = 'open' AND c.featured_at IS NULL AND c.deadline_at >= $1 ORDER BY c.deadline_at, c.id`, now)
}

func insertCall(ctx context.Context, tx database.Tx, c Call) (CallID, error) {
	id, err := database.Value[CallID](ctx, tx, `INSERT INTO calls (lang, deadline_at, objectives, sectors, languages, contact)
		VALUES (@lang, @deadline, @objectives, @sectors, @languages, @contact) RETURNING id`,
		database.Args{"lang": c.Lang, "deadline": c.DeadlineAt, "objectives": notNil(c.Objectives), "sectors": notNil(c.Sectors), "languages": notNil(c.Languages), "contact": c.Contact})
	if err != nil {
		return 0, fmt.Errorf("keep a call: %w", err)
	}
	return id, putCallText(ctx, tx, id, c.Texts[0])
}

// updateCall writes the facts of a call and raises its version.
func updateCall(ctx context.Context, tx database.Tx, c Call) error {
	_, err := tx.Exec(ctx, `UPDATE calls SET version = version + 1, state = @state, deadline_at = @deadline, objectives = @objectives, sectors = @sectors, languages = @languages,
			contact = @contact, opened_at = @opened, featured_at = @featured, withdrawn_at = @withdrawn, reason = @reason,
			closed_at = CASE WHEN deadline_at = @deadline THEN closed_at END WHERE id = @id`,
		database.Args{
			"id": c.ID, "state": c.State, "deadline": c.DeadlineAt, "objectives": notNil(c.Objectives), "sectors": notNil(c.Sectors), "languages": notNil(c.Languages), "contact": c.Contact,
			"opened": c.OpenedAt, "featured": c.FeaturedAt, "withdrawn": c.WithdrawnAt, "reason": c.Reason,
		})
	if err != nil {
		return fmt.Errorf("change call %d: %w", c.ID, err)
	}
	return nil
}

func putCallText(ctx context.Context, tx database.Tx, id CallID, t CallText) error {
	_, err := tx.Exec(ctx, `INSERT INTO call_texts (call_id, lang, title, theme, who, criteria, body, intro)
		VALUES (@id, @lang, @title, @theme, @who, @criteria, @body, @intro)
		ON CONFLICT ON CONSTRAINT call_texts_pkey DO UPDATE SET title = excluded.title, theme = excluded.theme, who = excluded.who, criteria = excluded.criteria, body = excluded.body, intro = excluded.intro`,
		database.Args{"id": id, "lang": t.Lang, "title": t.Title, "theme": t.Theme, "who": t.Who, "criteria": t.Criteria, "body": t.Body, "intro": t.Intro})
	if err != nil {
		return fmt.Errorf("write call %d in %s: %w", id, t.Lang, err)
	}
	return nil
}

// Tie is how a practice stands to its call.
type Tie struct {
	SubmissionID workflow.ID
	CallID       CallID
	Standing     Standing
	TiedAt       time.Time
	LateReason   string
}

// findTie returns what a practice is tied to; problem.NotFound for nothing.
func findTie(ctx context.Context, q database.Querier, id workflow.ID) (Tie, error) {
	return database.Row[Tie](ctx, q, `SELECT submission_id, call_id, standing, tied_at, late_reason FROM call_practices WHERE submission_id = $1`, id)
}

// putTie ties a practice to a call, in place of another one.
func putTie(ctx context.Context, tx database.Tx, t Tie) error {
	_, err := tx.Exec(ctx, `INSERT INTO call_practices (submission_id, call_id, standing, tied_at, late_reason) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT ON CONSTRAINT call_practices_pkey DO UPDATE SET call_id = excluded.call_id, standing = excluded.standing, tied_at = excluded.tied_at, late_reason = excluded.late_reason,
			reminded_of = CASE WHEN call_practices.call_id = excluded.call_id THEN call_practices.reminded_of END, place = CASE WHEN call_practices.call_id = excluded.call_id THEN call_practices.place END`,
		t.SubmissionID, t.CallID, t.Standing, t.TiedAt, t.LateReason)
	if err == nil {
		_, err = tx.Exec(ctx, `DELETE FROM call_takeaways WHERE submission_id = $1 AND $2 NOT IN ('entered', 'accepted')`, t.SubmissionID, t.Standing)
	}
	if err != nil {
		return fmt.Errorf("tie practice %d to call %d: %w", t.SubmissionID, t.CallID, err)
	}
	return nil
}

// answeredCall is the call that the practice answers, once it is published; 0 for none.
func answeredCall(ctx context.Context, q database.Querier, id workflow.ID) (CallID, error) {
	call, err := database.Value[CallID](ctx, q, `SELECT t.call_id FROM call_practices t JOIN calls c ON c.id = t.call_id
		WHERE t.submission_id = $1 AND t.standing IN ('entered', 'accepted') AND c.state = 'open'`, id)
	if errors.Is(err, problem.NotFound) {
		return 0, nil
	}
	return call, wrap("the call of a practice", err)
}

// markAnswered makes the index say which call the published practice answers; 0 for none.
func markAnswered(ctx context.Context, tx database.Tx, id workflow.ID, call CallID) error {
	_, err := tx.Exec(ctx, `UPDATE practices SET facets = ARRAY(SELECT f FROM unnest(facets) f WHERE f NOT LIKE 'call=%') || CASE WHEN $2::bigint = 0 THEN '{}'::text[] ELSE ARRAY['call=' || $2::bigint] END
		WHERE id = $1 AND until IS NULL`, id, call)
	if err != nil {
		return fmt.Errorf("mark the call of practice %d: %w", id, err)
	}
	return nil
}

// tiedCounts are how many practices stand how to a call; one of whose submissions the person may not know is not counted.
func tiedCounts(ctx context.Context, q database.Querier, id CallID, who int64) (map[Standing]int, error) {
	type row struct {
		Standing Standing
		N        int
	}
	rows, err := database.Rows[row](ctx, q, `SELECT t.standing, count(*) AS n FROM call_practices t WHERE t.call_id = $1
		AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = t.submission_id AND c.user_id = $2) GROUP BY t.standing`, id, who)
	if err != nil {
		return nil, fmt.Errorf("count the practices of call %d: %w", id, err)
	}
	counts := map[Standing]int{}
	for _, r := range rows {
		counts[r.Standing] = r.N
	}
	return counts, nil
}
