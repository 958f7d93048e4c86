package journey

import (
	_ "embed"
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

// axeSource is axe-core without its search for icons: it draws texts to find fonts whose ligatures are pictures, and does
// not look at the contrast of what it takes for one. It takes Arabic for that, since joined letters differ from single
// ones. The portal has no such font, so that every text is a text.
var axeSource = strings.Replace(axeVendored, isIconLigature, isIconLigature+"return!1;", 1)

const isIconLigature = "function Km(e){"

// inspect finds what is wrong with the page as it stands beside axe: a page wider than the window, and targets smaller
// than 24 by 24 px that are no links in a text.
const inspect = `(() => {
	const found = [];
	const root = document.documentElement;
	if (root.scrollWidth > root.clientWidth + 1) {
		const out = [...document.querySelectorAll("body *")].filter(e => { const r = e.getBoundingClientRect(); return r.width > 0 && (r.right > root.clientWidth + 1 || r.left < -1); });
		found.push("it scrolls sideways: " + out.slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(" | "));
	}
	for (const e of document.querySelectorAll("button, input:not([type=hidden]), select, textarea, summary, nav a, .btn")) {
		const label = e.matches("input[type=checkbox], input[type=radio]") && e.closest("label");
		const r = (label || e).getBoundingClientRect();
		if (!e.checkVisibility({visibilityProperty: true}) || e.closest("[aria-hidden=true], .vh, .skip, .hp") || r.width === 0) continue;
		if (getComputedStyle(e).display === "inline" && e.closest("p, li, dd, td")) continue;
		if (r.width < 23.5 || r.height < 23.5) found.push("a target of " + Math.round(r.width) + " × " + Math.round(r.height) + " px: " + e.outerHTML.slice(0, 160));
	}
	if (document.querySelectorAll("h1").length !== 1) found.push("it has " + document.querySelectorAll("h1").length + " main headings");
	if (document.body.innerText.includes("⟦")) found.push("a text is missing: " + document.body.innerText.match(/⟦[^⟧]*⟧/)[0]);
	return found;
})()`

// hideAlike hides of neighbours in the page that are made of the same elements, classes, languages and states all but the first:
// rows of a list, for which one stands.
const hideAlike = `(() => {
	const shape = (e) => [e, ...e.querySelectorAll("*")].map(x => x.localName + [...x.attributes].map(a =>
		/^(class|lang|dir|role|type)$/.test(a.name) ? " " + a.value : /^(aria-.*|alt|checked|disabled|hidden|href|open|required|title)$/.test(a.name) ? " " + a.name : "").join("")).join("/");
	const look = (parent) => {
		const seen = new Set();
		for (const e of parent.children) {
			if (e.localName === "option" || e.closest("svg")) continue;
			const s = shape(e);
			if (!seen.has(s)) { seen.add(s); look(e); } else if (!e.hidden) { e.hidden = true; e.dataset.alike = "yes"; }
		}
	};
	look(document.body);
})()`

// showAll opens what can be opened, and shows again what hideAlike has hidden.
const showAll = `(() => {
	document.querySelectorAll("details").forEach(d => d.open = true);
	document.querySelectorAll("[data-alike]").forEach(e => { e.hidden = false; delete e.dataset.alike; });
})()`

// kinds numbers what the page has: elements with their classes, languages and states, each with the places that it stands
// in, whatever the texts.
const kinds = `(() => {
	const number = (text, seed) => { // cyrb53
		let a = 0xdeadbeef ^ seed, b = 0x41c6ce57 ^ seed;
		for (let i = 0; i < text.length; i++) { const c = text.charCodeAt(i); a = Math.imul(a ^ c, 2654435761); b = Math.imul(b ^ c, 1597334677); }
		a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
		b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
		return 4294967296 * (2097151 & b) + (a >>> 0);
	};
	const style = (a) => /^(class|lang|dir|role|style|type)$/.test(a.name) ? a.name + "=" + a.value : "";
	const state = (a) => /^(aria-.*|alt|checked|disabled|hidden|href|open|required|tabindex|title)$/.test(a.name) ? a.name : "";
	const within = new Map([[null, 0]]), all = new Set();
	for (const e of document.querySelectorAll("*")) {
		if (e.localName === "option" || e.closest("head, svg *")) continue;
		const attributes = (of) => [...e.attributes].map(of).sort().join(" ");
		const place = number(e.localName + attributes(style), within.get(e.parentElement));
		within.set(e, place);
		all.add(number(attributes(state), place));
	}
	return [...all];
})()`

// aboutThePage are the rules that are about what the parts of a page are to each other.
const aboutThePage = `["accesskeys", "bypass", "document-title", "duplicate-id-aria", "heading-order", "html-has-lang", "html-lang-valid", "html-xml-lang-mismatch",
	"landmark-banner-is-top-level", "landmark-complementary-is-top-level", "landmark-contentinfo-is-top-level", "landmark-main-is-top-level", "landmark-no-duplicate-banner",
	"landmark-no-duplicate-contentinfo", "landmark-no-duplicate-main", "landmark-one-main", "landmark-unique", "meta-viewport", "page-has-heading-one", "region", "skip-link"]`

// aboutTheLayout are aboutThePage, and what is said of the size and the place of things.
var aboutTheLayout = strings.Replace(aboutThePage, "[", `["target-size", "css-orientation-lock", "scrollable-region-focusable", `, 1)

// everyRule are all rules that the portal keeps to.
const everyRule = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`

// looked are the kinds of elements that axe has looked at in these tests, by view: width and language.
var looked = struct {
	sync.Mutex
	in map[string]map[int64]bool
}{in: map[string]map[int64]bool{}}

// isNew says whether a page has what no page before had in the view.
func isNew(view string, kinds []int64) bool {
	looked.Lock()
	defer looked.Unlock()
	before := looked.in[view]
	if before == nil {
		before = map[int64]bool{}
		looked.in[view] = before
	}
	found := false
	for _, k := range kinds {
		found = found || !before[k]
		before[k] = true
	}
	return found
}

// look is how closely axe looks at a page.
type look string

const (
	// whole asks all rules of all of the page.
	whole look = "whole"
	// alike asks them of one of what is alike on the page; when all of it has been looked at in this view on other pages, only
	// those about what the parts of a page are to each other. It is enough for a page that is looked at whole in another view
	// or state: its styles follow from what elements are and where they stand.
	alike look = "alike"
	// layout asks what another width or direction can change.
	layout look = "layout"
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

// axeLayout is axe for what a width or a direction can change.
func (b *tab) axeLayout() {
	b.t.Helper()
	b.check(layout)
}

func (b *tab) check(l look) {
	b.t.Helper()
	where := fmt.Sprintf("%s at %d px", b.path(), evaluate[int](b, `innerWidth`))
	b.eval(showAll)
	b.shoot()
	for _, wrong := range b.violations(l) {
		b.t.Errorf("%s: %s", where, wrong)
	}
}

// violations are all that is wrong with the page as it stands, or with what is new on it. Frames are closed to scripts
// from outside; what they show, mails, is looked at as a page of its own.
func (b *tab) violations(l look) []string {
	b.t.Helper()
	b.eval(showAll)
	wrong, rules := evaluate[[]string](b, inspect), everyRule
	switch view := evaluate[string](b, `document.documentElement.lang + innerWidth`); {
	case l == layout:
		rules = aboutTheLayout
	case !isNew(view, evaluate[[]int64](b, kinds)) && l == alike:
		rules = aboutThePage
	}
	if l != whole {
		b.eval(hideAlike)
		defer b.eval(showAll)
	}
	if !b.axed {
		b.axed = true
		call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: axeSource})
	}
	if !evaluate[bool](b, `"axe" in window`) {
		b.eval(axeSource)
	}
	found, err := run(b, chromedp.Evaluate[[]string](`axe.run(document, {resultTypes: ["violations"], iframes: false, preload: false, runOnly: `+rules+`})
		.then(r => r.violations.flatMap(v => v.nodes.map(n => v.help + " (" + v.id + "): " + n.html)))`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("axe at %s: %v", b.path(), err)
	}
	return append(wrong, found...)
}

// axeAtBothWidths is axe in a wide and in a narrow window.
func (b *tab) axeAtBothWidths() {
	b.t.Helper()
	for _, width := range []int64{narrow, wide} {
		b.resize(width)
		b.axe()
	}
}
