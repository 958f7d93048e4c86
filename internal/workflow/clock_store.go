package workflow

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/identity"
)

// The calendar that clocks are counted with, read at once.
type calendar struct {
	desks Desks
	times map[string]ServiceTime
}

func readCalendar(ctx context.Context, q database.Querier) (c calendar, err error) {
	if c.desks, err = ReadDesks(ctx, q); err != nil {
		return c, err
	}
	c.times, err = ReadServiceTimes(ctx, q)
	return c, err
}

// clockOf counts the clock of a submission. What has no service times is never due.
func (c calendar) clockOf(s Submission, events []Event, now time.Time) Clock {
	clock := Count(events, s.AnsweredAt, c.times[s.Kind], c.desks[s.Desk].DutyStation, now)
	if s.WaitingFor == ForReviewers && clock.WaitingFor == ForDesk {
		clock.WaitingFor, clock.WaitingSince = ForReviewers, *s.WaitingSince
	}
	return clock
}

// ReadClock returns the clock of a submission and the duty station that it is counted at.
func ReadClock(ctx context.Context, q database.Querier, kind *Kind, s Submission, now time.Time) (Clock, DutyStation, error) {
	c, err := readCalendar(ctx, q)
	if err != nil {
		return Clock{}, DutyStation{}, err
	}
	events, err := Events(ctx, q, s)
	if err != nil {
		return Clock{}, DutyStation{}, fmt.Errorf("clock of submission %d: %w", s.ID, err)
	}
	return c.clockOf(s, events, now), c.desks[s.Desk].DutyStation, nil
}

// answers are the steps by which the desk answers a handing in.
func (a Action) answers() bool {
	return a == RequestChanges || a == Approve || a == Publish || a == Decline
}

// setClock writes the columns of the clock after a step of the plan, in its transaction. The settings stay as they are
// until it ends: a change of them waits, and then counts this clock anew.
func setClock(ctx context.Context, tx database.Tx, kind *Kind, s *Submission, action Action, now time.Time) error {
	switch {
	case action == Submit || action == Record:
		s.AnsweredAt = nil
	case action.answers() && s.AnsweredAt == nil:
		s.AnsweredAt = &now
	}
	if _, err := tx.Exec(ctx, `SELECT FROM desk_settings WHERE desk = $1 FOR SHARE`, s.Desk); err != nil {
		return fmt.Errorf("hold the settings of the desk: %w", err)
	}
	clock, _, err := ReadClock(ctx, tx, kind, *s, now)
	if err != nil {
		return err
	}
	s.show(clock)
	_, err = tx.Exec(ctx, `UPDATE submissions SET waiting_for = @for, waiting_since = @since, answered_at = @answered, answer_due_on = @answer, decision_due_on = @decision
		WHERE id = @id`, database.Args{
		"id": s.ID, "for": s.WaitingFor, "since": s.WaitingSince, "answered": s.AnsweredAt, "answer": clock.AnswerDue, "decision": clock.DecisionDue,
	})
	if err != nil {
		return fmt.Errorf("write the clock of submission %d: %w", s.ID, err)
	}
	return nil
}

// show brings the fields of the clock up to date.
func (s *Submission) show(c Clock) {
	s.WaitingFor, s.WaitingSince = c.WaitingFor, nil
	if c.WaitingFor != ForNobody {
		s.WaitingSince = &c.WaitingSince
	}
	s.AnswerDueOn, s.DecisionDueOn, s.DueOn = dayOrNil(c.AnswerDue), dayOrNil(c.DecisionDue), dayOrNil(c.Due())
}

func dayOrNil(d date.Date) *date.Date {
	if d.IsZero() {
		return nil
	}
	return &d
}

// answered notes that the desk has written to the submitter: with that the present handing in has its first answer.
func answered(ctx context.Context, tx database.Tx, s Submission, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE submissions SET answered_at = $2 WHERE id = $1 AND answered_at IS NULL AND state IN ('submitted', 'in_review')`, s.ID, now)
	if err != nil {
		return fmt.Errorf("note the first answer to submission %d: %w", s.ID, err)
	}
	return nil
}

// countedAtOnce is how many clocks are counted in one transaction.
const countedAtOnce = 500

// AskRecount has all open clocks counted again, after a change of the settings in the same transaction. who is 0 for the
// portal itself. Steps of a plan that are being taken are waited for, so that none keeps a day by the earlier settings.
func AskRecount(ctx context.Context, tx database.Tx, who int64, now time.Time) error {
	if _, err := tx.Exec(ctx, `SELECT FROM desk_settings ORDER BY desk FOR UPDATE`); err != nil {
		return fmt.Errorf("hold the settings of the desks: %w", err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO clock_recounts (asked_by, asked_at) VALUES (nullif($1::bigint, 0), $2)`, who, now); err != nil {
		return fmt.Errorf("ask for a recount: %w", err)
	}
	return nil
}

