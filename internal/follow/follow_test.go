package follow

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/mail"
	"portal/internal/problem"
)

func TestSignedLinks(t *testing.T) {
	t.Parallel()
	secret := []byte("one secret")
	made := signed{Reader: 1<<40 + 7, Follow: 12, Made: time.Date(2026, time.May, 4, 0, 0, 0, 0, time.UTC)}
	token := sign(secret, forReader, made)
	if got, ok := verify(secret, forReader, strings.ToUpper(token)); !ok || got != made {
		t.Errorf("%v came back as %v (%v)", made, got, ok)
	}
	for name, forged := range map[string]string{
		"cut": token[:len(token)-1], "longer": token + "a", "for stopping": sign(secret, forStop, made), "for the calendar": sign(secret, forCalendar, made), "for confirming": sign(secret, forConfirm, made), "of another secret": sign([]byte("two"), forReader, made), "none": "",
		"no letters": strings.Repeat("!", tokenChars),
	} {
		if _, ok := verify(secret, forReader, forged); ok {
			t.Errorf("a link opens that is %s", name)
		}
	}
	for i := range token {
		changed := []byte(token)
		changed[i] = "ab"[(int(changed[i])+1)%2]
		if string(changed) == token {
			continue
		}
		if _, ok := verify(secret, forReader, string(changed)); ok {
			t.Errorf("a link opens that is changed at %d", i)
		}
	}
}

func FuzzVerify(f *testing.F) {
	secret := []byte("one secret")
	f.Add(sign(secret, forReader, signed{Reader: 7, Made: start}))
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		if got, ok := verify(secret, forReader, token); ok && sign(secret, forReader, got) != strings.ToLower(token) {
			t.Errorf("%q is read as %v, which is written otherwise", token, got)
		}
	})
}

