package journey

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

// typed is what people have in the fields when something goes wrong.
const typed = "The Labour Act knows no joint liability.\n\n<b>“Neither”</b> & nor 👩🏾‍🌾 – العربية"

// desk is a portal with an office whose people write, and a pledge that is being written.
type office struct {
	*portal
	t               *testing.T
	head, colleague identity.User
	id              string // of the draft
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{portal: newPortal(t, false), t: t}
	o.head = o.member(t, "Amina")
	o.colleague = webtest.NewUser(t, o.db, "Kofi", map[int64]identity.PostRole{o.head.Posts[0].OfficeID: identity.Contributor})
	o.id = wholeDraft(t, o.client(t, o.head), o.head)
	return o
}

// window opens a window in which the person is signed in, with or without scripts.
func (o *office) window(t *testing.T, who identity.User, scripts bool) *tab {
	t.Helper()
	b := o.enter(t, who, wide)
	if !scripts {
		b.withoutScripts()
	}
	return b
}

// step is the path of a step of the draft.
func (o *office) step(lang i18n.Lang, name string) string {
	return "/" + string(lang) + stepsOf(o.id) + name
}

// both runs a test with and without scripts.
func both(t *testing.T, test func(t *testing.T, scripts bool)) {
	t.Helper()
	for _, scripts := range []bool{true, false} {
		name := "with scripts"
		if !scripts {
			name = "without scripts"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, scripts)
		})
	}
}

// The session ends while somebody writes: after signing in again, by password or by a link from a mail, they are on the
// same page with everything that they have typed.
func TestAnEndedSessionLosesNothingTyped(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, scripts bool) {
		o := newOffice(t)
		o.client(t, o.head).Post("/en/account/password", url.Values{"password": {password}}).Want(http.StatusSeeOther)
		o.endSessions()
		var err error
		if o.head, err = identity.Load(t.Context(), o.db.Read(), o.head.ID); err != nil {
			t.Fatal(err)
		}
		for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
			b := o.window(t, o.head, scripts)
			b.want(b.visit(o.step(lang, "text")), http.StatusOK)
			b.fill("#barriers", typed)
			b.fill("#support_needed", "Two trainers")
			o.endSessions()
			b.want(b.press(".formfoot button[value=later]"), http.StatusOK)
			if !strings.HasPrefix(b.path(), "/"+string(lang)+"/sign-in") {
				t.Fatalf("one is at %s", b.path())
			}
			b.reads(says(lang, "web.held"))
			b.saysNot("joint liability")
			if lang == i18n.English {
				o.byPassword(b, lang)
			} else {
				o.byLink(b, lang)
			}
			if b.path() != o.step(lang, "text") {
				t.Fatalf("after signing in one is at %s", b.path())
			}
			b.reads(says(lang, "submission.held.title"))
			for field, want := range map[string]string{"#barriers": typed, "#support_needed": "Two trainers", "#description": wordings[i18n.English].description} {
				if got := b.value(field); got != want {
					t.Errorf("in %s stands %q, not %q", field, got, want)
				}
			}
			if scripts {
				b.axeAtBothWidths()
			}
			b.want(b.press(".formfoot button[value=later]"), http.StatusOK)
			if got := value[string](t, o.db, `SELECT answers->'barriers'->>0 FROM submission_steps WHERE submission_id = $1 AND step = 'text'`, o.id); got != typed {
				t.Errorf("what is kept is %q", got)
			}
			if n := value[int](t, o.db, `SELECT count(*) FROM held_posts`); n != 0 {
				t.Errorf("%d texts are still held after they were saved", n)
			}
			saveStep(o.client(t, o.head), o.id, "text", url.Values{}) // for the next language; the version is old, so nothing happens
			if _, err := o.db.Pool.Exec(t.Context(), `UPDATE submission_steps SET answers = answers - 'barriers' - 'support_needed' WHERE step = 'text'`); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// endSessions lets all sessions run out.
func (o *office) endSessions() {
	o.t.Helper()
	if _, err := o.db.Pool.Exec(o.t.Context(), `UPDATE sessions SET expires_at = now() - interval '1 minute'`); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) byPassword(b *tab, _ i18n.Lang) {
	b.t.Helper()
	b.fill("#email", o.head.Email)
	b.fill("#password", "not the password")
	b.want(b.press("main form .btn"), http.StatusUnprocessableEntity)
	b.fill("#password", password)
	b.want(b.press("main form .btn"), http.StatusOK)
}

func (o *office) byLink(b *tab, lang i18n.Lang) {
	b.t.Helper()
	b.want(b.follow(says(lang, "account.sign_in.link")), http.StatusOK)
	b.fill("#email", o.head.Email)
	b.want(b.press("main form .btn"), http.StatusOK)
	m := letter(b.t, o.sink, o.head.Email, says(i18n.Lang(o.head.Lang), "account.mail.sign_in.subject"), 0)
	b.want(b.visit("/"+string(lang)+strings.TrimPrefix(linkIn(b.t, m), "/"+o.head.Lang)), http.StatusOK)
	b.want(b.press("main form .btn"), http.StatusOK)
}

// Text that one person has typed is not given to a colleague who signs in at the same computer.
func TestHeldTextIsForItsWriterOnly(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.window(t, o.head, true)
	b.visit(o.step(i18n.English, "text"))
	b.fill("#barriers", typed)
	o.endSessions()
	b.press(".formfoot button[value=later]")
	o.signIn(b, o.colleague)
	b.want(b.visit(o.step(i18n.English, "text")), http.StatusOK)
	b.saysNot(says(i18n.English, "submission.held.title"))
	if got := b.value("#barriers"); got != "Staff turnover." {
		t.Errorf("the colleague sees %q", got)
	}
}

// Pressing the button twice, and once more after going back, sends once; each time the answer is that it was sent.
func TestSendingTwiceSendsOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, scripts bool) {
		o := newOffice(t)
		b := o.window(t, o.head, scripts)
		b.want(b.visit("/en/submissions/"+o.id+"/check"), http.StatusOK)
		b.choose("[name=declaration]")
		b.eval(`(() => { const button = document.querySelector(".panel--lead .btn"); button.click(); button.click(); })()`)
		b.comes(`location.pathname.endsWith("/submission") && document.readyState === "complete"`)
		b.reads(says(i18n.English, "submission.done.title"))
		o.back(b)
		if b.has("[name=declaration]") { // the browser had kept the page
			b.choose("[name=declaration]")
			b.want(b.press(".panel--lead .btn"), http.StatusOK)
			b.reads(says(i18n.English, "submission.done.title"))
		} else {
			b.reads(says(i18n.English, "submission.next.title"))
		}
		if n := events(t, o.db, o.id); n != 1 {
			t.Errorf("it was sent %d times", n)
		}
		if n := value[int](t, o.db, `SELECT count(*) FROM outbox WHERE submission_id = $1 AND to_user = $2`, o.id, o.head.ID); n != 1 {
			t.Errorf("%d receipts were written", n)
		}
		// A step that was open all the time cannot be saved any more; what was typed into it can be copied.
		b.want(b.visit(o.step(i18n.English, "text")), http.StatusOK)
		b.reads(says(i18n.English, "submission.flash.not_writable"))
	})
}

