package newsletter

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// journal is a small file in memory that outlives its process: the operating system keeps it when the process is killed. Each
// line to the mail server has a place in it, where the reader stands whose message it ended last.
type journal struct {
	memory []byte
	file   *os.File
}

// Each place is 8 bytes; the first is the magic number, so that a file of something else is not read as a journal.
const (
	placeBytes   = 8
	journalMagic = 0x31_6c6e_7277_656e // "newrnl1"
)

func journalPath(folder, name string) string {
	return filepath.Join(folder, "newsletter-"+name+".journal")
}

// createJournal makes the journal of a campaign over a number of lines.
func createJournal(folder, name string, lines int) (*journal, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // PostgreSQL's account must pass through
		return nil, fmt.Errorf("journal: %w", err)
	}
	j, path := &journal{}, journalPath(folder, name)
	var err error
	if j.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	size := (lines + 1) * placeBytes
	if err = j.file.Truncate(int64(size)); err == nil {
		j.memory, err = syscall.Mmap(int(j.file.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", errors.Join(err, j.file.Close(), os.Remove(path)))
	}
	j.mark(-1, journalMagic)
	return j, nil
}

// mark writes the reader whose message a line is about to end. It is one store into memory.
func (j *journal) mark(line int, subscriber int64) {
	atomic.StoreInt64((*int64)(unsafe.Pointer(&j.memory[(line+1)*placeBytes])), subscriber) //nolint:gosec // the mapping is aligned to a page
}

// release lets the memory go; the file stays for whoever takes the issue over.
func (j *journal) release() {
	_ = errors.Join(syscall.Munmap(j.memory), j.file.Close()) // the operating system has what was marked
}

// readJournal returns whose messages were ended, as a killed process has left it; ok is false when there is no such journal here.
func readJournal(folder, name string) (ended map[int64]bool, ok bool) {
	if name == "" || strings.ContainsAny(name, `/\.`) {
		return nil, false
	}
	content, err := os.ReadFile(journalPath(folder, name))
	if err != nil || len(content) < placeBytes || binary.NativeEndian.Uint64(content) != journalMagic {
		return nil, false
	}
	ended = map[int64]bool{}
	for at := placeBytes; at+placeBytes <= len(content); at += placeBytes {
		if id := binary.NativeEndian.Uint64(content[at:]); id != 0 {
			ended[int64(id)] = true //nolint:gosec // was one
		}
	}
	return ended, true
}

// dropJournal removes a journal that was read.
func dropJournal(folder, name string) {
	if name != "" {
		_ = os.Remove(journalPath(folder, name)) // one that stays is never read again
	}
}
