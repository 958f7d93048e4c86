package review_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portal/internal/problem"
	"portal/internal/review"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// at is the address of a page of a submission at the desk, in English.
func at(id workflow.ID, below string) string {
	return fmt.Sprintf("/en/desk/submissions/%d%s", id, below)
}

// page opens a submission at the desk.
func (w *world) page(who webtest.Person, id workflow.ID) *webtest.Page {
	w.Helper()
	return who.In(w.T).Get(at(id, "")).Want(http.StatusOK)
}

// TestRoutesForEverybody tries every route as every kind of person: visitors are asked to sign in, who is no staff finds
// nothing, and neither does staff of another desk or with a conflict.
func TestRoutesForEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("A pledge")
	other := w.reviewed("Another pledge")
	w.decide(other, review.Decision{Action: workflow.RequestChanges, Note: "Say more"})
	w.step(other, w.Member.User, workflow.Submit, "")
	letter := value[int64](w, `SELECT min(id) FROM outbox WHERE submission_id = $1`, other)
	for _, c := range []struct {
		method, path string
		form         url.Values
		desk         int  // for officers and leads of the desk
		all          bool // for all other staff the same
	}{
		{"GET", "/en/desk", nil, 200, true},
		{"GET", "/en/desk/queue.csv", nil, 200, true},
		{"GET", "/en/desk/queue.xlsx", nil, 200, true},
		{"GET", "/en/desk/queue.json", nil, 200, true},
		{"GET", "/en/desk/outbox", nil, 200, true},
		{"GET", at(id, ""), nil, 200, false},
		{"GET", at(id, "/changes"), nil, 303, false}, // the first revision
		{"GET", at(other, "/changes"), nil, 200, false},
		{"GET", at(other, "/changes?from=1&to=2"), nil, 200, false},
		{"GET", at(other, "/changes?from=1&to=7"), nil, 404, false},
		{"GET", at(id, "/history"), nil, 200, false},
		{"GET", fmt.Sprintf("/en/desk/outbox/%d", letter), nil, 200, false},
		{"GET", at(1<<40, ""), nil, 404, false},
		{"GET", "/en/desk/submissions/x", nil, 404, true},
		{"POST", at(id, "/assignment"), url.Values{}, 404, false},
		{"POST", at(id, "/assignment"), url.Values{"to": {"colleague"}}, 422, false},
		{"POST", at(id, "/assignment"), url.Values{"to": {"colleague"}, "colleague": {"1e9"}}, 422, false},
		{"POST", at(id, "/assignment"), url.Values{"to": {"me"}, "version": {"0"}}, 409, false},
		{"POST", at(id, "/notes"), url.Values{}, 422, false},
		{"POST", at(id, "/messages"), url.Values{}, 422, false},
		{"POST", at(id, "/decision"), url.Values{}, 409, false},
		{"POST", at(id, "/decision"), url.Values{"version": {fmt.Sprint(w.version(id))}}, 422, false},
		{"POST", at(id, "/decision"), url.Values{"version": {fmt.Sprint(w.version(id))}, "action": {"publish"}}, 200, false},
		{"POST", fmt.Sprintf("/en/desk/outbox/%d/sending", letter), url.Values{}, 409, false},
	} {
		for _, p := range w.everybody() {
			if p.User.FactorNeeded {
				p.User.ID = 0 // for the desk they are nobody yet
			}
			onDesk := p.User.ID == w.Officer.User.ID || p.User.ID == w.Lead.User.ID || p.User.ID == w.Second.User.ID
			want := c.desk
			switch {
			case !p.User.SignedIn():
				want = http.StatusSeeOther
			case !p.User.IsStaff(), !onDesk && !c.all:
				want = http.StatusNotFound
			}
			if p.User.ID == w.Officer.User.ID && c.form.Get("to") == "me" {
				want = http.StatusSeeOther // it is theirs already
			}
			var got *webtest.Page
			if c.method == "GET" {
				got = p.In(t).Get(c.path)
			} else {
				got = p.In(t).Post(c.path, c.form)
			}
			if got.Status != want {
				t.Errorf("%s %s %v as %s: %d, want %d", c.method, c.path, c.form, p.Kind, got.Status, want)
			}
			first := "/sign-in"
			if p.User.FactorNeeded {
				first = "/account/factor"
			}
			if !p.User.SignedIn() && !strings.Contains(got.Location(), first) {
				t.Errorf("%s %s as %s leads to %s", c.method, c.path, p.Kind, got.Location())
			}
			if got.Status == http.StatusNotFound && strings.Contains(string(got.Body), "pledge") {
				t.Errorf("%s %s as %s: the page that was not found tells of it", c.method, c.path, p.Kind)
			}
		}
	}
	if w.state(id) != workflow.InReview || w.state(other) != workflow.Submitted {
		t.Errorf("afterwards they are %s and %s", w.state(id), w.state(other))
	}
}

