package journey

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// axeVendored is axe-core 4.14.1 (MPL-2.0), vendored as test data.
//
//go:embed testdata/axe.min.js
var axeVendored string

// lookSource is how pages are looked at, without axe-core.
//
//go:embed testdata/look.js
var lookSource string

// looking is put into each page. What it calls look.axe is axe-core without its search for icons: that draws texts to find
// fonts whose ligatures are pictures, and does not look at the contrast of what it takes for one. It takes Arabic for that,
// since joined letters differ from single ones. The portal has no such font, so that every text is a text.
var looking = lookSource + "look.axe = () => {" + strings.Replace(axeVendored, isIconLigature, isIconLigature+"return!1;", 1) + "};"

const isIconLigature = "function Km(e){"

// sight is what a page has, by numbers: kinds of elements with the places that they stand in, ways in which texts are
// painted, the outline of headings and landmarks, and the kinds whose sizes are asked about.
type sight struct {
	// Wrong is what is wrong with it beside what axe looks for. View is its language and width.
	Wrong []string `json:"wrong"`
	View  string   `json:"view"`

	Kinds    []int64 `json:"kinds"`
	Paints   []int64 `json:"paints"`
	Outlines []int64 `json:"outlines"`
	Sizes    []int64 `json:"sizes"`
}

// looked is what axe has looked at in these tests: sizes by view, which is a width and a language, all else once.
var looked = struct {
	sync.Mutex
	in map[string]map[int64]bool
}{in: map[string]map[int64]bool{}}

// fresh is what no page before had: sizes in the view, all else in any, since what an element is, whether it has a name, how it
// is painted and where it stands is in its number.
func (s sight) fresh() sight {
	looked.Lock()
	defer looked.Unlock()
	fresh := func(view string, numbers []int64) []int64 {
		before := looked.in[view]
		if before == nil {
			before = map[int64]bool{}
			looked.in[view] = before
		}
		found := []int64{}
		for _, n := range numbers {
			if !before[n] {
				before[n] = true
				found = append(found, n)
			}
		}
		return found
	}
	return sight{Kinds: fresh("kinds", s.Kinds), Paints: fresh("paints", s.Paints), Outlines: fresh("outlines", s.Outlines), Sizes: fresh(s.View, s.Kinds)}
}

// look is how closely axe looks at a page.
type look string

const (
	// whole asks all rules of all of the page; those about colours of what no page before has painted so, those about the sizes
	// of targets of kinds that none has had in this view.
	whole look = "whole"
	// alike asks them of what no page before had, and of one of what is alike on the page. It is enough for a page that is
	// looked at whole in another view or state: its styles follow from what elements are and where they stand.
	alike look = "alike"
)

// axeWhole fails on every accessibility violation of the page as it stands, with all disclosures open, and when the page
// is wider than the window.
func (b *tab) axeWhole() {
	b.t.Helper()
	b.check(whole)
}

// axe is axeWhole for another view or state of a page that the walk over all pages looks at whole. Sizes are those of all that
// is on the page.
func (b *tab) axe() {
	b.t.Helper()
	b.check(alike)
}

func (b *tab) check(l look) {
	b.t.Helper()
	found := b.violations(l)
	if len(found) > 0 {
		where := fmt.Sprintf("%s at %d px", b.path(), evaluate[int](b, `innerWidth`))
		for _, wrong := range found {
			b.t.Errorf("%s: %s", where, wrong)
		}
	}
	b.shoot()
}

// sees looks at the page, with all disclosures open.
func (b *tab) sees() sight {
	b.t.Helper()
	if !b.looked {
		b.looked = true
		call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: looking})
	}
	const sees = `typeof look === "object" ? look.sees() : null`
	seen := evaluate[*sight](b, sees)
	if seen == nil { // the page was there before, or runs no scripts
		b.eval(looking)
		seen = evaluate[*sight](b, sees)
	}
	return *seen
}

// violations are all that is wrong with the page as it stands, or with what is new on it.
func (b *tab) violations(l look) []string {
	b.t.Helper()
	seen := b.sees()
	fresh, err := json.Marshal(seen.fresh())
	if err != nil {
		b.t.Fatal(err)
	}
	found, err := run(b, chromedp.Evaluate[[]string](fmt.Sprintf(`look.asks(%q, %s)`, l, fresh), chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("axe at %s: %v", b.path(), err)
	}
	return append(seen.Wrong, found...)
}

// axeAtBothWidths is axe in a wide and in a narrow window.
func (b *tab) axeAtBothWidths() {
	b.t.Helper()
	for _, width := range []int64{narrow, wide} {
		b.resize(width)
		b.axe()
	}
}
