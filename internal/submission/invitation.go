package submission

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/onetime"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
)

// Rights are what an invited person may do with one draft (accounts.md, Offices).
type Rights string

// The rights, the least first. Each has what is before it.
const (
	ToView    Rights = "view"
	ToComment Rights = "comment"
	ToEdit    Rights = "edit"
)

// AllRights lists them, the least first.
var AllRights = []Rights{ToView, ToComment, ToEdit}

// How long an invitation lets somebody in, in days from today, and how many one office may send in a day, and all offices
// together to one address: each is a mail to an address that somebody has typed (accounts.md, Bad input and abuse).
// newsPerDay is how many mails in a day tell an invited person that one access of theirs has changed.
const (
	InvitedDays       = 30
	InvitedMostDays   = 365
	invitationsPerDay = 30
	invitationsToOne  = 5
	newsPerDay        = 5
)

// Invitation lets one person into one draft, until a day.
type Invitation struct {
	ID           int64
	SubmissionID workflow.ID
	Email        string
	Rights       Rights
	UntilOn      date.Date // the last day
	InvitedBy    int64
	Inviter      string
	CreatedAt    time.Time
	UserID       *int64 // who has accepted it; nil while nobody has
	Name         string // of UserID, or ""
	AcceptedAt   *time.Time
	EndedAt      *time.Time
	EndedBy      *int64
	// Running says that its last day is not over.
	Running bool
}

// InvitationState is what became of an invitation.
type InvitationState string

// The states of an invitation.
const (
	InvitationOpen      InvitationState = "open"      // sent, not answered yet
	InvitationAccepted  InvitationState = "accepted"  // the person is in
	InvitationExpired   InvitationState = "expired"   // its last day is over
	InvitationWithdrawn InvitationState = "withdrawn" // taken back before it was accepted, or ended afterwards
	InvitationDeclined  InvitationState = "declined"  // the person did not want it
	InvitationLeft      InvitationState = "left"      // the person was in, and left by themself
)

// State is what became of the invitation.
func (i Invitation) State() InvitationState {
	switch {
	case i.EndedAt != nil && i.UserID == nil && i.EndedBy == nil:
		return InvitationDeclined
	case i.EndedAt != nil && i.UserID != nil && i.EndedBy != nil && *i.EndedBy == *i.UserID:
		return InvitationLeft
	case i.EndedAt != nil:
		return InvitationWithdrawn
	case !i.Running:
		return InvitationExpired
	case i.UserID != nil:
		return InvitationAccepted
	}
	return InvitationOpen
}

// Masked is the invited address as others may see it: enough to recognize one's own.
func (i Invitation) Masked() string { return identity.MaskEmail(i.Email) }

// NewInvitation is whom somebody wants to let into a draft. Days before today, or more than a year ahead, are refused.
type NewInvitation struct {
	Email  string
	Rights Rights
	Until  date.Date
}

// check says what is wrong with an invitation; the address is not looked at when it is changed.
func (n NewInvitation) check(today date.Date, isNew bool) []problem.Field {
	var wrong []problem.Field
	bad := func(name, key string, args ...any) {
		wrong = append(wrong, problem.Field{Name: name, Key: key, Args: args})
	}
	if isNew {
		switch {
		case n.Email == "":
			bad("email", "submission.sharing.email.missing")
		case !form.ValidEmail(n.Email):
			bad("email", "submission.sharing.email.wrong")
		}
	}
	if n.Rights != ToView && n.Rights != ToComment && n.Rights != ToEdit {
		bad("rights", "submission.sharing.rights.missing")
	}
	switch {
	case n.Until.IsZero():
		bad("until.day", "submission.sharing.until.missing")
	case n.Until.Before(today):
		bad("until.day", "submission.sharing.until.past")
	case today.AddDays(InvitedMostDays).Before(n.Until):
		bad("until.day", "submission.sharing.until.far", InvitedMostDays)
	}
	return wrong
}

