package signoff

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
)

// LinkState says what a link can still do.
type LinkState string

// The states of a link.
const (
	LinkOpen    LinkState = "open"
	LinkUsed    LinkState = "used"
	LinkExpired LinkState = "expired"
	LinkPaused  LinkState = "paused" // the text is being changed: the party is asked again
	LinkOver    LinkState = "over"   // there is nothing to sign: not named any more, or the note was sent in or given up
)

const (
	answersPerHour = 60 // by a network
	linksPerDay    = 3  // fresh links of one signature
)

// Asking is what the page of a link shows.
type Asking struct {
	State LinkState
	// Answered says that the signature still is what somebody has answered with the link.
	Answered bool
	standing
	signature Signature
}

func linkState(l link, st standing, g Signature, now time.Time) LinkState {
	switch {
	case !st.State.Writable(), !st.asked, g.State == Void, g.ByOffice():
		return LinkOver
	case l.UsedAt != nil:
		return LinkUsed
	case !l.ExpiresAt.After(now):
		return LinkExpired
	case st.paused(), g.State != Asked && g.State != Signed && g.State != Declined:
		return LinkPaused
	}
	return LinkOpen
}

// Asking returns what a link is about; an unknown token is problem.NotFound. It changes nothing.
func (s *Service) Asking(ctx context.Context, token string) (Asking, error) {
	q := s.db.Read()
	l, err := findLink(ctx, q, token)
	if err != nil {
		return Asking{}, err
	}
	return s.asking(ctx, q, l)
}

func (s *Service) asking(ctx context.Context, q database.Querier, l link) (Asking, error) {
	var a Asking
	var err error
	if a.signature, err = signature(ctx, q, l.SignatureID); err != nil {
		return a, err
	}
	sub, err := workflow.FindForPortal(ctx, q, a.signature.SubmissionID)
	if err != nil {
		return a, err
	}
	if a.standing, err = s.stand(ctx, q, sub); err != nil {
		return a, err
	}
	for _, g := range a.signatures { // as it stands against the text
		if g.ID == a.signature.ID {
			a.signature = g
		}
	}
	a.State = linkState(l, a.standing, a.signature, s.now())
	a.Answered = a.State == LinkUsed && a.signature.ActedAt != nil && l.UsedAt.Equal(*a.signature.ActedAt) && (a.signature.State == Signed || a.signature.State == Declined)
	return a, nil
}

// SignByLink gives or declines a signature by a link. A link that is not open any more, and a text that has changed since it was
// read, is problem.Stale; an unknown token problem.NotFound.
func (s *Service) SignByLink(ctx context.Context, token string, act Act, network string) error {
	if err := web.Limit(ctx, s.db.Read(), "signoff.answer:"+network, answersPerHour, time.Hour); err != nil {
		return err
	}
	act.Name, act.Position = fit(act.Name), fit(act.Position)
	return s.db.InTx(ctx, func(tx database.Tx) error {
		l, err := findLink(ctx, tx, token)
		if err != nil {
			return err
		}
		if _, _, err := lockSignature(ctx, tx, l.SignatureID); err != nil {
			return err
		}
		if l, err = findLink(ctx, tx, token); err != nil { // as it is now that nobody else can use it
			return err
		}
		a, err := s.asking(ctx, tx, l)
		if err != nil {
			return err
		}
		if a.State != LinkOpen {
			return problem.Stale
		}
		g := a.signature
		g.SignerID, g.Signer, g.SignerPosition, g.Means = 0, act.Name, act.Position, ByLink
		if err := s.act(ctx, tx, a.Submission, g, act); err != nil {
			return fmt.Errorf("signature %d: %w", g.ID, err)
		}
		if g, err = signature(ctx, tx, g.ID); err != nil {
			return err
		}
		now := s.now()
		fresh, err := newLink(ctx, tx, g.ID, now, now.Add(LinkLife)) // for the addressee to take back what somebody else has signed
		if err != nil {
			return err
		}
		return s.tellParty(ctx, tx, a.Submission, g, mailGiven, fresh)
	})
}

// FreshLink sends a new link to the address that the first one went to, for one that was used or has expired. An unknown token
// is problem.NotFound; where there is nothing to sign it is problem.Stale; more than three a day are problem.TooMany.
func (s *Service) FreshLink(ctx context.Context, token, network string) error {
	if err := web.Limit(ctx, s.db.Read(), "signoff.answer:"+network, answersPerHour, time.Hour); err != nil {
		return err
	}
	l, err := findLink(ctx, s.db.Read(), token)
	if err != nil {
		return err
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("signoff.link:%d", l.SignatureID), linksPerDay, 24*time.Hour); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		if _, _, err := lockSignature(ctx, tx, l.SignatureID); err != nil {
			return err
		}
		a, err := s.asking(ctx, tx, l)
		if err != nil {
			return err
		}
		if a.State != LinkUsed && a.State != LinkExpired || a.signature.ContactEmail == "" {
			return problem.Stale
		}
		now := s.now()
		fresh, err := newLink(ctx, tx, a.signature.ID, now, now.Add(LinkLife))
		if err != nil {
			return fmt.Errorf("new link for signature %d: %w", a.signature.ID, err)
		}
		return s.tellParty(ctx, tx, a.Submission, a.signature, mailFresh, fresh)
	})
}
