package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/embedded"
)

// The cluster belongs to no test program, since each may end before the others. The first that needs it starts a copy of
// itself in the background, the keeper, which runs the cluster and ends it when nobody has used it for a while.
//
// Three things in the cluster's directory say who does what, and all of them survive kill -9, since the system gives a
// lock back when its holder ends:
//
//	users    every test program holds a shared lock; the keeper takes an exclusive one before it ends the cluster
//	keeper   the keeper holds an exclusive lock
//	address  the cluster's address, there from when it answers until it is ended
const (
	// keeperVariable makes a test program the keeper of the directory it names.
	keeperVariable = "PORTAL_TEST_KEEPER"
	// directoryVariable names another place for the cluster than memory or the temporary directory.
	directoryVariable = "PORTAL_TEST_DIR"
	// idleVariable is how long the cluster outlives its last user.
	idleVariable = "PORTAL_TEST_IDLE"

	// defaultIdle bridges the gap while go test compiles the next package.
	defaultIdle = 15 * time.Second
	// attachTime is how long a test program waits for the cluster.
	attachTime = 2 * time.Minute
	pollEvery  = 20 * time.Millisecond
	// roomNeeded is the space in bytes that must be free in memory for the cluster to live there.
	roomNeeded = 1 << 30
)

func init() {
	if dir := os.Getenv(keeperVariable); dir != "" {
		if err := keep(dir); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// attached is the cluster in use.
type attached struct {
	address string
	// users is this process's lock on the cluster, held until the process ends.
	users *embedded.FileLock
}

// attach locks the cluster in its place, and starts it if need be.
func attach() (attached, error) {
	dir, err := directory()
	if err != nil {
		return attached{}, err
	}
	users, err := embedded.Lock(filepath.Join(dir, "users"), embedded.Shared)
	if err != nil {
		return attached{}, err
	}
	address, err := find(dir)
	if err != nil {
		users.Unlock()
	}
	return attached{address, users}, err
}

// find returns the address of the running cluster, which is started if need be.
func find(dir string) (string, error) {
	deadline := time.Now().Add(attachTime)
	for starts := 0; time.Now().Before(deadline); time.Sleep(pollEvery) {
		if address, err := os.ReadFile(filepath.Join(dir, "address")); err == nil && answers(string(address)) {
			return string(address), nil
		}
		if said, err := os.ReadFile(filepath.Join(dir, "failure")); err == nil && starts > 0 {
			return "", fmt.Errorf("the tests need PostgreSQL: %s", said)
		}
		lock, err := embedded.TryLock(filepath.Join(dir, "keeper"), embedded.Exclusive)
		if errors.Is(err, embedded.ErrLocked) {
			continue // somebody is starting it
		}
		if err != nil {
			return "", err
		}
		lock.Unlock()
		if starts++; starts > 3 {
			return "", fmt.Errorf("the test cluster has not come up three times: see %s/keeper.log and %s/pg/log", dir, dir)
		}
		if err := startKeeper(dir); err != nil {
			return "", err
		}
		// Until the keeper has its lock, another round would start another one. It would do no harm, only work.
		waitFor(time.Second, func() bool { return keeperRuns(dir) })
	}
	return "", fmt.Errorf("the test cluster in %s does not answer after %s: see %s/pg/log", dir, attachTime, dir)
}

func keeperRuns(dir string) bool {
	lock, err := embedded.TryLock(filepath.Join(dir, "keeper"), embedded.Exclusive)
	if err == nil {
		lock.Unlock()
	}
	_, failed := os.Stat(filepath.Join(dir, "failure"))
	return err != nil || failed == nil
}

func waitFor(limit time.Duration, holds func() bool) {
	for end := time.Now().Add(limit); !holds() && time.Now().Before(end); time.Sleep(pollEvery) {
	}
}

func answers(address string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return false
	}
	return conn.Close(ctx) == nil
}

// startKeeper starts this same program as the keeper. It must hold none of our files, or go test would wait for it.
func startKeeper(dir string) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start the test cluster: %w", err)
	}
	if err := os.Remove(filepath.Join(dir, "failure")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("start the test cluster: %w", err)
	}
	log, err := os.OpenFile(filepath.Join(dir, "keeper.log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start the test cluster: %w", err)
	}
	defer log.Close()
	c := exec.Command(program) //nolint:noctx // it outlives us
	c.Dir, c.Stdout, c.Stderr = dir, log, log
	c.Env = append(os.Environ(), keeperVariable+"="+dir)
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C is for the tests
	if err := c.Start(); err != nil {
		return fmt.Errorf("start the test cluster: %w", err)
	}
	return c.Process.Release()
}

