package journey

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"portal/internal/conceptnote"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

// aboutMeetings moves a meeting for which the office writes a concept note, and cancels it. Those of the two languages are not
// at one time.
func (c *correspondence) aboutMeetings() {
	c.t.Helper()
	if _, err := c.db.Pool.Exec(c.t.Context(), `INSERT INTO submissions (kind, desk, country, lang, office_id, author_id, created_at, changed_at)
		SELECT $1, $2, country, $3, id, $4, now(), now() FROM offices WHERE id = $5::bigint`, conceptnote.KindName, identity.FundDesk, string(c.lang), c.head.ID, c.office); err != nil {
		c.t.Fatal(err)
	}
	lead := c.client(c.t, webtest.NewUser(c.t, c.db, "Fund "+string(c.lang), nil, identity.StaffRole{Role: identity.Lead, Desk: identity.FundDesk}))
	form := func(in int) url.Values {
		day := date.Today(time.Now(), i18n.Geneva).AddDays(in)
		return url.Values{
			"at.day": {strconv.Itoa(day.Day())}, "at.month": {strconv.Itoa(int(day.Month()))}, "at.year": {strconv.Itoa(day.Year())},
			"clock": {"10:" + map[i18n.Lang]string{i18n.English: "00", i18n.Arabic: "30"}[c.lang]}, "zone": {"Europe/Zurich"}, "version": {"1"},
		}
	}
	path := lead.Post("/en/desk/fund/meetings", form(90)).Want(http.StatusSeeOther).Location()
	lead.Post(path+"/move", form(100)).Want(http.StatusSeeOther)
	lead.Post(path, url.Values{"act": {"cancel"}, "version": {"2"}, "reason": {"No quorum. / لا يوجد نصاب."}}).Want(http.StatusSeeOther)
}

// fundWalks are the pages of the trust fund.
func (w *world) fundWalks(t *testing.T) []walk {
	t.Helper()
	of := func(condition string) string {
		return "/desk/fund/meetings/" + value[string](t, w.db, `SELECT min(id)::text FROM fund_meetings WHERE `+condition)
	}
	coming, past, cancelled := of("state = 'planned' AND at > now()"), of("at < now()"), of("state = 'cancelled'")
	rc := func(condition string) string {
		return "/desk/fund/coordinators/" + value[string](t, w.db, `SELECT min(id)::text FROM rc_offices WHERE `+condition)
	}
	listed := func(condition string) string { // a note on the shortlist of a meeting
		return value[string](t, w.db, `SELECT '/desk/fund/meetings/' || e.meeting_id || '/shortlist/' || e.id FROM committee_entries e WHERE `+condition+` ORDER BY e.id LIMIT 1`)
	}
	next := value[string](t, w.db, `SELECT '/desk/fund/meetings/' || min(meeting_id) || '/shortlist' FROM committee_entries WHERE outcome = ''`)
	reviewing := value[string](t, w.db, `SELECT min(a.id)::text FROM review_assignments a JOIN submissions s ON s.id = a.submission_id AND s.kind = 'concept_note' WHERE a.state IN ('accepted', 'submitted')`)
	held := value[string](t, w.db, `SELECT '/desk/fund/meetings/' || min(meeting_id) || '/shortlist' FROM committee_sessions`)
	return []walk{
		{"the fund desk at the committee", w.person(t, "fund@demo.example"), append(ok("/desk/fund/committee", next, next+"?with=none", next+"/notes", next+"/notes?q=zzzz", next+"/session", listed("outcome = ''"), listed("outcome <> ''"), held, held+"/session", cancelled+"/shortlist"),
			visit{"/desk/fund/meetings/999999/shortlist", http.StatusNotFound}, visit{next + "/999999", http.StatusNotFound})},
		{"a reviewer of a concept note", w.person(t, value[string](t, w.db, `SELECT u.email FROM review_assignments a JOIN users u ON u.id = a.reviewer_id WHERE a.id = $1::bigint`, reviewing)), ok("/reviews/" + reviewing)},
		{"the fund desk at the reviews of a concept note", w.person(t, "fundlead@demo.example"), ok("/desk/settings/review/concept_note", value[string](t, w.db, `SELECT '/desk/submissions/' || submission_id || '/reviews' FROM review_assignments WHERE id = $1::bigint`, reviewing))},
		{"the lead of the fund desk at the committee", w.person(t, "fundlead@demo.example"), ok("/desk/fund/committee", next, listed("outcome = ''"), listed("outcome <> ''"), held+"/session")},
		{"a visitor at the fund", identity.User{}, ok("/fund", "/fund/meetings", "/fund/meetings?when=past&year=2026&sort=latest", "/fund/meetings?year=1999")},
		{"a visitor at the pipeline", identity.User{}, append(ok("/fund/pipeline", "/fund/pipeline?q=work&stage=pipeline&nonsense=1&area=x", "/fund/pipeline?q=zzzz", "/fund/pipeline/figures", "/fund/pipeline/figures?stage=pipeline", "/fund/pipeline/booklet",
			"/fund/programmes/GCM-JP-0001"), visit{"/fund/pipeline/booklet?only=GCM-JP-9999", http.StatusUnprocessableEntity}, visit{"/fund/programmes/GCM-JP-9999", http.StatusNotFound})},
		{"an officer of the fund desk", w.person(t, "fund@demo.example"), append(ok("/desk/fund/meetings", "/desk/fund/meetings?when=past&sort=earliest", "/desk/fund/meetings?year=1999", "/desk/fund/meetings/new", coming, past, cancelled), visit{coming + "/move", http.StatusForbidden})},
		{"the fund desk at the coordinators", w.person(t, "fund@demo.example"), append(ok("/desk/fund/coordinators", "/desk/fund/coordinators?country=FJ&q=pacific", "/desk/fund/coordinators?q=zzzz", "/desk/fund/coordinators?state=closed", "/desk/fund/coordinators/new", rc("closed_at IS NULL"), rc("closed_at IS NOT NULL")),
			visit{"/desk/fund/coordinators/999999", http.StatusNotFound})},
		{"the fund desk at the programmes", w.person(t, "fund@demo.example"), append(ok("/desk/fund/programmes", "/desk/fund/programmes?stage=running&sort=since", "/desk/fund/programmes?q=zzzz", "/desk/fund/programmes/GCM-JP-0001", "/desk/fund/programmes/GCM-JP-0004"),
			visit{"/desk/fund/programmes/GCM-JP-9999", http.StatusNotFound})},
		{"the fund desk at the configuration of the form", w.person(t, "fund@demo.example"), append(ok("/desk/fund/configuration", "/desk/fund/configuration/1"), visit{"/desk/fund/configuration/new", http.StatusForbidden}, visit{"/desk/fund/configuration/9999", http.StatusNotFound})},
		{"the lead at the configuration of the form", w.person(t, "fundlead@demo.example"), ok("/desk/fund/configuration", "/desk/fund/configuration/new")},
		{"the lead of the fund desk", w.person(t, "fundlead@demo.example"), append(ok(coming, coming+"/move", coming+"/move?at.day=1&at.month=2&at.year=2090&clock=10:00&zone=UTC"),
			visit{coming + "/move?clock=99", http.StatusUnprocessableEntity}, visit{cancelled + "/move", http.StatusConflict})},
	}
}
