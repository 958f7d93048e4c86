package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// maxPeriod is the longest period: the queue remembers what it has done for twice as long.
const maxPeriod = 24 * time.Hour

// periodicTimeout is how long one run of a periodic job may take.
const periodicTimeout = 15 * time.Minute

// PeriodicJob is work that comes round by itself. Make one with Periodic.
type PeriodicJob struct {
	name  string
	every time.Duration
	run   func(context.Context) error
}

// Periodic is a job that runs once in each period, in one of the processes, and for the first time as soon as a process
// starts in a period in which it has not run. A period lasts between a second and a day; one of a day starts at midnight
// UTC. A run may take 15 minutes and must bear being run twice; after an error it is tried again twice.
func Periodic(name string, every time.Duration, run func(context.Context) error) PeriodicJob {
	return PeriodicJob{name, every, run}
}

// periodicArgs name the periodic job that is due.
type periodicArgs struct {
	Name string `json:"name"`
}

// Kind is the job's name in the queue.
func (periodicArgs) Kind() string { return "periodic" }

type periodicWorker struct {
	river.WorkerDefaults[periodicArgs]
	jobs map[string]PeriodicJob
}

// Timeout is longer than that of other jobs.
func (*periodicWorker) Timeout(*river.Job[periodicArgs]) time.Duration { return periodicTimeout }

// Work runs the job of that name.
func (w *periodicWorker) Work(ctx context.Context, job *river.Job[periodicArgs]) error {
	p, ok := w.jobs[job.Args.Name]
	if !ok {
		return river.JobCancel(fmt.Errorf("this program has no periodic job %q", job.Args.Name)) // another version's
	}
	if err := p.run(ctx); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return nil
}

// register adds the worker of the periodic jobs and returns their schedule.
func register(workers *river.Workers, periodic []PeriodicJob) ([]*river.PeriodicJob, error) {
	worker := &periodicWorker{jobs: map[string]PeriodicJob{}}
	var schedule []*river.PeriodicJob
	for _, p := range periodic {
		if p.every < time.Second || p.every > maxPeriod {
			return nil, fmt.Errorf("periodic job %q: every %s is not between a second and a day", p.name, p.every)
		}
		if _, twice := worker.jobs[p.name]; twice || p.name == "" {
			return nil, fmt.Errorf("periodic job %q: the name is empty or taken", p.name)
		}
		worker.jobs[p.name] = p
		schedule = append(schedule, river.NewPeriodicJob(river.PeriodicInterval(p.every), func() (river.JobArgs, *river.InsertOpts) {
			return periodicArgs{p.name}, &river.InsertOpts{MaxAttempts: 3, UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: p.every}}
		}, &river.PeriodicJobOpts{ID: p.name, RunOnStart: true}))
	}
	if err := river.AddWorkerSafely(workers, worker); err != nil {
		return nil, err
	}
	return schedule, nil
}
