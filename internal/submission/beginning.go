package submission

import (
	"context"
	"fmt"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Beginning is what a draft begins with, instead of nothing. Who asks for it knows that the person may read all of it.
type Beginning struct {
	Answers form.Answers
	// From is the submission whose files of the revision it begins with; 0 for none.
	From     workflow.ID
	Revision int
}

// StartWith opens a draft of the kind for the office with what it begins with, and returns its number. Errors are those of
// Start.
func (s *Service) StartWith(ctx context.Context, who identity.User, kind string, office int64, with Beginning) (workflow.ID, error) {
	k, ok := s.kinds[kind]
	if !ok {
		return 0, fmt.Errorf("start a %q: %w", kind, problem.NotFound)
	}
	var id workflow.ID
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		var err error
		if id, err = workflow.Start(ctx, tx, k, office, who, s.now()); err != nil {
			return err
		}
		sub, err := workflow.Lock(ctx, tx, id, who)
		if err != nil {
			return err
		}
		for _, step := range k.Form.Steps {
			only := form.Answers{}
			for _, f := range step.Fields {
				only = only.With(f, with.Answers)
			}
			if len(only) == 0 {
				continue
			}
			if _, err := workflow.SaveStep(ctx, tx, k, &sub, step.ID, 0, only, who, s.now()); err != nil {
				return err
			}
		}
		if with.From == 0 {
			return nil
		}
		return attachment.CopyTo(ctx, tx, with.From, with.Revision, id, sub.Revision, who.ID, s.now())
	})
	return id, err
}