// Recount counts the open clocks again if somebody has asked for it, and says in clock_recounts on how many of them a due
// day moved. A job calls it each minute; it may run twice.
func Recount(ctx context.Context, db *database.DB, kinds Kinds, now func() time.Time) error {
	asked, err := database.Values[int64](ctx, db.Read(), `SELECT id FROM clock_recounts WHERE done_at IS NULL ORDER BY id`)
	if err != nil || len(asked) == 0 {
		return err
	}
	clocks, moved := 0, 0
	for after := ID(0); ; {
		var n, changed int
		err := db.InTx(ctx, func(tx database.Tx) (err error) {
			after, n, changed, err = recountSome(ctx, tx, kinds, after, now())
			return err
		})
		if err != nil {
			return fmt.Errorf("count the clocks again: %w", err)
		}
		clocks, moved = clocks+n, moved+changed
		if n < countedAtOnce {
			break
		}
	}
	// Several that were asked for before the first was done are one count.
	_, err = db.Read().Exec(ctx, `UPDATE clock_recounts SET done_at = $2, clocks = $3, moved = $4 WHERE id = ANY ($1) AND done_at IS NULL`, asked, now(), clocks, moved)
	if err != nil {
		return fmt.Errorf("note the recount: %w", err)
	}
	slog.InfoContext(ctx, "clocks counted again", "clocks", clocks, "moved", moved)
	return nil
}

// recountSome counts the next clocks after the number, and returns the last of them, how many there were and on how many
// a due day moved.
func recountSome(ctx context.Context, tx database.Tx, kinds Kinds, after ID, now time.Time) (last ID, n, moved int, err error) {
	ids, err := database.Values[ID](ctx, tx, `SELECT id FROM submissions WHERE state IN ('submitted', 'in_review', 'changes_requested', 'approved')
		AND id > $1 ORDER BY id LIMIT $2 FOR UPDATE`, after, countedAtOnce)
	if err != nil || len(ids) == 0 {
		return after, 0, 0, err
	}
	c, err := readCalendar(ctx, tx)
	if err != nil {
		return after, 0, 0, err
	}
	type row struct {
		ID                         ID
		Kind                       string
		Desk                       identity.Desk
		AnsweredAt                 *time.Time
		WaitingFor                 Party
		WaitingSince               *time.Time
		AnswerDueOn, DecisionDueOn *date.Date
	}
	rows, err := database.Rows[row](ctx, tx, `SELECT id, kind, desk, answered_at, waiting_for, waiting_since, answer_due_on, decision_due_on
		FROM submissions WHERE id = ANY ($1)`, ids)
	if err != nil {
		return after, 0, 0, err
	}
	type step struct {
		SubmissionID       ID
		FromState, ToState State
		At                 time.Time
	}
	steps, err := database.Rows[step](ctx, tx, `SELECT submission_id, from_state, to_state, at FROM submission_events WHERE submission_id = ANY ($1) ORDER BY id`, ids)
	if err != nil {
		return after, 0, 0, err
	}
	events := map[ID][]Event{}
	for _, e := range steps {
		events[e.SubmissionID] = append(events[e.SubmissionID], Event{FromState: e.FromState, ToState: e.ToState, At: e.At})
	}
	var changed struct {
		ids               []ID
		waiting           []string
		since             []*time.Time
		answers, decision []*date.Date
	}
	for _, r := range rows {
		if kinds[r.Kind] == nil {
			continue
		}
		s := Submission{ID: r.ID, Kind: r.Kind, Desk: r.Desk, AnsweredAt: r.AnsweredAt, WaitingFor: r.WaitingFor, WaitingSince: r.WaitingSince}
		s.show(c.clockOf(s, events[r.ID], now))
		same := sameDay(s.AnswerDueOn, r.AnswerDueOn) && sameDay(s.DecisionDueOn, r.DecisionDueOn)
		if same && s.WaitingFor == r.WaitingFor {
			continue
		}
		if !same {
			moved++
		}
		changed.ids = append(changed.ids, r.ID)
		changed.waiting = append(changed.waiting, string(s.WaitingFor))
		changed.since = append(changed.since, s.WaitingSince)
		changed.answers = append(changed.answers, s.AnswerDueOn)
		changed.decision = append(changed.decision, s.DecisionDueOn)
	}
	_, err = tx.Exec(ctx, `UPDATE submissions s SET waiting_for = c.waiting, waiting_since = c.since, answer_due_on = c.answer, decision_due_on = c.decision
		FROM unnest(@ids::bigint[], @waiting::text[], @since::timestamptz[], @answers::date[], @decisions::date[]) AS c(id, waiting, since, answer, decision)
		WHERE s.id = c.id`, database.Args{
		"ids": changed.ids, "waiting": changed.waiting, "since": changed.since, "answers": changed.answers, "decisions": changed.decision,
	})
	return ids[len(ids)-1], len(ids), moved, err
}

func sameDay(a, b *date.Date) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