// A reader goes all the way in a browser: asks, confirms, is told, changes and stops.
func TestWaysOfAReader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.Visitor.In(t)
	const email = "ada@example.org"
	w.shelf.put("old", "water", start.Add(-time.Hour), "en")
	c.Get("/en/follow").Want(http.StatusOK)
	c.Get("/en/follow?list=nothing").Want(http.StatusNotFound)
	form := c.Get("/en/follow?list=things&subject=water").Want(http.StatusOK).Form("main form")
	form.Set("email", email).Submit().WantRedirect("/en/follow/sent").Follow().Want(http.StatusOK)
	form.Submit().WantRedirect("/en/follow/sent") // the button is pressed twice
	w.care(t, time.Minute)
	sent := w.want(t, email, 2)
	confirm := sent[0].link(t, "/confirm")
	if !strings.Contains(sent[0].Body, "water") || sent[0].Kind != "follow.confirm" || sent[0].link(t, "/confirm") != sent[1].link(t, "/confirm") {
		t.Errorf("the mails are %+v", sent)
	}
	c.Get(confirm).Want(http.StatusOK)
	w.shelf.put("between", "water", w.clock(), "en")
	own := c.Post(confirm, nil).Want(http.StatusSeeOther).Header.Get("Location")
	c.Post(confirm, nil).Want(http.StatusSeeOther)
	if n := count(t, w, `SELECT count(*) FROM follows`); n != 1 {
		t.Errorf("there are %d follows", n)
	}
	page := c.Get(own).Want(http.StatusOK)
	if !strings.Contains(string(page.Body), "water") {
		t.Error("their page does not say what they follow")
	}
	w.care(t, time.Minute)
	w.want(t, email, 0) // what was there before is not new

	w.shelf.put("new", "water", w.clock(), "en", "fr")
	w.shelf.put("other", "fire", w.clock(), "en")
	w.care(t, time.Minute)
	w.want(t, email, 0) // daily is not now
	w.care(t, 24*time.Hour)
	news := w.want(t, email, 1)[0]
	if !strings.Contains(news.Body, "Thing new in en") || strings.Contains(news.Body, "Thing other") || strings.Contains(news.Body, "Thing old") || strings.Contains(news.Body, "Thing between") {
		t.Errorf("the mail says:\n%s", news.Body)
	}
	if news.StopLink != "https://portal.example"+strings.TrimPrefix(news.link(t, "/stop"), "/en") {
		t.Errorf("one click goes to %s", news.StopLink)
	}
	w.care(t, 24*time.Hour)
	w.want(t, email, 0)

	// They change it to at once, in French.
	one := own + "/lists/" + value(t, w, `SELECT id::text FROM follows`)
	c.Get(one).Want(http.StatusOK)
	c.Post(one, url.Values{"frequency": {"hourly"}}).Want(http.StatusUnprocessableEntity)
	c.Post(one, url.Values{"frequency": {"at_once"}, "languages": {"fr"}}).WantRedirect(own)
	c.Post(own+"/lists/999999", url.Values{"frequency": {"at_once"}, "languages": {"fr"}}).Want(http.StatusNotFound)
	w.shelf.put("english", "water", w.clock(), "en")
	w.shelf.put("french", "water", w.clock(), "en", "fr")
	w.shelf.put("silent", "water", w.clock())
	w.care(t, 0)
	w.care(t, 5*time.Minute)
	news = w.want(t, email, 1)[0]
	if !strings.Contains(news.HTML, `lang="fr"`) || !strings.Contains(news.Body, "Thing french in fr") || !strings.Contains(news.Body, "Thing silent") || strings.Contains(news.Body, "english") {
		t.Errorf("the mail says:\n%s", news.Body)
	}
	c.Post(own, url.Values{"lang": {"xx"}}).Want(http.StatusUnprocessableEntity)
	c.Post(own, url.Values{"lang": {"ar"}}).WantRedirect(own)
	w.shelf.put("arabic", "water", w.clock(), "fr")
	w.care(t, 0)
	w.care(t, 5*time.Minute)
	if news = w.want(t, email, 1)[0]; news.Lang != "ar" || !strings.Contains(news.HTML, `dir="rtl"`) {
		t.Errorf("the mail is in %s", news.Lang)
	}

	if copied := c.Get(own + "/copy.json").Want(http.StatusOK); !strings.Contains(string(copied.Body), email) || !strings.Contains(string(copied.Body), "/things?subject=water") {
		t.Errorf("the copy is %s", copied.Body)
	}
	ics := w.service.path(forCalendar, signed{Reader: reading(t, w)})
	if dates := c.Get("/en" + ics).Want(http.StatusOK).Calendar(); len(dates) == 0 {
		t.Error("the calendar is empty")
	}

	// Stopping is asked first, and done by one click from anywhere.
	stop := strings.TrimPrefix(news.StopLink, "https://portal.example")
	c.Get("/en" + stop).Want(http.StatusOK)
	if n := count(t, w, `SELECT count(*) FROM follows`); n != 1 {
		t.Error("looking at a link has stopped something")
	}
	for range 2 {
		click := c.Request(http.MethodPost, stop, strings.NewReader("List-Unsubscribe=One-Click"))
		click.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		click.Header.Set("Origin", "https://mail.example")
		c.Do(click).Want(http.StatusOK)
	}
	if n := count(t, w, `SELECT (SELECT count(*) FROM follows) + (SELECT count(*) FROM follow_readers) + (SELECT count(*) FROM follow_told)`); n != 0 {
		t.Errorf("%d rows are left of a reader who has stopped", n)
	}
	c.Get("/en" + stop).Want(http.StatusOK)
	c.Get(own).Want(http.StatusNotFound)
	c.Get(confirm).Want(http.StatusNotFound)
	c.Get("/en" + ics).Want(http.StatusNotFound)
}

