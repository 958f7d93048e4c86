package account

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/webtest"
)

// signsIn fills in the page of signing in.
func signsIn(c *webtest.Client, email, password, next string) *webtest.Page {
	return c.Get("/en/sign-in?next="+url.QueryEscape(next)).Want(http.StatusOK).Form("main form").Set("email", email).Set("password", password).Submit()
}

func TestSigningInByPassword(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("Amina@example.org")
	h.introduce("staff@example.org", func(in *Introduction) { in.Roles = []identity.StaffRole{{Role: identity.Reviewer}} })
	h.introduce("no.password@example.org", func(in *Introduction) { in.Password = "" })
	tests := []struct {
		name, email, password, next string
		status                      int
		location, says              string
	}{
		{"a member begins with their drafts", "amina@example.org", goodPassword, "", http.StatusSeeOther, "/en/drafts", ""},
		{"staff begin at the desk", "staff@example.org", goodPassword, "", http.StatusSeeOther, "/en/desk", ""},
		{"the address in other letters, with spaces", "  AMINA@Example.org ", goodPassword, "", http.StatusSeeOther, "/en/drafts", ""},
		{"to the page that they wanted", "amina@example.org", goodPassword, "/en/submissions/17?step=2", http.StatusSeeOther, "/en/submissions/17?step=2", ""},
		{"in the language of that page", "amina@example.org", goodPassword, "/ar/account", http.StatusSeeOther, "/ar/account", ""},
		{"the front page is no page in particular", "amina@example.org", goodPassword, "/en/", http.StatusSeeOther, "/en/drafts", ""},
		{"never to another site", "amina@example.org", goodPassword, "https://evil.example/", http.StatusSeeOther, "/en/drafts", ""},
		{"nor in disguise", "amina@example.org", goodPassword, "//evil.example/en/account", http.StatusSeeOther, "/en/drafts", ""},
		{"nor with a backslash", "amina@example.org", goodPassword, `/\evil.example`, http.StatusSeeOther, "/en/drafts", ""},
		{"a wrong password", "amina@example.org", "herons wade at dusk", "", http.StatusUnprocessableEntity, "", "account.sign_in.wrong"},
		{"an address without account", "nobody@example.org", goodPassword, "", http.StatusUnprocessableEntity, "", "account.sign_in.wrong"},
		{"an account without password", "no.password@example.org", "", "", http.StatusUnprocessableEntity, "", "account.sign_in.password.missing"},
		{"an account without password, and any", "no.password@example.org", "anything at all", "", http.StatusUnprocessableEntity, "", "account.sign_in.wrong"},
		{"no address", "", goodPassword, "", http.StatusUnprocessableEntity, "", "account.email.missing"},
		{"SQL", "' OR 1=1 --", goodPassword, "", http.StatusUnprocessableEntity, "", "account.sign_in.wrong"},
		{"a password of a million characters", "amina@example.org", strings.Repeat("x", 1_000_000), "", http.StatusUnprocessableEntity, "", "account.sign_in.wrong"},
		{"an address of a million characters", strings.Repeat("x", 1_000_000), goodPassword, "", http.StatusUnprocessableEntity, "", "account.sign_in.wrong"},
		{"a NUL in the address", "amina\x00@example.org", goodPassword, "", http.StatusSeeOther, "/en/drafts", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h.exec(`DELETE FROM rate_limits`)
			c := h.Another().In(t)
			page := signsIn(c, test.email, test.password, test.next).Want(test.status)
			if test.location != "" {
				page.WantRedirect(test.location)
				return
			}
			if got := page.Text(".errors li"); got != i18n.TL("en", test.says) {
				t.Errorf("the summary says %q", got)
			}
			if form := page.Form("main form"); form.Value("password") != "" {
				t.Error("the password is sent back")
			}
			c.Get("/en/drafts").WantRedirect("/en/sign-in?next=%2Fen%2Fdrafts")
		})
	}
	if got := h.acts("user", who.ID); !strings.HasPrefix(got, "introduce sign_in(password)") {
		t.Errorf("the audit log has %q", got)
	}
}

