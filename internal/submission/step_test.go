package submission_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"

	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
	"portal/web/ui"
)

const (
	goOn  = "Save and continue"
	later = "Save and come back later"
)

// stepForm is the form of a step's page.
func (w *world) stepForm(who webtest.Person, id workflow.ID, name string) *webtest.Form {
	w.Helper()
	return who.In(w.T).Get(step(id, name)).Want(http.StatusOK).Form("form.step")
}

func TestStepsLeadOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.start()
	form := func(name string) *webtest.Form { return w.stepForm(w.Member, id, name) }
	form("contacts").Set("contact_name", "Amara").Set("contact_email", "a.d@example.org").Press(goOn).WantRedirect(step(id, "what"))
	form("what").Set("title", "Register every child").Set("type", "individual").Press(goOn).WantRedirect(step(id, "text"))
	if p := w.Member.In(t).Get(step(id, "text")); p.Text(".eyebrow") != "Pledge: step 3 of 5" || !strings.Contains(p.One("a.more[href]").Attr("href"), "/steps/what") {
		t.Errorf("the page says %q", p.Text(".eyebrow"))
	}
	form("text").Set("description", description).Press(later).WantRedirect(page(id, ""))
	if p := w.Member.In(t).Get(page(id, "")); !p.Has(".note[role=status]") && !p.Contains("Saved at 10:42 Geneva time.") {
		t.Errorf("the overview does not say that it was saved: %s", p.Text("main"))
	}
	form("text").Submit().WantRedirect(step(id, "measures")) // the Enter key goes on
	w.Member.In(t).Get(step(id, "files")).Want(http.StatusOK).Form("form.step").Press(goOn).WantRedirect(page(id, "/check"))
	// A chosen answer opens a step.
	form("what").Set("type", "common").Press(goOn).WantRedirect(step(id, "partners"))
	form("what").Set("type", "individual").Press(goOn).WantRedirect(step(id, "text"))
	w.Member.In(t).Get(step(id, "partners")).WantRedirect(page(id, "")).Follow().Want(http.StatusOK)
	w.Member.In(t).Get(step(id, "poem")).Want(http.StatusNotFound)
	w.Member.In(t).Post(step(id, "poem"), url.Values{"title": {"x"}}).Want(http.StatusNotFound)
}

func TestMissingAnswersMayPass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.start()
	p := w.stepForm(w.Member, id, "what").Press(goOn)
	p.WantRedirect(step(id, "text"))
	if p := w.Member.In(t).Get(step(id, "what")); p.Has(".errors") {
		t.Errorf("what is missing is called wrong: %q", p.Texts(".errors li"))
	}
	if p := w.Member.In(t).Get(step(id, "what") + "?check=1"); p.Count(".errors li") != 2 {
		t.Errorf("from check your answers it is told: %q", p.Texts(".errors li"))
	}
}

func TestWrongAnswersAreSavedAndTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.start()
	p := w.stepForm(w.Member, id, "contacts").Set("contact_name", strings.Repeat("я", 201)).Set("contact_email", "Amara <a.d@example.org>").Press(goOn).Want(http.StatusUnprocessableEntity)
	if !strings.HasPrefix(p.Text("title"), "Error: ") {
		t.Errorf("the title is %q", p.Text("title"))
	}
	links := p.All(".errors a")
	if len(links) != 2 || links[0].Attr("href") != "#contact_name" || links[1].Attr("href") != "#contact_email" {
		t.Fatalf("the summary is %q", p.Texts(".errors li"))
	}
	for _, name := range []string{"contact_name", "contact_email"} {
		field := p.One("#" + name)
		if field.Attr("aria-invalid") != "true" || !strings.Contains(field.Attr("aria-describedby"), name+"-error") {
			t.Errorf("%s is not tied to its error", name)
		}
	}
	if got := p.Text("#contact_name-error"); !strings.Contains(got, "to 200 characters or fewer. It has 201 now.") {
		t.Errorf("the message is %q", got)
	}
	if got := w.kept(id, "contact_email"); got != "Amara <a.d@example.org>" {
		t.Errorf("kept is %q", got)
	}
	if p.Form("form.step").Value("contact_email") != "Amara <a.d@example.org>" {
		t.Error("the form does not show what was typed")
	}
	// The form on the page goes on from the saved version.
	p.Form("form.step").Set("contact_name", "Amara").Set("contact_email", "a.d@example.org").Press(goOn).WantRedirect(step(id, "what"))
	// Who wants to leave may, whatever is wrong.
	w.stepForm(w.Member, id, "contacts").Set("contact_email", "wrong").Press(later).WantRedirect(page(id, ""))
	if w.kept(id, "contact_email") != "wrong" {
		t.Error("it was not saved")
	}
	if p := w.Member.In(t).Get(step(id, "contacts")); p.Count(".errors li") != 1 {
		t.Errorf("coming back, it is told again: %q", p.Texts(".errors li"))
	}
}

