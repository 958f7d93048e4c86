package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// started is a program of ours that answers at an address. A portal has its database in a directory.
type started struct {
	command *exec.Cmd
	dir     string
	address string
}

// start starts a portal on so many pledges. Its database is kept for the next run with the same number and schema.
func (s settings) start(ctx context.Context, scale int) (*started, error) {
	schema, err := schemaHash()
	if err != nil {
		return nil, err
	}
	data, err := filepath.Abs(s.data)
	if err != nil {
		return nil, err
	}
	option := "--scale"
	switch {
	case s.notes:
		option = "--notes"
	case s.desk:
		option = "--desk"
	case s.practices:
		option = "--practices"
	}
	dir := filepath.Join(data, fmt.Sprintf("%d%s-%s", scale, strings.TrimPrefix(option, "-"), schema))
	env := append(os.Environ(), "PORTAL_DATA="+dir, "PORTAL_ADDR=127.0.0.1:0", "PORTAL_LOG_LEVEL=warn", "DATABASE_URL=")
	if !s.cached {
		env = append(env, "PORTAL_PAGE_CACHE=0")
	}
	ready := filepath.Join(dir, "ready")
	if _, err := os.Stat(ready); errors.Is(err, os.ErrNotExist) {
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
		if err := os.MkdirAll(dir, 0o755); err != nil { // open: PostgreSQL's account must pass through
			return nil, err
		}
		arguments := []string{"seed"}
		if scale > 0 {
			arguments = append(arguments, option, strconv.Itoa(scale))
		}
		seed := exec.CommandContext(ctx, s.program, arguments...) //nolint:gosec // whoever runs this names the program
		seed.Env, seed.Stdout, seed.Stderr = env, os.Stdout, os.Stderr
		if err := seed.Run(); err != nil {
			return nil, fmt.Errorf("fill the database: %w", err)
		}
		if err := os.WriteFile(ready, nil, 0o600); err != nil {
			return nil, err
		}
	}
	// Without the worker, which would send the letters that all that was seeded gives rise to at once.
	return begin(exec.CommandContext(ctx, s.program, "serve", "--no-worker"), env, dir) //nolint:gosec // whoever runs this names the program
}

// schemaHash names the schema and what is seeded.
func schemaHash() (string, error) {
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		return "", err
	}
	seeds, err := filepath.Glob("internal/app/scale*.go")
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, name := range append(append(files, seeds...), "internal/app/demo/scale.json") {
		content, err := os.ReadFile(name) //nolint:gosec // of our own
		if err != nil {
			return "", err
		}
		sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil)[:6]), nil
}

// begin starts the program and waits until it says where it answers.
func begin(command *exec.Cmd, env []string, dir string) (*started, error) {
	s := &started{command: command, dir: dir}
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.Env, command.Stderr = env, os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), answersAt); ok {
			s.address, _, _ = strings.Cut(rest, " ")
			go func() { _, _ = io.Copy(io.Discard, out) }() // the pipe must not fill up
			return s, nil
		}
	}
	return nil, errors.Join(errors.New("it does not start"), s.stop())
}

const answersAt = "The portal answers at "

func (s *started) stop() error {
	_ = s.command.Process.Signal(syscall.SIGTERM) // it may have ended
	return s.command.Wait()
}

// startBare runs this program again as a bare handler of the bytes.
func startBare(ctx context.Context, page []byte) (*started, error) {
	file, err := os.CreateTemp("", "page-*")
	if err != nil {
		return nil, err
	}
	_, err = file.Write(page)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	bare, err := begin(exec.CommandContext(ctx, self, "-bare", file.Name()), os.Environ(), "")
	return bare, errors.Join(err, os.Remove(file.Name()))
}

// serveBare answers every request with the file, which is compressed already.
func serveBare(ctx context.Context, file string) error {
	page, err := os.ReadFile(file) //nolint:gosec // our own
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(answersAt + "http://" + listener.Addr().String())
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(page) // a reader who has gone is no matter
	})}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// cpu is the time that the program and its database have used so far; 0 where the system does not say.
func (s *started) cpu() (program, database time.Duration) {
	if s == nil {
		return 0, 0
	}
	program = cpuOf(strconv.Itoa(s.command.Process.Pid))
	content, err := os.ReadFile(filepath.Join(s.dir, "pg/data/postmaster.pid"))
	if err != nil {
		return program, 0
	}
	postmaster, _, _ := strings.Cut(string(content), "\n")
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return program, 0
	}
	for _, e := range entries {
		if e.Name() == postmaster || parentOf(e.Name()) == postmaster {
			database += cpuOf(e.Name())
		}
	}
	return program, database
}

// stat are the fields of a process's line after its name.
func stat(pid string) []string {
	content, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return nil
	}
	_, after, _ := strings.Cut(string(content), ") ")
	return strings.Fields(after)
}

func parentOf(pid string) string {
	if f := stat(pid); len(f) > 1 {
		return f[1]
	}
	return ""
}

// cpuOf adds user and system time, of the process and of the children it has waited for: the kernel counts in hundredths
// of a second.
func cpuOf(pid string) time.Duration {
	f := stat(pid)
	if len(f) < 15 {
		return 0
	}
	var ticks int
	for _, field := range f[11:15] {
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
