package date_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"portal/internal/date"
)

var (
	satSun = []time.Weekday{time.Saturday, time.Sunday}
	friSat = []time.Weekday{time.Friday, time.Saturday}
)

func TestCalendarAdd(t *testing.T) {
	t.Parallel()
	feasts := []date.Holiday{
		{Day: day(t, "2026-12-25")}, {Day: day(t, "2026-12-26")}, {Day: day(t, "2020-01-01"), Yearly: true},
		{Day: day(t, "2027-01-01")}, // the same day twice is one
		{Day: day(t, "2020-02-29"), Yearly: true},
	}
	for _, c := range []struct {
		name, from string
		n          int
		weekend    []time.Weekday
		holidays   []date.Holiday
		want       string
	}{
		{"within a week", "2026-11-23", 4, satSun, nil, "2026-11-27"},
		{"over a weekend", "2026-11-24", 5, satSun, nil, "2026-12-01"},
		{"from a Friday", "2026-11-27", 1, satSun, nil, "2026-11-30"},
		{"from a Saturday", "2026-11-28", 1, satSun, nil, "2026-11-30"},
		{"from a Sunday", "2026-11-29", 1, satSun, nil, "2026-11-30"},
		{"none", "2026-11-28", 0, satSun, nil, "2026-11-28"},
		{"fewer than none", "2026-11-28", -3, satSun, nil, "2026-11-28"},
		{"over a holiday, and one that is a Saturday besides", "2026-12-24", 1, satSun, feasts, "2026-12-28"},
		{"without the holidays", "2026-12-24", 1, satSun, nil, "2026-12-25"},
		{"over New Year, which two rows name", "2026-12-30", 2, satSun, feasts, "2027-01-04"},
		{"a yearly holiday in a later year", "2030-12-31", 1, satSun, feasts, "2031-01-02"},
		{"a yearly holiday does not hold before its first year", "2018-12-31", 1, satSun, feasts, "2019-01-01"},
		{"over a year", "2026-11-24", 260, satSun, nil, "2027-11-23"},
		{"the week of Cairo ends on Thursday", "2026-11-26", 1, friSat, nil, "2026-11-29"},
		{"the week of Cairo over two weekends", "2026-11-24", 10, friSat, nil, "2026-12-08"},
		{"a leap day counts as any other", "2028-02-28", 1, satSun, nil, "2028-02-29"},
		{"a yearly holiday of 29 February in a leap year", "2028-02-28", 1, satSun, feasts, "2028-03-01"},
		{"and in a year that has none", "2027-02-26", 1, satSun, feasts, "2027-03-01"},
		{"no weekend", "2026-11-27", 2, nil, nil, "2026-11-29"},
		{"a weekend of all days is none", "2026-11-27", 2, []time.Weekday{0, 1, 2, 3, 4, 5, 6}, nil, "2026-11-29"},
	} {
		calendar := date.NewCalendar(c.weekend, c.holidays)
		if got := calendar.Add(day(t, c.from), c.n); got != day(t, c.want) {
			t.Errorf("%s: %d working days after %s is %s, want %s", c.name, c.n, c.from, got, c.want)
		}
	}
	var none date.Calendar
	if got := none.Add(day(t, "2026-11-27"), 3); got != day(t, "2026-11-30") || !none.Working(got) {
		t.Errorf("the zero calendar adds up to %s", got)
	}
}

func TestCalendarBetween(t *testing.T) {
	t.Parallel()
	c := date.NewCalendar(satSun, []date.Holiday{{Day: day(t, "2026-12-25"), ID: 7}, {Day: day(t, "2019-01-01"), Yearly: true}})
	for _, b := range []struct {
		name, after, upTo string
		want              int
	}{
		{"the first day does not count, the last does", "2026-11-23", "2026-11-25", 2},
		{"the same day", "2026-11-24", "2026-11-24", 0},
		{"backwards", "2026-11-25", "2026-11-23", 0},
		{"a weekend", "2026-11-27", "2026-11-29", 0},
		{"Christmas and New Year", "2026-12-23", "2027-01-04", 6},
	} {
		if got := c.Between(day(t, b.after), day(t, b.upTo)); got != b.want {
			t.Errorf("%s: %d, want %d", b.name, got, b.want)
		}
	}
	if h, ok := c.Holiday(day(t, "2026-12-25")); !ok || h.ID != 7 || c.Working(day(t, "2026-12-25")) {
		t.Errorf("Christmas is %+v, %v", h, ok)
	}
}

// Counting by weeks is the same as counting day by day.
func TestCalendarAgainstTheDays(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(20, 26))
	for range 400 {
		var weekend []time.Weekday
		for d := range time.Weekday(7) {
			if random.IntN(4) == 0 {
				weekend = append(weekend, d)
			}
		}
		start := date.New(2019+random.IntN(9), time.Month(1+random.IntN(12)), 1+random.IntN(31))
		var holidays []date.Holiday
		for range random.IntN(12) {
			holidays = append(holidays, date.Holiday{Day: start.AddDays(random.IntN(800) - 200), Yearly: random.IntN(3) == 0})
		}
		c := date.NewCalendar(weekend, holidays)
		n := 1 + random.IntN(300)
		due, left := start, n
		for left > 0 {
			due = due.AddDays(1)
			if c.Working(due) {
				left--
			}
		}
		if got := c.Add(start, n); got != due {
			t.Fatalf("%d working days after %s, weekend %v, holidays %v: %s, day by day %s", n, start, weekend, holidays, got, due)
		}
		if got := c.Between(start, due); got != n {
			t.Fatalf("between %s and %s are %d, day by day %d", start, due, got, n)
		}
	}
}
