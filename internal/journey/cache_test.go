package journey

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/mail/mailtest"
	"portal/internal/webtest"
)

// fromMemory says whether an answer is one that the replica has kept.
func fromMemory(p *webtest.Page) bool { return p.Header.Get("Cache-Status") == "portal; hit" }

// warm reads pages until the replica has kept them.
func warm(t *testing.T, c *webtest.Client, paths ...string) {
	t.Helper()
	for _, path := range paths {
		eventually(t, path+" is kept", func() bool { return fromMemory(c.Get(path).Want(http.StatusOK)) })
	}
}

// What is published through one replica is read through it at once, and through the other as soon as it has been told:
// the pages that both had kept are old ones from then on. Meanwhile readers of both languages and somebody who is signed
// in ask without end, and nobody gets another's page.
func TestAPublicationThroughOneReplicaIsReadThroughTheOther(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 2, "PORTAL_TRUSTED_PROXIES=192.0.2.1") // not ours: nobody counts how often this machine asks
	who, bystander, officer := r.member(t, "Amina"), r.member(t, "Wen Li"), r.officer(t, "Noor Haddad")
	owner := r.client(t, who)
	first := wholeDraft(t, owner, who)
	var readers, desks []*webtest.Client
	for n := range r.processes {
		readers, desks = append(readers, r.at(n).visitor(t)), append(desks, r.at(n).client(t, officer))
	}
	over := make(chan struct{})
	var crowd sync.WaitGroup
	defer func() {
		close(over)
		crowd.Wait()
	}()
	for n := range r.processes {
		for _, lang := range []string{"en", "ar"} {
			visitor, member := r.at(n).visitor(t), r.at(n).client(t, bystander)
			crowd.Go(func() {
				for {
					select {
					case <-over:
						return
					default:
					}
					for _, path := range []string{"/", "/pledges", "/pledges/questions"} {
						p := visitor.Get("/" + lang + path)
						if got := p.One("html").Attr("lang"); p.Status != http.StatusOK || got != lang || p.Contains("Wen Li") {
							t.Errorf("a visitor who asks for /%s%s gets %d in %s, or somebody's own page", lang, path, p.Status, got)
						}
						p = member.Get("/" + lang + path)
						if got := p.One("html").Attr("lang"); got != lang || !p.Contains("Wen Li") || p.Header.Get("Cache-Status") != "" {
							t.Errorf("a member who asks for /%s%s gets a page in %s, a visitor's: %v", lang, path, got, p.Header)
						}
					}
				}
			})
		}
	}
	paths := []string{"/en/", "/en/pledges", "/ar/pledges", "/en/pledges.atom"}
	var longest time.Duration
	for i := range 6 {
		here, there := i%2, (i+1)%2
		id := copyDraft(t, r.db, first, who)
		title := fmt.Sprintf("Register of agencies, part %d", i+1)
		form := owner.Get("/en" + stepsOf(id) + "what").Want(http.StatusOK).Form("form.step")
		form.Set("title", title).Press("do=later").Want(http.StatusSeeOther)
		if !sendIn(owner, id) {
			t.Fatal("the pledge is not taken")
		}
		take(t, desks[here], id)
		for _, reader := range readers {
			warm(t, reader, paths...)
		}
		decide(t, desks[here], id, "publish", "")
		published := time.Now()
		for _, path := range paths { // the publisher's own next page
			if p := readers[here].Get(path).Want(http.StatusOK); !strings.Contains(string(p.Body), title) {
				t.Errorf("%s through the replica that has published it does not show %q: %v", path, title, p.Header)
			}
		}
		for _, path := range paths {
			eventually(t, path+" through the other replica", func() bool {
				return strings.Contains(string(readers[there].Get(path).Want(http.StatusOK).Body), title)
			})
		}
		longest = max(longest, time.Since(published))
		publicID := value[string](t, r.db, `SELECT public_id FROM submissions WHERE id = $1`, id)
		for _, reader := range readers {
			page := reader.Get("/en/pledges/" + publicID).Want(http.StatusOK)
			if page.Text("h1") == "" || !page.Contains(title) {
				t.Errorf("the pledge's page does not show it: %q", page.Text("h1"))
			}
			warm(t, reader, "/en/pledges/"+publicID)
		}
		if i == 5 { // and away again
			decide(t, desks[here], id, "archive", "The ministry has asked us to take it down.")
			readers[here].Get("/en/pledges/" + publicID).Want(http.StatusGone)
			eventually(t, "the pledge is gone at the other replica", func() bool { return readers[there].Get("/en/pledges/"+publicID).Status == http.StatusGone })
		}
	}
	t.Logf("the other replica showed a publication on all pages after %s at most", longest.Round(time.Millisecond))
}

