package account

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

// ask asks for another address on the page, and runs the jobs.
func (h *house) ask(c *webtest.Client, email string) *webtest.Page {
	h.t.Helper()
	page := c.Get("/en/account/email").Want(http.StatusOK).Form(`main form[action*="#errors"]`).Set("email", email).Submit()
	h.work()
	return page
}

func (h *house) emailOf(who identity.User) string {
	h.t.Helper()
	return h.reload(who).Email
}

func TestAnAddressIsChangedByTheLinkToTheNewOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("old@example.org")
	c := h.as(who)
	flash := h.ask(c, " mailto:New@example.org ").WantRedirect("/en/account").Follow()
	if !flash.Contains("We have sent a message to New@example.org.") {
		t.Error("the page does not say where the message went")
	}
	asked, confirm := h.mail("old@example.org", "email_asked"), h.mail("New@example.org", "email_confirm")
	if !asked.Secret || !confirm.Secret || strings.Contains(confirm.HTML, "Amina") {
		t.Error("the mails are not secret, or the one to an address that is not proven carries what somebody typed")
	}
	if !c.Get("/en/account/email").Contains("We have written to New@example.org") {
		t.Error("the page does not say what is asked for")
	}
	link := h.link(confirm)
	for range 2 { // programs that look at mails open links
		page := h.Another().Get(link).Want(http.StatusOK)
		if page.Header.Get("Cache-Control") != "no-store" || !page.Contains("New@example.org") {
			t.Error("the page of the link may be kept, or does not name the address")
		}
	}
	if got := h.emailOf(who); got != "old@example.org" {
		t.Fatalf("opening the link made the address %s", got)
	}
	h.Another().Get(link).Form("main form").Submit().WantRedirect("/en/sign-in")
	if got := h.emailOf(who); got != "New@example.org" {
		t.Errorf("the address is %s", got)
	}
	h.mail("New@example.org", "email_done")
	h.mail("old@example.org", "email_changed")
	if got := h.acts("user", who.ID); !strings.HasSuffix(got, "email.ask(email) email.change(email)") {
		t.Errorf("the audit log has %q", got)
	}
	dead := h.Another().Get(link).Want(http.StatusGone)
	if !dead.Contains(i18n.TL("en", "account.email_change.dead.used.title")) || dead.Contains("example.org") {
		t.Error("the used link does not say so, or says whose it was")
	}
	h.Another().Post(link, nil).Want(http.StatusGone)
	h.Another().Get("/en/t/email/unknown").Want(http.StatusNotFound)
	h.Another().Post("/en/t/email/unknown", nil).Want(http.StatusNotFound)
}

func TestTheOldAddressStopsOrTakesBack(t *testing.T) {
	t.Parallel()
	for _, step := range []struct {
		name    string
		confirm bool
		kind    string
	}{
		{"before the change", false, "email_asked"},
		{"after it, by the second mail", true, "email_changed"},
		{"after it, by the first mail", true, "email_asked"},
	} {
		t.Run(step.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			who := h.introduce("old@example.org")
			thief := h.as(who)
			h.ask(thief, "thief@example.org")
			links := map[string]string{"email_asked": h.link(h.mail("old@example.org", "email_asked"))}
			if step.confirm {
				h.Another().Post(h.link(h.mail("thief@example.org", "email_confirm")), nil).Want(http.StatusSeeOther)
				links["email_changed"] = h.link(h.mail("old@example.org", "email_changed"))
			}
			// Asking for yet another one does not get rid of it.
			h.ask(thief, "third@example.org")
			third := h.link(h.mail("third@example.org", "email_confirm"))
			h.Another().Post(third, nil).Want(http.StatusSeeOther)
			h.later(71 * time.Hour)
			c := h.Another()
			c.Get(links[step.kind]).Want(http.StatusOK)
			page := c.Get(links[step.kind]).Form("main form").Submit().Want(http.StatusSeeOther)
			if got := h.emailOf(who); got != "old@example.org" {
				t.Errorf("the address is %s", got)
			}
			thief.Get("/en/account").WantRedirect("/en/sign-in?next=%2Fen%2Faccount")
			if n := h.count(`SELECT count(*) FROM users WHERE id = $1 AND password_hash = ''`, who.ID); n != 1 {
				t.Error("the password that the thief may know still works")
			}
			// The owner sets a new password right away and is signed in.
			page.Follow().Want(http.StatusOK).Form("main form").Set("password", "otters swim in winter").Submit().WantRedirect("/en/drafts")
			for name, link := range map[string]string{"the link again": links[step.kind], "the link to the third address": third} {
				if status := h.Another().Post(link, nil).Status; status != http.StatusGone {
					t.Errorf("%s answers %d, want 410", name, status)
				}
			}
			if h.emailOf(who) != "old@example.org" {
				t.Error("a dead link changed the address")
			}
		})
	}
}

