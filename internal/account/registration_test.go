package account

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/terms"
	"portal/internal/webtest"
)

func TestARegistrationFromTheFormToTheFirstPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.Another()
	form := h.filled(c, "Amara.Diallo@Example.org")
	if got := form.Value("office_name"); got != "Lake Region" {
		t.Errorf("the new office is called %q, want the words that were searched for", got)
	}
	for name, want := range map[string]string{"name": "Amara Diallo", "email": "Amara.Diallo@Example.org", "position": "Head of the Migration Unit", "country": "KE", "lang": "en", "terms": "yes"} {
		if got := form.Value(name); got != want {
			t.Errorf("after the search %s is %q, want %q", name, got, want)
		}
	}
	if got := form.Values()["interests"]; !slices.Equal(slices.Sorted(slices.Values(got)), []string{"17", "6"}) {
		t.Errorf("after the search the interests are %v", got)
	}
	sent := form.Submit().WantRedirect("/en/register/sent").Follow().Want(http.StatusOK)
	if !sent.Contains("We have sent a message to Amara.Diallo@Example.org.") {
		t.Error("the page does not say where the message went")
	}
	if n := h.count(`SELECT count(*) FROM users`) + h.count(`SELECT count(*) FROM offices`); n != 0 {
		t.Fatalf("there are %d people and offices before the address is proven", n)
	}
	h.work()
	h.work() // nothing is left to do
	if all := h.mails("Amara.Diallo@Example.org"); len(all) != 1 {
		t.Fatalf("%d mails were written, want 1: %v", len(all), kinds(all))
	}
	m := h.mail("Amara.Diallo@Example.org", "confirm")
	if !m.Secret || m.Lang != "en" || strings.Contains(m.HTML, "Amara Diallo") || strings.Contains(m.HTML, "Lake Region") {
		t.Errorf("the mail is secret: %v, in %s; it must carry nothing that was typed: %s", m.Secret, m.Lang, m.Body)
	}

	link := h.link(m)
	for range 2 { // programs that look at mails open links
		page := c.Get(link).Want(http.StatusOK)
		if got := page.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("the page of the link may be kept: %s", got)
		}
		if !page.Contains("Amara Diallo") || !page.Contains("Lake Region") {
			t.Error("the page does not say who registered for which office")
		}
	}
	if n := h.count(`SELECT count(*) FROM users`); n != 0 {
		t.Fatal("opening the link made an account")
	}
	weak := c.Get(link).Form("main form").Set("password", "AmaraDiallo2026").Submit().Want(http.StatusUnprocessableEntity)
	if got := weak.Text(".errors li"); got != i18n.TL("en", "account.password.personal") {
		t.Errorf("the summary says %q", got)
	}
	if !strings.HasPrefix(weak.Text("title"), "Error:") || weak.One("#password").Attr("aria-invalid") != "true" || weak.One("#password").Attr("value") != "" {
		t.Error("the page with the error is not as the guide wants it")
	}
	welcome := weak.Form("main form").Set("password", goodPassword).Submit().WantRedirect("/en/drafts").Follow().Want(http.StatusOK)
	if got := welcome.Text(".flash"); got != i18n.TL("en", "account.confirmed.head") {
		t.Errorf("the first page says %q", got)
	}

	id := h.userID("amara.diallo@example.org")
	type row struct {
		Email, Name, Position, Country, Lang, TermsVersion string
		Interests                                          []int
		Verified, Accepted                                 bool
	}
	u, err := database.Row[row](t.Context(), h.db.Read(), `SELECT email, name, position, country, lang, terms_version, interests,
		email_verified_at IS NOT NULL AS verified,
		EXISTS (SELECT FROM terms_acceptances a WHERE a.user_id = u.id AND a.version = u.terms_version AND a.accepted_at <= u.email_verified_at) AS accepted FROM users u WHERE id = $1`, id)
	if err != nil {
		t.Fatal(err)
	}
	if u.Email != "Amara.Diallo@Example.org" || u.Name != "Amara Diallo" || u.Position != "Head of the Migration Unit" || u.Country != "KE" || u.Lang != "en" ||
		u.TermsVersion != terms.Current(h.clock()).Number || !slices.Equal(u.Interests, []int{6, 17}) || !u.Verified || !u.Accepted {
		t.Errorf("the account is %+v", u)
	}
	who := h.reload(identity.User{ID: id})
	if len(who.Posts) != 1 || who.Posts[0].Role != identity.Head || who.Posts[0].Approved || who.Posts[0].OfficeApproved || who.Posts[0].OfficeName != "Lake Region" {
		t.Errorf("the posts are %+v, want one as head of the proposed office, waiting", who.Posts)
	}
	if n := h.count(`SELECT count(*) FROM registrations WHERE email <> '' OR name <> '' OR position <> '' OR office_name <> ''`); n != 0 {
		t.Error("the registration still holds what was typed")
	}
	if got := h.acts("user", id); got != "register" {
		t.Errorf("the audit log has %q about the person", got)
	}
	if got := h.acts("office", who.Posts[0].OfficeID); got != "propose" {
		t.Errorf("the audit log has %q about the office", got)
	}
	again := c.Another().Get(link).Want(http.StatusGone)
	if !again.Contains(i18n.TL("en", "account.dead.confirmed.title")) || again.Contains("Amara") {
		t.Error("the used link does not say so, or says who")
	}
	c.Another().Post(link, values("password", goodPassword)).Want(http.StatusGone)
}

