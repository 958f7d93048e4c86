package submission_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/submission"
	"portal/internal/workflow"
)

func TestWhoMayComment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	id := w.ready()
	editor, commenter, reader := w.guest(id, "Editor", submission.ToEdit), w.guest(id, "Commenter", submission.ToComment), w.guest(id, "Reader", submission.ToView)
	for _, c := range []struct {
		name string
		who  identity.User
		want error
		sees bool
	}{
		{"a head", w.Head.User, nil, true},
		{"a contributor", w.Member.User, nil, true},
		{"a viewer of the office", w.Viewer.User, nil, true},
		{"an invited editor", editor.User, nil, true},
		{"an invited commenter", commenter.User, nil, true},
		{"an invited reader", reader.User, problem.Forbidden, false},
		{"the desk", w.Officer.User, problem.NotFound, false},
		{"another office", w.OtherMember.User, problem.NotFound, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := w.service.Comment(t.Context(), c.who, id, submission.NewComment{Field: "title", Text: "From " + c.name})
			if !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Fatalf("the answer is %v, want %v", err, c.want)
			}
			opened, err := w.service.Open(t.Context(), c.who, id)
			if err != nil {
				return
			}
			threads, err := w.service.Threads(t.Context(), opened)
			if err != nil || len(threads) > 0 != c.sees {
				t.Errorf("they see %d threads, %v", len(threads), err)
			}
		})
	}
	if err := w.service.Submit(t.Context(), w.Member.User, id, submission.Declaration{Made: true}); err != nil {
		t.Fatal(err)
	}
	w.Officer.In(t).Get(page(id, "/comments")).Want(http.StatusNotFound)
	for _, below := range []string{"", "/check", "/print"} {
		if text := string(reader.In(t).Get(page(id, below)).Body); strings.Contains(text, "From a head") {
			t.Errorf("a reader sees a comment at %s", below)
		}
	}
	if text := w.Member.In(t).Get(page(id, "/print")).Text("main"); strings.Contains(text, "From a head") {
		t.Error("the copy to print has comments")
	}
}

func TestCommentsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, other := w.ready(), w.ready()
	if err := w.service.Comment(t.Context(), w.Head.User, other, submission.NewComment{Text: "Elsewhere"}); err != nil {
		t.Fatal(err)
	}
	elsewhere := value[int64](w, `SELECT max(id) FROM draft_threads`)
	for _, c := range []struct {
		name    string
		n       submission.NewComment
		invalid bool
		want    error
	}{
		{"nothing", submission.NewComment{Text: " \n "}, true, nil},
		{"too much", submission.NewComment{Text: strings.Repeat("字", 3001)}, true, nil},
		{"as much as may be", submission.NewComment{Text: strings.Repeat("字", 3000)}, false, nil},
		{"a question that there is not", submission.NewComment{Field: "nonsense", Text: "Hello"}, false, problem.NotFound},
		{"a thread that there is not", submission.NewComment{Thread: 999999, Text: "Hello"}, false, problem.NotFound},
		{"a thread of another draft", submission.NewComment{Thread: elsewhere, Text: "Hello"}, false, problem.NotFound},
		{"what looks like code", submission.NewComment{Text: "<script>alert(1)</script> **bold**\x00"}, false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := w.service.Comment(t.Context(), w.Head.User, id, c.n)
			_, invalid := problem.InvalidFields(err)
			if invalid != c.invalid || c.want != nil && !errors.Is(err, c.want) || !c.invalid && c.want == nil && err != nil {
				t.Errorf("the answer is %v", err)
			}
		})
	}
	page := w.Member.In(t).Get(page(id, "/comments")).Want(http.StatusOK)
	if body := string(page.Body); strings.Contains(body, "<script>alert") || !strings.Contains(page.Text("main"), "<script>alert(1)</script> **bold**") {
		t.Error("a comment is not shown as it was typed")
	}
}

