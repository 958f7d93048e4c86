package pledge_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/pledge"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// manyCases opens one case and adds n that are over, one a minute.
func (w *world) manyCases(t *testing.T, n int) {
	t.Helper()
	opened(t, w)
	if _, err := w.db.Read().Exec(t.Context(), `INSERT INTO pledge_interests (pledge_id, support, office_id, state, created_at, changed_at)
		SELECT i.pledge_id, 'offered', i.office_id, 'not_pursued', i.created_at, i.created_at + n * interval '1 minute' FROM pledge_interests i, generate_series(1, $1) n`, n); err != nil {
		t.Fatal(err)
	}
}

// Both sides and the desk see every case once, by numbered pages and then by key; a page says how many there are in all.
func TestCasesArePaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = 50*pledge.CasesPerPage + 25
	w.manyCases(t, n-1)
	for name, list := range map[string]struct {
		by   webtest.Person
		path string
	}{
		"the office that asks": {w.OtherMember, "/en/cases"}, "the office of the pledge": {w.Head, "/en/cases"}, "the desk": {w.Officer, "/en/desk/cases"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := list.by.In(t)
			seen, first := map[string]bool{}, ""
			page := client.Get(list.path).Want(http.StatusOK)
			for pages := 1; ; pages++ {
				if got := page.Text("#count"); got != "1,025 cases" {
					t.Fatalf("page %d counts %q", pages, got)
				}
				for _, link := range page.All("ul.list a[href*=cases]") {
					if first == "" {
						first = link.Attr("href")
					}
					if seen[link.Attr("href")] {
						t.Fatalf("%s comes twice", link.Attr("href"))
					}
					seen[link.Attr("href")] = true
				}
				next := page.All("a[rel=next]")
				if len(next) == 0 {
					break
				}
				page = client.Get(next[0].Attr("href")).Want(http.StatusOK)
			}
			if len(seen) != n {
				t.Errorf("%d cases, want %d", len(seen), n)
			}
			if open := page.URL.Path; open == "" || list.path == "/en/cases" && !client.Get(first).Contains("We can send two.") {
				t.Error("the open case does not come first")
			}
		})
	}
	if page := w.Officer.In(t).Get("/en/desk/cases?state=not_pursued&page=2").Want(http.StatusOK); page.Text("#count") != "1,024 cases" || !page.Has(`a[rel=next][href="/en/desk/cases?page=3&state=not_pursued"]`) || page.Count("ul.list > li") != pledge.CasesPerPage {
		t.Errorf("narrowed: %s", page.Text("#count"))
	}
	for _, hostile := range []string{"?page=99999", "?page=-1", "?page=x", "?after=x", "?after=999999", "?after=-5", "?page=2&after=1"} {
		w.Head.In(t).Get("/en/cases" + hostile).Want(http.StatusOK)
		w.Officer.In(t).Get("/en/desk/cases" + hostile).Want(http.StatusOK)
	}
	if page := w.Newcomer.In(t).Get("/en/cases?after=1").Want(http.StatusOK); page.Has("ul.list") {
		t.Error("somebody without an office sees cases")
	}
}

