package account

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/identity"
	"portal/internal/problem"
)

var offerLinkPattern = regexp.MustCompile(`https://portal\.example(/[a-z]{2}/t/post/[A-Z2-7]+)`)

// bureau is an approved office with a head and a contributor.
type bureau struct {
	*house
	id                int64
	head, contributor identity.User
}

func newBureau(t *testing.T) *bureau {
	t.Helper()
	h := newHouse(t)
	b := &bureau{house: h}
	b.head = h.introduce("head@office.test", func(in *Introduction) {
		in.Name = "Grace Mwangi"
		in.Office, in.Role, in.Approved = OfficeChoice{Name: "Ministry of Labour", Category: "member_state", Country: "KE"}, identity.Head, true
	})
	b.id = b.head.Posts[0].OfficeID
	b.contributor = h.introduce("writer@office.test", func(in *Introduction) {
		in.Name = "Joy Atieno"
		in.Office, in.Role, in.Approved = OfficeChoice{ID: b.id}, identity.Contributor, true
	})
	return b
}

// offered returns the path of the page to which the last mail to the address leads.
func (b *bureau) offered(to string) string {
	b.t.Helper()
	all := b.mails(to)
	if len(all) == 0 {
		b.t.Fatalf("nobody wrote to %s", to)
	}
	found := offerLinkPattern.FindStringSubmatch(all[len(all)-1].HTML)
	if found == nil || !all[len(all)-1].Secret {
		b.t.Fatalf("the mail %s to %s has no link, or is not secret", all[len(all)-1].Kind, to)
	}
	return found[1]
}

func (b *bureau) path(act string) string { return "/en" + officePath(b.id) + act }

func (b *bureau) role(user identity.User) string {
	b.t.Helper()
	p, ok := b.reload(user).Post(b.id)
	if !ok || !p.Approved {
		return ""
	}
	return string(p.Role)
}

// A leaving focal point's pledges are in the successor's hands in two clicks: one form sent, one button pressed.
func TestAPostIsHandedOverInTwoClicks(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	successor := b.introduce("successor@office.test", func(in *Introduction) { in.Name = "Daniel Otieno" })
	form := b.as(b.head).Get(b.path("/handover")).Want(http.StatusOK).Form("main form")
	form.Set("email", "Successor@office.test").Set("message", "Thank you for taking over.\n<b>Grace</b>").Submit().Want(http.StatusSeeOther)

	page := b.as(successor).Get(b.offered(successor.Email)).Want(http.StatusOK)
	page.Form("main form").Press("answer=accept").Want(http.StatusSeeOther)
	if got := b.role(successor); got != "head" {
		t.Errorf("the successor is %q", got)
	}
	if got := b.role(b.head); got != "" {
		t.Errorf("who left is still %q", got)
	}
	b.mail(successor.Email, "office_welcome")
	b.mail(b.head.Email, "office_handed_over")
	history := b.as(successor).Get(b.path("/history")).Want(http.StatusOK).Text("main")
	for _, want := range []string{"Handed the post over to Daniel Otieno", "Grace Mwangi", "A post was offered to a successor"} {
		if !strings.Contains(history, want) {
			t.Errorf("the history does not say %q: %s", want, history)
		}
	}
	if n := b.count(`SELECT count(*)::int FROM post_offers WHERE email <> '' OR message <> ''`); n != 0 {
		t.Errorf("the address of an offer that is over is kept")
	}
	// The same button once more, from another tab, leads to the same page.
	page.Form("main form").Press("answer=accept").Want(http.StatusSeeOther)
	if n := b.count(`SELECT count(*)::int FROM posts WHERE office_id = $1 AND user_id = $2`, b.id, successor.ID); n != 1 {
		t.Errorf("the successor has %d posts", n)
	}
	b.Get(b.offeredBefore(successor.Email)).Want(http.StatusGone)
}

