package journey

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portal/internal/committee"
	"portal/internal/conceptnote"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/peer"
	"portal/internal/signoff"
	"portal/internal/webtest"
)

// A concept note of two organizations for two countries, from the questions before it to the public pipeline: it is written, signed
// in the portal, by a link from a mail, with the official letter of a government and by both Resident Coordinators, sent in for a
// meeting that is named, reviewed by two, put on the shortlist, endorsed with a quorum, and released. Everybody has a window of
// their own, wide in English and narrow in Arabic, and every page on the way is checked.
func TestAConceptNoteFromTheFirstQuestionToThePipeline(t *testing.T) {
	t.Parallel()
	for lang, width := range map[i18n.Lang]int64{i18n.English: wide, i18n.Arabic: narrow} {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			w := newNoteWay(t, lang, width)
			w.begin()
			w.write()
			w.sign()
			w.send()
			w.review()
			w.endorse()
			w.release()
			w.inThePipeline()
		})
	}
}

// noteWay is a concept note on its way.
type noteWay struct {
	*portal
	t     *testing.T
	lang  i18n.Lang
	width int64
	// filer is the Resident Coordinator of the first country, second that of the other; agency heads the office of the organization
	// that takes part. officer and lead are of the fund desk.
	filer, second, agency, officer, lead identity.User
	reviewers                            []identity.User
	meeting                              int64
	id                                   string // of the note
}

const (
	titleOfNote = "Skills that cross the border / مهارات عبر الحدود"
	signsByLink = "women@signer.example"
)

func newNoteWay(t *testing.T, lang i18n.Lang, width int64) *noteWay {
	w := &noteWay{portal: newPortal(t, false), t: t, lang: lang, width: width}
	agency := func(name, country string) identity.User {
		office := webtest.NewOffice(t, w.db, name, country)
		w.change(`UPDATE offices SET category = 'un_entity' WHERE id = $1`, office)
		return webtest.NewUser(t, w.db, "Head of "+name, map[int64]identity.PostRole{office: identity.Head})
	}
	w.filer, w.second, w.agency = agency("Office of the Coordinator in Kenya", "KE"), agency("Office of the Coordinator in Uganda", "UG"), agency("Labour Agency", "KE")
	for country, who := range map[string]identity.User{"KE": w.filer, "UG": w.second} {
		w.change(`WITH rc AS (INSERT INTO rc_offices (name, office_id) VALUES ('Coordinator in ' || $2, $1) RETURNING id)
			INSERT INTO rc_office_countries (rc_office_id, country) SELECT id, $2 FROM rc`, who.Posts[0].OfficeID, country)
	}
	w.officer = webtest.NewUser(t, w.db, "Officer of the fund", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.FundDesk})
	w.lead = webtest.NewUser(t, w.db, "Lead of the fund", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.FundDesk})
	for n := range 2 {
		who := webtest.NewUser(t, w.db, fmt.Sprint("Reviewer ", n+1), nil, identity.StaffRole{Role: identity.Reviewer})
		w.change(`UPDATE users SET country = '' WHERE id = $1`, who.ID)
		w.change(`INSERT INTO reviewers (user_id, side, objectives, languages, created_at, changed_at) VALUES ($1, 'external', '{18}', '{en}', now(), now())`, who.ID)
		w.reviewers = append(w.reviewers, who)
	}
	w.meeting = value[int64](t, w.db, `INSERT INTO fund_meetings (at, zone, changed_at) VALUES (now() + interval '90 days', 'Europe/Zurich', now()) RETURNING id`)
	return w
}

