package submission

import (
	"context"
	"fmt"
	"strings"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/workflow"
	"portal/web/ui"
)

// notice is why the desk gets a mail.
type notice string

// The notices to the desk.
const (
	noticeNew   notice = "new"   // sent in for the first time
	noticeAgain notice = "again" // sent in again, after changes or as a new version
	noticeReply notice = "reply" // the office has written
	noticeBack  notice = "back"  // taken back while the desk had it
)

// deskLetter is what a mail to the desk says.
type deskLetter struct {
	notice notice
	// text is what the office wrote; "" for nothing.
	text string
}

// mailKind is the kind of the mail in the outbox.
func (l deskLetter) mailKind() string { return "submission" + ".desk_" + string(l.notice) }

// receipts tells the author and the heads that it was sent in, each in their own language.
func (s *Service) receipts(ctx context.Context, tx database.Tx, kind *workflow.Kind, sub workflow.Submission, by identity.User) error {
	to, err := workflow.OwnerRecipients(ctx, tx, sub)
	if err != nil {
		return fmt.Errorf("recipients of submission %d: %w", sub.ID, err)
	}
	for _, r := range to {
		says, err := s.says(s.inLanguageOf(ctx, r), tx, sub, s.now())
		if err != nil {
			return err
		}
		m, err := s.receipt(ctx, kind, sub, by, r, says)
		if err != nil {
			return err
		}
		if err := mail.Queue(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) receipt(ctx context.Context, kind *workflow.Kind, sub workflow.Submission, by identity.User, to workflow.Recipient, says string) (mail.Message, error) {
	ctx = s.inLanguageOf(ctx, to)
	subject := i18n.T(ctx, "submission.mail.receipt.subject", titleOf(ctx, sub))
	var html strings.Builder
	if err := receiptMail(kind, sub, by, to, subject, says).Render(ctx, &html); err != nil {
		return mail.Message{}, fmt.Errorf("write the receipt of submission %d: %w", sub.ID, err)
	}
	return mail.Message{To: to.Email, ToUser: to.ID, Lang: i18n.From(ctx), Kind: "submission.receipt", Subject: subject, HTML: html.String(), About: sub.ID}, nil
}

// tellDesk tells the desk what the office has done, each officer in their own language.
func (s *Service) tellDesk(ctx context.Context, tx database.Tx, sub workflow.Submission, l deskLetter) error {
	to, err := workflow.DeskRecipients(ctx, tx, sub)
	if err != nil {
		return fmt.Errorf("the desk of submission %d: %w", sub.ID, err)
	}
	for _, r := range to {
		m, err := s.deskNotice(ctx, sub, l, r)
		if err != nil {
			return err
		}
		if err := mail.Queue(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) deskNotice(ctx context.Context, sub workflow.Submission, l deskLetter, to workflow.Recipient) (mail.Message, error) {
	ctx = s.inLanguageOf(ctx, to)
	subject := i18n.T(ctx, "submission.mail.desk."+string(l.notice)+".subject", titleOf(ctx, sub))
	var html strings.Builder
	if err := deskMail(sub, l, s.deskPath(sub.ID), to, subject).Render(ctx, &html); err != nil {
		return mail.Message{}, fmt.Errorf("write to the desk about submission %d: %w", sub.ID, err)
	}
	return mail.Message{To: to.Email, ToUser: to.ID, Lang: i18n.From(ctx), Kind: l.mailKind(), Subject: subject, HTML: html.String(), About: sub.ID}, nil
}

// inLanguageOf is the context in which a mail to the person is written: their language, and the site for its links.
func (s *Service) inLanguageOf(ctx context.Context, to workflow.Recipient) context.Context {
	return ui.WithSite(i18n.WithLang(ctx, i18n.Lang(to.Lang).OrEnglish()), s.site)
}

// whyOf says why somebody on the owner's side gets a mail: for their office, or for what they have written themselves.
func whyOf(ctx context.Context, s workflow.Submission) string {
	if s.OfficeID == 0 {
		return i18n.T(ctx, "submission.mail.why.own")
	}
	return i18n.T(ctx, "submission.mail.why.office", s.OfficeName)
}

// mailFacts are what every mail about a submission names.
func mailFacts(ctx context.Context, s workflow.Submission) []ui.Fact {
	lang := s.Lang
	if s.Title == "" {
		lang = ""
	}
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "submission.kind."+s.Kind), Values: []string{titleOf(ctx, s)}, Lang: lang},
		{Term: i18n.T(ctx, "submission.fact.reference"), Values: []string{reference(s)}},
	}
	if s.OfficeID != 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "submission.fact.office"), Values: []string{s.OfficeName}, Lang: "und"})
	}
	if s.SubmittedAt != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "submission.fact.sent"), Values: []string{i18n.Instant(ctx, *s.SubmittedAt)}})
	}
	return facts
}
