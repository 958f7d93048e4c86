package pledge

import (
	"time"

	"portal/internal/date"
)

// Stage says which of the reminders of one report a mail is.
type Stage string

// The stages: EarlyDays and SoonDays before the day of the report, LateDays after it.
const (
	Early     Stage = "early"
	Soon      Stage = "soon"
	Overdue   Stage = "late"
	EarlyDays       = 60
	SoonDays        = 14
	LateDays        = 14
)

// Stages lists the stages.
var Stages = []Stage{Early, Soon, Overdue}

// LinkLasts is for how long the link of a reminder works.
const LinkLasts = 90 * 24 * time.Hour

// StageOn is the reminder that is due on a day: the last one whose day has come since the pledge was reported on. So after a
// time in which none could be sent only the latest is, and who has just chosen a near day is not reminded of it at once. A year
// after the day of the report none is due any more; "" is none.
func StageOn(day, nextReport, since date.Date) Stage {
	if nextReport.IsZero() || yearAfter(nextReport).Before(day) {
		return ""
	}
	for _, stage := range []struct {
		Stage
		on date.Date
	}{{Overdue, nextReport.AddDays(LateDays)}, {Soon, nextReport.AddDays(-SoonDays)}, {Early, nextReport.AddDays(-EarlyDays)}} {
		if !day.Before(stage.on) {
			if !since.Before(stage.on) {
				return ""
			}
			return stage.Stage
		}
	}
	return ""
}