// The right people get a mail, once; those who may not see the draft any more, and who wrote it, get none.
func TestMailsOfComments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	id := w.ready() // all steps by the member
	editor, gone := w.guest(id, "Editor", submission.ToEdit), w.guest(id, "Gone", submission.ToComment)
	if _, err := w.service.SaveStep(t.Context(), editor.User, id, "text", workflow.Origin{Version: 1}, map[string][]string{"description": {"By the editor, who wrote this step."}}); err != nil {
		t.Fatal(err)
	}
	got := func(who identity.User) int {
		return value[int](w, `SELECT count(*)::int FROM outbox WHERE kind = 'submission.comment' AND to_user = $1`, who.ID)
	}
	say := func(who identity.User, n submission.NewComment) {
		t.Helper()
		if err := w.service.Comment(t.Context(), who, id, n); err != nil {
			t.Fatal(err)
		}
	}
	say(gone.User, submission.NewComment{Field: "description", Text: "Who is responsible?"})
	say(gone.User, submission.NewComment{Field: "description", Text: "Who is responsible?"}) // a double click
	if got(editor.User) != 1 || got(w.Member.User) != 0 || got(gone.User) != 0 {
		t.Errorf("mails: editor %d, author %d, commenter %d", got(editor.User), got(w.Member.User), got(gone.User))
	}
	thread := value[int64](w, `SELECT max(id) FROM draft_threads`)
	if n := value[int](w, `SELECT count(*)::int FROM draft_comments`); n != 1 {
		t.Errorf("%d comments are kept", n)
	}
	w.exec(`UPDATE draft_invitations SET until_on = current_date - 1 WHERE user_id = $1`, gone.User.ID)
	say(w.Head.User, submission.NewComment{Thread: thread, Text: "The ministry."})
	if got(gone.User) != 0 || got(editor.User) != 2 {
		t.Errorf("mails: whose time is over %d, editor %d", got(gone.User), got(editor.User))
	}
	say(w.Viewer.User, submission.NewComment{Text: "Well done, all of it."})
	if got(w.Member.User) != 1 || got(w.Head.User) != 0 {
		t.Errorf("mails about the whole: author %d, head %d", got(w.Member.User), got(w.Head.User))
	}
	w.Head.In(t).Get(page(id, "")).Want(http.StatusOK)
	if text := w.Head.In(t).Get(page(id, "")).Text("main"); !strings.Contains(text, "1 open comment") {
		t.Errorf("the task list says %q", text)
	}
	if text := w.Head.In(t).Get(step(id, "text")).Text("main"); !strings.Contains(text, "Who is responsible?") || !strings.Contains(text, "The ministry.") {
		t.Errorf("the step says %q", text)
	}
}

// What the writers of a draft write to each other is nobody's at the secretariat: neither the text nor the title of a
// mail, also after the draft was sent in. Only an administrator sees to which address it went.
func TestTheOutboxDoesNotTellOfADraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	id := w.ready()
	title := value[string](w, `SELECT title FROM submissions WHERE id = $1`, id)
	g := w.guest(id, "Amina Guest", submission.ToEdit)
	invitation := value[int64](w, `SELECT max(id) FROM draft_invitations`)
	err := errors.Join(
		w.service.Comment(t.Context(), g.User, id, submission.NewComment{Text: "A word between us."}),
		w.service.ChangeInvitation(t.Context(), w.Member.User, id, invitation, submission.NewInvitation{Rights: submission.ToView, Until: inDays(9)}),
		w.service.EndInvitation(t.Context(), w.Member.User, id, invitation),
		w.service.Submit(t.Context(), w.Member.User, id, submission.Declaration{Made: true}),
	)
	if err != nil {
		t.Fatal(err)
	}
	mails := map[string]string{}
	for _, kind := range []string{"comment", "invitation", "invitation_accepted", "invitation_changed", "invitation_ended"} {
		number := value[int64](w, `SELECT max(id) FROM outbox WHERE kind = $1`, "submission."+kind)
		mails[kind] = fmt.Sprint(number)
		for _, who := range []identity.User{w.Administrator.User, w.Officer.User, w.Lead.User} {
			m, err := mail.Read(t.Context(), w.db, who, number, time.Now())
			switch {
			case who.Is(identity.Administrator) && err != nil, !who.Is(identity.Administrator) && !errors.Is(err, problem.NotFound):
				t.Errorf("%s, read by %s: %v", kind, who.Name, err)
			case m.Body != "" || m.HTML != "" || m.Subject != "":
				t.Errorf("%s, read by %s: %q %q", kind, who.Name, m.Subject, m.Body)
			case who.Is(identity.Administrator) && m.ToAddress == "":
				t.Errorf("an administrator cannot see where %s went", kind)
			}
		}
	}
	for _, who := range []identity.User{w.Administrator.User, w.Officer.User} {
		all, err := mail.List(t.Context(), w.db.Read(), who, mail.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if !who.Is(identity.Administrator) && (e.ToAddress == g.User.Email || e.ToName == g.User.Name) {
				t.Errorf("the list of %s has the guest: %+v", who.Name, e)
			}
			if e.Secret && (strings.Contains(e.Subject, title) || strings.Contains(e.Subject, g.User.Name)) {
				t.Errorf("the list of %s has a subject of the draft: %+v", who.Name, e)
			}
		}
	}
}

func TestCommentsByForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ready()
	in := w.Member.In(t)
	to := in.Get(step(id, "text")).Form("form.step").Set("description", "What was typed when somebody wanted to comment.").Press("do=comments:description").Want(http.StatusSeeOther).Location()
	if !strings.HasPrefix(to, page(id, "/comments?at=description")) || w.kept(id, "description") != "What was typed when somebody wanted to comment." {
		t.Errorf("one is at %s, kept is %q", to, w.kept(id, "description"))
	}
	p := in.Get(to).Want(http.StatusOK)
	f := p.Form(`form[action$="/comments#errors"]`)
	if f.Value("at") != "description" {
		t.Errorf("the question is %q", f.Value("at"))
	}
	bad := f.Set("text", "  ").Press("").Want(http.StatusUnprocessableEntity)
	if bad.Form(`form[action$="/comments#errors"]`).Value("at") != "description" || !bad.Has("#errors") {
		t.Error("the question is lost with a mistake")
	}
	bad.Form(`form[action$="/comments#errors"]`).Set("text", "Is that all?").Press("").Want(http.StatusSeeOther)
	thread := strconv.FormatInt(value[int64](w, `SELECT max(id) FROM draft_threads WHERE field = 'description'`), 10)
	at := page(id, "/comments/"+thread)
	w.Viewer.In(t).Post(at, url.Values{"do": {"resolve"}}).Want(http.StatusSeeOther)
	w.Viewer.In(t).Post(at, url.Values{"do": {"resolve"}}).Want(http.StatusSeeOther)
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'resolve_thread'`); n != 1 {
		t.Errorf("resolved %d times", n)
	}
	if text := in.Get(page(id, "/comments")).Text("#resolved"); !strings.Contains(text, "Is that all?") || !strings.Contains(text, "Resolved by Viewer") {
		t.Errorf("the resolved ones say %q", text)
	}
	in.Post(at, url.Values{"do": {"reopen"}}).Want(http.StatusSeeOther)
	in.Post(at, url.Values{"do": {"resolve"}}).Want(http.StatusSeeOther)
	in.Post(page(id, "/comments"), url.Values{"thread": {thread}, "text": {"One thing more."}}).Want(http.StatusSeeOther)
	if open := value[bool](w, `SELECT resolved_at IS NULL FROM draft_threads WHERE id = $1`, thread); !open {
		t.Error("an answer does not open the thread again")
	}
	w.Newcomer.In(t).Post(at, url.Values{"do": {"resolve"}}).Want(http.StatusNotFound)
	in.Post(page(w.ready(), "/comments/"+thread), url.Values{"do": {"resolve"}}).Want(http.StatusNotFound)
	// A question that the form no longer has.
	w.exec(`UPDATE draft_threads SET field = 'long_gone' WHERE id = $1`, thread)
	if text := in.Get(page(id, "/comments")).Want(http.StatusOK).Text("main"); !strings.Contains(text, "no longer has") || !strings.Contains(text, "Is that all?") {
		t.Errorf("the page says %q", text)
	}
}

func TestWhoIsWriting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	id := w.ready()
	g := w.guest(id, "Nadia", submission.ToEdit)
	reader := w.guest(id, "Reader", submission.ToView)
	w.Head.In(t).Get(step(id, "text")).Want(http.StatusOK)
	name := w.Head.User.Name
	for who, p := range map[string]interface{ Text(string) string }{
		"the member's step":     w.Member.In(t).Get(step(id, "text")),
		"the member's list":     w.Member.In(t).Get(page(id, "")),
		"an invited editor":     g.In(t).Get(step(id, "text")),
		"an invited reader":     reader.In(t).Get(page(id, "")),
		"the viewer's own list": w.Viewer.In(t).Get(page(id, "")),
	} {
		if !strings.Contains(p.Text("main"), name+" has this step open since") {
			t.Errorf("%s does not say so: %q", who, p.Text("main"))
		}
	}
	if text := w.Head.In(t).Get(step(id, "text")).Text("[data-presence]"); strings.Contains(text, name) || !strings.Contains(text, "Nadia") {
		t.Errorf("to the head it says %q", text)
	}
	answer := w.Member.In(t).Post(step(id, "text")+"/presence", nil).Want(http.StatusOK)
	if body := string(answer.Body); !strings.Contains(body, name) || !strings.Contains(body, `"text"`) {
		t.Errorf("the script is told %s", body)
	}
	w.Viewer.In(t).Post(step(id, "text")+"/presence", nil).Want(http.StatusForbidden)
	w.OtherMember.In(t).Post(step(id, "text")+"/presence", nil).Want(http.StatusNotFound)
	// After five minutes without a word it fades; a ping keeps it, with the time at which it was opened.
	w.later(4 * time.Minute)
	w.Head.In(t).Post(step(id, "text")+"/presence", nil).Want(http.StatusOK)
	w.later(4 * time.Minute)
	if text := w.Member.In(t).Get(page(id, "")).Text("main"); !strings.Contains(text, name+" has this step open since") || strings.Contains(text, "Nadia has this step") {
		t.Errorf("after eight minutes the list says %q", text)
	}
	w.later(2 * time.Minute)
	if text := w.Arab.In(t).Get(page(id, "")).Text("main"); strings.Contains(text, name+" has this step open") {
		t.Errorf("after ten minutes the list says %q", text)
	}
	// Who has gone on is not there any more.
	f := w.Head.In(t).Get(step(id, "text")).Form("form.step")
	f.Press("do=later").Want(http.StatusSeeOther)
	if text := w.Member.In(t).Get(page(id, "")).Text("main"); strings.Contains(text, name+" has this step open") {
		t.Errorf("after saving the list says %q", text)
	}
	// Whose access has ended is not named.
	g.In(t).Get(step(id, "text")).Want(http.StatusOK)
	w.exec(`UPDATE draft_invitations SET ended_at = now()`)
	if text := w.Member.In(t).Get(page(id, "")).Text("main"); strings.Contains(text, "Nadia has this step") {
		t.Errorf("after the end the list says %q", text)
	}
	w.later(time.Hour)
	if err := w.service.SweepPresence(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := value[int](w, `SELECT count(*)::int FROM step_presence`); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// What a browser fetches without anybody looking does not say that somebody writes.
func TestALookThatNobodyTakesIsNoPresence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.realTime()
	id := w.ready()
	head := w.Head.In(t)
	head.Do(head.Request(http.MethodHead, step(id, "text"), nil)).Want(http.StatusOK)
	w.Head.In(t).With("Sec-Purpose", "prefetch;prerender").Get(step(id, "text")).Want(http.StatusOK)
	if n := value[int](w, `SELECT count(*)::int FROM step_presence`); n != 0 {
		t.Errorf("%d people have a step open", n)
	}
	w.Head.In(t).Get(step(id, "text")).Want(http.StatusOK)
	if n := value[int](w, `SELECT count(*)::int FROM step_presence`); n != 1 {
		t.Errorf("%d people have a step open, want the head", n)
	}
}

// Of two texts one takes, question by question, the own or the other; a third save in between shows up.
func TestTakingTheOtherAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draft(with(complete(), map[string][]string{"indicators.1.what": {"Second"}, "indicators.1.target": {"2"}}))
	in := w.Head.In(t)
	mine := in.Get(step(id, "measures")).Form("form.step").Set("indicators.0.what", "Mine").Set("indicators.1.what", "Mine too")
	w.write(id, with(complete(), map[string][]string{"indicators.0.what": {"Theirs"}, "indicators.1.what": nil, "description": nil, "title": nil}))
	both := mine.Press("do=later").Want(http.StatusConflict)
	if text := both.Text("main"); !strings.Contains(text, "Theirs") {
		t.Errorf("the other text is not there: %q", text)
	}
	if f := both.Form("form.step"); f.Value("indicators.0.what") != "Mine" || f.Value("indicators.1.what") != "Mine too" {
		t.Errorf("the own text is %v", f.Values())
	}
	w.write(id, with(complete(), map[string][]string{"indicators.0.what": {"A third text"}, "description": nil, "title": nil}))
	third := both.Form("form.step").Press("do=later").Want(http.StatusConflict)
	if text := third.Text("main"); !strings.Contains(text, "A third text") {
		t.Errorf("the third text is not there: %q", text)
	}
	third.Form("form.step").Press("do=theirs:indicators").Want(http.StatusSeeOther)
	if got := w.kept(id, "indicators.0.what"); got != "A third text" {
		t.Errorf("kept is %q", got)
	}

	// Two questions differ: one of theirs, one of mine.
	mine = in.Get(step(id, "what")).Form("form.step").Set("title", "My title").Set("mirror", "yes")
	w.write(id, map[string][]string{"title": {"Their title"}, "type": {"common"}})
	one := mine.Press("do=continue").Want(http.StatusConflict).Form("form.step").Press("do=theirs:title").Want(http.StatusConflict)
	f := one.Form("form.step")
	if f.Value("title") != "Their title" || f.Value("mirror") != "yes" || f.Value("type") != "individual" {
		t.Errorf("the form holds %v", f.Values())
	}
	f.Press("do=later").Want(http.StatusSeeOther)
	if c := w.open(id); c.Answers.First("title") != "Their title" || c.Answers.First("mirror") != "yes" || c.Answers.First("type") != "individual" {
		t.Errorf("kept is %v", c.Answers)
	}
}
