package workflow_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// How much is done: acts one after the other, compared with what the plan says, and acts of several people at once.
const (
	acts         = 8000
	actsAtOnce   = 2000
	peopleAtOnce = 4
	live         = 36 // submissions of each plan that go on at a time
)

// chance is a story of random acts by random people. The same seed tells the same story.
type chance struct {
	*world
	random *rand.Rand
	people []party
	kinds  []*workflow.Kind
	rows   map[string][]string
	now    time.Time
	ids    []workflow.ID
	states map[workflow.State]int // that were reached
	done   int
}

// Random acts by random people, conflicted ones and the clock among them, lead to no state that the plan does not have,
// lose no event and leave a record that verifies.
func TestRandomActsKeepToThePlan(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any number will do
	if text := os.Getenv("PORTAL_TEST_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("again with PORTAL_TEST_SEED=%d", seed)
		}
	})
	w := newWorld(t, workflow.Publishing)
	decided := kindOf(workflow.Deciding)
	decided.Name, decided.Publish, decided.TakeDown = "decided", nil, nil
	c := &chance{
		world: w, random: rand.New(rand.NewPCG(seed, 4)), now: now, kinds: []*workflow.Kind{w.kind, decided}, //nolint:gosec // a story, no secret
		rows: map[string][]string{w.kind.Name: publishing, decided.Name: deciding}, states: map[workflow.State]int{},
	}
	for _, p := range []struct {
		who  identity.User
		side workflow.By
		acts bool
	}{
		{w.author, workflow.ByOwner, true}, {w.head, workflow.ByOwner, true}, {w.colleague, workflow.ByOwner, true}, {w.viewer, workflow.ByOwner, false},
		{w.officer, workflow.ByDesk, true}, {w.lead, workflow.ByDesk, true}, {w.conflicted, workflow.ByOwner, false},
		{w.former, "", false}, {w.stranger, "", false}, {w.otherOfficer, "", false}, {w.reviewer, "", false}, {w.admin, "", false},
	} {
		c.people = append(c.people, party{who: p.who, name: p.who.Name, side: p.side, acts: p.acts})
	}
	for range live {
		for _, kind := range c.kinds {
			c.ids = append(c.ids, c.begin(kind))
		}
	}
	for n := range acts {
		c.now = c.now.Add(time.Minute)
		c.act()
		if t.Failed() {
			t.Fatalf("after %d acts", n+1)
		}
	}
	c.allAtOnce()
	c.everythingIsTold()
	for _, s := range workflow.States {
		if c.states[s] == 0 {
			t.Errorf("the story never came to %s", s)
		}
	}
	if c.done < acts/4 {
		t.Errorf("only %d acts were allowed: the story says little", c.done)
	}
}

