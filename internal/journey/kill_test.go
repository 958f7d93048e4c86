package journey

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/identity"
	"portal/internal/mail/mailtest"
	"portal/internal/webtest"
)

// A server that is killed in the middle of 200 submissions: every one that it has acknowledged is there once; the others
// can be sent in afterwards; no mail arrives twice; and none is lost but those of which the outbox says that nobody knows.
func TestAKilledServerLosesNothingThatItHasAcknowledged(t *testing.T) {
	t.Parallel()
	const drafts, writers, before = 200, 16, 60
	killed := make(chan struct{})
	sink := interruptedSink(t, killed)
	r := newReplicasOn(t, 1, sink.Sink, dbtest.DSN(t))
	r.officer(t, "Noor Haddad")
	offices := make([]*writer, writers)
	var first string
	for i := range offices {
		who := r.member(t, "Writer "+strconv.Itoa(i+1))
		offices[i] = &writer{who: who, client: r.client(t, who)}
		if i == 0 {
			first = wholeDraft(t, offices[0].client, who)
			offices[0].drafts = append(offices[0].drafts, first)
		}
	}
	for i := 1; i < drafts; i++ {
		w := offices[i%writers]
		w.drafts = append(w.drafts, copyDraft(t, r.db, first, w.who))
	}

	var acknowledged atomic.Int64
	enough := make(chan struct{})
	round := func() {
		var all sync.WaitGroup
		for _, w := range offices {
			all.Go(func() {
				for _, id := range w.drafts {
					if w.sent[id] {
						continue
					}
					if sendIn(w.client, id) {
						w.sent[id] = true
						if acknowledged.Add(1) == before {
							close(enough)
						}
					}
				}
			})
		}
		all.Wait()
	}
	for _, w := range offices {
		w.sent = map[string]bool{}
	}
	var sending sync.WaitGroup
	sending.Go(round)
	for _, happened := range []chan struct{}{enough, sink.heldAtBegin, sink.heldAtEnd} {
		select {
		case <-happened:
		case <-time.After(patience):
			t.Fatalf("after %s only %d submissions were acknowledged: %s", patience, acknowledged.Load(), r.processes[0].log)
		}
	}
	r.processes[0].kill()
	close(killed)
	sending.Wait()
	n := acknowledged.Load()
	if n >= drafts {
		t.Fatal("the server was killed after the last submission")
	}
	t.Logf("killed after %d of %d were acknowledged", n, drafts)
	for _, w := range offices {
		for id := range w.sent {
			if submits := events(t, r.db, id); submits != 1 {
				t.Errorf("submission %s was acknowledged and has been submitted %d times", id, submits)
			}
		}
	}

	hasten(t, r.db)
	r.processes[0] = serve(t, r.environ)
	r.front.send(t, r.processes[0])
	round()
	for _, w := range offices {
		for _, id := range w.drafts {
			if state := value[string](t, r.db, `SELECT state FROM submissions WHERE id = $1`, id); state != "submitted" || !w.sent[id] {
				t.Errorf("submission %s is %s in the end", id, state)
			}
			if submits := events(t, r.db, id); submits != 1 {
				t.Errorf("submission %s has been submitted %d times", id, submits)
			}
			if mails := value[int](t, r.db, `SELECT count(*) FROM outbox WHERE submission_id = $1`, id); mails != 2 {
				t.Errorf("there are %d mails about submission %s, not a receipt and a notice to the desk", mails, id)
			}
		}
	}
	sink.compare(t, r.db)
}

// writer is somebody with drafts to send in.
type writer struct {
	who    identity.User
	client *webtest.Client
	drafts []string
	sent   map[string]bool // acknowledged
}

// events counts how often a submission was submitted.
func events(t *testing.T, db *database.DB, id string) int {
	t.Helper()
	return value[int](t, db, `SELECT count(*) FROM submission_events WHERE submission_id = $1 AND action = 'submit'`, id)
}

// copyDraft writes the same draft for somebody else, so that 200 of them need not be typed.
func copyDraft(t *testing.T, db *database.DB, id string, who identity.User) string {
	t.Helper()
	copied := value[int64](t, db, `INSERT INTO submissions (kind, desk, title, country, lang, office_id, author_id, created_at, changed_at)
		SELECT kind, desk, title, country, lang, $2, $3, created_at, changed_at FROM submissions WHERE id = $1 RETURNING id`, id, who.Posts[0].OfficeID, who.ID)
	if _, err := db.Pool.Exec(t.Context(), `INSERT INTO submission_steps (submission_id, revision, step, version, answers, saved_by, saved_at)
		SELECT $2, revision, step, version, answers, $3, saved_at FROM submission_steps WHERE submission_id = $1`, id, copied, who.ID); err != nil {
		t.Fatal(err)
	}
	return strconv.FormatInt(copied, 10)
}

// hasten makes the marks of a dead process older than they are, so that a test need not wait for minutes until another
// takes them for dead.
func hasten(t *testing.T, db *database.DB) {
	t.Helper()
	for _, sql := range []string{
		`UPDATE outbox SET lease_until = now() - interval '1 second' WHERE state = 'sending'`,
		`UPDATE river_job SET attempted_at = attempted_at - interval '1 hour' WHERE state = 'running'`,
		`DELETE FROM river_leader`,
	} {
		if _, err := db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}

// sinkOfACrash is a mail server in the middle of two mails when its client is killed: of one it has got everything and has
// not said so yet, of the other nothing.
type sinkOfACrash struct {
	*mailtest.Sink
	heldAtBegin, heldAtEnd chan struct{}
}

func interruptedSink(t *testing.T, killed chan struct{}) *sinkOfACrash {
	t.Helper()
	s := &sinkOfACrash{heldAtBegin: make(chan struct{}), heldAtEnd: make(chan struct{})}
	var began, ended atomic.Int64
	s.Sink = mailtest.Start(t, mailtest.Options{Answer: func(stage mailtest.Stage, _ string) error {
		switch {
		case stage == mailtest.Begin && began.Add(1) == 12:
			close(s.heldAtBegin)
			<-killed
			return mailtest.Reply(451, "the client has gone")
		case stage == mailtest.End && ended.Add(1) == 8:
			close(s.heldAtEnd)
			<-killed
		}
		return nil
	}})
	return s
}

// compare waits until no mail is on its way and looks where each has gone.
func (s *sinkOfACrash) compare(t *testing.T, db *database.DB) {
	t.Helper()
	eventuallyIn(t, 4*time.Minute, "an outbox in which nothing is on its way", func() bool {
		return value[int](t, db, `SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')`) == 0
	})
	type row struct{ MessageKey, State string }
	rows, err := database.Rows[row](t.Context(), db.Read(), `SELECT message_key, state FROM outbox`)
	if err != nil {
		t.Fatal(err)
	}
	arrived := arrivals(t, s.Sink)
	states, lost := map[string]int{}, 0
	for _, m := range rows {
		states[m.State]++
		switch n := arrived[m.MessageKey]; {
		case n > 1:
			t.Errorf("a mail that is %s has arrived %d times", m.State, n)
		case n == 0 && m.State != "unsure":
			t.Errorf("a mail that is %s has never arrived", m.State)
		case n == 0:
			lost++
		}
	}
	if states["sent"]+states["unsure"] != len(rows) || states["unsure"] < 2 || states["unsure"] > 4 || lost < 1 {
		t.Errorf("the outbox ends with %v, %d of them lost; two mails were under way, and no more than four can be", states, lost)
	}
}