// What is typed wrongly comes back with what was typed.
func TestWhatIsTypedWrongly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.Visitor.In(t)
	good := url.Values{"list": {"things"}, "filter": {"subject=water"}, "email": {"ada@example.org"}, "frequency": {"weekly"}, "languages": {"en", "ar"}}
	for name, change := range map[string]func(url.Values){
		"no address":       func(q url.Values) { q.Set("email", "") },
		"no such address":  func(q url.Values) { q.Set("email", "ada@") },
		"two addresses":    func(q url.Values) { q.Set("email", "ada@example.org, eve@example.org") },
		"another header":   func(q url.Values) { q.Set("email", "ada@example.org\r\nBcc: eve@example.org") },
		"no frequency":     func(q url.Values) { q.Del("frequency") },
		"never":            func(q url.Values) { q.Set("frequency", string(mail.Never)) },
		"no language":      func(q url.Values) { q.Del("languages") },
		"unknown language": func(q url.Values) { q["languages"] = []string{"tlh"} },
		"endless filter":   func(q url.Values) { q.Set("filter", "subject="+strings.Repeat("a", 2400)) },
	} {
		q := url.Values{}
		for name, values := range good {
			q[name] = values
		}
		change(q)
		page := c.Post("/en/follow", q).Want(http.StatusUnprocessableEntity)
		if name != "endless filter" && !strings.Contains(string(page.Body), "water") {
			t.Errorf("%s: what was to be followed is lost", name)
		}
	}
	for name, list := range map[string]string{"a list that there is not": "nothing", "none": ""} {
		q := url.Values{"list": {list}, "email": {"ada@example.org"}, "frequency": {"weekly"}, "languages": {"en"}}
		if page := c.Post("/en/follow", q); page.Status != http.StatusNotFound {
			t.Errorf("%s answers %d", name, page.Status)
		}
	}
	if n := count(t, w, `SELECT count(*) FROM follow_readers`); n != 0 {
		t.Errorf("%d readers were made", n)
	}
	c.Post("/en/follow", url.Values{"list": {"things"}, "filter": {"%zz"}, "email": {"ada@example.org"}, "frequency": {"weekly"}, "languages": {"en"}}).WantRedirect("/en/follow/sent")
}

// Nobody can have an address flooded, and no answer tells whether it is known.
func TestLimitsOfMails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(email, list string) error {
		return w.service.Ask(t.Context(), list, url.Values{}, email, Choices{mail.Daily, []string{"en"}})
	}
	for range MailsPerAddress + 3 {
		if err := ask("victim@example.org", "things"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.service.SendLink(t.Context(), "Victim@Example.org"); err != nil {
		t.Fatal(err)
	}
	w.want(t, "victim@example.org", MailsPerAddress)
	w.away = "away@example.org"
	if err := ask(w.away, "things"); err != nil {
		t.Fatal(err)
	}
	w.want(t, w.away, 0)
	if err := w.service.SendLink(t.Context(), "unknown@example.org"); err != nil {
		t.Fatal(err)
	}
	w.want(t, "unknown@example.org", 0)
	var err error
	for n := 0; n < RequestsPerNetwork && err == nil; n++ {
		err = ask("reader@example.org", "others")
	}
	if !isTooMany(err) {
		t.Errorf("a network can ask as often as it wants: %v", err)
	}
}

// A person with an account follows at once, and reaches the same page.
func TestFollowingWithAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.member.In(t)
	form := c.Get("/ar/follow?list=things").Want(http.StatusOK).Form("main form")
	own := form.Submit().Want(http.StatusSeeOther).Header.Get("Location")
	if !strings.HasPrefix(own, "/ar/t/follow/") {
		t.Fatalf("they are led to %s", own)
	}
	form.Submit().Want(http.StatusSeeOther)
	c.Get(own).Want(http.StatusOK)
	if there := c.Get("/ar/follow/own").Want(http.StatusSeeOther).Header.Get("Location"); there != own {
		t.Errorf("their own page is %s, not %s", there, own)
	}
	if n := count(t, w, `SELECT count(*) FROM follows WHERE confirmed_at IS NOT NULL`); n != 1 {
		t.Errorf("they follow %d lists", n)
	}
	w.Visitor.In(t).Get("/en/follow/own").WantRedirect("/en/sign-in?next=%2Fen%2Ffollow%2Fown")
}