func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	million := strings.Repeat("ж", 1_000_000)
	for _, c := range []struct {
		name, step string
		posted     url.Values
		status     int
		says       string
		kept       map[string]string
	}{
		{"a NUL byte", "what", url.Values{"title": {"Regis\x00ter"}}, 422, "taken out of “Name of the pledge”", map[string]string{"title": "Register"}},
		{"broken UTF-8", "what", url.Values{"title": {"Regis\xff\xfeter"}}, 422, "taken out of “Name of the pledge”", map[string]string{"title": "Register"}},
		{"a NUL in a row of a group", "measures", url.Values{"indicators.0.what": {"Bir\x00ths"}}, 422, "taken out of “What is measured”", map[string]string{"indicators.0.what": "Births"}},
		{"a million characters", "text", url.Values{"description": {million}}, 422, "It has 1,000,000 now.", map[string]string{"description": million}},
		{"an option that is not offered", "what", url.Values{"title": {"x"}, "type": {"conspiracy"}}, 422, "Choose “", map[string]string{"type": "conspiracy"}},
		{"a script", "what", url.Values{"title": {"<script>alert(1)</script>"}}, 303, "", map[string]string{"title": "<script>alert(1)</script>"}},
		{"answers to other steps", "what", url.Values{"title": {"x"}, "description": {"smuggled"}, "state": {"published"}}, 303, "", map[string]string{"description": ""}},
		{"the 31 of February", "measures", url.Values{"indicators.0.what": {"x"}, "indicators.0.due.day": {"31"}, "indicators.0.due.month": {"2"}, "indicators.0.due.year": {"2028"}}, 422, "must include a day that the month has", map[string]string{"indicators.0.due.day": "31"}},
		{"a deadline in the past", "measures", url.Values{"indicators.0.what": {"x"}, "indicators.0.due.day": {"1"}, "indicators.0.due.month": {"2"}, "indicators.0.due.year": {"2020"}}, 422, "must be today or a later day", map[string]string{"indicators.0.due.year": "2020"}},
		{"rows with impossible numbers", "measures", url.Values{"indicators.-1.what": {"x"}, "indicators.99999999999999999999.what": {"y"}, "indicators.7.what": {"z"}}, 303, "", map[string]string{"indicators.0.what": "z", "indicators.1.what": ""}},
		{"a version that is no number", "what", url.Values{"title": {"x"}, "version": {"-1e9"}}, 303, "", map[string]string{"title": "x"}},
		{"a token that cannot be stored", "what", url.Values{"title": {"x"}, "page": {"\x00\xff" + strings.Repeat("p", 1000)}}, 303, "", map[string]string{"title": "x"}},
		{"a button that there is not", "what", url.Values{"title": {"x"}, "do": {"explode:everything"}}, 303, "", map[string]string{"title": "x"}},
		{"to remove a row that there is not", "measures", url.Values{"indicators.0.what": {"x"}, "do": {"remove:indicators.99"}}, 303, "", map[string]string{"indicators.0.what": "x"}},
		{"to remove a file of somebody else", "files", url.Values{"do": {"unfile:1"}}, 303, "", nil},
	} {
		id := w.start()
		p := w.Member.In(t).Post(step(id, c.step), c.posted)
		if p.Status != c.status {
			t.Errorf("%s: status %d, want %d", c.name, p.Status, c.status)
		}
		if c.says != "" && !strings.Contains(strings.Join(p.Texts(".errors li"), "\n"), c.says) {
			t.Errorf("%s: the page says %q", c.name, p.Texts(".errors li"))
		}
		if c.says != "" {
			if href := p.All(".errors a")[0].Attr("href"); !p.Has("[id='" + strings.TrimPrefix(href, "#") + "']") {
				t.Errorf("%s: the link leads to %s, which is not on the page", c.name, href)
			}
		}
		for name, want := range c.kept {
			if got := w.kept(id, name); got != want {
				t.Errorf("%s: kept of %s is %.60q, want %.60q", c.name, name, got, want)
			}
		}
	}
}

