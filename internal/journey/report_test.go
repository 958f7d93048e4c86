package journey

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

var linkToAnswer = regexp.MustCompile(`/(en|ar)/t/report/[A-Z2-7]+`)

// reportDue makes the report on a published pledge due in ten days, has its people reminded, and returns the links that they
// were sent.
func reportDue(t *testing.T, p *portal, publicID string, to ...identity.User) []string {
	t.Helper()
	for _, sql := range []string{
		`UPDATE pledge_standings s SET since = since - interval '355 days', next_report_on = current_date + 10 FROM pledges p WHERE p.id = s.pledge_id AND s.until IS NULL AND p.public_id = $1`,
		`INSERT INTO river_job (args, kind, max_attempts, queue, state) SELECT '{"name": "pledge.reminders"}', 'periodic', 3, 'default', 'available' WHERE $1 <> ''`,
	} {
		if _, err := p.db.Pool.Exec(t.Context(), sql, publicID); err != nil {
			t.Fatal(err)
		}
	}
	links := make([]string, len(to))
	for i, who := range to {
		eventually(t, "a reminder for "+who.Email, func() bool {
			for _, m := range p.sink.Messages() {
				if found := linkToAnswer.FindString(m.HTML); found != "" && len(m.To) == 1 && m.To[0] == who.Email && strings.Contains(m.HTML, publicID) {
					links[i] = found
				}
			}
			return links[i] != ""
		})
	}
	return links
}

// published is a pledge of the correspondence's office, through the desk; it returns its public ID.
func (c *correspondence) published() string {
	c.t.Helper()
	id := copyDraft(c.t, c.db, wholeDraft(c.t, c.owner, c.head), c.head)
	c.sendIn(c.owner, id)
	c.take(id)
	c.decide(id, "publish", "")
	return value[string](c.t, c.db, `SELECT public_id FROM submissions WHERE id = $1::bigint`, id)
}

// colleague is a contributor of the correspondence's office.
func (c *correspondence) colleague(name string) identity.User {
	c.t.Helper()
	return c.reads(webtest.NewUser(c.t, c.db, name+" "+string(c.lang), map[int64]identity.PostRole{c.head.Posts[0].OfficeID: identity.Contributor}))
}

// trusted says that the lead has trusted the correspondence's office.
func (c *correspondence) trusted() {
	c.t.Helper()
	if _, err := c.db.Pool.Exec(c.t.Context(), `INSERT INTO office_trust (office_id, trusted, reason, by_id, at) SELECT $1, true, 'Three good reports', id, now() FROM users WHERE name = $2`,
		c.head.Posts[0].OfficeID, "Lead "+string(c.lang)); err != nil {
		c.t.Fatal(err)
	}
}

// aboutReports lets a report become due, and the head answer for the office, which the desk looks at first; then, trusted, once
// more. Of a third pledge the office tells the desk.
func (c *correspondence) aboutReports() {
	c.t.Helper()
	publicID := c.published()
	c.colleague("Colleague")
	link := reportDue(c.t, c.portal, publicID, c.head)[0]
	c.visitor(c.t).Get(link).Want(http.StatusOK).Form("main form").Set("answer", "progress").Set("text", "Forty schools. / أربعون مدرسة.").Submit().Want(http.StatusSeeOther)
	c.trusted()
	trusted := reportDue(c.t, c.portal, c.published(), c.head)[0]
	c.visitor(c.t).Get(trusted).Want(http.StatusOK).Form("main form").Set("answer", "progress").Set("text", "Fifty schools. / خمسون مدرسة.").Submit().Want(http.StatusSeeOther)
	c.client(c.t, officerOf(c.t, c.portal, string(c.lang))).Get("/en/desk/pledges/"+c.published()+"/report").Want(http.StatusOK).Form("form.step").
		Set("source", "A call with the ministry. / مكالمة مع الوزارة.").Set("status", "in_progress").Submit().Want(http.StatusSeeOther)
}

