package workflow

import (
	"time"

	"portal/internal/date"
	"portal/internal/gcm"
)

// Party is for whom a submission waits.
type Party string

// The parties. ForReviewers is written by what invites reviewers; the steps of a plan alone never lead there.
const (
	ForNobody    Party = ""
	ForDesk      Party = "desk"
	ForSubmitter Party = "submitter"
	ForReviewers Party = "reviewers"
	ForOffice    Party = "office" // until the office, or who sent it, is approved
)

// ServiceTime is within how many working days a kind is answered for the first time, and decided (review.md, Clocks).
type ServiceTime struct {
	AnswerDays   int
	DecisionDays *int // nil: there is nothing to decide
}

// Light says how near the due day is, in a colour and in words.
type Light string

// The lights. The empty Light is for what has no clock.
const (
	InTime  Light = "in_time"
	DueSoon Light = "due_soon" // today or on the next working day
	Overdue Light = "overdue"
	Paused  Light = "paused" // it waits for the submitter
)

// Stretch is a time in which the clock runs, or in which it is paused since the submission waits for the submitter. Its
// days are those after From up to To: so each day belongs to one stretch, the day on which the desk hands it back to the
// desk, the day on which it comes back to the submitter.
type Stretch struct {
	Start, End time.Time // End is zero while it goes on
	From, To   date.Date // in the zone of the duty station; To is zero while it goes on
	Paused     bool
	// Days are the working days of a stretch that runs, up to now.
	Days int
}

// Clock is how long the desk has had a submission, since it was handed in for the first time or, when it has been
// decided before, for the first time since.
type Clock struct {
	Times     ServiceTime
	Stretches []Stretch
	// WaitingFor is for whom it waits, WaitingSince from when on; zero for nobody.
	WaitingFor   Party
	WaitingSince time.Time
	// AnsweredAt is when the desk answered the present handing in for the first time; zero if it has not yet.
	AnsweredAt time.Time
	// AnswerDue and DecisionDue are the days on which the working days reach the service time: for the answer counted from
	// the last handing in, for the decision from the first. They are zero while the clock is paused and after its end.
	AnswerDue, DecisionDue date.Date
	// Ended says that it was decided or taken back.
	Ended bool
}

// Count works out the clock of a submission from the steps taken, the oldest first. answered is when the present handing in
// was first answered, nil if it was not. A submission that was never handed in has the zero Clock.
func Count(events []Event, answered *time.Time, times ServiceTime, at DutyStation, now time.Time) Clock {
	c := Clock{Times: times}
	for _, e := range events {
		switch e.ToState {
		case Submitted:
			if c.Ended {
				c = Clock{Times: times}
			}
			c.next(e.At, at, false)
			c.WaitingFor, c.WaitingSince = ForDesk, e.At
		case ChangesRequested:
			c.next(e.At, at, true)
			c.WaitingFor, c.WaitingSince = ForSubmitter, e.At
		case Approved, Published, Accepted, Declined, Withdrawn, Archived:
			if e.FromState == e.ToState || len(c.Stretches) == 0 {
				continue
			}
			c.end(e.At, at)
			c.WaitingFor, c.WaitingSince = ForNobody, time.Time{}
			if e.ToState == Approved {
				c.WaitingFor, c.WaitingSince = ForOffice, e.At
			}
		}
	}
	if answered != nil {
		c.AnsweredAt = *answered
	}
	today := date.Today(now, at.Location())
	for i, s := range c.Stretches {
		if s.Paused {
			continue
		}
		to := s.To
		if to.IsZero() {
			to = today
		}
		c.Stretches[i].Days = at.Calendar.Between(s.From, to)
	}
	if c.WaitingFor == ForDesk {
		last := c.Stretches[len(c.Stretches)-1]
		c.AnswerDue = at.Calendar.Add(last.From, times.AnswerDays)
		c.DecisionDue = c.decisionDue(at)
	}
	return c
}

// next ends the last stretch, if one goes on, and begins another.
func (c *Clock) next(t time.Time, at DutyStation, paused bool) {
	c.end(t, at)
	c.Ended = false
	c.Stretches = append(c.Stretches, Stretch{Start: t, From: date.Today(t, at.Location()), Paused: paused})
}

func (c *Clock) end(t time.Time, at DutyStation) {
	c.Ended = true
	if n := len(c.Stretches); n > 0 && c.Stretches[n-1].End.IsZero() {
		c.Stretches[n-1].End, c.Stretches[n-1].To = t, date.Today(t, at.Location())
	}
}

// decisionDue is the day on which the stretches that run reach the time for the decision: the last one goes on for ever.
func (c *Clock) decisionDue(at DutyStation) date.Date {
	if c.Times.DecisionDays == nil {
		return date.Date{}
	}
	left := *c.Times.DecisionDays
	for _, s := range c.Stretches {
		if s.Paused {
			continue
		}
		if s.To.IsZero() || s.Days >= left {
			return at.Calendar.Add(s.From, left)
		}
		left -= s.Days
	}
	return date.Date{}
}

// Counted are the working days so far towards the answer and towards the decision.
func (c Clock) Counted() (answer, decision int) {
	for _, s := range c.Stretches {
		if !s.Paused {
			answer = s.Days
			decision += s.Days
		}
	}
	return answer, decision
}

// Due is the first of the days that are still open, or zero.
func (c Clock) Due() date.Date {
	if c.AnsweredAt.IsZero() && !c.AnswerDue.IsZero() && (c.DecisionDue.IsZero() || !c.DecisionDue.Before(c.AnswerDue)) {
		return c.AnswerDue
	}
	return c.DecisionDue
}

// Mark says what a day does to a clock.
type Mark string

// The marks of a day.
const (
	HandedInOn Mark = "handed_in" // the day of the first handing in, which does not count
	Counts     Mark = "counts"
	OnWeekend  Mark = "weekend"
	OnHoliday  Mark = "holiday"
	OnPause    Mark = "paused"
)

// Day is one day of a clock.
type Day struct {
	Date date.Date
	Mark Mark
	// Holiday names the day for Mark OnHoliday.
	Holiday gcm.Names
	// Answer and Decision are the working days up to this one, towards the answer to the handing in and towards the decision.
	Answer, Decision int
}

// maxDays bounds the days of a clock that is explained day by day.
const maxDays = 3 * 366

// Days explains the clock day by day: from the day of the first handing in up to its end, or to the last of the given days
// and the days that are due.
func (c Clock) Days(at DutyStation, today date.Date) []Day {
	if len(c.Stretches) == 0 {
		return nil
	}
	until := today
	for _, d := range []date.Date{c.AnswerDue, c.DecisionDue} {
		if until.Before(d) {
			until = d
		}
	}
	days := []Day{{Date: c.Stretches[0].From, Mark: HandedInOn}}
	decision := 0
	for _, s := range c.Stretches {
		answer := 0
		to := s.To
		if to.IsZero() {
			to = until
		}
		for d := s.From; d.Before(to) && len(days) < maxDays; {
			d = d.AddDays(1)
			day := Day{Date: d, Mark: OnPause}
			if !s.Paused {
				day.Mark, day.Holiday = at.mark(d)
				if day.Mark == Counts {
					answer, decision = answer+1, decision+1
				}
				day.Answer, day.Decision = answer, decision
			}
			days = append(days, day)
		}
	}
	return days
}
