package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"portal/internal/dbtest"
	"portal/internal/webtest"
	"portal/web"
)

func TestTextBesideWhatWasDoneIsKept(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	s.router.Member("POST /drafts/{id}/notes", func(w http.ResponseWriter, r *http.Request) error {
		if err := web.Keep(r.Context(), "/drafts/"+r.PathValue("id"), "note"); err != nil {
			return err
		}
		return web.Redirect(w, r, "/drafts/"+r.PathValue("id"), "")
	})
	who := s.person(t, "Amina Odhiambo")
	c := s.as(t, who)
	send := func(text string) *webtest.Page {
		return c.Post("/en/drafts/7/notes", url.Values{"text": {text}, "note": {"A note"}, "password": {"correct horse"}})
	}
	if got := send("first \x00words").Follow().Form("#draft").Value("text"); got != "first words" {
		t.Errorf("the page has %q", got)
	}
	p := send("second words").Follow()
	if got := p.Form("#draft").Value("text"); got != "second words" {
		t.Errorf("the page has %q", got)
	}
	if n := count(t, s.db, `SELECT count(*)::int FROM held_posts WHERE form ? 'note' OR form ? 'password' OR user_id <> $1`, who.ID); n > 0 {
		t.Error("what was done, or a secret, is held")
	}
	p.Form("#draft").Submit().WantRedirect("/en/drafts/7")
	if got := c.Get("/en/drafts/7").Form("#draft").Value("text"); got != "saved before" {
		t.Errorf("after saving the page has %q", got)
	}
	if n := count(t, s.db, `SELECT count(*)::int FROM held_posts`); n != 0 {
		t.Errorf("%d held posts stay", n)
	}
}

// The answer to a form has an address that cannot be read. What is sent from there comes back on the page above it.
func TestTextSentFromAnAnswerIsGivenBackOnItsPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	who := s.person(t, "Amina Odhiambo")
	for name, from := range map[string]string{"an answer": "/en/drafts/7/files", "nowhere": ""} {
		c := s.as(t, who)
		s.exec(t, `UPDATE sessions SET expires_at = now() WHERE user_id = $1`, who.ID)
		if from != "" {
			c = c.With("Referer", s.URL()+from)
		}
		p := c.Post("/en/drafts/7/files", url.Values{"text": {"Every child"}}).WantRedirect("/en/sign-in?next=%2Fen%2Fdrafts%2F7").Follow()
		p = p.Form("#sign-in").Set("user", strconv.FormatInt(who.ID, 10)).Submit().WantRedirect("/en/drafts/7").Follow()
		if got := p.Form("#draft").Value("text"); got != "Every child" {
			t.Errorf("from %s: the page has %q", name, got)
		}
	}
}

func TestVisitorsCannotFillTheDatabase(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	const typed = "Every child is registered at birth."
	held := func() int { return count(t, s.db, `SELECT count(*)::int FROM held_posts`) }

	p := s.Post("/en/drafts/7", url.Values{"text": {strings.Repeat(typed+" ", 120_000)}}).Want(http.StatusRequestEntityTooLarge)
	if held() != 0 || !strings.Contains(p.Text("main"), typed) {
		t.Errorf("a text of four megabytes: %d are held", held())
	}
	s.Post("/en/drafts/7", url.Values{"text": {strings.Repeat(typed+" ", 10_000)}}).Want(http.StatusSeeOther)
	if got := count(t, s.db, `SELECT attempts FROM rate_limits`); held() != 1 || got != 6 {
		t.Errorf("a text of 360 KB counts %d", got)
	}
	s.exec(t, `UPDATE rate_limits SET attempts = 599`)
	s.Post("/en/drafts/7", url.Values{"text": {typed}}).Want(http.StatusSeeOther)
	p = s.Post("/en/drafts/7", url.Values{"text": {typed}}).Want(http.StatusTooManyRequests)
	if got := p.Form("form[action='/en/drafts/7']").Value("text"); got != typed {
		t.Errorf("the page of what is not held gives back %q", got)
	}

	who := s.person(t, "Amina Odhiambo")
	c := s.as(t, who)
	s.exec(t, `UPDATE sessions SET expires_at = now() - interval '1 minute' WHERE user_id = $1`, who.ID)
	c.Post("/en/drafts/7", url.Values{"text": {typed}}).WantRedirect("/en/sign-in?next=%2Fen%2Fdrafts%2F7")
	if n := count(t, s.db, `SELECT count(*)::int FROM held_posts WHERE user_id = $1`, who.ID); n != 1 {
		t.Errorf("behind the same network %d texts of somebody whose session ended are held", n)
	}
}
