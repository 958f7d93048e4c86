package workflow

import (
	"context"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
)

// OwnerText says in plain words where the submission stands with the desk's clock, in the language of the context: what
// its owner reads on their page, and the radar beside it. It is "" when nobody waits, and when nothing is due any more.
func (d DeskSettings) OwnerText(ctx context.Context, s Submission, now time.Time) string {
	today := d.Today(now)
	switch s.WaitingFor {
	case ForSubmitter:
		since := d.DayOf(*s.WaitingSince)
		if d.beyond(since, d.StuckDays, today) {
			return i18n.T(ctx, "workflow.clock.owner.stuck", i18n.Day(ctx, since))
		}
		return i18n.T(ctx, "workflow.clock.owner.with_you", i18n.Day(ctx, since))
	case ForOffice:
		return i18n.T(ctx, "workflow.clock.owner.office")
	case ForDesk, ForReviewers:
		if s.DueOn == nil {
			return ""
		}
		what := "decision"
		if s.AnsweredAt == nil && s.AnswerDueOn != nil {
			what = "answer"
		}
		switch {
		case s.DueOn.Before(today):
			what += ".late"
		case s.WaitingFor == ForDesk && s.AssignedTo == nil && d.beyond(d.DayOf(*s.WaitingSince), d.UnassignedDays, today):
			what += ".unassigned"
		}
		return i18n.T(ctx, "workflow.clock.owner."+what, i18n.Day(ctx, *s.DueOn))
	}
	return ""
}

// beyond says whether that many working days after the day are over.
func (d DutyStation) beyond(day date.Date, workingDays int, today date.Date) bool {
	return d.Calendar.Add(day, workingDays).Before(today)
}

// WaitedBefore is the instant such that for what waits since before it more than that many working days are over now.
func (d DutyStation) WaitedBefore(workingDays int, now time.Time) time.Time {
	today := d.Today(now)
	day := today
	for !d.beyond(day, workingDays, today) {
		day = day.AddDays(-1)
	}
	return day.AddDays(1).In(d.Location())
}
