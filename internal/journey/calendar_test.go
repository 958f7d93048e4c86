package journey

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"portal/internal/calendar"
	"portal/internal/database"
	"portal/internal/gcm"
	"portal/internal/identity"
	"portal/internal/onetime"
	"portal/internal/webtest"
	"portal/internal/workflow"
	"portal/web/ui"
)

// calendarWalks are the pages of the calendar, for those who read it and those who suggest events.
func (w *world) calendarWalks(t *testing.T) []walk {
	t.Helper()
	event := func(where string) string {
		return "/calendar/" + value[string](t, w.db, `SELECT 'GCM-E-' || lpad(min(number)::text, 4, '0') FROM events WHERE `+where)
	}
	draft := value[string](t, w.db, `SELECT min(id)::text FROM submissions WHERE kind = 'event' AND state = 'draft'`)
	published := value[string](t, w.db, `SELECT min(id)::text FROM events WHERE cancelled_at IS NULL AND at > now()`)
	here := value[string](t, w.db, `SELECT min(id)::text FROM events WHERE registration = 'here' AND cancelled_at IS NULL AND at > now()`)
	next := time.Now().AddDate(0, 0, 14).Format(time.DateOnly)
	writes := ok("/calendar/new", "/submissions/"+draft)
	for _, s := range calendar.NewForm().Steps {
		writes = append(writes, ok(stepsOf(draft)+s.ID)...)
	}
	return []walk{
		{"a visitor at the calendar", identity.User{}, append(ok(calendar.Path, calendar.Path+"?when=upcoming&type=webinar&zone=Asia%2FTokyo&nonsense=1", calendar.Path+"?q=zzzz", calendar.Path+"?view=month&on="+next, calendar.Path+"?view=month&on=2031-02-01", calendar.Path+"?view=week&on="+next,
			calendar.StartPath, calendar.StartPath+"/questions", "/embed/calendar", "/embed/calendar?type=webinar&when=past", event("registration = 'here' AND at > now() AND cancelled_at IS NULL"), event("registration = 'link' AND at > now()")+"?zone=Pacific%2FApia", event("whole AND at > now()"), event("recordings <> '[]'"), event("cancelled_at IS NOT NULL"), "/calendar/reviews/1", "/calendar/reviews/2"),
			visit{calendar.Path + "/GCM-E-9999", http.StatusNotFound})},
		{"the network desk at the review cycle", w.person(t, "network@demo.example"), ok("/desk/review-dates", "/desk/review-dates?kind=annual", "/desk/review-dates/1", "/desk/review-dates/2")},
		{"somebody who suggests an event", w.ownerOf(t, draft), writes},
		{"the organizer of an event", w.ownerOf(t, published), ok("/submissions/"+published, event("id = "+published)+"/cancellation", event("id = "+here)+"/registrations")},
		{"somebody who registers", identity.User{}, append(ok(event("id = "+here)+"/registration/sent", w.attendance(t, here, "registered"), w.attendance(t, here, "asked")), visit{"/t/attendance/unknown", http.StatusNotFound})},
	}
}

// attendance is the link of a registration for an event, made in the state.
func (w *world) attendance(t *testing.T, event, state string) string {
	t.Helper()
	token, hash := onetime.New()
	if _, err := w.db.Pool.Exec(t.Context(), `INSERT INTO event_registrations (event_id, email, email_key, name, lang, state, token_hash, asked_at, placed_at)
		VALUES ($1::bigint, $2 || '@demo.example', $2 || '@demo.example', 'Amina Otieno', 'en', $2, $3, now(), now())`, event, state, hash); err != nil {
		t.Fatal(err)
	}
	return "/t/attendance/" + token
}

