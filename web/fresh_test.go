package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"portal/internal/dbtest"
	"portal/internal/webtest"
	"portal/web"
)

// A risky act asks again who it is, whatever way it comes, and does nothing before.
func TestFreshRoutes(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	done := 0
	s.router.Public("POST /drafts/{id}/risk", func(w http.ResponseWriter, r *http.Request) error {
		done++
		return web.Redirect(w, r, "/drafts/7", "")
	}, web.Fresh())
	s.router.Member("GET /account/confirm", func(w http.ResponseWriter, r *http.Request) error { return web.Redirect(w, r, "/", "") })
	who := s.person(t, "Amina Odhiambo")
	at := func(ago time.Duration) *webtest.Client {
		return webtest.SignedInAt(t, s.Client, s.router, "person", who, time.Now().Add(-ago), nil).Client
	}
	form := url.Values{"text": {"Every child"}, "password": {"a secret"}, "code": {"123456"}}
	at(0).Post("/en/drafts/7/risk", form).WantRedirect("/en/drafts/7")
	s.Another().Post("/en/drafts/7/risk", form).WantRedirect("/en/drafts/7") // a visitor has nothing to show
	if done != 2 {
		t.Fatalf("done %d times", done)
	}
	late := at(web.FreshFor + time.Minute)
	to := "/en/account/confirm?next=%2Fen%2Fdrafts%2F7"
	late.Post("/en/drafts/7/risk", form).WantRedirect(to)
	if got := late.Get("/en/drafts/7").Form("#draft").Value("text"); got != "Every child" {
		t.Errorf("the page has %q", got)
	}
	if n := count(t, s.db, `SELECT count(*)::int FROM held_posts WHERE form ? 'code' OR form ? 'password'`); n != 0 {
		t.Error("a secret is held")
	}
	late.PostMultipart("/en/drafts/7/risk", form, webtest.File{Field: "file", Name: "a.txt", Content: []byte("text")}).WantRedirect(to)
	late.With("Sec-Fetch-Mode", "cors").Post("/en/drafts/7/risk", form).Want(http.StatusUnauthorized)
	if done != 2 {
		t.Error("it is done for whoever sits there")
	}
	// Others do not get what was typed.
	other := webtest.SignedIn(t, s.Client, s.router, "other", s.person(t, "Somebody Else")).Client
	other.SetCookie(&http.Cookie{Name: "held", Value: late.Cookie("held"), Path: "/"})
	if got := other.Get("/en/drafts/7").Form("#draft").Value("text"); got == "Every child" {
		t.Error("somebody else reads it")
	}
}
