package embedded

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// install makes a directory with programs that only know their version.
func install(t *testing.T, dir, version string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, script := range map[string]string{"initdb": "#!/bin/sh\n", "postgres": "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + "'\n"} {
		writeProgram(t, filepath.Join(dir, name), script)
	}
	return dir
}

// writeProgram keeps other tests from forking meanwhile: a child that still has the file open makes it busy.
func writeProgram(t *testing.T, path, script string) {
	t.Helper()
	syscall.ForkLock.RLock()
	err := os.WriteFile(path, []byte(script), 0o755)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	dirs := []string{
		install(t, filepath.Join(base, "13"), "13.2 (Debian 13.2-1)"),
		install(t, filepath.Join(base, "16"), "16.4"),
		install(t, filepath.Join(base, "16b"), "16.9 (Homebrew)"),
		install(t, filepath.Join(base, "19"), "19beta1"),
		install(t, filepath.Join(base, "odd"), "unheard of"),
		filepath.Join(base, "missing"),
	}
	// A client without a server.
	client := install(t, filepath.Join(base, "client"), "20.1")
	if err := os.Remove(filepath.Join(client, "initdb")); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range search(t.Context(), append(dirs, client, dirs[1])) {
		got = append(got, filepath.Base(p.dir))
	}
	if want := "19 16b 16 13"; strings.Join(got, " ") != want {
		t.Errorf("got %v, not %s", got, want)
	}
}

func TestPickPrograms(t *testing.T) {
	t.Parallel()
	both := []programs{{"/18", 18, 1}, {"/15", 15, 3}}
	for _, c := range []struct {
		name, version string
		found         []programs
		want          string
		says          []string
	}{
		{"new data takes the newest", "", both, "/18", nil},
		{"data takes the version that made it", "15\n", both, "/15", nil},
		{
			"data of a version that is not here", "16\n", both, "",
			[]string{"was made by PostgreSQL 16", "only 18 and 15 is installed", "apt-get install postgresql-16", "move the directory away"},
		},
		{"data, and nothing is installed", "16\n", nil, "", []string{"none is installed", "install PostgreSQL 16"}},
		{"nothing is installed", "", nil, "", []string{"PostgreSQL was not found", "apt-get install postgresql", "brew install postgresql", "PORTAL_PG_BIN", "DATABASE_URL"}},
		{"only an old one", "", []programs{{"/13", 13, 1}}, "", []string{"PostgreSQL 13 is too old", "needs 15 or newer"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "data")
			if c.version != "" {
				if err := os.Mkdir(data, 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte(c.version), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := pickPrograms(c.found, data)
			if got.dir != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %q, %v", got.dir, err)
			}
			for _, want := range c.says {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
		})
	}
}

func TestComplaint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, output, want string }{
		{"the reason, not the hint", "LOG: starting\nFATAL:  the disk is full\nHINT: buy one\nLOG:  shut down\n", "the disk is full"},
		{"initdb's own words", "creating\ninitdb: error: directory exists\n", "directory exists"},
		{"else the last line", "one\ntwo\n", "two"},
		{"else the error", "", "file does not exist"},
	} {
		if got := complaint([]byte(c.output), os.ErrNotExist); got != c.want {
			t.Errorf("%s: got %q", c.name, got)
		}
	}
}