func TestSigningInTellsNobodyWhetherAnAddressIsKnown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.introduce("known@example.org")
	run := func(email string) (page string, status, hashes, audit int) {
		c := h.Another()
		before, acts := h.accounts.passwords.made.Load(), h.count(`SELECT count(*) FROM audit_log`)
		p := signsIn(c, email, "the wrong password", "")
		return strings.ReplaceAll(string(p.Body), email, "ADDRESS"), p.Status, int(h.accounts.passwords.made.Load() - before), h.count(`SELECT count(*) FROM audit_log`) - acts
	}
	page1, status1, hashes1, acts1 := run("known@example.org")
	page2, status2, hashes2, acts2 := run("unknown@example.org")
	if page1 != page2 || status1 != status2 {
		t.Errorf("the pages differ; statuses %d and %d", status1, status2)
	}
	if hashes1 != 1 || hashes2 != 1 || acts1 != acts2 {
		t.Errorf("the work differs: %d and %d hashes, %d and %d records", hashes1, hashes2, acts1, acts2)
	}
}

func TestALockOutKeepsNobodyElseOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.introduce("amina@example.org")
	attempt := func(password, network string) error {
		_, err := h.accounts.SignIn(t.Context(), "amina@example.org", password, network)
		return err
	}
	for range signInsPerAccount {
		if err := attempt("a guess at random", "192.0.2.1"); errors.Is(err, problem.TooMany) {
			t.Fatal("locked too early")
		}
	}
	if err := attempt(goodPassword, "192.0.2.1"); !errors.Is(err, problem.TooMany) {
		t.Errorf("after ten guesses the right password from there gives %v, want too many", err)
	}
	if err := attempt(goodPassword, "198.51.100.7"); err != nil {
		t.Errorf("the right person elsewhere is kept out: %v", err)
	}
	before := h.accounts.passwords.made.Load()
	if err := attempt(goodPassword, "192.0.2.1"); !errors.Is(err, problem.TooMany) || h.accounts.passwords.made.Load() != before {
		t.Error("an attempt that is not allowed costs a hash")
	}
	// On the page: told, and offered the way that is open.
	c := h.Another()
	for range signInsPerAccount {
		signsIn(c, "amina@example.org", "a guess at random", "")
	}
	page := signsIn(c, "amina@example.org", goodPassword, "/en/account").Want(http.StatusTooManyRequests)
	if page.Header.Get("Retry-After") == "" || !page.Has(`.errors a[href="/en/sign-in/link?next=%2Fen%2Faccount"]`) {
		t.Error("the page does not say when to try again, or how else to sign in")
	}
	page.Click(`.errors a[href^="/en/sign-in/link"]`).Form("main form").Set("email", "amina@example.org").Submit().WantRedirect("/en/sign-in/sent")
	h.work()
	c.Get(h.link(h.mail("amina@example.org", "sign_in"))).Form("main form").Submit().WantRedirect("/en/account")
}

func TestTheRightPasswordIsNoAttempt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.introduce("amina@example.org")
	for range signInsPerAccount + 2 {
		if _, err := h.accounts.SignIn(t.Context(), "amina@example.org", "a guess at random", "192.0.2.1"); errors.Is(err, problem.TooMany) {
			t.Fatal("the person is locked out by signing in")
		}
		if _, err := h.accounts.SignIn(t.Context(), "amina@example.org", goodPassword, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOneNetworkTriesManyAccounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range signInsPerNetwork {
		// An address that cannot be anybody's costs no hash.
		if _, err := h.accounts.SignIn(t.Context(), strings.Repeat("x", 2000)+itoa(int64(i)), "a guess at random", "192.0.2.1"); errors.Is(err, problem.TooMany) {
			t.Fatalf("locked after %d", i)
		}
	}
	if _, err := h.accounts.SignIn(t.Context(), "amina@example.org", "a guess at random", "192.0.2.1"); !errors.Is(err, problem.TooMany) {
		t.Errorf("one more gives %v, want too many", err)
	}
}

func TestAnOldHashIsMadeAnew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org")
	old, err := argon2id.CreateHash(goodPassword, &argon2id.Params{Memory: 8 * 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	h.exec(`UPDATE users SET password_hash = $1`, old)
	signsIn(h.Another(), "amina@example.org", goodPassword, "").WantRedirect("/en/drafts")
	c, err := credentialsByID(t.Context(), h.db.Read(), who.ID)
	if err != nil {
		t.Fatal(err)
	}
	if params, _, _, err := argon2id.DecodeHash(c.PasswordHash); err != nil || *params != *hashing {
		t.Errorf("the hash has the parameters %v, %v", params, err)
	}
}

func TestClosedAccountsAreClosed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org")
	c := h.as(who)
	h.exec(`UPDATE users SET closed_at = now()`)
	c.Get("/en/account").WantRedirect("/en/sign-in?next=%2Fen%2Faccount")
	signsIn(h.Another(), "amina@example.org", goodPassword, "").Want(http.StatusUnprocessableEntity)
	h.Post("/en/sign-in/link", values("email", "amina@example.org")).WantRedirect("/en/sign-in/sent")
	h.work()
	if n := len(h.mails("amina@example.org")); n != 0 {
		t.Errorf("%d mails to a closed account", n)
	}
}

func TestSigningOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org")
	c := h.as(who)
	c.Get("/en/sign-out").Want(http.StatusMethodNotAllowed)
	page := c.Get("/en/account").Form("form.topbar__out").Submit().WantRedirect("/en/").Follow()
	if got := page.Text(".flash"); got != i18n.TL("en", "account.signed_out") {
		t.Errorf("the page says %q", got)
	}
	c.Get("/en/account").Want(http.StatusSeeOther)
	if got := h.acts("user", who.ID); got != "introduce sign_out" {
		t.Errorf("the audit log has %q", got)
	}
	h.Another().Post("/en/sign-out", nil).WantRedirect("/en/") // a visitor is already
}

func TestALinkToSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org", func(in *Introduction) { in.Password, in.Lang = "", i18n.Arabic })
	h.exec(`UPDATE users SET email_verified_at = NULL`)
	c := h.Another()
	sent := c.Get("/en/sign-in/link?next=%2Fen%2Fsubmissions%2F17").Form("main form").Set("email", " Amina@example.org").Submit().WantRedirect("/en/sign-in/sent").Follow()
	if !sent.Contains("The link works for 60 minutes.") {
		t.Error("the page does not say how long the link works")
	}
	h.work()
	h.work()
	if n := len(h.mails("amina@example.org")); n != 1 {
		t.Fatalf("%d mails, want 1", n)
	}
	m := h.mail("amina@example.org", "sign_in")
	if m.Lang != "ar" || !m.Secret {
		t.Errorf("the mail is in %s and secret: %v", m.Lang, m.Secret)
	}
	link := h.link(m)
	if !strings.HasPrefix(link, "/ar/t/") {
		t.Errorf("the link leads to %s, want the language of the person", link)
	}
	for range 3 { // programs that look at mails open links
		page := c.Get(link).Want(http.StatusOK)
		if page.Count("main form button") != 1 || page.Has("main form input") {
			t.Error("the page has more than its one button")
		}
	}
	c.Get("/en/account").Want(http.StatusSeeOther)
	page := c.Get(link).Form("main form").Submit().WantRedirect("/en/submissions/17")
	if page.Header.Get("Set-Cookie") == "" {
		t.Error("no session begins")
	}
	c.Get("/en/account").Want(http.StatusOK)
	if n := h.count(`SELECT count(*) FROM users WHERE email_verified_at IS NOT NULL`); n != 1 {
		t.Error("the address is not proven by the link")
	}
	if got := h.acts("user", who.ID); got != "introduce sign_in(link)" {
		t.Errorf("the audit log has %q", got)
	}
	other := h.Another()
	used := other.Get(link).Want(http.StatusGone)
	if !used.Contains(i18n.TL("ar", "account.dead.used.title")) || !used.Has(`main a[href="/ar/sign-in/link?next=%2Fen%2Fsubmissions%2F17"]`) {
		t.Error("the used link does not say so, or offers no new one that leads to the same page")
	}
	other.Post(link, nil).Want(http.StatusGone)
	other.Get("/en/account").Want(http.StatusSeeOther)
}

func TestALinkIsUsedOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.introduce("amina@example.org")
	h.Post("/en/sign-in/link", values("email", "amina@example.org"))
	h.work()
	link := h.link(h.mail("amina@example.org", "sign_in"))
	status := make([]int, 8)
	together(8, func(i int) { status[i] = h.Another().Post(link, nil).Status })
	in := 0
	for _, s := range status {
		if s == http.StatusSeeOther {
			in++
		}
	}
	if in != 1 {
		t.Errorf("%d of eight were signed in: %v", in, status)
	}
}

