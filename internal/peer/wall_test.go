package peer_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/identity"
	"portal/internal/peer"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// written is all that was written to somebody by mail.
func (w *world) written(user int64) string {
	w.Helper()
	return value[string](w, `SELECT coalesce(string_agg(kind || ': ' || subject || ' ' || body, E'\n'), '') FROM outbox WHERE to_user = $1`, user)
}

// A title that is hidden for a round is in no list and in no mail either.
func TestAHiddenTitleIsNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`UPDATE review_settings SET redacted = '{title}' WHERE kind = 'pledge'`)
	id := w.sent("A telling title")
	a := w.round(id, w.One, w.Two, w.Three)
	w.accept(w.Two, a[1])
	w.later(18 * 24 * time.Hour)
	care := func() {
		t.Helper()
		if err := w.peer.Care(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	care()
	w.later(5 * 24 * time.Hour)
	care()
	for _, p := range []string{"/en/reviews", fmt.Sprintf("/en/reviews/%d", a[0]), fmt.Sprintf("/en/reviews/%d", a[1])} {
		hasNot(t, w.One.In(t).Get(p), "A telling title")
		hasNot(t, w.Two.In(t).Get(p), "A telling title")
	}
	if err := w.peer.Withdraw(t.Context(), w.Lead.User, id, a[0]); err != nil {
		t.Fatal(err)
	}
	if err := w.peer.CloseRound(t.Context(), w.Lead.User, id); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"peer.asked", "peer.reminder", "peer.late", "peer.closed"} {
		if !w.wrote(w.Two, kind) {
			t.Errorf("%s was not written", kind)
		}
	}
	for _, p := range []int64{w.One.User.ID, w.Two.User.ID, w.Three.User.ID} {
		if text := w.written(p); text == "" || strings.Contains(text, "A telling title") {
			t.Errorf("the mails are:\n%s", text)
		}
	}
}

// Who has come into a conflict is written to about the submission no more, also where nobody has set them aside yet.
func TestNoMailGoesThroughTheWall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(w *world, id workflow.ID, assignment int64) error
	}{
		{"the desk closes the round", func(w *world, id workflow.ID, _ int64) error { return w.peer.CloseRound(w.Context(), w.Lead.User, id) }},
		{"the desk takes it back", func(w *world, id workflow.ID, a int64) error {
			return w.peer.Withdraw(w.Context(), w.Lead.User, id, a)
		}},
		{"it is decided", func(w *world, id workflow.ID, _ int64) error {
			w.step(id, w.Officer.User, workflow.Decline, "It is about work that has ended.")
			return w.peer.Care(w.Context())
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.sent("Behind the wall")
			a := w.round(id, w.One, w.Two, w.Three)
			before := w.written(w.One.User.ID)
			w.exec(`INSERT INTO posts (user_id, office_id, role, state, from_on, created_at) VALUES ($1, $2, 'contributor', 'approved', current_date, now())`, w.One.User.ID, w.Office)
			if err := c.do(w, id, a[0]); err != nil {
				t.Fatal(err)
			}
			if after := strings.TrimPrefix(w.written(w.One.User.ID), before); strings.Contains(after, "Behind the wall") {
				t.Errorf("they are told:%s", after)
			}
			if !strings.Contains(c.name, "takes") && !w.wrote(w.Two, "peer.closed") {
				t.Error("the others are not told")
			}
		})
	}
}

