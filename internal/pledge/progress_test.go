package pledge_test

import (
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/pledge"
)

func onDay(t testing.TB, s string) date.Date {
	t.Helper()
	d, err := date.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// pledges.md, Follow-up: fresh, due within 60 days, late when the day has passed, silent more than a year later. The
// database says the same.
func TestLights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, test := range []struct {
		next, today string
		want        pledge.Light
	}{
		{"2027-06-30", "2026-06-30", pledge.Fresh},
		{"2026-08-30", "2026-06-30", pledge.Fresh}, // 61 days
		{"2026-08-29", "2026-06-30", pledge.Due},   // 60 days
		{"2026-07-01", "2026-06-30", pledge.Due},
		{"2026-06-30", "2026-06-30", pledge.Due}, // the day itself
		{"2026-06-29", "2026-06-30", pledge.Late},
		{"2025-06-30", "2026-06-30", pledge.Late}, // a year, not more
		{"2025-06-29", "2026-06-30", pledge.Silent},
		{"2018-12-19", "2026-06-30", pledge.Silent},
		{"2024-02-29", "2025-02-28", pledge.Late}, // leap years
		{"2024-02-29", "2025-03-01", pledge.Silent},
		{"2023-02-28", "2024-02-28", pledge.Late},
		{"2023-02-28", "2024-02-29", pledge.Silent},
		{"2027-02-28", "2026-12-30", pledge.Due}, // over the end of a year
		{"2027-03-01", "2026-12-30", pledge.Fresh},
		{"", "2026-06-30", pledge.Closed},
	} {
		next, today := date.Date{}, onDay(t, test.today)
		if test.next != "" {
			next = onDay(t, test.next)
		}
		if got := pledge.LightOn(today, next); got != test.want {
			t.Errorf("next report %q, on %s: %s, want %s", test.next, test.today, got, test.want)
		}
		inSQL, err := database.Value[string](t.Context(), w.db.Read(), `SELECT pledge_light(nullif($1, '')::date, $2::date)`, test.next, test.today)
		if err != nil || inSQL != string(test.want) {
			t.Errorf("next report %q, on %s: the database says %s (%v), want %s", test.next, test.today, inSQL, err, test.want)
		}
	}
}

// The first report is due a year after the day of first publication in Geneva; the database says the same.
func TestTheFirstReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for at, want := range map[string]string{
		"2026-03-14T10:00:00Z": "2027-03-14",
		"2024-02-29T12:00:00Z": "2025-02-28",
		"2025-12-31T22:59:59Z": "2026-12-31",
		"2025-12-31T23:00:00Z": "2027-01-01", // in Geneva it is the next day
		"2026-06-30T21:59:59Z": "2027-06-30",
		"2026-06-30T22:00:00Z": "2027-07-01",
	} {
		published, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := pledge.FirstReport(published); got != onDay(t, want) {
			t.Errorf("published at %s: the first report is due on %s, want %s", at, got, want)
		}
		inSQL, err := database.Value[date.Date](t.Context(), w.db.Read(), `SELECT pledge_first_report($1)`, published)
		if err != nil || inSQL != onDay(t, want) {
			t.Errorf("published at %s: the database says %s (%v), want %s", at, inSQL, err, want)
		}
	}
}

// update puts an update of a pledge before the public past all rules.
func (w *world) update(t testing.TB, id int64, status pledge.Status, next string) {
	t.Helper()
	superseded := ""
	if status == pledge.Superseded {
		superseded = "GCM-P-0001"
	}
	if _, err := w.db.Read().Exec(t.Context(), `INSERT INTO pledge_updates (pledge_id, revision, means, status, superseded_by, on_day, lang, next_report_on, office_name, published_at)
		VALUES ($1, 1, 'page', $2, $3, $4::timestamptz::date, 'en', nullif($5, '')::date, 'Office', $4)`, id, string(status), superseded, w.now(), next); err != nil {
		t.Fatal(err)
	}
}

// A standing follows the last update, also when two are published at the same instant, and lists, pages and counts follow
// it and the day.
func TestStandings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, publicID := w.publish(t, with(form.Answers{}))
	standing := func(status pledge.Status, next string, light pledge.Light) {
		t.Helper()
		list := w.list(t, "status="+string(status)+"&light="+string(light))
		if list.Total != 1 || len(list.Pledges) != 1 {
			t.Fatalf("%d pledges are %s and %s; counts: %v", list.Total, status, light, list.Counts)
		}
		got := list.Pledges[0].Standing
		if got.Status != status || got.NextReport.String() != next || got.Light(w.now()) != light {
			t.Errorf("in the list it is %s, next %s, %s; want %s, %s, %s", got.Status, got.NextReport, got.Light(w.now()), status, next, light)
		}
		p, err := w.service.Public(t.Context(), publicID, 0)
		if err != nil || p.Standing != got {
			t.Errorf("the page says %+v (%v), the list %+v", p.Standing, err, got)
		}
		if wrong, err := pledge.CheckModel(t.Context(), w.db.Read()); err != nil || len(wrong) > 0 {
			t.Errorf("the read model: %v %v", wrong, err)
		}
		// The desk's radar shows what is late or silent, and nothing else.
		shown := map[pledge.Light]string{pledge.Late: "report_late", pledge.Silent: "report_silent"}[light]
		for _, a := range pledge.ReportAlarms {
			found, err := database.Values[int64](t.Context(), w.db.Read(), `SELECT s.id FROM submissions s, (SELECT $1::date AS today) d WHERE `+a.Where, date.Today(w.now(), i18n.Geneva))
			if err != nil || (len(found) == 1) != (a.Name == shown) {
				t.Errorf("%s: %s shows %v (%v)", light, a.Name, found, err)
			}
		}
	}
	today := date.Today(w.now(), i18n.Geneva)
	first := pledge.FirstReport(w.now())
	standing(pledge.NoStatus, first.String(), pledge.Fresh)
	w.at(first.AddDays(-60).In(i18n.Geneva))
	standing(pledge.NoStatus, first.String(), pledge.Due)
	w.at(first.AddDays(1).In(i18n.Geneva))
	standing(pledge.NoStatus, first.String(), pledge.Late)
	w.at(first.AddDays(367).In(i18n.Geneva))
	standing(pledge.NoStatus, first.String(), pledge.Silent)
	w.update(t, id, pledge.InProgress, today.AddDays(1000).String())
	standing(pledge.InProgress, today.AddDays(1000).String(), pledge.Fresh)
	w.update(t, id, pledge.Delayed, today.AddDays(900).String()) // at the same instant
	standing(pledge.Delayed, today.AddDays(900).String(), pledge.Fresh)
	w.update(t, id, pledge.Fulfilled, "")
	standing(pledge.Fulfilled, "", pledge.Closed)
	if list := w.list(t, "status=delayed"); list.Total != 0 {
		t.Errorf("%d pledges are still delayed", list.Total)
	}
	n, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(*) FROM pledge_standings s JOIN pledge_standings n
		ON n.pledge_id = s.pledge_id AND n.since = s.until WHERE s.pledge_id = $1`, id)
	if err != nil || n != 3 {
		t.Errorf("%d standings go on without a gap (%v), want 3", n, err)
	}
	for _, sql := range []string{
		`UPDATE pledge_updates SET status = 'planned'`, `DELETE FROM pledge_updates`, `DELETE FROM pledge_standings`,
		`TRUNCATE pledge_updates CASCADE`,
	} {
		if _, err := w.db.Read().Exec(t.Context(), sql); err == nil {
			t.Errorf("%s: the database allows it", sql)
		}
	}
}
