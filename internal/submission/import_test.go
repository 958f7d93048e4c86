package submission_test

import (
	"fmt"
	"net/http"
	"net/url"
	"portal/internal/submission"
	"portal/internal/workflow"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

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
			for _, words := range []string{"A register of recruiters", "Amina", "Agencies", "31 2 2027", i18n.TL(lang, "form.date.day", i18n.TL(lang, "form.in_row", i18n.TL(lang, "pledge.field.indicators.row", 1), i18n.Key("pledge.field.indicators.due.label")))} {
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

// draftWith is a draft of the member's office with some steps answered.
func (w *world) draftWith(steps map[string]form.Answers) int64 {
	w.Helper()
	id, err := w.service.Start(w.Context(), w.Member.User, "pledge", w.Office)
	if err != nil {
		w.Fatal(err)
	}
	for step, a := range steps {
		w.save(w.Member, id, step, a)
	}
	return id
}

// save saves a step on top of what it is now.
func (w *world) save(who webtest.Person, id int64, step string, a form.Answers) {
	w.Helper()
	c, err := w.service.Open(w.Context(), who.User, id)
	if err == nil {
		_, err = w.service.SaveStep(w.Context(), who.User, id, step, workflow.Origin{Version: c.Text.Steps[step].Version}, a)
	}
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) answers(id int64) form.Answers {
	w.Helper()
	c, err := w.service.Open(w.Context(), w.Member.User, id)
	if err != nil {
		w.Fatal(err)
	}
	return c.Answers
}

// uploadInto uploads a file into a draft and returns the preview.
func (w *world) uploadInto(who webtest.Person, id int64, content []byte) *webtest.Page {
	w.Helper()
	return who.In(w).PostMultipart(fmt.Sprintf("/en/submissions/%d/import", id), url.Values{}, webtest.File{Field: "file", Name: "pledge.docx", Content: content})
}

const previewForm = `form[action$="#errors"]`

func TestADraftKeepsWhatTheFileLeavesBlank(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draftWith(map[string]form.Answers{
		"what": {"title": {"Old name"}, "type": {"individual"}}, "contacts": {"contact_name": {"Amina"}, "contact_email": {"amina@migration.example"}},
	})
	preview := w.uploadInto(w.Member, id, w.filledFile(i18n.English, form.Answers{"title": {"New name"}, "contact_name": {"Amina"}, "description": {"Text."}})).Want(http.StatusSeeOther).Follow().Want(http.StatusOK)
	if !preview.Contains("Old name") || !preview.Contains("New name") {
		t.Error("the preview does not show both names")
	}
	if got := preview.Count(`input[name^="take."]`); got != 2 {
		t.Errorf("%d answers to choose from, want the two names", got)
	}
	preview.Form(previewForm).Set("erase.contact_email", "yes").Submit().Want(http.StatusSeeOther)
	want := form.Answers{"title": {"New name"}, "type": {"individual"}, "contact_name": {"Amina"}, "description": {"Text."}}
	if got := w.answers(id); !got.Equal(want) {
		t.Errorf("the draft holds %q, want %q", got, want)
	}

	t.Run("and the draft's answer where one says so", func(t *testing.T) {
		preview := w.uploadInto(w.Member, id, w.filledFile(i18n.Arabic, form.Answers{"title": {"Third name"}})).Want(http.StatusSeeOther).Follow()
		preview.Form(previewForm).Set("take.title", "draft").Submit().Want(http.StatusSeeOther)
		if got := w.answers(id).First("title"); got != "New name" {
			t.Errorf("the name is %q", got)
		}
	})
}

func TestAnAnswerThatAColleagueChangedIsNotOverwritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draftWith(map[string]form.Answers{"what": {"title": {"Old name"}, "type": {"individual"}}})
	preview := w.uploadInto(w.Member, id, w.filledFile(i18n.English, form.Answers{"title": {"Name of the file"}, "description": {"Text."}})).Want(http.StatusSeeOther).Follow()
	w.save(w.Head, id, "what", form.Answers{"title": {"Name of the colleague"}, "type": {"individual"}})
	conflict := preview.Form(previewForm).Submit().Want(http.StatusConflict)
	if !conflict.Contains("Name of the colleague") || conflict.Has(`input[name="take.title"][checked]`) {
		t.Error("the page does not ask which name to keep")
	}
	if got := w.answers(id); got.First("title") != "Name of the colleague" || got.First("description") != "" {
		t.Errorf("something was written: %q", got)
	}
	conflict.Form(previewForm).Submit().Want(http.StatusUnprocessableEntity) // without a choice
	conflict.Form(previewForm).Set("take.title", "file").Submit().Want(http.StatusSeeOther)
	if got := w.answers(id); got.First("title") != "Name of the file" || got.First("description") != "Text." {
		t.Errorf("the draft holds %q", got)
	}
}

func TestAnAnswerThatAColleagueGaveMeanwhileIsNotOverwritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draftWith(nil)
	preview := w.uploadInto(w.Member, id, w.filledFile(i18n.English, form.Answers{"title": {"Name of the file"}})).Want(http.StatusSeeOther).Follow()
	w.save(w.Head, id, "what", form.Answers{"title": {"Name of the colleague"}})
	preview.Form(previewForm).Submit().Want(http.StatusConflict).Form(previewForm).Set("take.title", "draft").Submit().Want(http.StatusSeeOther)
	if got := w.answers(id).First("title"); got != "Name of the colleague" {
		t.Errorf("the name is %q", got)
	}
}

func TestAnotherPersonsFileIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := w.uploadNew(w.Member, i18n.English, "pledge.docx", w.filledFile(i18n.English, someAnswers)).Want(http.StatusSeeOther).Location()
	for _, person := range w.everybody() {
		if person.Kind == w.Member.Kind || !person.User.SignedIn() {
			continue
		}
		person.In(t).Get(to).Want(http.StatusNotFound)
		person.In(t).Post(to, url.Values{}).Want(http.StatusNotFound)
		person.In(t).Post(to+"/cancellation", url.Values{}).Want(http.StatusNotFound)
	}
	w.Member.In(t).Get(to).Want(http.StatusOK)
}

func TestACancelledFileLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	drafts := value[int](w, `SELECT count(*) FROM submissions`)
	to := w.uploadNew(w.Member, i18n.English, "pledge.docx", w.filledFile(i18n.English, someAnswers)).Want(http.StatusSeeOther).Location()
	preview := w.Member.In(t).Get(to).Want(http.StatusOK)
	preview.Form(`form[action$="/cancellation"]`).Submit().WantRedirect("/en/pledges/new")
	w.Member.In(t).Get(to).Want(http.StatusNotFound)
	preview.Form(previewForm).Submit().Want(http.StatusNotFound)
	if left := value[int](w, `SELECT count(*) FROM imports`); left != 0 || value[int](w, `SELECT count(*) FROM submissions`) != drafts {
		t.Errorf("%d files are left", left)
	}
}

func TestAFileWaitsForAWeek(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := w.uploadNew(w.Member, i18n.English, "pledge.docx", w.filledFile(i18n.English, someAnswers)).Want(http.StatusSeeOther).Location()
	w.later(7*24*time.Hour - time.Minute)
	w.drop()
	preview := w.Member.In(t).Get(to).Want(http.StatusOK)
	w.later(2 * time.Minute)
	preview.Form(previewForm).Submit().Want(http.StatusNotFound)
	w.drop()
	if left := value[int](w, `SELECT count(*) FROM imports`); left != 0 {
		t.Errorf("%d files are left", left)
	}
}

func (w *world) drop() {
	w.Helper()
	if err := w.service.DropImports(w.Context()); err != nil {
		w.Fatal(err)
	}
}

func TestWhoConfirmsTwiceAtOnceConfirmsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	drafts := value[int](w, `SELECT count(*) FROM submissions`)
	to := w.uploadNew(w.Member, i18n.English, "pledge.docx", w.filledFile(i18n.English, someAnswers)).Want(http.StatusSeeOther).Location()
	number, err := strconv.ParseInt(to[strings.LastIndexByte(to, '/')+1:], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int64, 8)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			id, err := w.service.ConfirmImport(t.Context(), w.Member.User, number, submission.Decision{})
			if err != nil {
				t.Error(err)
			}
			ids[i] = id
		})
	}
	group.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("several drafts: %v", ids)
		}
	}
	if n := value[int](w, `SELECT count(*) FROM submissions`); n != drafts+1 {
		t.Errorf("%d drafts were begun", n-drafts)
	}
	if !w.answers(ids[0]).Equal(someAnswers) {
		t.Errorf("the draft holds %q", w.answers(ids[0]))
	}
}

func TestAnUploadThatIsRefusedSaysWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draftWith(nil)
	for _, c := range []struct {
		name    string
		content []byte
		status  int
		key     string
	}{
		{"a text", []byte("Dear Sir or Madam"), http.StatusUnprocessableEntity, "word.refused.not_word"},
		{"a blank form", w.filledFile(i18n.English, nil), http.StatusUnprocessableEntity, "word.refused.empty"},
		{"too large", make([]byte, word.MaxBytes+1), http.StatusRequestEntityTooLarge, "word.refused.too_large"},
	} {
		for _, page := range []*webtest.Page{w.uploadInto(w.Member, id, c.content), w.uploadNew(w.Member, i18n.English, "pledge.docx", c.content)} {
			page.Want(c.status)
			if want := i18n.TL(i18n.English, c.key, "pledge.docx"); !strings.Contains(page.One("#errors").Text(), want) {
				t.Errorf("%s: the page does not say %q", c.name, want)
			}
		}
	}
	page := w.Member.In(t).PostMultipart("/en/imports", url.Values{"kind": {"pledge"}}).Want(http.StatusUnprocessableEntity)
	for _, key := range []string{"submission.import.office.missing", "submission.import.file.missing"} {
		if !page.Contains(i18n.TL(i18n.English, key)) {
			t.Errorf("the page does not say %s", key)
		}
	}
	w.Member.In(t).PostMultipart("/en/imports", url.Values{"kind": {"nonsense"}}).Want(http.StatusNotFound)
	if n := value[int](w, `SELECT count(*) FROM imports`); n != 0 {
		t.Errorf("%d files were kept", n)
	}
}

func TestAFileForADraftThatWasSentMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draftWith(nil)
	preview := w.uploadInto(w.Member, id, w.filledFile(i18n.English, someAnswers)).Want(http.StatusSeeOther).Follow()
	w.exec(`UPDATE submissions SET state = 'submitted', submitted_revision = 1 WHERE id = $1`, id)
	preview.Form(previewForm).Submit().Want(http.StatusConflict)
	if n := value[int](w, `SELECT count(*) FROM imports WHERE confirmed_at IS NULL`); n != 1 {
		t.Errorf("the file was forgotten")
	}
	w.exec(`UPDATE submissions SET state = 'draft', submitted_revision = NULL WHERE id = $1`, id)
	preview.Form(previewForm).Submit().Want(http.StatusSeeOther)
}

func TestAViewerNeitherUploadsNorConfirms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draftWith(nil)
	w.Viewer.In(t).Get(fmt.Sprintf("/en/submissions/%d/import", id)).Want(http.StatusForbidden)
	w.uploadInto(w.Viewer, id, w.filledFile(i18n.English, someAnswers)).Want(http.StatusForbidden)
	w.uploadNew(w.Viewer, i18n.English, "pledge.docx", w.filledFile(i18n.English, someAnswers)).Want(http.StatusForbidden)
	w.uploadInto(w.OtherMember, id, w.filledFile(i18n.English, someAnswers)).Want(http.StatusNotFound)
}

func TestAWordCopyOfADraftComesBackUnchanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draftWith(map[string]form.Answers{"what": {"title": {"A register"}, "type": {"individual"}}, "contacts": {"contact_name": {"Amina"}}})
	copied := w.Member.In(t).Get(fmt.Sprintf("/ar/submissions/%d/word", id)).Want(http.StatusOK)
	if got := copied.Header.Get("Content-Type"); got != word.MediaType {
		t.Errorf("it is sent as %q", got)
	}
	preview := w.uploadInto(w.Member, id, []byte(copied.Body)).Want(http.StatusSeeOther).Follow()
	if preview.Has(`input[name^="take."]`) || preview.Has(`input[name^="erase."]`) {
		t.Error("something differs")
	}
	for _, person := range w.everybody() {
		if !person.User.SignedIn() {
			continue
		}
		_, own := person.User.Post(w.Office)
		if status := person.In(t).Get(fmt.Sprintf("/en/submissions/%d/word", id)).Status; (status == http.StatusOK) != own {
			t.Errorf("%s gets %d", person.Kind, status)
		}
	}
}
