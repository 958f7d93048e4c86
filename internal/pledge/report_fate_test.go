package pledge_test

import (
	"net/http"
	"strings"
	"testing"
)

// What somebody is told after an answer is what has become of it, also when the office was trusted, or not any more, while the
// page lay open; the mail that confirms it says the same.
func TestTrustThatChangesWhileAnAnswerIsWritten(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                     string
		before                   bool
		told, done, otherwise    string
		not                      string
		public, confirmed, waits int
	}{
		{"trusted meanwhile", false, "The pledges desk reads your answer before it is published.", "It is published on the page of the pledge.", "has decided to publish the reports of your office at once", "and then publishes it", 1, 1, 0},
		{"trusted no more", true, "Your answer is published at once.", "The pledges desk reads it, and then publishes it", "has decided to read the reports of your office first", "It is published", 0, 0, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if test.before {
				w.trust(t, w.Office, true)
			}
			_, _, tokens := w.due(t, 10)
			page := w.Visitor.In(t).Get("/en/t/report/" + tokens[w.Head.User.ID]).Want(http.StatusOK)
			if !page.Contains(test.told) {
				t.Fatalf("the page says %q", page.Text("main"))
			}
			w.trust(t, w.Office, !test.before)
			sent := page.Form("form.step").Set("answer", "no_change").Submit().Want(http.StatusSeeOther)
			done := w.Visitor.In(t).Get(sent.Location()).Want(http.StatusOK).Text("main")
			if !strings.Contains(done, test.done) || !strings.Contains(done, test.otherwise) || strings.Contains(done, test.not) {
				t.Errorf("afterwards it says %q", done)
			}
			if n := w.number(t, `SELECT count(*)::int FROM pledge_updates`); n != test.public {
				t.Errorf("%d updates are public", n)
			}
			if n := w.number(t, `SELECT count(*)::int FROM outbox WHERE kind = 'pledge.report_answered' AND to_user = $1`, w.Head.User.ID); n != test.confirmed {
				t.Errorf("%d mails say that it is public", n)
			}
			if n := w.number(t, `SELECT count(*)::int FROM submissions WHERE kind = 'pledge_update' AND state = 'submitted'`); n != test.waits {
				t.Errorf("%d reports wait at the desk", n)
			}
		})
	}
}

// Where nothing has changed nothing is said of a change, whatever the address says.
func TestAnAnswerOfWhichThePageWasRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, _, tokens := w.due(t, 10)
	sent := w.Visitor.In(t).Get("/en/t/report/"+tokens[w.Head.User.ID]).Form("form.step").Set("answer", "no_change").Submit().Want(http.StatusSeeOther)
	for _, tail := range []string{"", "?told=nonsense", "?told=desk"} {
		done := w.Visitor.In(t).Get(sent.Location() + tail).Want(http.StatusOK)
		if !done.Contains("The pledges desk reads it") || done.Contains("In the meantime") {
			t.Errorf("%s: it says %q", tail, done.Text("main"))
		}
	}
}
