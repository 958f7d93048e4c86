package fund

import (
	"context"
	"time"

	"portal/internal/database"
	"portal/internal/gcm"
	"portal/internal/identity"
	"portal/internal/workflow"
	"portal/web/ui"
)

// Options are what a Service needs to know.
type Options struct {
	DB *database.DB
	// Vocabulary returns the vocabulary as it is now.
	Vocabulary func() *gcm.Vocabulary
	// Site is what the mails say of the operator.
	Site ui.Site
	// Concerned are the people whose concept notes a change of a meeting touches, each once: they are told of it. It is the
	// area's of concept notes; nil is nobody.
	Concerned func(ctx context.Context, q database.Querier, change MeetingChange) ([]workflow.Recipient, error)
	// Cancelled settles what the cancelling of a meeting means to other areas, in the transaction that cancels it; nil is
	// nothing.
	Cancelled func(ctx context.Context, tx database.Tx, who identity.User, m Meeting) error
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what can be done with the calendar of the fund and the register of Resident Coordinators.
type Service struct {
	db         *database.DB
	vocabulary func() *gcm.Vocabulary
	site       ui.Site
	concerned  func(ctx context.Context, q database.Querier, change MeetingChange) ([]workflow.Recipient, error)
	cancelled  func(ctx context.Context, tx database.Tx, who identity.User, m Meeting) error
	now        func() time.Time
}

// NewService returns the service.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Concerned == nil {
		o.Concerned = func(context.Context, database.Querier, MeetingChange) ([]workflow.Recipient, error) { return nil, nil }
	}
	if o.Cancelled == nil {
		o.Cancelled = func(context.Context, database.Tx, identity.User, Meeting) error { return nil }
	}
	return &Service{db: o.DB, vocabulary: o.Vocabulary, site: o.Site, concerned: o.Concerned, cancelled: o.Cancelled, now: o.Now}
}
