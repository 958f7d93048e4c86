// Package journey walks whole tasks in a real browser against the whole portal: a private PostgreSQL, a real mail sink
// and headless Chromium. Every page on the way is checked by axe-core, and nothing may be said on the console.
package journey

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// axeSource is axe-core 4.14.1 (MPL-2.0), vendored as test data.
//
//go:embed testdata/axe.min.js
var axeSource string

var (
	browserOnce   sync.Once
	browserCtx    context.Context
	browserCancel context.CancelFunc
	browserErr    error
)

func TestMain(m *testing.M) {
	code := m.Run()
	if browserCancel != nil {
		browserCancel()
	}
	os.Exit(code)
}

// browser is started once for all journeys; each tab has its own cookies.
func browser(t *testing.T) context.Context {
	t.Helper()
	browserOnce.Do(func() {
		profile, err := os.MkdirTemp("", "journey")
		if err != nil {
			browserErr = err
			return
		}
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.UserDataDir(profile), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
		allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, cancel := chromedp.NewContext(allocator)
		browserCtx, browserCancel = ctx, func() {
			cancel()
			stop()
			_ = os.RemoveAll(profile)
		}
		browserErr = chromedp.Do(ctx)
	})
	if browserErr != nil {
		t.Fatalf("Chromium does not start: %v; install it with: apt-get install chromium", browserErr)
	}
	return browserCtx
}

// tab is one person's browser window.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string
}

// open opens a window of the width for somebody without cookies.
func open(t *testing.T, base string, width int64) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser(t), chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, stop := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(stop)
	b := &tab{t: t, ctx: ctx, base: base}
	b.do(chromedp.EmulateViewport(width, 900))
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			// A page that answers 4xx or 5xx says so on the console too; the journey asserts statuses by what it reads.
			if text := m.String(); !strings.Contains(text, "Failed to load resource") {
				t.Errorf("the console says: %s", text)
			}
		}
	}()
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("at %s: %v", b.path(), err)
	}
}

// visit goes to a path and waits for the page.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

// path is where the window is.
func (b *tab) path() string {
	at, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		return "(nowhere)"
	}
	return strings.TrimPrefix(at, b.base)
}

// press clicks what the selector finds and waits for the page that follows.
func (b *tab) press(selector string) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.t.Fatalf("press %s at %s: %v\n%s", selector, b.path(), err, b.text("main"))
	}
}

// choose ticks or selects something without leaving the page.
func (b *tab) choose(selectors ...string) {
	b.t.Helper()
	for _, s := range selectors {
		b.eval(fmt.Sprintf(`(() => { const e = document.querySelector(%q); if (!e) throw new Error("no " + %q); for (let d = e.closest("details"); d; d = d.parentElement.closest("details")) d.open = true; if (!e.checked) e.click(); })()`, s, s))
	}
}

// pick chooses an option of a select.
func (b *tab) pick(selector, value string) {
	b.t.Helper()
	b.do(chromedp.SetValue(chromedp.CSS(selector), value))
}

// fill types a text into an empty field, character by character as the page would see it.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.eval(fmt.Sprintf(`(() => { const e = document.querySelector(%q); if (!e) throw new Error("no " + %q); e.focus(); e.value = %q; e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true})); })()`, selector, selector, text))
}

// text is what a reader sees in the element.
func (b *tab) text(selector string) string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](fmt.Sprintf(`(document.querySelector(%q) || {innerText: ""}).innerText`, selector)))
	if err != nil {
		b.t.Fatalf("text of %s: %v", selector, err)
	}
	return text
}

// value is what stands in a field.
func (b *tab) value(selector string) string {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](fmt.Sprintf(`(document.querySelector(%q) || {value: ""}).value`, selector)))
	if err != nil {
		b.t.Fatalf("value of %s: %v", selector, err)
	}
	return value
}

// has says whether the page has what the selector finds.
func (b *tab) has(selector string) bool {
	b.t.Helper()
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelector(%q) !== null`, selector)))
	if err != nil {
		b.t.Fatalf("look for %s: %v", selector, err)
	}
	return found
}

func (b *tab) eval(script string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](script))
}

// reads fails unless the page says all of the words.
func (b *tab) reads(words ...string) {
	b.t.Helper()
	all := b.text("body")
	for _, w := range words {
		if !strings.Contains(all, w) {
			b.t.Fatalf("%s does not say %q:\n%s", b.path(), w, all)
		}
	}
}

type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML   string
		Target []any
	}
}

// axe fails on every accessibility violation of the page as it stands, with all disclosures open, and when the page is
// wider than the window.
func (b *tab) axe() {
	b.t.Helper()
	b.eval(`document.querySelectorAll("details").forEach(d => d.open = true)`)
	b.eval(axeSource)
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]violation](`axe.run(document, {resultTypes: ["violations"], runOnly:
		["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => r.violations.map(v => ({ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.map(n => ({HTML: n.html, Target: n.target}))})))`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("axe at %s: %v", b.path(), err)
	}
	for _, v := range found {
		for _, n := range v.Nodes {
			b.t.Errorf("%s: %s (%s): %s", b.path(), v.Help, v.ID, n.HTML)
		}
	}
	wide, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth + 1`))
	if err != nil {
		b.t.Fatal(err)
	}
	if wide {
		b.t.Errorf("%s scrolls sideways", b.path())
	}
	b.shoot()
}

// shoot keeps a picture of the whole page when JOURNEY_SHOTS names a folder.
func (b *tab) shoot() {
	folder := os.Getenv("JOURNEY_SHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(90))
	if err != nil {
		b.t.Fatalf("picture of %s: %v", b.path(), err)
	}
	name := strings.NewReplacer("/", "_", "?", "-", "&", "-", "=", "-", "#", "-").Replace(strings.Trim(b.path(), "/"))
	if len(name) > 80 {
		name = name[:80]
	}
	width, _ := chromedp.Run(b.ctx, chromedp.Evaluate[int](`innerWidth`))
	if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d.jpg", name, width)), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
