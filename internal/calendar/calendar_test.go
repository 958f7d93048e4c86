package calendar_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/calendar"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/problem"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// An event is suggested, published, moved, told the outcome of: what the public and calendars see of it at each point.
func TestTheLifeOfAnEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draft(t, sample())
	w.Visitor.In(t).Get("/en/calendar/GCM-E-0001").Want(http.StatusNotFound)
	if err := w.take(t, id, workflow.Submit, workflow.Take, workflow.Publish); err != nil {
		t.Fatal(err)
	}
	p := w.Visitor.In(t).Get("/en/calendar/GCM-E-0001?zone=Asia/Kathmandu").Want(http.StatusOK)
	for _, words := range []string{"Consultation on fair recruitment", "10 February 2027, 14:00–15:30 (Nairobi)", "16:45–18:15 (Kathmandu)", "11:00–12:30 (UTC)", "Upcoming", "Nairobi, hall 3", "Kenya", "Ministry of Labour", "French and Sign language", "Note"} {
		if !p.Contains(words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	if !p.Has(`a[href="https://events.example.org/register"]`) || p.Contains("amina@example.org") || p.Contains("Amina") {
		t.Error("the way to register is missing, or the contact is public")
	}
	var data map[string]any
	_, raw, _ := strings.Cut(string(p.Body), `type="application/ld+json"`)
	_, raw, _ = strings.Cut(raw, ">")
	raw, _, _ = strings.Cut(raw, "</script>")
	if err := json.Unmarshal([]byte(raw), &data); err != nil || data["startDate"] != "2027-02-10T14:00:00+03:00" || data["eventStatus"] != "https://schema.org/EventScheduled" {
		t.Errorf("schema.org: %v, %v", data, err)
	}
	all := w.Visitor.In(t).Get("/en/calendar/GCM-E-0001.ics?remind=day").Calendar()
	if len(all) != 1 || all[0].Text("UID") != "event-1@portal.example" || all[0].Text("SEQUENCE") != "0" || all[0].Text("CATEGORIES") != "Consultation" || all[0].Text("STATUS") != "CONFIRMED" ||
		!strings.Contains(all[0].Text("DESCRIPTION"), "semicolons, commas\nand lines.") || len(all[0].Children) != 1 || all[0].Children[0].Props.Get("TRIGGER").Value != "-PT1440M" {
		t.Errorf("the calendar has %+v", all)
	}
	if at := all[0].Start(); !at.Equal(time.Date(2027, 2, 10, 11, 0, 0, 0, time.UTC)) {
		t.Errorf("it begins at %s", at)
	}

	w.revised(t, id, changed(form.Answers{"starts": {"15:00"}, "ends": {"16:00"}}))
	all = w.Visitor.In(t).Get("/en/calendar/GCM-E-0001.ics").Calendar()
	if at := all[0].Start(); all[0].Text("SEQUENCE") != "1" || all[0].Text("UID") != "event-1@portal.example" || at.Hour() != 12 || len(all[0].Children) != 0 {
		t.Errorf("moved, the calendar has %+v", all)
	}

	w.at(time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC))
	p = w.Visitor.In(t).Get("/en/calendar/GCM-E-0001")
	if p.Has(`a[href="https://events.example.org/register"]`) || p.Contains("What came of it") || !p.Contains("Past") {
		t.Error("past, it still asks to register, or shows an outcome that there is not")
	}
	w.revised(t, id, changed(form.Answers{"starts": {"15:00"}, "ends": {"16:00"}, "outcome": {"Nine States **agreed**."}, "recordings.0.title": {"Recording"}, "recordings.0.address": {"https://events.example.org/r"}}))
	p = w.Visitor.In(t).Get("/en/calendar/GCM-E-0001")
	if !p.Contains("What came of it") || !p.Contains("Nine States agreed.") || !p.Has(`a[href="https://events.example.org/r"]`) {
		t.Error("its outcome is not shown")
	}
	if all = w.Visitor.In(t).Get("/en/calendar/GCM-E-0001.ics").Calendar(); all[0].Text("SEQUENCE") != "1" {
		t.Error("calendars are told of an outcome")
	}

	if err := w.take(t, id, workflow.Archive); err != nil {
		t.Fatal(err)
	}
	w.Visitor.In(t).Get("/en/calendar/GCM-E-0001").Want(http.StatusGone)
	if all = w.Visitor.In(t).Get("/en/calendar/GCM-E-0001.ics").Calendar(); all[0].Text("STATUS") != "CANCELLED" || all[0].Text("SUMMARY") != "GCM-E-0001" || all[0].Text("SEQUENCE") != "2" {
		t.Errorf("taken down, the calendar has %+v", all)
	}
	if p = w.Visitor.In(t).Get("/en/calendar?when=past"); p.Contains("fair recruitment") {
		t.Error("taken down, it is in the list")
	}
}

