package practice

import (
	"context"
	"fmt"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/mail"
	"portal/internal/workflow"
	"portal/web/ui"
)

// The kinds of mail about calls, after "practice.".
const (
	mailCallReminder  = "call_reminder"  // the deadline comes
	mailCallMoved     = "call_moved"     // the deadline is another one
	mailCallWithdrawn = "call_withdrawn" // the call was taken back
	mailCallAccepted  = "call_accepted"  // a late practice was taken
)

// callNews is what the people of a practice are told of its call.
type callNews struct {
	kind string
	call Call
	sub  workflow.Submission
	name string // of the recipient
}

// tellOwners writes to the author of the practice and the heads of its office, each in their language.
func (s *Service) tellOwners(ctx context.Context, tx database.Tx, sub workflow.Submission, n callNews) error {
	people, err := workflow.OwnerRecipients(ctx, tx, sub)
	if err != nil {
		return fmt.Errorf("whom to tell of call %d: %w", n.call.ID, err)
	}
	for _, to := range people {
		n.name = to.Name
		if err := s.writeOfCall(ctx, tx, to, n); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) writeOfCall(ctx context.Context, tx database.Tx, to workflow.Recipient, n callNews) error {
	ctx = ui.WithSite(i18n.WithLang(ctx, i18n.Lang(to.Lang).OrEnglish()), s.site)
	kind := "practice." + n.kind
	subject := i18n.T(ctx, "practice.call.mail."+n.kind+".subject", n.text(ctx).Title)
	var html strings.Builder
	if err := callLetter(n, kind, subject, s.ownerPath(n.sub.ID)).Render(ctx, &html); err != nil {
		return fmt.Errorf("write %s: %w", kind, err)
	}
	return mail.Queue(ctx, tx, mail.Message{To: to.Email, ToUser: to.ID, Lang: i18n.From(ctx), Kind: kind, Subject: subject, HTML: html.String(), About: n.sub.ID})
}

// text is what the call says in the recipient's language.
func (n callNews) text(ctx context.Context) CallText { return n.call.In(string(i18n.From(ctx))) }

// facts are the practice and the call, with its deadline.
func (n callNews) facts(ctx context.Context) []ui.Fact {
	t := n.text(ctx)
	facts := []ui.Fact{{Term: i18n.T(ctx, "practice.call.fact.call"), Values: []string{t.Title}, Lang: t.Lang}}
	if n.sub.Title != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.call.fact.practice"), Values: []string{n.sub.Title}, Lang: n.sub.Lang})
	}
	return append(facts, ui.Fact{Term: i18n.T(ctx, "practice.call.fact.deadline"), Values: []string{i18n.Instant(ctx, n.call.DeadlineAt)}})
}

// tiedDraft is a draft whose people are to be told of its call.
type tiedDraft struct {
	SubmissionID workflow.ID
	CallID       CallID
}

// openDrafts is the condition of the drafts t that are written for a call, as submissions s.
const openDrafts = `t.standing = 'tied' AND s.state IN ('draft', 'changes_requested')`

// tellWriters writes to the people of all drafts that are tied to the call.
func (s *Service) tellWriters(ctx context.Context, tx database.Tx, c Call, kind string) error {
	ids, err := database.Values[workflow.ID](ctx, tx, `SELECT t.submission_id FROM call_practices t JOIN submissions s ON s.id = t.submission_id
		WHERE t.call_id = $1 AND `+openDrafts+` ORDER BY t.submission_id`, c.ID)
	if err != nil {
		return fmt.Errorf("the drafts of call %d: %w", c.ID, err)
	}
	for _, id := range ids {
		sub, err := workflow.FindForPortal(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.tellOwners(ctx, tx, sub, callNews{kind: kind, call: c, sub: sub}); err != nil {
			return err
		}
	}
	return nil
}

// remindOfCalls reminds the people of each tied draft once of each deadline, some days before it. Who began after that
// day, or was told meanwhile that the deadline is another one, knows it.
func (s *Service) remindOfCalls(ctx context.Context, now time.Time) error {
	due, err := database.Rows[tiedDraft](ctx, s.db.Read(), `SELECT t.submission_id, t.call_id FROM call_practices t JOIN calls c ON c.id = t.call_id JOIN submissions s ON s.id = t.submission_id
		WHERE c.state = 'open' AND c.deadline_at >= $1 AND c.deadline_at <= $2 AND `+openDrafts+` AND t.reminded_of IS DISTINCT FROM c.deadline_at
			AND t.tied_at < c.deadline_at - make_interval(days => $3) ORDER BY t.submission_id LIMIT 500`, now, now.AddDate(0, 0, remindDays), remindDays)
	if err != nil {
		return fmt.Errorf("find the drafts to remind of their calls: %w", err)
	}
	for _, one := range due {
		if err := s.db.InTx(ctx, func(tx database.Tx) error { return s.remindOfCall(ctx, tx, one, now) }); err != nil {
			return fmt.Errorf("remind of call %d: %w", one.CallID, err)
		}
	}
	return nil
}

func (s *Service) remindOfCall(ctx context.Context, tx database.Tx, one tiedDraft, now time.Time) error {
	sub, err := workflow.LockForPortal(ctx, tx, one.SubmissionID)
	if err != nil {
		return err
	}
	c, err := lockCall(ctx, tx, one.CallID)
	if err != nil {
		return err
	}
	if c.Phase(now) != PhaseOpen || !sub.State.Writable() {
		return nil
	}
	marked, err := tx.Exec(ctx, `UPDATE call_practices SET reminded_of = $2 WHERE submission_id = $1 AND standing = 'tied' AND reminded_of IS DISTINCT FROM $2`, sub.ID, c.DeadlineAt)
	if err != nil || marked.RowsAffected() == 0 { // somebody else has, in this moment
		return err
	}
	return s.tellOwners(ctx, tx, sub, callNews{kind: mailCallReminder, call: c, sub: sub})
}
