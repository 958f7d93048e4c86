package practice

import (
	"context"
	"errors"
	"fmt"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Answering is a practice with the call that it is written for, as its people see it.
type Answering struct {
	Tie
	Call Call
	// Hurdle is why it could not be handed in for the call now; "" for nothing, and for one that answers it already.
	Hurdle Hurdle
	// Category is that of the organization.
	Category string
	// Takeaways are what the desk has written of it, by language, the reader's first.
	Takeaways []Takeaway
}

// Takeaway is what is to be learned from a practice, in one or two sentences of the desk.
type Takeaway struct{ Lang, Text string }

// answering returns the call of a practice in the language ("" while nobody has said); nil for none.
func (s *Service) answering(ctx context.Context, q database.Querier, sub workflow.Submission, lang string) (*Answering, error) {
	tie, err := findTie(ctx, q, sub.ID)
	if errors.Is(err, problem.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the call of practice %d: %w", sub.ID, err)
	}
	a := Answering{Tie: tie}
	if a.Call, err = findCall(ctx, q, tie.CallID); err != nil {
		return nil, fmt.Errorf("the call of practice %d: %w", sub.ID, err)
	}
	if a.Category, err = categoryOf(ctx, q, sub.OfficeID); err != nil {
		return nil, err
	}
	if tie.Standing == Tied {
		a.Hurdle = a.Call.Hurdle(a.Category, lang, s.now())
	}
	a.Takeaways, err = database.Rows[Takeaway](ctx, q, `SELECT lang, text FROM call_takeaways WHERE submission_id = $1 ORDER BY lang <> $2, array_position(ARRAY['ar', 'zh', 'en', 'fr', 'ru', 'es'], lang)`,
		sub.ID, i18n.From(ctx))
	return &a, err
}

func categoryOf(ctx context.Context, q database.Querier, office int64) (string, error) {
	category, err := database.Value[string](ctx, q, `SELECT category FROM offices WHERE id = $1`, office)
	if err != nil {
		return "", fmt.Errorf("the category of office %d: %w", office, err)
	}
	return category, nil
}

// canAnswer is a problem.Invalid at "call" when a practice of the office, in the language, cannot answer the call now.
func (s *Service) canAnswer(ctx context.Context, q database.Querier, c Call, office int64, lang string) error {
	category, err := categoryOf(ctx, q, office)
	if err != nil {
		return err
	}
	if h := c.Hurdle(category, lang, s.now()); h != "" {
		return problem.Invalid(problem.Field{Name: "call", Key: "practice.call.hurdle." + string(h), Args: s.hurdleArgs(ctx, c, category, lang)})
	}
	return nil
}

// hurdleArgs fill the texts of all hurdles: the call, its deadline, who may answer it, the organization's own category, the
// languages that it takes, and that of the practice.
func (s *Service) hurdleArgs(ctx context.Context, c Call, category, lang string) []any {
	var sectors []string
	for _, id := range c.Sectors {
		sectors = append(sectors, label(ctx, s.vocabulary(), "organization", id))
	}
	return []any{
		c.In(string(i18n.From(ctx))).Title, i18n.Instant(ctx, c.DeadlineAt), i18n.List(ctx, sectors), label(ctx, s.vocabulary(), "organization", category),
		languages(ctx, c.Languages), i18n.NameOf(ctx, i18n.Lang(lang)),
	}
}

// StartFor is Start for a call; nil for none. What keeps the office from answering the call is a problem.Invalid at "call":
// then no draft is begun.
func (s *Service) StartFor(ctx context.Context, who identity.User, officeID int64, earlier string, c *Call) (workflow.ID, error) {
	if c != nil {
		if err := s.canAnswer(ctx, s.db.Read(), *c, officeID, ""); err != nil {
			return 0, err
		}
	}
	id, err := s.Start(ctx, who, officeID, earlier)
	if err != nil {
		return 0, err
	}
	if c != nil {
		return id, s.TieTo(ctx, who, id, c.ID)
	}
	// A draft that is taken up again, since nothing was written into it, may have been begun for a call.
	if _, err := findTie(ctx, s.db.Read(), id); err == nil {
		return id, s.Untie(ctx, who, id)
	} else if !errors.Is(err, problem.NotFound) {
		return 0, wrap("begin a practice", err)
	}
	return id, nil
}

// TieTo ties a draft to an open call, in place of another one. What keeps it from the call is a problem.Invalid at "call".
func (s *Service) TieTo(ctx context.Context, who identity.User, id workflow.ID, call CallID) error {
	return s.changeTie(ctx, who, id, func(tx database.Tx, sub workflow.Submission, before *Tie) error {
		c, err := lockCall(ctx, tx, call)
		if err != nil {
			return err
		}
		if !c.Public() {
			return problem.NotFound
		}
		if before != nil && before.CallID == call && before.Standing != Late {
			return nil // pressed twice, or handed in already
		}
		if err := s.canAnswer(ctx, tx, c, sub.OfficeID, ""); err != nil { // the language may still change
			return err
		}
		return putTie(ctx, tx, Tie{SubmissionID: id, CallID: call, Standing: Tied, TiedAt: s.now()})
	})
}

// Untie makes a draft one for the repository only.
func (s *Service) Untie(ctx context.Context, who identity.User, id workflow.ID) error {
	return s.changeTie(ctx, who, id, func(tx database.Tx, _ workflow.Submission, before *Tie) error {
		if before == nil {
			return nil
		}
		_, err := tx.Exec(ctx, `DELETE FROM call_practices WHERE submission_id = $1`, id)
		return err
	})
}

// SendToRepository lets a draft whose call has closed, or does not take it, go to the repository: it can be handed in, and the
// desk sees for which call it came late.
func (s *Service) SendToRepository(ctx context.Context, who identity.User, id workflow.ID) error {
	return s.changeTie(ctx, who, id, func(tx database.Tx, sub workflow.Submission, before *Tie) error {
		if before == nil || before.Standing == Late {
			return nil
		}
		c, err := lockCall(ctx, tx, before.CallID)
		if err != nil {
			return err
		}
		category, err := categoryOf(ctx, tx, sub.OfficeID)
		if err != nil {
			return err
		}
		switch c.Hurdle(category, sub.Lang, s.now()) {
		case "":
			return problem.NotAllowedNow // the deadline was moved: it is in time
		case HurdleLate:
			before.Standing = Late
			return putTie(ctx, tx, *before)
		}
		_, err = tx.Exec(ctx, `DELETE FROM call_practices WHERE submission_id = $1`, id)
		return err
	})
}

// changeTie changes to which call a draft is tied: its writers do, while it is written. What answers a call already stays with
// it: problem.NotAllowedNow.
func (s *Service) changeTie(ctx context.Context, who identity.User, id workflow.ID, do func(tx database.Tx, sub workflow.Submission, before *Tie) error) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		sub, err := workflow.Lock(ctx, tx, id, who)
		if err != nil {
			return err
		}
		switch {
		case sub.Kind != KindName || sub.Side != workflow.ByOwner:
			return problem.NotFound
		case !sub.State.Writable():
			return problem.NotAllowedNow
		case !sub.MayWrite():
			return problem.Forbidden
		}
		var before *Tie
		switch tie, err := findTie(ctx, tx, id); {
		case err == nil && tie.Standing.Counts():
			return problem.NotAllowedNow
		case err == nil:
			before = &tie
		case !errors.Is(err, problem.NotFound):
			return err
		}
		if err := do(tx, sub, before); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "call.tie", Subject: "submission", SubjectID: id, Fields: []string{"call"}, At: s.now()})
	})
	return wrap(fmt.Sprintf("change the call of practice %d", id), err)
}

// HandedIn settles, in the transaction in which a practice was handed in, that it answers its call. What keeps it from that
// is a problem.Invalid at "call": then nothing was handed in, and the draft stays.
func (s *Service) HandedIn(ctx context.Context, tx database.Tx, id workflow.ID) error {
	tie, err := findTie(ctx, tx, id)
	if errors.Is(err, problem.NotFound) || err == nil && tie.Standing != Tied {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the call of practice %d: %w", id, err)
	}
	sub, err := workflow.FindForPortal(ctx, tx, id)
	if err != nil {
		return err
	}
	c, err := lockCall(ctx, tx, tie.CallID)
	if err != nil {
		return err
	}
	if err := s.canAnswer(ctx, tx, c, sub.OfficeID, sub.Lang); err != nil {
		return err
	}
	tie.Standing = Entered
	return putTie(ctx, tx, tie)
}
