package champion_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/webtest"
)

// Offices of confirmed Champions offer and wish, find what answers it, and write to each other; nobody else reads a word.
func TestPeerExchanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	peer := func(name, country string, role identity.PostRole) webtest.Person {
		office := webtest.NewOffice(t, w.db, name, country)
		return webtest.SignedIn(t, w.Visitor.Client, w.router, name, webtest.NewUser(t, w.db, "Counsellor of "+country, map[int64]identity.PostRole{office: role}))
	}
	manila, rabat, viewer, outsider := peer("Mission of the Philippines", "PH", identity.Head), peer("Mission of Morocco", "MA", identity.Head), peer("Second mission of Morocco", "MA", identity.Viewer), peer("Mission of Andorra", "AD", identity.Head)
	kenya := w.Member

	form := func(p webtest.Person, values map[string]string) *webtest.Form {
		f := p.In(t).Get("/en/champions/exchange/new").Want(http.StatusOK).Form("form#exchange")
		for name, value := range values {
			f.Forge(name, value)
		}
		return f
	}
	offer := map[string]string{"kind": "offer", "objective": "6", "lang": "en", "title": "Our course for labour attachés", "text": "Two weeks in <Nairobi>.", "until.day": "1", "until.month": "3", "until.year": "2027"}
	with := func(name, value string) map[string]string {
		all := map[string]string{}
		for k, v := range offer {
			all[k] = v
		}
		all[name] = value
		return all
	}
	for name, c := range map[string]map[string]string{
		"neither": with("kind", "gift"), "an objective that there is not": with("objective", "24"), "no title": with("title", " "), "a title without end": with("title", strings.Repeat("x", 999)),
		"no text": with("text", ""), "a language nobody knows": with("lang", "tlh"), "the past": with("until.year", "2025"), "years to come": with("until.year", "2031"), "no day": with("until.day", ""), "no date": with("until.month", "13"),
	} {
		if p := form(kenya, c).Submit().Want(http.StatusUnprocessableEntity); len(p.Texts(".errors a")) != 1 || !p.Contains("Two weeks in") && name != "no text" {
			t.Errorf("%s: %q", name, p.Texts(".errors a"))
		}
	}
	f := form(kenya, offer)
	page := f.Submit().Want(http.StatusSeeOther).Location()
	if again := f.Submit().Want(http.StatusSeeOther).Location(); again != page {
		t.Error("sent twice it is there twice")
	}
	wish := with("kind", "wish")
	wish["title"] = "To learn how attachés are trained"
	answer := form(manila, wish).Submit().Want(http.StatusSeeOther).Location()
	form(manila, with("title", "Ours too")).Submit().Want(http.StatusSeeOther)

	says(t, manila.In(t).Get(answer).Want(http.StatusOK), "Offers on the same objective", "Our course for labour attachés")
	says(t, kenya.In(t).Get(page).Want(http.StatusOK), "Wishes on the same objective", "To learn how attachés are trained")
	for query, want := range map[string]int{"": 3, "?kind=wish": 1, "?objective=6": 3, "?objective=7": 0, "?kind=x&objective=99": 3} {
		if got := manila.In(t).Get("/ar/champions/exchange" + query).Want(http.StatusOK).Count("main .result"); got != want {
			t.Errorf("%q shows %d, want %d", query, got, want)
		}
	}

	// Manila and Rabat write to Nairobi: each reads its own conversation, Nairobi both.
	write := func(p webtest.Person, section, words string) *webtest.Page {
		f := p.In(t).Get(page).Want(http.StatusOK).Form(`form[action*="/messages"]`)
		f.Forge("message-"+f.Value("to"), words)
		return f.Submit()
	}
	write(manila, "", "").Want(http.StatusUnprocessableEntity)
	if p := write(manila, "", strings.Repeat("long ", 2000)).Want(http.StatusUnprocessableEntity); !p.Contains("long long") {
		t.Error("what was typed is lost")
	}
	write(manila, "", "May two of ours come?").Want(http.StatusSeeOther)
	write(manila, "", "May two of ours come?").Want(http.StatusSeeOther)
	write(rabat, "", "Et deux des nôtres ?").Want(http.StatusSeeOther)
	mails := func(p webtest.Person) int {
		return value[int](t, w.db, `SELECT count(*)::int FROM outbox WHERE kind = 'champion.exchange' AND to_user = $1`, p.User.ID)
	}
	if mails(kenya) != 2 || mails(w.Head) != 2 || mails(manila) != 0 {
		t.Errorf("Nairobi has %d and %d mails, Manila %d", mails(kenya), mails(w.Head), mails(manila))
	}
	nairobi := kenya.In(t).Get(page).Want(http.StatusOK)
	says(t, nairobi, "May two of ours come?", "Et deux des nôtres ?", "Messages with Mission of Morocco")
	if nairobi.Contains(manila.User.Email) || nairobi.Contains("Counsellor of PH") {
		t.Error("addresses or names of people are shown")
	}
	if p := manila.In(t).Get(page).Want(http.StatusOK); p.Contains("Et deux des nôtres ?") {
		t.Error("Manila reads what Rabat writes")
	}
	office := value[int64](t, w.db, `SELECT max(office_id) FROM champion_exchange_messages WHERE body LIKE 'May two%'`)
	id := value[int64](t, w.db, `SELECT min(id) FROM champion_exchanges`)
	if err := w.service.WriteAbout(t.Context(), kenya.User, id, office, "In May."); err != nil || mails(manila) != 1 || mails(rabat) != 0 {
		t.Errorf("the answer: %v; Manila has %d mails, Rabat %d", err, mails(manila), mails(rabat))
	}
	if err := w.service.WriteAbout(t.Context(), kenya.User, id, 999999, "To nobody"); !errors.Is(err, problem.NotFound) {
		t.Errorf("Nairobi writes to who has not written: %v", err)
	}

	// Others read nothing and write nothing; the desk reads what is offered, not what is written.
	for _, p := range []webtest.Person{outsider, viewer, w.Newcomer, w.Officer, w.Reviewer} {
		for _, path := range []string{"/en/champions/exchange", "/en/champions/exchange/new", page} {
			p.In(t).Get(path).Want(http.StatusNotFound)
		}
		if _, err := w.service.Post(t.Context(), p.User, url.Values{}); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s posts: %v", p.Kind, err)
		}
		if err := w.service.WriteAbout(t.Context(), p.User, id, office, "Hello"); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s writes: %v", p.Kind, err)
		}
		if err := w.service.EndExchange(t.Context(), p.User, id); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s ends it: %v", p.Kind, err)
		}
	}
	if p := w.Desk.In(t).Get(page).Want(http.StatusOK); p.Contains("May two of ours come?") || p.Has(`form[action*="/messages"]`) || !p.Has("form#end") {
		t.Error("the desk reads what offices write, or cannot end it")
	}
	if err := w.service.EndExchange(t.Context(), manila.User, id); !errors.Is(err, problem.NotFound) {
		t.Errorf("another Champion ends it: %v", err)
	}

	// Over, by its day or by hand, nothing more is written; who wrote still reads it, others do not find it.
	later := time.Date(2027, 3, 2, 10, 0, 0, 0, time.UTC)
	w.clock.Store(&later)
	says(t, manila.In(t).Get(page).Want(http.StatusOK), "This is over")
	early := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	w.clock.Store(&early)
	end := kenya.In(t).Get(page).Want(http.StatusOK).Form("form#end")
	end.Submit().Want(http.StatusSeeOther)
	end.Submit().Want(http.StatusSeeOther) // twice
	if err := w.service.WriteAbout(t.Context(), manila.User, id, 0, "Too late"); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("about what is over: %v", err)
	}
	if p := manila.In(t).Get("/en/champions/exchange"); p.Contains("Our course for labour attachés") {
		t.Error("what is over is offered")
	}
}
