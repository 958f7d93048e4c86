package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// ErrDecidedAlready says that the same person has taken the same decision, in the same words, as the last step: the form
// was sent twice.
var ErrDecidedAlready = errors.New("decided already")

// Decision is what the desk decided, as read at Version.
type Decision struct {
	Action  workflow.Action
	Version int
	Note    string
	// Exception says, to the desk alone, why it is approved without the reviews that its kind asks for.
	Exception string
	Changes   []workflow.ChangeRequest
	// Pending is the pending decision that was seen, 0 for none: it is replaced.
	Pending int64
}

// tidy is the decision as it is kept: its texts cleaned, without requests for changes where it makes none. The caller's
// stays as it is.
func (d Decision) tidy() Decision {
	d.Note, d.Exception = cleanNote(d.Note), cleanNote(d.Exception)
	if !approves(d.Action) {
		d.Exception = ""
	}
	if d.Action != workflow.RequestChanges {
		d.Changes = nil
	}
	d.Changes = slices.Clone(d.Changes)
	for i := range d.Changes {
		d.Changes[i].Body = cleanNote(d.Changes[i].Body)
	}
	return d
}

// Check returns what is wrong with the decision before it is confirmed: problem.Stale when the submission has moved on,
// problem.NotAllowedNow for one that is not among its Choices, problem.Invalid for a note that is missing or too long,
// problem.NotFound for a change that is asked for at no question of the form.
func (s *Service) Check(ctx context.Context, who identity.User, id workflow.ID, d Decision) error {
	sub, err := s.find(ctx, s.db.Read(), who, id)
	if err != nil {
		return err
	}
	if err := s.check(ctx, s.db.Read(), s.kinds[sub.Kind], sub, d); err != nil {
		return err
	}
	return seenPending(ctx, s.db.Read(), id, d.Pending)
}

// approves says whether the decision lets the submission pass.
func approves(a workflow.Action) bool { return a == workflow.Publish || a == workflow.Approve }

// isUnreviewed says whether the reviews that the kind of the submission asks for are not in.
func (s *Service) isUnreviewed(ctx context.Context, q database.Querier, id workflow.ID) (bool, error) {
	yes, err := database.Value[bool](ctx, q, `SELECT `+s.unreviewed+` FROM submissions s WHERE s.id = $1`, id)
	if err != nil {
		return false, fmt.Errorf("reviews of submission %d: %w", id, err)
	}
	return yes, nil
}

func (s *Service) check(ctx context.Context, q database.Querier, kind *workflow.Kind, sub workflow.Submission, d Decision) error {
	if d.Version != sub.Version {
		return problem.Stale
	}
	var wrong []problem.Field
	if d.Action == "" {
		wrong = append(wrong, problem.Field{Name: "action", Key: "review.decision.missing"})
	} else if !slices.Contains(Choices(kind, sub), d.Action) {
		return problem.NotAllowedNow
	}
	step, _ := kind.Plan.Find(d.Action, sub.State, sub.Published())
	if step.Note && cleanNote(d.Note) == "" && (d.Action != workflow.RequestChanges || len(d.Changes) == 0) {
		wrong = append(wrong, problem.Field{Name: "note", Key: "workflow.note.missing." + string(d.Action)})
	} else if long := tooLong("note", cleanNote(d.Note)); long != nil {
		wrong = append(wrong, *long)
	}
	if approves(d.Action) {
		unreviewed, err := s.isUnreviewed(ctx, q, sub.ID)
		if err != nil {
			return err
		}
		if unreviewed && cleanNote(d.Exception) == "" {
			wrong = append(wrong, problem.Field{Name: exceptionField, Key: "review.decision.exception.missing"})
		} else if long := tooLong(exceptionField, cleanNote(d.Exception)); long != nil {
			wrong = append(wrong, *long)
		}
	}
	for _, c := range d.Changes {
		if _, _, ok := kind.Form.Field(c.Field); !ok {
			return fmt.Errorf("ask for a change at %q: %w", c.Field, problem.NotFound)
		}
		if long := tooLong(changePrefix+c.Field, c.Body); long != nil {
			wrong = append(wrong, *long)
		}
	}
	return problem.Invalid(inPageOrder(kind.Form, wrong)...)
}

// inPageOrder puts the questions of the form before the panel of the decision, which stands after them.
func inPageOrder(d *form.Definition, wrong []problem.Field) []problem.Field {
	place := func(f problem.Field) int {
		n := 0
		for _, step := range d.Steps {
			for _, field := range step.Fields {
				if f.Name == changePrefix+field.ID {
					return n
				}
				n++
			}
		}
		return n
	}
	slices.SortStableFunc(wrong, func(a, b problem.Field) int { return place(a) - place(b) })
	return wrong
}