func (w *noteWay) change(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.db.Pool.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

// in is the path in the language of the journey.
func (w *noteWay) in(path string) string { return "/" + string(w.lang) + path }

// at opens a window of the person's on a page, which is checked.
func (w *noteWay) at(who identity.User, path string) *tab {
	w.t.Helper()
	b := w.enter(w.t, who, w.width)
	b.want(b.visit(w.in(path)), http.StatusOK)
	b.axe()
	return b
}

// press sends the form and checks the page that follows.
func (w *noteWay) press(b *tab, selector string) {
	w.t.Helper()
	b.want(b.press(selector), http.StatusOK)
	b.axe()
}

// begin answers the questions before the note and begins it.
func (w *noteWay) begin() {
	b := w.at(w.filer, conceptnote.StartPath)
	const on = "main form .btn"
	for _, question := range []string{"joint", "government"} {
		b.choose("[name=" + question + "][value=yes]")
		w.press(b, on)
	}
	b.want(b.visit(w.in(conceptnote.StartPath+"?joint=yes&government=yes&country=KE&country=UG&asked=country")), http.StatusOK)
	b.choose("[name=way][value=coordinator]")
	w.press(b, on)
	b.fill("[name=months]", "24")
	w.press(b, on)
	b.want(b.press("form#begin .btn"), http.StatusOK)
	w.id = strings.TrimPrefix(b.path(), w.in("/submissions/"))
	b.axe()
}

// write answers the form; the budget is typed in the window, as the language writes amounts.
func (w *noteWay) write() {
	answers := form.Answers{
		"language": {string(w.lang)}, "title": {titleOfNote}, "purpose": {"Workers use what they learned. / يستخدم العمال ما تعلموه."}, "months": {"24"},
		"scope": {"cross_border"}, "countries": {"KE", "UG"}, "way": {"coordinator"}, "objectives": {"18"}, "areas": {"ta-4"}, "targets": {"8.8"},
		"organizations.0.name": {"Labour Agency"}, "organizations.0.role": {"convening"}, "organizations.1.name": {"Women Agency"}, "organizations.1.role": {"participating"},
		"governments.0.name": {"Ministry of Labour"}, "governments.0.level": {"national"}, "governments.0.country": {"KE"},
		"governments.1.name": {"A district"}, "governments.1.level": {"local"}, "governments.1.country": {"UG"},
		"participation": {"Yes"}, "context": {"Yes"}, "partnerships": {"Yes"}, "results": {"Yes"}, "theory": {"Yes"}, "sustainability": {"Yes"},
		"risks.0.risk": {"Delay"}, "risks.0.mitigation": {"Time"}, "rights": {"A"}, "rights_why": {"Yes"}, "gender": {"2"}, "gender_why": {"Yes"}, "child": {"1"}, "child_why": {"Yes"},
		"contacts.0.name": {"Amina"}, "contacts.0.position": {"Adviser"}, "contacts.0.organization": {"Labour Agency"}, "contacts.0.email": {"amina@example.org"},
	}
	for n := range conceptnote.Principles {
		answers[fmt.Sprint("principle_", n+1)] = []string{"Yes"}
	}
	files := w.client(w.t, w.filer)
	for _, step := range conceptnote.NewForm(nil, nil).Steps {
		if step.ID == "budget" || step.ID == "attachments" {
			continue
		}
		only := map[string][]string{}
		for _, f := range step.Fields {
			maps.Copy(only, answers.Of(f))
		}
		f := files.Get("/en" + stepsOf(w.id) + step.ID).Want(http.StatusOK).Form("form.step")
		for name, values := range only {
			f.Forge(name, values...)
		}
		f.Press("do=continue").Want(http.StatusSeeOther)
	}
	b := w.at(w.filer, stepsOf(w.id)+"budget")
	b.fill(`[name="budget.0.staff"]`, map[i18n.Lang]string{i18n.English: "1 000 000,50", i18n.Arabic: "١٬٠٠٠٬٠٠٠٫٥٠"}[w.lang])
	b.fill(`[name="budget.1.travel"]`, "12500")
	b.want(b.press("button[value=continue]"), http.StatusOK)
	b.want(b.visit(w.in("/submissions/"+w.id+"/check")), http.StatusOK)
	b.reads("1,083,375.54")
	if b.has("[name=declaration]") {
		w.t.Error("a note that nobody has signed can be sent")
	}
	b.axe()
}

// signature is the page of a party's signature.
func (w *noteWay) signature(name string) string {
	w.t.Helper()
	return fmt.Sprintf("%s/%d", w.page(), value[int64](w.t, w.db, `SELECT id FROM note_signatures WHERE submission_id = $1::bigint AND name = $2`, w.id, name))
}

func (w *noteWay) page() string { return signoff.Path(number(w.t, w.id)) }

// sign asks for the signatures and has them given, station by station.
func (w *noteWay) sign() {
	b := w.at(w.filer, w.page()+"/ask")
	for n := range 8 {
		key := b.value(fmt.Sprintf(`[name="contact.%d.key"]`, n))
		if strings.HasPrefix(key, "organizations:women") {
			b.fill(fmt.Sprintf(`[name="contact.%d.name"]`, n), "Okello")
			b.fill(fmt.Sprintf(`[name="contact.%d.email"]`, n), signsByLink)
		}
	}
	w.press(b, "main form .btn")

	early := w.enter(w.t, w.second, w.width)
	early.want(early.visit(w.in(w.signature("Coordinator in UG"))), http.StatusOK)
	if early.has("[name=answer]") {
		w.t.Error("a Resident Coordinator signs before the organizations")
	}
	head := w.at(w.agency, w.signature("Labour Agency"))
	head.choose("[name=answer][value=sign]")
	w.press(head, "main form .btn")

	c := &correspondence{portal: w.portal, t: w.t, lang: w.lang}
	phone := open(w.t, w.url, w.width)
	phone.want(phone.visit(c.signerLink(signsByLink, 0)), http.StatusOK)
	phone.axe()
	phone.choose("[name=answer][value=sign]")
	phone.fill("[name=name]", "Okello")
	phone.fill("[name=position]", "Director")
	phone.want(phone.press("main form .btn"), http.StatusGone) // the link has been used
	phone.axe()

	letter := filepath.Join(w.t.TempDir(), "letter.pdf")
	if err := os.WriteFile(letter, []byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"), 0o600); err != nil {
		w.t.Fatal(err)
	}
	today := date.Today(time.Now(), i18n.Geneva)
	b.want(b.visit(w.in(w.signature("Ministry of Labour")+"/letter")), http.StatusOK)
	b.axe()
	b.fill(`[name="on.day"]`, fmt.Sprint(today.Day()))
	b.fill(`[name="on.month"]`, fmt.Sprint(int(today.Month())))
	b.fill(`[name="on.year"]`, fmt.Sprint(today.Year()))
	b.fill("[name=name]", "Dr Wanjiru")
	b.fill("[name=position]", "Principal Secretary")
	b.attach("[type=file]", letter)
	w.press(b, "main form.step .btn")

	for name, who := range map[string]identity.User{"Coordinator in UG": w.second, "Coordinator in KE": w.filer} {
		rc := w.at(who, w.signature(name))
		rc.choose("[name=answer][value=sign]")
		w.press(rc, "main form .btn")
	}
}

// send sends the note in; it is told for which meeting before and after.
func (w *noteWay) send() {
	b := w.at(w.filer, "/submissions/"+w.id+"/check")
	year := fmt.Sprint(value[time.Time](w.t, w.db, `SELECT at FROM fund_meetings WHERE id = $1`, w.meeting).Year())
	b.reads(year)
	b.choose("[name=declaration]")
	w.press(b, "form.panel--lead .btn")
	b.reads(year)
}

// review has the note found complete, and reviewed by two.
func (w *noteWay) review() {
	desk := w.client(w.t, w.officer)
	take(w.t, desk, w.id)
	w.press(w.at(w.officer, "/desk/submissions/"+w.id), "form[action$='/complete'] .btn")
	rounds := "/desk/submissions/" + w.id + "/reviews"
	f := desk.Get("/en" + rounds).Want(http.StatusOK).Form("form.panel--lead")
	f.Set("reviewer", fmt.Sprint(w.reviewers[0].ID), fmt.Sprint(w.reviewers[1].ID)).Submit().Want(http.StatusSeeOther)
	for n, who := range w.reviewers {
		b := w.at(who, peer.Path(value[int64](w.t, w.db, `SELECT id FROM review_assignments WHERE reviewer_id = $1`, who.ID)))
		b.saysNot("Ministry of Labour")
		b.choose("[name=conflict][value=no]", "[name=accept][value=yes]")
		w.press(b, "main form.stack .btn")
		b.reads("Ministry of Labour")
		b.saysNot("amina@example.org")
		for i := range 5 {
			b.choose(fmt.Sprintf("[name=score%d][value='%d']", i+1, 4+n))
		}
		b.fill("[name=to_submitter]", "Clear. / واضح.")
		b.choose("[name=recommendation][value=accept]")
		w.press(b, "form.step .btn[value=submit]")
	}
	w.at(w.officer, rounds)
}

// endorse puts the note on the shortlist and records what the Steering Committee decided.
func (w *noteWay) endorse() {
	list := committee.ShortlistPath(w.meeting)
	b := w.at(w.officer, list+"/notes")
	w.press(b, "main table form .btn")
	b.reads(titleOfNote)
	w.change(`UPDATE fund_meetings SET at = now() - interval '1 hour' WHERE id = $1`, w.meeting)
	lead := w.at(w.lead, list+"/session")
	lead.fill("[name=present]", "9")
	lead.fill("[name=minutes]", "Nine were there. / حضر تسعة.")
	w.press(lead, "main form .btn:not(.btn--2)")
	lead.want(lead.visit(w.in(list+"/"+value[string](w.t, w.db, `SELECT id::text FROM committee_entries`))), http.StatusOK)
	lead.axe()
	lead.choose("[name=outcome][value=endorse]")
	w.press(lead, "form.panel--lead .btn")
	b.want(b.visit(w.in("/fund/pipeline")), http.StatusOK)
	b.saysNot(titleOfNote)
}

// release lets the decision leave, with its letter.
func (w *noteWay) release() {
	b := w.at(w.lead, "/desk/release?desk=fund")
	w.press(b, "form[aria-labelledby=ready] .btn:not(.btn--2)")
	w.press(b, "button[value=confirmed]")
	w.change(`UPDATE releases SET goes_at = now()`)
	eventually(w.t, "the note is approved", func() bool {
		return value[string](w.t, w.db, `SELECT state FROM submissions WHERE id = $1::bigint`, w.id) == "accepted"
	})
	eventually(w.t, "a letter to who filed the note", func() bool {
		return value[int](w.t, w.db, `SELECT count(*)::int FROM outbox WHERE kind = 'review.approve' AND to_user = $1 AND state = 'sent'`, w.filer.ID) == 1
	})
	w.at(w.filer, "/submissions/"+w.id)
}

// inThePipeline reads the programme as the public does.
func (w *noteWay) inThePipeline() {
	b := open(w.t, w.url, w.width)
	b.want(b.visit(w.in("/fund/pipeline")), http.StatusOK)
	b.reads(titleOfNote)
	b.axe()
	w.press(b, "main a[href*='/fund/programmes/']")
	b.reads(titleOfNote, "1,083,375.54", "Ministry of Labour", "Women Agency")
	b.saysNot("amina@example.org", signsByLink, "Okello")
}
