package newsletter

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"portal/internal/i18n"
	"portal/internal/webtest"
)

func TestAddressesThatAreTyped(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		typed, want string
		ok          bool
	}{
		{"  Ada@Example.ORG ", "Ada@Example.ORG", true},
		{"mailto:ada@example.org", "ada@example.org", true},
		{"δοκιμή@παράδειγμα.δοκιμή", "δοκιμή@παράδειγμα.δοκιμή", true},
		{"ada+news@example.org", "ada+news@example.org", true},
		{"", "", false},
		{"ada", "ada", false},
		{"ada@localhost", "ada@localhost", false},
		{"ada@example.org, eve@example.org", "ada@example.org, eve@example.org", false},
		{"Ada <ada@example.org>", "Ada <ada@example.org>", false},
		{"ada@example.org\r\nBcc: eve@example.org", "ada@example.orgBcc: eve@example.org", false},
		{"ada@example.org\x00", "ada@example.org", true},
		{strings.Repeat("a", 64) + "@" + strings.Repeat("b", 251) + ".org", strings.Repeat("a", 64) + "@" + strings.Repeat("b", 251) + ".org", false}, // 320 characters
	} {
		got, wrong := readEmail(test.typed)
		if got != test.want || (len(wrong) == 0) != test.ok {
			t.Errorf("%q is read as %q (%v), want %q and fine %v", test.typed, got, wrong, test.want, test.ok)
		}
	}
	if keyOf("Ada@BÜCHER.example") != keyOf("ada@xn--bcher-kva.example") {
		t.Error("one address has two spellings")
	}
}

