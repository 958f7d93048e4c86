package embedded_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"portal/internal/embedded"
)

// inChild makes the test program run a server on the directory it names instead of tests, until its input ends.
const inChild = "PORTAL_TEST_EMBEDDED"

func TestMain(m *testing.M) {
	if dir := os.Getenv(inChild); dir != "" {
		runChild(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

func runChild(dir string) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	server, err := embedded.Start(context.Background(), embedded.Options{Dir: dir, Throwaway: true, Log: log})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println("owns:", server.Owns())
	fmt.Println(server.DSN())
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := server.Stop(); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

// passable is a directory that any account may pass through, unlike t.TempDir when we are root.
func passable(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func start(t *testing.T, o embedded.Options) *embedded.Server {
	t.Helper()
	o.Throwaway = true
	server, err := embedded.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func stop(t *testing.T, server *embedded.Server) {
	t.Helper()
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
}

// query runs one statement on a connection of its own and returns its one value as text.
func query(dsn, sql string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	var value string
	err = conn.QueryRow(ctx, sql).Scan(&value)
	return value, err
}

func value(t *testing.T, dsn, sql string) string {
	t.Helper()
	got, err := query(dsn, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

// eventually waits for a condition, for as long as a slow machine may need.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatal("still not: " + what)
		case <-tick.C:
		}
	}
}

func TestFromNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(passable(t), "pg")
	server := start(t, embedded.Options{Dir: dir})
	for _, c := range []struct{ name, sql, want string }{
		{"it stores UTF-8", `SHOW server_encoding`, "UTF8"},
		{"letters beyond ASCII have case", `SELECT upper('éλж')`, "ÉΛЖ"},
		{"the database is the portal's own", `SELECT current_database()`, "portal"},
		{"it listens on no network", `SHOW listen_addresses`, ""},
		{"the socket is for us alone", `SHOW unix_socket_permissions`, "0700"},
	} {
		if got := value(t, server.DSN(), c.sql); got != c.want {
			t.Errorf("%s: %s gives %q, not %q", c.name, c.sql, got, c.want)
		}
	}
	if !server.Owns() {
		t.Error("the only command does not own the server")
	}
	for _, name := range []string{"", "sock", "data"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o700 {
			t.Errorf("%s/%s has mode %o", dir, name, info.Mode().Perm())
		}
	}
	stop(t, server)
	if _, err := query(server.DSN(), `SELECT 'x'`); err == nil {
		t.Error("it still answers after Stop")
	}
	stop(t, server) // twice does no harm
}

func TestDataOutlivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := start(t, embedded.Options{Dir: dir})
	value(t, server.DSN(), `WITH made AS (SELECT 1) SELECT set_config('x.y', 'z', false) FROM made`)
	exec1(t, server.DSN(), `CREATE TABLE kept (word text)`, `INSERT INTO kept VALUES ('here')`)
	stop(t, server)

	// A copy or a restored backup often has other permissions.
	if err := os.Chmod(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	server = start(t, embedded.Options{Dir: dir})
	if got := value(t, server.DSN(), `SELECT word FROM kept`); got != "here" {
		t.Errorf("got %q", got)
	}
}

func exec1(t *testing.T, dsn string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

func TestASecondCommandAttaches(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, embedded.Options{Dir: dir})
	second := start(t, embedded.Options{Dir: dir})
	if second.Owns() {
		t.Fatal("two own the server")
	}
	stop(t, second)
	if _, err := query(first.DSN(), `SELECT 'x'`); err != nil {
		t.Fatalf("the second has stopped the server of the first: %v", err)
	}
}

func TestWhoIsLeftTakesOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, embedded.Options{Dir: dir})
	second := start(t, embedded.Options{Dir: dir})
	stop(t, first)
	eventually(t, "the second owns the server", second.Owns)
	if _, err := query(second.DSN(), `SELECT 'x'`); err != nil {
		t.Fatal(err)
	}
}

func TestASocketTooDeepGoesToTheTemporaryDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep", 25), "pg")
	first := start(t, embedded.Options{Dir: dir})
	second := start(t, embedded.Options{Dir: dir})
	for _, server := range []*embedded.Server{first, second} {
		sockets := value(t, server.DSN(), `SHOW unix_socket_directories`)
		if strings.HasPrefix(sockets, dir) {
			t.Errorf("the socket is in %s", sockets)
		}
		info, err := os.Stat(sockets)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o700 {
			t.Errorf("%s has mode %o", sockets, info.Mode().Perm())
		}
		t.Cleanup(func() { _ = os.RemoveAll(sockets) })
	}
}

