package peer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// DeskCase is all that the desk sees of the reviews of one submission.
type DeskCase struct {
	workflow.Submission
	Kind     *workflow.Kind
	Settings Settings
	Rounds   []RoundCase
	// Suggestions are who would do for what the open round lacks, or for the first round; Candidates are all active
	// reviewers, those with a conflict included.
	Suggestions []Suggestion
	Candidates  []Candidate
	Wanted      Wanted
}

// Open is the round that is open; nil for none.
func (c DeskCase) Open() *RoundCase {
	if len(c.Rounds) > 0 && c.Rounds[0].Open() {
		return &c.Rounds[0]
	}
	return nil
}

// MayOpen says whether a round can be opened now.
func (c DeskCase) MayOpen() bool {
	return c.Settings.Enabled && c.Open() == nil && underReview(c.State) && c.SubmittedRevision != nil
}

func underReview(s workflow.State) bool { return s == workflow.Submitted || s == workflow.InReview }

// Reviews returns the reviews of a submission as its desk sees them; what the person's desks may not see is
// problem.NotFound. An administrator is not on a desk and does not see them; who reviews it themself sees the others' reviews
// when the round shows them to reviewers. It records that the reviews and the names of who wrote them were read.
func (s *Service) Reviews(ctx context.Context, who identity.User, id workflow.ID) (DeskCase, error) {
	q := s.db.Read()
	sub, kind, err := s.onDesk(ctx, q, who, id)
	if err != nil {
		return DeskCase{}, err
	}
	c, err := s.deskCase(ctx, q, who.ID, sub, kind)
	if err != nil {
		return c, err
	}
	for i := range c.Rounds {
		c.Rounds[i].seal(who.ID)
	}
	return c, s.recordRead(ctx, who, "submission", []int64{id}, "reviewers.name", "reviews")
}

func (s *Service) deskCase(ctx context.Context, q database.Querier, reader int64, sub workflow.Submission, kind *workflow.Kind) (DeskCase, error) {
	c := DeskCase{Submission: sub, Kind: kind}
	var err error
	if c.Settings, err = settingsOf(ctx, q, sub.Kind); err != nil && !errors.Is(err, problem.NotFound) {
		return c, err
	}
	all, err := rounds(ctx, q, sub.ID)
	if err != nil {
		return c, fmt.Errorf("rounds of submission %d: %w", sub.ID, err)
	}
	asked, err := assignments(ctx, q, sub.ID)
	if err != nil {
		return c, fmt.Errorf("reviewers of submission %d: %w", sub.ID, err)
	}
	for _, r := range all {
		round := RoundCase{Round: r}
		if round.Set, err = criteriaSet(ctx, q, r.SetID); err != nil {
			return c, err
		}
		for _, a := range asked {
			if a.RoundID == r.ID {
				round.Assignments = append(round.Assignments, a)
			}
		}
		if round.Reviews, err = reviewsOf(ctx, q, r.ID); err != nil {
			return c, err
		}
		c.Rounds = append(c.Rounds, round)
	}
	if c.Open() == nil && !c.MayOpen() {
		return c, nil
	}
	if c.Candidates, err = candidates(ctx, q, sub.ID, reader, s.now()); err != nil {
		return c, fmt.Errorf("candidates for submission %d: %w", sub.ID, err)
	}
	text, err := workflow.ReadText(ctx, q, sub.ID, sub.DeskRevision())
	if err != nil {
		return c, err
	}
	c.Wanted = Wanted{Objectives: ObjectivesOf(kind.Form, text.Answers()), Lang: sub.Lang}
	if sub.Country != "" {
		c.Wanted.Regions = s.vocabulary().RegionsOf([]string{sub.Country})
	}
	c.suggest()
	return c, nil
}

// suggest looks for who would do, among those who were not asked in the open round.
func (c *DeskCase) suggest() {
	var free []Candidate
	for _, one := range c.Candidates {
		if !c.asked(one.UserID) {
			free = append(free, one)
			continue
		}
		c.Wanted.Asked = append(c.Wanted.Asked, one.Regions...)
	}
	c.Suggestions = Suggest(free, c.Wanted)
}

// asked says whether the person was asked in the open round, whatever they answered.
func (c DeskCase) asked(user int64) bool {
	open := c.Open()
	return open != nil && slices.ContainsFunc(open.Assignments, func(a Assignment) bool { return a.ReviewerID == user })
}

// NewRound is what the desk says of a round that it opens.
type NewRound struct {
	DueOn     date.Date
	Reviewers []int64
	// Version is the submission's version that was read.
	Version int
}

