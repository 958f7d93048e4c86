package journey

import (
	"net/http"
	"net/url"
	"testing"

	"portal/internal/identity"
	"portal/internal/request"
	"portal/internal/webtest"
)

// aboutTalks moves, cancels and asks about talks of the office, and files an e-mail of its head.
func (c *correspondence) aboutTalks() {
	c.t.Helper()
	talk := func(days int) string {
		return value[string](c.t, c.db, `WITH s AS (INSERT INTO submissions (kind, desk, title, submitted_title, lang, state, submitted_revision, office_id, author_id, created_at, changed_at, submitted_at)
				VALUES ('talk', 'network', 'A talk', 'A talk', $1, 'accepted', 1, $2::bigint, $3, now(), now(), now()) RETURNING id)
			INSERT INTO talks (id, number, state, title, lang, purpose, expected, level, objectives, principles, format, audience, interpretation, day, starts, ends, zone, at, until, announced_at, changed_at)
			SELECT id, id, 'announced', 'A talk', $1, 'To talk', 'Words', 'global', '{1}', '{}', 'online', '{open}', '{}', current_date + $4::int, 600, 660, 'UTC', d + interval '10 hours', d + interval '11 hours', now(), now()
			FROM s, (SELECT (current_date + $4::int)::timestamp AT TIME ZONE 'UTC' AS d) at RETURNING id::text`, string(c.lang), c.office, c.head.ID, days)
	}
	desk := c.client(c.t, webtest.NewUser(c.t, c.db, "Network "+string(c.lang), nil, identity.StaffRole{Role: identity.Officer, Desk: identity.NetworkDesk}))
	coming := talk(40)
	talk(-4)
	form := desk.Get("/en/desk/talks/" + coming).Want(http.StatusOK).Form("form#set")
	form.Set("starts", "09:00").Submit().Want(http.StatusSeeOther)
	desk.Post("/en/desk/talks/"+coming, url.Values{"act": {"cancel"}, "version": {"2"}, "reason": {"The hall is closed. / القاعة مغلقة."}}).Want(http.StatusSeeOther)
	desk.Post("/en/desk/requests/new", url.Values{"kind": {"guidance"}, "email": {c.head.Email}, "office": {c.office}, "message_id": {string(c.lang) + "@mail.example"}, "title": {"A plan"}, "text": {"We need one."}}).Want(http.StatusSeeOther)
	if _, err := c.db.Pool.Exec(c.t.Context(), `INSERT INTO river_job (args, kind, max_attempts, queue, state) VALUES ('{"name": "request.talks"}', 'periodic', 3, 'default', 'available')`); err != nil {
		c.t.Fatal(err)
	}
	eventually(c.t, "the organizers are asked", func() bool {
		return value[int](c.t, c.db, `SELECT count(*) FROM outbox WHERE kind = 'request.talk_asked' AND to_user = $1`, c.head.ID) > 0
	})
	c.facilitated(desk)
}

// facilitated gives the request that was filed to a facilitator, who writes with the office.
func (c *correspondence) facilitated(desk *webtest.Client) {
	c.t.Helper()
	who := c.reads(webtest.NewUser(c.t, c.db, "Facilitator "+string(c.lang), nil))
	desk.Post("/en/desk/facilitators", url.Values{"email": {who.Email}, "name": {"Facilitator"}, "languages": {string(c.lang)}}).Want(http.StatusSeeOther)
	id := value[string](c.t, c.db, `SELECT max(id)::text FROM submissions WHERE kind = 'guidance' AND office_id = $1::bigint`, c.office)
	to := value[string](c.t, c.db, `SELECT id::text FROM facilitators WHERE user_id = $1`, who.ID)
	desk.Post("/en/desk/facilitations/"+id, url.Values{"to": {to}}).Want(http.StatusSeeOther)
	c.client(c.t, who).Post("/en/account/facilitation/"+id, url.Values{"note": {"Shall we meet? / هل نلتقي؟"}}).Want(http.StatusSeeOther)
	c.owner.Post("/en/submissions/"+id+"/messages", url.Values{"text": {"Yes, on Monday. / نعم، يوم الاثنين."}}).Want(http.StatusSeeOther)
}