func TestLinksThatDoNotWork(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.introduce("amina@example.org")
	for purpose, path := range map[Purpose]string{SignInLink: "/en/sign-in/link", ResetLink: "/en/sign-in/reset"} {
		h.Post(path, values("email", "amina@example.org")).WantRedirect("/en/sign-in/sent")
		h.work()
		link := h.link(h.mail("amina@example.org", string(purpose)))
		h.later(LinkLasts)
		page := h.Get(link).Want(http.StatusGone)
		if !page.Contains(i18n.TL("en", "account.dead.expired.title")) || !page.Has(`main a[href="`+path+`"]`) {
			t.Errorf("%s: the page of an expired link does not say so, or offers no new one", purpose)
		}
		h.Post(link, values("password", goodPassword)).Want(http.StatusGone)
		h.later(tokenKept)
		if err := h.accounts.CleanUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.Get(link).Want(http.StatusNotFound)
	}
	for _, token := range []string{"ABC", strings.Repeat("A", 26), strings.Repeat("x", 5000), "%F0%9F%A6%A9", "..%2f..%2fetc"} {
		page := h.Get("/en/t/" + token).Want(http.StatusNotFound)
		if !strings.HasPrefix(token, "..") && !page.Has(`main a[href="/en/sign-in/link"]`) {
			t.Errorf("%.20s: the page offers no new link", token)
		}
		h.Post("/en/t/"+token, values("password", goodPassword)).Want(http.StatusNotFound)
	}
}

func TestAskingForALinkTellsNobodyWhetherAnAddressIsKnown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.introduce("known@example.org")
	for _, path := range []string{"/en/sign-in/link", "/en/sign-in/reset"} {
		run := func(email string) (page string, requests, jobs, rest int) {
			before := []int{
				h.count(`SELECT count(*) FROM link_requests`), h.count(`SELECT count(*) FROM river_job`),
				h.count(`SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM tokens) + (SELECT count(*) FROM audit_log)`),
			}
			answer := h.Another().Get(path).Form("main form").Set("email", email).Submit().WantRedirect("/en/sign-in/sent")
			return strings.ReplaceAll(string(answer.Follow().Body), email, "ADDRESS"), h.count(`SELECT count(*) FROM link_requests`) - before[0], h.count(`SELECT count(*) FROM river_job`) - before[1],
				h.count(`SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM tokens) + (SELECT count(*) FROM audit_log)`) - before[2]
		}
		page1, requests1, jobs1, rest1 := run("known@example.org")
		page2, requests2, jobs2, rest2 := run("unknown@example.org")
		if page1 != page2 || requests1 != 1 || requests2 != 1 || jobs1 != 1 || jobs2 != 1 || rest1+rest2 != 0 {
			t.Errorf("%s: pages equal %v; work %d %d %d and %d %d %d", path, page1 == page2, requests1, jobs1, rest1, requests2, jobs2, rest2)
		}
	}
	h.work()
	if known, unknown := len(h.mails("known@example.org")), len(h.mails("unknown@example.org")); known != 2 || unknown != 0 {
		t.Errorf("%d mails to the known address and %d to the other, want 2 and none", known, unknown)
	}
	if n := h.count(`SELECT count(*) FROM link_requests`); n != 0 {
		t.Errorf("%d addresses stay that somebody typed", n)
	}
	page := h.Get("/en/sign-in/link").Form("main form").Set("email", "no address").Submit().Want(http.StatusUnprocessableEntity)
	if page.Form("main form").Value("email") != "no address" {
		t.Error("what was typed is lost")
	}
}

