package calendar

import (
	"context"
	"fmt"
	"strings"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/mail"
	"portal/web/ui"
)

// The kinds of mail to people who register, after "calendar.".
const (
	mailAsked     = "asked"     // the link that proves an address
	mailPlaced    = "placed"    // there is a place
	mailWaiting   = "waiting"   // there is one on the waiting list
	mailPromoted  = "promoted"  // from there to a place
	mailMoved     = "moved"     // the event is at another time or place
	mailCancelled = "cancelled" // the event is cancelled
)

// mailRegistered queues a letter to somebody who registers, in their language as far as the portal speaks it.
func (s *Service) mailRegistered(ctx context.Context, tx database.Tx, e Event, r Registration, kind, token string) error {
	in := ui.WithSite(i18n.WithLang(ctx, i18n.Lang(r.Lang).OrEnglish()), s.Site)
	subject := i18n.T(in, "calendar.mail."+kind+".subject", e.Title)
	var html strings.Builder
	if err := registrationLetter(e, r, kind, subject, ui.Absolute(in, registrationPath(token))).Render(in, &html); err != nil {
		return fmt.Errorf("write calendar.%s: %w", kind, err)
	}
	return mail.Queue(ctx, tx, mail.Message{
		To: r.Email, Lang: i18n.From(in), Kind: "calendar" + "." + kind, Subject: subject, HTML: html.String(), Secret: true, Farewell: true,
	})
}
