// Package pdf prints pages to PDF with a Chromium that is found on the server. The browser is a child process that gets one
// page of ours and nothing else: no network, no scripts, no files, little time and memory; it dies with the portal.
package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"portal/internal/problem"
)

// Off is the setting that does without a browser where there is one.
const Off = "off"

// What one print may take.
const (
	// Time is how long a print may run, and waitTime how long one waits for another to end.
	Time, waitTime = 60 * time.Second, 20 * time.Second
	// seconds of the processor, and kilobytes of memory of its own, that each process of the browser may use.
	maxSeconds, maxMemory = 60, 1 << 20
	// MaxSize is how large a PDF may become, in bytes.
	MaxSize = 32 << 20
)

// names are the programs that are looked for, the smallest first.
var names = []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"}

// Printer prints pages, one at a time. Its methods may be called from any goroutine.
type Printer struct {
	path string
	turn chan struct{}

	mu sync.Mutex
	// way is how the browser is shut in; -1 until a print has shown what the system allows.
	way int
}

// Find returns a printer with the browser of the setting: a path, a name, or "" for whichever is installed. Without one, or
// with Off, it is nil. A setting that is no program is an error.
func Find(setting string) (*Printer, error) {
	if setting == Off {
		return nil, nil //nolint:nilnil // there is no printer, and that is no error
	}
	candidates := names
	if setting != "" {
		candidates = []string{setting}
	}
	for _, name := range candidates {
		if path, err := exec.LookPath(name); err == nil {
			return &Printer{path: path, turn: make(chan struct{}, 1), way: -1}, nil
		}
	}
	if setting != "" {
		return nil, fmt.Errorf("PORTAL_CHROMIUM is %q, which is no program that can be run", setting)
	}
	return nil, nil //nolint:nilnil // as above
}

// Path is where the browser is.
func (p *Printer) Path() string { return p.path }

// Page is what is printed. It must bring everything along: nothing is fetched for it, and no script runs.
type Page struct {
	// Lang and Dir are its language and direction, Title its title.
	Lang, Dir, Title string
	// Style is a style sheet, Body the HTML of its body.
	Style string
	Body  []byte
}

// document is the page as the browser gets it.
func (p Page) document() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<!doctype html><html lang="%s" dir="%s"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>%s</title><style>%s</style></head><body>`,
		html.EscapeString(p.Lang), html.EscapeString(p.Dir), html.EscapeString(p.Title), strings.ReplaceAll(p.Style, "</", `<\/`))
	b.Write(p.Body)
	b.WriteString("</body></html>")
	return b.Bytes()
}

// Print makes a PDF of a page, with its title, language, headings as outline, and tags. While another print goes on it waits its turn; problem.Unavailable says that it did not come.
func (p *Printer) Print(ctx context.Context, page Page) ([]byte, error) {
	waiting, stop := context.WithTimeout(ctx, waitTime)
	defer stop()
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-waiting.Done():
		return nil, fmt.Errorf("another PDF is being made: %w", problem.Unavailable)
	}
	ctx, cancel := context.WithTimeout(ctx, Time)
	defer cancel()
	p.mu.Lock()
	way := p.way
	p.mu.Unlock()
	if way >= 0 {
		return p.print(ctx, page, ways[way])
	}
	var all []error
	for i, w := range ways {
		content, err := p.print(ctx, page, w)
		if err == nil {
			p.mu.Lock()
			p.way = i
			p.mu.Unlock()
			return content, nil
		}
		if all = append(all, err); ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(all...)
}

// Check prints an empty page and says how the browser is shut in.
func (p *Printer) Check(ctx context.Context) (string, error) {
	if _, err := p.Print(ctx, Page{Lang: "en", Title: "."}); err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return ways[p.way].says, nil
}

// way is how far the browser is shut in.
type way struct {
	says string
	// namespaces gives the browser a network without anything in it, and process numbers of its own, so that no process of it
	// outlives the first; sandbox leaves it its own sandbox.
	namespaces, sandbox bool
}

// ways are tried in turn: not every system, and hardly any container, allows all.
var ways = []way{
	{"namespaces of its own and its own sandbox", true, true},
	{"namespaces of its own", true, false},
	{"its own sandbox", false, true},
	{"no more than its flags and limits", false, false},
}

// limits makes the shell set what the browser's processes may use at most, and then become the browser.
const limits = `ulimit -t "$1"; ulimit -d "$2" 2>/dev/null; ulimit -f "$3"; ulimit -c 0; shift 3; exec "$@"`

// print runs the browser once.
func (p *Printer) print(ctx context.Context, page Page, w way) ([]byte, error) {
	dir, err := os.MkdirTemp("", "portal-pdf-")
	if err != nil {
		return nil, fmt.Errorf("make room for a PDF: %w", err)
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "page.html"), filepath.Join(dir, "page.pdf")
	if err := os.WriteFile(in, page.document(), 0o600); err != nil {
		return nil, fmt.Errorf("write the page to print: %w", err)
	}
	args := []string{
		"-c", limits, "sh", strconv.Itoa(maxSeconds), strconv.Itoa(maxMemory), strconv.Itoa(MaxSize >> 9), p.path,
		"--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-breakpad", "--disable-sync", "--disable-dev-shm-usage",
		"--disable-background-networking", "--disable-component-update", "--user-data-dir=" + filepath.Join(dir, "profile"),
		// Nothing is to be fetched; where the network cannot be taken away, all names are unknown and the proxy is dead.
		"--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>",
		"--no-pdf-header-footer", "--generate-pdf-document-outline", "--print-to-pdf=" + out,
	}
	if !w.sandbox {
		args = append(args, "--no-sandbox")
	}
	c := exec.CommandContext(ctx, "/bin/sh", append(args, "file://"+in)...)
	c.Dir, c.Env = dir, []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + dir, "TMPDIR=" + dir, "LANG=C.UTF-8", "TZ=UTC"}
	c.SysProcAttr = w.attributes()
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) } // its whole process group
	c.WaitDelay = time.Second
	said, err := run(c)
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("print with %s (%s): %w: %s", p.path, w.says, err, last(said))
	}
	content, err := os.ReadFile(out)
	switch {
	case err != nil:
		return nil, fmt.Errorf("print with %s (%s): no PDF: %s", p.path, w.says, last(said))
	case len(content) < 5 || string(content[:5]) != "%PDF-":
		return nil, fmt.Errorf("print with %s (%s): what came out is no PDF", p.path, w.says)
	}
	return content, nil
}

// run runs the command to its end. The system ends it with us: it watches the thread that started it, which must not go before.
func run(c *exec.Cmd) (said []byte, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		said, err = c.CombinedOutput()
	}()
	<-done
	return said, err
}

// last is the last line of what a program said.
func last(said []byte) string {
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	return lines[len(lines)-1]
}
