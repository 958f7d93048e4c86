package app

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/identity"
	"portal/internal/peer"
	"portal/internal/problem"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// The technical review of a note: two reviewers of whichever side, by the criteria of notes; what they say stands on the
// shortlist, and notes whose reviews are in come first among those to choose from.
func TestANoteIsReviewedBeforeTheCommittee(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	meeting := planMeeting(t, b.db, 60).ID
	b.note(t, "Waits longer", nil)
	reviewed := b.note(t, "Has its reviews", nil)
	var asked []webtest.Person
	for i := range 3 {
		name := fmt.Sprintf("External reviewer %d", i+1)
		who := webtest.SignedIn(t, b.cast.Visitor.Client, b.router, name, webtest.NewUser(t, b.db, name, nil, identity.StaffRole{Role: identity.Reviewer}))
		mustExec(t, b.db, `UPDATE users SET country = '' WHERE id = $1`, who.User.ID)
		mustExec(t, b.db, `INSERT INTO reviewers (user_id, side, objectives, languages, created_at, changed_at) VALUES ($1, 'external', '{18}', '{en}', now(), now())`, who.User.ID)
		asked = append(asked, who)
	}
	mustExec(t, b.db, `INSERT INTO declared_interests (user_id, office_id, reason, declared_at) VALUES ($1, $2, 'I advise them.', now())`, asked[2].User.ID, b.writers[reviewed].Posts[0].OfficeID)
	page := b.officer.In(t).Get("/en/desk" + submission.Path(reviewed) + "/reviews").Want(http.StatusOK)
	if !page.Contains("The rule: at least 2 reviewers.") {
		t.Errorf("the rule of notes is not told: %s", page.Text("main"))
	}
	c, err := b.areas.peer.Reviews(t.Context(), b.officer.User, reviewed)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(c.Suggestions, func(s peer.Suggestion) bool { return s.UserID == asked[2].User.ID }) {
		t.Error("who has a conflict is suggested")
	}
	n := peer.NewRound{DueOn: date.Of(time.Now()).AddDays(20), Version: c.Version, Reviewers: []int64{asked[0].User.ID, asked[1].User.ID}}
	if wrong, _ := problem.InvalidFields(b.areas.peer.OpenRound(t.Context(), b.officer.User, reviewed, n)); len(wrong) != 1 || wrong[0].Key != "committee.complete.first" {
		t.Errorf("before the note was found complete: %v", wrong)
	}
	b.findComplete(t, reviewed)
	if err := b.areas.peer.OpenRound(t.Context(), b.officer.User, reviewed, n); err != nil {
		t.Fatal(err)
	}
	for i, who := range asked[:2] {
		assignment, err := database.Value[int64](t.Context(), b.db.Read(), `SELECT id FROM review_assignments WHERE reviewer_id = $1`, who.User.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.areas.peer.Answer(t.Context(), who.User, assignment, peer.Answer{Conflict: "no", Accept: "yes"}); err != nil {
			t.Fatal(err)
		}
		read := who.In(t).Get("/en" + peer.Path(assignment)).Want(http.StatusOK)
		for _, words := range []string{"Has its reviews", "Guiding principles", "Markers: human rights, gender, children", "Partnership", "Results and theory of change", "Budget", "280,875.54"} {
			if !read.Contains(words) {
				t.Errorf("the reviewer does not read %q", words)
			}
		}
		if read.Contains("amina@example.org") {
			t.Error("the reviewer reads whom to contact")
		}
		r := peer.Review{Scores: peer.Scores{1: 4, 2: 4, 3: 4, 4: 4, 5: 4 + i}, ToSubmitter: "Clear.", Recommendation: peer.RecommendAccept}
		if err := b.areas.peer.Submit(t.Context(), who.User, assignment, workflow.Origin{}, r); err != nil {
			t.Fatal(err)
		}
	}
	notes, count, err := b.areas.committee.Candidates(t.Context(), b.officer.User, b.list(t, b.officer, meeting).Meeting, "", 1)
	if err != nil || count != 2 || notes[0].ID != reviewed || notes[0].Reviews != 2 || !notes[0].Complete || notes[0].Mean != 4.08 || notes[0].Median != 4.08 {
		t.Errorf("to choose from: %+v, %v", notes, err)
	}
	b.add(t, meeting, reviewed)
	if p := b.officer.In(t).Get(shortlistOf(meeting)).Want(http.StatusOK); !p.Contains("Mean 4.08, median 4.08 of 2 reviews") {
		t.Errorf("the shortlist does not show the scores: %s", p.Text("main table"))
	}
}

// findComplete has the desk find a note complete, as its page offers it, after everybody who may not has tried.
func (b *board) findComplete(t *testing.T, note workflow.ID) {
	t.Helper()
	page, form := "/en/desk"+submission.Path(note), "form[action$='/complete']"
	for _, no := range []webtest.Person{b.cast.Officer, b.cast.Reviewer, b.cast.Member} {
		if err := b.areas.committee.Complete(t.Context(), no.User, note, 1); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s: %v", no.User.Name, err)
		}
	}
	if err := b.areas.committee.Complete(t.Context(), b.officer.User, note, 7); !errors.Is(err, problem.Stale) {
		t.Errorf("another revision: %v", err)
	}
	read := b.officer.In(t).Get(page).Want(http.StatusOK)
	for range 2 { // pressed twice
		read.Form(form).Submit().Want(http.StatusSeeOther)
	}
	if read = b.officer.In(t).Get(page).Want(http.StatusOK); !read.Contains("Complete") || read.Has(form) {
		t.Errorf("the page says: %s", read.Text("main"))
	}
	if n, err := database.Value[int](t.Context(), b.db.Read(), `SELECT count(*)::int FROM audit_log WHERE act = 'note.complete' AND subject_id = $1`, note); err != nil || n != 1 {
		t.Errorf("it is on record %d times, %v", n, err)
	}
}
