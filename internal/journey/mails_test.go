package journey

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/webtest"
	"portal/web/locales"
)

// subjectKeys are the keys of the subjects of all mails, and what the kind of mail is made of.
var subjectKeys = []struct {
	pattern *regexp.Regexp
	kind    string
}{
	{regexp.MustCompile(`^account\.mail\.([a-z_.]+)\.subject$`), "account."},
	{regexp.MustCompile(`^review\.letter\.([a-z_]+)\.subject$`), "review."},
	{regexp.MustCompile(`^pledge\.mail\.([a-z_]+)\.subject$`), "pledge."},
	{regexp.MustCompile(`^signoff\.mail\.([a-z_]+)\.subject$`), "signoff."},
	{regexp.MustCompile(`^request\.mail\.([a-z_]+)\.subject$`), "request."},
	{regexp.MustCompile(`^contact\.mail\.([a-z_]+)\.subject`), "request."},
	{regexp.MustCompile(`^fund\.mail\.([a-z_]+)\.subject$`), "fund."},
	{regexp.MustCompile(`^practice\.call\.mail\.([a-z_]+)\.subject$`), "practice."},
	{regexp.MustCompile(`^practice\.mail\.([a-z_]+)\.subject$`), "practice."},
	{regexp.MustCompile(`^follow\.mail\.([a-z_]+)\.subject$`), "follow."},
	{regexp.MustCompile(`^newsletter\.mail\.([a-z_]+)\.subject$`), "newsletter."},
	{regexp.MustCompile(`^submission\.mail\.(receipt)\.subject$`), "submission."},
	{regexp.MustCompile(`^submission\.mail\.desk\.([a-z_]+)\.subject$`), "submission.desk_"},
}

// mailKinds are all kinds of mail of which the catalogue has the subject.
func mailKinds(t *testing.T) []string {
	t.Helper()
	files, err := fs.Glob(locales.FS, "en/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("the catalogue has %d files (%v)", len(files), err)
	}
	var kinds []string
	for _, name := range files {
		content, err := fs.ReadFile(locales.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]any{}
		if err := json.Unmarshal(content, &texts); err != nil {
			t.Fatal(err)
		}
		for _, key := range slices.Sorted(maps.Keys(texts)) {
			for _, s := range subjectKeys {
				if m := s.pattern.FindStringSubmatch(key); m != nil {
					kinds = append(kinds, s.kind+m[1])
				}
			}
		}
	}
	if len(kinds) < 15 {
		t.Fatalf("there are only %d kinds of mail: %v", len(kinds), kinds)
	}
	return kinds
}

