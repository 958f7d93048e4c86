package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func find(t *testing.T) *Printer {
	t.Helper()
	p, err := Find("")
	if err != nil || p == nil {
		t.Fatalf("no Chromium: %v; install it with: apt-get install chromium-headless-shell", err)
	}
	return p
}

func TestFind(t *testing.T) {
	t.Parallel()
	if p, err := Find(Off); p != nil || err != nil {
		t.Errorf("off: %v, %v", p, err)
	}
	if _, err := Find("/nowhere/chromium"); err == nil || !strings.Contains(err.Error(), "PORTAL_CHROMIUM") {
		t.Errorf("a path that is not there: %v", err)
	}
}

func TestAPrintIsTagged(t *testing.T) {
	t.Parallel()
	content, err := find(t).Print(t.Context(), Page{Lang: "ar", Dir: "rtl", Title: "كتيب", Body: []byte(`<h1>ممارسات</h1><p style="break-before:page">نص`)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/Lang (ar)", "/Title <FEFF0643062A064A0628>", "/StructTreeRoot", "/Outlines"} {
		if !bytes.Contains(content, []byte(want)) {
			t.Errorf("the PDF has no %s", want)
		}
	}
	if n := len(regexp.MustCompile(`/Type /Page\b`).FindAll(content, -1)); n != 2 {
		t.Errorf("%d pages", n)
	}
}

// A page cannot make the browser ask anybody, read a file or run a script.
func TestAPrintReachesNothing(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	asked := make(chan struct{}, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			asked <- struct{}{}
			_ = conn.Close()
		}
	}()
	page := Page{Lang: "en", Title: "x", Body: fmt.Appendf(nil, `<img src="http://%[1]s/a"><link rel="stylesheet" href="http://%[1]s/b"><iframe src="http://%[1]s/c"></iframe>
		<script>document.write("<h1>one</h1><p style='break-before:page'>two")</script>`, listener.Addr())}
	p := find(t)
	for _, w := range ways {
		content, err := p.print(t.Context(), page, w)
		if err != nil {
			t.Logf("%s: %v", w.says, err) // not every system allows all
			continue
		}
		if n := len(regexp.MustCompile(`/Type /Page\b`).FindAll(content, -1)); n != 1 {
			t.Errorf("%s: a script has run", w.says)
		}
	}
	if _, err := p.Print(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	if len(asked) > 0 {
		t.Errorf("the browser has asked %d times", len(asked))
	}
}

// A print that is given up leaves neither process nor file behind.
func TestAPrintThatIsGivenUpLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	p := find(t)
	ctx, cancel := context.WithCancel(t.Context())
	page := Page{Lang: "en", Title: "x", Body: []byte(strings.Repeat("<p style='break-before:page'>page", 20_000))}
	done := make(chan error, 1)
	go func() {
		_, err := p.Print(ctx, page)
		done <- err
	}()
	until(t, "the browser runs", func() bool { return len(running(t, dir)) > 1 })
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the print ends with %v", err)
	}
	until(t, "the browser has gone", func() bool { return len(running(t, dir)) == 0 })
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// running are the processes whose arguments name the directory.
func running(t *testing.T, dir string) (all []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if args, err := os.ReadFile(f); err == nil && bytes.Contains(args, []byte(dir+"/portal-pdf-")) {
			all = append(all, f)
		}
	}
	return all
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within half a minute: %s", what)
		}
		<-time.After(20 * time.Millisecond)
	}
}
