package pledge_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/pledge"
	"portal/internal/problem"
	"portal/internal/workflow"
)

const (
	kampala = "focal.marker@uganda.example"
	cali    = "mayor.marker@cali.example"
)

// shared is a common pledge with two partners.
func shared(changes form.Answers) form.Answers {
	return both(with(form.Answers{
		"type":            {"common"},
		"partners.0.name": {"Ministry of Labour of Uganda"}, "partners.0.country": {"UG"}, "partners.0.email": {kampala}, "partners.0.part": {"Trains two hundred inspectors"},
		"partners.1.name": {"City of Cali"}, "partners.1.country": {"CO"}, "partners.1.email": {cali}, "partners.1.part": {"Opens two desks"},
	}), changes)
}

// sent writes the answers and hands them in.
func (w *world) sent(t testing.TB, a form.Answers) workflow.ID {
	t.Helper()
	id, err := w.start(t.Context(), w.Head.User, w.Office)
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, id, w.Head.User, a)
	w.apply(t, id, w.Head.User, workflow.Submit, "")
	return id
}

// onward takes what was handed in to publication.
func (w *world) onward(t testing.TB, id workflow.ID) string {
	t.Helper()
	w.apply(t, id, w.Officer.User, workflow.Take, "")
	w.apply(t, id, w.Officer.User, workflow.Publish, "")
	sub, err := workflow.Find(t.Context(), w.db.Read(), id, w.Officer.User)
	if err != nil {
		t.Fatal(err)
	}
	return *sub.PublicID
}

type letter struct{ Kind, ToAddress, Lang, HTML, Body string }

