package workflow_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// TestApplyFollowsThePlan tries every action from every state, published or not, by both sides: what the plan has is
// done, everything else is refused and changes nothing.
func TestApplyFollowsThePlan(t *testing.T) {
	t.Parallel()
	for _, p := range plans {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, p.plan)
			for _, from := range workflow.States {
				for _, published := range []bool{false, true} {
					if from == workflow.Published && !published || published && p.name == "deciding" {
						continue // cannot be
					}
					if published && (from == workflow.Withdrawn || from == workflow.Declined || from == workflow.Archived) {
						continue
					}
					for _, action := range workflow.Actions {
						for _, side := range []workflow.By{workflow.ByOwner, workflow.ByDesk} {
							tryStep(w, p.rows, from, published, action, side)
						}
					}
				}
			}
		})
	}
}

func tryStep(w *world, rows []string, from workflow.State, published bool, action workflow.Action, side workflow.By) {
	w.Helper()
	name := fmt.Sprintf("%s from %s by the %s, published %v", action, from, side, published)
	who := w.author
	if side == workflow.ByDesk {
		who = w.officer
	}
	id := w.in(from, published)
	before, err := w.find(id, w.author)
	if err != nil {
		w.Fatal(err)
	}
	want, known := look(rows, action, from, published)
	if side == workflow.ByDesk && before.SubmittedRevision == nil {
		if _, _, err := w.apply(id, action, who, workflow.Input{Note: "because"}); !errors.Is(err, problem.NotFound) {
			w.Errorf("%s: %v; the desk does not know a first draft", name, err)
		}
		return
	}
	s, event, err := w.apply(id, action, who, workflow.Input{Version: before.Version, Note: "because"})
	switch {
	case !known:
		if !errors.Is(err, problem.NotAllowedNow) {
			w.Errorf("%s: %v, want not allowed", name, err)
		}
	case want.by != side:
		if !errors.Is(err, problem.Forbidden) {
			w.Errorf("%s: %v, want forbidden", name, err)
		}
	case err != nil:
		w.Errorf("%s: %v", name, err)
	default:
		if s.State != want.to || s.Version != before.Version+1 || event.FromState != from || event.ToState != want.to || event.Action != action {
			w.Errorf("%s: it is %s, version %d; the event is %+v", name, s.State, s.Version, event)
		}
		opened := s.Revision == before.Revision+1
		if opened != want.opens {
			w.Errorf("%s: opened the next revision %v, want %v", name, opened, want.opens)
		}
		after, err := w.find(id, w.author)
		if err != nil {
			w.Fatal(err)
		}
		after.Side, after.Role, s.Side, s.Role = "", "", "", ""
		if fmt.Sprintf("%+v", flat(after)) != fmt.Sprintf("%+v", flat(s)) {
			w.Errorf("%s: kept is\n\t%+v, told was\n\t%+v", name, flat(after), flat(s))
		}
		return
	}
	after, err := w.find(id, w.author)
	if err != nil {
		w.Fatal(err)
	}
	if after.State != from || after.Version != before.Version {
		w.Errorf("%s: refused, yet it is %s, version %d", name, after.State, after.Version)
	}
	if n := value[int](w, `SELECT count(*)::int FROM submission_events WHERE submission_id = $1`, id); n != 0 {
		w.Errorf("%s: refused, yet there are %d events", name, n)
	}
	if n := value[int](w, `SELECT count(*)::int FROM submission_notes WHERE submission_id = $1`, id); n != 0 {
		w.Errorf("%s: refused, yet there are %d notes", name, n)
	}
}

// flat is what a submission says without pointers, times aside, which the database rounds.
func flat(s workflow.Submission) map[string]any {
	at := func(p *int) int {
		if p == nil {
			return 0
		}
		return *p
	}
	name := ""
	if s.PublicID != nil {
		name = *s.PublicID
	}
	return map[string]any{
		"state": s.State, "version": s.Version, "revision": s.Revision, "submitted": at(s.SubmittedRevision),
		"published": at(s.PublishedRevision), "public": name, "title": s.Title, "lang": s.Lang,
	}
}

