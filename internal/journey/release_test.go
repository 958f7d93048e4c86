package journey

import (
	"net/http"
	"net/url"
	"testing"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

// releaseWalks are the pages of decisions that are kept, of their release, and of the desk's letters.
func (w *world) releaseWalks(t *testing.T) []walk {
	t.Helper()
	held := value[string](t, w.db, `SELECT min(submission_id)::text FROM pending_decisions`)
	item := value[string](t, w.db, `SELECT s.id || '.' || s.version FROM submissions s WHERE s.id = $1::bigint`, w.submissions["in_review"])
	release := value[string](t, w.db, `SELECT max(id)::text FROM releases WHERE desk = 'pledges'`)
	done := w.client(t, w.lead).Post("/en/desk/bulk/acts", url.Values{"act": {"assign"}, "to": {value[string](t, w.db, `SELECT id::text FROM users WHERE email = 'officer@demo.example'`)}, "item": {item}}).Want(http.StatusSeeOther)
	return []walk{
		{"an officer at a pending decision", w.officer, append(ok("/desk/submissions/"+held), visit{"/desk/release", http.StatusForbidden})},
		{"a lead at the release", w.lead, ok("/desk/release", "/desk/release/"+release, "/desk/bulk", done.Location()[len("/en"):])},
		{"a lead at the letters", w.lead, ok("/desk/letters", "/desk/letters?kind=pledge", "/desk/letters/decline/en", "/desk/letters/request_changes/ar", "/desk/letters/publish/fr")},
	}
}

// The pages that answer to a form: what is ticked is restated, a letter is shown in its frame, and what is wrong is said.
func TestThePagesOfAReleaseAreAccessible(t *testing.T) {
	t.Parallel()
	p := newPortal(t, true)
	lead := p.person(t, "lead@demo.example")
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		b := p.enter(t, lead, wide)
		b.visit("/" + string(lang) + "/desk/letters/decline/" + string(lang))
		b.press("button[value=preview]")
		if !b.has(".mailframe") {
			t.Fatal(b.gist())
		}
		b.axeAtBothWidths()
		b.visit("/" + string(lang) + "/desk/release")
		b.press("main form[action*='/desk/release'] .btn:not(.btn--2)")
		if !b.has("button[value=confirmed]") {
			t.Fatal(b.gist())
		}
		b.axeAtBothWidths()
		b.press("button[value=confirmed]")
		if !b.has("[data-left]") {
			t.Fatal(b.gist())
		}
		b.axeAtBothWidths()
		b.visit("/" + string(lang) + "/desk")
		b.axeAtBothWidths()
		b.press(".note button")
	}
}

