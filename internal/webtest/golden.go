package webtest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// update is set by `go test -update` in a package that uses golden files, or by UPDATE_GOLDEN=1 for all of them, which is
// what `make golden` does.
var update = flag.Bool("update", false, "rewrite golden files")

// Golden compares with testdata/<name>. With -update, or UPDATE_GOLDEN=1 in the environment, it writes the file instead:
// read the diff before committing it.
func Golden(t testing.TB, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(name))
	if *update || os.Getenv("UPDATE_GOLDEN") == "1" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run with UPDATE_GOLDEN=1 to write it", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; read the change, then run with UPDATE_GOLDEN=1\n%s", path, firstDifference(string(want), string(got)))
	}
}

// firstDifference shows the first line that differs, with what stood there.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := lineAt(w, i), lineAt(g, i)
		if a != b {
			return "line " + strconv.Itoa(i+1) + "\n  want: " + a + "\n  got:  " + b
		}
	}
	return ""
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(no such line)"
}
