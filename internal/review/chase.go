package review

import (
	"context"
	"fmt"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// bulkChase reminds those for whom the desk waits.
const bulkChase = "chase"

// ChaseEvery is how many days lie at least between two reminders about the same submission.
const ChaseEvery = 7

// The reasons why nobody is reminded.
const (
	NotWaiting    Reason = "not_waiting"
	ChasedAlready Reason = "chased"
)

// chased are those of the submissions, which were found for the person, about which a reminder has gone out of late.
func (s *Service) chased(ctx context.Context, q database.Querier, ids []workflow.ID) ([]workflow.ID, error) {
	all, err := database.Values[workflow.ID](ctx, q, `SELECT DISTINCT submission_id FROM submission_chases WHERE submission_id = ANY ($1) AND at > $2`, ids, s.now().Add(-ChaseEvery*24*time.Hour))
	if err != nil {
		return nil, fmt.Errorf("reminders about %d submissions: %w", len(ids), err)
	}
	return all, nil
}

// chase reminds the submitter, for whom the submission waits, with the person's note if there is one. One that moved on is
// problem.Stale; one that does not wait, or about which somebody was reminded of late, problem.NotAllowedNow.
func (s *Service) chase(ctx context.Context, who identity.User, id workflow.ID, version int, note string) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		sub, kind, err := s.lock(ctx, tx, who, id)
		if err != nil {
			return err
		}
		recent, err := s.chased(ctx, tx, []workflow.ID{id})
		switch {
		case err != nil:
			return err
		case sub.Version != version:
			return problem.Stale
		case sub.WaitingFor != workflow.ForSubmitter || len(recent) > 0:
			return problem.NotAllowedNow
		}
		if _, err := tx.Exec(ctx, `INSERT INTO submission_chases (submission_id, at, chased_by) VALUES ($1, $2, $3)`, id, s.now(), who.ID); err != nil {
			return err
		}
		if _, err := s.letters(ctx, tx, kind, sub, letter{kind: bulkChase, note: note, worded: s.now()}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "chase", Subject: "submission", SubjectID: id, At: s.now()})
	})
	if err != nil {
		return fmt.Errorf("remind about submission %d: %w", id, err)
	}
	return nil
}
