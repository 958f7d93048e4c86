package submission_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/webtest"
	"portal/internal/word"
)

// filledFile is the form as a Word file with the answers, in the language.
func (w *world) filledFile(lang i18n.Lang, a form.Answers) []byte {
	w.Helper()
	vocabulary, err := gcm.Load(w.Context(), w.db.Read())
	if err != nil {
		w.Fatal(err)
	}
	content, err := word.Write(i18n.WithLang(w.Context(), lang), word.File{Definition: questions, Vocabulary: vocabulary, Answers: a})
	if err != nil {
		w.Fatal(err)
	}
	return content
}

var someAnswers = form.Answers{
	"contact_name": {"Amina"}, "title": {"A register of recruiters"}, "type": {"individual"}, "description": {"First.\n\n- one\n- two"},
	"indicators.0.what": {"Agencies"}, "indicators.0.target": {"120"}, "indicators.0.due.day": {"31"}, "indicators.0.due.month": {"2"}, "indicators.0.due.year": {"2027"},
}

// uploadNew uploads a file for a new draft and returns the answer.
func (w *world) uploadNew(who webtest.Person, lang i18n.Lang, name string, content []byte) *webtest.Page {
	w.Helper()
	return who.In(w).PostMultipart("/"+string(lang)+"/imports", url.Values{"kind": {"pledge"}, "office": {strconv.FormatInt(w.Office, 10)}}, webtest.File{Field: "file", Name: name, Content: content})
}

func TestAFilledWordFileBecomesADraft(t *testing.T) {
	t.Parallel()
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			before := value[int](w, `SELECT count(*) FROM submissions`)
			preview := w.uploadNew(w.Member, lang, "pledge.docx", w.filledFile(lang, someAnswers)).Want(http.StatusSeeOther).Follow().Want(http.StatusOK)
			for _, words := range []string{"A register of recruiters", "Amina", "Agencies", "31 2 2027", i18n.TL(lang, "form.date.day", i18n.Key("pledge.field.indicators.due.label"))} {
				if !preview.Contains(words) {
					t.Errorf("the preview does not say %q", words)
				}
			}
			if value[int](w, `SELECT count(*) FROM submissions`) != before {
				t.Error("a draft was begun before it was confirmed")
			}
			form := preview.Form(`form[action$="#errors"]`)
			page := form.Submit().Want(http.StatusSeeOther)
			page.Follow().Want(http.StatusOK)
			again := form.Submit().Want(http.StatusSeeOther)
			if again.Location() != page.Location() {
				t.Errorf("confirming twice led to %s and %s", page.Location(), again.Location())
			}
			if n := value[int](w, `SELECT count(*) FROM submissions`); n != before+1 {
				t.Errorf("%d drafts were begun", n-before)
			}
			id, err := strconv.ParseInt(page.Location()[strings.LastIndexByte(page.Location(), '/')+1:], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			c, err := w.service.Open(t.Context(), w.Member.User, id)
			if err != nil {
				t.Fatal(err)
			}
			if !c.Answers.Equal(someAnswers) {
				t.Errorf("the draft holds %v", c.Answers)
			}
		})
	}
}
