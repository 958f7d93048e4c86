package embedded

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// ErrLocked says that another process holds the lock.
var ErrLocked = errors.New("locked by another process")

// Mode is how a file is locked.
type Mode int

// The modes: many may hold a shared lock, or one an exclusive one.
const (
	Shared    Mode = syscall.LOCK_SH
	Exclusive Mode = syscall.LOCK_EX
)

// FileLock is a lock on a file, which the system gives back when the process ends, however it ends.
type FileLock struct{ file *os.File }

// TryLock locks the file, which is made when missing, or returns ErrLocked at once.
func TryLock(path string, mode Mode) (*FileLock, error) {
	return lockFile(path, int(mode)|syscall.LOCK_NB)
}

// Lock locks the file, which is made when missing, and waits for whoever holds it.
func Lock(path string, mode Mode) (*FileLock, error) { return lockFile(path, int(mode)) }

func lockFile(path string, how int) (*FileLock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	for {
		err = syscall.Flock(int(file.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err == nil {
		return &FileLock{file}, nil
	}
	_ = file.Close() // nothing was written
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, ErrLocked
	}
	return nil, fmt.Errorf("lock %s: %w", path, err)
}

// Unlock gives the lock back.
func (l *FileLock) Unlock() { _ = l.file.Close() } // closing is what unlocks; nothing was written
