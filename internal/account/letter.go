package account

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/web/ui"
)

// letter is what a mail says. Its texts are account.mail.<kind>.…
type letter struct {
	kind   string
	token  string // of the link, for those that have one
	office Office
	role   identity.PostRole
	person string // the name of somebody else whom the letter is about
	note   string // what somebody wrote
	left   int    // of recovery codes, how many have not been used
}

// mailKind is the kind of the mail in the outbox.
func (l letter) mailKind() string { return "account" + "." + l.kind }

// send queues a letter to the recipient, in their language.
func (s *Service) send(ctx context.Context, tx database.Tx, to recipient, l letter) error {
	ctx = ui.WithSite(i18n.WithLang(ctx, to.Lang.OrEnglish()), s.site)
	m, err := compose(ctx, to, l)
	if err != nil {
		return err
	}
	return mail.Queue(ctx, tx, m)
}

// compose writes the letter in the language of the context.
func compose(ctx context.Context, to recipient, l letter) (mail.Message, error) {
	subject := i18n.T(ctx, "account.mail."+l.kind+".subject", l.office.Name)
	var html strings.Builder
	if err := letterMail(l, to, subject).Render(ctx, &html); err != nil {
		return mail.Message{}, fmt.Errorf("write the letter %s: %w", l.kind, err)
	}
	m := mail.Message{To: to.Email, ToUser: to.ID, Lang: i18n.From(ctx), Kind: l.mailKind(), Subject: subject, HTML: html.String()}
	if l.token != "" { // whoever reads it can be this person
		m.Secret, m.Within = true, linkLasts(l.kind)
	}
	if l.kind == "closed" { // the account is gone, and so is the address once the mail is sent
		m.Secret, m.Farewell = true, true
	}
	return m, nil
}

// linkLasts is how long the link in a letter of the kind may be used.
func linkLasts(kind string) time.Duration {
	switch kind {
	case string(Confirm):
		return RegistrationLasts
	case "email_confirm":
		return EmailChangeLasts
	case "email_asked", "email_changed":
		return EmailUndoLasts
	}
	return LinkLasts
}

// linkPath is the page of a link from a mail, without the language.
func linkPath(token string) string { return "/t/" + token }

// officePath is the page of an office for its own people, without the language.
func officePath(id int64) string { return "/offices/" + strconv.FormatInt(id, 10) }

// deskOfficePath is the page of an office at the desk, without the language.
func deskOfficePath(id int64) string { return "/desk/offices/" + strconv.FormatInt(id, 10) }

// personPath is the page of a person for administrators, without the language.
func personPath(id int64) string { return "/desk/people/" + strconv.FormatInt(id, 10) }
