package workflow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"portal/internal/workflow"
)

// The plans once more, as review.md tells them: "from action to by", with "?" before what holds only while the public
// sees an earlier revision, "!" before what holds only while it does not, "n" after a step that needs a note, and "+"
// after one that opens the next revision.
var (
	publishing = strings.Fields(`
		draft:submit:submitted:owner
		changes_requested:submit:submitted:owner
		!draft:withdraw:withdrawn:owner
		!submitted:withdraw:withdrawn:owner
		!changes_requested:withdraw:withdrawn:owner
		!approved:withdraw:withdrawn:owner
		?draft:discard:published:owner
		?submitted:discard:published:owner
		?changes_requested:discard:published:owner
		?approved:discard:published:owner
		submitted:take:in_review:desk
		in_review:request_changes:changes_requested:desk:n+
		in_review:accept_edits:in_review:owner:+
		approved:accept_edits:approved:owner:+
		in_review:approve:approved:desk
		in_review:publish:published:desk
		approved:publish:published:desk
		!in_review:decline:declined:desk:n
		?in_review:decline:published:desk:n
		!approved:decline:declined:desk:n
		?approved:decline:published:desk:n
		published:revise:draft:owner:+
		published:archive:archived:desk:n
		?draft:archive:archived:desk:n
		?changes_requested:archive:archived:desk:n
		?submitted:archive:archived:desk:n
		?in_review:archive:archived:desk:n
		?approved:archive:archived:desk:n
		draft:warn:draft:portal
		draft:put_away:put_away:portal
		put_away:restore:draft:owner
		!put_away:erase:erased:portal
		?put_away:erase:published:portal
		?put_away:archive:archived:desk:n`)
	deciding = strings.Fields(`
		draft:submit:submitted:owner
		changes_requested:submit:submitted:owner
		draft:withdraw:withdrawn:owner
		submitted:withdraw:withdrawn:owner
		changes_requested:withdraw:withdrawn:owner
		submitted:take:in_review:desk
		in_review:request_changes:changes_requested:desk:n+
		in_review:approve:accepted:desk
		in_review:decline:declined:desk:n
		accepted:archive:archived:desk:n
		draft:warn:draft:portal
		draft:put_away:put_away:portal
		put_away:restore:draft:owner
		put_away:erase:erased:portal`)
	recording = strings.Fields(`
		draft:submit:submitted:owner
		draft:record:submitted:desk
		changes_requested:submit:submitted:owner
		draft:withdraw:withdrawn:owner
		submitted:withdraw:withdrawn:owner
		changes_requested:withdraw:withdrawn:owner
		approved:withdraw:withdrawn:owner
		submitted:publish:published:portal
		submitted:take:in_review:desk
		in_review:request_changes:changes_requested:desk:n+
		in_review:approve:approved:desk
		in_review:publish:published:desk
		approved:publish:published:desk
		in_review:decline:declined:desk:n
		approved:decline:declined:desk:n
		draft:warn:draft:portal
		draft:put_away:put_away:portal
		put_away:restore:draft:owner
		put_away:erase:erased:portal`)
)

// plans are all, by name.
var plans = []struct {
	name string
	plan workflow.Plan
	rows []string
}{
	{"publishing", workflow.Publishing, publishing},
	{"deciding", workflow.Deciding, deciding},
	{"recording", workflow.Recording, recording},
}

// expected reads one row of the texts above.
type expected struct {
	from, to workflow.State
	action   workflow.Action
	by       workflow.By
	when     workflow.When
	note     bool
	opens    bool
}

func read(row string) expected {
	e := expected{}
	switch row[0] {
	case '?':
		e.when, row = workflow.IsPublished, row[1:]
	case '!':
		e.when, row = workflow.NotPublished, row[1:]
	}
	parts := strings.Split(row, ":")
	e.from, e.action, e.to, e.by = workflow.State(parts[0]), workflow.Action(parts[1]), workflow.State(parts[2]), workflow.By(parts[3])
	if len(parts) > 4 {
		e.note, e.opens = strings.Contains(parts[4], "n"), strings.Contains(parts[4], "+")
	}
	return e
}