// offeredBefore returns the path of the first link that was mailed to the address.
func (b *bureau) offeredBefore(to string) string {
	b.t.Helper()
	for _, m := range b.mails(to) {
		if found := offerLinkPattern.FindStringSubmatch(m.HTML); found != nil {
			return found[1]
		}
	}
	b.t.Fatalf("no link was mailed to %s", to)
	return ""
}

// A successor without an account opens one through the link, and is then on the page of acceptance.
func TestASuccessorWithoutAccountRegistersThroughTheLink(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	f := OfferForm{Email: "new@office.test", UntilOn: b.accounts.today().AddDays(10), KeepsReading: true}
	if _, err := b.accounts.Hand(t.Context(), b.head, b.id, f); err != nil {
		t.Fatal(err)
	}
	visitor := b.Another()
	link := b.offered("new@office.test")
	if text := visitor.Get(link).Want(http.StatusOK).Text("main"); !strings.Contains(text, "n•••@o•••.test") || strings.Contains(text, "new@office.test") {
		t.Errorf("the page does not mask the address: %s", text)
	}
	form := visitor.Get(link + "/registration").Want(http.StatusOK).Form("main form")
	form.Set("name", "Ruth Njeri").Set("position", "Focal point").Set("country", "KE").Set("lang", "en").Set("password", goodPassword).Set("terms", "yes")
	form.Set("email", "passed.on@office.test").Submit().Want(http.StatusUnprocessableEntity)
	done := form.Set("email", "new@office.test").Submit().Want(http.StatusSeeOther)
	page := visitor.Get(done.Location()).Want(http.StatusOK)
	page.Form("main form").Press("answer=accept").Want(http.StatusSeeOther)
	id := b.userID("new@office.test")
	if n := b.count(`SELECT count(*)::int FROM posts WHERE user_id = $1 AND office_id = $2 AND role = 'head' AND state = 'approved'`, id, b.id); n != 1 {
		t.Error("the successor does not hold the post")
	}
	// The leaver stays head until the last day, and a viewer from the day after.
	if got := b.role(b.head); got != "head" {
		t.Errorf("until the last day the leaver is %q", got)
	}
	b.exec(`UPDATE posts SET from_on = from_on - 11, until_on = until_on - 11 WHERE user_id = $1`, b.head.ID)
	if got := b.role(b.head); got != "viewer" {
		t.Errorf("afterwards the leaver is %q", got)
	}
}

func TestAnInvitationIsForItsAddressOnly(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	form := b.as(b.head).Get(b.path("/invitation")).Want(http.StatusOK).Form("main form")
	form.Set("email", "invited@office.test").Set("role", "viewer").Submit().Want(http.StatusSeeOther)
	link := b.offered("invited@office.test")
	stranger := b.introduce("stranger@office.test")
	other := b.as(stranger)
	refused := other.Get(link).Want(http.StatusForbidden).Text("main")
	if !strings.Contains(refused, "i•••@o•••.test") || strings.Contains(refused, "invited@") {
		t.Errorf("the refusal does not say with which address to sign in: %s", refused)
	}
	other.Post(link, values("answer", "accept")).Want(http.StatusForbidden)
	if got := b.role(stranger); got != "" {
		t.Fatalf("the stranger became %q", got)
	}
	offer := int64(b.count(`SELECT id::int FROM post_offers`))
	if _, err := b.accounts.AcceptOffer(t.Context(), stranger, offer); !errors.Is(err, problem.Forbidden) {
		t.Errorf("a stranger accepts: %v", err)
	}
	other.Get("/en" + ownOfferPath(offer)).Want(http.StatusNotFound)

	invited := b.introduce("invited@office.test", func(in *Introduction) { in.Name = "Invited Person" })
	mine := b.as(invited)
	if !mine.Get("/en/account").Want(http.StatusOK).Has("a[href='/en/account/offers/" + itoa(offer) + "']") {
		t.Error("the account page does not show the invitation")
	}
	// The head sends it again: the first link is dead, the second works; then withdraws it.
	b.as(b.head).Post(b.path("/offers/"+itoa(offer)+"/sending"), nil).Want(http.StatusSeeOther)
	mine.Get(link).Want(http.StatusNotFound)
	again := b.offered(invited.Email)
	b.later(InvitationLasts + time.Hour)
	mine.Get(again).Want(http.StatusGone)
	b.later(-InvitationLasts)
	mine.Get(again).Want(http.StatusOK).Form("main form").Press("answer=decline").Want(http.StatusSeeOther)
	b.mail(b.head.Email, "office_declined")
	mine.Get(again).Want(http.StatusGone)
	b.as(b.head).Post(b.path("/offers/"+itoa(offer)+"/withdrawal"), nil).Want(http.StatusConflict)
}

