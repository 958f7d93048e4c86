package review_test

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/review"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// withLeads gives the desk two leads.
func (w *world) withLeads() (first, second webtest.Person) {
	w.Helper()
	lead := identity.StaffRole{Role: identity.Lead, Desk: identity.PledgesDesk}
	return w.person("first lead", "Lead One", nil, lead), w.person("second lead", "Lead Two", nil, lead)
}

// held keeps a decision of the officer as pending and returns its number.
func (w *world) held(id workflow.ID, d review.Decision) int64 {
	w.Helper()
	d.Version = w.version(id)
	d.Pending = value[int64](w, `SELECT coalesce(max(id), 0) FROM pending_decisions WHERE submission_id = $1`, id)
	if err := w.desk.Hold(w.Context(), w.Officer.User, id, d); err != nil {
		w.Fatal(err)
	}
	return value[int64](w, `SELECT id FROM pending_decisions WHERE submission_id = $1`, id)
}

func (w *world) pile(who identity.User) review.Pile {
	w.Helper()
	p, err := w.desk.Pile(w.Context(), who, identity.PledgesDesk)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

// chosen are all decisions of the pile that can leave.
func chosen(p review.Pile) review.Chosen {
	c := review.Chosen{Desk: p.Desk, Wording: p.Wording}
	for _, it := range p.Ready {
		c.Pending = append(c.Pending, it.Pending.ID)
	}
	return c
}

func (w *world) release(who identity.User) int64 {
	w.Helper()
	id, err := w.desk.Release(w.Context(), who, chosen(w.pile(who)))
	if err != nil {
		w.Fatal(err)
	}
	return id
}

func TestADecisionIsKeptQuietly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("Quiet")
	mails := value[int](w, `SELECT count(*)::int FROM outbox`)
	d := review.Decision{Action: workflow.RequestChanges, Version: w.version(id), Note: "Say more", Changes: []workflow.ChangeRequest{{Field: "title", Body: "Shorter"}}}
	if err := w.desk.Hold(t.Context(), w.Officer.User, id, d); err != nil {
		t.Fatal(err)
	}
	if err := w.desk.Hold(t.Context(), w.Officer.User, id, d); err != nil {
		t.Errorf("the form sent twice: %v", err)
	}
	c := w.open(id)
	if c.Pending == nil || c.Pending.Action != d.Action || c.Pending.Note != d.Note || len(c.Pending.Changes) != 1 || c.Pending.Decider != w.Officer.User.Name || !c.Pending.DecidedAt.Equal(now) {
		t.Fatalf("the case shows %+v", c.Pending)
	}
	if c.Pending.Moved(c.Kind, c.Submission) != "" || c.State != workflow.InReview || value[int](w, `SELECT count(*)::int FROM outbox`) != mails {
		t.Errorf("something has happened: %s", c.State)
	}
	if n := value[int](w, `SELECT count(*)::int FROM submissions s WHERE `+review.PendingCondition); n != 1 {
		t.Errorf("is:pending finds %d", n)
	}
	d.Action, d.Changes = workflow.Decline, nil
	if err := w.desk.Hold(t.Context(), w.Second.User, id, d); !errors.Is(err, problem.Stale) {
		t.Errorf("an officer who has not seen it replaces it: %v", err)
	}
	if err := w.desk.Decide(t.Context(), w.Second.User, id, d); !errors.Is(err, problem.Stale) {
		t.Errorf("an officer who has not seen it decides: %v", err)
	}
	d.Pending = c.Pending.ID
	if err := w.desk.Hold(t.Context(), w.Second.User, id, d); err != nil {
		t.Fatal(err)
	}
	if err := w.desk.Unhold(t.Context(), w.Officer.User, id, c.Pending.ID); !errors.Is(err, problem.Stale) {
		t.Errorf("an officer withdraws what has changed since: %v", err)
	}
	d.Pending = w.open(id).Pending.ID
	if d.Pending == c.Pending.ID {
		t.Error("a changed decision has the same number")
	}
	if err := w.desk.Unhold(t.Context(), w.Officer.User, id, d.Pending); err != nil || w.open(id).Pending != nil {
		t.Errorf("withdrawn: %v", err)
	}
	d.Pending = w.held(id, review.Decision{Action: workflow.Decline, Note: "No"})
	if err := w.desk.Decide(t.Context(), w.Officer.User, id, d2(d, w.version(id))); err != nil || w.state(id) != workflow.Declined || w.open(id).Pending != nil {
		t.Errorf("a decision that is sent takes the place of the pending one: %v, %s", err, w.state(id))
	}
}

