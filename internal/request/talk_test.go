package request_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/request"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// kind is what the machine of submissions knows of a kind.
func (w *world) kind(name string) *workflow.Kind {
	all := w.service.Kinds()
	return all[slices.IndexFunc(all, func(k *workflow.Kind) bool { return k.Name == name })]
}

// accepted files a talk for the office of the cast and lets it be accepted, and returns its number.
func (w *world) accepted(t testing.TB, a form.Answers) workflow.ID {
	t.Helper()
	return w.decided(t, request.Talk, a, workflow.Approve)
}

// decided files a request for the office of the cast and lets it be decided as the machine of submissions does, and returns its number.
func (w *world) decided(t testing.TB, name string, a form.Answers, decision workflow.Action) workflow.ID {
	t.Helper()
	kind := w.kind(name)
	var id workflow.ID
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		var err error
		if id, err = workflow.Start(t.Context(), tx, kind, w.Office, w.Member.User, now); err != nil {
			return err
		}
		sub, err := workflow.Lock(t.Context(), tx, id, w.Member.User)
		if err != nil {
			return err
		}
		for _, step := range kind.Form.Steps {
			only := form.Answers{}
			for _, f := range step.Fields {
				only = only.With(f, a)
			}
			if _, err := workflow.SaveStep(t.Context(), tx, kind, &sub, step.ID, 0, only, w.Member.User, now); err != nil {
				return err
			}
		}
		_, err = workflow.Apply(t.Context(), tx, kind, &sub, workflow.Submit, w.Member.User, workflow.Input{}, now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range []workflow.Action{workflow.Take, decision} {
		w.act(t, id, action)
	}
	return id
}

// act lets the desk take a step.
func (w *world) act(t testing.TB, id workflow.ID, action workflow.Action) {
	t.Helper()
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		sub, err := workflow.Lock(t.Context(), tx, id, w.desk.User)
		if err == nil {
			_, err = workflow.Apply(t.Context(), tx, w.kind(sub.Kind), &sub, action, w.desk.User, workflow.Input{Note: "Why"}, now)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) deskPath(id workflow.ID) string { return fmt.Sprintf("/en/desk/talks/%d", id) }

// announce presses the button of the desk's page after changes, and returns the answer.
func (w *world) announce(t testing.TB, id workflow.ID, changes map[string]string) *webtest.Page {
	t.Helper()
	f := w.desk.In(t).Get(w.deskPath(id)).Want(http.StatusOK).Form("form#set")
	for name, value := range changes {
		f.Forge(name, value)
	}
	return f.Submit()
}

func (w *world) mails(t testing.TB, kind string) int {
	t.Helper()
	n, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(*)::int FROM outbox WHERE kind = $1`, kind)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A talk is accepted, announced, moved and over: what the public, calendars and organizers see of it at each point.
func TestTheLifeOfATalk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.accepted(t, talk(form.Answers{"title": {"Skills, wages; and \"more\"\u2026 <b>"}, "organizers.0.name": {"ministry of LABOUR"}, "organizers.1.name": {"City of Cali"}, "purpose": {strings.Repeat("Long words: مهارات 技能. ", 30)}}))
	if p := w.Visitor.In(t).Get("/en/talks").Want(http.StatusOK); p.Count("main .result") != 0 {
		t.Error("a talk without a date is before the public")
	}
	w.Visitor.In(t).Get("/en/talks/GCM-T-0001").Want(http.StatusNotFound)
	for name, c := range map[string]struct {
		changes map[string]string
		want    string
	}{
		"past":         {map[string]string{"day.year": "2025"}, "This time is over. Choose one that is still to come."},
		"no day":       {map[string]string{"day.day": "", "day.month": "", "day.year": ""}, "Enter the day of the talk."},
		"end first":    {map[string]string{"ends": "13:00"}, "The end must be after the beginning, 14:00, on the same day."},
		"skipped":      {map[string]string{"day.day": "28", "day.month": "3", "starts": "02:30", "ends": "04:00", "zone": "Europe/Zurich"}, "On 28 March 2027 the clocks of Geneva are put forward, and 02:30 does not exist there."},
		"twice":        {map[string]string{"day.day": "31", "day.month": "10", "starts": "02:30", "ends": "04:00", "zone": "Europe/Zurich"}, "On 31 October 2027 the clocks of Geneva are put back, and 02:30 comes twice there."},
		"unknown zone": {map[string]string{"zone": "Mars/Olympus"}, "There is no time zone “Mars/Olympus”."},
		"no link":      {map[string]string{"registration": "javascript:alert(1)"}, "Enter a whole web address that begins with https://."},
	} {
		if p := w.announce(t, id, c.changes).Want(http.StatusUnprocessableEntity); !p.Contains(c.want) || p.Form("form#set").Value("starts") == "" {
			t.Errorf("%s: %s", name, p.Text("main"))
		}
	}
	stale := w.desk.In(t).Get(w.deskPath(id)).Form("form#set")
	w.announce(t, id, map[string]string{"registration": "https://talks.example/r"}).Want(http.StatusSeeOther)
	if p := stale.Submit().Want(http.StatusConflict); !p.Contains("Somebody else has changed this talk") {
		t.Error("a stale form does not say so")
	}

	page := w.Visitor.In(t).Get("/en/talks/GCM-T-0001?zone=Pacific%2FAuckland").Want(http.StatusOK)
	for _, words := range []string{"10 February 2027, 14:00–15:30 (Nairobi)", "11 February 2027, 00:00–01:30 (Auckland)", "10 February 2027, 11:00–12:30 (UTC)", "Ministry of Labour", "City of Cali", "Register", "National: Kenya", "Sign language", "Amina Otieno"} {
		if !page.Contains(words) {
			t.Errorf("the page does not say %q: %s", words, page.Text("main"))
		}
	}
	if page.Contains("What came of it") || !page.Has(`a[href="https://talks.example/r"]`) {
		t.Error("before its end the page has no registration, or an outcome")
	}
	if p := w.Visitor.In(t).Get("/en/talks/GCM-T-0001?zone=Mars").Want(http.StatusOK); p.Contains("Mars") {
		t.Error("an unknown zone is shown")
	}
	var data struct {
		Type, StartDate, EndDate, EventStatus string
	}
	_, after, _ := strings.Cut(string(page.Body), `type="application/ld+json"`)
	_, after, _ = strings.Cut(after, ">")
	raw, _, _ := strings.Cut(after, "</script>")
	if err := json.Unmarshal([]byte(strings.Replace(raw, "@type", "Type", 1)), &data); err != nil || data.Type != "Event" || data.StartDate != "2027-02-10T14:00:00+03:00" || !strings.HasSuffix(data.EventStatus, "EventScheduled") {
		t.Errorf("for search engines it is %+v, %v", data, err)
	}

	e := w.Visitor.In(t).Get("/en/talks/GCM-T-0001.ics").Want(http.StatusOK).Calendar()
	if len(e) != 1 || e[0].Text("UID") != "gcm-t-0001@portal.example" || e[0].Text("SEQUENCE") != "0" || e[0].Text("STATUS") != "CONFIRMED" {
		t.Fatalf("the calendar has %v", e)
	}
	if at := e[0].Start(); !at.Equal(time.Date(2027, 2, 10, 11, 0, 0, 0, time.UTC)) || !strings.HasSuffix(e[0].Text("DTSTART"), "Z") {
		t.Errorf("it begins at %s", at)
	}
	if got := e[0].Text("SUMMARY"); got != "Skills, wages; and \"more\"… <b>" {
		t.Errorf("calendars call it %q", got)
	}

	// Moved after people subscribed: the same event, a higher sequence, and the organizers are told, each once.
	w.announce(t, id, map[string]string{"day.day": "12"}).Want(http.StatusSeeOther)
	e = w.Visitor.In(t).Get("/en/talks.ics").Want(http.StatusOK).Calendar()
	if len(e) != 1 || e[0].Text("UID") != "gcm-t-0001@portal.example" || e[0].Text("SEQUENCE") != "1" {
		t.Errorf("moved it is %v", e)
	}
	if n := w.mails(t, "request.talk_moved"); n != 3 { // the author, the head of the office, and the other organizer
		t.Errorf("%d mails of the move", n)
	}
	if p := w.Visitor.In(t).Get("/en/talks/GCM-T-0001"); !p.Contains("This talk was moved. It was to be: 10 February 2027, 14:00–15:30 (Nairobi).") {
		t.Error("the page does not say that it was moved")
	}
	w.announce(t, id, map[string]string{"registration": "https://talks.example/other"}).Want(http.StatusSeeOther)
	if n := w.mails(t, "request.talk_moved"); n != 3 {
		t.Error("another link is told as a move")
	}

	// Over: nothing about registering; the organizers are asked once what came of it.
	member := w.Member.In(t)
	member.Get("/en/talks/GCM-T-0001/outcome").Want(http.StatusConflict)
	w.at(time.Date(2027, 2, 12, 12, 30, 0, 0, time.UTC))
	for range 2 {
		if err := w.service.CareTalks(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.mails(t, "request.talk_asked"); n != 2 {
		t.Errorf("%d people are asked what came of it", n)
	}
	page = w.Visitor.In(t).Get("/en/talks/GCM-T-0001").Want(http.StatusOK)
	for _, words := range []string{"Register", "Upcoming", "Add to your calendar", "Expected outcome", "What came of it", "coming soon", "It was to be"} {
		if page.Contains(words) {
			t.Errorf("past, the page says %q", words)
		}
	}
	f := member.Get("/en/talks/GCM-T-0001/outcome").Want(http.StatusOK).Form("main form")
	if p := f.Set("recording", "ftp://x").Set("pledges", "GCM-P-0404").Set("summary", "Kept").Submit().Want(http.StatusUnprocessableEntity); !p.Contains("There is no published pledge “GCM-P-0404”.") || p.Form("main form").Value("summary") != "Kept" {
		t.Errorf("what is wrong: %s", p.Text("main"))
	}
	f.Set("recording", "https://media.example/1").Set("pledges", "GCM-P-0001، GCM-P-0001").Set("practices", "").Set("summary", "Two pledges.").Submit().Want(http.StatusSeeOther)
	page = w.Visitor.In(t).Get("/en/talks/GCM-T-0001").Want(http.StatusOK)
	if !page.Contains("What came of it") || !page.Has(`a[href="https://media.example/1"]`) || page.Count(`a[href="/en/pledges/GCM-P-0001"]`) != 1 || page.Contains("Practices that came of it") {
		t.Errorf("what came of it: %s", page.Text("main"))
	}
	w.OtherMember.In(t).Get("/en/talks/GCM-T-0001/outcome").Want(http.StatusNotFound)
	w.Visitor.In(t).Get("/en/talks/GCM-T-0001/outcome").Want(http.StatusSeeOther)
	if err := w.service.Announce(t.Context(), w.desk.User, id, 5, url.Values{"day.day": {"1"}, "day.month": {"3"}, "day.year": {"2027"}, "starts": {"10:00"}, "ends": {"11:00"}, "zone": {"UTC"}}); err == nil {
		t.Error("a talk that is over is moved")
	}
}

func TestATalkIsCancelledAndTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.accepted(t, talk(nil))
	w.announce(t, id, nil).Want(http.StatusSeeOther)
	cancel := url.Values{"act": {"cancel"}, "version": {"2"}}
	w.desk.In(t).Post(w.deskPath(id), cancel).Want(http.StatusUnprocessableEntity)
	cancel.Set("reason", "The speaker, alas; is ill.")
	w.desk.In(t).Post(w.deskPath(id), cancel).Want(http.StatusSeeOther)
	p := w.Visitor.In(t).Get("/ar/talks/gcm-t-0001").Want(http.StatusOK)
	if !p.Contains("The speaker, alas; is ill.") || !p.Contains("ملغى") || p.Contains("التسجيل") && p.Has("main .btn[rel]") {
		t.Errorf("cancelled: %s", p.Text("main"))
	}
	e := w.Visitor.In(t).Get("/en/talks/GCM-T-0001.ics").Calendar()
	if e[0].Text("STATUS") != "CANCELLED" || e[0].Text("SEQUENCE") != "1" || w.mails(t, "request.talk_cancelled") == 0 {
		t.Errorf("in calendars it is %v", e[0])
	}
	// The desk takes the acceptance back.
	w.exec(t, `UPDATE talks SET state = 'withdrawn' WHERE id = $1`, id)
	w.Visitor.In(t).Get("/en/talks/GCM-T-0001").Want(http.StatusGone)
	if e := w.Visitor.In(t).Get("/en/talks/GCM-T-0001.ics").Calendar(); e[0].Text("STATUS") != "CANCELLED" || e[0].Text("SUMMARY") != "GCM-T-0001" {
		t.Errorf("taken back it is %v in calendars", e[0])
	}
}

func TestTheListOfTalks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, c := range []form.Answers{
		{"title": {"First"}, "level": {"global"}, "objectives": {"1"}},
		{"title": {"Second"}, "level": {"regional"}, "region": {"africa"}, "language": {"fr"}, "interpretation": {"ar"}, "dates.0.day.month": {"3"}},
		{"title": {"Third"}, "dates.0.day.month": {"4"}, "dates.0.day.year": {"2028"}},
	} {
		c["organizers.0.name"] = []string{"Ministry of Labour"}
		c["organizers.1.name"] = []string{fmt.Sprint("Partner ", i)}
		w.announce(t, w.accepted(t, talk(c)), nil).Want(http.StatusSeeOther)
	}
	w.at(time.Date(2027, 2, 20, 0, 0, 0, 0, time.UTC)) // the first is over
	for query, want := range map[string]string{
		"": "Second, Third, First", "?sort=latest": "Third, Second, First", "?sort=earliest": "First, Second, Third", "?when=upcoming": "Second, Third", "?when=past": "First",
		"?level=regional": "Second", "?region=africa": "Second, Third, First", "?country=ke": "Second, Third, First", "?country=CO": "", "?objective=1": "First", "?language=ar": "Second", "?language=sign": "Third, First", "?year=2028": "Third",
		"?q=partner+secOND": "Second", "?q=%22%27%26%7C": "Second, Third, First", "?q=zzzz": "", "?objective=99&level=x&when=soon&page=7&zone=Mars": "Second, Third, First", "?when=past&when=upcoming&year=2027": "Second, First",
	} {
		p := w.Visitor.In(t).Get("/en/talks" + query).Want(http.StatusOK)
		if got := strings.Join(p.Texts("main .result h3"), ", "); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if p := w.Visitor.In(t).Get("/ar/talks?zone=Asia%2FTokyo&level=regional").Want(http.StatusOK); !p.Contains("طوكيو") || !p.Has(`main .result a[href*="zone=Asia%2FTokyo"]`) {
		t.Error("the chosen zone is lost on the way")
	}
	for _, file := range []string{"csv", "json", "xlsx", "atom", "ics"} {
		p := w.Visitor.In(t).Get("/en/talks." + file + "?level=regional").Want(http.StatusOK)
		if file != "xlsx" && (!bytes.Contains(p.Body, []byte("Second")) || bytes.Contains(p.Body, []byte("Third")) || bytes.Contains(p.Body, []byte("head@office.example"))) {
			t.Errorf("%s holds %.300s", file, p.Body)
		}
	}
}

// An organizer's office is renamed, and merged with another one that organizes the talk too: it is there once, under its new name.
func TestOrganizersThatChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.announce(t, w.accepted(t, talk(form.Answers{"organizers.0.name": {"Ministry of Labour"}, "organizers.1.name": {"City of Cali"}})), nil).Want(http.StatusSeeOther)
	w.exec(t, `UPDATE offices SET name = 'Ministry of Work' WHERE id = $1`, w.Office)
	organizers := func() []string {
		return w.Visitor.In(t).Get("/en/talks/GCM-T-0001").Want(http.StatusOK).Texts("main .prose li bdi")
	}
	if got := organizers(); !slices.Contains(got, "Ministry of Work") || slices.Contains(got, "Ministry of Labour") {
		t.Errorf("renamed: %v", got)
	}
	err := w.db.InTx(t.Context(), func(tx database.Tx) error { return w.service.MoveOffice(t.Context(), tx, w.Office, w.OtherOffice) })
	if err != nil {
		t.Fatal(err)
	}
	if got := organizers(); slices.Contains(got, "Ministry of Work") || !slices.Contains(got, "City of Cali") {
		t.Errorf("merged: %v", got)
	}
	lead, err := database.Value[string](t.Context(), w.db.Read(), `SELECT string_agg(role, ',') FROM talk_organizers`)
	if err != nil || lead != "lead" {
		t.Errorf("the roles are %q, %v", lead, err)
	}
}

// A zone that changes its rules after a talk was announced: the clock there stays, the instant moves, calendars are told.
func TestAZoneChangesItsRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.accepted(t, talk(nil))
	w.announce(t, id, nil).Want(http.StatusSeeOther)
	w.exec(t, `UPDATE talks SET at = at + interval '1 hour', until = until + interval '1 hour' WHERE id = $1`, id) // as if worked out with other rules
	for range 2 {
		if err := w.service.CareTalks(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	e := w.Visitor.In(t).Get("/en/talks/GCM-T-0001.ics").Calendar()
	if at := e[0].Start(); !at.Equal(time.Date(2027, 2, 10, 11, 0, 0, 0, time.UTC)) || e[0].Text("SEQUENCE") != "1" {
		t.Errorf("it begins at %s, sequence %s", at, e[0].Text("SEQUENCE"))
	}
}

func TestWhoMayAnnounce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.accepted(t, talk(nil))
	for _, person := range []webtest.Person{w.Member, w.OtherMember, w.Officer, w.Administrator, w.conflicted} {
		if status := person.In(t).Get(w.deskPath(id)).Status; status == http.StatusOK {
			t.Errorf("%s sees the desk's page of a talk", person.Kind)
		}
		if err := w.service.Announce(t.Context(), person.User, id, 1, url.Values{}); err == nil {
			t.Errorf("%s may announce", person.Kind)
		}
	}
	if all, err := w.service.DeskTalks(t.Context(), w.conflicted.User); err != nil || len(all) != 0 {
		t.Errorf("behind the wall there are %d talks, %v", len(all), err)
	}
	if p := w.desk.In(t).Get("/en/desk/talks").Want(http.StatusOK); !p.Contains("Skills that travel") || !p.Contains("To be announced") {
		t.Errorf("the desk has %s", p.Text("main"))
	}
}

// find finds the one pledge that there is.
func find(_ context.Context, id string) (request.Linked, error) {
	if id != "GCM-P-0001" {
		return request.Linked{}, problem.NotFound
	}
	return request.Linked{PublicID: id, Title: "A pledge", Lang: "en", Path: "/pledges/" + id}, nil
}

var networkDesk = identity.StaffRole{Role: identity.Officer, Desk: identity.NetworkDesk}
