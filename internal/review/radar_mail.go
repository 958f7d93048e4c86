package review

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/web/ui"
)

// radarKind is the kind of the weekly mail.
const radarKind = "review.radar"

// The weekly mail goes out on Mondays from this hour on, in Geneva.
const radarHour = 7

// inMail is how many submissions the weekly mail names under one reason.
const inMail = 5

// SendRadar queues the weekly mail to the officers and leads of all desks, on Mondays; to whom the radar shows nothing,
// none. A job calls it each hour; each person is written to once a week.
func (s *Service) SendRadar(ctx context.Context) error {
	now := s.now()
	local := now.In(i18n.Geneva)
	if local.Weekday() != time.Monday || local.Hour() < radarHour {
		return nil
	}
	people, err := database.Values[int64](ctx, s.db.Read(), `SELECT u.id FROM users u WHERE u.closed_at IS NULL
			AND EXISTS (SELECT FROM staff_roles r WHERE r.user_id = u.id AND r.role IN ('officer', 'lead'))
			AND NOT EXISTS (SELECT FROM notification_choices c WHERE c.user_id = u.id AND c.topic = $1 AND c.pace = 'never')
			AND NOT EXISTS (SELECT FROM outbox o WHERE o.to_user = u.id AND o.kind = $2 AND o.queued_at > now() - interval '3 days') ORDER BY u.id`,
		mail.TopicOf(radarKind), radarKind)
	if err != nil {
		return fmt.Errorf("find whom the radar is sent to: %w", err)
	}
	var failed error
	for _, id := range people {
		if err := s.sendRadar(ctx, id); err != nil { // the others get theirs
			failed = errors.Join(failed, fmt.Errorf("radar for user %d: %w", id, err))
		}
	}
	return failed
}

func (s *Service) sendRadar(ctx context.Context, id int64) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		type recipient struct{ Name, Email, Lang string }
		to, err := database.Row[recipient](ctx, tx, `SELECT name, email, lang FROM users WHERE id = $1 FOR UPDATE`, id)
		if err != nil {
			return err
		}
		sent, err := database.Value[bool](ctx, tx, `SELECT EXISTS (SELECT FROM outbox WHERE to_user = $1 AND kind = $2 AND queued_at > now() - interval '3 days')`, id, radarKind)
		if err != nil || sent {
			return err
		}
		who, err := identity.Load(ctx, tx, id)
		if err != nil {
			return err
		}
		in := i18n.WithLang(ui.WithSite(ctx, s.site), i18n.Lang(to.Lang).OrEnglish())
		radar, err := radarOf(in, tx, s.allAlarms(), who, inMail, s.now())
		if err != nil || radar.Total == 0 {
			return err
		}
		subject := i18n.T(in, "review.radar.mail.subject")
		var html strings.Builder
		if err := radarMail(radar, to.Name, subject).Render(in, &html); err != nil {
			return fmt.Errorf("write the mail: %w", err)
		}
		// What one person may see another may not: nobody reads it in the outbox.
		return mail.Queue(ctx, tx, mail.Message{To: to.Email, ToUser: id, Lang: i18n.From(in), Kind: radarKind, Subject: subject, HTML: html.String(), Secret: true})
	})
}

// radarLines are the submissions that the mail names under one reason.
func radarLines(ctx context.Context, r Radar, b Blip) []ui.MailLine {
	var lines []ui.MailLine
	for _, s := range b.Rows {
		lang := s.Lang
		if s.Title == "" {
			lang = "" // it is called untitled in the reader's
		}
		lines = append(lines, ui.MailLine{Title: titleOf(ctx, s), Lang: lang, Href: ui.Absolute(ctx, Path(s.ID)), Text: b.waits(ctx, r.Desks[s.Desk], s)})
	}
	return lines
}
