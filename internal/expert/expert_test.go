package expert_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/expert"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/personal"
	"portal/internal/problem"
	"portal/internal/webtest"
	"portal/web"
	"portal/web/ui"
)

// world is a portal with experts only.
type world struct {
	*webtest.Cast
	db      *database.DB
	service *expert.Service
	hub     identity.User
	hubDesk *webtest.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{db: dbtest.New(t)}
	v, err := gcm.Load(t.Context(), w.db.Read())
	if err != nil {
		t.Fatal(err)
	}
	files := attachment.NewStore(attachment.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	w.service = expert.NewService(expert.Options{DB: w.db, Vocabulary: func() *gcm.Vocabulary { return v }, Files: files, Now: time.Now, Site: ui.Site{PublicURL: "https://portal.example"}})
	router, err := web.New(web.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Site: ui.Site{PublicURL: "https://portal.example", SignIn: "/sign-in"}, NetworkLimit: -1})
	if err != nil {
		t.Fatal(err)
	}
	expert.Routes(router, w.service)
	w.Cast = webtest.NewCast(t, w.db, router)
	w.hub = webtest.NewUser(t, w.db, "Hub officer", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.HubDesk})
	w.hubDesk = webtest.SignedIn(t, w.Visitor.Client, router, "hub officer", w.hub).In(t)
	return w
}

// whole is a profile that can be published.
func whole(name string) expert.Profile {
	return expert.Profile{Name: name, Organization: "Ministry of Work", Lang: "en", Text: "I know about remittances.", Objectives: []int{20, 6}, Languages: []string{"en", "ar"}, Countries: []string{"KE"}, Links: []string{"https://example.org/x"}, Indexed: true}
}

