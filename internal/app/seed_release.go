package app

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/review"
	"portal/internal/workflow"
)

// demoLetter is the pledges desk's own letter for what it declines.
var demoLetter = review.Wording{
	Subject: "Your pledge {title}: our answer",
	Body:    "Dear {name},\n\nThank you for writing to us on behalf of {office}. We have read **{title}** with care and cannot publish it as a pledge.\n\n{note}\n\nYou can answer on the page of your submission, and you are welcome to write a new pledge at any time.\n\n{link}\n\nThe pledges desk",
}

// letters gives the desk a letter of its own, a release that is over, and two decisions that nobody was told yet.
func (s *seeder) letters(ctx context.Context, all []demoPledge) error {
	lead, officer := s.officers[1], s.officers[0]
	s.at(14, 9)
	key := review.LetterKey{Letter: string(workflow.Decline), Lang: i18n.English}
	if err := s.areas.desk.SaveLetter(ctx, lead, identity.PledgesDesk, key, 0, demoLetter); err != nil {
		return err
	}
	s.at(12, 10)
	thanks := review.Decision{Action: workflow.Publish, Note: "Thank you for this pledge. It says clearly who does what, and by when."}
	if err := s.hold(ctx, officer, all[12].Title, thanks); err != nil {
		return err
	}
	if err := s.release(ctx, lead, identity.PledgesDesk); err != nil {
		return err
	}
	s.at(1, 11)
	if err := s.hold(ctx, officer, all[11].Title, review.Decision{Action: workflow.RequestChanges, Note: changesNote, Changes: changesAsked}); err != nil {
		return err
	}
	return s.hold(ctx, officer, all[13].Title, review.Decision{Action: workflow.Decline, Note: declineNote})
}

// hold keeps a decision on the pledge of that title as pending.
func (s *seeder) hold(ctx context.Context, officer identity.User, title string, d review.Decision) error {
	id, err := s.idOf(ctx, officer, title)
	if err != nil {
		return err
	}
	c, err := s.areas.desk.Open(ctx, officer, id)
	if err != nil {
		return err
	}
	d.Version = c.Version
	return s.areas.desk.Hold(ctx, officer, id, d)
}

// idOf is the number of the pledge of that title at the desk.
func (s *seeder) idOf(ctx context.Context, officer identity.User, title string) (workflow.ID, error) {
	id, err := database.Value[workflow.ID](ctx, s.db.Read(), `SELECT min(s.id) FROM submissions s WHERE s.submitted_title = @title AND `+workflow.OnDesk,
		database.Args{"title": title, "who": officer.ID, "staff": officer.IsStaff()})
	if err != nil {
		return 0, fmt.Errorf("the pledge %q: %w", title, err)
	}
	return id, nil
}

// release lets all that a desk has decided leave, and waits until it has.
func (s *seeder) release(ctx context.Context, lead identity.User, desk identity.Desk) error {
	pile, err := s.areas.desk.Pile(ctx, lead, desk)
	if err != nil {
		return err
	}
	c := review.Chosen{Desk: pile.Desk, Wording: pile.Wording}
	for _, it := range pile.Ready {
		c.Pending = append(c.Pending, it.Pending.ID)
	}
	id, err := s.areas.desk.Release(ctx, lead, c)
	if err != nil {
		return fmt.Errorf("release %d decisions: %w", len(c.Pending), err)
	}
	s.now = s.now.Add(time.Duration(pile.UndoMinutes+1) * time.Minute)
	return s.areas.desk.GoRelease(ctx, id)
}
