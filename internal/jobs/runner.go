package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"portal/internal/database"
)

const (
	// jobTimeout ends a job that does not say otherwise.
	jobTimeout = time.Minute
	// rescueAfter is when a job whose process is gone runs again. A job that may take longer says so with its worker's
	// Timeout, and is left alone that long.
	rescueAfter = 2 * time.Minute
	// keepCompleted must be longer than the longest period: a periodic job that is done keeps the next process from doing
	// it once more in the same period.
	keepCompleted = 2 * maxPeriod
	// stopGrace is the time that jobs get to notice that they are ended, when they did not finish by themselves.
	stopGrace = 5 * time.Second
)

// Options are how a Runner works; the zero Options are good for one process with a database of its own.
type Options struct {
	// Workers is how many jobs of each queue may run at once in this process; 0 is 4.
	Workers int
	// PollOnly looks for new jobs each second only, for a database behind a pooler that cannot LISTEN. Otherwise a job
	// starts within a tenth of a second, and the polling is for what a lost connection made it miss.
	PollOnly bool
}

// Runner works the queues until it is stopped. Several processes may run one on the same database: each job runs in one
// of them.
type Runner struct {
	client *river.Client[pgx.Tx]
}

// NewWorkers returns an empty set of workers, for river.AddWorker. A set serves one Runner.
func NewWorkers() *river.Workers { return river.NewWorkers() }

// Start works the queues with the workers and runs the periodic jobs. It holds one connection of the pool to listen on;
// jobs take theirs as they need them. It runs on when ctx ends: Stop ends it.
func Start(ctx context.Context, db *database.DB, workers *river.Workers, o Options, periodic ...PeriodicJob) (*Runner, error) {
	if o.Workers == 0 {
		o.Workers = 4
	}
	schedule, err := register(workers, periodic)
	if err != nil {
		return nil, fmt.Errorf("start the jobs: %w", err)
	}
	client, err := river.NewClient(riverpgxv5.New(db.Pool), &river.Config{
		Workers:                     workers,
		Queues:                      map[string]river.QueueConfig{Default: {MaxWorkers: o.Workers}, Mail: {MaxWorkers: o.Workers}},
		PeriodicJobs:                schedule,
		PollOnly:                    o.PollOnly,
		MaxAttempts:                 MaxAttempts,
		JobTimeout:                  jobTimeout,
		RescueStuckJobsAfter:        rescueAfter,
		CompletedJobRetentionPeriod: keepCompleted,
		ErrorHandler:                logErrors{},
		Logger:                      slog.New(fromQueue{slog.Default().Handler()}),
	})
	if err != nil {
		return nil, fmt.Errorf("start the jobs: %w", err)
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, fmt.Errorf("start the jobs: %w", err)
	}
	return &Runner{client}, nil
}

// Stop takes no new jobs and waits for those that run. When ctx ends first, their contexts are ended too; what they did
// not finish runs again later.
func (r *Runner) Stop(ctx context.Context) error {
	err := r.client.Stop(ctx)
	if err == nil || ctx.Err() == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	if err := r.client.StopAndCancel(ctx); err != nil {
		return fmt.Errorf("stop the jobs: %w", err)
	}
	return nil
}

// logErrors says once what went wrong with a job, and how loudly: one that will be tried again is only a warning.
type logErrors struct{}

// HandleError logs the error of an attempt.
func (logErrors) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	level := slog.LevelWarn
	if job.Attempt >= job.MaxAttempts {
		level = slog.LevelError
	}
	slog.Log(ctx, level, "job failed", "job", job.Kind, "job_id", job.ID, "attempt", job.Attempt, "attempts", job.MaxAttempts, "error", err)
	return nil
}

// HandlePanic logs the panic of an attempt with its stack.
func (logErrors) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	slog.ErrorContext(ctx, "job panicked", "job", job.Kind, "job_id", job.ID, "attempt", job.Attempt, "panic", fmt.Sprint(value), "stack", trace)
	return nil
}

// fromQueue passes on what the queue itself says from warnings upwards. As with jobs, what will be done again is a warning:
// a database that answers late for once is nobody's alarm, nor is what a stop cut off, which the next process does.
type fromQueue struct{ slog.Handler }

// Enabled says whether a record of the level is passed on.
func (h fromQueue) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

// Handle passes a record on.
func (h fromQueue) Handle(ctx context.Context, r slog.Record) error {
	if r.Level > slog.LevelWarn && (strings.Contains(r.Message, "(will retry") || cutOff(r)) {
		r.Level = slog.LevelWarn
		if !h.Handler.Enabled(ctx, r.Level) {
			return nil
		}
	}
	return h.Handler.Handle(ctx, r) //nolint:wrapcheck // it is the log's
}

// cutOff says whether the record is of something that ended because its context did. The queue gives the error as a text.
func cutOff(r slog.Record) (is bool) {
	r.Attrs(func(a slog.Attr) bool {
		is = a.Key == "err" && strings.HasSuffix(a.Value.String(), context.Canceled.Error())
		return !is
	})
	return is
}

// WithAttrs keeps what is passed on.
func (h fromQueue) WithAttrs(attrs []slog.Attr) slog.Handler {
	return fromQueue{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps what is passed on.
func (h fromQueue) WithGroup(name string) slog.Handler { return fromQueue{h.Handler.WithGroup(name)} }
