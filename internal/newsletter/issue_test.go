package newsletter

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"portal/internal/config"
	"portal/internal/dbtest"
	"portal/internal/i18n"
	"portal/internal/mail"
	"portal/internal/webtest"
)

func TestForWhomAnItemIs(t *testing.T) {
	t.Parallel()
	all := Item{}
	themes, both := Item{Themes: []int{1, 2}}, Item{Themes: []int{1}, Regions: []string{"africa"}}
	sector := Item{Sectors: []string{"academia"}}
	for _, test := range []struct {
		name string
		item Item
		who  Choices
		want bool
	}{
		{"everybody's", all, Choices{Themes: []int{5}}, true},
		{"a theme of theirs", themes, Choices{Themes: []int{2, 5}}, true},
		{"another theme", themes, Choices{Themes: []int{5}}, false},
		{"who has chosen nothing", themes, Choices{}, true},
		{"theme and region", both, Choices{Themes: []int{1}, Regions: []string{"africa"}}, true},
		{"theme without region", both, Choices{Themes: []int{1}, Regions: []string{"arab_states"}}, false},
		{"theme and any region", both, Choices{Themes: []int{1}}, true},
		{"their group", sector, Choices{Sector: "academia"}, true},
		{"another group", sector, Choices{Sector: "media"}, false},
		{"no group said", sector, Choices{}, true},
	} {
		if got := test.item.For(test.who); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestWhatIsWrittenInAnItem(t *testing.T) {
	t.Parallel()
	v := newService(t, dbtest.New(t)).Vocabulary()
	for _, test := range []struct {
		name string
		item Item
		want string
	}{
		{"fine", Item{Section: "news", Link: "/pledges/GCM-P-0001", Texts: Texts{"en": {"A", ""}}}, ""},
		{"an address", Item{Section: "news", Link: "https://example.org/x?y=1", Texts: Texts{"ar": {"أ", "ب"}}}, ""},
		{"no title", Item{Section: "news", Texts: Texts{"en": {" ", "text"}}}, "title.en"},
		{"nothing", Item{Section: "news"}, "title.en"},
		{"a script", Item{Section: "news", Link: "javascript:alert(1)", Texts: Texts{"en": {"A", ""}}}, "link"},
		{"another host by two slashes", Item{Section: "news", Link: "//evil.example", Texts: Texts{"en": {"A", ""}}}, "link"},
		{"no section", Item{Section: "nonsense", Texts: Texts{"en": {"A", ""}}}, "section"},
		{"long", Item{Section: "news", Texts: Texts{"en": {strings.Repeat("x", MaxTitle+1), strings.Repeat("y", MaxText+1)}}}, "title.en text.en"},
	} {
		_, wrong := test.item.check(v)
		var names []string
		for _, w := range wrong {
			names = append(names, w.Name)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%s: wrong are %q, want %q", test.name, got, test.want)
		}
	}
}

// From the first words to the archive, by two people.
func TestTheWayOfAnIssue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service.Published = []func(context.Context, time.Time) ([]Source, error){func(_ context.Context, since time.Time) ([]Source, error) {
		return []Source{{Name: "practice:1", Section: "practices", Link: "/practices/GCM-PR-0001", Texts: Texts{"en": {"A practice", since.Format("2006")}}}, {Name: "bad", Section: "practices", Texts: Texts{}}}, nil
	}}
	a, b := w.editor.In(t), w.other.In(t)
	w.Lead.In(t).Get("/en/desk/newsletter").Want(http.StatusForbidden)
	a.Post("/en/desk/newsletter", url.Values{"month": {"2026-13"}}).Want(http.StatusUnprocessableEntity)
	page := a.Post("/en/desk/newsletter", url.Values{"month": {"2026-11"}, "title.en": {"News of <b>November</b>"}}).Want(http.StatusSeeOther).Follow().Want(http.StatusOK)
	path := page.URL.Path
	version := func() string {
		return strconv.Itoa(value[int](t, w.db, `SELECT version FROM newsletter_issues`))
	}
	step := func(c *webtest.Client, do string, more url.Values) *webtest.Page {
		form := url.Values{"do": {do}, "version": {version()}}
		for k, v := range more {
			form[k] = v
		}
		return c.Post(path+"/step", form)
	}
	step(a, "propose", nil).Want(http.StatusUnprocessableEntity) // empty
	a.Post(path+"/items", nil).WantRedirect(path)
	a.Post(path+"/items", nil).WantRedirect(path) // again adds nothing
	if n := value[int](t, w.db, `SELECT count(*) FROM newsletter_items`); n != 1 {
		t.Fatalf("%d items were drafted", n)
	}
	a.Post(path+"/items/new", url.Values{"section": {"news"}, "link": {"javascript:x"}, "title.en": {"Typed"}}).Want(http.StatusUnprocessableEntity)
	a.Post(path+"/items/new", url.Values{"section": {"news"}, "title.en": {"Hello"}, "title.ar": {"مرحبا"}, "text.ar": {"نص"}, "themes": {"1"}}).WantRedirect(path)
	a.Get(path + "/items/new").Want(http.StatusOK)

	// Two editors at one item: the second sees both texts and loses nothing.
	item := path + "/items/" + value[string](t, w.db, `SELECT id::text FROM newsletter_items WHERE section = 'news'`)
	first, second := a.Get(item).Want(http.StatusOK), b.Get(item).Want(http.StatusOK)
	first.Form("main form").Set("text.en", "From Ada").Submit().WantRedirect(path)
	clash := second.Form("main form").Set("text.en", "From Bo").Submit().Want(http.StatusConflict)
	if !clash.Contains("From Ada") || !clash.Contains("From Bo") {
		t.Error("the page of a conflict does not show both texts")
	}
	clash.Form("main form").Submit().WantRedirect(path)
	titles := a.Get(path + "/titles").Want(http.StatusOK)
	b.Get(path+"/titles").Want(http.StatusOK).Form("main form").Set("text.en", "Welcome.").Submit().WantRedirect(path)
	titles.Form("main form").Set("text.en", "Other.").Submit().Want(http.StatusConflict)

	// Both have written: neither approves. A third does.
	step(a, "propose", nil).WantRedirect(path)
	step(b, "approve", nil).Want(http.StatusForbidden)
	third := webtest.NewUser(t, w.db, "Third", nil, communications)
	if err := w.service.Step(t.Context(), third, idOf(t, path), 1, stepApprove, start); err == nil {
		t.Error("an issue is approved that was changed since it was read")
	}
	v, _ := strconv.Atoi(version())
	if err := w.service.Step(t.Context(), third, idOf(t, path), v, stepApprove, start); err != nil {
		t.Fatal(err)
	}
	// A change takes the approval back.
	a.Post(item+"/place", url.Values{"do": {"up"}}).WantRedirect(path)
	if state := value[string](t, w.db, `SELECT state FROM newsletter_issues`); state != "draft" {
		t.Errorf("an issue that was changed is %s", state)
	}
	step(a, "propose", nil).WantRedirect(path)
	v, _ = strconv.Atoi(version())
	if err := w.service.Step(t.Context(), third, idOf(t, path), v, stepApprove, start); err != nil {
		t.Fatal(err)
	}
	for _, l := range i18n.All {
		preview := a.Get(path + "/preview/" + string(l)).Want(http.StatusOK)
		if !strings.Contains(preview.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Error("the preview is not in a sandbox")
		}
		a.Get(path + "/preview/" + string(l) + "/text").Want(http.StatusOK)
	}
	if fr := a.Get(path + "/preview/fr/text"); !strings.Contains(string(fr.Body), "In English") {
		t.Errorf("what is not translated does not say so:\n%s", fr.Body)
	}
	a.Post(path+"/test", url.Values{"lang": {"ar"}}).WantRedirect(path)
	step(a, "schedule", url.Values{"at.day": {"31"}, "at.month": {"2"}, "at.year": {"2026"}, "clock": {"09:00"}}).Want(http.StatusUnprocessableEntity)
	step(a, "schedule", url.Values{"at.day": {"1"}, "at.month": {"1"}, "at.year": {"2026"}, "clock": {"09:00"}}).Want(http.StatusUnprocessableEntity)
	step(a, "schedule", url.Values{"at.day": {"25"}, "at.month": {"11"}, "at.year": {"2026"}, "clock": {"09:00"}}).WantRedirect(path)
	for n, c := range []Choices{{Lang: i18n.Arabic}, {Themes: []int{1}}, {Frequency: Quarterly}, {Lang: i18n.French, Themes: []int{2}}} {
		w.addReader(t, fmt.Sprintf("r%d@example.org", n), c)
	}
	a.Get("/en/newsletter/1").Want(http.StatusNotFound)
	if err := w.service.Care(t.Context()); err != nil {
		t.Fatal(err)
	}
	if state := value[string](t, w.db, `SELECT state FROM newsletter_issues`); state != "scheduled" {
		t.Errorf("before its time the issue is %s", state)
	}
	w.later(30 * time.Hour)
	if err := w.service.Care(t.Context()); err != nil {
		t.Fatal(err)
	}
	step(a, "pause", nil).WantRedirect(path)
	post, err := mail.NewSender(w.db, mail.Options{SMTP: config.SMTP{}})
	if err != nil {
		t.Fatal(err)
	}
	send := func() {
		if err := w.service.Send(t.Context(), post, t.TempDir(), idOf(t, path)); err != nil {
			t.Fatal(err)
		}
	}
	send()
	if n := value[int](t, w.db, `SELECT count(*) FROM newsletter_deliveries WHERE state = 'sent'`); n != 0 {
		t.Errorf("%d were sent while the issue was halted", n)
	}
	step(a, "resume", nil).WantRedirect(path)
	send()
	send()
	if got := value[string](t, w.db, `SELECT string_agg(to_address || lang, ' ' ORDER BY to_address) FROM outbox WHERE kind = 'newsletter.issue'`); got != "r0@example.orgar r1@example.orgen r3@example.orgen" {
		t.Errorf("the issue went to %s", got)
	}
	if report := a.Get(path).Want(http.StatusOK); !report.Contains("How it went out") {
		t.Error("there is no report")
	}
	a.Post(item, url.Values{"section": {"news"}, "title.en": {"Too late"}}).Want(http.StatusConflict)
	// Whoever leaves by it is counted, and not named.
	reader := w.service.readerPath(value[int64](t, w.db, `SELECT id FROM newsletter_subscribers WHERE email = 'r1@example.org'`), int32(idOf(t, path)))
	a.Post("/en"+reader+"/leaving", nil).WantRedirect("/en/newsletter/left")
	if n := value[int](t, w.db, `SELECT left_since FROM newsletter_issues`); n != 1 {
		t.Errorf("%d have left", n)
	}
	public := w.Visitor.In(t).Get("/ar/newsletter/1").Want(http.StatusOK)
	if !public.Contains("مرحبا") || public.Has("main b") {
		t.Error("the archive is not in the reader's language, or shows markup")
	}
	w.Visitor.In(t).Get("/en/newsletter").Want(http.StatusOK)
	if feed := w.Visitor.In(t).Get("/en/newsletter.atom").Want(http.StatusOK); !feed.Contains("/newsletter/1") {
		t.Error("the feed does not hold the issue")
	}
	w.Visitor.In(t).Get("/en/newsletter/2").Want(http.StatusNotFound)
	a.Post("/en/desk/newsletter/settings", url.Values{"per_second": {"-1"}, "connections": {"0"}}).Want(http.StatusUnprocessableEntity)
	a.Post("/en/desk/newsletter/settings", url.Values{"per_second": {"٢٠"}, "connections": {"5"}}).WantRedirect("/en/desk/newsletter")
}

func idOf(t *testing.T, path string) int64 {
	t.Helper()
	id, err := strconv.ParseInt(path[strings.LastIndex(path, "/")+1:], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// What a reader gets over the wire is a mail that others can read: the links are theirs, and no line is cut in a token.
func TestAMailOverTheWire(t *testing.T) {
	t.Parallel()
	s := newService(t, dbtest.New(t))
	i := Issue{ID: 3, Number: 7, Texts: Texts{"ar": {"أخبار\r\nBcc: eve@example.org", "سطر"}}, Items: []Item{{ID: 1, Section: "news", Link: "/pledges", Texts: Texts{"en": {".A title", strings.Repeat("word ", 300)}}}}}
	e, err := s.edit(t.Context(), i, i18n.Arabic, i.Items)
	if err != nil {
		t.Fatal(err)
	}
	m := newMessage(e, sender{"news@portal.example", `"Portal" <news@portal.example>`, "portal.example"}, "", s.Site.PublicURL, start)
	token, bounce := sign(s.Secret, forReader, signed{5, 3, start}), sign(s.Secret, forBounce, signed{5, 3, start})
	var whole strings.Builder
	for _, part := range m.to(nil, []byte("ada@example.org"), []byte(bounce), []byte(token)) {
		whole.Write(part)
	}
	raw := whole.String()
	if strings.Contains(raw, "\r\n.A") || strings.ContainsAny(raw, placeMarkers) || strings.Contains(strings.SplitN(raw, "\r\n\r\n", 2)[0], "\r\nBcc") || !strings.HasSuffix(raw, "--\r\n") {
		t.Errorf("the message is not fit for the wire:\n%.600s", raw)
	}
	for _, line := range strings.Split(raw, "\r\n") {
		if len(line) > 998 {
			t.Errorf("a line has %d characters", len(line))
		}
	}
	read := parseMail(t, strings.ReplaceAll(raw, "\r\n..", "\r\n."))
	if got := read.header.Get("List-Unsubscribe"); got != "<https://portal.example/t/newsletter/"+token+"/leaving>" {
		t.Errorf("List-Unsubscribe is %s", got)
	}
	for _, part := range read.parts {
		if !strings.Contains(part, "https://portal.example/ar/t/newsletter/"+token) || strings.Contains(part, placeholder) {
			t.Errorf("a part does not hold the reader's link:\n%.500s", part)
		}
	}
	if !strings.Contains(read.parts[1], `<html lang="ar" dir="rtl">`) {
		t.Error("the mail does not say its language")
	}
}
