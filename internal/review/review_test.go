package review

import (
	"slices"
	"testing"

	"portal/internal/workflow"
)

func TestEveryStateIsInOneGroup(t *testing.T) {
	t.Parallel()
	for _, state := range workflow.States {
		groups := 0
		for _, g := range partsOfAll {
			if slices.Contains(g.States(), state) {
				groups++
			}
		}
		if groups != 1 || !slices.Contains(All.States(), state) || !slices.Contains(groupOf(state).States(), state) {
			t.Errorf("%s is in %d groups", state, groups)
		}
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	one := 1
	kind := &workflow.Kind{Name: "test", Plan: workflow.Publishing}
	for _, c := range []struct {
		name   string
		state  workflow.State
		office string
		public *int
		side   workflow.By
		want   []workflow.Action
	}{
		{"nothing before somebody has taken it", workflow.Submitted, "approved", nil, workflow.ByDesk, nil},
		{"in review all three ends", workflow.InReview, "approved", nil, workflow.ByDesk, []workflow.Action{workflow.Publish, workflow.RequestChanges, workflow.Decline}},
		{"an office that waits: approve instead of publish", workflow.InReview, "proposed", nil, workflow.ByDesk, []workflow.Action{workflow.Approve, workflow.RequestChanges, workflow.Decline}},
		{"approved, and the office still waits", workflow.Approved, "proposed", nil, workflow.ByDesk, []workflow.Action{workflow.Decline}},
		{"published can only be taken down", workflow.Published, "approved", &one, workflow.ByDesk, []workflow.Action{workflow.Archive}},
		{"the owner decides nothing", workflow.InReview, "approved", nil, workflow.ByOwner, nil},
		{"declined is the end", workflow.Declined, "approved", nil, workflow.ByDesk, nil},
	} {
		s := workflow.Submission{State: c.state, OfficeID: 1, OfficeState: c.office, PublishedRevision: c.public, Side: c.side, Role: "officer"}
		if got := Choices(kind, s); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
