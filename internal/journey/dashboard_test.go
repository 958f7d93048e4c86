package journey

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/pledge"
)

// spoken is the name of a node of the accessibility tree, and its role.
type spoken struct{ role, name string }

// tree is what a screen reader finds on the page.
func (b *tab) tree() []spoken {
	b.t.Helper()
	text := func(v *accessibility.Value) string {
		if v == nil {
			return ""
		}
		var s string
		_ = json.Unmarshal(v.Value, &s) // a value of another type is none that we look at
		return s
	}
	var all []spoken
	for _, n := range call(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if !n.Ignored {
			all = append(all, spoken{text(n.Role), text(n.Name)})
		}
	}
	return all
}

// aNumber is a number as a page says it.
var aNumber = regexp.MustCompile(`\d[\d,]*`)

// A screen reader finds each of the 195 States on the map as a link with its name and number; the list before the map has
// the same in the same order; and the map says that it endorses nothing.
func TestTheMapInTheAccessibilityTree(t *testing.T) {
	t.Parallel()
	p := newPortal(t, true)
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		b := open(t, p.url, wide)
		b.want(b.visit("/"+string(lang)+pledge.BoardPath), http.StatusOK)
		b.eval(`document.querySelectorAll("details").forEach(d => d.open = true)`)
		var dots, listed []string
		links := map[string]int{}
		for _, n := range b.tree() {
			if n.role == "link" {
				links[n.name]++
			}
		}
		for _, c := range gcm.Reference().Countries(lang) {
			name := c.Name(lang)
			found := false
			for link := range links {
				if strings.HasPrefix(link, name+": ") {
					found, dots = true, append(dots, name)
				}
			}
			if !found {
				t.Errorf("%s: the tree has no dot of %s", lang, name)
			}
			if links[name] > 0 {
				listed = append(listed, name)
			}
		}
		if len(dots) != 195 || len(listed) != 195 {
			t.Errorf("%s: the tree has %d dots and %d names of the list", lang, len(dots), len(listed))
		}
		b.reads(i18n.TL(lang, "ui.map.disclaimer"))
	}
	if got := i18n.TL(i18n.English, "ui.map.disclaimer"); got != "The names shown and the designations used on this map do not imply official endorsement or acceptance by the United Nations." {
		t.Errorf("the map says %q", got)
	}
}

// Each dot of the map is a target of 24 px that no other one covers: of the world in a wide window, of its region in a narrow one.
func TestEveryDotCanBePointedAt(t *testing.T) {
	t.Parallel()
	p := newPortal(t, true)
	for _, width := range []int64{wide, 390, narrow} {
		b := open(t, p.url, width)
		b.want(b.visit("/en"+pledge.BoardPath+"/country"), http.StatusOK)
		for _, wrong := range evaluate[[]string](b, `(() => {
			const found = [];
			const dots = [...document.querySelectorAll(".map a")].filter(a => a.checkVisibility());
			if (dots.length !== 195) found.push(dots.length + " dots can be seen");
			for (const a of dots) {
				a.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
				const r = a.getBoundingClientRect(), x = (r.left + r.right) / 2, y = (r.top + r.bottom) / 2;
				const name = a.getAttribute("aria-label");
				if (r.width < 23.9 || r.height < 23.9) found.push(name + " is " + r.width + " × " + r.height + " px");
				for (const [dx, dy] of [[0, 0], [10, 0], [-10, 0], [0, 10], [0, -10]]) {
					const at = document.elementFromPoint(x + dx, y + dy);
					if (!at || at.closest("a") !== a) found.push(name + " is covered at " + dx + "," + dy + " by " + (at ? at.outerHTML.slice(0, 60) : "nothing"));
				}
			}
			return found;
		})()`) {
			t.Errorf("at %d px: %s", width, wrong)
		}
	}
}

// The dots of the light map are copies of one, which styles reach by its class alone: they have the colour of the others.
func TestTheDotsOfTheLightMapHaveTheirColour(t *testing.T) {
	t.Parallel()
	p := newPortal(t, true)
	b := open(t, p.url, wide)
	b.want(b.visit("/en/practices?view=map"), http.StatusOK)
	at := evaluate[[]float64](b, `(() => {
		const dot = document.querySelector(".map--dots a use");
		dot.scrollIntoView({block: "center", behavior: "instant"});
		const r = dot.getBoundingClientRect();
		return [r.left + r.width / 2 - 1, r.top + r.height / 2 - 1];
	})()`)
	shot := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng, Clip: &page.Viewport{X: at[0], Y: at[1] + evaluate[float64](b, `scrollY`), Width: 2, Height: 2, Scale: 1}})
	picture, err := png.Decode(bytes.NewReader(shot.Data))
	if err != nil {
		t.Fatal(err)
	}
	if red, green, blue, _ := picture.At(0, 0).RGBA(); red < 0xe000 || green < 0x8000 || blue > 0x6000 {
		t.Errorf("the middle of a dot is #%02x%02x%02x, not the yellow of the sun", red>>8, green>>8, blue>>8)
	}
}