// OpenRound opens a round of reviews of the revision that was handed in last, and asks the reviewers. Peer review being off
// for the kind, an open round, or nothing under review is problem.NotAllowedNow; what has to come first (Options.Ready) is a
// problem.Invalid.
func (s *Service) OpenRound(ctx context.Context, who identity.User, id workflow.ID, n NewRound) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		sub, kind, err := s.lock(ctx, tx, who, id)
		if err != nil {
			return err
		}
		c, err := s.deskCase(ctx, tx, who.ID, sub, kind)
		if err != nil {
			return err
		}
		switch {
		case n.Version != sub.Version:
			return problem.Stale
		case !c.MayOpen():
			return problem.NotAllowedNow
		}
		if err := s.ready(ctx, tx, sub); err != nil {
			return err
		}
		var wrong []problem.Field
		if today := date.Today(s.now(), i18n.Geneva); !today.Before(n.DueOn) || today.AddDays(366).Before(n.DueOn) {
			wrong = append(wrong, problem.Field{Name: "due", Key: "peer.round.due.wrong"})
		}
		if len(n.Reviewers) == 0 {
			wrong = append(wrong, problem.Field{Name: "reviewer", Key: "peer.round.nobody"})
		}
		if len(wrong) > 0 {
			return problem.Invalid(wrong...)
		}
		set, err := latestSet(ctx, tx, sub.Kind)
		if err != nil {
			return err
		}
		round, err := database.Value[int64](ctx, tx, `INSERT INTO review_rounds (submission_id, revision, number, set_id, visibility, redacted, un_needed, external_needed, either_needed,
				steps_apart, means_apart, due_on, opened_by, opened_at)
			VALUES (@id, @revision, @number, @set, @visibility, @redacted, @un, @external, @either, @steps, @means, @due, @who, @now) RETURNING id`, database.Args{
			"id": id, "revision": *sub.SubmittedRevision, "number": len(c.Rounds) + 1, "set": set.ID, "visibility": c.Settings.Visibility, "redacted": c.Settings.Redacted,
			"un": c.Settings.UNNeeded, "external": c.Settings.ExternalNeeded, "either": c.Settings.EitherNeeded, "steps": c.Settings.StepsApart, "means": c.Settings.MeansApart,
			"due": n.DueOn, "who": who.ID, "now": s.now(),
		})
		if err != nil {
			return err
		}
		if err := workflow.WaitForReviewers(ctx, tx, id, true, s.now()); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "round.open", "submission", id); err != nil {
			return err
		}
		return s.askAll(ctx, tx, who, sub, kind, round, n.DueOn, n.Reviewers)
	})
	if err != nil {
		return fmt.Errorf("open a round of submission %d: %w", id, err)
	}
	return nil
}

// Ask asks more reviewers in the open round. Somebody with a conflict, or who is not active, is a problem.Invalid at
// "reviewer"; who was asked already is left alone, so that a form sent twice asks once.
func (s *Service) Ask(ctx context.Context, who identity.User, id workflow.ID, reviewers []int64) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		sub, kind, err := s.lock(ctx, tx, who, id)
		if err != nil {
			return err
		}
		c, err := s.deskCase(ctx, tx, who.ID, sub, kind)
		if err != nil {
			return err
		}
		open := c.Open()
		if open == nil || !underReview(sub.State) {
			return problem.NotAllowedNow
		}
		if len(reviewers) == 0 {
			return problem.Invalid(problem.Field{Name: "reviewer", Key: "peer.round.nobody"})
		}
		others := slices.DeleteFunc(slices.Clone(reviewers), c.asked)
		if len(others) == 0 {
			return nil // sent twice
		}
		due := open.DueOn
		if soonest := date.Today(s.now(), i18n.Geneva).AddDays(7); due.Before(soonest) {
			due = soonest // who is asked late has a week
		}
		if err := s.askAll(ctx, tx, who, sub, kind, open.ID, due, others); err != nil {
			return err
		}
		_, err = s.settle(ctx, tx, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("ask reviewers of submission %d: %w", id, err)
	}
	return nil
}

func (s *Service) askAll(ctx context.Context, tx database.Tx, who identity.User, sub workflow.Submission, kind *workflow.Kind, round int64, due date.Date, reviewers []int64) error {
	all, err := candidates(ctx, tx, sub.ID, who.ID, s.now())
	if err != nil {
		return err
	}
	slices.Sort(reviewers)
	for _, user := range slices.Compact(reviewers) {
		at := slices.IndexFunc(all, func(c Candidate) bool { return c.UserID == user })
		if at < 0 || all[at].Standing == workflow.InConflict {
			return problem.Invalid(problem.Field{Name: "reviewer", Key: "peer.round.not_them"})
		}
		if err := s.ask(ctx, tx, who.ID, sub, kind, round, due, all[at], ByDesk, 0); err != nil {
			return err
		}
	}
	return nil
}