// back goes back as the browser's button does.
func (o *office) back(b *tab) {
	b.t.Helper()
	history := call(b, page.GetNavigationHistory, cdp.Empty{})
	call(b, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: history.Entries[history.CurrentIndex-1].ID})
	b.comes(`!location.pathname.endsWith("/submission") && document.readyState === "complete"`)
}

// A step that is open in one window while the pledge is sent from another: nothing changes, and the text can be copied.
func TestAStepThatCameTooLateGivesItsTextBack(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.window(t, o.head, true)
	b.visit(o.step(i18n.English, "text"))
	b.fill("#barriers", typed)
	if !sendIn(o.client(t, o.colleague), o.id) {
		t.Fatal("the colleague cannot send it")
	}
	b.want(b.press(".formfoot .btn"), http.StatusConflict)
	b.reads(says(i18n.English, "submission.refused.moved_on.title"), "joint liability", "العربية")
	b.axeAtBothWidths()
}

// Two people, or two tabs of one, on the same step: the second sees both texts and decides; on different steps nobody
// notices the other.
func TestTwoEditorsOfOneStep(t *testing.T) {
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
			b.fill("#support_offered", "What Kofi offers")
			b.want(b.press(".formfoot button[value=later]"), http.StatusConflict)
			b.reads(says(lang, "submission.conflict.title"), theirs, "Amina")
			if got := b.value("#barriers"); got != typed {
				t.Errorf("one's own text is now %q", got)
			}
			if scripts {
				b.axeAtBothWidths()
			}
			b.fill("#barriers", typed+"\n\n"+theirs)
			b.want(b.press(".formfoot button[value=later]"), http.StatusOK)
			if got := value[string](t, o.db, `SELECT answers->'barriers'->>0 FROM submission_steps WHERE submission_id = $1 AND step = 'text'`, o.id); got != typed+"\n\n"+theirs {
				t.Errorf("what is kept is %q", got)
			}
		}
		// Different steps.
		a.visit(o.step(i18n.English, "place"))
		b.visit(o.step(i18n.English, "nature"))
		a.fill("#locality", "Mombasa")
		a.want(a.press(".formfoot button[value=later]"), http.StatusOK)
		b.choose("[name=natures][value=human_resources]")
		b.want(b.press(".formfoot button[value=later]"), http.StatusOK)

		// The same person in two tabs.
		second := a.another()
		if !scripts {
			second.withoutScripts()
		}
		a.visit(o.step(i18n.English, "place"))
		second.visit(o.step(i18n.English, "place"))
		a.fill("#locality", "Nairobi")
		a.want(a.press(".formfoot button[value=later]"), http.StatusOK)
		second.fill("#locality", "Kisumu and Siaya")
		second.want(second.press(".formfoot button[value=later]"), http.StatusConflict)
		second.reads("Nairobi")
		if got := second.value("#locality"); got != "Kisumu and Siaya" {
			t.Errorf("the text of the second tab is now %q", got)
		}
	})
}

