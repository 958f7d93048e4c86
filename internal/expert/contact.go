package expert

import (
	"context"
	"fmt"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// How many messages there may be: of one person, from one network, and to one expert.
const (
	messagesPerDay     = 10
	messagesPerNetwork = 20
	messagesToExpert   = 20
)

// Write sends a message of a member to a public expert, by mail: the portal keeps no copy once it is sent, and nobody at the
// secretariat reads it. The answer goes to the address of the sender, which they have agreed to. What is wrong is
// problem.Invalid, too many messages problem.TooMany.
func (s *Service) Write(ctx context.Context, who identity.User, id int64, text string, agreed bool) error {
	p, err := s.Public(ctx, id)
	if err != nil {
		return err
	}
	if p.UserID == who.ID {
		return problem.Forbidden
	}
	text = strings.TrimSpace(form.Clean(text))
	var wrong []problem.Field
	switch n := form.Length(text); {
	case n < MinMessage:
		wrong = append(wrong, problem.Field{Name: "text", Key: "expert.wrong.message", Args: []any{MinMessage}})
	case n > MaxMessage:
		wrong = append(wrong, problem.Field{Name: "text", Key: "expert.wrong.long", Args: []any{MaxMessage, n}})
	}
	if !agreed {
		wrong = append(wrong, problem.Field{Name: "agree", Key: "expert.wrong.agree"})
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	for _, limit := range []struct {
		key string
		n   int
	}{
		{fmt.Sprintf("expert.message:%d", who.ID), messagesPerDay},
		{"expert.network:" + web.Network(ctx), messagesPerNetwork},
		{fmt.Sprintf("expert.to:%d", id), messagesToExpert},
	} {
		if err := web.Limit(ctx, s.db.Read(), limit.key, limit.n, 24*time.Hour); err != nil {
			return err
		}
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		// Locked, so that who takes the profile back is written to no more.
		if _, err := database.Value[int64](ctx, tx, `SELECT id FROM experts WHERE id = $1 AND state = 'public' FOR SHARE`, id); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "expert_message", id); err != nil {
			return err
		}
		return s.mail(ctx, tx, p.UserID, letter{kind: mailMessage, profile: p, text: text, from: who})
	})
	if err != nil {
		return fmt.Errorf("write to expert %d: %w", id, err)
	}
	return nil
}

// The kinds of mails, after "expert.".
const (
	mailMessage = "message" // to an expert, from a member
	mailHidden  = "hidden"  // the desk has hidden the profile
	mailShown   = "shown"   // the desk shows it again
)

// letter is what a mail of this package says; which of it, its kind decides.
type letter struct {
	kind    string
	profile Profile
	text    string
	from    identity.User
}

// mail queues a letter to the person of a profile, in their language.
func (s *Service) mail(ctx context.Context, tx database.Tx, user int64, l letter) error {
	to, err := database.Row[workflow.Recipient](ctx, tx, `SELECT id, name, email, lang FROM users WHERE id = $1`, user)
	if err != nil {
		return fmt.Errorf("write to person %d: %w", user, err)
	}
	ctx = i18n.WithLang(ui.WithSite(ctx, s.site), i18n.Lang(to.Lang).OrEnglish())
	subject := i18n.T(ctx, "expert.mail."+l.kind+".subject", l.from.Name)
	var html strings.Builder
	if err := letterMail(l, to, subject).Render(ctx, &html); err != nil {
		return fmt.Errorf("write the mail expert.%s: %w", l.kind, err)
	}
	return mail.Queue(ctx, tx, mail.Message{
		To: to.Email, ToUser: to.ID, Lang: i18n.From(ctx), Kind: "expert" + "." + l.kind, Subject: subject, HTML: html.String(),
		Secret: l.kind == mailMessage, ReplyTo: l.from.Email,
	})
}