// Two tabs, a double click, two people: the post passes once.
func TestAHandoverIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	successor := b.introduce("successor@office.test")
	if _, err := b.accounts.Hand(t.Context(), b.head, b.id, OfferForm{Email: successor.Email, UntilOn: b.accounts.today()}); err != nil {
		t.Fatal(err)
	}
	offer := int64(b.count(`SELECT id::int FROM post_offers`))
	const n = 6
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if i == n-1 {
				errs[i] = b.accounts.WithdrawOffer(t.Context(), b.head, b.id, offer)
				return
			}
			_, errs[i] = b.accounts.AcceptOffer(t.Context(), successor, offer)
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, problem.Stale) && !errors.Is(err, problem.NotFound): // who has left is no colleague any more
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d won", won, n)
	}
	heads := b.count(`SELECT count(*)::int FROM posts WHERE office_id = $1 AND role = 'head' AND state = 'approved'`, b.id)
	if heads != 1 {
		t.Errorf("the office has %d heads", heads)
	}
}

// A contributor's handover goes out when a head has agreed; the head ticks whether the contributor keeps reading.
func TestAContributorsHandoverNeedsAHead(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	successor := b.introduce("successor@office.test")
	writer := b.as(b.contributor)
	form := writer.Get(b.path("/handover")).Want(http.StatusOK).Form("main form")
	form.Set("email", successor.Email).Submit().Want(http.StatusSeeOther)
	if len(b.mails(successor.Email)) != 0 {
		t.Fatal("the mail went out before a head agreed")
	}
	b.mail(b.head.Email, "office_asked_handover")
	offer := itoa(int64(b.count(`SELECT id::int FROM post_offers`)))
	writer.Post(b.path("/offers/"+offer+"/agreement"), nil).Want(http.StatusForbidden)
	b.as(b.head).Post(b.path("/offers/"+offer+"/agreement"), values("keeps_reading", "yes")).Want(http.StatusSeeOther)
	for lang, said := range map[string]string{"/en/": "A head has agreed already", "/ar/": "سبق أن وافق رئيس"} { // from a window that was open before
		again := b.as(b.head).Post(strings.Replace(b.path("/offers/"+offer+"/agreement"), "/en/", lang, 1), nil).Want(http.StatusConflict)
		if !again.Contains(said) || again.Contains("⟦") {
			t.Errorf("a second agreement in %s says %s", lang, again.Text("main"))
		}
	}
	b.as(successor).Post(b.offered(successor.Email), values("answer", "accept")).Want(http.StatusSeeOther)
	if got := b.role(successor); got != "contributor" {
		t.Errorf("the successor is %q", got)
	}
	if got := b.role(b.contributor); got != "viewer" {
		t.Errorf("the leaver is %q", got)
	}
	b.mail(b.head.Email, "office_succession")
}