func TestNobodysMailboxIsFilledWithLinks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.introduce("amina@example.org")
	for range 3 * linksPerAccount {
		h.Post("/en/sign-in/link", values("email", "amina@example.org")).WantRedirect("/en/sign-in/sent")
	}
	h.work()
	all := h.mails("amina@example.org")
	if len(all) != linksPerAccount {
		t.Errorf("%d mails in an hour, want %d", len(all), linksPerAccount)
	}
	// The right person holds a link that works, whoever asked for it.
	h.Another().Post(h.link(all[0]), nil).WantRedirect("/en/drafts")
	if err := h.accounts.RequestLink(t.Context(), SetUpLink, "amina@example.org", "", "192.0.2.1"); err == nil {
		t.Error("anybody may ask for a link to set up an account")
	}
	for i := range requestsPerNetwork {
		if err := h.accounts.RequestLink(t.Context(), SignInLink, "a"+itoa(int64(i))+"@example.org", "", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.accounts.RequestLink(t.Context(), SignInLink, "a@example.org", "", "192.0.2.1"); !errors.Is(err, problem.TooMany) {
		t.Errorf("one more from the same network gives %v, want too many", err)
	}
}

func TestANewPasswordByMail(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org")
	elsewhere := h.as(who)
	for _, path := range []string{"/en/sign-in/link", "/en/sign-in/reset"} {
		h.Post(path, values("email", "amina@example.org"))
		h.work()
	}
	all := h.mails("amina@example.org")
	signIn, reset := h.link(all[0]), h.link(all[1])
	c := h.Another()
	form := c.Get(reset).Want(http.StatusOK).Form("main form")
	if form.Value("username") != "amina@example.org" {
		t.Error("password managers are not told whose password it is")
	}
	form.Set("password", "password1234").Submit().Want(http.StatusUnprocessableEntity)
	c.Get(reset).Form("main form").Set("password", "egrets stand in the reeds").Submit().WantRedirect("/en/drafts")
	c.Get("/en/account").Want(http.StatusOK)
	elsewhere.Get("/en/account").Want(http.StatusSeeOther)
	h.Another().Post(signIn, nil).Want(http.StatusGone)
	h.Another().Get(reset).Want(http.StatusGone)
	signsIn(h.Another(), "amina@example.org", goodPassword, "").Want(http.StatusUnprocessableEntity)
	signsIn(h.Another(), "amina@example.org", "egrets stand in the reeds", "").WantRedirect("/en/drafts")
	if m := h.mail("amina@example.org", "password_changed"); m.Secret || linkPattern.MatchString(m.HTML) {
		t.Error("the mail about the change carries a link that signs in")
	}
	if got := h.acts("user", who.ID); got != "introduce password.reset(password) sign_in(password)" {
		t.Errorf("the audit log has %q", got)
	}
}

func TestALinkToSignInSetsNoPassword(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.introduce("amina@example.org")
	h.Post("/en/sign-in/link", values("email", "amina@example.org"))
	h.work()
	token := strings.TrimPrefix(h.link(h.mail("amina@example.org", "sign_in")), "/en/t/")
	if _, err := h.accounts.SetPassword(t.Context(), token, "egrets stand in the reeds"); !errors.Is(err, problem.Stale) {
		t.Errorf("SetPassword with a link for signing in: %v", err)
	}
	if _, err := h.accounts.Confirm(t.Context(), token, "egrets stand in the reeds"); !errors.Is(err, problem.Stale) {
		t.Errorf("Confirm with a link for signing in: %v", err)
	}
	signsIn(h.Another(), "amina@example.org", goodPassword, "").WantRedirect("/en/drafts")
}

func TestSignedInPeopleAreNotAskedToSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.as(h.introduce("amina@example.org"))
	c.Get("/en/sign-in").WantRedirect("/en/drafts")
	c.Get("/en/sign-in?next=%2Fen%2Faccount").WantRedirect("/en/account")
}

func TestWhatWasTypedComesBackAfterSigningIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org")
	c := h.as(who)
	form := c.Get("/en/account/position").Form("main form").Set("position", "Head of the Migration Unit")
	h.exec(`UPDATE users SET session_epoch = session_epoch + 1`) // the session ends while they type
	asked := form.Submit().Want(http.StatusSeeOther)
	page := asked.Follow().Form("main form").Set("email", "amina@example.org").Set("password", goodPassword).Submit().WantRedirect("/en/account/position").Follow()
	if got := page.Form("main form").Value("position"); got != "Head of the Migration Unit" {
		t.Errorf("the form holds %q", got)
	}
	page.Form("main form").Submit().WantRedirect("/en/account")
	if p, err := h.accounts.Person(t.Context(), who); err != nil || p.Position != "Head of the Migration Unit" {
		t.Errorf("the position is %q, %v", p.Position, err)
	}
}

func TestTheHashesTakeTurns(t *testing.T) {
	t.Parallel()
	h := newHasher()
	h.slots <- struct{}{}
	h.slots <- struct{}{}
	ctx, cancel := contextFor(t, time.Millisecond)
	defer cancel()
	if _, err := h.hash(ctx, goodPassword); err == nil {
		t.Error("a third hash is made while two are under way")
	}
	if _, _, err := h.matches(ctx, goodPassword, ""); err == nil {
		t.Error("a third comparison is made while two are under way")
	}
}
