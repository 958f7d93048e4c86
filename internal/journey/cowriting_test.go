package journey

import (
	"net/http"
	"regexp"
	"testing"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

var draftLink = regexp.MustCompile(`https?://[^/\s]+(/[a-z]{2}/t/draft/[A-Z2-7]+)`)

// barriers is what is kept of one answer of the draft.
func (o *office) barriers() string {
	o.t.Helper()
	return value[string](o.t, o.db, `SELECT coalesce(answers->'barriers'->>0, '') FROM submission_steps WHERE submission_id = $1 AND step = 'text'`, o.id)
}

// Somebody of another office follows the link of the mail, accepts, and writes; whoever has the step open is shown to
// the others.
func TestAGuestWritesADraft(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	guest := webtest.NewUser(t, o.db, "Nadia Farah", nil)
	invite(t, o.portal, o.client(t, o.head), o.id, guest.Email, "edit")
	link := o.mailTo(t, guest.Email, draftLink)
	b := o.enter(t, guest, wide)
	b.want(b.visit(link), http.StatusOK)
	b.reads(wordings[i18n.English].title, "Amina")
	b.want(b.press("main button[value=accept]"), http.StatusOK)
	b.axeAtBothWidths()
	a := o.window(t, o.head, true)
	a.want(a.visit(o.step(i18n.English, "text")), http.StatusOK)
	a.saysNot("Nadia Farah")
	b.want(b.visit(o.step(i18n.English, "text")), http.StatusOK)
	b.reads("Amina")
	a.comes(`document.body.innerText.includes("Nadia Farah")`) // by script: the page was open before
	b.fill("#barriers", typed)
	b.want(b.press(".formfoot button[value=later]"), http.StatusOK)
	if got := o.barriers(); got != typed {
		t.Errorf("what is kept is %q", got)
	}
}

// The session ends while a script saves: the page says so and leads to the way in, which opens beside it; once one is
// signed in there, the text is saved without another word.
func TestASessionThatEndsUnderAutosaveLosesNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	withPassword(t, o)
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		b := o.window(t, o.head, true)
		b.visit(o.step(lang, "text"))
		b.fill("#barriers", typed+string(lang))
		o.endSessions()
		b.comes(`document.querySelector("[data-status] a[target=_blank]")`)
		b.axeAtBothWidths()
		beside := b.another()
		beside.visit("/" + string(lang) + "/sign-in")
		o.byPassword(beside, lang)
		eventually(t, "the text is saved", func() bool { return o.barriers() == typed+string(lang) })
		if got := b.value("#barriers"); got != typed+string(lang) {
			t.Errorf("on the page stands %q", got)
		}
	}
}

// withPassword gives the head a password and loads them anew, since a new password ends all sessions.
func withPassword(t *testing.T, o *office) {
	t.Helper()
	o.client(t, o.head).Post("/en/account/password", map[string][]string{"password": {password}}).Want(http.StatusSeeOther)
	who, err := identity.Load(t.Context(), o.db.Read(), o.head.ID)
	if err != nil {
		t.Fatal(err)
	}
	o.head = who
}

// Whoever was slower may take the other's answer with one button, with and without scripts.
func TestTheOthersAnswerIsTaken(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, scripts bool) {
		o := newOffice(t)
		a, b := o.window(t, o.head, scripts), o.window(t, o.colleague, scripts)
		for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
			theirs := "What Amina writes, in " + string(lang)
			a.visit(o.step(lang, "text"))
			b.visit(o.step(lang, "text"))
			a.fill("#barriers", theirs)
			a.want(a.press(".formfoot button[value=later]"), http.StatusOK)
			b.fill("#barriers", typed)
			b.fill("#support_offered", "What Kofi offers in "+string(lang))
			b.want(b.press(".formfoot button[value=later]"), http.StatusConflict)
			b.push(says(lang, "submission.conflict.take") + " " + says(lang, "pledge.field.barriers.label"))
			if got := b.value("#barriers"); got != theirs {
				t.Errorf("after taking the other's answer one has %q", got)
			}
			if got := b.value("#support_offered"); got != "What Kofi offers in "+string(lang) {
				t.Errorf("one's other answer is now %q", got)
			}
			b.want(b.press(".formfoot button[value=later]"), http.StatusOK)
			if got := o.barriers(); got != theirs {
				t.Errorf("what is kept is %q", got)
			}
		}
	})
}