func TestSignedLinks(t *testing.T) {
	t.Parallel()
	secret := []byte("one secret")
	made := signed{Subscriber: 1<<40 + 7, Issue: 12, Made: time.Date(2026, time.May, 4, 0, 0, 0, 0, time.UTC)}
	token := sign(secret, forReader, made)
	if len(token) != tokenChars || len("bounces+"+token) > 64 {
		t.Errorf("the token has %d characters", len(token))
	}
	if got, ok := verify(secret, forReader, strings.ToUpper(token)); !ok || got != made {
		t.Errorf("%v came back as %v (%v)", made, got, ok)
	}
	for name, forged := range map[string]string{"cut": token[:len(token)-1], "longer": token + "a", "another purpose": sign(secret, forBounce, made), "another secret": sign([]byte("two"), forReader, made), "none": "", "no letters": strings.Repeat("!", tokenChars)} {
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

func TestWaysOfAReader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.Visitor.In(t)
	const email = "ada@example.org"
	form := typed(email)
	c.Post("/en/newsletter/subscribe", form).WantRedirect("/en/newsletter/sent").Follow().Want(http.StatusOK)
	path := w.link(t, email)
	if !strings.HasPrefix(path, "/ar/") {
		t.Errorf("the mail is not in the reader's language: %s", path)
	}
	if state := value[string](t, w.db, `SELECT state FROM newsletter_subscribers`); state != "unconfirmed" {
		t.Errorf("the reader is %s before they have confirmed", state)
	}
	c.Get(path).Want(http.StatusOK)
	if value[string](t, w.db, `SELECT state FROM newsletter_subscribers`) != "unconfirmed" {
		t.Error("looking at a link confirms it")
	}
	c.Post("/en/t/subscription/unknown", nil).Want(http.StatusNotFound)
	page := c.Post(path, nil).Want(http.StatusSeeOther).Follow().Want(http.StatusOK)
	own := page.URL.Path
	c.Post(path, nil).Want(http.StatusSeeOther) // pressed twice

	// The answer is the same whoever asks, and so is what a known address gets but for the mail itself.
	for _, known := range []string{email, "nobody@example.org"} {
		c.Post("/en/newsletter/subscribe", typed(known)).WantRedirect("/en/newsletter/sent")
		c.Post("/en/newsletter/link", url.Values{"email": {known}}).WantRedirect("/en/newsletter/sent")
	}
	if kind := value[string](t, w.db, `SELECT kind FROM outbox WHERE to_address = $1 ORDER BY id DESC LIMIT 1`, email); kind != "newsletter.known" {
		t.Errorf("a subscribed address gets %s", kind)
	}

	chosen := form
	chosen.Set("lang", "xx")
	if !c.Post(own, chosen).Want(http.StatusUnprocessableEntity).Has(".errors") {
		t.Error("a language is taken that there is none of")
	}
	chosen["lang"], chosen["themes"], chosen["frequency"] = []string{"fr"}, []string{"2", "99"}, []string{"quarterly"}
	c.Post(own, chosen).Want(http.StatusSeeOther)
	if got := value[string](t, w.db, `SELECT lang || themes::text || frequency FROM newsletter_subscribers WHERE state = 'confirmed'`); got != "fr{2}quarterly" {
		t.Errorf("the choices are %s", got)
	}
	if copied := c.Get(own + "/copy.json").Want(http.StatusOK); !copied.Contains(email) {
		t.Error("the copy does not hold the address")
	}
	c.Get(own[:len(own)-2] + "zz").Want(http.StatusNotFound)

	// An old link shows nothing of the reader any more, and still lets them leave.
	w.later(ReaderLinkLasts + 48*time.Hour)
	if old := c.Get(own).Want(http.StatusGone); old.Contains(email) {
		t.Error("an old link shows the address")
	}
	c.Post(own, chosen).Want(http.StatusNotFound)
	c.Get(own + "/leaving").Want(http.StatusOK)
	if value[int](t, w.db, `SELECT count(*) FROM newsletter_subscribers WHERE state = 'confirmed'`) != 1 {
		t.Error("looking at the page ends the subscription")
	}
	// One click of a mail service: no page, no cookie, from anywhere.
	click := c.Request(http.MethodPost, own[3:]+"/leaving", strings.NewReader("List-Unsubscribe=One-Click"))
	click.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	click.Header.Set("Origin", "https://mail.example")
	click.Header.Set("Sec-Fetch-Site", "cross-site")
	c.Do(click).Want(http.StatusOK)
	c.Post(own+"/leaving", nil).WantRedirect("/ar/newsletter/left") // again, by hand
	if n := value[int](t, w.db, `SELECT count(*) FROM newsletter_subscribers WHERE state = 'confirmed'`); n != 0 {
		t.Error("the reader has not left")
	}
	if got := value[string](t, w.db, `SELECT reason || address FROM newsletter_suppressions`); got != leftReason {
		t.Errorf("of the reader there remains %q", got)
	}
	// They may come back by themselves.
	w.exec(t, `DELETE FROM rate_limits`)
	c.Post("/en/newsletter/subscribe", typed(email)).WantRedirect("/en/newsletter/sent")
	c.Post(w.link(t, email), nil).Want(http.StatusSeeOther)
	if value[int](t, w.db, `SELECT count(*) FROM newsletter_suppressions`) != 0 {
		t.Error("who has come back is still kept away")
	}
	// What is not confirmed is gone after a week.
	w.later(ConfirmWithin + time.Hour)
	if err := w.service.CleanUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := value[int](t, w.db, `SELECT count(*) FROM newsletter_subscribers`); n != 1 {
		t.Errorf("%d readers are left, want the one who has confirmed", n)
	}
}

func TestFormsOfTheNewsletter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.Visitor.In(t)
	// The short form at the end of a page.
	page := c.Get("/en/newsletter/sent")
	page.Form(".footer__news").Set("email", "short@example.org").Submit().WantRedirect("/en/newsletter/sent")
	if got := value[string](t, w.db, `SELECT lang || frequency || themes::text FROM newsletter_subscribers`); got != "enmonthly{}" {
		t.Errorf("the short form chooses %s", got)
	}
	wrong := c.Post("/en/newsletter/subscribe", url.Values{"email": {"nonsense<b>"}, "short": {"yes"}}).Want(http.StatusUnprocessableEntity)
	if wrong.One("#email").Attr("value") != "nonsense<b>" || !wrong.Has("#errors") {
		t.Error("what was typed is lost")
	}
	// A program that fills in everything is thanked, and nothing is kept.
	bot := typed("bot@example.org")
	bot.Set("website", "https://spam.example")
	c.Post("/en/newsletter/subscribe", bot).WantRedirect("/en/newsletter/sent")
	if value[int](t, w.db, `SELECT count(*) FROM newsletter_subscribers`) != 1 {
		t.Error("a program has subscribed")
	}
	// From another site, and without the one click's exception, nothing is taken.
	foreign := c.Request(http.MethodPost, "/en/newsletter/subscribe", strings.NewReader(typed("x@example.org").Encode()))
	foreign.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	c.Do(foreign).Want(http.StatusForbidden)
}

