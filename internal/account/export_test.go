package account

import (
	"net/http"
	"testing"

	"portal/internal/identity"
	"portal/internal/webtest"
)

// Looking at what a file is takes nothing out of the portal: it is neither recorded nor counted.
func TestALookAtAnExportIsNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := webtest.NewUser(t, h.db, "Officer", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.NetworkDesk})
	c := h.as(who)
	for _, path := range []string{"/en/account/data.zip", "/en/desk/offices.csv"} {
		for range exportsPerAccount + 1 {
			p := c.Do(c.Request(http.MethodHead, path, nil)).Want(http.StatusOK)
			if p.Header.Get("Content-Type") == "" {
				t.Errorf("%s has no type", path)
			}
		}
	}
	if n := h.count(`SELECT count(*)::int FROM audit_log WHERE actor_id = $1`, who.ID); n != 0 {
		t.Errorf("%d acts are recorded", n)
	}
	c.Get("/en/account/data.zip").Want(http.StatusOK)
	if n := h.count(`SELECT count(*)::int FROM audit_log WHERE actor_id = $1 AND act = 'export.personal'`, who.ID); n != 1 {
		t.Errorf("%d exports are recorded, want one", n)
	}
}
