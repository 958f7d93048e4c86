package workflow_test

import (
	"errors"
	"slices"
	"testing"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

func (w *world) note(id workflow.ID, shownTo workflow.Audience, body string, who identity.User) error {
	return w.db.InTx(w.Context(), func(tx database.Tx) error {
		s, err := workflow.Lock(w.Context(), tx, id, who)
		if err != nil {
			return err
		}
		_, err = workflow.AddNote(w.Context(), tx, s, shownTo, body, who.ID, now)
		return err
	})
}

func TestNotesAreReadByTheirAudienceOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.in(workflow.InReview, false)
	for _, n := range []struct {
		to   workflow.Audience
		body string
		who  identity.User
	}{
		{workflow.ToStaff, "Is this office who it says?", w.officer},
		{workflow.ToSubmitter, "Which year do you mean?", w.officer},
		{workflow.ToSubmitter, "The year 2027.", w.author},
	} {
		if err := w.note(id, n.to, n.body, n.who); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		who  identity.User
		want []string
	}{
		{"the author", w.author, []string{"Which year do you mean?", "The year 2027."}},
		{"a viewer of the office", w.viewer, []string{"Which year do you mean?", "The year 2027."}},
		{"an officer with a post in the office", w.conflicted, []string{"Which year do you mean?", "The year 2027."}},
		{"the desk", w.lead, []string{"Is this office who it says?", "Which year do you mean?", "The year 2027."}},
	} {
		s, err := w.find(id, c.who)
		if err != nil {
			t.Fatal(err)
		}
		notes, err := workflow.Notes(t.Context(), w.db.Read(), s)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, n := range notes {
			got = append(got, n.Body)
			side := workflow.ByDesk
			if n.AuthorID == w.author.ID {
				side = workflow.ByOwner
			}
			if n.AuthorSide != side {
				t.Errorf("%q is said to be by the %s", n.Body, n.AuthorSide)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s reads %q, want %q", c.name, got, c.want)
		}
	}
}

func TestABlankNoteIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	err := w.note(w.in(workflow.InReview, false), workflow.ToStaff, " \n\t ", w.officer)
	if fields, ok := problem.InvalidFields(err); !ok || fields[0].Key != "workflow.note.blank" {
		t.Errorf("a blank note: %v", err)
	}
}

func TestRequestedChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.in(workflow.InReview, false)
	in := workflow.Input{Note: "Two things", Changes: []workflow.ChangeRequest{{Field: "title", Body: "Begin with a verb"}, {Field: "name", Body: "Whose name is it?"}}}
	_, event, err := w.apply(id, workflow.RequestChanges, w.officer, in)
	if err != nil {
		t.Fatal(err)
	}
	if event.NoteID == nil {
		t.Error("the event has no note")
	}
	got, err := workflow.RequestedChanges(t.Context(), w.db.Read(), id, 1)
	if err != nil || len(got) != 2 || got["title"] != "Begin with a verb" || got["name"] != "Whose name is it?" {
		t.Errorf("requested are %v, %v", got, err)
	}
	if got, err = workflow.RequestedChanges(t.Context(), w.db.Read(), id, 2); err != nil || len(got) != 0 {
		t.Errorf("requested of the open revision are %v, %v", got, err)
	}
	fields := value[[]string](w, `SELECT fields FROM audit_log WHERE act = 'request_changes' AND subject_id = $1`, id)
	if !slices.Equal(fields, []string{"title", "name"}) {
		t.Errorf("the audit record names %q; it names questions, never words", fields)
	}
	w.must(id, workflow.Submit, w.author, "")
	w.must(id, workflow.Take, w.officer, "")
	if _, _, err := w.apply(id, workflow.RequestChanges, w.officer, workflow.Input{Changes: []workflow.ChangeRequest{{Field: "title", Body: "Shorter"}}}); err != nil {
		t.Fatal(err)
	}
	if got, err = workflow.RequestedChanges(t.Context(), w.db.Read(), id, 2); err != nil || len(got) != 1 || got["title"] != "Shorter" {
		t.Errorf("requested the second time are %v, %v", got, err)
	}
}

func TestWhoIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.in(workflow.Submitted, false)
	check := func(name string, read func() ([]workflow.Recipient, error), want ...string) {
		t.Helper()
		to, err := read()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range to {
			got = append(got, r.Name)
			if r.Email == "" || r.Lang == "" {
				t.Errorf("%s: %s has no address or language", name, r.Name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: told are %q, want %q", name, got, want)
		}
	}
	owner := func() ([]workflow.Recipient, error) {
		s, err := w.find(id, w.author)
		if err != nil {
			s, err = w.find(id, w.head)
		}
		if err != nil {
			return nil, err
		}
		return workflow.OwnerRecipients(t.Context(), w.db.Read(), s)
	}
	desk := func() ([]workflow.Recipient, error) {
		s, err := w.find(id, w.head)
		if err != nil {
			return nil, err
		}
		return workflow.DeskRecipients(t.Context(), w.db.Read(), s)
	}
	check("owner", owner, "Author", "Head")
	check("desk, assigned to nobody", desk, "Officer", "Lead")
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		s, err := workflow.Lock(t.Context(), tx, id, w.officer)
		if err != nil {
			return err
		}
		return workflow.Assign(t.Context(), tx, &s, w.lead.ID, w.officer, now)
	})
	if err != nil {
		t.Fatal(err)
	}
	check("desk, assigned", desk, "Lead")
	w.exec(`UPDATE users SET closed_at = $2 WHERE id = $1`, w.lead.ID, now)
	check("desk, the assignee has gone", desk, "Officer")
	w.exec(`UPDATE posts SET state = 'ended' WHERE user_id = $1`, w.author.ID)
	check("owner, the author has left", owner, "Head")
}

func TestAssign(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.in(workflow.Submitted, false)
	assign := func(by identity.User, to int64) error {
		return w.db.InTx(t.Context(), func(tx database.Tx) error {
			s, err := workflow.Lock(t.Context(), tx, id, by)
			if err != nil {
				return err
			}
			before := s.Version
			if err := workflow.Assign(t.Context(), tx, &s, to, by, now); err != nil {
				return err
			}
			if s.Version != before+1 {
				t.Errorf("the version went from %d to %d", before, s.Version)
			}
			return nil
		})
	}
	for _, c := range []struct {
		name string
		by   identity.User
		to   int64
		want error
	}{
		{"to oneself", w.officer, w.officer.ID, nil},
		{"to the lead", w.officer, w.lead.ID, nil},
		{"to nobody", w.officer, 0, nil},
		{"to somebody with a conflict", w.officer, w.conflicted.ID, problem.NotFound},
		{"to somebody of another desk", w.officer, w.otherOfficer.ID, problem.NotFound},
		{"to the author", w.officer, w.author.ID, problem.NotFound},
		{"by the author", w.author, w.officer.ID, problem.Forbidden},
	} {
		if err := assign(c.by, c.to); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}
