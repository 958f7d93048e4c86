package clock_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/clock"
	"portal/internal/date"
	"portal/internal/i18n"
)

// Times on clocks that are put forward or back, on both sides of the date line, and in zones that have changed their rules. The
// instants are from the announcements of the changes, written by hand.
func TestAtAClock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, day, clock, want string
		clash                  clock.Clash
	}{
		{"UTC", "2026-03-29", "02:30", "2026-03-29T02:30:00Z", clock.NoClash},
		{"Europe/Zurich", "2026-03-29", "01:59", "2026-03-29T00:59:00Z", clock.NoClash},
		{"Europe/Zurich", "2026-03-29", "02:00", "2026-03-29T01:00:00Z", clock.Skipped},
		{"Europe/Zurich", "2026-03-29", "02:30", "2026-03-29T01:30:00Z", clock.Skipped},
		{"Europe/Zurich", "2026-03-29", "03:00", "2026-03-29T01:00:00Z", clock.NoClash},
		{"Europe/Zurich", "2026-10-25", "01:59", "2026-10-24T23:59:00Z", clock.NoClash},
		{"Europe/Zurich", "2026-10-25", "02:30", "2026-10-25T00:30:00Z", clock.Twice},
		{"Europe/Zurich", "2026-10-25", "03:00", "2026-10-25T02:00:00Z", clock.NoClash},
		{"America/New_York", "2027-03-14", "02:30", "2027-03-14T07:30:00Z", clock.Skipped},
		{"America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30:00Z", clock.Twice},
		{"America/New_York", "2026-11-01", "00:59", "2026-11-01T04:59:00Z", clock.NoClash},
		// Half an hour only.
		{"Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:45:00Z", clock.Skipped},
		{"Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45:00Z", clock.Twice},
		// At midnight, and in the southern half of the year.
		{"Africa/Cairo", "2026-04-24", "00:30", "2026-04-23T22:30:00Z", clock.Skipped},
		{"Asia/Beirut", "2026-03-29", "00:10", "2026-03-28T22:10:00Z", clock.Skipped},
		{"America/Santiago", "2026-09-06", "00:30", "2026-09-06T04:30:00Z", clock.Skipped},
		{"America/Santiago", "2026-04-04", "23:30", "2026-04-05T02:30:00Z", clock.Twice},
		// Ramadan puts the clocks of Morocco back, and the end of it forward.
		{"Africa/Casablanca", "2026-02-15", "02:30", "2026-02-15T01:30:00Z", clock.Twice},
		{"Africa/Casablanca", "2026-03-22", "02:30", "2026-03-22T02:30:00Z", clock.Skipped},
		// The date line: a whole day that Samoa left out, and the same instant on two days.
		{"Pacific/Apia", "2011-12-29", "12:00", "2011-12-29T22:00:00Z", clock.NoClash},
		{"Pacific/Apia", "2011-12-30", "12:00", "2011-12-30T22:00:00Z", clock.Skipped},
		{"Pacific/Apia", "2011-12-31", "12:00", "2011-12-30T22:00:00Z", clock.NoClash},
		{"Pacific/Kiritimati", "2026-12-01", "09:00", "2026-11-30T19:00:00Z", clock.NoClash},
		{"Pacific/Honolulu", "2026-11-30", "09:00", "2026-11-30T19:00:00Z", clock.NoClash},
		// Odd offsets.
		{"Asia/Kathmandu", "2026-12-01", "14:00", "2026-12-01T08:15:00Z", clock.NoClash},
		{"Pacific/Chatham", "2026-12-01", "14:00", "2026-12-01T00:15:00Z", clock.NoClash},
		{"America/St_Johns", "2026-12-01", "14:00", "2026-12-01T17:30:00Z", clock.NoClash},
		// Zones that gave up putting the clock forward: what would be summer time before is none now.
		{"Europe/Istanbul", "2015-12-01", "14:00", "2015-12-01T12:00:00Z", clock.NoClash},
		{"Europe/Istanbul", "2026-12-01", "14:00", "2026-12-01T11:00:00Z", clock.NoClash},
		{"America/Mexico_City", "2022-06-01", "14:00", "2022-06-01T19:00:00Z", clock.NoClash},
		{"America/Mexico_City", "2026-06-01", "14:00", "2026-06-01T20:00:00Z", clock.NoClash},
		{"Asia/Amman", "2022-01-15", "14:00", "2022-01-15T12:00:00Z", clock.NoClash},
		{"Asia/Amman", "2026-01-15", "14:00", "2026-01-15T11:00:00Z", clock.NoClash},
		{"Asia/Tehran", "2022-07-01", "14:00", "2022-07-01T09:30:00Z", clock.NoClash},
		{"Asia/Tehran", "2026-07-01", "14:00", "2026-07-01T10:30:00Z", clock.NoClash},
		{"Europe/Moscow", "2013-12-01", "14:00", "2013-12-01T10:00:00Z", clock.NoClash},
		{"Europe/Moscow", "2026-12-01", "14:00", "2026-12-01T11:00:00Z", clock.NoClash},
	} {
		zone, err := clock.LoadZone(c.zone)
		if err != nil {
			t.Errorf("%s: %v", c.zone, err)
			continue
		}
		day, err := date.Parse(c.day)
		if err != nil {
			t.Fatal(err)
		}
		wall, err := time.Parse("15:04", c.clock)
		if err != nil {
			t.Fatal(err)
		}
		got, clash := clock.At(day, 60*wall.Hour()+wall.Minute(), zone)
		if got.Format(time.RFC3339) != c.want || clash != c.clash {
			t.Errorf("%s %s in %s is %s (%q), want %s (%q)", c.day, c.clock, c.zone, got.Format(time.RFC3339), clash, c.want, c.clash)
		}
	}
}

