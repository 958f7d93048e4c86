package review_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/review"
	"portal/internal/workflow"
)

func (w *world) picked(ids ...workflow.ID) []review.Picked {
	var all []review.Picked
	for _, id := range ids {
		all = append(all, review.Picked{ID: id, Version: w.version(id)})
	}
	return all
}

func (w *world) reasons(b review.Bulk, who identity.User) map[workflow.ID]review.Reason {
	w.Helper()
	lines, err := w.desk.Plan(w.Context(), who, b)
	if err != nil {
		w.Fatal(err)
	}
	all := map[workflow.ID]review.Reason{}
	for _, l := range lines {
		all[l.ID] = l.Why
	}
	return all
}

func TestBulkActs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fine, sent, over, moved, kept := w.reviewed("Fine"), w.sent("Not taken"), w.published("Over"), w.reviewed("Moved"), w.reviewed("Kept")
	waits := w.reviewed("Of an office that waits")
	w.exec(`UPDATE submissions SET office_id = $2 WHERE id = $1`, waits, w.OtherOffice)
	w.exec(`UPDATE offices SET state = 'proposed' WHERE id = $1`, w.OtherOffice)
	w.held(kept, review.Decision{Action: workflow.Publish})
	w.exec(`UPDATE submissions SET state = 'archived' WHERE id = $1`, over)
	items := w.picked(fine, sent, over, moved, kept, waits)
	items = append(items, review.Picked{ID: 999999, Version: 1})
	w.exec(`UPDATE submissions SET version = version + 1 WHERE id = $1`, moved)

	b := review.Bulk{Act: "publish", Items: items, Token: "token of the first form"}
	want := map[workflow.ID]review.Reason{fine: "", sent: review.NoChoice, over: review.NoChoice, moved: review.MovedOn, kept: review.HasPending, waits: ""}
	if got := w.reasons(b, w.Officer.User); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the plan leaves out %v, want %v", got, want)
	}
	mails := value[int](w, `SELECT count(*)::int FROM outbox`)
	first, err := w.desk.DoBulk(t.Context(), w.Officer.User, b)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.desk.DoBulk(t.Context(), w.Officer.User, b); err != nil || again != first {
		t.Errorf("the form sent twice: %d, %v", again, err)
	}
	if c := w.open(fine); c.Pending == nil || c.Pending.Action != workflow.Publish || c.State != workflow.InReview {
		t.Errorf("it is not kept as pending: %+v", c.Pending)
	}
	if c := w.open(waits); c.Pending == nil || c.Pending.Action != workflow.Approve {
		t.Errorf("what has to wait is not approved: %+v", c.Pending)
	}
	if n := value[int](w, `SELECT count(*)::int FROM outbox`); n != mails {
		t.Errorf("%d letters have left", n-mails)
	}
	_, done, err := w.desk.FoundBulk(t.Context(), w.Officer.User, first)
	if err != nil || len(done) != 6 {
		t.Fatalf("%d are told of: %v", len(done), err)
	}
	for _, it := range done {
		if it.Reason != want[it.SubmissionID] {
			t.Errorf("%s: %q, want %q", it.Title, it.Reason, want[it.SubmissionID])
		}
	}
	if _, _, err := w.desk.FoundBulk(t.Context(), w.Second.User, first); !errors.Is(err, problem.NotFound) {
		t.Errorf("a colleague reads it: %v", err)
	}

	assign := review.Bulk{Act: "assign", To: w.Second.User.ID, Items: w.picked(fine, sent, over), Token: "token of the second form"}
	if got := w.reasons(assign, w.Officer.User); got[over] != review.Over || got[fine] != "" || got[sent] != "" {
		t.Errorf("assigned: %v", got)
	}
	if got := w.reasons(review.Bulk{Act: "assign", To: w.Scribe.User.ID, Items: w.picked(fine)}, w.Officer.User); got[fine] != review.NotAssignable {
		t.Errorf("to somebody with a conflict: %v", got)
	}
	if _, err := w.desk.DoBulk(t.Context(), w.Officer.User, assign); err != nil {
		t.Fatal(err)
	}
	if n := value[int](w, `SELECT count(*)::int FROM submissions WHERE assigned_to = $1`, w.Second.User.ID); n != 2 {
		t.Errorf("%d were assigned", n)
	}
	if got := w.reasons(review.Bulk{Act: "assign", To: w.Second.User.ID, Items: w.picked(fine)}, w.Officer.User); got[fine] != review.AlreadySo {
		t.Errorf("assigned again: %v", got)
	}
	if _, err := w.desk.DoBulk(t.Context(), w.Officer.User, review.Bulk{Act: "take", Items: w.picked(sent), Token: "token of the third form"}); err != nil || w.state(sent) != workflow.InReview {
		t.Errorf("taken: %v, %s", err, w.state(sent))
	}
	for name, b := range map[string]review.Bulk{"nobody": {Act: "assign"}, "no reason": {Act: "decline"}, "too long": {Act: "publish", Note: strings.Repeat("x", workflow.MaxNote+1)}} {
		b.Items = w.picked(fine)
		if _, err := w.desk.DoBulk(t.Context(), w.Officer.User, b); err == nil {
			t.Errorf("%s: done all the same", name)
		} else if _, ok := problem.InvalidFields(err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.desk.DoBulk(t.Context(), w.Officer.User, review.Bulk{Act: "archive", Note: "x", Items: w.picked(fine)}); !errors.Is(err, problem.NotFound) {
		t.Errorf("an act that there is not: %v", err)
	}
	for _, p := range append(w.walled(), w.Member, w.OtherOfficer) {
		if got := w.reasons(review.Bulk{Act: "take", Items: w.picked(fine)}, p.User); len(got) != 0 {
			t.Errorf("%s is told of it: %v", p.Kind, got)
		}
	}
}

// An act that breaks off in the middle goes on where it was when the form is sent again.
func TestABulkActThatBreaksOffIsFinished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []workflow.ID
	for i := range 3 {
		ids = append(ids, w.reviewed(fmt.Sprintf("Pledge %d", i)))
	}
	b := review.Bulk{Act: "decline", Note: "No", Items: w.picked(ids...), Token: "token of the form that broke"}
	w.exec(`CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.submission_id = ` + strconv.FormatInt(ids[1], 10) + ` THEN RAISE 'broken'; END IF; RETURN NEW; END $$`)
	w.exec(`CREATE TRIGGER break BEFORE INSERT ON pending_decisions FOR EACH ROW EXECUTE FUNCTION break()`)
	if _, err := w.desk.DoBulk(t.Context(), w.Officer.User, b); err == nil {
		t.Fatal("nobody is told that it broke off")
	}
	w.exec(`DROP TRIGGER break ON pending_decisions`)
	id, err := w.desk.DoBulk(t.Context(), w.Officer.User, b)
	if err != nil {
		t.Fatal(err)
	}
	if reasons := values[string](w, `SELECT reason FROM bulk_items WHERE bulk_id = $1`, id); !slices.Equal(reasons, []string{"", "", ""}) {
		t.Errorf("not all were done: %q", reasons)
	}
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'hold'`); n != 3 {
		t.Errorf("%d decisions were kept", n)
	}
}

func TestThePagesOfBulkActs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead, _ := w.withLeads()
	id, hidden := w.reviewed("One of several"), w.elsewhere("Another")
	item := func(id workflow.ID) string { return fmt.Sprintf("%d.%d", id, w.version(id)) }
	form := url.Values{"act": {"decline"}, "item": {item(id), item(hidden), "x", "0.1"}}
	page := w.Officer.In(t).Post("/en/desk/bulk", form).Want(200)
	reads(t, page, "h1", "Decline: 1 submission, kept as pending")
	reads(t, page, "li", "letters go to 3 people", "Its state does not allow this decision now.")
	w.Officer.In(t).Post("/en/desk/bulk", nil).Want(303)
	w.Officer.In(t).Post("/en/desk/bulk", url.Values{"act": {"delete"}, "item": {item(id)}}).Want(303)
	w.Member.In(t).Post("/en/desk/bulk", form).Want(404)
	w.OtherOfficer.In(t).Post("/en/desk/bulk", form).Want(303)
	if body := string(w.Conflicted.In(t).Post("/en/desk/bulk", form).Want(200).Body); strings.Contains(body, "One of several") {
		t.Error("somebody with a conflict reads the title")
	}
	page = w.Officer.In(t).Post("/en/desk/bulk/acts", form).Want(422)
	reads(t, page, "#errors", "Write the reason for declining")
	form.Set("note", "Thank you, but no")
	page = w.Officer.In(t).Post("/en/desk/bulk/acts", form).Want(303)
	done := page.Location()
	reads(t, w.Officer.In(t).Get(done).Want(200), "td", "Done", "Not done")
	w.Second.In(t).Get(done).Want(404)
	reads(t, w.Officer.In(t).Get("/ar"+strings.TrimPrefix(done, "/en")).Want(200), "td", "أُنجز")
	many := url.Values{"act": {"take"}}
	for i := range review.MaxTogether + 1 {
		many.Add("item", strconv.Itoa(i+1))
	}
	w.Officer.In(t).Post("/en/desk/bulk", many).Want(303)
	w.Officer.In(t).Get("/en/desk/bulk").Want(303)
	w.Officer.In(t).Post("/en/desk/bulk", url.Values{"act": {"release"}, "item": {item(id)}}).Want(403)
	page = lead.In(t).Post("/en/desk/bulk", url.Values{"act": {"release"}, "item": {item(id)}}).Want(200)
	reads(t, page, "#ready", "1 decision will leave: 1 declined")
	page = lead.In(t).Post("/en/desk/bulk", url.Values{"act": {"assign"}, "item": {item(id)}}).Want(200)
	reads(t, page, "option", w.Second.User.Name)
}

// A form that is sent again with other words is another act: it is told what it could not do, not what the first has done.
func TestABulkFormSentAgainChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("Twice, in other words")
	b := review.Bulk{Act: string(workflow.Decline), Note: "No.", Items: w.picked(id), Token: strings.Repeat("t", 26)}
	first, err := w.desk.DoBulk(t.Context(), w.Officer.User, b)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.desk.DoBulk(t.Context(), w.Officer.User, b); err != nil || again != first {
		t.Errorf("sent twice it is act %d and %d, %v", first, again, err)
	}
	b.Note = "Not yet, since the office has changed."
	second, err := w.desk.DoBulk(t.Context(), w.Officer.User, b)
	if err != nil {
		t.Fatal(err)
	}
	_, items, err := w.desk.FoundBulk(t.Context(), w.Officer.User, second)
	if err != nil || len(items) != 1 || items[0].Reason == "" {
		t.Errorf("the other words seem to be taken: %+v, %v", items, err)
	}
	if note := value[string](w, `SELECT note FROM pending_decisions WHERE submission_id = $1`, id); note != "No." {
		t.Errorf("what is pending says %q", note)
	}
}