// Somebody signs in at one replica, writes at the other and signs out at the first: whichever is asked, a public page is
// hers while she is signed in, and the visitors' one, which both have kept, before and after.
func TestSomebodySignsInAtOneReplicaAndGoesOnAtTheOther(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 2)
	who := r.member(t, "Amina")
	r.client(t, who).Post("/en/account/password", url.Values{"password": {password}}).Want(http.StatusSeeOther)
	c := r.visitor(t)
	public := func(signedIn bool) {
		t.Helper()
		for n, p := range r.processes {
			r.front.send(t, p)
			page := c.Get("/en/pledges").Want(http.StatusOK)
			if page.Contains("Amina") != signedIn || signedIn && page.Header.Get("Cache-Status") != "" {
				t.Errorf("signed in: %t; replica %d gives somebody else's page: %v", signedIn, n+1, page.Header)
			}
		}
	}
	for _, p := range r.processes {
		r.front.send(t, p)
		warm(t, c, "/en/pledges")
	}
	public(false)
	r.front.send(t, r.processes[0])
	c.Post("/en/sign-in", url.Values{"email": {who.Email}, "password": {password}}).Want(http.StatusSeeOther)
	public(true)
	r.front.send(t, r.processes[1])
	id := newDraft(t, c, who)
	r.front.send(t, r.processes[0])
	c.Get("/en" + stepsOf(id) + "text").Want(http.StatusOK)
	c.Post("/en/sign-out", nil).Want(http.StatusSeeOther)
	public(false)
	for _, p := range r.processes {
		r.front.send(t, p)
		c.Get("/en/account").Want(http.StatusSeeOther)
	}
}

// Either replica is killed while somebody types: what the page saves by itself, and what is saved by hand, goes through
// the other one, and every word is there.
func TestAReplicaIsKilledInMidForm(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 2)
	who := r.member(t, "Amina")
	id := newDraft(t, r.client(t, who), who)
	b := r.enter(t, who, wide)
	texts := map[string]string{}
	for n, victim := range r.processes {
		survivor := r.processes[1-n]
		r.front.send(t, victim)
		b.want(b.visit("/en"+stepsOf(id)+"text"), http.StatusOK)
		for name, text := range texts {
			if got := b.value("[name=" + name + "]"); got != text {
				t.Errorf("%s begins as %q, not %q", name, got, text)
			}
		}
		texts["description"] = fmt.Sprintf("Typed when replica %d was there.\n\nنص عربي 我们 👩🏾‍🌾 %sthe end", n+1, strings.Repeat("word ", 80))
		b.fill("#description", texts["description"])
		r.front.send(t, victim, survivor)
		victim.kill()
		eventually(t, "the text is saved", func() bool {
			return value[bool](t, r.db, `SELECT EXISTS (SELECT FROM submission_steps WHERE submission_id = $1 AND step = 'text' AND answers::text LIKE '%' || $2 || '%')`,
				id, fmt.Sprintf("Typed when replica %d was there.", n+1))
		})
		texts["barriers"] = fmt.Sprintf("Typed after replica %d had gone.", n+1)
		b.fill("#barriers", texts["barriers"])
		b.want(b.press(".formfoot .btn"), http.StatusOK)
		if want := "/en" + stepsOf(id) + "measures"; b.path() != want {
			t.Fatalf("Continue leads to %s:\n%s", b.path(), b.gist())
		}
		b.visit("/en" + stepsOf(id) + "text")
		for name, text := range texts {
			if got := b.value("[name=" + name + "]"); got != text {
				t.Errorf("after the kill %s is %q, not %q", name, got, text)
			}
		}
		r.processes[n] = serve(t, r.environ) // it is back, for the other to be killed
	}
}

// A replica is killed in the middle of a publication, which nobody has acknowledged: it has not happened, and then happens
// once through the other one.
func TestAReplicaIsKilledInMidPublication(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t)
	r := newReplicasOn(t, 2, mailtest.Start(t, mailtest.Options{}), dsn)
	who, officer := r.member(t, "Amina"), r.officer(t, "Noor Haddad")
	owner := r.client(t, who)
	id := wholeDraft(t, owner, who)
	if !sendIn(owner, id) {
		t.Fatal("the pledge is not taken")
	}
	reader, desk := r.at(1).visitor(t), r.at(0).client(t, officer)
	take(t, desk, id)
	warm(t, reader, "/en/pledges")
	form := desk.Get("/en/desk/submissions/"+id).Want(http.StatusOK).Form("#decision").Set("action", "publish").Set("note", "")
	confirmation := form.Submit().Want(http.StatusOK).Form("main form")

	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	tx, err := conn.Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), `LOCK TABLE outbox IN SHARE MODE`) // the letter comes after the pledge
	}
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan int, 1)
	go func() { answered <- confirmation.Press("step=confirmed").Status }()
	eventually(t, "a publication that waits for its letter", func() bool {
		return value[int](t, r.db, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%outbox%'`) > 0
	})
	r.processes[0].kill()
	if status := <-answered; status < http.StatusInternalServerError {
		t.Errorf("the publication was answered with %d", status)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the transaction of the dead is over", func() bool {
		return value[int](t, r.db, `SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'pledges' AND l.mode = 'RowExclusiveLock'`) == 0
	})
	if n := value[int](t, r.db, `SELECT count(*) FROM pledges`); n != 0 {
		t.Errorf("%d pledges are public that nobody has acknowledged", n)
	}
	if p := reader.Get("/en/pledges").Want(http.StatusOK); p.Has("a[href*='GCM-P-']") {
		t.Error("the list shows what was not published")
	}
	decide(t, r.at(1).client(t, officer), id, "publish", "")
	if n := value[int](t, r.db, `SELECT count(*) FROM submission_events WHERE submission_id = $1 AND action = 'publish'`, id); n != 1 {
		t.Errorf("it was published %d times", n)
	}
	if p := reader.Get("/en/pledges").Want(http.StatusOK); !p.Has("a[href*='GCM-P-']") {
		t.Error("the list does not show what was published")
	}
}

