package account

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"portal/internal/identity"
	"portal/internal/terms"
	"portal/internal/webtest"
)

// Who speaks for an office, and what is taken out of the portal about people, asks once more who it is; what was typed is
// there afterwards.
func TestActsOnPostsAskAgainWhoItIs(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	officer := webtest.NewUser(t, b.db, "Officer", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.NetworkDesk})
	passed := b.clock()
	desk := webtest.SignedInAt(t, b.Client, b.router, "officer", officer, b.clock().Add(-time.Hour), &passed).Client
	c := b.asBefore(b.head, time.Hour)
	post := itoa(int64(b.count(`SELECT id::int FROM posts WHERE user_id = $1`, b.contributor.ID)))

	asks := func(name string, p *webtest.Page) {
		t.Run(name, func(t *testing.T) {
			to, err := url.Parse(p.Location())
			if err != nil || p.Status != http.StatusSeeOther || to.Path != "/en/account/confirm" {
				t.Errorf("the answer is %d to %q", p.Status, p.Location())
			}
		})
	}
	asks("the list of offices as a table", desk.Get("/en/desk/offices.csv"))
	asks("the list of offices as a workbook", desk.Get("/en/desk/offices.xlsx"))
	for _, act := range []string{"/invitation", "/handover", "/delegation", "/leaving"} {
		asks("the form of "+act, c.Get(b.path(act)))
		asks(act, c.Post(b.path(act), values("email", "next@office.test")))
	}
	asks("another role", c.Post(b.path("/posts/"+post+"/role"), values("role", "head")))
	asks("the end of a post", c.Post(b.path("/posts/"+post+"/end"), nil))
	if b.role(b.contributor) != "contributor" || b.count(`SELECT count(*)::int FROM post_offers`) != 0 {
		t.Error("something was done all the same")
	}

	held := c.Post(b.path("/handover"), values("email", "next@office.test", "message", "Take good care of it.")).Follow().Want(http.StatusOK)
	form := held.Form("main form[novalidate]").Set("password", goodPassword).Submit().WantRedirect(b.path("/handover")).Follow().Want(http.StatusOK).Form("main form")
	if form.Value("email") != "next@office.test" || form.Value("message") != "Take good care of it." {
		t.Errorf("the form has %q and %q", form.Value("email"), form.Value("message"))
	}
}

// The link of an offer is a page for everybody; accepting by it still waits for the terms.
func TestAnOfferIsAcceptedAfterTheTerms(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	successor := b.introduce("successor@office.test")
	if _, err := b.accounts.Hand(t.Context(), b.head, b.id, OfferForm{Email: successor.Email, UntilOn: b.accounts.today()}); err != nil {
		t.Fatal(err)
	}
	b.accounts.terms = func(time.Time) terms.Version { return terms.Version{Number: "2"} }
	c := b.as(successor)
	page := c.Get(b.offered(successor.Email)).Want(http.StatusOK).Form("main form").Press("answer=accept").Want(http.StatusSeeOther)
	if got := b.role(successor); got != "" {
		t.Fatalf("without the terms the successor is %q", got)
	}
	page = page.Follow()
	if page.Status == http.StatusSeeOther {
		page = page.Follow()
	}
	back := page.Want(http.StatusOK).Form("main form").Submit().Want(http.StatusSeeOther).Follow().Want(http.StatusOK)
	back.Form("main form").Press("answer=accept").Want(http.StatusSeeOther)
	if got := b.role(successor); got != "head" {
		t.Errorf("after the terms the successor is %q", got)
	}
}
