package app

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"portal/internal/webtest"
)

// searchAgreesWithLists asks the one search, of a portal with the demonstration's data: it finds what the lists find, in
// their order, and says so where there is nothing.
func searchAgreesWithLists(t *testing.T, visitor *webtest.Client) {
	t.Helper()
	at := func(lang, path, words string) string {
		return "/" + lang + path + "?" + url.Values{"q": {words}}.Encode()
	}
	some := 0
	for _, q := range []struct{ lang, words string }{
		{"en", "recruitment"}, {"en", "remitances"}, {"en", `"one desk"`}, {"ar", "التوظيف"}, {"en", "Kenya labour"}, {"en", "<script>alert(1)</script>"},
		{"en", "\x00\u202e((("}, {"en", "the of and"}, {"en", strings.Repeat("migration ", 1000)}, {"en", "zzzz"},
	} {
		page := visitor.Get(at(q.lang, "/search", q.words)).Want(http.StatusOK)
		shown := 0
		for kind, path := range map[string]string{"practices": "/practices", "pledges": "/pledges", "programmes": "/fund/pipeline"} {
			list := visitor.Get(at(q.lang, path, q.words)).Want(http.StatusOK)
			total, err := strconv.Atoi(strings.Fields(list.Text("#count"))[0])
			if err != nil { // a word that says how many: one, two, none
				total = list.Count(".result")
			}
			if !list.Has(".result") || list.Has("#ignored") {
				total = 0
			}
			titles := page.Texts("section[aria-labelledby=found-" + kind + "] h3")
			if q.words == "\x00\u202e(((" { // words that say nothing leave the list whole, and the search empty
				total = 0
			}
			if want := list.Texts(".result h3"); len(titles) != min(total, 5) || strings.Join(titles, "|") != strings.Join(want[:len(titles)], "|") {
				t.Errorf("%q: %d of %d %s: %q, the list has %q", q.words, len(titles), total, kind, titles, want)
			}
			shown += len(titles)
		}
		if (shown == 0) != page.Has(".note a") {
			t.Errorf("%q: %d are shown; where there is nothing a note leads on", q.words, shown)
		}
		some += shown
	}
	if some < 10 {
		t.Errorf("the searches find %d altogether: the test says nothing", some)
	}
	if page := visitor.Get("/en/search").Want(http.StatusOK); page.Has(".result") || !page.Has(".note a") {
		t.Error("without words it does not say what to do")
	}
}
