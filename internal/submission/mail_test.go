package submission_test

import (
	"fmt"
	"strings"
	"testing"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

type letter struct {
	Kind, Lang, ToAddress, Subject, HTML, Body, State string
}

func (w *world) letters(id workflow.ID) []letter {
	w.Helper()
	all, err := database.Rows[letter](w.Context(), w.db.Read(), `SELECT kind, lang, to_address, subject, html, body, state FROM outbox
		WHERE submission_id = $1 ORDER BY id`, id)
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// TestMails sends every mail of this area to people of two languages and compares them with the golden files.
func TestMails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`UPDATE users SET lang = 'ar' WHERE id = $1`, w.Lead.User.ID)
	w.exec(`UPDATE users SET lang = 'fr' WHERE id = $1`, w.Head.User.ID) // not offered yet: English
	id := w.start()
	w.exec(`UPDATE submissions SET author_id = $2 WHERE id = $1`, id, w.Arab.User.ID)
	w.write(id, with(complete(), form.Answers{"title": {"تسجيل كل طفل <b>يولد</b> & more"}}))
	if err := w.service.Submit(t.Context(), w.Arab.User, id, submission.Declaration{Made: true}); err != nil {
		t.Fatal(err)
	}
	w.decide(id, workflow.Input{}, workflow.Take)
	w.decide(id, workflow.Input{Note: "Say more"}, workflow.RequestChanges)
	if err := w.service.Submit(t.Context(), w.Arab.User, id, submission.Declaration{Made: true}); err != nil {
		t.Fatal(err)
	}
	if err := w.service.Reply(t.Context(), w.Arab.User, id, "We mean **2027**.\n\n<script>alert(1)</script>"); err != nil {
		t.Fatal(err)
	}
	if err := w.service.Withdraw(t.Context(), w.Arab.User, id); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	seen := map[string]bool{}
	for _, m := range w.letters(id) {
		dir := map[string]string{"ar": "rtl", "en": "ltr"}[m.Lang]
		if !strings.Contains(m.HTML, fmt.Sprintf(`<html lang="%s" dir="%s"`, m.Lang, dir)) {
			t.Errorf("%s to %s: the mail is not marked as %s, %s", m.Kind, m.ToAddress, m.Lang, dir)
		}
		if strings.Contains(m.HTML, "<script") || strings.Contains(m.HTML, "<b>") || strings.Contains(m.HTML, "⟦") {
			t.Errorf("%s to %s: the mail holds markup of people's, or a text is missing", m.Kind, m.ToAddress)
		}
		for _, part := range strings.Split(m.HTML, `href="`)[1:] {
			if href, _, _ := strings.Cut(part, `"`); !strings.HasPrefix(href, "https://portal.example.org/"+m.Lang+"/") && !strings.HasPrefix(href, "mailto:") {
				t.Errorf("%s to %s: a link leads to %q", m.Kind, m.ToAddress, href)
			}
		}
		if m.State != "queued" {
			t.Errorf("%s to %s is %s", m.Kind, m.ToAddress, m.State)
		}
		if strings.Contains(m.HTML, "a.d@example.org") {
			t.Errorf("%s to %s names a contact person", m.Kind, m.ToAddress)
		}
		seen[m.Kind+" "+m.Lang] = true
		fmt.Fprintf(&all, "=== %s to %s in %s\nSubject: %s\n\n%s\n\n", m.Kind, m.ToAddress, m.Lang, m.Subject, m.Body)
	}
	for _, kind := range []string{"receipt", "desk_new", "desk_again", "desk_reply", "desk_back"} {
		for _, lang := range []string{"en", "ar"} {
			if !seen["submission."+kind+" "+lang] {
				t.Errorf("nobody got %s in %s", kind, lang)
			}
		}
	}
	webtest.Golden(t, "mails.txt", []byte(all.String()))
}

func TestNobodyWithAConflictGetsAMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent()
	want := map[string]bool{w.Member.User.Email: true, w.Head.User.Email: true, w.Officer.User.Email: true, w.Lead.User.Email: true}
	got := w.letters(id)
	for _, m := range got {
		if !want[m.ToAddress] {
			t.Errorf("%s went to %s", m.Kind, m.ToAddress)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d mails, want %d", len(got), len(want))
	}
}

func TestOneMailIsEnoughForAHeadWhoIsTheAuthor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ready()
	w.exec(`UPDATE submissions SET author_id = $2 WHERE id = $1`, id, w.Head.User.ID)
	if err := w.service.Submit(t.Context(), w.Head.User, id, submission.Declaration{Made: true}); err != nil {
		t.Fatal(err)
	}
	if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE submission_id = $1 AND kind = 'submission.receipt'`, id); n != 1 {
		t.Errorf("%d receipts, want one", n)
	}
}