// A delegate acts in their own name with the holder's role, from day to day; it ends by itself and can be ended early.
func TestADelegateStandsIn(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	form := b.as(b.head).Get(b.path("/delegation")).Want(http.StatusOK).Form("main form")
	form.Set("colleague", itoa(b.contributor.ID)).Submit().Want(http.StatusSeeOther)
	if got := b.role(b.contributor); got != "head" {
		t.Fatalf("the delegate is %q", got)
	}
	b.mail(b.contributor.Email, "office_delegate")
	b.mail(b.head.Email, "office_delegated")
	delegate := b.as(b.contributor)
	if text := delegate.Get(b.path("")).Want(http.StatusOK).Text("main"); !strings.Contains(text, "stands in for Grace Mwangi until") {
		t.Errorf("the page does not say for whom and until when: %s", text)
	}
	// The delegate does what a head does, but not to the head.
	headPost := int64(b.count(`SELECT id::int FROM posts WHERE user_id = $1`, b.head.ID))
	err := b.accounts.Invite(t.Context(), b.reload(b.contributor), b.id, OfferForm{Email: "third@office.test", Role: identity.Viewer})
	if err != nil {
		t.Errorf("the delegate cannot invite: %v", err)
	}
	b.exec(`INSERT INTO posts (user_id, office_id, role, state, from_on, created_at) SELECT $1, $2, 'head', 'approved', current_date, now()`, b.introduce("second.head@office.test").ID, b.id)
	if err := b.accounts.EndPost(t.Context(), b.reload(b.contributor), b.id, headPost); !errors.Is(err, problem.Forbidden) {
		t.Errorf("the delegate ends the post of the head: %v", err)
	}
	// It ends by itself.
	b.exec(`UPDATE posts SET from_on = from_on - 30, until_on = current_date - 1 WHERE stands_for IS NOT NULL`)
	if got := b.role(b.contributor); got != "contributor" {
		t.Errorf("after the last day the delegate is %q", got)
	}
	// And the next one is ended early, by the delegate.
	if _, err := b.accounts.Delegate(t.Context(), b.head, b.id, OfferForm{Colleague: b.contributor.ID, FromOn: b.accounts.today(), UntilOn: b.accounts.today().AddDays(3)}); err != nil {
		t.Fatal(err)
	}
	post := int64(b.count(`SELECT max(id)::int FROM posts WHERE stands_for IS NOT NULL`))
	delegate.Post("/en"+postPath(b.id, post, "end"), nil).Want(http.StatusSeeOther)
	b.mail(b.head.Email, "office_delegation_ended")
	if got := b.role(b.contributor); got != "contributor" {
		t.Errorf("ended early, the delegate is %q", got)
	}
}

// The last head leaves by handover, by naming another head, or by saying that the office is left vacant.
func TestTheLastHeadLeaves(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	desk := b.introduce("network@desk.test", func(in *Introduction) {
		in.Roles = []identity.StaffRole{{Role: identity.Officer, Desk: identity.NetworkDesk}}
	})
	head := b.as(b.head)
	head.Post(b.path("/leaving"), values("leave", "yes")).Want(http.StatusUnprocessableEntity)
	if got := b.role(b.head); got != "head" {
		t.Fatalf("the only head left unasked: %q", got)
	}
	head.Post(b.path("/leaving"), values("leave", "yes", "vacant", "yes")).Want(http.StatusSeeOther)
	b.mail(desk.Email, "office_vacant")
	if text := b.as(b.contributor).Get(b.path("")).Want(http.StatusOK).Text("main"); !strings.Contains(text, "This office has no head") {
		t.Errorf("its people do not see that it is vacant: %s", text)
	}
	officer := b.as(desk)
	if text := officer.Get("/en/desk/offices?state=vacant").Want(http.StatusOK).Text("main"); !strings.Contains(text, "Ministry of Labour") || !strings.Contains(text, "Vacant (1)") {
		t.Errorf("the desk does not list it as vacant: %s", text)
	}
	form := officer.Get("/en" + deskOfficePath(b.id) + "/head").Want(http.StatusOK).Form("main form")
	form.Set("email", "next@office.test").Submit().Want(http.StatusSeeOther)
	next := b.introduce("next@office.test")
	b.as(next).Post(b.offered(next.Email), values("answer", "accept")).Want(http.StatusSeeOther)
	if got := b.role(next); got != "head" {
		t.Errorf("the successor is %q", got)
	}
	b.mail(desk.Email, "office_joined_desk")
	// When mail to the only head comes back the desk sees it too.
	b.exec(`UPDATE outbox SET state = 'failed', finished_at = now(), lease_until = NULL WHERE to_user = $1`, next.ID)
	if text := officer.Get("/en/desk/offices?state=vacant").Want(http.StatusOK).Text("main"); !strings.Contains(text, "comes back") {
		t.Errorf("the desk does not see that mail comes back: %s", text)
	}
	if export := string(officer.Get("/en/desk/offices.csv?state=vacant").Want(http.StatusOK).Body); !strings.Contains(export, ",Vacancy,") || !strings.Contains(export, "Mail to the head comes back,Mail to the head comes back,") {
		t.Errorf("the export does not say which office is vacant: %s", export)
	}
}

