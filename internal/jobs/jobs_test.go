package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/goleak"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/problem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what should happen at once.
const patience = 30 * time.Second

type testArgs struct {
	N int `json:"n"`
}

func (testArgs) Kind() string { return "test" }

type testWorker struct {
	river.WorkerDefaults[testArgs]
	work func(context.Context, *river.Job[testArgs]) error
}

func (w *testWorker) Work(ctx context.Context, job *river.Job[testArgs]) error {
	return w.work(ctx, job)
}

// start runs the queues until the test ends.
func start(t *testing.T, db *database.DB, work func(context.Context, *river.Job[testArgs]) error, periodic ...PeriodicJob) *Runner {
	t.Helper()
	workers := NewWorkers()
	river.AddWorker(workers, &testWorker{work: work})
	r, err := Start(t.Context(), db, workers, Options{}, periodic...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return r
}

func enqueue(t *testing.T, db *database.DB, n int, opts *river.InsertOpts) {
	t.Helper()
	err := db.InTx(t.Context(), func(tx database.Tx) error { return Enqueue(t.Context(), tx, testArgs{n}, opts) })
	if err != nil {
		t.Fatal(err)
	}
}

// receive waits for a value.
func receive[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("%s did not happen in %s", what, patience)
		panic("unreachable")
	}
}

func TestAJobIsPartOfItsTransaction(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	done := make(chan int, 10)
	start(t, db, func(_ context.Context, job *river.Job[testArgs]) error {
		done <- job.Args.N
		return nil
	})
	changed := errors.New("changed my mind")
	err := db.InTx(t.Context(), func(tx database.Tx) error {
		if err := Enqueue(t.Context(), tx, testArgs{1}, nil); err != nil {
			t.Fatal(err)
		}
		return changed
	})
	if !errors.Is(err, changed) {
		t.Fatal(err)
	}
	enqueue(t, db, 2, nil)
	if n := receive(t, done, "the job"); n != 2 {
		t.Errorf("job %d ran, whose transaction was rolled back", n)
	}
}

func TestAUniqueJobIsEnqueuedOnce(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	unique := &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: Waiting()}}
	for _, n := range []int{1, 1, 2, 1} {
		enqueue(t, db, n, unique)
	}
	counts, err := Count(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	if counts.Ready != 2 || counts.OldestReady < 0 {
		t.Errorf("two jobs should be ready: %+v", counts)
	}
}