func d2(d review.Decision, version int) review.Decision {
	d.Version = version
	return d
}

func TestPendingDecisionsKeepTheRulesOfDecisions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("Ruled")
	version := w.version(id)
	for _, c := range []struct {
		name string
		who  identity.User
		d    review.Decision
		want error
	}{
		{"on an older version", w.Officer.User, review.Decision{Action: workflow.Publish, Version: version - 1}, problem.Stale},
		{"a step that the state does not allow", w.Officer.User, review.Decision{Action: workflow.Archive, Version: version, Note: "x"}, problem.NotAllowedNow},
		{"a question that there is not", w.Officer.User, review.Decision{Action: workflow.RequestChanges, Version: version, Changes: []workflow.ChangeRequest{{Field: "no_such", Body: "x"}}}, problem.NotFound},
		{"by somebody with a conflict", w.Conflicted.User, review.Decision{Action: workflow.Publish, Version: version}, problem.NotFound},
		{"by the owner", w.Member.User, review.Decision{Action: workflow.Publish, Version: version}, problem.NotFound},
		{"by another desk", w.OtherOfficer.User, review.Decision{Action: workflow.Publish, Version: version}, problem.NotFound},
	} {
		if err := w.desk.Hold(t.Context(), c.who, id, c.d); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if _, ok := problem.InvalidFields(w.desk.Hold(t.Context(), w.Officer.User, id, review.Decision{Action: workflow.Decline, Version: version})); !ok {
		t.Error("declined without a reason")
	}
	if w.open(id).Pending != nil {
		t.Error("one of them was kept")
	}
}

