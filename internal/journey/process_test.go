package journey

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/identity"
	"portal/internal/mail/mailtest"
)

var (
	binaryOnce sync.Once
	binaryDir  string
	binaryErr  error
)

// binary builds the program, once, as the tests are built, and returns where it is.
func binary(t *testing.T) string {
	t.Helper()
	binaryOnce.Do(func() {
		if binaryDir, binaryErr = os.MkdirTemp("", "portal"); binaryErr != nil {
			return
		}
		out, err := exec.Command("go", "build", "-race", "-o", filepath.Join(binaryDir, "portal"), "portal/cmd/portal").CombinedOutput()
		if err != nil {
			binaryErr = fmt.Errorf("build the program: %w\n%s", err, out)
		}
	})
	if binaryErr != nil {
		t.Fatal(binaryErr)
	}
	return filepath.Join(binaryDir, "portal")
}

func removeBinary() {
	if binaryDir != "" {
		_ = os.RemoveAll(binaryDir)
	}
}

// command prepares a run of the program with these settings and nothing else from our environment.
func command(t *testing.T, environ []string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(binary(t), args...)
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "PORTAL_DATA=" + t.TempDir()}, environ...)
	return c
}

// runProgram runs the program to its end.
func runProgram(t *testing.T, environ []string, args ...string) (code int, out, errs string) {
	t.Helper()
	c := command(t, environ, args...)
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	var failed *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), o.String(), e.String()
}

// process is a running `portal serve`.
type process struct {
	cmd     *exec.Cmd
	address string
	log     *output
	ended   chan struct{} // closed when it has ended
	code    int           // then
}

// output is what a process has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps it.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String returns it.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// serve starts `portal serve` on a free port and waits until it answers. It is killed at the end of the test, if it still
// runs then.
func serve(t *testing.T, environ []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: command(t, append([]string{"PORTAL_ADDR=127.0.0.1:0"}, environ...), append([]string{"serve"}, args...)...), log: &output{}, ended: make(chan struct{})}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if rest, ok := strings.CutPrefix(lines.Text(), "The portal answers at "); ok {
				address, _, _ := strings.Cut(rest, " ")
				said <- address
			}
		}
		_, _ = io.Copy(io.Discard, out)
		_ = p.cmd.Wait()
		p.code = p.cmd.ProcessState.ExitCode()
		close(p.ended)
	}()
	t.Cleanup(p.kill)
	select {
	case <-said: // the public address, which may be a proxy's
	case <-p.ended:
		t.Fatalf("the program ends with %d: %s", p.code, p.log)
	case <-time.After(patience):
		t.Fatalf("the program does not answer: %s", p.log)
	}
	p.address = "http://" + listening(t, p.cmd.Process.Pid)
	return p
}

// listening finds the address on which a process listens, since port 0 is any that is free and a public address may hide
// it.
func listening(t *testing.T, pid int) string {
	t.Helper()
	inodes := map[string]bool{}
	descriptors, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range descriptors {
		if target, err := os.Readlink(d); err == nil && strings.HasPrefix(target, "socket:[") {
			inodes[strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]")] = true
		}
	}
	table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if len(f) > 9 && f[3] == "0A" && inodes[f[9]] {
			var port int
			if _, err := fmt.Sscanf(f[1][strings.Index(f[1], ":")+1:], "%X", &port); err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint("127.0.0.1:", port)
		}
	}
	t.Fatalf("process %d does not listen", pid)
	return ""
}

// kill ends the process as a crash would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// terminate asks the process to end, as a service manager does.
func (p *process) terminate(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// end waits for the end of the process and fails the test unless it was a good one.
func (p *process) end(t *testing.T) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatalf("the process does not end: %s", p.log)
	}
	if p.code != 0 {
		t.Errorf("the process ends with %d: %s", p.code, p.log)
	}
}

// front is a small proxy in front of processes: each request goes to the next one, or the one after if nobody listens
// there.
type front struct {
	server *httptest.Server
	wire   *http.Transport
	turn   atomic.Int64

	mu        sync.Mutex
	addresses []*url.URL
}

func newFront(t *testing.T) *front {
	t.Helper()
	f := &front{wire: &http.Transport{MaxIdleConnsPerHost: 32}}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			f.mu.Lock()
			if n := len(f.addresses); n > 0 {
				r.SetURL(f.addresses[int(f.turn.Add(1))%n])
			}
			f.mu.Unlock()
			r.Out.Host = r.In.Host
			r.SetXForwarded()
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		Transport:    f,
	}
	f.server = httptest.NewServer(proxy)
	t.Cleanup(f.server.Close)
	return f
}

