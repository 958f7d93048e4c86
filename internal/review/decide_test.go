package review_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/review"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

func TestDecisions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	change := func(field, body string) []workflow.ChangeRequest {
		return []workflow.ChangeRequest{{Field: field, Body: body}}
	}
	invalid := func(keys ...string) []string { return keys }
	waiting := func(title string) workflow.ID {
		id := w.reviewed(title)
		w.exec(`UPDATE offices SET state = 'proposed' WHERE id = $1`, w.Office)
		return id
	}
	long := strings.Repeat(family, workflow.MaxNote+1)
	unread := func(string) workflow.ID { return w.reviewed("Unread by peers") }
	for _, c := range []struct {
		name  string
		make  func(string) workflow.ID
		d     review.Decision
		want  error
		wrong []string
		to    workflow.State
	}{
		{"publish", w.reviewed, review.Decision{Action: workflow.Publish}, nil, nil, workflow.Published},
		{"publish with a letter", w.reviewed, review.Decision{Action: workflow.Publish, Note: "Thank you"}, nil, nil, workflow.Published},
		{"request changes with a letter", w.reviewed, review.Decision{Action: workflow.RequestChanges, Note: "Say more"}, nil, nil, workflow.ChangesRequested},
		{"request changes at a question", w.reviewed, review.Decision{Action: workflow.RequestChanges, Changes: change("title", "Shorter")}, nil, nil, workflow.ChangesRequested},
		{"decline", w.reviewed, review.Decision{Action: workflow.Decline, Note: "Not about migration"}, nil, nil, workflow.Declined},
		{"take down", w.published, review.Decision{Action: workflow.Archive, Note: "Asked by the office"}, nil, nil, workflow.Archived},
		{"approve while the office waits", waiting, review.Decision{Action: workflow.Approve}, nil, nil, workflow.Approved},

		{"no decision", w.reviewed, review.Decision{}, nil, invalid("action review.decision.missing"), workflow.InReview},
		{"no decision and too much text", w.reviewed, review.Decision{Note: long}, nil, invalid("action review.decision.missing", "note review.note.too_long"), workflow.InReview},
		{"changes without a word", w.reviewed, review.Decision{Action: workflow.RequestChanges, Note: " \x00\n"}, nil, invalid("note workflow.note.missing.request_changes"), workflow.InReview},
		{"declined without a reason", w.reviewed, review.Decision{Action: workflow.Decline}, nil, invalid("note workflow.note.missing.decline"), workflow.InReview},
		{"a change at a question is no reason to decline", w.reviewed, review.Decision{Action: workflow.Decline, Changes: change("title", "x")}, nil, invalid("note workflow.note.missing.decline"), workflow.InReview},
		{"taken down without a reason", w.published, review.Decision{Action: workflow.Archive}, nil, invalid("note workflow.note.missing.archive"), workflow.Published},
		{"a letter as long as may be", w.reviewed, review.Decision{Action: workflow.Publish, Note: strings.Repeat(family, workflow.MaxNote)}, nil, nil, workflow.Published},
		{"a letter that is too long", w.reviewed, review.Decision{Action: workflow.Publish, Note: long}, nil, invalid("note review.note.too_long"), workflow.InReview},
		{
			"a request that is too long", w.reviewed,
			review.Decision{Action: workflow.RequestChanges, Note: long, Changes: change("title", long)},
			nil,
			invalid("change.title review.note.too_long", "note review.note.too_long"), workflow.InReview,
		},
		{"a question that there is not", w.reviewed, review.Decision{Action: workflow.RequestChanges, Changes: change("no_such", "x")}, problem.NotFound, nil, workflow.InReview},

		{"publish while the office waits", waiting, review.Decision{Action: workflow.Publish}, problem.NotAllowedNow, nil, workflow.InReview},
		{"approve when it could be published", w.reviewed, review.Decision{Action: workflow.Approve}, problem.NotAllowedNow, nil, workflow.InReview},
		{"publish before it was taken", w.sent, review.Decision{Action: workflow.Publish}, problem.NotAllowedNow, nil, workflow.Submitted},
		{"the owner's step", w.published, review.Decision{Action: workflow.Revise}, problem.NotAllowedNow, nil, workflow.Published},
		{"a step that there is not", w.reviewed, review.Decision{Action: "delete"}, problem.NotAllowedNow, nil, workflow.InReview},
		{"publish without the reviews that the kind asks for", unread, review.Decision{Action: workflow.Publish, Exception: " \x00"}, nil, invalid("exception review.decision.exception.missing"), workflow.InReview},
		{"publish without them, for a reason", unread, review.Decision{Action: workflow.Publish, Exception: "Reviewed on paper"}, nil, nil, workflow.Published},
		{"a reason that is too long", unread, review.Decision{Action: workflow.Publish, Exception: long}, nil, invalid("exception review.note.too_long"), workflow.InReview},
		{"decline without reviews", unread, review.Decision{Action: workflow.Decline, Note: "Not about migration", Exception: long}, nil, nil, workflow.Declined},
		{"request changes without reviews", unread, review.Decision{Action: workflow.RequestChanges, Note: "Say more"}, nil, nil, workflow.ChangesRequested},
		{"on an older version", w.reviewed, review.Decision{Action: workflow.Publish, Version: -1}, problem.Stale, nil, workflow.InReview},
	} {
		id := c.make("A pledge")
		c.d.Version += w.version(id)
		mails := value[int](w, `SELECT count(*)::int FROM outbox`)
		for step, err := range map[string]error{
			"check":  w.desk.Check(t.Context(), w.Officer.User, id, c.d),
			"decide": w.desk.Decide(t.Context(), w.Officer.User, id, c.d),
		} {
			fields, isInvalid := problem.InvalidFields(err)
			var wrong []string
			for _, f := range fields {
				wrong = append(wrong, f.Name+" "+f.Key)
			}
			if !slices.Equal(wrong, c.wrong) || !isInvalid && !errors.Is(err, c.want) {
				t.Errorf("%s, %s: %v, want %v %v", c.name, step, err, c.want, c.wrong)
			}
		}
		if w.state(id) != c.to {
			t.Errorf("%s: it is %s, want %s", c.name, w.state(id), c.to)
		}
		sent := value[int](w, `SELECT count(*)::int FROM outbox`) - mails
		if wanted := map[bool]int{true: 3}[c.want == nil && c.wrong == nil]; sent != wanted {
			t.Errorf("%s: %d mails, want %d", c.name, sent, wanted)
		}
		w.exec(`UPDATE offices SET state = 'approved' WHERE id = $1`, w.Office)
	}
}