func TestDecisionsLeaveTogetherAfterTheTimeToUndo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead, _ := w.withLeads()
	published, declined, asked := w.reviewed("One"), w.reviewed("Two"), w.reviewed("Three")
	w.held(published, review.Decision{Action: workflow.Publish, Note: "Thank you"})
	w.held(declined, review.Decision{Action: workflow.Decline, Note: "Not about migration"})
	w.held(asked, review.Decision{Action: workflow.RequestChanges, Changes: []workflow.ChangeRequest{{Field: "title", Body: "Shorter"}}})
	pile := w.pile(lead.User)
	if len(pile.Ready) != 3 || len(pile.Held) != 0 || len(pile.Ready[0].Letters) != 3 {
		t.Fatalf("the pile has %d and %d", len(pile.Ready), len(pile.Held))
	}
	w.exec(`DELETE FROM outbox`)
	id := w.release(lead.User)
	if leaving, err := w.desk.Leaving(t.Context(), w.Officer.User); err != nil || len(leaving) != 1 || leaving[0].Items != 3 || leaving[0].GoesAt.Sub(w.clock()) != 5*time.Minute {
		t.Errorf("the banner says %+v, %v", leaving, err)
	}
	w.later(4 * time.Minute)
	if err := w.desk.GoRelease(t.Context(), id); err != nil || w.state(published) != workflow.InReview {
		t.Fatalf("it goes before its time: %v", err)
	}
	w.later(2 * time.Minute)
	if err := w.desk.Stop(t.Context(), lead.User, id); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("it can be undone after its time: %v", err)
	}
	for range 2 { // a job may run twice
		if err := w.desk.GoReleases(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for sub, want := range map[workflow.ID]workflow.State{published: workflow.Published, declined: workflow.Declined, asked: workflow.ChangesRequested} {
		if got := w.state(sub); got != want {
			t.Errorf("submission %d is %s, want %s", sub, got, want)
		}
		if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE submission_id = $1`, sub); n != 3 {
			t.Errorf("submission %d has %d letters", sub, n)
		}
		by := values[string](w, `SELECT act || ' ' || actor_id FROM audit_log WHERE subject = 'submission' AND subject_id = $1 ORDER BY id DESC LIMIT 2`, sub)
		if by[0] != fmt.Sprintf("release %d", lead.User.ID) || !strings.HasSuffix(by[1], fmt.Sprintf(" %d", w.Officer.User.ID)) {
			t.Errorf("the record says %v: the officer decides, the lead releases", by)
		}
	}
	line, items, err := w.desk.FindRelease(t.Context(), lead.User, id)
	if err != nil || line.Done != 3 || line.Left != 0 || line.Letters != 9 || line.EndedAt == nil || len(items) != 3 {
		t.Errorf("the release says %+v, %v", line, err)
	}
	if n := value[int](w, `SELECT count(*)::int FROM pending_decisions`); n != 0 {
		t.Errorf("%d are still pending", n)
	}
	if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE kind = 'review.release_left'`); n != 0 {
		t.Error("the lead is told that something stayed behind")
	}
}

func TestWhatMovedOnStaysBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead, _ := w.withLeads()
	decline := review.Decision{Action: workflow.Decline, Note: "No"}
	cases := []struct {
		name string
		move func(id workflow.ID)
		want review.Reason
	}{
		{"a step was taken", func(id workflow.ID) {
			w.exec(`INSERT INTO submission_events (submission_id, revision, action, from_state, to_state, at) VALUES ($1, 1, 'withdraw', 'in_review', 'in_review', now())`, id)
		}, review.MovedOn},
		{"the office has changed", func(id workflow.ID) { w.exec(`UPDATE submissions SET office_id = $2 WHERE id = $1`, id, w.OtherOffice) }, review.OtherOffice},
		{"the state has changed", func(id workflow.ID) { w.exec(`UPDATE submissions SET state = 'withdrawn' WHERE id = $1`, id) }, review.NoChoice},
		{"who decided has a conflict now", func(id workflow.ID) {
			w.exec(`UPDATE submission_steps SET saved_by = $2 WHERE submission_id = $1 AND step = 'files'`, id, w.Officer.User.ID)
		}, review.NoDecider},
		{"who released has a conflict now", func(id workflow.ID) {
			w.exec(`UPDATE submission_steps SET saved_by = $2 WHERE submission_id = $1 AND step = 'files'`, id, lead.User.ID)
		}, review.NoReleaser},
		{"it was changed", func(id workflow.ID) { w.held(id, review.Decision{Action: workflow.Decline, Note: "Still no"}) }, review.Gone},
		{"it was withdrawn", func(id workflow.ID) {
			if err := w.desk.Unhold(t.Context(), w.Second.User, id, w.open(id).Pending.ID); err != nil {
				t.Fatal(err)
			}
		}, review.Gone},
	}
	ids := map[workflow.ID]review.Reason{}
	var moves []func()
	for _, c := range cases {
		id := w.reviewed(c.name)
		w.held(id, decline)
		ids[id] = c.want
		moves = append(moves, func() { c.move(id) })
	}
	stays := w.reviewed("stays as it is")
	w.held(stays, decline)
	if err := w.desk.Assign(t.Context(), w.Officer.User, stays, w.Second.User.ID, w.version(stays)); err != nil {
		t.Fatal(err) // an assignment changes nothing that was decided on
	}
	release := w.release(lead.User)
	for _, move := range moves {
		move()
	}
	w.exec(`DELETE FROM outbox`)
	w.later(6 * time.Minute)
	if err := w.desk.GoReleases(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w.state(stays) != workflow.Declined {
		t.Errorf("the one that stayed as it was is %s", w.state(stays))
	}
	for id, want := range ids {
		outcome := value[string](w, `SELECT outcome || ' ' || reason FROM release_items WHERE release_id = $1 AND submission_id = $2`, release, id)
		if outcome != "left "+string(want) {
			t.Errorf("%s: %s", value[string](w, `SELECT title FROM submissions WHERE id = $1`, id), outcome)
		}
		if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE submission_id = $1`, id); n != 0 || w.state(id) == workflow.Declined {
			t.Errorf("it was declined all the same: %d letters", n)
		}
	}
	mail := values[string](w, `SELECT to_address || ': ' || subject || body FROM outbox WHERE kind = 'review.release_left'`)
	if len(mail) != 1 || !strings.HasPrefix(mail[0], lead.User.Email+": 6 decisions stayed behind") || !strings.Contains(mail[0], "1 decision left") {
		t.Errorf("the lead is told %q", mail)
	}
	held := map[review.Reason]int{}
	for _, it := range w.pile(lead.User).Held {
		held[it.Why]++
	}
	if held[review.MovedOn] != 1 || held[review.OtherOffice] != 1 || held[review.NoChoice] != 1 || held[review.NoDecider] != 1 {
		t.Errorf("the page lists apart %v", held)
	}
	if _, items, err := w.desk.FindRelease(t.Context(), lead.User, release); err != nil || len(items) != 7 {
		t.Errorf("the page of the release has %d of 8 items, one of which the lead must not see: %v", len(items), err)
	}
}

func TestAReleaseIsUndone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead, other := w.withLeads()
	id := w.reviewed("Undone")
	w.held(id, review.Decision{Action: workflow.Publish})
	if err := w.desk.SetUndo(t.Context(), lead.User, identity.PledgesDesk, 30); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 61, -1} {
		if _, ok := problem.InvalidFields(w.desk.SetUndo(t.Context(), lead.User, identity.PledgesDesk, n)); !ok {
			t.Errorf("%d minutes are taken", n)
		}
	}
	release := w.release(lead.User)
	w.later(29 * time.Minute)
	for who, p := range map[string]identity.User{"an officer": w.Officer.User, "a lead of another desk": w.person("network lead", "N", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.NetworkDesk}).User} {
		if err := w.desk.Stop(t.Context(), p, release); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s undoes it: %v", who, err)
		}
	}
	if err := w.desk.Stop(t.Context(), other.User, release); err != nil {
		t.Fatal(err)
	}
	w.later(time.Hour)
	if err := w.desk.GoRelease(t.Context(), release); err != nil || w.state(id) != workflow.InReview {
		t.Errorf("it has left all the same: %s, %v", w.state(id), err)
	}
	if p := w.pile(lead.User); len(p.Ready) != 1 {
		t.Errorf("it is not pending as before: %+v", p.Held)
	}
	if again := w.release(other.User); again == release {
		t.Error("it cannot be released again")
	}
}

func TestTwoLeadsReleaseTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead, other := w.withLeads()
	id := w.reviewed("Wanted by both")
	w.held(id, review.Decision{Action: workflow.Publish})
	c := chosen(w.pile(lead.User))
	var wait sync.WaitGroup
	errs := make([]error, 2)
	for i, p := range []webtest.Person{lead, other} {
		wait.Go(func() { _, errs[i] = w.desk.Release(t.Context(), p.User, c) })
	}
	wait.Wait()
	winner, loser := lead, other
	if errs[0] != nil {
		winner, loser = other, lead
		errs[0], errs[1] = errs[1], errs[0]
	}
	if errs[0] != nil || !errors.Is(errs[1], problem.Stale) {
		t.Fatalf("one wins and the other is told: %v, %v", errs[0], errs[1])
	}
	page := loser.In(t).Post("/en/desk/release", url.Values{"step": {"confirmed"}, "item": {strconv.FormatInt(c.Pending[0], 10)}}).Want(409)
	reads(t, page, "#errors", winner.User.Name+" released one or more of these at 24 November 2026, 09:42 UTC", "They leave at 24 November 2026, 09:47 UTC")
}

func TestOnlyWhatWasReadIsReleased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead, _ := w.withLeads()
	id := w.reviewed("Changed after reading")
	w.held(id, review.Decision{Action: workflow.Publish})
	c := chosen(w.pile(lead.User))
	w.held(id, review.Decision{Action: workflow.Decline, Note: "On second thought"})
	if _, err := w.desk.Release(t.Context(), lead.User, c); !errors.Is(err, problem.Stale) {
		t.Errorf("a decision that was changed since: %v", err)
	}
	c = chosen(w.pile(lead.User))
	c.Wording++
	if _, err := w.desk.Release(t.Context(), lead.User, c); !errors.Is(err, problem.Stale) {
		t.Errorf("letters that were worded anew since: %v", err)
	}
	for name, who := range map[string]identity.User{"an officer": w.Officer.User, "the owner": w.Head.User} {
		if _, err := w.desk.Release(t.Context(), who, chosen(w.pile(lead.User))); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s releases: %v", name, err)
		}
	}
	hidden := w.reviewed("Of which the lead must not know")
	w.held(hidden, review.Decision{Action: workflow.Publish})
	w.exec(`UPDATE submission_steps SET saved_by = $2 WHERE submission_id = $1 AND step = 'files'`, hidden, lead.User.ID)
	if p := w.pile(lead.User); len(p.Ready) != 1 || len(p.Held) != 0 {
		t.Errorf("the lead sees %d and %d", len(p.Ready), len(p.Held))
	}
	all := review.Chosen{Desk: identity.PledgesDesk, Pending: values[int64](w, `SELECT id FROM pending_decisions`)}
	if _, err := w.desk.Release(t.Context(), lead.User, all); !errors.Is(err, problem.Stale) {
		t.Errorf("the lead releases what they must not see: %v", err)
	}
}

// A release that breaks off in the middle goes on where it was: every decision is taken once.
func TestAReleaseThatBreaksOffIsFinished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead, _ := w.withLeads()
	var ids []workflow.ID
	for i := range 4 {
		id := w.reviewed(fmt.Sprintf("Pledge %d", i))
		w.held(id, review.Decision{Action: workflow.Publish})
		ids = append(ids, id)
	}
	release := w.release(lead.User)
	w.later(6 * time.Minute)
	w.exec(`DELETE FROM outbox`)
	// The third cannot be written: what came before it stays done, what comes after is done all the same.
	w.exec(`CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.submission_id = ` + strconv.FormatInt(ids[2], 10) + ` AND NEW.action = 'publish' THEN RAISE 'broken'; END IF; RETURN NEW; END $$`)
	w.exec(`CREATE TRIGGER break BEFORE INSERT ON submission_events FOR EACH ROW EXECUTE FUNCTION break()`)
	if err := w.desk.GoReleases(t.Context()); err == nil {
		t.Fatal("nobody is told that it broke off")
	}
	if n := value[int](w, `SELECT count(*)::int FROM release_items WHERE outcome = 'done'`); n != 3 {
		t.Errorf("%d are done", n)
	}
	if line, _, err := w.desk.FindRelease(t.Context(), lead.User, release); err != nil || line.EndedAt != nil {
		t.Errorf("it has ended: %v", err)
	}
	w.exec(`DROP TRIGGER break ON submission_events`)
	var wait sync.WaitGroup
	for range 3 { // several processes find it at once
		wait.Go(func() {
			if err := w.desk.GoReleases(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, id := range ids {
		if n := value[int](w, `SELECT count(*)::int FROM submission_events WHERE submission_id = $1 AND action = 'publish'`, id); n != 1 {
			t.Errorf("submission %d was published %d times", id, n)
		}
		if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE submission_id = $1`, id); n != 3 {
			t.Errorf("submission %d has %d letters", id, n)
		}
	}
}

