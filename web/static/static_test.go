package static_test

import (
	"regexp"
	"testing"

	"portal/web/static"
)

func TestFilesKeepTheirBudget(t *testing.T) {
	t.Parallel()
	for name, budget := range map[string]int{"portal.css": 20 << 10, "portal.js": 10 << 10} { // quality.md, Speed and weight
		file, ok := static.Named(name)
		if !ok {
			t.Fatalf("there is no %s", name)
		}
		if encoding, body := file.Encoded("gzip"); encoding != "gzip" || len(body) > budget {
			t.Errorf("%s has %d bytes in %q, want at most %d in gzip", name, len(body), encoding, budget)
		}
	}
}

func TestNamesCarryTheContent(t *testing.T) {
	t.Parallel()
	address := static.URL("portal.css")
	if !regexp.MustCompile(`^/static/portal\.[0-9a-f]{12}\.css$`).MatchString(address) {
		t.Errorf("the address is %s", address)
	}
	file, ok := static.Find(address[len(static.Prefix):])
	if !ok || file.Type != "text/css; charset=utf-8" {
		t.Errorf("behind it is %+v", file)
	}
	defer func() {
		if recover() == nil {
			t.Error("a name that is not there has an address")
		}
	}()
	static.URL("nothing.css")
}
