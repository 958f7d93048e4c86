// Package review is the desk: the staff's side of every kind of submission. One queue, one page to read and decide on,
// and the letters that a decision sends. It knows submissions and their kinds, but no kind in particular.
package review

import (
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/workflow"
)

// Light says how near the due day is (review.md, clocks).
type Light string

// The lights.
const (
	InTime  Light = "in_time"
	DueSoon Light = "due_soon" // today or on the next working day
	Overdue Light = "overdue"
)

// Due is the day by which the desk should have answered a submission handed in at that instant: the kind's target in
// working days, counted in Geneva, the day of handing in not counted.
func Due(submitted time.Time, workingDays int) date.Date {
	return date.AddWorkingDays(date.Of(submitted.In(i18n.Geneva)), workingDays, nil)
}

// LightOf compares the due day with now, in Geneva.
func LightOf(due date.Date, now time.Time) Light {
	today := date.Of(now.In(i18n.Geneva))
	switch {
	case due.Before(today):
		return Overdue
	case !date.AddWorkingDays(today, 1, nil).Before(due):
		return DueSoon
	default:
		return InTime
	}
}

// choices are the decisions that a desk can take, in the order of the page.
var choices = []workflow.Action{workflow.Publish, workflow.Approve, workflow.RequestChanges, workflow.Decline, workflow.Archive}

// Choices returns the decisions that may be taken on the submission now. Publish stands for both ends of the
// Publishing plan: while the office or the sender is not approved it is offered as Approve, and publication follows by
// itself.
func Choices(kind *workflow.Kind, s workflow.Submission) []workflow.Action {
	var may []workflow.Action
	for _, action := range choices {
		step, ok := kind.Plan.Find(action, s.State, s.Published())
		if !ok || !s.MayTake(step) {
			continue
		}
		_, publishes := kind.Plan.Find(workflow.Publish, s.State, s.Published())
		if action == workflow.Publish && !s.MayPublish() || action == workflow.Approve && publishes && s.MayPublish() {
			continue
		}
		may = append(may, action)
	}
	return may
}