func TestLeftovers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stop(t, start(t, embedded.Options{Dir: dir}))

	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// The number of the dead server now belongs to a living process: ours.
	stale := fmt.Sprintf("%d\n%s/data\n1700000000\n5432\n%s/sock\n\n 1 2\nready   \n", os.Getpid(), dir, dir)
	write("data/postmaster.pid", stale)
	write("sock/.s.PGSQL.5432.lock", stale)
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "sock/.s.PGSQL.5432"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	listener.SetUnlinkOnClose(false)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	// A first start that was killed half way.
	if err := os.MkdirAll(filepath.Join(dir, "new-1/base"), 0o700); err != nil {
		t.Fatal(err)
	}
	server := start(t, embedded.Options{Dir: dir})
	if _, err := query(server.DSN(), `SELECT 'x'`); err != nil {
		t.Fatal(err)
	}
}

func TestAHalfMadeDatabaseIsMadeAnew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "new-1/base"), 0o700); err != nil {
		t.Fatal(err)
	}
	start(t, embedded.Options{Dir: dir})
	if left, _ := filepath.Glob(filepath.Join(dir, "new-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAServerThatDiesIsStartedAgain(t *testing.T) {
	t.Parallel()
	server := start(t, embedded.Options{Dir: t.TempDir()})
	data := value(t, server.DSN(), `SHOW data_directory`)
	kill(t, postmaster(t, data), syscall.SIGKILL)
	eventually(t, "it answers again", func() bool {
		_, err := query(server.DSN(), `SELECT 'x'`)
		return err == nil
	})
}

func postmaster(t *testing.T, data string) int {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func kill(t *testing.T, pid int, signal syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, signal); err != nil {
		t.Fatal(err)
	}
}

// child is another process that uses the directory.
type child struct {
	*exec.Cmd
	input io.WriteCloser
	owns  bool
	dsn   string
	err   string
}

func spawn(t *testing.T, program, dir string, as *syscall.Credential) *child {
	t.Helper()
	c := &child{Cmd: exec.Command(program)}
	c.Env = append(os.Environ(), inChild+"="+dir)
	c.Dir = "/"
	c.Stderr = os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	var err error
	if c.input, err = c.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	output, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.input.Close()
		_ = c.Wait()
	})
	lines := bufio.NewScanner(output)
	for c.dsn == "" && c.err == "" && lines.Scan() {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "owns: "):
			c.owns = line == "owns: true"
		case strings.HasPrefix(line, "error: "):
			c.err = line
		default:
			c.dsn = line
		}
	}
	return c
}

func itself(t *testing.T) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

func TestTwoProcessesStartAtOnce(t *testing.T) {
	t.Parallel()
	dir, program := filepath.Join(passable(t), "pg"), itself(t)
	started := make(chan *child)
	for range 2 {
		go func() { started <- spawn(t, program, dir, nil) }()
	}
	owners := 0
	for range 2 {
		c := <-started
		if c.err != "" {
			t.Fatal(c.err)
		}
		if c.owns {
			owners++
		}
		if _, err := query(c.dsn, `SELECT 'x'`); err != nil {
			t.Error(err)
		}
	}
	if owners != 1 {
		t.Errorf("%d own the server", owners)
	}
}

func TestAKilledOwner(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	owner := spawn(t, itself(t), dir, nil)
	if owner.err != "" {
		t.Fatal(owner.err)
	}
	exec1(t, owner.dsn, `CREATE TABLE kept (word text)`, `INSERT INTO kept VALUES ('here')`)
	server := postmaster(t, filepath.Join(dir, "data"))
	kill(t, owner.Process.Pid, syscall.SIGKILL)
	_ = owner.Wait() // it was killed

	// At once, while the orphan is perhaps still going down.
	next := start(t, embedded.Options{Dir: dir})
	if !next.Owns() {
		t.Error("nobody owns the server")
	}
	if got := value(t, next.DSN(), `SELECT word FROM kept`); got != "here" {
		t.Errorf("got %q", got)
	}
	stop(t, next)
	eventually(t, "no server is left", func() bool { return syscall.Kill(server, 0) != nil })
}

func TestCtrlCDoesNotReachTheServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start(t, embedded.Options{Dir: dir})
	group, err := syscall.Getpgid(postmaster(t, filepath.Join(dir, "data")))
	if err != nil {
		t.Fatal(err)
	}
	if group == syscall.Getpgrp() {
		t.Error("the server is in the terminal's process group")
	}
}

