package journey

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/practice"
	"portal/internal/webtest"
)

// wholePractice are the answers of a practice that can be handed in.
var wholePractice = form.Answers{
	"criteria": {"yes"}, "language": {"en"}, "filed_for": {"own"}, "title": {"One desk for workers who come home"}, "summary": {"Five ministries share one case file for people who return."}, "type": {"service"},
	"description": {strings.Repeat("A worker who returned met seven offices in four towns. ", 12)}, "objectives": {"21"}, "principles": {"1"},
	"completion": {"completed"}, "started.day": {"1"}, "started.month": {"5"}, "started.year": {"2021"}, "ended.day": {"31"}, "ended.month": {"12"}, "ended.year": {"2023"},
	"scope": {"national"}, "countries": {"KE"}, "implementer": {"Ministry of Labour"}, "implementer_type": {"member_state"},
	"contact_name": {"Ama Mensah"}, "contact_position": {"Director"}, "contact_email": {"contact@example.org"},
	"beneficiaries": {"2,318 people who returned."}, "participation": {"Returnees sit in the steering group."}, "results": {"People get their first payment in six days."},
	"evidence": {"An evaluation in 2023."}, "lessons": {"Agree first which ministry pays."}, "conditions": {"A law on data."}, "innovation": {"One file."}, "sustainability": {"It is in the budget."},
	"licence": {"cc-by-4.0"}, "consent": {"yes"},
}

// practice publishes a practice of the correspondence's office, through the hub desk, and returns its public ID.
func (c *correspondence) practice() string {
	c.t.Helper()
	to := c.owner.Post("/en/practices", url.Values{"office": {c.office}, "criteria": {"yes"}}).Want(http.StatusSeeOther).Location()
	id := strings.TrimPrefix(to, "/en/submissions/")
	for _, s := range practice.NewForm().Steps {
		answers, _ := s.Read(url.Values(wholePractice), i18n.English)
		if len(answers) > 0 && s.ID != "criteria" {
			saveStep(c.owner, id, s.ID, url.Values(answers)).Want(http.StatusSeeOther)
		}
	}
	first, _ := practice.NewForm().Step("criteria")
	answers, _ := first.Read(url.Values(wholePractice), i18n.English)
	form := c.owner.Get("/en" + stepsOf(id) + "criteria").Want(http.StatusOK).Form("form.step")
	for name, values := range answers {
		form.Set(name, values...)
	}
	form.Press("do=continue").Want(http.StatusSeeOther)
	c.sendIn(c.owner, id)
	hub := c.client(c.t, webtest.NewUser(c.t, c.db, "Hub "+id, nil, identity.StaffRole{Role: identity.Officer, Desk: identity.HubDesk}))
	take(c.t, hub, id)
	decide(c.t, hub, id, "publish", "", "exception", "The test is no peer.")
	return value[string](c.t, c.db, `SELECT public_id FROM submissions WHERE id = $1::bigint`, id)
}

var linkToPractice = regexp.MustCompile(`/(en|ar)/t/practice/[A-Z2-7]+`)

// practiceDue lets a year go by since a practice was published, has its people asked, and returns the links that they were sent.
func practiceDue(t *testing.T, p *portal, publicID string, to ...identity.User) []string {
	t.Helper()
	for _, sql := range []string{
		`UPDATE practices SET published_at = published_at - interval '370 days', first_published_at = first_published_at - interval '370 days', confirmed_at = confirmed_at - interval '370 days' WHERE public_id = $1`,
		`INSERT INTO river_job (args, kind, max_attempts, queue, state) SELECT '{"name": "practice.ask"}', 'periodic', 3, 'default', 'available' WHERE $1 <> ''`,
	} {
		if _, err := p.db.Pool.Exec(t.Context(), sql, publicID); err != nil {
			t.Fatal(err)
		}
	}
	links := make([]string, len(to))
	for i, who := range to {
		eventually(t, "a question for "+who.Email, func() bool {
			for _, m := range p.sink.Messages() {
				if found := linkToPractice.FindString(m.HTML); found != "" && len(m.To) == 1 && m.To[0] == who.Email && strings.Contains(m.HTML, publicID) {
					links[i] = found
				}
			}
			return links[i] != ""
		})
	}
	return links
}