// Who takes an address back is not shut out by what somebody else set up meanwhile.
func TestTakingBackRemovesWhatWasSetUpSince(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                 string
		factor, codes        time.Duration // after the change was asked for
		keepsFactor, hasTold bool
		keepsCodes           bool
	}{
		{"both since", time.Minute, time.Minute, false, true, false},
		{"in the same moment", 0, 0, false, true, false},
		{"the codes since", -time.Hour, time.Minute, true, true, false},
		{"both before", -time.Hour, -time.Hour, true, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			who := h.introduce("old@example.org")
			h.ask(h.as(who), "thief@example.org")
			asked := h.clock()
			stop := h.link(h.mail("old@example.org", "email_asked"))
			h.later(time.Hour)
			h.Another().Post(h.link(h.mail("thief@example.org", "email_confirm")), nil).Want(http.StatusSeeOther)
			h.exec(`INSERT INTO factors (user_id, secret, key_id, last_step, created_at) VALUES ($1, '\x00', 'key', 0, $2)`, who.ID, asked.Add(c.factor))
			h.exec(`INSERT INTO recovery_codes (user_id, hash, created_at) VALUES ($1, sha256('a'), $2)`, who.ID, asked.Add(c.codes))
			h.Another().Post(stop, nil).Want(http.StatusSeeOther)
			if n := h.count(`SELECT count(*) FROM factors WHERE user_id = $1`, who.ID); (n == 1) != c.keepsFactor {
				t.Errorf("%d factors are left", n)
			}
			if n := h.count(`SELECT count(*) FROM recovery_codes WHERE user_id = $1`, who.ID); (n == 1) != c.keepsCodes {
				t.Errorf("%d recovery codes are left", n)
			}
			if told := slices.Contains(kinds(h.mails("old@example.org")), "account.factor.undone"); told != c.hasTold {
				t.Errorf("the owner got %v", kinds(h.mails("old@example.org")))
			}
			if n := strings.Count(h.acts("user", who.ID), "factor.undo"); (n == 1) != c.hasTold {
				t.Errorf("the record says %s", h.acts("user", who.ID))
			}
		})
	}
}

func TestLinksOfAChangeOfAddressRunOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("old@example.org")
	c := h.as(who)
	h.ask(c, "new@example.org")
	link, stop := h.link(h.mail("new@example.org", "email_confirm")), h.link(h.mail("old@example.org", "email_asked"))
	h.later(24*time.Hour + time.Second)
	if page := h.Another().Post(link, nil).Want(http.StatusGone); !page.Contains(i18n.TL("en", "account.email_change.dead.expired.title")) {
		t.Error("the page does not say that the link has run out")
	}
	h.later(48 * time.Hour)
	if page := h.Another().Post(stop, nil).Want(http.StatusGone); !page.Contains(i18n.TL("en", "account.email_change.dead.old_expired.title")) {
		t.Error("the page does not say that the link to the old address has run out")
	}
	h.later(30 * 24 * time.Hour)
	if err := h.accounts.CleanUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := h.count(`SELECT count(*) FROM email_changes`); n != 0 || h.emailOf(who) != "old@example.org" {
		t.Errorf("%d changes are kept, the address is %s", n, h.emailOf(who))
	}
}

func TestAChangeThatIsGivenUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("old@example.org")
	c := h.as(who)
	h.ask(c, "new@example.org")
	link := h.link(h.mail("new@example.org", "email_confirm"))
	c.Get("/en/account/email").Form(`main form[action$="/stop"]`).Submit().WantRedirect("/en/account")
	h.Another().Post(link, nil).Want(http.StatusGone)
	h.ask(c, "other@example.org")
	password := h.link(h.mail("other@example.org", "email_confirm"))
	if _, err := h.accounts.ChangePassword(t.Context(), h.reload(who), "otters swim in winter"); err != nil {
		t.Fatal(err)
	}
	h.Another().Post(password, nil).Want(http.StatusGone) // after a new password nobody else may hold a way in
	if h.emailOf(who) != "old@example.org" {
		t.Error("the address has changed")
	}
}

