package workflow_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/workflow"
)

// columns writes the columns of the clock in one line.
func (w *world) columns(id workflow.ID) string {
	w.Helper()
	return value[string](w, `SELECT concat_ws(', ', waiting_for, to_char(waiting_since AT TIME ZONE 'UTC', 'MM-DD'), to_char(answered_at AT TIME ZONE 'UTC', '"answered" MM-DD'),
		answer_due_on, decision_due_on, '→ ' || due_on::text) FROM submissions WHERE id = $1`, id)
}

// at takes a step on a day of 2026, at ten in the morning, UTC.
func (w *world) at(month time.Month, day int, id workflow.ID, action workflow.Action, by string) {
	w.Helper()
	person := w.author
	if by == "desk" {
		person = w.officer
	}
	err := w.db.InTx(w.Context(), func(tx database.Tx) error {
		s, err := workflow.Lock(w.Context(), tx, id, person)
		if err != nil {
			return err
		}
		_, err = workflow.Apply(w.Context(), tx, w.kind, &s, action, person, workflow.Input{Note: "A reason."}, time.Date(2026, month, day, 10, 0, 0, 0, time.UTC))
		return err
	})
	if err != nil {
		w.Fatalf("%s: %v", action, err)
	}
}

func TestStepsWriteTheClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	w.exec(`INSERT INTO service_times (kind, answer_days, decision_days) VALUES ('sample', 5, 10)`)
	id := w.start()
	for _, step := range []struct {
		day    int
		action workflow.Action
		by     string
		want   string
	}{
		{2, workflow.Submit, "owner", "desk, 11-02, 2026-11-09, 2026-11-16, → 2026-11-09"},
		{3, workflow.Take, "desk", "desk, 11-02, 2026-11-09, 2026-11-16, → 2026-11-09"},
		{5, workflow.RequestChanges, "desk", "submitter, 11-05, answered 11-05"},
		{10, workflow.Submit, "owner", "desk, 11-10, 2026-11-17, 2026-11-19, → 2026-11-17"},
		{11, workflow.Take, "desk", "desk, 11-10, 2026-11-17, 2026-11-19, → 2026-11-17"},
		{12, workflow.Publish, "desk", ", answered 11-12"},
		{16, workflow.Revise, "owner", ", answered 11-12"},
		{17, workflow.Submit, "owner", "desk, 11-17, 2026-11-24, 2026-12-01, → 2026-11-24"},
	} {
		if step.action == workflow.Submit {
			w.exec(`INSERT INTO submission_steps (submission_id, revision, step, version, answers, saved_by, saved_at)
				SELECT id, revision, 'what', 1, '{"title": ["Title"]}', author_id, now() FROM submissions WHERE id = $1 ON CONFLICT DO NOTHING`, id)
		}
		w.at(11, step.day, id, step.action, step.by)
		if got := w.columns(id); got != step.want {
			t.Errorf("after %s the clock is %q, want %q", step.action, got, step.want)
		}
		s, err := w.find(id, w.author)
		if err != nil || (s.DueOn == nil) != (s.WaitingFor != workflow.ForDesk) {
			t.Errorf("after %s it reads as due %v, waiting for %q (%v)", step.action, s.DueOn, s.WaitingFor, err)
		}
	}
	note := func(day int, who string, shownTo workflow.Audience) {
		person := w.officer
		if who == "owner" {
			person = w.author
		}
		err := w.db.InTx(t.Context(), func(tx database.Tx) error {
			s, err := workflow.Lock(t.Context(), tx, id, person)
			if err != nil {
				return err
			}
			_, err = workflow.AddNote(t.Context(), tx, s, shownTo, "A question.", person.ID, time.Date(2026, 11, day, 10, 0, 0, 0, time.UTC))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	note(18, "owner", workflow.ToSubmitter)
	note(18, "desk", workflow.ToStaff)
	if got, want := w.columns(id), "desk, 11-17, 2026-11-24, 2026-12-01, → 2026-11-24"; got != want {
		t.Errorf("neither a note for staff nor the office's own message answers: %q, want %q", got, want)
	}
	note(19, "desk", workflow.ToSubmitter)
	note(20, "desk", workflow.ToSubmitter)
	if got, want := w.columns(id), "desk, 11-17, answered 11-19, 2026-11-24, 2026-12-01, → 2026-12-01"; got != want {
		t.Errorf("after the first message the clock is %q, want %q", got, want)
	}
}

func TestRecount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	w.exec(`INSERT INTO service_times (kind, answer_days, decision_days) VALUES ('sample', 4, 11)`)
	kinds := workflow.Kinds{w.kind.Name: w.kind}
	submitted := func(day int) workflow.ID {
		id := w.in(workflow.Draft, false)
		w.at(11, day, id, workflow.Submit, "owner")
		return id
	}
	first, second := submitted(2), submitted(17)
	paused := submitted(3)
	w.at(11, 4, paused, workflow.Take, "desk")
	w.at(11, 5, paused, workflow.RequestChanges, "desk")
	recount := func(want string) {
		t.Helper()
		if err := workflow.Recount(t.Context(), w.db, kinds, func() time.Time { return now }); err != nil {
			t.Fatal(err)
		}
		got := value[string](w, `SELECT concat(clocks, ' clocks, ', moved, ' moved', CASE WHEN done_at IS NULL THEN ', waits' END) FROM clock_recounts ORDER BY id DESC LIMIT 1`)
		if got != want {
			t.Errorf("recounted %q, want %q", got, want)
		}
	}
	change := func(sql string) {
		t.Helper()
		err := w.db.InTx(t.Context(), func(tx database.Tx) error {
			if err := workflow.AskRecount(t.Context(), tx, w.lead.ID, now); err != nil {
				return err
			}
			_, err := tx.Exec(t.Context(), sql)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	recount("3 clocks, 0 moved") // what the migration asked for
	change(`INSERT INTO holidays (day, names) VALUES ('2026-11-18', '{"en": "A feast"}')`)
	recount("3 clocks, 1 moved")
	if got, want := w.columns(second), "desk, 11-17, 2026-11-24, 2026-12-03, → 2026-11-24"; got != want {
		t.Errorf("a holiday in its time: %q, want %q", got, want)
	}
	change(`UPDATE desk_settings SET duty_station = 'cairo' WHERE desk = 'pledges'`)
	recount("3 clocks, 1 moved") // the other's days are as many with either weekend
	if got, want := w.columns(first), "desk, 11-02, 2026-11-08, 2026-11-17, → 2026-11-08"; got != want {
		t.Errorf("with a weekend of Friday and Saturday: %q, want %q", got, want)
	}
	change(`UPDATE service_times SET answer_days = 1, decision_days = NULL WHERE kind = 'sample'`)
	recount("3 clocks, 2 moved")
	if got, want := w.columns(first), "desk, 11-02, 2026-11-03, → 2026-11-03"; got != want {
		t.Errorf("without a decision: %q, want %q", got, want)
	}
	change(`DELETE FROM holidays WHERE day = '2026-12-25'`)
	recount("3 clocks, 0 moved")

	// What was written past the workflow is put right as well, by the steps taken.
	w.exec(`UPDATE submissions SET waiting_for = '', waiting_since = NULL, answer_due_on = NULL WHERE id = $1`, first)
	change(`SELECT`)
	recount("3 clocks, 1 moved")
	if got, want := w.columns(first), "desk, 11-02, 2026-11-03, → 2026-11-03"; got != want {
		t.Errorf("put right: %q, want %q", got, want)
	}
}

// A step that is being taken while the settings change is counted by the new ones in the end.
func TestSettingsChangeWaitsForStepsThatAreBeingTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	w.exec(`INSERT INTO service_times (kind, answer_days, decision_days) VALUES ('sample', 5, 10)`)
	id := w.in(workflow.Draft, false)
	changed := make(chan error, 1)
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		s, err := workflow.Lock(t.Context(), tx, id, w.author)
		if err != nil {
			return err
		}
		if _, err := workflow.Apply(t.Context(), tx, w.kind, &s, workflow.Submit, w.author, workflow.Input{}, now); err != nil {
			return err
		}
		go func() {
			changed <- w.db.InTx(context.WithoutCancel(t.Context()), func(tx database.Tx) error {
				if err := workflow.AskRecount(t.Context(), tx, 0, now); err != nil {
					return err
				}
				_, err := tx.Exec(t.Context(), `UPDATE service_times SET answer_days = 1 WHERE kind = 'sample'`)
				return err
			})
		}()
		for waits := false; !waits; { // until the other transaction stands before the lock
			if waits, err = database.Value[bool](t.Context(), w.db.Read(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
				AND wait_event_type = 'Lock' AND query LIKE '%desk_settings%')`); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-changed; err != nil {
		t.Fatal(err)
	}
	if err := workflow.Recount(t.Context(), w.db, workflow.Kinds{w.kind.Name: w.kind}, func() time.Time { return now }); err != nil {
		t.Fatal(err)
	}
	if got, want := w.columns(id), "desk, 11-24, 2026-11-25, 2026-12-08, → 2026-11-25"; got != want {
		t.Errorf("the clock is %q, want %q", got, want)
	}
}

// The seeded service times are those of review.md, and all kinds have some.
func TestServiceTimesOfTheSpecification(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	times, err := workflow.ReadServiceTimes(t.Context(), w.db.Read())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"pledge": "5/10", "practice": "5/40", "concept_note": "5/30", "champion": "3/15", "talk": "3/10", "guidance": "5/20", "support": "5/20",
		"statement": "1/3", "event": "2/5", "partnership": "5/20", "contact": "3/–",
		"pledge_update": "5/10", "pledge_sheet": "5/10",
		// The kinds of requests.md of which review.md says nothing: as those that are like them.
		"capacity": "5/20", "social": "2/5", "asset": "5/20", "pledge_support": "5/20",
		"newsletter_item": "2/5", // as social media promotion
	}
	if len(times) != len(want) {
		t.Errorf("there are %d kinds, want %d", len(times), len(want))
	}
	for kind, days := range want {
		got := fmt.Sprintf("%d/–", times[kind].AnswerDays)
		if d := times[kind].DecisionDays; d != nil {
			got = fmt.Sprintf("%d/%d", times[kind].AnswerDays, *d)
		}
		if got != days {
			t.Errorf("%s: %s, want %s", kind, got, days)
		}
	}
	desks, err := workflow.ReadDesks(t.Context(), w.db.Read())
	if err != nil || len(desks) != 5 {
		t.Fatalf("there are %d desks, %v", len(desks), err)
	}
	for desk, s := range desks {
		if s.ID != "geneva" || s.UnassignedDays != 2 || s.StuckDays != 15 || len(s.Holidays) != 2 {
			t.Errorf("the %s desk has %+v", desk, s)
		}
	}
}
