package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portal/internal/dbtest"
)

// buffer is what a command has printed so far.
type buffer struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func newBuffer() *buffer { return &buffer{more: make(chan struct{}, 1)} }

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.more <- struct{}{}:
	default:
	}
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// portal runs one command line in this process and returns what it printed.
func portal(t *testing.T, environ []string, args ...string) (code int, out, errs string) {
	t.Helper()
	o, e := newBuffer(), newBuffer()
	code = run(&surroundings{ctx: t.Context(), environ: environ, out: o, errors: e}, args)
	return code, o.String(), e.String()
}

// server is a running `portal serve`.
type server struct {
	address  string
	out, err *buffer
	end      func() int
}

// serve starts `portal serve` on a free port and waits until it answers.
func serve(t *testing.T, environ []string, args ...string) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	s := &server{out: newBuffer(), err: newBuffer()}
	ended := make(chan int, 1)
	go func() {
		ended <- run(&surroundings{ctx: ctx, environ: append([]string{"PORTAL_ADDR=127.0.0.1:0", "PORTAL_DATA=" + t.TempDir()}, environ...), out: s.out, errors: s.err},
			append([]string{"serve"}, args...))
	}()
	s.end = sync.OnceValue(func() int {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { s.end() })
	for {
		lines := bufio.NewScanner(strings.NewReader(s.out.String()))
		for lines.Scan() {
			if rest, ok := strings.CutPrefix(lines.Text(), "The portal answers at "); ok {
				s.address, _, _ = strings.Cut(rest, " ")
				return s
			}
		}
		select {
		case code := <-ended:
			ended <- code
			t.Fatalf("serve ended with %d: %s", code, s.err)
		case <-s.out.more:
		case <-time.After(time.Minute):
			t.Fatalf("serve does not answer: %s", s.err)
		}
	}
}

func get(t *testing.T, address string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(content)
}

func expect(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in: %s", want, text)
		}
	}
}

func TestServeFromNothing(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "var")
	s := serve(t, []string{"PORTAL_DATA=" + data})
	if status, body := get(t, s.address+"/readyz"); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
	// A second command uses the same database and leaves it running.
	code, out, errs := portal(t, []string{"PORTAL_DATA=" + data}, "migrate")
	if code != 0 {
		t.Errorf("migrate beside serve: %d %s", code, errs)
	}
	expect(t, out, "already")
	if status, _ := get(t, s.address+"/readyz"); status != http.StatusOK {
		t.Errorf("after the second command: %d", status)
	}
	if code := s.end(); code != 0 {
		t.Errorf("it ends with %d: %s", code, s.err)
	}
	if _, err := os.Stat(filepath.Join(data, "pg", "data", "postmaster.pid")); err == nil {
		t.Error("the embedded database still runs")
	}
}

func TestServeAndAnOldOrNewSchema(t *testing.T) {
	t.Parallel()
	dsn := "DATABASE_URL=" + dbtest.Empty(t)
	code, _, errs := portal(t, []string{dsn, "PORTAL_ADDR=127.0.0.1:0", "PORTAL_DATA=" + t.TempDir()}, "serve")
	if code != 1 {
		t.Errorf("an old schema: code %d", code)
	}
	expect(t, errs, "older than this program's", "`portal migrate`", "PORTAL_MIGRATE=1")

	s := serve(t, []string{dsn, "PORTAL_MIGRATE=1"})
	if status, body := get(t, s.address+"/readyz"); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
	s.end()

	if code, out, errs := portal(t, []string{dsn}, "migrate"); code != 0 || !strings.Contains(out, "already") {
		t.Errorf("migrate: %d %s%s", code, out, errs)
	}

	newer := dbtest.DSN(t)
	if _, err := dbtest.Open(t, newer).Pool.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"serve", "migrate"} {
		code, _, errs = portal(t, []string{"DATABASE_URL=" + newer, "PORTAL_ADDR=127.0.0.1:0", "PORTAL_MIGRATE=1", "PORTAL_DATA=" + t.TempDir()}, command)
		if code != 1 {
			t.Errorf("%s on a newer schema: code %d", command, code)
		}
		expect(t, errs, "newer than this program's")
	}
}

