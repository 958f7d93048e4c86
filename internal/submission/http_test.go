package submission_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// TestEveryPageForEverybody asks for every page of a submission as every kind of person. A page that is not there for
// somebody is 404, whatever the state; visitors are sent to sign in.
func TestEveryPageForEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const (
		see = iota // 200 for everybody who may see it
		write
		moved // 303
		gone  // 409, 403 for a viewer
	)
	states := []struct {
		name  string
		id    workflow.ID
		pages map[string]int
	}{
		{"a draft", w.ready(), map[string]int{"": see, "/steps/what": write, "/check": see, "/submission": moved, "/withdrawal": write, "/discard": gone, "/compare": see, "/print": see}},
		{"sent", w.sent(), map[string]int{"": see, "/steps/what": moved, "/check": moved, "/submission": see, "/withdrawal": write, "/discard": gone, "/compare": see, "/print": see}},
		{"waiting for changes", w.returned("Say more"), map[string]int{"": see, "/steps/what": write, "/check": see, "/submission": moved, "/withdrawal": write, "/discard": gone, "/compare": see, "/print": see}},
		{"published", w.published(), map[string]int{"": see, "/steps/what": moved, "/check": moved, "/submission": moved, "/withdrawal": gone, "/discard": gone, "/compare": see, "/print": see}},
	}
	member := map[string]bool{w.Head.Kind: true, w.Member.Kind: true, w.Arab.Kind: true}
	viewer := map[string]bool{w.Viewer.Kind: true, w.Conflicted.Kind: true}
	for _, s := range states {
		for below, kind := range s.pages {
			for _, p := range w.everybody() {
				want := http.StatusNotFound
				switch {
				case p.Kind == w.Visitor.Kind:
					want = http.StatusSeeOther
				case !member[p.Kind] && !viewer[p.Kind]:
				case kind == moved && below == "/steps/what" && viewer[p.Kind]:
					want = http.StatusForbidden
				case kind == moved:
					want = http.StatusSeeOther
				case viewer[p.Kind] && (kind == write || kind == gone):
					want = http.StatusForbidden
				case kind == gone:
					want = http.StatusConflict
				default:
					want = http.StatusOK
				}
				got := p.In(t).Get(page(s.id, below))
				if got.Status != want {
					t.Errorf("%s, %s of what is %s: status %d, want %d", p.Kind, below, s.name, got.Status, want)
				}
				if got.Header.Get("Cache-Control") != "no-store" {
					t.Errorf("%s, %s of what is %s may be stored: %q", p.Kind, below, s.name, got.Header.Get("Cache-Control"))
				}
				if want == http.StatusNotFound && strings.Contains(string(got.Body), "Register every child") {
					t.Errorf("%s, %s of what is %s: the page says what it is", p.Kind, below, s.name)
				}
			}
		}
	}
	for _, p := range w.everybody() {
		for _, address := range []string{"/en/submissions/999999", "/en/submissions/0", "/en/submissions/-1", "/en/submissions/x", "/en/submissions/99999999999999999999", "/en/submissions/1e3/check"} {
			want := http.StatusNotFound
			if p.Kind == w.Visitor.Kind {
				want = http.StatusSeeOther
			}
			if got := p.In(t).Get(address).Status; got != want {
				t.Errorf("%s, %s: status %d, want %d", p.Kind, address, got, want)
			}
		}
	}
}

