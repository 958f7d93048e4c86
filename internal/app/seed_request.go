package app

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/request"
	"portal/internal/review"
	"portal/internal/workflow"
)

//go:embed demo/requests.json
var demoRequests []byte

// demoRequest is an invented request. Office is that of a pledge by its place in their list, or the address of a person; Days are
// dates among the answers, in days after today.
type demoRequest struct {
	Kind, Stage, Note string
	Office            any
	Sent              int
	Days              map[string]int
	Answers           form.Answers
}

// acceptedStage is a request that the desk has taken up.
const acceptedStage = "accepted"

// requests lives through the stories of the requests.
func (s *seeder) requests(ctx context.Context, pledges []demoPledge) error {
	var all []demoRequest
	if err := json.Unmarshal(demoRequests, &all); err != nil {
		return err
	}
	for _, r := range all {
		if _, err := s.request(ctx, r, pledges); err != nil {
			return fmt.Errorf("%s of %v: %w", r.Kind, r.Office, err)
		}
	}
	return nil
}

// requestWriter is who asks: the person of the address, or the last one of the office.
func (s *seeder) requestWriter(ctx context.Context, r demoRequest, pledges []demoPledge) (identity.User, error) {
	switch office := r.Office.(type) {
	case string:
		return s.staffOf(ctx, office)
	case float64:
		people := s.offices[pledges[int(office)].Office]
		return identity.Load(ctx, s.db.Read(), people[len(people)-1].ID)
	}
	return identity.User{}, fmt.Errorf("%v is no office", r.Office)
}

// request lives through the story of one, and returns its number.
func (s *seeder) request(ctx context.Context, r demoRequest, pledges []demoPledge) (workflow.ID, error) {
	s.at(r.Sent+3, 10)
	writer, err := s.requestWriter(ctx, r, pledges)
	if err != nil {
		return 0, err
	}
	k, _ := request.KindOf(r.Kind)
	var id workflow.ID
	if k.OfPledge {
		own, err := s.areas.requests.Pledges(ctx, writer)
		if err != nil {
			return 0, err
		}
		id, err = s.areas.requests.BeginOf(ctx, writer, k, own[len(own)-1].PublicID)
		if err != nil {
			return 0, err
		}
	} else if id, err = s.areas.requests.Begin(ctx, writer, k, writer.Posts[0].OfficeID); err != nil {
		return 0, err
	}
	answers := form.Merge(r.Answers, form.Answers{"contact_name": {writer.Name}, "contact_email": {writer.Email}})
	for name, days := range r.Days {
		setDay(answers, name, date.Of(s.start).AddDays(days))
	}
	c, err := s.areas.submissions.Open(ctx, writer, id)
	if err != nil {
		return 0, err
	}
	for _, step := range c.Kind.Form.Steps {
		only := pick(step, answers)
		if len(only) == 0 || r.Stage == string(draftStage) && step.ID == "contact" {
			continue
		}
		s.now = s.now.Add(12 * time.Minute)
		if _, err := s.areas.submissions.SaveStep(ctx, writer, id, step.ID, workflow.Origin{Version: c.Text.Steps[step.ID].Version}, only); err != nil {
			return 0, fmt.Errorf("step %s: %w", step.ID, err)
		}
	}
	if r.Stage == string(draftStage) {
		return id, nil
	}
	s.at(r.Sent, 9)
	if err := s.submit(ctx, writer, id); err != nil || r.Stage == string(submittedStage) {
		return id, err
	}
	officer, err := s.requestOfficer(ctx, c.Kind.Desk)
	if err != nil {
		return 0, err
	}
	s.at(r.Sent-1, 11)
	if err := s.decide(ctx, officer, id, "", review.Decision{}); err != nil {
		return 0, err
	}
	s.at(r.Sent-3, 16)
	decision := review.Decision{Note: r.Note}
	switch r.Stage {
	case string(changesStage):
		return id, s.decide(ctx, officer, id, workflow.RequestChanges, decision)
	case string(declinedStage):
		return id, s.decide(ctx, officer, id, workflow.Decline, decision)
	case acceptedStage:
		return id, s.decide(ctx, officer, id, workflow.Approve, decision)
	}
	return id, nil
}

// requestOfficer is somebody at the desk.
func (s *seeder) requestOfficer(ctx context.Context, desk identity.Desk) (identity.User, error) {
	for _, p := range demoStaff {
		if p.desk == desk && !strings.HasSuffix(p.email, "lead@demo.example") {
			return s.staffOf(ctx, p.email)
		}
	}
	return identity.User{}, fmt.Errorf("nobody is at the %s desk", desk)
}
