package journey

import (
	"encoding/base32"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/pquerna/otp/totp"

	"portal/internal/app"
	"portal/internal/i18n"
	"portal/internal/webtest"
)

// demoCode is the present code of an account of the demonstration, from the page that shows it.
func demoCode(t *testing.T, p *portal, email string) string {
	t.Helper()
	page := p.visitor(t).Get(app.CodesPath).Want(http.StatusOK)
	names, codes := page.All("main dt"), page.All("main dd")
	for i, name := range names {
		if strings.TrimSpace(name.Text()) == email {
			return strings.TrimSpace(codes[i].Text())
		}
	}
	t.Fatalf("%s has no code", email)
	return ""
}

// aboutFactors does everything of which the person of a second factor is told.
func (c *correspondence) aboutFactors() {
	c.t.Helper()
	who := c.reads(webtest.NewUser(c.t, c.db, "Careful "+string(c.lang), nil))
	client := c.client(c.t, who)
	codes := firstCode(c.t, client)
	client.Post("/en/account/confirm", url.Values{"with": {"recovery"}, "code": {codes[0]}}).Want(http.StatusSeeOther)
	for client.Post("/en/account/confirm", url.Values{"code": {"000000"}}).Status != http.StatusTooManyRequests {
	}
	client.Post("/en/account/factor/codes", nil).Want(http.StatusOK)
	client.Post("/en/account/factor/removal", nil).Want(http.StatusSeeOther)
	firstCode(c.t, client)
	if err := c.app.ResetFactors(c.t.Context(), who.Email); err != nil {
		c.t.Fatal(err)
	}
	// Somebody's account was taken over, and is taken back with the link in the mail to the address before.
	robbed, address := c.reads(webtest.NewUser(c.t, c.db, "Robbed "+string(c.lang), nil)), "robber-"+string(c.lang)+"@migration.example"
	c.client(c.t, robbed).Post("/en/account/email", url.Values{"email": {address}}).Want(http.StatusSeeOther)
	c.visitor(c.t).Post(c.mailTo(c.t, address, emailLink), nil).Want(http.StatusSeeOther)
	firstCode(c.t, c.client(c.t, c.reads(robbed)))
	c.visitor(c.t).Post(c.mailTo(c.t, robbed.Email, emailLink), nil).Want(http.StatusSeeOther)
}

// firstCode sets up the second factor of somebody who has just signed in, as from a phone, and returns the recovery codes.
func firstCode(t *testing.T, c *webtest.Client) (recovery []string) {
	t.Helper()
	page := c.Get("/en/account/factor").Want(http.StatusOK)
	secret := strings.ReplaceAll(page.Text("main code"), " ", "")
	if _, err := base32.StdEncoding.DecodeString(secret); err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Form("main form").Set("code", code).Submit().Want(http.StatusOK).All("main ol code") {
		recovery = append(recovery, e.Text())
	}
	return recovery
}

// Staff of the demonstration sign in with password and code, by keyboard; look at their factor and where they are signed
// in; make recovery codes, and come in with one at another browser.
func TestStaffSignInWithACode(t *testing.T) {
	t.Parallel()
	p := newPortal(t, true)
	for lang, email := range map[i18n.Lang]string{i18n.English: "officer@demo.example", i18n.Arabic: "lead@demo.example"} {
		t.Run(string(lang), func(t *testing.T) {
			at := func(path string) string { return "/" + string(lang) + path }
			signIn := func(b *tab) {
				b.want(b.visit(at("/sign-in")), http.StatusOK)
				b.fill("#email", email)
				b.fill("#password", app.DemonstrationPassword)
				b.want(b.press("main form .btn"), http.StatusOK)
				if b.path() != at("/sign-in/code") {
					t.Fatalf("the password leads to %s", b.path())
				}
			}
			b := open(t, p.url, wide)
			signIn(b)
			b.axeAtBothWidths()
			b.tabTo("#code")
			code := demoCode(t, p, email)
			b.write(code[:3] + " " + code[3:])
			b.key(kb.Enter)
			b.comes(`location.pathname === "` + at("/desk") + `"`)
			for _, path := range []string{"/account/factor", "/account/factor?new=1", "/account/sessions", "/account"} {
				b.want(b.visit(at(path)), http.StatusOK)
				b.axeAtBothWidths()
			}
			b.want(b.visit(at("/account/factor")), http.StatusOK)
			b.want(b.push(says(lang, "account.factor.codes.button")), http.StatusOK)
			b.axeAtBothWidths()
			recovery := b.text("main ol code")
			other := open(t, p.url, narrow)
			signIn(other)
			other.want(other.follow(says(lang, "account.factor.lost.recovery")), http.StatusOK)
			other.axeAtBothWidths()
			other.fill("#code", "no such code")
			other.want(other.press("main form .btn"), http.StatusUnprocessableEntity)
			other.axeAtBothWidths()
			other.fill("#code", recovery)
			other.want(other.press("main form .btn"), http.StatusOK)
			if other.path() != at("/desk") {
				t.Errorf("a recovery code leads to %s", other.path())
			}
		})
	}
	t.Run("showing it again", func(t *testing.T) {
		for _, email := range []string{"focal@demo.example", "hub@demo.example"} {
			b := open(t, p.url, wide)
			now := time.Now()
			cookie, err := p.cards.SessionCookieOf(t.Context(), p.person(t, email), now.Add(-time.Hour), &now)
			if err != nil {
				t.Fatal(err)
			}
			b.cookie(cookie)
			for _, lang := range []i18n.Lang{i18n.Arabic, i18n.English} {
				b.want(b.visit("/"+string(lang)+"/account/password"), http.StatusOK)
				if !strings.HasPrefix(b.path(), "/"+string(lang)+"/account/confirm?") {
					t.Errorf("the password's page leads to %s", b.path())
				}
				b.axeAtBothWidths()
			}
			if email == "hub@demo.example" {
				b.fill("#code", demoCode(t, p, email))
			} else {
				b.fill("#password", app.DemonstrationPassword)
			}
			b.want(b.press("main form .btn"), http.StatusOK)
			if b.path() != "/en/account/password" {
				t.Errorf("showing it leads to %s", b.path())
			}
		}
	})
}
