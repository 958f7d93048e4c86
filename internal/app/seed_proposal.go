package app

import (
	"context"
	"time"

	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/newsletter"
	"portal/internal/review"
	"portal/internal/workflow"
)

// demoProposal is an invented item for the newsletter. Office is that of a pledge by its place in their list; Sent is how many days ago it
// was handed in.
type demoProposal struct {
	Office, Sent int
	Accepted     bool
	Answers      form.Answers
}

// carriedProposal is in an issue that was sent; waitingProposals wait for one, and for the desk.
var (
	carriedProposal = demoProposal{Office: 1, Sent: 40, Accepted: true, Answers: form.Answers{
		"versions.0.language": {"en"}, "versions.0.title": {"One counter for permits and social security"}, "versions.0.text": {"Since September workers from abroad register for work and for social security at one counter. The forms are in six languages."},
		"versions.1.language": {"ar"}, "versions.1.title": {"شباك واحد للتصاريح والضمان الاجتماعي"}, "versions.1.text": {"منذ أيلول/سبتمبر يسجل العمال الوافدون للعمل وللضمان الاجتماعي في شباك واحد. والاستمارات بست لغات."},
		"link": {"https://labour.example.org/one-counter"},
	}}
	waitingProposals = []demoProposal{
		{Office: 3, Sent: 6, Accepted: true, Answers: form.Answers{
			"versions.0.language": {"en"}, "versions.0.title": {"A hotline that answers at night"}, "versions.0.text": {"Migrants in distress reach somebody who speaks their language at every hour. In its first month the hotline took 1,900 calls."},
			"versions.1.language": {"ar"}, "versions.1.title": {"خط ساخن يجيب ليلاً"}, "versions.1.text": {"يصل المهاجرون في محنة إلى من يتكلم لغتهم في كل ساعة. وتلقى الخط 1900 مكالمة في شهره الأول."},
			"versions.2.language": {"fr"}, "versions.2.title": {"Une ligne qui répond la nuit"}, "versions.2.text": {"Les migrants en détresse joignent à toute heure quelqu’un qui parle leur langue. En un mois, la ligne a reçu 1 900 appels."},
			"themes": {"1"},
		}},
		{Office: 5, Sent: 1, Answers: form.Answers{
			"versions.0.language": {"en"}, "versions.0.title": {"Call for mentors of young arrivals"}, "versions.0.text": {"Our association looks for 200 mentors who meet a young person once a week for half a year. Training is free."},
			"link": {"https://mentors.example.org/join"},
		}},
	}
)

// proposal lives through the story of an item that an office proposes.
func (s *seeder) proposal(ctx context.Context, p demoProposal, pledges []demoPledge) error {
	s.at(p.Sent+1, 10)
	writer, err := s.requestWriter(ctx, demoRequest{Office: float64(p.Office)}, pledges)
	if err != nil {
		return err
	}
	id, err := s.areas.news.Propose(ctx, writer, writer.Posts[0].OfficeID)
	if err != nil {
		return err
	}
	c, err := s.areas.submissions.Open(ctx, writer, id)
	if err != nil {
		return err
	}
	for _, step := range newsletter.NewProposalForm().Steps {
		s.now = s.now.Add(10 * time.Minute)
		if _, err := s.areas.submissions.SaveStep(ctx, writer, id, step.ID, workflow.Origin{Version: c.Text.Steps[step.ID].Version}, pick(step, p.Answers)); err != nil {
			return err
		}
	}
	s.at(p.Sent, 9)
	if err := s.submit(ctx, writer, id); err != nil || !p.Accepted {
		return err
	}
	officer, err := s.requestOfficer(ctx, identity.CommunicationsDesk)
	if err != nil {
		return err
	}
	s.at(p.Sent-1, 11)
	if err := s.decide(ctx, officer, id, "", review.Decision{}); err != nil {
		return err
	}
	s.at(p.Sent-2, 16)
	return s.decide(ctx, officer, id, workflow.Approve, review.Decision{})
}