func (w *world) publish(t *testing.T, who identity.User, p expert.Profile) int64 {
	t.Helper()
	if err := w.service.Save(t.Context(), who, p, true, true); err != nil {
		t.Fatal(err)
	}
	own, err := w.service.Own(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	return own.ID
}

func page(id int64) string { return "/en/experts/" + strconv.FormatInt(id, 10) }

func TestWhatAProfileMustSay(t *testing.T) {
	t.Parallel()
	change := func(do func(p *expert.Profile)) expert.Profile {
		p := whole("Amina")
		do(&p)
		return p
	}
	for _, c := range []struct {
		name   string
		p      expert.Profile
		public bool
		wrong  string // fields
	}{
		{"a whole one", whole("Amina"), true, ""},
		{"nothing, for oneself", expert.Profile{Name: "Amina", Lang: "en"}, false, ""},
		{"nothing, for everybody", expert.Profile{Name: "Amina", Lang: "en"}, true, "text objectives languages regions"},
		{"no name", change(func(p *expert.Profile) { p.Name = "" }), false, "name"},
		{"no language that we know", change(func(p *expert.Profile) { p.Lang = "tlh" }), false, "lang"},
		{"too much", change(func(p *expert.Profile) {
			p.Name, p.Organization, p.Text = strings.Repeat("a", 121), strings.Repeat("ب", 201), strings.Repeat("字", 1201)
		}), true, "name organization text"},
		{"as much as there may be", change(func(p *expert.Profile) { p.Text = strings.Repeat("字", 1200) }), true, ""},
		{"an address in the text", change(func(p *expert.Profile) { p.Text = "Write to amina@example.org." }), true, "text"},
		{"an address in the name, with a wide sign", change(func(p *expert.Profile) { p.Name = "amina＠example.org" }), false, "name"},
		{"a script for a link", change(func(p *expert.Profile) { p.Links = []string{"javascript:alert(1)"} }), true, "link1"},
		{"a link to write a mail", change(func(p *expert.Profile) { p.Links = []string{"", "mailto:amina@example.org"} }), true, "link2"},
		{"a link with a password", change(func(p *expert.Profile) { p.Links = []string{"https://a:b@example.org"} }), true, "link1"},
		{"an address in a link", change(func(p *expert.Profile) { p.Links = []string{"https://example.org/?to=amina@example.org"} }), true, "link1"},
		{"a long link", change(func(p *expert.Profile) { p.Links = []string{"", "", "https://example.org/" + strings.Repeat("a", 300)} }), true, "link3"},
	} {
		var names []string
		for _, f := range c.p.Check(c.public) {
			names = append(names, f.Name)
			if !i18n.Has(i18n.Arabic, f.Key) {
				t.Errorf("%s: there is no text %s", c.name, f.Key)
			}
		}
		if got := strings.Join(names, " "); got != c.wrong {
			t.Errorf("%s: wrong are %q, want %q", c.name, got, c.wrong)
		}
	}
}

// A profile from its form to its page and back: private, public, taken back, deleted.
func TestAProfileIsPublicAsLongAsItsPersonWants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	member, visitor := w.Member.In(t), w.Visitor.In(t)
	visitor.Get("/en/account/expert").Want(http.StatusSeeOther)
	form := member.Get("/en/account/expert").Want(http.StatusOK).Form("form[data-guard]")
	if form.Value("organization") == "" {
		t.Error("the office is not proposed")
	}
	form.Set("name", "Amina <b>Otieno</b>\u202e").Set("text", "One.\n\n<script>alert(1)</script>").Set("link1", "https://example.org/amina")
	form.Press("do=publish").Want(http.StatusUnprocessableEntity)
	form.Press("do=save").Want(http.StatusSeeOther)
	own, err := w.service.Own(t.Context(), w.Member.User)
	if err != nil || own.State != expert.Private || strings.ContainsRune(own.Name, '\u202e') {
		t.Fatalf("kept is %+v, %v", own, err)
	}
	visitor.Get(page(own.ID)).Want(http.StatusNotFound)
	if visitor.Get("/en/experts").Want(http.StatusOK).Contains("Amina") {
		t.Fatal("a private profile is listed")
	}
	form = member.Get("/en/account/expert").Form("form[data-guard]").Set("objectives", "6", "20").Set("countries", "KE")
	if p := form.Press("do=publish").Want(http.StatusUnprocessableEntity); !p.Has(`.errors a[href="#consent"]`) {
		t.Error("without consent it is not the consent that is asked for")
	}
	form.Set("consent", "yes").Press("do=publish").Want(http.StatusSeeOther)
	shown := visitor.Get(page(own.ID)).Want(http.StatusOK)
	if shown.Has("main script") || !shown.Contains("Amina <b>Otieno</b>") || shown.Contains(w.Member.User.Email) || !shown.Has(`a[rel="nofollow ugc noopener noreferrer"]`) {
		t.Errorf("the page is %q", shown.Text("main"))
	}
	// Somebody who saves an older form changes nothing.
	if p := form.Press("do=save").Want(http.StatusConflict); !p.Contains("saved in another window") {
		t.Error("an older form is saved over a newer one")
	}
	member.Post("/en/account/expert/withdrawal", nil).Want(http.StatusSeeOther)
	for path, status := range map[string]int{page(own.ID): http.StatusGone, page(own.ID) + ".json": http.StatusNotFound, page(own.ID + 1): http.StatusNotFound, "/en/experts/x": http.StatusNotFound} {
		visitor.Get(path).Want(status)
	}
	if p := visitor.Get("/en/experts.json").Want(http.StatusOK); p.Contains("Amina") {
		t.Error("a profile that was taken back is in the file")
	}
	member.Post("/en/account/expert/withdrawal", nil).Want(http.StatusSeeOther) // the second click
	if kept, _ := w.service.Own(t.Context(), w.Member.User); kept.Text == "" || kept.ConsentedAt != nil {
		t.Errorf("what is left is %+v", kept)
	}
	member.Post("/en/account/expert/deletion", nil).Want(http.StatusSeeOther)
	visitor.Get(page(own.ID)).Want(http.StatusNotFound)
}

