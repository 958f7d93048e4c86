package journey

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/webtest"
)

// world is the demonstration with something in every state of which there is a page.
type world struct {
	*portal
	focal, viewer, officer, lead, admin, hub identity.User
	joining                                  identity.User // waits for a post in the focal point's office
	// submissions by state; of "draft" and "changes_requested" those of the focal point's office.
	submissions map[string]string
	blank       string            // a draft of the focal point's into which nothing has been written
	revised     string            // published and open again, of the focal point's office
	publicID    string            // published twice
	gone        string            // taken down
	links       map[string]string // paths of one-time links by purpose
	waitingFor  string            // an office to decide on
	shared      shared            // a draft that several people write
	mail        string            // a mail that nobody knows whether it arrived
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{portal: newPortal(t, true), submissions: map[string]string{}, links: map[string]string{}}
	w.focal, w.viewer = w.person(t, "focal@demo.example"), w.person(t, "viewer1@office.example")
	w.officer, w.lead = w.person(t, "officer@demo.example"), w.person(t, "lead@demo.example")
	w.admin, w.hub = w.person(t, "admin@demo.example"), w.person(t, "hub@demo.example")
	type row struct{ State, ID string }
	rows, err := database.Rows[row](t.Context(), w.db.Read(), `SELECT state, max(id)::text AS id FROM submissions WHERE desk = 'pledges' AND office_id IS NOT NULL GROUP BY state`)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		w.submissions[r.State] = r.ID
	}
	w.ofFocal(t)
	w.share(t)
	w.correspond(t)
	w.takeDown(t)
	w.askForLinks(t)
	w.waitingFor = value[string](t, w.db, `SELECT max(id)::text FROM offices WHERE state = 'proposed'`)
	w.mail = value[string](t, w.db, `UPDATE outbox SET state = 'unsure', finished_at = now(), last_error = '421 try again later' WHERE id =
		(SELECT max(id) FROM outbox WHERE submission_id = $1) RETURNING id::text`, w.submissions["in_review"])
	return w
}

// ofFocal makes what the focal point's office needs beside the demonstration.
func (w *world) ofFocal(t *testing.T) {
	t.Helper()
	c := w.client(t, w.focal)
	w.submissions["draft"] = wholeDraft(t, w.client(t, w.person(t, "contributor@demo.example")), w.focal)
	w.publishTwice(t)
	w.submissions["withdrawn"] = wholeDraft(t, c, w.focal)
	c.Post("/en/submissions/"+w.submissions["withdrawn"]+"/withdrawal", nil).Want(http.StatusSeeOther)
	w.joining = webtest.NewUser(t, w.db, "Tadesse Bekele", nil)
	w.client(t, w.joining).Post("/en/account/office", url.Values{"office": {fmt.Sprint(w.focal.Posts[0].OfficeID)}}).Want(http.StatusSeeOther)
}

// publishTwice publishes a second version of a pledge, and opens it once more.
func (w *world) publishTwice(t *testing.T) {
	t.Helper()
	c, desk := w.client(t, w.focal), w.client(t, w.officer)
	w.revised = value[string](t, w.db, `SELECT min(id)::text FROM submissions WHERE state = 'published' AND office_id = $1`, w.focal.Posts[0].OfficeID)
	w.publicID = value[string](t, w.db, `SELECT public_id FROM submissions WHERE id = $1`, w.revised)
	open := func() { c.Post("/en/submissions/"+w.revised+"/revision", nil).Want(http.StatusSeeOther) }
	open()
	form := c.Get("/en" + stepsOf(w.revised) + "text").Want(http.StatusOK).Form("form.step")
	form.Set("support_offered", "Two trainers for a month.\n\nمدرّبان لمدة شهر").Press("do=later").Want(http.StatusSeeOther)
	if !sendIn(c, w.revised) {
		t.Fatal("the second version is not taken")
	}
	take(t, desk, w.revised)
	decide(t, desk, w.revised, "publish", "")
	open()
}

// correspond lets desk and office write to each other about a submission that is being read.
func (w *world) correspond(t *testing.T) {
	t.Helper()
	id := w.submissions["in_review"]
	desk := w.client(t, w.officer)
	desk.Post("/en/desk/submissions/"+id+"/notes", url.Values{"internal": {"Compare with the pledge of 2024.\n\nملاحظة داخلية"}}).Want(http.StatusSeeOther)
	desk.Post("/en/desk/submissions/"+id+"/messages", url.Values{"message": {"When will the register open?"}}).Want(http.StatusSeeOther)
	owner := w.client(t, w.ownerOf(t, id))
	owner.Post("/en/submissions/"+id+"/messages", url.Values{"text": {"In January. 🗓️"}}).Want(http.StatusSeeOther)
}

// takeDown archives a published pledge.
func (w *world) takeDown(t *testing.T) {
	t.Helper()
	id := value[string](t, w.db, `SELECT min(id)::text FROM submissions WHERE state = 'published' AND kind = 'pledge'`)
	w.gone = value[string](t, w.db, `SELECT public_id FROM submissions WHERE id = $1`, id)
	desk := w.client(t, w.officer)
	decide(t, desk, id, "archive", "The ministry has asked us to take it down.")
	w.submissions["archived"] = id
}

// askForLinks asks for a link of each kind and finds it in the outbox.
func (w *world) askForLinks(t *testing.T) {
	t.Helper()
	v := w.visitor(t)
	for _, lang := range []string{"en", "ar"} {
		person := value[string](t, w.db, `SELECT max(u.email) FROM users u JOIN posts p ON p.user_id = u.id WHERE u.lang = $1 AND p.role = 'head'`, lang)
		v.Post("/"+lang+"/sign-in/link", url.Values{"email": {person}}).Want(http.StatusSeeOther)
		v.Post("/"+lang+"/sign-in/reset", url.Values{"email": {person}}).Want(http.StatusSeeOther)
	}
	type row struct{ Kind, Body string }
	var rows []row
	eventually(t, "the links", func() bool {
		var err error
		if rows, err = database.Rows[row](t.Context(), w.db.Read(), `SELECT kind, body FROM outbox WHERE kind IN ('account.sign_in', 'account.reset') AND lang = 'en'`); err != nil {
			t.Fatal(err)
		}
		return len(rows) == 2
	})
	for _, r := range rows {
		_, purpose, _ := strings.Cut(r.Kind, ".")
		w.links[purpose] = strings.TrimPrefix(oneTimeLink.FindStringSubmatch(r.Body)[2], "/en")
	}
	w.links["set_up"] = strings.TrimPrefix(w.addStaff(t, "new@secretariat.example", "Somebody New", identity.Officer), w.url+"/en")
	used := w.addStaff(t, "used@secretariat.example", "Somebody Else", identity.Officer)
	w.links["used"] = strings.TrimPrefix(used, w.url+"/en")
	w.visitor(t).Post("/en"+w.links["used"], url.Values{"password": {password}}).Want(http.StatusSeeOther)
}

// ownerOf is a head of the office of a submission.
func (w *world) ownerOf(t *testing.T, id string) identity.User {
	t.Helper()
	return w.person(t, value[string](t, w.db, `SELECT min(u.email) FROM submissions s JOIN posts p ON p.office_id = s.office_id AND p.role = 'head'
		JOIN users u ON u.id = p.user_id WHERE s.id = $1`, id))
}

// office is the number of the focal point's office.
func (w *world) office() string { return strconv.FormatInt(w.focal.Posts[0].OfficeID, 10) }
