package mail

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/i18n"
)

// get asks the pages of caught mails in a language.
func get(t *testing.T, db *database.DB, lang i18n.Lang, path string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(i18n.WithLang(t.Context(), lang), http.MethodGet, path, nil)
	w := httptest.NewRecorder()
	w.Header().Set("X-Frame-Options", "DENY") // as all pages have it
	DevHandler(db).ServeHTTP(w, r)
	if strings.Contains(w.Body.String(), "⟦") {
		t.Errorf("a text is missing in %s: %s", lang, w.Body)
	}
	return w
}

func TestCaughtMailsAreListedTheNewestFirst(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	for _, l := range i18n.Offered() {
		if page := get(t, db, l, "/dev/mail").Body.String(); !strings.Contains(page, i18n.TL(l, "mail.dev.none")) || !strings.Contains(page, fmt.Sprintf(`lang=%q dir=%q`, l, l.Dir())) {
			t.Errorf("the empty page reads %s", page)
		}
	}
	first, second := message("first@example.org"), message("second@example.org")
	first.Subject, second.Subject = "<b>First</b>", "Second"
	queue(t, db, first, second)
	page := get(t, db, i18n.English, "/dev/mail").Body.String()
	if a, b := strings.Index(page, ">Second</a>"), strings.Index(page, ">&lt;b&gt;First&lt;/b&gt;</a>"); a < 0 || b < a {
		t.Errorf("the page reads %s", page)
	}
	page = get(t, db, i18n.English, "/dev/mail?to=FIRST@example.org").Body.String()
	if strings.Contains(page, "Second") || !strings.Contains(page, "First") {
		t.Errorf("the page of one recipient reads %s", page)
	}
}

func TestOneCaughtMail(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	m := message("reader@example.org")
	m.HTML = `<html lang="en"><head><title>x</title></head><body><script>alert(1)</script><p>Open <a href="https://portal.example/t/abc?a=1&amp;b=2">this</a>.</p></body></html>`
	id := queue(t, db, m)

	page := get(t, db, i18n.English, fmt.Sprintf("/dev/mail/%d", id))
	body := page.Body.String()
	for _, want := range []string{
		"<h1 lang=\"en\" dir=\"auto\">Your pledge was published</h1>", "reader@example.org", "review.publish",
		"<style>" + devStyle + "</style>", // or its hash would not fit
		fmt.Sprintf(`<iframe src="/dev/mail/%d/html"`, id), `sandbox="`, `<a href="https://portal.example/t/abc?a=1&amp;b=2" dir="ltr">`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s: %s", want, body)
		}
	}
	if policy := page.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy of the page is %s", policy)
	}
	if _, err := html.Parse(strings.NewReader(body)); err != nil {
		t.Error(err)
	}

	document := get(t, db, i18n.English, fmt.Sprintf("/dev/mail/%d/html", id))
	if policy := document.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox ") || strings.Contains(policy, "allow-scripts") || strings.Contains(policy, "allow-same-origin") {
		t.Errorf("the policy of the mail is %s", policy)
	}
	if document.Header().Get("X-Frame-Options") == "DENY" || document.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the header is %v", document.Header())
	}
	if got := document.Body.String(); got != strings.Replace(m.HTML, "<head>", `<head><base target="_top">`, 1) {
		t.Errorf("the document is %s", got)
	}
}

func TestNoSuchCaughtMail(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	for _, path := range []string{"/dev/mail/1", "/dev/mail/1/html", "/dev/mail/x", "/dev/mail/99999999999999999999"} {
		if w := get(t, db, i18n.English, path); w.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", path, w.Code)
		}
	}
}

func TestAddressesInTextAreLinks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                     "[]",
		"no address":                           "[no address]",
		"Open: https://p.example/t/a_b-c now.": "[Open: ](https://p.example/t/a_b-c)[ now.]",
		"(https://p.example/a), http://b.example/?x=1#y.": "[(](https://p.example/a)[), ](http://b.example/?x=1#y)[.]",
		"javascript:alert(1) ftp://x":                     "[javascript:alert(1) ftp://x]",
	} {
		var got strings.Builder
		for _, p := range linked(text) {
			if p.Address != "" {
				got.WriteString("(" + p.Address + ")")
			} else {
				got.WriteString("[" + p.Words + "]")
			}
		}
		if got.String() != want {
			t.Errorf("%q is %s, not %s", text, got.String(), want)
		}
	}
}