func TestWhatKeepsItFromServing(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	for _, c := range []struct {
		name    string
		environ []string
		args    []string
		code    int
		want    []string
	}{
		{"an address that is taken", []string{"PORTAL_ADDR=" + taken.Addr().String()}, []string{"serve"}, 1, []string{"another portal running", "PORTAL_ADDR"}},
		{"production without its settings", []string{"PORTAL_ENV=production"}, []string{"serve"}, 1, []string{"PORTAL_PUBLIC_URL", "PORTAL_SECRET", "PORTAL_SMTP_HOST"}},
		{"a database that is no address", []string{"DATABASE_URL=postgres://%zz", "PORTAL_ADDR=127.0.0.1:0"}, []string{"serve"}, 1, []string{"DATABASE_URL"}},
		{"programs that are not there", []string{"PORTAL_PG_BIN=/nowhere", "PORTAL_ADDR=127.0.0.1:0"}, []string{"serve"}, 1, []string{"PORTAL_PG_BIN names /nowhere"}},
		{"a command there is none of", nil, []string{"fly"}, 2, []string{"unexpected argument fly"}},
		{"two wishes that exclude each other", nil, []string{"serve", "--no-worker", "--worker-only"}, 2, []string{"--no-worker and --worker-only"}},
		{"staff without a role", nil, []string{"staff", "add", "a@example.org"}, 2, []string{"give a role"}},
		{"staff without an address", nil, []string{"staff", "add", "a", "--admin"}, 2, []string{"not an e-mail address"}},
		{"an officer without a desk", nil, []string{"staff", "add", "a@example.org", "--role", "officer"}, 2, []string{"needs a --desk"}},
		{"a reviewer with a desk", nil, []string{"staff", "add", "a@example.org", "--role", "reviewer", "--desk", "hub"}, 2, []string{"has no desk"}},
		{"a role there is none of", nil, []string{"staff", "add", "a@example.org", "--role", "king"}, 2, []string{"king"}},
		{"demonstration data in production", []string{
			"PORTAL_ENV=production", "PORTAL_PUBLIC_URL=https://portal.example", "PORTAL_SECRET=0123456789abcdef0123456789abcdef",
			"PORTAL_SMTP_HOST=mail.example", "PORTAL_MAIL_FROM=p@portal.example", "PORTAL_SECRETARIAT_EMAIL=h@portal.example",
			"DATABASE_URL=" + dbtest.DSN(t),
		}, []string{"seed"}, 1, []string{"refused"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, _, errs := portal(t, append([]string{"PORTAL_DATA=" + t.TempDir()}, c.environ...), c.args...)
			if code != c.code {
				t.Errorf("code %d", code)
			}
			expect(t, errs, c.want...)
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	code, out, _ := portal(t, nil, "--help")
	if code != 0 {
		t.Errorf("code %d", code)
	}
	expect(t, out, "serve", "migrate", "seed", "staff add", "config", "routes", "doctor")
}

func TestConfig(t *testing.T) {
	t.Parallel()
	code, out, errs := portal(t, []string{"DATABASE_URL=postgres://me:hunter2@db/portal", "PORTAL_SMPT_HOST=x"}, "config", "--explain")
	if code != 0 {
		t.Errorf("code %d", code)
	}
	expect(t, out, "PORTAL_ADDR", "127.0.0.1:8080", "postgres://me@db/portal", "environment", "follows from others", "address the HTTP server listens on")
	expect(t, errs, "PORTAL_SMPT_HOST is not a setting; did you mean PORTAL_SMTP_HOST?")
	if strings.Contains(out+errs, "hunter2") {
		t.Error("it shows a password")
	}
	code, out, errs = portal(t, []string{"PORTAL_ENV=production"}, "config")
	if code != 1 {
		t.Errorf("wrong settings: code %d", code)
	}
	expect(t, out, "PORTAL_ENV", "production")
	expect(t, errs, "wrong: PORTAL_SECRET is not set")
}

func TestRoutesNeedNoDatabase(t *testing.T) {
	t.Parallel()
	code, out, errs := portal(t, []string{"DATABASE_URL=postgres://127.0.0.1:1/none"}, "routes")
	if code != 0 {
		t.Errorf("code %d: %s", code, errs)
	}
	expect(t, out, "/healthz", "/readyz")
}

// Two replicas on one database behind a proxy, as docker-compose.yml describes: no request fails while one of them ends.
func TestReplicasBehindAProxy(t *testing.T) {
	t.Parallel()
	environ := []string{"DATABASE_URL=" + dbtest.DSN(t), "PORTAL_TRUSTED_PROXIES=127.0.0.1", "PORTAL_SECRET=0123456789abcdef0123456789abcdef"}
	replicas := []*server{serve(t, environ), serve(t, environ, "--no-worker")}
	var turn atomic.Int64
	ready := func(r *server) bool {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.address+"/readyz", http.NoBody)
		if err != nil {
			return false
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		for range replicas {
			next := replicas[int(turn.Add(1))%len(replicas)]
			if ready(next) {
				target, _ := url.Parse(next.address) // it printed a good one
				r.SetURL(target)
				break
			}
		}
		r.SetXForwarded()
	}}
	front, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: proxy, ReadHeaderTimeout: time.Minute}
	go func() { _ = web.Serve(front) }() // closed below
	t.Cleanup(func() { _ = web.Close() })

	var wait sync.WaitGroup
	started := make(chan struct{})
	for i := range 60 {
		if i == 20 {
			wait.Go(func() {
				close(started)
				if code := replicas[0].end(); code != 0 {
					t.Errorf("it ends with %d: %s", code, replicas[0].err)
				}
			})
			<-started
		}
		if status, body := get(t, fmt.Sprintf("http://%s/healthz", front.Addr())); status != http.StatusOK {
			t.Errorf("request %d: %d %s", i, status, body)
		}
	}
	wait.Wait()
}
