package web_test

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
	"portal/web"
)

// signsIn goes through the sign-in page.
func signsIn(c *webtest.Client, who identity.User, next string) *webtest.Page {
	return c.Get("/en/sign-in?next="+url.QueryEscape(next)).Form("#sign-in").Set("user", strconv.FormatInt(who.ID, 10)).Submit()
}

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	who := s.person(t, "Amina Odhiambo")
	c := s.With("User-Agent", "Mozilla/5.0 (a browser)")

	p := signsIn(c, who, "").WantRedirect("/en/")
	cookie := p.Header.Get("Set-Cookie")
	for _, part := range []string{"session=", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %q has no %s", cookie, part)
		}
	}
	if strings.Contains(cookie, "Expires") || strings.Contains(cookie, "Max-Age") {
		t.Errorf("the cookie %q outlives the browser", cookie)
	}
	if got := c.Get("/en/member").Want(http.StatusOK).Text(".who"); got != who.Name {
		t.Errorf("the page is for %q", got)
	}
	type row struct {
		UserID    int64
		UserAgent string
		Secret    bool
	}
	token := c.Cookie("session")
	hash := sha256.Sum256([]byte(token))
	got, err := database.Row[row](t.Context(), s.db.Read(), `SELECT user_id, user_agent, position(convert_to($2, 'UTF8') IN data) > 0 AS secret
		FROM sessions WHERE token_hash = $1`, hash[:], token)
	if err != nil || got.UserID != who.ID || got.UserAgent != "Mozilla/5.0 (a browser)" || got.Secret {
		t.Errorf("the session's row is %+v, %v", got, err)
	}

	p = c.Post("/en/sign-out", nil).WantRedirect("/en/")
	if c.Cookie("session") != "" {
		t.Error("the cookie stays after signing out")
	}
	if n := count(t, s.db, `SELECT count(*)::int FROM sessions`); n != 0 {
		t.Errorf("%d sessions stay after signing out", n)
	}
	s.SetCookie(&http.Cookie{Name: "session", Value: token})
	s.Get("/en/member").Want(http.StatusSeeOther)
	if got := p.Follow().Text(".flash"); got != i18n.TL("en", "web.problem.again") {
		t.Errorf("after signing out the page says %q", got)
	}
}

func TestSignInChangesTheToken(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	first, second := s.person(t, "Amina Odhiambo"), s.person(t, "Luis Quispe")
	planted := strings.Repeat("B", 43)
	s.SetCookie(&http.Cookie{Name: "session", Value: planted})
	signsIn(s.Client, first, "").Want(http.StatusSeeOther)
	before := s.Cookie("session")
	if before == planted {
		t.Error("a planted token is taken over")
	}
	signsIn(s.Client, second, "").Want(http.StatusSeeOther)
	after := s.Cookie("session")
	if after == before {
		t.Error("signing in again keeps the token")
	}
	if got := s.Get("/en/member").Text(".who"); got != second.Name {
		t.Errorf("the page is for %q", got)
	}
	s.SetCookie(&http.Cookie{Name: "session", Value: before})
	s.Get("/en/member").Want(http.StatusSeeOther)
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	for name, end := range map[string]func(identity.User){
		"by a new password": func(u identity.User) {
			s.exec(t, `UPDATE users SET session_epoch = session_epoch + 1 WHERE id = $1`, u.ID)
		},
		"when the account is closed": func(u identity.User) { s.exec(t, `UPDATE users SET closed_at = now() WHERE id = $1`, u.ID) },
		"when it has run out":        func(u identity.User) { s.exec(t, `UPDATE sessions SET expires_at = now() WHERE user_id = $1`, u.ID) },
		"when it is removed":         func(u identity.User) { s.exec(t, `DELETE FROM sessions WHERE user_id = $1`, u.ID) },
	} {
		who := s.person(t, "Person whose session ends "+name)
		here, there := s.as(t, who), s.as(t, who)
		here.Get("/en/member").Want(http.StatusOK)
		end(who)
		for _, c := range []*webtest.Client{here, there} {
			if p := c.Get("/en/member"); p.Status != http.StatusSeeOther {
				t.Errorf("%s: status %d, want 303", name, p.Status)
			}
			if got := c.Get("/en/long").Want(http.StatusOK).Text(".who"); got != "" {
				t.Errorf("%s: the page is still for %q", name, got)
			}
		}
	}
}

// setSession writes what the session of the person says of itself.
func (s *site) setSession(t *testing.T, who identity.User, deadline, since time.Time) {
	t.Helper()
	data, err := scs.GobCodec{}.Encode(deadline, map[string]any{"user": who.ID, "epoch": who.Epoch, "since": since.Unix()})
	if err != nil {
		t.Fatal(err)
	}
	s.exec(t, `UPDATE sessions SET data = $1, expires_at = $2, last_used_at = now() - interval '1 day' WHERE user_id = $3`, data, deadline, who.ID)
}