// Links end: those that confirm after a week, those that open a page after a year, with what they were for erased.
func TestLinksEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.Visitor.In(t)
	if err := w.service.Ask(t.Context(), "things", url.Values{}, "late@example.org", Choices{mail.Daily, []string{"en"}}); err != nil {
		t.Fatal(err)
	}
	confirm := w.want(t, "late@example.org", 1)[0].link(t, "/confirm")
	w.follows(t, "ada@example.org", "things", "", mail.Weekly, "en")
	own := "/en" + w.service.path(forReader, signed{Reader: reading(t, w)})
	w.pass(6 * 24 * time.Hour)
	c.Get(confirm).Want(http.StatusOK)
	w.pass(3 * 24 * time.Hour)
	c.Get(confirm).Want(http.StatusNotFound)
	c.Post(confirm, nil).Want(http.StatusNotFound)
	if err := w.service.CleanUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, w, `SELECT count(*) FROM follow_readers`); n != 1 {
		t.Errorf("%d readers are left", n)
	}
	w.pass(ReaderLinkLasts)
	c.Get(own).Want(http.StatusGone)
	c.Post(own+"/lists/1", nil).Want(http.StatusGone)
	c.Get(own + "/copy.json").Want(http.StatusNotFound)
	c.Get(own + "/stop").Want(http.StatusOK)
	c.Post(own+"/stop", nil).WantRedirect("/en/follow/stopped").Follow().Want(http.StatusOK)
	for _, page := range []string{"", "/confirm", "/stop", "/calendar.ics", "/copy.json", "/lists/1"} {
		c.Get("/en/t/follow/unknown" + page).Want(http.StatusNotFound)
	}
	if err := w.service.CleanUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, w, `SELECT count(*) FROM follow_watches`); n != 0 {
		t.Errorf("%d filters are kept that nobody follows", n)
	}
}

// One address follows so many lists and no more.
func TestMostFollows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.follows(t, "ada@example.org", "things", "", mail.Weekly, "en")
	if _, err := w.db.Pool.Exec(t.Context(), `WITH w AS (INSERT INTO follow_watches (list, query, told) SELECT 'things', 'subject=' || n, 0 FROM generate_series(2, $1) n RETURNING id)
		INSERT INTO follows (reader_id, watch_id, frequency, languages, created_at, confirmed_at) SELECT r.id, w.id, 'weekly', '{en}', now(), now() FROM w, follow_readers r`, MostFollows); err != nil {
		t.Fatal(err)
	}
	if err := w.service.Ask(t.Context(), "others", url.Values{}, "ada@example.org", Choices{mail.Daily, []string{"en"}}); err != nil {
		t.Fatal(err)
	}
	confirm := w.want(t, "ada@example.org", 1)[0].link(t, "/confirm")
	w.Visitor.In(t).Post(confirm, nil).Want(http.StatusUnprocessableEntity)
}

func count(t *testing.T, w *world, sql string) int {
	t.Helper()
	n, err := database.Value[int](t.Context(), w.db.Read(), sql)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func value(t *testing.T, w *world, sql string) string {
	t.Helper()
	s, err := database.Value[string](t.Context(), w.db.Read(), sql)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// reading is the one reader who has confirmed something.
func reading(t *testing.T, w *world) int64 {
	t.Helper()
	id, err := database.Value[int64](t.Context(), w.db.Read(), `SELECT reader_id FROM follows WHERE confirmed_at IS NOT NULL`)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func isTooMany(err error) bool { return strings.Contains(err.Error(), problem.TooMany.Error()) }