func TestOrdinaryAccount(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // then every other test is this one
	}
	base := passable(t)
	program := filepath.Join(base, "program")
	content, err := os.ReadFile(itself(t))
	if err != nil {
		t.Fatal(err)
	}
	syscall.ForkLock.RLock() // a child that still has the file open would make it busy
	err = os.WriteFile(program, content, 0o755)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	as := &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	home := filepath.Join(base, "home")
	if err := os.Mkdir(home, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(home, uid, gid); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(home, "pg")

	theirs := spawn(t, program, dir, as)
	if theirs.err != "" {
		t.Fatal(theirs.err)
	}
	if ours := start(t, embedded.Options{Dir: dir}); ours.Owns() {
		t.Error("root does not attach to the server of an ordinary account")
	}
	_ = theirs.input.Close()
	_ = theirs.Wait()

	// Root leaves the data with the account that made it.
	server := start(t, embedded.Options{Dir: dir})
	stop(t, server)
	again := spawn(t, program, dir, as)
	if again.err != "" {
		t.Fatal(again.err)
	}

	// What another account made is told in one line.
	roots := filepath.Join(base, "roots")
	start(t, embedded.Options{Dir: roots})
	refused := spawn(t, program, roots, as)
	if !strings.Contains(refused.err, "belongs to the account") || !strings.Contains(refused.err, "PORTAL_DATA") {
		t.Errorf("got %q", refused.err)
	}
}

func TestRootRunsItAsAnother(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		dir      string
		passable bool
	}{
		{"where others may pass", filepath.Join(passable(t), "pg"), true},
		{"where only root may pass", filepath.Join(t.TempDir(), "pg"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := start(t, embedded.Options{Dir: c.dir})
			value(t, server.DSN(), `SELECT 'x'`)
			owner := owner(t, filepath.Join(c.dir, "data"))
			switch {
			case os.Geteuid() != 0 && owner != os.Geteuid():
				t.Errorf("the data belongs to %d", owner)
			case os.Geteuid() == 0 && c.passable && owner == 0:
				t.Error("the data belongs to root")
			}
		})
	}
}

func owner(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Sys().(*syscall.Stat_t).Uid)
}

func TestMovingFromAPassablePlaceToAPrivateOne(t *testing.T) {
	t.Parallel()
	base := passable(t)
	dir := filepath.Join(base, "pg")
	stop(t, start(t, embedded.Options{Dir: dir}))
	if err := os.Chmod(base, 0o700); err != nil {
		t.Fatal(err)
	}
	stop(t, start(t, embedded.Options{Dir: dir}))
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	start(t, embedded.Options{Dir: dir})
}

func TestWhatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	made := func(t *testing.T, files map[string]string) string {
		t.Helper()
		dir := filepath.Join(passable(t), "pg")
		for name, content := range files {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	for _, c := range []struct {
		name    string
		files   map[string]string
		options embedded.Options
		want    []string
	}{
		{
			"data of another version",
			map[string]string{"data/PG_VERSION": "9\n"},
			embedded.Options{},
			[]string{"was made by PostgreSQL 9", "install PostgreSQL 9", "move the directory away"},
		},
		{
			"data of something else",
			map[string]string{"data/notes.txt": "mine"},
			embedded.Options{},
			[]string{"is not a PostgreSQL data directory", "move it away"},
		},
		{
			"a version nobody can read",
			map[string]string{"data/PG_VERSION": "x"},
			embedded.Options{},
			[]string{"is not a PostgreSQL data directory"},
		},
		{
			"programs that are not there", nil,
			embedded.Options{Programs: "/nowhere"},
			[]string{"PORTAL_PG_BIN names /nowhere", "correct or unset it"},
		},
		{
			"a setting the server refuses", nil,
			embedded.Options{Settings: []string{"shared_buffers=plenty"}},
			[]string{"PostgreSQL does not start", "shared_buffers"},
		},
		{
			"a broken configuration file",
			map[string]string{"data/PG_VERSION": ""},
			embedded.Options{},
			[]string{"is not a PostgreSQL data directory"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.options.Dir, c.options.Throwaway = made(t, c.files), true
			server, err := embedded.Start(t.Context(), c.options)
			if err == nil {
				stop(t, server)
				t.Fatal("it has started")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %v", err)
			}
		})
	}
}

func TestCancelledStartLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if server, err := embedded.Start(ctx, embedded.Options{Dir: dir, Throwaway: true}); err == nil {
		stop(t, server)
		return // a quick machine
	}
	start(t, embedded.Options{Dir: dir})
}

func TestLocks(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	one, err := embedded.TryLock(path, embedded.Shared)
	if err != nil {
		t.Fatal(err)
	}
	two, err := embedded.TryLock(path, embedded.Shared)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := embedded.TryLock(path, embedded.Exclusive); !errors.Is(err, embedded.ErrLocked) {
		t.Errorf("exclusive beside shared: %v", err)
	}
	one.Unlock()
	two.Unlock()
	three, err := embedded.Lock(path, embedded.Exclusive)
	if err != nil {
		t.Fatal(err)
	}
	three.Unlock()
	if _, err := embedded.TryLock(filepath.Join(path, "below"), embedded.Shared); err == nil || fs.ValidPath(path) {
		t.Error("a lock below a file")
	}
}
