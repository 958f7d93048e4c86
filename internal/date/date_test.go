package date_test

import (
	"encoding/json"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/dbtest"
)

func day(t *testing.T, s string) date.Date {
	t.Helper()
	d, err := date.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{"2026-11-24", true},
		{"2028-02-29", true},
		{"9999-12-31", true},
		{"2026-02-29", false},
		{"2026-13-01", false},
		{"2026-1-2", false},
		{"24.11.2026", false},
		{"2026-11-24T00:00:00Z", false},
		{" 2026-11-24", false},
		{"٢٠٢٦-١١-٢٤", false},
		{"", false},
	} {
		d, err := date.Parse(c.text)
		if (err == nil) != c.ok {
			t.Errorf("%q: %v", c.text, err)
		}
		if c.ok && d.String() != c.text {
			t.Errorf("%q is written %q", c.text, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("2026-11-24")
	f.Add("0000-00-00")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := date.Parse(s); err == nil && !d.IsZero() && d.String() != s {
			t.Errorf("%q is written %q", s, d)
		}
	})
}

func TestTodayIsTheDayInTheZone(t *testing.T) {
	t.Parallel()
	geneva, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	late := time.Date(2026, time.November, 24, 23, 30, 0, 0, time.UTC)
	for zone, want := range map[*time.Location]string{time.UTC: "2026-11-24", geneva: "2026-11-25", time.FixedZone("", -12*3600): "2026-11-24"} {
		if got := date.Today(late, zone); got != day(t, want) {
			t.Errorf("in %s it is %s, want %s", zone, got, want)
		}
	}
}

func TestEqualDaysAreEqual(t *testing.T) {
	t.Parallel()
	for i, d := range []date.Date{
		day(t, "2026-11-24"), date.New(2026, time.November, 24), date.New(2026, time.October, 55),
		date.Of(time.Date(2026, time.November, 24, 23, 59, 0, 0, time.FixedZone("", 5*3600))), date.New(2026, 11, 23).AddDays(1),
	} {
		if d != date.New(2026, time.November, 24) {
			t.Errorf("%d: %s is another day", i, d)
		}
	}
}

func TestCounting(t *testing.T) {
	t.Parallel()
	d := day(t, "2026-03-28") // summer time begins in Geneva on the 29th
	for n, want := range map[int]string{0: "2026-03-28", 1: "2026-03-29", 4: "2026-04-01", -28: "2026-02-28", 1000000: "4764-02-23"} {
		later := d.AddDays(n)
		if later != day(t, want) {
			t.Errorf("%d days later is %s, want %s", n, later, want)
		}
		if got := d.DaysUntil(later); got != n {
			t.Errorf("from %s to %s are %d days, want %d", d, later, got, n)
		}
		if got := d.Before(later); got != (n > 0) {
			t.Errorf("%s before %s: %v", d, later, got)
		}
	}
	if d.Year() != 2026 || d.Month() != time.March || d.Day() != 28 || d.Weekday() != time.Saturday {
		t.Errorf("the parts of %s are wrong", d)
	}
	geneva := time.FixedZone("", 3600)
	if got := d.In(geneva); !got.Equal(time.Date(2026, time.March, 27, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("begins at %s", got)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	type record struct {
		Due date.Date `json:"due"`
		End date.Date `json:"end,omitzero"`
	}
	raw, err := json.Marshal(record{Due: day(t, "2026-11-24")})
	if err != nil || string(raw) != `{"due":"2026-11-24"}` {
		t.Errorf("written as %s (%v)", raw, err)
	}
	var back record
	if err := json.Unmarshal([]byte(`{"due":"2026-11-24","end":""}`), &back); err != nil || back != (record{Due: day(t, "2026-11-24")}) {
		t.Errorf("read as %v (%v)", back, err)
	}
	if err := json.Unmarshal([]byte(`{"due":"tomorrow"}`), &back); err == nil {
		t.Error("a day that is none was read")
	}
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	for _, c := range []struct {
		name string
		d    date.Date
		sql  string // what the server makes of it
	}{
		{"a day", day(t, "2026-11-24"), "2026-11-24"},
		{"a leap day", day(t, "2028-02-29"), "2028-02-29"},
		{"a day long ago", day(t, "0044-03-15"), "0044-03-15"},
		{"the last day", day(t, "9999-12-31"), "9999-12-31"},
		{"no day", date.Date{}, ""},
	} {
		text, err := database.Value[string](t.Context(), db.Read(), `SELECT coalesce($1::date::text, '')`, c.d)
		if err != nil || text != c.sql {
			t.Errorf("%s arrives as %q (%v), want %q", c.name, text, err, c.sql)
		}
		back, err := database.Value[date.Date](t.Context(), db.Read(), `SELECT $1::date`, c.d)
		if err != nil || back != c.d {
			t.Errorf("%s comes back as %q (%v)", c.name, back, err)
		}
	}
}

func TestPostgreSQLNull(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	type row struct {
		DueOn   date.Date
		UntilOn *date.Date
		Days    []date.Date
	}
	some := day(t, "2026-11-24")
	for _, want := range []row{{some, &some, []date.Date{some, some.AddDays(1)}}, {}} {
		got, err := database.Row[row](t.Context(), db.Read(), `SELECT $1::date AS due_on, $2::date AS until_on, $3::date[] AS days`, want.DueOn, want.UntilOn, want.Days)
		if err != nil {
			t.Fatal(err)
		}
		if got.DueOn != want.DueOn || (got.UntilOn == nil) != (want.UntilOn == nil) || got.UntilOn != nil && *got.UntilOn != *want.UntilOn || len(got.Days) != len(want.Days) {
			t.Errorf("%v came back as %v", want, got)
		}
		for i := range want.Days {
			if got.Days[i] != want.Days[i] {
				t.Errorf("day %d came back as %s", i, got.Days[i])
			}
		}
	}
	_, err := database.Value[date.Date](t.Context(), db.Read(), `SELECT 'infinity'::date`)
	if err == nil {
		t.Error("infinity was read as a day")
	}
}
