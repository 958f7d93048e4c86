package account

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

func TestTheAccountPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org", func(in *Introduction) {
		in.Interests = []int{7, 21}
		in.Office, in.Role, in.Approved = OfficeChoice{Name: "Ministry of Labour", Category: "member_state", Country: "KE"}, identity.Head, true
		in.Roles = []identity.StaffRole{{Role: identity.Officer, Desk: identity.PledgesDesk}, {Role: identity.Administrator}}
	})
	page := h.as(who).Get("/en/account").Want(http.StatusOK)
	text := strings.Join(page.Texts(".facts div"), "\n")
	for _, want := range []string{"Amina Odhiambo", "amina@example.org", "Focal point", "Kenya", "English", "Set. It is not shown.", "Officer, pledges desk", "Administrator"} {
		if !strings.Contains(text, want) {
			t.Errorf("the facts do not say %q:\n%s", want, text)
		}
	}
	for _, field := range append(slices.Clone(ProfileFields), "email", "password") {
		if !page.Has(`.facts a[href="/en/account/` + field + `"]`) {
			t.Errorf("%s cannot be changed", field)
		}
	}
	if !page.Contains("Ministry of Labour") || !page.Has(`main a[href="/en/offices/`+itoa(who.Posts[0].OfficeID)+`"]`) {
		t.Error("the page does not lead to the person's office")
	}
	if page.Header.Get("Cache-Control") != "no-store" {
		t.Error("the page may be kept")
	}
	h.as(who).Post("/en/account/email", values("email", "x@example.org")).Want(http.StatusSeeOther)
	if n := h.count(`SELECT count(*) FROM users WHERE id = $1 AND email = 'amina@example.org'`, who.ID); n != 1 {
		t.Error("the address has changed before anybody confirmed the new one")
	}
	h.as(who).Post("/en/account/session_epoch", values("session_epoch", "1")).Want(http.StatusNotFound)
}

func TestEachFactIsChangedOnItsOwnPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org", func(in *Introduction) { in.Interests = []int{7} })
	c := h.as(who)
	tests := []struct {
		name, field string
		values      []string
		status      int
		says        string
	}{
		{"a name", "name", []string{"  Amina   Wanjiru Odhiambo "}, http.StatusSeeOther, ""},
		{"no name", "name", []string{" "}, http.StatusUnprocessableEntity, "account.name.missing"},
		{"a name of a million characters", "name", []string{strings.Repeat("x", 1_000_000)}, http.StatusUnprocessableEntity, ""},
		{"a position", "position", []string{"مديرة"}, http.StatusSeeOther, ""},
		{"no position", "position", []string{""}, http.StatusUnprocessableEntity, "account.position.missing"},
		{"a country", "country", []string{"SN"}, http.StatusSeeOther, ""},
		{"a country that does not exist", "country", []string{"XX"}, http.StatusUnprocessableEntity, "account.country.missing"},
		{"a language", "lang", []string{"ar"}, http.StatusSeeOther, ""},
		{"a language that is not offered", "lang", []string{"fr"}, http.StatusUnprocessableEntity, "account.lang.missing"},
		{"interests", "interests", []string{"3", "23"}, http.StatusSeeOther, ""},
		{"no interests", "interests", nil, http.StatusSeeOther, ""},
		{"an objective that does not exist", "interests", []string{"24"}, http.StatusUnprocessableEntity, "account.interests.unknown"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			page := c.In(t).Get("/en/account/"+test.field).Want(http.StatusOK).Form("main form").Forge(test.field, test.values...).Submit().Want(test.status)
			if test.status == http.StatusSeeOther {
				if got := page.WantRedirect("/en/account").Follow().Text(".flash"); got != i18n.TL("en", "account.saved") {
					t.Errorf("the page says %q", got)
				}
				return
			}
			if test.says != "" && page.Text(".errors li") != i18n.TL("en", test.says) {
				t.Errorf("the summary says %q", page.Text(".errors li"))
			}
			page.One(page.One(".errors a").Attr("href"))
		})
	}
	p, err := h.accounts.Person(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "Amina Wanjiru Odhiambo" || p.Position != "مديرة" || p.Country != "SN" || p.Lang != i18n.Arabic || len(p.Interests) != 0 {
		t.Errorf("the profile is %+v", p.Profile)
	}
	if got, want := h.acts("user", who.ID), "introduce profile.change(name) profile.change(position) profile.change(country) profile.change(lang) profile.change(interests) profile.change(interests)"; got != want {
		t.Errorf("the audit log has %q, want %q", got, want)
	}
}

