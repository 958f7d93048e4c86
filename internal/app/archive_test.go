package app

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"portal/internal/database"
	"portal/internal/webtest"
)

// What the desk takes down is gone for visitors, who are told so, and kept for its office, which reads why.
func TestTakenDownByTheDesk(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	s := makeThings(t, portal, db, cast)
	title := caseOf(t, portal, cast.Officer.User, s.published).Title
	public := "/en/pledges/" + s.publicID
	if !cast.Visitor.In(t).Get(public).Want(http.StatusOK).Contains(title) {
		t.Fatal("the page of the pledge does not have its title")
	}

	const why = "The ministry asked for it: the programme has ended. شكراً"
	desk := cast.Officer.In(t).Get("/en/desk/submissions/" + strconv.FormatInt(s.published, 10)).Want(http.StatusOK)
	confirm := desk.Form("#decision").Set("action", "archive").Set("note", why).Submit().Want(http.StatusOK)
	confirm.Form("form[action*=decision]").Press("step=confirmed").Follow().Want(http.StatusOK)

	for _, path := range []string{public, public + "/versions/1", "/ar/pledges/" + s.publicID} {
		gone := cast.Visitor.In(t).Get(path).Want(http.StatusGone)
		if gone.Contains(title) || gone.Contains("programme has ended") {
			t.Errorf("%s still tells of it", path)
		}
	}
	for _, path := range []string{"/en/pledges", "/en/pledges.csv", "/en/pledges.json", "/en/pledges.atom", "/en/"} {
		if strings.Contains(string(cast.Visitor.In(t).Get(path).Want(http.StatusOK).Body), title) {
			t.Errorf("%s still lists it", path)
		}
	}
	own := "/en/submissions/" + strconv.FormatInt(s.published, 10)
	for _, person := range []webtest.Person{cast.Member, cast.Head} {
		page := person.In(t).Get(own).Want(http.StatusOK)
		if !page.Contains(title) || !page.Contains(why) || !page.Contains("taken it down from the public site") {
			t.Errorf("the %s is not told: %s", person.Kind, page.Text("main"))
		}
		if page.Has("a[href*='/pledges/" + s.publicID + "']") {
			t.Errorf("the %s is led to a page that is gone", person.Kind)
		}
	}
	cast.OtherMember.In(t).Get(own).Want(http.StatusNotFound)
	letters, err := database.Values[string](t.Context(), db.Read(), `SELECT body FROM outbox WHERE submission_id = $1 AND kind = 'review.archive'`, s.published)
	if err != nil || len(letters) != 2 || !strings.Contains(letters[0], why) {
		t.Errorf("the letters are %q, %v", letters, err)
	}
}
