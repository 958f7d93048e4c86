package review_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/review"
	"portal/internal/workflow"
)

func TestOpenShowsWhatWasHandedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("Register every child")
	w.decide(id, review.Decision{Action: workflow.RequestChanges, Note: "Almost there", Changes: []workflow.ChangeRequest{{Field: "description", Body: "How many posts?"}}})
	w.write(id, w.Member.User, form.Answers{"title": {"Unsent title"}, "description": {"Unsent text"}})
	w.upload(id, "unsent.txt")

	c := w.open(id)
	if c.Title != "Register every child" || c.Text.Number != 1 || c.Text.Answers.First("description") != complete("")["description"][0] || len(c.Text.Files) != 0 {
		t.Errorf("the desk reads what was not sent: %q, revision %d, %v, %v", c.Title, c.Text.Number, c.Text.Answers, c.Text.Files)
	}
	if c.Requested["description"] != "How many posts?" || c.Before != nil || len(c.Choices) != 0 {
		t.Errorf("asked for %v, before %v, choices %v", c.Requested, c.Before, c.Choices)
	}

	w.step(id, w.Member.User, workflow.Submit, "")
	c = w.open(id)
	if c.Title != "Unsent title" || c.Text.Number != 2 || len(c.Text.Files) != 1 || c.Before == nil || c.Before.Number != 1 || c.Answered["description"] != "How many posts?" || len(c.Requested) != 0 {
		t.Errorf("after it was sent again: %+v", c)
	}
	if !slices.Equal(c.HandedIn, []int{1, 2}) || len(c.Events) != 4 || assigneeOf(c) != w.Officer.User.ID {
		t.Errorf("handed in %v, %d events, assigned to %d", c.HandedIn, len(c.Events), assigneeOf(c))
	}
	names := map[string]int{}
	for _, p := range c.Colleagues {
		names[p.Name] = p.Load
	}
	if len(names) != 3 || names[w.Officer.User.Name] != 1 || names[w.Lead.User.Name] != 0 || names[w.Second.User.Name] != 0 {
		t.Errorf("colleagues are %v", names)
	}
}

func assigneeOf(c review.Case) int64 {
	if c.AssignedTo == nil {
		return 0
	}
	return *c.AssignedTo
}

// While the owner writes a new version of something published, the desk reads what the public reads, also when another
// version was declined in between.
func TestOpenShowsWhatIsPublishedWhileAVersionIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.published("Published")
	w.step(id, w.Member.User, workflow.Revise, "")
	w.write(id, w.Member.User, form.Answers{"title": {"Declined"}})
	w.step(id, w.Member.User, workflow.Submit, "")
	if err := w.desk.Assign(t.Context(), w.Officer.User, id, w.Officer.User.ID, w.version(id)); err != nil {
		t.Fatal(err)
	}
	w.decide(id, review.Decision{Action: workflow.Decline, Note: "Not this"})
	if c := w.open(id); c.Title != "Published" || c.Text.Number != 1 || c.State != workflow.Published {
		t.Errorf("after a version was declined: %q, revision %d, %s", c.Title, c.Text.Number, c.State)
	}
	w.step(id, w.Member.User, workflow.Revise, "")
	w.write(id, w.Member.User, form.Answers{"title": {"Unsent"}})
	if c := w.open(id); c.Title != "Published" || c.Text.Number != 1 || !slices.Equal(c.Choices, []workflow.Action{workflow.Archive}) {
		t.Errorf("while the next is written: %q, revision %d, choices %v", c.Title, c.Text.Number, c.Choices)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.published("One")
	w.step(id, w.Member.User, workflow.Revise, "")
	w.write(id, w.Member.User, form.Answers{"title": {"Given up before it was sent"}})
	w.step(id, w.Member.User, workflow.Discard, "")
	w.step(id, w.Member.User, workflow.Revise, "")
	w.write(id, w.Member.User, form.Answers{"title": {"Three"}})
	w.upload(id, "plan.txt")
	if _, _, _, err := w.desk.Compare(t.Context(), w.Officer.User, id, 1, 3); !errors.Is(err, problem.NotFound) {
		t.Errorf("with what is not sent yet: %v", err)
	}
	w.step(id, w.Member.User, workflow.Submit, "")

	for _, c := range []struct{ from, to, wantFrom, wantTo int }{{0, 0, 1, 3}, {1, 3, 1, 3}, {3, 1, 3, 1}, {1, 1, 1, 1}} {
		_, before, after, err := w.desk.Compare(t.Context(), w.Officer.User, id, c.from, c.to)
		if err != nil || before.Number != c.wantFrom || after.Number != c.wantTo {
			t.Errorf("%d to %d: %d to %d, %v", c.from, c.to, before.Number, after.Number, err)
		}
	}
	_, before, after, err := w.desk.Compare(t.Context(), w.Officer.User, id, 0, 0)
	if err != nil || before.Answers.First("title") != "One" || after.Answers.First("title") != "Three" || len(before.Files) != 0 || len(after.Files) != 1 {
		t.Errorf("%v with %v, %v with %v, %v", before.Answers, before.Files, after.Answers, after.Files, err)
	}
	for _, c := range [][2]int{{2, 3}, {1, 2}, {1, 4}, {-1, 3}, {4, 0}} {
		if _, _, _, err := w.desk.Compare(t.Context(), w.Officer.User, id, c[0], c[1]); !errors.Is(err, problem.NotFound) {
			t.Errorf("%d to %d: %v, want not found: it was never handed in", c[0], c[1], err)
		}
	}
	first := w.sent("The first revision")
	if _, _, _, err := w.desk.Compare(t.Context(), w.Officer.User, first, 0, 0); !errors.Is(err, problem.NotFound) {
		t.Errorf("a first revision: %v", err)
	}
}

func TestReadingPrivateAnswersIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent("A pledge")
	reads := func() int {
		t.Helper()
		return value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'read' AND subject = 'submission' AND subject_id = $1`, id)
	}
	w.open(id)
	w.open(id)
	if reads() != 1 {
		t.Errorf("reading it twice in a minute is recorded %d times", reads())
	}
	if _, err := w.desk.Open(t.Context(), w.Lead.User, id); err != nil || reads() != 2 {
		t.Errorf("after somebody else has read it there are %d records, %v", reads(), err)
	}
	w.later(2 * time.Hour)
	w.open(id)
	if reads() != 3 {
		t.Errorf("two hours later there are %d", reads())
	}
	want := []string{"contact_name", "contact_email", "partners.email", "events.actor"}
	if got := value[[]string](w, `SELECT fields FROM audit_log WHERE act = 'read' ORDER BY id LIMIT 1`); !slices.Equal(got, want) {
		t.Errorf("fields %v, want %v", got, want)
	}
	bare := w.draft(w.pledge, w.Member.User, w.Office, form.Answers{"title": {"Nothing private"}})
	w.step(bare, w.Member.User, workflow.Submit, "")
	w.open(bare)
	if got := value[[]string](w, `SELECT fields FROM audit_log WHERE act = 'read' AND subject_id = $1`, bare); !slices.Equal(got, []string{"events.actor"}) {
		t.Errorf("of a submission without private answers only the names of who handed it in are read: %v", got)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("A pledge")
	if err := w.desk.Note(t.Context(), w.Lead.User, id, "Looks good"); err != nil {
		t.Fatal(err)
	}
	w.decide(id, review.Decision{Action: workflow.RequestChanges, Changes: []workflow.ChangeRequest{{Field: "barriers", Body: "Which?"}, {Field: "title", Body: "Shorter"}}})
	w.exec(`UPDATE users SET closed_at = now() WHERE id = $1`, w.Member.User.ID)
	_, lines, err := w.desk.History(t.Context(), w.Officer.User, id, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range lines {
		got = append(got, fmt.Sprint(l.Act, " by ", l.ActorName, " ", l.Fields))
	}
	want := []string{
		"request_changes by Officer of the desk [barriers title]", "note by Lead of the desk []", "take by Officer of the desk []",
		"assign by Officer of the desk [assigned_to]", "submit by  []", "start by  []",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the record is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	_, page, err := w.desk.History(t.Context(), w.Officer.User, id, lines[1].ID, 2) // the reading is on record, before these
	if err != nil || len(page) != 2 || page[0].ID != lines[2].ID {
		t.Errorf("the second page is %v, %v", page, err)
	}

	p := w.Officer.In(t).Get(fmt.Sprintf("/en/desk/submissions/%d/history", id)).Want(200)
	reads(t, p, "tbody tr", "Changes requested", "Internal note written", "Assignment changed", "Person "+fmt.Sprint(w.Member.User.ID)+", account closed", "Barriers · Name of the pledge")
	for i := range 120 {
		w.in(func(ctx context.Context, tx database.Tx) error {
			return audit.Record(ctx, tx, audit.Entry{Act: fmt.Sprintf("unknown.act%d", i), Subject: "submission", SubjectID: id, At: now})
		})
	}
	p = w.Officer.In(t).Get(fmt.Sprintf("/ar/desk/submissions/%d/history?group=waiting", id)).Want(200)
	if n := p.Count("tbody tr"); n != 100 {
		t.Errorf("a page has %d lines", n)
	}
	reads(t, p, "tbody tr", "unknown.act119", "البوابة")
	if p = p.Click("a.more[href*=before]").Want(200); p.Count("tbody tr") != 27 { // with the reading of this page
		t.Errorf("the second has %d", p.Count("tbody tr"))
	}
}

func TestAssign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	me := w.Officer.User.ID
	closed := w.person("officer who has left", "Gone", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.PledgesDesk})
	w.exec(`UPDATE users SET closed_at = now() WHERE id = $1`, closed.User.ID)
	for _, c := range []struct {
		name      string
		make      func(title string) workflow.ID
		who       identity.User
		to        int64
		behind    int // how many versions behind the page is
		want      error
		wantTo    int64
		wantState workflow.State
	}{
		{"who takes what was submitted begins the review", w.sent, w.Officer.User, me, 0, nil, me, workflow.InReview},
		{"who is given it does not", w.sent, w.Lead.User, me, 0, nil, me, workflow.Submitted},
		{"a colleague takes a review over", w.reviewed, w.Second.User, w.Second.User.ID, 0, nil, w.Second.User.ID, workflow.InReview},
		{"a lead gives it to another", w.reviewed, w.Lead.User, w.Second.User.ID, 0, nil, w.Second.User.ID, workflow.InReview},
		{"it goes back to the queue", w.reviewed, w.Officer.User, 0, 0, nil, 0, workflow.InReview},
		{"somebody was faster", w.reviewed, w.Second.User, w.Second.User.ID, 1, problem.Stale, me, workflow.InReview},
		{"the button was pressed twice", w.reviewed, w.Officer.User, me, 2, nil, me, workflow.InReview},
		{"to an officer of another desk", w.sent, w.Officer.User, w.OtherOfficer.User.ID, 0, problem.NotFound, 0, workflow.Submitted},
		{"to somebody with a post in the office", w.sent, w.Officer.User, w.Conflicted.User.ID, 0, problem.NotFound, 0, workflow.Submitted},
		{"to somebody who had one", w.sent, w.Officer.User, w.Former.User.ID, 0, problem.NotFound, 0, workflow.Submitted},
		{"to somebody who wrote on it", w.sent, w.Officer.User, w.Scribe.User.ID, 0, problem.NotFound, 0, workflow.Submitted},
		{"to the owner", w.sent, w.Officer.User, w.Member.User.ID, 0, problem.NotFound, 0, workflow.Submitted},
		{"to nobody that there is", w.sent, w.Officer.User, 1 << 40, 0, problem.NotFound, 0, workflow.Submitted},
		{"to a colleague whose account is closed", w.sent, w.Officer.User, closed.User.ID, 0, problem.NotFound, 0, workflow.Submitted},
		{"by the owner", w.sent, w.Member.User, w.Member.User.ID, 0, problem.NotFound, 0, workflow.Submitted},
		{"by an officer of another desk", w.sent, w.OtherOfficer.User, w.OtherOfficer.User.ID, 0, problem.NotFound, 0, workflow.Submitted},
		{"by somebody with a conflict", w.sent, w.Conflicted.User, w.Conflicted.User.ID, 0, problem.NotFound, 0, workflow.Submitted},
	} {
		id := c.make("A pledge")
		err := w.desk.Assign(t.Context(), c.who, id, c.to, w.version(id)-c.behind)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if got := value[int64](w, `SELECT coalesce(assigned_to, 0) FROM submissions WHERE id = $1`, id); got != c.wantTo || w.state(id) != c.wantState {
			t.Errorf("%s: it is %d's and %s", c.name, got, w.state(id))
		}
	}
	ended := w.reviewed("Ended")
	w.decide(ended, review.Decision{Action: workflow.Decline, Note: "No"})
	if err := w.desk.Assign(t.Context(), w.Officer.User, ended, 0, w.version(ended)); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("what has ended: %v", err)
	}
}

// family is one character for a person, and five for the computer.
const family = "👩‍👩‍👧"

func TestNotesAndMessagesHaveTheirAudience(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("A pledge")
	if err := w.desk.Note(t.Context(), w.Officer.User, id, "For staff only\r\nreally\x00"); err != nil {
		t.Fatal(err)
	}
	if err := w.desk.Message(t.Context(), w.Officer.User, id, "Could you call us?"); err != nil {
		t.Fatal(err)
	}
	side := func(who identity.User) []string {
		t.Helper()
		s, err := workflow.Find(t.Context(), w.db.Read(), id, who)
		if err != nil {
			t.Fatal(err)
		}
		notes, err := workflow.Notes(t.Context(), w.db.Read(), s)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, n := range notes {
			texts = append(texts, n.Body)
		}
		return texts
	}
	if got := side(w.Lead.User); !slices.Equal(got, []string{"For staff only\nreally", "Could you call us?"}) {
		t.Errorf("the desk reads %q", got)
	}
	for _, who := range []identity.User{w.Member.User, w.Head.User, w.Conflicted.User} {
		if got := side(who); !slices.Equal(got, []string{"Could you call us?"}) {
			t.Errorf("%s reads %q", who.Name, got)
		}
	}
	if got := value[int](w, `SELECT count(*)::int FROM outbox WHERE body LIKE '%staff only%'`); got != 0 {
		t.Errorf("the note for staff is in %d mails", got)
	}
	want := []string{"ar " + w.Arab.User.Email, "en " + w.Head.User.Email, "en " + w.Member.User.Email}
	if got := w.mails(id, "review.message"); !slices.Equal(got, want) {
		t.Errorf("the message goes to %v, want %v", got, want)
	}
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE subject_id = $1 AND act IN ('note', 'message') AND actor_id = $2`, id, w.Officer.User.ID); n != 2 {
		t.Errorf("a note and a message, %d records", n)
	}
}

func TestTextsOfNotesAndMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("A pledge")
	write := map[string]func(context.Context, identity.User, workflow.ID, string) error{"internal": w.desk.Note, "message": w.desk.Message}
	for field, do := range write {
		for _, c := range []struct{ name, text, want string }{
			{"nothing", "", "workflow.note.blank"},
			{"nothing to see", " \n\t\x00 ", "workflow.note.blank"},
			{"as long as may be, as a person counts", strings.Repeat(family, workflow.MaxNote), ""},
			{"one more", strings.Repeat(family, workflow.MaxNote+1), "review.note.too_long"},
			{"spaces around do not count", "  " + strings.Repeat("é", workflow.MaxNote) + "\n", ""},
			{"combining marks are part of their letter", strings.Repeat("e\u0301", workflow.MaxNote), ""},
			{"a million characters", strings.Repeat("x", 1_000_000), "review.note.too_long"},
			{"markup", `<b onclick="alert(1)">bold</b>`, ""},
			{"turned around", "\u202Eevil\u202C", ""},
			{"broken", "caf\xe9", ""},
		} {
			err := do(t.Context(), w.Officer.User, id, c.text)
			fields, invalid := problem.InvalidFields(err)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("%s, %s: %v", field, c.name, err)
			case c.want != "" && (!invalid || len(fields) != 1 || fields[0].Name != field || fields[0].Key != c.want):
				t.Errorf("%s, %s: %v, want %s", field, c.name, err, c.want)
			}
		}
	}
	if got := value[string](w, `SELECT body FROM submission_notes WHERE body LIKE 'caf%' LIMIT 1`); got != "caf" {
		t.Errorf("broken text is kept as %q", got)
	}
}

func TestTheSameWordsTwiceAreOneNote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("A pledge")
	for range 2 {
		for _, do := range []func(context.Context, identity.User, workflow.ID, string) error{w.desk.Note, w.desk.Message} {
			if err := do(t.Context(), w.Officer.User, id, "The same words"); err != nil {
				t.Fatal(err)
			}
		}
	}
	notes := func() int {
		t.Helper()
		return value[int](w, `SELECT count(*)::int FROM submission_notes WHERE submission_id = $1`, id)
	}
	if notes() != 2 || len(w.mails(id, "review.message")) != 3 {
		t.Errorf("%d notes, %d mails; want one of each audience, and one mail a person", notes(), len(w.mails(id, "review.message")))
	}
	if err := w.desk.Note(t.Context(), w.Lead.User, id, "The same words"); err != nil || notes() != 3 {
		t.Errorf("by somebody else they are another: %d, %v", notes(), err)
	}
	w.later(time.Hour)
	if err := w.desk.Note(t.Context(), w.Officer.User, id, "The same words"); err != nil || notes() != 4 {
		t.Errorf("an hour later they are another: %d, %v", notes(), err)
	}
}
