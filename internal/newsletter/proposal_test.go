package newsletter

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/word"
	"portal/internal/workflow"
)

// proposed are the answers of an item that is complete.
func proposed() form.Answers {
	return form.Answers{
		"versions.0.language": {"fr"}, "versions.0.title": {"Un guichet <b>ouvert</b>"}, "versions.0.text": {"Deux phrases.\nEncore une."},
		"versions.1.language": {"ar"}, "versions.1.title": {"شباك"}, "versions.1.text": {"نص"},
		"link": {"https://example.org/one"}, "themes": {"1"},
	}
}

func TestWhatIsWrongWithAProposedItem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	env := form.Env{Vocabulary: w.service.Vocabulary(), Today: date.Of(start)}
	for name, c := range map[string]struct {
		changes form.Answers
		want    string // name and key of the first problem; "" for none
	}{
		"all right":             {nil, ""},
		"for everybody":         {form.Answers{"themes": nil}, ""},
		"a language twice":      {form.Answers{"versions.1.language": {"fr"}}, "versions.1.language newsletter_item.wrong.twice"},
		"no language":           {form.Answers{"versions.0.language": nil}, "versions.0.language newsletter_item.field.versions.language.missing"},
		"another language":      {form.Answers{"versions.0.language": {"de"}}, "versions.0.language form.option"},
		"no title":              {form.Answers{"versions.1.title": {" "}}, "versions.1.title newsletter_item.field.versions.title.missing"},
		"a title without end":   {form.Answers{"versions.0.title": {strings.Repeat("é", MaxTitle+1)}}, "versions.0.title form.too_long"},
		"a text without end":    {form.Answers{"versions.0.text": {strings.Repeat("é", MaxText+1)}}, "versions.0.text form.too_long"},
		"a link that runs":      {form.Answers{"link": {"javascript:alert(1)"}}, "link form.url"},
		"a theme that is none":  {form.Answers{"themes": {"99"}}, "themes form.option"},
		"for the day after":     {form.Answers{"not_before.day": {"25"}, "not_before.month": {"11"}, "not_before.year": {"2026"}}, ""},
		"for 2031":              {form.Answers{"not_before.day": {"1"}, "not_before.month": {"1"}, "not_before.year": {"2031"}}, "not_before.day newsletter_item.wrong.far"},
		"for a day that is not": {form.Answers{"not_before.day": {"30"}, "not_before.month": {"2"}, "not_before.year": {"2027"}}, "not_before.day form.date.day"},
	} {
		got := ""
		if problems := w.service.Kind().Form.Problems(form.Merge(proposed(), c.changes), env); len(problems) > 0 {
			got = problems[0].Name + " " + problems[0].Key
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for _, l := range []i18n.Lang{i18n.English, i18n.Arabic} {
		content, err := word.Write(i18n.WithLang(t.Context(), l), word.File{Definition: w.service.Kind().Form, Answers: proposed(), Vocabulary: env.Vocabulary, Upload: "https://portal.example/", Site: "Portal"})
		if err != nil {
			t.Fatal(err)
		}
		back, err := word.Read(t.Context(), content, w.service.Kind().Form, env.Vocabulary)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range proposed() {
			if is := back.Answers.All(name); strings.Join(is, "|") != strings.Join(want, "|") {
				t.Errorf("%s, %s was %q and is %q in the Word file", name, l, want, is)
			}
		}
	}
}

// take takes steps of the plan, the owner's and the desk's.
func (w *world) take(t *testing.T, id workflow.ID, who identity.User, actions ...workflow.Action) error {
	t.Helper()
	for _, action := range actions {
		err := w.db.InTx(t.Context(), func(tx database.Tx) error {
			sub, err := workflow.Lock(t.Context(), tx, id, who)
			if err == nil {
				_, err = workflow.Apply(t.Context(), tx, w.service.Kind(), &sub, action, who, workflow.Input{Note: "Why"}, w.clock())
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// accepted is an item of the cast's office that the desk has accepted.
func (w *world) accepted(t *testing.T, changes form.Answers) workflow.ID {
	t.Helper()
	var id workflow.ID
	err := w.db.InTx(t.Context(), func(tx database.Tx) (err error) {
		if id, err = workflow.Start(t.Context(), tx, w.service.Kind(), w.Office, w.Member.User, w.clock()); err != nil {
			return err
		}
		sub, err := workflow.Lock(t.Context(), tx, id, w.Member.User)
		for _, step := range w.service.Kind().Form.Steps {
			only := form.Answers{}
			for _, f := range step.Fields {
				only = only.With(f, form.Merge(proposed(), changes))
			}
			if err == nil {
				_, err = workflow.SaveStep(t.Context(), tx, w.service.Kind(), &sub, step.ID, 0, only, w.Member.User, w.clock())
			}
		}
		return err
	})
	if err == nil {
		err = w.take(t, id, w.Member.User, workflow.Submit)
	}
	if err == nil {
		err = w.take(t, id, w.editor.User, workflow.Take, workflow.Approve)
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// From the proposals of an office to the mail that says that it is out.
func TestTheWayOfAProposedItem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reader := w.addReader(t, "reader@example.org", Choices{Lang: i18n.French})
	first, second := w.accepted(t, nil), w.accepted(t, form.Answers{"versions.0.title": {"Second"}})
	third := w.accepted(t, form.Answers{"versions.0.title": {"Third"}})
	w.accepted(t, form.Answers{"versions.0.title": {"Of January"}, "not_before.day": {"1"}, "not_before.month": {"1"}, "not_before.year": {"2027"}})
	editor := w.editor.In(t)
	path := editor.Post("/en/desk/newsletter", url.Values{"month": {"2026-12"}, "title.en": {"December"}}).Want(http.StatusSeeOther).Follow().Want(http.StatusOK).URL.Path
	titles := func() string {
		return value[string](t, w.db, `SELECT coalesce(string_agg(t.title, ',' ORDER BY n.id), '') FROM newsletter_items n JOIN newsletter_item_texts t ON t.item_id = n.id AND t.lang = 'fr'`)
	}
	page := editor.Get(path).Want(http.StatusOK)
	if !page.Contains("3 items from members wait") || page.Contains("Of January") || !page.Contains("Ministry of Labour") {
		t.Errorf("the page of the issue offers: %s", page.Text("main"))
	}
	draw := func(id workflow.ID) url.Values { return url.Values{"proposal": {strconv.FormatInt(int64(id), 10)}} }
	editor.Post(path+"/proposals", draw(third)).WantRedirect(path)
	w.Lead.In(t).Post(path+"/proposals", draw(first)).Want(http.StatusForbidden)
	editor.Post(path+"/proposals", draw(third)) // a second time
	editor.Post(path+"/proposals", url.Values{"proposal": {"x"}})
	if got := titles(); got != "Third" {
		t.Errorf("in the issue are %q", got)
	}
	editor.Post(path+"/items", nil).WantRedirect(path)
	editor.Post(path+"/items", nil).WantRedirect(path) // again adds nothing
	if got := titles(); got != "Third,Un guichet <b>ouvert</b>,Second" {
		t.Errorf("in the issue are %q", got)
	}
	// One is taken back by its office and one by the desk; the editor is told, and the approval of the rest holds.
	number := idOf(t, path)
	w.exec(t, `UPDATE newsletter_issues SET state = 'approved', approved_by = $2 WHERE id = $1`, number, w.other.User.ID)
	if err := w.take(t, second, w.Member.User, workflow.Withdraw); err != nil {
		t.Fatal(err)
	}
	if err := w.take(t, third, w.editor.User, workflow.Archive); err != nil {
		t.Fatal(err)
	}
	page = editor.Get(path).Want(http.StatusOK)
	if !page.Contains("2 items were taken back") || titles() != "Un guichet <b>ouvert</b>" {
		t.Errorf("the issue has %q, and its page says %s", titles(), page.Text("main"))
	}
	if state := value[string](t, w.db, `SELECT state FROM newsletter_issues`); state != "approved" {
		t.Errorf("the issue is %s", state)
	}
	// It goes out: its office is told and credited, and cannot take it back any more.
	w.exec(t, `UPDATE newsletter_issues SET state = 'scheduled', send_at = $2 WHERE id = $1`, number, start)
	for range 2 {
		if err := w.service.Start(t.Context(), number); err != nil {
			t.Fatal(err)
		}
	}
	if n := value[int](t, w.db, `SELECT count(*) FROM outbox WHERE kind = 'newsletter.carried'`); n != 2 { // author and head
		t.Errorf("%d mails say that it is out", n)
	}
	if n := value[int](t, w.db, `SELECT count(*) FROM newsletter_deliveries WHERE subscriber_id = $1`, reader); n != 1 {
		t.Errorf("the reader gets it %d times", n)
	}
	public := w.Visitor.In(t).Get("/ar/newsletter/1").Want(http.StatusOK)
	if !public.Contains("Ministry of Labour") || !public.Contains("شباك") {
		t.Errorf("the archive shows %s", public.Text("main"))
	}
	if err := w.take(t, first, w.Member.User, workflow.Withdraw); err == nil {
		t.Error("an item is taken back that is out")
	}
	if err := w.take(t, first, w.editor.User, workflow.Archive); err != nil {
		t.Fatal(err)
	}
	if w.Visitor.In(t).Get("/ar/newsletter/1").Want(http.StatusOK).Contains("شباك") {
		t.Error("the archive shows what was taken down")
	}
}

// An issue of which nothing is left is a draft again: nobody gets an empty mail.
func TestTheLastItemIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.accepted(t, nil)
	issue, err := w.service.Begin(t.Context(), w.editor.User, date.New(2026, 12, 1), Texts{"en": {"December", ""}})
	if err == nil {
		err = w.service.Draw(t.Context(), w.editor.User, issue, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.exec(t, `UPDATE newsletter_issues SET state = 'scheduled', approved_by = $1, send_at = $2`, w.other.User.ID, start)
	if err := w.take(t, id, w.Member.User, workflow.Withdraw); err != nil {
		t.Fatal(err)
	}
	if state := value[string](t, w.db, `SELECT state FROM newsletter_issues`); state != "draft" {
		t.Errorf("the empty issue is %s", state)
	}
}
