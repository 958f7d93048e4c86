// Package embedded runs a private PostgreSQL, so that the portal works on a machine where nobody has set up a database.
// It uses whatever server programs the machine has, keeps the data in one directory and lets only this account connect:
// there is a Unix socket in a directory of mode 0700 and no network port, so nothing clashes and there is no password.
//
// Several commands may use one directory at once. The first starts the server and owns it, which a lock on a file says;
// the others attach, and do not stop it. When the owner ends, one of those that are left takes over, and when the server
// dies, its owner starts it again.
package embedded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// startTime is how long a server may take to come up, recovery after a crash included.
	startTime = 60 * time.Second
	// pollEvery is how often a server that is coming up is asked.
	pollEvery = 10 * time.Millisecond
	// takeOverEvery is how often a command that is attached looks whether the owner is still there.
	takeOverEvery = 250 * time.Millisecond
	// longestSocket is the longest address of a socket: 104 bytes with the final NUL on macOS, 108 on Linux.
	longestSocket = 103
	// role is the superuser and also names the database; port is only part of the socket's name.
	role, port = "portal", "5432"
)

// Options say where the server lives and how it runs.
type Options struct {
	// Dir holds the data, the log and the socket. It is made when missing; its parent must be open to all for
	// traversing (o+x) when we are root, since PostgreSQL then runs under another account.
	Dir string
	// Programs is the directory with initdb and postgres. Empty searches the usual places, newest version first.
	Programs string
	// Settings are parameters of the server, such as "fsync=off".
	Settings []string
	// Throwaway skips writing a new cluster through to the disk: for tests.
	Throwaway bool
	// Log takes what happens after the start: a server that died, a take-over. Nil logs nothing.
	Log *slog.Logger
}

// Server is a PostgreSQL that answers.
type Server struct {
	options Options
	data    string
	log     *slog.Logger

	mu      sync.Mutex
	sockets string
	owned   *process  // nil while attached
	lock    *FileLock // held while owned

	cancel context.CancelFunc
	kept   chan struct{}
}

// Start brings the server up, or attaches to the one that another process runs on the same directory, and returns when
// it answers. An error is one line that says what to do. The caller must Stop it.
func Start(ctx context.Context, o Options) (*Server, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("find the directory of the database: %w", err)
	}
	o.Dir = dir
	if err := makeDirectory(dir); err != nil {
		return nil, err
	}
	s := &Server{options: o, data: filepath.Join(dir, "data"), log: o.Log, kept: make(chan struct{})}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	starting, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if err := s.connect(starting); err != nil {
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("the embedded PostgreSQL in %s does not answer after %s: see %s", dir, startTime, s.logFile())
		}
		return nil, err
	}
	keeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = stop
	go s.keep(keeping)
	return s, nil
}

// DSN is the address for database.Open.
func (s *Server) DSN() string { return s.dsn(role) }

func (s *Server) dsn(database string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	query := url.Values{"host": {s.sockets}, "port": {port}, "user": {role}, "sslmode": {"disable"}}
	return "postgres:///" + database + "?" + query.Encode()
}

// Owns says whether this process runs the server, and is not attached to another's.
func (s *Server) Owns() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owned != nil
}

// Stop ends the server if this process owns it, disconnecting whoever is still connected, and waits until it is down.
// It may be called more than once.
func (s *Server) Stop() error {
	s.cancel()
	<-s.kept
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.release()
}

// release stops an owned server, then gives the lock to the next. The caller holds mu, or is alone.
func (s *Server) release() error {
	var err error
	if s.owned != nil {
		err = s.owned.stop()
		s.owned = nil
	}
	if s.lock != nil {
		s.lock.Unlock()
		s.lock = nil
	}
	return err
}

// connect makes s attached or owning.
func (s *Server) connect(ctx context.Context) error {
	for {
		lock, err := TryLock(filepath.Join(s.options.Dir, "lock"), Exclusive)
		if err == nil {
			return s.own(ctx, lock)
		}
		if !errors.Is(err, ErrLocked) {
			return err
		}
		if file, err := readPidFile(s.data); err == nil && file.ready {
			s.setSockets(file.sockets)
			if s.answers(ctx, role) == nil {
				return nil
			}
		}
		if err := pause(ctx, pollEvery); err != nil {
			return err
		}
	}
}

