// Package journey walks whole tasks in a real browser against the whole portal: PostgreSQL, a real mail server and
// headless Chromium; and it starts the program itself to see what a crash, a lost database and a second replica do to
// what people have typed. Every page on the way is checked by axe-core, and nothing may be said on the console.
package journey

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The widths at which every page is looked at (design guide, section 9), and the height of a window.
const (
	wide, narrow = 1280, 320
	height       = 900
)

// patience is how long a test waits for something that is to happen; pause is between two looks.
const (
	patience = 2 * time.Minute
	pause    = 25 * time.Millisecond
)

func TestMain(m *testing.M) {
	flag.Parse()
	if p := flag.Lookup("test.parallel").Value; p.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) { // nobody has said how many
		_ = p.Set(strconv.Itoa(2 * runtime.GOMAXPROCS(0))) // a journey waits for its browser, and the browser for it
	}
	common := &loudOnly{}
	slog.SetDefault(slog.New(common))
	code := m.Run()
	if said := common.errors(); len(said) > 0 { // a text that is missing, a job that failed: of which test, nobody can tell
		fmt.Println("FAIL: the portal has logged errors:\n" + strings.Join(said, "\n"))
		code = 1
	}
	if browserCancel != nil {
		browserCancel()
	}
	removeBinary()
	os.Exit(code)
}

// allow lets the window go to another website too.
func (b *tab) allow(base string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.others = append(b.others, base)
}

func (b *tab) may(address string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, base := range append([]string{b.base, "data:", "about:"}, b.others...) {
		if strings.HasPrefix(address, base) {
			return true
		}
	}
	return false
}

func (b *tab) complain(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, text)
}

// withoutScripts lets no script of a page run from the next page on; the test's own still do.
func (b *tab) withoutScripts() *tab {
	b.t.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return b
}

// call sends a command of the browser's protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeoutCause(b.ctx, patience, errSlow)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatalf("at %s: %s: %v", b.path(), command.Method, err)
	}
	return result
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	_, err := run(b, chromedp.Steps(steps...))
	if err != nil {
		b.t.Fatalf("at %s: %v", b.path(), err)
	}
}

// run lets the browser do one thing, within the patience of a test.
func run[T any](b *tab, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeoutCause(b.ctx, patience, errSlow)
	defer cancel()
	result, err := chromedp.Run(ctx, action)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return result, err
}

var errSlow = errors.New("the browser has not done it in time")

// cookie gives the window a cookie of the portal.
func (b *tab) cookie(c *http.Cookie) {
	b.t.Helper()
	call(b, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: b.base, HTTPOnly: new(true)})
}

// visit goes to a path, waits for the page and returns its status.
func (b *tab) visit(path string) int {
	b.t.Helper()
	response, err := run(b, chromedp.NavigateResponse(b.base+path))
	if err != nil {
		b.t.Fatalf("visit %s: %v", path, err)
	}
	return b.arrived(response)
}

// arrived keeps the header of an answer and returns its status; 0 when the browser showed a page that it had kept.
func (b *tab) arrived(r *network.Response) int {
	b.header = nil
	if r == nil {
		return 0
	}
	b.header = r.Headers
	return int(r.Status)
}

// path is where the window is, without the fragment: after a redirect that is the one of the form before.
func (b *tab) path() string {
	at, err := run(b, chromedp.Location())
	if err != nil {
		return "(nowhere)"
	}
	at, _, _ = strings.Cut(at, "#")
	return strings.TrimPrefix(at, b.base)
}

