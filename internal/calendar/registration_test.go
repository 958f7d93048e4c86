package calendar_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/calendar"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// here is the sample with so many places in the portal.
func here(places string) form.Answers {
	return changed(form.Answers{"registration": {"here"}, "link": nil, "capacity": {places}})
}

// mails are the kinds of mails about registrations that an address got, in their order.
func (w *world) mails(t testing.TB, to string) []string {
	t.Helper()
	kinds, err := database.Values[string](t.Context(), w.db.Read(), `SELECT kind FROM outbox WHERE to_address = $1 AND kind LIKE 'calendar.%' ORDER BY id`, to)
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

var ownLink = regexp.MustCompile(`/en/t/attendance/[A-Z0-9]+`)

// link is the way to a registration in the last mail to an address.
func (w *world) link(t testing.TB, to string) string {
	t.Helper()
	html, err := database.Value[string](t.Context(), w.db.Read(), `SELECT html FROM outbox WHERE to_address = $1 ORDER BY id DESC LIMIT 1`, to)
	if err != nil {
		t.Fatal(err)
	}
	return ownLink.FindString(html)
}

// asks asks for a place and returns the link of the mail.
func (w *world) asks(t testing.TB, email string) string {
	t.Helper()
	w.Visitor.In(t).Get("/en/calendar/GCM-E-0001").Want(http.StatusOK).Form("form#registration").Set("name", "Amina").Set("email", email).Submit().WantRedirect("/en/calendar/GCM-E-0001/registration/sent")
	return w.link(t, email)
}

func (w *world) registers(t testing.TB, email string) string {
	t.Helper()
	link := w.asks(t, email)
	w.Visitor.In(t).Get(link).Want(http.StatusOK).Form("main form").Submit().Want(http.StatusSeeOther)
	return link
}

// Places go to who proves their address first; then there is a waiting list, and a place that becomes free goes to its first.
func TestRegistration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.published(t, here("2"))
	visitor := w.Visitor.In(t)
	asked := w.asks(t, "never@example.org")
	first := w.registers(t, "first@example.org")
	w.registers(t, "second@example.org")
	third := w.registers(t, "third@example.org")
	fourth := w.registers(t, "fourth@example.org")
	if p := visitor.Get(first).Want(http.StatusOK); !p.Contains("You have a place") {
		t.Error(p.Text("main"))
	}
	if p := visitor.Get(fourth).Want(http.StatusOK); !p.Contains("You are on the waiting list") || !p.Contains("Your number on the waiting list is 2.") {
		t.Error(p.Text("main"))
	}
	visitor.Post(first, url.Values{}).Want(http.StatusSeeOther) // the button is pressed again
	if p := visitor.Get(asked).Want(http.StatusOK); !p.Contains("Confirm your registration") {
		t.Error(p.Text("main"))
	}

	// The organizers read who has registered, which is recorded; nobody else does.
	p := w.Member.In(t).Get("/en/calendar/GCM-E-0001/registrations").Want(http.StatusOK)
	if !p.Contains("2 of 2 places are taken; 2 people wait.") || !p.Contains("fourth@example.org") || p.Contains("never@example.org") {
		t.Error(p.Text("main"))
	}
	if n, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(*)::int FROM audit_log WHERE act = 'read' AND subject_id = $1`, id); err != nil || n != 1 {
		t.Errorf("%d readings are recorded, %v", n, err)
	}
	w.OtherMember.In(t).Get("/en/calendar/GCM-E-0001/registrations").Want(http.StatusNotFound)
	w.OtherMember.In(t).Get("/en/calendar/GCM-E-0001/registrations.csv").Want(http.StatusNotFound)
	if file := string(w.Member.In(t).Get("/en/calendar/GCM-E-0001/registrations.csv").Want(http.StatusOK).Body); strings.Count(file, "@example.org") != 4 {
		t.Error(file)
	}

	visitor.Post(first, url.Values{"act": {"leave"}}).Want(http.StatusSeeOther)
	visitor.Post(first, url.Values{"act": {"leave"}}).Want(http.StatusSeeOther)
	if got := w.mails(t, "third@example.org"); fmt.Sprint(got) != "[calendar.asked calendar.waiting calendar.promoted]" {
		t.Errorf("the first on the waiting list got %v", got)
	}
	visitor.Get(third).Want(http.StatusNotFound) // the new mail has a new link
	if p := visitor.Get(w.link(t, "third@example.org")); !p.Contains("You have a place") {
		t.Error(p.Text("main"))
	}
	if p := visitor.Get(first); !p.Contains("You have given up your place") {
		t.Error(p.Text("main"))
	}
	// More places, at another time: all are told, and the last who waits has one.
	w.revised(t, id, form.Merge(here("3"), form.Answers{"starts": {"13:00"}}))
	if got := w.mails(t, "fourth@example.org"); fmt.Sprint(got) != "[calendar.asked calendar.waiting calendar.moved calendar.promoted]" {
		t.Errorf("the last got %v", got)
	}
	if err := w.service.Cancel(t.Context(), w.Member.User, "GCM-E-0001", 2, "Rain."); err != nil {
		t.Fatal(err)
	}
	for email, want := range map[string]string{
		"first@example.org": "[calendar.asked calendar.placed]", "second@example.org": "[calendar.asked calendar.placed calendar.moved calendar.cancelled]", "never@example.org": "[calendar.asked]",
	} {
		if got := w.mails(t, email); fmt.Sprint(got) != want {
			t.Errorf("%s got %v, not %s", email, got, want)
		}
	}
	if p := visitor.Get(asked); !p.Contains("The registration for this event is closed.") {
		t.Error(p.Text("main"))
	}
	visitor.Post(asked, url.Values{}).Want(http.StatusConflict)
	visitor.Get("/en/t/attendance/FORGED").Want(http.StatusNotFound)

	w.at(now.Add(calendar.ProveWithin + time.Hour))
	visitor.Get(asked).Want(http.StatusNotFound)
	w.at(time.Date(2027, 8, 1, 0, 0, 0, 0, time.UTC))
	if err := w.service.CleanUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(*)::int FROM event_registrations`); err != nil || n != 0 {
		t.Errorf("%d registrations are left, %v", n, err)
	}
}