// What is over cannot be suggested.
func TestAPastEventIsNotSuggested(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.draft(t, changed(on("first", "2026", "11", "23")))
	wrong, _ := problem.InvalidFields(w.take(t, id, workflow.Submit))
	if len(wrong) != 1 || wrong[0].Key != "event.wrong.past" {
		t.Errorf("%v", wrong)
	}
}

// Whole days are whole days everywhere: in calendars the end is the day after, on the page they have no zone.
func TestWholeDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.published(t, changed(form.Merge(form.Answers{"whole": {"days"}, "starts": nil, "ends": nil, "zone": nil, "type": {"deadline"}}, on("last", "2027", "2", "12"))))
	p := w.Visitor.In(t).Get("/en/calendar/GCM-E-0001?zone=Pacific/Auckland").Want(http.StatusOK)
	if !p.Contains("10 February 2027 – 12 February 2027") || p.Contains("Auckland)") || p.Contains("00:00") {
		t.Error(p.Text("main"))
	}
	e := w.Visitor.In(t).Get("/en/calendar.ics").Calendar()[0]
	if start, end := e.Props.Get("DTSTART"), e.Props.Get("DTEND"); start.Value != "20270210" || end.Value != "20270213" || start.Params.Get("VALUE") != "DATE" || e.Text("TRANSP") != "TRANSPARENT" {
		t.Errorf("%+v", e.Props)
	}
	for day, want := range map[string]bool{"2027-02-08": true, "2027-02-15": false, "2027-02-01": false} {
		if p := w.Visitor.In(t).Get("/en/calendar?view=week&on=" + day).Want(http.StatusOK); p.Contains("fair recruitment") != want {
			t.Errorf("week of %s: %v", day, !want)
		}
	}
}