func TestRowsAreAddedAndRemovedWithoutAScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.start()
	rows := func(p *webtest.Page) int { return p.Count("[id^='indicators.'][id$='.what']") }
	p := w.Member.In(t).Get(step(id, "measures"))
	if rows(p) != 1 {
		t.Fatalf("%d rows at first, want one", rows(p))
	}
	added := p.Form("form.step").Set("indicators.0.what", "Births").Set("indicators.0.target", "3,000").Press("do=add:indicators")
	if !strings.HasSuffix(added.Location(), "?more=indicators#indicators.1.what") {
		t.Errorf("adding a row leads to %s", added.Location())
	}
	if p = added.Follow().Want(http.StatusOK); rows(p) != 2 {
		t.Fatalf("%d rows after adding one, want two", rows(p))
	}
	p = p.Form("form.step").Set("indicators.1.what", "Deaths").Press("do=add:indicators").Follow()
	p = p.Form("form.step").Set("indicators.2.what", "Marriages").Press("do=remove:indicators.1").Follow().Want(http.StatusOK)
	if rows(p) != 2 || p.Form("form.step").Value("indicators.0.what") != "Births" || p.Form("form.step").Value("indicators.1.what") != "Marriages" || p.Form("form.step").Value("indicators.0.target") != "3,000" {
		t.Errorf("after removing the second row there are %d: %v", rows(p), p.Form("form.step").Values())
	}
	// A blank row in between does not make the button remove another one.
	posted := url.Values{
		"indicators.0.what": {"A"}, "indicators.1.what": {""}, "indicators.2.what": {"B"}, "indicators.3.what": {"C"},
		"do": {"remove:indicators.2"}, "version": {fmt.Sprint(w.open(id).Text.Steps["measures"].Version)},
	}
	w.Member.In(t).Post(step(id, "measures"), posted).Want(http.StatusSeeOther)
	if c := w.open(id); c.Answers.Rows("indicators") != 2 || c.Answers.First("indicators.1.what") != "C" {
		t.Errorf("kept are %v", c.Answers)
	}
	// As many as there may be, and one more.
	many := url.Values{"version": {fmt.Sprint(w.open(id).Text.Steps["measures"].Version)}}
	for n := range 6 {
		many.Set(form.RowName("indicators", n, "what"), fmt.Sprint(n))
	}
	p = w.Member.In(t).Post(step(id, "measures"), many).Want(http.StatusUnprocessableEntity)
	if !strings.Contains(p.Text(".errors"), "Keep at most 5 entries. There are 6 now.") || rows(p) != 6 || p.Has("[value='add:indicators']") {
		t.Errorf("six rows: %q, %d shown", p.Texts(".errors li"), rows(p))
	}
}

func TestTwoPeopleOnOneStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draft(form.Answers{"title": {"One"}, "type": {"individual"}})
	mine, theirs := w.stepForm(w.Member, id, "what"), w.stepForm(w.Head, id, "what")
	theirs.Set("title", "Theirs").Set("type", "common").Press(goOn).WantRedirect(step(id, "partners"))
	w.later(time.Minute)
	p := mine.Set("title", "Mine").Press(goOn).Want(http.StatusConflict)
	if got := p.Text("#conflict"); got != "Somebody else has saved this step meanwhile" {
		t.Errorf("the page says %q", got)
	}
	if !p.Contains("Head of the office saved it at 10:42 Geneva time") {
		t.Errorf("the page does not say who and when: %s", p.Text("main"))
	}
	if got := p.Texts("section.note--warn li"); len(got) != 2 {
		t.Errorf("differing are %q", got)
	}
	f := p.Form("form.step")
	if f.Value("title") != "Mine" || f.Value("type") != "individual" {
		t.Errorf("the form holds %v", f.Values())
	}
	if notes := strings.Join(p.Texts(".step .note--warn"), "\n"); !strings.Contains(notes, "Theirs") || !strings.Contains(notes, "Common") {
		t.Errorf("the other text is %q", notes)
	}
	if w.kept(id, "title") != "Theirs" {
		t.Errorf("kept is %q; nothing is overwritten in silence", w.kept(id, "title"))
	}
	f.Set("title", "Both").Press(goOn).WantRedirect(step(id, "text"))
	if c := w.open(id); c.Answers.First("title") != "Both" || c.Answers.First("type") != "individual" {
		t.Errorf("after the second look kept are %v", c.Answers)
	}
	// One person in two windows is told so.
	here, there := w.stepForm(w.Member, id, "text"), w.stepForm(w.Member, id, "text")
	there.Set("description", "**There**, in the other window.").Press(goOn).Want(http.StatusSeeOther)
	p = here.Set("description", "Here, in this window it is.").Press(goOn).Want(http.StatusConflict)
	if p.Text("#conflict") != "You have saved this step from another window meanwhile" || p.Text(".step pre.typed") != "**There**, in the other window." {
		t.Errorf("the page says %q and %q", p.Text("#conflict"), p.Texts(".step pre.typed"))
	}
	// Two people on two steps never conflict.
	a, b := w.stepForm(w.Member, id, "what"), w.stepForm(w.Head, id, "text")
	b.Set("description", description).Press(goOn).WantRedirect(step(id, "measures"))
	a.Set("title", "Again").Press(goOn).WantRedirect(step(id, "text"))
}

func TestAFormSentTwiceIsSavedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.start()
	f := w.stepForm(w.Member, id, "what").Set("title", "One").Set("type", "individual")
	var all sync.WaitGroup
	for range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			if p := f.Press(goOn); p.Status != http.StatusSeeOther || p.Location() != step(id, "text") {
				t.Errorf("status %d to %s", p.Status, p.Location())
			}
		}()
	}
	all.Wait()
	if v := w.open(id).Text.Steps["what"].Version; v != 1 {
		t.Errorf("version %d, want 1", v)
	}
}

func TestAutosave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.start()
	values := w.stepForm(w.Member, id, "what").Values()
	save := func(who webtest.Person, title string) *webtest.Page {
		t.Helper()
		values.Set("title", title)
		values.Set("autosave", "1")
		return who.In(t).With("Sec-Fetch-Mode", "cors").With("Sec-Fetch-Site", "same-origin").With("Origin", w.Visitor.URL()).Post(step(id, "what"), values)
	}
	read := func(p *webtest.Page) (answer struct {
		Version  int
		Saved    string
		Conflict bool
	},
	) {
		t.Helper()
		if err := json.Unmarshal(p.Body, &answer); err != nil || !strings.HasPrefix(p.Header.Get("Content-Type"), "application/json") {
			t.Fatalf("%v: %s %.200s", err, p.Header.Get("Content-Type"), p.Body)
		}
		return answer
	}
	if a := read(save(w.Member, "O").Want(http.StatusOK)); a.Version != 1 || a.Saved != "10:42 Geneva time" {
		t.Errorf("the answer is %+v", a)
	}
	// The answer got lost: the page saves again with its old version.
	if a := read(save(w.Member, "On").Want(http.StatusOK)); a.Version != 2 {
		t.Errorf("the answer is %+v", a)
	}
	// The button is pressed while the answer is on its way.
	values.Set("title", "One")
	values.Del("autosave")
	values.Set("type", "individual")
	w.Member.In(t).Post(step(id, "what"), values).WantRedirect(step(id, "text"))
	// A save that was overtaken changes nothing.
	if a := read(save(w.Member, "On").Want(http.StatusConflict)); !a.Conflict || w.kept(id, "title") != "One" {
		t.Errorf("the answer is %+v, kept is %q", a, w.kept(id, "title"))
	}
	if a := read(save(w.Head, "Theirs").Want(http.StatusConflict)); !a.Conflict {
		t.Errorf("the answer is %+v", a)
	}
	save(w.Visitor, "x").Want(http.StatusUnauthorized)
	save(w.OtherMember, "x").Want(http.StatusNotFound)
	if got := w.kept(id, "title"); got != "One" {
		t.Errorf("kept is %q", got)
	}
}

func TestTextTypedBeforeTheSessionEndedComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draft(form.Answers{"title": {"One"}, "type": {"individual"}})
	for name, multipart := range map[string]bool{"a form": false, "a form with files": true} {
		f := w.stepForm(w.Member, id, "what").Set("title", "Typed for an hour")
		gone := w.Visitor.Another().In(t)
		posted := f.Values()
		posted.Set("do", "continue")
		var p *webtest.Page
		if multipart {
			p = gone.PostMultipart(step(id, "what"), posted, webtest.File{Field: "files", Name: "a.pdf", Content: []byte("%PDF-1.7")})
		} else {
			p = gone.Post(step(id, "what"), posted)
		}
		next, err := url.Parse(p.Want(http.StatusSeeOther).Location())
		if err != nil || next.Path != "/en/sign-in" || next.Query().Get("next") != step(id, "what") {
			t.Fatalf("%s: the way leads to %s", name, p.Location())
		}
		cookie, err := w.router.SessionCookie(t.Context(), w.Member.User)
		if err != nil {
			t.Fatal(err)
		}
		gone.SetCookie(cookie)
		back := gone.Get(next.Query().Get("next")).Want(http.StatusOK)
		if !back.Contains("Everything you typed is here.") || back.Form("form.step").Value("title") != "Typed for an hour" {
			t.Errorf("%s: after signing in the page reads %s", name, back.Text("main"))
		}
		if w.kept(id, "title") != "One" {
			t.Errorf("%s: it was saved before anybody said so", name)
		}
		back.Form("form.step").Press(goOn).WantRedirect(step(id, "text"))
		if w.kept(id, "title") != "Typed for an hour" {
			t.Errorf("%s: kept is %q", name, w.kept(id, "title"))
		}
		if again := gone.Get(step(id, "what")); again.Contains("Everything you typed is here.") {
			t.Errorf("%s: it comes back once more", name)
		}
		w.write(id, form.Answers{"title": {"One"}, "type": {"individual"}})
	}
	// Somebody else at the same browser does not get it.
	f := w.stepForm(w.Member, id, "what").Set("title", "Private")
	gone := w.Visitor.Another().In(t)
	gone.Post(step(id, "what"), f.Values())
	cookie, err := w.router.SessionCookie(t.Context(), w.OtherMember.User)
	if err != nil {
		t.Fatal(err)
	}
	gone.SetCookie(cookie)
	if p := gone.Get(step(id, "what")).Want(http.StatusNotFound); strings.Contains(string(p.Body), "Private") {
		t.Error("another office's person reads what was typed")
	}
}

func TestAStepSentTooLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ready()
	f := w.stepForm(w.Member, id, "text").Set("description", "An hour of writing,\nand more.")
	if err := w.service.Submit(t.Context(), w.Head.User, id, submission.Declaration{Made: true}); err != nil {
		t.Fatal(err)
	}
	p := f.Press(goOn).Want(http.StatusConflict)
	if !p.Contains("This is not possible any more") || p.Text("pre.typed") != "An hour of writing, and more." {
		t.Errorf("the page reads %s", p.Text("main"))
	}
	if w.kept(id, "description") != description {
		t.Error("what was sent has changed")
	}
	w.Member.In(t).Get(step(id, "text")).WantRedirect(page(id, "")) // the back button
	viewer := w.Viewer.In(t).Post(step(w.ready(), "text"), url.Values{"description": {"A viewer writes."}}).Want(http.StatusForbidden)
	if !viewer.Contains("You are a viewer in “Ministry of Labour”") || viewer.Text("pre.typed") != "A viewer writes." {
		t.Errorf("the page reads %s", viewer.Text("main"))
	}
}

