package review

import (
	"slices"
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/workflow"
)

func day(t *testing.T, s string) date.Date {
	t.Helper()
	d, err := date.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDueIsCountedInWorkingDaysInGeneva(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		submitted string
		days      int
		want      string
	}{
		{"a Monday and five days end on the next Monday", "2026-11-02T09:00:00Z", 5, "2026-11-09"},
		{"a Friday and one day end on Monday", "2026-11-06T09:00:00Z", 1, "2026-11-09"},
		{"late on Sunday in UTC is Monday in Geneva", "2026-11-01T23:30:00Z", 5, "2026-11-09"},
		{"a Saturday counts from Monday on", "2026-11-07T12:00:00Z", 5, "2026-11-13"},
	} {
		at, err := time.Parse(time.RFC3339, c.submitted)
		if err != nil {
			t.Fatal(err)
		}
		if got := Due(at, c.days); got != day(t, c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestLights(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 5, 12, 0, 0, 0, i18n.Geneva) // a Thursday
	for _, c := range []struct {
		name, due string
		want      Light
	}{
		{"yesterday is overdue", "2026-11-04", Overdue},
		{"today is due soon", "2026-11-05", DueSoon},
		{"the next working day is due soon", "2026-11-06", DueSoon},
		{"after that there is time", "2026-11-09", InTime},
	} {
		if got := LightOf(day(t, c.due), now); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	friday := now.AddDate(0, 0, 1)
	if got := LightOf(day(t, "2026-11-09"), friday); got != DueSoon {
		t.Errorf("on Friday, Monday is %s, want %s", got, DueSoon)
	}
}

func TestEveryStateIsInOneGroup(t *testing.T) {
	t.Parallel()
	for _, state := range workflow.States {
		groups := 0
		for _, g := range Groups[:len(Groups)-1] {
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
		s := workflow.Submission{State: c.state, OfficeState: c.office, PublishedRevision: c.public, Side: c.side, Role: "officer"}
		if got := Choices(kind, s); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
