package submission

import (
	"context"
	"errors"
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

// StartWith opens a draft of the kind for the office with what it begins with, and returns its number. A draft of the person
// that says just that, and nothing else yet, is taken up again. Errors are those of Start.
func (s *Service) StartWith(ctx context.Context, who identity.User, kind string, office int64, with Beginning) (workflow.ID, error) {
	k, ok := s.kinds[kind]
	if !ok {
		return 0, fmt.Errorf("start a %q: %w", kind, problem.NotFound)
	}
	steps := map[string]form.Answers{}
	for _, step := range k.Form.Steps {
		only := form.Answers{}
		for _, f := range step.Fields {
			only = only.With(f, with.Answers)
		}
		if len(only) > 0 {
			steps[step.ID] = only
		}
	}
	var id workflow.ID
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if err := lockPerson(ctx, tx, who.ID); err != nil {
			return err
		}
		var err error
		if id, err = begun(ctx, tx, k, office, who, steps, with); err == nil || !errors.Is(err, problem.NotFound) {
			return err
		}
		id, err = s.begin(ctx, tx, who, k, office, steps, with)
		return err
	})
	return id, err
}

func (s *Service) begin(ctx context.Context, tx database.Tx, who identity.User, k *workflow.Kind, office int64, steps map[string]form.Answers, with Beginning) (workflow.ID, error) {
	id, err := workflow.Start(ctx, tx, k, office, who, s.now())
	if err != nil {
		return 0, err
	}
	sub, err := workflow.Lock(ctx, tx, id, who)
	if err != nil {
		return 0, err
	}
	for _, step := range k.Form.Steps {
		if a, ok := steps[step.ID]; ok {
			if _, err := workflow.SaveStep(ctx, tx, k, &sub, step.ID, 0, a, who, s.now()); err != nil {
				return 0, err
			}
		}
	}
	if with.From == 0 {
		return id, nil
	}
	return id, attachment.CopyTo(ctx, tx, with.From, with.Revision, id, sub.Revision, who.ID, s.now())
}
