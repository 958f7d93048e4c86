package review_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/mail"
	"portal/internal/review"
	"portal/internal/workflow"
)

// radar returns the numbers that the person's radar shows, by the name of the alarm.
func (w *world) radar(p review.Radar, err error) map[string][]workflow.ID {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	found := map[string][]workflow.ID{}
	for _, b := range p.Blips {
		for _, s := range b.Rows {
			found[b.Name] = append(found[b.Name], s.ID)
		}
		if len(b.Rows) != b.Total {
			w.Errorf("%s: %d rows of %d", b.Name, len(b.Rows), b.Total)
		}
	}
	return found
}

func TestRadar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// Tuesday 24 November 2026.
	taken := w.reviewed("Somebody has it")
	alone := w.elsewhere("Nobody has it")
	paused := w.reviewed("With the submitter")
	w.step(paused, w.Officer.User, workflow.RequestChanges, "What is the target?")
	answered := w.reviewed("Answered")
	if err := w.desk.Message(t.Context(), w.Officer.User, answered, "We read it."); err != nil {
		t.Fatal(err)
	}
	w.published("Over")
	w.draft(w.pledge, w.Member.User, w.Office, complete("Not handed in"))
	for _, c := range []struct {
		day  string // what day it is
		want map[string][]workflow.ID
	}{
		{"2026-11-24", nil},
		{"2026-11-26", nil},
		{"2026-11-27", map[string][]workflow.ID{"unassigned": {alone}}},                             // two working days are over
		{"2026-11-30", map[string][]workflow.ID{"due_soon": {taken, alone}, "unassigned": {alone}}}, // the answer is due on 1 December
		{"2026-12-01", map[string][]workflow.ID{"due_soon": {taken, alone}, "unassigned": {alone}}}, // today
		{"2026-12-02", map[string][]workflow.ID{"overdue": {taken, alone}, "unassigned": {alone}}},
		{"2026-12-08", map[string][]workflow.ID{"overdue": {taken, alone}, "due_soon": {answered}, "unassigned": {alone}}}, // the decision is due
		{"2026-12-15", map[string][]workflow.ID{"overdue": {taken, alone, answered}, "unassigned": {alone}}},               // the fifteenth working day
		{"2026-12-16", map[string][]workflow.ID{"overdue": {taken, alone, answered}, "unassigned": {alone}, "stuck": {paused}}},
	} {
		at, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		w.later(at.Add(12 * time.Hour).Sub(w.clock()))
		got := w.radar(w.desk.Radar(t.Context(), w.Officer.User))
		for _, name := range []string{"overdue", "due_soon", "unassigned", "stuck"} {
			if !slices.Equal(got[name], c.want[name]) {
				t.Errorf("on %s, %s: %v, want %v", c.day, name, got[name], c.want[name])
			}
		}
	}
	// The wall: of the office's own nothing is shown, not even counted.
	for _, p := range w.walled() {
		got, err := w.desk.Radar(t.Context(), p.User)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range got.Blips {
			for _, s := range b.Rows {
				if s.ID != alone && p.Kind != w.Scribe.Kind {
					t.Errorf("%s sees number %d as %s", p.Kind, s.ID, b.Name)
				}
			}
		}
	}
	if got := w.radar(w.desk.Radar(t.Context(), w.Conflicted.User)); !slices.Equal(got["overdue"], []workflow.ID{alone}) || len(got["stuck"]) != 0 {
		t.Errorf("behind the wall the radar shows %v", got)
	}
	for _, p := range []func() (review.Radar, error){
		func() (review.Radar, error) { return w.desk.Radar(t.Context(), w.OtherOfficer.User) },
		func() (review.Radar, error) { return w.desk.Radar(t.Context(), w.Reviewer.User) },
		func() (review.Radar, error) { return w.desk.Radar(t.Context(), w.Administrator.User) },
	} {
		if got, err := p(); err != nil || got.Total != 0 {
			t.Errorf("somebody of no desk, or of another, sees %d (%v)", got.Total, err)
		}
	}
}

func TestRadarOfAnotherArea(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	desk := review.NewService(review.Options{DB: w.db, Kinds: w.kinds, Now: w.clock, Alarms: []review.Alarm{{Name: "titled", Where: "s.submitted_title = 'Look'", Order: "s.submitted_at"}}})
	id := w.sent("Look")
	if got := w.radar(desk.Radar(t.Context(), w.Officer.User)); !slices.Equal(got["titled"], []workflow.ID{id}) {
		t.Errorf("the radar shows %v", got)
	}
}

func TestRadarPageAndWhatTheSubmitterReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if p := w.Officer.In(t).Get("/en/desk/radar").Want(http.StatusOK); !p.Contains("Nothing is stuck") {
		t.Errorf("an empty radar says %s", p.Text("main"))
	}
	id := w.elsewhere("Nobody has it")
	w.later(10 * 24 * time.Hour)
	p := w.Officer.In(t).Get("/en/desk/radar").Want(http.StatusOK)
	for _, want := range []string{"Overdue", "Nobody has it", "The desk, since 24 November 2026; nobody has it", "The secretariat should have answered by 1 December 2026 and is late."} {
		if !p.Contains(want) {
			t.Errorf("the radar does not say %q: %s", want, p.Text("main"))
		}
	}
	if !p.Has("a[href='/en"+review.Path(id)+"']") || !p.Has("a[href='/en"+review.ClockPath(id)+"']") {
		t.Error("the row leads neither to the submission nor to its clock")
	}
	if p := w.Officer.In(t).Get("/ar/desk/radar").Want(http.StatusOK); !p.Contains("كان ينبغي أن تجيب الأمانة") {
		t.Errorf("in Arabic it says %s", p.Text("main"))
	}
	for _, person := range w.everybody() {
		status := person.In(t).Get("/en/desk/radar").Status
		want := http.StatusNotFound
		switch {
		case !person.User.SignedIn() || person.User.FactorNeeded:
			want = http.StatusSeeOther
		case person.User.IsStaff():
			want = http.StatusOK
		}
		if status != want {
			t.Errorf("%s gets %d, want %d", person.Kind, status, want)
		}
	}
}

func TestClockPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.reviewed("A register")
	w.step(id, w.Officer.User, workflow.RequestChanges, "What is the target?")
	page := "/en" + review.ClockPath(id)
	p := w.Officer.In(t).Get(page).Want(http.StatusOK)
	reads(t, p, "main", "Paused", "The submitter, since 24 November 2026", "0 working days counted of 10", "Geneva (time zone Europe/Zurich)", "It waits for you since 24 November 2026. The time does not count meanwhile.")
	w.later(7 * 24 * time.Hour)
	w.step(id, w.Member.User, workflow.Submit, "")
	p = w.Officer.In(t).Get(page).Want(http.StatusOK)
	reads(t, p, "main", "In time", "Working day 0 of 5; due on 8 December 2026", "due on 15 December 2026")
	reads(t, p, "tr", "Paused, waits for the submitter", "Weekend: does not count", "The first answer is due", "The decision is due", "3 of 5", "10 of 10")
	w.later(24 * 24 * time.Hour) // Christmas Day
	p = w.Officer.In(t).Get(page).Want(http.StatusOK)
	reads(t, p, "tr", "Holiday, Christmas Day: does not count", "days over")
	reads(t, p, "main", "Overdue")
	for _, person := range w.walled() {
		person.In(t).Get(page).Want(http.StatusNotFound)
	}
	w.OtherOfficer.In(t).Get(page).Want(http.StatusNotFound)
	done := w.published("Done")
	reads(t, w.Officer.In(t).Get("/en"+review.ClockPath(done)).Want(http.StatusOK), "main", "Nothing is due")
}

func TestWeeklyRadarMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`UPDATE users SET lang = 'ar' WHERE id = $1`, w.Second.User.ID)
	w.sent("Of the office")
	w.later(time.Date(2026, 12, 6, 12, 0, 0, 0, time.UTC).Sub(w.clock())) // a Sunday
	send := func() []string {
		t.Helper()
		if err := w.desk.SendRadar(t.Context()); err != nil {
			t.Fatal(err)
		}
		return values[string](w, `SELECT u.name || ' ' || o.lang || ' ' || o.state FROM outbox o JOIN users u ON u.id = o.to_user WHERE o.kind = 'review.radar' ORDER BY 1`)
	}
	if got := send(); len(got) != 0 {
		t.Errorf("on a Sunday it is sent to %q", got)
	}
	w.exec(`INSERT INTO notification_choices (user_id, topic, pace) VALUES ($1, $2, 'never')`, w.Lead.User.ID, mail.DeskWork)
	w.later(19 * time.Hour)
	got := send()
	want := []string{w.Officer.User.Name + " en queued", w.Second.User.Name + " ar queued"}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("on Monday it is sent to %q, want %q: not to who is behind the wall, of another desk, or wants none", got, want)
	}
	for range 2 {
		if again := send(); !slices.Equal(again, got) {
			t.Errorf("an hour later it is sent to %q", again)
		}
	}
	html := value[string](w, `SELECT html FROM outbox WHERE kind = 'review.radar' AND lang = 'en'`)
	for _, words := range []string{"Of the office", "Overdue: 1", "https://portal.example.org/en/desk/radar", "nobody has it"} {
		if !strings.Contains(html, words) {
			t.Errorf("the mail does not say %q", words)
		}
	}
	if secret := value[bool](w, `SELECT bool_and(secret) FROM outbox WHERE kind = 'review.radar'`); !secret {
		t.Error("a colleague behind the wall may read it in the outbox")
	}
	if html := value[string](w, `SELECT html FROM outbox WHERE kind = 'review.radar' AND lang = 'ar'`); !strings.Contains(html, `dir="rtl"`) {
		t.Error("the Arabic mail does not run from right to left")
	}
}
