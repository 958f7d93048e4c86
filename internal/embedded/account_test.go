package embedded

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where only root may pass, one of the ways in which root can run a program as another must work; which of them a
// container forbids differs.
func TestWaysForRoot(t *testing.T) {
	t.Parallel()
	closed := filepath.Join(t.TempDir(), "pg") // root's temporary directories are closed to others
	programs, err := os.MkdirTemp("", "programs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(programs) })
	if err := os.Chmod(programs, 0o755); err != nil {
		t.Fatal(err)
	}
	writeProgram(t, filepath.Join(programs, "postgres"), "#!/bin/sh\ntest \"$(id -u)\" != 0\n")
	a, err := chooseAccount(t.Context(), closed, programs)
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		if a.credential != nil || a.namespace || a.uid != os.Geteuid() {
			t.Errorf("an ordinary account runs it as %v", a)
		}
		return
	}
	if !a.namespace && !a.passes {
		t.Errorf("chosen: %v", a)
	}
	ordinary, err := accountsForRoot(closed)
	if err != nil || len(ordinary) == 0 {
		t.Fatalf("%v, %v", ordinary, err)
	}
	if err := ordinary[0].canRun(t.Context(), closed, programs); err == nil {
		t.Errorf("%v passes where only root may", ordinary[0])
	}
	if hasNamespaces {
		ordinary[0].passes = true
		if err := ordinary[0].canRun(t.Context(), closed, programs); err != nil {
			t.Errorf("%v: %v", ordinary[0], err)
		}
	}
	// What no account can run is told in one line.
	writeProgram(t, filepath.Join(programs, "postgres"), "#!/bin/sh\nexit 1\n")
	if _, err := chooseAccount(t.Context(), closed, programs); err == nil || !strings.Contains(err.Error(), "PORTAL_DATA") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}