// aboutEvents lets somebody register for an event of the office, gives them a place that becomes free, and moves and cancels the event.
func (c *correspondence) aboutEvents() {
	c.t.Helper()
	press := webtest.NewUser(c.t, c.db, "Press "+string(c.lang), nil, identity.StaffRole{Role: identity.Officer, Desk: identity.CommunicationsDesk})
	desk := c.client(c.t, press)
	number := value[int](c.t, c.db, `WITH n AS (SELECT nextval('event_numbers') AS number),
		s AS (INSERT INTO submissions (kind, desk, title, submitted_title, lang, state, revision, submitted_revision, published_revision, public_id, office_id, author_id, created_at, changed_at, submitted_at)
			SELECT 'event', 'communications', 'An event', 'An event', $1, 'published', 1, 1, 1, 'GCM-E-' || lpad(number::text, 4, '0'), $2::bigint, $3::bigint, now(), now(), now() FROM n RETURNING id)
		INSERT INTO events (id, number, type, title, lang, text, whole, first, last, starts, ends, zone, at, until, format, place, country, region, audience, interpretation, accessibility, objectives, workstream, review, talk,
			registration, link, capacity, documents, recordings, outcome, published_at, changed_at)
		SELECT id, number, 'meeting', 'An event', $1, 'Words', true, current_date + 40, current_date + 40, 0, 0, '', now() + interval '40 days', now() + interval '41 days', 'online', '', '', '', '{open}', '{}', '', '{}', '', '', '',
			'here', '', 1, '[]', '[]', '', now(), now() FROM s, n RETURNING number`, string(c.lang), c.office, c.head.ID)
	page := "/" + string(c.lang) + calendar.PathOf(calendar.FormatID(number))
	visitor := desk.Another()
	register := func(who string) string {
		to := who + "." + string(c.lang) + "@demo.example"
		visitor.Post(page+"/registration", url.Values{"name": {"Amina"}, "email": {to}}).Want(http.StatusSeeOther)
		link := c.mailTo(c.t, to, attendanceIn(c.lang)) // of what is sent the outbox keeps neither link nor address
		visitor.Post(link, url.Values{}).Want(http.StatusSeeOther)
		return link
	}
	first := register("first")
	register("second")
	visitor.Post(first, url.Values{"act": {"leave"}}).Want(http.StatusSeeOther)
	c.moveEvent(number, press)
	desk.Post(page+"/cancellation", url.Values{"version": {"2"}, "reason": {"The hall is closed. / القاعة مغلقة."}}).Want(http.StatusSeeOther)
}

// moveEvent publishes a revision of an event at another time.
func (c *correspondence) moveEvent(number int, press identity.User) {
	c.t.Helper()
	service := calendar.NewService(calendar.Options{DB: c.db, Vocabulary: func() *gcm.Vocabulary { return &gcm.Vocabulary{} }, Site: ui.Site{PublicURL: c.url}})
	id := value[int64](c.t, c.db, `UPDATE submissions s SET state = 'in_review', revision = 2, submitted_revision = 2 FROM events e WHERE e.id = s.id AND e.number = $1 RETURNING s.id`, number)
	answers := fmt.Sprintf(`{"language": [%q], "title": ["An event"], "type": ["meeting"], "text": ["Words"], "whole": ["days"], "first.day": ["1"], "first.month": ["2"], "first.year": ["%d"], "format": ["online"],
		"organizers.0.name": ["Office"], "organizers.0.role": ["lead"], "audience": ["open"], "registration": ["here"], "capacity": ["1"]}`, c.lang, time.Now().Year()+2)
	err := c.db.InTx(c.t.Context(), func(tx database.Tx) error {
		if _, err := tx.Exec(c.t.Context(), `INSERT INTO submission_steps (submission_id, revision, step, version, answers, saved_by, saved_at) VALUES ($1, 2, 'event', 1, $2, $3, now())`, id, answers, c.head.ID); err != nil {
			return err
		}
		sub, err := workflow.Lock(c.t.Context(), tx, id, press)
		if err == nil {
			_, err = workflow.Apply(c.t.Context(), tx, service.Kind(), &sub, workflow.Publish, press, workflow.Input{}, time.Now())
		}
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
}