// Many who take the last places at once: none is given twice.
func TestNoPlaceIsGivenTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.published(t, here("3"))
	var links []string
	for i := range 8 {
		links = append(links, w.asks(t, fmt.Sprintf("p%d@example.org", i)))
	}
	var all sync.WaitGroup
	for _, link := range append(links, links...) {
		all.Go(func() {
			if err := w.service.Prove(t.Context(), link[strings.LastIndex(link, "/")+1:]); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	n, err := database.Values[int](t.Context(), w.db.Read(), `SELECT count(*)::int FROM event_registrations GROUP BY state ORDER BY state`)
	if err != nil || fmt.Sprint(n) != "[3 5]" {
		t.Errorf("registered and waiting: %v, %v", n, err)
	}
	if n, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(*)::int FROM outbox WHERE kind IN ('calendar.placed', 'calendar.waiting')`); err != nil || n != 8 {
		t.Errorf("%d mails, %v", n, err)
	}
}

// What is typed wrong stays; the answer never tells who is registered; nobody is flooded with mails.
func TestWhoAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.published(t, here("1"))
	ask := func(name, email string) *webtest.Page {
		return w.Visitor.In(t).Post("/en/calendar/GCM-E-0001/registration", url.Values{"name": {name}, "email": {email}})
	}
	for name, c := range map[string][3]string{
		"no name":           {" ", "a@example.org", "Enter your name."},
		"a name of length":  {strings.Repeat("x", calendar.MaxName+1), "a@example.org", "The name may have at most 200 characters; it has 201."},
		"no address":        {"Amina", "", "Enter your e-mail address."},
		"two addresses":     {"Amina", "a@example.org, b@example.org", "Enter one whole e-mail address"},
		"a header":          {"Amina", "a@example.org\r\nBcc: b@example.org", "Enter one whole e-mail address"},
		"a long address":    {"Amina", strings.Repeat("a", 320) + "@example.org", "Enter one whole e-mail address"},
		"a name as address": {"Amina", "Amina <a@example.org>", "Enter one whole e-mail address"},
	} {
		p := ask(c[0], c[1]).Want(http.StatusUnprocessableEntity)
		if !p.Contains(c[2]) || p.Form("form#registration").Value("name") != c[0] {
			t.Errorf("%s: %s", name, p.Text("main"))
		}
	}
	w.registers(t, "known@example.org")
	for range 4 {
		ask("Amina", "known@EXAMPLE.org").WantRedirect("/en/calendar/GCM-E-0001/registration/sent")
	}
	if got := w.mails(t, "known@example.org"); len(got) != 4 { // asked three times a day at most, and told of the place
		t.Errorf("%v", got)
	}
	w.at(time.Date(2027, 2, 10, 11, 30, 0, 0, time.UTC))
	ask("Amina", "late@example.org").Want(http.StatusConflict)
	if p := w.Visitor.In(t).Get("/en/calendar/GCM-E-0001"); p.Has("form#registration") {
		t.Error("while it goes on one can register")
	}
	w.at(now)
	if err := w.take(t, w.published(t, sample()), workflow.Archive); err != nil {
		t.Fatal(err)
	}
	w.Visitor.In(t).Post("/en/calendar/GCM-E-0002/registration", url.Values{"name": {"A"}, "email": {"a@example.org"}}).Want(http.StatusConflict)
	// Who is signed in has proven their address.
	p := w.OtherMember.In(t).Get("/en/calendar/GCM-E-0001").Want(http.StatusOK).Form("form#registration").Submit().Want(http.StatusSeeOther).Follow()
	if !p.Contains("You are on the waiting list") {
		t.Error(p.Text("main"))
	}
}
