package journey

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"testing"
	"time"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

// shared is a draft that several people write, and what comes with that.
type shared struct {
	guest    identity.User // invited to write
	reader   identity.User // invited to read
	asked    identity.User // invited, has not answered
	id       string        // of the draft
	offer    string        // path of the link of the open invitation
	withdraw string        // path of the link of one that was taken back
	putAway  string        // a draft that is put away
}

var offerLink = regexp.MustCompile(`/t/draft/[A-Z0-9]+`)

// invite invites an address to a draft and returns the path of the link.
func invite(t *testing.T, p *portal, by *webtest.Client, id, email, rights string) string {
	t.Helper()
	until := time.Now().In(i18n.Geneva).AddDate(0, 0, 30)
	by.Post("/en/submissions/"+id+"/people", url.Values{
		"email": {email}, "rights": {rights}, "until.day": {strconv.Itoa(until.Day())}, "until.month": {strconv.Itoa(int(until.Month()))}, "until.year": {strconv.Itoa(until.Year())},
	}).Want(http.StatusSeeOther)
	// The text of a mail with a link is erased once it is sent; the link's page is known by the hash alone.
	body := value[string](t, p.db, `SELECT body FROM outbox WHERE kind = 'submission.invitation' ORDER BY id DESC LIMIT 1`)
	return offerLink.FindString(body)
}

// accept lets an invited person in.
func accept(t *testing.T, p *portal, who identity.User) {
	t.Helper()
	id := value[string](t, p.db, `SELECT max(id)::text FROM draft_invitations WHERE lower(email) = lower($1)`, who.Email)
	p.client(t, who).Post("/en/invitations/"+id, url.Values{"do": {"accept"}}).Want(http.StatusSeeOther)
}

// share makes the draft of the focal point's office one that others write as well.
func (w *world) share(t *testing.T) {
	t.Helper()
	s := &w.shared
	s.id = w.submissions["draft"]
	c := w.client(t, w.focal)
	s.guest, s.reader, s.asked = webtest.NewUser(t, w.db, "Nadia Farah", nil), webtest.NewUser(t, w.db, "Jonas Weber", nil), webtest.NewUser(t, w.db, "Wen Li", nil)
	invite(t, w.portal, c, s.id, s.guest.Email, "edit")
	accept(t, w.portal, s.guest)
	invite(t, w.portal, c, s.id, s.reader.Email, "view")
	accept(t, w.portal, s.reader)
	s.withdraw = invite(t, w.portal, c, s.id, "gone@elsewhere.example", "comment")
	s.offer = invite(t, w.portal, c, s.id, s.asked.Email, "comment")
	gone := value[string](t, w.db, `SELECT id::text FROM draft_invitations WHERE email = 'gone@elsewhere.example'`)
	c.Post("/en/submissions/"+s.id+"/people/"+gone, url.Values{"do": {"end"}}).Want(http.StatusSeeOther)
	guest := w.client(t, s.guest)
	guest.Post("/en/submissions/"+s.id+"/comments", url.Values{"at": {"title"}, "text": {"Could it be shorter?\n\nهل يمكن اختصاره؟"}}).Want(http.StatusSeeOther)
	thread := value[string](t, w.db, `SELECT max(id)::text FROM draft_threads`)
	c.Post("/en/submissions/"+s.id+"/comments", url.Values{"thread": {thread}, "text": {"Yes."}}).Want(http.StatusSeeOther)
	guest.Post("/en/submissions/"+s.id+"/comments", url.Values{"text": {"Well done."}}).Want(http.StatusSeeOther)
	c.Post("/en/submissions/"+s.id+"/comments/"+value[string](t, w.db, `SELECT max(id)::text FROM draft_threads`), url.Values{"do": {"resolve"}}).Want(http.StatusSeeOther)
	guest.Get("/en" + stepsOf(s.id) + "text").Want(http.StatusOK)

	s.putAway = wholeDraft(t, c, w.focal)
	if _, err := w.db.Pool.Exec(t.Context(), `UPDATE submissions SET state = 'put_away', changed_at = now() - interval '3 days' WHERE id = $1`, s.putAway); err != nil {
		t.Fatal(err)
	}
	// And one that will be: the last to be begun, since a draft without a word in it is taken up again.
	w.blank = newDraft(t, c, w.focal)
	if _, err := w.db.Pool.Exec(t.Context(), `UPDATE submissions SET changed_at = now() - interval '340 days', first_warned_at = now() - interval '1 day' WHERE id = $1`, w.blank); err != nil {
		t.Fatal(err)
	}
}