// Nobody can have a victim flooded: neither from one network nor from many.
func TestAVictimIsNotFlooded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	count := func(email string) int {
		return value[int](t, w.db, `SELECT count(*) FROM outbox WHERE lower(to_address) = $1`, email)
	}
	for i := range 12 { // from twelve networks, in several spellings
		c := w.Visitor.In(t).With("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i+1))
		c.Post("/en/newsletter/subscribe", typed([]string{"victim@example.org", "Victim@Example.org", " mailto:VICTIM@example.org"}[i%3])).WantRedirect("/en/newsletter/sent")
		c.Post("/en/newsletter/link", url.Values{"email": {"victim@example.org"}}).WantRedirect("/en/newsletter/sent")
	}
	if n := count("victim@example.org"); n != MailsPerAddress-1 && n > MailsPerAddress {
		t.Errorf("the victim got %d mails", n)
	}
	c := w.Visitor.In(t).With("X-Forwarded-For", "198.51.100.9")
	var last *webtest.Page
	for i := range RequestsPerNetwork + 1 { // one network, many victims
		last = c.Post("/en/newsletter/subscribe", typed(fmt.Sprintf("v%d@example.org", i)))
	}
	last.Want(http.StatusTooManyRequests)
	if n := value[int](t, w.db, `SELECT count(*) FROM outbox WHERE to_address LIKE 'v%@example.org' AND to_address <> 'victim@example.org'`); n != RequestsPerNetwork {
		t.Errorf("one network had %d mails sent", n)
	}
	// Who has complained is written to no more, whoever asks.
	w.exec(t, `DELETE FROM rate_limits`)
	w.exec(t, `INSERT INTO newsletter_suppressions (address_hash, address, reason, since) VALUES ($1, 'angry@example.org', 'complained', now())`, addressHash(w.service.Secret, "angry@example.org"))
	c.Post("/en/newsletter/subscribe", typed("Angry@example.org")).WantRedirect("/en/newsletter/sent")
	if count("angry@example.org") != 0 {
		t.Error("who has complained gets a mail")
	}
}

func TestTheSuppressionList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addReader(t, "gone@example.org", Choices{})
	c := w.editor.In(t)
	c.Post("/en/desk/newsletter/suppressions", url.Values{"email": {"wrong"}}).Want(http.StatusUnprocessableEntity)
	c.Post("/en/desk/newsletter/suppressions", url.Values{"email": {"Gone@example.org"}}).Want(http.StatusSeeOther)
	if value[int](t, w.db, `SELECT count(*) FROM newsletter_subscribers`) != 0 {
		t.Error("who is kept away is still subscribed")
	}
	if page := c.Post("/en/desk/newsletter/suppressions", url.Values{"find": {"gone@example.org"}}).Want(http.StatusOK); !page.Contains("Gone@example.org") {
		t.Error("the address is not found")
	}
	c.Get("/en/desk/newsletter/suppressions?reason=left").Want(http.StatusOK)
	line := fmt.Sprintf("/en/desk/newsletter/suppressions/%d", value[int64](t, w.db, `SELECT id FROM newsletter_suppressions`))
	field := "reason-" + line[strings.LastIndex(line, "/")+1:]
	c.Post(line, nil).Want(http.StatusUnprocessableEntity)
	c.Post(line, url.Values{field: {strings.Repeat("x", MaxReason+1)}}).Want(http.StatusUnprocessableEntity)
	c.Post(line, url.Values{field: {"They have asked to come back."}}).Want(http.StatusSeeOther)
	c.Post(line, url.Values{field: {"Again."}}).Want(http.StatusNotFound)
	w.Lead.In(t).Get("/en/desk/newsletter/suppressions").Want(http.StatusForbidden)
}