func TestThePagesOfReleases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead, other := w.withLeads()
	id, second := w.reviewed("A pledge to publish"), w.reviewed("A pledge to decline")
	path := fmt.Sprintf("/en/desk/submissions/%d", id)
	form := url.Values{"action": {"publish"}, "version": {strconv.Itoa(w.version(id))}, "note": {"Thank you"}, "pending": {"0"}, "step": {"pending"}, "internal": {"A note not sent yet"}}
	w.Officer.In(t).Post(path+"/decision", form).Want(303)
	page := w.Officer.In(t).Get(path).Want(200)
	reads(t, page, ".panel--lead", "Pending: Publish", "Decided by "+w.Officer.User.Name, "Withdraw the pending decision")
	if !strings.Contains(string(page.Body), "A note not sent yet") || !strings.Contains(string(page.Body), "Thank you") {
		t.Error("what was typed is lost")
	}
	if body := string(w.Member.In(t).Get(fmt.Sprintf("/en/submissions/%d", id)).Body); strings.Contains(body, "Thank you") || strings.Contains(strings.ToLower(body), "pending") {
		t.Error("the owner sees something of it")
	}
	w.held(second, review.Decision{Action: workflow.Decline, Note: "Not about migration"})
	w.Officer.In(t).Get("/en/desk/release").Want(403)
	w.Member.In(t).Get("/en/desk/release").Want(404)
	page = lead.In(t).Get("/en/desk/release").Want(200)
	reads(t, page, "#ready", "2 decisions will leave: 1 published and 1 declined; 6 letters to 3 people.")
	reads(t, page, ".letter", "Thank you", "Not about migration")
	reads(t, lead.In(t).Get("/ar/desk/release").Want(200), "#ready", "سيخرج قراران (2)")
	lead.In(t).Post("/en/desk/release", nil).Want(422)
	lead.In(t).Post("/en/desk/release", url.Values{"desk": {"hub"}}).Want(404)
	lead.In(t).Post("/en/desk/release", url.Values{"item": {"999999", "x", "-1"}}).Want(409)
	pending := strconv.FormatInt(value[int64](w, `SELECT id FROM pending_decisions WHERE submission_id = $1`, id), 10)
	page = lead.In(t).Post("/en/desk/release", url.Values{"item": {pending, pending}}).Want(200)
	reads(t, page, ".lede", "1 decision will leave: 1 published; 3 letters to 3 people.")
	reads(t, page, ".letter", "Thank you")
	page = lead.In(t).Post("/en/desk/release", url.Values{"item": {pending}, "step": {"confirmed"}}).Want(303)
	released := page.Location()
	reads(t, lead.In(t).Get(released).Want(200), ".note", "1 decision, released by Lead One, leaves at 24 November 2026, 09:47 UTC")
	reads(t, w.Officer.In(t).Get("/en/desk").Want(200), ".note", "leaves at")
	if page := w.Officer.In(t).Get("/en/desk"); len(page.Texts(".note button")) != 0 {
		t.Error("an officer can undo it")
	}
	reads(t, w.Officer.In(t).Get(path).Want(200), ".panel--lead", "Lead One has released it")
	w.Officer.In(t).Get(released).Want(403)
	w.Officer.In(t).Post(released+"/stop", nil).Want(403)
	other.In(t).Post(released+"/stop", nil).Want(303)
	reads(t, other.In(t).Get(released).Want(200), ".lede", "Undone by Lead Two")
	other.In(t).Post(released+"/stop", nil).Want(409)
	lead.In(t).Post("/en/desk/release/window", url.Values{"minutes": {"abc"}}).Want(422)
	lead.In(t).Post("/en/desk/release/window", url.Values{"minutes": {"12"}}).Want(303)
	reads(t, lead.In(t).Get("/en/desk/release").Want(200), "summary", "Time to undo: 12 minutes")
	w.exec(`UPDATE submission_steps SET saved_by = $2 WHERE submission_id = $1 AND step = 'files'`, id, other.User.ID)
	other.In(t).Get(released).Want(404)
	if got := len(other.In(t).Get("/en/desk/release").Want(200).Texts("tbody tr")); got != 0 {
		t.Errorf("a lead with a conflict sees %d releases of it", got)
	}
	w.exec(`UPDATE submission_steps SET saved_by = $2 WHERE submission_id = $1 AND step = 'files'`, id, w.Member.User.ID)
	stale := url.Values{"pending": {pending}, "version": {"1"}}
	w.Officer.In(t).Post(path+"/pending", url.Values{"pending": {"1" + pending}}).Want(409)
	w.Officer.In(t).Post(path+"/pending", stale).Want(303)
	w.Conflicted.In(t).Post(path+"/pending", stale).Want(404)
}

// Whoever has not shown who they are for a while is asked before a release.
func TestAReleaseAsksWhoYouAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead, _ := w.withLeads()
	factor := time.Now()
	tired := webtest.SignedInAt(t, w.Visitor.Client, w.router, "lead who signed in long ago", lead.User, time.Now().Add(-time.Hour), &factor)
	for _, page := range []*webtest.Page{tired.In(t).Get("/en/desk/release"), tired.In(t).Post("/en/desk/release", url.Values{"item": {"1"}})} {
		if page.Status != 303 || !strings.Contains(page.Location(), "/account/confirm") {
			t.Errorf("%d %s", page.Status, page.Location())
		}
	}
}
