package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// stopTime is how long a fast shutdown may take, the final checkpoint included, before we press harder.
	stopTime = 60 * time.Second
	// longestLog is the size in bytes beyond which the log is begun anew at the next start.
	longestLog = 10 << 20
)

// process is a running postmaster.
type process struct {
	*os.Process
	// done is closed when it has ended.
	done chan struct{}
}

// adopted watches a server that is not our child.
func adopted(pid int) (*process, error) {
	found, err := os.FindProcess(pid)
	if err != nil {
		return nil, fmt.Errorf("find the running PostgreSQL: %w", err)
	}
	p := &process{found, make(chan struct{})}
	go func() {
		for p.Signal(syscall.Signal(0)) == nil {
			time.Sleep(10 * pollEvery)
		}
		close(p.done)
	}()
	return p, nil
}

// environment is all that the server's programs see of ours: a foreign PGDATA or locale must not matter.
func environment() []string { return []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"} }

// initialise makes a new cluster. It is made beside its place and moved there when complete, so that a start that is
// killed half way leaves nothing behind that looks like a database.
func (s *Server) initialise(ctx context.Context, p programs, a account) error {
	leftovers, _ := filepath.Glob(filepath.Join(s.options.Dir, "new-*")) // the pattern is well formed
	for _, dir := range leftovers {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("remove a half-made database: %w", err)
		}
	}
	fresh, err := os.MkdirTemp(s.options.Dir, "new-")
	if err != nil {
		return fmt.Errorf("make the directory of the database: %w", err)
	}
	defer os.RemoveAll(fresh) // gone already when all went well
	if err := a.take(s.options.Dir); err != nil {
		return err
	}
	if err := a.takeTree(fresh); err != nil {
		return err
	}
	var out []byte
	for _, locale := range utf8Locales {
		args := []string{"-D", fresh, "-U", role, "-A", "trust", "--encoding=UTF8", "--locale=" + locale}
		if s.options.Throwaway {
			args = append(args, "--no-sync", "--no-instructions")
		}
		c := exec.CommandContext(ctx, filepath.Join(p.dir, "initdb"), args...)
		c.Dir, c.Env, c.SysProcAttr = a.workDirectory(s.options.Dir), environment(), a.attributes()
		c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) } // its own process group
		c.WaitDelay = time.Second
		if out, err = c.CombinedOutput(); err == nil || !bytes.Contains(out, []byte("invalid locale name")) {
			break
		}
	}
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("PostgreSQL cannot make a database in %s: %s", s.options.Dir, complaint(out, err))
	}
	if err := os.Rename(fresh, s.data); err != nil {
		return fmt.Errorf("put the new database in its place: %w", err)
	}
	return nil
}

// startProcess runs postgres until it answers.
func (s *Server) startProcess(ctx context.Context, p programs, a account) (*process, error) {
	// A copy or a restored backup may have other permissions, with which the server refuses to start.
	if err := os.Chmod(s.data, 0o700); err != nil {
		return nil, fmt.Errorf("protect the database: %w", err)
	}
	output, err := s.openLog()
	if err != nil {
		return nil, err
	}
	defer output.Close()
	from, err := output.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("read the database's log: %w", err)
	}
	s.mu.Lock()
	args := []string{"-D", s.data, "-k", s.sockets, "-h", "", "-p", port, "-c", "unix_socket_permissions=0700", "-c", "logging_collector=off"}
	s.mu.Unlock()
	for _, setting := range s.options.Settings {
		args = append(args, "-c", setting)
	}
	c := exec.Command(filepath.Join(p.dir, "postgres"), args...) //nolint:noctx // it outlives the start; stop ends it
	c.Dir, c.Env, c.SysProcAttr = a.workDirectory(s.options.Dir), environment(), a.attributes()
	c.Stdout, c.Stderr = output, output
	dieWithParent(c.SysProcAttr)
	started, done := make(chan error, 1), make(chan struct{})
	go func() {
		runtime.LockOSThread() // the death of this thread, not of the process, is what the child would notice
		err := c.Start()
		started <- err
		if err == nil {
			_ = c.Wait() // how it ended is in its log
			close(done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	server := &process{c.Process, done}
	for {
		err := s.answers(ctx, "postgres")
		if err == nil {
			return server, nil
		}
		select {
		case <-done:
			said, _ := os.ReadFile(s.logFile()) // without it the message is poorer
			said = said[min(from, int64(len(said))):]
			return nil, fmt.Errorf("PostgreSQL does not start on %s: %s; more is in %s", s.data, complaint(said, err), s.logFile())
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), server.stop())
		case <-time.After(pollEvery):
		}
	}
}

// openLog opens the log for adding to it.
func (s *Server) openLog() (*os.File, error) {
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if info, err := os.Stat(s.logFile()); err == nil && info.Size() > longestLog {
		flags |= os.O_TRUNC
	}
	file, err := os.OpenFile(s.logFile(), flags, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the database's log: %w", err)
	}
	return file, nil
}

// stop asks for a fast shutdown and waits; a server that does not obey is pressed harder.
func (p *process) stop() error {
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGINT, stopTime}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, 5 * time.Second}} {
		if err := p.Signal(step.signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop PostgreSQL: %w", err)
		}
		select {
		case <-p.done:
			return nil
		case <-time.After(step.wait):
		}
	}
	return fmt.Errorf("PostgreSQL (process %d) does not stop", p.Pid)
}

// pidFile is what a running server writes into its data directory.
type pidFile struct {
	pid     int
	sockets string
	ready   bool
}

// readPidFile reads postmaster.pid: pid, data directory, start time, port, socket directory, address, memory key, state.
func readPidFile(data string) (pidFile, error) {
	content, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return pidFile{}, err
	}
	lines := strings.Split(string(content), "\n")
	var f pidFile
	if f.pid, err = strconv.Atoi(strings.TrimSpace(lines[0])); err != nil {
		return pidFile{}, fmt.Errorf("read postmaster.pid: %w", err)
	}
	if len(lines) > 4 {
		f.sockets = strings.TrimSpace(lines[4])
	}
	f.ready = len(lines) > 7 && strings.TrimSpace(lines[7]) == "ready"
	return f, nil
}

// clearStale removes what a crashed server has left. PostgreSQL does so itself, except where the number of the dead
// process now belongs to another one, as in a container that has been restarted.
func clearStale(data string, f pidFile) error {
	paths := []string{filepath.Join(data, "postmaster.pid")}
	if f.sockets != "" {
		socket := filepath.Join(f.sockets, ".s.PGSQL."+port)
		paths = append(paths, socket, socket+".lock")
	}
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove what a crashed database has left: %w", err)
		}
	}
	return nil
}

// complaint picks the line that says why from what a program wrote.
func complaint(output []byte, err error) string {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	for _, mark := range []string{"PANIC:", "FATAL:", "error:", "ERROR:"} {
		for i := len(lines) - 1; i >= 0; i-- {
			if at := strings.Index(lines[i], mark); at >= 0 {
				return strings.TrimSpace(lines[i][at+len(mark):])
			}
		}
	}
	if last := lines[len(lines)-1]; last != "" {
		return last
	}
	return err.Error()
}

func oneLine(err error) string { return strings.ReplaceAll(fmt.Sprint(err), "\n", "; ") }
