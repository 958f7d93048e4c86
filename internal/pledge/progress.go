package pledge

import (
	"slices"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/web/ui"
)

// Status says how far a pledge has come, in the words of those who made it (pledges.md, Follow-up).
type Status string

// The statuses of a pledge.
const (
	NoStatus      Status = "none" // nobody has ever said
	Planned       Status = "planned"
	InProgress    Status = "in_progress"
	Fulfilled     Status = "fulfilled"
	FulfilledLate Status = "fulfilled_late"
	Delayed       Status = "delayed"
	Withdrawn     Status = "withdrawn"
	Superseded    Status = "superseded"
)

// Statuses lists the statuses in the order of a story, NoStatus first.
var Statuses = []Status{NoStatus, Planned, InProgress, Delayed, Fulfilled, FulfilledLate, Superseded, Withdrawn}

// Final says that no report is due any more.
func (s Status) Final() bool {
	return slices.Contains([]Status{Fulfilled, FulfilledLate, Withdrawn, Superseded}, s)
}

// Light says how fresh the word on a pledge is. It is computed and never stored, since it changes with the day.
type Light string

// The lights of a pledge.
const (
	Fresh  Light = "fresh"  // the next report is more than DueWithin days away
	Due    Light = "due"    // it is due within DueWithin days, or today
	Late   Light = "late"   // its day has passed
	Silent Light = "silent" // more than a year ago
	Closed Light = "closed" // the status is final: there is nothing more to report
)

// Lights lists the lights from the freshest on.
var Lights = []Light{Fresh, Due, Late, Silent, Closed}

// tone is how a status is shown.
func (s Status) tone() ui.Tone {
	switch s {
	case InProgress:
		return ui.Sky
	case Fulfilled, FulfilledLate:
		return ui.Ok
	case Delayed:
		return ui.Warn
	}
	return ui.Plain
}

// tone is how a light is shown (design/guide.md, section 4).
func (l Light) tone() ui.Tone {
	switch l {
	case Fresh:
		return ui.Ok
	case Due:
		return ui.Warn
	case Late:
		return ui.Bad
	}
	return ui.Plain
}

// DueWithin is for how many days before a report it is called due.
const DueWithin = 60

// LightOn is the light on a day in Geneva when the next report is due on the other one; zero when none is due any more.
func LightOn(day, nextReport date.Date) Light {
	switch {
	case nextReport.IsZero():
		return Closed
	case day.DaysUntil(nextReport) > DueWithin:
		return Fresh
	case !nextReport.Before(day):
		return Due
	case !yearAfter(nextReport).Before(day):
		return Late
	}
	return Silent
}

// dayOf is the day of an instant in Geneva.
func dayOf(at time.Time) date.Date { return date.Today(at, i18n.Geneva) }

// FirstReport is the day on which the first report on a pledge is due: a year after it came before the public.
func FirstReport(firstPublished time.Time) date.Date {
	return yearAfter(date.Today(firstPublished, i18n.Geneva))
}

// yearAfter is the same day of the next year; after 29 February the 28th.
func yearAfter(day date.Date) date.Date {
	next := date.New(day.Year()+1, day.Month(), day.Day())
	if next.Month() != day.Month() {
		return next.AddDays(-1)
	}
	return next
}

// Means says how an update came in.
type Means string

// The means of an update.
const (
	ByPage  Means = "page"  // written on the portal
	ByMail  Means = "mail"  // with the link of a reminder
	BySheet Means = "sheet" // with many others, in a workbook
	ByDesk  Means = "desk"  // by the secretariat
)

// AllMeans lists the means.
var AllMeans = []Means{ByPage, ByMail, BySheet, ByDesk}

// Standing is how a pledge stands: as its last update says.
type Standing struct {
	Status Status
	// NextReport is the day in Geneva on which the next report is due; zero when none is due any more.
	NextReport date.Date
	// StatusSince is when the update was published; of NoStatus the first publication.
	StatusSince time.Time
}

// Light is the light at the instant.
func (s Standing) Light(at time.Time) Light {
	return LightOn(date.Today(at, i18n.Geneva), s.NextReport)
}

// standingColumns of a pledge p, as fields of a Standing in the row. Every published pledge has a current standing.
const standingColumns = `s.status, s.next_report_on AS next_report, s.since AS status_since`

// joinStanding joins the current standing s to pledges p.
const joinStanding = ` JOIN pledge_standings s ON s.pledge_id = p.id AND s.until IS NULL`