// Somebody filters the dashboard, finds a State on the map and reads its pledges with nothing but the keyboard.
func TestTheDashboardByKeyboardAlone(t *testing.T) {
	t.Parallel()
	p := newPortal(t, true)
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		b := open(t, p.url, wide)
		b.want(b.visit("/"+string(lang)+pledge.BoardPath), http.StatusOK)
		b.tabTo(".skip")
		b.key(kb.Enter)
		b.tabTo(".filters > summary")
		b.key(kb.Enter)
		b.tabTo(".facet:has([name=region]) > summary")
		b.key(kb.Enter)
		b.tabTo("[name=region][value=africa]")
		b.key(" ")
		b.tabTo(".filters .btn")
		response, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(kb.Enter))
		if err != nil {
			t.Fatal(err)
		}
		b.want(b.arrived(response), http.StatusOK)
		if got := b.path(); !strings.Contains(got, "region=africa") {
			t.Fatalf("one is at %s", got)
		}
		if len(b.texts(".chips:not(.on-navy *) .chip")) != 1 {
			t.Errorf("the filters in use are %q", b.texts(".chips:not(.on-navy *) .chip"))
		}
		b.tabTo(".map--dots a[href*='country=KE']")
		if seen := evaluate[string](b, `(() => { const t = document.activeElement.nextElementSibling; return getComputedStyle(t).display === "none" ? "" : t.textContent; })()`); !strings.HasPrefix(seen, gcm.Reference().CountryName(lang, "KE")) {
			t.Errorf("%s: beside the dot one reads %q", lang, seen)
		}
		name := evaluate[string](b, `document.activeElement.getAttribute("aria-label")`)
		response, err = chromedp.RunResponse(b.ctx, chromedp.KeyEvent(kb.Enter))
		if err != nil {
			t.Fatal(err)
		}
		b.want(b.arrived(response), http.StatusOK)
		if got := b.path(); !strings.Contains(got, "/pledges?") || !strings.Contains(got, "country=KE") || !strings.Contains(got, "region=africa") {
			t.Errorf("the dot leads to %s", got)
		}
		said, has := aNumber.FindString(name), strconv.Itoa(evaluate[int](b, `document.querySelectorAll(".result").length`))
		if lang == i18n.English && said != has {
			t.Errorf("%q leads to a list of %s", name, has)
		}
	}
}

// Without scripts, on the narrowest screen and in Arabic, the dashboard can be filtered, its tables opened and its numbers
// followed.
func TestTheDashboardWithoutScripts(t *testing.T) {
	t.Parallel()
	p := newPortal(t, true)
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		b := open(t, p.url, narrow).withoutScripts()
		b.want(b.visit("/"+string(lang)+pledge.BoardPath), http.StatusOK)
		b.choose("[name=category][value=member_state]")
		b.reveal(".filters .btn")
		b.want(b.press(".filters .btn"), http.StatusOK)
		if got := b.path(); !strings.Contains(got, "category=member_state") {
			t.Fatalf("one is at %s", got)
		}
		total := evaluate[string](b, `document.querySelector(".kpis dd a").textContent.trim()`)
		if found := b.sees().Wrong; len(found) > 0 {
			t.Errorf("%s: %v", lang, found)
		}
		b.want(b.press(".kpis dd a"), http.StatusOK)
		if !strings.Contains(b.text("#count"), total) {
			t.Errorf("%s: the counter says %s, the list %q", lang, total, b.text("#count"))
		}
		b.want(b.visit("/"+string(lang)+pledge.BoardPath+"/status"), http.StatusOK)
		if !evaluate[bool](b, `document.querySelector(".chartimg").complete && document.querySelector(".chartimg").naturalWidth > 0`) {
			t.Errorf("%s: the picture is not shown", lang)
		}
	}
}

// Another site shows light pages in its frames, in the reader's language where the address has none. (That no other page of
// ours may be shown so is tested by its headers: the browser says it on the console.)
func TestLightPagesInAFrame(t *testing.T) {
	t.Parallel()
	p := newPortal(t, true)
	other := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(out, `<!doctype html><html lang="en"><title>Another site</title><link rel="icon" href="data:,">
			<iframe title="Counter" src="%[1]s/embed/pledges/counter"></iframe><iframe title="Nature" src="%[1]s/ar/embed/pledges/nature?region=africa"></iframe>`, p.url)
	}))
	t.Cleanup(other.Close)
	b := open(t, p.url, wide)
	b.allow(other.URL)
	b.do(chromedp.Navigate(other.URL))
	var shown []string
	eventually(t, "both frames are shown", func() bool {
		shown = nil
		for _, f := range call(b, page.GetFrameTree, cdp.Empty{}).FrameTree.ChildFrames {
			shown = append(shown, strings.TrimPrefix(f.Frame.URL, p.url))
		}
		return len(shown) == 2 && !slices.Contains(shown, "") && !slices.Contains(shown, "about:blank")
	})
	if want := []string{"/en/embed/pledges/counter", "/ar/embed/pledges/nature?region=africa"}; !slices.Equal(shown, want) {
		t.Errorf("the frames show %q, want %q", shown, want)
	}
}
