package account

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/onetime"
	"portal/internal/problem"
	"portal/internal/terms"
	"portal/web"
)

// today is the present day in UTC, by which the database counts the days of posts.
func (s *Service) today() date.Date { return date.Today(s.now(), time.UTC) }

func (f OfferForm) clean() OfferForm {
	f.Email, f.Message = cleanEmail(f.Email), cleanText(f.Message)
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

// tell sends three letters that differ only in their kind: one to each of two people, and one to the other heads.
func (s *Service) tell(ctx context.Context, tx database.Tx, office int64, l officeLetter, kind1 string, to1 recipient, kind2 string, to2 recipient, heads string) error {
	l.kind = kind1
	if err := s.sendOffice(ctx, tx, to1, l); err != nil {
		return err
	}
	l.kind = kind2
	if err := s.sendOffice(ctx, tx, to2, l); err != nil {
		return err
	}
	others, err := recipientsOf(ctx, tx, office, PostApproved, identity.Head)
	if err != nil {
		return err
	}
	l.kind = heads
	for _, to := range others {
		if to.ID == to1.ID || to.ID == to2.ID {
			continue
		}
		if err := s.sendOffice(ctx, tx, to, l); err != nil {
			return err
		}
	}
	return nil
}

// mailOffer makes the link of an offer anew, so that an earlier one no longer works, and mails it. Too many mails of one
// office, or to one address, in a day are problem.Invalid.
func (s *Service) mailOffer(ctx context.Context, tx database.Tx, id int64) error {
	o, err := findOffer(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, l := range []struct {
		of, key string
		n       int
	}{
		{"offers.office " + strconv.FormatInt(o.OfficeID, 10), "account.offer.too_many.office", offersPerOffice},
		{"offers.address " + strings.ToLower(o.Email), "account.offer.too_many.address", offersPerAddress},
	} {
		err := web.Limit(ctx, tx, limitKey("offers", l.of), l.n, offerWindow)
		if errors.Is(err, problem.TooMany) {
			return problem.Invalid(problem.Field{Name: "email", Key: l.key, Args: []any{l.n}})
		}
		if err != nil {
			return err
		}
	}
	token, hash := onetime.New()
	if _, err := tx.Exec(ctx, `UPDATE post_offers SET token_hash = $2 WHERE id = $1`, id, hash); err != nil {
		return fmt.Errorf("make the link of offer %d: %w", id, err)
	}
	to := recipient{Email: o.Email}
	known, err := credentialsByEmail(ctx, tx, o.Email)
	if err != nil {
		return err
	}
	if known.ID != 0 {
		to = known.recipient()
	} else if from, err := recipientByID(ctx, tx, o.OffererID); err == nil {
		to.Lang = from.Lang // nothing else is known of them
	} else {
		return err
	}
	kind := string(o.Kind)
	if o.ByDesk {
		kind = "head"
	}
	return s.sendOffice(ctx, tx, to, officeLetter{
		kind: kind, office: o.OfficeName, actor: o.Offerer, role: o.Role, from: o.FromOn, until: o.UntilOn, note: o.Message,
		path: offerPath(token), secret: true, within: o.ExpiresAt.Sub(s.now()),
	})
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
		return &OtherAddressError{Masked: maskEmail(o.Email)}
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
			return &OtherAddressError{Masked: maskEmail(o.Email)}
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
	email = cleanEmail(email)
	wrong := append(p.Check(s.vocabulary()), checkEmail(email)...)
	if email != "" && !strings.EqualFold(email, o.Email) {
		wrong = append(wrong, problem.Field{Name: "email", Key: "account.offer.email.other", Args: []any{maskEmail(o.Email)}})
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
