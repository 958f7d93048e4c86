package review_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"portal/internal/review"
	"portal/internal/workflow"
)

// Those for whom the desk waits get one reminder each, and no second one for a week; nobody else gets one.
func TestBulkChase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	waits, again, read, moved := w.reviewed("Waits"), w.reviewed("Waits too"), w.reviewed("Is read"), w.reviewed("Moved")
	for _, id := range []workflow.ID{waits, again, moved} {
		w.decide(id, review.Decision{Action: workflow.RequestChanges, Note: "One thing."})
	}
	items := w.picked(waits, read, moved, again)
	w.exec(`UPDATE submissions SET version = version + 1 WHERE id = $1`, moved)
	b := review.Bulk{Act: "chase", Items: items, Token: "token of the first form", Note: "The committee meets on Monday."}
	want := map[workflow.ID]review.Reason{waits: "", again: "", read: review.NotWaiting, moved: review.MovedOn}
	if got := w.reasons(b, w.Officer.User); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the plan leaves out %v, want %v", got, want)
	}
	version := w.version(waits)
	for range 2 { // the form is sent twice
		if _, err := w.desk.DoBulk(t.Context(), w.Officer.User, b); err != nil {
			t.Fatal(err)
		}
	}
	mails := func() int {
		return value[int](w, `SELECT count(*)::int FROM outbox WHERE kind = 'review.chase' AND html LIKE '%The committee meets on Monday.%'`)
	}
	people := value[int](w, `SELECT count(DISTINCT u.id)::int FROM outbox o JOIN users u ON u.id = o.to_user WHERE o.kind = 'review.chase'`)
	if n := mails(); n == 0 || n != 2*people {
		t.Errorf("%d reminders to %d people about two submissions", n, people)
	}
	if w.version(waits) != version {
		t.Error("a reminder makes the owner's page stale")
	}
	sent := mails()
	b.Token = "token of another form"
	if got := w.reasons(b, w.Lead.User); got[waits] != review.ChasedAlready || got[again] != review.ChasedAlready {
		t.Errorf("on the same day: %v", got)
	}
	if _, err := w.desk.DoBulk(t.Context(), w.Lead.User, b); err != nil || mails() != sent {
		t.Errorf("%d more reminders, %v", mails()-sent, err)
	}
	w.later(review.ChaseEvery*24*time.Hour + time.Minute)
	p := w.Officer.In(t).Post("/en/desk/bulk", url.Values{"act": {"chase"}, "item": {strconv.FormatInt(waits, 10)}}).Want(http.StatusOK)
	f := p.Form("main form")
	if !p.Contains("Remind about 1 submission") {
		t.Errorf("the page says %s", p.Text("main"))
	}
	done := f.Submit().Follow().Want(http.StatusOK)
	if !done.Contains("Done") || value[int](w, `SELECT count(*)::int FROM submission_chases WHERE submission_id = $1`, waits) != 2 {
		t.Errorf("after a week: %s", done.Text("main"))
	}
	w.Member.In(t).Post("/en/desk/bulk/acts", url.Values{"act": {"chase"}, "item": {strconv.FormatInt(waits, 10)}}).Want(http.StatusNotFound)
}
