package journey

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

// hubLead is a person of the hub desk who opens calls.
func (p *portal) hubLead(t *testing.T, name string) identity.User {
	t.Helper()
	return webtest.NewUser(t, p.db, name, nil, identity.StaffRole{Role: identity.Lead, Desk: identity.HubDesk})
}

// callForm is the form of a call with a deadline so many days from today.
func callForm(version, in int) url.Values {
	day := date.Today(time.Now(), i18n.Geneva).AddDays(in)
	return url.Values{
		"version": {strconv.Itoa(version)}, "language": {"en"}, "title": {"Fair recruitment that works"}, "theme": {"Recruitment without fees"}, "body": {"We look for practices."},
		"who": {"Everybody."}, "criteria": {"It ran for a year."}, "objectives": {"6"}, "deadline.day": {strconv.Itoa(day.Day())}, "deadline.month": {strconv.Itoa(int(day.Month()))},
		"deadline.year": {strconv.Itoa(day.Year())}, "clock": {"23:59"},
	}
}

// openCall drafts a call and opens it; the answer is its number.
func openCall(t *testing.T, p *portal, lead *webtest.Client) string {
	t.Helper()
	lead.Post("/en/desk/calls", callForm(0, 20)).Want(http.StatusSeeOther)
	id := value[string](t, p.db, `SELECT max(id)::text FROM calls`)
	lead.Post("/en/desk/calls/"+id, url.Values{"version": {"1"}, "act": {"open"}}).Want(http.StatusSeeOther)
	return id
}

// answerCall begins a practice for the call; the answer is its number.
func answerCall(t *testing.T, p *portal, who *webtest.Client, office, call string) string {
	t.Helper()
	who.Post("/en/practices", url.Values{"office": {office}, "criteria": {"yes"}, "call": {call}}).Want(http.StatusSeeOther)
	return value[string](t, p.db, `SELECT max(submission_id)::text FROM call_practices WHERE call_id = $1::bigint`, call)
}

// aboutCalls moves the deadline of a call, reminds of it, withdraws it, and takes a late practice for another one.
func (c *correspondence) aboutCalls() {
	c.t.Helper()
	lead := c.client(c.t, c.hubLead(c.t, "Hub "+string(c.lang)))
	exec := func(sql string, args ...any) {
		c.t.Helper()
		if _, err := c.db.Pool.Exec(c.t.Context(), sql, args...); err != nil {
			c.t.Fatal(err)
		}
	}
	call := openCall(c.t, c.portal, lead)
	draft := answerCall(c.t, c.portal, c.owner, c.office, call)
	lead.Post("/en/desk/calls/"+call+"/facts", callForm(2, 3)).Want(http.StatusSeeOther)
	exec(`UPDATE call_practices SET tied_at = now() - interval '10 days' WHERE submission_id = $1::bigint`, draft)
	exec(`INSERT INTO river_job (args, kind, max_attempts, queue, state) VALUES ('{"name": "practice.calls"}', 'periodic', 3, 'default', 'available')`)
	eventually(c.t, "the office is reminded of the call", func() bool {
		return value[int](c.t, c.db, `SELECT count(*) FROM outbox WHERE to_user = $1 AND kind = 'practice.call_reminder'`, c.head.ID) == 1
	})
	lead.Post("/en/desk/calls/"+call, url.Values{"version": {"3"}, "act": {"withdraw"}, "reason": {"The meeting is cancelled. / أُلغي الاجتماع."}}).Want(http.StatusSeeOther)

	call = openCall(c.t, c.portal, lead)
	draft = answerCall(c.t, c.portal, c.owner, c.office, call)
	exec(`UPDATE calls SET deadline_at = now() - interval '1 hour' WHERE id = $1::bigint`, call)
	exec(`UPDATE call_practices SET standing = 'late' WHERE submission_id = $1::bigint`, draft)
	exec(`UPDATE submissions SET state = 'submitted', submitted_revision = revision, submitted_at = now() WHERE id = $1::bigint`, draft)
	lead.Post("/en/desk/submissions/"+draft+"/call", url.Values{"reason": {"The power was cut."}}).Want(http.StatusSeeOther)
}