func TestTheListOfExperts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, name := range []string{"Zoe", "amina", "Élodie"} {
		p := whole(name)
		switch i {
		case 0:
			p.Objectives, p.Languages, p.Countries, p.Regions = []int{7}, []string{"fr"}, nil, []string{"europe"}
		case 2:
			p.Text, p.Lang, p.Languages = "Je connais les envois de fonds.", "fr", []string{"fr"}
		}
		if i == 0 {
			v, _ := gcm.Load(t.Context(), w.db.Read())
			p.Regions = []string{v.Regions[0].ID}
		}
		w.publish(t, webtest.NewUser(t, w.db, name, nil), p)
	}
	visitor := w.Visitor.In(t)
	for query, want := range map[string]string{
		"": "amina, Élodie, Zoe", "?sort=newest": "Élodie, amina, Zoe", "?objective=7": "Zoe", "?objective=6&objective=7": "amina, Élodie, Zoe", "?objective=6&language=fr": "Élodie",
		"?country=ke": "amina, Élodie", "?q=remittances+know": "amina, Zoe", "?q=كينيا": "amina, Élodie", "?q=ELODIE": "Élodie", "?q=zzzz": "", "?objective=99&language=xx&region=x&country=ZZ&sort=x&page=x&after=99": "amina, Élodie, Zoe",
		"?q=" + strings.Repeat("a", 10_000): "", "?q=%22%27%26%7C%21": "amina, Élodie, Zoe", "?page=40": "amina, Élodie, Zoe",
	} {
		p := visitor.Get("/en/experts" + query).Want(http.StatusOK)
		if got := strings.Join(p.Texts("main .result h3"), ", "); got != want {
			t.Errorf("%.60s: %q instead of %q", query, got, want)
		}
	}
	for _, file := range []string{"csv", "xlsx", "json"} {
		p := visitor.Get("/en/experts." + file + "?objective=7").Want(http.StatusOK)
		if file != "xlsx" && (!p.Contains("Zoe") || p.Contains("amina") || p.Contains("@")) {
			t.Errorf("%s holds %.200s", file, p.Body)
		}
	}
}

func TestAPicture(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.publish(t, w.Member.User, whole("Amina"))
	member, visitor := w.Member.In(t), w.Visitor.In(t)
	var content bytes.Buffer
	if err := png.Encode(&content, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	send := func(alt, name string, bytes []byte) *webtest.Page {
		return member.PostMultipart("/en/account/expert/picture", url.Values{"alt": {alt}}, webtest.File{Field: "picture", Name: name, Content: bytes})
	}
	send("", "me.png", content.Bytes()).Want(http.StatusUnprocessableEntity)
	send("Amina at work", "me.png", []byte("<script>alert(1)</script>")).Want(http.StatusUnprocessableEntity)
	send("Amina at work", "me.png", nil).Want(http.StatusUnprocessableEntity)
	send("Amina at work", "me.png", content.Bytes()).Want(http.StatusSeeOther)
	src := visitor.Get(page(id)).Want(http.StatusOK).One(`main img[alt="Amina at work"]`).Attr("src")
	got := visitor.Get(src).Want(http.StatusOK)
	if got.Header.Get("Content-Type") != "image/jpeg" || strings.Contains(got.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("the picture comes with %v", got.Header)
	}
	member.Post("/en/account/expert/withdrawal", nil).Want(http.StatusSeeOther)
	visitor.Get(src).Want(http.StatusNotFound)
	member.Get(src).Want(http.StatusOK)
	w.OtherMember.In(t).Get(src).Want(http.StatusNotFound)
	member.Post("/en/account/expert/picture/removal", nil).Want(http.StatusSeeOther)
	member.Get(src).Want(http.StatusNotFound)
}

func TestMembersWriteToExperts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.publish(t, w.Member.User, whole("Amina"))
	path := page(id) + "/message"
	w.Visitor.In(t).Get(path).Want(http.StatusSeeOther)
	sender := w.OtherMember.In(t)
	form := sender.Get(path).Want(http.StatusOK).Form("main form")
	if p := sender.Get(path); !p.Contains(w.OtherMember.User.Email) || p.Contains(w.Member.User.Email) {
		t.Error("the form does not say whose address is seen, or shows the expert's")
	}
	form.Set("text", "Too short").Set("agree", "yes").Submit().Want(http.StatusUnprocessableEntity)
	text := "Could we talk about remittances? <b>\u202e"
	if p := form.Set("text", text).Set("agree").Submit().Want(http.StatusUnprocessableEntity); p.Form("main form").Value("text") == "" {
		t.Error("the text is lost")
	}
	form.Set("agree", "yes").Submit().WantRedirect(page(id))
	type row struct {
		ToAddress, ReplyTo, Body string
		Secret                   bool
	}
	mails, err := database.Rows[row](t.Context(), w.db.Read(), `SELECT to_address, reply_to, body, secret FROM outbox WHERE kind = 'expert.message'`)
	if err != nil || len(mails) != 1 || mails[0].ToAddress != w.Member.User.Email || mails[0].ReplyTo != w.OtherMember.User.Email || !mails[0].Secret || !strings.Contains(mails[0].Body, "remittances") {
		t.Fatalf("the mails are %+v, %v", mails, err)
	}
	if err := w.service.Write(t.Context(), w.Member.User, id, text, true); !errors.Is(err, problem.Forbidden) {
		t.Errorf("a person writes to themself: %v", err)
	}
	sent := 1
	for range 30 {
		if err := w.service.Write(t.Context(), w.OtherMember.User, id, text, true); err == nil {
			sent++
		} else if !errors.Is(err, problem.TooMany) {
			t.Fatal(err)
		}
	}
	if sent != 10 {
		t.Errorf("one person sends %d messages a day", sent)
	}
	if err := w.service.Withdraw(t.Context(), w.Member.User); err != nil {
		t.Fatal(err)
	}
	if err := w.service.Write(t.Context(), w.Outsider(t), id, text, true); !errors.Is(err, problem.NotFound) {
		t.Errorf("a profile that was taken back is written to: %v", err)
	}
}

