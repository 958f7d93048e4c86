package app

import (
	"context"
	"fmt"

	"portal/internal/account"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/pledge"
	"portal/internal/submission"
	"portal/internal/workflow"
)

// demoDraft is what is written of a pledge that is not sent yet.
type demoDraft struct{ title, description string }

var (
	sharedDraft = demoDraft{"One counter for workers who come home", "People who return after years abroad go to six offices before they have a pension number, a school place and a bank account. We will open one counter in each of ten towns, where one officer sees to all of it in a day."}
	dueDraft    = demoDraft{"Pre-departure classes in county languages", "Every worker who signs a contract abroad takes a two-day class in a language that they speak at home."}
	awayDraft   = demoDraft{"A hotline for seafarers", "Seafarers reach a labour officer by telephone or text message, at sea as in port."}
)

// together brings life into the drafts of the first office: one that is written with a guest who comments, one that will
// soon be put away, and one that was.
func (s *seeder) together(ctx context.Context, all []demoPledge) error {
	host, guests := s.offices[all[0].Office], s.offices[all[1].Office]
	head, writer, guest := host[0], host[len(host)-1], guests[len(guests)-1]
	s.at(400, 10)
	if _, err := s.draft(ctx, writer, awayDraft); err != nil {
		return err
	}
	s.at(351, 10)
	if _, err := s.draft(ctx, writer, dueDraft); err != nil {
		return err
	}
	for _, day := range []int{65, 42, 34, 15} { // warned twice, put away; warned once
		s.at(day, 3)
		if err := s.areas.submissions.PutAwayOld(ctx); err != nil {
			return err
		}
	}
	s.at(6, 10)
	id, err := s.draft(ctx, writer, sharedDraft)
	if err != nil {
		return err
	}
	until := date.Of(s.start.In(i18n.Geneva)).AddDays(submission.InvitedDays)
	for _, n := range []submission.NewInvitation{
		{Email: guest.Email, Rights: submission.ToEdit, Until: until}, {Email: "returns@partner.example", Rights: submission.ToComment, Until: until},
	} {
		if err := s.areas.submissions.Invite(ctx, head, id, n); err != nil {
			return err
		}
	}
	s.at(5, 9)
	offers, err := s.areas.submissions.Offers(ctx, guest)
	if err != nil || len(offers) != 1 {
		return fmt.Errorf("%d invitations wait for the guest: %w", len(offers), err)
	}
	if _, err := s.areas.submissions.Accept(ctx, guest, offers[0].ID); err != nil {
		return err
	}
	if err := s.talk(ctx, id, guest, head); err != nil {
		return err
	}
	return s.similarOffice(ctx, all[0])
}

// draft begins a pledge of the writer's office and writes two steps of it.
func (s *seeder) draft(ctx context.Context, writer identity.User, d demoDraft) (workflow.ID, error) {
	id, err := s.areas.submissions.Start(ctx, writer, pledge.KindName, writer.Posts[0].OfficeID)
	if err != nil {
		return 0, err
	}
	for step, a := range map[string]form.Answers{
		"what": {"language": {"en"}, "title": {d.title}, "type": {string(pledge.Individual)}}, "text": {"description": {d.description}},
	} {
		if _, err := s.areas.submissions.SaveStep(ctx, writer, id, step, workflow.Origin{}, a); err != nil {
			return 0, fmt.Errorf("step %s of %q: %w", step, d.title, err)
		}
	}
	return id, nil
}

// talk is what the guest and the head say to each other about the draft: one question is settled, one is open.
func (s *seeder) talk(ctx context.Context, id workflow.ID, guest, head identity.User) error {
	for hour, said := range []struct {
		by    identity.User
		field string
		text  string
	}{
		{guest, "title", "“Counter” may be read as a shop. Would “one-stop office” be clearer?"},
		{guest, "description", "In Accra the bank sends somebody on two days a week. Shall I add how we agreed on that?"},
	} {
		s.at(4, 10+hour)
		if err := s.areas.submissions.Comment(ctx, said.by, id, submission.NewComment{Field: said.field, Text: said.text}); err != nil {
			return err
		}
	}
	c, err := s.areas.submissions.Open(ctx, head, id)
	if err != nil {
		return err
	}
	threads, err := s.areas.submissions.Threads(ctx, c)
	if err != nil {
		return err
	}
	for _, t := range threads {
		if t.Field != "title" {
			continue
		}
		s.at(3, 9)
		if err := s.areas.submissions.Comment(ctx, head, id, submission.NewComment{Thread: t.ID, Text: "We use “counter” in the law, so it stays."}); err != nil {
			return err
		}
		if err := s.areas.submissions.Resolve(ctx, head, id, t.ID, true); err != nil {
			return err
		}
	}
	return nil
}

// similarOffice is proposed by somebody who did not find the office that there is: the desk may merge the two.
func (s *seeder) similarOffice(ctx context.Context, like demoPledge) error {
	s.at(2, 9)
	_, err := s.areas.accounts.Introduce(ctx, account.Introduction{
		Email: "labour@office.example", Profile: account.Profile{Name: s.name("en"), Position: positions["en"], Country: like.Country, Lang: i18n.English},
		Office: account.OfficeChoice{Name: "State Dept. for Labour, Kenya", Category: like.Category, Country: like.Country}, Role: identity.Head,
	})
	return err
}

// comesBack lets the last mail to a partner be refused for good by their mail server.
func (s *seeder) comesBack(ctx context.Context, address string) error {
	_, err := database.Value[int64](ctx, s.db.Read(), `UPDATE outbox SET state = 'failed', finished_at = $2, lease_until = NULL, last_error = '550 5.1.1 no such mailbox'
		WHERE id = (SELECT max(id) FROM outbox WHERE to_address = $1) RETURNING id`, address, s.now)
	return err
}