func TestADecisionFromThePageToTheLetter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent("Register every child")
	p := w.page(w.Officer, id)
	reads(t, p, "#decision", "Take the submission first")
	p = p.Form("#decision").Press("Take it and start the review").WantRedirect(at(id, "?at=2026-12-01")).Follow().Want(http.StatusOK)
	reads(t, p, ".flash", "The review has begun")
	if w.state(id) != workflow.InReview {
		t.Fatalf("it is %s", w.state(id))
	}

	form := p.Form("#decision").Set("action", "request_changes").Set("note", "Two things:\n\n👩‍👧 من فضلكم").Set("change.title", "Shorter").Set("change.barriers", "Which?")
	confirm := form.Submit().Want(http.StatusOK) // Enter presses the button of the decision
	reads(t, confirm, "h1", "Confirm: Request changes")
	reads(t, confirm, ".letter", "Two things:", "Shorter", "Which?", "مطلوب تغييرات")
	if n := confirm.Count(".letter"); n != 3 {
		t.Errorf("%d letters are shown", n)
	}
	if confirm.Count(`.letter[lang=ar][dir=rtl]`) != 1 || confirm.Count(`.letter[lang=en][dir=ltr]`) != 2 {
		t.Error("the letters do not say their language and direction")
	}
	if w.state(id) != workflow.InReview || len(w.mails(id, "review.request_changes")) != 0 {
		t.Fatal("something has happened before it was confirmed")
	}

	back := confirm.Form("form[action*=decision]").Press("step=back").Want(http.StatusOK)
	typed := back.Form("#decision")
	if typed.Value("action") != "request_changes" || typed.Value("note") != "Two things:\n\n👩‍👧 من فضلكم" || typed.Value("change.title") != "Shorter" || typed.Value("change.barriers") != "Which?" {
		t.Errorf("back on the page there is %v", typed.Values())
	}
	if again := w.page(w.Officer, id).Form("#decision"); again.Value("note") != typed.Value("note") || again.Value("change.title") != "Shorter" {
		t.Errorf("on the browser's own way back there is %v", again.Values())
	}

	confirm = back.Form("#decision").Submit().Want(http.StatusOK)
	done := confirm.Form("form[action*=decision]").Press("step=confirmed").WantRedirect(at(id, "?at=2026-12-01")).Follow().Want(http.StatusOK)
	reads(t, done, ".flash", "Done: Changes requested")
	if w.state(id) != workflow.ChangesRequested || len(w.mails(id, "review.request_changes")) != 3 {
		t.Errorf("it is %s, letters to %v", w.state(id), w.mails(id, "review.request_changes"))
	}
	reads(t, done, ".answers", "Shorter", "Which?")
	reads(t, done, ".note", "You read revision 1")
	if done.Form("#decision").Value("note") != "" || done.Has("[name='change.title']") {
		t.Error("what was sent is offered to be sent again")
	}

	again := confirm.Form("form[action*=decision]").Press("step=confirmed").WantRedirect(at(id, "?at=2026-12-01")).Follow().Want(http.StatusOK) // pressed twice
	reads(t, again, ".flash", "Done: Changes requested")
	if len(w.mails(id, "review.request_changes")) != 3 {
		t.Error("the letters left twice")
	}
}