// Months and weeks put an event on its days, on the clock of the place or on the reader's; other areas' dates are there too.
func TestViews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.published(t, changed(form.Answers{"starts": {"23:00"}, "ends": {"23:30"}}))
	at := time.Date(2027, 2, 17, 10, 0, 0, 0, time.UTC)
	w.other = []calendar.Event{{UID: "talk-7", Path: "/talks/GCM-T-0007", Title: "A talk of another area", Lang: "en", First: date.Of(at), Last: date.Of(at), Starts: 600, Ends: 660, Zone: "UTC", At: at, Until: at.Add(time.Hour), Format: "online"}}
	cell := func(p *webtest.Page, day string) string {
		for _, td := range p.All("table.month td") {
			if len(td.All(`time[datetime="`+day+`"]`)) > 0 {
				return td.Text()
			}
		}
		t.Fatalf("the month has no %s", day)
		return ""
	}
	p := w.Visitor.In(t).Get("/en/calendar?view=month&on=2027-02-10").Want(http.StatusOK)
	if p.Count("table.month td") != 28 || !strings.Contains(cell(p, "2027-02-10"), "23:00") || !strings.Contains(cell(p, "2027-02-17"), "A talk of another area") || !p.Has(`a[rel=next]`) {
		t.Error(p.Text("main"))
	}
	p = w.Visitor.In(t).Get("/en/calendar?view=month&on=2027-02-10&zone=Asia/Tokyo").Want(http.StatusOK)
	if strings.Contains(cell(p, "2027-02-10"), "recruitment") || !strings.Contains(cell(p, "2027-02-11"), "05:00") {
		t.Error("on the clock of Tokyo it stands on the wrong day")
	}
	for path, want := range map[string][]string{
		"/en/calendar":                      {"Consultation on fair recruitment", "A talk of another area"},
		"/en/calendar?sort=latest":          {"A talk of another area", "Consultation on fair recruitment"},
		"/en/calendar?type=talk":            {"A talk of another area"},
		"/en/calendar?type=consultation":    {"Consultation on fair recruitment"},
		"/en/calendar?country=ke":           {"Consultation on fair recruitment"},
		"/en/calendar?region=africa":        {"Consultation on fair recruitment"},
		"/en/calendar?objective=6":          {"Consultation on fair recruitment"},
		"/en/calendar?language=sign":        {"Consultation on fair recruitment"},
		"/en/calendar?format=online":        {"A talk of another area"},
		"/en/calendar?q=RECRUITMENT+unions": {"Consultation on fair recruitment"},
		"/en/calendar?q=gcm-e-0001":         {"Consultation on fair recruitment"},
		"/en/calendar?when=past":            {},
		"/en/calendar?type=nonsense&objective=24&on=1900-01-01&view=year&page=99": {"Consultation on fair recruitment", "A talk of another area"},
	} {
		p := w.Visitor.In(t).Get(path).Want(http.StatusOK)
		if got := p.Texts("main .result h3"); !slices.Equal(got, want) {
			t.Errorf("%s shows %q, not %q", path, got, want)
		}
		file, query, _ := strings.Cut(path, "?")
		if n := len(w.Visitor.In(t).Get(file + ".ics?" + query).Calendar()); n != len(want) {
			t.Errorf("the calendar of %s has %d events, not %d", path, n, len(want))
		}
		var rows struct{ Rows []map[string]any }
		if err := json.Unmarshal(w.Visitor.In(t).Get(file+".json?"+query).Want(http.StatusOK).Body, &rows); err != nil || len(rows.Rows) != len(want) {
			t.Errorf("the file of %s has %d rows, not %d: %v", path, len(rows.Rows), len(want), err)
		}
	}
	feed := string(w.Visitor.In(t).Get("/en/calendar.atom").Want(http.StatusOK).Body)
	if strings.Count(feed, "<entry>") != 2 || !strings.Contains(feed, "https://portal.example/en/talks/GCM-T-0007") {
		t.Error(feed)
	}
}

// Whoever writes for the office cancels an event, once, with a reason; two who do so at once are told.
func TestCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.published(t, sample())
	w.OtherMember.In(t).Get("/en/calendar/GCM-E-0001/cancellation").Want(http.StatusNotFound)
	f := w.Member.In(t).Get("/en/calendar/GCM-E-0001/cancellation").Want(http.StatusOK).Form("form.stack")
	if p := f.Submit().Want(http.StatusUnprocessableEntity); !p.Contains("Say why the event is cancelled.") {
		t.Error(p.Text("main"))
	}
	if p := f.Set("reason", strings.Repeat("é", calendar.MaxReason+1)).Submit().Want(http.StatusUnprocessableEntity); !strings.Contains(p.Text("textarea"), "ééé") {
		t.Error("a reason that is too long is lost")
	}
	var wins, told int
	var mu sync.Mutex
	var both sync.WaitGroup
	for _, who := range []webtest.Person{w.Member, w.desk} {
		both.Go(func() {
			err := w.service.Cancel(t.Context(), who.User, "GCM-E-0001", 1, "The hall is flooded.")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				wins++
			case errors.Is(err, problem.Stale), errors.Is(err, problem.NotAllowedNow):
				told++
			default:
				t.Error(err)
			}
		})
	}
	both.Wait()
	if wins != 1 || told != 1 {
		t.Errorf("%d cancelled it, %d were told", wins, told)
	}
	w.Member.In(t).Get("/en/calendar/GCM-E-0001/cancellation").Want(http.StatusConflict)
	p := w.Visitor.In(t).Get("/en/calendar/GCM-E-0001").Want(http.StatusOK)
	if !p.Contains("This event is cancelled.") || !p.Contains("The hall is flooded.") || p.Has(`a[href="https://events.example.org/register"]`) {
		t.Error(p.Text("main"))
	}
	if e := w.Visitor.In(t).Get("/en/calendar.ics").Calendar()[0]; e.Text("STATUS") != "CANCELLED" || e.Text("SEQUENCE") != "1" {
		t.Errorf("%+v", e.Props)
	}
}

