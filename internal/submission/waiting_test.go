package submission_test

import (
	"errors"
	"fmt"
	"net/http"
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

// Whom a head refuses keeps their own draft, to read it and to take it elsewhere; nothing else of the office.
func TestWhoIsRefusedKeepsTheirDraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	user := webtest.NewUser(t, w.db, "Newcomer", map[int64]identity.PostRole{w.OtherOffice: identity.Contributor})
	w.exec(`INSERT INTO posts (user_id, office_id, role, state, from_on, created_at) VALUES ($1, $2, 'contributor', 'pending', current_date, now())`, user.ID, w.Office)
	who, err := identity.Load(t.Context(), w.db.Read(), user.ID)
	if err != nil {
		t.Fatal(err)
	}
	start := func() (id workflow.ID) {
		t.Helper()
		err := w.db.InTx(t.Context(), func(tx database.Tx) (err error) {
			id, err = workflow.Start(t.Context(), tx, w.kind, w.Office, who, w.clock())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	kept, sent := start(), start()
	w.exec(`UPDATE submissions SET submitted_revision = 1, state = 'submitted' WHERE id = $1`, sent)
	w.exec(`UPDATE posts SET state = 'refused' WHERE user_id = $1 AND office_id = $2`, user.ID, w.Office)
	if who, err = identity.Load(t.Context(), w.db.Read(), user.ID); err != nil {
		t.Fatal(err)
	}
	c := webtest.SignedIn(t, w.Visitor.Client, w.router, "refused", who)
	if p := c.In(t).Get(page(kept, "")).Want(http.StatusOK); !p.Contains("has not approved your request") || p.Has("a[href$='/people']") {
		t.Errorf("the page says %q", p.Text("main"))
	}
	if list, err := w.service.List(t.Context(), who, submission.Filter{}); err != nil || list.Total != 1 {
		t.Errorf("the list has %d, %v", list.Total, err)
	}
	for below, status := range map[string]int{"/people": 403, "/steps/text": 403, "/check": 200, "/print": 200, "/comments": 403, "/withdrawal": 403, "/leaving": 403} {
		c.In(t).Get(page(kept, below)).Want(status)
	}
	n := submission.NewInvitation{Email: "a@example.org", Rights: submission.ToView, Until: inDays(1)}
	for name, err := range map[string]error{
		"send": w.service.Submit(t.Context(), who, kept, submission.Declaration{Made: true}), "withdraw": w.service.Withdraw(t.Context(), who, kept),
		"invite": w.service.Invite(t.Context(), who, kept, n), "comment": w.service.Comment(t.Context(), who, kept, submission.NewComment{Text: "Why?"}),
		"reply": w.service.Reply(t.Context(), who, kept, "Why?"),
	} {
		if !errors.Is(err, problem.Forbidden) && !errors.Is(err, problem.NotAllowedNow) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.In(t).Get(page(sent, "")).Want(http.StatusNotFound) // it speaks for the office
	c.In(t).Get(page(w.ready(), "")).Want(http.StatusNotFound)
	if err := w.service.Move(t.Context(), who, kept, w.OtherOffice); err != nil {
		t.Fatal(err)
	}
	c.In(t).Get(page(kept, "/steps/text")).Want(http.StatusOK)
	w.Member.In(t).Get(page(kept, "")).Want(http.StatusNotFound)
}
