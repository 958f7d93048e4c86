package app

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/webtest"
)

// A published decision can be checked by anybody with the program of docs/audit.md, and by the page itself; neither tells
// who decided. A record that was tampered with does not pass.
func TestAPublishedDecisionCanBeChecked(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	s := makeThings(t, portal, db, cast)
	visitor := cast.Visitor.In(t)
	address := "/en/audit/" + s.publicID
	says := func(path, words string) {
		t.Helper()
		if !visitor.Get(path).Want(http.StatusOK).Contains(words) {
			t.Errorf("%s does not say %q", path, words)
		}
	}
	says("/en/audit?below=1", "There is no digest yet")
	says(address, "Just recorded")
	now := time.Now()
	if _, err := audit.Chain(t.Context(), db, now); err != nil {
		t.Fatal(err)
	}
	says(address, "Signed tonight")
	key, err := audit.ReadKey(strings.Repeat("0f", 32))
	if err == nil {
		err = audit.Sign(t.Context(), db, key, now.AddDate(0, 0, 1))
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "ar"} {
		for _, path := range []string{"/audit", "/audit.json", "/audit.atom", "/audit/" + s.publicID, "/audit/" + s.publicID + "/proof.json"} {
			page := visitor.Get("/" + lang + path).Want(http.StatusOK)
			for _, person := range []string{cast.Officer.User.Name, cast.Officer.User.Email, cast.Member.User.Name, cast.Member.User.Email} {
				if strings.Contains(string(page.Body), person) {
					t.Errorf("%s names %s", path, person)
				}
			}
		}
	}
	says("/en/audit", "Digest 1")
	says("/en/audit", key.ID())
	says(address, "The portal has just checked it")
	visitor.Get("/en/audit/GCM-P-9999").Want(http.StatusNotFound)
	visitor.Get("/en/audit/GCM-P-9999/proof.json").Want(http.StatusNotFound)

	proof := visitor.Get(address + "/proof.json").Want(http.StatusOK).Body
	if out, err := checkProof(t, proof); err != nil || !strings.Contains(out, "The proof holds: publish ") {
		t.Errorf("the documented program says: %v %s", err, out)
	}
	var file map[string]any
	if err := json.Unmarshal(proof, &file); err != nil {
		t.Fatal(err)
	}
	file["decisions"].([]any)[0].(map[string]any)["entry"].(map[string]any)["subject_id"] = 999
	forged, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := checkProof(t, forged); err == nil || !strings.Contains(out, "the proof does not hold") {
		t.Errorf("a forged proof passes: %v %s", err, out)
	}

	err = db.InTx(t.Context(), func(tx database.Tx) error {
		if _, err := tx.Exec(t.Context(), `SET LOCAL session_replication_role = replica`); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `UPDATE audit_log SET at = at + interval '1 day' WHERE subject = 'submission' AND subject_id = $1 AND act = 'publish'`, s.published)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	says(address, "Does not hold")
}

// checkProof runs the program of docs/audit.md on a proof.
func checkProof(t *testing.T, proof []byte) (string, error) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "audit.md"))
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile("(?s)```go\n(.*?)```").FindSubmatch(page)
	if code == nil {
		t.Fatal("docs/audit.md has no program")
	}
	if lines := strings.Count(string(code[1]), "\n"); lines > 40 {
		t.Errorf("the program has %d lines", lines)
	}
	dir := t.TempDir()
	program, file := filepath.Join(dir, "check.go"), filepath.Join(dir, "proof.json")
	if err := os.WriteFile(program, code[1], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, proof, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "run", program, file).CombinedOutput()
	return string(out), err
}