// What is written in a case is marked with the language that its author says, on the page and in the mail.
func TestWordsInACaseHaveALanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id := w.publish(t, needing("Two trainers", "A call centre"))
	asking := w.OtherMember.In(t).Get("/ar/pledges/" + id + "/interest?support=needed").Want(http.StatusOK)
	if got := asking.Form("form[action*=interest]").Value("language"); got != "ar" {
		t.Errorf("on the Arabic page the language is %q", got)
	}
	wrong := asking.Form("form[action*=interest]").Set("text", "Nous pouvons").Forge("language", "xx").Submit().Want(http.StatusUnprocessableEntity)
	if !wrong.Has("#errors a[href='#language']") || wrong.Text("textarea") != "Nous pouvons" {
		t.Errorf("a language that there is not: %s", wrong.Text("main"))
	}
	made := wrong.Form("form[action*=interest]").Set("text", "Nous pouvons en envoyer deux.").Set("language", "fr").Submit().Follow().Want(http.StatusOK)
	if got := made.Text(".timeline p[lang=fr][dir=auto]"); got != "Nous pouvons en envoyer deux." {
		t.Errorf("the message is marked as %s", made.Body)
	}
	mail, err := database.Value[string](t.Context(), w.db.Read(), `SELECT html FROM outbox WHERE kind = 'pledge.interest' LIMIT 1`)
	if err != nil || !strings.Contains(mail, `<blockquote`) || !strings.Contains(mail, `lang="fr"`) {
		t.Errorf("the mail is %s, %v", mail, err)
	}
	path := made.URL.Path
	made.Form("form[data-guard]").Set("text", "نعم").Press("do=message").Follow().Want(http.StatusOK)
	desk := w.Officer.In(t).Get("/en/desk" + path[len("/ar"):]).Want(http.StatusOK)
	if !desk.Has(`.timeline p[lang=fr]`) || desk.Text(`.timeline p[lang=ar]`) != "نعم" {
		t.Error("at the desk the messages have no language")
	}
	if noted := desk.Form("form[data-guard]").Set("text", "Позвонить").Set("language", "ru").Submit().Follow(); noted.Text(".timeline p[lang=ru]") != "Позвонить" {
		t.Errorf("the note: %s", noted.Text("main"))
	}
	// A message of which nobody has said it, as all that were written before, is marked with none.
	if _, err := w.service.Express(t.Context(), w.OtherMember.User, id, pledge.NewInterest{Support: pledge.Offered, OfficeID: w.OtherOffice, Text: "Hello"}); err != nil {
		t.Fatal(err)
	}
}