// Colleague is somebody of the office, who sees all of its submissions.
type Colleague struct {
	Name string
	Role string // an identity.PostRole
}

// Sharing is who can see a submission, beside the secretariat.
type Sharing struct {
	Case
	Colleagues []Colleague
	// Invitations are those that are open or accepted, and below them those that are over, each the newest first.
	Invitations []Invitation
}

// waits says that the person has only asked for a post in the office: they do not learn by it who is there.
func waits(who identity.User, office int64) bool {
	post, ok := who.Post(office)
	return ok && !post.Approved
}

// Sharing returns who can see the submission. Who is not of the office is problem.Forbidden: its people are no
// business of theirs. Who still waits for a post in the office sees of its people only themself.
func (s *Service) Sharing(ctx context.Context, who identity.User, id workflow.ID) (Sharing, error) {
	c, err := s.Open(ctx, who, id)
	if err != nil {
		return Sharing{}, err
	}
	if c.IsOutside() || c.OfficeID == 0 {
		return Sharing{Case: c}, problem.Forbidden
	}
	v := Sharing{Case: c}
	if waits(who, c.OfficeID) {
		post, _ := who.Post(c.OfficeID)
		v.Colleagues = []Colleague{{Name: who.Name, Role: string(post.Role)}}
	} else if v.Colleagues, err = colleagues(ctx, s.db.Read(), c.OfficeID); err != nil {
		return v, err
	}
	v.Invitations, err = invitationsOf(ctx, s.db.Read(), id)
	return v, err
}

// Invite lets somebody into the draft: the invitation goes to the address by mail, and holds for whoever has proven that
// address. What is wrong is a problem.Invalid; what is not being written is problem.NotAllowedNow; more than thirty
// invitations of an office in a day are problem.TooMany, and more than five to one address wrong at the address.
func (s *Service) Invite(ctx context.Context, who identity.User, id workflow.ID, n NewInvitation) error {
	n.Email = strings.TrimSpace(n.Email)
	if wrong := n.check(date.Today(s.now(), i18n.Geneva), true); len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	err := s.change(ctx, who, id, func(tx database.Tx, sub *workflow.Submission, _ *workflow.Kind) error {
		switch {
		case !sub.MayInvite():
			return problem.Forbidden
		case !sub.State.Writable():
			return problem.NotAllowedNow
		}
		known, err := accountOf(ctx, tx, n.Email, sub.OfficeID)
		if err != nil {
			return err
		}
		waiting := waits(who, sub.OfficeID)
		if known.Colleague && (!waiting || strings.EqualFold(n.Email, who.Email)) {
			return problem.Invalid(problem.Field{Name: "email", Key: "submission.sharing.email.colleague", Args: []any{sub.OfficeName}})
		}
		sender := fmt.Sprintf("submission.invite:%d", sub.OfficeID)
		if waiting { // does not use up what those may send who are in the office
			sender = fmt.Sprintf("submission.invite.waiting:%d", sub.OfficeID)
		}
		if err := web.Limit(ctx, tx, sender, invitationsPerDay, 24*time.Hour); err != nil {
			return err
		}
		err = web.Limit(ctx, tx, "submission.invite.address:"+strings.ToLower(n.Email), invitationsToOne, 24*time.Hour)
		if errors.Is(err, problem.TooMany) {
			return problem.Invalid(problem.Field{Name: "email", Key: "submission.sharing.email.too_many", Args: []any{invitationsToOne}})
		}
		if err != nil {
			return err
		}
		token, hash := onetime.New()
		invitation, err := addInvitation(ctx, tx, id, n, hash, who.ID, s.now())
		if err != nil {
			return err
		}
		if err := s.recordInvitation(ctx, tx, who.ID, "invite", invitation); err != nil {
			return err
		}
		lang := i18n.From(ctx)
		if known.Lang != "" {
			lang = i18n.Lang(known.Lang)
		}
		return s.sendInvitation(ctx, tx, *sub, n, who, token, lang)
	})
	if err != nil {
		return fmt.Errorf("invite to submission %d: %w", id, err)
	}
	return nil
}