func TestAColleagueJoinsAnOfficeThatIsThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	office := webtest.NewOffice(t, h.db, "Ministère de l’Économie", "SN")
	head := webtest.NewUser(t, h.db, "Head", map[int64]identity.PostRole{office: identity.Head})
	h.exec(`UPDATE users SET lang = 'ar' WHERE id = $1`, head.ID)
	c := h.Another()
	form := h.filled(c, "colleague@example.org")
	found := form.Set("q", "economie MINISTERE").Press("do=find").Want(http.StatusOK)
	if !found.Contains("1 office has “economie MINISTERE” in its name.") {
		t.Error("the page does not say how many were found")
	}
	form = found.Form("main form").Set("office", itoa(office))
	form.Submit().WantRedirect("/en/register/sent")
	h.work()
	c.Get(h.link(h.mail("colleague@example.org", "confirm"))).Form("main form").Set("password", goodPassword).Submit().WantRedirect("/en/drafts")
	who := h.reload(identity.User{ID: h.userID("colleague@example.org")})
	if len(who.Posts) != 1 || who.Posts[0].OfficeID != office || who.Posts[0].Role != identity.Contributor || who.Posts[0].Approved {
		t.Errorf("the posts are %+v, want one as contributor, waiting", who.Posts)
	}
	m := h.mail(head.Email, "newcomer")
	if m.Lang != "ar" || !strings.Contains(m.HTML, `dir="rtl"`) || !strings.Contains(m.Body, "Amara Diallo") || !strings.Contains(m.HTML, "https://portal.example/ar/offices/"+itoa(office)) {
		t.Errorf("the head is told in %s: %s", m.Lang, m.Body)
	}
}