func TestDecisionsThatAreNotComplete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("A pledge")
	long := strings.Repeat(family, workflow.MaxNote+1)
	p := w.page(w.Officer, id).Form("#decision").Set("note", long).Set("change.title", long).Set("internal", "Do not forget").Submit().Want(http.StatusUnprocessableEntity)
	if title := p.Text("title"); !strings.HasPrefix(title, "Error:") {
		t.Errorf("the title is %q", title)
	}
	for _, link := range p.All("#errors a") {
		if !p.Has(fmt.Sprintf("[id='%s']", strings.TrimPrefix(link.Attr("href"), "#"))) {
			t.Errorf("the summary leads to %s, which is nowhere", link.Attr("href"))
		}
	}
	if got := p.Texts("#errors a"); len(got) != 3 || !strings.Contains(got[0], "5,001") || got[1] != "Choose a decision." || !strings.Contains(got[2], "5,001") {
		t.Errorf("the summary says %q", got)
	}
	if got := p.One("[id='change.title']"); got.Attr("aria-describedby") != "change.title-error" || got.Attr("aria-invalid") != "true" {
		t.Error("the request is not tied to what is wrong with it")
	}
	if !p.One("details.ask[open]").HasAttr("open") {
		t.Error("the request is hidden")
	}
	typed := p.Form("#decision")
	if typed.Value("note") != long || typed.Value("change.title") != long || typed.Value("internal") != "Do not forget" {
		t.Error("what was typed is lost")
	}
	p = typed.Set("note", "").Set("change.title", "").Set("action", "decline").Submit().Want(http.StatusUnprocessableEntity)
	reads(t, p, "#errors a", "Write the reason for declining")
	if p.Form("#decision").Value("action") != "decline" || p.Form("#decision").Value("internal") != "Do not forget" {
		t.Error("what was chosen is lost")
	}
}

// All that is typed on the page is one form: to send a part of it loses none of the rest.
func TestSendingOneThingLosesNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("A pledge")
	fill := func(p *webtest.Page) *webtest.Form {
		return p.Form("#decision").Set("action", "decline").Set("note", "The letter").Set("change.title", "The request").Set("internal", "The note").Set("message", "The message")
	}
	check := func(step string, p *webtest.Page, names ...string) {
		t.Helper()
		all := map[string]string{"action": "decline", "note": "The letter", "change.title": "The request", "internal": "The note", "message": "The message"}
		got := p.Form("#decision").Values()
		for _, name := range names {
			if got.Get(name) != all[name] {
				t.Errorf("after %s, %s is %q", step, name, got.Get(name))
			}
			delete(all, name)
		}
		for name := range all {
			if got.Get(name) != "" {
				t.Errorf("after %s, %s is still %q", step, name, got.Get(name))
			}
		}
	}
	p := fill(w.page(w.Officer, id)).Press("Add note").WantRedirect(at(id, "?at=2026-12-01")).Follow().Want(http.StatusOK)
	reads(t, p, ".flash", "Note added")
	check("the note", p, "action", "note", "change.title", "message")
	check("the note, on another visit", w.page(w.Officer, id), "action", "note", "change.title", "message")
	p = p.Form("#decision").Press("Send message").Follow().Want(http.StatusOK)
	check("the message", p, "action", "note", "change.title")
	p = p.Form("#decision").Press("Give it back to the queue").Follow().Want(http.StatusOK)
	check("giving it back", p, "action", "note", "change.title")
	p = p.Form("#decision").Press("Take it").Follow().Want(http.StatusOK)
	check("taking it", p, "action", "note", "change.title")
	p = p.Form("#decision").Set("internal", "The note").Press("Assign").Want(http.StatusUnprocessableEntity)
	reads(t, p, "#errors a", "Choose the colleague")
	check("choosing no colleague", p, "action", "note", "change.title", "internal")
	second := fmt.Sprint(w.Second.User.ID)
	p = p.Form("#decision").Set("colleague", second).Press("Assign").Follow().Want(http.StatusOK)
	reads(t, p, ".flash", "Assigned.")
	check("assigning", p, "action", "note", "change.title", "internal")
	reads(t, p, "button", "Take it over")
	p = p.Form("#decision").Press("Take it over").Follow().Want(http.StatusOK)
	reads(t, p, ".flash", "It is yours now.")

	confirm := p.Form("#decision").Submit().Want(http.StatusOK)
	p = confirm.Form("form[action*=decision]").Press("step=confirmed").Follow().Want(http.StatusOK)
	check("the decision", p, "internal")
	if got := values[string](w, `SELECT shown_to || ' ' || body FROM submission_notes ORDER BY id`); strings.Join(got, "|") != "staff The note|submitter The message|submitter The letter" {
		t.Errorf("what was written is %q", got)
	}
	p = p.Form("#decision").Press("Add note").Follow().Want(http.StatusOK)
	check("the last", p)
}

