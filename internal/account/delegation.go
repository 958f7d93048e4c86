package account

import (
	"context"
	"errors"
	"fmt"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/identity"
	"portal/internal/problem"
)

// Delegate lets somebody stand in for the person from a day to a day: a colleague at once, somebody else by e-mail, like a
// handover. Who stands in acts in their own name with the role of the person.
func (s *Service) Delegate(ctx context.Context, who identity.User, office int64, f OfferForm) (OfferState, error) {
	f = f.clean()
	if wrong := f.Check(Delegation, who.Email, s.today()); wrong != nil {
		return "", problem.Invalid(wrong...)
	}
	state := OfferOpen
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		o, _, err := s.acts(ctx, tx, who, office)
		if err != nil {
			return err
		}
		mine, err := lastingPost(ctx, tx, office, who.ID)
		if errors.Is(err, problem.NotFound) || err == nil && mine.Role == identity.Viewer {
			return problem.Forbidden
		}
		if err != nil {
			return err
		}
		if f.Colleague != 0 {
			state = OfferAccepted
			return s.delegateTo(ctx, tx, who, o, mine, f)
		}
		if mine.Role != identity.Head {
			state = OfferAsked
		}
		return s.offerPost(ctx, tx, who, o, mine, Delegation, state, f)
	})
	if err != nil {
		return "", fmt.Errorf("delegate a post in office %d: %w", office, err)
	}
	return state, nil
}

// delegateTo lets a colleague stand in, and tells both and the other heads.
func (s *Service) delegateTo(ctx context.Context, tx database.Tx, who identity.User, o Office, mine OwnPost, f OfferForm) error {
	all, err := people(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	known := false
	for _, c := range all {
		known = known || c.UserID == f.Colleague && c.Current
	}
	if !known || f.Colleague == who.ID {
		return problem.Invalid(problem.Field{Name: "colleague", Key: "account.offer.colleague.gone"})
	}
	return s.letStandIn(ctx, tx, o, mine.ID, who.ID, mine.Role, f.Colleague, f.FromOn, f.UntilOn, who.ID)
}

// letStandIn makes the post of who stands in, records it and tells the holder, who stands in and the other heads.
func (s *Service) letStandIn(ctx context.Context, tx database.Tx, o Office, post, holder int64, role identity.PostRole, user int64, from, until date.Date, by int64) error {
	overlap, err := database.Value[bool](ctx, tx, `SELECT EXISTS (SELECT FROM posts WHERE stands_for = $1 AND user_id = $2 AND state = 'approved'
		AND from_on <= $4 AND until_on >= $3)`, post, user, from, until)
	if err != nil {
		return err
	}
	if overlap {
		return problem.Invalid(problem.Field{Name: "colleague", Key: "account.offer.colleague.already"})
	}
	id, err := standIn(ctx, tx, o.ID, user, post, role, from, until, by, s.now())
	if err != nil {
		return err
	}
	if err := s.record(ctx, tx, by, "delegate", "post", id, "stands_for", "from_on", "until_on"); err != nil {
		return err
	}
	if err := s.note(ctx, tx, officeEvent{office: o.ID, act: "delegation.begin", actor: holder, person: user, role: role}); err != nil {
		return err
	}
	absent, err := recipientByID(ctx, tx, holder)
	if err != nil {
		return err
	}
	delegate, err := recipientByID(ctx, tx, user)
	if err != nil {
		return err
	}
	l := officeLetter{office: o.Name, actor: absent.Name, person: delegate.Name, role: role, from: &from, until: &until, path: officePath(o.ID)}
	return s.tell(ctx, tx, o.ID, l, "delegate", delegate, "delegated", absent, "delegation_told")
}
