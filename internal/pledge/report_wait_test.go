package pledge_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/pledge"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// on are the answers that name a day.
func (w *world) on(name string, days int) form.Answers {
	d := w.today().AddDays(days)
	return day(name, fmt.Sprint(d.Day()), fmt.Sprint(int(d.Month())), fmt.Sprint(d.Year()))
}

// decideLate publishes a report that has waited.
func (w *world) decideLate(t testing.TB, report workflow.ID) {
	t.Helper()
	w.apply(t, report, w.Officer.User, workflow.Take, "")
	w.apply(t, report, w.Officer.User, workflow.Publish, "")
}

// A report that waits at the desk while a later one is published joins the updates, and the pledge stands on as the report
// of the latest day says.
func TestAReportThatWaitedLongerThanALaterOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, publicID := w.publish(t, with(form.Answers{}))
	w.later(10 * 24 * time.Hour)
	first := w.reportFrom(t, w.Head.User, publicID, w.reportAnswers(form.Answers{"status": {"delayed"}}))
	w.later(10 * 24 * time.Hour)
	second := w.reportFrom(t, w.Member.User, publicID, w.reportAnswers(form.Answers{"status": {"in_progress"}}))
	w.decideLate(t, second)
	w.decideLate(t, first)
	if list := w.list(t, "status=in_progress"); list.Total != 1 {
		t.Errorf("%d pledges are in progress", list.Total)
	}
	if n := w.number(t, `SELECT count(*) FROM pledge_updates`); n != 2 {
		t.Errorf("%d updates are public, want both", n)
	}
	if wrong, err := pledge.CheckModel(t.Context(), w.db.Read()); err != nil || len(wrong) > 0 {
		t.Errorf("the read model: %v %v", wrong, err)
	}
}

// A next report whose day has come while the report waited is due a year from the day of publication.
func TestTheNextReportOfAReportThatWaited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, publicID := w.publish(t, with(form.Answers{}))
	report := w.reportFrom(t, w.Head.User, publicID, w.reportAnswers(w.on("next_report", 20)))
	w.later(40 * 24 * time.Hour)
	w.decideLate(t, report)
	if n := w.number(t, `SELECT count(*) FROM pledge_standings WHERE until IS NULL AND next_report_on = $1`, w.today().AddDays(365)); n != 1 {
		t.Errorf("%d pledges are due a year from now", n)
	}
}

// Two reports that wait cannot make each of two pledges take the place of the other.
func TestTwoPledgesDoNotTakeEachOthersPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, a := w.publish(t, with(form.Answers{}))
	_, b := w.publish(t, with(form.Answers{"title": {"Another pledge"}}))
	first := w.reportFrom(t, w.Head.User, a, w.reportAnswers(form.Answers{"status": {"superseded"}, "superseded_by": {b}}))
	second := w.reportFrom(t, w.Head.User, b, w.reportAnswers(form.Answers{"status": {"superseded"}, "superseded_by": {a}}))
	w.decideLate(t, first)
	w.apply(t, second, w.Officer.User, workflow.Take, "")
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		sub, err := workflow.Lock(t.Context(), tx, second, w.Officer.User)
		if err != nil {
			return err
		}
		_, err = workflow.Apply(t.Context(), tx, w.kindOf(sub), &sub, workflow.Publish, w.Officer.User, workflow.Input{}, w.now())
		return err
	})
	if !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("the second is answered with %v", err)
	}
}