// aboutPractices asks whether a practice is still true; the head answers, and a colleague is told. Then somebody of another office
// records reuses, which are confirmed, refused and taken down, and refuses to have their pledge named.
func (c *correspondence) aboutPractices() {
	c.t.Helper()
	publicID := c.practice()
	link := practiceDue(c.t, c.portal, publicID, c.head)[0]
	c.visitor(c.t).Get(link).Want(http.StatusOK).Form("main form").Set("answer", "confirm").Submit().Want(http.StatusSeeOther)

	pledge := c.published()
	other := correspondenceOf(c.t, c.portal, c.lang, "Other head "+string(c.lang))
	hub := c.client(c.t, webtest.NewUser(c.t, c.db, "Hub of reuses "+string(c.lang), nil, identity.StaffRole{Role: identity.Officer, Desk: identity.HubDesk}))
	for _, year := range []string{"2023", "2024"} {
		path := recordReuse(other.owner, publicID, year)
		answer := c.owner.Get(path).Want(http.StatusOK).Form("main form").Set("answer", "confirmed")
		if year == "2023" {
			answer.Set("answer", "refused").Set("reason", "Another project. / مشروع آخر.").Submit().Want(http.StatusSeeOther)
			continue
		}
		answer.Submit().Want(http.StatusSeeOther)
		hub.Get(path).Want(http.StatusOK).Form("main form").Set("reason", "An advertisement. / إعلان.").Submit().Want(http.StatusSeeOther)
	}
	theirs := other.practice()
	other.owner.Get("/en/practices/" + theirs + "/pledges?pledge=" + pledge).Want(http.StatusOK).Form("main form[method=post]").Submit().Want(http.StatusSeeOther)
	refusal := c.owner.Get("/en/practices/" + theirs + "/pledges").Want(http.StatusOK)
	refusal.Form("main form").Set(refusal.One("main textarea").Attr("name"), "It is another programme. / برنامج آخر.").Submit().Want(http.StatusSeeOther)
}

// recordReuse records a reuse and returns the path of its page.
func recordReuse(who *webtest.Client, publicID, year string) string {
	return who.Get("/en/practices/"+publicID+"/reuses/new").Want(http.StatusOK).Form("main form").
		Set("organization", "City of Cali").Set("country", "CO").Set("year", year).Set("changed", "One desk. / مكتب واحد.").Set("language", "en").
		Submit().Want(http.StatusSeeOther).Location()
}

// In the browser: somebody records a reuse, first with what is wrong with it; the office confirms, and the page has it.
func TestAReuseFromRecordToPage(t *testing.T) {
	t.Parallel()
	p := newPortal(t, false)
	c := newCorrespondence(t, p, i18n.English)
	publicID := c.practice()
	b := open(t, p.url, narrow)
	p.signIn(b, p.member(t, "Reuser"))
	b.want(b.visit("/en/practices/"+publicID+"/reuses/new"), http.StatusOK)
	b.axeAtBothWidths()
	b.resize(narrow)
	b.want(b.push("Send to the office"), http.StatusUnprocessableEntity)
	b.axeAtBothWidths()
	path := recordReuse(p.client(t, p.member(t, "Second reuser")), publicID, "2024")
	office := open(t, p.url, narrow)
	p.signIn(office, c.head)
	office.want(office.visit(path), http.StatusOK)
	office.axeAtBothWidths()
	office.resize(narrow)
	office.choose("[name=answer][value=confirmed]")
	office.want(office.push("Send the answer"), http.StatusOK)
	office.reads("Confirmed")
	visitor := open(t, p.url, wide)
	visitor.want(visitor.visit("/en/practices/"+publicID), http.StatusOK)
	visitor.reads("City of Cali", "Colombia")
	visitor.axeAtBothWidths()
	visitor.want(visitor.visit("/ar/practices/"+publicID+"/reuses"), http.StatusOK)
	visitor.axeAtBothWidths()
}

// On a phone, from the mail and without signing in: the office retires its practice with a reason, which the practice's address
// then gives; the link is used, and the colleague's leads nowhere.
func TestAPracticeIsRetiredFromTheMail(t *testing.T) {
	t.Parallel()
	p := newPortal(t, false)
	c := newCorrespondence(t, p, i18n.English)
	member := c.colleague("Zawadi")
	publicID := c.practice()
	links := practiceDue(t, p, publicID, member, c.head)

	phone := open(t, p.url, narrow)
	phone.want(phone.visit(links[0]), http.StatusOK)
	phone.reads(publicID, "Zawadi en", "Is this practice still true?")
	phone.axeAtBothWidths()
	phone.resize(narrow)
	phone.choose("[name=answer][value=retire]")
	phone.want(phone.push("Send the answer"), http.StatusUnprocessableEntity)
	phone.axeAtBothWidths()
	phone.resize(narrow)
	phone.fill("#reason", "The law that it rested on has ended.")
	phone.want(phone.push("Send the answer"), http.StatusOK)
	phone.reads("has left the repository")
	phone.axeAtBothWidths()
	phone.want(phone.visit("/en/practices/"+publicID), http.StatusGone)
	phone.reads("The law that it rested on has ended.")
	phone.axeAtBothWidths()
	phone.want(phone.visit(links[0]), http.StatusGone)
	phone.want(phone.visit(strings.Replace(links[1], "/en/", "/ar/", 1)), http.StatusGone)
	phone.axeAtBothWidths()
}