// keep runs the cluster until nobody uses it, unless another keeper does. Why it could not is left for who is waiting.
func keep(dir string) error {
	lock, err := embedded.TryLock(filepath.Join(dir, "keeper"), embedded.Exclusive)
	if err != nil {
		if errors.Is(err, embedded.ErrLocked) {
			return nil // another one was quicker
		}
		return err
	}
	defer lock.Unlock()
	if err := runCluster(dir); err != nil {
		return errors.Join(err, os.WriteFile(filepath.Join(dir, "failure"), []byte(err.Error()), 0o600))
	}
	return nil
}

func runCluster(dir string) (err error) {
	idle := defaultIdle
	if text := os.Getenv(idleVariable); text != "" {
		if idle, err = time.ParseDuration(text); err != nil {
			return fmt.Errorf("%s: %w", idleVariable, err)
		}
	}
	// What a killed keeper has left is of no use: without waiting for disks, it may be half written.
	cluster := filepath.Join(dir, "pg")
	address := filepath.Join(dir, "address")
	if err := errors.Join(os.RemoveAll(address), os.RemoveAll(cluster)); err != nil {
		return err
	}
	server, err := embedded.Start(context.Background(), embedded.Options{
		Dir: cluster, Programs: os.Getenv("PORTAL_PG_BIN"), Throwaway: true,
		Settings: []string{
			"fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0",
			"max_wal_size=256MB", "max_connections=400", "shared_buffers=64MB", "autovacuum=off", "jit=off", "log_checkpoints=off",
		},
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(address+".new", []byte(server.DSN()), 0o600); err != nil {
		return errors.Join(err, server.Stop())
	}
	if err := os.Rename(address+".new", address); err != nil {
		return errors.Join(err, server.Stop())
	}
	// Whoever comes from now on waits for the lock, and then finds no address.
	defer untilUnused(filepath.Join(dir, "users"), idle).Unlock()
	return errors.Join(os.Remove(address), server.Stop(), os.RemoveAll(cluster))
}

// untilUnused waits until nobody has used the cluster for a while, and returns a lock that keeps others out.
func untilUnused(users string, idle time.Duration) *embedded.FileLock {
	since := time.Now()
	for ; ; time.Sleep(10 * pollEvery) {
		lock, err := embedded.TryLock(users, embedded.Exclusive)
		if err != nil {
			since = time.Now()
			continue
		}
		if time.Since(since) > idle {
			return lock
		}
		lock.Unlock()
	}
}

// directory makes the cluster's directory: in memory where there is room, else in the temporary directory. Root's is open
// for passing through, since PostgreSQL then runs under another account.
func directory() (string, error) {
	parent := os.Getenv(directoryVariable)
	if parent == "" {
		parent = memory(roomNeeded)
	}
	if parent == "" {
		parent = os.TempDir()
	}
	name := fmt.Sprintf("portal-test-%d", os.Geteuid())
	if programs := os.Getenv("PORTAL_PG_BIN"); programs != "" {
		sum := sha256.Sum256([]byte(programs))
		name += "-" + hex.EncodeToString(sum[:4])
	}
	dir := filepath.Join(parent, name)
	if err := os.Mkdir(dir, 0o711); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("make the directory of the test cluster: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", fmt.Errorf("look at the directory of the test cluster: %w", err)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || !info.IsDir() || int(stat.Uid) != os.Geteuid() {
		return "", fmt.Errorf("%s is not ours: remove it, or name another place in %s", strings.TrimSpace(dir), directoryVariable)
	}
	return dir, nil
}