// ChangeInvitation gives an invited person other rights or another last day; they are told if they are in, five times a
// day at most. An invitation
// that is over is problem.NotFound.
func (s *Service) ChangeInvitation(ctx context.Context, who identity.User, id workflow.ID, invitation int64, n NewInvitation) error {
	if wrong := n.check(date.Today(s.now(), i18n.Geneva), false); len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.changeInvitation(ctx, who, id, invitation, "change_invitation", func(tx database.Tx, sub workflow.Submission, i Invitation) error {
		if i.Rights == n.Rights && i.UntilOn == n.Until {
			return nil
		}
		if err := setInvitation(ctx, tx, i.ID, n); err != nil {
			return err
		}
		i.Rights, i.UntilOn = n.Rights, n.Until
		err := web.Limit(ctx, tx, fmt.Sprintf("submission.invitation.news:%d", i.ID), newsPerDay, 24*time.Hour)
		if errors.Is(err, problem.TooMany) {
			return nil // who takes rights away is never made to wait; the page says what they are
		}
		if err != nil {
			return err
		}
		return s.tellGuest(ctx, tx, sub, i, guestChanged)
	})
}

// EndInvitation takes an invitation back, or ends the access that it gave, at once: also for a page that is open now.
// Doing it twice is done once.
func (s *Service) EndInvitation(ctx context.Context, who identity.User, id workflow.ID, invitation int64) error {
	return s.changeInvitation(ctx, who, id, invitation, "end_invitation", func(tx database.Tx, sub workflow.Submission, i Invitation) error {
		if i.EndedAt != nil {
			return nil
		}
		if err := endInvitation(ctx, tx, i.ID, who.ID, s.now()); err != nil {
			return err
		}
		return s.tellGuest(ctx, tx, sub, i, guestEnded)
	})
}

func (s *Service) changeInvitation(ctx context.Context, who identity.User, id workflow.ID, invitation int64, act string,
	do func(tx database.Tx, sub workflow.Submission, i Invitation) error,
) error {
	err := s.change(ctx, who, id, func(tx database.Tx, sub *workflow.Submission, _ *workflow.Kind) error {
		if !sub.MayInvite() {
			return problem.Forbidden
		}
		i, err := lockInvitation(ctx, tx, invitation)
		switch {
		case err != nil:
			return err
		case i.SubmissionID != id, act == "change_invitation" && i.EndedAt != nil:
			return problem.NotFound
		}
		if err := do(tx, *sub, i); err != nil {
			return err
		}
		return s.recordInvitation(ctx, tx, who.ID, act, invitation)
	})
	if err != nil {
		return fmt.Errorf("invitation %d: %w", invitation, err)
	}
	return nil
}

// Offer is an invitation as the invited person sees it.
type Offer struct {
	Invitation
	Kind, Title, Lang, OfficeName string
}

// OfferOf returns the invitation of a link; an unknown one is problem.NotFound.
func (s *Service) OfferOf(ctx context.Context, token string) (Offer, error) {
	return offerByToken(ctx, s.db.Read(), onetime.Hash(token))
}

// Offers returns the invitations that wait for the person's answer: those to their own, proven address.
func (s *Service) Offers(ctx context.Context, who identity.User) ([]Offer, error) {
	return offersTo(ctx, s.db.Read(), who.ID)
}

// IsInvited says whether somebody with the address is invited to a draft and has not answered.
func (s *Service) IsInvited(ctx context.Context, q database.Querier, email string) (bool, error) {
	return isInvited(ctx, q, email)
}

// Accept lets the person into the draft to which they are invited, and returns its number: the inviter gets a mail. An
// invitation to another address is problem.NotFound, one that is over problem.Stale. Accepting twice is done once.
func (s *Service) Accept(ctx context.Context, who identity.User, invitation int64) (workflow.ID, error) {
	return s.answerOffer(ctx, who, invitation, func(tx database.Tx, i Invitation) error {
		if err := acceptInvitation(ctx, tx, i.ID, who.ID, s.now()); err != nil {
			return err
		}
		if err := s.recordInvitation(ctx, tx, who.ID, "accept_invitation", i.ID); err != nil {
			return err
		}
		return s.tellInviter(ctx, tx, i, who)
	})
}

