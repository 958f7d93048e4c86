package submission

import (
	"context"
	"errors"
	"fmt"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// restingAtOnce is how many drafts one run looks at; the next run goes on with the others.
const restingAtOnce = 5000

// PutAwayOld warns of drafts that nobody touches, puts them away and erases them in the end, each when it is time for it
// (README rule 1). Each is one transaction that looks again, so that several processes may do it at once, and after a
// time in which none did, nothing is skipped: who was warned late has the same time left.
func (s *Service) PutAwayOld(ctx context.Context) error {
	ids, err := workflow.Resting(ctx, s.db.Read(), s.now(), restingAtOnce)
	if err != nil {
		return err
	}
	var failed error
	for _, id := range ids {
		if err := s.rest(ctx, id); err != nil {
			failed = errors.Join(failed, fmt.Errorf("put away submission %d: %w", id, err))
		}
	}
	return failed
}

func (s *Service) rest(ctx context.Context, id workflow.ID) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		sub, err := workflow.LockForPortal(ctx, tx, id)
		if err != nil {
			return err
		}
		kind, ok := s.kinds[sub.Kind]
		action := sub.RestStep(s.now())
		if !ok || action == "" {
			return nil
		}
		if _, err := workflow.ApplyForPortal(ctx, tx, kind, &sub, action, s.now()); err != nil {
			return err
		}
		if action == workflow.Erase {
			return eraseComments(ctx, tx, id)
		}
		return s.tellOfRest(ctx, tx, sub, action)
	})
}

// tellOfRest writes to the author and the heads: that a draft will be put away, or that it was.
func (s *Service) tellOfRest(ctx context.Context, tx database.Tx, sub workflow.Submission, action workflow.Action) error {
	to, err := workflow.OwnerRecipients(ctx, tx, sub)
	if err != nil {
		return err
	}
	news, at := "warning", sub.PutAwayAt(s.now())
	if action == workflow.PutAside {
		news, at = "put_away", sub.ErasedAt()
	}
	for _, r := range to {
		ctx := s.inLanguageOf(ctx, r)
		subject := i18n.T(ctx, "submission.rest.mail."+news+".subject", titleOf(ctx, sub), i18n.DayOf(ctx, at))
		m := mail.Message{To: r.Email, ToUser: r.ID, Kind: "submission.rest_" + news, Subject: subject, About: sub.ID, Secret: true}
		if err := queue(ctx, tx, m, restMail(sub, news, i18n.DayOf(ctx, at), r, subject)); err != nil {
			return err
		}
	}
	return nil
}

// Restore brings back what was put away: it is a draft again, and its time of rest begins anew. Twice is done once.
func (s *Service) Restore(ctx context.Context, who identity.User, id workflow.ID) error {
	return s.take(ctx, who, id, workflow.Restore, workflow.Draft)
}

// Keep says that a draft is still wanted, though nobody writes in it just now: its time of rest begins anew.
func (s *Service) Keep(ctx context.Context, who identity.User, id workflow.ID) error {
	err := s.change(ctx, who, id, func(tx database.Tx, sub *workflow.Submission, _ *workflow.Kind) error {
		if err := mayWrite(*sub); err != nil {
			return err
		}
		if err := workflow.Touch(ctx, tx, sub, s.now()); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "keep", Subject: "submission", SubjectID: id, At: s.now()})
	})
	if err != nil && !errors.Is(err, problem.NotFound) {
		return fmt.Errorf("keep submission %d: %w", id, err)
	}
	return err
}
