package journey

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"portal/internal/app"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
)

const password = "four words nobody says"

// story is the whole way of one pledge: a newcomer registers with an office that nobody knows yet, writes over several
// sittings and sends; the desk asks for a change and approves; a lead approves the office, which publishes the pledge;
// a visitor finds it.
type story struct {
	p *portal
	// lang is the language of the owner's pages and of the pledge.
	lang    i18n.Lang
	scripts bool
	// addStaff gives somebody a role and returns the one-time link.
	addStaff func(t *testing.T, email, name string, role identity.Role) string

	t           *testing.T
	owner       *tab
	email       string
	title, text string
	id          string // of the submission
	publicID    string
}

func TestAPledgeFromRegistrationToItsPublicPage(t *testing.T) {
	t.Parallel()
	t.Run("in English, with scripts", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, false)
		s := story{p: p, lang: i18n.English, scripts: true, addStaff: p.addStaff}
		s.tell(t)
	})
	t.Run("in Arabic, with scripts", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, false)
		s := story{p: p, lang: i18n.Arabic, scripts: true, addStaff: p.addStaff}
		s.tell(t)
	})
	t.Run("in English, without scripts, on two replicas", func(t *testing.T) {
		t.Parallel()
		r := newReplicas(t, 2)
		s := story{p: r.portal, lang: i18n.English, addStaff: r.addStaff}
		s.tell(t)
		r.mailsWentOnce(t)
	})
}

// addStaff gives somebody on the pledges desk a role.
func (p *portal) addStaff(t *testing.T, email, name string, role identity.Role) string {
	t.Helper()
	link, err := p.app.AddStaff(t.Context(), app.NewStaff{Email: email, Name: name, Role: role, Desk: identity.PledgesDesk})
	if err != nil {
		t.Fatal(err)
	}
	return link
}

func (s *story) tell(t *testing.T) {
	s.t = t
	s.email = "amina.wanjiru@migration.example"
	s.title, s.text = wordings[s.lang].title, wordings[s.lang].description
	officer := s.staff("noor@secretariat.example", "Noor Haddad", identity.Officer)
	s.register()
	s.start()
	s.writeOverSeveralSittings()
	s.send()
	s.askForChanges(officer)
	s.change()
	s.approve(officer)
	s.approveOffice(s.staff("luis@secretariat.example", "Luis Paredes", identity.Lead))
	s.find()
}

// window opens a window for somebody, with or without scripts.
func (s *story) window() *tab {
	s.t.Helper()
	b := open(s.t, s.p.url, wide)
	if !s.scripts {
		b.withoutScripts()
	}
	return b
}

