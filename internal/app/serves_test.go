package app

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portal/internal/database"
	"portal/internal/review"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// A practice names the pledge of another office: both pages say so, that office is told and refuses with a reason, which stays; an
// end that is taken down is named no more.
func TestAPracticeServesAPledge(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	published := func(who webtest.Person) (int64, string) {
		id := sendPledge(t, portal, who.User)
		decided(t, portal, cast.Officer.User, id, review.Decision{Action: workflow.Publish})
		return id, *caseOf(t, portal, cast.Officer.User, id).PublicID
	}
	theirs, others := published(cast.OtherMember)
	_, own := published(cast.Member)
	practice := publishPractice(t, portal, db, cast.Member.User)
	path := "/en/practices/" + practice + "/pledges"
	told := func(kind string) int {
		n, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*)::int FROM outbox WHERE kind = $1`, kind)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	name := func(who webtest.Person, pledge string) *webtest.Page {
		return who.In(t).Post(path, url.Values{"pledge": {pledge}})
	}

	name(cast.OtherMember, others).Want(http.StatusNotFound)
	name(cast.Newcomer, others).Want(http.StatusNotFound)
	for _, wrong := range []string{"GCM-P-9999", "", practice, "<script>", strings.Repeat("x", 5000)} {
		if page := name(cast.Member, wrong).Want(http.StatusUnprocessableEntity); page.One(".errors a").Attr("href") != "#pledge" {
			t.Errorf("%q leads to %q", wrong, page.One(".errors a").Attr("href"))
		}
	}
	found := cast.Member.In(t).Get(path + "?pledge=" + others).Want(http.StatusOK)
	if found.One("input[type=hidden][name=pledge]").Attr("value") != others {
		t.Error("the search finds no pledge by its ID")
	}
	for range 2 {
		name(cast.Member, others).Want(http.StatusSeeOther)
		name(cast.Member, own).Want(http.StatusSeeOther)
	}
	if again := cast.Member.In(t).Get(path + "?pledge=" + others).Want(http.StatusOK); again.Has("input[type=hidden][name=pledge]") {
		t.Error("a pledge that is named is offered to be named")
	}
	if n := told("practice.pledge_named"); n != 1 {
		t.Errorf("%d are told that a pledge is named", n)
	}
	visitor := cast.Visitor.In(t)
	for address, wants := range map[string]string{
		"/en/practices/" + practice: others, "/en/pledges/" + others: practice, "/en/pledges/" + own: practice, "/en/practices/" + practice + ".json": fmt.Sprintf("%q", own),
		"/en/pledges.json": fmt.Sprintf("%q", practice),
	} {
		if !strings.Contains(string(visitor.Get(address).Want(http.StatusOK).Body), wants) {
			t.Errorf("%s does not name %s", address, wants)
		}
	}

	refuse := fmt.Sprintf("%s/%d", path, theirs)
	field := fmt.Sprintf("reason_%d", theirs)
	cast.OtherMember.In(t).Get(path).Want(http.StatusOK)
	cast.Newcomer.In(t).Post(refuse, url.Values{field: {"No"}}).Want(http.StatusNotFound)
	if page := cast.OtherMember.In(t).Post(refuse, url.Values{field: {" "}}).Want(http.StatusUnprocessableEntity); page.One(".errors a").Attr("href") != "#"+field {
		t.Errorf("without a reason the summary leads to %q", page.One(".errors a").Attr("href"))
	}
	cast.OtherMember.In(t).Post(refuse, url.Values{field: {"It is another programme."}}).Want(http.StatusSeeOther)
	if n := told("practice.pledge_refused"); n != 2 {
		t.Errorf("%d are told of the refusal", n)
	}
	name(cast.Member, others).Want(http.StatusUnprocessableEntity)
	if strings.Contains(string(visitor.Get("/en/pledges/"+others).Body), practice) {
		t.Error("the pledge names what it has refused")
	}
	cast.OtherMember.In(t).Get(path).Want(http.StatusNotFound)

	officer := hubOfficer(t, db)
	id, err := portal.areas.practices.Published(t.Context(), practice)
	if err != nil {
		t.Fatal(err)
	}
	decided(t, portal, officer, id, review.Decision{Action: workflow.Archive, Note: "Asked for"})
	if strings.Contains(string(visitor.Get("/en/pledges/"+own).Want(http.StatusOK).Body), practice) {
		t.Error("the pledge names a practice that was taken down")
	}
	name(cast.Member, own).Want(http.StatusNotFound)
}
