package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
)

// today is the present day in UTC, by which the database counts the days of posts.
func (s *Service) today() date.Date { return date.Today(s.now(), time.UTC) }

func (f OfferForm) clean() OfferForm {
	f.Email, f.Message = form.CleanEmail(f.Email), cleanText(f.Message)
	return f
}

// acts locks the office for somebody who holds a post in it, which must be approved, as the office must be. Others get
// problem.NotFound, and who still waits problem.Forbidden; an office that does not act is problem.NotAllowedNow.
func (s *Service) acts(ctx context.Context, tx database.Tx, who identity.User, office int64) (Office, OwnPost, error) {
	o, err := lockOffice(ctx, tx, office)
	if err != nil {
		return o, OwnPost{}, err
	}
	_, mine, err := officeFor(ctx, tx, office, who.ID)
	switch {
	case err != nil:
		return o, mine, err
	case mine.State != PostApproved:
		return o, mine, problem.Forbidden
	case o.State != OfficeApproved:
		return o, mine, problem.NotAllowedNow
	}
	return o, mine, nil
}

// Invite invites somebody into the office by e-mail, as its head. An address that is invited already, or too many mails
// in a day, are problem.Invalid.
func (s *Service) Invite(ctx context.Context, who identity.User, office int64, f OfferForm) error {
	f = f.clean()
	if wrong := f.Check(Invitation, who.Email, s.today()); wrong != nil {
		return problem.Invalid(wrong...)
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		o, mine, err := s.acts(ctx, tx, who, office)
		if err != nil {
			return err
		}
		if !mine.Leads() {
			return problem.Forbidden
		}
		return s.invite(ctx, tx, who, o, f, false)
	})
	if err != nil {
		return fmt.Errorf("invite into office %d: %w", office, err)
	}
	return nil
}

// InviteHead invites a head for an office by e-mail, as the secretariat: a successor for one that is vacant. One in which
// the person holds a post is problem.NotFound.
func (s *Service) InviteHead(ctx context.Context, who identity.User, office int64, f OfferForm) error {
	if !MayApproveOffices(who) {
		return problem.Forbidden
	}
	f = f.clean()
	f.Role = identity.Head
	if wrong := f.Check(Invitation, who.Email, s.today()); wrong != nil {
		return problem.Invalid(wrong...)
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		o, err := s.deskLock(ctx, tx, who, office)
		switch {
		case err != nil:
			return err
		case o.State != OfficeApproved:
			return problem.NotAllowedNow
		}
		return s.invite(ctx, tx, who, o, f, true)
	})
	if err != nil {
		return fmt.Errorf("invite a head for office %d: %w", office, err)
	}
	return nil
}

func (s *Service) invite(ctx context.Context, tx database.Tx, who identity.User, o Office, f OfferForm, byDesk bool) error {
	id, err := addOffer(ctx, tx, Invitation, OfferOpen, o.ID, 0, f.Role, f, byDesk, who.ID, s.now())
	switch {
	case err != nil:
		return err
	case id == 0:
		return problem.Invalid(problem.Field{Name: "email", Key: "account.offer.email.invited"})
	}
	if err := s.record(ctx, tx, who.ID, "invite", "post_offer", id, "role"); err != nil {
		return err
	}
	if err := s.note(ctx, tx, officeEvent{office: o.ID, act: "invite", actor: who.ID, role: f.Role}); err != nil {
		return err
	}
	return s.mailOffer(ctx, tx, id)
}

// Hand offers the person's own post to a successor by e-mail. A head's offer goes out at once; a contributor's waits until
// a head has agreed, since heads approve who comes. The post passes when the successor accepts.
func (s *Service) Hand(ctx context.Context, who identity.User, office int64, f OfferForm) (OfferState, error) {
	f = f.clean()
	if wrong := f.Check(Handover, who.Email, s.today()); wrong != nil {
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
			return problem.Forbidden // there is nothing of theirs to hand over
		}
		if err != nil {
			return err
		}
		if mine.Role != identity.Head {
			state, f.KeepsReading = OfferAsked, false
		}
		return s.offerPost(ctx, tx, who, o, mine, Handover, state, f)
	})
	if err != nil {
		return "", fmt.Errorf("hand over a post in office %d: %w", office, err)
	}
	return state, nil
}

