package account

import (
	"encoding/base32"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

// rfcSecret is the secret of the test values in RFC 6238, appendix B.
var rfcSecret = []byte("12345678901234567890")

func TestCodesAreThoseOfTheStandard(t *testing.T) {
	t.Parallel()
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got, err := codeAt(rfcSecret, stepAt(time.Unix(at, 0))); err != nil || got != want {
			t.Errorf("at %d the code is %s %v, want %s", at, got, err, want)
		}
	}
}

func TestWhichCodesCount(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_800_000_000/codePeriod*codePeriod, 0) // of a step
	code, err := codeAt(rfcSecret, stepAt(start))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		after time.Duration
		ok    bool
	}{
		{"two steps early", -31 * time.Second, false},
		{"at the first instant of the step before", -30 * time.Second, true},
		{"in its own step", 0, true},
		{"at the end of its step", 30*time.Second - 1, true},
		{"in the step after", 30 * time.Second, true},
		{"at the end of the step after", 60*time.Second - 1, true},
		{"two steps late", 60 * time.Second, false},
		{"an hour late", time.Hour, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			step, ok, err := matchStep(rfcSecret, code, start.Add(test.after))
			if err != nil || ok != test.ok || ok && step != stepAt(start) {
				t.Errorf("it counts: %v, as step %d of %d, %v", ok, step, stepAt(start), err)
			}
		})
	}
}

func TestReadingCodes(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"123456": "123456", " 123 456 ": "123456", "123-456": "123456", "١٢٣٤٥٦": "123456", "۱۲۳ ۴۵۶": "123456", "１２３４５６": "123456",
		"\u200f123\u00a0456\u200e": "123456", "": "", "12345a": "", "123.456": "", "0x1234": "", strings.Repeat("1", 1_000_000): "", "\xff\xfe": "", "१२३४५६": "123456",
	} {
		if got := readCode(typed); got != want {
			t.Errorf("%.20q is read as %q, want %q", typed, got, want)
		}
	}
	code := newRecoveryCode()
	if !regexp.MustCompile(`^([a-z2-7]{4}-){5}[a-z2-7]{4}$`).MatchString(code) {
		t.Errorf("a recovery code is %q", code)
	}
	for _, typed := range []string{code, strings.ToUpper(code), strings.ReplaceAll(code, "-", ""), strings.ReplaceAll(code, "-", " "), " " + code + "\n", strings.ReplaceAll(code, "-", "–")} {
		if readRecoveryCode(typed) != strings.ReplaceAll(code, "-", "") {
			t.Errorf("%q is not read as %q", typed, code)
		}
	}
}

func FuzzReadCode(f *testing.F) {
	f.Add("١٢٣ 456")
	f.Add("\x00")
	f.Fuzz(func(t *testing.T, typed string) {
		if got := readCode(typed); strings.Trim(got, "0123456789") != "" || len(got) > 21 {
			t.Errorf("%q is read as %q", typed, got)
		}
		readRecoveryCode(typed)
	})
}