// ask makes an assignment and writes to the reviewer; by is 0 for the rule.
func (s *Service) ask(ctx context.Context, tx database.Tx, by int64, sub workflow.Submission, kind *workflow.Kind, round int64, due date.Date, c Candidate, cause Cause, apart float64) error {
	var asker *int64
	if by != 0 {
		asker = &by
	}
	var distance *float64
	if cause != ByDesk {
		distance = &apart
	}
	id, err := database.Value[int64](ctx, tx, `INSERT INTO review_assignments (round_id, submission_id, reviewer_id, side, cause, apart, asked_by, asked_at, due_on)
		VALUES (@round, @submission, @reviewer, @side, @cause, @apart, @by, @now, @due) RETURNING id`, database.Args{
		"round": round, "submission": sub.ID, "reviewer": c.UserID, "side": c.Side, "cause": cause, "apart": distance, "by": asker, "now": s.now(), "due": due,
	})
	if err != nil {
		return fmt.Errorf("ask reviewer %d: %w", c.UserID, err)
	}
	if err := s.record(ctx, tx, by, "review_ask", "submission", sub.ID, string(cause)); err != nil {
		return err
	}
	return s.toReviewer(ctx, tx, c.UserID, letter{kind: "asked", title: sub.Title, lang: sub.Lang, path: Path(id), due: due, about: sub.ID})
}

// Withdraw takes back what somebody was asked for and has not handed in; a review that is in stays.
func (s *Service) Withdraw(ctx context.Context, who identity.User, id workflow.ID, assignment int64) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		sub, _, err := s.lock(ctx, tx, who, id)
		if err != nil {
			return err
		}
		reviewer, err := database.Value[int64](ctx, tx, `UPDATE review_assignments SET state = 'withdrawn', ended_at = $3 WHERE id = $1 AND submission_id = $2
			AND state IN ('asked', 'accepted') RETURNING reviewer_id`, assignment, id, s.now())
		if errors.Is(err, problem.NotFound) {
			return problem.NotAllowedNow
		}
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "review_withdraw", "submission", id); err != nil {
			return err
		}
		if err := s.toReviewer(ctx, tx, reviewer, letter{kind: "withdrawn", title: sub.Title, lang: sub.Lang, path: HomePath, about: id}); err != nil {
			return err
		}
		_, err = s.settle(ctx, tx, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("withdraw review %d: %w", assignment, err)
	}
	return nil
}

// CloseRound ends the open round: who has not handed in is told that nothing more is needed. Sent twice it is done once.
func (s *Service) CloseRound(ctx context.Context, who identity.User, id workflow.ID) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		sub, _, err := s.lock(ctx, tx, who, id)
		if err != nil {
			return err
		}
		return s.closeRound(ctx, tx, sub, who.ID)
	})
	if err != nil {
		return fmt.Errorf("close the round of submission %d: %w", id, err)
	}
	return nil
}

// closeRound closes the open round of a submission that the caller has locked; by is 0 for the portal itself.
func (s *Service) closeRound(ctx context.Context, tx database.Tx, sub workflow.Submission, by int64) error {
	var closer *int64
	if by != 0 {
		closer = &by
	}
	round, err := database.Value[int64](ctx, tx, `UPDATE review_rounds SET closed_at = $2, closed_by = $3, version = version + 1 WHERE submission_id = $1 AND closed_at IS NULL RETURNING id`,
		sub.ID, s.now(), closer)
	if errors.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	late, err := database.Values[int64](ctx, tx, `UPDATE review_assignments SET state = 'withdrawn', ended_at = $2 WHERE round_id = $1 AND state IN ('asked', 'accepted') RETURNING reviewer_id`, round, s.now())
	if err != nil {
		return err
	}
	for _, reviewer := range late {
		if err := s.toReviewer(ctx, tx, reviewer, letter{kind: "closed", title: sub.Title, lang: sub.Lang, path: HomePath, about: sub.ID}); err != nil {
			return err
		}
	}
	if err := workflow.WaitForReviewers(ctx, tx, sub.ID, false, s.now()); err != nil {
		return err
	}
	return s.record(ctx, tx, by, "round.close", "submission", sub.ID)
}

// SetConflict keeps that the desk knows of a conflict of a reviewer, or that there is none any more. Who has read already
// is set aside: explained to them and to the desk, and the submission is not there for them any more.
func (s *Service) SetConflict(ctx context.Context, who identity.User, id workflow.ID, person int64, conflict bool, reason string) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if _, _, err := s.lock(ctx, tx, who, id); err != nil {
			return err
		}
		if _, err := profileOf(ctx, tx, person); err != nil {
			return err
		}
		if err := workflow.SetConflict(ctx, tx, id, person, conflict, cleanText(reason), who, s.now()); err != nil {
			return err
		}
		return s.sweep(ctx, tx, id)
	})
	if err != nil {
		return fmt.Errorf("set a conflict with submission %d: %w", id, err)
	}
	return nil
}
