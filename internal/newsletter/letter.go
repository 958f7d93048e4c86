package newsletter

import (
	"context"
	"fmt"
	"strings"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/mail"
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
