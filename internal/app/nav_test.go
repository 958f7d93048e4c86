package app

import (
	"net/http"
	"testing"

	"portal/internal/webtest"
	"portal/web/ui"
)

// Nobody's navigation leads to a page that they may not open, and who works at the secretariat begins on a page of theirs.
func TestEveryEntryOfTheNavigationOpens(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	begins := map[string]string{"officer of the desk": "/desk", "lead of the desk": "/desk", "officer of another desk": "/desk", "reviewer": "/reviews", "administrator": "/desk/offices"}
	for _, person := range cast.All() {
		if !person.User.IsStaff() || person.Kind == cast.HalfIn.Kind {
			continue
		}
		home := ui.DeskOf(ui.WithSite(t.Context(), portal.site), person.User)
		if want := begins[person.Kind]; want != "" && home != want {
			t.Errorf("%s begins at %s, want %s", person.Kind, home, want)
		}
		page := person.In(t).Get("/en" + home).Want(http.StatusOK)
		for _, link := range append(page.All(".nav a"), person.In(t).Get("/en/drafts").Want(http.StatusOK).All(".nav a")...) {
			if got := person.In(t).Get(link.Attr("href")); got.Status != http.StatusOK {
				t.Errorf("the navigation of %s leads to %s, which answers %d", person.Kind, link.Attr("href"), got.Status)
			}
		}
	}
}
