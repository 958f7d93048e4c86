package signoff_test

import (
	"net/http"
	"testing"
	"time"
)

// Reminders by hand, once a day, and by the clock: after five working days, and seven days before the last safe day.
func TestReminders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.asked()
	remind := w.pageOfSignature(id, "Fund for Women") + "/reminder"
	care := func() {
		t.Helper()
		if err := w.service.Care(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.Filer.In(t).Post(remind, nil).WantRedirect(pageOf(id))
	care()
	if got := w.letters(fundMail); got != "ask" {
		t.Errorf("reminded at once: %s", got)
	}
	w.later(25 * time.Hour)
	for range 2 {
		w.Filer.In(t).Post(remind, nil).WantRedirect(pageOf(id))
	}
	if got := w.letters(fundMail); got != "ask reminder" {
		t.Errorf("by hand: %s", got)
	}
	w.Visitor.In(t).Get(w.link(fundMail)).Want(http.StatusOK)
	w.later(9 * 24 * time.Hour)
	care()
	care()
	if got := w.letters(fundMail) + "|" + w.letters(w.Agent.User.Email) + "|" + w.letters(tradeMail); got != "ask reminder reminder|ask reminder|" {
		t.Errorf("after five working days: %s", got)
	}
	w.later(2 * 24 * time.Hour)
	last := today(w).AddDays(8)
	w.lastSafe = &last
	care()
	if got := w.letters(w.Agent.User.Email); got != "ask reminder" {
		t.Errorf("eight days before: %s", got)
	}
	w.later(24 * time.Hour)
	care()
	care()
	if got := w.letters(w.Agent.User.Email); got != "ask reminder reminder" {
		t.Errorf("seven days before the last safe day: %s", got)
	}
	w.sign(w.Agent, id, "Labour Agency")
	w.later(30 * 24 * time.Hour)
	care()
	if got := w.letters(w.Agent.User.Email); got != "ask reminder reminder" {
		t.Errorf("after it was signed: %s", got)
	}
}
