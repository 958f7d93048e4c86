package app

import (
	"net/http"
	"sync"
	"testing"

	"portal/internal/committee"
	"portal/internal/conceptnote"
	"portal/internal/database"
	"portal/internal/review"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// Two leads decide at once: one wins, the other is told; so with two officers and two shortlists.
func TestTwoLeadsDecideAtOnce(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	meeting, other := planMeeting(t, b.db, 60).ID, planMeeting(t, b.db, 90).ID
	id := b.note(t, "Wanted by both", nil)
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, at := range []committee.MeetingID{meeting, other} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = b.areas.committee.Add(t.Context(), []webtest.Person{b.officer, b.lead}[i].User, at, id)
		}()
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("on two shortlists at once: %v", errs)
	}
	if errs[0] != nil {
		meeting = other
	}
	b.begin(t, meeting)
	// Both record who was there for the first time: nobody's minutes are lost unseen.
	err := b.meanwhile(t, "committee_sessions", `INSERT INTO committee_sessions (meeting_id, present, members, quorum, minutes, saved_by, saved_at) VALUES ($1, 9, 12, 7, 'All were there.', $2, now())`,
		[]any{meeting, b.second.User.ID}, func() error {
			return b.areas.committee.SaveSession(t.Context(), b.lead.User, meeting, committee.Minuted{Present: 8, Minutes: "One was ill."})
		})
	if refusedAs(err) != http.StatusConflict {
		t.Fatalf("minutes of somebody else are overwritten: %v", err)
	}
	e := b.list(t, b.lead, meeting).Entries[0]

	// A note that is taken off while it is decided on is not decided on. It is put back for what follows.
	err = b.meanwhile(t, "committee_entries", `UPDATE committee_entries SET removed_at = now(), removed_by = $2 WHERE id = $1`, []any{e.ID, b.second.User.ID}, func() error {
		return b.areas.committee.Decide(t.Context(), b.lead.User, meeting, e.ID, committee.Ruling{Outcome: committee.Endorse, Version: e.Version, NoteVersion: e.Note.Version})
	})
	if refusedAs(err) != http.StatusNotFound {
		t.Fatalf("a note that is off the shortlist is decided on: %v", err)
	}
	mustExec(t, b.db, `UPDATE committee_entries SET removed_at = NULL, removed_by = NULL WHERE id = $1`, e.ID)
	outcomes := []committee.Outcome{committee.Endorse, committee.Decline}
	for i, who := range []webtest.Person{b.lead, b.second} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = b.areas.committee.Decide(t.Context(), who.User, meeting, e.ID, committee.Ruling{Outcome: outcomes[i], Reason: "So it was said.", Version: e.Version, NoteVersion: e.Note.Version})
		}()
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("both decided, or none: %v", errs)
	}
	won := 0
	if errs[0] != nil {
		won = 1
	}
	after := b.list(t, b.lead, meeting).Entries[0]
	if after.Outcome != outcomes[won] || after.Stage != committee.Pending || after.Version != e.Version+1 {
		t.Errorf("the decision is %+v", after)
	}
	if refusedAs(errs[1-won]) != http.StatusConflict {
		t.Errorf("the other is told %v", errs[1-won])
	}

	// What was endorsed counts for the text that was endorsed: not for another that the desk has asked for instead.
	decide := func(r committee.Ruling) {
		t.Helper()
		now := b.list(t, b.lead, meeting).Entries[0]
		r.Version, r.NoteVersion, r.Pending = now.Version, now.Note.Version, now.Note.Pending
		if err := b.areas.committee.Decide(t.Context(), b.lead.User, meeting, now.ID, r); err != nil {
			t.Fatal(err)
		}
	}
	undecided := func() bool {
		t.Helper()
		yes, err := database.Value[bool](t.Context(), b.db.Read(), `SELECT `+committee.Undecided(conceptnote.KindName)+` FROM submissions s WHERE s.id = $1`, id)
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	decide(committee.Ruling{Outcome: committee.Endorse})
	if undecided() {
		t.Error("what is endorsed is not decided")
	}
	ask := review.Decision{Action: workflow.RequestChanges, Note: "Another budget.", Version: caseOf(t, b.App, b.officer.User, id).Version, Pending: b.list(t, b.lead, meeting).Entries[0].Note.Pending}
	if err := b.areas.desk.Decide(t.Context(), b.officer.User, id, ask); err != nil {
		t.Fatal(err)
	}
	b.send(t, id)
	if !undecided() {
		t.Error("a text that the committee has not seen is endorsed")
	}
	decide(committee.Ruling{Outcome: committee.Decline, Reason: "So it was said among us."})
	if after = b.list(t, b.lead, meeting).Entries[0]; !undecided() {
		t.Error("what is declined is endorsed")
	}

	// The desk decides by itself meanwhile: the page of the committee is out of date then.
	c := caseOf(t, b.App, b.officer.User, id)
	if err := b.areas.desk.Decide(t.Context(), b.officer.User, id, review.Decision{Action: workflow.Decline, Note: "By the desk.", Version: c.Version, Pending: after.Note.Pending}); err != nil {
		t.Fatal(err)
	}
	r := committee.Ruling{Outcome: committee.Revise, Reason: "Late.", Version: after.Version, NoteVersion: after.Note.Version, Pending: after.Note.Pending}
	if err := b.areas.committee.Decide(t.Context(), b.lead.User, meeting, e.ID, r); refusedAs(err) != http.StatusConflict {
		t.Errorf("a note that the desk has declined is decided on: %v", err)
	}
	owner := webtest.SignedIn(t, b.cast.Visitor.Client, b.router, "writer", b.writers[id]).In(t)
	if p := owner.Get("/en" + submission.Path(id)).Want(http.StatusOK); !p.Contains("By the desk.") || p.Contains("said among us") {
		t.Errorf("the owner reads words that nobody has sent: %s", p.Text("main"))
	}
}