func TestAFailedJobIsListedAndCanBeRetried(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	var broken atomic.Bool
	broken.Store(true)
	r := start(t, db, func(_ context.Context, job *river.Job[testArgs]) error {
		switch {
		case !broken.Load():
			return nil
		case job.Args.N == 1:
			panic("a nil map")
		default:
			return errors.New("the disk is full")
		}
	})
	failures, endFailures := r.client.Subscribe(river.EventKindJobFailed)
	defer endFailures()
	completions, endCompletions := r.client.Subscribe(river.EventKindJobCompleted)
	defer endCompletions()

	for n, want := range []string{"the disk is full", "a nil map"} {
		enqueue(t, db, n, &river.InsertOpts{MaxAttempts: 1})
		receive(t, failures, "the failure")
		list, err := Failed(t.Context(), db.Read(), 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != n+1 {
			t.Fatalf("%d jobs failed, not %d", n+1, len(list))
		}
		f := list[0]
		if f.Kind != "test" || f.Args != fmt.Sprintf(`{"n": %d}`, n) || f.Attempts != 1 || f.Error != want || time.Since(f.FailedAt) > time.Hour {
			t.Errorf("the failure is told as %+v", f)
		}
	}
	counts, err := Count(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	if counts.Failed != 2 || counts.Ready != 0 {
		t.Errorf("two jobs failed: %+v", counts)
	}

	broken.Store(false)
	list, err := Failed(t.Context(), db.Read(), 1)
	if err != nil {
		t.Fatal(err)
	}
	retry := func() error {
		return db.InTx(t.Context(), func(tx database.Tx) error { return Retry(t.Context(), tx, list[0].ID) })
	}
	if err := retry(); err != nil {
		t.Fatal(err)
	}
	receive(t, completions, "the retried job")
	if err := retry(); !errors.Is(err, problem.NotFound) {
		t.Errorf("a job that is done cannot be retried: %v", err)
	}
}

func TestAPeriodicJobRunsOnceInAPeriodAlsoAfterARestart(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	ran := make(chan string, 10)
	nothing := func(context.Context, *river.Job[testArgs]) error { return nil }
	tell := func(name string) PeriodicJob {
		return Periodic(name, 24*time.Hour, func(context.Context) error { ran <- name; return nil })
	}
	r := start(t, db, nothing, tell("old"))
	receive(t, ran, "the periodic job")
	if err := r.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The next process schedules both at its start; only what has not run today runs.
	start(t, db, nothing, tell("old"), tell("new"))
	if name := receive(t, ran, "the new periodic job"); name != "new" {
		t.Errorf("the %s job ran twice in its period", name)
	}
	jobs, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*) FROM river_job WHERE kind = 'periodic'`)
	if err != nil {
		t.Fatal(err)
	}
	if jobs != 2 {
		t.Errorf("%d periodic jobs, not 2", jobs)
	}
}

func TestAPeriodicJobComesRound(t *testing.T) {
	t.Parallel()
	ran := make(chan struct{})
	start(t, dbtest.New(t), func(context.Context, *river.Job[testArgs]) error { return nil },
		Periodic("often", time.Second, func(ctx context.Context) error {
			select {
			case ran <- struct{}{}:
			case <-ctx.Done():
			}
			return nil
		}))
	receive(t, ran, "the first run")
	receive(t, ran, "the second run")
}

func TestPeriodicJobsAreChecked(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context) error { return nil }
	for _, c := range []struct {
		name string
		jobs []PeriodicJob
		want string
	}{
		{"the same name twice", []PeriodicJob{Periodic("a", time.Hour, nothing), Periodic("a", time.Minute, nothing)}, "taken"},
		{"no name", []PeriodicJob{Periodic("", time.Hour, nothing)}, "empty"},
		{"longer than a day", []PeriodicJob{Periodic("a", 25*time.Hour, nothing)}, "not between"},
		{"shorter than a second", []PeriodicJob{Periodic("a", time.Millisecond, nothing)}, "not between"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := register(NewWorkers(), c.jobs); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want an error with %q: %v", c.want, err)
			}
		})
	}
}

func TestAPeriodicJobOfAnotherVersionIsDropped(t *testing.T) {
	t.Parallel()
	worker := &periodicWorker{jobs: map[string]PeriodicJob{}}
	err := worker.Work(t.Context(), &river.Job[periodicArgs]{Args: periodicArgs{"of next year"}})
	var cancelled *river.JobCancelError
	if !errors.As(err, &cancelled) {
		t.Errorf("want the job cancelled: %v", err)
	}
}

func TestStopWaitsForWhatRuns(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	running, finish := make(chan struct{}), make(chan struct{})
	var finished atomic.Bool
	r := start(t, db, func(context.Context, *river.Job[testArgs]) error {
		close(running)
		<-finish
		finished.Store(true)
		return nil
	})
	enqueue(t, db, 1, nil)
	receive(t, running, "the job")
	stopped := make(chan error)
	go func() { stopped <- r.Stop(context.WithoutCancel(t.Context())) }()
	close(finish)
	if err := receive(t, stopped, "the stop"); err != nil {
		t.Fatal(err)
	}
	if !finished.Load() {
		t.Error("the job had not finished")
	}
}

func TestStopEndsWhatDoesNotFinish(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	running := make(chan struct{})
	r := start(t, db, func(ctx context.Context, _ *river.Job[testArgs]) error {
		close(running)
		<-ctx.Done()
		return ctx.Err()
	})
	enqueue(t, db, 1, nil)
	receive(t, running, "the job")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Stop(over); err != nil {
		t.Fatal(err)
	}
	counts, err := Count(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	if counts.Running != 0 || counts.Failed != 0 || counts.Ready+counts.Retrying+counts.Scheduled != 1 {
		t.Errorf("the job should wait for the next process: %+v", counts)
	}
}

func TestAJobOfAKilledProcessRunsAgain(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	enqueue(t, db, 1, nil)
	// This is what a killed process leaves behind.
	if _, err := db.Pool.Exec(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now() - interval '1 hour',
		attempted_by = '{gone}'`); err != nil {
		t.Fatal(err)
	}
	ran := make(chan int, 1)
	start(t, db, func(_ context.Context, job *river.Job[testArgs]) error {
		ran <- job.Attempt
		return nil
	})
	if attempt := receive(t, ran, "the rescued job"); attempt != 2 {
		t.Errorf("it was attempt %d", attempt)
	}
}

func TestTheRunnerOutlivesLostConnections(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	done := make(chan int, 10)
	start(t, db, func(_ context.Context, job *river.Job[testArgs]) error {
		done <- job.Args.N
		return nil
	})
	enqueue(t, db, 1, nil)
	receive(t, done, "the first job")
	if _, err := db.Pool.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	enqueue(t, db, 2, nil)
	if n := receive(t, done, "the second job"); n != 2 {
		t.Errorf("job %d ran", n)
	}
}

// What the queue will try again by itself and what a stop cut off is a warning in its log, what it gives up an error, and
// what goes well is not said.
func TestWhatTheQueueSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		level              slog.Level
		message, err, want string
		from               slog.Level
	}{
		{slog.LevelInfo, "Client started", "none", "", slog.LevelInfo},
		{slog.LevelWarn, "Slow", "none", "WARN Slow", slog.LevelInfo},
		{slog.LevelError, "Completer error (will retry after sleep)", "timeout", "WARN Completer error (will retry after sleep)", slog.LevelInfo},
		{slog.LevelError, "Completer error (will retry after sleep)", "timeout", "", slog.LevelError},
		{slog.LevelError, "Failed to notify", "context canceled", "WARN Failed to notify", slog.LevelInfo},
		{slog.LevelError, "Failed to notify", "send: context canceled", "WARN Failed to notify", slog.LevelInfo},
		{slog.LevelError, "Failed to notify", "context deadline exceeded", "ERROR Failed to notify", slog.LevelInfo},
		{slog.LevelError, "Given up", "none", "ERROR Given up", slog.LevelError},
	} {
		var said strings.Builder
		inner := slog.NewTextHandler(&said, &slog.HandlerOptions{Level: c.from})
		slog.New(fromQueue{inner}).With("at", 3).Log(t.Context(), c.level, c.message, "err", c.err)
		got := ""
		if line := said.String(); line != "" {
			got = regexp.MustCompile(`^time=\S+ level=(\w+) msg="?(.*?)"? at=3 err=.*\n$`).ReplaceAllString(line, "$1 $2")
		}
		if got != c.want {
			t.Errorf("%s %q from %s: %q, want %q", c.level, c.message, c.from, got, c.want)
		}
	}
}
