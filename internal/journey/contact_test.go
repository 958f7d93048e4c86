package journey

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"portal/internal/identity"
	"portal/internal/webtest"
)

// aboutContact writes to the secretariat as somebody without an account, and as the head.
func (c *correspondence) aboutContact() {
	c.t.Helper()
	for _, by := range []*webtest.Client{c.visitor(c.t), c.owner} {
		by.Post("/"+string(c.lang)+"/contact", url.Values{"topic": {"hub"}, "title": {"A question"}, "text": {"Where is it?"}, "email": {"asks-" + string(c.lang) + "@migration.example"}}).Want(http.StatusSeeOther)
	}
	letter(c.t, c.sink, "asks-"+string(c.lang)+"@migration.example", "", 0)
	// Somebody without an account begins a talk for the office.
	begins := "begins-" + string(c.lang) + "@migration.example"
	v := c.visitor(c.t)
	v.Post("/"+string(c.lang)+"/talks/new/office", url.Values{"email": {begins}, "name": {"Noor Newcomer"}, "searched": {"Office"}, "office": {c.office}}).Want(http.StatusSeeOther)
	v.Post(guestPath.FindString(letter(c.t, c.sink, begins, "", 0).Text), nil).Want(http.StatusSeeOther)
}

// guestPath is the path of a link in a mail to somebody without an account.
var guestPath = regexp.MustCompile(`/[a-z]{2}/t/request/[A-Z2-7]+`)

// guestLink finds the link in a mail to somebody without an account.
var guestLink = regexp.MustCompile(`/en(/t/[A-Za-z0-9/]+)`)

// contactWalks are the pages of messages, for those who write and those who answer.
func (w *world) contactWalks(t *testing.T) []walk {
	t.Helper()
	v := w.visitor(t)
	v.Post("/en/contact", url.Values{"topic": {"fund"}, "title": {"A question"}, "text": {"When is the next meeting?"}, "email": {"visitor@reader.example"}}).Want(http.StatusSeeOther)
	link := func(kind string) string {
		var found []string
		eventually(t, "the mail "+kind, func() bool {
			body := value[string](t, w.db, `SELECT coalesce(max(body), '') FROM outbox WHERE kind = $1 AND to_address = 'visitor@reader.example'`, kind)
			found = guestLink.FindStringSubmatch(body)
			return found != nil
		})
		return found[1]
	}
	used := link("request.proof")
	v.Post("/en"+used, nil).Want(http.StatusSeeOther)
	guest := link("submission.receipt")
	w.visitor(t).Post("/en/contact", url.Values{"topic": {"fund"}, "title": {"Another question"}, "text": {"And the one after?"}, "email": {"second@reader.example"}}).Want(http.StatusSeeOther)
	var proof []string
	eventually(t, "the second mail", func() bool {
		proof = guestLink.FindStringSubmatch(value[string](t, w.db, `SELECT coalesce(max(body), '') FROM outbox WHERE to_address = 'second@reader.example'`))
		return proof != nil
	})
	open := value[string](t, w.db, `SELECT min(id)::text FROM submissions WHERE kind = 'contact' AND desk = 'hub' AND state = 'in_review'`)
	return []walk{
		{"a visitor who writes", identity.User{}, append(ok("/contact?topic=fund", "/contact/sent", "/contact/sent?kind=talk", "/talks/new/office", proof[1], guest), visit{"/t/request/unknown", http.StatusNotFound}, visit{used, http.StatusGone})},
		{"somebody who writes with an account", w.focal, ok("/contact")},
		{"somebody who has written", w.person(t, value[string](t, w.db, `SELECT u.email FROM submissions s JOIN users u ON u.id = s.author_id WHERE s.id::text = $1`, open)), ok("/submissions/" + open)},
		{"an officer who answers a message", w.person(t, "hub@demo.example"), ok("/desk/submissions/"+open, "/desk?q=kind%3Acontact")},
	}
}
