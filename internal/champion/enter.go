package champion

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// mailEntered tells the heads of an office that the desk has entered its case.
const mailEntered = "entered"

// Entered is a case that a government has sent the desk by e-mail or letter.
type Entered struct {
	OfficeID int64
	// Answers are those of the form.
	Answers form.Answers
	// Source says who sent it to whom, how and when. Only staff ever read it.
	Source string
	// MessageID is the name of the e-mail, as typed; "" for what came by letter.
	MessageID string
	// File is the note verbale; nil when none came. The caller closes it.
	File *attachment.Received
}

// SpeakingOffices are the approved offices that may speak for a State which is no Champion country, for the network desk. Whether
// it has an open case is found out by Enter.
func (s *Service) SpeakingOffices(ctx context.Context) ([]Filer, error) {
	all, err := database.Rows[Filer](ctx, s.db.Read(), `SELECT o.id AS office_id, o.name, o.country FROM offices o
		WHERE o.category = $1 AND o.country <> '' AND o.state = 'approved' AND NOT EXISTS (SELECT FROM champions c WHERE c.iso2 = o.country AND c.status = 'confirmed')
		ORDER BY o.name, o.id LIMIT 1000`, FilingCategory)
	return all, wrap("offices that may speak for a State", err)
}

// Enter hands in a case in the name of the office that has sent it to the desk. The person becomes its author, so that somebody
// else decides; the heads of the office are told, and follow it as if they had sent it. What is wrong is a problem.Invalid; who is
// not of the network desk gets problem.NotFound, a country with an open case ErrOpen, a mail that was entered before *workflow.Filed.
func (s *Service) Enter(ctx context.Context, who identity.User, in Entered) (id workflow.ID, err error) {
	if !Keeps(who) {
		return 0, problem.NotFound
	}
	offices, err := s.SpeakingOffices(ctx)
	if err != nil {
		return 0, err
	}
	var wrong []form.Wrong
	i := slices.IndexFunc(offices, func(f Filer) bool { return f.OfficeID == in.OfficeID })
	if i < 0 {
		wrong = append(wrong, form.Wrong{Name: "office", Key: "champion.wrong.choose_office"})
	}
	source := strings.TrimSpace(form.Clean(in.Source))
	switch n := form.Length(source); {
	case n == 0:
		wrong = append(wrong, form.Wrong{Name: "source", Key: "champion.wrong.source"})
	case n > MaxReason:
		wrong = append(wrong, form.Wrong{Name: "source", Key: "champion.wrong.long", Args: []any{MaxReason, n}})
	}
	message, ok := workflow.ReadMessageID(in.MessageID)
	if !ok && message != "" {
		wrong = append(wrong, form.Wrong{Name: ui.MessageIDName, Key: "workflow.filed.message_id.wrong"})
	}
	wrong = append(wrong, s.kind.Form.Problems(in.Answers, form.Env{Vocabulary: s.vocabulary(), Today: s.today()})...)
	if in.File == nil {
		wrong = append(wrong, form.Wrong{Name: noteFileField, Key: "champion.field.note_file.missing"})
	}
	if len(wrong) > 0 {
		return 0, problem.Invalid(wrong...)
	}
	office := offices[i]
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		entry := workflow.Entry{Office: office.OfficeID, Author: who.ID, Title: s.vocabulary().CountryName(i18n.Lang(who.Lang), office.Country), Lang: who.Lang, MessageID: message}
		sub, err := workflow.RecordFor(ctx, tx, s.kind, entry, in.Answers, who, s.now())
		if err != nil {
			return err
		}
		id = sub.ID
		in.File.SubmissionID, in.File.Revision = id, sub.Revision
		if _, err := s.files.Add(ctx, tx, in.File); err != nil {
			return err
		}
		if _, err := workflow.AddNote(ctx, tx, sub, workflow.ToStaff, source, who.ID, s.now()); err != nil {
			return err
		}
		if s.options.Waits != nil {
			if err := s.options.Waits(ctx, tx, id); err != nil {
				return err
			}
		}
		return s.tellHeads(ctx, tx, sub)
	})
	if database.Constraint(err) == workflow.OneCase {
		return 0, ErrOpen
	}
	return id, wrap("enter a case for "+office.Country, workflow.AlreadyFiled(ctx, s.db.Read(), err, message, who))
}

// countryOf is the country of an office.
func (s *Service) countryOf(ctx context.Context, office int64) (string, error) {
	country, err := database.Value[string](ctx, s.db.Read(), `SELECT country FROM offices WHERE id = $1`, office)
	return country, wrap("the country of an office", err)
}

// tellHeads tells the heads of the office what was entered in its name.
func (s *Service) tellHeads(ctx context.Context, tx database.Tx, sub workflow.Submission) error {
	heads, err := workflow.OwnerRecipients(ctx, tx, sub)
	if err != nil {
		return err
	}
	for _, to := range heads {
		in := ui.WithSite(i18n.WithLang(ctx, i18n.Lang(to.Lang).OrEnglish()), s.options.Site)
		country := s.vocabulary().CountryName(i18n.From(in), sub.Country)
		subject := i18n.T(in, "champion.mail.entered.subject", country)
		var html strings.Builder
		if err := enteredLetter(enteredMail{subject, country, sub.OfficeName, s.options.OwnerPath(sub.ID)}, to).Render(in, &html); err != nil {
			return fmt.Errorf("write to a head of the office: %w", err)
		}
		err := mail.Queue(ctx, tx, mail.Message{To: to.Email, ToUser: to.ID, Lang: i18n.From(in), Kind: "champion." + mailEntered, Subject: subject, HTML: html.String(), About: sub.ID})
		if err != nil {
			return err
		}
	}
	return nil
}

// enteredMail is what the heads of an office are told.
type enteredMail struct{ subject, country, office, path string }