func TestUseProlongsASession(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	who := s.person(t, "Amina Odhiambo")
	c := s.as(t, who)
	s.setSession(t, who, time.Now().Add(time.Hour).UTC(), time.Now())
	c.Get("/en/member").Want(http.StatusOK)
	const fresh = `SELECT count(*)::int FROM sessions WHERE user_id = $1 AND expires_at > now() + interval '11 hours' AND last_used_at > now() - interval '1 minute'`
	if count(t, s.db, fresh, who.ID) != 1 {
		t.Error("the session has not been prolonged")
	}
	s.exec(t, `UPDATE sessions SET last_used_at = now() - interval '1 day' WHERE user_id = $1`, who.ID)
	c.Get("/en/member").Want(http.StatusOK)
	if count(t, s.db, fresh, who.ID) != 0 {
		t.Error("every request writes")
	}
}

func TestUseDoesNotProlongForEver(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	who := s.person(t, "Amina Odhiambo")
	c := s.as(t, who)
	s.setSession(t, who, time.Now().Add(time.Hour).UTC(), time.Now().Add(-web.SessionMost-time.Minute))
	c.Get("/en/member").Want(http.StatusSeeOther)
}

func TestSecureCookies(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t), func(o *web.Options) { o.Site.PublicURL = "https://portal.example" })
	who := s.person(t, "Amina Odhiambo")
	p := s.Post("/en/sign-in", url.Values{"user": {strconv.FormatInt(who.ID, 10)}}).Want(http.StatusSeeOther)
	cookie := p.Header.Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "__Host-session=") || !strings.Contains(cookie, "; Secure") || strings.Contains(cookie, "Domain") {
		t.Errorf("the cookie is %q", cookie)
	}
	s.as(t, who).Get("/en/member").Want(http.StatusOK)
}

func TestNextLeadsOnlyToOurPages(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	who := s.person(t, "Amina Odhiambo")
	for next, want := range map[string]string{
		"/en/drafts/7?step=2":              "/en/drafts/7?step=2",
		"/ar/member":                       "/ar/member",
		"/files/7":                         "/files/7",
		"":                                 "/en/",
		"/member":                          "/en/",
		"/en/nothing":                      "/en/",
		"/en/sign-out":                     "/en/", // takes no GET
		"//evil.example":                   "/en/",
		"//evil.example/en/member":         "/en/",
		"/\\evil.example":                  "/en/",
		"\\\\evil.example":                 "/en/",
		"/\t/evil.example":                 "/en/",
		"/\n/evil.example":                 "/en/",
		"https://evil.example/":            "/en/",
		"https:evil.example":               "/en/",
		"//evil.example\\@en":              "/en/",
		"javascript:alert(1)":              "/en/",
		"evil.example":                     "/en/",
		"/en/member\r\nSet-Cookie:":        "/en/",
		"/en/" + strings.Repeat("a", 5000): "/en/",
	} {
		p := s.Post("/en/sign-in", url.Values{"user": {strconv.FormatInt(who.ID, 10)}, "next": {next}})
		if p.Status != http.StatusSeeOther || p.Location() != want {
			t.Errorf("next=%q leads to %q (status %d), want %q", next, p.Location(), p.Status, want)
		}
	}
}

func TestTypedTextOutlivesTheSession(t *testing.T) {
	t.Parallel()
	const typed = "Every child is registered.\n\nكل طفل يُسجَّل 👩‍👧"
	for name, test := range map[string]struct {
		end  string // what happens to the session of user $1
		send func(*webtest.Page) *webtest.Page
	}{
		"it ran out": {`UPDATE sessions SET expires_at = now() - interval '1 minute' WHERE user_id = $1`, func(p *webtest.Page) *webtest.Page {
			return p.Form("#draft").Set("text", typed).Set("password", "correct horse").Submit()
		}},
		"the password changed": {`UPDATE users SET session_epoch = 2 WHERE id = $1`, func(p *webtest.Page) *webtest.Page {
			return p.Form("#draft").Set("text", typed).Submit()
		}},
		"the row is gone, and it was an upload": {`DELETE FROM sessions WHERE user_id = $1`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, dbtest.New(t))
			who, other := s.person(t, "Amina Odhiambo"), s.person(t, "Luis Quispe")
			c := s.as(t, who)
			p := c.Get("/en/drafts/7?step=2").Want(http.StatusOK)
			s.exec(t, test.end, who.ID)
			if test.send != nil {
				p = test.send(p)
			} else {
				p = c.With("Referer", s.URL()+"/en/drafts/7?step=2").PostMultipart("/en/drafts/7/files", url.Values{"text": {typed}},
					webtest.File{Field: "file", Name: "plan.pdf", Content: make([]byte, 1<<20)})
			}
			p.WantRedirect("/en/sign-in?next=%2Fen%2Fdrafts%2F7%3Fstep%3D2")
			p = p.Follow().Want(http.StatusOK)
			if got := p.Text(".flash"); got != i18n.TL("en", "web.held") {
				t.Errorf("the sign-in page says %q", got)
			}
			if n := count(t, s.db, `SELECT count(*)::int FROM held_posts WHERE form::text LIKE '%horse%' OR form ? 'password'`); n > 0 {
				t.Error("a password is held")
			}

			if test.end[:6] != "DELETE" { // then nobody knows whose text it was
				signsIn(c, other, "/en/drafts/7").Follow()
				if got := c.Get("/en/drafts/7").Want(http.StatusOK).Form("#draft").Value("text"); got != "saved before" {
					t.Errorf("somebody else is shown %q", got)
				}
				s.exec(t, `UPDATE held_posts SET expires_at = expires_at`) // still there?
				if count(t, s.db, `SELECT count(*)::int FROM held_posts`) != 1 {
					t.Fatal("the text is gone")
				}
				return
			}
			p = p.Form("#sign-in").Set("user", strconv.FormatInt(who.ID, 10)).Submit().WantRedirect("/en/drafts/7?step=2").Follow()
			if got := p.Form("#draft").Value("text"); got != typed {
				t.Errorf("after signing in the page has %q", got)
			}
		})
	}
}

