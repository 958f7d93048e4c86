package review

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/workflow"
	"portal/web/ui"
)

// letter is what a mail to the submitter says.
type letter struct {
	kind    string // an action, or "message"
	note    string
	changes []workflow.ChangeRequest
	// worded is the instant whose wordings hold.
	worded time.Time
	// wordings are the desk's own; compose takes the catalogue's where it has none.
	wordings Wordings
	// due is the day until which the desk waits for changes before the case counts as stuck.
	due date.Date
}

// prepare reads what the desk's letters say in its own words at the instant, and how long it waits for changes.
func (s *Service) prepare(ctx context.Context, q database.Querier, desk identity.Desk, worded time.Time, l *letter) error {
	var err error
	if l.wordings, err = wordingsAt(ctx, q, desk, worded); err != nil {
		return err
	}
	desks, err := workflow.ReadDesks(ctx, q)
	if err != nil {
		return err
	}
	settings := desks[desk]
	l.due = settings.Calendar.Add(settings.Today(s.now()), settings.StuckDays)
	return nil
}

// mailKind is the kind of the mail in the outbox.
func (l letter) mailKind() string { return "review" + "." + l.kind }

// letters queues the letter to everybody on the owner's side, each in their own language, and returns how many there are.
func (s *Service) letters(ctx context.Context, tx database.Tx, kind *workflow.Kind, sub workflow.Submission, l letter) (int, error) {
	to, err := workflow.OwnerRecipients(ctx, tx, sub)
	if err != nil {
		return 0, fmt.Errorf("recipients of submission %d: %w", sub.ID, err)
	}
	if err := s.prepare(ctx, tx, sub.Desk, l.worded, &l); err != nil {
		return 0, err
	}
	for _, r := range to {
		composed, err := s.compose(ctx, kind, sub, l, r)
		if err != nil {
			return 0, err
		}
		if err := mail.Queue(ctx, tx, composed.Mail); err != nil {
			return 0, err
		}
	}
	return len(to), nil
}

// Letter is a mail as it will leave, for the page of confirmation. Only the address of a public page that there is not
// yet is not in it.
type Letter struct {
	To   workflow.Recipient
	Mail mail.Message
	// Text is what the letter says, without its frame.
	Text string
}

// recipients is the field under which it is recorded that somebody was shown to whom letters go.
const recipients = "recipients.name"

// Preview returns the letters that the decision would send, and records that the names of who gets them were read; nothing
// is sent or changed.
func (s *Service) Preview(ctx context.Context, who identity.User, id workflow.ID, d Decision) ([]Letter, error) {
	sub, err := s.find(ctx, s.db.Read(), who, id)
	if err != nil {
		return nil, err
	}
	to, err := workflow.OwnerRecipients(ctx, s.db.Read(), sub)
	if err != nil {
		return nil, fmt.Errorf("recipients of submission %d: %w", id, err)
	}
	l := letter{kind: string(d.Action), note: cleanNote(d.Note)}
	if d.Action == workflow.RequestChanges {
		l.changes = d.Changes
	}
	if err := s.prepare(ctx, s.db.Read(), sub.Desk, s.now(), &l); err != nil {
		return nil, err
	}
	var letters []Letter
	for _, r := range to {
		composed, err := s.compose(ctx, s.kinds[sub.Kind], sub, l, r)
		if err != nil {
			return nil, err
		}
		letters = append(letters, composed)
	}
	if len(letters) == 0 {
		return nil, nil
	}
	return letters, s.recordRead(ctx, who, []workflow.ID{id}, recipients)
}

// compose writes the letter in the recipient's language: in the desk's own words, or in the catalogue's.
func (s *Service) compose(ctx context.Context, kind *workflow.Kind, sub workflow.Submission, l letter, to workflow.Recipient) (Letter, error) {
	lang := i18n.Lang(to.Lang)
	ctx = i18n.WithLang(ui.WithSite(ctx, s.site), lang.OrEnglish())
	words, in, own := l.wordings.find(kind.Name, l.kind, lang)
	subject, body := i18n.T(ctx, of(ctx, kind, "review.letter."+l.kind+".subject"), titleOf(ctx, sub)), letterText(kind, sub, l, to)
	if own {
		f := filling{kind: kind, sub: sub, letter: l, to: to}
		filled, err := words.html(ctx, f)
		if err != nil {
			return Letter{}, fmt.Errorf("write the letter on submission %d: %w", sub.ID, err)
		}
		subject, body = words.subject(ctx, f), wordedText(filled, in)
	}
	var whole, text strings.Builder
	err := errors.Join(letterMail(sub, l, subject, body).Render(ctx, &whole), body.Render(ctx, &text))
	if err != nil {
		return Letter{}, fmt.Errorf("write the letter on submission %d: %w", sub.ID, err)
	}
	m := mail.Message{To: to.Email, ToUser: to.ID, Lang: i18n.From(ctx), Kind: l.mailKind(), Subject: subject, HTML: whole.String(), About: sub.ID}
	return Letter{To: to, Mail: m, Text: mail.Text(text.String())}, nil
}

// of is the key of the text for the kind: its own (workflow.Kind.Words) where there is one, that for what ends at a decision, or
// the one for all.
func of(ctx context.Context, kind *workflow.Kind, key string) string {
	if own := key + "." + kind.Words; kind.Words != "" && i18n.Has(i18n.From(ctx), own) {
		return own
	}
	if decided := key + ".decided"; kind.Publish == nil && i18n.Has(i18n.From(ctx), decided) {
		return decided
	}
	return key
}

func titleOf(ctx context.Context, s workflow.Submission) string {
	if s.Title == "" {
		return i18n.T(ctx, "review.letter.untitled")
	}
	return s.Title
}

// ownerPath is the owner's page of a submission, without the language.
func ownerPath(id workflow.ID) string { return "/submissions/" + strconv.FormatInt(id, 10) }
