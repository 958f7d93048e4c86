package review_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"portal/internal/workflow"
)

// clocks is the form of the clocks as the page shows it to the lead.
func (w *world) clocks(change url.Values) url.Values {
	w.Helper()
	v := url.Values{
		"answer_pledge": {"5"}, "decision_pledge": {"10"}, "station_pledges": {"geneva"}, "unassigned_pledges": {"2"}, "stuck_pledges": {"15"},
		"seen": {strconv.FormatInt(value[int64](w, `SELECT max(id) FROM clock_recounts`), 10)},
	}
	for name, values := range change {
		v[name] = values
	}
	return v
}

func (w *world) recount() {
	w.Helper()
	if err := workflow.Recount(w.Context(), w.db, w.kinds, w.clock); err != nil {
		w.Fatal(err)
	}
}

func TestLeadsSetTheClocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const page = "/en/desk/settings/clocks"
	id := w.sent("A register")
	w.recount()
	p := w.Lead.In(t).Get(page).Want(http.StatusOK)
	if p.Has("[name=answer_practice]") || p.Has("[name=station_hub]") || !p.Has("[name=answer_pledge][value='5']") {
		t.Error("a lead sets what is their desk's, and nothing else")
	}
	if p := w.Administrator.In(t).Get(page).Want(http.StatusOK); !p.Has("[name=answer_practice]") || !p.Has("[name=station_fund]") {
		t.Error("an administrator sets all")
	}
	for _, c := range []struct {
		name   string
		change url.Values
		says   string
	}{
		{"nothing", url.Values{"answer_pledge": {""}}, "Enter a whole number of working days"},
		{"words", url.Values{"answer_pledge": {"five"}}, "Enter a whole number of working days"},
		{"none", url.Values{"answer_pledge": {"0"}}, "Enter a whole number of working days"},
		{"a fraction", url.Values{"stuck_pledges": {"1.5"}}, "Enter a whole number of working days"},
		{"more than a year", url.Values{"decision_pledge": {"251"}}, "Enter a whole number of working days"},
		{"a number that no computer holds", url.Values{"unassigned_pledges": {strings.Repeat("9", 400)}}, "Enter a whole number of working days"},
		{"a decision before the answer", url.Values{"decision_pledge": {"4"}}, "The decision cannot be due before the first answer"},
		{"a station that there is not", url.Values{"station_pledges": {"atlantis"}}, "Choose a duty station"},
		{"markup", url.Values{"answer_pledge": {`"><script>`}}, "Enter a whole number of working days"},
	} {
		p := w.Lead.In(t).Post(page, w.clocks(c.change)).Want(http.StatusUnprocessableEntity)
		if !strings.Contains(p.Text("#errors"), c.says) {
			t.Errorf("%s: the page says %q", c.name, p.Text("#errors"))
		}
		for name, typed := range c.change {
			if name != "station_pledges" && !p.Has("[name="+name+"]") {
				t.Errorf("%s: what was typed, %q, is gone", c.name, typed)
			}
		}
	}
	if n := value[int](w, `SELECT count(*)::int FROM clock_recounts`); n != 1 {
		t.Errorf("forms that were not accepted have the clocks counted %d times", n-1)
	}
	w.Lead.In(t).Post(page, w.clocks(nil)).Want(http.StatusSeeOther)
	if n := value[int](w, `SELECT count(*)::int FROM clock_recounts`); n != 1 {
		t.Error("a form that changes nothing has the clocks counted")
	}

	stale := w.clocks(url.Values{"answer_pledge": {"4"}})
	w.Lead.In(t).Post(page, w.clocks(url.Values{"answer_pledge": {"٣"}, "station_pledges": {"cairo"}})).Want(http.StatusSeeOther)
	if p := w.Lead.In(t).Get(page); !p.Contains("are being counted again") {
		t.Errorf("the page does not say that it counts: %s", p.Text("main"))
	}
	w.recount()
	if p := w.Lead.In(t).Get(page); !p.Contains("One due date moved at the last change; 1 open clocks") {
		t.Errorf("the page does not say what came of it: %s", p.Text("main"))
	}
	if got := value[string](w, `SELECT due_on::text FROM submissions WHERE id = $1`, id); got != "2026-11-29" {
		t.Errorf("three working days in Cairo after 24 November are %s", got) // 25, 26, 29
	}
	if p := w.Administrator.In(t).Post(page, stale); p.Status != http.StatusUnprocessableEntity { // the form of a lead lacks the other desks
		t.Errorf("half a form: %d", p.Status)
	}
	if p := w.Lead.In(t).Post(page, stale).Want(http.StatusConflict); !p.Contains("Somebody else has changed the clocks") || !p.Has("[name=answer_pledge][value='4']") {
		t.Errorf("a form that is overtaken: %s", p.Text("main"))
	}
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'clock.change' AND actor_id = $1`, w.Lead.User.ID); n != 2 {
		t.Errorf("%d changes are on record, want one of the kind and one of the desk", n)
	}
}

func TestLeadsKeepTheHolidays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const page = "/en/desk/settings/holidays"
	id := w.sent("A register")
	w.recount()
	feast := func(change url.Values) url.Values {
		v := url.Values{"day.day": {"27"}, "day.month": {"11"}, "day.year": {"2026"}, "station": {"geneva"}, "name_en": {"A feast"}, "name_ar": {"عيد"}}
		for name, values := range change {
			v[name] = values
		}
		return v
	}
	for _, c := range []struct {
		name   string
		change url.Values
		says   string
	}{
		{"no day", url.Values{"day.day": {""}, "day.month": {""}, "day.year": {""}}, "Enter the day, month and year"},
		{"31 February", url.Values{"day.day": {"31"}, "day.month": {"2"}}, "Enter a day that there is"},
		{"no English name", url.Values{"name_en": {" "}}, "Enter the name of the holiday in English"},
		{"no Arabic name", url.Values{"name_ar": {"\x00"}}, "Enter the name of the holiday in Arabic"},
		{"a long name", url.Values{"name_en": {strings.Repeat("x", 101)}}, "Shorten the name to 100 characters; it has 101"},
		{"a station that there is not", url.Values{"station": {"atlantis"}}, "Choose a duty station"},
	} {
		p := w.Lead.In(t).Post(page, feast(c.change)).Want(http.StatusUnprocessableEntity)
		if !strings.Contains(p.Text("#errors"), c.says) {
			t.Errorf("%s: the page says %q", c.name, p.Text("#errors"))
		}
	}
	w.Lead.In(t).Post(page, feast(nil)).Want(http.StatusSeeOther)
	if p := w.Lead.In(t).Post(page, feast(nil)).Want(http.StatusUnprocessableEntity); !p.Contains("This day is a holiday there already") {
		t.Errorf("the same day twice: %s", p.Text("#errors"))
	}
	w.recount()
	due := func(want string) {
		t.Helper()
		if got := value[string](w, `SELECT due_on::text FROM submissions WHERE id = $1`, id); got != want {
			t.Errorf("the answer is due on %s, want %s", got, want)
		}
	}
	due("2026-12-02")
	if p := w.Lead.In(t).Get("/ar/desk/settings/holidays").Want(http.StatusOK); !p.Contains("عيد") || !p.Contains("جنيف") {
		t.Error("the list in Arabic lacks it")
	}
	holiday := strconv.FormatInt(value[int64](w, `SELECT id FROM holidays WHERE day = '2026-11-27'`), 10)
	w.Officer.In(t).Post(page+"/"+holiday+"/removal", nil).Want(http.StatusForbidden)
	w.Lead.In(t).Post(page+"/"+holiday+"/removal", nil).Want(http.StatusSeeOther)
	w.Lead.In(t).Post(page+"/"+holiday+"/removal", nil).Want(http.StatusNotFound)
	w.recount()
	due("2026-12-01")
	for _, path := range []string{page, "/en/desk/settings/clocks"} {
		for _, person := range w.everybody() {
			want := http.StatusNotFound
			switch {
			case !person.User.SignedIn() || person.User.FactorNeeded:
				want = http.StatusSeeOther
			case person.User.ID == w.Lead.User.ID || person.User.ID == w.Administrator.User.ID:
				want = http.StatusOK
			case person.User.IsStaff():
				want = http.StatusForbidden
			}
			if got := person.In(t).Get(path).Status; got != want {
				t.Errorf("%s gets %d at %s, want %d", person.Kind, got, path, want)
			}
		}
	}
}

// Weekends differ by duty station, and the people of the desks set them.
func TestLeadsSetTheWeekends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const page = "/en/desk/settings/weekends"
	id := w.sent("A register")
	w.recount()
	due := func(want string) {
		t.Helper()
		if got := value[string](w, `SELECT due_on::text FROM submissions WHERE id = $1`, id); got != want {
			t.Errorf("the answer is due on %s, want %s", got, want)
		}
	}
	due("2026-12-01") // handed in on Tuesday 24 November: 25, 26, 27, 30, 1
	w.Officer.In(t).Get(page).Want(http.StatusForbidden)
	p := w.Lead.In(t).Get(page).Want(http.StatusOK)
	old := p.Form("main form")
	for _, day := range []string{"5", "6"} {
		if !p.Has("[name=weekend_cairo][value='" + day + "'][checked]") {
			t.Errorf("the weekend of Cairo lacks day %s", day)
		}
	}
	if bad := p.Form("main form").Set("weekend_geneva", "0", "1", "5", "6").Submit().Want(http.StatusUnprocessableEntity); !bad.Contains("Choose at most 3 days") || !bad.Has("[name=weekend_geneva][value='1'][checked]") {
		t.Errorf("four days of rest: %s", bad.Text("#errors"))
	}
	for _, days := range [][]string{{"7"}, {"-1"}, {"Friday"}, {""}} {
		p.Form("main form").Forge("weekend_geneva", days...).Submit().Want(http.StatusUnprocessableEntity)
	}
	w.Lead.In(t).Get(page).Form("main form").Submit().WantRedirect(page)
	if n := value[int](w, `SELECT count(*)::int FROM clock_recounts`); n != 1 {
		t.Error("a form that changes nothing has the clocks counted")
	}
	w.Lead.In(t).Get(page).Form("main form").Set("weekend_geneva", "5", "6").Submit().WantRedirect(page)
	w.recount()
	due("2026-12-01") // 25, 26, 29, 30, 1
	w.Lead.In(t).Get(page).Form("main form").Set("weekend_geneva", "4", "5", "6").Submit().WantRedirect(page)
	w.recount()
	due("2026-12-02") // 25, 29, 30, 1, 2
	if stale := old.Set("weekend_cairo", "5").Submit().Want(http.StatusConflict); !stale.Contains("Somebody else has changed the clocks") || stale.Has("[name=weekend_cairo][value='6'][checked]") {
		t.Error("a form that is overtaken is not explained, or what was typed is lost")
	}
	w.Lead.In(t).Get(page).Form("main form").Set("weekend_geneva").Submit().WantRedirect(page) // works on all days
	w.recount()
	due("2026-11-29")
	fields := values[string](w, `SELECT DISTINCT unnest(fields) FROM audit_log WHERE act = 'clock.change' AND subject = 'duty_station' AND actor_id = $1`, w.Lead.User.ID)
	if len(fields) != 1 || fields[0] != "weekend.geneva" {
		t.Errorf("the record names %v", fields)
	}
}