// Two officers at one submission: the second decision is not taken, and what was written for it is kept.
func TestTheSecondDecisionIsToldWhoWasFaster(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, scripts bool) {
		o := newOffice(t)
		first, second := o.officer(t, "Noor Haddad"), o.officer(t, "Mei Tanaka")
		if !sendIn(o.client(t, o.head), o.id) {
			t.Fatal("the pledge is not taken")
		}
		take(t, o.client(t, first), o.id)
		b := o.window(t, second, scripts)
		b.want(b.visit("/en/desk/submissions/"+o.id), http.StatusOK)
		decide(t, o.client(t, first), o.id, "publish", "")
		b.choose("[name=action][value=request_changes]")
		b.fill("#note", typed)
		b.want(b.press("#decision .btn"), http.StatusConflict)
		b.reads(says(i18n.English, "review.stale.title"), "Noor Haddad")
		if all := evaluate[string](b, `document.body.innerText + [...document.querySelectorAll("textarea")].map(e => e.value).join()`); !strings.Contains(all, "joint liability") {
			t.Errorf("what was written for the decision is lost:\n%s", b.gist())
		}
		if scripts {
			b.axeAtBothWidths()
		}
	})
}

// What is no document, or too large, is refused with a message at the field; the other files and the text are kept.
func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	program := append([]byte("MZ\x90\x00\x03\x00\x00\x00"), bytes.Repeat([]byte{0}, 4000)...)
	elf := append([]byte("\x7fELF\x02\x01\x01\x00"), bytes.Repeat([]byte{0}, 4000)...)
	large := append([]byte("%PDF-1.4\n"), bytes.Repeat([]byte("0123456789abcde\n"), 26<<16)...)  // 26 MB
	larger := append([]byte("%PDF-1.4\n"), bytes.Repeat([]byte("0123456789abcde\n"), 30<<16)...) // 30 MB
	files := map[string]string{
		"windows": file(t, "Decree.pdf", program), "linux": file(t, "Décret 法令.pdf", elf), "large": file(t, "Large.pdf", large), "larger": file(t, "Larger.pdf", larger),
		"good": document(t, attached), "later": document(t, "notes.txt"),
	}
	both(t, func(t *testing.T, scripts bool) {
		o := newOffice(t)
		b := o.window(t, o.head, scripts)
		kept := func(names ...string) {
			t.Helper()
			if n := value[int](t, o.db, `SELECT count(*) FROM attachments WHERE submission_id = $1`, o.id); n != len(names) {
				t.Errorf("%d files are kept, not %v", n, names)
			}
			b.reads(names...)
			if got := value[string](t, o.db, `SELECT answers->'description'->>0 FROM submission_steps WHERE submission_id = $1 AND step = 'text'`, o.id); got != wordings[i18n.English].description {
				t.Errorf("the draft says %q", got)
			}
		}
		b.visit(o.step(i18n.English, "files"))
		b.attach("#files", files["windows"], files["good"], files["linux"])
		b.want(b.press(".formfoot .btn"), http.StatusUnprocessableEntity)
		b.reads(says(i18n.English, "attachment.program", "Decree.pdf"), says(i18n.English, "attachment.program", "Décret 法令.pdf"))
		kept(attached)
		if scripts {
			b.axeAtBothWidths()
		}
		for name, path := range map[string]string{"Large.pdf": files["large"], "Larger.pdf": files["larger"]} {
			b.attach("#files", path, files["later"])
			if scripts { // it is said before anything is sent
				b.comes(`document.querySelector("#files-size")?.textContent.includes(` + quoted(name) + `)`)
				b.eval(`document.querySelector(".formfoot .btn").click()`)
				b.comes(`document.activeElement.type === "file"`)
				kept(attached)
				continue
			}
			b.want(b.press(".formfoot .btn"), http.StatusRequestEntityTooLarge)
			b.reads(says(i18n.English, "attachment.too_large", name, 25))
			kept(attached, "notes.txt")
		}
		b.visit(o.step(i18n.English, "files"))
		b.want(b.press(`.files button[value^="unfile:"]`), http.StatusOK)
		b.reads(says(i18n.English, "submission.flash.file_removed"))
	})
}

