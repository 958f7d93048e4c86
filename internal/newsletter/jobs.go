package newsletter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"portal/internal/database"
	"portal/internal/jobs"
	"portal/internal/mail"
	"portal/internal/problem"
)

// sendArgs are the job that works at an issue.
type sendArgs struct {
	Issue int64 `json:"issue"`
}

// Kind is the job's name in the queue.
func (sendArgs) Kind() string { return "newsletter.send" }

type sendWorker struct {
	river.WorkerDefaults[sendArgs]
	service *Service
	post    *mail.Sender
	folder  string
}

// Timeout leaves a campaign its time, and the time to write down what its last messages came to.
func (*sendWorker) Timeout(*river.Job[sendArgs]) time.Duration { return runFor + 2*putTime }

// Work sends for a while. That there is more to send is the next job's to see: Care asks for one as long as there is.
func (w *sendWorker) Work(ctx context.Context, job *river.Job[sendArgs]) error {
	return w.service.Send(ctx, w.post, w.folder, job.Args.Issue)
}

// AddWorkers adds the worker that sends issues by post; folder is where it keeps its journals.
func AddWorkers(workers *river.Workers, s *Service, post *mail.Sender, folder string) {
	river.AddWorker(workers, &sendWorker{service: s, post: post, folder: folder})
}

// CareEvery is how often Care looks: an issue whose process was killed goes on after that time.
const CareEvery = 5 * time.Second

// Care starts the issues whose time has come, and has those worked at that are being sent and that nobody works at.
func (s *Service) Care(ctx context.Context) error {
	due, err := database.Values[int64](ctx, s.db.Read(), `SELECT id FROM newsletter_issues WHERE state = 'scheduled' AND send_at <= $1`, s.now())
	if err != nil {
		return fmt.Errorf("look for due issues: %w", err)
	}
	for _, id := range due {
		if err := s.Start(ctx, id); err != nil {
			return err
		}
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		open, err := database.Values[int64](ctx, tx, `SELECT id FROM newsletter_issues i WHERE state = 'sending'
			AND NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND classid = $1 AND objid = i.id::oid AND granted)
			AND (NOT EXISTS (SELECT FROM newsletter_deliveries d WHERE d.issue_id = i.id AND d.state IN ('queued', 'handing'))
				OR EXISTS (SELECT FROM newsletter_deliveries d WHERE d.issue_id = i.id AND (d.state = 'handing' OR d.state = 'queued' AND (d.next_at IS NULL OR d.next_at <= $2))))`, uint32(lockClass), s.now())
		if err != nil {
			return fmt.Errorf("look for issues that nobody sends: %w", err)
		}
		for _, id := range open {
			if err := jobs.Enqueue(ctx, tx, sendArgs{id}, &river.InsertOpts{MaxAttempts: 1}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Start makes a row for each reader of an issue that is due, and lets the sending begin. It may be repeated.
func (s *Service) Start(ctx context.Context, id int64) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		i, err := findIssue(ctx, tx, `id = $1 AND state = 'scheduled' AND send_at <= $2 FOR UPDATE`, id, s.now())
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE newsletter_issues SET state = 'sending', started_at = $2 WHERE id = $1`, id, s.now()); err != nil {
			return err
		}
		if err := s.tellCarried(ctx, tx, i); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO newsletter_deliveries (issue_id, subscriber_id) SELECT @issue, b.id FROM newsletter_subscribers b WHERE `+reached, database.Args{"issue": id, "quarterly": i.Quarterly()})
		return err
	})
	if err != nil && !errors.Is(err, problem.NotFound) { // another process was faster
		return fmt.Errorf("start issue %d: %w", id, err)
	}
	return nil
}
