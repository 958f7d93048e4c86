// Package jobs is background work: River on the portal's own database. A job is enqueued in the transaction that causes
// it, so that it happens if and only if its cause did. Jobs are at-least-once: one whose process is killed runs again,
// so that a worker must bear being run twice.
//
// The arguments of a job are ids, never names, addresses or text: they stay in the queue's tables for days.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"portal/internal/database"
)

// The queues. Each has workers of its own, so that a slow mail server does not hold up other work.
const (
	Default = river.QueueDefault
	Mail    = "mail"
)

// MaxAttempts is how often a job is tried, unless it says otherwise, before it counts as failed: for some four hours,
// with growing pauses.
const MaxAttempts = 10

// inserter is a client that can only insert; it needs no pool, since it works in its caller's transaction.
var inserter = sync.OnceValues(func() (*river.Client[pgx.Tx], error) {
	return river.NewClient(riverpgxv5.New(nil), &river.Config{MaxAttempts: MaxAttempts, Logger: slog.New(slog.DiscardHandler)})
})

// Enqueue puts a job into the queue as part of the transaction; it runs once that has committed. opts may be nil; when
// they ask for a unique job and there is one already, nothing is added and that is no error.
func Enqueue(ctx context.Context, tx database.Tx, args river.JobArgs, opts *river.InsertOpts) error {
	client, err := inserter()
	if err == nil {
		_, err = client.InsertTx(ctx, tx, args, opts)
	}
	if err != nil {
		return fmt.Errorf("enqueue %s: %w", args.Kind(), err)
	}
	return nil
}

// Waiting are the states of a job that has still to run, for jobs that are unique until they have: in UniqueOpts.ByState.
func Waiting() []rivertype.JobState {
	return []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}
}

// Counts are the jobs that are not done, by what they wait for.
type Counts struct {
	// Ready may run now; Scheduled are to run later; Running run now.
	Ready, Scheduled, Running int
	// Retrying have failed and will be tried again; Failed will not.
	Retrying, Failed int
	// OldestReady is how many seconds the job that waits longest could have been running; 0 when none waits.
	OldestReady float64
}

// Count says how the queue stands, for metrics and staff.
func Count(ctx context.Context, q database.Querier) (Counts, error) {
	c, err := database.Row[Counts](ctx, q, `SELECT count(*) FILTER (WHERE state = 'available') AS ready,
			count(*) FILTER (WHERE state IN ('scheduled', 'pending')) AS scheduled,
			count(*) FILTER (WHERE state = 'running') AS running,
			count(*) FILTER (WHERE state = 'retryable') AS retrying,
			count(*) FILTER (WHERE state = 'discarded') AS failed,
			coalesce(extract(epoch FROM now() - min(scheduled_at) FILTER (WHERE state = 'available' AND scheduled_at <= now())), 0)::float8 AS oldest_ready
		FROM river_job WHERE state IN ('available', 'scheduled', 'pending', 'running', 'retryable', 'discarded')`)
	if err != nil {
		return Counts{}, fmt.Errorf("count the jobs: %w", err)
	}
	return c, nil
}

// Failure is a job that was tried as often as it may. The queue keeps it for seven days.
type Failure struct {
	ID   int64
	Kind string
	// Args are the job's arguments as JSON: ids.
	Args     string
	Attempts int
	// Error is what the last attempt said, for the people who run the portal.
	Error    string
	FailedAt time.Time
}

// Failed lists the jobs that failed for good, the newest first.
func Failed(ctx context.Context, q database.Querier, limit int) ([]Failure, error) {
	failures, err := database.Rows[Failure](ctx, q, `SELECT id, kind, args::text AS args, attempt::int AS attempts,
			coalesce(errors[cardinality(errors)] ->> 'error', '') AS error, finalized_at AS failed_at
		FROM river_job WHERE state = 'discarded' ORDER BY finalized_at DESC, id DESC LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list the failed jobs: %w", err)
	}
	return failures, nil
}

// Retry runs a failed job once more as soon as the transaction has committed. A job that is not there, or did not fail,
// is problem.NotFound.
func Retry(ctx context.Context, tx database.Tx, id int64) error {
	client, err := inserter()
	if err != nil {
		return fmt.Errorf("retry job %d: %w", id, err)
	}
	if _, err := database.Value[int64](ctx, tx, `SELECT id FROM river_job WHERE id = $1 AND state = 'discarded' FOR UPDATE`, id); err != nil {
		return fmt.Errorf("retry job %d: %w", id, err)
	}
	if _, err := client.JobRetryTx(ctx, tx, id); err != nil {
		return fmt.Errorf("retry job %d: %w", id, err)
	}
	return nil
}
