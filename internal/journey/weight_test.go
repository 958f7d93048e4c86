package journey

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/i18n"
	"portal/internal/pledge"
)

// What a page may weigh when it is compressed with gzip, the least that every browser takes (spec, quality.md).
const (
	mostHTML, mostCSS, mostScript = 14 << 10, 20 << 10, 10 << 10
	mostFirstView                 = 60 << 10
	// mostDashboard is for pages with all States on a map and in a list (spec, pledges.md): all of it, styles and scripts too.
	mostDashboard = 100 << 10
)

var (
	scripts     = regexp.MustCompile(`(?s)<script([^>]*)>(.*?)</script>`)
	stylesheets = regexp.MustCompile(`<link rel="stylesheet" href="([^"]+)"`)
	// fetched are addresses that a browser fetches by itself.
	fetched = regexp.MustCompile(`(?:\ssrc|\ssrcset|<link [^>]*rel="(?:stylesheet|icon|preload|modulepreload)"[^>]*href|<use href|\sstyle|\sposter)="([^"]*)"`)
)

// Every public page is light enough for slow lines, fetches nothing from elsewhere and waits for no script.
func TestPublicPagesAreLight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	weights := weights{portal: w.portal, known: map[string]int{}}
	all := w.walks(t)
	walks := all[:2:2]
	for _, walk := range all {
		if walk.name == "a visitor at the fund" || walk.name == "a visitor at the pipeline" || walk.name == "a visitor at the Champion countries" || walk.name == "a visitor at the countries" {
			walks = append(walks, walk)
		}
	}
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		for _, walk := range walks {
			for _, v := range walk.visits {
				path := "/" + string(lang) + v.path
				size, html := weigh(t, w.url+path)
				limit, whole := mostHTML, mostFirstView
				list, _, _ := strings.Cut(v.path, "?")
				if strings.HasPrefix(v.path, pledge.BoardPath) || list == "/champions" || list == "/countries" {
					limit, whole = mostDashboard, mostDashboard
				}
				if size > limit {
					t.Errorf("%s is %d bytes, more than %d", path, size, limit)
				}
				first := size + weights.styles(t, path, html)
				if !strings.HasPrefix(v.path, "/embed/") { // which have no script
					first += weights.scriptsOf(t, path, html)
				}
				if first > whole {
					t.Errorf("the first view of %s is %d bytes", path, first)
				}
				for _, f := range fetched.FindAllStringSubmatch(html, -1) {
					if !ours(lang, f[1]) {
						t.Errorf("%s fetches %q", path, f[1])
					}
				}
			}
		}
	}
}

// weights knows what the files weigh that pages share.
type weights struct {
	*portal
	known map[string]int // by address
}

func (w weights) of(t *testing.T, address string) int {
	t.Helper()
	size, ok := w.known[address]
	if !ok {
		size, _ = weigh(t, w.url+address)
		w.known[address] = size
	}
	return size
}

// styles weighs the style sheets of a page.
func (w weights) styles(t *testing.T, path, html string) int {
	t.Helper()
	sum := 0
	for _, link := range stylesheets.FindAllStringSubmatch(html, -1) {
		sum += w.of(t, link[1])
	}
	if sum == 0 || sum > mostCSS {
		t.Errorf("the style sheets of %s are %d bytes", path, sum)
	}
	return sum
}

// scriptsOf weighs the scripts of a page, which may not block it.
func (w weights) scriptsOf(t *testing.T, path, html string) int {
	t.Helper()
	sum := 0
	for _, s := range scripts.FindAllStringSubmatch(html, -1) {
		src, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(s[1]), `src="`), `"`)
		if strings.Contains(s[1], `type="application/ld+json"`) {
			continue // data
		}
		if strings.TrimSpace(s[2]) != "" || !strings.Contains(s[1], "defer") || !strings.HasPrefix(src, "/static/") {
			t.Errorf("%s has a script that blocks, or stands in the page: %s", path, s[0])
			continue
		}
		sum += w.of(t, src)
	}
	if sum > mostScript {
		t.Errorf("the scripts of %s are %d bytes", path, sum)
	}
	return sum
}

var plainClient = &http.Client{Transport: &http.Transport{DisableCompression: true}, Timeout: 30 * time.Second}

// weigh returns how many bytes an address is on the line, and the text.
func weigh(t *testing.T, address string) (int, string) {
	t.Helper()
	get := func(encoding string) (*http.Response, []byte) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", encoding)
		answer, err := plainClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer, body
	}
	packed, body := get("gzip")
	_, plain := get("identity")
	if len(plain) > 1500 && packed.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%s is not compressed", address)
	}
	return len(body), string(plain)
}

// ours says whether an address is of this portal: a part of the page itself, what it is dressed in, a chart, or a picture that
// was published.
func ours(lang i18n.Lang, address string) bool {
	return slices.ContainsFunc([]string{"#", "/static/", "/images/", "/" + string(lang) + pledge.BoardPath + "/"}, func(begin string) bool { return strings.HasPrefix(address, begin) })
}
