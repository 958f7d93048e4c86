package workflow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/workflow"
)

// station is a duty station with Christmas and New Year's Day.
func station(t *testing.T, zone string, weekend ...time.Weekday) workflow.DutyStation {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return workflow.DutyStation{
		Zone: location, Holidays: map[int64]gcm.Names{1: {"en": "Christmas Day"}, 2: {"en": "New Year"}},
		Calendar: date.NewCalendar(weekend, []date.Holiday{{ID: 1, Day: date.New(2020, 12, 25), Yearly: true}, {ID: 2, Day: date.New(2027, 1, 1)}}),
	}
}

// life reads steps: "submit 2026-11-24 10:00, request_changes 2026-11-27 10:00", in UTC.
func life(t *testing.T, steps string) []workflow.Event {
	t.Helper()
	plan := map[string][2]workflow.State{
		"submit": {workflow.Draft, workflow.Submitted}, "resubmit": {workflow.ChangesRequested, workflow.Submitted},
		"take": {workflow.Submitted, workflow.InReview}, "request_changes": {workflow.InReview, workflow.ChangesRequested},
		"approve": {workflow.InReview, workflow.Approved}, "accept": {workflow.InReview, workflow.Accepted}, "publish": {workflow.InReview, workflow.Published},
		"decline": {workflow.InReview, workflow.Declined}, "withdraw": {workflow.Submitted, workflow.Withdrawn},
		"give_up": {workflow.Draft, workflow.Withdrawn}, "revise": {workflow.Published, workflow.Draft}, "discard": {workflow.ChangesRequested, workflow.Published},
	}
	var events []workflow.Event
	for step := range strings.SplitSeq(steps, ", ") {
		if step == "" {
			continue
		}
		name, at, _ := strings.Cut(step, " ")
		when, err := time.Parse("2006-01-02 15:04", at)
		if states, ok := plan[name]; err == nil && ok {
			events = append(events, workflow.Event{FromState: states[0], ToState: states[1], At: when})
			continue
		}
		t.Fatalf("%q is no step: %v", step, err)
	}
	return events
}