func (c *chance) begin(kind *workflow.Kind) workflow.ID {
	c.Helper()
	var id workflow.ID
	err := c.db.InTx(c.Context(), func(tx database.Tx) (err error) {
		id, err = workflow.Start(c.Context(), tx, kind, c.office, c.author, c.now)
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
	return id
}

// pick is one of them, by chance.
func pick[T any](random *rand.Rand, of []T) T { return of[random.IntN(len(of))] }

// act is one act by somebody at something, compared with what the plan and the conflict rules say.
func (c *chance) act() {
	c.Helper()
	i := c.random.IntN(len(c.ids))
	id := c.ids[i]
	before, err := workflow.FindForPortal(c.Context(), c.db.Read(), id)
	if err != nil {
		c.Fatal(err)
	}
	kind := c.kinds[0]
	if before.Kind != kind.Name {
		kind = c.kinds[1]
	}
	c.states[before.State]++
	if over(before.State) && c.random.IntN(3) > 0 {
		c.ids[i] = c.begin(kind)
		return
	}
	p, action := pick(c.random, c.people), pick(c.random, workflow.Actions)
	if c.random.IntN(5) > 0 { // most of the time something that can be done, by somebody who may
		for p.side == "" || !p.acts {
			p = pick(c.random, c.people)
		}
		if steps := append(kind.Plan.From(before.State, before.Published(), workflow.ByOwner), kind.Plan.From(before.State, before.Published(), workflow.ByDesk)...); len(steps) > 0 {
			step := pick(c.random, steps)
			for action = step.Action; p.side != step.By || !p.acts; {
				p = pick(c.random, c.people)
			}
		}
	}
	switch n := c.random.IntN(20); {
	case n == 0:
		c.doubt()
	case n <= 3:
		c.byTheClock(kind, before, action)
	case n <= 5:
		c.assign(before, p)
	case n <= 7:
		c.write(kind, before, p)
	default:
		c.step(kind, before, p, action)
	}
}

// over says whether no plan leads on from the state.
func over(s workflow.State) bool {
	return s == workflow.Declined || s == workflow.Withdrawn || s == workflow.Archived || s == workflow.Erased
}

// doubt lets the secretariat doubt the office, or approve it again.
func (c *chance) doubt() {
	c.Helper()
	c.exec(`UPDATE offices SET state = CASE state WHEN 'approved' THEN 'proposed' ELSE 'approved' END WHERE id = $1 AND ($2 OR state = 'proposed')`, c.office, c.random.IntN(3) == 0)
}

// expect compares what came of an act with what should.
func (c *chance) expect(before workflow.Submission, what string, got, want error, to workflow.State) {
	c.Helper()
	if want != nil && !errors.Is(got, want) || want == nil && got != nil {
		c.Errorf("%s %d from %s (version %d, published %v): %s: %v, want %v", before.Kind, before.ID, before.State, before.Version, before.Published(), what, got, want)
		return
	}
	after, err := workflow.FindForPortal(c.Context(), c.db.Read(), before.ID)
	if err != nil {
		c.Fatal(err)
	}
	version := before.Version
	if got == nil {
		version++
		c.done++
	}
	if got != nil {
		to = before.State
	}
	if after.State != to || after.Version != version {
		c.Errorf("%s %d from %s (version %d): %s: it is %s, version %d; it should be %s, version %d", before.Kind, before.ID, before.State, before.Version, what, after.State, after.Version, to, version)
	}
	if after.Published() != (after.PublishedRevision != nil && after.PublicID != nil) || after.State == workflow.Published && !after.Published() {
		c.Errorf("%s %d: %s: before the public without a revision or an ID: %+v", before.Kind, before.ID, what, after)
	}
}

func (c *chance) step(kind *workflow.Kind, before workflow.Submission, p party, action workflow.Action) {
	c.Helper()
	in := workflow.Input{Version: before.Version, Note: "because"}
	rows := c.rows[kind.Name]
	want := allowed(rows, p, before, action)
	e, _ := look(rows, action, before.State, before.Published())
	switch {
	case c.random.IntN(10) == 0: // somebody who has read an older version
		in.Version--
		if !errors.Is(want, problem.NotFound) && in.Version != 0 {
			want = problem.Stale
		}
	case want == nil && action == workflow.Publish && !before.MayPublish():
		want = problem.NotAllowedNow
	case want == nil && e.note && c.random.IntN(10) == 0:
		in.Note, want = " ", &problem.InvalidError{}
	}
	err := c.db.InTx(c.Context(), func(tx database.Tx) error {
		s, err := workflow.Lock(c.Context(), tx, before.ID, p.who)
		if err != nil {
			return err
		}
		_, err = workflow.Apply(c.Context(), tx, kind, &s, action, p.who, in, c.now)
		return err
	})
	if _, invalid := problem.InvalidFields(err); invalid && in.Note == " " {
		want = err
	}
	c.expect(before, fmt.Sprintf("%s by %s", action, p.name), err, want, e.to)
}

// byTheClock is what the portal does by itself.
func (c *chance) byTheClock(kind *workflow.Kind, before workflow.Submission, action workflow.Action) {
	c.Helper()
	rows := c.rows[kind.Name]
	var step func(tx database.Tx, s *workflow.Submission) error
	var want error
	what, to := "", workflow.State("")
	if before.State == workflow.Approved && c.random.IntN(2) == 0 {
		what, to = "what waited is published", workflow.Published
		if _, known := look(rows, workflow.Publish, before.State, before.Published()); !known || !before.MayPublish() {
			want = problem.NotAllowedNow
		}
		step = func(tx database.Tx, s *workflow.Submission) error {
			_, err := workflow.PublishWaiting(c.Context(), tx, kind, s, c.now)
			return err
		}
	} else {
		if c.random.IntN(3) > 0 {
			action = pick(c.random, []workflow.Action{workflow.Warn, workflow.PutAside, workflow.Erase})
		}
		e, known := look(rows, action, before.State, before.Published())
		if what, to = string(action)+" by the clock", e.to; !known || e.by != workflow.ByPortal {
			want = problem.NotAllowedNow
		}
		step = func(tx database.Tx, s *workflow.Submission) error {
			_, err := workflow.ApplyForPortal(c.Context(), tx, kind, s, action, c.now)
			return err
		}
	}
	err := c.db.InTx(c.Context(), func(tx database.Tx) error {
		s, err := workflow.LockForPortal(c.Context(), tx, before.ID)
		if err != nil {
			return err
		}
		return step(tx, &s)
	})
	c.expect(before, what, err, want, to)
}

// assign gives it to somebody, who may have no business with it.
func (c *chance) assign(before workflow.Submission, p party) {
	c.Helper()
	to := pick(c.random, c.people)
	var want error
	switch {
	case p.side == "" || p.side == workflow.ByDesk && before.SubmittedRevision == nil:
		want = problem.NotFound
	case p.side != workflow.ByDesk:
		want = problem.Forbidden
	case to.side != workflow.ByDesk:
		want = problem.NotFound
	}
	err := c.db.InTx(c.Context(), func(tx database.Tx) error {
		s, err := workflow.Lock(c.Context(), tx, before.ID, p.who)
		if err != nil {
			return err
		}
		return workflow.Assign(c.Context(), tx, &s, to.who.ID, p.who, c.now)
	})
	c.expect(before, fmt.Sprintf("given to %s by %s", to.name, p.name), err, want, before.State)
}

// write saves a text, which moves nothing.
func (c *chance) write(kind *workflow.Kind, before workflow.Submission, p party) {
	c.Helper()
	var want error
	switch {
	case p.side == "" || p.side == workflow.ByDesk && before.SubmittedRevision == nil:
		want = problem.NotFound
	case !before.State.Writable():
		want = problem.NotAllowedNow
	case p.side != workflow.ByOwner || !p.acts:
		want = problem.Forbidden
	}
	err := c.db.InTx(c.Context(), func(tx database.Tx) error {
		s, err := workflow.Lock(c.Context(), tx, before.ID, p.who)
		if err != nil {
			return err
		}
		text, err := workflow.ReadText(c.Context(), tx, s.ID, s.Revision)
		if err != nil {
			return err
		}
		_, err = workflow.SaveStep(c.Context(), tx, kind, &s, "what", text.Steps["what"].Version, form.Answers{"title": {fmt.Sprint("Title ", c.random.IntN(1000))}}, p.who, c.now)
		return err
	})
	if want != nil && !errors.Is(err, want) || want == nil && err != nil {
		c.Errorf("%s %d from %s: written by %s: %v, want %v", before.Kind, before.ID, before.State, p.name, err, want)
	}
	if version := value[int](c.world, `SELECT version FROM submissions WHERE id = $1`, before.ID); version != before.Version {
		c.Errorf("a saved text made version %d of %d", version, before.Version)
	}
}

// allAtOnce lets several people do what they like to the same few submissions. Who wins is left to chance; what is not is
// told afterwards.
func (c *chance) allAtOnce() {
	var everybody sync.WaitGroup
	for n := range peopleAtOnce {
		random := rand.New(rand.NewPCG(c.random.Uint64(), uint64(n))) //nolint:gosec // a story, no secret
		everybody.Go(func() {
			for range actsAtOnce / peopleAtOnce {
				id, p, action := c.ids[random.IntN(8)], pick(random, c.people), pick(random, workflow.Actions)
				err := c.db.InTx(c.Context(), func(tx database.Tx) error {
					s, err := workflow.Lock(c.Context(), tx, id, p.who)
					if err != nil {
						return err
					}
					kind := c.kinds[0]
					if s.Kind != kind.Name {
						kind = c.kinds[1]
					}
					if random.IntN(4) == 0 {
						return workflow.Assign(c.Context(), tx, &s, pick(random, c.people).who.ID, p.who, c.now)
					}
					_, err = workflow.Apply(c.Context(), tx, kind, &s, action, p.who, workflow.Input{Note: "because"}, c.now)
					return err
				})
				if err != nil && !errors.Is(err, problem.NotFound) && !errors.Is(err, problem.Forbidden) && !errors.Is(err, problem.NotAllowedNow) {
					c.Errorf("%s by %s, all at once: %v", action, p.name, err)
				}
			}
		})
	}
	everybody.Wait()
}

// everythingIsTold looks whether the history of each submission leads from its beginning to where it is, step by step of
// its plan, with an entry of the record for each, and whether the record verifies.
func (c *chance) everythingIsTold() {
	c.Helper()
	type told struct {
		ID, Version           int64
		Kind                  string
		State                 workflow.State
		Events, Acts, Assigns int64
	}
	actions := make([]string, len(workflow.Actions))
	for i, a := range workflow.Actions {
		actions[i] = string(a)
	}
	all, err := database.Rows[told](c.Context(), c.db.Read(), `SELECT s.id, s.version, s.kind, s.state,
			(SELECT count(*) FROM submission_events e WHERE e.submission_id = s.id) AS events,
			(SELECT count(*) FROM audit_log l WHERE l.subject = 'submission' AND l.subject_id = s.id AND l.act = ANY ($1)) AS acts,
			(SELECT count(*) FROM audit_log l WHERE l.subject = 'submission' AND l.subject_id = s.id AND l.act = 'assign') AS assigns
		FROM submissions s ORDER BY s.id`, actions)
	if err != nil {
		c.Fatal(err)
	}
	for _, s := range all {
		if s.Events != s.Acts || s.Version != 1+s.Events+s.Assigns {
			c.Errorf("%s %d is version %d after %d events and %d assignments; the record has %d acts", s.Kind, s.ID, s.Version, s.Events, s.Assigns, s.Acts)
		}
		events, err := workflow.Events(c.Context(), c.db.Read(), workflow.Submission{ID: s.ID})
		if err != nil {
			c.Fatal(err)
		}
		state, published := workflow.Draft, false
		for _, e := range events {
			row, known := look(c.rows[s.Kind], e.Action, e.FromState, published)
			if e.FromState != state || !known || row.to != e.ToState {
				c.Errorf("%s %d: event %d leads by %s from %s to %s, published %v; it was %s", s.Kind, s.ID, e.ID, e.Action, e.FromState, e.ToState, published, state)
			}
			switch state = e.ToState; e.Action {
			case workflow.Publish:
				published = true
			case workflow.Archive:
				published = false
			}
		}
		if state != s.State {
			c.Errorf("%s %d is %s, but its history ends at %s", s.Kind, s.ID, s.State, state)
		}
	}
	later := time.Now().Add(time.Hour)
	if _, err := audit.Chain(c.Context(), c.db, later.Add(-time.Hour)); err != nil {
		c.Fatal(err)
	}
	entries := value[int64](c.world, `SELECT count(*) FROM audit_log`)
	report, err := audit.Verify(c.Context(), c.db, audit.Range{}, later)
	if err != nil || len(report.Findings) > 0 || report.Entries != entries || report.Waiting != 0 {
		c.Errorf("the record of %d entries: %v, %+v", entries, err, report)
	}
}