// Outsider is somebody else with an account.
func (w *world) Outsider(t *testing.T) identity.User {
	t.Helper()
	return webtest.NewUser(t, w.db, "Outsider", nil)
}

func TestTheHubDeskHidesProfiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.publish(t, w.Member.User, whole("Amina"))
	desk := fmt.Sprintf("/en/desk/experts/%d", id)
	for _, person := range w.All() {
		if got := person.In(t).Get(desk).Status; got == http.StatusOK {
			t.Errorf("%s looks at a profile from the desk of the hub", person.Kind)
		}
		person.In(t).Post(desk, url.Values{"do": {"hide"}, "reason": {"Spam"}})
	}
	w.Visitor.In(t).Get(page(id)).Want(http.StatusOK)
	form := w.hubDesk.Get(desk).Want(http.StatusOK).Form("main form")
	form.Press("do=hide").Want(http.StatusUnprocessableEntity)
	form.Set("reason", "It advertises.").Press("do=hide").Want(http.StatusSeeOther)
	w.Visitor.In(t).Get(page(id)).Want(http.StatusGone)
	if p := w.Member.In(t).Get("/en/account/expert").Want(http.StatusOK); !p.Contains("It advertises.") {
		t.Error("the person does not see why")
	}
	// Its person can change it, but not publish it.
	own, err := w.service.Own(t.Context(), w.Member.User)
	if err != nil {
		t.Fatal(err)
	}
	own.Text = "Without advertisement."
	if err := w.service.Save(t.Context(), w.Member.User, own, true, true); err != nil {
		t.Fatal(err)
	}
	w.Visitor.In(t).Get(page(id)).Want(http.StatusGone)
	w.hubDesk.Get("/en/desk/experts?state=hidden&q=amina").Want(http.StatusOK)
	w.hubDesk.Get(desk).Want(http.StatusOK).Form("main form").Press("do=show").Want(http.StatusSeeOther)
	if p := w.Visitor.In(t).Get(page(id)).Want(http.StatusOK); !p.Contains("Without advertisement.") {
		t.Error("what was changed is not shown")
	}
	kinds, err := database.Values[string](t.Context(), w.db.Read(), `SELECT kind FROM outbox ORDER BY id`)
	if err != nil || fmt.Sprint(kinds) != "[expert.hidden expert.shown]" {
		t.Errorf("the mails are %v, %v", kinds, err)
	}
	if err := w.service.Hide(t.Context(), w.hub, id, false, ""); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("it is shown twice: %v", err)
	}
}

func TestAClosedAccountHasNoProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.publish(t, w.Member.User, whole("Amina"))
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		return expert.Personal.Close(t.Context(), tx, personal.Person{ID: w.Member.User.ID, Now: time.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Visitor.In(t).Get(page(id)).Want(http.StatusNotFound)
	if list, err := w.service.List(context.Background(), expert.Filter{}, i18n.English); err != nil || list.Total != 0 {
		t.Errorf("the list has %d, %v", list.Total, err)
	}
}
