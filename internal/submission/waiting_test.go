package submission_test

import (
	"errors"
	"fmt"
	"testing"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// Anybody may ask for a post in any office and begin a draft there: they learn by it neither who is in the office nor
// whose address belongs to it, and use up nothing of what the office may send.
func TestWhoWaitsForAPostDoesNotLearnWhoIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	user := webtest.NewUser(t, w.db, "Stranger", nil)
	w.exec(`INSERT INTO posts (user_id, office_id, role, state, from_on, created_at) VALUES ($1, $2, 'contributor', 'pending', current_date, now())`, user.ID, w.Office)
	who, err := identity.Load(t.Context(), w.db.Read(), user.ID)
	if err != nil {
		t.Fatal(err)
	}
	var id workflow.ID
	err = w.db.InTx(t.Context(), func(tx database.Tx) (err error) {
		id, err = workflow.Start(t.Context(), tx, w.kind, w.Office, who, w.clock())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sharing, err := w.service.Sharing(t.Context(), who, id)
	if err != nil || len(sharing.Colleagues) != 1 || sharing.Colleagues[0].Name != who.Name {
		t.Errorf("who waits sees %v (%v), want themself only", sharing.Colleagues, err)
	}
	n := submission.NewInvitation{Rights: submission.ToView, Until: inDays(3)}
	for _, email := range []string{w.Head.User.Email, "nobody@example.org"} {
		n.Email = email
		if err := w.service.Invite(t.Context(), who, id, n); err != nil {
			t.Errorf("inviting %s: %v; a colleague's address is told from a stranger's", email, err)
		}
	}
	n.Email = who.Email
	if err := w.service.Invite(t.Context(), who, id, n); err == nil {
		t.Error("they invited themself")
	}
	for i := range 28 {
		n.Email = fmt.Sprintf("guest%d@example.org", i)
		if err := w.service.Invite(t.Context(), who, id, n); err != nil {
			t.Fatal(err)
		}
	}
	n.Email = "guest28@example.org"
	if err := w.service.Invite(t.Context(), who, id, n); !errors.Is(err, problem.TooMany) {
		t.Errorf("the 31st invitation of a day is answered with %v", err)
	}
	w.invite(w.ready(), "partner@example.org", submission.ToView) // who is in the office still may
}