func TestClock(t *testing.T) {
	t.Parallel()
	geneva := station(t, "Europe/Zurich", time.Saturday, time.Sunday)
	cairo := station(t, "Africa/Cairo", time.Friday, time.Saturday)
	nairobi := station(t, "Africa/Nairobi", time.Saturday, time.Sunday)
	ten := 10
	for _, c := range []struct {
		name, life string
		at         workflow.DutyStation
		now        string
		// want is "waits for, answer due, decision due, days of the stretches": a pause is p.
		want string
	}{
		{"never handed in", "", geneva, "2026-11-24 10:00", ", , , "},
		{"given up before it was handed in", "give_up 2026-11-24 10:00", geneva, "2026-11-24 10:00", ", , , "},
		{"handed in on a Tuesday", "submit 2026-11-24 09:42", geneva, "2026-11-24 10:00", "desk, 2026-12-01, 2026-12-08, 0"},
		{"it goes on while it is read", "submit 2026-11-24 09:42, take 2026-11-25 09:00", geneva, "2026-11-30 10:00", "desk, 2026-12-01, 2026-12-08, 4"},
		{"handed in at 23:59 in Geneva", "submit 2026-11-24 22:59", geneva, "2026-11-25 10:00", "desk, 2026-12-01, 2026-12-08, 1"},
		{"handed in at 00:01 in Geneva", "submit 2026-11-24 23:01", geneva, "2026-11-25 10:00", "desk, 2026-12-02, 2026-12-09, 0"},
		{"the same instant is the next day in Nairobi", "submit 2026-11-24 22:59", nairobi, "2026-11-25 10:00", "desk, 2026-12-02, 2026-12-09, 0"},
		{"handed in on a Saturday", "submit 2026-11-28 12:00", geneva, "2026-11-29 10:00", "desk, 2026-12-04, 2026-12-11, 0"},
		{"over Christmas and New Year", "submit 2026-12-22 12:00", geneva, "2026-12-28 10:00", "desk, 2026-12-30, 2027-01-07, 3"},
		{"a weekend of Friday and Saturday", "submit 2026-11-24 10:00", cairo, "2026-11-29 10:00", "desk, 2026-12-01, 2026-12-08, 3"},
		{"handed in on a Thursday in Cairo", "submit 2026-11-26 10:00", cairo, "2026-11-27 10:00", "desk, 2026-12-03, 2026-12-10, 0"},
		{"over a leap day", "submit 2028-02-25 10:00", geneva, "2028-03-01 10:00", "desk, 2028-03-03, 2028-03-10, 3"},
		{"late on the Friday before summer time ends", "submit 2026-10-23 21:30", geneva, "2026-10-26 10:00", "desk, 2026-10-30, 2026-11-06, 1"},
		{"23:30 on the Sunday on which summer time has ended", "submit 2026-10-25 22:30", geneva, "2026-10-26 10:00", "desk, 2026-10-30, 2026-11-06, 1"},
		{"00:30 on the Monday after", "submit 2026-10-25 23:30", geneva, "2026-10-26 10:00", "desk, 2026-11-02, 2026-11-09, 0"},
		{"00:30 on the Monday after summer time has begun", "submit 2026-03-29 22:30", geneva, "2026-03-30 10:00", "desk, 2026-04-06, 2026-04-13, 0"},
		{"paused", "submit 2026-11-24 10:00, take 2026-11-25 10:00, request_changes 2026-11-27 10:00", geneva, "2026-12-07 10:00", "submitter, , , 3 p"},
		{"paused on the day on which the answer would have been due", "submit 2026-11-24 10:00, request_changes 2026-11-30 10:00", geneva, "2026-12-01 10:00", "submitter, , , 4 p"},
		{"and back after it", "submit 2026-11-24 10:00, request_changes 2026-11-30 10:00, resubmit 2026-12-03 10:00", geneva, "2026-12-03 12:00", "desk, 2026-12-10, 2026-12-11, 4 p 0"},
		{"back after a pause", "submit 2026-11-24 10:00, request_changes 2026-11-27 10:00, resubmit 2026-12-10 10:00", geneva, "2026-12-10 12:00", "desk, 2026-12-17, 2026-12-21, 3 p 0"},
		{
			"several pauses", "submit 2026-11-24 10:00, request_changes 2026-11-27 10:00, resubmit 2026-12-10 10:00, request_changes 2026-12-15 10:00, resubmit 2026-12-16 10:00",
			geneva, "2026-12-17 12:00", "desk, 2026-12-23, 2026-12-22, 3 p 3 p 1",
		},
		{"there and back on one day costs nothing", "submit 2026-11-24 10:00, request_changes 2026-11-26 10:00, resubmit 2026-11-26 15:00", geneva, "2026-11-26 16:00", "desk, 2026-12-03, 2026-12-08, 2 p 0"},
		{"handed back on the day it came", "submit 2026-11-24 10:00, request_changes 2026-11-24 15:00, resubmit 2026-11-25 15:00", geneva, "2026-11-25 16:00", "desk, 2026-12-02, 2026-12-09, 0 p 0"},
		{"a decision that was late before the pause stays late", "submit 2026-11-24 10:00, request_changes 2026-12-10 10:00, resubmit 2026-12-14 10:00", geneva, "2026-12-14 12:00", "desk, 2026-12-21, 2026-12-08, 12 p 0"},
		{"a pause over New Year counts no holiday twice", "submit 2026-12-23 10:00, request_changes 2026-12-24 10:00, resubmit 2027-01-04 10:00", geneva, "2027-01-04 12:00", "desk, 2027-01-11, 2027-01-15, 1 p 0"},
		{"published", "submit 2026-11-24 10:00, publish 2026-11-26 10:00", geneva, "2026-12-26 10:00", ", , , 2"},
		{"declined", "submit 2026-11-24 10:00, decline 2026-11-26 10:00", geneva, "2026-12-26 10:00", ", , , 2"},
		{"withdrawn", "submit 2026-11-24 10:00, withdraw 2026-11-25 10:00", geneva, "2026-12-26 10:00", ", , , 1"},
		{"approved, and its office is not", "submit 2026-11-24 10:00, approve 2026-11-26 10:00", geneva, "2026-12-26 10:00", "office, , , 2"},
		{"being revised", "submit 2026-11-24 10:00, publish 2026-11-26 10:00, revise 2026-12-01 10:00", geneva, "2026-12-26 10:00", ", , , 2"},
		{"a revision has a clock of its own", "submit 2026-11-24 10:00, publish 2026-11-26 10:00, revise 2026-12-01 10:00, submit 2026-12-07 10:00", geneva, "2026-12-08 10:00", "desk, 2026-12-14, 2026-12-21, 1"},
		{
			"a revision that was given up, and another", "submit 2026-11-02 10:00, publish 2026-11-04 10:00, submit 2026-11-05 10:00, request_changes 2026-11-09 10:00, discard 2026-11-20 10:00, submit 2026-11-24 10:00",
			geneva, "2026-11-25 10:00", "desk, 2026-12-01, 2026-12-08, 1",
		},
	} {
		instant, err := time.Parse("2006-01-02 15:04", c.now)
		if err != nil {
			t.Fatal(err)
		}
		clock := workflow.Count(life(t, c.life), nil, workflow.ServiceTime{AnswerDays: 5, DecisionDays: &ten}, c.at, instant)
		var stretches []string
		for _, s := range clock.Stretches {
			if s.Paused {
				stretches = append(stretches, "p")
			} else {
				stretches = append(stretches, fmt.Sprint(s.Days))
			}
		}
		if got := fmt.Sprintf("%s, %s, %s, %s", clock.WaitingFor, clock.AnswerDue, clock.DecisionDue, strings.Join(stretches, " ")); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if (clock.WaitingFor == workflow.ForNobody) != clock.WaitingSince.IsZero() {
			t.Errorf("%s: waits for %q since %s", c.name, clock.WaitingFor, clock.WaitingSince)
		}
		// What the explanation counts day by day is what the clock has counted.
		answer, decision := clock.Counted()
		for _, d := range clock.Days(c.at, c.at.Today(instant)) {
			due := d.Date == clock.DecisionDue && d.Mark == workflow.Counts
			if due && d.Decision != ten {
				t.Errorf("%s: on the day of the decision, %s, %d days are counted", c.name, d.Date, d.Decision)
			}
			if last := clock.Stretches[len(clock.Stretches)-1]; d.Date == c.at.Today(instant) && d.Date != last.From && d.Mark != workflow.OnPause && !clock.Ended && (d.Answer != answer || d.Decision != decision) {
				t.Errorf("%s: the days of today, %s, are %d and %d, the clock's %d and %d", c.name, d.Date, d.Answer, d.Decision, answer, decision)
			}
		}
	}
}

