// Package review is the desk: the staff's side of every kind of submission. One queue, one page to read and decide on,
// and the letters that a decision sends. It knows submissions and their kinds, but no kind in particular.
package review

import "portal/internal/workflow"

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
