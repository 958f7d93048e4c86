package signoff

import (
	"context"
	"fmt"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Invented is a person of the demonstration who signs by a link.
type Invented struct{ Name, Email, Position string }

// Demonstrate asks for the signatures of an invented note, for a person who acts for its office, and gives the first so many of
// them as if the parties had: those with an office in the portal by somebody who acts for it, the others by their links. person
// invents who signs for a party; tick lets time go by before each.
func (s *Service) Demonstrate(ctx context.Context, who identity.User, id workflow.ID, given int, person func(party string) Invented, tick func()) error {
	v, err := s.Standing(ctx, who, id)
	if err != nil {
		return err
	}
	parties, err := s.parties(ctx, s.db.Read(), v.Submission, v.answers)
	if err != nil {
		return err
	}
	people, request := map[string]Invented{}, Request{Contacts: map[string]Contact{}}
	for _, p := range parties {
		one := person(p.name)
		people[p.key], request.Contacts[p.key] = one, Contact{one.Name, one.Email}
	}
	if err := s.Ask(ctx, who, id, request); err != nil {
		return err
	}
	for range given {
		tick()
		if v, err = s.Standing(ctx, who, id); err != nil {
			return err
		}
		next := Signature{}
		for _, g := range v.signatures {
			if g.State == Asked && next.ID == 0 {
				next = g
			}
		}
		if next.ID == 0 {
			return nil
		}
		err = s.db.InTx(ctx, func(tx database.Tx) error {
			sub, g, err := lockSignature(ctx, tx, next.ID)
			if err != nil {
				return err
			}
			act := Act{AsRead: asRead(v.covered), Name: people[g.Key].Name, Position: people[g.Key].Position}
			g.Means, g.Signer, g.SignerPosition = ByLink, act.Name, act.Position
			if g.ByOffice() {
				actors, err := workflow.Actors(ctx, tx, g.OfficeID)
				if err != nil {
					return err
				}
				if len(actors) == 0 {
					return fmt.Errorf("nobody acts for office %d: %w", g.OfficeID, problem.NotFound)
				}
				g.Means, g.SignerID, g.Signer, g.SignerPosition = ByPortal, actors[0].ID, actors[0].Name, ""
			}
			return s.act(ctx, tx, sub, g, act)
		})
		if err != nil {
			return fmt.Errorf("sign the invented note %d: %w", id, err)
		}
	}
	return nil
}