// callWalks are the pages of calls, as each of those sees them who have something to do there.
func (w *world) callWalks(t *testing.T) []walk {
	t.Helper()
	of := func(condition string) string {
		return value[string](t, w.db, `SELECT min(id)::text FROM calls WHERE state = 'open' AND `+condition)
	}
	open, closed, featured := of("deadline_at > now()"), of("deadline_at < now() AND featured_at IS NULL"), of("featured_at IS NOT NULL")
	lead := w.person(t, "hublead@demo.example")
	desk := ok("/desk/calls", "/desk/calls/new")
	for _, id := range []string{open, closed, featured} {
		desk = append(desk, ok("/desk/calls/"+id, "/desk/calls/"+id+"/facts", "/desk/calls/"+id+"/texts/ru")...)
	}
	draft := value[string](t, w.db, `SELECT min(t.submission_id)::text FROM call_practices t JOIN submissions s ON s.id = t.submission_id AND s.state = 'draft' WHERE t.standing = 'tied'`)
	return []walk{
		{"a visitor at the calls", identity.User{}, ok("/practices/calls", "/practices/calls?state=open&q=zzzz", "/practices/calls/"+open, "/practices/calls/"+closed, "/practices/calls/"+featured, "/practices/new?call="+open, "/practices?call="+featured)},
		{"the lead of the hub desk at the calls", lead, append(desk, ok("/desk/calls/"+featured+"/results/en", "/desk/calls/"+closed+"/results/ar")...)},
		{"the writer of a practice for a call", w.ownerOf(t, draft), ok("/submissions/"+draft, "/submissions/"+draft+"/call", "/submissions/"+draft+"/check", "/practices/new?call="+open)},
	}
}

// The desk makes a call, an office answers it, the deadline passes while it writes, and the results come before the public.
func TestACallFromItsDraftToItsResults(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "ar"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t, false)
			leader, head := p.hubLead(t, "Lead of the hub"), p.member(t, "Head")
			desk, lead, owner := p.enter(t, leader, wide), p.client(t, leader), p.client(t, head)
			see := func(b *tab, path string, status int) {
				t.Helper()
				if got := b.visit("/" + lang + path); got != status {
					t.Fatalf("%s answers %d, not %d: %s", path, got, status, b.gist())
				}
				b.axeAtBothWidths()
			}
			see(desk, "/desk/calls/new", http.StatusOK)
			call := openCall(t, p, lead)
			see(desk, "/desk/calls/"+call, http.StatusOK)

			draft := answerCall(t, p, owner, fmt.Sprint(head.Posts[0].OfficeID), call)
			writer, visitor := p.enter(t, head, wide), open(t, p.url, wide)
			see(visitor, "/practices/calls/"+call, http.StatusOK)
			see(writer, "/submissions/"+draft, http.StatusOK)
			see(writer, "/submissions/"+draft+"/call", http.StatusOK)

			// The deadline passes.
			if _, err := p.db.Pool.Exec(t.Context(), `UPDATE calls SET deadline_at = now() - interval '1 second' WHERE id = $1::bigint`, call); err != nil {
				t.Fatal(err)
			}
			see(writer, "/submissions/"+draft+"/check", http.StatusOK)
			owner.Post("/"+lang+"/submissions/"+draft+"/call", url.Values{"call": {"repository"}}).Want(http.StatusSeeOther)
			see(writer, "/submissions/"+draft+"/check", http.StatusOK)
			if got := value[string](t, p.db, `SELECT standing FROM call_practices WHERE submission_id = $1::bigint`, draft); got != "late" {
				t.Errorf("the draft is %s", got)
			}
			see(visitor, "/practices/calls/"+call, http.StatusOK)

			see(desk, "/desk/calls/"+call+"/results/en", http.StatusOK)
			lead.Post("/en/desk/calls/"+call+"/results/en", url.Values{"version": {"2"}, "intro": {"What came of it."}}).Want(http.StatusSeeOther)
			lead.Post("/en/desk/calls/"+call, url.Values{"version": {"3"}, "act": {"feature"}}).Want(http.StatusSeeOther)
			see(visitor, "/practices/calls/"+call, http.StatusOK)
			if !lead.Get("/en/practices/calls/" + call).Want(http.StatusOK).Contains("What came of it.") {
				t.Error("the results are not public")
			}
		})
	}
}