// On a phone, from the mail and without signing in: a contributor answers in half a minute, in Arabic; the link then is used, and
// the colleague's says who was faster. The desk reads the answer, and the public page has it with its date.
func TestAnAnswerFromTheMail(t *testing.T) {
	t.Parallel()
	p := newPortal(t, false)
	c := newCorrespondence(t, p, i18n.English)
	member := c.colleague("Zawadi")
	publicID := c.published()
	links := reportDue(t, p, publicID, member, c.head)

	phone := open(t, p.url, narrow)
	phone.want(phone.visit(links[0]), http.StatusOK)
	phone.reads(publicID, "Zawadi en", "reads your answer before it is published")
	phone.axeAtBothWidths()
	phone.resize(narrow)
	phone.want(phone.push("Send the answer"), http.StatusUnprocessableEntity)
	phone.axeAtBothWidths()
	phone.resize(narrow)
	phone.choose("[name=answer][value=obstacle]")
	phone.fill("#text", "The budget came late.")
	phone.want(phone.push("Send the answer"), http.StatusOK)
	phone.reads("Your answer is recorded")
	phone.axeAtBothWidths()
	phone.want(phone.visit(links[0]), http.StatusGone)
	phone.axeAtBothWidths()
	phone.want(phone.visit(strings.Replace(links[1], "/en/", "/ar/", 1)), http.StatusGone)
	phone.reads("Zawadi en")
	phone.axeAtBothWidths()
	phone.want(phone.visit("/en/t/report/AAAAAAAAAAAAAAAAAAAAAAAAAA"), http.StatusNotFound)
	phone.axeAtBothWidths()

	report := value[string](t, p.db, `SELECT id::text FROM submissions WHERE kind = 'pledge_update' AND author_id = $1`, member.ID)
	c.take(report)
	c.decide(report, "publish", "")
	reading := open(t, p.url, wide)
	reading.want(reading.visit("/en/pledges/"+publicID), http.StatusOK)
	reading.reads("Delayed", "The budget came late.")
	reading.saysNot("Zawadi")
	reading.axeAtBothWidths()
}

// An office reports on the portal, with and without a script; the desk reads it beside how the pledge stands, and publishes; when
// the lead has trusted the office, the next report is public at once.
func TestAReportOnThePortal(t *testing.T) {
	t.Parallel()
	p := newPortal(t, false)
	c := newCorrespondence(t, p, i18n.English)
	publicID := c.published()

	owner := p.enter(t, c.head, wide)
	owner.want(owner.visit("/en/pledges/"+publicID), http.StatusOK)
	owner.reads("No report has been published yet")
	owner.axeAtBothWidths()
	owner.want(owner.visit("/en/pledges/"+publicID+"/report"), http.StatusOK)
	owner.axeAtBothWidths()
	owner.want(owner.push("Start the report"), http.StatusOK)
	report := value[string](t, p.db, `SELECT id::text FROM submissions WHERE kind = 'pledge_update'`)
	for _, step := range []string{"status", "progress", "story", "files"} {
		owner.want(owner.visit("/en"+stepsOf(report)+step), http.StatusOK)
		owner.axeAtBothWidths()
	}
	owner.want(owner.visit("/en"+stepsOf(report)+"status"), http.StatusOK)
	owner.choose("[name=status][value=in_progress]")
	owner.want(owner.push("Save and continue"), http.StatusOK)
	owner.fill("[name='progress.0.value']", "25")
	owner.want(owner.push("Save and continue"), http.StatusOK)
	owner.fill("#evidence", "Forty schools were opened.")
	owner.want(owner.push("Save and continue"), http.StatusOK)
	owner.want(owner.visit("/en/submissions/"+report), http.StatusOK)
	owner.axeAtBothWidths()
	c.sendIn(c.owner, report)
	owner.want(owner.visit("/en/submissions/"+report), http.StatusOK)
	owner.axeAtBothWidths()

	desk := p.enter(t, officerOf(t, p, "en"), wide)
	desk.want(desk.visit("/en/desk/submissions/"+report), http.StatusOK)
	desk.reads(publicID, "Nobody has reported yet", "Forty schools were opened.")
	desk.axeAtBothWidths()
	c.take(report)
	c.decide(report, "publish", "")
	reading := open(t, p.url, narrow)
	reading.want(reading.visit("/en/pledges/"+publicID), http.StatusOK)
	reading.reads("In progress", "Forty schools were opened.", "25")
	reading.axeAtBothWidths()

	// Without a script, and trusted.
	c.trusted()
	c.owner.Post("/en/pledges/"+publicID+"/report", nil).Want(http.StatusSeeOther)
	next := value[string](t, p.db, `SELECT max(id)::text FROM submissions WHERE kind = 'pledge_update'`)
	c.owner.Get("/en"+stepsOf(next)+"status").Want(http.StatusOK).Form("form.step").Set("status", "fulfilled").Press("do=continue").Want(http.StatusSeeOther)
	c.owner.Get("/en"+stepsOf(next)+"story").Want(http.StatusOK).Form("form.step").Set("evidence", "All hundred are open.").Press("do=continue").Want(http.StatusSeeOther)
	c.sendIn(c.owner, next)
	reading.want(reading.visit("/en/pledges/"+publicID), http.StatusOK)
	reading.reads("Fulfilled", "All hundred are open.", "No further report is due")
	reading.axeAtBothWidths()
}

// officerOf is the correspondence's officer.
func officerOf(t *testing.T, p *portal, lang string) identity.User {
	t.Helper()
	who, err := identity.Load(t.Context(), p.db.Read(), value[int64](t, p.db, `SELECT id FROM users WHERE name = $1`, "Officer "+lang))
	if err != nil {
		t.Fatal(err)
	}
	return who
}
