package app

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/review"
	"portal/internal/workflow"
)

//go:embed demo/events.json
var demoEvents []byte

// demoEvent is an invented event. Office is that of a pledge by its place in their list; Days are the first and the last day, in days
// after today; Times are on the clock of Zone, and empty for whole days.
type demoEvent struct {
	Office, Sent        int
	Stage, Note, Cancel string
	Days                [2]int
	Times               []string
	Zone                string
	Answers             form.Answers
}

// events lives through the stories of the events.
func (s *seeder) events(ctx context.Context, pledges []demoPledge) error {
	var all []demoEvent
	if err := json.Unmarshal(demoEvents, &all); err != nil {
		return err
	}
	for _, e := range all {
		if err := s.event(ctx, e, pledges); err != nil {
			return fmt.Errorf("%v: %w", e.Answers["title"], err)
		}
	}
	s.now = s.start
	return nil
}

// event lives through the story of one.
func (s *seeder) event(ctx context.Context, e demoEvent, pledges []demoPledge) error {
	s.at(e.Sent+2, 10)
	writer, err := s.requestWriter(ctx, demoRequest{Office: float64(e.Office)}, pledges)
	if err != nil {
		return err
	}
	id, err := s.areas.calendar.Begin(ctx, writer, writer.Posts[0].OfficeID)
	if err != nil {
		return err
	}
	answers := form.Merge(e.Answers, form.Answers{
		"whole": {"days"}, "organizers.0.name": {writer.Posts[0].OfficeName}, "organizers.0.role": {"lead"}, "contact_name": {writer.Name}, "contact_email": {writer.Email},
	})
	setDay(answers, "first", date.Of(s.start).AddDays(e.Days[0]))
	setDay(answers, "last", date.Of(s.start).AddDays(e.Days[1]))
	if len(e.Times) == 2 {
		answers = form.Merge(answers, form.Answers{"whole": {"times"}, "starts": {e.Times[0]}, "ends": {e.Times[1]}, "zone": {e.Zone}})
	}
	c, err := s.areas.submissions.Open(ctx, writer, id)
	if err != nil {
		return err
	}
	for _, step := range c.Kind.Form.Steps {
		only := pick(step, answers)
		if len(only) == 0 || e.Stage == string(draftStage) && step.ID == "contact" {
			continue
		}
		s.now = s.now.Add(10 * time.Minute)
		if _, err := s.areas.submissions.SaveStep(ctx, writer, id, step.ID, workflow.Origin{Version: c.Text.Steps[step.ID].Version}, only); err != nil {
			return fmt.Errorf("step %s: %w", step.ID, err)
		}
	}
	if e.Stage == string(draftStage) {
		return nil
	}
	s.at(e.Sent, 9)
	if err := s.submit(ctx, writer, id); err != nil || e.Stage == string(submittedStage) {
		return err
	}
	officer, err := s.requestOfficer(ctx, identity.CommunicationsDesk)
	if err != nil {
		return err
	}
	s.at(e.Sent-1, 11)
	if err := s.decide(ctx, officer, id, "", review.Decision{}); err != nil {
		return err
	}
	s.at(e.Sent-2, 16)
	switch e.Stage {
	case string(changesStage):
		return s.decide(ctx, officer, id, workflow.RequestChanges, review.Decision{Note: e.Note})
	case string(declinedStage):
		return s.decide(ctx, officer, id, workflow.Decline, review.Decision{Note: e.Note})
	}
	if err := s.decide(ctx, officer, id, workflow.Publish, review.Decision{}); err != nil || e.Cancel == "" {
		return err
	}
	sub, err := workflow.FindForPortal(ctx, s.db.Read(), id)
	if err != nil {
		return err
	}
	s.at(e.Sent-5, 12)
	return s.areas.calendar.Cancel(ctx, writer, *sub.PublicID, 1, e.Cancel)
}