func TestChangesAreAskedForOnlyWithARequestForChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("A pledge")
	w.decide(id, review.Decision{Action: workflow.Publish, Changes: []workflow.ChangeRequest{{Field: "title", Body: "Typed, then published all the same"}}})
	if n := value[int](w, `SELECT count(*)::int FROM change_requests`); n != 0 {
		t.Errorf("%d changes are asked for", n)
	}
	if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE body LIKE '%all the same%'`); n != 0 {
		t.Errorf("they are in %d letters", n)
	}
}

// Eight people decide at once: one wins, the others learn it, and one set of letters leaves.
func TestOfEightDecisionsAtOnceOneWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("A pledge")
	desk := []identity.User{w.Officer.User, w.Lead.User, w.Second.User}
	for i := len(desk); i < 8; i++ {
		desk = append(desk, webtest.NewUser(t, w.db, fmt.Sprint("Officer ", i), nil, identity.StaffRole{Role: identity.Officer, Desk: identity.PledgesDesk}))
	}
	version := w.version(id)
	errs := atOnce(8, func(i int) error {
		d := review.Decision{Action: []workflow.Action{workflow.Publish, workflow.Decline, workflow.RequestChanges}[i%3], Version: version, Note: fmt.Sprint("By ", i)}
		return w.desk.Decide(context.WithoutCancel(t.Context()), desk[i], id, d)
	})
	won := 0
	for i, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, problem.Stale):
			t.Errorf("number %d: %v, want stale", i, err)
		}
	}
	if won != 1 {
		t.Errorf("%d decisions were taken", won)
	}
	if n := value[int](w, `SELECT count(*)::int FROM submission_events WHERE submission_id = $1 AND action IN ('publish', 'decline', 'request_changes')`, id); n != 1 {
		t.Errorf("%d events", n)
	}
	if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE submission_id = $1`, id); n != 3 {
		t.Errorf("%d letters for three people", n)
	}
}

func TestADecisionSentTwiceIsTakenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, d := range []review.Decision{
		{Action: workflow.Publish},
		{Action: workflow.Decline, Note: "Not this"},
		{Action: workflow.RequestChanges, Note: "Say more", Changes: []workflow.ChangeRequest{{Field: "title", Body: "Shorter"}, {Field: "barriers", Body: "Which?"}}},
	} {
		id := w.reviewed("A pledge")
		d.Version = w.version(id)
		done, again := 0, 0
		for _, err := range atOnce(8, func(int) error {
			return w.desk.Decide(context.WithoutCancel(t.Context()), w.Officer.User, id, d)
		}) {
			switch {
			case err == nil:
				done++
			case errors.Is(err, review.ErrDecidedAlready):
				again++
			default:
				t.Errorf("%s: %v", d.Action, err)
			}
		}
		if done != 1 || again != 7 || len(w.mails(id, "review."+string(d.Action))) != 3 {
			t.Errorf("%s: taken %d times, told as done %d times, %v", d.Action, done, again, w.mails(id, "review."+string(d.Action)))
		}
		other := d
		other.Note += " and more"
		if err := w.desk.Decide(t.Context(), w.Officer.User, id, other); !errors.Is(err, problem.Stale) {
			t.Errorf("%s in other words: %v, want stale", d.Action, err)
		}
		if len(d.Changes) > 0 {
			other = d
			other.Changes = []workflow.ChangeRequest{d.Changes[0], {Field: "barriers", Body: "Other words"}}
			if err := w.desk.Decide(t.Context(), w.Officer.User, id, other); !errors.Is(err, problem.Stale) {
				t.Errorf("other changes: %v, want stale", err)
			}
		}
		if err := w.desk.Decide(t.Context(), w.Lead.User, id, d); !errors.Is(err, problem.Stale) {
			t.Errorf("%s by somebody else: %v, want stale", d.Action, err)
		}
	}
}

// atOnce calls do with 0 to n-1 at the same time.
func atOnce(n int, do func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

func TestWhatWaitsForItsOfficeIsPublishedWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t).withConcepts()
	w.exec(`UPDATE offices SET state = 'proposed' WHERE id = $1`, w.Office)
	approve := func(id workflow.ID) workflow.ID {
		t.Helper()
		w.decide(id, review.Decision{Action: workflow.Approve})
		return id
	}
	first, two := approve(w.reviewed("First")), approve(w.reviewed("Second"))
	returned := w.reviewed("Returned")
	w.decide(returned, review.Decision{Action: workflow.RequestChanges, Note: "Say more"})
	concept := w.draft(w.concept, w.Member.User, w.Office, complete("A concept"))
	w.step(concept, w.Member.User, workflow.Submit, "")
	if err := w.desk.Assign(t.Context(), w.Officer.User, concept, w.Officer.User.ID, w.version(concept)); err != nil {
		t.Fatal(err)
	}
	approve(concept)
	if got := w.open(first).Choices; !slices.Equal(got, []workflow.Action{workflow.Decline}) {
		t.Errorf("while it waits the desk may %v", got)
	}

	publish := func() {
		t.Helper()
		w.in(func(ctx context.Context, tx database.Tx) error {
			if _, err := tx.Exec(ctx, `UPDATE offices SET state = 'approved' WHERE id = $1`, w.Office); err != nil {
				return err
			}
			return w.desk.PublishWaiting(ctx, tx, w.Office)
		})
	}
	publish()
	publish() // nothing waits any more
	for id, want := range map[workflow.ID]workflow.State{first: workflow.Published, two: workflow.Published, returned: workflow.ChangesRequested, concept: workflow.Accepted} {
		if w.state(id) != want {
			t.Errorf("%d is %s, want %s", id, w.state(id), want)
		}
		letters := 0
		if want == workflow.Published {
			letters = 3
		}
		if got := w.mails(id, "review.publish"); len(got) != letters {
			t.Errorf("%d: letters of publication to %v", id, got)
		}
	}
	events := w.open(first).Events
	if last := events[len(events)-1]; last.Action != workflow.Publish || last.ActorID != nil {
		t.Errorf("the last step is %+v; the portal took it by itself", last)
	}
	w.Officer.In(t).Get(fmt.Sprintf("/en/desk/submissions/%d/history", first)).Want(200)
}