func TestStepsNeedTheirNote(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	for _, c := range []struct {
		name  string
		from  workflow.State
		act   workflow.Action
		in    workflow.Input
		wrong string
	}{
		{"a request without a word", workflow.InReview, workflow.RequestChanges, workflow.Input{}, "workflow.note.missing.request_changes"},
		{"a request with spaces only", workflow.InReview, workflow.RequestChanges, workflow.Input{Note: " \n "}, "workflow.note.missing.request_changes"},
		{
			"a request at a question needs no letter", workflow.InReview, workflow.RequestChanges,
			workflow.Input{Changes: []workflow.ChangeRequest{{Field: "title", Body: "Say what changes"}}},
			"",
		},
		{"declining without a reason", workflow.InReview, workflow.Decline, workflow.Input{}, "workflow.note.missing.decline"},
		{"declining with a reason", workflow.InReview, workflow.Decline, workflow.Input{Note: "Not about migration"}, ""},
		{"taking down without a reason", workflow.Published, workflow.Archive, workflow.Input{}, "workflow.note.missing.archive"},
		{"publishing needs no letter", workflow.InReview, workflow.Publish, workflow.Input{}, ""},
	} {
		id := w.in(c.from, c.from == workflow.Published)
		_, _, err := w.apply(id, c.act, w.officer, c.in)
		fields, invalid := problem.InvalidFields(err)
		switch {
		case c.wrong == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.wrong != "" && (!invalid || len(fields) != 1 || fields[0].Key != c.wrong || fields[0].Name != "note"):
			t.Errorf("%s: %v, want %s", c.name, err, c.wrong)
		}
	}
}

func TestADecisionOnWhatHasMovedOnIsStale(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.in(workflow.Submitted, false)
	seen, err := w.find(id, w.lead)
	if err != nil {
		t.Fatal(err)
	}
	w.must(id, workflow.Take, w.officer, "")
	if _, _, err := w.apply(id, workflow.Take, w.lead, workflow.Input{Version: seen.Version}); !errors.Is(err, problem.Stale) {
		t.Errorf("the second decision: %v, want stale", err)
	}
	if _, _, err := w.apply(id, workflow.Publish, w.lead, workflow.Input{Version: seen.Version}); !errors.Is(err, problem.Stale) {
		t.Errorf("a decision that the plan would allow: %v, want stale", err)
	}
}

func TestOfEightDecisionsAtOnceOneWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.in(workflow.InReview, false)
	seen, err := w.find(id, w.officer)
	if err != nil {
		t.Fatal(err)
	}
	actions := []workflow.Action{workflow.Publish, workflow.Decline, workflow.RequestChanges, workflow.Approve}
	results := make([]error, 8)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range results {
		all.Add(1)
		go func() {
			defer all.Done()
			who := w.officer
			if i%2 == 1 {
				who = w.lead
			}
			<-start
			_, _, results[i] = w.apply(id, actions[i%len(actions)], who, workflow.Input{Version: seen.Version, Note: "because"})
		}()
	}
	close(start)
	all.Wait()
	won := 0
	for i, err := range results {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, problem.Stale):
			t.Errorf("decision %d: %v, want stale", i, err)
		}
	}
	if won != 1 {
		t.Errorf("%d decisions won, want one", won)
	}
	if n := value[int](w, `SELECT count(*)::int FROM submission_events WHERE submission_id = $1`, id); n != 1 {
		t.Errorf("%d events, want one", n)
	}
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE subject = 'submission' AND subject_id = $1 AND act <> 'start'`, id); n != 1 {
		t.Errorf("%d audit records, want one", n)
	}
}

func TestPublicationWaitsForTheOffice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	w.exec(`UPDATE offices SET state = 'proposed' WHERE id = $1`, w.office)
	id := w.in(workflow.InReview, false)
	if _, _, err := w.apply(id, workflow.Publish, w.officer, workflow.Input{}); !errors.Is(err, problem.NotAllowedNow) {
		t.Fatalf("publish: %v, want not allowed", err)
	}
	w.must(id, workflow.Approve, w.officer, "")
	publish := func() (workflow.Event, error) {
		var e workflow.Event
		err := w.db.InTx(t.Context(), func(tx database.Tx) error {
			s, err := workflow.LockForPortal(t.Context(), tx, id)
			if err != nil {
				return err
			}
			e, err = workflow.PublishWaiting(t.Context(), tx, w.kind, &s, now)
			return err
		})
		return e, err
	}
	if _, err := publish(); !errors.Is(err, problem.NotAllowedNow) {
		t.Fatalf("publish what waits, office still proposed: %v", err)
	}
	w.exec(`UPDATE offices SET state = 'approved' WHERE id = $1`, w.office)
	event, err := publish()
	if err != nil || event.ActorID != nil {
		t.Fatalf("publish what waits: %v, by %v", err, event.ActorID)
	}
	s, err := w.find(id, w.author)
	if err != nil || s.State != workflow.Published || s.PublicID == nil || *s.PublicID != fmt.Sprintf("T-%d", id) {
		t.Errorf("it is %+v, %v", s, err)
	}
	if _, err := publish(); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("publish it again: %v", err)
	}
}

func TestPublicationWaitsForTheSender(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	w.exec(`UPDATE posts SET state = 'pending' WHERE user_id = $1`, w.author.ID)
	w.author = w.reload(w.author)
	id := w.in(workflow.Draft, false)
	w.must(id, workflow.Submit, w.author, "")
	w.must(id, workflow.Take, w.officer, "")
	if _, _, err := w.apply(id, workflow.Publish, w.officer, workflow.Input{}); !errors.Is(err, problem.NotAllowedNow) {
		t.Fatalf("what a stranger wrote in the name of the office is published: %v", err)
	}
	w.must(id, workflow.Approve, w.officer, "")
	publish := func() error {
		return w.db.InTx(t.Context(), func(tx database.Tx) error {
			s, err := workflow.LockForPortal(t.Context(), tx, id)
			if err != nil {
				return err
			}
			_, err = workflow.PublishWaiting(t.Context(), tx, w.kind, &s, now)
			return err
		})
	}
	for _, state := range []string{"pending", "refused"} {
		w.exec(`UPDATE posts SET state = $2 WHERE user_id = $1`, w.author.ID, state)
		if err := publish(); !errors.Is(err, problem.NotAllowedNow) {
			t.Fatalf("a post that is %s publishes: %v", state, err)
		}
	}
	w.exec(`UPDATE posts SET state = 'approved' WHERE user_id = $1`, w.author.ID)
	if err := publish(); err != nil {
		t.Fatalf("the post is approved: %v", err)
	}
	if s, err := w.find(id, w.author); err != nil || s.State != workflow.Published {
		t.Errorf("it is %s, %v", s.State, err)
	}

	// A colleague who is approved may send in what the newcomer wrote; and who has left was one of them.
	w.exec(`UPDATE posts SET state = 'pending' WHERE user_id = $1`, w.author.ID)
	id = w.in(workflow.Draft, false)
	w.must(id, workflow.Submit, w.colleague, "")
	w.exec(`UPDATE posts SET state = 'ended', until_on = current_date - 1 WHERE user_id = $1`, w.colleague.ID)
	w.must(id, workflow.Take, w.officer, "")
	w.must(id, workflow.Publish, w.officer, "")

	// Who has left and asks to come back has only asked, whatever they were before.
	w.exec(`INSERT INTO posts (user_id, office_id, role, state, from_on, until_on, created_at)
		SELECT user_id, office_id, role, 'ended', from_on, current_date - 1, created_at FROM posts WHERE user_id = $1`, w.author.ID)
	id = w.in(workflow.Draft, false)
	w.must(id, workflow.Submit, w.author, "")
	w.must(id, workflow.Take, w.officer, "")
	if _, _, err := w.apply(id, workflow.Publish, w.officer, workflow.Input{}); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("somebody who had left publishes in the name of the office: %v", err)
	}
}

func TestRevisions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.start()
	title := func(revision int) string {
		text, err := workflow.ReadText(t.Context(), w.db.Read(), id, revision)
		if err != nil {
			t.Fatal(err)
		}
		return text.Answers().First("title")
	}
	write := func(version int, title string) {
		t.Helper()
		if _, err := w.save(id, "what", workflow.Origin{Version: version}, answers("title", title), w.author); err != nil {
			t.Fatal(err)
		}
	}
	write(0, "One")
	w.must(id, workflow.Submit, w.author, "")
	w.must(id, workflow.Take, w.officer, "")
	if s := w.must(id, workflow.RequestChanges, w.officer, "Say more"); s.Revision != 2 || *s.SubmittedRevision != 1 || s.DeskRevision() != 1 {
		t.Fatalf("after the request: %+v", flat(s))
	}
	write(1, "Two")
	if title(1) != "One" || title(2) != "Two" {
		t.Fatalf("revisions are %q and %q", title(1), title(2))
	}
	w.must(id, workflow.Submit, w.author, "")
	w.must(id, workflow.Take, w.lead, "")
	s := w.must(id, workflow.Publish, w.officer, "")
	if *s.PublishedRevision != 2 || *s.PublicID != fmt.Sprintf("T-%d", id) {
		t.Fatalf("published: %+v", flat(s))
	}
	if s = w.must(id, workflow.Revise, w.author, ""); s.Revision != 3 || *s.PublishedRevision != 2 || s.DeskRevision() != 2 {
		t.Fatalf("revised: %+v", flat(s))
	}
	write(1, "Three")
	if s, _ := w.find(id, w.author); s.Title != "Three" {
		t.Errorf("the draft's title is %q", s.Title)
	}
	if s, _ := w.find(id, w.officer); s.Title != "Two" {
		t.Errorf("the desk knows it as %q; what is not sent is not its business", s.Title)
	}
	if s = w.must(id, workflow.Discard, w.author, ""); s.State != workflow.Published || s.Title != "Two" || *s.PublishedRevision != 2 {
		t.Fatalf("given up: %+v", flat(s))
	}
	if s = w.must(id, workflow.Revise, w.author, ""); s.Revision != 4 || title(4) != "Two" {
		t.Fatalf("revised again: %+v, title %q", flat(s), title(4))
	}
	write(1, "Four")
	w.must(id, workflow.Submit, w.author, "")
	w.must(id, workflow.Take, w.officer, "")
	if s = w.must(id, workflow.Decline, w.officer, "Not this"); s.State != workflow.Published || s.Title != "Two" || s.DeskRevision() != 2 {
		t.Fatalf("declined: %+v", flat(s))
	}
	if s = w.must(id, workflow.Archive, w.officer, "Asked by the office"); s.Published() || *s.PublicID != fmt.Sprintf("T-%d", id) {
		t.Fatalf("archived: %+v; the ID stays, the page goes", flat(s))
	}
	want := []workflow.Action{"submit", "take", "request_changes", "submit", "take", "publish", "revise", "discard", "revise", "submit", "take", "decline", "archive"}
	events, err := workflow.Events(t.Context(), w.db.Read(), s)
	if err != nil {
		t.Fatal(err)
	}
	var got []workflow.Action
	for _, e := range events {
		got = append(got, e.Action)
	}
	if !slices.Equal(got, want) {
		t.Errorf("events are %v", got)
	}
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE subject = 'submission' AND subject_id = $1`, id); n != len(want)+1 {
		t.Errorf("%d audit records for %d steps and the start", n, len(want))
	}
}

func TestHistoryCannotBeChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.in(workflow.Submitted, false)
	w.must(id, workflow.Take, w.officer, "")
	for _, sql := range []string{
		`UPDATE submission_events SET to_state = 'published'`, `DELETE FROM submission_events`, `TRUNCATE submission_events`,
		`UPDATE audit_log SET act = 'nothing'`, `DELETE FROM audit_log`, `TRUNCATE audit_log`,
	} {
		if _, err := w.db.Read().Exec(t.Context(), sql); err == nil {
			t.Errorf("%s was possible", sql)
		}
	}
}

func TestWhoMayTakeAStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	for _, c := range []struct {
		name string
		from workflow.State
		act  workflow.Action
		who  identity.User
		want error
	}{
		{"the author sends", workflow.Draft, workflow.Submit, w.author, nil},
		{"a colleague sends", workflow.Draft, workflow.Submit, w.colleague, nil},
		{"a viewer does not send", workflow.Draft, workflow.Submit, w.viewer, problem.Forbidden},
		{"a viewer does not withdraw", workflow.Submitted, workflow.Withdraw, w.viewer, problem.Forbidden},
		{"a stranger knows nothing of it", workflow.Draft, workflow.Submit, w.stranger, problem.NotFound},
		{"the desk does not send for others", workflow.ChangesRequested, workflow.Submit, w.officer, problem.Forbidden},
		{"another desk knows nothing of it", workflow.Submitted, workflow.Take, w.otherOfficer, problem.NotFound},
		{"an officer with a post in the office has a conflict", workflow.Submitted, workflow.Take, w.conflicted, problem.Forbidden},
		{"an officer who once had a post in the office knows nothing of it", workflow.Submitted, workflow.Take, w.former, problem.NotFound},
		{"a reviewer does not decide", workflow.Submitted, workflow.Take, w.reviewer, problem.NotFound},
		{"an administrator does not decide", workflow.Submitted, workflow.Take, w.admin, problem.NotFound},
		{"an officer takes", workflow.Submitted, workflow.Take, w.officer, nil},
		{"a lead takes", workflow.Submitted, workflow.Take, w.lead, nil},
	} {
		if _, _, err := w.apply(w.in(c.from, false), c.act, c.who, workflow.Input{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	w.exec(`UPDATE offices SET heads_only = true WHERE id = $1`, w.office)
	if _, _, err := w.apply(w.in(workflow.Draft, false), workflow.Submit, w.author, workflow.Input{}); !errors.Is(err, problem.Forbidden) {
		t.Errorf("a contributor sends where only heads may: %v", err)
	}
	if _, _, err := w.apply(w.in(workflow.Draft, false), workflow.Submit, w.head, workflow.Input{}); err != nil {
		t.Errorf("a head sends where only heads may: %v", err)
	}
	if _, _, err := w.apply(w.in(workflow.Draft, false), workflow.Withdraw, w.author, workflow.Input{}); err != nil {
		t.Errorf("a contributor withdraws where only heads send: %v", err)
	}
}
