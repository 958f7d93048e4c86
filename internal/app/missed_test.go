package app

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"portal/internal/i18n"
	"portal/internal/missed"
	"portal/internal/search"
	"portal/internal/webtest"
)

// What visitors miss in the public lists reaches the editors; what staff look for does not, nor what few have looked for.
func TestMissedSearchesReachTheEditors(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	visitor := webtest.New(t, portal.router)
	hub := webtest.SignedIn(t, visitor, portal.router, "hub officer", hubOfficer(t, db)).In(t)
	flush := func() {
		t.Helper()
		if err := portal.missing.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second is answered from memory
		visitor.Get("/en/practices?q=Seafarers").Want(http.StatusOK)
		visitor.Get("/ar/pledges?q=Seafarers&objective=6").Want(http.StatusOK)
		hub.Get("/en/practices?q=orchids").Want(http.StatusOK)
	}
	for _, network := range []string{"192.0.2.1", "192.0.2.2"} {
		portal.missing.Note(missed.Practices, network, i18n.English, "seafarers", search.Nothing)
		portal.missing.Note(missed.Practices, network, i18n.English, "orchids", search.Nothing)
	}
	flush()
	page := hub.Get("/en/desk/searches").Want(http.StatusOK)
	if !page.Contains("seafarers") || page.Contains("orchids") || page.Count("main table tbody tr") != 1 {
		t.Fatalf("the report says %q", page.Texts("main table tbody tr"))
	}
	if href := page.One("main table tbody a").Attr("href"); href != "/en/practices?q=seafarers" {
		t.Errorf("the search is tried at %s", href)
	}
	csv := hub.Get("/en/desk/searches.csv?language=en").Want(http.StatusOK)
	if !csv.Contains("seafarers") {
		t.Error("the file does not have it")
	}
	page.Form("main table form").Submit().WantRedirect("/en/desk/searches")
	if hub.Get("/en/desk/searches").Contains("seafarers") || !hub.Get("/en/desk/searches?state=dealt").Contains("seafarers") {
		t.Error("what is dealt with is not marked")
	}
	for id, status := range map[string]int{"999999": http.StatusNotFound, "x": http.StatusNotFound, strconv.Itoa(1 << 30): http.StatusNotFound} {
		hub.Post("/en/desk/searches/"+id, url.Values{"dealt": {"yes"}}).Want(status)
	}
	visitor.Get("/en/desk/searches").Want(http.StatusSeeOther)
}
