package peer

import (
	"context"
	"fmt"
	"strings"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/mail"
	"portal/internal/workflow"
	"portal/web/ui"
)

// letter is what a mail of this package says; which of it, its kind decides.
type letter struct {
	kind  string
	title string // of the submission, with its language
	lang  string
	path  string // of the page that the button opens
	link  string // a one-time link instead
	due   date.Date
	name  string // of the reviewer, for the desk
	cause string // key of a text
	quote string
	count int
	about workflow.ID
}

// mailKind is the kind of the mail in the outbox.
func (l letter) mailKind() string { return "peer" + "." + l.kind }

// toReviewer queues the letter to a reviewer. One that is about a submission says no more of it than the last round shows
// its reviewers, and nobody gets it who has a conflict with it by now.
func (s *Service) toReviewer(ctx context.Context, tx database.Tx, user int64, l letter) error {
	type recipient struct {
		workflow.Recipient
		Walled, Untitled bool
	}
	to, err := database.Row[recipient](ctx, tx, `SELECT id, name, email, lang,
			EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = @about AND c.user_id = users.id) AS walled,
			coalesce((SELECT 'title' = ANY (r.redacted) FROM review_rounds r WHERE r.submission_id = @about ORDER BY r.number DESC LIMIT 1), false) AS untitled
		FROM users WHERE id = @user`, database.Args{"user": user, "about": l.about})
	if err != nil {
		return fmt.Errorf("write to reviewer %d: %w", user, err)
	}
	if to.Walled {
		return nil
	}
	if to.Untitled {
		l.title = ""
	}
	return s.queue(ctx, tx, to.Recipient, l)
}

// toDesk queues the letter to the desk of a submission: whoever it is assigned to, or all; never somebody with a conflict.
func (s *Service) toDesk(ctx context.Context, tx database.Tx, sub workflow.Submission, l letter) error {
	to, err := workflow.DeskRecipients(ctx, tx, sub)
	if err != nil {
		return err
	}
	l.title, l.lang, l.path, l.about = sub.Title, sub.Lang, reviewsPath(s.deskPath(sub.ID)), sub.ID
	for _, r := range to {
		if err := s.queue(ctx, tx, r, l); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) queue(ctx context.Context, tx database.Tx, to workflow.Recipient, l letter) error {
	ctx = i18n.WithLang(ui.WithSite(ctx, s.site), i18n.Lang(to.Lang).OrEnglish())
	if l.title == "" {
		l.title = i18n.T(ctx, "peer.untitled")
	}
	subject := i18n.T(ctx, "peer.letter."+l.kind+".subject", l.title)
	var html strings.Builder
	if err := letterMail(l, to, subject).Render(ctx, &html); err != nil {
		return fmt.Errorf("write the mail %s: %w", l.mailKind(), err)
	}
	return mail.Queue(ctx, tx, mail.Message{
		To: to.Email, ToUser: to.ID, Lang: i18n.From(ctx), Kind: l.mailKind(), Subject: subject, HTML: html.String(), About: l.about, Secret: l.link != "",
	})
}

// reviewsPath is the desk's page of the reviews of a submission, given that of the submission.
func reviewsPath(desk string) string { return desk + "/reviews" }
