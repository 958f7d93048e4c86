package journey

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

// A person changes the address of the account, takes that back by the mail to the old address, takes their data along
// and deletes the account.
func TestAnAccountIsMovedExportedAndDeleted(t *testing.T) {
	t.Parallel()
	p := newPortal(t, false)
	who := webtest.NewUser(t, p.db, "Wen Li", nil)
	address := func() string { return value[string](t, p.db, `SELECT email FROM users WHERE id = $1`, who.ID) }
	b := p.enter(t, who, wide)
	b.want(b.visit("/en/account/email"), http.StatusOK)
	b.fill("#email", "wen.li@moved.example")
	b.want(b.press("main form .btn"), http.StatusOK)
	b.want(b.visit(p.mailTo(t, "wen.li@moved.example", emailLink)), http.StatusOK)
	b.reads(who.Email, "wen.li@moved.example")
	b.want(b.press("main form .btn"), http.StatusOK)
	if address() != "wen.li@moved.example" {
		t.Fatalf("the address is still %s", address())
	}
	b.want(b.visit(p.mailTo(t, who.Email, emailLink)), http.StatusOK)
	b.axeAtBothWidths()
	b.want(b.press("main form .btn"), http.StatusOK)
	if address() != who.Email {
		t.Fatalf("the address was not taken back: %s", address())
	}

	again, err := identity.Load(t.Context(), p.db.Read(), who.ID)
	if err != nil {
		t.Fatal(err)
	}
	b = p.enter(t, again, wide)
	b.want(b.visit("/en/account/data"), http.StatusOK)
	got, err := run(b, chromedp.Evaluate[string](`fetch(document.querySelector("main a[href$='data.zip']").href).then(async r => r.status + " " + (await r.text()).slice(0, 2))`, chromedp.EvalAwaitPromise))
	if err != nil || got != "200 PK" {
		t.Errorf("the data are %q, not an archive: %v", got, err)
	}
	b.want(b.visit("/en/account/deletion"), http.StatusOK)
	b.choose("[name=understood]")
	b.want(b.press("main form .btn"), http.StatusOK)
	b.axeAtBothWidths()
	if n := value[int](t, p.db, `SELECT count(*) FROM users WHERE id = $1 AND closed_at IS NOT NULL AND name NOT LIKE '%Wen%' AND coalesce(email, '') <> $2`, who.ID, who.Email); n != 1 {
		t.Error("the account is not anonymous")
	}
	b.visit("/en/account")
	b.reads(says(i18n.English, "account.sign_in.title"))
}