// offerPost keeps the offer of a post and writes to whom it is for, or to the heads who have to agree.
func (s *Service) offerPost(ctx context.Context, tx database.Tx, who identity.User, o Office, mine OwnPost, kind OfferKind, state OfferState, f OfferForm) error {
	heads, err := recipientsOf(ctx, tx, o.ID, PostApproved, identity.Head)
	if err != nil {
		return err
	}
	if state == OfferAsked && len(heads) == 0 {
		return problem.Invalid(problem.Field{Key: "account.offer.no_head"})
	}
	id, err := addOffer(ctx, tx, kind, state, o.ID, mine.ID, mine.Role, f, false, who.ID, s.now())
	switch {
	case err != nil:
		return err
	case id == 0:
		return problem.Invalid(problem.Field{Key: "account.offer.open_already"})
	}
	if err := s.record(ctx, tx, who.ID, string(kind)+".offer", "post_offer", id, "post", "until_on"); err != nil {
		return err
	}
	if err := s.note(ctx, tx, officeEvent{office: o.ID, act: string(kind) + ".offer", actor: who.ID, role: mine.Role}); err != nil {
		return err
	}
	if state == OfferOpen {
		return s.mailOffer(ctx, tx, id)
	}
	for _, to := range heads {
		l := officeLetter{kind: "asked_" + string(kind), office: o.Name, actor: who.Name, email: f.Email, role: mine.Role, until: &f.UntilOn, path: officePath(o.ID)}
		if err := s.sendOffice(ctx, tx, to, l); err != nil {
			return err
		}
	}
	return nil
}

// manage runs an act on an offer of the office: by its heads, by who made the offer, or, for one of the secretariat's, by
// the desk. An offer that is over is an OfferOverError.
func (s *Service) manage(ctx context.Context, who identity.User, office, id int64, headsOnly bool, do func(tx database.Tx, o Offer) error) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		o, _, err := lockOffer(ctx, tx, id)
		if err != nil {
			return err
		}
		if o.OfficeID != office {
			return problem.NotFound
		}
		_, mine, err := officeFor(ctx, tx, office, who.ID)
		switch {
		case errors.Is(err, problem.NotFound) && MayApproveOffices(who) && o.ByDesk && !headsOnly:
			if _, err := deskOffice(ctx, tx, office, who); err != nil {
				return err
			}
		case err != nil:
			return err
		case !mine.Leads() && (headsOnly || o.OffererID != who.ID):
			return problem.Forbidden
		}
		if o.State != OfferOpen && o.State != OfferAsked {
			return &OfferOverError{Offer: o, State: o.State}
		}
		return do(tx, o)
	})
}

// WithdrawOffer takes an offer back.
func (s *Service) WithdrawOffer(ctx context.Context, who identity.User, office, id int64) error {
	err := s.manage(ctx, who, office, id, false, func(tx database.Tx, o Offer) error {
		if err := endOffer(ctx, tx, id, OfferWithdrawn, who.ID, s.now()); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "withdraw", "post_offer", id, "state"); err != nil {
			return err
		}
		return s.note(ctx, tx, officeEvent{office: office, act: string(o.Kind) + ".withdraw", actor: who.ID, role: o.Role})
	})
	if err != nil {
		return fmt.Errorf("withdraw offer %d: %w", id, err)
	}
	return nil
}

// SendOfferAgain mails an offer once more, with a new link, and lets it stand as long as a new one.
func (s *Service) SendOfferAgain(ctx context.Context, who identity.User, office, id int64) error {
	err := s.manage(ctx, who, office, id, false, func(tx database.Tx, o Offer) error {
		if o.State == OfferAsked || !o.OfficeOpen || o.Kind != Invitation && !o.PostHeld {
			return problem.NotAllowedNow
		}
		f := OfferForm{}
		if o.UntilOn != nil {
			f.UntilOn = *o.UntilOn
		}
		if _, err := tx.Exec(ctx, `UPDATE post_offers SET expires_at = $2 WHERE id = $1`, id, f.lasts(o.Kind, s.now())); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "send", "post_offer", id, "expires_at"); err != nil {
			return err
		}
		return s.mailOffer(ctx, tx, id)
	})
	if err != nil {
		return fmt.Errorf("send offer %d again: %w", id, err)
	}
	return nil
}

// AgreeToOffer lets a contributor's offer go out, as the office's head, who also decides whether the contributor keeps
// reading.
func (s *Service) AgreeToOffer(ctx context.Context, who identity.User, office, id int64, keepsReading bool) error {
	err := s.manage(ctx, who, office, id, true, func(tx database.Tx, o Offer) error {
		if o.State != OfferAsked {
			return &OfferOverError{Offer: o, State: o.State}
		}
		if !o.OfficeOpen || !o.PostHeld {
			return problem.NotAllowedNow
		}
		f := OfferForm{UntilOn: *o.UntilOn}
		_, err := tx.Exec(ctx, `UPDATE post_offers SET state = 'open', keeps_reading = $2 AND kind = 'handover', expires_at = $3 WHERE id = $1`, id, keepsReading, f.lasts(o.Kind, s.now()))
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "agree", "post_offer", id, "state", "keeps_reading"); err != nil {
			return err
		}
		if err := s.note(ctx, tx, officeEvent{office: office, act: string(o.Kind) + ".agree", actor: who.ID, person: o.HolderID, role: o.Role}); err != nil {
			return err
		}
		return s.mailOffer(ctx, tx, id)
	})
	if err != nil {
		return fmt.Errorf("agree to offer %d: %w", id, err)
	}
	return nil
}