func TestOffersAreNoMailCannon(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	for i := range offersPerOffice {
		if err := b.accounts.Invite(t.Context(), b.head, b.id, OfferForm{Email: "person" + itoa(int64(i)) + "@office.test", Role: identity.Viewer}); err != nil {
			t.Fatal(err)
		}
	}
	page := b.as(b.head).Post(b.path("/invitation"), values("email", "one.more@office.test", "role", "viewer")).Want(http.StatusUnprocessableEntity)
	if !strings.Contains(page.Text("main"), "20 such mails a day") {
		t.Error("the page does not say why")
	}
	if len(b.mails("one.more@office.test")) != 0 || b.count(`SELECT count(*)::int FROM post_offers`) != offersPerOffice {
		t.Error("one more went out")
	}
}

func TestOfferForm(t *testing.T) {
	t.Parallel()
	today := date.New(2026, 11, 28)
	good := OfferForm{Email: "a@b.test", Role: identity.Viewer, FromOn: today, UntilOn: today.AddDays(5)}
	for _, c := range []struct {
		name   string
		kind   OfferKind
		change func(*OfferForm)
		want   string
	}{
		{"an invitation", Invitation, func(*OfferForm) {}, ""},
		{"without an address", Invitation, func(f *OfferForm) { f.Email = "" }, "account.email.missing"},
		{"what is no address", Invitation, func(f *OfferForm) { f.Email = "nobody" }, "account.email.wrong"},
		{"one's own address", Handover, func(f *OfferForm) { f.Email = "Me@b.test" }, "account.offer.email.own"},
		{"a role that there is not", Invitation, func(f *OfferForm) { f.Role = "king" }, "account.office.role.missing"},
		{"a handover today", Handover, func(f *OfferForm) { f.UntilOn = today }, ""},
		{"a handover without a last day", Handover, func(f *OfferForm) { f.UntilOn = date.Date{} }, "account.offer.until.missing"},
		{"a handover yesterday", Handover, func(f *OfferForm) { f.UntilOn = today.AddDays(-1) }, "account.offer.until.past"},
		{"a handover in two years", Handover, func(f *OfferForm) { f.UntilOn = today.AddDays(800) }, "account.offer.until.far"},
		{"standing in", Delegation, func(*OfferForm) {}, ""},
		{"standing in by a colleague needs no address", Delegation, func(f *OfferForm) { f.Email, f.Colleague = "", 7 }, ""},
		{"standing in without a first day", Delegation, func(f *OfferForm) { f.FromOn = date.Date{} }, "account.offer.from.missing"},
		{"standing in that ends before it begins", Delegation, func(f *OfferForm) { f.FromOn, f.UntilOn = today.AddDays(3), today.AddDays(2) }, "account.offer.until.before"},
		{"a message that is too long", Invitation, func(f *OfferForm) { f.Message = strings.Repeat("x", MaxMessage+1) }, "account.offer.message.long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := good
			c.change(&f)
			got := ""
			for _, w := range f.Check(c.kind, "me@b.test", today) {
				got += w.Key
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestNamesThatAreAlike(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"ministry of labour", "ministry of labour", true},
		{"ministry of labour", "labour ministry", true},
		{"ministry of labour", "ministry of labour and social protection", true},
		{"ministry of labour", "ministry of health", false},
		{"red cross", "crescent", false},
		{"وزاره العمل", "وزاره العمل والتشغيل", true},
		{"", "", true},
	} {
		if got := alike(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %v", c.a, c.b, got)
		}
	}
}
