package peer

import (
	"context"
	"strings"
	"time"

	"portal/internal/attachment"
	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// Options are what a Service needs to know.
type Options struct {
	DB         *database.DB
	Kinds      workflow.Kinds
	Vocabulary func() *gcm.Vocabulary
	// Site is what mails say of the operator.
	Site  ui.Site
	Files *attachment.Store
	// Ready is nil when a round of reviews of the submission can begin; what its area asks for first is a problem.Invalid at
	// "reviewer". nil asks for nothing.
	Ready func(ctx context.Context, q database.Querier, sub workflow.Submission) error
	// DeskPath is the desk's page of a submission, without the language.
	DeskPath func(workflow.ID) string
	// Invite gives the address an account, if it has none, and the role of a reviewer. link is where somebody without a
	// password chooses one; "" for who has one. What is wrong with the address or the name is a problem.Invalid.
	Invite func(ctx context.Context, tx database.Tx, by identity.User, email, name string, lang i18n.Lang) (user int64, link string, err error)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what can be done with peer review.
type Service struct {
	db         *database.DB
	kinds      workflow.Kinds
	vocabulary func() *gcm.Vocabulary
	site       ui.Site
	files      *attachment.Store
	ready      func(ctx context.Context, q database.Querier, sub workflow.Submission) error
	deskPath   func(workflow.ID) string
	invite     func(ctx context.Context, tx database.Tx, by identity.User, email, name string, lang i18n.Lang) (user int64, link string, err error)
	now        func() time.Time
}

// NewService returns peer review over the given kinds.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Ready == nil {
		o.Ready = func(context.Context, database.Querier, workflow.Submission) error { return nil }
	}
	return &Service{ready: o.Ready, db: o.DB, kinds: o.Kinds, vocabulary: o.Vocabulary, site: o.Site, files: o.Files, deskPath: o.DeskPath, invite: o.Invite, now: o.Now}
}

// onDesk returns the submission as its desk sees it; what the person's desks may not see is problem.NotFound.
func (s *Service) onDesk(ctx context.Context, q database.Querier, who identity.User, id workflow.ID) (workflow.Submission, *workflow.Kind, error) {
	sub, err := workflow.Find(ctx, q, id, who)
	if err == nil && (sub.Side != workflow.ByDesk || s.kinds[sub.Kind] == nil) {
		err = problem.NotFound
	}
	return sub, s.kinds[sub.Kind], err
}

// lock is onDesk for a transaction that will change something of the submission.
func (s *Service) lock(ctx context.Context, tx database.Tx, who identity.User, id workflow.ID) (workflow.Submission, *workflow.Kind, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM submissions WHERE id = $1 FOR UPDATE`, id); err != nil {
		return workflow.Submission{}, nil, err
	}
	return s.onDesk(ctx, tx, who, id)
}

func (s *Service) record(ctx context.Context, tx database.Tx, who int64, act, subject string, id int64, fields ...string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who, Act: act, Subject: subject, SubjectID: id, Fields: fields, At: s.now()})
}

// recordRead is audit.RecordRead now.
func (s *Service) recordRead(ctx context.Context, who identity.User, subject string, ids []int64, fields ...string) error {
	return audit.RecordRead(ctx, s.db.Read(), audit.Reading{Actor: who.ID, Subject: subject, IDs: ids, Fields: fields, At: s.now()})
}

// cleanText takes out what cannot be kept.
func cleanText(s string) string { return strings.TrimSpace(form.Clean(s)) }

// cleanLine makes one line of a text.
func cleanLine(s string) string { return strings.Join(strings.Fields(cleanText(s)), " ") }
