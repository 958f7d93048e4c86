package facilitator

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// The kinds of mail, after "facilitator.".
const (
	mailAssigned = "assigned" // to the facilitator: a request is theirs
	mailReply    = "reply"    // to the facilitator: the office has written
	mailMessage  = "message"  // to the office: the facilitator has written
)

// letter is a mail about a request.
type letter struct {
	kind, text string
	name       string // of the recipient
	path       string // where it leads, without the language
	sub        workflow.Submission
}

// tellFacilitator writes to who has the request, unless it is behind the wall for them.
func (s *Service) tellFacilitator(ctx context.Context, tx database.Tx, sub workflow.Submission, l letter) error {
	to, err := database.Row[workflow.Recipient](ctx, tx, `SELECT u.id, u.name, u.email, u.lang FROM facilitations x JOIN facilitators f ON f.id = x.facilitator_id JOIN users u ON u.id = f.user_id
		WHERE x.submission_id = $1 AND x.ended_at IS NULL AND f.left_at IS NULL AND u.closed_at IS NULL
			AND NOT EXISTS (SELECT FROM submission_conflicts k WHERE k.submission_id = $1 AND k.user_id = u.id)`, sub.ID)
	if errors.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return wrap("who facilitates", err)
	}
	l.path = taskPath(sub.ID)
	return s.write(ctx, tx, sub, l, to)
}

// tellOffice writes to the office that asked.
func (s *Service) tellOffice(ctx context.Context, tx database.Tx, sub workflow.Submission, l letter) error {
	people, err := workflow.OwnerRecipients(ctx, tx, sub)
	if err != nil {
		return wrap("the office of a request", err)
	}
	l.path = s.OwnerPath(sub.ID)
	return s.write(ctx, tx, sub, l, people...)
}

func (s *Service) write(ctx context.Context, tx database.Tx, sub workflow.Submission, l letter, people ...workflow.Recipient) error {
	for _, to := range people {
		l.sub, l.name = sub, to.Name
		in := ui.WithSite(i18n.WithLang(ctx, i18n.Lang(to.Lang).OrEnglish()), s.Site)
		subject := i18n.T(in, "facilitator.mail."+l.kind+".subject", sub.Title)
		var html strings.Builder
		if err := letterPage(l, subject).Render(in, &html); err != nil {
			return fmt.Errorf("write %s: %w", l.kind, err)
		}
		err := mail.Queue(ctx, tx, mail.Message{To: to.Email, ToUser: to.ID, Lang: i18n.From(in), Kind: "facilitator" + "." + l.kind, Subject: subject, HTML: html.String(), About: sub.ID})
		if err != nil {
			return err
		}
	}
	return nil
}

func (l letter) facts(ctx context.Context) []ui.Fact {
	return []ui.Fact{
		{Term: i18n.T(ctx, "submission.kind."+l.sub.Kind), Values: []string{l.sub.Title}, Lang: l.sub.Lang},
		{Term: i18n.T(ctx, "facilitator.office"), Values: []string{l.sub.OfficeName}, Lang: "und"},
	}
}
