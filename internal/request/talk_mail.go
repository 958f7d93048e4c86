package request

import (
	"context"
	"fmt"
	"strings"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/mail"
	"portal/internal/workflow"
	"portal/web/ui"
)

// The kinds of mail about talks, after "request.".
const (
	mailMoved     = "talk_moved"
	mailCancelled = "talk_cancelled"
	mailAsked     = "talk_asked"
)

// talkNews is what organizers are told of a talk.
type talkNews struct {
	kind          string
	name          string // of the recipient
	Before, After TalkEvent
}

// concerned are the people who organize a talk: those of the office that asked for it, and those who act for other organizers of
// the portal; each once.
func (s *Service) concerned(ctx context.Context, q database.Querier, t TalkEvent) ([]workflow.Recipient, error) {
	sub, err := workflow.FindForPortal(ctx, q, t.ID)
	if err != nil {
		return nil, err
	}
	all, err := workflow.OwnerRecipients(ctx, q, sub)
	if err != nil {
		return nil, fmt.Errorf("who organizes talk %d: %w", t.ID, err)
	}
	seen := map[int64]bool{}
	for _, r := range all {
		seen[r.ID] = true
	}
	for _, o := range t.Organizers {
		if o.OfficeID == nil || *o.OfficeID == sub.OfficeID {
			continue
		}
		people, err := workflow.Actors(ctx, q, *o.OfficeID)
		if err != nil {
			return nil, err
		}
		for _, r := range people {
			if !seen[r.ID] {
				seen[r.ID] = true
				all = append(all, r)
			}
		}
	}
	return all, nil
}

// tellOrganizers tells them that a talk was moved or cancelled.
func (s *Service) tellOrganizers(ctx context.Context, tx database.Tx, before, after TalkEvent) error {
	kind := mailMoved
	if after.State == TalkCancelled {
		kind = mailCancelled
	}
	people, err := s.concerned(ctx, tx, after)
	if err != nil {
		return err
	}
	return s.write(ctx, tx, people, talkNews{kind: kind, Before: before, After: after})
}

// askOrganizers asks those of the office that asked for the talk what came of it.
func (s *Service) askOrganizers(ctx context.Context, tx database.Tx, t TalkEvent) error {
	sub, err := workflow.FindForPortal(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	people, err := workflow.OwnerRecipients(ctx, tx, sub)
	if err != nil {
		return fmt.Errorf("whom to ask about talk %d: %w", t.ID, err)
	}
	return s.write(ctx, tx, people, talkNews{kind: mailAsked, Before: t, After: t})
}

func (s *Service) write(ctx context.Context, tx database.Tx, people []workflow.Recipient, n talkNews) error {
	for _, to := range people {
		n.name = to.Name
		in := ui.WithSite(i18n.WithLang(ctx, i18n.Lang(to.Lang).OrEnglish()), s.Site)
		subject := i18n.T(in, "request.mail."+n.kind+".subject", n.After.Title)
		var html strings.Builder
		if err := talkLetter(n, subject).Render(in, &html); err != nil {
			return fmt.Errorf("write %s: %w", n.kind, err)
		}
		err := mail.Queue(ctx, tx, mail.Message{To: to.Email, ToUser: to.ID, Lang: i18n.From(in), Kind: "request" + "." + n.kind, Subject: subject, HTML: html.String(), About: n.After.ID})
		if err != nil {
			return err
		}
	}
	return nil
}

// facts are the talk, and when it was and is.
func (n talkNews) facts(ctx context.Context) []ui.Fact {
	facts := []ui.Fact{{Term: i18n.T(ctx, "submission.kind.talk"), Values: []string{n.After.Title}, Lang: n.After.Lang}}
	if n.kind == mailMoved {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "request.talk.was"), Values: []string{When(ctx, n.Before, n.Before.Zone)}})
	}
	return append(facts, ui.Fact{Term: i18n.T(ctx, "request.talk.when"), Values: []string{When(ctx, n.After, n.After.Zone)}})
}

// path is where the letter leads, without the language.
func (n talkNews) path() string {
	if n.kind == mailAsked {
		return n.After.Path() + "/outcome"
	}
	return n.After.Path()
}
