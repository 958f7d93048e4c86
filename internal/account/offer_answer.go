package account

import (
	"context"
	"fmt"
	"strings"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/terms"
)

// OfferByToken returns the offer to which the link of a mail leads, and changes nothing; an unknown link is
// problem.NotFound.
func (s *Service) OfferByToken(ctx context.Context, token string) (Offer, error) {
	id, err := offerIDByToken(ctx, s.db.Read(), token)
	if err != nil {
		return Offer{}, err
	}
	return findOffer(ctx, s.db.Read(), id)
}

// OfferTo returns an offer that was sent to the person's address, or that they have accepted; any other is
// problem.NotFound.
func (s *Service) OfferTo(ctx context.Context, who identity.User, id int64) (Offer, error) {
	o, err := findOffer(ctx, s.db.Read(), id)
	if err != nil {
		return o, err
	}
	if !o.For(who) && (o.State != OfferAccepted || o.DecidedBy == nil || *o.DecidedBy != who.ID) {
		return Offer{}, fmt.Errorf("offer %d: %w", id, problem.NotFound)
	}
	return o, nil
}

// OffersTo are the offers that wait for the person.
func (s *Service) OffersTo(ctx context.Context, who identity.User) ([]Offer, error) {
	return offersTo(ctx, s.db.Read(), who.Email, s.now())
}

// mayAnswer says whether the offer can be answered now, and by the person.
func (s *Service) mayAnswer(o Offer, who identity.User) error {
	if state := o.Stands(s.now()); state != OfferOpen {
		return &OfferOverError{Offer: o, State: state}
	}
	if !o.For(who) {
		return &OtherAddressError{Masked: identity.MaskEmail(o.Email)}
	}
	return nil
}

// DeclineOffer says no to an offer, and tells who made it. Who has the link of the mail may do so without an account: who
// is 0 then.
func (s *Service) DeclineOffer(ctx context.Context, who, id int64) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		o, _, err := lockOffer(ctx, tx, id)
		if err != nil {
			return err
		}
		if state := o.Stands(s.now()); state != OfferOpen {
			return &OfferOverError{Offer: o, State: state}
		}
		if err := endOffer(ctx, tx, id, OfferDeclined, who, s.now()); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who, "decline", "post_offer", id, "state"); err != nil {
			return err
		}
		if err := s.note(ctx, tx, officeEvent{office: o.OfficeID, act: string(o.Kind) + ".decline", person: who, actor: o.OffererID, role: o.Role}); err != nil {
			return err
		}
		to, err := recipientByID(ctx, tx, o.OffererID)
		if err != nil {
			return err
		}
		path := officePath(o.OfficeID)
		if o.ByDesk {
			path = deskOfficePath(o.OfficeID)
		}
		return s.sendOffice(ctx, tx, to, officeLetter{kind: "declined", office: o.OfficeName, email: o.Email, role: o.Role, path: path})
	})
	if err != nil {
		return fmt.Errorf("decline offer %d: %w", id, err)
	}
	return nil
}

// AcceptOffer takes what is offered to the person, whose address must be the one to which it was sent, else it is an
// OtherAddressError. Post, history, audit and mails are one transaction; of two who accept at once, one does, and the
// other gets an OfferOverError.
func (s *Service) AcceptOffer(ctx context.Context, who identity.User, id int64) (Offer, error) {
	var o Offer
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		var office Office
		var err error
		if o, office, err = lockOffer(ctx, tx, id); err != nil {
			return err
		}
		if err := s.mayAnswer(o, who); err != nil {
			return err
		}
		proven, err := database.Value[bool](ctx, tx, `SELECT email_verified_at IS NOT NULL AND closed_at IS NULL FROM users WHERE id = $1`, who.ID)
		if err != nil {
			return err
		}
		if !proven {
			return &OtherAddressError{Masked: identity.MaskEmail(o.Email)}
		}
		if err := endOffer(ctx, tx, id, OfferAccepted, who.ID, s.now()); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "accept", "post_offer", id, "state"); err != nil {
			return err
		}
		switch o.Kind {
		case Handover:
			err = s.takeOver(ctx, tx, who, office, o)
		case Delegation:
			err = s.letStandIn(ctx, tx, office, o.PostID, o.HolderID, o.Role, who.ID, *o.FromOn, *o.UntilOn, who.ID)
		default:
			err = s.comeIn(ctx, tx, who, office, o)
		}
		if err != nil {
			return err
		}
		return s.approved(ctx, tx, office.ID)
	})
	if err != nil {
		return o, fmt.Errorf("accept offer %d: %w", id, err)
	}
	return o, nil
}

// comeIn gives who was invited their post.
func (s *Service) comeIn(ctx context.Context, tx database.Tx, who identity.User, office Office, o Offer) error {
	post, err := grant(ctx, tx, office.ID, who.ID, o.Role, o.OffererID, s.now())
	if err != nil {
		return err
	}
	if err := s.record(ctx, tx, o.OffererID, "approve", "post", post, "state", "role"); err != nil {
		return err
	}
	if err := s.note(ctx, tx, officeEvent{office: office.ID, act: "invitation.accept", actor: o.OffererID, person: who.ID, role: o.Role}); err != nil {
		return err
	}
	offerer, err := recipientByID(ctx, tx, o.OffererID)
	if err != nil {
		return err
	}
	l := officeLetter{office: office.Name, actor: o.Offerer, person: who.Name, role: o.Role, path: officePath(office.ID)}
	me := recipient{ID: who.ID, Name: who.Name, Email: who.Email, Lang: i18n.Lang(who.Lang)}
	if o.ByDesk {
		return s.tell(ctx, tx, office.ID, l, "welcome", me, "joined_desk", offerer, "joined")
	}
	return s.tell(ctx, tx, office.ID, l, "welcome", me, "joined", offerer, "joined")
}

