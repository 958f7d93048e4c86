package account

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/web/ui"
)

// officeLetter is what a mail about an office and its people says. Its texts are account.officemail.<kind>.…: the subject
// names the office {0}, the actor {1} and the person {2}; the text also the role {3}, the days {4} and {5}, another
// office {6} and an address {7}.
type officeLetter struct {
	kind        string
	office      string
	actor       string // who offers, leaves or is away
	person      string // who comes, takes over or stands in
	role        identity.PostRole
	from, until *date.Date
	other       string // another office's name, or the name until now
	email       string
	note        string // what somebody wrote
	path        string // where the button leads, without the language
	secret      bool   // the path carries a link that works once
	within      time.Duration
}

func (l officeLetter) args(ctx context.Context) []any {
	day := func(d *date.Date) string {
		if d == nil {
			return ""
		}
		return i18n.Day(ctx, *d)
	}
	role := any("")
	if l.role != "" {
		role = i18n.Key("account.role." + string(l.role))
	}
	return []any{l.office, l.actor, l.person, role, day(l.from), day(l.until), l.other, l.email}
}

// mailKind is the kind of the mail in the outbox.
func (l officeLetter) mailKind() string { return "account" + "." + "office_" + l.kind }

// lines are what was written, as plain text: a mail to a stranger makes no links of it.
func (l officeLetter) lines() []string {
	return strings.FieldsFunc(l.note, func(r rune) bool { return r == '\n' })
}

// sendOffice queues a letter about an office to the recipient, in their language.
func (s *Service) sendOffice(ctx context.Context, tx database.Tx, to recipient, l officeLetter) error {
	ctx = ui.WithSite(i18n.WithLang(ctx, to.Lang.OrEnglish()), s.site)
	subject := i18n.T(ctx, "account.officemail."+l.kind+".subject", l.args(ctx)...)
	var html strings.Builder
	if err := officeMail(l, to, subject).Render(ctx, &html); err != nil {
		return fmt.Errorf("write the letter %s: %w", l.kind, err)
	}
	return mail.Queue(ctx, tx, mail.Message{
		To: to.Email, ToUser: to.ID, Lang: i18n.From(ctx), Kind: l.mailKind(), Subject: subject, HTML: html.String(),
		Secret: l.secret, Within: l.within,
	})
}

// offerPath is the page of the link to an offer, and ownOfferPath the same page for the person who is signed in, whose
// address holds no secret; both without the language.
func offerPath(token string) string { return "/t/post/" + token }

func ownOfferPath(id int64) string { return "/account/offers/" + strconv.FormatInt(id, 10) }