// TestEveryActForEverybody posts every act of the owner's side as every kind of person, on a submission of its own each
// time, and looks whether anything has changed.
func TestEveryActForEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acts := []struct {
		name string
		make func() workflow.ID
		path string
		form url.Values
		// done says whether the act has been done.
		done func(id workflow.ID) bool
	}{
		{
			"save a step", w.start, "/steps/text",
			url.Values{"description": {description}, "do": {"continue"}},
			func(id workflow.ID) bool {
				return value[int](w, `SELECT count(*)::int FROM submission_steps WHERE submission_id = $1`, id) > 0
			},
		},
		{"send", w.ready, "/submission", url.Values{"declaration": {"yes"}}, func(id workflow.ID) bool { return w.state(id) == workflow.Submitted }},
		{"withdraw", w.sent, "/withdrawal", nil, func(id workflow.ID) bool { return w.state(id) == workflow.Withdrawn }},
		{"revise", w.published, "/revision", nil, func(id workflow.ID) bool { return w.state(id) == workflow.Draft }},
		{
			"write to the desk", w.sent, "/messages",
			url.Values{"text": {"Hello"}},
			func(id workflow.ID) bool {
				return value[int](w, `SELECT count(*)::int FROM submission_notes WHERE submission_id = $1`, id) > 0
			},
		},
		{"give up a version", func() workflow.ID {
			id := w.published()
			if err := w.service.Revise(t.Context(), w.Member.User, id); err != nil {
				t.Fatal(err)
			}
			return id
		}, "/discard", nil, func(id workflow.ID) bool { return w.state(id) == workflow.Published }},
	}
	member := map[string]bool{w.Head.Kind: true, w.Member.Kind: true, w.Arab.Kind: true}
	viewer := map[string]bool{w.Viewer.Kind: true, w.Conflicted.Kind: true}
	for _, a := range acts {
		for _, p := range w.everybody() {
			id := a.make()
			want := http.StatusNotFound
			switch {
			case member[p.Kind], p.Kind == w.Visitor.Kind:
				want = http.StatusSeeOther
			case viewer[p.Kind]:
				want = http.StatusForbidden
			}
			got := p.In(t).Post(page(id, a.path), a.form)
			if got.Status != want {
				t.Errorf("%s, %s: status %d, want %d", p.Kind, a.name, got.Status, want)
			}
			if a.done(id) != member[p.Kind] {
				t.Errorf("%s, %s: done %v", p.Kind, a.name, a.done(id))
			}
			if p.Kind == w.Visitor.Kind && !strings.HasPrefix(got.Location(), "/en/sign-in?next=") {
				t.Errorf("a visitor is sent to %s", got.Location())
			}
		}
	}
}

// TestPagesHaveAllTheirTexts looks at every page in every language that is offered.
// Who may not move a submission is told so before the chosen office is looked at.
func TestOnlyWhoMayMoveIsAskedForAnOffice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.start()
	want := map[string]int{
		w.Visitor.Kind: http.StatusSeeOther, w.Viewer.Kind: http.StatusForbidden, w.Conflicted.Kind: http.StatusForbidden,
		w.Head.Kind: http.StatusUnprocessableEntity, w.Member.Kind: http.StatusUnprocessableEntity, // its author
		w.Arab.Kind: http.StatusConflict, // a colleague writes with them, but does not give it away
	}
	for _, p := range w.everybody() {
		status, ok := want[p.Kind]
		if !ok {
			status = http.StatusNotFound
		}
		if got := p.In(t).Post(page(id, "/office"), nil).Status; got != status {
			t.Errorf("%s: status %d, want %d", p.Kind, got, status)
		}
	}
}

func TestPagesHaveAllTheirTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	returned := w.returned("Two **things**", workflow.ChangeRequest{Field: "title", Body: "Begin with a verb"}, workflow.ChangeRequest{Field: "indicators", Body: "One more"}, workflow.ChangeRequest{Field: "files", Body: "Where is the decree?"})
	w.write(returned, form.Answers{"title": {"Register all children"}, "type": {"common"}})
	public := w.published()
	revised := w.published()
	if err := w.service.Revise(t.Context(), w.Member.User, revised); err != nil {
		t.Fatal(err)
	}
	declined, archived, approved := w.sent(), w.published(), w.sent()
	w.decide(declined, workflow.Input{Note: "Not about migration"}, workflow.Take, workflow.Decline)
	w.decide(archived, workflow.Input{Note: "Asked by the office"}, workflow.Archive)
	w.decide(approved, workflow.Input{}, workflow.Take, workflow.Approve)
	withdrawn := w.sent()
	if err := w.service.Withdraw(t.Context(), w.Member.User, withdrawn); err != nil {
		t.Fatal(err)
	}
	if err := w.service.Reply(t.Context(), w.Member.User, declined, "Why?"); err != nil {
		t.Fatal(err)
	}
	wrong := w.draft(form.Answers{"title": {""}, "type": {"common"}, "description": {"short"}, "contact_email": {"x"}, "partners.0.name": {"P"}})
	var paths []string
	for _, id := range []workflow.ID{w.start(), w.ready(), wrong, w.sent(), returned, public, revised, declined, archived, approved, withdrawn} {
		for _, below := range []string{
			"", "/check", "/submission", "/withdrawal", "/discard", "/compare", "/print", "/steps/contacts", "/steps/what",
			"/steps/partners", "/steps/text", "/steps/measures?more=indicators", "/steps/files", "/steps/text?check=1",
		} {
			paths = append(paths, fmt.Sprintf("/submissions/%d%s", id, below))
		}
	}
	paths = append(paths, "/drafts", "/drafts?q=nothing+matches&state=draft&kind=pledge&office=1&sort=title", "/drafts?state=published", "/drafts.csv", "/drafts.xlsx", "/drafts.json")
	for _, lang := range i18n.Offered() {
		for _, p := range []webtest.Person{w.Member, w.Viewer} {
			for _, path := range paths {
				got := p.In(t).Get("/" + string(lang) + path)
				if got.Status >= 500 {
					t.Fatalf("%s: status %d\n%s", got.URL, got.Status, w.log)
				}
				if body := string(got.Body); strings.Contains(body, "⟦") {
					at := strings.Index(body, "⟦")
					t.Errorf("%s: a text is missing: %.80s", got.URL, body[at:])
				}
				if strings.Contains(got.Header.Get("Content-Type"), "html") && got.Status == http.StatusOK && got.Count("h1") != 1 {
					t.Errorf("%s: %d main headings", got.URL, got.Count("h1"))
				}
			}
		}
	}
}