// takeOver passes a post to the successor: theirs begins today, the leaver's ends after its last day, at once if that is
// today, and becomes a viewer's if it was agreed.
func (s *Service) takeOver(ctx context.Context, tx database.Tx, who identity.User, office Office, o Offer) error {
	post, err := grant(ctx, tx, office.ID, who.ID, o.Role, o.HolderID, s.now())
	if err != nil {
		return err
	}
	last := *o.UntilOn
	stays := s.today().Before(last)
	if stays {
		_, err = tx.Exec(ctx, `UPDATE posts SET until_on = $2, decided_by = $3, decided_at = $4 WHERE id = $1`, o.PostID, last, o.HolderID, s.now())
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE posts SET until_on = greatest(least(until_on, $2), from_on) WHERE stands_for = $1 AND state = 'approved'`, o.PostID, last)
		}
		if err == nil {
			err = withdrawOffersOf(ctx, tx, o.PostID, who.ID, s.now())
		}
	} else {
		err = endPost(ctx, tx, o.PostID, o.HolderID, s.now())
	}
	if err != nil {
		return fmt.Errorf("end post %d: %w", o.PostID, err)
	}
	if o.KeepsReading {
		from := s.today()
		if stays {
			from = last.AddDays(1)
		}
		_, err := tx.Exec(ctx, `INSERT INTO posts (user_id, office_id, role, state, from_on, created_at, decided_at, decided_by)
			VALUES (@user, @office, 'viewer', 'approved', @from, @now, @now, @user)
			ON CONFLICT (user_id, office_id) WHERE state IN ('pending', 'approved') AND until_on IS NULL DO NOTHING`,
			database.Args{"user": o.HolderID, "office": office.ID, "from": from, "now": s.now()})
		if err != nil {
			return fmt.Errorf("let the leaver of post %d read: %w", o.PostID, err)
		}
	}
	for _, r := range []struct {
		act  string
		post int64
	}{{"end", o.PostID}, {"approve", post}} {
		if err := s.record(ctx, tx, who.ID, "handover."+r.act, "post", r.post, "state"); err != nil {
			return err
		}
	}
	if err := s.note(ctx, tx, officeEvent{office: office.ID, act: "handover.accept", actor: o.HolderID, person: who.ID, role: o.Role}); err != nil {
		return err
	}
	leaver, err := recipientByID(ctx, tx, o.HolderID)
	if err != nil {
		return err
	}
	l := officeLetter{office: office.Name, actor: leaver.Name, person: who.Name, role: o.Role, until: &last, path: officePath(office.ID)}
	me := recipient{ID: who.ID, Name: who.Name, Email: who.Email, Lang: i18n.Lang(who.Lang)}
	return s.tell(ctx, tx, office.ID, l, "welcome", me, "handed_over", leaver, "succession")
}

// RegisterByOffer makes the account of somebody to whom an offer was mailed: the link has proven the address, which they
// type so that nobody to whom the mail was passed on registers in another's name. The offer is then still theirs to accept.
func (s *Service) RegisterByOffer(ctx context.Context, token, email, password string, p Profile, accepted bool) (identity.User, Offer, error) {
	var who identity.User
	o, err := s.OfferByToken(ctx, token)
	if err != nil {
		return who, o, err
	}
	if state := o.Stands(s.now()); state != OfferOpen {
		return who, o, &OfferOverError{Offer: o, State: state}
	}
	email = form.CleanEmail(email)
	wrong := append(p.Check(s.vocabulary()), checkEmail(email)...)
	if email != "" && !strings.EqualFold(email, o.Email) {
		wrong = append(wrong, problem.Field{Name: "email", Key: "account.offer.email.other", Args: []any{identity.MaskEmail(o.Email)}})
	}
	if !accepted {
		wrong = append(wrong, problem.Field{Name: "terms", Key: "account.terms.missing"})
	}
	wrong = append(wrong, checkPassword("password", password, p.Name, o.Email, o.OfficeName)...)
	if len(wrong) > 0 {
		inPageOrder(wrong)
		return who, o, problem.Invalid(wrong...)
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return who, o, err
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		user, err := addUser(ctx, tx, registration{
			Email: o.Email, Name: p.Name, Position: p.Position, Country: p.Country, Lang: p.Lang, Interests: p.Interests,
			TermsVersion: terms.Current(s.now()).Number, CreatedAt: s.now(),
		}, hash, s.now())
		if err != nil {
			return err
		}
		if user == 0 {
			return problem.Invalid(problem.Field{Name: "email", Key: "account.offer.email.known"})
		}
		if err := s.record(ctx, tx, user, "register", "user", user); err != nil {
			return err
		}
		who, err = identity.Load(ctx, tx, user)
		return err
	})
	if err != nil {
		return who, o, fmt.Errorf("register by offer %d: %w", o.ID, err)
	}
	return who, o, nil
}