// Somebody who reviews for their own desk sees the others' reviews by the rule of the round, on the desk's page as well.
func TestWhoReviewsForTheirOwnDeskSeesNoMoreThanAReviewer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		visibility       peer.Visibility
		before, afterOwn bool
	}{{peer.Never, false, false}, {peer.AfterOwn, false, true}, {peer.Always, true, true}} {
		t.Run(string(test.visibility), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.exec(`UPDATE review_settings SET visibility = $1 WHERE kind = 'pledge'`, test.visibility)
			w.exec(`INSERT INTO staff_roles (user_id, role, desk, created_at) VALUES ($1, 'officer', 'pledges', now())`, w.One.User.ID)
			both := identity.StaffRole{Role: identity.Officer, Desk: identity.PledgesDesk}
			w.One.User.Staff = append(w.One.User.Staff, both)
			id := w.sent("On both sides")
			a := w.round(id, w.One, w.Two, w.Three)
			w.hand(w.Two, a[1], peer.Review{Scores: whole(2, "").Scores, ToSubmitter: "What Two wrote", ToStaff: "A secret of Two", Recommendation: peer.MinorChanges})
			w.accept(w.One, a[0])
			address := fmt.Sprintf("/en/desk/submissions/%d/reviews", id)
			words := func(when string, want bool) {
				t.Helper()
				page := w.One.In(t).Get(address).Want(200)
				has(t, page, "On both sides")
				if shown := strings.Contains(string(page.Body), "What Two wrote"); shown != want {
					t.Errorf("%s the others are shown: %t", when, shown)
				}
				if !want {
					hasNot(t, page, "A secret of Two", "2.00")
				}
			}
			words("before their own", test.before)
			if err := w.peer.Submit(t.Context(), w.One.User, a[0], workflow.Origin{}, whole(3, peer.MinorChanges)); err != nil {
				t.Fatal(err)
			}
			words("after their own", test.afterOwn)
			has(t, w.Lead.In(t).Get(address).Want(200), "What Two wrote", "A secret of Two")
		})
	}
}

// A review handed in by two presses of the button at the same moment is handed in once, and both are told that it is.
func TestAReviewHandedInTwiceAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent("Pressed twice")
	a := w.round(id, w.One, w.Two, w.Three)
	for i, reviewer := range []identity.User{w.One.User, w.Two.User, w.Three.User} {
		if err := w.peer.Answer(t.Context(), reviewer, a[i], peer.Answer{Conflict: "no", Accept: "yes"}); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		errs := make([]error, 6)
		for n := range errs {
			all.Go(func() {
				errs[n] = w.peer.Submit(t.Context(), reviewer, a[i], workflow.Origin{Page: "p"}, whole(3, peer.MinorChanges))
			})
		}
		all.Wait()
		for _, err := range errs {
			if err != nil {
				t.Errorf("one of them is told: %v", err)
			}
		}
	}
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'review_submit'`); n != 3 {
		t.Errorf("%d reviews were handed in, want 3", n)
	}
}

// However many rounds are near their day, or past it, with all reminders sent that are due: they keep nobody from theirs.
func TestNobodyIsForgottenBehindMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent("Model")
	w.round(id, w.One)
	w.exec(`WITH many AS (
			INSERT INTO submissions (kind, desk, lang, state, office_id, author_id, revision, submitted_revision, created_at, changed_at)
			SELECT kind, desk, lang, state, office_id, author_id, revision, submitted_revision, created_at, changed_at FROM submissions, generate_series(1, 500) WHERE id = $1
			RETURNING id
		), rounds AS (
			INSERT INTO review_rounds (submission_id, revision, number, set_id, visibility, redacted, un_needed, external_needed, steps_apart, means_apart, due_on, opened_by, opened_at)
			SELECT m.id, r.revision, 1, r.set_id, r.visibility, r.redacted, r.un_needed, r.external_needed, r.steps_apart, r.means_apart, $2, r.opened_by, r.opened_at
			FROM many m, review_rounds r WHERE r.submission_id = $1 RETURNING id, submission_id
		)
		INSERT INTO review_assignments (round_id, submission_id, reviewer_id, side, cause, asked_at, due_on, reminders)
		SELECT id, submission_id, $3, 'un', 'desk', $4, $2, 1 FROM rounds`, id, date.Of(now).AddDays(1), w.One.User.ID, now)
	last := w.sent("The last")
	w.round(last, w.Two)
	w.exec(`UPDATE review_assignments SET due_on = $2 WHERE submission_id = $1`, last, date.Of(now).AddDays(3))
	if err := w.peer.Care(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !w.wrote(w.Two, "peer.reminder") {
		t.Error("the last is not reminded")
	}
}

// Who is no reviewer any more is not waited for: the round goes on without them, and the desk hears who is missing.
func TestWhoIsNoReviewerAnyMoreIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]string{
		"the role is gone": `DELETE FROM staff_roles WHERE user_id = $1`, "the account is closed": `UPDATE users SET closed_at = now() WHERE id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.sent("Goes on")
			a := w.round(id, w.One, w.Two, w.Three, w.Four)
			for i, p := range []webtest.Person{w.One, w.Two, w.Three} {
				w.hand(p, a[i], whole(3, peer.MinorChanges))
			}
			if w.waitingFor(id) != workflow.ForReviewers {
				t.Fatalf("it waits for %s", w.waitingFor(id))
			}
			w.exec(leave, w.Four.User.ID)
			w.exec(leave, w.Three.User.ID) // what was handed in stays
			for range 2 {                  // the second time there is nothing to do
				if err := w.peer.Care(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if w.state(a[3]) != peer.Withdrawn || w.state(a[2]) != peer.Submitted || w.waitingFor(id) != workflow.ForDesk || !w.wrote(w.Lead, "peer.all_in") {
				t.Errorf("theirs is %s, it waits for %s, the lead was written to %v", w.state(a[3]), w.waitingFor(id), w.mails(w.Lead))
			}
			if w.wrote(w.Four, "peer.withdrawn") {
				t.Error("who has left is written to")
			}
		})
	}
}