// A submission is approved while its office is approved: whichever comes first, it is published.
func TestNothingIsLeftBehindWhenTheOfficeIsApprovedAtTheSameMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 12 {
		id := w.reviewed("A pledge")
		w.exec(`UPDATE offices SET state = 'proposed' WHERE id = $1`, w.Office)
		version := w.version(id)
		ctx := context.WithoutCancel(t.Context())
		errs := atOnce(2, func(i int) error {
			if i == 0 {
				return w.desk.Decide(ctx, w.Officer.User, id, review.Decision{Action: workflow.Approve, Version: version})
			}
			return w.db.InTx(ctx, func(tx database.Tx) error {
				if _, err := tx.Exec(ctx, `UPDATE offices SET state = 'approved' WHERE id = $1`, w.Office); err != nil {
					return err
				}
				return w.desk.PublishWaiting(ctx, tx, w.Office)
			})
		})
		if errs[1] != nil {
			t.Fatal(errs[1])
		}
		switch {
		case errs[0] == nil && w.state(id) != workflow.Published:
			t.Fatalf("it was approved and stays %s", w.state(id))
		case errs[0] != nil && (!errors.Is(errs[0], problem.NotAllowedNow) || w.state(id) != workflow.InReview):
			t.Fatalf("it was not approved: %v, %s", errs[0], w.state(id))
		}
	}
}

// What the desk approves without the reviews that the kind asks for is approved for a reason that stays with it: on its
// page, where the desk alone reads it, through a release, and on record.
func TestAnApprovalWithoutReviewsIsExplained(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, other := w.reviewed("Unread by peers"), w.reviewed("Unread by peers too")
	if got := w.reasons(review.Bulk{Act: "publish", Items: w.picked(id, other)}, w.Officer.User); got[id] != review.NotReviewed {
		t.Errorf("several at once: %v", got)
	}
	path := fmt.Sprintf("/en/desk/submissions/%d", id)
	page := w.Officer.In(t).Get(path).Want(200)
	page = page.Form("form#decision").Set("action", "publish").Submit().Want(422)
	if !page.Contains("Say why it is approved before the review") {
		t.Error("the page does not say what is missing")
	}
	page = page.Form("form#decision").Set("exception", "The reviews came on paper").Submit().Want(200)
	page.Form("form.mt6").Submit().Want(http.StatusSeeOther)
	if w.state(id) != workflow.Published {
		t.Fatalf("it is %s", w.state(id))
	}
	if notes := w.open(id).Notes; len(notes) != 1 || notes[0].Body != "The reviews came on paper" || notes[0].ShownTo != workflow.ToStaff {
		t.Errorf("the notes are %+v", notes)
	}
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'approve_unreviewed' AND subject_id = $1`, id); n != 1 {
		t.Errorf("it is on record %d times", n)
	}
	w.held(other, review.Decision{Action: workflow.Publish, Exception: "These too"})
	if p := w.open(other).Pending; p == nil || p.Exception != "These too" {
		t.Fatalf("what is kept is %+v", p)
	}
	w.decide(other, review.Decision{Action: workflow.Publish, Exception: "These too", Pending: w.open(other).Pending.ID})
	if notes := w.open(other).Notes; len(notes) != 1 {
		t.Errorf("the notes are %+v", notes)
	}
	// The reviews came in while the decision was pending: the reason is kept, but there was no exception.
	later := w.reviewed("Unread by peers until today")
	w.held(later, review.Decision{Action: workflow.Publish, Exception: "The reviews are late"})
	value[int64](w, `UPDATE submissions SET submitted_title = 'Read by peers' WHERE id = $1 RETURNING id`, later)
	w.decide(later, review.Decision{Action: workflow.Publish, Exception: "The reviews are late", Pending: w.open(later).Pending.ID})
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'approve_unreviewed' AND subject_id = $1`, later); n != 0 {
		t.Errorf("an exception that was none is on record %d times", n)
	}
	if notes := w.open(later).Notes; len(notes) != 1 || notes[0].Body != "The reviews are late" {
		t.Errorf("the notes are %+v", notes)
	}
}
