package signoff_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"portal/internal/form"
	"portal/internal/problem"
	"portal/internal/signoff"
	"portal/internal/workflow"
)

// Links that are forged, forwarded, used, expired or of somebody else.
func TestLinksToSign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.asked()
	v := w.Visitor.In(t)
	for _, forged := range []string{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "%00", "..%2f..", strings.Repeat("A", 3000)} {
		v.Get("/en/t/signature/" + forged).Want(http.StatusNotFound)
		v.Post("/en/t/signature/"+forged, url.Values{"answer": {"sign"}, "name": {"x"}, "position": {"y"}}).Want(http.StatusNotFound)
		v.Post("/en/t/signature/"+forged+"/link", nil).Want(http.StatusNotFound)
	}
	first := w.link(fundMail)
	page := v.Get(first).Want(http.StatusOK)
	if !page.Contains("Whoever uses it, we confirm it to that address") || page.Contains(fundMail) || page.Contains("Secret Contact") {
		t.Errorf("the page says %s", page.Text("main"))
	}
	if got := page.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
		t.Errorf("the page may be kept: %s", got)
	}
	f := page.Form("main form")
	bad := f.Submit().Want(http.StatusUnprocessableEntity)
	if !bad.Contains("Choose whether you sign") {
		t.Errorf("without an answer: %s", bad.Text("#errors"))
	}
	bad = bad.Form("main form").Set("answer", "decline").Submit().Want(http.StatusUnprocessableEntity)
	for _, want := range []string{"Say why you do not sign", "Enter your name", "Enter your position"} {
		if !bad.Contains(want) {
			t.Errorf("%q is not told: %s", want, bad.Text("#errors"))
		}
	}
	bad.Form("main form").Set("answer", "sign").Set("name", strings.Repeat("x", 300)).Set("position", "y").Submit().Want(http.StatusUnprocessableEntity)
	// A text that has changed since the page was read is not signed.
	w.save(id, with(form.Answers{"purpose": {"Another purpose"}}), workflow.Origin{})
	stale := page.Form("main form").Set("answer", "sign").Set("name", "Joy").Set("position", "Director").Submit().Want(http.StatusConflict)
	if !stale.Contains("has changed since you opened this page") || stale.Form("main form").Value("name") != "Joy" {
		t.Errorf("a stale page says %s", stale.Text("main"))
	}
	stale.Form("main form").Set("answer", "sign").Submit().WantRedirect(first)
	used := v.Get(first).Want(http.StatusGone)
	if !used.Contains("Fund for Women has signed") || !used.Contains("To take the signature back") {
		t.Errorf("a used link says %s", used.Text("main"))
	}
	v.Post(first, url.Values{"answer": {"decline"}, "reason": {"I am somebody else"}, "name": {"x"}, "position": {"y"}, "read": {"z"}}).Want(http.StatusGone)
	if got := w.letters(fundMail); got != "ask given" {
		t.Errorf("written to the address of the link: %s", got)
	}
	// It was forwarded, and the addressee takes it back with the link of the receipt.
	second := w.link(fundMail)
	back := v.Get(second).Want(http.StatusOK)
	back.Form("main form").Set("answer", "decline").Set("reason", "Not by us").Set("name", "Ms Link").Set("position", "Head").Submit().WantRedirect(second)
	if got := w.states(id); !strings.Contains(got, "Fund for Women declined") || !strings.Contains(w.letters(w.Filer.User.Email), "declined") {
		t.Errorf("taken back: %s", got)
	}
	// Expired: another one goes to the same address, at most three a day.
	w.later(signoff.LinkLife + time.Hour)
	third := w.link(fundMail)
	for range 3 {
		v.Get(third).Want(http.StatusGone).Form("main form").Submit().Want(http.StatusSeeOther)
	}
	v.Get(third).Form("main form").Submit().Want(http.StatusTooManyRequests)
	if fresh := w.link(fundMail); fresh == third {
		t.Error("no other link was sent")
	} else {
		v.Get(fresh).Want(http.StatusOK)
	}
}

// Somebody else is named to sign: the first link ends.
func TestAnotherPersonIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.asked()
	first := w.link(fundMail)
	other := signoff.Request{Contacts: map[string]signoff.Contact{"organizations:fund for women": {Name: "Mr New", Email: "new@fund.example"}, "governments:KE:ministry of trade": request.Contacts["governments:KE:ministry of trade"]}}
	if err := w.service.Ask(t.Context(), w.Filer.User, id, other); err != nil {
		t.Fatal(err)
	}
	w.later(time.Second)
	w.Visitor.In(t).Get(first).Want(http.StatusGone)
	w.Visitor.In(t).Get(w.link("new@fund.example")).Want(http.StatusOK)
	if got := w.letters(w.Agent.User.Email); got != "ask" {
		t.Errorf("who stays the same is asked again: %s", got)
	}
	w.exec(`INSERT INTO email_changes (user_id, old_email, new_email, requested_at, expires_at, undo_until, stop_hash) VALUES ($1, 'was@rc.example', 'Will.be@rc.example', now(), now(), now(), 'x')`, w.Filer.User.ID)
	tagged := strings.Replace(w.Filer.User.Email, "@", "+trade@", 1)
	for key, c := range map[string]signoff.Contact{"no address": {Name: "X", Email: "not an address"}, "own": {Name: "X", Email: w.Filer.User.Email}, "own to be": {Name: "X", Email: "will.be@rc.example"}, "own with a tag": {Name: "X", Email: tagged}, "long": {Name: strings.Repeat("x", 201), Email: "a@b.example"}, "control": {Name: "\x00", Email: "a@b.example\r\nBcc: x@y.example"}} {
		err := w.service.Ask(t.Context(), w.Filer.User, id, signoff.Request{Contacts: map[string]signoff.Contact{"organizations:fund for women": c}})
		if _, invalid := problem.InvalidFields(err); !invalid {
			t.Errorf("%s: %v", key, err)
		}
	}
	one := signoff.Contact{Name: "One for two", Email: "one@party.example"}
	err := w.service.Ask(t.Context(), w.Filer.User, id, signoff.Request{Contacts: map[string]signoff.Contact{"organizations:fund for women": one, "governments:KE:ministry of trade": {Name: "One", Email: "ONE@party.example"}}})
	if wrong, _ := problem.InvalidFields(err); len(wrong) != 1 || wrong[0].Key != "signoff.ask.wrong.twice" {
		t.Errorf("one person for two parties: %v", err)
	}
}
