package pledge_test

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/pledge"
)

// A short address leads to the page that it was made of, in the reader's language, and nowhere else.
func TestShortAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := seeded(t)
	r := rand.New(rand.NewPCG(18, 1))
	for range 200 {
		q, view := randomFilter(r), pledge.Views[r.IntN(len(pledge.Views))]
		if r.IntN(3) == 0 {
			view = ""
		}
		if r.IntN(4) == 0 {
			q.Set("as-of", "2026-06-30")
		}
		if r.IntN(4) == 0 {
			q.Set("since", "2025-01-01")
		}
		f := pledge.ReadFilter(q, v)
		code := pledge.ShortCode(view, f)
		if !regexp.MustCompile(`^[A-Za-z0-9._~-]+$`).MatchString(code) {
			t.Errorf("the code %q needs to be escaped", code)
		}
		gotView, got, ok := pledge.ReadShortCode(code, v)
		if !ok || gotView != view || got.Values().Encode() != f.Values().Encode() {
			t.Errorf("%s of %q read again is %q %s (%v)", code, q.Encode(), gotView, got.Values().Encode(), ok)
		}
	}
	for _, c := range []struct{ code, language, to string }{
		{"d", "en", "/en/pledges/dashboard"},
		{"d.o6.cKE~UG", "ar", "/ar/pledges/dashboard?country=KE&country=UG&objective=6"},
		{"c.rafrica", "ar-EG, en;q=0.5", "/ar/pledges/dashboard/country?region=africa"},
		{"u.wZmFpciB3b3Jr", "", "/en/pledges/dashboard/reported?q=fair+work"},
	} {
		page := w.Visitor.With("Accept-Language", c.language).Get("/p/" + c.code).Want(http.StatusSeeOther)
		if page.Location() != c.to || !slices.Contains(page.Header["Vary"], "Accept-Language") {
			t.Errorf("%s leads to %s, want %s; Vary: %s", c.code, page.Location(), c.to, page.Header["Vary"])
		}
		if len(page.Header["Set-Cookie"]) > 0 {
			t.Errorf("%s sets a cookie", c.code)
		}
	}
	for _, code := range []string{"x", "D", "d.", "d..o6", "d.o", "d.o24", "d.oo6", "d.x1", "d.o6.o7", "d.cZZ", "d.w!", "d.w", "//evil.example", "https:%2F%2Fevil.example", "%2F%2Fevil.example", "d.wLy9ldmlsLmV4YW1wbGU.d",
		"d" + strings.Repeat(".o6", 40), "d.o" + strings.Repeat("6~", 500), "d%0d%0aLocation:%20https://evil.example", "..%2f..%2fdesk"} {
		page := w.Visitor.Get("/p/" + code)
		if page.Status == http.StatusSeeOther || page.Status >= http.StatusInternalServerError {
			t.Errorf("%q answers %d and leads to %q", code, page.Status, page.Location())
		}
	}
	// Words that look like an address stay words.
	to := w.Visitor.Get("/p/" + pledge.ShortCode("", pledge.ReadFilter(url.Values{"q": {"//evil.example\\@x"}}, v))).Want(http.StatusSeeOther).Location()
	if !strings.HasPrefix(to, "/en/pledges/dashboard?q=") {
		t.Errorf("words lead to %s", to)
	}
}

