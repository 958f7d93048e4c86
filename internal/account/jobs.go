package account

import (
	"context"

	"github.com/riverqueue/river"
)

// registrationArgs asks to write to the address of a registration.
type registrationArgs struct {
	Registration int64 `json:"registration"`
}

// Kind is the job's name in the queue.
func (registrationArgs) Kind() string { return "account.registration" }

// linkArgs asks to answer a request for a link.
type linkArgs struct {
	Request int64 `json:"request"`
}

// Kind is the job's name in the queue.
func (linkArgs) Kind() string { return "account.link" }

// emailChangeArgs asks to write to the new address of a change of address.
type emailChangeArgs struct {
	Change int64 `json:"change"`
}

// Kind is the job's name in the queue.
func (emailChangeArgs) Kind() string { return "account.email_change" }

// AddWorkers registers the background work of accounts: the mails that tell whether an address is known.
func AddWorkers(workers *river.Workers, s *Service) {
	river.AddWorker(workers, &registrationWorker{service: s})
	river.AddWorker(workers, &linkWorker{service: s})
	river.AddWorker(workers, &emailChangeWorker{service: s})
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

type emailChangeWorker struct {
	river.WorkerDefaults[emailChangeArgs]
	service *Service
}

// Work writes to the new address of a change of address.
func (w *emailChangeWorker) Work(ctx context.Context, job *river.Job[emailChangeArgs]) error {
	return w.service.mailEmailChange(ctx, job.Args.Change)
}
