package journey

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

// suggested are the answers of an event that is to come, with one place, step by step.
func suggested() []struct {
	step   string
	values url.Values
} {
	day, month, year := days(40)
	return []struct {
		step   string
		values url.Values
	}{
		{"event", url.Values{"language": {"en"}, "title": {"Consultation on fair recruitment"}, "type": {"consultation"}, "text": {"Unions and recruiters compare corridors."}}},
		{"when", url.Values{"whole": {"times"}, "first.day": {day}, "first.month": {month}, "first.year": {year}, "starts": {"14:00"}, "ends": {"15:30"}, "zone": {"Africa/Nairobi"}}},
		{"where", url.Values{"format": {"hybrid"}, "place": {"Nairobi, hall 3"}, "country": {"KE"}}},
		{"people", url.Values{"organizers.0.name": {"Ministry of Labour"}, "organizers.0.role": {"lead"}, "audience": {"open"}}},
		{"registration", url.Values{"registration": {"here"}, "capacity": {"1"}}},
		{"about", url.Values{"objectives": {"6"}}},
		{"after", url.Values{}},
		{"contact", url.Values{"contact_name": {"Amina"}, "contact_email": {"amina@ministry.example"}}},
	}
}

// attendanceIn finds the link of a registration in a mail in the language.
func attendanceIn(lang i18n.Lang) *regexp.Regexp {
	return regexp.MustCompile(`https?://[^/\s]+(/` + string(lang) + `/t/attendance/[A-Z0-9]+)`)
}

// An office suggests an event and the desk publishes it; it stands on the front page and in the month, which the keyboard turns. Two
// visitors without an account and without scripts register by mail for the one place: who waits gets it when the first gives it up, and
// is told when the organizer cancels.
func TestAnEventFromItsSuggestionToItsEnd(t *testing.T) {
	t.Parallel()
	p := newPortal(t, false)
	head := p.member(t, "Head of labour")
	owner := p.client(t, head)
	to := owner.Post("/en/calendar/new", url.Values{"office": {fmt.Sprint(head.Posts[0].OfficeID)}}).Want(http.StatusSeeOther).Location()
	id := to[strings.LastIndex(to, "/")+1:]
	for i, s := range suggested() {
		s.values.Set("version", []string{"1", "0"}[min(i, 1)]) // of the first the language is known
		s.values.Set("do", "continue")
		owner.Post("/en"+stepsOf(id)+s.step, s.values).Want(http.StatusSeeOther)
	}
	if !sendIn(owner, id) {
		t.Fatal("the event is not acknowledged")
	}
	press := p.client(t, webtest.NewUser(t, p.db, "Press officer", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.CommunicationsDesk}))
	version := func() string {
		return fmt.Sprint(value[int](t, p.db, `SELECT version FROM submissions WHERE id = $1::bigint`, id))
	}
	press.Post("/en/desk/submissions/"+id+"/assignment", url.Values{"to": {"me"}, "version": {version()}}).Want(http.StatusSeeOther)
	press.Post("/en/desk/submissions/"+id+"/decision", url.Values{"step": {"confirmed"}, "action": {"publish"}, "version": {version()}}).Want(http.StatusSeeOther)

	reader := open(t, p.url, narrow)
	reader.want(reader.visit("/en/"), http.StatusOK)
	reader.want(reader.follow("Consultation on fair recruitment"), http.StatusOK)
	event := reader.path()
	reader.axe()
	reader.want(reader.visit("/en/calendar?view=month"), http.StatusOK)
	for range 2 { // forty days from now are in the next month or the one after it
		if reader.has(`td a[href="` + event + `"]`) {
			break
		}
		reader.tabTo("a[rel=next]")
		reader.want(reader.press("a[rel=next]"), http.StatusOK)
	}
	reader.tabTo(`td a[href="` + event + `"]`)
	reader.axe()

	register := func(email string) (*tab, string) {
		t.Helper()
		b := open(t, p.url, narrow).withoutScripts()
		b.want(b.visit(event), http.StatusOK)
		b.fill("#registration [name=name]", "Noor")
		b.fill("#registration [name=email]", email)
		b.want(b.press("#registration .btn"), http.StatusOK)
		link := p.mailTo(t, email, attendanceIn(i18n.English))
		b.want(b.visit(link), http.StatusOK)
		b.want(b.push("Take a place"), http.StatusOK)
		return b, link
	}
	first, _ := register("first@visitor.example")
	first.reads("You have a place")
	second, asked := register("second@visitor.example")
	second.reads("You are on the waiting list", "Your number on the waiting list is 1.")
	reader.want(reader.visit(asked), http.StatusOK)
	reader.axe()
	first.want(first.push("Give up my place"), http.StatusOK)
	promoted := p.mailTo(t, "second@visitor.example", attendanceIn(i18n.English), asked)
	second.want(second.visit(promoted), http.StatusOK)
	second.reads("You have a place")

	owner.Get(event+"/cancellation").Want(http.StatusOK).Form("form.stack").Set("reason", "The hall is flooded.").Submit().Want(http.StatusSeeOther)
	eventually(t, "who has a place is told that it is cancelled", func() bool {
		for _, m := range p.sink.Messages() {
			if len(m.To) == 1 && m.To[0] == "second@visitor.example" && strings.Contains(m.Text, "The hall is flooded.") {
				return true
			}
		}
		return false
	})
	reader.want(reader.visit(event), http.StatusOK)
	reader.reads("This event is cancelled.", "The hall is flooded.")
	if reader.has("#registration") {
		t.Error("one can register for what is cancelled")
	}
	reader.want(reader.visit("/en/"), http.StatusOK)
	reader.saysNot("Consultation on fair recruitment")
}