func TestWhatIsSealedOpensForItsOwnOnly(t *testing.T) {
	t.Parallel()
	v, other := newVault([]byte("a secret of the portal's own")), newVault([]byte("the secret after a rotation"))
	now := time.Now()
	if v.keyID == other.keyID || len(v.keyID) != 8 {
		t.Errorf("the keys are called %s and %s", v.keyID, other.keyID)
	}
	sealed := v.sealProposal(rfcSecret, 7, now)
	if got, err := v.openProposal(sealed, 7, now.Add(ProposalLasts-time.Second)); err != nil || string(got) != string(rfcSecret) {
		t.Errorf("the proposal is %q %v", got, err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"somebody else":   func() ([]byte, error) { return v.openProposal(sealed, 8, now) },
		"an hour later":   func() ([]byte, error) { return v.openProposal(sealed, 7, now.Add(ProposalLasts+2*time.Second)) },
		"another key":     func() ([]byte, error) { return other.openProposal(sealed, 7, now) },
		"changed":         func() ([]byte, error) { return v.openProposal("A"+sealed[1:]+"A", 7, now) },
		"nothing":         func() ([]byte, error) { return v.openProposal("", 7, now) },
		"not base64":      func() ([]byte, error) { return v.openProposal("\x00%", 7, now) },
		"a stored factor": func() ([]byte, error) { return v.open(v.seal(rfcSecret, factorOf(7)), proposalOf(7)) },
	} {
		if got, err := open(); err == nil {
			t.Errorf("%s: it opens as %q", name, got)
		}
	}
}

// codeFor is what the person's app shows in a step from now.
func (h *house) codeFor(who identity.User, steps int64) string {
	h.t.Helper()
	f, err := findFactor(h.t.Context(), h.db.Read(), who.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	secret, err := h.accounts.factorSecret(f)
	if err != nil {
		h.t.Fatal(err)
	}
	code, err := codeAt(secret, stepAt(h.clock())+steps)
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

var withFactor = func(in *Introduction) { in.Factor = rfcSecret }

// waits begins to sign the person in with the password, and returns the page that asks for the code.
func (h *house) waits(c *webtest.Client, email string) *webtest.Page {
	h.t.Helper()
	return signsIn(c, email, goodPassword, "").WantRedirect("/en/sign-in/code").Follow().Want(http.StatusOK)
}

func TestSigningInWithACode(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org", withFactor, administrator)
	c := h.Another()
	page := h.waits(c, "amina@example.org")
	field := page.One("#code")
	if field.Attr("autocomplete") != "one-time-code" || field.Attr("inputmode") != "numeric" {
		t.Errorf("the field is %v", field)
	}
	for _, path := range []string{"/en/desk", "/en/account", "/en/drafts"} { // the state is no session
		if got := c.Get(path).Want(http.StatusSeeOther).Location(); !strings.Contains(got, "/sign-in") {
			t.Errorf("%s leads to %s", path, got)
		}
	}
	for typed, says := range map[string]string{"": "missing", "12345": "form", "abcdef": "form", "000000000": "form", "1'; --": "form", h.codeFor(who, 3): "wrong"} {
		page := c.Post("/en/sign-in/code", values("code", typed)).Want(http.StatusUnprocessableEntity)
		if got := page.Text(".errors li"); got != i18n.TL("en", "account.factor.code."+says) {
			t.Errorf("%q: the summary says %q", typed, got)
		}
		if page.One("#code").Attr("value") != "" {
			t.Error("the code is sent back")
		}
	}
	code := h.codeFor(who, 0)
	arabic := strings.Map(func(r rune) rune { return r - '0' + '٠' }, code)
	page.Form("main form").Set("code", arabic[:6]+" "+arabic[6:]).Submit().WantRedirect("/en/desk").Follow().Want(http.StatusOK)
	c.Get("/en/sign-in/code").WantRedirect("/en/desk") // the back button
	c.Post("/en/sign-in/code", values("code", code)).WantRedirect("/en/desk")
	// The same code, at another browser.
	again := h.Another()
	got := h.waits(again, "amina@example.org").Form("main form").Set("code", code).Submit().Want(http.StatusUnprocessableEntity)
	if text := got.Text(".errors li"); text != i18n.TL("en", "account.factor.code.used") {
		t.Errorf("a code that was used: %q", text)
	}
	got.Form("main form").Set("code", h.codeFor(who, -1)).Submit().Want(http.StatusUnprocessableEntity) // nor an older one
	got.Form("main form").Set("code", h.codeFor(who, 1)).Submit().WantRedirect("/en/desk")
	if acts := h.acts("user", who.ID); acts != "introduce role.add(administrator) sign_in(password) sign_in(code) sign_in(password) sign_in(code)" {
		t.Errorf("the audit log has %q", acts)
	}
}

func TestALinkAsksForTheCodeToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org", withFactor)
	c := h.Another()
	c.Post("/en/sign-in/link", values("email", "amina@example.org", "next", "/en/submissions/7"))
	h.work()
	page := c.Get(h.link(h.mail("amina@example.org", "sign_in"))).Form("main form").Submit().WantRedirect("/en/sign-in/code").Follow()
	page.Form("main form").Set("code", h.codeFor(who, 0)).Submit().WantRedirect("/en/submissions/7").Follow().Want(http.StatusOK)
}

func TestASignInThatWaits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org", withFactor)
	t.Run("runs out", func(t *testing.T) {
		c := h.Another()
		h.waits(c, "amina@example.org")
		h.later(SignInWaits)
		page := c.Post("/en/sign-in/code", values("code", h.codeFor(who, 0))).WantRedirect("/en/sign-in").Follow()
		if got := page.Text(".flash"); got != i18n.TL("en", "account.factor.code.over") {
			t.Errorf("the page says %q", got)
		}
		c.Get("/en/account").Want(http.StatusSeeOther)
	})
	t.Run("ends with a new password", func(t *testing.T) {
		c := h.Another()
		h.waits(c, "amina@example.org")
		h.exec(`UPDATE users SET session_epoch = session_epoch + 1 WHERE id = $1`, who.ID)
		c.Post("/en/sign-in/code", values("code", h.codeFor(who, 0)))
		c.Get("/en/account").Want(http.StatusSeeOther)
	})
	t.Run("belongs to one browser", func(t *testing.T) {
		h.waits(h.Another(), "amina@example.org")
		c := h.Another()
		c.Post("/en/sign-in/code", values("code", h.codeFor(who, 0))).WantRedirect("/en/sign-in")
		for _, forged := range []string{"", "x", strings.Repeat("A", 26), strings.Repeat("A", 5000)} {
			c.SetCookie(&http.Cookie{Name: "sign_in", Value: forged, Path: "/"})
			c.Post("/en/sign-in/code", values("code", h.codeFor(who, 0))).WantRedirect("/en/sign-in")
		}
	})
	t.Run("takes ten codes", func(t *testing.T) {
		c := h.Another()
		h.waits(c, "amina@example.org")
		for range codesPerSignIn - 1 {
			c.Post("/en/sign-in/code", values("code", h.codeFor(who, 9))).Want(http.StatusUnprocessableEntity)
		}
		c.Post("/en/sign-in/code", values("code", h.codeFor(who, 9))).WantRedirect("/en/sign-in")
		c.Post("/en/sign-in/code", values("code", h.codeFor(who, 0))).WantRedirect("/en/sign-in")
		h.waits(c, "amina@example.org").Form("main form").Set("code", h.codeFor(who, 0)).Submit().WantRedirect("/en/drafts") // keeps nobody out
	})
}

// codes sets up a factor as a person does, and returns the recovery codes.
func (h *house) setUp(c *webtest.Client) (secret []byte, codes []string) {
	h.t.Helper()
	page := c.Get("/en/account/factor").Want(http.StatusOK)
	if page.Count("main svg[role=img]") != 1 {
		h.t.Error("there is no picture for the app")
	}
	secret, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(page.Text("main code"), " ", ""))
	if err != nil {
		h.t.Fatal(err)
	}
	code, err := codeAt(secret, stepAt(h.clock()))
	if err != nil {
		h.t.Fatal(err)
	}
	done := page.Form("main form").Set("code", code).Submit().Want(http.StatusOK)
	for _, e := range done.All("main ol code") {
		codes = append(codes, e.Text())
	}
	file, err := url.PathUnescape(done.One("[download]").Attr("href"))
	if err != nil || len(codes) != RecoveryCodes || !strings.HasPrefix(file, "data:text/plain") || !strings.Contains(file, codes[9]) {
		h.t.Errorf("%d codes, in the file %q", len(codes), file)
	}
	return secret, codes
}

