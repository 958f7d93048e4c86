package signoff

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// Options are what a Service needs to know.
type Options struct {
	DB *database.DB
	// Kind is that of concept notes.
	Kind       *workflow.Kind
	Vocabulary func() *gcm.Vocabulary
	// Site is what the mails say of the operator.
	Site ui.Site
	// Files keeps the letters.
	Files *attachment.Store
	// OwnerPath and DeskPath are the pages of a note for its office and for the desk, CheckPath the one on which it is checked
	// before it is sent in, without the language.
	OwnerPath, DeskPath, CheckPath func(id workflow.ID) string
	// Env is what the form of a note is checked against.
	Env func(sub workflow.Submission) form.Env
	// Coordinators are the Resident Coordinators of the countries, each once.
	Coordinators func(ctx context.Context, q database.Querier, countries []string) ([]Coordinator, error)
	// LastSafeDay is the last day on which a note is in time for the next meeting; nil while none is planned.
	LastSafeDay func(ctx context.Context, q database.Querier, at time.Time) (*date.Date, error)
	// Decided shows those who signed a note what was decided on it, once that was told; nil, or a nil component, is nothing.
	Decided func(ctx context.Context, sub workflow.Submission) (templ.Component, error)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what can be done with the signatures of concept notes. Each method is one use case and, where it writes, one
// transaction in which the note is locked: who writes, sends in and signs takes turns.
type Service struct {
	db                             *database.DB
	kind                           *workflow.Kind
	vocabulary                     func() *gcm.Vocabulary
	site                           ui.Site
	files                          *attachment.Store
	ownerPath, deskPath, checkPath func(id workflow.ID) string
	env                            func(sub workflow.Submission) form.Env
	coordinators                   func(ctx context.Context, q database.Querier, countries []string) ([]Coordinator, error)
	lastSafeDay                    func(ctx context.Context, q database.Querier, at time.Time) (*date.Date, error)
	decided                        func(ctx context.Context, sub workflow.Submission) (templ.Component, error)
	now                            func() time.Time
}

// NewService returns the service. Its Held, Changed and Withdrawn are for the kind of concept notes.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Decided == nil {
		o.Decided = func(context.Context, workflow.Submission) (templ.Component, error) { return nil, nil }
	}
	return &Service{
		db: o.DB, kind: o.Kind, vocabulary: o.Vocabulary, site: o.Site, files: o.Files, ownerPath: o.OwnerPath, deskPath: o.DeskPath, checkPath: o.CheckPath,
		env: o.Env, coordinators: o.Coordinators, lastSafeDay: o.LastSafeDay, decided: o.Decided, now: o.Now,
	}
}

// manage does something with a signature for who acts for the office of the note, which is locked.
func (s *Service) manage(ctx context.Context, who identity.User, id workflow.ID, signatureID int64, do func(tx database.Tx, st standing, g Signature) error) error {
	v, err := s.Standing(ctx, who, id)
	switch {
	case err != nil:
		return err
	case !slices.ContainsFunc(v.signatures, func(g Signature) bool { return g.ID == signatureID }):
		return fmt.Errorf("signature %d of note %d: %w", signatureID, id, problem.NotFound)
	case !v.mayManage():
		return problem.Forbidden
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := workflow.Lock(ctx, tx, id, who); err != nil {
			return err
		}
		sub, g, err := lockSignature(ctx, tx, signatureID)
		if err != nil {
			return err
		}
		if sub.State.Writable() {
			if err := s.Changed(ctx, tx, sub, s.now()); err != nil {
				return err
			}
		}
		if g, err = signature(ctx, tx, g.ID); err != nil {
			return err
		}
		st, err := s.stand(ctx, tx, sub)
		if err != nil {
			return err
		}
		if err := do(tx, st, g); err != nil {
			return fmt.Errorf("signature %d: %w", signatureID, err)
		}
		return nil
	})
}

// fit makes typed text fit to be kept, without the space around it.
func fit(s string) string { return strings.TrimSpace(form.Clean(s)) }