func TestRealTextIsKeptAndShownExactly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.start()
	for _, text := range []string{
		"تَعَهُّد: نُسجّل كل طفل يولد لوالدين مهاجرين", "Обещание «зарегистрировать каждого ребёнка»", "登记每一个移民子女 𠮷野家", "Enregistrer chaque enfant à l’œuvre",
		"👨‍👩‍👧‍👦 🏳️‍🌈 family and flag", "e\u0301 combining, \u00e9 composed", "\n\nA text that begins with two blank lines", "trailing spaces   ", "quotes \" ' & < > \\",
	} {
		saved := w.stepForm(w.Member, id, "text").Set("description", text).Press(later)
		saved.WantRedirect(page(id, ""))
		if got := w.open(id).Answers["description"]; len(got) != 1 || got[0] != text {
			t.Errorf("%q is kept as %q", text, got)
		}
		if got := w.stepForm(w.Member, id, "text").Value("description"); got != text {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
}

func TestCharactersAreCountedAsAPersonCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.start()
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"300 families", strings.Repeat("👨‍👩‍👧‍👦", 300), http.StatusSeeOther},
		{"301 families", strings.Repeat("👨‍👩‍👧‍👦", 301), http.StatusUnprocessableEntity},
		{"300 letters with two marks each", strings.Repeat("ه\u064e\u0651", 300), http.StatusSeeOther},
		{"300 Chinese characters", strings.Repeat("约", 300), http.StatusSeeOther},
		{"299 lines end in Windows", strings.Repeat("a\r\n", 149) + "a", http.StatusSeeOther},
	} {
		if got := w.stepForm(w.Member, id, "text").Set("description", c.text).Press(goOn); got.Status != c.want {
			t.Errorf("%s: status %d, want %d; %q", c.name, got.Status, c.want, got.Texts(".errors li"))
		}
	}
}

func TestWhatIsKnownIsSuggestedAndNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *submission.Options) {
		o.Suggest = func(_ context.Context, who identity.User, sub workflow.Submission, step string) (form.Answers, error) {
			if step != "contacts" {
				return nil, nil
			}
			return form.Answers{"contact_name": {who.Name}, "contact_email": {who.Email}}, nil
		}
		o.Beside = func(_ context.Context, _ workflow.Submission, step string, a form.Answers, _ ui.Finding) (map[string]templ.Component, error) {
			if step != "text" {
				return nil, fmt.Errorf("the search is down")
			}
			return map[string]templ.Component{"description": ui.Written("Similar: "+a.First("title"), "")}, nil
		}
	})
	id := w.start()
	p := w.Member.In(t).Get(step(id, "contacts")).Want(http.StatusOK)
	if p.Form("form.step").Value("contact_name") != "Member of the office" || !p.Contains("We have filled in what we know") {
		t.Errorf("the form holds %v", p.Form("form.step").Values())
	}
	if len(w.open(id).Text.Steps) != 0 {
		t.Error("it was kept before anybody saved it")
	}
	p.Form("form.step").Set("contact_name", "Somebody else").Press(goOn).WantRedirect(step(id, "what"))
	if p = w.Member.In(t).Get(step(id, "contacts")); p.Form("form.step").Value("contact_name") != "Somebody else" || p.Contains("We have filled in") {
		t.Error("the suggestion comes back")
	}
	w.write(id, form.Answers{"title": {"Register"}, "type": {"individual"}})
	if p = w.Member.In(t).Get(step(id, "text")); !p.Contains("Similar: Register") {
		t.Errorf("the page reads %s", p.Text("main"))
	}
}