func TestStaffSetUpAFactorBeforeTheDeskOpens(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org", administrator)
	c, elsewhere := h.Another(), h.asBefore(who, 0)
	page := signsIn(c, "amina@example.org", goodPassword, "").WantRedirect("/en/desk").Follow()
	if got := page.URL.RequestURI(); got != "/en/account/factor?next=%2Fen%2Fdesk" {
		t.Errorf("the desk leads to %s", got)
	}
	if c.Get("/en/account").Has("a[href='/en/desk']") {
		t.Error("there is a link to a desk that is closed")
	}
	set := page.Want(http.StatusOK)
	wrong := set.Form("main form").Set("code", "000000").Submit().Want(http.StatusUnprocessableEntity)
	if wrong.Text("main code") != set.Text("main code") {
		t.Error("the picture has changed after a wrong code")
	}
	h.setUp(c)
	c.Get("/en/desk").Want(http.StatusOK)
	elsewhere.Get("/en/account").Want(http.StatusSeeOther) // the session without a factor has ended
	h.mail("amina@example.org", "factor.set")
	c.Post("/en/account/factor/removal", nil).Want(http.StatusForbidden)
	if n := h.count(`SELECT count(*) FROM factors WHERE strpos(encode(secret, 'escape'), 'x') >= 0 AND length(secret) > 20`); n > 1 {
		t.Error("the secret is not what is stored")
	}
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org")
	me := h.asBefore(who, 0)
	_, codes := h.setUp(me)
	c := h.Another()
	page := h.waits(c, "amina@example.org")
	with := c.Get("/en/sign-in/code?with=recovery").Want(http.StatusOK)
	if !page.Has("a[href='/en/sign-in/code?with=recovery']") {
		t.Error("there is no way to the recovery codes")
	}
	for _, typed := range []string{"", "xxxx-xxxx-xxxx-xxxx-xxxx-xxxx", strings.Repeat("a", 100_000), "a\x00b"} {
		with.Form("main form").Set("code", typed).Submit().Want(http.StatusUnprocessableEntity)
	}
	with.Form("main form").Set("code", strings.ToUpper(strings.ReplaceAll(codes[3], "-", " "))).Submit().WantRedirect("/en/drafts")
	if m := h.mail("amina@example.org", "factor.recovery"); !strings.Contains(m.Body, i18n.TL("en", "account.mail.factor.recovery.left", 9)) {
		t.Errorf("the mail says %q", m.Body)
	}
	h.waits(h.Another(), "amina@example.org")
	again := h.Another()
	h.waits(again, "amina@example.org")
	again.Post("/en/sign-in/code", values("with", "recovery", "code", codes[3])).Want(http.StatusUnprocessableEntity)
	// New ones make the others void.
	renewed := me.Get("/en/account/factor").Form("main form[action$=codes]").Submit()
	if renewed.Count("main ol code") != RecoveryCodes {
		t.Fatalf("%d new codes", renewed.Count("main ol code"))
	}
	h.mail("amina@example.org", "factor.renewed")
	again.Post("/en/sign-in/code", values("with", "recovery", "code", codes[4])).Want(http.StatusUnprocessableEntity)
	again.Post("/en/sign-in/code", values("with", "recovery", "code", renewed.All("main ol code")[0].Text())).WantRedirect("/en/drafts")
}

func TestOneCodeAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org", withFactor)
	h.exec(`INSERT INTO recovery_codes (user_id, hash, created_at) VALUES ($1, $2, now())`, who.ID, recoveryHash("aaaa-bbbb-cccc-dddd-eeee-ffff"))
	for name, form := range map[string]url.Values{
		"of the app": values("code", h.codeFor(who, 0)),
		"recovery":   values("with", "recovery", "code", "aaaa-bbbb-cccc-dddd-eeee-ffff"),
	} {
		const n = 6
		var clients []*webtest.Client
		for range n {
			c := h.Another()
			h.waits(c, "amina@example.org")
			clients = append(clients, c)
		}
		statuses := make([]int, n)
		var all sync.WaitGroup
		for i, c := range clients {
			all.Go(func() { statuses[i] = c.Post("/en/sign-in/code", form).Status })
		}
		all.Wait()
		won := 0
		for _, s := range statuses {
			if s == http.StatusSeeOther {
				won++
			}
		}
		if won != 1 {
			t.Errorf("a code %s lets %d in: %v", name, won, statuses)
		}
	}
}

func TestGuessingCodesKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org", withFactor)
	h.exec(`INSERT INTO recovery_codes (user_id, hash, created_at) VALUES ($1, $2, now())`, who.ID, recoveryHash("aaaa-bbbb-cccc-dddd-eeee-ffff"))
	guess := func(network string) (*webtest.Client, error) {
		token, err := h.accounts.BeginSignIn(t.Context(), who, "")
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = h.accounts.CompleteSignIn(t.Context(), token, Proof{Code: h.codeFor(who, 9), Network: network})
		return nil, err
	}
	for i := range codesPerAccount + 1 {
		if _, err := guess("192.0.2." + strconv.Itoa(i)); err == nil {
			t.Fatal("a wrong code is good")
		}
	}
	h.mail("amina@example.org", "factor.guessed")
	c := h.Another()
	locked := h.waits(c, "amina@example.org").Form("main form").Set("code", h.codeFor(who, 0)).Submit().Want(http.StatusTooManyRequests)
	if !strings.Contains(locked.Text("#errors"), i18n.TL("en", "account.factor.locked")) {
		t.Errorf("the page says %q", locked.Text("#errors"))
	}
	c.Post("/en/sign-in/code", values("with", "recovery", "code", "aaaa-bbbb-cccc-dddd-eeee-ffff")).WantRedirect("/en/drafts")
	if n := len(h.mails("amina@example.org")); n != 2 {
		t.Errorf("%d mails", n)
	}
}

func TestAfterARotationOfTheKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org", withFactor)
	h.exec(`INSERT INTO recovery_codes (user_id, hash, created_at) VALUES ($1, $2, now())`, who.ID, recoveryHash("aaaa-bbbb-cccc-dddd-eeee-ffff"))
	code := h.codeFor(who, 0)
	h.accounts.vault = newVault([]byte("the secret after a rotation"))
	c := h.Another()
	page := h.waits(c, "amina@example.org")
	if !strings.Contains(page.Text("main"), i18n.TL("en", "account.factor.unreadable")) {
		t.Error("the page does not say what has happened")
	}
	c.Post("/en/sign-in/code", values("code", code)).Want(http.StatusUnprocessableEntity)
	page.Form("main form").Set("code", "aaaa-bbbb-cccc-dddd-eeee-ffff").Submit().WantRedirect("/en/drafts")
	if got := c.Get("/en/account/factor").Text("main"); !strings.Contains(got, i18n.TL("en", "account.factor.set_up.unreadable")) {
		t.Errorf("the page of the factor says %q", got)
	}
	h.setUp(c)
}

func TestGivingTheFactorUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org", withFactor)
	c, elsewhere := h.as(who), h.as(who)
	c.Get("/en/account/factor").Form("main form[action$=removal]").Submit().WantRedirect("/en/account")
	elsewhere.Get("/en/account").Want(http.StatusSeeOther)
	h.mail("amina@example.org", "factor.removed")
	c.Post("/en/account/factor/removal", nil).Want(http.StatusConflict)
	// A role given later opens nothing to this session.
	h.exec(`INSERT INTO staff_roles (user_id, role, desk, created_at) VALUES ($1, 'administrator', '', now())`, who.ID)
	c.Get("/en/desk").WantRedirect("/en/account/factor?next=%2Fen%2Fdesk")
}

func TestALostPhone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin, lost := h.introduce("amina@example.org", administrator), h.introduce("amara@example.org", withFactor, administrator)
	c, theirs := h.as(admin), h.as(lost)
	path := "/en" + personPath(lost.ID)
	c.Get(path).Form("main form[action$='factor#errors']").Submit().Want(http.StatusUnprocessableEntity).
		Form("main form[action$='factor#errors']").Set("sure", "yes").Submit().WantRedirect(path)
	theirs.Get("/en/desk").Want(http.StatusSeeOther)
	h.mail("amara@example.org", "factor.reset")
	if acts := h.acts("user", lost.ID); !strings.HasSuffix(acts, "factor.reset") {
		t.Errorf("the audit log has %q", acts)
	}
	c.Post(path+"/factor", values("sure", "yes")).Want(http.StatusConflict)
	c.Post("/en"+personPath(admin.ID)+"/factor", values("sure", "yes")).Want(http.StatusForbidden) // their own
	if err := h.accounts.ResetFactorOf(t.Context(), "nobody@example.org"); err == nil {
		t.Error("nobody's factor is reset")
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, other := h.introduce("amina@example.org"), h.introduce("amara@example.org")
	here, there, stranger := h.Another(), h.Another(), h.as(other)
	signsIn(here.With("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"), "amina@example.org", goodPassword, "")
	signsIn(there.With("User-Agent", "<script>alert(1)</script>"), "amina@example.org", goodPassword, "")
	page := here.Get("/en/account/sessions").Want(http.StatusOK)
	if got := page.Text("main ul"); !strings.Contains(got, "Firefox on Linux") || !strings.Contains(got, "<script>alert(1)</script>") || page.Count("main ul li") != 2 {
		t.Errorf("the list says %q", got)
	}
	id := h.count(`SELECT max(id)::int FROM sessions WHERE user_id = $1`, who.ID)
	stranger.Post("/en/account/sessions/"+itoa(int64(id))+"/end", nil).Want(http.StatusSeeOther)
	there.Get("/en/account").Want(http.StatusOK) // not theirs to end
	page.Form("main ul form").Submit().WantRedirect("/en/account/sessions")
	there.Get("/en/account").Want(http.StatusSeeOther)
	here.Post("/en/account/sessions/x/end", nil).Want(http.StatusNotFound)
	signsIn(there, "amina@example.org", goodPassword, "")
	here.Get("/en/account/sessions").Form("main section form").Submit().WantRedirect("/en/sign-in")
	for _, c := range []*webtest.Client{here, there} {
		c.Get("/en/account").Want(http.StatusSeeOther)
	}
	stranger.Get("/en/account").Want(http.StatusOK)
	signsIn(here, "amina@example.org", goodPassword, "")
	if n := here.Get("/en/account/sessions").Count("main ul li"); n != 1 {
		t.Errorf("%d sessions after signing out everywhere", n)
	}
}

func TestDevices(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]device{
		"": {}, "curl/8": {},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0":        {"Edge", "Windows"},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1":    {"Safari", "iPhone"},
		"Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 SamsungBrowser/26.0 Chrome/122.0 Mobile Safari/537.36":           {"Samsung Internet", "Android"},
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36":        {"Chrome", "Mac"},
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 OPR/114.0.0.0": {"Opera", "ChromeOS"},
	} {
		if got := readDevice(agent); got != want {
			t.Errorf("%q is %v", agent, got)
		}
	}
}
