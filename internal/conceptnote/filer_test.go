package conceptnote_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/conceptnote"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/workflow"
)

// Who may file is found out by the office, its category and the register of Resident Coordinators.
func TestWhoMayFileANote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, _ := seeded(t)
	draft := func(office int64) (id workflow.ID) {
		t.Helper()
		who := w.filer.User
		if office == w.Office {
			who = w.Head.User
		}
		err := w.db.InTx(t.Context(), func(tx database.Tx) (err error) {
			id, err = workflow.Start(t.Context(), tx, w.service.Kind(), office, who, time.Now())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	agencys, ministrys := draft(w.agency), draft(w.Office)
	ours, other, untied := conceptnote.ResidentCoordinator{Name: "RC Kenya", Office: w.agency}, conceptnote.ResidentCoordinator{Name: "RC Uganda", Office: w.Office}, conceptnote.ResidentCoordinator{Name: "RC Uganda"}
	byOther := form.Answers{"way": {"other"}, "reason": {"There is none."}}
	for _, c := range []struct {
		name         string
		id           workflow.ID
		changes      form.Answers
		coordinators []conceptnote.ResidentCoordinator
		want         string // "" is nothing
	}{
		{"the Resident Coordinator", agencys, nil, []conceptnote.ResidentCoordinator{ours}, ""},
		{"one of two Resident Coordinators", agencys, nil, []conceptnote.ResidentCoordinator{other, ours}, ""},
		{"somebody else, in a country with one", agencys, nil, []conceptnote.ResidentCoordinator{other}, "concept_note.wrong.coordinator"},
		{"nobody acts for the Resident Coordinator yet", agencys, nil, []conceptnote.ResidentCoordinator{untied}, "concept_note.wrong.coordinator"},
		{"for a Resident Coordinator whom there is not", agencys, nil, nil, "concept_note.wrong.coordinator_none"},
		{"the other way, where there is none", agencys, byOther, nil, ""},
		{"the other way, where there is one", agencys, byOther, []conceptnote.ResidentCoordinator{ours}, "concept_note.wrong.coordinator_there"},
		{"countries not known yet", agencys, form.Answers{"countries": nil}, nil, "concept_note.field.countries.missing"},
		{"a ministry", ministrys, nil, []conceptnote.ResidentCoordinator{other}, "concept_note.wrong.office"},
		{"no submission that there is", 999999, nil, nil, ""},
	} {
		w.coordinators = c.coordinators
		var got []string
		for _, wrong := range w.service.Kind().Form.Problems(with(c.changes), form.Env{Vocabulary: v, Today: today, Submission: c.id}) {
			got = append(got, wrong.Key)
		}
		if want := slices.DeleteFunc([]string{c.want}, func(s string) bool { return s == "" }); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", c.name, got, want)
		}
	}
}

// What a note says of its meeting goes by now for a draft, and by the day on which it arrived for one that was sent.
func TestANoteNamesItsMeeting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now, sent := time.Date(2027, time.February, 5, 0, 0, 0, 0, time.UTC), time.Date(2027, time.February, 4, 22, 59, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		sub   workflow.Submission
		asked time.Time
		says  string
	}{
		{"a draft", workflow.Submission{State: workflow.Draft}, now, "If you send this note now, it is in time for: March. Six weeks."},
		{"one that came back", workflow.Submission{State: workflow.ChangesRequested, SubmittedAt: &sent}, now, "If you send this note now"},
		{"one that came back, to the desk", workflow.Submission{State: workflow.ChangesRequested, Side: workflow.ByDesk, SubmittedAt: &sent}, now, "If this note comes back today, it is in time for: March. Six weeks."},
		{"one that was sent", workflow.Submission{State: workflow.Submitted, SubmittedAt: &sent}, sent, "This note is in time for: March. Six weeks."},
		{"one that was declined", workflow.Submission{State: workflow.Declined, SubmittedAt: &sent}, time.Time{}, ""},
	} {
		w.asked, w.meeting = time.Time{}, &conceptnote.Meeting{Name: "March", Explanation: "Six weeks."}
		says, err := w.service.Says(t.Context(), w.db.Read(), c.sub, now)
		if err != nil || !w.asked.Equal(c.asked) || !strings.HasPrefix(says, c.says) || c.says == "" && says != "" {
			t.Errorf("%s says %q (asked at %v), %v", c.name, says, w.asked, err)
		}
		if w.meeting = nil; c.says != "" {
			if says, err = w.service.Says(t.Context(), w.db.Read(), c.sub, now); err != nil || !strings.Contains(says, "No meeting of the Steering Committee is planned yet") {
				t.Errorf("%s, without a meeting, says %q, %v", c.name, says, err)
			}
		}
	}
}