func (e expected) holds(published bool) bool {
	return e.when == workflow.Always || (e.when == workflow.IsPublished) == published
}

// look finds the row that applies, if there is one.
func look(rows []string, action workflow.Action, from workflow.State, published bool) (expected, bool) {
	for _, row := range rows {
		if e := read(row); e.action == action && e.from == from && e.holds(published) {
			return e, true
		}
	}
	return expected{}, false
}

func TestPlansKnowTheseStepsAndNoOther(t *testing.T) {
	t.Parallel()
	for _, p := range plans {
		if len(p.plan) != len(p.rows) {
			t.Errorf("%s has %d steps, want %d", p.name, len(p.plan), len(p.rows))
		}
		for _, from := range workflow.States {
			for _, action := range workflow.Actions {
				for _, published := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s: %s when %s, published %v", p.name, action, from, published), func(t *testing.T) {
						t.Parallel()
						step, ok := p.plan.Find(action, from, published)
						want, wanted := look(p.rows, action, from, published)
						if ok != wanted {
							t.Fatalf("found %v, want %v", ok, wanted)
						}
						if ok && (step.To != want.to || step.By != want.by || step.Note != want.note || step.Opens != want.opens || step.When != want.when) {
							t.Errorf("step is %+v, want %+v", step, want)
						}
					})
				}
			}
		}
	}
}

func TestPlansAreUnambiguous(t *testing.T) {
	t.Parallel()
	for _, p := range plans {
		for _, from := range workflow.States {
			for _, action := range workflow.Actions {
				for _, published := range []bool{false, true} {
					answers := 0
					for _, s := range p.plan {
						if s.From == from && s.Action == action && read(line(s)).holds(published) {
							answers++
						}
					}
					if answers > 1 {
						t.Errorf("%s: %d steps answer to %s from %s, published %v", p.name, answers, action, from, published)
					}
				}
			}
		}
	}
}

// line writes a step as the texts above do.
func line(s workflow.Step) string {
	mark := map[workflow.When]string{workflow.IsPublished: "?", workflow.NotPublished: "!"}[s.When]
	return mark + strings.Join([]string{string(s.From), string(s.Action), string(s.To), string(s.By)}, ":")
}

func TestPlanFrom(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		from      workflow.State
		published bool
		by        workflow.By
		want      []workflow.Action
	}{
		{"an owner may send or withdraw a first draft", workflow.Draft, false, workflow.ByOwner, []workflow.Action{workflow.Submit, workflow.Withdraw}},
		{"an owner may send or give up the draft of a new revision", workflow.Draft, true, workflow.ByOwner, []workflow.Action{workflow.Submit, workflow.Discard}},
		{"the desk has nothing to do with a first draft", workflow.Draft, false, workflow.ByDesk, nil},
		{"the desk may take down what is published while the owner writes", workflow.Draft, true, workflow.ByDesk, []workflow.Action{workflow.Archive}},
		{"during the review an owner can only take over edits", workflow.InReview, false, workflow.ByOwner, []workflow.Action{workflow.AcceptEdits}},
		{
			"the desk decides in review", workflow.InReview, false, workflow.ByDesk,
			[]workflow.Action{workflow.RequestChanges, workflow.Approve, workflow.Publish, workflow.Decline},
		},
		{"what is declined stays so", workflow.Declined, false, workflow.ByDesk, nil},
		{"what is withdrawn stays so", workflow.Withdrawn, false, workflow.ByOwner, nil},
		{"what is archived stays so", workflow.Archived, false, workflow.ByDesk, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []workflow.Action
			for _, s := range workflow.Publishing.From(c.from, c.published, c.by) {
				got = append(got, s.Action)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("steps are %v, want %v", got, c.want)
			}
		})
	}
}

func TestStatesSayWhoIsToAct(t *testing.T) {
	t.Parallel()
	for _, s := range workflow.States {
		if s.Writable() && s.Waiting() {
			t.Errorf("%s waits for both sides", s)
		}
	}
	for _, s := range []workflow.State{workflow.Draft, workflow.ChangesRequested} {
		if !s.Writable() {
			t.Errorf("%s is not writable", s)
		}
	}
}