// The database stops: public pages that were read before are answered by both replicas, marked as what they may be; the
// database is there again, and so is everything, without a restart.
func TestThePublicReadsOnWhileTheDatabaseIsGone(t *testing.T) {
	t.Parallel()
	pg := newStoppable(t)
	dsn := pg.server.DSN()
	db, err := database.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	if err := database.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	db.Close()
	r := newReplicasOn(t, 2, mailtest.Start(t, mailtest.Options{}), dsn)
	who, officer := r.member(t, "Amina"), r.officer(t, "Noor Haddad")
	owner := r.client(t, who)
	id := wholeDraft(t, owner, who)
	if !sendIn(owner, id) {
		t.Fatal("the pledge is not taken")
	}
	desk := r.at(0).client(t, officer) // now: the test's own connections do not outlive the stop
	take(t, desk, id)
	paths := []string{"/en/", "/ar/", "/en/pledges", "/en/pledges/questions", "/en/terms"}
	readers := []*webtest.Client{r.at(0).visitor(t), r.at(1).visitor(t)}
	for _, reader := range readers {
		warm(t, reader, paths...)
	}
	pg.stop()
	for _, reader := range readers {
		for _, path := range paths {
			eventually(t, path+" is marked as an old page", func() bool {
				p := reader.Get(path).Want(http.StatusOK)
				return strings.Contains(p.Header.Get("Cache-Status"), "ttl=-1") && p.Header.Get("ETag") != ""
			})
		}
		p := reader.Get("/ar/pledges").Want(http.StatusServiceUnavailable) // never read before
		if p.Header.Get("Retry-After") == "" {
			t.Errorf("the answer does not say when to try again: %v", p.Header)
		}
		reader.Get("/healthz").Want(http.StatusOK)
		reader.Get("/readyz").Want(http.StatusServiceUnavailable)
	}
	pg.start()
	for n, reader := range readers {
		eventually(t, "the portal says that it is ready", func() bool { return ready(t.Context(), r.at(n).url) })
		for _, path := range paths {
			eventually(t, path+" is a new page", func() bool { return !strings.Contains(reader.Get(path).Header.Get("Cache-Status"), "ttl") })
		}
	}
	eventually(t, "the desk works", func() bool { return desk.Get("/en/desk/submissions/"+id).Status == http.StatusOK })
	decide(t, desk, id, "publish", "")
	for _, reader := range readers {
		eventually(t, "the publication is read", func() bool { return reader.Get("/en/pledges").Want(http.StatusOK).Has("a[href*='GCM-P-']") })
	}
}

// Attempts count together, wherever they are made: to sign in by account, and to have links mailed by address.
func TestTwoReplicasCountAttemptsTogether(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 2)
	who := r.member(t, "Amina")
	visitors := []*webtest.Client{r.at(0).visitor(t), r.at(1).visitor(t)}
	statuses := map[int]int{}
	for i := range 16 {
		p := visitors[i%2].Post("/en/sign-in", url.Values{"email": {who.Email}, "password": {"not the password at all"}})
		statuses[p.Status]++
	}
	if statuses[http.StatusUnprocessableEntity] != 10 || statuses[http.StatusTooManyRequests] != 6 {
		t.Errorf("sixteen attempts to sign in, eight at each, are answered with %v; ten are allowed", statuses)
	}
	for i := range 14 {
		visitors[i%2].Post("/en/sign-in/link", url.Values{"email": {who.Email}}).Want(http.StatusSeeOther)
	}
	eventually(t, "all that were asked for are looked at", func() bool {
		return value[int](t, r.db, `SELECT count(*) FROM link_requests`) == 0
	})
	if n := value[int](t, r.db, `SELECT count(*) FROM outbox WHERE secret AND to_user = $1`, who.ID); n != 5 {
		t.Errorf("%d links were mailed of fourteen that were asked for; five are allowed", n)
	}
}