func TestTaskList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draft(form.Answers{"title": {"Register every child"}, "type": {"individual"}, "description": {"too short"}, "contact_name": {"Amara"}})
	p := w.Member.In(t).Get(page(id, "")).Want(http.StatusOK)
	title := func(step string) string { return i18n.TL(i18n.English, "pledge.step."+step+".title") }
	want := []string{
		title("contacts") + " 1 question still to answer · Saved 10:42 Geneva time by Member of the office In progress",
		title("what") + " Saved 10:42 Geneva time by Member of the office Completed",
		title("text") + " 1 answer needs attention · Saved 10:42 Geneva time by Member of the office In progress",
		title("measures") + " Not started",
		title("files") + " Not started, optional",
		"Check your answers and send You can send it when nothing is missing and nothing needs attention. Cannot be sent yet",
	}
	got := p.Texts(".tasks > li")
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("line %d of the task list is\n\t%q, want\n\t%q", i, got, want)
		}
	}
	if !p.Contains("You have completed 1 of 4 sections.") { // the documents may stay open: they count once they are opened
		t.Errorf("the page does not count the sections: %s", p.Text("main"))
	}
	if p.Text(".pagehead .tag") != "Draft, not sent yet" {
		t.Errorf("the state is %q", p.Text(".pagehead .tag"))
	}
	p.Click(".tasks a[href*='/steps/measures']").Want(http.StatusOK)
	w.later(26 * time.Hour)
	if p = w.Member.In(t).Get(page(id, "")); !p.Contains("Saved 24 November 2026, 10:42 Geneva time by Member of the office") {
		t.Errorf("the day after, the page does not say on which day it was saved: %s", p.Texts(".tasks small"))
	}
	common := w.draft(form.Answers{"title": {"Register every child"}, "type": {"common"}})
	if n := w.Member.In(t).Get(page(common, "")).Count(".tasks > li"); n != 7 {
		t.Errorf("with partners there are %d lines, want 7", n)
	}
}

func TestWhatTheDeskAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.returned("Thank you. **Two** things.", workflow.ChangeRequest{Field: "description", Body: "How many posts, and where?"}, workflow.ChangeRequest{Field: "title", Body: "Begin with a verb"})
	p := w.Member.In(t).Get(page(id, "")).Want(http.StatusOK)
	if got := p.Texts("#asked"); len(got) != 1 {
		t.Fatal("the page does not say that the desk asks for changes")
	}
	if p.Text(".letter strong") != "Two" {
		t.Errorf("the letter reads %q", p.Text(".letter"))
	}
	if got := p.Texts("section.note--warn li"); len(got) != 2 || !strings.Contains(got[0], "Begin with a verb") || !strings.Contains(got[1], "How many posts") {
		t.Errorf("asked are %q; want them in the order of the form", got)
	}
	step := p.Click("section.note--warn li a[href*='/steps/text']").Want(http.StatusOK)
	if got := step.Text("#description-note"); !strings.Contains(got, "How many posts, and where?") {
		t.Errorf("at the question: %q", got)
	}
	if !strings.Contains(step.One("#description").Attr("aria-describedby"), "description-note") {
		t.Error("the request is not tied to its field")
	}
	step.Form("form.step").Set("description", description+" In three districts.").Press("Save and continue").Want(http.StatusSeeOther)
	p = w.Member.In(t).Get(page(id, ""))
	if got := p.Texts("section.note--warn li .tag"); len(got) != 1 || got[0] != "You have changed this" {
		t.Errorf("after one change the tags are %q", got)
	}
	if got := p.Texts(".tasks > li .tag"); !strings.Contains(strings.Join(got, "|"), "1 change asked for") {
		t.Errorf("the task list says %q", got)
	}
	diff := p.Click("section.note--warn a[href*='/compare?from=1&to=2']").Want(http.StatusOK)
	if !strings.Contains(diff.Text("ins"), "In three districts.") || diff.Has("del") {
		t.Errorf("the comparison shows %q and %q", diff.Texts("ins"), diff.Texts("del"))
	}
	check := w.Member.In(t).Get(page(id, "/check")).Want(http.StatusOK)
	if !check.Contains("1 change that the secretariat asked for is still to be made") || !check.Contains("Begin with a verb") || check.Contains("How many posts") {
		t.Error("check your answers shows what is done, or not what is still to be done")
	}
}

func TestStatusPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	declined := w.sent()
	w.decide(declined, workflow.Input{Note: "This is about *refugees*."}, workflow.Take, workflow.Decline)
	for _, c := range []struct {
		name        string
		id          workflow.ID
		state, next string
		has, hasNot []string
	}{
		{"sent", w.sent(), "Sent", "The secretariat should answer by 1 December 2026", []string{"a[href$='/withdrawal']", "form[action*='/messages']"}, []string{"form[action*='/revision']", "a[href*='/pledges/GCM']"}},
		{"published", w.published(), "Published", "It is public", []string{"form[action*='/revision']", "a[href^='/en/pledges/GCM-P-']"}, []string{"a[href$='/withdrawal']"}},
		{"declined", declined, "Not accepted", "has not accepted it", []string{".letter em", "form[action*='/messages']"}, []string{"form[action*='/revision']", "a[href$='/withdrawal']"}},
	} {
		p := w.Member.In(t).Get(page(c.id, "")).Want(http.StatusOK)
		if p.Text(".pagehead .tag") != c.state || !strings.Contains(p.Text("main"), c.next) {
			t.Errorf("%s: the state is %q, the page %q", c.name, p.Text(".pagehead .tag"), p.Text("main"))
		}
		for _, s := range c.has {
			if !p.Has(s) {
				t.Errorf("%s: no %s", c.name, s)
			}
		}
		for _, s := range c.hasNot {
			if p.Has(s) {
				t.Errorf("%s: there is %s", c.name, s)
			}
		}
	}
	p := w.Member.In(t).Get(page(declined, ""))
	events := strings.Join(p.Texts(".timeline li"), "\n")
	if !strings.Contains(events, "Declined Pledges desk") || strings.Contains(events, w.Officer.User.Name) {
		t.Errorf("the history is %q; it names the desk, not its people", events)
	}
	if !strings.Contains(events, "24 November 2026, 09:42 UTC Sent to the secretariat Member of the office") {
		t.Errorf("the history is %q", events)
	}
	late := w.sent()
	w.later(10 * 24 * time.Hour)
	if p := w.Member.In(t).Get(page(late, "")); !p.Contains("should have answered by 1 December 2026 and is late") || !p.Contains("secretariat@example.org") {
		t.Errorf("the page does not say that the desk is late: %s", p.Text("main"))
	}
}

func TestPublicationThatWaitsForTheOfficeIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`UPDATE offices SET state = 'proposed' WHERE id = $1`, w.Office)
	const words = "Your office is not approved yet"
	for name, id := range map[string]workflow.ID{"a draft": w.ready(), "sent": w.sent()} {
		if !w.Member.In(t).Get(page(id, "")).Contains(words) {
			t.Errorf("the page of %s does not say it", name)
		}
	}
	if !w.Member.In(t).Get(page(w.ready(), "/check")).Contains(words) {
		t.Error("check your answers does not say it")
	}
	id := w.sent()
	w.decide(id, workflow.Input{}, workflow.Take, workflow.Approve)
	if p := w.Member.In(t).Get(page(id, "")); !p.Contains("It is published as soon as your office is approved") {
		t.Errorf("the page of what is approved reads %s", p.Text("main"))
	}
	if html := value[string](w, `SELECT html FROM outbox WHERE submission_id = $1 AND kind = 'submission.receipt' ORDER BY id LIMIT 1`, id); !strings.Contains(html, "once it has approved") {
		t.Error("the receipt does not say it")
	}
}

func TestPublicationThatWaitsForTheSenderIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`UPDATE posts SET state = 'pending' WHERE user_id = $1`, w.Member.User.ID)
	const words = "The post of the person who writes this is not approved yet"
	id := w.ready()
	for _, at := range []string{"", "/check"} {
		if !w.Member.In(t).Get(page(id, at)).Contains(words) {
			t.Errorf("the page %q does not say it", at)
		}
	}
	id = w.sent()
	w.decide(id, workflow.Input{}, workflow.Take, workflow.Approve)
	if p := w.Member.In(t).Get(page(id, "")); !p.Contains("as soon as the post of the person who sent it is approved") || p.Contains("Your office is not approved") {
		t.Errorf("the page of what is approved reads %s", p.Text("main"))
	}
	if html := value[string](w, `SELECT html FROM outbox WHERE submission_id = $1 AND kind = 'submission.receipt' ORDER BY id LIMIT 1`, id); !strings.Contains(html, "has approved the post") {
		t.Error("the receipt does not say it")
	}
}

func TestCheckAndSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draft(with(complete(), form.Answers{"description": {"too short"}, "contact_name": nil}))
	p := w.Member.In(t).Get(page(id, "/check")).Want(http.StatusOK)
	if got := p.Texts(".errors li"); len(got) != 2 || !strings.Contains(got[1], "at least 20 characters") {
		t.Fatalf("problems are %q", got)
	}
	if !p.Contains("Not given") {
		t.Error("an open question does not read “Not given”")
	}
	if p.Has("form[action*='/submission']") {
		t.Error("it can be sent though something is missing")
	}
	fix := p.Click(".errors a[href$='#description']").Want(http.StatusOK)
	if !strings.Contains(fix.Text("#description-error"), "at least 20 characters") {
		t.Errorf("at the field: %q", fix.Texts(".err"))
	}
	fix.Form("form.step").Set("description", description).Press("Save and continue").WantRedirect(page(id, "/check"))
	fix = w.Member.In(t).Get(page(id, "/check")).Click(".errors a[href$='#contact_name']").Want(http.StatusOK)
	fix.Form("form.step").Set("contact_name", "Amara").Press("Save and continue").WantRedirect(page(id, "/check"))

	p = w.Member.In(t).Get(page(id, "/check")).Want(http.StatusOK)
	if p.Has(".errors") {
		t.Fatalf("still wrong: %q", p.Texts(".errors li"))
	}
	change := p.Click("a[href*='/steps/what?check=1#title']").Want(http.StatusOK)
	change.Form("form.step").Set("title", "Register all children").Press("Save and continue").WantRedirect(page(id, "/check"))

	stale := p.Form("form[action*='/submission']").Set("declaration", "yes").Submit().Want(http.StatusConflict)
	if !stale.Contains("Something has changed since you opened this page") || w.state(id) != workflow.Draft {
		t.Error("what was read before the change was sent")
	}
	undeclared := stale.Form("form[action*='/submission']").Set("declaration").Submit().Want(http.StatusUnprocessableEntity)
	if !strings.HasPrefix(undeclared.Text("title"), "Error: ") || undeclared.Text(".errors a") != undeclaredText(undeclared) {
		t.Errorf("undeclared: title %q, summary %q", undeclared.Text("title"), undeclared.Texts(".errors li"))
	}
	if undeclared.One(".errors a").Attr("href") != "#declaration" || w.state(id) != workflow.Draft {
		t.Errorf("the link leads to %s; it is %s", undeclared.One(".errors a").Attr("href"), w.state(id))
	}
	send := undeclared.Form("form[action*='/submission']").Set("declaration", "yes")
	send.Submit().WantRedirect(page(id, "/submission"))
	send.Submit().WantRedirect(page(id, "/submission")) // the second click of a double click
	done := w.Member.In(t).Get(page(id, "/submission")).Want(http.StatusOK)
	if !strings.Contains(done.Text(".done-panel"), fmt.Sprint(id)) || !done.Contains("should answer by 1 December 2026") || !done.Contains("secretariat@example.org") {
		t.Errorf("the confirmation reads %s", done.Text("main"))
	}
	back := w.Member.In(t).Get(page(id, "/check")).WantRedirect(page(id, "")).Follow().Want(http.StatusOK) // the back button
	if !back.Contains("This cannot be changed now.") {
		t.Errorf("after the back button the page reads %s", back.Text("main"))
	}
	if n := value[int](w, `SELECT count(*)::int FROM submission_events WHERE submission_id = $1`, id); n != 1 {
		t.Errorf("%d events, want one", n)
	}
	bare := w.start()
	empty := w.Member.In(t).Post(page(bare, "/submission"), url.Values{"declaration": {"yes"}}).Want(http.StatusUnprocessableEntity)
	if empty.Count(".errors li") != 6 {
		t.Errorf("an empty draft sent by hand: %q", empty.Texts(".errors li"))
	}
}