func TestTheSearchForOffices(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, name := range []string{"Ministry of Labour", "Ministry of Foreign Affairs", "100% Fair_Work", "وِزارة الأشغال", "Labour Inspectorate", "Back\\slash Union"} {
		webtest.NewOffice(t, h.db, name, "KE")
	}
	h.exec(`INSERT INTO offices (name, category, country, state, created_at) VALUES ('Proposed Labour Office', 'other', 'KE', 'proposed', now()), ('Refused Labour Office', 'other', 'KE', 'refused', now())`)
	for i := range 12 {
		webtest.NewOffice(t, h.db, "Mission "+strings.Repeat("I", i+1), "KE")
	}
	tests := []struct {
		name, words string
		want        []string
		more        bool
	}{
		{"words in any order", "labour ministry", []string{"Ministry of Labour"}, false},
		{"names that begin with the words come first, offices that are not approved never", "labour", []string{"Labour Inspectorate", "Ministry of Labour"}, false},
		{"Arabic without vowel marks and hamza", "وزارة الاشغال", []string{"وِزارة الأشغال"}, false},
		{"signs of the database's patterns are letters", "100%", []string{"100% Fair_Work"}, false},
		{"an underscore is no wildcard", "Fair_", []string{"100% Fair_Work"}, false},
		{"a backslash", `back\`, []string{"Back\\slash Union"}, false},
		{"nothing matches", "zzz", nil, false},
		{"nothing typed", "  ", nil, false},
		{"more than are shown", "mission", nil, true},
		{"a NUL and a million characters", "\x00" + strings.Repeat("x", 1_000_000), nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found, more, err := h.accounts.SearchOffices(t.Context(), test.words)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, o := range found {
				names = append(names, o.Name)
			}
			if more != test.more || (!more && !slices.Equal(names, test.want)) || (more && len(names) != foundMost) {
				t.Errorf("found %q, more %v", names, more)
			}
		})
	}
}

func TestAFormThatIsSentTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.filled(h.Another(), "amara@example.org")
	form.Submit().WantRedirect("/en/register/sent")
	form.Set("name", "Amara B. Diallo").Submit().WantRedirect("/en/register/sent")
	h.work()
	if all := h.mails("amara@example.org"); len(all) != 1 {
		t.Fatalf("%d mails, want 1", len(all))
	}
	page := h.Get(h.link(h.mail("amara@example.org", "confirm")))
	if !page.Contains("Amara B. Diallo") {
		t.Error("what was corrected before the second sending is lost")
	}
	// Back, and another address: that is another registration.
	form.Set("email", "amara.diallo@example.org").Submit().WantRedirect("/en/register/sent")
	h.work()
	h.mail("amara.diallo@example.org", "confirm")
}

func TestRegisteringTellsNobodyWhetherAnAddressIsKnown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.introduce("known@example.org", func(in *Introduction) { in.Lang = i18n.Arabic })
	type trace struct {
		status                                                   int
		location, page                                           string
		registrations, jobs, mails, tokens, users, audit, hashes int
	}
	run := func(email string) trace {
		form := h.filled(h.Another(), email)
		before := []int{
			h.count(`SELECT count(*) FROM registrations`), h.count(`SELECT count(*) FROM river_job`), h.count(`SELECT count(*) FROM outbox`), h.count(`SELECT count(*) FROM tokens`),
			h.count(`SELECT count(*) FROM users`), h.count(`SELECT count(*) FROM audit_log`), int(h.accounts.passwords.made.Load()),
		}
		answer := form.Submit()
		page := answer.Follow()
		return trace{
			answer.Status, answer.Location(), strings.ReplaceAll(string(page.Body), email, "ADDRESS"),
			h.count(`SELECT count(*) FROM registrations`) - before[0], h.count(`SELECT count(*) FROM river_job`) - before[1], h.count(`SELECT count(*) FROM outbox`) - before[2],
			h.count(`SELECT count(*) FROM tokens`) - before[3], h.count(`SELECT count(*) FROM users`) - before[4], h.count(`SELECT count(*) FROM audit_log`) - before[5],
			int(h.accounts.passwords.made.Load()) - before[6],
		}
	}
	known, unknown := run("known@example.org"), run("unknown@example.org")
	if known != unknown {
		t.Errorf("for a known address\n%+v\nfor another\n%+v", known, unknown)
	}
	if known.registrations != 1 || known.jobs != 1 || known.mails != 0 {
		t.Errorf("the request itself did %+v, want to keep the registration and a job, and no more", known)
	}
	h.work()
	if m := h.mail("known@example.org", "known"); m.Lang != "ar" || m.Secret || linkPattern.MatchString(m.HTML) {
		t.Errorf("who has an account is told in %s: %s", m.Lang, m.Body)
	}
	h.mail("unknown@example.org", "confirm")
	if n := h.count(`SELECT count(*) FROM registrations`); n != 1 {
		t.Errorf("%d registrations are kept, want only that of the unknown address", n)
	}
}

func TestEightRegistrationsOfOneAddressAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var forms []*webtest.Form
	for range 8 {
		forms = append(forms, h.filled(h.Another(), "amara@example.org"))
	}
	together(len(forms), func(i int) { forms[i].Submit() })
	if n := h.count(`SELECT count(*) FROM registrations`); n != 8 {
		t.Fatalf("%d registrations, want 8", n)
	}
	h.work()
	all := h.mails("amara@example.org")
	if len(all) != registrationsByAddress {
		t.Errorf("%d mails to one address, want %d: nobody's mailbox is filled", len(all), registrationsByAddress)
	}
	status := make([]int, len(all))
	together(len(all), func(i int) { status[i] = h.Another().Post(h.link(all[i]), values("password", goodPassword)).Status })
	slices.Sort(status)
	if n := h.count(`SELECT count(*) FROM users WHERE lower(email) = 'amara@example.org'`); n != 1 {
		t.Errorf("%d accounts, want 1", n)
	}
	if n := h.count(`SELECT count(*) FROM offices`) + h.count(`SELECT count(*) FROM posts`); n != 2 {
		t.Errorf("%d offices and posts, want one of each", n)
	}
	if want := []int{303, 410, 410, 410, 410}; !slices.Equal(status, want) {
		t.Errorf("the answers are %v, want %v", status, want)
	}
}

func TestEightPeopleOfOneNewOffice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var links []string
	for i := range 8 {
		email := "person" + itoa(int64(i)) + "@example.org"
		form := h.filled(h.Another(), email)
		if i%2 == 1 {
			form.Set("office_name", "  lake  RÉGION ") // the same office in another spelling
		}
		form.Submit().WantRedirect("/en/register/sent")
		h.work()
		links = append(links, h.link(h.mail(email, "confirm")))
	}
	together(len(links), func(i int) { h.Another().Post(links[i], values("password", goodPassword)) })
	if n := h.count(`SELECT count(*) FROM users`); n != 8 {
		t.Fatalf("%d accounts, want 8", n)
	}
	if n := h.count(`SELECT count(*) FROM offices`); n != 1 {
		t.Errorf("%d offices, want 1", n)
	}
	if heads := h.count(`SELECT count(*) FROM posts WHERE role = 'head'`); heads != 1 {
		t.Errorf("%d are proposed as head, want the first", heads)
	}
}

// together runs do at once in so many goroutines, and waits.
func together(n int, do func(i int)) {
	var wait sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wait.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	wait.Wait()
}

func TestProgramsThatSendForms(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.filled(h.Another(), "program@example.org").Forge("website", "https://buy.example").Submit().WantRedirect("/en/register/sent")

	fresh := h.filled(h.Another(), "fast@example.org")
	h.later(-time.Minute + time.Second)
	page := fresh.Submit().Want(http.StatusUnprocessableEntity)
	if got := page.Text(".errors li"); got != i18n.TL("en", "account.register.fresh") {
		t.Errorf("too fast: %q", got)
	}
	if form := page.Form("main form"); form.Value("name") != "Amara Diallo" || form.Value("stamp") != fresh.Value("stamp") || form.Value("office") != "new" {
		t.Error("what was typed is lost")
	}

	old := h.filled(h.Another(), "slow@example.org")
	h.later(25 * time.Hour)
	page = old.Submit().Want(http.StatusUnprocessableEntity)
	if got := page.Text(".errors li"); got != i18n.TL("en", "account.register.old") {
		t.Errorf("too old: %q", got)
	}
	if n := h.count(`SELECT count(*) FROM registrations`) + h.count(`SELECT count(*) FROM river_job`); n != 0 {
		t.Errorf("%d registrations and jobs from programs", n)
	}
	h.later(time.Minute)
	page.Form("main form").Submit().WantRedirect("/en/register/sent") // the page came with a new stamp

	h.filled(h.Another(), "forged@example.org").Forge("stamp", "a.1.b").Submit().Want(http.StatusUnprocessableEntity)
	h.filled(h.Another(), "forged@example.org").Forge("stamp").Submit().Want(http.StatusUnprocessableEntity)
}

func TestWhatIsMissingIsSaidAtOnceAndInOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.Get("/en/register").Form("main form")
	h.later(time.Minute)
	page := form.Submit().Want(http.StatusUnprocessableEntity)
	var hrefs []string
	for _, a := range page.All(".errors a") {
		hrefs = append(hrefs, a.Attr("href"))
		page.One(a.Attr("href")) // leads to a field
	}
	if want := []string{"#name", "#email", "#position", "#country", "#q", "#terms"}; !slices.Equal(hrefs, want) {
		t.Errorf("the summary leads to %v, want %v", hrefs, want)
	}
	form = page.Form("main form").Set("q", "zzz").Press("do=find").Form("main form")
	if got := form.Value("office"); got != newOffice {
		t.Errorf("nothing was found and %q is chosen, want the new office", got)
	}
	page = form.Set("office_country", "").Submit().Want(http.StatusUnprocessableEntity)
	if !page.Has(`.errors a[href="#office_category"]`) || page.One("#office_name").Attr("value") != "zzz" {
		t.Error("what a new office needs is not asked for")
	}
}

func TestHostileRegistrations(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	webtest.NewOffice(t, h.db, "Ministry of Labour", "KE")
	long := strings.Repeat("x", 1_000_000)
	tests := []struct {
		name   string
		fields []string
		status int
	}{
		{"a NUL", []string{"name", "Ama\x00ra"}, http.StatusSeeOther},
		{"an override of the direction", []string{"name", "Amara \u202eollaiD"}, http.StatusSeeOther},
		{"HTML", []string{"name", "<script>alert(1)</script>", "position", `"><img src=x onerror=alert(1)>`}, http.StatusSeeOther},
		{"SQL", []string{"name", "'; DROP TABLE users; --"}, http.StatusSeeOther},
		{"a name of a million characters", []string{"name", long}, http.StatusUnprocessableEntity},
		{"an address of a million characters", []string{"email", long + "@example.org"}, http.StatusUnprocessableEntity},
		{"an office of a million characters", []string{"office_name", long}, http.StatusUnprocessableEntity},
		{"a header in the address", []string{"email", "a@example.org\r\nBcc: all@example.org"}, http.StatusUnprocessableEntity},
		{"octets that are no text", []string{"name", "\xff\xfe Amara"}, http.StatusSeeOther},
		{"only spaces", []string{"name", " \u00a0\u3000 "}, http.StatusUnprocessableEntity},
		{"an unknown country", []string{"country", "XX"}, http.StatusUnprocessableEntity},
		{"an unknown language", []string{"lang", "tlh"}, http.StatusUnprocessableEntity},
		{"an objective that is no number", []string{"interests", "all"}, http.StatusUnprocessableEntity},
		{"an office that does not exist", []string{"office", "999999"}, http.StatusUnprocessableEntity},
		{"an office that is no number", []string{"office", "1 OR 1=1"}, http.StatusUnprocessableEntity},
		{"the terms accepted in another word", []string{"terms", "on"}, http.StatusUnprocessableEntity},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			form := h.filled(h.Another(), "hostile"+itoa(int64(i))+"@example.org")
			for i := 0; i < len(test.fields); i += 2 {
				form.Forge(test.fields[i], test.fields[i+1])
			}
			page := form.Submit()
			if page.Status != test.status {
				t.Fatalf("status %d, want %d: %s", page.Status, test.status, strings.Join(page.Texts(".errors li"), " · "))
			}
			if page.Has("main script") || page.Has("img[onerror]") {
				t.Error("what was typed became markup")
			}
			if page.Status == http.StatusUnprocessableEntity && page.Form("main form").Value("stamp") == "" {
				t.Error("the form does not come back")
			}
		})
	}
	h.work()
	for _, m := range h.mails("hostile2@example.org") {
		if strings.Contains(m.HTML, "<script>alert") {
			t.Error("the mail carries markup that was typed")
		}
	}
	page := h.Get(h.link(h.mail("hostile2@example.org", "confirm"))).Want(http.StatusOK)
	if page.Has("main script") || !page.Contains("<script>alert(1)</script>") {
		t.Error("the name is not shown as it was typed")
	}
}

