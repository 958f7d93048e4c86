package account

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/terms"
)

func TestANewVersionIsAcceptedBeforeTheNextPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("reader@example.org")
	c := h.as(who)
	c.Get("/en/account").Want(http.StatusOK)
	h.accounts.terms = func(time.Time) terms.Version { return terms.Version{Number: "2", On: date.New(2027, time.January, 1)} }

	// What was typed is held, the pages with which one leaves are open, and visitors are not asked.
	c.Post("/en/account/name", values("name", "Typed before the terms")).Want(http.StatusSeeOther)
	page := c.Get("/en/account/name").WantRedirect("/en/account/terms?next=%2Fen%2Faccount%2Fname").Follow().Want(http.StatusOK)
	if !page.Contains("Version 2") || !page.Contains("1 January 2027") {
		t.Error("the page does not name the version and its day")
	}
	for _, open := range []string{"/en/account/data", "/en/account/deletion", "/en/"} {
		c.Get(open).Want(http.StatusOK)
	}
	h.Another().Get("/en/sign-in").Want(http.StatusOK)
	for _, version := range []string{"", "1", "3", "<script>"} {
		c.Post("/en/account/terms", values("version", version)).Want(http.StatusConflict)
	}
	back := page.Form("main form").Submit().WantRedirect("/en/account/name").Follow().Want(http.StatusOK)
	if got := back.Form("main form").Value("name"); got != "Typed before the terms" {
		t.Errorf("after accepting the form has %q", got)
	}
	if !back.Contains(i18n.TL("en", "account.terms.accepted")) {
		t.Error("the page does not say that the terms are accepted")
	}
	c.Post("/en/account/terms", values("version", "2")).Want(http.StatusSeeOther)
	if n := h.count(`SELECT count(*) FROM terms_acceptances WHERE user_id = $1`, who.ID); n != 2 {
		t.Errorf("%d acceptances are kept, want one of each version", n)
	}
	if got := h.acts("user", who.ID); !strings.Contains(got, "terms.accept(terms_version)") {
		t.Errorf("the audit log has %q", got)
	}
	c.Get("/en/account").Want(http.StatusOK)
}
