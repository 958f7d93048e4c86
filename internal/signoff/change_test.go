package signoff_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/problem"
	"portal/internal/signoff"
	"portal/internal/workflow"
)

// A change of what the parties read reopens signatures, and says so; a change back restores them.
func TestAChangeReopensWhatItTouches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.asked()
	w.signAll(id)
	signed := w.states(id)
	above := func(step string) string {
		t.Helper()
		sub, err := workflow.Find(t.Context(), w.db.Read(), id, w.Filer.User)
		if err != nil {
			t.Fatal(err)
		}
		c, err := w.service.Above(t.Context(), sub, step)
		if err != nil || c == nil {
			return ""
		}
		var page strings.Builder
		if err := c.Render(t.Context(), &page); err != nil {
			t.Fatal(err)
		}
		return page.String()
	}
	if text := above("note"); !strings.Contains(text, "4 signatures cover these answers") || !strings.Contains(text, "Fund for Women") {
		t.Errorf("the writer is not warned: %s", text)
	}
	if text := above(""); !strings.Contains(text, "4 signatures cover") {
		t.Errorf("who takes over a file is not warned: %s", text)
	}
	if text := above("contacts"); text != "" {
		t.Errorf("a step that no signature covers warns: %s", text)
	}
	w.save(id, with(form.Answers{"contacts.0.name": {"Another Contact"}}), workflow.Origin{})
	if got := w.states(id); got != signed {
		t.Errorf("a contact person reopens: %s", got)
	}
	w.later(time.Minute)
	w.save(id, with(form.Answers{"purpose": {"Something else."}}), workflow.Origin{})
	if got := w.states(id); got != "Labour Agency reopened, Fund for Women reopened, Ministry of Trade reopened, Busia County asked, RC Kenya reopened" {
		t.Fatalf("a change leaves %s", got)
	}
	if got := w.letters(w.Agent.User.Email) + "|" + w.letters(fundMail); got != "ask|ask given" {
		t.Errorf("told while somebody writes were %s", got)
	}
	if text := above("note"); !strings.Contains(text, "4 signatures must be given again") {
		t.Errorf("the writer is not told afterwards: %s", text)
	}
	page := w.Filer.In(t).Get(pageOf(id)).Want(http.StatusOK)
	if page.Contains("signs by a link from a mail") {
		t.Error("how somebody signed is said twice")
	}
	if !page.Contains("Changed since it was signed: ") || !page.Contains("by filer") || !page.Contains("ask again") {
		t.Errorf("the page says %s", page.Text("main"))
	}
	if held, _ := problem.InvalidFields(w.submit(id)); len(held) == 0 {
		t.Error("a note that has changed can be sent")
	}
	w.Agent.In(t).Get(w.pageOfSignature(id, "Labour Agency")).WantRedirect(pageOf(id)) // nobody signs until they are asked again
	if dead := w.Visitor.In(t).Get(w.link(tradeMail)).Want(http.StatusGone); !dead.Contains("being changed") {
		t.Errorf("a link says %s", dead.Text("main"))
	}
	w.save(id, answers(), workflow.Origin{})
	if got := w.states(id); got != signed {
		t.Errorf("the old text leaves %s", got)
	}
	if err := w.submit(id); err != nil {
		t.Errorf("it cannot be sent with the text as it was signed: %v", err)
	}
}

// Who has signed is told once that the text has changed, when nobody has written for a while: not with each saving, and not of what
// was put back.
func TestSignersAreToldOnceTheTextIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.asked()
	w.signAll(id)
	save := func(purpose string) {
		t.Helper()
		w.later(time.Minute)
		w.save(id, with(form.Answers{"purpose": {purpose}}), workflow.Origin{})
	}
	told := func(after time.Duration, want string) {
		t.Helper()
		w.later(after)
		if err := w.service.Care(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := w.letters(w.Agent.User.Email) + "|" + w.letters(fundMail); got != want {
			t.Errorf("told were %s, want %s", got, want)
		}
	}
	for range 3 {
		save("Something else.")
		save("Workers use what they learned.")
	}
	told(40*time.Minute, "ask|ask given") // it is as it was signed
	save("Something else.")
	save("Something else again.")
	told(10*time.Minute, "ask|ask given") // somebody may still be writing
	told(30*time.Minute, "ask reopened|ask given reopened")
	save("Something else a third time.")
	told(40*time.Minute, "ask reopened|ask given reopened") // they know
	// Put back and changed again it is another reopening. Asked before that is told, they are told with the question.
	save("Workers use what they learned.")
	save("The last word.")
	if err := w.service.Ask(t.Context(), w.Filer.User, id, request); err != nil {
		t.Fatal(err)
	}
	told(40*time.Minute, "ask reopened ask|ask given reopened ask")
}

