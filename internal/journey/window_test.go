package journey

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	bounds "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

var (
	browserOnce   sync.Once
	browserCtx    context.Context
	browserCancel context.CancelFunc
	browserErr    error
)

// browser is started once for all journeys.
func browser(t *testing.T) context.Context {
	t.Helper()
	browserOnce.Do(func() {
		profile, err := os.MkdirTemp("", "journey")
		if err != nil {
			browserErr = err
			return
		}
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.UserDataDir(profile), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
			// No window of somebody else's would take the process that is kept ready for the next.
			chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,SpareRendererForSitePerProcess"),
			// A page lives for a second: compiling its scripts better, and collecting what they leave, would take longer than it saves.
			chromedp.Flag("js-flags", "--no-opt --no-maglev --max-lazy --min-semi-space-size=64"))
		if shell, err := exec.LookPath("chromium-headless-shell"); err == nil { // the same engine without the rest of a browser
			options = append(options, chromedp.ExecPath(shell))
		}
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

// window is one of the browser. It outlives the test that uses it.
type window struct {
	ctx   context.Context
	close context.CancelFunc
	width int64
	// looked says that each page of the window has look.js from now on.
	looked bool
	// beside windows have the cookies of another, minimized ones are laid out and never painted.
	beside, minimized bool
}

// left are windows that tests have left to others: opening one takes as long as some pages.
var left struct {
	sync.Mutex
	windows []*window
}

// leftWindow is one that a test has left, or nil.
func leftWindow() *window {
	left.Lock()
	defer left.Unlock()
	n := len(left.windows)
	if n == 0 {
		return nil
	}
	w := left.windows[n-1]
	left.windows = left.windows[:n-1]
	return w
}

// newWindow opens a window of the browser, or beside the one of the context.
func newWindow(t *testing.T, of context.Context, options ...chromedp.ContextOption) *window {
	t.Helper()
	w := &window{}
	w.ctx, w.close = chromedp.NewContext(of, options...)
	if err := chromedp.Do(w.ctx); err != nil { // the window lives as long as the context that opens it
		t.Fatalf("open a window: %v", err)
	}
	return w
}

// tab is a window while a person of a test has it.
type tab struct {
	*window
	t    *testing.T
	ctx  context.Context
	base string

	// header is that of the last page that was visited or led to by a press.
	header network.Headers

	mu sync.Mutex
	// complaints are what the console said and what the page asked other hosts for.
	complaints []string
	// others are websites beside the portal that the test lets the window go to.
	others []string
}

// open opens a window of the width for somebody without cookies. When the test ends, whatever the console has said and
// every request to another host are errors.
func open(t *testing.T, base string, width int64) *tab {
	t.Helper()
	w := leftWindow()
	if w == nil {
		w = newWindow(t, browser(t), chromedp.WithNewBrowserContext())
	}
	return w.give(t, base, width)
}

// another opens a second tab of the same person: it has the same cookies.
func (b *tab) another() *tab {
	b.t.Helper()
	w := newWindow(b.t, b.window.ctx)
	w.beside = true
	return w.give(b.t, b.base, wide)
}

// give gives the window to a test, which leaves it to another when it ends.
func (w *window) give(t *testing.T, base string, width int64) *tab {
	t.Helper()
	ctx, stop := context.WithTimeout(w.ctx, 30*time.Minute)
	b := &tab{window: w, t: t, ctx: ctx, base: base}
	listening := b.listen()
	t.Cleanup(func() {
		again := !w.beside && !w.minimized && !t.Failed() // a test that failed may have left it in any state
		if again {
			b.clear()
		}
		stop()
		listening.Wait()
		b.tell()
		if !again {
			w.close()
			return
		}
		left.Lock()
		defer left.Unlock()
		left.windows = append(left.windows, w)
	})
	b.resize(width)
	// A window that is resized in the middle of a transition between pages says so on the console.
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}})
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	return b
}

