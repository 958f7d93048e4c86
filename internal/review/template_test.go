package review_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/review"
	"portal/internal/workflow"
)

const goodLetter = "Dear {name},\n\nYour **pledge** {title} of {office} is declined.\n\n{note}\n\n{link}\n\nThe desk"

func TestWordings(t *testing.T) {
	t.Parallel()
	swap := func(old, new string) string { return strings.Replace(goodLetter, old, new, 1) }
	for _, c := range []struct {
		name   string
		letter string
		w      review.Wording
		want   []string
	}{
		{"a good letter", "decline", review.Wording{Subject: "Declined: {title}", Body: goodLetter}, nil},
		{"no subject", "decline", review.Wording{Body: goodLetter}, []string{"subject review.letters.wrong.subject"}},
		{"no text", "decline", review.Wording{Subject: "x"}, []string{"body review.letters.wrong.body"}},
		{"an unknown placeholder", "decline", review.Wording{Subject: "x", Body: goodLetter + " {titel}"}, []string{"body review.letters.wrong.unknown"}},
		{"an unknown placeholder in the subject", "decline", review.Wording{Subject: "{titel}", Body: goodLetter}, []string{"subject review.letters.wrong.unknown"}},
		{"a paragraph in the subject", "decline", review.Wording{Subject: "{note}", Body: goodLetter}, []string{"subject review.letters.wrong.unknown"}},
		{"the changes of another letter", "decline", review.Wording{Subject: "x", Body: goodLetter + "\n\n{changes}"}, []string{"body review.letters.wrong.unknown"}},
		{"without the link", "decline", review.Wording{Subject: "x", Body: swap("{link}", "")}, []string{"body review.letters.wrong.needed"}},
		{"without the note", "decline", review.Wording{Subject: "x", Body: swap("{note}", "")}, []string{"body review.letters.wrong.needed"}},
		{"without the changes", "request_changes", review.Wording{Subject: "x", Body: goodLetter}, []string{"body review.letters.wrong.needed"}},
		{"with the changes and the day", "request_changes", review.Wording{Subject: "x", Body: goodLetter + "\n\n{changes}\n\nUntil {due}."}, nil},
		{"a note within a line", "decline", review.Wording{Subject: "x", Body: swap("{note}", "We say: {note}")}, []string{"body review.letters.wrong.block"}},
		{"a note in a list", "decline", review.Wording{Subject: "x", Body: swap("{note}", "- {note}")}, []string{"body review.letters.wrong.block"}},
		{"two links", "decline", review.Wording{Subject: "x", Body: goodLetter + "\n\n{link}"}, []string{"body review.letters.wrong.once"}},
		{"a title within an address", "decline", review.Wording{Subject: "x", Body: goodLetter + "\n\n[here](https://example.org/{title})"}, []string{"body review.letters.wrong.hidden"}},
		{"braces that are no placeholder", "decline", review.Wording{Subject: "x", Body: goodLetter + "\n\n{ and {\n"}, nil},
		{"as long as may be", "decline", review.Wording{Subject: strings.Repeat("x", review.MaxSubject), Body: goodLetter + strings.Repeat("x", review.MaxLetter-len(goodLetter))}, nil},
		{"too long", "decline", review.Wording{Subject: strings.Repeat("x", review.MaxSubject+1), Body: goodLetter + strings.Repeat("x", review.MaxLetter)}, []string{"subject review.letters.wrong.long", "body review.letters.wrong.long"}},
	} {
		fields, _ := problem.InvalidFields(c.w.Check(c.letter))
		var got []string
		for _, f := range fields {
			got = append(got, f.Name+" "+f.Key)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Whatever somebody types, checking it ends, and what was found good has nothing left to fill in.
func FuzzWording(f *testing.F) {
	f.Add("Declined: {title}", goodLetter)
	f.Add("{x", "{note}\n\n> {link}\n\n\uE0000\uE001 <b>{title}</b>")
	f.Fuzz(func(t *testing.T, subject, body string) {
		w := review.Wording{Subject: subject, Body: body}
		if w.Check("decline") != nil {
			return
		}
		for _, needed := range []string{"{note}", "{link}"} {
			if strings.Count(body, needed) != 1 {
				t.Errorf("%q was found good without %s", body, needed)
			}
		}
	})
}

func TestLettersInTheDesksWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead, other := w.withLeads()
	key := review.LetterKey{Letter: "decline", Lang: i18n.English}
	words := review.Wording{Subject: "About {title}", Body: goodLetter}
	save := func(who identity.User, k review.LetterKey, seen int, words review.Wording) error {
		return w.desk.SaveLetter(t.Context(), who, identity.PledgesDesk, k, seen, words)
	}
	for name, err := range map[string]error{
		"an officer":           save(w.Officer.User, key, 0, words),
		"the owner":            save(w.Head.User, key, 0, words),
		"a letter there isn't": save(lead.User, review.LetterKey{Letter: "no_such", Lang: "en"}, 0, words),
		"a language":           save(lead.User, review.LetterKey{Letter: "decline", Lang: "xx"}, 0, words),
		"another desk's kind":  save(lead.User, review.LetterKey{Kind: "practice", Letter: "decline", Lang: "en"}, 0, words),
	} {
		if !errors.Is(err, problem.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := save(lead.User, key, 0, words); err != nil {
		t.Fatal(err)
	}
	if err := save(lead.User, key, 0, words); err != nil {
		t.Errorf("sent twice: %v", err)
	}
	if err := save(other.User, key, 0, review.Wording{Subject: "Mine", Body: goodLetter}); !errors.Is(err, problem.Stale) {
		t.Errorf("over a version that was not seen: %v", err)
	}
	w.later(time.Minute)
	const title = `Register <b>*every*</b> child {note}`
	decline := func() []letter {
		t.Helper()
		id := w.reviewed(title)
		w.exec(`DELETE FROM outbox`)
		w.decide(id, review.Decision{Action: workflow.Decline, Note: "Not **about** migration"})
		return w.letters(id, "review.decline")
	}
	of := func(all []letter, lang string) letter {
		for _, l := range all {
			if l.Lang == lang {
				return l
			}
		}
		t.Fatalf("no letter in %s", lang)
		return letter{}
	}
	all := decline()
	english := of(all, "en")
	if english.Subject != "About "+title || !strings.Contains(english.HTML, "<strong>pledge</strong>") || !strings.Contains(english.HTML, "Register &lt;b&gt;*every*&lt;/b&gt; child {note}") ||
		!strings.Contains(english.HTML, "Not <strong>about</strong> migration") || !strings.Contains(english.HTML, "Open your submission") || strings.Contains(english.HTML, "<b>") {
		t.Errorf("the letter is %q: %s", english.Subject, english.HTML)
	}
	if arabic := of(all, "ar"); strings.Contains(arabic.HTML, "About") || !strings.Contains(arabic.HTML, `<html lang="ar" dir="rtl">`) {
		t.Error("whoever reads Arabic gets the English letter, though the portal speaks Arabic")
	}
	if err := save(lead.User, review.LetterKey{Kind: "pledge", Letter: "decline", Lang: i18n.Arabic}, 0, review.Wording{Subject: "بشأن {title}", Body: strings.Replace(goodLetter, "Dear", "السيد(ة)", 1)}); err != nil {
		t.Fatal(err)
	}
	w.later(time.Minute)
	if arabic := of(decline(), "ar"); arabic.Subject != "بشأن "+title || !strings.Contains(arabic.HTML, `<div lang="ar" dir="rtl">`) || !strings.Contains(arabic.HTML, "السيد(ة)") {
		t.Errorf("the Arabic letter is %q", arabic.Subject)
	}
	// A language that the portal does not speak yet has its letter, and English where it has none.
	w.exec(`UPDATE users SET lang = 'fr' WHERE id = $1`, w.Arab.User.ID)
	about := func(subject string) int {
		n := 0
		for _, l := range decline() {
			if strings.HasPrefix(l.Subject, subject) {
				n++
			}
		}
		return n
	}
	if n := about("About"); n != 3 {
		t.Errorf("without a French letter %d get the English one", n)
	}
	if err := save(lead.User, review.LetterKey{Letter: "decline", Lang: i18n.French}, 0, review.Wording{Subject: "Au sujet de {title}", Body: goodLetter}); err != nil {
		t.Fatal(err)
	}
	w.later(time.Minute)
	if n := about("Au sujet"); n != 1 {
		t.Errorf("%d get the French one", n)
	}
	if err := w.desk.RestoreLetter(t.Context(), lead.User, identity.PledgesDesk, key, 1, 0); err != nil {
		t.Fatal(err)
	}
	w.later(time.Minute)
	if n := about("Declined: "); n != 2 {
		t.Errorf("the portal's letter goes to %d", n)
	}
	if err := w.desk.RestoreLetter(t.Context(), other.User, identity.PledgesDesk, key, 2, 1); err != nil {
		t.Fatal(err)
	}
	w.later(time.Minute)
	if n := about("About"); n != 2 {
		t.Errorf("the restored letter goes to %d", n)
	}
	if v, err := w.desk.LetterVersions(t.Context(), lead.User, identity.PledgesDesk, key); err != nil || len(v) != 3 || v[0].SavedBy != other.User.Name || v[1].Body != "" {
		t.Errorf("the versions are %+v, %v", v, err)
	}
}

// What a lead has read is what leaves, whatever is worded anew before it does.
func TestAReleaseKeepsTheWordsThatWereRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead, _ := w.withLeads()
	id := w.reviewed("Worded")
	w.held(id, review.Decision{Action: workflow.Decline, Note: "No"})
	w.release(lead.User)
	w.later(time.Minute)
	if err := w.desk.SaveLetter(t.Context(), lead.User, identity.PledgesDesk, review.LetterKey{Letter: "decline", Lang: i18n.English}, 0, review.Wording{Subject: "Newly worded", Body: goodLetter}); err != nil {
		t.Fatal(err)
	}
	w.later(5 * time.Minute)
	if err := w.desk.GoReleases(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, l := range w.letters(id, "review.decline") {
		if l.Subject == "Newly worded" {
			t.Error("a letter leaves that nobody has read")
		}
	}
}

func TestThePagesOfLetters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead, other := w.withLeads()
	id := w.reviewed("The last pledge")
	w.Officer.In(t).Get("/en/desk/letters").Want(403)
	w.Member.In(t).Get("/en/desk/letters").Want(404)
	reads(t, lead.In(t).Get("/en/desk/letters").Want(200), "td", "The portal’s letter", "Empty: English is sent")
	lead.In(t).Get("/en/desk/letters?kind=practice").Want(404)
	lead.In(t).Get("/en/desk/letters/nothing/en").Want(404)
	lead.In(t).Get("/en/desk/letters/decline/xx").Want(404)
	const path = "/en/desk/letters/decline/en"
	page := lead.In(t).Get(path).Want(200)
	reads(t, page, "textarea", "Dear {name},", "{note}", "{link}")
	form := url.Values{"subject": {"About {title}"}, "body": {goodLetter}, "version": {"0"}, "sample": {fmt.Sprint(id)}, "step": {"preview"}}
	page = lead.In(t).Post(path, form).Want(200)
	reads(t, page, ".mailframe", "About The last pledge", "of Ministry", "The officer’s message")
	if n := value[int](w, `SELECT count(*)::int FROM letter_templates`); n != 0 {
		t.Error("a preview saves")
	}
	page = lead.In(t).Post("/ar/desk/letters/request_changes/ar", url.Values{"subject": {"تعديلات"}, "body": {"{note}\n\n{changes}\n\n{link}\n\nقبل {due}"}, "step": {"preview"}}).Want(200)
	if !strings.Contains(string(page.Body), `class="mailframe mt4" lang="ar" dir="rtl"`) {
		t.Error("the Arabic letter is not shown from right to left")
	}
	reads(t, page, ".mailframe", "15 كانون الأول/ديسمبر 2026")
	bad := url.Values{"subject": {""}, "body": {"{nonsense} kept as typed"}, "version": {"0"}}
	page = lead.In(t).Post(path, bad).Want(422)
	reads(t, page, "#errors", "Enter a subject.", "There is no placeholder {nonsense} here.")
	reads(t, page, "textarea", "{nonsense} kept as typed")
	lead.In(t).Post(path, url.Values{"version": {"0"}}).Want(422)
	form.Del("step")
	lead.In(t).Post(path, form).Want(303)
	reads(t, lead.In(t).Get("/en/desk/letters").Want(200), "td", "Own words, version 1")
	reads(t, lead.In(t).Get("/en/desk/letters?kind=pledge").Want(200), "td", "The desk’s letter for every kind")
	form.Set("subject", "Typed by the other")
	page = other.In(t).Post(path, form).Want(409)
	reads(t, page, "#errors", "Lead One saved this letter at 24 November 2026, 09:42 UTC.")
	if !strings.Contains(string(page.Body), "Typed by the other") || !strings.Contains(string(page.Body), "About {title}") {
		t.Error("the other does not see both texts")
	}
	other.In(t).Post(path+"/restored", url.Values{"version": {"1"}, "take": {"7"}}).Want(404)
	other.In(t).Post(path+"/restored", url.Values{"version": {"1"}, "take": {"0"}}).Want(303)
	reads(t, other.In(t).Get("/en/desk/letters").Want(200), "td", "The portal’s letter")
	w.Officer.In(t).Post(path, form).Want(403)
	w.Officer.In(t).Post(path+"/restored", form).Want(403)
}