func TestListsThatAreImported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addReader(t, "known@example.org", Choices{Lang: i18n.French})
	w.exec(t, `INSERT INTO newsletter_suppressions (address_hash, reason, since) VALUES ($1, 'left', now())`, addressHash(w.service.Secret, "left@example.org"))
	c := w.editor.In(t)
	send := func(name, content string) *webtest.Page {
		return c.PostMultipart("/en/desk/newsletter/imports", nil, webtest.File{Field: "file", Name: name, Content: []byte(content)})
	}
	for name, content := range map[string]string{"no file of a table": "\x89PNG\xff\xfe", "other columns": "name,mail\nAda,ada@example.org\n", "empty": "", "no workbook": "PK\x03\x04rubbish"} {
		if page := send(name+".csv", content); page.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", name, page.Status)
		}
	}
	tried := send("list.csv", "\ufeffEmail;language;consent_date;consent_source;themes;frequency\n"+
		"new@example.org;es;2026-01-05;Conference in Geneva;1,2;quarterly\n"+
		"NEW@example.org;es;2026-01-05;Conference;;\n"+ // repeated
		"known@example.org;en;2026-01-05;Conference;;\n"+
		"left@example.org;en;2026-01-05;Conference;;\n"+
		"late@example.org;en;2030-01-05;Conference;;\n"+
		"nosource@example.org;en;2026-01-05;;;\n"+
		"nolang@example.org;tlh;2026-01-05;Conference;;\n"+
		"not an address;en;2026-01-05;Conference;;\n\n").Want(http.StatusSeeOther).Follow().Want(http.StatusOK)
	facts := strings.Join(tried.Texts(".facts dd"), " ")
	if facts != "list.csv 1 1 1 1 4" {
		t.Errorf("the report says %q", facts)
	}
	if value[int](t, w.db, `SELECT count(*) FROM newsletter_subscribers`) != 1 {
		t.Error("a try has changed something")
	}
	path := tried.URL.Path
	w.other.In(t).Post(path, url.Values{"do": {"take"}}).Want(http.StatusNotFound)
	c.Post(path, url.Values{"do": {"take"}}).Want(http.StatusSeeOther)
	c.Post(path, url.Values{"do": {"take"}}).Want(http.StatusNotFound)
	if got := value[string](t, w.db, `SELECT string_agg(email || ' ' || lang || themes::text || frequency || ' ' || consent_source || consented_on, ', ' ORDER BY id) FROM newsletter_subscribers`); got !=
		"known@example.org fr{}monthly form2026-11-24, new@example.org es{1,2}quarterly Conference in Geneva2026-01-05" {
		t.Errorf("there are the readers %s", got)
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add([]byte("email,language,consent_date,consent_source\na@example.org,en,2026-01-01,x\n"))
	f.Add([]byte("\"\n\";;\r\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		rows := 0
		err := readCSV(content, func(line int, _ []string) error { rows++; return nil })
		var bad errImport
		if err != nil && !errors.As(err, &bad) {
			t.Errorf("the error is of no kind that a page can show: %v", err)
		}
		if rows > bytes.Count(content, []byte("\n"))+bytes.Count(content, []byte("\r"))+1 {
			t.Errorf("%d rows of %d lines", rows, bytes.Count(content, []byte("\n")))
		}
	})
}