// own starts the server, now that no other process does.
func (s *Server) own(ctx context.Context, lock *FileLock) error {
	p, err := s.launch(ctx)
	if err != nil {
		lock.Unlock()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owned, s.lock = p, lock
	return nil
}

// launch gets a server running on our data, one that its owner left behind or a new one, with the portal's database.
func (s *Server) launch(ctx context.Context) (*process, error) {
	p, err := s.adopt(ctx)
	if p == nil && err == nil {
		p, err = s.begin(ctx)
	}
	if err != nil {
		return nil, err
	}
	if err := s.makeDatabase(ctx); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// begin starts a server, on new data if there is none.
func (s *Server) begin(ctx context.Context) (*process, error) {
	programs, err := choosePrograms(ctx, s.options.Programs, s.data)
	if err != nil {
		return nil, err
	}
	account, err := chooseAccount(ctx, s.options.Dir, programs.dir)
	if err != nil {
		return nil, err
	}
	sockets, err := account.socketDirectory(s.options.Dir)
	if err != nil {
		return nil, err
	}
	s.setSockets(sockets)
	if _, err := os.Stat(s.data); errors.Is(err, os.ErrNotExist) {
		if err := s.initialise(ctx, programs, account); err != nil {
			return nil, err
		}
	}
	if err := account.take(s.options.Dir); err != nil {
		return nil, err
	}
	for {
		p, err := s.startProcess(ctx, programs, account)
		// What a killed server's children still hold is free in a moment.
		if err == nil || !strings.Contains(err.Error(), "still in use") {
			return p, err
		}
		if err := pause(ctx, 10*pollEvery); err != nil {
			return nil, err
		}
	}
}

// adopt takes over a server whose owner was killed where the system does not stop it with its owner (macOS), and waits
// for one that is just going down. Without one it clears away what a crash has left, and returns nil.
func (s *Server) adopt(ctx context.Context) (*process, error) {
	for {
		file, err := readPidFile(s.data)
		if err != nil || !isPostmaster(file.pid, s.data) {
			return nil, clearStale(s.data, file)
		}
		s.setSockets(file.sockets)
		if file.ready && s.answers(ctx, "postgres") == nil {
			s.log.Info("database adopted", "pid", file.pid)
			return adopted(file.pid)
		}
		if err := pause(ctx, pollEvery); err != nil {
			return nil, err
		}
	}
}

// keep watches until Stop: a server of ours that dies is started again; one that loses its owner becomes ours.
func (s *Server) keep(ctx context.Context) {
	defer close(s.kept)
	for {
		s.mu.Lock()
		owned := s.owned
		s.mu.Unlock()
		var died <-chan struct{}
		if owned != nil {
			died = owned.done
		}
		var look <-chan time.Time
		if owned == nil {
			look = time.After(takeOverEvery)
		}
		select {
		case <-ctx.Done():
			return
		case <-died:
			s.log.Error("database died", "log", s.logFile())
			s.restart(ctx)
		case <-look:
			lock, err := TryLock(filepath.Join(s.options.Dir, "lock"), Exclusive)
			if err != nil {
				continue // still owned, or somebody else was quicker
			}
			if err := s.own(ctx, lock); err != nil {
				s.complain(ctx, err)
			} else {
				s.log.Info("database taken over")
			}
		}
	}
}

// restart tries until it works: the disk may have been full.
func (s *Server) restart(ctx context.Context) {
	for wait := 100 * time.Millisecond; ctx.Err() == nil; wait = min(2*wait, 5*time.Second) {
		starting, cancel := context.WithTimeout(ctx, startTime)
		p, err := s.launch(starting)
		cancel()
		if err == nil {
			s.mu.Lock()
			s.owned = p
			s.mu.Unlock()
			s.log.Info("database restarted")
			return
		}
		s.complain(ctx, err)
		if pause(ctx, wait) != nil {
			return
		}
	}
}

func (s *Server) complain(ctx context.Context, err error) {
	if ctx.Err() == nil {
		s.log.Error("database does not start", "error", err)
	}
}

func (s *Server) setSockets(dir string) {
	s.mu.Lock()
	s.sockets = dir
	s.mu.Unlock()
}

func (s *Server) logFile() string { return filepath.Join(s.options.Dir, "log") }

// answers connects to the database and disconnects.
func (s *Server) answers(ctx context.Context, database string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.dsn(database))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// makeDatabase creates the portal's database in a new cluster.
func (s *Server) makeDatabase(ctx context.Context) (err error) {
	conn, err := pgx.Connect(ctx, s.dsn("postgres"))
	if err != nil {
		return fmt.Errorf("connect to the embedded PostgreSQL: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	var exists bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, role).Scan(&exists)
	if err == nil && !exists {
		_, err = conn.Exec(ctx, `CREATE DATABASE `+role)
	}
	if err != nil {
		return fmt.Errorf("create the portal's database: %w", err)
	}
	return nil
}

// makeDirectory makes dir for us alone, and its parents so that another account can pass through them.
func makeDirectory(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("make the directory of the database: %w", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("make the directory of the database: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("look at the directory of the database: %w", err)
	}
	if owner := ownerOf(info); os.Geteuid() != 0 && owner != os.Geteuid() {
		return fmt.Errorf("the database in %s belongs to the account %s: run this as that account or as root, or choose another directory with PORTAL_DATA", dir, accountName(owner))
	}
	return nil
}

// socketName is the directory for the socket when the usual one is too deep for a socket's address. The name follows
// from the database's directory, so that it is the same at the next start.
func socketName(dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return "portal-" + hex.EncodeToString(sum[:6])
}

// pause waits, or returns the context's error.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
