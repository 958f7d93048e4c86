package account

import (
	"context"
	"time"

	"github.com/riverqueue/river"
)

// registrationArgs asks to write to the address of a registration.
type registrationArgs struct {
	Registration int64 `json:"registration"`
}

// Kind names the job in the queue.
func (registrationArgs) Kind() string { return "account_registration" }

// linkArgs asks to answer a request for a link.
type linkArgs struct {
	Request int64 `json:"request"`
}

// Kind names the job in the queue.
func (linkArgs) Kind() string { return "account_link" }

// CleanUpArgs asks to remove what has run out. Enqueue it every hour.
type CleanUpArgs struct{}

// Kind names the job in the queue.
func (CleanUpArgs) Kind() string { return "account_clean_up" }

// AddWorkers registers the background work of accounts.
func AddWorkers(workers *river.Workers, s *Service) {
	river.AddWorker(workers, &registrationWorker{service: s})
	river.AddWorker(workers, &linkWorker{service: s})
	river.AddWorker(workers, &cleanUpWorker{service: s})
}

type registrationWorker struct {
	river.WorkerDefaults[registrationArgs]
	service *Service
}

// Work writes to the address of a registration.
func (w *registrationWorker) Work(ctx context.Context, job *river.Job[registrationArgs]) error {
	return w.service.mailRegistration(ctx, job.Args.Registration)
}

type linkWorker struct {
	river.WorkerDefaults[linkArgs]
	service *Service
}

// Work answers a request for a link.
func (w *linkWorker) Work(ctx context.Context, job *river.Job[linkArgs]) error {
	return w.service.mailLink(ctx, job.Args.Request)
}

type cleanUpWorker struct {
	river.WorkerDefaults[CleanUpArgs]
	service *Service
}

// Work removes what has run out.
func (w *cleanUpWorker) Work(ctx context.Context, _ *river.Job[CleanUpArgs]) error {
	return w.service.CleanUp(ctx)
}

// Timeout bounds the removing; what is left over goes the next time.
func (w *cleanUpWorker) Timeout(*river.Job[CleanUpArgs]) time.Duration { return 5 * time.Minute }