// staff sets up the account of somebody at the secretariat through the one-time link.
func (s *story) staff(email, name string, role identity.Role) *tab {
	s.t.Helper()
	link := s.addStaff(s.t, email, name, role)
	b := s.window()
	b.want(b.visit(strings.TrimPrefix(link, s.p.url)), http.StatusOK)
	b.fill("#password", password)
	b.want(b.press("main form .btn"), http.StatusOK)
	b.want(b.visit("/en/desk"), http.StatusOK) // leads to the set-up of the second factor
	code, err := totp.GenerateCode(strings.ReplaceAll(b.text("main code"), " ", ""), time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	b.fill("#code", code)
	b.want(b.press("main form .btn"), http.StatusOK)
	b.want(b.visit("/en/desk"), http.StatusOK)
	if b.path() != "/en/desk" {
		s.t.Fatalf("the desk leads to %s", b.path())
	}
	return b
}

// at is a page in the owner's language.
func (s *story) at(path string) string { return "/" + string(s.lang) + path }

// says is a text in the owner's language.
func (s *story) says(key string, args ...any) string { return says(s.lang, key, args...) }

// look checks a page of the story where scripts may run, in both widths.
func (s *story) look(b *tab) {
	s.t.Helper()
	if s.scripts {
		b.axeAtBothWidths()
	}
}

func (s *story) register() {
	s.t.Helper()
	s.owner = s.window()
	b := s.owner
	b.want(b.visit(s.at("/pledges/new")), http.StatusOK)
	b.want(b.follow(s.says("pledge.start.visitor.register")), http.StatusOK)
	b.fill("#name", "Amina Wanjiru Káriũki")
	b.fill("#email", s.email)
	b.fill("#position", "Focal point / جهة الاتصال")
	b.pick("#country", "KE")
	b.choose("[name=lang][value=" + string(s.lang) + "]")
	b.fill("#q", "State Department for Diaspora Affairs")
	b.want(b.press("button[name=do][value=find]"), http.StatusOK)
	b.reads(s.says("account.office.new.label"))
	b.choose("[name=office][value=new]")
	if got := b.value("#office_name"); got != "State Department for Diaspora Affairs" {
		s.t.Errorf("the words of the search are not the name of the new office, but %q", got)
	}
	b.pick("#office_category", "member_state")
	b.pick("#office_country", "KE")
	b.want(b.press(".formfoot .btn"), http.StatusUnprocessableEntity) // the terms are not accepted yet
	b.reads(s.says("account.terms.missing"))
	b.choose("[name=terms]")
	b.comes("performance.now() > 2100") // faster than that are only programs
	b.want(b.press(".formfoot .btn"), http.StatusOK)
	b.reads(s.says("account.registered.title"), s.email)

	m := letter(s.t, s.p.sink, s.email, s.says("account.mail.confirm.subject"), 0)
	b.want(b.visit(linkIn(s.t, m)), http.StatusOK)
	b.reads(s.email, "State Department for Diaspora Affairs")
	b.fill("#password", "amina.wanjiru")
	b.want(b.press("main form .btn"), http.StatusUnprocessableEntity)
	b.fill("#password", password)
	b.want(b.press("main form .btn"), http.StatusOK)
	b.reads(s.says("account.confirmed.head"))
	b.visit(linkIn(s.t, m))
	b.reads(s.says("account.dead.confirmed.title"))
}

func (s *story) start() {
	s.t.Helper()
	b := s.owner
	b.visit(s.at("/pledges/new"))
	b.reads("State Department for Diaspora Affairs", s.says("pledge.start.office.waiting"))
	b.want(b.press("#begin .btn"), http.StatusOK)
	s.id = strings.TrimPrefix(b.path(), s.at("/submissions/"))
	b.reads(s.says("submission.section.not_ready"), s.says("submission.office.waits"))
	s.look(b)
}

// step opens a step of the form.
func (s *story) step(name string) {
	s.t.Helper()
	s.owner.want(s.owner.visit(s.at("/submissions/"+s.id+"/steps/"+name)), http.StatusOK)
}

// goOn saves the step and goes to the next.
func (s *story) goOn(next string) {
	s.t.Helper()
	b := s.owner
	b.want(b.press(".formfoot button[value=continue]"), http.StatusOK)
	if want := s.at("/submissions/" + s.id + "/" + next); b.path() != want {
		s.t.Fatalf("after saving one is at %s, not at %s:\n%s", b.path(), want, b.gist())
	}
}

// later saves the step and leaves.
func (s *story) later() {
	s.t.Helper()
	b := s.owner
	b.want(b.press(".formfoot button[value=later]"), http.StatusOK)
	saved, _, _ := strings.Cut(s.says("submission.flash.saved", "|"), "|")
	b.reads(saved)
}

// leaveAndComeBack signs out, signs in again with the password, and finds the draft in the list.
func (s *story) leaveAndComeBack() {
	s.t.Helper()
	b := s.owner
	b.want(b.press(".topbar__out button"), http.StatusOK)
	b.reads(s.says("account.signed_out"))
	b.visit(s.at("/drafts"))
	if !strings.HasPrefix(b.path(), s.at("/sign-in")) {
		s.t.Fatalf("somebody who has signed out is at %s", b.path())
	}
	b.fill("#email", strings.ToUpper(s.email))
	b.fill("#password", password)
	b.want(b.press("main form .btn"), http.StatusOK)
	if b.path() != s.at("/drafts") {
		s.t.Fatalf("after signing in one is at %s", b.path())
	}
	b.want(b.press(`a[href$="/submissions/`+s.id+`"]`), http.StatusOK)
}

func (s *story) writeOverSeveralSittings() {
	s.t.Helper()
	b := s.owner

	// The first sitting: who, and half of the contacts.
	s.step("who")
	b.choose("[name=on_behalf][value=own]")
	b.pick("#category", "member_state")
	s.goOn("steps/contacts")
	b.reads(s.says("ui.form.private"))
	b.fill("#contact_name", "Amina Wanjiru Káriũki")
	b.fill("#contact_position", "Focal point")
	b.fill("#contact_email", "amina at migration")
	s.later()
	s.leaveAndComeBack()

	// The second: what was typed is there, the wrong address too, and is now put right.
	s.step("contacts")
	if got := b.value("#contact_email"); got != "amina at migration" {
		s.t.Errorf("the wrong address that was typed is now %q", got)
	}
	b.want(b.press(".formfoot button[value=continue]"), http.StatusUnprocessableEntity)
	b.reads(s.says("form.email", s.says("pledge.field.contact_email.label")))
	s.look(b)
	b.fill("#contact_email", "private.focal@migration.example")
	s.goOn("steps/place")
	b.choose("[name=scope][value=countries]", "[name=countries][value=KE]", "[name=countries][value=CI]")
	b.fill("#locality", "Kisumu, Côte d’Ivoire – المكتب")
	s.goOn("steps/what")
	b.pick("#language", string(s.lang))
	b.fill("#title", s.title)
	b.choose("[name=type][value=individual]")
	s.goOn("steps/nature")
	b.choose("[name=natures][value=process_oriented]", "[name=natures][value=financial_contribution]")
	b.fill("#amount", "١٢٠٠٠٠٠") // as people type numbers in Arabic
	b.pick("#currency", "USD")
	for name, value := range map[string]string{"period_from.day": "1", "period_from.month": "2", "period_from.year": "2027", "period_until.day": "28", "period_until.month": "02", "period_until.year": "2028"} {
		b.fill(`[id="`+name+`"]`, value)
	}
	s.goOn("steps/objectives")
	b.choose("[name=objectives][value='6']", "[name=related][value='18']", "[name=principles][value='3']")
	s.goOn("steps/text")
	b.fill("#description", "Too short 👨‍👩‍👧‍👦")
	b.want(b.press(".formfoot button[value=continue]"), http.StatusUnprocessableEntity)
	b.reads(s.says("form.too_short", s.says("pledge.field.description.label"), 300, 11), s.says("ui.count.under", 11, 3000, 300))
	b.fill("#description", s.text)
	b.fill("#barriers", "Staff turnover.")
	s.later()
	s.leaveAndComeBack()

	// The third: the rest. The text is as it was typed, and counted as a person counts.
	s.step("text")
	if got := b.value("#description"); got != s.text {
		s.t.Errorf("the text came back as %q, not as %q", got, s.text)
	}
	b.comes(`document.querySelector("#description-count").textContent === ` + quoted(s.says("ui.count.used", form.Length(s.text), 3000)))
	s.look(b)
	s.goOn("steps/measures")
	s.writeMeasures()
	s.writeVersions()
	s.attachFiles()
}

func (s *story) writeMeasures() {
	s.t.Helper()
	b := s.owner
	day, month, year := days(400)
	row := func(n, what, target string) {
		b.fill(`[id="indicators.`+n+`.what"]`, what)
		b.fill(`[id="indicators.`+n+`.target"]`, target)
		b.fill(`[id="indicators.`+n+`.due.day"]`, day)
		b.fill(`[id="indicators.`+n+`.due.month"]`, month)
		b.fill(`[id="indicators.`+n+`.due.year"]`, year)
	}
	row("0", "Agencies in the register / الوكالات", "120 %")
	b.want(b.press(`button[value="add:indicators"]`), http.StatusOK)
	row("1", "Нарушения, о которых сообщили", "0")
	s.goOn("steps/versions")
}

// versionsOf are the languages in which the pledge is told beside its own.
func (s *story) versionsOf() []i18n.Lang {
	var all []i18n.Lang
	for _, l := range []i18n.Lang{i18n.English, i18n.Arabic, i18n.French, i18n.Russian, i18n.Chinese} {
		if l != s.lang {
			all = append(all, l)
		}
	}
	return all
}

func (s *story) writeVersions() {
	s.t.Helper()
	b := s.owner
	for n, l := range s.versionsOf() {
		at := func(name string) string { return `[id="versions.` + string(rune('0'+n)) + "." + name + `"]` }
		if !b.has(at("title")) {
			b.want(b.press(`button[value="add:versions"]`), http.StatusOK)
		}
		b.pick(at("language"), string(l))
		b.fill(at("title"), wordings[l].title)
		b.fill(at("description"), wordings[l].description)
	}
	s.goOn("steps/files")
}

const attached = "Décret n° 12 – مرسوم – 法令.pdf"

func (s *story) attachFiles() {
	s.t.Helper()
	b := s.owner
	b.attach("#files", document(s.t, attached), document(s.t, "notes.txt"))
	b.want(b.press(".formfoot button[value=continue]"), http.StatusOK)
	if want := s.at("/submissions/" + s.id + "/check"); b.path() != want {
		s.t.Fatalf("after the last step one is at %s, not at %s:\n%s", b.path(), want, b.gist())
	}
}

func (s *story) send() {
	s.t.Helper()
	b := s.owner
	b.reads(s.says("submission.check.lede"), s.title, "private.focal@migration.example", attached, "notes.txt", "Нарушения, о которых сообщили")
	for _, l := range append(s.versionsOf(), s.lang) {
		for line := range strings.SplitSeq(wordings[l].description, "\n\n") {
			if !strings.HasPrefix(line, "- ") { // a list loses its dashes on the way to the page
				b.reads(line)
			}
		}
	}
	s.look(b)
	b.want(b.press(".panel--lead .btn"), http.StatusUnprocessableEntity)
	b.reads(s.says("pledge.declaration.missing"))
	b.choose("[name=declaration]")
	b.want(b.press(".panel--lead .btn"), http.StatusOK)
	b.reads(s.says("submission.done.title"), s.says("submission.office.waits"))
	s.look(b)
	m := letter(s.t, s.p.sink, s.email, s.says("submission.mail.receipt.subject", s.title), 0)
	if !strings.Contains(m.Text, s.p.url+s.at("/submissions/"+s.id)) {
		s.t.Errorf("the receipt has no link to the submission:\n%s", m.Text)
	}
	b.follow(s.says("submission.done.follow"))
	b.saysNot("noor@secretariat.example", "Noor Haddad")
}

// decide makes a decision at the desk, confirms the letter and returns to the case.
func (s *story) decide(desk *tab, action string, letterSays ...string) {
	s.t.Helper()
	desk.choose("[name=action][value=" + action + "]")
	desk.want(desk.press("#decision .btn"), http.StatusOK)
	desk.reads(says(i18n.English, "review.confirm.lede"), "Amina Wanjiru Káriũki")
	desk.reads(letterSays...)
	s.look(desk)
	desk.want(desk.press("button[value=confirmed]"), http.StatusOK)
	desk.reads(says(i18n.English, "review.flash.decided", i18n.Key("workflow.event."+action)))
}

func (s *story) askForChanges(desk *tab) {
	s.t.Helper()
	letter(s.t, s.p.sink, "noor@secretariat.example", says(i18n.English, "submission.mail.desk.new.subject", s.title), 0)
	desk.want(desk.visit("/en/desk"), http.StatusOK)
	desk.reads(s.title, "State Department for Diaspora Affairs")
	desk.want(desk.press(`a[href$="/desk/submissions/`+s.id+`"]`), http.StatusOK)
	desk.reads(s.title, attached, "private.focal@migration.example", says(i18n.English, "review.decision.take.first"), says(i18n.English, "review.case.office.waiting"))
	desk.want(desk.press("button[name=to][value=me]"), http.StatusOK)
	desk.reads(says(i18n.English, "review.flash.taken"))
	desk.fill(`[id="change.barriers"]`, "Name the barriers that the law puts up. / اذكروا العوائق القانونية.")
	desk.fill(`[id="change.indicators"]`, "Where does the baseline come from?")
	desk.fill("#note", "Thank you. Two things would make it easier to follow 🙏")
	s.look(desk)
	s.decide(desk, "request_changes", "Two things would make it easier to follow 🙏", "Name the barriers that the law puts up.", s.says("review.letter.request_changes.list"))
}

func (s *story) change() {
	s.t.Helper()
	b := s.owner
	m := letter(s.t, s.p.sink, s.email, s.says("review.letter.request_changes.subject", s.title), 0)
	for _, want := range []string{"Two things would make it easier to follow 🙏", "Where does the baseline come from?", s.says("pledge.field.barriers.label"), s.p.url + s.at("/submissions/"+s.id)} {
		if !strings.Contains(m.Text, want) {
			s.t.Errorf("the letter does not say %q:\n%s", want, m.Text)
		}
	}
	b.want(b.visit(s.at("/submissions/"+s.id)), http.StatusOK)
	b.reads(s.says("submission.asked.title"), "Where does the baseline come from?")
	s.look(b)
	b.want(b.follow(s.says("pledge.field.barriers.label")), http.StatusOK)
	b.reads(s.says("ui.form.asked"), "اذكروا العوائق القانونية.")
	if !strings.Contains(b.path(), "/steps/text") {
		s.t.Errorf("the request leads to %s", b.path())
	}
	b.fill("#barriers", "The Labour Act of 2007 knows no joint liability.\n\nConstruction is not covered at all. 🏗️")
	s.look(b)
	s.later()
	b.reads(s.says("submission.asked.changed"))
	s.step("measures")
	b.reads("Where does the baseline come from?")
	b.fill(`[id="indicators.0.baseline"]`, "84 (register of 2026)")
	s.later()
	b.visit(s.at("/submissions/" + s.id + "/check"))
	b.choose("[name=declaration]")
	b.want(b.press(".panel--lead .btn"), http.StatusOK)
	b.reads(s.says("submission.done.title"))
}

func (s *story) approve(desk *tab) {
	s.t.Helper()
	letter(s.t, s.p.sink, "noor@secretariat.example", says(i18n.English, "submission.mail.desk.again.subject", s.title), 0)
	desk.want(desk.visit("/en/desk/submissions/"+s.id), http.StatusOK)
	desk.want(desk.follow(says(i18n.English, "review.case.tab.changes", 1)), http.StatusOK)
	if got := desk.text("ins"); got == "" {
		s.t.Errorf("the changes show nothing that was added:\n%s", desk.gist())
	}
	desk.reads("The Labour Act of 2007", "84 (register of 2026)", says(i18n.English, "review.changes.count", 2))
	desk.saysNot(wordings[i18n.Chinese].title)
	s.look(desk)
	desk.follow(says(i18n.English, "review.case.tab.submission"))
	if desk.text(`[name="to"][value="me"]`) != "" { // whoever sent it in again may find it without a reviewer
		desk.want(desk.press("button[name=to][value=me]"), http.StatusOK)
	}
	if desk.has("[name=action][value=publish]") {
		s.t.Error("the desk is offered to publish although the office is not approved")
	}
	s.decide(desk, "approve", s.says("review.letter.approve.subject", s.title))
	letter(s.t, s.p.sink, s.email, s.says("review.letter.approve.subject", s.title), 0)
	s.owner.visit(s.at("/submissions/" + s.id))
	s.owner.reads(s.says("submission.next.approved"))
	if n := value[int](s.t, s.p.db, `SELECT count(*) FROM pledges`); n != 0 {
		s.t.Errorf("%d pledges are public before their office is approved", n)
	}
}

func (s *story) approveOffice(lead *tab) {
	s.t.Helper()
	lead.want(lead.visit("/en/desk/offices"), http.StatusOK)
	lead.want(lead.follow("State Department for Diaspora Affairs"), http.StatusOK)
	s.look(lead)
	lead.choose("[name=decision][value=approve]")
	lead.want(lead.press("main form .btn"), http.StatusOK)
	s.look(lead)
	lead.want(lead.press("main form .btn"), http.StatusOK)
	lead.reads(says(i18n.English, "account.desk.flash.approved"))

	m := letter(s.t, s.p.sink, s.email, s.says("review.letter.publish.subject", s.title), 0)
	s.publicID = value[string](s.t, s.p.db, `SELECT public_id FROM submissions WHERE id = $1`, s.id)
	if !strings.Contains(m.Text, s.p.url+s.at("/pledges/"+s.publicID)) {
		s.t.Errorf("the letter has no link to the public page:\n%s", m.Text)
	}
}

// find is what a visitor does: searches, filters, reads, changes the language and takes the data along.
func (s *story) find() {
	s.t.Helper()
	b := s.window()
	b.want(b.visit("/en/pledges"), http.StatusOK)
	b.fill("#q", wordings[s.lang].word)
	b.want(b.press("[role=search] button"), http.StatusOK)
	b.reads(says(i18n.English, "pledge.list.count", 1))
	for _, l := range s.versionsOf() {
		b.want(b.visit("/en/pledges?q="+url.QueryEscape(wordings[l].word)), http.StatusOK)
		if n := len(b.texts(".results > *, .result")); n == 0 {
			s.t.Errorf("searching for %q finds nothing", wordings[l].word)
		}
	}
	b.visit("/en/pledges?q=" + url.QueryEscape("private.focal"))
	b.reads(says(i18n.English, "pledge.list.none.title"))
	b.visit("/en/pledges?objective=7")
	b.reads(says(i18n.English, "pledge.list.none.title"))
	b.visit("/en/pledges?objective=6&country=KE&nature=financial_contribution")
	b.reads(says(i18n.English, "pledge.list.count", 1))
	s.look(b)
	filtered := b.path()
	b.want(b.press(`a[href$="/pledges/`+s.publicID+`"]`), http.StatusOK)
	s.look(b)
	page := func(l i18n.Lang) {
		s.t.Helper()
		if want := "/" + string(l) + "/pledges/" + s.publicID; b.path() != want {
			s.t.Fatalf("one is at %s, not at %s", b.path(), want)
		}
		if got := b.text("h1"); got != wordings[l].title {
			s.t.Errorf("in %s the pledge is called %q, not %q", l, got, wordings[l].title)
		}
		b.reads("State Department for Diaspora Affairs", "Construction is not covered at all. 🏗️", attached)
		b.saysNot("private.focal@migration.example", s.email, "Amina", "Noor")
	}
	page(i18n.English)
	b.want(b.press(".langs a[lang=ar]"), http.StatusOK)
	page(i18n.Arabic)
	b.want(b.press(".langs a[lang=en]"), http.StatusOK)
	page(i18n.English)
	b.want(b.visit("/en/"), http.StatusOK)
	b.reads(wordings[i18n.English].title)
	s.takeAlong(filtered)
}

// takeAlong downloads the filtered list in every form, and the document.
func (s *story) takeAlong(list string) {
	s.t.Helper()
	list, query, _ := strings.Cut(list, "?")
	get := func(path string) []byte {
		s.t.Helper()
		status, body, _ := fetch(s.t, s.p.url+path)
		if status != http.StatusOK {
			s.t.Fatalf("%s: status %d: %s", path, status, body)
		}
		if strings.Contains(string(body), "private.focal") || strings.Contains(string(body), s.email) {
			s.t.Errorf("%s gives away a private address", path)
		}
		return body
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(get(list+".csv?"+query)), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2 || !slices.Contains(rows[1], s.title) || !slices.Contains(rows[1], s.publicID) {
		s.t.Errorf("the table is %q (%v)", rows, err)
	}
	var data any
	if body := get(list + ".json?" + query); json.Unmarshal(body, &data) != nil || !strings.Contains(string(body), s.publicID) || !strings.Contains(string(body), "招聘") {
		s.t.Errorf("the data are %s", body)
	}
	var feed struct {
		Entries []struct {
			Title string `xml:"title"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(get(list+".atom?"+query), &feed); err != nil || len(feed.Entries) != 1 || feed.Entries[0].Title != s.title {
		s.t.Errorf("the feed is %+v (%v)", feed, err)
	}
	if body := get(list + ".xlsx?" + query); string(body[:2]) != "PK" {
		s.t.Error("the spreadsheet is none")
	}
	for _, name := range []string{attached, "notes.txt"} {
		id := value[string](s.t, s.p.db, `SELECT id::text FROM attachments WHERE name = $1`, name)
		want := document(s.t, filepath.Base(name))
		status, body, header := fetch(s.t, s.p.url+"/files/"+id)
		if status != http.StatusOK || string(body) != read(s.t, want) || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment") {
			s.t.Errorf("the document %s: status %d, %d bytes, %s", name, status, len(body), header.Get("Content-Disposition"))
		}
	}
}

// fetch asks for an address as a program does.
func fetch(t *testing.T, address string) (int, []byte, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return send(t, r)
}

func send(t *testing.T, r *http.Request) (int, []byte, http.Header) {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, body, answer.Header
}

// read returns what is in a file.
func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
