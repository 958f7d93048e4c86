package app_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The tiers of the architecture, from left to right: a package imports from its own tier or from those to its right,
// and areas never import each other.
var tiers = [][]string{
	{"cmd/portal", "internal/journey"},
	{"internal/app"},
	{"internal/account", "internal/calendar", "internal/champion", "internal/committee", "internal/conceptnote", "internal/country", "internal/cycle", "internal/expert", "internal/facilitator", "internal/follow", "internal/fund", "internal/home", "internal/missed", "internal/newsletter", "internal/participation", "internal/peer", "internal/pledge", "internal/practice", "internal/programme", "internal/record", "internal/request", "internal/review", "internal/signoff", "internal/submission", "internal/topic"},
	{"web", "internal/webtest"},
	{"web/ui", "web/static"},
	{"internal/alike", "internal/attachment", "internal/audit", "internal/budget", "internal/coach", "internal/content", "internal/form", "internal/gcm", "internal/guest", "internal/identity", "internal/jobs", "internal/mail", "internal/mail/mailtest", "internal/money", "internal/onetime", "internal/personal", "internal/search", "internal/terms", "internal/word", "internal/workbook", "internal/workflow"},
	{"internal/clock", "internal/config", "internal/database", "internal/dbtest", "internal/date", "internal/embedded", "internal/i18n", "internal/pdf", "internal/problem", "migrations", "web/locales", "tools"},
}

const areas = 2

type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func tierOf(path string) int {
	path = strings.TrimPrefix(path, "portal/")
	for i, tier := range tiers {
		for _, name := range tier {
			if path == name || name == "tools" && strings.HasPrefix(path, "tools/") {
				return i
			}
		}
	}
	return -1
}

func TestPackagesImportOnlyToTheRight(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "portal/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	packages := 0
	for {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages++
		from := tierOf(p.ImportPath)
		if from < 0 {
			t.Errorf("%s is in no tier: add it to the architecture and to this test", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, "portal/") {
				continue
			}
			to := tierOf(imported)
			if to < from {
				t.Errorf("%s imports %s, which is to its left", p.ImportPath, imported)
			}
			if from == areas && to == areas {
				t.Errorf("%s imports %s: areas never import each other", p.ImportPath, imported)
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if from == areas && tierOf(imported) == areas && imported != p.ImportPath {
				t.Errorf("the tests of %s import %s: areas never import each other", p.ImportPath, imported)
			}
		}
		for _, name := range []string{"handlers", "models", "services", "utils", "util", "common", "helpers"} {
			if strings.HasSuffix(p.ImportPath, "/"+name) {
				t.Errorf("%s: there is no package %s here", p.ImportPath, name)
			}
		}
	}
	if packages < 20 {
		t.Fatalf("go list found only %d packages", packages)
	}
}