// Every kind of mail passes axe-core as it arrives, in the language of its recipient, and so do the pages that show mails in
// development.
func TestEveryMailIsAccessible(t *testing.T) {
	t.Parallel()
	p := newPortal(t, false)
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		newCorrespondence(t, p, lang).writeEveryKind()
	}
	mailbox := http.NewServeMux()
	server := httptest.NewServer(mailbox)
	t.Cleanup(server.Close)
	b := open(t, server.URL, wide)
	seen := map[string]bool{}
	for _, m := range p.sink.Messages() {
		type row struct{ Kind, Lang string }
		r := row{"newsletter.issue", m.Header.Get("Content-Language")}
		if !strings.HasPrefix(m.Header.Get("Message-ID"), "<newsletter.") { // an issue goes past the outbox
			var err error
			if r, err = database.Row[row](t.Context(), p.db.Read(), `SELECT kind, lang FROM outbox WHERE message_key = $1`, keyOf(t, m)); err != nil {
				t.Fatal(err)
			}
		}
		path := "/" + r.Kind + "/" + r.Lang
		if seen[path] {
			continue
		}
		seen[path] = true
		mailbox.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(m.HTML))
		})
		b.want(b.visit(path), http.StatusOK)
		if got, want := evaluate[string](b, `document.documentElement.lang + " " + document.documentElement.dir`), r.Lang+" "+i18n.Lang(r.Lang).Dir(); got != want {
			t.Errorf("the mail %s says that it is %q, not %q", r.Kind, got, want)
		}
		if !strings.Contains(m.Text, p.url) || strings.Contains(m.Text, "</") {
			t.Errorf("the text of the mail %s in %s has no address, or markup:\n%s", r.Kind, r.Lang, m.Text)
		}
		// What one can choose about leads to the choices, and nothing else does.
		if leads := strings.Contains(m.HTML, "/account/notifications"); leads != (mail.Chosen(r.Kind) || r.Kind == "account.digest") {
			t.Errorf("the mail %s leads to the notification choices: %v", r.Kind, leads)
		}
		b.axeAtBothWidths()
	}
	for _, kind := range slices.Concat(mailKinds(t), coWriting, deskOffices, []string{"account.digest", "newsletter.issue", "review.release_left"}) {
		for _, lang := range []string{"en", "ar"} {
			if !seen["/"+kind+"/"+lang] {
				t.Errorf("no mail %s in %s has arrived", kind, lang)
			}
		}
	}
	dev := open(t, p.url, wide)
	dev.want(dev.visit("/dev/mail"), http.StatusOK)
	dev.axeAtBothWidths()
	dev.want(dev.visit("/dev/mail/"+value[string](t, p.db, `SELECT max(id)::text FROM outbox`)), http.StatusOK)
	dev.axeAtBothWidths()
}

// correspondence is an office, its head and a desk, all of whom read their mails in one language.
type correspondence struct {
	*portal
	t          *testing.T
	lang       i18n.Lang
	head       identity.User
	office     string
	desk, lead *webtest.Client
	owner      *webtest.Client
}

func newCorrespondence(t *testing.T, p *portal, lang i18n.Lang) *correspondence {
	t.Helper()
	return correspondenceOf(t, p, lang, "Head "+string(lang))
}

// correspondenceOf is newCorrespondence with a head, and so an office, of another name.
func correspondenceOf(t *testing.T, p *portal, lang i18n.Lang, head string) *correspondence {
	t.Helper()
	c := &correspondence{portal: p, t: t, lang: lang}
	c.head = c.reads(p.member(t, head))
	c.office = strconv.FormatInt(c.head.Posts[0].OfficeID, 10)
	c.owner = p.client(t, c.head)
	c.desk = p.client(t, c.reads(p.officer(t, "Officer "+string(lang))))
	c.lead = p.client(t, c.reads(webtest.NewUser(t, p.db, "Lead "+string(lang), nil, identity.StaffRole{Role: identity.Lead, Desk: identity.PledgesDesk})))
	return c
}

