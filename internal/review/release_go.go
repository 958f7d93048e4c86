package review

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// releaseArgs are the job that lets a release go.
type releaseArgs struct {
	Release int64 `json:"release"`
}

// Kind is the job's name in the queue.
func (releaseArgs) Kind() string { return "review.release" }

type releaseWorker struct {
	river.WorkerDefaults[releaseArgs]
	service *Service
}

// Timeout is longer than that of other jobs: a release may have hundreds of letters.
func (*releaseWorker) Timeout(*river.Job[releaseArgs]) time.Duration { return 10 * time.Minute }

// Work lets the release go.
func (w *releaseWorker) Work(ctx context.Context, job *river.Job[releaseArgs]) error {
	return w.service.GoRelease(ctx, job.Args.Release)
}

// AddWorkers registers the background work of the desk.
func AddWorkers(workers *river.Workers, s *Service) {
	river.AddWorker(workers, &releaseWorker{service: s})
}

// GoReleases lets all releases go whose time has come and which are not through: what a process left that was killed.
func (s *Service) GoReleases(ctx context.Context) error {
	ids, err := database.Values[int64](ctx, s.db.Read(), `SELECT id FROM releases WHERE ended_at IS NULL AND stopped_at IS NULL AND goes_at <= $1 ORDER BY goes_at, id`, s.now())
	if err != nil {
		return fmt.Errorf("find releases: %w", err)
	}
	var failed []error
	for _, id := range ids {
		failed = append(failed, s.GoRelease(ctx, id))
	}
	return errors.Join(failed...)
}

// release is a row of releases.
type release struct {
	Desk       identity.Desk
	ReleasedBy int64
	ReleasedAt time.Time
	GoesAt     time.Time
	StoppedAt  *time.Time
	BeganAt    *time.Time
	EndedAt    *time.Time
}

func lockRelease(ctx context.Context, tx database.Tx, id int64) (release, error) {
	return database.Row[release](ctx, tx, `SELECT desk, released_by, released_at, goes_at, stopped_at, began_at, ended_at FROM releases WHERE id = $1 FOR UPDATE`, id)
}

// GoRelease takes the decisions of a release whose time has come, each in a transaction of its own with its letters, so
// that it is taken once however often this runs. What has moved on is left behind, and who released it is told.
func (s *Service) GoRelease(ctx context.Context, id int64) error {
	var r release
	err := s.db.InTx(ctx, func(tx database.Tx) (err error) {
		if r, err = lockRelease(ctx, tx, id); err != nil || r.BeganAt != nil || r.StoppedAt != nil || s.now().Before(r.GoesAt) {
			return err
		}
		now := s.now()
		r.BeganAt = &now
		_, err = tx.Exec(ctx, `UPDATE releases SET began_at = $2 WHERE id = $1`, id, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("begin release %d: %w", id, err)
	}
	if r.BeganAt == nil || r.EndedAt != nil {
		return nil
	}
	items, err := database.Values[workflow.ID](ctx, s.db.Read(), `SELECT submission_id FROM release_items WHERE release_id = $1 AND outcome = 'waiting' ORDER BY submission_id`, id)
	if err != nil {
		return fmt.Errorf("items of release %d: %w", id, err)
	}
	var failed []error
	for _, sub := range items {
		if err := s.goItem(ctx, id, r, sub); err != nil {
			failed = append(failed, fmt.Errorf("release %d, submission %d: %w", id, sub, err))
		}
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	return s.endRelease(ctx, id)
}

// goItem takes one decision of a release, or leaves it behind.
func (s *Service) goItem(ctx context.Context, id int64, r release, submission workflow.ID) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		// The order of locks is that of a decision: the office, the submission, then what is known of the decision.
		if err := holdOffice(ctx, tx, submission); err != nil {
			return err
		}
		if _, err := workflow.LockForPortal(ctx, tx, submission); err != nil {
			return err
		}
		pending, err := database.Value[int64](ctx, tx, `SELECT pending_id FROM release_items WHERE release_id = $1 AND submission_id = $2 AND outcome = 'waiting' FOR UPDATE`, id, submission)
		if errors.Is(err, problem.NotFound) {
			return nil // another process has taken it
		}
		if err != nil {
			return err
		}
		why, letters, err := s.goPending(ctx, tx, r, submission, pending)
		if err != nil {
			return err
		}
		outcome := "done"
		if why != "" {
			outcome = "left"
		}
		_, err = tx.Exec(ctx, `UPDATE release_items SET outcome = @outcome, reason = @reason, letters = @letters, at = @now WHERE release_id = @release AND submission_id = @id`,
			database.Args{"outcome": outcome, "reason": why, "letters": letters, "now": s.now(), "release": id, "id": submission})
		return err
	})
}