// RoundTrip passes a request on. One that never left for a process that has gone goes to another.
func (f *front) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	addresses := f.addresses
	f.mu.Unlock()
	var body []byte
	again := func() {
		if r.Body != nil {
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
	}
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	again()
	answer, err := f.wire.RoundTrip(r)
	for _, other := range addresses {
		var refused *net.OpError
		if !errors.As(err, &refused) || refused.Op != "dial" {
			break
		}
		r.URL.Host = other.Host
		again()
		answer, err = f.wire.RoundTrip(r)
	}
	return answer, err
}

// send lets requests go to these processes.
func (f *front) send(t *testing.T, processes ...*process) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.addresses = nil // not the same slice: RoundTrip goes through the old one
	for _, p := range processes {
		u, err := url.Parse(p.address)
		if err != nil {
			t.Fatal(err)
		}
		f.addresses = append(f.addresses, u)
	}
}

// replicas are several processes of the program on one database behind a proxy, as docker-compose.yml describes them.
type replicas struct {
	*portal
	front     *front
	environ   []string
	processes []*process
}

// newReplicas starts n processes on a database and a mail server of their own.
func newReplicas(t *testing.T, n int, settings ...string) *replicas {
	t.Helper()
	return newReplicasOn(t, n, mailtest.Start(t, mailtest.Options{}), dbtest.DSN(t), settings...)
}

// newReplicasOn starts n processes on this database and this mail server.
func newReplicasOn(t *testing.T, n int, sink *mailtest.Sink, dsn string, settings ...string) *replicas {
	t.Helper()
	r := &replicas{front: newFront(t)}
	r.portal = &portal{url: r.front.server.URL, db: dbtest.Open(t, dsn), sink: sink}
	r.cards = newSessions(t, r.db)
	r.environ = append(append([]string{"DATABASE_URL=" + dsn, "PORTAL_SECRET=" + signingKey, "PORTAL_PUBLIC_URL=" + r.url, "PORTAL_TRUSTED_PROXIES=127.0.0.1"},
		smtpSettings(sink)...), settings...)
	for range n {
		r.processes = append(r.processes, serve(t, r.environ))
	}
	r.front.send(t, r.processes...)
	return r
}

// at is one of the replicas without the proxy.
func (r *replicas) at(n int) *portal {
	direct := *r.portal
	direct.url = r.processes[n].address
	return &direct
}

// addStaff gives somebody on the pledges desk a role by the command for it.
func (r *replicas) addStaff(t *testing.T, email, name string, role identity.Role) string {
	t.Helper()
	code, out, errs := runProgram(t, r.environ, "staff", "add", email, "--name", name, "--role", string(role), "--desk", string(identity.PledgesDesk))
	if code != 0 {
		t.Fatalf("staff add: code %d: %s%s", code, out, errs)
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, r.url) {
			return strings.TrimSpace(line)
		}
	}
	t.Fatalf("staff add prints no link: %s", out)
	return ""
}

// mailsWentOnce waits until the outbox is empty and compares it with what has arrived: each mail once.
func (p *portal) mailsWentOnce(t *testing.T) {
	t.Helper()
	eventually(t, "an empty outbox", func() bool {
		return value[int](t, p.db, `SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')`) == 0
	})
	arrived := arrivals(t, p.sink)
	sent, err := database.Values[string](t.Context(), p.db.Read(), `SELECT message_key FROM outbox WHERE state = 'sent'`)
	if err != nil {
		t.Fatal(err)
	}
	if len(sent) == 0 || len(sent) != len(arrived) {
		t.Errorf("%d mails were sent and %d have arrived", len(sent), len(arrived))
	}
	for _, key := range sent {
		if arrived[key] != 1 {
			t.Errorf("mail %s has arrived %d times", key, arrived[key])
		}
	}
}

// arrivals counts the mails that have arrived by their key in the outbox.
func arrivals(t *testing.T, sink *mailtest.Sink) map[string]int {
	t.Helper()
	count := map[string]int{}
	for _, m := range sink.Messages() {
		count[keyOf(t, m)]++
	}
	return count
}

// keyOf is a mail's key in the outbox; its Message-ID is <id.key@host>.
func keyOf(t *testing.T, m mailtest.Message) string {
	t.Helper()
	id, _, _ := strings.Cut(m.Header.Get("Message-ID"), "@")
	_, key, ok := strings.Cut(id, ".")
	if !ok {
		t.Errorf("the mail %q has the Message-ID %q", m.Subject, m.Header.Get("Message-ID"))
	}
	return key
}

// ready says whether a process says that it can take requests.
func ready(ctx context.Context, address string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}