// Who comes into a conflict after reading is told so on the page, not only by mail, keeps what they had typed, and learns
// nothing more of the submission. A declaration sent twice ends there as well.
func TestASetAsideReviewIsExplained(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent("Delicate")
	a := w.round(id, w.One, w.Two, w.Three)
	w.accept(w.One, a[0])
	address := fmt.Sprintf("/en/reviews/%d", a[0])
	w.One.In(t).Get(address).Want(200)
	w.exec(`INSERT INTO posts (user_id, office_id, role, state, from_on, created_at) VALUES ($1, $2, 'contributor', 'approved', current_date, now())`, w.One.User.ID, w.Office)
	for range 2 { // before the job that sets it aside, and after it
		page := w.One.In(t).Post(address, url.Values{"version": {"0"}, "page": {"p"}, "to_submitter": {"An hour <b>of work</b>"}, "do": {"submit"}}).Want(404)
		has(t, page, "has been set aside", "An hour &lt;b&gt;of work&lt;/b&gt;")
		hasNot(t, page, "Delicate", "Ministry of Labour", "14 border health posts")
		has(t, w.One.In(t).Get(address).Want(404), "has been set aside")
		w.One.In(t).Get(address + "/files/1").Want(404)
		if err := w.peer.Care(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := value[int](w, `SELECT count(*)::int FROM reviews`); n != 0 {
		t.Error("it is kept")
	}
	declared := url.Values{"conflict": {"yes"}, "reason": {"My cousin."}}
	second := fmt.Sprintf("/en/reviews/%d", a[1])
	w.Two.In(t).Post(second+"/answer", declared).WantRedirect("/en/reviews")
	has(t, w.Two.In(t).Post(second+"/answer", declared).Want(404), "has been set aside")
	// So is a review that is declined twice declined once.
	third := fmt.Sprintf("/en/reviews/%d", a[2])
	declined := url.Values{"conflict": {"no"}, "accept": {"no"}, "reason": {"No time."}}
	for range 2 {
		w.Three.In(t).Post(third+"/answer", declined).WantRedirect("/en/reviews")
	}
	w.Two.In(t).Post(third+"/answer", declined).Want(404)
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'review_decline'`); n != 1 {
		t.Errorf("it is declined %d times", n)
	}
	// To others it is an address that there is not.
	hasNot(t, w.Three.In(t).Get(address).Want(404), "set aside")
	hasNot(t, w.Lead.In(t).Get(address).Want(404), "set aside")
}
