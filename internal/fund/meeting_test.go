package fund

import (
	"context"
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
)

func at(t *testing.T, zone, local string) time.Time {
	t.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	instant, err := time.ParseInLocation("2006-01-02 15:04:05.999999999", local, z)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func day(t *testing.T, s string) date.Date {
	t.Helper()
	d, err := date.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Six weeks before the day of the meeting where it takes place; the day ends in Geneva.
func TestTheLastSafeDay(t *testing.T) {
	t.Parallel()
	const geneva, newYork = "Europe/Zurich", "America/New_York"
	for _, c := range []struct{ about, zone, meeting, day, cutoff string }{
		{"the example of the specification", geneva, "2027-03-18 10:00:00", "2027-02-04", "2027-02-04T23:00:00Z"},
		{"over the end of a year", geneva, "2027-01-20 10:00:00", "2026-12-09", "2026-12-09T23:00:00Z"},
		{"the last safe day is the last of a year", geneva, "2027-02-11 09:00:00", "2026-12-31", "2026-12-31T23:00:00Z"},
		{"the last safe day is the first of a year", geneva, "2027-02-12 09:00:00", "2027-01-01", "2027-01-01T23:00:00Z"},
		{"the last safe day is 29 February", geneva, "2028-04-11 10:00:00", "2028-02-29", "2028-02-29T23:00:00Z"},
		{"29 February is in between", geneva, "2028-03-20 10:00:00", "2028-02-07", "2028-02-07T23:00:00Z"},
		{"the same without a leap day", geneva, "2027-03-20 10:00:00", "2027-02-06", "2027-02-06T23:00:00Z"},
		{"the meeting is on 29 February", geneva, "2028-02-29 10:00:00", "2028-01-18", "2028-01-18T23:00:00Z"},
		{"2100 has no 29 February", geneva, "2100-04-12 10:00:00", "2100-03-01", "2100-03-01T23:00:00Z"},
		{"the last safe day is that of Geneva's change to summer", geneva, "2027-05-09 10:00:00", "2027-03-28", "2027-03-28T22:00:00Z"},
		{"the eve of Geneva's change to summer", geneva, "2027-05-08 10:00:00", "2027-03-27", "2027-03-27T23:00:00Z"},
		{"the last safe day is that of Geneva's change to winter", geneva, "2026-12-06 10:00:00", "2026-10-25", "2026-10-25T23:00:00Z"},
		{"the eve of Geneva's change to winter", geneva, "2026-12-05 10:00:00", "2026-10-24", "2026-10-24T22:00:00Z"},
		{"the meeting is after Geneva's change to summer, the day before it", geneva, "2027-04-01 10:00:00", "2027-02-18", "2027-02-18T23:00:00Z"},
		{"the meeting is in the hour that Geneva leaves out", geneva, "2027-03-28 02:30:00", "2027-02-14", "2027-02-14T23:00:00Z"},
		{"late in New York: the next day in Geneva", newYork, "2027-03-18 22:00:00", "2027-02-04", "2027-02-04T23:00:00Z"},
		{"New York has changed to summer, Geneva not", newYork, "2027-03-14 19:30:00", "2027-01-31", "2027-01-31T23:00:00Z"},
		{"the last safe day is that of New York's change to summer", newYork, "2027-04-25 10:00:00", "2027-03-14", "2027-03-14T23:00:00Z"},
		{"between the changes to winter of Geneva and New York", newYork, "2026-10-28 20:00:00", "2026-09-16", "2026-09-16T22:00:00Z"},
		{"the day of New York's change to winter", newYork, "2026-11-01 01:30:00", "2026-09-20", "2026-09-20T22:00:00Z"},
		{"late in New York on the last of a year", newYork, "2026-12-31 23:30:00", "2026-11-19", "2026-11-19T23:00:00Z"},
		{"early in Bangkok: the day before in Geneva", "Asia/Bangkok", "2027-03-18 05:00:00", "2027-02-04", "2027-02-04T23:00:00Z"},
		{"the first minute of a day", geneva, "2027-03-18 00:00:00", "2027-02-04", "2027-02-04T23:00:00Z"},
		{"the last second of a day", geneva, "2027-03-18 23:59:59", "2027-02-04", "2027-02-04T23:00:00Z"},
	} {
		m := Meeting{At: at(t, c.zone, c.meeting).UTC(), Zone: c.zone, State: Planned}
		if got := m.LastSafeDay(); got != day(t, c.day) {
			t.Errorf("%s: the last safe day is %s, want %s", c.about, got, c.day)
		}
		cutoff, err := time.Parse(time.RFC3339, c.cutoff)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Cutoff(); !got.Equal(cutoff) {
			t.Errorf("%s: too late from %s, want %s", c.about, got.UTC(), cutoff)
		}
		for _, moment := range []struct {
			t  time.Time
			in bool
		}{{cutoff.Add(-1), true}, {cutoff.Add(-time.Millisecond), true}, {cutoff.Add(-time.Second), true}, {cutoff, false}, {cutoff.Add(1), false}, {cutoff.Add(time.Minute), false}, {m.At, false}} {
			if got := m.InTime(moment.t); got != moment.in {
				t.Errorf("%s: in time at %s is %v", c.about, moment.t, got)
			}
		}
		if m.DaysLeft(cutoff.Add(-1)) != 0 || m.DaysLeft(cutoff) != -1 || m.DaysLeft(cutoff.Add(-25*time.Hour-1)) != 1 {
			t.Errorf("%s: the days left do not end on the last safe day", c.about)
		}
	}
}

// The note that comes at the last instant is in time for one meeting, the next one for another; cancelled ones take none, and
// those that were moved go by their new day.
func TestTheNextMeeting(t *testing.T) {
	t.Parallel()
	meeting := func(id MeetingID, local string, state MeetingState) Meeting {
		return Meeting{ID: id, At: at(t, "Europe/Zurich", local), Zone: "Europe/Zurich", State: state}
	}
	march, april, june := meeting(1, "2027-03-18 10:00:00", Planned), meeting(2, "2027-04-20 10:00:00", Cancelled), meeting(3, "2027-06-17 10:00:00", Planned)
	moved := meeting(1, "2027-03-25 10:00:00", Planned)
	for _, c := range []struct {
		about, at string
		all       []Meeting
		want      MeetingID
	}{
		{"long before", "2026-11-24 10:00:00", []Meeting{march, april, june}, 1},
		{"the last second", "2027-02-04 23:59:59.999999999", []Meeting{march, april, june}, 1},
		{"one minute after the cut-off", "2027-02-05 00:01:00", []Meeting{march, april, june}, 3},
		{"the very instant", "2027-02-05 00:00:00", []Meeting{march, april, june}, 3},
		{"moved a week later", "2027-02-11 23:59:59", []Meeting{moved, april, june}, 1},
		{"moved, and late all the same", "2027-02-12 00:00:00", []Meeting{moved, april, june}, 3},
		{"after the last one", "2027-05-07 00:00:00", []Meeting{march, april, june}, 0},
		{"none planned", "2027-01-01 00:00:00", nil, 0},
	} {
		got, ok := next(c.all, at(t, "Europe/Zurich", c.at))
		if ok != (c.want != 0) || got.ID != c.want {
			t.Errorf("%s: meeting %d, want %d", c.about, got.ID, c.want)
		}
	}
}

// The words are those of the specification, and say as many weeks as are counted.
func TestTheExplanation(t *testing.T) {
	t.Parallel()
	m := Meeting{At: at(t, "America/New_York", "2027-03-18 22:00:00"), Zone: "America/New_York", State: Planned}
	for l, want := range map[i18n.Lang]string{
		i18n.English: "Meeting 18 March 2027; six weeks before is 4 February 2027, end of day in Geneva.",
		i18n.Arabic:  "الاجتماع في 18 آذار/مارس 2027؛ وقبله بستة أسابيع 4 شباط/فبراير 2027، حتى نهاية اليوم بتوقيت جنيف.",
	} {
		if got := Explain(i18n.WithLang(context.Background(), l), m); got != want {
			t.Errorf("in %s: %q, want %q", l, got, want)
		}
	}
	if Weeks != 6 {
		t.Error("the text fund.meeting.explained says six weeks")
	}
}
