package journey

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"portal/internal/dbtest"
	"portal/internal/i18n"
	"portal/internal/mail/mailtest"
)

// Whatever one replica begins the other goes on with: each request of these goes to the next one. The whole story of a
// pledge on two replicas is TestAPledgeFromRegistrationToItsPublicPage.
func TestTwoReplicasAreOnePortal(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 2)
	who, other := r.member(t, "Amina"), r.member(t, "Wen")
	r.officer(t, "Noor Haddad")

	c := r.client(t, who)
	for range 6 { // a session counts everywhere
		c.Get("/en/account").Want(http.StatusOK)
	}
	id := wholeDraft(t, c, who)
	page := c.Get("/en" + stepsOf(id) + "text").Want(http.StatusOK)
	if got := strings.TrimSpace(page.Form("form.step").Value("description")); got != wordings[i18n.English].description {
		t.Errorf("the other replica shows %q", got)
	}

	held := r.visitor(t) // typed without a session at one, given back after signing in at the other
	posted := held.Post("/en"+stepsOf(id)+"text", url.Values{"version": {"1"}, "do": {"continue"}, "description": {"Typed before signing in"}})
	if !strings.HasPrefix(posted.Want(http.StatusSeeOther).Location(), "/en/sign-in") {
		t.Fatalf("a visitor's text leads to %s", posted.Location())
	}
	session, err := r.cards.SessionCookie(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	held.SetCookie(session)
	for range 2 {
		if got := held.Get("/en" + stepsOf(id) + "text").Form("form.step").Value("description"); got != "Typed before signing in" {
			t.Errorf("what was typed comes back as %q", got)
		}
	}

	if !sendIn(c, id) {
		t.Fatal("the pledge is not taken")
	}
	for range 2 { // pressed again, at each of them
		if !sendIn(c, id) {
			t.Error("sending again is not answered like the first time")
		}
	}
	if n := events(t, r.db, id); n != 1 {
		t.Errorf("the pledge was submitted %d times", n)
	}
	r.client(t, other).Get("/en/submissions/" + id).Want(http.StatusNotFound)

	c.Post("/en/sign-out", nil).Want(http.StatusSeeOther)
	for range 2 { // the end of a session too
		c.Get("/en/account").Want(http.StatusSeeOther)
	}
	r.mailsWentOnce(t)
}

// Both replicas work the queue, and no mail goes twice.
func TestTwoReplicasShareTheMails(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 2)
	who := r.member(t, "Amina")
	for i := range 3 {
		r.officer(t, fmt.Sprint("Officer ", i))
	}
	c := r.client(t, who)
	id := wholeDraft(t, c, who)
	for range 30 {
		if !sendIn(c, copyDraft(t, r.db, id, who)) {
			t.Fatal("a pledge is not taken")
		}
	}
	r.mailsWentOnce(t)
	if n := value[int](t, r.db, `SELECT count(*) FROM outbox WHERE state = 'sent'`); n != 30*4 {
		t.Errorf("%d mails were sent", n)
	}
	if n := value[int](t, r.db, `SELECT count(DISTINCT attempted_by[1]) FROM river_job WHERE kind = 'mail.send'`); n != 2 {
		t.Errorf("%d replicas have sent mails", n)
	}
}

// A process that is asked to end says at once that it is not ready, finishes what it has begun, requests and mails, and
// ends well.
func TestAProcessThatIsAskedToEndFinishesWhatItHasBegun(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t)
	sending, release := make(chan struct{}, 100), make(chan struct{})
	sink := mailtest.Start(t, mailtest.Options{Answer: func(stage mailtest.Stage, _ string) error {
		if stage == mailtest.End {
			sending <- struct{}{}
			<-release
		}
		return nil
	}})
	r := newReplicasOn(t, 1, sink, dsn)
	who := r.member(t, "Amina")
	c := r.client(t, who)
	first := wholeDraft(t, c, who)
	second := copyDraft(t, r.db, first, who)
	if !sendIn(c, first) {
		t.Fatal("the pledge is not taken")
	}
	<-sending // a mail is being handed over

	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	tx, err := conn.Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), `SELECT id FROM submissions WHERE id = $1 FOR UPDATE`, second)
	}
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := make(chan bool, 1)
	go func() { acknowledged <- sendIn(c, second) }()
	eventually(t, "a request that waits", func() bool {
		return value[int](t, r.db, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) > 0
	})
	p := r.processes[0]
	p.terminate(t)
	eventually(t, "it takes no new requests", func() bool { return !ready(t.Context(), p.address) })
	select {
	case <-p.ended:
		t.Fatalf("it has ended with a request and a mail under way: %s", p.log)
	default:
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !<-acknowledged {
		t.Error("the request that was under way was not answered well")
	}
	close(release)
	p.end(t)
	if n := events(t, r.db, second); n != 1 {
		t.Errorf("what was under way was submitted %d times", n)
	}
	if n := value[int](t, r.db, `SELECT count(*) FROM outbox WHERE state IN ('sending', 'unsure')`); n != 0 {
		t.Errorf("it has ended in the middle of %d mails", n)
	}
}