// Asking for a known address gives the same answer, after the same work, as asking for an unknown one.
func TestAskingDoesNotTellWhetherAnAddressIsKnown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.introduce("known@example.org")
	first, second := h.introduce("first@example.org"), h.introduce("second@example.org")
	known, unknown := h.ask(h.as(first), "KNOWN@example.org"), h.ask(h.as(second), "stranger@example.org")
	if known.Status != unknown.Status || known.Location() != unknown.Location() {
		t.Errorf("a known address answers %d %s, an unknown one %d %s", known.Status, known.Location(), unknown.Status, unknown.Location())
	}
	a, b := strings.ReplaceAll(known.Follow().Text(".flash"), "KNOWN@example.org", "X"), strings.ReplaceAll(unknown.Follow().Text(".flash"), "stranger@example.org", "X")
	if a != b || a == "" {
		t.Errorf("the answers differ: %q, %q", a, b)
	}
	h.mail("known@example.org", "email_known")
	if n := h.count(`SELECT count(*) FROM email_changes WHERE new_email = 'KNOWN@example.org' AND confirm_hash IS NULL AND mailed_at IS NOT NULL`); n != 1 {
		t.Error("a known address can be confirmed")
	}
}

func TestWhatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("old@example.org")
	c := h.as(who)
	for typed, key := range map[string]string{
		"": "account.email.missing", "nonsense": "account.email.wrong", "OLD@example.org": "account.email_change.same",
		"a@example.org, b@example.org": "account.email.wrong", "a@example.org\r\nBcc: b@example.org": "account.email.wrong",
		strings.Repeat("a", 300) + "@example.org": "account.email.wrong",
	} {
		page := c.Post("/en/account/email", values("email", typed)).Want(http.StatusUnprocessableEntity)
		if got := page.Text(".errors li"); got != i18n.TL("en", key) {
			t.Errorf("%q: the summary says %q", typed, got)
		}
	}
	for range emailChangesPerAccount {
		c.Post("/en/account/email", values("email", "new@example.org")).Want(http.StatusSeeOther)
	}
	c.Post("/en/account/email", values("email", "new@example.org")).Want(http.StatusTooManyRequests)
	c.Post("/en/account/email/stop", nil).Want(http.StatusSeeOther)
	h.Another().Post("/en/account/email", values("email", "x@example.org")).Want(http.StatusSeeOther)
	if n := h.count(`SELECT count(*) FROM email_changes WHERE new_email = 'x@example.org'`); n != 0 {
		t.Error("a visitor asked for a change")
	}
}

// Of two people who prove that they read the same address one gets it.
func TestTwoPeopleWantOneAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, second := h.introduce("first@example.org"), h.introduce("second@example.org")
	var links []string
	for _, who := range []identity.User{first, second} {
		h.ask(h.as(who), "shared@example.org")
		links = append(links, h.link(h.mail("shared@example.org", "email_confirm")))
	}
	statuses := make([]int, 2)
	var group sync.WaitGroup
	for i, link := range links {
		c := h.Another()
		group.Go(func() { statuses[i] = c.Post(link, nil).Status })
	}
	group.Wait()
	if statuses[0]+statuses[1] != http.StatusSeeOther+http.StatusConflict {
		t.Errorf("the answers are %v, want one 303 and one 409", statuses)
	}
	if n := h.count(`SELECT count(*) FROM users WHERE email = 'shared@example.org'`); n != 1 {
		t.Errorf("%d people have the address", n)
	}
}

// When the old address has another account by the time it takes the change back, sessions still end.
func TestTakingBackAnAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("old@example.org")
	c := h.as(who)
	h.ask(c, "new@example.org")
	h.Another().Post(h.link(h.mail("new@example.org", "email_confirm")), nil).Want(http.StatusSeeOther)
	undo := h.link(h.mail("old@example.org", "email_changed"))
	h.introduce("old@example.org")
	page := h.Another().Post(undo, nil).Want(http.StatusConflict)
	if !page.Contains(i18n.TL("en", "account.email_change.dead.old_taken.title")) {
		t.Error("the page does not say what happened")
	}
	c.Get("/en/account").Want(http.StatusSeeOther)
	if got := h.emailOf(who); got != "new@example.org" {
		t.Errorf("the address is %s", got)
	}
}