// press activates the link or button that the selector finds, as the Enter key does, waits for the page that follows and
// returns its status.
func (b *tab) press(selector string) int {
	b.t.Helper()
	b.reveal(selector)
	b.eval(fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		e.focus();
		if (document.activeElement !== e) throw new Error("the keyboard does not reach " + %q);
	})()`, selector, selector))
	ctx, cancel := context.WithTimeoutCause(b.ctx, patience, errSlow)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(kb.Enter))
	if err != nil {
		b.t.Fatalf("press %s at %s: %v\n%s", selector, b.path(), err, b.gist())
	}
	return b.arrived(response)
}

// gist is what a failed test says of a page: its heading, its errors and the beginning of its text.
func (b *tab) gist() string {
	b.t.Helper()
	text := []rune(b.text("main"))
	return strings.Join(b.texts("h1, .errors li, .err"), " · ") + "\n" + string(text[:min(len(text), 2500)])
}

// follow clicks the first link with exactly this text.
func (b *tab) follow(text string) int {
	b.t.Helper()
	return b.press(b.mark("a", text))
}

// push clicks the first button with exactly this text.
func (b *tab) push(text string) int {
	b.t.Helper()
	return b.press(b.mark("button", text))
}

// mark finds the first visible element of the kind with the text and returns a selector for it.
func (b *tab) mark(kind, text string) string {
	b.t.Helper()
	found := evaluate[bool](b, fmt.Sprintf(`(() => {
		document.querySelectorAll("[data-marked]").forEach(e => delete e.dataset.marked);
		const words = (e) => e.textContent.replace(/\s+/g, " ").trim();
		const e = [...document.querySelectorAll(%q)].find(e => words(e) === %s && !e.closest(".vh") && !e.hidden);
		if (!e) return false;
		e.dataset.marked = "yes";
		return true;
	})()`, kind, quoted(oneSpace(text))))
	if !found {
		b.t.Fatalf("%s has no %s %q:\n%s", b.path(), kind, text, b.gist())
	}
	return "[data-marked]"
}

// reveal opens the disclosures around an element, so that a person could reach it, and fails if there is none.
func (b *tab) reveal(selector string) {
	b.t.Helper()
	b.eval(fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		if (!e) throw new Error("there is no " + %q);
		for (let d = e.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
	})()`, selector, selector))
}

// choose ticks or selects something without leaving the page.
func (b *tab) choose(selectors ...string) {
	b.t.Helper()
	for _, s := range selectors {
		b.reveal(s)
		b.eval(fmt.Sprintf(`(() => { const e = document.querySelector(%q); if (!e.checked) e.click(); })()`, s))
	}
}

// pick chooses an option of a select.
func (b *tab) pick(selector, value string) {
	b.t.Helper()
	b.eval(fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		if (!e) throw new Error("there is no " + %q);
		e.value = %q;
		if (e.value !== %q) throw new Error(%q + " does not offer " + %q);
		e.dispatchEvent(new Event("input", {bubbles: true}));
		e.dispatchEvent(new Event("change", {bubbles: true}));
	})()`, selector, selector, value, value, selector, value))
}

// fill replaces what stands in a field as an input method does: the browser itself inserts the text.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.reveal(selector)
	b.eval(fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.focus(); e.select(); })()`, selector))
	if text == "" {
		b.do(chromedp.KeyEvent(kb.Backspace))
		return
	}
	call(b, input.InsertText, input.InsertTextParams{Text: text})
}

// put sets a field's value by script, for texts that nobody could type.
func (b *tab) put(selector, text string) {
	b.t.Helper()
	b.eval(fmt.Sprintf(`(() => { const e = document.querySelector(%q); if (!e) throw new Error("there is no " + %q); e.value = %s; e.dispatchEvent(new Event("input", {bubbles: true})); })()`,
		selector, selector, quoted(text)))
}

// attach chooses files for a file field.
func (b *tab) attach(selector string, files ...string) {
	b.t.Helper()
	b.do(chromedp.SetUploadFiles(chromedp.CSS(selector), files))
}

// evaluate returns what an expression gives on the page.
func evaluate[T any](b *tab, script string) T {
	b.t.Helper()
	value, err := run(b, chromedp.Evaluate[T](script))
	if err != nil {
		b.t.Fatalf("at %s: %v", b.path(), err)
	}
	return value
}

func (b *tab) eval(script string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](script))
}

// text is what a reader sees in the element.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return evaluate[string](b, fmt.Sprintf(`(document.querySelector(%q) || {innerText: ""}).innerText`, selector))
}

