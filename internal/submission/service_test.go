package submission_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/submission"
	"portal/internal/workflow"
)

func TestStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		name   string
		who    identity.User
		kind   string
		office int64
		want   error
	}{
		{"a contributor", w.Member.User, "pledge", w.Office, nil},
		{"a head", w.Head.User, "pledge", w.Office, nil},
		{"a viewer", w.Viewer.User, "pledge", w.Office, problem.Forbidden},
		{"for another office", w.Member.User, "pledge", w.OtherOffice, problem.Forbidden},
		{"without an office", w.Newcomer.User, "pledge", w.Office, problem.Forbidden},
		{"the desk", w.Officer.User, "pledge", w.Office, problem.Forbidden},
		{"a kind that there is not", w.Member.User, "poem", w.Office, problem.NotFound},
	} {
		if _, err := w.service.Start(t.Context(), c.who, c.kind, c.office); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestEightClicksOnStartOpenOneDraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := make([]workflow.ID, 8)
	var all sync.WaitGroup
	for i := range ids {
		all.Add(1)
		go func() {
			defer all.Done()
			var err error
			if ids[i], err = w.service.Start(t.Context(), w.Member.User, "pledge", w.Office); err != nil {
				t.Error(err)
			}
		}()
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("drafts %v, want one", ids)
		}
	}
	w.write(ids[0], complete())
	second, err := w.service.Start(t.Context(), w.Member.User, "pledge", w.Office)
	if err != nil || second == ids[0] {
		t.Errorf("once something is written, the next start is %d, %v; want a new draft", second, err)
	}
	other, err := w.service.Start(t.Context(), w.Head.User, "pledge", w.Office)
	if err != nil || other == second {
		t.Errorf("a colleague's start is %d, %v; want a draft of their own", other, err)
	}
}

// A draft that begins with something is taken up again while it says just that.
func TestEightClicksOnStartWithOpenOneDraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begin := func(who identity.User, office int64, with submission.Beginning) workflow.ID {
		id, err := w.service.StartWith(t.Context(), who, "pledge", office, with)
		if err != nil {
			t.Error(err)
		}
		return id
	}
	of := submission.Beginning{Answers: form.Answers{"title": {"Register"}, "contact_name": {"Amara"}}}
	ids := make([]workflow.ID, 8)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() { ids[i] = begin(w.Member.User, w.Office, of) })
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("drafts %v, want one", ids)
		}
	}
	if a := w.open(ids[0]).Answers; a.First("title") != "Register" || a.First("contact_name") != "Amara" {
		t.Errorf("it begins with %v", a)
	}
	others := map[workflow.ID]string{ids[0]: "the first"}
	for what, id := range map[string]workflow.ID{
		"with another title": begin(w.Member.User, w.Office, submission.Beginning{Answers: form.Answers{"title": {"Count"}, "contact_name": {"Amara"}}}),
		"with less":          begin(w.Member.User, w.Office, submission.Beginning{Answers: form.Answers{"title": {"Register"}}}),
		"blank":              begin(w.Member.User, w.Office, submission.Beginning{}),
		"of a colleague":     begin(w.Head.User, w.Office, of),
	} {
		if same, twice := others[id]; twice {
			t.Errorf("the one %s is %s", what, same)
		}
		others[id] = what
	}
	w.write(ids[0], form.Answers{"description": {"Something."}})
	again := begin(w.Member.User, w.Office, of)
	if _, twice := others[again]; twice {
		t.Error("a draft in which something is written is taken up again")
	}
	// With files it is the same only with all of them.
	w.exec(`INSERT INTO attachments (submission_id, field, name, format, media_type, size, sha256, scan_state, scanned_at, uploaded_by, uploaded_at, first_revision)
		VALUES ($1, 'files', 'plan.txt', 'txt', 'text/plain', 1, sha256('x'), 'clean', now(), $2, now(), 1)`, again, w.Member.User.ID)
	if id := begin(w.Member.User, w.Office, of); id == again {
		t.Error("a draft with a file is taken up again")
	}
	from := submission.Beginning{Answers: of.Answers, From: again, Revision: 1}
	copied := begin(w.Head.User, w.Office, from)
	if second := begin(w.Head.User, w.Office, from); second != copied || len(w.open(copied).Files) != 1 {
		t.Errorf("the copy is %d, and then %d", copied, second)
	}
}