// goPending takes the pending decision for whoever decided, in the words that the lead has read; why says why it could
// not, with nothing changed.
func (s *Service) goPending(ctx context.Context, tx database.Tx, r release, submission workflow.ID, id int64) (why Reason, letters int, err error) {
	p, err := pendingOf(ctx, tx, submission)
	if err != nil {
		return "", 0, err
	}
	if p == nil || p.ID != id {
		return Gone, 0, nil
	}
	if _, err := s.asMember(ctx, tx, r.ReleasedBy, submission); errors.Is(err, problem.NotFound) {
		return NoReleaser, 0, nil
	} else if err != nil {
		return "", 0, err
	}
	decider, err := s.asMember(ctx, tx, p.DecidedBy, submission)
	if errors.Is(err, problem.NotFound) {
		return NoDecider, 0, nil
	}
	if err != nil {
		return "", 0, err
	}
	sub, kind, err := s.lock(ctx, tx, decider, submission)
	if err != nil {
		return "", 0, err
	}
	if why := p.Moved(kind, sub); why != "" {
		return why, 0, nil
	}
	if err := s.check(ctx, tx, kind, sub, p.Decision(sub.Version)); err != nil {
		return NoChoice, 0, nil //nolint:nilerr // a form that has changed since: the officer decides anew
	}
	if letters, err = s.take(ctx, tx, kind, &sub, decider, p.Decision(sub.Version), r.ReleasedAt); err != nil {
		return "", 0, err
	}
	if err := dropPending(ctx, tx, submission); err != nil {
		return "", 0, err
	}
	return "", letters, audit.Record(ctx, tx, audit.Entry{Actor: r.ReleasedBy, Act: "release", Subject: "submission", SubjectID: submission, Fields: []string{"decision." + string(p.Action)}, At: s.now()})
}

// asMember returns a person who has the submission before them at its desk; who has not, not any more, or has a conflict
// is problem.NotFound.
func (s *Service) asMember(ctx context.Context, tx database.Tx, id int64, submission workflow.ID) (identity.User, error) {
	who, err := identity.Load(ctx, tx, id)
	if err == nil {
		_, err = s.find(ctx, tx, who, submission)
	}
	return who, err
}

// endRelease notes that every item has its outcome, and tells who released it what was left behind.
func (s *Service) endRelease(ctx context.Context, id int64) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		r, err := lockRelease(ctx, tx, id)
		if err != nil || r.EndedAt != nil {
			return err
		}
		waits, err := database.Value[bool](ctx, tx, `SELECT EXISTS (SELECT FROM release_items WHERE release_id = $1 AND outcome = 'waiting')`, id)
		if err != nil || waits {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE releases SET ended_at = $2 WHERE id = $1`, id, s.now()); err != nil {
			return err
		}
		return s.tellReleaser(ctx, tx, id, r.ReleasedBy)
	})
	if err != nil {
		return fmt.Errorf("end release %d: %w", id, err)
	}
	return nil
}

// tellReleaser writes to who released it that something was left behind. The mail names none of it and counts what they may
// see: that is on the release's page. What is behind the wall for them by now stays in the pile, for the other leads.
func (s *Service) tellReleaser(ctx context.Context, tx database.Tx, id, to int64) error {
	who, err := identity.Load(ctx, tx, to)
	var line ReleaseLine
	if err == nil {
		line, err = lineOf(ctx, tx, who, id)
	}
	if errors.Is(err, problem.NotFound) || err == nil && line.Left == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	ctx = i18n.WithLang(ui.WithSite(ctx, s.site), i18n.Lang(who.Lang).OrEnglish())
	subject := i18n.T(ctx, "review.release.mail.subject", line.Left)
	var whole strings.Builder
	if err := releaseMail(id, subject, who.Name, line.Done, line.Left).Render(ctx, &whole); err != nil {
		return fmt.Errorf("write about release %d: %w", id, err)
	}
	return mail.Queue(ctx, tx, mail.Message{To: who.Email, ToUser: who.ID, Lang: i18n.From(ctx), Kind: "review.release_left", Subject: subject, HTML: whole.String()})
}