// Light pages may stand in the frames of other sites: they open for it, set no cookie, run nothing and send nothing, and
// their links open pages of their own. Every other page stays closed.
func TestLightPagesAndTheirFrames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC))
	w.board(t, rand.New(rand.NewPCG(19, 1)), 8)
	directives := func(policy string) map[string]string {
		all := map[string]string{}
		for part := range strings.SplitSeq(policy, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), " ")
			all[name] = value
		}
		return all
	}
	open := []string{"/en/embed/pledges/counter", "/ar/embed/pledges/counter?objective=6", "/en/embed/pledges/card?country=KE", "/en/embed/pledges/reported", "/ar/embed/pledges/country?region=africa"}
	for _, path := range open {
		for _, client := range []struct {
			name string
			get  func(string) (http.Header, []byte)
		}{
			{"a visitor", func(p string) (http.Header, []byte) {
				page := w.Visitor.Get(p).Want(http.StatusOK)
				return page.Header, page.Body
			}},
			{"a signed-in person", func(p string) (http.Header, []byte) {
				page := w.Head.Get(p).Want(http.StatusOK)
				return page.Header, page.Body
			}},
		} {
			header, body := client.get(path)
			policy := directives(header.Get("Content-Security-Policy"))
			if policy["frame-ancestors"] != "*" || policy["script-src"] != "'none'" || policy["form-action"] != "'none'" || policy["base-uri"] != "'none'" || policy["default-src"] != "'none'" {
				t.Errorf("%s for %s has the policy %v", path, client.name, policy)
			}
			if header.Get("X-Frame-Options") != "" || header.Get("Set-Cookie") != "" || header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s for %s has the header %v", path, client.name, header)
			}
			if strings.Contains(string(body), w.Head.User.Name) {
				t.Errorf("%s says who reads it", path)
			}
		}
		page := w.Visitor.Get(path)
		if page.Has("script") || page.Has("form") || page.Has("nav") || page.Has("header") || page.Count("main") != 1 || page.Count("h1") != 1 || page.One("base").Attr("target") != "_blank" {
			t.Errorf("%s is no light page", path)
		}
		for _, a := range page.All("a") {
			if href := a.Attr("href"); !strings.HasPrefix(href, path[:3]+"/pledges") {
				t.Errorf("%s leads to %s", path, href)
			}
		}
	}
	for _, path := range []string{"/en/pledges", "/en/pledges/dashboard", "/en/pledges/dashboard/status", "/en/pledges/dashboard/status.svg", "/en/pledges/dashboard/status.csv", "/en/pledges/new", "/en/embed/pledges/moon", "/en/embed/pledges/card", "/en/embed", "/p/d", "/embed/pledges/counter"} {
		page := w.Visitor.Get(path)
		if policy := directives(page.Header.Get("Content-Security-Policy")); policy["frame-ancestors"] != "'none'" || policy["script-src"] != "'self'" || page.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s (status %d) is open to frames: %v", path, page.Status, policy)
		}
	}
	// Without a language the reader's decides.
	if to := w.Visitor.With("Accept-Language", "ar").Get("/embed/pledges/status?year=2026").Want(http.StatusSeeOther).Location(); to != "/ar/embed/pledges/status?year=2026" {
		t.Errorf("without a language one is led to %s", to)
	}
}

// What a page offers to be shared is what it says it is.
func TestSharing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.board(t, rand.New(rand.NewPCG(20, 1)), 8)
	for _, c := range []struct{ path, short, frame string }{
		{"/en/pledges/dashboard", "/p/d", "/embed/pledges/counter"},
		{"/en/pledges/dashboard?country=KE", "/p/d.cKE", "/embed/pledges/card?country=KE"},
		{"/en/pledges/dashboard/nature?objective=6&q=fair", "/p/n.o6.wZmFpcg", "/embed/pledges/nature?objective=6&amp;q=fair"},
	} {
		page := w.Visitor.Get(c.path).Want(http.StatusOK)
		links := page.All(".facts dd a")
		if !slices.ContainsFunc(page.Texts(".facts dd a"), func(s string) bool { return s == publicURL+c.short }) || links[0].Attr("href") != publicURL+c.short {
			t.Errorf("%s has the short address %q", c.path, page.Texts(".facts dd a"))
		}
		if code := page.Text("pre.code"); !strings.HasPrefix(code, `<iframe src="`+publicURL+c.frame+`" title="`) || !strings.HasSuffix(code, "</iframe>") {
			t.Errorf("%s has the code %s", c.path, code)
		}
		if !page.Contains("Figures of ") || !page.Contains(publicURL+c.short) {
			t.Errorf("%s cannot be cited", c.path)
		}
	}
}
