package pledge_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"portal/internal/form"
	"portal/internal/pledge"
	"portal/internal/problem"
	"portal/internal/workflow"
)

const told = "Telephone call with Ms Kamau on 23 November"

func recordAddress(publicID string) string { return "/en/desk/pledges/" + publicID + "/report" }

// An officer records what the office has said on the telephone: it waits for somebody else at the desk, then the public reads that
// the secretariat has recorded it; where it comes from only staff read; the heads are told.
func TestAReportThatTheDeskRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, publicID := w.publish(t, with(form.Answers{}))
	page := w.Officer.In(t).Get(recordAddress(publicID)).Want(http.StatusOK)
	for _, want := range []string{"Ministry of Labour", "Where the report comes from", "Somebody else at the desk decides", "The bond is law", "Workers who report paying no fee", "Enter its ID"} {
		if !page.Contains(want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	sent := page.Form("form.step").Set("source", told).Set("status", "delayed").Set("evidence", "The bill waits in *parliament*.").Set("progress.0.value", "41").Submit().Want(http.StatusSeeOther)
	if !strings.HasSuffix(sent.Location(), fmt.Sprintf("/desk/submissions/%d", id)) {
		t.Errorf("afterwards the officer is at %s", sent.Location())
	}
	report := workflow.ID(w.number(t, `SELECT id::int FROM submissions WHERE kind = 'pledge_update' AND state = 'submitted' AND office_id = $1`, w.Office))
	if n := w.number(t, `SELECT count(*)::int FROM outbox WHERE kind = 'pledge.report_recorded' AND to_user = $1 AND html LIKE '%The bill waits in%' AND html NOT LIKE '%Kamau%'`, w.Head.User.ID); n != 1 {
		t.Errorf("the head is told %d times", n)
	}
	if n := w.number(t, `SELECT count(*)::int FROM outbox WHERE kind = 'pledge.report_recorded'`); n != 1 {
		t.Errorf("%d people are told", n)
	}
	// Who has recorded it does not decide on it, and does not even find it.
	if _, err := workflow.Find(t.Context(), w.db.Read(), report, w.Officer.User); !errors.Is(err, problem.NotFound) {
		t.Errorf("who has recorded it finds it: %v", err)
	}
	sub, err := workflow.Find(t.Context(), w.db.Read(), report, w.Lead.User)
	if err != nil || sub.SenderWaits || sub.DueOn == nil {
		t.Fatalf("somebody else finds %+v, %v", sub, err)
	}
	notes, err := workflow.Notes(t.Context(), w.db.Read(), sub)
	if err != nil || len(notes) != 1 || notes[0].Body != told || notes[0].ShownTo != workflow.ToStaff {
		t.Errorf("the desk reads %+v, %v", notes, err)
	}
	own, err := workflow.Find(t.Context(), w.db.Read(), report, w.Head.User)
	if err != nil {
		t.Fatal(err)
	}
	if notes, err = workflow.Notes(t.Context(), w.db.Read(), own); err != nil || len(notes) != 0 {
		t.Errorf("the office reads %+v, %v", notes, err)
	}
	w.apply(t, report, w.Lead.User, workflow.Take, "")
	w.apply(t, report, w.Lead.User, workflow.Publish, "")
	if n := w.number(t, `SELECT count(*)::int FROM pledge_updates WHERE pledge_id = $1 AND means = 'desk' AND status = 'delayed' AND author_id = $2 AND submission_id = $3`, id, w.Officer.User.ID, report); n != 1 {
		t.Errorf("%d updates have come of it", n)
	}
	text := w.Visitor.In(t).Get("/en/pledges/" + publicID).Want(http.StatusOK).Text("main")
	if !strings.Contains(text, "Recorded by the secretariat on behalf of Ministry of Labour") || strings.Contains(text, "Kamau") || strings.Contains(text, w.Officer.User.Name) {
		t.Errorf("the public reads %q", text)
	}
	for _, file := range []string{"/en/pledges/updates.csv", "/en/pledges/updates.json", "/en/pledges/updates.atom", "/en/pledges.json"} {
		if body := string(w.Visitor.In(t).Get(file).Want(http.StatusOK).Body); !strings.Contains(body, "parliament") || strings.Contains(body, "Kamau") || strings.Contains(body, w.Officer.User.Name) {
			t.Errorf("%s does not have the report, or names somebody", file)
		}
	}
	// It is no report by which the office earns trust.
	trust, err := w.service.TrustOf(t.Context(), w.Lead.User, w.Office)
	if err != nil || trust.Accepted != 0 {
		t.Errorf("%d reports count for trust, %v", trust.Accepted, err)
	}
	// The office corrects it by a report of its own.
	corrected := w.reportFrom(t, w.Head.User, publicID, w.reportAnswers(nil))
	w.apply(t, corrected, w.Officer.User, workflow.Take, "")
	w.apply(t, corrected, w.Officer.User, workflow.Publish, "")
	if n := w.number(t, `SELECT count(*)::int FROM pledge_standings WHERE pledge_id = $1 AND until IS NULL AND status = 'in_progress'`, id); n != 1 {
		t.Error("the office has not corrected it")
	}
}

// Of a trusted office it is published at once.
func TestARecordedReportOfATrustedOffice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trust(t, w.Office, true)
	id, publicID := w.publish(t, with(form.Answers{}))
	page := w.Officer.In(t).Get(recordAddress(publicID)).Want(http.StatusOK)
	if !page.Contains("The office is trusted") {
		t.Errorf("the page says %q", page.Text("main"))
	}
	filled := page.Form("form.step").Set("source", told).Set("status", "in_progress")
	filled.Submit().Want(http.StatusSeeOther)
	if n := w.number(t, `SELECT count(*)::int FROM pledge_updates WHERE pledge_id = $1 AND means = 'desk'`, id); n != 1 {
		t.Errorf("%d updates are public", n)
	}
	again := filled.Submit().Want(http.StatusConflict) // the same button once more
	if !again.Contains("Nothing was recorded") || !again.Contains(told) {
		t.Errorf("pressed twice it says %q", again.Text("main"))
	}
	if n := w.number(t, `SELECT count(*)::int FROM pledge_updates`); n != 1 {
		t.Errorf("%d updates after two presses", n)
	}
}