// clear makes the window as if it was new.
func (b *tab) clear() {
	b.t.Helper()
	b.withoutScripts() // which would ask whether to leave text that is unsaved
	eventually(b.t, "an empty page, after one that was on its way when the test ended", func() bool {
		return call(b, page.Navigate, page.NavigateParams{URL: "about:blank"}).ErrorText == "" && b.path() == "about:blank"
	})
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false})
	call(b, page.ResetNavigationHistory, cdp.Empty{})
	call(b, network.ClearBrowserCookies, cdp.Empty{})
	call(b, storage.ClearDataForOrigin, storage.ClearDataForOriginParams{Origin: b.base, StorageTypes: "all"})
}

// listen gathers complaints until the window is left, and answers what the browser asks.
func (b *tab) listen() *sync.WaitGroup {
	var listening sync.WaitGroup
	messages, requests := chromedp.Console(b.ctx), chromedp.Events(b.ctx, network.RequestWillBeSent)
	dialogs := chromedp.Events(b.ctx, page.JavascriptDialogOpening)
	listening.Go(func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			// A page that answers 4xx or 5xx says so on the console too; journeys assert statuses themselves.
			if text := m.String(); !strings.Contains(text, "Failed to load resource") {
				b.complain("the console says: " + text)
			}
		}
	})
	listening.Go(func() {
		for r, err := range requests {
			if err != nil {
				return
			}
			if !b.may(r.Request.URL) {
				b.complain("a request to another host: " + r.Request.URL)
			}
		}
	})
	listening.Go(func() {
		for d, err := range dialogs {
			if err != nil {
				return
			}
			if d.Type != page.DialogTypeBeforeunload { // whether to leave unsaved text: yes
				b.complain("the page opened a dialog: " + d.Message)
			}
			_, _ = chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}
	})
	return &listening
}

// tell makes what was complained of errors of the test.
func (b *tab) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.t.Error(c)
	}
	b.complaints = nil
}

// in gives the window to a part of its test, for somebody without cookies: opening another takes as long as some pages.
func (b *tab) in(part *testing.T, do func()) {
	part.Helper()
	whole := b.t
	b.t = part
	defer func() {
		b.tell()
		b.t = whole
	}()
	call(b, storage.ClearDataForOrigin, storage.ClearDataForOriginParams{Origin: b.base, StorageTypes: "all"})
	do()
}

// minimize makes the window one that is laid out and never painted, which axe needs not and which takes as long as laying out.
// Pages in it are glanced at.
func (b *tab) minimize() {
	b.t.Helper()
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: false})
	w := call(b, bounds.GetWindowForTarget, bounds.GetWindowForTargetParams{})
	call(b, bounds.SetWindowBounds, bounds.SetWindowBoundsParams{WindowID: w.WindowID, Bounds: &bounds.Bounds{WindowState: bounds.WindowStateMinimized}})
	b.minimized = true
}

// glance goes to a path in a minimized window, waits until the page is read and laid out, and returns its status. A drawing
// of another file may not come in it, since only painting asks for that.
func (b *tab) glance(path string) int {
	b.t.Helper()
	call(b, page.Navigate, page.NavigateParams{URL: b.base + path})
	status, err := run(b, chromedp.Evaluate[int](`new Promise(done => {
		const look = () => {
			const styles = [...document.querySelectorAll("link[rel=stylesheet]")].find(l => !l.sheet);
			if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", look);
			else if (styles) styles.addEventListener("load", look);
			else {
				if (document.readyState !== "complete") dispatchEvent(new PageTransitionEvent("pageshow")); // what scripts do then is looked at too
				done(performance.getEntriesByType("navigation")[0].responseStatus);
			}
		};
		look();
	})`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("glance at %s: %v", path, err)
	}
	return status
}

// resize gives the window another width.
func (b *tab) resize(width int64) {
	b.t.Helper()
	if b.width != width {
		b.do(chromedp.EmulateViewport(width, height))
		b.width = width
	}
}
