package review_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"portal/internal/database"
	"portal/internal/review"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// letter is a mail in the outbox.
type letter struct {
	ToAddress string
	Lang      string
	Subject   string
	HTML      string
	Body      string
}

func (w *world) letters(id workflow.ID, kind string) []letter {
	w.Helper()
	all, err := database.Rows[letter](w.Context(), w.db.Read(), `SELECT to_address, lang, subject, html, body FROM outbox WHERE submission_id = $1 AND kind = $2 ORDER BY id`, id, kind)
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// The golden files are the letters as they leave, in English and Arabic: read their diff before committing.
func TestLetters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const title = "Register every child – تسجيل كل طفل"
	waiting := func(title string) workflow.ID {
		id := w.reviewed(title)
		w.exec(`UPDATE offices SET state = 'proposed' WHERE id = $1`, w.Office)
		return id
	}
	revised := func(title string) workflow.ID {
		id := w.published(title)
		w.step(id, w.Member.User, workflow.Revise, "")
		w.step(id, w.Member.User, workflow.Submit, "")
		if err := w.desk.Assign(t.Context(), w.Officer.User, id, w.Officer.User.ID, w.version(id)); err != nil {
			t.Fatal(err)
		}
		return id
	}
	note := "Thank you, 谢谢 🙏\n\n<b>Bold</b> & *this*:\n\n- one\n- two"
	for _, c := range []struct {
		name string
		make func(string) workflow.ID
		d    review.Decision
	}{
		{"publish", w.reviewed, review.Decision{Action: workflow.Publish, Note: note}},
		{"publish-again", revised, review.Decision{Action: workflow.Publish}},
		{"approve", waiting, review.Decision{Action: workflow.Approve}},
		{"request-changes", w.reviewed, review.Decision{Action: workflow.RequestChanges, Note: note, Changes: []workflow.ChangeRequest{
			{Field: "title", Body: "Shorter.\n\nOne line is enough."}, {Field: "barriers", Body: "ما هي العوائق؟"},
		}}},
		{"decline", w.reviewed, review.Decision{Action: workflow.Decline, Note: note}},
		{"decline-version", revised, review.Decision{Action: workflow.Decline, Note: "What is public says it better."}},
		{"archive", w.published, review.Decision{Action: workflow.Archive, Note: "The office asked for it."}},
		{"message", w.reviewed, review.Decision{}},
	} {
		id := c.make(title)
		kind := "review." + string(c.d.Action)
		w.exec(`DELETE FROM outbox`)
		if c.name == "message" {
			kind = "review.message"
			if err := w.desk.Message(t.Context(), w.Officer.User, id, note); err != nil {
				t.Fatal(err)
			}
		} else {
			c.d.Version = w.version(id)
			preview, err := w.desk.Preview(t.Context(), w.Officer.User, id, c.d)
			if err != nil {
				t.Fatal(err)
			}
			w.decide(id, c.d)
			sent := w.letters(id, kind)
			for i, p := range preview {
				if i >= len(sent) || p.Mail.To != sent[i].ToAddress || p.Mail.Subject != sent[i].Subject || c.name != "publish" && p.Mail.HTML != sent[i].HTML {
					t.Errorf("%s: the letter to %s is not the one that was shown", c.name, p.To.Name)
				}
			}
			if c.name == "publish" && !strings.Contains(preview[0].Text, "It is given when you confirm") {
				t.Errorf("before it has an ID the letter shows %q", preview[0].Text)
			}
		}
		w.exec(`UPDATE offices SET state = 'approved' WHERE id = $1`, w.Office)
		var to []string
		for _, l := range w.letters(id, kind) {
			to = append(to, l.ToAddress)
			dir := map[string]string{"en": "ltr", "ar": "rtl"}[l.Lang]
			if !strings.Contains(l.HTML, fmt.Sprintf(`<html lang="%s" dir="%s">`, l.Lang, dir)) {
				t.Errorf("%s: the letter to %s does not say its language and direction", c.name, l.ToAddress)
			}
			if strings.Contains(l.HTML, "<b>Bold") || strings.Contains(l.HTML, "⟦") || strings.Contains(l.Body, "⟦") {
				t.Errorf("%s: the letter to %s has markup of people's or a missing text", c.name, l.ToAddress)
			}
			if l.ToAddress == w.Member.User.Email || l.Lang == "ar" {
				golden := strings.NewReplacer(fmt.Sprintf("GCM-P-%04d", id), "GCM-P-0001", fmt.Sprintf("/submissions/%d\"", id), "/submissions/1\"", fmt.Sprintf("/submissions/%d<", id), "/submissions/1<",
					fmt.Sprintf("/submissions/%d\n", id), "/submissions/1\n")
				webtest.Golden(t, "letters/"+c.name+"."+l.Lang+".html", []byte(strings.ReplaceAll(golden.Replace(l.HTML), "><", ">\n<")+"\n"))
				webtest.Golden(t, "letters/"+c.name+"."+l.Lang+".txt", []byte(golden.Replace(l.Subject+"\n\n"+l.Body+"\n")))
			}
		}
		slices.Sort(to)
		want := []string{w.Arab.User.Email, w.Head.User.Email, w.Member.User.Email}
		slices.Sort(want)
		if !slices.Equal(to, want) {
			t.Errorf("%s: letters go to %v, want %v, each once", c.name, to, want)
		}
	}
}

func TestLettersGoToWhoIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draft(w.pledge, w.Head.User, w.Office, complete("The head's own"))
	w.step(id, w.Head.User, workflow.Submit, "")
	send := func(note string) []string {
		t.Helper()
		w.exec(`DELETE FROM outbox`)
		if err := w.desk.Message(t.Context(), w.Officer.User, id, note); err != nil {
			t.Fatal(err)
		}
		return w.mails(id, "review.message")
	}
	if got := send("one"); len(got) != 2 {
		t.Errorf("an author who is the head gets %v", got)
	}
	w.exec(`UPDATE posts SET state = 'ended' WHERE user_id = $1`, w.Head.User.ID)
	if got := send("two"); !slices.Equal(got, []string{"ar " + w.Arab.User.Email}) {
		t.Errorf("after the author has left it goes to %v", got)
	}
	w.exec(`UPDATE users SET lang = 'fr' WHERE id = $1`, w.Arab.User.ID)
	if got := send("three"); len(got) != 1 || !strings.HasSuffix(got[0], w.Arab.User.Email) {
		t.Errorf("in a language that is not offered yet it goes to %v", got)
	}
	w.exec(`UPDATE users SET closed_at = now() WHERE id = $1`, w.Arab.User.ID)
	if got := send("four"); len(got) != 0 {
		t.Errorf("to nobody it goes to %v", got)
	}
}
