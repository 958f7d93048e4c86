package newsletter

import (
	"context"
	"fmt"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// The kinds of mails to readers, after "newsletter.". An issue is no such mail: it goes out by its own way (send.go).
const (
	letterConfirm = "confirm" // the link that confirms an address
	letterKnown   = "known"   // the link to the choices of somebody who is subscribed
)

// mailReader queues a letter to a reader, in their language as far as the portal speaks it.
func (s *Service) mailReader(ctx context.Context, tx database.Tx, to Subscriber, kind, token string) error {
	ctx = ui.WithSite(i18n.WithLang(ctx, to.Lang.OrEnglish()), s.Site)
	path := ConfirmPath + "/" + token
	if kind == letterKnown {
		path = s.readerPath(to.ID, 0)
	}
	subject := i18n.T(ctx, "newsletter.mail."+kind+".subject")
	var html strings.Builder
	if err := readerMail(kind, subject, ui.Absolute(ctx, path)).Render(ctx, &html); err != nil {
		return fmt.Errorf("write the mail newsletter.%s: %w", kind, err)
	}
	return mail.Queue(ctx, tx, mail.Message{
		To: to.Email, Lang: i18n.From(ctx), Kind: "newsletter" + "." + kind, Subject: subject, HTML: html.String(), Secret: true, Farewell: true, Within: ConfirmWithin,
	})
}

// Try sends the issue as it is now to the person who asks, as a reader of the language would get it. Its links to the reader's own
// page lead nowhere.
func (s *Service) Try(ctx context.Context, who identity.User, id int64, l i18n.Lang) error {
	i, err := s.Issue(ctx, who, id)
	if err != nil {
		return err
	}
	if !l.Known() {
		return problem.NotFound
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("newsletter.try:%d", who.ID), triesPerHour, time.Hour); err != nil {
		return err
	}
	e, err := s.edit(ctx, i, l, i.Items)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		return mail.Queue(ctx, tx, mail.Message{To: who.Email, ToUser: who.ID, Lang: l.OrEnglish(), Kind: "newsletter.test", Subject: i18n.TL(l.OrEnglish(), "newsletter.issue.test", e.Subject), HTML: e.HTML})
	})
}

// triesPerHour is how many test sends a person may have.
const triesPerHour = 60