// requestWalks are the pages of requests, for those who ask and those who answer.
func (w *world) requestWalks(t *testing.T) []walk {
	t.Helper()
	of := func(kind, state string) string {
		return value[string](t, w.db, `SELECT min(id)::text FROM submissions WHERE kind = $1 AND state = $2`, kind, state)
	}
	public := ok(request.StartPath, request.Path)
	for _, k := range request.Kinds {
		public = append(public, ok(request.PathOf(k.Name), request.PathOf(k.Name)+"/questions")...)
	}
	talk := func(where string) string {
		return "/talks/" + value[string](t, w.db, `SELECT 'GCM-T-' || lpad(min(number)::text, 4, '0') FROM talks WHERE number IS NOT NULL AND `+where)
	}
	talkRequest := value[string](t, w.db, `SELECT min(id)::text FROM talks WHERE until < now() AND recording <> ''`)
	public = append(public, ok("/talks", "/talks?when=past&zone=Asia%2FTokyo&level=regional", "/talks?q=zzzz", talk("recording <> '' AND pledges <> '{}'"), talk("state = 'cancelled'")+"?zone=Pacific%2FApia", talk("moved_from IS NOT NULL"), talk("state = 'announced' AND until > now()"))...)
	given := value[string](t, w.db, `SELECT min(submission_id)::text FROM facilitations WHERE ended_at IS NULL`)
	facilitator := value[string](t, w.db, `SELECT u.email FROM facilitations x JOIN facilitators f ON f.id = x.facilitator_id JOIN users u ON u.id = f.user_id WHERE x.ended_at IS NULL AND x.submission_id = $1::bigint`, given)
	draft, read := of(request.Guidance, "draft"), of(request.Support, "in_review")
	return []walk{
		{"a visitor who asks", identity.User{}, append(public, visit{"/requests/new/anything", http.StatusNotFound}, visit{"/talks/GCM-T-9999", http.StatusNotFound})},
		{"somebody who asks", w.ownerOf(t, draft), ok("/requests/new/guidance", "/requests/new/support", "/requests/new/pledge_support", "/submissions/"+draft, stepsOf(draft)+"need?check=1", stepsOf(draft)+"detail")},
		{"somebody who has asked", w.ownerOf(t, read), ok("/submissions/" + read)},
		{"an officer who answers", w.person(t, "network@demo.example"), ok("/desk/submissions/"+read, "/desk/requests/statistics", "/desk/requests/new", "/desk/talks", "/desk/talks/"+value[string](t, w.db, `SELECT min(id)::text FROM talks WHERE state = 'accepted'`),
			"/desk/talks/"+value[string](t, w.db, `SELECT min(id)::text FROM talks WHERE state = 'announced' AND until > now()`), "/desk/submissions/"+talkRequest)},
		{"a visitor at the facilitators", identity.User{}, ok("/facilitators", "/facilitators?language=ar&region=arab_states", "/facilitators?language=zh")},
		{"a facilitator", w.person(t, facilitator), append(ok("/account/facilitation", "/account/facilitation/"+given), visit{"/account/facilitation/999999", http.StatusNotFound})},
		{"somebody who facilitates nothing", w.focal, ok("/account/facilitation")},
		{"the network desk at the roster", w.person(t, "network@demo.example"), ok("/desk/facilitators", "/desk/facilitators/"+value[string](t, w.db, `SELECT min(facilitator_id)::text FROM facilitator_absences`), "/desk/facilitations/"+given, "/desk/submissions/"+given, "/desk/settings/rules?desk=network")},
		{"the organizers of a past talk", w.ownerOf(t, talkRequest), ok("/submissions/"+talkRequest, talk("id = "+talkRequest)+"/outcome")},
	}
}