// Decide takes the decision and sends its letters, all in one transaction; a pending one is replaced by it. It fails as
// Check does, and with ErrDecidedAlready.
func (s *Service) Decide(ctx context.Context, who identity.User, id workflow.ID, d Decision) error {
	d = d.tidy()
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if err := holdOffice(ctx, tx, id); err != nil {
			return err
		}
		sub, kind, err := s.lock(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if sub.Version == d.Version+1 {
			same, err := isLastStep(ctx, tx, sub, who, d)
			if err != nil {
				return err
			}
			if same {
				return ErrDecidedAlready
			}
		}
		if err := s.check(ctx, tx, kind, sub, d); err != nil {
			return err
		}
		if err := seenPending(ctx, tx, id, d.Pending); err != nil {
			return err
		}
		if err := dropPending(ctx, tx, id); err != nil {
			return err
		}
		_, err = s.take(ctx, tx, kind, &sub, who, d, s.now())
		return err
	})
	if err != nil {
		return fmt.Errorf("decide on submission %d: %w", id, err)
	}
	return nil
}

// take takes the step of the plan and queues its letters, worded as they stood at that instant; it returns how many there
// are. The caller has locked the submission.
func (s *Service) take(ctx context.Context, tx database.Tx, kind *workflow.Kind, sub *workflow.Submission, who identity.User, d Decision, worded time.Time) (letters int, err error) {
	if d.Exception != "" {
		if err := s.explain(ctx, tx, *sub, who, d); err != nil {
			return 0, err
		}
	}
	in := workflow.Input{Version: d.Version, Note: d.Note, Changes: d.Changes}
	if _, err := workflow.Apply(ctx, tx, kind, sub, d.Action, who, in, s.now()); err != nil {
		return 0, err
	}
	return s.letters(ctx, tx, kind, *sub, letter{kind: string(d.Action), note: d.Note, changes: d.Changes, worded: worded})
}

// explain keeps why something is approved without reviews, and has it in the record if they are not in at this instant either.
func (s *Service) explain(ctx context.Context, tx database.Tx, sub workflow.Submission, who identity.User, d Decision) error {
	if _, err := workflow.AddNote(ctx, tx, sub, workflow.ToStaff, d.Exception, who.ID, s.now()); err != nil {
		return err
	}
	unreviewed, err := s.isUnreviewed(ctx, tx, sub.ID)
	if err != nil || !unreviewed {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "approve_unreviewed", Subject: "submission", SubjectID: sub.ID, Fields: []string{"decision." + string(d.Action)}, At: s.now()})
}

// isLastStep says whether the decision is the last step that was taken, by the same person and in the same words.
func isLastStep(ctx context.Context, q database.Querier, sub workflow.Submission, who identity.User, d Decision) (bool, error) {
	events, err := workflow.Events(ctx, q, sub)
	if err != nil || len(events) == 0 {
		return false, err
	}
	last := events[len(events)-1]
	if last.ActorID == nil || *last.ActorID != who.ID || last.Action != d.Action || last.Note != cleanNote(d.Note) {
		return false, nil
	}
	if d.Action != workflow.RequestChanges {
		return true, nil
	}
	asked, err := workflow.RequestedChanges(ctx, q, sub.ID, last.Revision)
	if err != nil || len(asked) != len(d.Changes) {
		return false, err
	}
	for _, c := range d.Changes {
		if asked[c.Field] != c.Body {
			return false, nil
		}
	}
	return true, nil
}

// PublishWaiting publishes what was approved and waited for the office, in the transaction that approves the office.
func (s *Service) PublishWaiting(ctx context.Context, tx database.Tx, office int64) error {
	ids, err := waitingForOffice(ctx, tx, office)
	if err != nil {
		return fmt.Errorf("what waits for office %d: %w", office, err)
	}
	for _, id := range ids {
		sub, err := workflow.LockForPortal(ctx, tx, id)
		if err != nil {
			return err
		}
		kind := s.kinds[sub.Kind]
		if kind == nil || kind.Publish == nil {
			continue // there is nothing to publish
		}
		_, err = workflow.PublishWaiting(ctx, tx, kind, &sub, s.now())
		if errors.Is(err, problem.NotAllowedNow) {
			continue
		}
		if err != nil {
			return err
		}
		if _, err := s.letters(ctx, tx, kind, sub, letter{kind: string(workflow.Publish), worded: s.now()}); err != nil {
			return err
		}
	}
	return nil
}
