package journey

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portal/internal/dbtest"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail/mailtest"
	"portal/internal/webtest"
)

func contains(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
}

func TestDoctorFindsWhatIsWell(t *testing.T) {
	t.Parallel()
	sink := mailtest.Start(t, mailtest.Options{})
	environ := append(smtpSettings(sink), "DATABASE_URL="+dbtest.DSN(t))
	code, out, errs := runProgram(t, environ, "doctor", "--mail-to", "operator@example.org")
	if code != 0 || strings.Contains(out, "FAILED") {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
	contains(t, out, "PostgreSQL", "schema", "clock", "storage", "mail", "makes PDFs")
	if m := sink.Next(t); m.To[0] != "operator@example.org" {
		t.Errorf("the test message went to %v", m.To)
	}
}

func TestDoctorFindsWhatIsNot(t *testing.T) {
	t.Parallel()
	sink := mailtest.Start(t, mailtest.Options{})
	environ := append(smtpSettings(sink), "DATABASE_URL="+dbtest.Empty(t))
	sink.Stop()
	code, out, _ := runProgram(t, environ, "doctor")
	if code != 1 {
		t.Errorf("code %d", code)
	}
	contains(t, out, "FAILED", "portal migrate", "PORTAL_SMTP_HOST")
	code, out, errs := runProgram(t, []string{"DATABASE_URL=postgres://127.0.0.1:1/none"}, "doctor")
	if code != 1 {
		t.Errorf("without a database: code %d: %s%s", code, out, errs)
	}
	contains(t, out, "FAILED", "DATABASE_URL")
}

func TestRoutesAreThoseOfTheGoldenFile(t *testing.T) {
	t.Parallel()
	code, out, errs := runProgram(t, nil, "routes")
	if code != 0 {
		t.Fatalf("code %d: %s", code, errs)
	}
	want, err := os.ReadFile(filepath.Join("..", "app", "testdata", "routes.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if out != string(want) {
		t.Errorf("portal routes prints\n%s", out)
	}
}

func TestConfigMasksSecrets(t *testing.T) {
	t.Parallel()
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("a secret from a file, long enough"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := runProgram(t, []string{"DATABASE_URL=postgres://portal:hunter2@db/portal", "PORTAL_SECRET_FILE=" + key}, "config")
	if code != 0 {
		t.Errorf("code %d: %s", code, errs)
	}
	contains(t, out, "PORTAL_ADDR", "postgres://portal@db/portal", "PORTAL_SECRET")
	if strings.Contains(out+errs, "hunter2") || strings.Contains(out+errs, "a secret from a file") {
		t.Errorf("it shows a secret:\n%s%s", out, errs)
	}
}

// Who is added by the command sets up the account with the link that it prints, once.
func TestStaffAddOpensTheDesk(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 1)
	link := r.addStaff(t, "luis@secretariat.example", "Luis Paredes", identity.Lead)
	c := r.visitor(t)
	path := strings.TrimPrefix(link, r.url)
	form := c.Get(path).Want(http.StatusOK).Form("main form")
	form.Set("password", "short").Submit().Want(http.StatusUnprocessableEntity)
	form.Set("password", password).Submit().Want(http.StatusSeeOther)
	if got := c.Get("/en/desk").Want(http.StatusSeeOther).Location(); !strings.HasPrefix(got, "/en/account/factor") {
		t.Errorf("without a second factor the desk leads to %s", got)
	}
	firstCode(t, c)
	page := c.Get("/en/desk").Want(http.StatusOK)
	if !page.Contains(says(i18n.English, "review.queue.title")) {
		t.Errorf("the desk says %s", page.Text("main"))
	}
	c.Get(path).Want(http.StatusGone)
	if code, out, errs := runProgram(t, r.environ, "staff", "add", "luis@secretariat.example", "--admin"); code != 0 {
		t.Errorf("a second role: code %d: %s%s", code, out, errs)
	}
	c.Get("/en/desk/people").Want(http.StatusOK)
	if code, out, errs := runProgram(t, r.environ, "staff", "reset-factors", "luis@secretariat.example"); code != 0 || !strings.Contains(out, "/sign-in") {
		t.Errorf("a lost phone: code %d: %s%s", code, out, errs)
	}
	c.Get("/en/desk").Want(http.StatusSeeOther) // signed out
	for _, address := range []string{"luis@secretariat.example", "nobody@secretariat.example"} {
		if code, _, errs := runProgram(t, r.environ, "staff", "reset-factors", address); code != 1 || !strings.Contains(errs, address) {
			t.Errorf("nothing to reset: code %d: %s", code, errs)
		}
	}
	webtest.NewUser(t, r.db, "Somebody", nil)
	if code, _, _ := runProgram(t, r.environ, "staff", "add", "no address", "--admin"); code != 2 {
		t.Errorf("no address: code %d", code)
	}
}
