package submission

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/a-h/templ"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// offerPath is the page of an invitation's link, without the language.
func offerPath(token string) string { return "/t/draft/" + token }

// The mails about an invitation are between the people who write the draft: they are Secret, and not About the submission,
// so that its desk does not learn from the outbox whom the office has asked. Administrators see the address, since they
// help when a mail does not arrive.

// sendInvitation writes to the invited address. The link is not a way in by itself: what it leads to can be accepted only
// by whoever has proven the address.
func (s *Service) sendInvitation(ctx context.Context, tx database.Tx, sub workflow.Submission, n NewInvitation, by identity.User, token string, lang i18n.Lang) error {
	ctx = s.inLanguageOf(ctx, workflow.Recipient{Lang: string(lang)})
	subject := i18n.T(ctx, "submission.sharing.mail.invite.subject", by.Name)
	return queue(ctx, tx, mail.Message{To: n.Email, Kind: "submission.invitation", Subject: subject, Secret: true},
		invitationMail(sub, n, by, offerPath(token), subject))
}

// guestNews is what an invited person is told later.
type guestNews string

const (
	guestChanged guestNews = "changed"
	guestEnded   guestNews = "ended"
)

// tellGuest tells a person who has accepted that something about their access has changed.
func (s *Service) tellGuest(ctx context.Context, tx database.Tx, sub workflow.Submission, i Invitation, news guestNews) error {
	if i.UserID == nil || !i.Running {
		return nil
	}
	to, err := recipientOf(ctx, tx, *i.UserID)
	if errors.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	ctx = s.inLanguageOf(ctx, to)
	subject := i18n.T(ctx, "submission.sharing.mail."+string(news)+".subject", titleOf(ctx, sub))
	return queue(ctx, tx, mail.Message{To: to.Email, ToUser: to.ID, Kind: "submission.invitation_" + string(news), Subject: subject, Secret: true},
		guestMail(sub, i, news, to, subject))
}

// tellInviter tells who has invited somebody that they are in.
func (s *Service) tellInviter(ctx context.Context, tx database.Tx, i Invitation, guest identity.User) error {
	to, err := recipientOf(ctx, tx, i.InvitedBy)
	if errors.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	// An inviter who has left the office by now is told nothing more of it.
	sub, err := workflow.Find(ctx, tx, i.SubmissionID, identity.User{ID: to.ID})
	if errors.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	ctx = s.inLanguageOf(ctx, to)
	subject := i18n.T(ctx, "submission.sharing.mail.accepted.subject", guest.Name)
	return queue(ctx, tx, mail.Message{To: to.Email, ToUser: to.ID, Kind: "submission.invitation_accepted", Subject: subject, Secret: true},
		acceptedMail(sub, i, guest, to, subject))
}

// queue writes the mail in the language of the context.
func queue(ctx context.Context, tx database.Tx, m mail.Message, text templ.Component) error {
	var html strings.Builder
	if err := text.Render(ctx, &html); err != nil {
		return fmt.Errorf("write %s about submission %d: %w", m.Kind, m.About, err)
	}
	m.Lang, m.HTML = i18n.From(ctx), html.String()
	return mail.Queue(ctx, tx, m)
}