func TestSomebodyWasFaster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("A pledge")
	mine := w.page(w.Second, id).Form("#decision").Set("action", "publish").Set("note", "Well done").Set("change.title", "Shorter").Set("message", "Hello")
	confirm := mine.Submit().Want(http.StatusOK)

	w.decide(id, review.Decision{Action: workflow.Decline, Note: "Not this"})
	for name, p := range map[string]*webtest.Page{
		"from the page":                  mine.Submit(),
		"from the confirmation":          confirm.Form("form[action*=decision]").Press("step=confirmed"),
		"on the way back":                confirm.Form("form[action*=decision]").Press("step=back"),
		"in Arabic, with a filter":       w.Second.In(t).Post(fmt.Sprintf("/ar/desk/submissions/%d/decision?country=KE", id), mine.Values()),
		"an assignment to the colleague": mine.Press("Take it over"),
	} {
		p.Want(http.StatusConflict)
		for _, want := range []string{w.Officer.User.Name} {
			if !strings.Contains(p.Text("#errors"), want) {
				t.Errorf("%s: the page says %q", name, p.Text("#errors"))
			}
		}
		reads(t, p, "#decision", "Well done", "Shorter")
		if p.Form("#decision").Value("message") != "Hello" {
			t.Errorf("%s: what was typed is lost", name)
		}
	}
	reads(t, mine.Submit(), "#errors", "Declined", "24 November 2026")
	if w.state(id) != workflow.Declined || len(w.mails(id, "review.publish")) != 0 {
		t.Errorf("it is %s", w.state(id))
	}

	// While it can still be decided the form holds what was typed, for the version of now.
	other := w.reviewed("Another")
	late := w.page(w.Second, other).Form("#decision").Set("action", "publish").Set("note", "Well done")
	if err := w.desk.Assign(t.Context(), w.Officer.User, other, 0, w.version(other)); err != nil {
		t.Fatal(err)
	}
	p := late.Submit().Want(http.StatusConflict)
	reads(t, p, "#errors", "Officer of the desk took this step", "Assignment changed")
	again := p.Form("#decision")
	if again.Value("note") != "Well done" || again.Value("action") != "publish" {
		t.Error("what was typed is lost")
	}
	again.Submit().Want(http.StatusOK).Form("form[action*=decision]").Press("step=confirmed").WantRedirect(at(other, "?at=2026-12-01"))
	if w.state(other) != workflow.Published {
		t.Errorf("it is %s", w.state(other))
	}
	// The same person, on another page.
	reads(t, late.Submit().Want(http.StatusConflict), "#errors", "You took this step yourself")
}

func TestASessionThatEndsKeepsTheDecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("A pledge")
	p := w.page(w.Officer, id)
	fill := func() *webtest.Form {
		return p.Form("#decision").Set("action", "request_changes").Set("note", "من فضلكم 🙏").Set("change.title", "Shorter").Set("internal", "For us").Set("message", "For them")
	}
	confirm := fill().Submit().Want(http.StatusOK)
	signIn := func() {
		t.Helper()
		cookie, err := w.router.SessionCookie(t.Context(), w.Officer.User)
		if err != nil {
			t.Fatal(err)
		}
		w.Officer.SetCookie(cookie)
	}
	for name, send := range map[string]func() *webtest.Page{
		"the decision":     func() *webtest.Page { return fill().Submit() },
		"the confirmation": func() *webtest.Page { return confirm.Form("form[action*=decision]").Press("step=confirmed") },
		"a note":           func() *webtest.Page { return fill().Press("Add note") },
		"an assignment":    func() *webtest.Page { return fill().Press("Give it back to the queue") },
	} {
		w.exec(`DELETE FROM sessions`)
		answer := send()
		if answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/en/sign-in?next=%2Fen%2Fdesk%2Fsubmissions") {
			t.Fatalf("%s: status %d, to %s", name, answer.Status, answer.Location())
		}
		signIn()
		got := w.page(w.Officer, id).Form("#decision").Values()
		for field, want := range map[string]string{"action": "request_changes", "note": "من فضلكم 🙏", "change.title": "Shorter", "internal": "For us", "message": "For them"} {
			if got.Get(field) != want {
				t.Errorf("%s: after signing in, %s is %q", name, field, got.Get(field))
			}
		}
	}
	if w.state(id) != workflow.InReview || value[int](w, `SELECT count(*)::int FROM submission_notes`) != 0 {
		t.Error("something was done for somebody who was not signed in")
	}
}