// reads gives somebody the language of the correspondence.
func (c *correspondence) reads(who identity.User) identity.User {
	c.t.Helper()
	if _, err := c.db.Pool.Exec(c.t.Context(), `UPDATE users SET lang = $2 WHERE id = $1`, who.ID, string(c.lang)); err != nil {
		c.t.Fatal(err)
	}
	who, err := identity.Load(c.t.Context(), c.db.Read(), who.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	return who
}

func (c *correspondence) writeEveryKind() {
	c.t.Helper()
	c.aboutAccounts()
	c.aboutPosts()
	c.aboutSubmissions()
	c.aboutOwnData()
	c.aboutFactors()
	c.aboutPartners()
	c.aboutReports()
	c.aboutPractices()
	c.aboutSharing()
	c.aboutOffices()
	c.aboutRelease()
	c.aboutExperts()
	c.aboutCalls()
	c.aboutMeetings()
	c.aboutTalks()
	c.aboutEvents()
	c.aboutContact()
	c.aboutSignatures()
	c.aboutChampions()
	c.aboutNewsletter()
	c.aboutFollow()
	eventually(c.t, "everything is written", func() bool {
		return value[int](c.t, c.db, `SELECT count(*) FROM link_requests`)+value[int](c.t, c.db, `SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')`) == 0
	})
}

func (c *correspondence) aboutAccounts() {
	c.t.Helper()
	for _, email := range []string{"new-" + string(c.lang) + "@migration.example", c.head.Email} {
		v := c.visitor(c.t)
		form := v.Get("/" + string(c.lang) + "/register").Want(http.StatusOK).Form("main form")
		form.Set("name", "Wen Li").Set("email", email).Set("position", "Focal point").Set("country", "KE").Set("terms", "yes").Set("q", "Office of Head")
		form.Forge("searched", "Office of Head").Forge("office", c.office)
		// The portal takes no form that was sent faster than a person can fill it in.
		eventually(c.t, "a registration is taken", func() bool { return form.Submit().Status == http.StatusSeeOther })
	}
	// Somebody registers by an invitation that there is not.
	form := c.visitor(c.t).Get("/" + string(c.lang) + "/register?invited=1").Want(http.StatusOK).Form("main form")
	form.Set("name", "Wen Li").Set("email", "uninvited-"+string(c.lang)+"@migration.example").Set("position", "Focal point").Set("country", "KE").Set("terms", "yes")
	eventually(c.t, "a registration by invitation is taken", func() bool { return form.Submit().Status == http.StatusSeeOther })
	for _, path := range []string{"/sign-in/link", "/sign-in/reset"} {
		c.visitor(c.t).Post("/"+string(c.lang)+path, url.Values{"email": {c.head.Email}}).Want(http.StatusSeeOther)
	}
	changing := c.reads(webtest.NewUser(c.t, c.db, "Changing "+string(c.lang), nil))
	c.client(c.t, changing).Post("/en/account/password", url.Values{"password": {password}}).Want(http.StatusSeeOther)
}

// join lets somebody new ask for a post in the office and returns the post.
func (c *correspondence) join(name string) (who identity.User, post string) {
	c.t.Helper()
	who = c.reads(webtest.NewUser(c.t, c.db, name+" "+string(c.lang), nil))
	c.client(c.t, who).Post("/en/account/office", url.Values{"office": {c.office}}).Want(http.StatusSeeOther)
	return who, value[string](c.t, c.db, `SELECT id::text FROM posts WHERE user_id = $1`, who.ID)
}

func (c *correspondence) aboutPosts() {
	c.t.Helper()
	_, accepted := c.join("Accepted")
	_, refused := c.join("Refused")
	c.owner.Post("/en/offices/"+c.office+"/posts/"+accepted+"/decision", url.Values{"decision": {"approve"}, "role": {"contributor"}}).Want(http.StatusSeeOther)
	c.owner.Post("/en/offices/"+c.office+"/posts/"+refused+"/decision", url.Values{"decision": {"refuse"}, "reason": {"Ask your own ministry. / اسألوا وزارتكم."}}).Want(http.StatusSeeOther)
	c.owner.Post("/en/offices/"+c.office+"/posts/"+accepted+"/end", nil).Want(http.StatusSeeOther)
}

// aboutSubmissions sends pledges through everything that the desk can do.
func (c *correspondence) aboutSubmissions() {
	c.t.Helper()
	first := wholeDraft(c.t, c.owner, c.head)
	copied := func() string { return copyDraft(c.t, c.db, first, c.head) }
	declined, withdrawn := copied(), copied()
	c.sendIn(c.owner, first)
	c.take(first)
	c.desk.Post("/en/desk/submissions/"+first+"/messages", url.Values{"message": {"When will the register open?\n\nمتى يُفتح السجل؟"}}).Want(http.StatusSeeOther)
	c.owner.Post("/en/submissions/"+first+"/messages", url.Values{"text": {"In January. / في كانون الثاني/يناير."}}).Want(http.StatusSeeOther)
	c.decide(first, "request_changes", "Two things would make it easier to follow.", "change.barriers", "Name them.")
	c.desk.Post("/en/desk/bulk/acts", url.Values{"act": {"chase"}, "item": {first}, "note": {"We still wait. / ما زلنا ننتظر."}}).Want(http.StatusSeeOther)
	c.sendIn(c.owner, first)
	c.take(first)
	c.polish(first, "refuse")
	c.polish(first, "accept")
	c.decide(first, "publish", "")
	c.decide(first, "archive", "The office has asked for it.")
	c.sendIn(c.owner, declined)
	c.take(declined)
	c.decide(declined, "decline", "It describes work that has ended.")
	c.sendIn(c.owner, withdrawn)
	c.owner.Post("/en/submissions/"+withdrawn+"/withdrawal", nil).Want(http.StatusSeeOther)

	// An office that waits for approval, and is refused in the end.
	proposing := c.reads(webtest.NewUser(c.t, c.db, "Proposing "+string(c.lang), nil))
	p := c.client(c.t, proposing)
	p.Post("/en/account/office", url.Values{"office": {"new"}, "office_name": {"Proposed Office " + string(c.lang)}, "office_category": {"member_state"}, "office_country": {"KE"}}).Want(http.StatusSeeOther)
	proposing = c.reads(proposing)
	waiting := copyDraft(c.t, c.db, first, proposing)
	c.sendIn(p, waiting)
	c.take(waiting)
	c.decide(waiting, "approve", "")
	office := fmt.Sprint(proposing.Posts[0].OfficeID)
	page := c.lead.Get("/en/desk/offices/" + office).Want(http.StatusOK)
	page = page.Form("main form").Set("decision", "refuse").Set("reason", "This is a team of another ministry.").Submit().Want(http.StatusOK)
	page.Form("main form").Submit().Want(http.StatusSeeOther)
}

// polish has the desk propose another title, and the office answer.
func (c *correspondence) polish(id, answer string) {
	c.t.Helper()
	form := c.desk.Get("/en/desk/submissions/" + id + "/edits").Want(http.StatusOK).Form("main form")
	form.Set("edit.title", "Another title, to "+answer).Set("note", "As you like. / كما تشاؤون.").Submit().Want(http.StatusSeeOther)
	c.owner.Get("/en/submissions/" + id + "/edits").Want(http.StatusOK).Form("main form").Press("answer=" + answer).Want(http.StatusSeeOther)
}

func (c *correspondence) sendIn(owner *webtest.Client, id string) {
	c.t.Helper()
	if !sendIn(owner, id) {
		c.t.Fatalf("submission %s is not taken", id)
	}
}

func (c *correspondence) take(id string) {
	c.t.Helper()
	take(c.t, c.desk, id)
}

func (c *correspondence) decide(id, action, note string, more ...string) {
	c.t.Helper()
	decide(c.t, c.desk, id, action, note, more...)
}

// take takes a submission from the queue.
func take(t *testing.T, desk *webtest.Client, id string) {
	t.Helper()
	desk.Get("/en/desk/submissions/" + id).Want(http.StatusOK).Form("#decision").Press("to=me").Want(http.StatusSeeOther)
}

// decide takes a decision and confirms it; more are names and values of further fields.
func decide(t *testing.T, desk *webtest.Client, id, action, note string, more ...string) {
	t.Helper()
	form := desk.Get("/en/desk/submissions/"+id).Want(http.StatusOK).Form("#decision").Set("action", action).Set("note", note)
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	form.Submit().Want(http.StatusOK).Form("main form").Press("step=confirmed").Want(http.StatusSeeOther)
}

// aboutPartners asks a partner, who answers and asks for another link; then the office says something else of them, the
// clock reminds, and in the end they are not named any more.
func (c *correspondence) aboutPartners() {
	c.t.Helper()
	id := copyDraft(c.t, c.db, wholeDraft(c.t, c.owner, c.head), c.head)
	partner := "partner-" + string(c.lang) + "@uganda.example"
	set := func(step string, pairs ...string) {
		form := c.owner.Get("/en" + stepsOf(id) + step).Want(http.StatusOK).Form("form.step")
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		form.Press("do=continue").Want(http.StatusSeeOther)
	}
	again := func() {
		c.take(id)
		c.decide(id, "request_changes", "Say more of the partner.")
	}
	set("what", "type", "common", "language", string(c.lang))
	set("partners", "partners.0.name", "Uganda / أوغندا", "partners.0.email", partner, "partners.0.part", "Trains inspectors. / تدريب المفتشين.")
	c.sendIn(c.owner, id)
	path := partnerLink(c.t, c.portal, partner, 0)
	v := c.visitor(c.t)
	v.Get(path).Want(http.StatusOK).Form("main form").Set("answer", "confirm").Set("name", "Okello").Set("position", "Commissioner").Submit().Want(http.StatusSeeOther)
	v.Get(path).Want(http.StatusGone).Form("main form").Submit().Want(http.StatusSeeOther)
	again()
	set("partners", "partners.0.part", "Trains judges. / تدريب القضاة.")
	c.sendIn(c.owner, id)
	if _, err := c.db.Pool.Exec(c.t.Context(), `UPDATE pledge_partners SET asked_at = asked_at - interval '15 days' WHERE email = $1 AND state = 'asked'`, partner); err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.db.Pool.Exec(c.t.Context(), `INSERT INTO river_job (args, kind, max_attempts, queue, state) VALUES ('{"name": "pledge.partners"}', 'periodic', 3, 'default', 'available')`); err != nil {
		c.t.Fatal(err)
	}
	eventually(c.t, "the partner is reminded", func() bool {
		return value[bool](c.t, c.db, `SELECT EXISTS (SELECT FROM pledge_partners WHERE email = $1 AND reminders = 1)`, partner)
	})
	again()
	set("what", "type", "individual")
	c.sendIn(c.owner, id)
}

var linkOfPartner = regexp.MustCompile(`/(en|ar)/t/partner/[A-Z2-7]+`)

// partnerLink waits for a mail with a link to the partner, after as many as were seen, and returns the link's address.
func partnerLink(t *testing.T, p *portal, partner string, seen int) string {
	t.Helper()
	path := ""
	eventually(t, "a link for "+partner, func() bool {
		left := seen
		for _, m := range p.sink.Messages() {
			if found := linkOfPartner.FindString(m.HTML); found != "" && len(m.To) == 1 && m.To[0] == partner {
				if left == 0 {
					path = found
					return true
				}
				left--
			}
		}
		return false
	})
	return path
}

// aboutExperts has somebody write to an expert, whose profile the hub desk hides and shows again.
func (c *correspondence) aboutExperts() {
	c.t.Helper()
	who := c.reads(webtest.NewUser(c.t, c.db, "Expert "+string(c.lang), nil))
	c.client(c.t, who).Post("/en/account/expert", url.Values{
		"version": {"0"}, "name": {"Expert"}, "lang": {string(c.lang)}, "text": {"Remittances. / التحويلات المالية."}, "objectives": {"20"}, "languages": {"ar"}, "countries": {"KE"},
		"consent": {"yes"}, "do": {"publish"},
	}).Want(http.StatusSeeOther)
	id := value[string](c.t, c.db, `SELECT id::text FROM experts WHERE user_id = $1`, who.ID)
	c.owner.Post("/en/experts/"+id+"/message", url.Values{"text": {"Could we talk about fees next week? / هل يمكننا التحدث؟"}, "agree": {"yes"}}).Want(http.StatusSeeOther)
	hub := c.client(c.t, webtest.NewUser(c.t, c.db, "Hub "+string(c.lang), nil, identity.StaffRole{Role: identity.Officer, Desk: identity.HubDesk}))
	hub.Post("/en/desk/experts/"+id, url.Values{"do": {"hide"}, "reason": {"It advertises. / إعلان."}}).Want(http.StatusSeeOther)
	hub.Post("/en/desk/experts/"+id, url.Values{"do": {"show"}}).Want(http.StatusSeeOther)
}