// A case leads on from a pledge of either office whose place another one has taken, and a pledge that comes of it matches
// the one that is left.
func TestACaseLeadsToWhatHasTakenThePlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked, askedID := w.publish(t, needing("Two trainers", ""))
	second, secondID := w.publish(t, complete())
	_, thirdID := w.publish(t, complete())
	own, err := w.start(t.Context(), w.OtherMember.User, w.OtherOffice)
	if err != nil {
		t.Fatal(err)
	}
	ownID := w.send(t, own, w.OtherMember.User, complete())
	interest, err := w.service.Express(t.Context(), w.OtherMember.User, askedID, pledge.NewInterest{Support: pledge.Needed, OfficeID: w.OtherOffice, Own: ownID, Text: "We can send two."})
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/en/cases/%d", interest)
	for _, a := range []pledge.InterestAction{pledge.ActInContact, pledge.ActAgreed} {
		if err := w.service.Act(t.Context(), w.Head.User, interest, a, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	if page := w.Head.In(t).Get(path).Want(http.StatusOK); !page.Has(`.facts a[href="/en/pledges/`+ownID+`"]`) || page.Contains("Its place was taken by") {
		t.Errorf("before: %s", page.Text(".facts"))
	}
	_, matchingID := w.publish(t, with(form.Answers{"type": {"matching"}, "matches": {askedID}}))
	for _, u := range []struct {
		old  int64
		next string
	}{{asked, secondID}, {own, thirdID}, {second, thirdID}} {
		w.later(time.Hour)
		w.supersede(t, u.old, u.next)
	}
	for _, address := range []string{path, fmt.Sprintf("/en/desk/cases/%d", interest)} {
		client := w.Head.In(t)
		if strings.Contains(address, "/desk/") {
			client = w.Officer.In(t)
		}
		page := client.Get(address).Want(http.StatusOK)
		if page.Count(`.facts a[href="/en/pledges/`+thirdID+`"]`) != 2 || !page.Has(`.facts a[href="/en/pledges/`+askedID+`"]`) || !page.Has(`.facts a[href="/en/pledges/`+ownID+`"]`) {
			t.Errorf("%s: %s", address, page.Text(".facts"))
		}
	}
	if page := w.Visitor.Get("/en/pledges/" + matchingID).Want(http.StatusOK); !page.Has(`a[href="/en/pledges/`+askedID+`"]`) || !page.Has(`a[href="/en/pledges/`+thirdID+`"]`) {
		t.Error("the page of a pledge that matches does not lead on")
	}
	before := w.Visitor.Get("/en/pledges/" + matchingID + "?as-of=" + w.today().AddDays(-1).String())
	if before.Contains("Its place was taken by") {
		t.Error("as of the day before it leads on already")
	}
	draft, err := w.service.StartMatching(t.Context(), w.OtherMember.User, interest)
	if err != nil {
		t.Fatal(err)
	}
	if a := w.answers(t, draft, w.OtherMember.User); a.First("matches") != thirdID {
		t.Errorf("the draft matches %s, want %s", a.First("matches"), thirdID)
	}
	// Of a pledge that was taken down nothing but the ID is shown; its page says what became of it.
	w.apply(t, own, w.Officer.User, workflow.Archive, "A mistake.")
	if page := w.Head.In(t).Get(path).Want(http.StatusOK); !page.Has(`.facts a[href="/en/pledges/`+ownID+`"]`) || !page.Contains("It is public no more.") {
		t.Errorf("taken down: %s", page.Text(".facts"))
	}
}

// Where the office of a pledge is closed, nobody can answer: the page says so, no case is opened, and nothing typed is lost.
func TestNobodyAnswersForAClosedOffice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id := w.publish(t, needing("Two trainers", "A call centre"))
	other := w.OtherMember.In(t)
	typed := other.Get("/en/pledges/" + id + "/interest?support=needed").Want(http.StatusOK)
	open, err := w.service.Express(t.Context(), w.OtherMember.User, id, pledge.NewInterest{Support: pledge.Offered, OfficeID: w.OtherOffice, Text: "We would like it."})
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/en/cases/%d", open)
	if other.Get(path).Contains("nobody there can answer") {
		t.Error("a case with an open office says that nobody answers")
	}
	set := func(office int64, state string) {
		t.Helper()
		if _, err := w.db.Read().Exec(t.Context(), `UPDATE offices SET state = $2, closed_at = CASE WHEN $2 = 'closed' THEN now() END, closed_by = CASE WHEN $2 = 'closed' THEN $3::bigint END WHERE id = $1`, office, state, w.Officer.User.ID); err != nil {
			t.Fatal(err)
		}
	}
	set(w.Office, "closed")
	if page := other.Get("/en/pledges/" + id + "/interest?support=needed").Want(http.StatusOK); !page.Contains("Nobody can answer for this office") || page.Has("main textarea") {
		t.Errorf("the form: %s", page.Text("main"))
	}
	late := typed.Form("form[action*=interest]").Set("text", "We can send <two>.").Submit().Want(http.StatusConflict)
	if !late.Contains("Nobody can answer for this office") || late.Text("pre.typed") != "We can send <two>." {
		t.Errorf("who had the form open: %s", late.Text("main"))
	}
	if n, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(*)::int FROM pledge_interests`); err != nil || n != 1 {
		t.Errorf("%d cases, %v", n, err)
	}
	if page := other.Get(path).Want(http.StatusOK); !page.Contains("nobody there can answer") || !page.Has("button[value=not_pursued]") {
		t.Errorf("the case: %s", page.Text("main"))
	}
	if w.Head.In(t).Get(path).Want(http.StatusOK).Contains("nobody there can answer") {
		t.Error("the closed office itself is told that nobody answers")
	}
	set(w.Office, "approved")
	typed.Form("form[action*=interest]").Set("text", "We can send two.").Submit().Follow().Want(http.StatusOK)
	other.Post("/en/pledges/"+id+"/interest", url.Values{"support": {"needed"}}).Want(http.StatusUnprocessableEntity)
}

// supersede reports that another pledge takes the place of one.
func (w *world) supersede(t *testing.T, id int64, next string) {
	t.Helper()
	if _, err := w.db.Read().Exec(t.Context(), `INSERT INTO pledge_updates (pledge_id, revision, means, status, superseded_by, on_day, lang, office_name, published_at)
		VALUES ($1, 1, 'page', 'superseded', $2, $3::timestamptz::date, 'en', 'Office', $3)`, id, next, w.now()); err != nil {
		t.Fatal(err)
	}
}

// answers are what a draft says now.
func (w *world) answers(t *testing.T, draft int64, who identity.User) form.Answers {
	t.Helper()
	sub, err := workflow.Find(t.Context(), w.db.Read(), draft, who)
	if err != nil {
		t.Fatal(err)
	}
	text, err := workflow.ReadText(t.Context(), w.db.Read(), draft, sub.Revision)
	if err != nil {
		t.Fatal(err)
	}
	return text.Steps["what"].Answers
}