func TestChangingThePassword(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := h.introduce("amina@example.org")
	here, elsewhere := h.as(who), h.as(who)
	h.Post("/en/sign-in/link", values("email", "amina@example.org"))
	h.work()
	tests := []struct{ name, password, says string }{
		{"none", "", "account.password.missing"},
		{"easily guessed", "password1234", "account.password.common"},
		{"their name", "AminaOdhiambo1", "account.password.personal"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			page := here.In(t).Get("/en/account/password").Form("main form").Set("password", test.password).Submit().Want(http.StatusUnprocessableEntity)
			if got := page.Text(".errors li"); got != i18n.TL("en", test.says) {
				t.Errorf("the summary says %q", got)
			}
		})
	}
	before := here.Cookie("session")
	page := here.Get("/en/account/password").Form("main form").Set("password", "egrets stand in the reeds").Submit().WantRedirect("/en/account")
	if got := page.Follow().Text(".flash"); got != i18n.TL("en", "account.password.changed") {
		t.Errorf("the page says %q", got)
	}
	if here.Cookie("session") == before {
		t.Error("the session keeps its token")
	}
	elsewhere.Get("/en/account").Want(http.StatusSeeOther)
	h.mail("amina@example.org", "password_changed")
	h.Another().Get(h.link(h.mails("amina@example.org")[0])).Want(http.StatusGone) // a link that somebody may have
	if got := h.acts("user", who.ID); got != "introduce password.change(password)" {
		t.Errorf("the audit log has %q", got)
	}
}

func TestAFirstPassword(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.as(h.introduce("amina@example.org", func(in *Introduction) { in.Password = "" }))
	c.Get("/en/account/password").Form("main form").Set("password", goodPassword).Submit().WantRedirect("/en/account")
	signsIn(h.Another(), "amina@example.org", goodPassword, "").WantRedirect("/en/drafts")
}

func TestActingForAnotherOffice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	office := webtest.NewOffice(t, h.db, "Ministry of Labour", "KE")
	head := webtest.NewUser(t, h.db, "Head", map[int64]identity.PostRole{office: identity.Head})
	who := h.introduce("amina@example.org")
	c := h.as(who)
	found := c.Get("/en/account/office").Form("main form").Set("q", "labour").Submit().Want(http.StatusOK) // the Enter key
	found.Form("main form").Set("office", itoa(office)).Submit().WantRedirect("/en/account")
	if got := h.reload(who).Posts; len(got) != 1 || got[0].Role != identity.Contributor || got[0].Approved {
		t.Errorf("the posts are %+v", got)
	}
	h.mail(head.Email, "newcomer")
	// Asking again changes nothing.
	c.Post("/en/account/office", values("q", "labour", "searched", "labour", "office", itoa(office))).WantRedirect("/en/account")
	if n := h.count(`SELECT count(*) FROM posts WHERE user_id = $1`, who.ID); n != 1 || len(h.mails(head.Email)) != 1 {
		t.Errorf("%d posts and %d mails after asking twice", n, len(h.mails(head.Email)))
	}
	for _, name := range []string{"First Office", "Second Office"} {
		c.Post("/en/account/office", values("searched", "x", "office", "new", "office_name", name, "office_category", "un_entity")).WantRedirect("/en/account")
	}
	page := c.Post("/en/account/office", values("q", "y", "searched", "y", "office", "new", "office_name", "Third Office", "office_category", "un_entity")).Want(http.StatusUnprocessableEntity)
	if got := page.Text(".errors li"); got != i18n.TL("en", "account.office.too_many", waitingMost) {
		t.Errorf("the summary says %q", got)
	}
	if page.Form("main form").Value("office_name") != "Third Office" {
		t.Error("what was typed is lost")
	}
	if n := h.count(`SELECT count(*) FROM offices WHERE name = 'Third Office'`); n != 0 {
		t.Error("the office was made all the same")
	}
	page = c.Post("/en/account/office", nil).Want(http.StatusUnprocessableEntity)
	if got := page.Text(".errors li"); got != i18n.TL("en", "account.office.missing") {
		t.Errorf("the summary says %q", got)
	}
	c.Post("/en/account/office", values("searched", "x", "office", "999999")).Want(http.StatusUnprocessableEntity)
}