func TestHeldTextIsGivenUntilItIsSaved(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	who := s.person(t, "Amina Odhiambo")
	c := s.as(t, who)
	form := c.Get("/en/drafts/7").Form("#draft").Set("text", "typed before the session ended")
	s.exec(t, `UPDATE sessions SET expires_at = now() WHERE user_id = $1`, who.ID)
	p := form.Submit().Follow()
	p = p.Form("#sign-in").Set("user", strconv.FormatInt(who.ID, 10)).Submit().Follow()

	if got := c.Get("/en/drafts/8").Form("#draft").Value("text"); got != "saved before" {
		t.Errorf("another page is given %q", got)
	}
	for range 2 { // a reload takes nothing away, nor does the other language
		if got := c.Get("/en/drafts/7").Form("#draft").Value("text"); got != "typed before the session ended" {
			t.Errorf("the page has %q", got)
		}
		if got := c.Get("/ar/drafts/7").Form("#draft").Value("text"); got != "typed before the session ended" {
			t.Errorf("the page in Arabic has %q", got)
		}
	}
	p.Form("#draft").Set("text", "wrong").Submit().Want(http.StatusUnprocessableEntity)
	if got := c.Get("/en/drafts/7").Form("#draft").Value("text"); got != "typed before the session ended" {
		t.Errorf("after an error the page has %q", got)
	}
	p.Form("#draft").Submit().WantRedirect("/en/drafts/7")
	if got := c.Get("/en/drafts/7").Form("#draft").Value("text"); got != "saved before" {
		t.Errorf("after saving the page has %q", got)
	}
	c.Get("/en/drafts/7")
	if c.Cookie("held") != "" {
		t.Error("the cookie stays")
	}
	if n := count(t, s.db, `SELECT count(*)::int FROM held_posts`); n != 0 {
		t.Errorf("%d held posts stay", n)
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	fresh, stale := s.person(t, "Amina Odhiambo"), s.person(t, "Luis Quispe")
	s.as(t, fresh)
	s.as(t, stale)
	s.exec(t, `UPDATE sessions SET expires_at = now() - interval '25 hours' WHERE user_id = $1`, stale.ID)
	s.exec(t, `INSERT INTO held_posts (token_hash, path, form, expires_at) VALUES ('\x01', '/', '{}', now() - interval '1 second'), ('\x02', '/', '{}', now() + interval '1 hour')`)
	s.exec(t, `INSERT INTO rate_limits (key, window_end, attempts) VALUES ('\x01', now() - interval '1 second', 1), ('\x02', now() + interval '1 hour', 1)`)
	if err := web.Sweep(t.Context(), s.db.Read()); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"sessions", "held_posts", "rate_limits"} {
		if n := count(t, s.db, `SELECT count(*)::int FROM `+table); n != 1 {
			t.Errorf("%d rows of %s stay, want 1", n, table)
		}
	}
}

func TestFlashMessagesAreOurs(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	c := s.as(t, s.person(t, "Amina Odhiambo"))
	p := c.Get("/ar/drafts/7").Form("#draft").Submit().WantRedirect("/ar/drafts/7").Follow()
	if got := p.Text(".flash"); got != i18n.TL("ar", "web.problem.send_again") {
		t.Errorf("the message is %q", got)
	}
	if got := c.Get("/ar/drafts/7").Text(".flash"); got != "" {
		t.Errorf("the message is shown again: %q", got)
	}
	for _, forged := range []string{"x", "U2VuZCBtb25leQ", strings.Repeat("QUFB", 40)} {
		c.SetCookie(&http.Cookie{Name: "flash", Value: forged})
		if got := c.Get("/en/long").Want(http.StatusOK).Text(".flash"); got != "" {
			t.Errorf("a forged message is shown: %q", got)
		}
	}
}