// A page can hold what no keyboard types: a NUL, a million bytes in one answer, an option that was not offered.
func TestTextsThatNobodyTypes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := o.window(t, o.head, true)
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		b.visit(o.step(lang, "text"))
		b.put("#barriers", "before\x00after")
		b.want(b.press(".formfoot .btn"), http.StatusUnprocessableEntity)
		b.reads(says(lang, "form.removed", says(lang, "pledge.field.barriers.label")))
		if got := b.value("#barriers"); got != "beforeafter" {
			t.Errorf("what is left is %q", got)
		}
		b.axe()
	}
	for letter, size := range map[string]int{"a": 1_000_000, "字": 100_000, "👩‍👩‍👧": 100_000} { // as sent, three times as much
		b.visit(o.step(i18n.English, "text"))
		n := size / len(letter) // a person counts letters, not bytes
		b.eval(fmt.Sprintf(`document.querySelector("#description").value = %s.repeat(%d)`, quoted(letter), n))
		b.want(b.press(".formfoot .btn"), http.StatusUnprocessableEntity)
		b.reads(says(i18n.English, "form.too_long", says(i18n.English, "pledge.field.description.label"), 3000, n))
		if !evaluate[bool](b, fmt.Sprintf(`document.querySelector("#description").value === %s.repeat(%d)`, quoted(letter), n)) {
			t.Errorf("a text of %d × %s is not on the page any more", n, letter)
		}
	}
	b.visit(o.step(i18n.English, "place"))
	b.eval(`(() => { const e = document.querySelector("[name=countries][value=UG]"); e.value = "XX"; e.checked = true; })()`)
	b.want(b.press(".formfoot .btn"), http.StatusUnprocessableEntity)
	b.reads(says(i18n.English, "form.option", says(i18n.English, "pledge.field.countries.label")))
	b.axeAtBothWidths()
}

// Another office's draft is not there, by whatever address.
func TestAnotherOfficesDraftIsNotThere(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	stranger := o.member(t, "Wen")
	b := o.window(t, stranger, true)
	for _, path := range []string{"", "/steps/text", "/check", "/print", "/compare", "/withdrawal", "/submission"} {
		b.want(b.visit("/en/submissions/"+o.id+path), http.StatusNotFound)
		b.reads(says(i18n.English, "web.problem.not_found.title"))
		b.saysNot(wordings[i18n.English].title, "Office of Amina", "Amina")
	}
	b.axeAtBothWidths()
	c := o.client(t, stranger)
	saveStep(c, o.id, "text", url.Values{"description": {"Not mine"}}).Want(http.StatusNotFound)
	c.Post("/en/submissions/"+o.id+"/submission", url.Values{"declaration": {"yes"}}).Want(http.StatusNotFound)
	c.Post("/en/submissions/"+o.id+"/withdrawal", nil).Want(http.StatusNotFound)
	if got := value[string](t, o.db, `SELECT state || ' ' || (SELECT answers->'description'->>0 FROM submission_steps WHERE submission_id = s.id AND step = 'text') FROM submissions s WHERE id = $1`, o.id); got != "draft "+wordings[i18n.English].description {
		t.Errorf("the draft is now %q", got)
	}
}