// Decline says no to an invitation; it is over then. Declining twice is done once.
func (s *Service) Decline(ctx context.Context, who identity.User, invitation int64) error {
	_, err := s.answerOffer(ctx, who, invitation, func(tx database.Tx, i Invitation) error {
		if _, err := tx.Exec(ctx, `UPDATE draft_invitations SET ended_at = $2 WHERE id = $1`, i.ID, s.now()); err != nil {
			return err
		}
		return s.recordInvitation(ctx, tx, who.ID, "decline_invitation", i.ID)
	})
	return err
}

func (s *Service) answerOffer(ctx context.Context, who identity.User, invitation int64, do func(tx database.Tx, i Invitation) error) (workflow.ID, error) {
	var id workflow.ID
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		// First the submission, as everybody who changes something about it does.
		if _, err := tx.Exec(ctx, `SELECT FROM submissions WHERE id = (SELECT submission_id FROM draft_invitations WHERE id = $1) FOR UPDATE`, invitation); err != nil {
			return err
		}
		i, err := lockInvitation(ctx, tx, invitation)
		if err != nil {
			return err
		}
		mine, err := isProven(ctx, tx, who.ID, i.Email)
		switch {
		case err != nil:
			return err
		case !mine:
			return problem.NotFound
		}
		id = i.SubmissionID
		switch i.State() {
		case InvitationAccepted: // by the first click of a double click: only who has proven the address can have done it
			return nil
		case InvitationOpen:
			return do(tx, i)
		}
		return problem.Stale
	})
	if err != nil {
		return 0, fmt.Errorf("answer invitation %d: %w", invitation, err)
	}
	return id, nil
}

// LeaveDraft ends the access of a person who was invited, as they wish: at once, and nobody gets a mail; the office sees
// it among its guests. The office's own people are problem.Forbidden: they leave the office.
func (s *Service) LeaveDraft(ctx context.Context, who identity.User, id workflow.ID) error {
	err := s.change(ctx, who, id, func(tx database.Tx, sub *workflow.Submission, _ *workflow.Kind) error {
		if !sub.IsGuest() {
			return problem.Forbidden
		}
		left, err := leaveDraft(ctx, tx, id, who.ID, s.now())
		if err != nil {
			return err
		}
		for _, invitation := range left {
			if err := s.recordInvitation(ctx, tx, who.ID, "leave_draft", invitation); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("leave submission %d: %w", id, err)
	}
	return nil
}

// WasGuest says whether the person was invited to the submission, and is not any more.
func (s *Service) WasGuest(ctx context.Context, who identity.User, id workflow.ID) (bool, error) {
	return wasGuest(ctx, s.db.Read(), who.ID, id)
}

// ended turns a submission that the person cannot find any more into errGuestEnded, when they were let into it once.
func (s *Service) ended(ctx context.Context, who identity.User, id workflow.ID, err error) error {
	if !errors.Is(err, problem.NotFound) {
		return err
	}
	was, failed := s.WasGuest(ctx, who, id)
	if failed != nil {
		return failed
	}
	if was {
		return fmt.Errorf("submission %d: %w", id, errGuestEnded)
	}
	return err
}

// errGuestEnded says that the person's access to the submission is over. It is problem.NotFound for everybody who does
// not ask for it.
var errGuestEnded = guestEndedError{}

type guestEndedError struct{}

func (guestEndedError) Error() string        { return "the invitation has ended" }
func (guestEndedError) Is(target error) bool { return target == problem.NotFound }

func (s *Service) recordInvitation(ctx context.Context, tx database.Tx, actor int64, act string, invitation int64) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: actor, Act: act, Subject: "invitation", SubjectID: invitation, At: s.now()})
}
