package fund

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

// The kinds of mail about meetings, after "fund.".
const (
	mailMeetingMoved     = "meeting_moved"
	mailMeetingCancelled = "meeting_cancelled"
)

// meetingNews is what somebody is told of a meeting.
type meetingNews struct {
	MeetingChange
	kind string
	name string // of the recipient
	next *Meeting
}

// tellConcerned writes to each of those whom the change concerns, in their language. Who has closed their account is told
// nothing; that is for Options.Concerned to see to.
func (s *Service) tellConcerned(ctx context.Context, tx database.Tx, change MeetingChange) error {
	people, err := s.concerned(ctx, tx, change)
	if err != nil {
		return fmt.Errorf("whom meeting %d concerns: %w", change.Before.ID, err)
	}
	n := meetingNews{MeetingChange: change, kind: mailMeetingMoved}
	if change.After.State == Cancelled {
		n.kind = mailMeetingCancelled
	}
	if m, ok, err := NextFor(ctx, tx, s.now()); err != nil {
		return err
	} else if ok {
		n.next = &m
	}
	told := map[int64]bool{}
	for _, to := range people {
		if told[to.ID] {
			continue
		}
		told[to.ID] = true
		n.name = to.Name
		if err := s.writeOfMeeting(ctx, tx, to, n); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) writeOfMeeting(ctx context.Context, tx database.Tx, to workflow.Recipient, n meetingNews) error {
	ctx = ui.WithSite(i18n.WithLang(ctx, i18n.Lang(to.Lang).OrEnglish()), s.site)
	kind := "fund" + "." + n.kind
	subject := i18n.T(ctx, "fund.mail."+n.kind+".subject", i18n.Day(ctx, n.Before.Day()))
	var html strings.Builder
	if err := meetingLetter(n, kind, subject).Render(ctx, &html); err != nil {
		return fmt.Errorf("write %s: %w", kind, err)
	}
	return mail.Queue(ctx, tx, mail.Message{To: to.Email, ToUser: to.ID, Lang: i18n.From(ctx), Kind: kind, Subject: subject, HTML: html.String()})
}

// facts are the meeting before and after, its last safe day, and the meeting for which a note is in time now.
func (n meetingNews) facts(ctx context.Context) []ui.Fact {
	name, lang := n.After.Name(ctx)
	facts := []ui.Fact{{Term: i18n.T(ctx, "fund.meeting.fact.meeting"), Values: []string{name}, Lang: lang}}
	if n.kind == mailMeetingCancelled {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "fund.meeting.fact.was"), Values: []string{When(ctx, n.Before)}})
	} else {
		facts = append(facts,
			ui.Fact{Term: i18n.T(ctx, "fund.meeting.fact.was"), Values: []string{When(ctx, n.Before)}},
			ui.Fact{Term: i18n.T(ctx, "fund.meeting.fact.now"), Values: []string{When(ctx, n.After)}},
			ui.Fact{Term: i18n.T(ctx, "fund.meeting.fact.last_day"), Values: []string{Explain(ctx, n.After)}},
		)
	}
	if n.next != nil && n.next.ID != n.After.ID {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "fund.meeting.fact.next"), Values: []string{Explain(ctx, *n.next)}})
	}
	return facts
}
