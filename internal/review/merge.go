package review

import (
	"context"
	"errors"
	"fmt"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Merger merges a duplicate into another submission, as read at Version.
type Merger struct {
	// Into names the one that stays, by its number or public ID.
	Into    string
	Version int
	// Pending is the pending decision on the duplicate that was seen, 0 for none: the merger takes its place.
	Pending int64
	// Note is the letter to the duplicate's submitter. It says why, and stays as the reason of the link.
	Note string
}

// Merging is what a merger does, for the page of confirmation.
type Merging struct {
	Case Case
	// Into is the one that stays.
	Into workflow.Submission
	// Action is the step that closes the duplicate: Archive when the public sees it, Decline when not.
	Action  workflow.Action
	Letters []Letter
}

// ending is the step by which the desk closes a duplicate, and whether its review has to be begun for it; ok is false
// where the plan has none: while it is with its owner, or over.
func ending(kind *workflow.Kind, sub workflow.Submission) (action workflow.Action, takes, ok bool) {
	if sub.Published() {
		_, ok = kind.Plan.Find(workflow.Archive, sub.State, true)
		return workflow.Archive, false, ok
	}
	if _, ok = kind.Plan.Find(workflow.Decline, sub.State, false); ok {
		return workflow.Decline, false, true
	}
	if step, can := kind.Plan.Find(workflow.Take, sub.State, false); can {
		_, ok = kind.Plan.Find(workflow.Decline, step.To, false)
		return workflow.Decline, true, ok
	}
	return "", false, false
}

// MayMerge says whether the submission can be merged into another now.
func (c Case) MayMerge() bool {
	_, _, ok := ending(c.Kind, c.Submission)
	return ok
}

// PrepareMerger says what a merger would do, and sends nothing. It fails as Merge does.
func (s *Service) PrepareMerger(ctx context.Context, who identity.User, id workflow.ID, m Merger) (Merging, error) {
	var p Merging
	var err error
	if p.Case, err = s.load(ctx, who, id); err != nil {
		return p, err
	}
	if m.Version != p.Case.Version {
		return p, problem.Stale
	}
	m.Note = cleanNote(m.Note)
	p.Into, err = s.other(ctx, s.db.Read(), who, m.Into)
	if err == nil {
		err = checkMerger(p.Case.Submission, p.Into)
	}
	if err := joinInvalid(err, checkMergerNote(m.Note)); err != nil {
		return p, err
	}
	var ok bool
	if p.Action, _, ok = ending(p.Case.Kind, p.Case.Submission); !ok {
		return p, problem.NotAllowedNow
	}
	p.Letters, err = s.Preview(ctx, who, id, Decision{Action: p.Action, Version: m.Version, Note: m.Note})
	return p, err
}

func checkMergerNote(note string) error {
	if note == "" {
		return problem.Invalid(problem.Field{Name: "note", Key: "review.link.merge.note.missing"})
	}
	return checkReason("note", note)
}

// checkMerger says what is wrong with the one that is to stay.
func checkMerger(sub, into workflow.Submission) error {
	wrong := func(key string) error { return problem.Invalid(problem.Field{Name: otherField, Key: key}) }
	switch {
	case into.ID == sub.ID:
		return wrong("review.link.other.same")
	case into.Kind != sub.Kind:
		return wrong("review.link.merge.kind")
	case Ended(into.State):
		return wrong("review.link.merge.ended")
	}
	return nil
}

// Merge closes a duplicate: it is taken down, or declined, by its plan and with its letter, and from then on its public
// address leads to the one that stays. problem.Stale says that it has moved on, problem.NotAllowedNow that the desk cannot
// close it now, problem.Invalid what is wrong with the other or the note. A pending decision on it that was not seen is
// problem.Stale as well, one that was is withdrawn. Of two who merge it one is told that it moved on.
func (s *Service) Merge(ctx context.Context, who identity.User, id workflow.ID, m Merger) error {
	m.Note = cleanNote(m.Note)
	into, err := s.other(ctx, s.db.Read(), who, m.Into)
	if err := joinInvalid(err, checkMergerNote(m.Note)); err != nil {
		return fmt.Errorf("merge submission %d: %w", id, err)
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if err := holdOffice(ctx, tx, id); err != nil {
			return err
		}
		sub, into, err := s.lockTwo(ctx, tx, who, id, into.ID)
		if err != nil {
			return err
		}
		if sub.Version != m.Version {
			return problem.Stale
		}
		if err := checkMerger(sub, into); err != nil {
			return err
		}
		if err := seenPending(ctx, tx, id, m.Pending); err != nil {
			return err
		}
		if err := dropPending(ctx, tx, id); err != nil {
			return err
		}
		kind := s.kinds[sub.Kind]
		action, takes, ok := ending(kind, sub)
		if !ok {
			return problem.NotAllowedNow
		}
		if takes {
			if _, err := workflow.Apply(ctx, tx, kind, &sub, workflow.Take, who, workflow.Input{}, s.now()); err != nil {
				return err
			}
		}
		if _, err := workflow.Apply(ctx, tx, kind, &sub, action, who, workflow.Input{Note: m.Note}, s.now()); err != nil {
			return err
		}
		if _, err := s.letters(ctx, tx, kind, sub, letter{kind: string(action), note: m.Note}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM submission_links WHERE least(from_id, to_id) = least($1::bigint, $2::bigint)
			AND greatest(from_id, to_id) = greatest($1::bigint, $2::bigint)`, id, into.ID); err != nil { // they were linked as related
			return err
		}
		return s.addLink(ctx, tx, who, Duplicate, id, into.ID, m.Note, "merge")
	})
	if err != nil {
		return fmt.Errorf("merge submission %d into %d: %w", id, into.ID, err)
	}
	return nil
}

// Successor returns the public ID of what a duplicate was merged into, if that is before the public; "" when there is
// nothing to lead to.
func (s *Service) Successor(ctx context.Context, publicID string) (string, error) {
	next, err := database.Value[string](ctx, s.db.Read(), `WITH RECURSIVE way (id, steps) AS (
			SELECT s.id, 0 FROM submissions s WHERE s.public_id = $1
			UNION ALL SELECT l.to_id, w.steps + 1 FROM way w JOIN submission_links l ON l.from_id = w.id AND l.kind = 'duplicate' WHERE w.steps < 20)
		SELECT s.public_id FROM way w JOIN submissions s ON s.id = w.id WHERE w.steps > 0 AND s.published_revision IS NOT NULL ORDER BY w.steps DESC LIMIT 1`, publicID)
	if errors.Is(err, problem.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("what %s was merged into: %w", publicID, err)
	}
	return next, nil
}