// A server that is killed in the middle of a release, with one decision half taken: after it has come back every decision
// is taken once, and every letter is there once.
func TestAServerKilledInAReleaseTakesEveryDecisionOnce(t *testing.T) {
	t.Parallel()
	const held, middle = 8, 4
	r := newReplicas(t, 1)
	writer, officer := r.member(t, "Writer"), r.officer(t, "Noor Haddad")
	lead := webtest.NewUser(t, r.db, "Luis Paredes", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.PledgesDesk})
	w, desk, leads := r.client(t, writer), r.client(t, officer), r.client(t, lead)
	var ids []string
	for i := range held {
		var id string
		if i == 0 {
			id = wholeDraft(t, w, writer)
		} else {
			id = copyDraft(t, r.db, ids[0], writer)
		}
		ids = append(ids, id)
	}
	version := func(id string) string {
		return value[string](t, r.db, `SELECT version::text FROM submissions WHERE id = $1::bigint`, id)
	}
	for _, id := range ids {
		if !sendIn(w, id) {
			t.Fatalf("submission %s is not sent in", id)
		}
		at := "/en/desk/submissions/" + id
		desk.Post(at+"/assignment", url.Values{"to": {"me"}, "version": {version(id)}}).Want(http.StatusSeeOther)
		desk.Post(at+"/decision", url.Values{"step": {"pending"}, "action": {"publish"}, "version": {version(id)}}).Want(http.StatusSeeOther)
	}
	leads.Get("/en/desk/release").Want(http.StatusOK).Form("form[aria-labelledby=ready]").Submit().Want(http.StatusOK).Form("main form").Press("step=confirmed").Want(http.StatusSeeOther)

	// The publication in the middle waits for a lock that this test holds.
	hold, err := r.db.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Release()
	for _, sql := range []string{
		`SELECT pg_advisory_lock(4711)`,
		`CREATE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF NEW.action = 'publish' AND NEW.submission_id = ` + ids[middle] + ` THEN PERFORM pg_advisory_xact_lock(4711); END IF; RETURN NEW; END $$`,
		`CREATE TRIGGER wait_here BEFORE INSERT ON submission_events FOR EACH ROW EXECUTE FUNCTION wait_here()`,
		`UPDATE releases SET goes_at = now()`,
		`UPDATE river_job SET scheduled_at = now() WHERE kind = 'review.release'`,
	} {
		if _, err := hold.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the release has not come to its middle", func() bool {
		return value[int](t, r.db, `SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted`) > 0
	})
	r.processes[0].kill()
	if n := value[int](t, r.db, `SELECT count(*)::int FROM release_items WHERE outcome = 'done'`); n == 0 || n >= held {
		t.Errorf("%d of %d decisions were taken before it was killed", n, held)
	}
	if _, err := hold.Exec(t.Context(), `SELECT pg_advisory_unlock(4711)`); err != nil {
		t.Fatal(err)
	}
	hasten(t, r.db)
	r.processes[0] = serve(t, r.environ)
	r.front.send(t, r.processes[0])
	eventuallyIn(t, 2*patience, "the release does not come to its end", func() bool {
		return value[int](t, r.db, `SELECT count(*)::int FROM releases WHERE ended_at IS NOT NULL`) == 1
	})
	for _, id := range ids {
		if n := value[int](t, r.db, `SELECT count(*)::int FROM submission_events WHERE submission_id = $1::bigint AND action = 'publish'`, id); n != 1 {
			t.Errorf("submission %s was published %d times", id, n)
		}
		if n := value[int](t, r.db, `SELECT count(*)::int FROM outbox WHERE submission_id = $1::bigint AND kind = 'review.publish'`, id); n != 1 {
			t.Errorf("there are %d letters about submission %s", n, id)
		}
	}
	if n := value[int](t, r.db, `SELECT count(*)::int FROM pending_decisions`); n != 0 {
		t.Errorf("%d decisions are still pending", n)
	}
}

// aboutRelease lets a decision leave in the desk's own words, and another one stay behind.
func (c *correspondence) aboutRelease() {
	c.t.Helper()
	whole := wholeDraft(c.t, c.owner, c.head)
	for _, lang := range []string{"en", "ar"} {
		c.lead.Post("/en/desk/letters/decline/"+lang, url.Values{"version": {"0"}, "subject": {"{title}: {office}"}, "body": {"## {name}\n\n- *{title}*\n\n{note}\n\n{link}"}})
	}
	kept := []string{copyDraft(c.t, c.db, whole, c.head), copyDraft(c.t, c.db, whole, c.head)}
	for _, id := range kept {
		c.sendIn(c.owner, id)
		c.take(id)
		c.desk.Get("/en/desk/submissions/"+id).Want(http.StatusOK).Form("#decision").Set("action", "decline").Set("note", "It describes work that has ended.").Press("step=pending").Want(http.StatusSeeOther)
	}
	c.lead.Get("/en/desk/release").Want(http.StatusOK).Form("form[aria-labelledby=ready]").Submit().Want(http.StatusOK).Form("main form").Press("step=confirmed").Want(http.StatusSeeOther)
	pending := value[string](c.t, c.db, `SELECT id::text FROM pending_decisions WHERE submission_id = $1::bigint`, kept[1])
	c.desk.Post("/en/desk/submissions/"+kept[1]+"/pending", url.Values{"pending": {pending}}).Want(http.StatusSeeOther)
	for _, sql := range []string{`UPDATE releases SET goes_at = now() WHERE began_at IS NULL`, `UPDATE river_job SET scheduled_at = now() WHERE kind = 'review.release' AND state = 'scheduled'`} {
		if _, err := c.db.Pool.Exec(c.t.Context(), sql); err != nil {
			c.t.Fatal(err)
		}
	}
	eventuallyIn(c.t, 2*patience, "the release does not come to its end", func() bool {
		return value[int](c.t, c.db, `SELECT count(*)::int FROM releases WHERE ended_at IS NULL`) == 0
	})
}