// A party whose name is spelled otherwise is the same: by itself where only accents differ, else when the office says so.
func TestAPartyIsSpelledOtherwise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.asked()
	w.signAll(id)
	w.later(time.Minute)
	w.save(id, with(form.Answers{"organizations.2.name": {"Fünd for Women"}}), workflow.Origin{})
	if got := w.states(id); !strings.Contains(got, "Fünd for Women reopened") || strings.Contains(got, "void") || strings.Contains(got, "new") {
		t.Fatalf("with an accent: %s", got)
	}
	w.save(id, answers(), workflow.Origin{})
	if got := w.states(id); !strings.Contains(got, "Fund for Women signed") {
		t.Fatalf("without it again: %s", got)
	}
	w.save(id, with(form.Answers{"organizations.2.name": {"Fund for Womans"}}), workflow.Origin{})
	if got := w.states(id); !strings.Contains(got, "Fund for Women void") || !strings.HasSuffix(got, "Fund for Womans new") {
		t.Fatalf("another name: %s", got)
	}
	page := w.Filer.In(t).Get(pageOf(id) + "/ask").Want(http.StatusOK)
	if !page.Contains("Was Fund for Womans named otherwise before?") || page.Contains("Was Labour Agency named") {
		t.Errorf("the office is not asked whether it is the same party: %s", page.Text("main"))
	}
	same := signoff.Request{Contacts: request.Contacts, Was: map[string]int64{"organizations:fund for womans": w.signature(id, "Fund for Women"), "organizations:labour agency": w.signature(id, "Fund for Women")}}
	if err := w.service.Ask(t.Context(), w.Filer.User, id, same); err != nil {
		t.Fatal(err)
	}
	if got := w.states(id); got != "Labour Agency asked, Fund for Womans asked, Ministry of Trade waiting, Busia County asked, RC Kenya waiting" {
		t.Errorf("the same party is %s", got)
	}
	if got := w.letters(fundMail); got != "ask given ask" {
		t.Errorf("its person was written %s", got)
	}
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'signatures.rename' AND actor_id = $1`, w.Filer.User.ID); n != 1 {
		t.Errorf("%d namings are recorded", n)
	}
	if page := w.Filer.In(t).Get(pageOf(id)).Want(http.StatusOK); !page.Contains("Fund for Womans is the party that was called otherwise before") {
		t.Errorf("the history says %s", page.Text("main"))
	}
	w.signByLink(fundMail)
}

// Whoever was asked to sign a note is told when its office takes it back.
func TestPartiesAreToldOfAWithdrawal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.asked()
	w.sign(w.Agent, id, "Labour Agency")
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		sub, err := workflow.Lock(t.Context(), tx, id, w.Filer.User)
		if err == nil {
			_, err = workflow.Apply(t.Context(), tx, w.kind, &sub, workflow.Withdraw, w.Filer.User, workflow.Input{}, w.clock())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.letters(w.Agent.User.Email) + "|" + w.letters(fundMail) + "|" + w.letters(tradeMail); got != "ask withdrawn|ask withdrawn|" {
		t.Errorf("told were %s", got)
	}
}

// What a page saves by itself reopens nothing while somebody types; yet nothing is signed or sent on top of it.
func TestWhatAPageSavesByItselfIsNoticedInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.asked()
	w.signAll(id)
	w.save(id, with(form.Answers{"purpose": {"Something el"}}), workflow.Origin{Quiet: true, Page: "p"})
	if got := w.states(id); strings.Contains(got, "reopened") || w.letters(w.Agent.User.Email) != "ask" {
		t.Errorf("typing reopens: %s", got)
	}
	if page := w.Agent.In(t).Get(pageOf(id)); !page.Contains("To be signed again") {
		t.Error("the page shows a signature that does not hold")
	}
	if held, _ := problem.InvalidFields(w.submit(id)); len(held) == 0 {
		t.Error("it can be sent")
	}
	w.later(time.Hour)
	w.exec(`UPDATE submissions SET changed_at = $2 WHERE id = $1`, id, w.clock().Add(-40*time.Minute))
	if err := w.service.Care(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.states(id); !strings.Contains(got, "Labour Agency reopened") {
		t.Errorf("the clock leaves %s", got)
	}
}

// A partner that is removed after signing is void and told; its history stays. Named again with the same text, it holds again.
func TestAPartnerIsRemovedAfterSigning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.asked()
	w.signAll(id)
	w.save(id, with(form.Answers{"organizations.2.name": nil}), workflow.Origin{})
	if got := w.states(id); !strings.Contains(got, "Labour Agency reopened, Fund for Women void") {
		t.Fatalf("it leaves %s", got)
	}
	w.later(time.Hour)
	if err := w.service.Care(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.letters(fundMail); got != "ask given void" {
		t.Errorf("the partner was written %s", got)
	}
	if page := w.Filer.In(t).Get(pageOf(id)).Want(http.StatusOK); !page.Contains("No longer a party") || !page.Contains("Joy Signer") {
		t.Errorf("the history is gone: %s", page.Text("main"))
	}
	if dead := w.Visitor.In(t).Get(w.link(fundMail)).Want(http.StatusGone); !dead.Contains("nothing to sign") {
		t.Errorf("its link says %s", dead.Text("main"))
	}
	w.save(id, with(form.Answers{"organizations.3.name": {"City Network"}}), workflow.Origin{})
	if got := w.states(id); !strings.Contains(got, "Fund for Women reopened") || !strings.HasSuffix(got, "City Network new") {
		t.Errorf("named again, with another: %s", got)
	}
	w.save(id, answers(), workflow.Origin{})
	if got := w.states(id); got != "Labour Agency signed, Fund for Women signed, Ministry of Trade signed, Busia County asked, RC Kenya signed" {
		t.Errorf("as it was: %s", got)
	}
}