// What comes once is what the clock of the zone shows at that instant, at every hour of every day of two years.
func TestEveryHourComesBack(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/Zurich", "America/Santiago", "Africa/Casablanca", "Australia/Adelaide", "Pacific/Apia"} {
		zone, err := clock.LoadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		clashes := map[clock.Clash]int{}
		for day := date.New(2026, 1, 1); day.Year() < 2028; day = day.AddDays(1) {
			for minutes := 0; minutes < 24*60; minutes += 60 {
				at, clash := clock.At(day, minutes, zone)
				clashes[clash]++
				local := at.In(zone)
				same := date.Of(local) == day && local.Hour()*60+local.Minute() == minutes
				if same != (clash != clock.Skipped) {
					t.Errorf("%s %s %d is %s there, and %q", name, day, minutes, local, clash)
				}
			}
		}
		if name != "Pacific/Apia" && (clashes[clock.Skipped] == 0 || clashes[clock.Skipped] != clashes[clock.Twice]) {
			t.Errorf("%s leaves out %d hours and has %d twice", name, clashes[clock.Skipped], clashes[clock.Twice])
		}
	}
}

func TestZones(t *testing.T) {
	t.Parallel()
	for _, name := range clock.Zones {
		if _, err := clock.LoadZone(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, l := range []i18n.Lang{i18n.English, i18n.Arabic} {
			if !i18n.Has(l, "clock.zone."+strings.ToLower(strings.ReplaceAll(name, "/", "_"))) {
				t.Errorf("%s has no name in %s", name, l)
			}
		}
	}
	if sorted := slices.Sorted(slices.Values(clock.Zones)); len(slices.Compact(sorted)) != len(clock.Zones) {
		t.Error("a zone is there twice")
	}
	for _, name := range []string{"", "Local", "Mars/Olympus", "../../etc/passwd", "Europe/Zurich\x00", strings.Repeat("a", 500), "europe/../Europe/Zurich"} {
		if zone, err := clock.LoadZone(name); err == nil {
			t.Errorf("%q is the zone %v", name, zone)
		}
	}
	ctx := i18n.WithLang(t.Context(), i18n.Arabic)
	if got := clock.ZoneName(ctx, "Asia/Kolkata"); got != "نيودلهي" {
		t.Errorf("New Delhi is called %q", got)
	}
	if got := clock.ZoneName(ctx, "America/Port-au-Prince"); got != "Port-au-Prince" {
		t.Errorf("a zone of no list is called %q", got)
	}
}
