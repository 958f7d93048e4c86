package peer_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"portal/internal/identity"
	"portal/internal/peer"
	"portal/internal/problem"
	"portal/internal/webtest"
)

// A lead says on which side somebody reviews, how much they take on and what they know; the record names the fields.
func TestALeadChangesAReviewer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`UPDATE reviewers SET countries = '{CO}' WHERE user_id = $1`, w.Two.User.ID)
	path := fmt.Sprintf("/en/desk/reviewers/%d", w.Two.User.ID)
	if page := w.Lead.In(t).Get("/en/desk/reviewers").Want(http.StatusOK); !page.Has(`a[href="` + path + `"]`) {
		t.Error("the list does not lead to the reviewer")
	}
	page := w.Lead.In(t).Get(path).Want(http.StatusOK)
	old := page.Form("main form")
	page.Form("main form").Set("side", "un").Set("capacity", "5").Set("works_for", "International Labour Organization").Set("objectives", "1", "7").
		Submit().WantRedirect("/en/desk/reviewers")
	p := value[string](w, `SELECT side || ' ' || capacity || ' ' || works_for || ' ' || objectives::text || ' ' || countries::text || ' ' || version FROM reviewers WHERE user_id = $1`, w.Two.User.ID)
	if want := "un 5 International Labour Organization {1,7} {CO} 2"; p != want {
		t.Errorf("the profile is %q, want %q", p, want)
	}
	fields := value[[]string](w, `SELECT fields FROM audit_log WHERE act = 'reviewer.change' AND subject = 'user' AND subject_id = $1 AND actor_id = $2`, w.Two.User.ID, w.Lead.User.ID)
	if !slices.Equal(fields, []string{"side", "works_for", "objectives", "capacity"}) {
		t.Errorf("the record names %v", fields)
	}
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'read' AND subject = 'user' AND subject_id = $1 AND actor_id = $2`, w.Two.User.ID, w.Lead.User.ID); n != 1 {
		t.Errorf("the reading is recorded %d times within the hour", n)
	}

	// Somebody else was faster: what was typed is still there, and the next press saves it.
	stale := old.Set("capacity", "9").Submit().Want(http.StatusConflict)
	if !stale.Contains("Somebody has saved this profile") || stale.One("#capacity").Attr("value") != "9" {
		t.Error("a stale profile is not explained, or what was typed is lost")
	}
	stale.Form("main form").Set("capacity", "99").Submit().Want(http.StatusUnprocessableEntity)
	stale.Form("main form").Submit().WantRedirect("/en/desk/reviewers")
	if n := value[int](w, `SELECT capacity FROM reviewers WHERE user_id = $1`, w.Two.User.ID); n != 9 {
		t.Errorf("the capacity is %d", n)
	}
	before := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'reviewer.change'`)
	w.Lead.In(t).Get(path).Form("main form").Submit().WantRedirect("/en/desk/reviewers")
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'reviewer.change'`); n != before {
		t.Error("saving what is there already is recorded as a change")
	}
}

// Only leads change reviewers, nobody chooses their own side, and somebody who is no reviewer has no page.
func TestWhoChangesAReviewer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := webtest.NewUser(t, w.db, "Lead who reviews", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.PledgesDesk}, identity.StaffRole{Role: identity.Reviewer})
	w.exec(`INSERT INTO reviewers (user_id, side, objectives, languages, created_at, changed_at) VALUES ($1, 'external', '{7}', '{en}', $2, $2)`, u.ID, now)
	both := webtest.SignedIn(t, w.Visitor.Client, w.router, "lead who reviews", u)
	two, own := fmt.Sprintf("/en/desk/reviewers/%d", w.Two.User.ID), fmt.Sprintf("/en/desk/reviewers/%d", u.ID)
	for _, c := range []struct {
		who  webtest.Person
		path string
		want int
	}{
		{w.Lead, two, http.StatusOK}, {both, two, http.StatusOK}, {w.Officer, two, http.StatusForbidden}, {w.Two, two, http.StatusForbidden},
		{w.Administrator, two, http.StatusForbidden}, {w.Member, two, http.StatusNotFound}, {w.Lead, fmt.Sprintf("/en/desk/reviewers/%d", w.Officer.User.ID), http.StatusNotFound},
	} {
		if page := c.who.In(t).Get(c.path); page.Status != c.want {
			t.Errorf("%s at %s: %d, want %d", c.who.Kind, c.path, page.Status, c.want)
		}
	}
	if page := both.In(t).Get(own).Want(http.StatusOK); page.Has("main form") || !strings.Contains(page.Text("main"), "your own profile") {
		t.Error("the own profile can be changed as a lead")
	}
	p := peer.Profile{UserID: u.ID, Side: peer.UN, Objectives: []int{7}, Languages: []string{"en"}, Capacity: 2, Version: 1}
	for _, who := range []identity.User{u, w.Officer.User, w.Two.User} {
		if err := w.peer.ChangeReviewer(t.Context(), who, p); !errors.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", who.Name, err)
		}
	}
}