func TestClockOfADecidingPlanAndOfOneWithoutDecision(t *testing.T) {
	t.Parallel()
	geneva := station(t, "Europe/Zurich", time.Saturday, time.Sunday)
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	c := workflow.Count(life(t, "submit 2026-11-24 10:00, accept 2026-11-26 10:00"), nil, workflow.ServiceTime{AnswerDays: 3}, geneva, at)
	if c.WaitingFor != workflow.ForNobody || !c.Ended {
		t.Errorf("what is approved and has no public page waits for %q", c.WaitingFor)
	}
	c = workflow.Count(life(t, "submit 2026-11-24 10:00"), nil, workflow.ServiceTime{AnswerDays: 3}, geneva, at)
	if c.Due() != date.New(2026, 11, 27) || !c.DecisionDue.IsZero() {
		t.Errorf("due %s, decision %s", c.Due(), c.DecisionDue)
	}
	c = workflow.Count(life(t, "submit 2026-11-24 10:00"), &at, workflow.ServiceTime{AnswerDays: 3}, geneva, at)
	if !c.Due().IsZero() {
		t.Errorf("answered and with nothing to decide, it is due %s", c.Due())
	}
}

func TestClockDayByDay(t *testing.T) {
	t.Parallel()
	geneva := station(t, "Europe/Zurich", time.Saturday, time.Sunday)
	three := 3
	instant := time.Date(2026, 12, 29, 12, 0, 0, 0, time.UTC)
	c := workflow.Count(life(t, "submit 2026-12-22 10:00, request_changes 2026-12-23 10:00, resubmit 2026-12-24 10:00"), nil,
		workflow.ServiceTime{AnswerDays: 2, DecisionDays: &three}, geneva, instant)
	var got []string
	for _, d := range c.Days(geneva, geneva.Today(instant)) {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %d/%d %s", d.Date, d.Mark, d.Answer, d.Decision, d.Holiday.In("en"))))
	}
	want := []string{
		"2026-12-22 handed_in 0/0", "2026-12-23 counts 1/1", "2026-12-24 paused 0/0", "2026-12-25 holiday 0/1 Christmas Day",
		"2026-12-26 weekend 0/1", "2026-12-27 weekend 0/1", "2026-12-28 counts 1/2", "2026-12-29 counts 2/3",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the days are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLight(t *testing.T) {
	t.Parallel()
	geneva := station(t, "Europe/Zurich", time.Saturday, time.Sunday)
	for _, c := range []struct {
		name, due, now string
		waiting        workflow.Party
		want           workflow.Light
	}{
		{"no clock", "", "2026-11-24 10:00", workflow.ForDesk, ""},
		{"in two working days", "2026-11-26", "2026-11-24 10:00", workflow.ForDesk, workflow.InTime},
		{"tomorrow", "2026-11-25", "2026-11-24 10:00", workflow.ForDesk, workflow.DueSoon},
		{"today", "2026-11-24", "2026-11-24 22:59", workflow.ForDesk, workflow.DueSoon},
		{"a minute after the day", "2026-11-24", "2026-11-24 23:01", workflow.ForDesk, workflow.Overdue},
		{"on Monday, asked on Friday", "2026-11-30", "2026-11-27 10:00", workflow.ForDesk, workflow.DueSoon},
		{"after Christmas, asked before it", "2026-12-28", "2026-12-24 10:00", workflow.ForDesk, workflow.DueSoon},
		{"waits for the submitter", "", "2026-11-24 10:00", workflow.ForSubmitter, workflow.Paused},
	} {
		s := workflow.Submission{WaitingFor: c.waiting}
		if c.due != "" {
			due, err := date.Parse(c.due)
			if err != nil {
				t.Fatal(err)
			}
			s.DueOn = &due
		}
		instant, err := time.Parse("2006-01-02 15:04", c.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := geneva.Light(s, instant); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
