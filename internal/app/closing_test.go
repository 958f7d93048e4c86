package app

import (
	"net/http"
	"testing"

	"portal/internal/database"
	"portal/internal/webtest"
)

// Who closes their account takes nothing from others: neither from an address that they have only typed, nor from who
// has got their old address since.
func TestAClosedAccountTakesNothingFromOthers(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	leaver, heir := cast.Member.User, cast.OtherMember.User
	for _, c := range []struct {
		old, new  string
		confirmed bool
	}{{heir.Email, leaver.Email, true}, {leaver.Email, "typed@example.org", false}, {"proven@example.org", leaver.Email, true}} {
		if _, err := db.Pool.Exec(t.Context(), `INSERT INTO email_changes (user_id, old_email, new_email, requested_at, expires_at, undo_until, stop_hash, confirmed_at)
			VALUES ($1, $2, $3, now(), now(), now(), sha256(($2 || $3)::bytea), CASE WHEN $4 THEN now() END)`, leaver.ID, c.old, c.new, c.confirmed); err != nil {
			t.Fatal(err)
		}
	}
	for _, email := range []string{heir.Email, "typed@example.org", "proven@example.org"} {
		if _, err := db.Pool.Exec(t.Context(), `INSERT INTO link_requests (email, purpose, created_at) VALUES ($1, 'sign_in', now())`, email); err != nil {
			t.Fatal(err)
		}
	}
	cast.Member.In(t).Get("/en/account/deletion").Want(http.StatusOK).Form("main form").Set("understood", "yes").Submit().WantRedirect("/en/")
	left, err := database.Values[string](t.Context(), db.Read(), `SELECT email FROM link_requests ORDER BY id`)
	if err != nil || len(left) != 2 || left[0] != heir.Email || left[1] != "typed@example.org" {
		t.Errorf("what waits for others is %v (%v), want that of the heir and of the typed address", left, err)
	}
}