func TestTooManyRegistrationsFromOneNetwork(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	reg := Registration{
		Profile: Profile{Name: "A", Position: "B", Country: "KE", Lang: i18n.English}, Email: "a@example.org",
		Office: OfficeChoice{Name: "An Office", Category: "un_entity"}, Terms: true,
	}
	for i := range requestsPerNetwork {
		reg.FormID = itoa(int64(i))
		if err := h.accounts.Register(t.Context(), reg, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.accounts.Register(t.Context(), reg, "192.0.2.1"); err == nil || !strings.Contains(err.Error(), "too many") {
		t.Errorf("one more from the same network: %v", err)
	}
	reg.FormID = "other"
	if err := h.accounts.Register(t.Context(), reg, "198.51.100.1"); err != nil {
		t.Errorf("from another network: %v", err)
	}
}

func TestALinkOfARegistrationRunsOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.filled(h.Another(), "amara@example.org").Submit()
	h.work()
	link := h.link(h.mail("amara@example.org", "confirm"))
	h.later(RegistrationLasts)
	page := h.Get(link).Want(http.StatusGone)
	if !page.Contains(i18n.TL("en", "account.dead.expired.title")) || !page.Has(`main a[href="/en/register"]`) {
		t.Error("the page does not say that the link has run out, or offers no new one")
	}
	h.Post(link, values("password", goodPassword)).Want(http.StatusGone)
	if err := h.accounts.CleanUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := h.count(`SELECT count(*) FROM registrations`); n != 0 {
		t.Errorf("%d registrations are kept after seven days", n)
	}
	h.Get(link).Want(http.StatusNotFound)
}

func TestTheOfficeIsGoneWhenTheAddressIsProven(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	office := webtest.NewOffice(t, h.db, "Ministry of Labour", "KE")
	form := h.filled(h.Another(), "amara@example.org").Set("q", "labour").Press("do=find").Form("main form")
	form.Set("office", itoa(office)).Submit().WantRedirect("/en/register/sent")
	h.work()
	h.exec(`UPDATE offices SET state = 'closed'`)
	c := h.Another()
	page := c.Post(h.link(h.mail("amara@example.org", "confirm")), values("password", goodPassword)).WantRedirect("/en/drafts").Follow()
	if got := page.Text(".flash"); got != i18n.TL("en", "account.confirmed.no_office") {
		t.Errorf("the first page says %q", got)
	}
	if !c.Get("/en/account").Contains(i18n.TL("en", "account.posts.empty.title")) {
		t.Error("the account page shows an office")
	}
	// The form of registration no longer offers it.
	page = h.filled(h.Another(), "other@example.org").Forge("office", itoa(office)).Submit().Want(http.StatusUnprocessableEntity)
	if got := page.Text(".errors li"); got != i18n.TL("en", "account.office.gone") {
		t.Errorf("the summary says %q", got)
	}
}

func TestWhoIsSignedInDoesNotRegister(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.as(h.introduce("amara@example.org"))
	c.Get("/en/register").WantRedirect("/en/account")
	c.Post("/en/register", values("name", "x")).WantRedirect("/en/account")
}

func itoa(n int64) string { return texts([]int{int(n)})[0] }