func TestHostileDecisions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("A pledge")
	version := fmt.Sprint(w.version(id))
	for name, c := range map[string]struct {
		form url.Values
		want int
	}{
		"a NUL in the letter":          {url.Values{"action": {"decline"}, "note": {"Not\x00 this"}}, 200},
		"nothing but NUL":              {url.Values{"action": {"decline"}, "note": {"\x00"}}, 422},
		"broken UTF-8":                 {url.Values{"action": {"decline"}, "note": {"caf\xe9"}}, 200},
		"a million characters":         {url.Values{"action": {"decline"}, "note": {strings.Repeat("x", 1_000_000)}}, 422},
		"a million at a question":      {url.Values{"action": {"request_changes"}, "change.title": {strings.Repeat("👩‍👧", 100_000)}}, 422},
		"an action of the owner":       {url.Values{"action": {"withdraw"}}, 409},
		"an action that there is not":  {url.Values{"action": {"'; DROP TABLE submissions"}}, 422},
		"a question that there is not": {url.Values{"action": {"request_changes"}, "change.nothing": {"x"}, "change.": {"x"}}, 422},
		"markup":                       {url.Values{"action": {"decline"}, "note": {"</textarea><script>alert(1)</script>"}}, 200},
		"an override of direction":     {url.Values{"action": {"decline"}, "note": {"\u202Eevil"}}, 200},
		"a version that is no number":  {url.Values{"action": {"decline"}, "note": {"x"}, "version": {"1e3"}}, 409},
		"a huge version":               {url.Values{"action": {"decline"}, "note": {"x"}, "version": {"99999999999999999999"}}, 409},
	} {
		if !c.form.Has("version") {
			c.form.Set("version", version)
		}
		p := w.Officer.In(t).Post(at(id, "/decision"), c.form)
		if p.Status != c.want {
			t.Errorf("%s: %d, want %d", name, p.Status, c.want)
		}
		if strings.Contains(string(p.Body), "<script>alert") {
			t.Errorf("%s: it is markup in the page", name)
		}
		if note := c.form.Get("note"); name == "a million characters" && p.Form("#decision").Value("note") != note {
			t.Errorf("%s: it is lost", name)
		}
	}
	p := w.Officer.In(t).Post(at(id, "/messages"), url.Values{"message": {"</p><script>alert(1)</script> \u202Eevil"}}).Follow().Want(http.StatusOK)
	if strings.Contains(string(p.Body), "<script>alert") {
		t.Error("a message is markup in the page")
	}
	if w.state(id) != workflow.InReview {
		t.Errorf("it is %s", w.state(id))
	}
	if p := w.Officer.In(t).Post(at(id, "/decision"), url.Values{"note": {strings.Repeat("x", 20<<20)}}); p.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("twenty million characters: %d", p.Status)
	}
}

func TestCasePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("Register every child")
	w.decide(id, review.Decision{Action: workflow.RequestChanges, Note: "Almost", Changes: []workflow.ChangeRequest{{Field: "description", Body: "How many posts?"}}})
	w.write(id, w.Member.User, map[string][]string{"description": {"We place a registrar in each of the 41 border health posts."}})
	w.upload(id, "plan.txt")
	w.step(id, w.Member.User, workflow.Submit, "")
	p := w.page(w.Lead, id)
	reads(t, p, ".tabs a", "Changes since revision 1", "History")
	reads(t, p, ".changed", "Changed", "How many posts?", "plan.txt")
	if n := p.Count(".changed"); n != 2 {
		t.Errorf("%d answers are marked as changed", n)
	}
	reads(t, p, ".timeline li", "Sent to the secretariat, revision 2", "Sent to the secretariat, revision 1", "Changes requested")
	if got := p.Texts(".rail button"); len(got) == 0 || got[0] != "Take it and start the review" {
		t.Errorf("the buttons are %q", got)
	}
	changes := p.Click(".tabs a[href*=changes]").Want(http.StatusOK)
	reads(t, changes, "main", "2 answers changed", "plan.txt")
	reads(t, changes, "ins", "41")
	reads(t, changes, "del", "14")
	letters := p.Click("a[href*=outbox]").Want(http.StatusOK)
	if n := letters.Count("tbody tr"); n != 3 {
		t.Errorf("%d mails about it", n)
	}
	letter := w.Lead.In(t).Get(letters.All("tbody a")[0].Attr("href")).Want(http.StatusOK)
	reads(t, letter, ".letter", "How many posts?")
	letter.Click("dd a").Want(http.StatusOK)

	if err := w.desk.Assign(t.Context(), w.Lead.User, id, w.Lead.User.ID, w.version(id)); err != nil {
		t.Fatal(err)
	}
	w.exec(`UPDATE offices SET state = 'proposed' WHERE id = $1`, w.Office)
	p = w.page(w.Lead, id)
	reads(t, p, ".note", "This office is not approved yet")
	reads(t, p, ".choices", "Approve")
	if p.Has("[name=action][value=publish]") {
		t.Error("it can be published before its office is approved")
	}
	if legend := p.Text("#decision fieldset legend"); legend != "Decision" {
		t.Errorf("the choices are named %q", legend)
	}
	for _, e := range p.All("textarea, select, [name=action]") {
		id := e.Attr("id")
		if id == "" || !p.Has(fmt.Sprintf("label[for='%s']", id)) && e.Attr("name") != "action" {
			t.Errorf("%s %q has no label", e.Tag(), e.Attr("name"))
		}
	}
	untitled := w.draft(w.pledge, w.Member.User, w.Office, complete(""))
	w.step(untitled, w.Member.User, workflow.Submit, "")
	reads(t, w.page(w.Lead, untitled), "h1", "Without a title yet")
	w.Lead.In(t).Get(strings.Replace(at(id, ""), "/en/", "/ar/", 1)).Want(http.StatusOK)
}

func TestOutboxPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("A pledge")
	for i := range 20 {
		if err := w.desk.Message(t.Context(), w.Officer.User, id, fmt.Sprint("Message ", i)); err != nil {
			t.Fatal(err)
		}
	}
	p := w.Officer.In(t).Get("/en/desk/outbox").Want(http.StatusOK)
	if p.Count("tbody tr") != 50 {
		t.Errorf("a page has %d", p.Count("tbody tr"))
	}
	reads(t, p, "caption", "60 mails")
	if p = p.Click("a.more[href*=before]").Want(http.StatusOK); p.Count("tbody tr") != 10 || p.Has("a.more[href*=before]") {
		t.Errorf("the second has %d", p.Count("tbody tr"))
	}
	about := w.Officer.In(t).Get(fmt.Sprintf("/en/desk/outbox?about=%d&state=queued", id)).Want(http.StatusOK)
	if next := about.Click("a.more[href*=before]").Want(http.StatusOK); next.Count("tbody tr") != 10 {
		t.Errorf("the second page about it has %d", next.Count("tbody tr"))
	}
	w.Officer.In(t).Get("/en/desk/outbox?state=failed").Want(http.StatusOK)
	w.Officer.In(t).Get("/ar/desk/outbox?state=nonsense&before=x&about=-1").Want(http.StatusOK)

	mail := value[int64](w, `SELECT min(id) FROM outbox`)
	path := fmt.Sprintf("/en/desk/outbox/%d", mail)
	if w.Officer.In(t).Get(path).Want(http.StatusOK).Has("form[action*=sending]") {
		t.Error("a mail that waits can be sent again")
	}
	w.exec(`UPDATE outbox SET state = 'unsure', finished_at = now() WHERE id = $1`, mail)
	p = w.Officer.In(t).Get(path).Want(http.StatusOK)
	reads(t, p, ".note", "It may have arrived")
	p.Form("form[action*=sending]").Submit().WantRedirect(path)
	if got := value[string](w, `SELECT state FROM outbox WHERE id = $1`, mail); got != "queued" {
		t.Errorf("it is %s", got)
	}
	p.Form("form[action*=sending]").Submit().Want(http.StatusConflict) // pressed twice
}

// The desk's service and its pages agree on what moved on.
func TestADecisionOnAnotherVersionIsStale(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("A pledge")
	err := w.desk.Decide(t.Context(), w.Officer.User, id, review.Decision{Action: workflow.Publish, Version: w.version(id) - 1})
	if !errors.Is(err, problem.Stale) {
		t.Errorf("%v", err)
	}
}