// undeclaredText is the message at the declaration without its hidden word.
func undeclaredText(p *webtest.Page) string {
	return strings.TrimPrefix(p.Text("#declaration-error"), "Error: ")
}

func TestOnlyHeadsSendWhereTheOfficeSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`UPDATE offices SET heads_only = true WHERE id = $1`, w.Office)
	id := w.ready()
	p := w.Member.In(t).Get(page(id, "/check")).Want(http.StatusOK)
	if p.Has("form[action*='/submission']") || !p.Contains("only heads of the office send") {
		t.Errorf("the page reads %s", p.Text("main"))
	}
	w.Member.In(t).Post(page(id, "/submission"), url.Values{"declaration": {"yes"}}).Want(http.StatusForbidden)
	w.Head.In(t).Get(page(id, "/check")).Form("form[action*='/submission']").Set("declaration", "yes").Submit().WantRedirect(page(id, "/submission"))
}

func TestMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent()
	form := func() *webtest.Form { return w.Member.In(t).Get(page(id, "")).Form("form[action*='/messages']") }
	bad := form().Set("text", "  ").Submit().Want(http.StatusUnprocessableEntity)
	if bad.Text(".errors a") != "Write a message before you send it." || bad.One(".errors a").Attr("href") != "#text" {
		t.Errorf("a blank message: %q", bad.Texts(".errors li"))
	}
	long := strings.Repeat("слово ", 1000)
	bad = form().Set("text", long).Submit().Want(http.StatusUnprocessableEntity)
	if bad.Form("form[action*='/messages']").Value("text") != long {
		t.Error("the long message is not given back")
	}
	form().Set("text", "Which *year*?\r\n<script>alert(1)</script>").Submit().WantRedirect(page(id, ""))
	p := w.Member.In(t).Get(page(id, ""))
	if p.Text(".posts em") != "year" || p.Has(".posts script") || !strings.Contains(p.Text(".posts li"), "Member of the office") {
		t.Errorf("the message reads %q", p.Texts(".posts li"))
	}
	if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE submission_id = $1 AND kind = 'submission.desk_reply'`, id); n != 2 {
		t.Errorf("%d mails to the desk, want two", n)
	}
	// The session ends in the middle of a message: it comes back after signing in.
	typed := url.Values{"text": {"What I wrote for an hour."}}
	r := w.Visitor.Client.In(t).With("Referer", w.Visitor.URL()+page(id, ""))
	if got := r.Post(page(id, "/messages"), typed); !strings.HasPrefix(got.Location(), "/en/sign-in") {
		t.Fatalf("a visitor is sent to %q", got.Location())
	}
	member := webtest.SignedIn(t, w.Visitor.Client, w.router, "the same person again", w.Member.User)
	member.SetCookie(&http.Cookie{Name: "__Host-held", Value: w.Visitor.Cookie("__Host-held"), Path: "/"})
	if got := member.Get(page(id, "")).Form("form[action*='/messages']").Value("text"); got != "What I wrote for an hour." {
		t.Errorf("after signing in the field holds %q", got)
	}
}

func TestConfirmBeforeWithdrawing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent()
	confirm := w.Member.In(t).Get(page(id, "")).Click("a[href$='/withdrawal']").Want(http.StatusOK)
	if w.state(id) != workflow.Submitted {
		t.Fatal("the page itself has withdrawn it")
	}
	form := confirm.Form("form[action*='/withdrawal']")
	form.Submit().WantRedirect(page(id, ""))
	form.Submit().WantRedirect(page(id, ""))
	if w.state(id) != workflow.Withdrawn {
		t.Errorf("it is %s", w.state(id))
	}
	revised := w.published()
	w.Member.In(t).Get(page(revised, "")).Form("form[action*='/revision']").Submit().WantRedirect(page(revised, ""))
	p := w.Member.In(t).Get(page(revised, ""))
	if !p.Contains("The published one stays public") {
		t.Errorf("the page reads %s", p.Text("main"))
	}
	p.Click("a[href$='/discard']").Form("form[action*='/discard']").Submit().WantRedirect(page(revised, ""))
	if w.state(revised) != workflow.Published {
		t.Errorf("it is %s", w.state(revised))
	}
	taken := w.sent()
	w.decide(taken, workflow.Input{}, workflow.Take)
	if p := w.Member.In(t).Post(page(taken, "/withdrawal"), nil).Want(http.StatusConflict); !p.Contains("This is not possible any more") || w.state(taken) != workflow.InReview {
		t.Errorf("during the review: %s", p.Text("main"))
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.returned("Say more")
	w.write(id, form.Answers{"title": {"Register all children"}, "type": {"individual"}})
	p := w.Member.In(t).Get(page(id, "/compare?from=1&to=2")).Want(http.StatusOK)
	if !p.Contains("1 answer differs.") || p.Count("ins") == 0 || p.Count("del") == 0 {
		t.Errorf("the page reads %s", p.Text("main"))
	}
	if got := p.Texts("#from option"); len(got) != 2 || got[0] != "Version 1, sent 24 November 2026" || got[1] != "Version 2, being written" {
		t.Errorf("versions are %q", got)
	}
	same := w.Member.In(t).Get(page(id, "/compare")).Want(http.StatusOK)
	if same.Text("#from option[selected]") != p.Text("#from option[selected]") {
		t.Error("without a choice it compares the last two")
	}
	for _, query := range []string{"?from=1&to=3", "?from=9&to=1", "?from=99999999999&to=1"} {
		w.Member.In(t).Get(page(id, "/compare"+query)).Want(http.StatusNotFound)
	}
	w.Member.In(t).Get(page(id, "/compare?from=x&to=-1")).Want(http.StatusOK)
	if first := w.Member.In(t).Get(page(w.ready(), "/compare")).Want(http.StatusOK); !first.Contains("There is only one version so far.") {
		t.Errorf("a first version compared: %s", first.Text("main"))
	}
}

func TestPrintHoldsEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draft(with(complete(), form.Answers{"title": {"Enregistrer 👨‍👩‍👧‍👦 каждого تسجيل 登记 e\u0301"}}))
	p := w.Member.In(t).Get(page(id, "/print")).Want(http.StatusOK)
	for _, words := range []string{"Enregistrer 👨‍👩‍👧‍👦 каждого تسجيل 登记 e\u0301", "a.d@example.org", description, "30 September 2028", "3,000", "As of 24 November 2026, 10:42 Geneva time"} {
		if !p.Contains(words) {
			t.Errorf("the copy does not have %q", words)
		}
	}
}

func TestListShowsMyOfficesAndNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent, published := w.sent(), w.published()
	draft := w.draft(form.Answers{"title": {"Zebra crossing"}, "type": {"individual"}})
	w.draft(form.Answers{"title": {"=HYPERLINK(\"http://example.org\")"}, "type": {"individual"}})
	w.start()
	for _, c := range []struct {
		name, query string
		want        int
	}{
		{"everything", "", 5},
		{"by state", "?state=draft", 3},
		{"by a state that there is not", "?state=lost", 5},
		{"by kind", "?kind=pledge", 5},
		{"by a kind that there is not", "?kind=poem", 0},
		{"by office", fmt.Sprintf("?office=%d", w.Office), 5},
		{"by an office of others", fmt.Sprintf("?office=%d", w.OtherOffice), 0},
		{"by a word", "?q=CROSSING", 1},
		{"by two words in any order", "?q=crossing+zebra", 1},
		{"by number", fmt.Sprintf("?q=%%23%d", draft), 1},
		{"by public ID", fmt.Sprintf("?q=gcm-p-%04d", published), 1},
		{"by words and state", "?q=register&state=submitted", 1},
		{"by nothing that there is", "?q=giraffe", 0},
		{"by wildcards", "?q=%25_%5C", 0},
		{"by an injection", "?q='%3B+DROP+TABLE+submissions%3B--", 0},
		{"by half a character", "?q=%ff%00", 5},
		{"page 0", "?page=0", 5},
		{"a page beyond the last", "?page=40", 5},
		{"a page that is no number", "?page=1e9", 5},
		{"an order that there is not", "?sort=random", 5},
	} {
		p := w.Member.In(t).Get("/en/drafts" + c.query).Want(http.StatusOK)
		if got := p.Count("tbody tr"); got != c.want {
			t.Errorf("%s: %d lines, want %d", c.name, got, c.want)
		}
		if c.want > 0 && !strings.HasPrefix(p.Text("caption"), fmt.Sprint(c.want, " submission")) {
			t.Errorf("%s: the caption is %q", c.name, p.Text("caption"))
		}
		if c.want == 0 && !p.Contains("Nothing matches all your filters") {
			t.Errorf("%s: an empty list says %s", c.name, p.Text("main"))
		}
		var items []map[string]any
		if err := json.Unmarshal(w.Member.In(t).Get("/en/drafts.json"+c.query).Want(http.StatusOK).Body, &items); err != nil || len(items) != c.want {
			t.Errorf("%s: JSON has %d, %v", c.name, len(items), err)
		}
		lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(w.Member.In(t).Get("/en/drafts.csv"+c.query).Want(http.StatusOK).Body), "\ufeff"))).ReadAll()
		if err != nil || len(lines) != c.want+1 {
			t.Errorf("%s: CSV has %d lines, %v", c.name, len(lines), err)
		}
		for _, line := range lines {
			if strings.HasPrefix(line[2], "=") {
				t.Errorf("%s: a spreadsheet would take %q for a formula", c.name, line[2])
			}
		}
	}
	for _, p := range []webtest.Person{w.OtherMember, w.Newcomer, w.Officer, w.Lead, w.Administrator} {
		got := p.In(t).Get("/en/drafts").Want(http.StatusOK)
		if got.Has("tbody tr") || got.Contains("Zebra") || !got.Contains("Nothing written yet") {
			t.Errorf("%s sees %s", p.Kind, got.Text("main"))
		}
	}
	w.Visitor.In(t).Get("/en/drafts").Want(http.StatusSeeOther)
	p := w.Member.In(t).Get("/en/drafts?state=submitted")
	if !p.Has(fmt.Sprintf("a[href='/en/submissions/%d']", sent)) {
		t.Error("the line does not lead to the submission")
	}
	if p.Text("select[name=state] option[selected]") != "Sent (1)" {
		t.Errorf("the filter in use is %q", p.Text("select[name=state] option[selected]"))
	}
	p.Click(".chips a").Want(http.StatusOK)
}

func TestListIsSortedAndPaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 60 {
		w.draft(form.Answers{"title": {fmt.Sprintf("Pledge %02d", 60-i)}, "type": {"individual"}})
		w.later(time.Minute)
	}
	titles := func(query string) []string {
		return w.Member.In(t).Get("/en/drafts" + query).Want(http.StatusOK).Texts("tbody th a")
	}
	for _, c := range []struct {
		name, query, first string
		count              int
	}{
		{"last change first", "", "Pledge 01", 25},
		{"oldest first", "?sort=oldest", "Pledge 60", 25},
		{"by title", "?sort=title", "Pledge 01", 25},
		{"the second page", "?sort=title&page=2", "Pledge 26", 25},
		{"the last page", "?sort=title&page=3", "Pledge 51", 10},
		{"beyond the last page", "?sort=title&page=99", "Pledge 51", 10},
	} {
		if got := titles(c.query); len(got) != c.count || got[0] != c.first {
			t.Errorf("%s: %d lines from %q; want %d from %q", c.name, len(got), got[0], c.count, c.first)
		}
	}
	p := w.Member.In(t).Get("/en/drafts?sort=title&page=2")
	if p.Text(".pager [aria-current=page]") != "Page 2" && !strings.HasSuffix(p.Text(".pager [aria-current=page]"), "2") {
		t.Errorf("the page says that it is %q", p.Text(".pager [aria-current=page]"))
	}
	if next := p.Click(".pager a[rel=next]").Texts("tbody th a"); next[0] != "Pledge 51" {
		t.Errorf("the next page begins with %q", next[0])
	}
}
