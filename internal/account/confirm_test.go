package account

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
	"portal/web"
)

var administrator = func(in *Introduction) { in.Roles = []identity.StaffRole{{Role: identity.Administrator}} }

func TestRiskyActsAskAgainWhoItIs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org")
	tests := []struct {
		name  string
		ago   time.Duration
		asked bool
	}{
		{"just signed in", 0, false},
		{"ten minutes ago", web.FreshFor - time.Second, false},
		{"a little more", web.FreshFor + time.Second, true},
		{"yesterday", 24 * time.Hour, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := h.asBefore(who, test.ago).In(t)
			c.Get("/en/account").Want(http.StatusOK) // no risk
			page := c.Get("/en/account/password?from=x")
			if !test.asked {
				page.Want(http.StatusOK)
				return
			}
			page.WantRedirect("/en/account/confirm?next=%2Fen%2Faccount%2Fpassword%3Ffrom%3Dx")
			form := page.Follow().Want(http.StatusOK).Form("main form[novalidate]")
			form.Set("password", goodPassword).Submit().WantRedirect("/en/account/password?from=x").Follow().Want(http.StatusOK)
			c.Get(page.Location()).WantRedirect("/en/account/password?from=x") // the back button
		})
	}
	if got := h.acts("user", who.ID); got != "introduce confirm(password) confirm(password)" {
		t.Errorf("the audit log has %q", got)
	}
}

func TestWhatWasChosenSurvivesTheQuestion(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, other := h.introduce("amina@example.org", administrator), h.introduce("amara@example.org")
	passed := h.clock()
	c := webtest.SignedInAt(t, h.Client, h.router, "administrator", who, h.clock().Add(-time.Hour), &passed).Client
	page := c.Get("/en" + personPath(other.ID)).Want(http.StatusOK)
	form := page.Form("main form[novalidate]").Set("role", "lead:fund")
	asked := c.With("Referer", c.URL()+"/en"+personPath(other.ID)).Post("/en"+personPath(other.ID)+"/roles", values("do", "add", "role", form.Value("role")))
	asked.WantRedirect("/en/account/confirm?next=%2Fen%2Fdesk%2Fpeople%2F" + itoa(other.ID))
	if len(h.reload(other).Staff) != 0 {
		t.Fatal("the role was given to whoever sat there")
	}
	confirm := asked.Follow().Want(http.StatusOK)
	if got := confirm.Text(".flash"); got != i18n.TL("en", "web.confirm.held") {
		t.Errorf("the page says %q", got)
	}
	confirm.Form("main form[novalidate]").Set("password", "herons wade at dusk").Submit().Want(http.StatusUnprocessableEntity).
		Form("main form[novalidate]").Set("password", goodPassword).Submit().WantRedirect("/en" + personPath(other.ID)).Follow().
		Form("main form[novalidate]").Submit().Want(http.StatusSeeOther)
	if got := h.reload(other).Staff; len(got) != 1 || got[0].Desk != identity.FundDesk {
		t.Errorf("the roles are %v", got)
	}
	if page := c.Get("/en" + personPath(other.ID)); page.Form("main form[novalidate]").Value("role") != "" {
		t.Error("the choice that is done with stands there again")
	}
}

func TestConfirmingByLink(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.asBefore(h.introduce("amina@example.org", func(in *Introduction) { in.Password = "" }), time.Hour)
	page := c.Get("/en/account/confirm?next=/en/account/password").Want(http.StatusOK)
	if page.Has("[type=password]") {
		t.Error("a password is asked of somebody who has none")
	}
	page.Form("main form").Submit().WantRedirect("/en/sign-in/sent")
	h.work()
	c.Get("/en/account/password").Want(http.StatusSeeOther) // asking is not enough
	c.Get(h.link(h.mail("amina@example.org", "sign_in"))).Form("main form").Submit().WantRedirect("/en/account/password").Follow().Want(http.StatusOK)
}

func TestConfirmingLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org")
	for _, next := range []string{"", "https://evil.example/", "//evil.example", `/\evil.example`, "/en/no-such-page", "javascript:alert(1)", "/en/account/password\r\nX: y", strings.Repeat("/en", 2000)} {
		c := h.asBefore(who, time.Hour)
		c.Post("/en/account/confirm", values("password", goodPassword, "next", next)).WantRedirect("/en/account")
	}
}

func TestGuessingAtTheConfirmation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.asBefore(h.introduce("amina@example.org"), time.Hour)
	for _, guess := range []string{"", "x", strings.Repeat("x", 1_000_000), "a\x00b", "كلمة"} {
		c.Post("/en/account/confirm", values("password", guess)).Want(http.StatusUnprocessableEntity)
	}
	for range signInsPerAccount {
		c.Post("/en/account/confirm", values("password", "a guess"))
	}
	page := c.Post("/en/account/confirm", values("password", goodPassword)).Want(http.StatusTooManyRequests)
	page.Form("#by-link").Submit().WantRedirect("/en/sign-in/sent") // keeps nobody out
	c.Get("/en/account/password").Want(http.StatusSeeOther)
}