// An event is suggested for an office of one's own only.
func TestBegin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if p := w.Visitor.In(t).Get("/en/calendar/new").Want(http.StatusOK); !p.Has(`a[href*="/en/sign-in?next="]`) {
		t.Error("a visitor is not led to sign in")
	}
	w.Member.In(t).Get("/en/calendar/new").Want(http.StatusOK).Form("form#begin").Submit().WantRedirect("/en/submissions/7")
	for _, office := range []string{"", "x", fmt.Sprint(w.OtherOffice)} {
		p := w.Member.In(t).Get("/en/calendar/new").Form("form#begin").Forge("office", office).Submit().Want(http.StatusUnprocessableEntity)
		if !p.Contains("Choose the office for which you suggest it.") {
			t.Errorf("%q: %s", office, p.Text("main"))
		}
	}
	if !slices.Equal(w.begun, []int64{w.Office}) {
		t.Errorf("begun for %v", w.begun)
	}
	if p := w.Visitor.In(t).Get("/ar/calendar/new/questions").Want(http.StatusOK); !p.Contains("عنوان الفعالية") {
		t.Error("the questions are not in Arabic")
	}
}

// The light page shows on other sites what is to come in its filter; it alone may stand in their frames.
func TestLightPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.published(t, sample())
	w.published(t, changed(form.Answers{"title": {"A webinar in the filter"}, "type": {"webinar"}}))
	w.published(t, changed(form.Answers{"title": {"A webinar that is cancelled"}, "type": {"webinar"}}))
	if err := w.service.Cancel(t.Context(), w.Member.User, "GCM-E-0003", 1, "Rain."); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{"/en/embed/calendar", "[Consultation on fair recruitment A webinar in the filter]"}, {"/en/embed/calendar?type=webinar&sort=latest&view=month&page=9", "[A webinar in the filter]"},
		{"/en/embed/calendar?type=nonsense&zone=nonsense", "[Consultation on fair recruitment A webinar in the filter]"}, {"/en/embed/calendar?when=past", "[]"},
	} {
		p := w.Visitor.In(t).Get(c.path).Want(http.StatusOK)
		if got := fmt.Sprint(p.Texts(".event strong")); got != c.want {
			t.Errorf("%s shows %s and not %s", c.path, got, c.want)
		}
		if policy := p.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors *") || !strings.Contains(policy, "script-src 'none'") || p.Header.Get("X-Frame-Options") != "" || p.Has("script, form, header") {
			t.Errorf("%s is not for frames: %s", c.path, policy)
		}
	}
	p := w.Visitor.In(t).Get("/en/calendar?type=webinar").Want(http.StatusOK)
	if !strings.Contains(p.Text("pre.code"), `src="https://portal.example/embed/calendar?type=webinar"`) || !strings.Contains(p.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Error(p.Text("pre.code"))
	}
	w.at(time.Date(2027, 2, 10, 12, 0, 0, 0, time.UTC)) // while it goes on
	if p := w.Visitor.In(t).Get("/ar/embed/calendar?zone=Asia/Tokyo").Want(http.StatusOK); p.Count(".event") != 2 || !p.Contains("20:00") {
		t.Error(p.Text("main"))
	}
	w.at(time.Date(2027, 2, 10, 12, 30, 0, 0, time.UTC))
	if p := w.Visitor.In(t).Get("/ar/embed/calendar?zone=Asia/Tokyo").Want(http.StatusOK); p.Count(".event") != 0 {
		t.Error("what has ended is to come")
	}
}