// letters are the mails to an address, the oldest first.
func (w *world) letters(t testing.TB, to string) []letter {
	t.Helper()
	all, err := database.Rows[letter](t.Context(), w.db.Read(), `SELECT kind, to_address, lang, html, body FROM outbox WHERE to_address = $1 ORDER BY id`, to)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (w *world) kinds(t testing.TB, to string) string {
	t.Helper()
	var kinds []string
	for _, l := range w.letters(t, to) {
		kinds = append(kinds, strings.TrimPrefix(l.Kind, "pledge.partner_"))
	}
	return strings.Join(kinds, " ")
}

var linkIn = regexp.MustCompile(`/t/partner/([A-Z2-7]+)`)

// token is that of the last link that was sent to the address.
func (w *world) token(t testing.TB, to string) string {
	t.Helper()
	token := ""
	for _, l := range w.letters(t, to) {
		if m := linkIn.FindStringSubmatch(l.HTML); m != nil {
			token = m[1]
		}
	}
	if token == "" {
		t.Fatalf("no link was sent to %s: %s", to, w.kinds(t, to))
	}
	return token
}

var someone = pledge.PartnerAnswer{Choice: "confirm", Name: "Marker Okello", Position: "Marker Commissioner"}

func answer(choice, text string) pledge.PartnerAnswer {
	a := someone
	a.Choice = choice
	if choice == "amend" {
		a.Part = text
	} else {
		a.Reason = text
	}
	return a
}

// say answers through the last link that was sent to the address.
func (w *world) say(t testing.TB, to string, a pledge.PartnerAnswer) {
	t.Helper()
	if err := w.service.Answer(t.Context(), w.token(t, to), a, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
}

// shownPartners are the partners on the public page.
func (w *world) shownPartners(t testing.TB, publicID string) string {
	t.Helper()
	p, err := w.service.Public(t.Context(), publicID, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range p.Pledge.Partners {
		all = append(all, fmt.Sprintf("%s: %s %t %t", m.Name, m.Part, m.Confirmed, m.Amended))
	}
	return strings.Join(all, "; ")
}

func TestPartnersAreAskedWhenThePledgeIsSentIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sent(t, shared(nil))
	if got := w.kinds(t, kampala) + ", " + w.kinds(t, cali); got != "ask, ask" {
		t.Fatalf("partners got %s", got)
	}
	l := w.letters(t, kampala)[0]
	for _, want := range []string{"Fair recruitment for every worker", "Ministry of Labour of Uganda", "Trains two hundred inspectors", "To confirm means", "The public sees", publicURL + "/en/t/partner/", "23 January 2027"} {
		if !strings.Contains(l.Body, want) {
			t.Errorf("the mail does not say %q:\n%s", want, l.Body)
		}
	}
	if strings.Contains(l.Body, "marker@cali") {
		t.Error("the mail to one partner names the address of the other")
	}
	if secret, err := database.Value[bool](t.Context(), w.db.Read(), `SELECT bool_and(secret) FROM outbox WHERE kind = 'pledge.partner_ask'`); err != nil || !secret {
		t.Errorf("somebody at the secretariat can read the links: %v", err)
	}
	if stored, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(*) FROM pledge_partner_links WHERE encode(hash, 'escape') LIKE '%' || $1 || '%'`, w.token(t, cali)); err != nil || stored != 0 {
		t.Errorf("a token is stored: %v", err)
	}
	w.sent(t, shared(form.Answers{"language": {"ar"}, "partners.0.email": {"arab@uganda.example"}}))
	if got := w.letters(t, "arab@uganda.example"); len(got) != 1 || got[0].Lang != "ar" || !strings.Contains(got[0].HTML, `dir="rtl"`) {
		t.Error("the mail about a pledge in Arabic is not in Arabic")
	}
}

func TestAnswersOfPartners(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		answers []pledge.PartnerAnswer // one after the other, through fresh links
		want    string
	}{
		{"nobody has answered", nil, "Ministry of Labour of Uganda: Trains two hundred inspectors false false; City of Cali: Opens two desks false false"},
		{"confirmed", []pledge.PartnerAnswer{someone}, "Ministry of Labour of Uganda: Trains two hundred inspectors true false; City of Cali: Opens two desks false false"},
		{"amended", []pledge.PartnerAnswer{answer("amend", "Trains fifty")}, "Ministry of Labour of Uganda: Trains fifty true true; City of Cali: Opens two desks false false"},
		{"declined", []pledge.PartnerAnswer{answer("decline", "marker of reason")}, "City of Cali: Opens two desks false false"},
		{"confirmed and withdrawn", []pledge.PartnerAnswer{someone, answer("decline", "")}, "City of Cali: Opens two desks false false"},
		{"declined by a mistake, and mended", []pledge.PartnerAnswer{answer("decline", ""), someone}, "Ministry of Labour of Uganda: Trains two hundred inspectors true false; City of Cali: Opens two desks false false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, when := range []string{"before publication", "after publication"} {
				w := newWorld(t)
				id, publicID := w.sent(t, shared(nil)), ""
				if when == "after publication" {
					publicID = w.onward(t, id)
				}
				for _, a := range c.answers {
					w.say(t, kampala, a)
				}
				if publicID == "" {
					publicID = w.onward(t, id)
				}
				if got := w.shownPartners(t, publicID); got != c.want {
					t.Errorf("%s: shown are %s, want %s", when, got, c.want)
				}
			}
		})
	}
}

// TestNobodyIsNamedWhoDoesNotTakePart looks at everything that the public can read.
func TestNobodyIsNamedWhoDoesNotTakePart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := w.sent(t, shared(nil))
	id := w.onward(t, number)
	w.apply(t, number, w.Head.User, workflow.Revise, "")
	w.send(t, number, w.Head.User, shared(form.Answers{"title": {"A better name"}}))
	w.say(t, cali, answer("amend", "Opens one desk, and keeps it open"))
	w.say(t, kampala, answer("decline", "marker of reason"))
	for _, path := range []string{"/pledges", "/pledges.csv", "/pledges.json", "/pledges.atom", "/pledges/" + id, "/pledges/" + id + "/versions/1", "/pledges/" + id + "/changes", "/pledges?q=inspectors"} {
		page := w.Visitor.Get("/en" + path).Want(http.StatusOK)
		for _, private := range []string{"Ministry of Labour of Uganda", "Trains two hundred", "marker", "Marker"} {
			if strings.Contains(string(page.Body), private) {
				t.Errorf("%s shows %q", path, private)
			}
		}
	}
	if got := w.Visitor.Get("/en/pledges?q=inspectors").Text("#count"); got != "0 pledges" {
		t.Errorf("a search for the words of who declined finds %s", got)
	}
	if got := w.Visitor.Get("/en/pledges?q=keeps").Text("#count"); got != "1 pledge" {
		t.Errorf("a search for the words of an amended part finds %s", got)
	}
	for path, want := range map[string]string{
		"/pledges/" + id: "Confirmed, in the partner’s own words", "/pledges.csv": "City of Cali (Confirmed, in the partner’s own words)",
		"/pledges.json": `"amended":true`, "/pledges.atom": "<name>City of Cali (Confirmed, in the partner’s own words)</name>",
	} {
		if page := w.Visitor.Get("/en" + path); !strings.Contains(string(page.Body), want) {
			t.Errorf("%s does not show %q", path, want)
		}
	}
}

func TestARevisionAsksOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		changes    form.Answers
		uganda     string // kinds of mail to the partner, after the first question and the mail about the answer
		elsewhere  string // to other@uganda.example
		confirmed  bool
		movedAbout bool
	}{
		{"nothing changed", nil, "", "", true, false},
		{"the rows change places", nil, "", "", true, true},
		{"another text", form.Answers{"title": {"Another name"}}, "", "", true, false},
		{"another part", form.Answers{"partners.0.part": {"Trains three hundred inspectors"}}, "ask_again", "", false, false},
		{"another name", form.Answers{"partners.0.name": {"Ministry of Gender and Labour"}}, "ask_again", "", false, false},
		{"another address", form.Answers{"partners.0.email": {"other@uganda.example"}}, "removed", "ask", false, false},
		{"no partner any more", form.Answers{"type": {"individual"}}, "removed", "", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			number := w.sent(t, shared(nil))
			id := w.onward(t, number)
			w.say(t, kampala, someone)
			w.apply(t, number, w.Head.User, workflow.Revise, "")
			a := shared(c.changes)
			if c.movedAbout {
				for _, field := range []string{"name", "country", "email", "part"} {
					a["partners.0."+field], a["partners.1."+field] = a["partners.1."+field], a["partners.0."+field]
				}
			}
			w.write(t, number, w.Head.User, a)
			w.apply(t, number, w.Head.User, workflow.Submit, "")
			want := strings.TrimSpace("ask answered " + c.uganda)
			if got := w.kinds(t, kampala); got != want {
				t.Errorf("the partner got %s, want %s", got, want)
			}
			if got := w.kinds(t, "other@uganda.example"); got != c.elsewhere {
				t.Errorf("the other address got %q, want %q", got, c.elsewhere)
			}
			if !strings.Contains(w.shownPartners(t, id), "Ministry of Labour of Uganda: Trains two hundred inspectors true") {
				t.Error("the published version lost the answer before the new one took its place")
			}
			w.onward(t, number)
			if got := strings.Contains(w.shownPartners(t, id), "true"); got != c.confirmed {
				t.Errorf("after publication: confirmed is %t, want %t: %s", got, c.confirmed, w.shownPartners(t, id))
			}
			if old := w.Visitor.Get("/en/pledges/" + id + "/versions/1"); !old.Contains("Confirmed") {
				t.Error("the first version lost the answer")
			}
		})
	}
}

func TestWhoHasDeclinedIsNotNamedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := w.sent(t, shared(nil))
	w.onward(t, number)
	w.say(t, kampala, someone)
	w.say(t, kampala, answer("decline", ""))
	w.say(t, cali, answer("decline", ""))
	env := form.Env{Vocabulary: seeded(t), Submission: number}
	wrong := w.service.Kind().Form.Problems(shared(nil), env)
	if len(wrong) != 2 || wrong[0].Key != "pledge.wrong.partner_withdrawn" || wrong[1].Key != "pledge.wrong.partner_declined" || wrong[0].Name != "partners.0.name" {
		t.Errorf("problems are %v", wrong)
	}
	if wrong := w.service.Kind().Form.Problems(shared(form.Answers{"partners.0.part": {"Less"}, "partners.1.part": {"Less"}}), env); len(wrong) != 0 {
		t.Errorf("another part may be asked, but: %v", wrong)
	}
}

func TestWhoDeclinesAnewPartIsNotNamedWithTheOldOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := w.sent(t, shared(nil))
	id := w.onward(t, number)
	w.say(t, kampala, someone)
	w.apply(t, number, w.Head.User, workflow.Revise, "")
	w.write(t, number, w.Head.User, shared(form.Answers{"partners.0.part": {"Pays for everything"}}))
	w.apply(t, number, w.Head.User, workflow.Submit, "")
	w.say(t, kampala, answer("decline", ""))
	if got := w.shownPartners(t, id); strings.Contains(got, "Uganda") {
		t.Errorf("still shown: %s", got)
	}
}

func TestPartnersOfAnUnknownOfficeWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.db.Pool.Exec(t.Context(), `UPDATE offices SET state = 'proposed' WHERE id = $1`, w.Office); err != nil {
		t.Fatal(err)
	}
	w.sent(t, shared(nil))
	if got := w.kinds(t, kampala); got != "" {
		t.Fatalf("a stranger made the portal write: %s", got)
	}
	if err := w.service.CarePartners(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.db.Pool.Exec(t.Context(), `UPDATE offices SET state = 'approved' WHERE id = $1`, w.Office); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.service.CarePartners(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.kinds(t, kampala); got != "ask" {
		t.Errorf("after the approval the partner got %q", got)
	}
}

// One question that cannot be dealt with does not keep the others waiting.
func TestOneQuestionThatFailsDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := w.db.Pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`UPDATE offices SET state = 'proposed' WHERE id = $1`, w.Office)
	w.sent(t, shared(nil))
	exec(`UPDATE offices SET state = 'approved' WHERE id = $1`, w.Office)
	first, err := database.Value[string](t.Context(), w.db.Read(), `SELECT email FROM pledge_partners WHERE state = 'waiting' ORDER BY id LIMIT 1`)
	if err != nil {
		t.Fatal(err)
	}
	exec(`ALTER TABLE outbox ADD CONSTRAINT not_this CHECK (to_address <> '` + first + `')`)
	if err := w.service.CarePartners(t.Context()); err == nil {
		t.Error("nobody is told that one could not be asked")
	}
	left, err := database.Values[string](t.Context(), w.db.Read(), `SELECT email FROM pledge_partners WHERE state = 'waiting'`)
	if err != nil || len(left) != 1 || left[0] != first {
		t.Errorf("still to be asked are %v (%v), want only %s", left, err, first)
	}
}

func TestReminders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent(t, shared(nil))
	w.say(t, cali, someone)
	day := 24 * time.Hour
	for _, c := range []struct {
		after time.Duration
		want  string
	}{
		{13 * day, "ask"}, {day, "ask reminder"}, {day, "ask reminder"}, {37 * day, "ask reminder"}, {day, "ask reminder reminder"}, {5 * day, "ask reminder reminder"}, {3 * day, "ask reminder reminder"},
	} {
		w.later(c.after)
		if err := w.service.CarePartners(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := w.kinds(t, kampala); got != c.want {
			t.Errorf("on %s: %s, want %s", w.now().Format(time.DateOnly), got, c.want)
		}
	}
	if got := w.kinds(t, cali); got != "ask answered" {
		t.Errorf("who has answered got %s", got)
	}
	// Expired: the page says so, and a fresh link goes to the same address.
	page := w.Visitor.Get("/en/t/partner/" + w.token(t, kampala)).Want(http.StatusGone)
	if page.Text("h1") != "This link has expired" || !page.Contains("f•••@u•••.example") || page.Contains("focal.marker") {
		t.Errorf("the expired link shows %s", page.Body)
	}
	page.Form("main form").Submit().Want(http.StatusSeeOther)
	if got := w.kinds(t, kampala); got != "ask reminder reminder fresh" {
		t.Errorf("after asking for a fresh link: %s", got)
	}
	w.say(t, kampala, someone)
	w.apply(t, id, w.Head.User, workflow.Withdraw, "")
}

// TestAPartnerAnswersWithoutAnAccount goes through the page as the partner does.
func TestAPartnerAnswersWithoutAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sent(t, shared(form.Answers{"support_needed": {"Inspectors who speak Luganda"}}))
	path := "/en/t/partner/" + w.token(t, kampala)
	for range 3 { // as programs that look at mails do
		w.Visitor.Get(path).Want(http.StatusOK)
	}
	page := w.Visitor.Get(path).Want(http.StatusOK)
	for _, want := range []string{"Fair recruitment for every worker", "Ministry of Labour of Uganda", "Trains two hundred inspectors", "City of Cali", "f•••@u•••.example", "If somebody forwarded it to you"} {
		if !page.Contains(want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if !page.Contains("Inspectors who speak Luganda") {
		t.Error("the page does not say which support is needed")
	}
	if page.Has(`a[href*="interest"]`) {
		t.Error("the page leads to the board of a pledge that is not published")
	}
	if page.Contains("marker") || page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page shows an address, or may be kept: %s", page.Header.Get("Cache-Control"))
	}
	for _, c := range []struct {
		name   string
		fields map[string]string
		wrong  []string
	}{
		{"nothing", nil, []string{"answer", "name", "position"}},
		{"an answer that there is not", map[string]string{"answer": "perhaps", "name": "N", "position": "P"}, []string{"answer"}},
		{"nobody in particular", map[string]string{"answer": "confirm", "name": " ", "position": "P"}, []string{"name"}},
		{"another part that is the same", map[string]string{"answer": "amend", "part": "Trains two hundred inspectors", "name": "N", "position": "P"}, []string{"part"}},
		{"another part that is blank", map[string]string{"answer": "amend", "part": " ", "name": "N", "position": "P"}, []string{"part"}},
		{"another part that is too long", map[string]string{"answer": "amend", "part": strings.Repeat("ä", 1001), "name": "N", "position": "P"}, []string{"part"}},
		{"a reason that is too long", map[string]string{"answer": "decline", "reason": strings.Repeat("ä", 1001), "name": "N", "position": "P"}, []string{"reason"}},
		{"a name that is too long", map[string]string{"answer": "confirm", "name": strings.Repeat("ä", 201), "position": strings.Repeat("ä", 201)}, []string{"name", "position"}},
	} {
		form := w.Visitor.Get(path).Form("main form")
		for name, value := range c.fields {
			form.Forge(name, value)
		}
		refused := form.Submit().Want(http.StatusUnprocessableEntity)
		for _, name := range c.wrong {
			if !refused.Has(".errors a[href='#" + name + "']") {
				t.Errorf("%s: no error leads to %s", c.name, name)
			}
		}
		if got := refused.Count(".errors li"); got != len(c.wrong) {
			t.Errorf("%s: %d errors, want %d", c.name, got, len(c.wrong))
		}
		if text := c.fields["part"]; text != "" && strings.TrimSpace(refused.Form("main form").Value("part")) != strings.TrimSpace(text) {
			t.Errorf("%s: what was typed is lost", c.name)
		}
	}
	form := page.Form("main form")
	form.Set("answer", "amend").Set("part", "<script>alert(1)</script> Trains\x00 fifty").Set("name", "Marker Okello").Set("position", "Marker Commissioner")
	done := form.Submit()
	done.Want(http.StatusSeeOther)
	used := done.Follow().Want(http.StatusGone)
	for _, want := range []string{"Thank you", "This question has been answered", "Confirmed, in their own words", "<script>alert(1)</script> Trains fifty", "24 November 2026"} {
		if !used.Contains(want) {
			t.Errorf("the page of the used link does not say %q", want)
		}
	}
	if used.Contains("Marker") {
		t.Error("the page of the used link tells who answered")
	}
	// The link acts once.
	again := w.Visitor.Post(path, url.Values{"answer": {"decline"}, "name": {"N"}, "position": {"P"}}).Want(http.StatusGone)
	if !again.Contains("Confirmed, in their own words") {
		t.Error("the used link does not say what was answered")
	}
	for to, want := range map[string]string{w.Head.User.Email: "news", w.Officer.User.Email: "desk"} {
		if got := w.kinds(t, to); got != want {
			t.Errorf("%s got %q", to, got)
		}
	}
	// The partner's own address is told, with a way to undo it.
	last := w.letters(t, kampala)[1]
	if last.Kind != "pledge.partner_answered" || !strings.Contains(last.Body, "Marker Okello") || !strings.Contains(last.Body, "Change the answer") {
		t.Errorf("the partner's address was told:\n%s", last.Body)
	}
	undo := w.Visitor.Get("/en/t/partner/" + w.token(t, kampala)).Want(http.StatusOK)
	if !undo.Contains("We no longer take part") {
		t.Error("who has confirmed is not asked whether they withdraw")
	}
	undo.Form("main form").Set("answer", "decline").Set("name", "N").Set("position", "P").Submit().Want(http.StatusSeeOther)
}

func TestLinksThatLeadNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent(t, shared(nil))
	token := w.token(t, kampala)
	forged := strings.Repeat("A", len(token))
	for _, path := range []string{"/en/t/partner/" + forged, "/ar/t/partner/" + forged, "/en/t/partner/" + token[:10], "/en/t/partner/" + token + "A", "/en/t/partner/%00", "/en/t/partner/" + strings.ToLower(token)} {
		w.Visitor.Get(path).Want(http.StatusNotFound)
		w.Visitor.Post(path, url.Values{"answer": {"confirm"}, "name": {"N"}, "position": {"P"}}).Want(http.StatusNotFound)
		w.Visitor.Post(path+"/link", nil).Want(http.StatusNotFound)
	}
	w.apply(t, id, w.Head.User, workflow.Withdraw, "")
	page := w.Visitor.Get("/en/t/partner/" + token).Want(http.StatusGone)
	if page.Text("h1") != "There is nothing left to answer" || page.Contains("Fair recruitment") || page.Has("main form") {
		t.Errorf("the page of a pledge that was taken back shows %s", page.Body)
	}
	w.Visitor.Post("/en/t/partner/"+token, url.Values{"answer": {"confirm"}, "name": {"N"}, "position": {"P"}}).Want(http.StatusGone)
	w.Visitor.Post("/en/t/partner/"+token+"/link", nil).Want(http.StatusGone)
	number := w.sent(t, shared(form.Answers{"partners.0.email": {"second@uganda.example"}}))
	w.onward(t, number)
	w.apply(t, number, w.Officer.User, workflow.Archive, "It was a mistake.")
	w.Visitor.Get("/en/t/partner/" + w.token(t, "second@uganda.example")).Want(http.StatusGone)
}

func TestFreshLinksAreFew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sent(t, shared(nil))
	token := w.token(t, kampala)
	w.say(t, kampala, someone)
	for n := range 5 {
		err := w.service.FreshLink(t.Context(), token, "192.0.2.7")
		if (n < 3) != (err == nil) || n >= 3 && !errors.Is(err, problem.TooMany) {
			t.Errorf("link %d: %v", n+1, err)
		}
	}
}

// TestTwoAnswersAtOnce: one counts, and only one mail goes out about it.
func TestTwoAnswersAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sent(t, shared(nil))
	token := w.token(t, kampala)
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			a := someone
			if i%2 == 1 {
				a = answer("decline", "")
			}
			errs[i] = w.service.Answer(t.Context(), token, a, "192.0.2.9")
		})
	}
	wg.Wait()
	taken := 0
	for _, err := range errs {
		switch {
		case err == nil:
			taken++
		case !errors.Is(err, problem.Stale):
			t.Error(err)
		}
	}
	if got := w.kinds(t, kampala); taken != 1 || got != "ask answered" {
		t.Errorf("%d answers were taken, and the partner got %s", taken, got)
	}
}

// TestAnAnswerWhileThePledgeIsSentInAgain: neither waits for the other for ever, and nothing is asked twice.
func TestAnAnswerWhileThePledgeIsSentInAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent(t, shared(nil))
	w.apply(t, id, w.Officer.User, workflow.Take, "")
	w.apply(t, id, w.Officer.User, workflow.RequestChanges, "Say more.")
	token := w.token(t, kampala)
	var wg sync.WaitGroup
	var failed error
	wg.Go(func() { failed = w.service.Answer(t.Context(), token, someone, "192.0.2.9") })
	wg.Go(func() { w.apply(t, id, w.Head.User, workflow.Submit, "") })
	wg.Wait()
	if got := w.kinds(t, kampala); failed != nil || got != "ask answered" {
		t.Errorf("the partner got %s (%v)", got, failed)
	}
	if got := w.shownPartners(t, w.onward(t, id)); !strings.Contains(got, "inspectors true") {
		t.Errorf("the answer is lost: %s", got)
	}
}

func TestAskingAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent(t, shared(nil))
	partner, err := database.Value[int64](t.Context(), w.db.Read(), `SELECT id FROM pledge_partners WHERE email = $1`, kampala)
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/en/submissions/%d/partners/%d", id, partner)
	w.Head.In(t).Post(path, nil).Want(http.StatusSeeOther)
	if got := w.kinds(t, kampala); got != "ask" {
		t.Errorf("on the same day: %s", got)
	}
	w.later(25 * time.Hour)
	for _, who := range w.All() {
		page := who.In(t).Post(path, nil)
		owner := page.Status == http.StatusSeeOther && !strings.Contains(page.Location(), "sign-in")
		if mine := who.Kind == w.Head.Kind || who.Kind == w.Member.Kind; owner != mine {
			t.Errorf("%s: status %d", who.Kind, page.Status)
		}
	}
	if got := w.kinds(t, kampala); got != "ask ask" {
		t.Errorf("asked again by three people on one day: %s", got)
	}
	w.say(t, kampala, someone)
	if err := w.service.AskAgain(t.Context(), w.Head.User, id, partner); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("who has answered can be asked again: %v", err)
	}
	other := w.sent(t, shared(form.Answers{"partners.0.email": {"second@uganda.example"}}))
	if err := w.service.AskAgain(t.Context(), w.Head.User, other, partner); !errors.Is(err, problem.NotFound) {
		t.Errorf("a partner of another pledge: %v", err)
	}
}

// TestPanelOfPartners: the office and the desk read where each partner stands.
func TestPanelOfPartners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent(t, shared(nil))
	w.say(t, cali, answer("decline", "No budget"))
	if _, err := w.db.Pool.Exec(t.Context(), `UPDATE outbox SET state = 'failed', finished_at = now() WHERE to_address = $1`, kampala); err != nil {
		t.Fatal(err)
	}
	w.later(48 * time.Hour)
	sub, err := workflow.Find(t.Context(), w.db.Read(), id, w.Head.User)
	if err != nil {
		t.Fatal(err)
	}
	panel, err := w.service.Partners(i18n.WithLang(t.Context(), i18n.English), sub)
	if err != nil {
		t.Fatal(err)
	}
	var html strings.Builder
	if err := panel.Render(i18n.WithLang(t.Context(), i18n.English), &html); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"The mail came back", kampala, "Ask again", "Does not take part", "No budget", "Marker Okello", "Asked on 24 November 2026"} {
		if !strings.Contains(html.String(), want) {
			t.Errorf("the panel does not say %q:\n%s", want, html.String())
		}
	}
	if strings.Count(html.String(), "Ask again") != 1 {
		t.Error("who has declined can be asked again")
	}
}

// Whoever was asked about a pledge that has been given up has nothing to answer and is not reminded; as long as the public
// reads an earlier revision, its partners go on being asked.
func TestNobodyIsAskedAboutWhatWasGivenUp(t *testing.T) {
	t.Parallel()
	for _, state := range []workflow.State{workflow.Withdrawn, workflow.Declined, workflow.PutAway, workflow.Erased} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.sent(t, shared(nil))
			w.become(t, id, state)
			token := w.token(t, kampala)
			w.later(15 * 24 * time.Hour)
			if err := w.service.CarePartners(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := w.kinds(t, kampala); got != "ask" {
				t.Errorf("the partner got %s", got)
			}
			page := w.Visitor.Get("/en/t/partner/" + token).Want(http.StatusGone)
			if page.Text("h1") != "There is nothing left to answer" || page.Has("main form") {
				t.Errorf("the page says %s", page.Text("main"))
			}
			w.Visitor.Post("/en/t/partner/"+token, url.Values{"answer": {"confirm"}, "name": {"N"}, "position": {"P"}}).Want(http.StatusGone)
			w.Visitor.Post("/en/t/partner/"+token+"/link", nil).Want(http.StatusGone)
		})
	}
	t.Run("a revision of something published", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		id := w.sent(t, shared(nil))
		w.onward(t, id)
		w.become(t, id, workflow.PutAway)
		token := w.token(t, kampala)
		w.Visitor.Get("/en/t/partner/" + token).Want(http.StatusOK)
		w.later(15 * 24 * time.Hour)
		if err := w.service.CarePartners(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := w.kinds(t, kampala); got != "ask reminder" {
			t.Errorf("the partner got %s", got)
		}
	})
}

// become puts a submission into a state, however it got there.
func (w *world) become(t testing.TB, id workflow.ID, state workflow.State) {
	t.Helper()
	if _, err := w.db.Pool.Exec(t.Context(), `UPDATE submissions SET state = $2 WHERE id = $1`, id, state); err != nil {
		t.Fatal(err)
	}
}