// texts are what a reader sees in all elements that match.
func (b *tab) texts(selector string) []string {
	b.t.Helper()
	return evaluate[[]string](b, fmt.Sprintf(`[...document.querySelectorAll(%q)].map(e => e.innerText.replace(/\s+/g, " ").trim())`, selector))
}

// value is what stands in a field.
func (b *tab) value(selector string) string {
	b.t.Helper()
	return evaluate[string](b, fmt.Sprintf(`(document.querySelector(%q) || {value: ""}).value`, selector))
}

// has says whether the page has what the selector finds.
func (b *tab) has(selector string) bool {
	b.t.Helper()
	return evaluate[bool](b, fmt.Sprintf(`document.querySelector(%q) !== null`, selector))
}

// reads fails unless the page says all of the words, white space aside.
func (b *tab) reads(words ...string) {
	b.t.Helper()
	all := oneSpace(b.text("body"))
	for _, w := range words {
		if !strings.Contains(all, oneSpace(w)) {
			b.t.Fatalf("%s does not say %q:\n%s", b.path(), w, b.gist())
		}
	}
}

// saysNot fails if the page says any of the words.
func (b *tab) saysNot(words ...string) {
	b.t.Helper()
	all := oneSpace(b.text("body"))
	for _, w := range words {
		if strings.Contains(all, oneSpace(w)) {
			b.t.Fatalf("%s says %q:\n%s", b.path(), w, b.gist())
		}
	}
}

func oneSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

// want fails unless a status is the one that is wanted.
func (b *tab) want(status, wanted int) {
	b.t.Helper()
	if status != wanted {
		b.t.Fatalf("%s answers %d, not %d:\n%s", b.path(), status, wanted, b.gist())
	}
}

// comes waits until a condition holds on the page. It looks from outside, so it works where scripts do not.
func (b *tab) comes(condition string) {
	b.t.Helper()
	eventually(b.t, fmt.Sprintf("at %s: %s", b.path(), condition), func() bool {
		held, err := run(b, chromedp.Evaluate[bool]("!!("+condition+")"))
		return err == nil && held
	})
}

// eventually waits until a condition holds, and fails the test when it does not in time.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	eventuallyIn(t, patience, what, holds)
}

// eventuallyIn is eventually with another patience.
func eventuallyIn(t *testing.T, patience time.Duration, what string, holds func() bool) {
	t.Helper()
	look := time.NewTicker(pause)
	defer look.Stop()
	for deadline := time.After(patience); ; {
		if holds() {
			return
		}
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("it never came to pass: %s", what)
		}
	}
}

// shoot keeps a picture of the whole page when JOURNEY_SHOTS names a folder, as a phone and as a desk screen show it.
func (b *tab) shoot() {
	folder := os.Getenv("JOURNEY_SHOTS")
	if folder == "" {
		return
	}
	width := evaluate[int64](b, `innerWidth`)
	shot := map[int64]int64{narrow: 390, wide: 1440}[width]
	if shot == 0 {
		shot = width
	}
	b.eval(`document.querySelectorAll(".menu, .filters details, details.filters").forEach(d => d.open = false)`)
	b.resize(shot)
	picture, err := run(b, chromedp.FullScreenshot(85))
	b.resize(width)
	if err != nil {
		b.t.Fatalf("picture of %s: %v", b.path(), err)
	}
	name := strings.Map(func(r rune) rune {
		if slices.Contains([]rune(`/?&=#:"`), r) {
			return '_'
		}
		return r
	}, strings.Trim(b.path(), "/"))
	name = name[:min(len(name), 80)] + fmt.Sprintf("-%s-%d.jpg", strings.ReplaceAll(filepath.Base(b.t.Name()), "/", "_"), shot)
	if err := os.WriteFile(filepath.Join(folder, name), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func quoted(s string) string {
	return `"` + strings.NewReplacer("\\", "\\\\", `"`, `\"`, "\n", "\\n", "\r", "\\r", "\x00", "\\u0000", "\u2028", "\\u2028", "\u2029", "\\u2029").Replace(s) + `"`
}