// What is missing or wrong is said, and nothing typed is lost; nothing is recorded.
func TestARecordingThatIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, publicID := w.publish(t, with(form.Answers{}))
	for name, test := range map[string]struct {
		set  [][2]string
		want string
	}{
		"no source":           {[][2]string{{"status", "delayed"}, {"evidence", "Kept text"}}, "Say where the report comes from"},
		"a blank source":      {[][2]string{{"source", " \n "}, {"status", "delayed"}, {"evidence", "Kept text"}}, "Say where the report comes from"},
		"a long source":       {[][2]string{{"source", strings.Repeat("x", 1001)}, {"status", "delayed"}, {"evidence", "Kept text"}}, "at most 1,000 characters"},
		"no status":           {[][2]string{{"source", told}, {"evidence", "Kept text"}}, "Choose the status of the pledge."},
		"a day to come":       {[][2]string{{"source", told}, {"status", "delayed"}, {"on.year", "2027"}, {"evidence", "Kept text"}}, "must not lie in the future"},
		"no day":              {[][2]string{{"source", told}, {"status", "delayed"}, {"on.day", "x"}, {"evidence", "Kept text"}}, "Day that this status is of"},
		"withdrawn, no words": {[][2]string{{"source", told}, {"status", "withdrawn"}, {"obstacles", "Kept text"}}, "Say why the pledge is withdrawn."},
		"no such pledge":      {[][2]string{{"source", told}, {"status", "superseded"}, {"superseded_by", "GCM-P-9999"}, {"evidence", "Kept text"}}, "GCM-P-9999 is not a published pledge."},
	} {
		filled := w.Officer.In(t).Get(recordAddress(publicID)).Want(http.StatusOK).Form("form.step")
		for _, s := range test.set {
			filled.Set(s[0], s[1])
		}
		page := filled.Submit().Want(http.StatusUnprocessableEntity)
		if !strings.Contains(page.Text("#errors"), test.want) || !page.Contains("Kept text") {
			t.Errorf("%s: %q", name, page.Text("#errors"))
		}
	}
	if n := w.number(t, `SELECT count(*)::int FROM submissions WHERE kind = 'pledge_update'`) + w.number(t, `SELECT count(*)::int FROM outbox WHERE kind = 'pledge.report_recorded'`); n != 0 {
		t.Errorf("%d things have come of it", n)
	}
}

// Only officers and leads of the pledges desk record, and nobody who has a conflict with the pledge; no other learns of the page.
func TestWhoMayRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, publicID := w.publish(t, with(form.Answers{}))
	for _, p := range w.All() {
		want := http.StatusNotFound
		switch p.User.ID {
		case w.Officer.User.ID, w.Lead.User.ID:
			want = http.StatusOK
		case 0:
			want = http.StatusSeeOther
		}
		if p.User.FactorNeeded {
			want = http.StatusSeeOther
		}
		if page := p.In(t).Get(recordAddress(publicID)); page.Status != want {
			t.Errorf("%s: the page is %d, want %d", p.Kind, page.Status, want)
		}
		if want == http.StatusOK {
			continue
		}
		if _, err := w.service.Record(t.Context(), p.User, publicID, pledge.Recording{Answers: w.reportAnswers(nil), Source: told}); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s records: %v", p.Kind, err)
		}
	}
	// Nor an officer who has declared an interest in the office since.
	if _, err := w.db.Read().Exec(t.Context(), `INSERT INTO declared_interests (user_id, office_id, reason, declared_at) VALUES ($1, $2, 'Worked there', now())`, w.Officer.User.ID, w.Office); err != nil {
		t.Fatal(err)
	}
	w.Officer.In(t).Get(recordAddress(publicID)).Want(http.StatusNotFound)
	if _, err := w.service.Record(t.Context(), w.Officer.User, publicID, pledge.Recording{Answers: w.reportAnswers(nil), Source: told}); !errors.Is(err, problem.NotFound) {
		t.Errorf("with an interest: %v", err)
	}
	if n := w.number(t, `SELECT count(*)::int FROM submissions WHERE kind = 'pledge_update'`); n != 0 {
		t.Errorf("%d reports were recorded", n)
	}
	for _, odd := range []string{"/en/desk/pledges/GCM-P-9999/report", "/en/desk/pledges/nonsense/report"} {
		w.Officer.In(t).Get(odd).Want(http.StatusNotFound)
	}
}