func TestSubmit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	declared := submission.Declaration{Made: true}
	id := w.ready()
	if err := w.service.Submit(t.Context(), w.Member.User, id, declared); err != nil {
		t.Fatal(err)
	}
	if w.state(id) != workflow.Submitted {
		t.Errorf("it is %s", w.state(id))
	}
	for _, c := range []struct {
		name string
		id   workflow.ID
		who  identity.User
		d    submission.Declaration
		want error
	}{
		{"a second time", id, w.Member.User, declared, submission.ErrSentAlready},
		{"a second time, by a colleague", id, w.Head.User, declared, submission.ErrSentAlready},
		{"by a viewer", w.ready(), w.Viewer.User, declared, problem.Forbidden},
		{"by another office", w.ready(), w.OtherMember.User, declared, problem.NotFound},
		{"by the desk", w.ready(), w.Officer.User, declared, problem.NotFound},
		{"after an answer has changed", w.ready(), w.Member.User, submission.Declaration{Made: true, AsRead: "something else"}, submission.ErrChanged},
	} {
		if err := w.service.Submit(t.Context(), c.who, c.id, c.d); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	bare := w.start()
	err := w.service.Submit(t.Context(), w.Member.User, bare, submission.Declaration{})
	fields, ok := problem.InvalidFields(err)
	if !ok || len(fields) != 7 || fields[0].Name != "contact_name" || fields[6].Key != "pledge.declaration.missing" {
		t.Errorf("an empty draft, undeclared: %v", err)
	}
	if w.state(bare) != workflow.Draft {
		t.Errorf("it is %s", w.state(bare))
	}
	w.exec(`UPDATE offices SET heads_only = true WHERE id = $1`, w.Office)
	heads := w.ready()
	if err := w.service.Submit(t.Context(), w.Member.User, heads, declared); !errors.Is(err, submission.ErrHeadsOnly) {
		t.Errorf("a contributor where only heads send: %v", err)
	}
	if err := w.service.Submit(t.Context(), w.Head.User, heads, declared); err != nil {
		t.Errorf("a head where only heads send: %v", err)
	}
}

func TestEightSubmissionsAtOnceAreOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ready()
	results := make([]error, 8)
	var all sync.WaitGroup
	for i := range results {
		all.Add(1)
		go func() {
			defer all.Done()
			who := w.Member.User
			if i%2 == 1 {
				who = w.Head.User
			}
			results[i] = w.service.Submit(t.Context(), who, id, submission.Declaration{Made: true})
		}()
	}
	all.Wait()
	won := 0
	for _, err := range results {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, submission.ErrSentAlready):
			t.Errorf("%v, want sent already", err)
		}
	}
	if won != 1 {
		t.Errorf("%d were sent, want one", won)
	}
	if n := value[int](w, `SELECT count(*)::int FROM submission_events WHERE submission_id = $1 AND action = 'submit'`, id); n != 1 {
		t.Errorf("%d events, want one", n)
	}
	// The author, the head; the officer and the lead of the desk.
	if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE submission_id = $1`, id); n != 4 {
		t.Errorf("%d mails, want four", n)
	}
}

func TestSubmittingIsAllOrNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.ready()
	w.exec(`ALTER TABLE outbox ADD CONSTRAINT no_mail_today CHECK (kind <> 'submission.desk_new')`)
	if err := w.service.Submit(t.Context(), w.Member.User, id, submission.Declaration{Made: true}); err == nil {
		t.Fatal("it was sent, though its mail could not be queued")
	}
	for name, n := range map[string]int{
		"events": value[int](w, `SELECT count(*)::int FROM submission_events WHERE submission_id = $1`, id),
		"mails":  value[int](w, `SELECT count(*)::int FROM outbox WHERE submission_id = $1`, id),
		"audit":  value[int](w, `SELECT count(*)::int FROM audit_log WHERE subject_id = $1 AND act = 'submit'`, id),
	} {
		if n != 0 {
			t.Errorf("%d %s are left", n, name)
		}
	}
	if w.state(id) != workflow.Draft {
		t.Errorf("it is %s", w.state(id))
	}
}

func TestWithdrawDiscardRevise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mails := func(id workflow.ID, kind string) int {
		return value[int](w, `SELECT count(*)::int FROM outbox WHERE submission_id = $1 AND kind = $2`, id, kind)
	}
	draft := w.ready()
	for range 2 { // pressed twice is done once
		if err := w.service.Withdraw(t.Context(), w.Member.User, draft); err != nil {
			t.Fatal(err)
		}
	}
	if w.state(draft) != workflow.Withdrawn || mails(draft, "submission.desk_back") != 0 {
		t.Errorf("a draft: %s, %d mails", w.state(draft), mails(draft, "submission.desk_back"))
	}
	if n := value[int](w, `SELECT count(*)::int FROM submission_events WHERE submission_id = $1`, draft); n != 1 {
		t.Errorf("%d events, want one", n)
	}
	sent := w.sent()
	if err := w.service.Withdraw(t.Context(), w.Head.User, sent); err != nil || w.state(sent) != workflow.Withdrawn || mails(sent, "submission.desk_back") != 2 {
		t.Errorf("what was sent: %v, %s, %d mails", err, w.state(sent), mails(sent, "submission.desk_back"))
	}
	read := w.sent()
	w.decide(read, workflow.Input{}, workflow.Take)
	if err := w.service.Withdraw(t.Context(), w.Member.User, read); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("during the review: %v", err)
	}
	public := w.published()
	if err := w.service.Withdraw(t.Context(), w.Member.User, public); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("what is published: %v", err)
	}
	if err := w.service.Discard(t.Context(), w.Member.User, w.ready()); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("giving up a first draft: %v", err)
	}
	for range 2 {
		if err := w.service.Revise(t.Context(), w.Member.User, public); err != nil {
			t.Fatal(err)
		}
	}
	if c := w.open(public); c.State != workflow.Draft || c.Revision != 2 || !c.Published() || c.Answers.First("title") != "Register every child" {
		t.Errorf("revised: %s, revision %d", c.State, c.Revision)
	}
	for range 2 {
		if err := w.service.Discard(t.Context(), w.Member.User, public); err != nil {
			t.Fatal(err)
		}
	}
	if w.state(public) != workflow.Published {
		t.Errorf("given up: %s", w.state(public))
	}
	for name, take := range map[string]func() error{
		"withdraw": func() error { return w.service.Withdraw(t.Context(), w.Viewer.User, w.ready()) },
		"revise":   func() error { return w.service.Revise(t.Context(), w.Viewer.User, public) },
	} {
		if err := take(); !errors.Is(err, problem.Forbidden) {
			t.Errorf("a viewer, %s: %v", name, err)
		}
	}
	if err := w.service.Revise(t.Context(), w.OtherMember.User, public); !errors.Is(err, problem.NotFound) {
		t.Errorf("another office: %v", err)
	}
}

func TestReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent, draft := w.sent(), w.ready()
	for _, c := range []struct {
		name string
		id   workflow.ID
		who  identity.User
		text string
		want error
		key  string
	}{
		{"a contributor", sent, w.Member.User, "The year 2027.", nil, ""},
		{"a viewer", sent, w.Viewer.User, "Hello", problem.Forbidden, ""},
		{"another office", sent, w.OtherMember.User, "Hello", problem.NotFound, ""},
		{"the desk uses its own page", sent, w.Officer.User, "Hello", problem.NotFound, ""},
		{"about a draft that nobody at the desk knows", draft, w.Member.User, "Hello", problem.NotAllowedNow, ""},
		{"nothing", sent, w.Member.User, " \r\n\x00", nil, "workflow.note.blank"},
		{"too much", sent, w.Member.User, strings.Repeat("ж", workflow.MaxNote+1), nil, "submission.reply.too_long"},
		{"just enough", sent, w.Member.User, strings.Repeat("👨‍👩‍👧‍👦", workflow.MaxNote), nil, ""},
	} {
		err := w.service.Reply(t.Context(), c.who, c.id, c.text)
		fields, invalid := problem.InvalidFields(err)
		switch {
		case c.key != "" && (!invalid || fields[0].Key != c.key || fields[0].Name != "text"):
			t.Errorf("%s: %v, want %s", c.name, err, c.key)
		case c.key == "" && !errors.Is(err, c.want):
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	notes := func(body string) int {
		return value[int](w, `SELECT count(*)::int FROM submission_notes WHERE submission_id = $1 AND body = $2`, sent, body)
	}
	w.later(time.Minute)
	if err := w.service.Reply(t.Context(), w.Member.User, sent, "The year 2027."); err != nil || notes("The year 2027.") != 1 {
		t.Errorf("the second click: %v, %d notes", err, notes("The year 2027."))
	}
	w.later(time.Hour)
	if err := w.service.Reply(t.Context(), w.Member.User, sent, "The year 2027."); err != nil || notes("The year 2027.") != 2 {
		t.Errorf("the same an hour later: %v, %d notes", err, notes("The year 2027."))
	}
	if n := value[int](w, `SELECT count(*)::int FROM submission_notes WHERE submission_id = $1 AND shown_to <> 'submitter'`, sent); n != 0 {
		t.Errorf("%d replies are hidden from the office", n)
	}
}

func TestNobodyFloodsTheDesk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.sent()
	for n := range 30 {
		if err := w.service.Reply(t.Context(), w.Member.User, sent, strings.Repeat("x", n+1)); err != nil {
			t.Fatalf("reply %d: %v", n+1, err)
		}
	}
	if err := w.service.Reply(t.Context(), w.Member.User, sent, "one too many"); !errors.Is(err, problem.TooMany) {
		t.Errorf("the thirty-first: %v", err)
	}
	if err := w.service.Reply(t.Context(), w.Head.User, sent, "a colleague"); err != nil {
		t.Errorf("a colleague: %v", err)
	}
}
