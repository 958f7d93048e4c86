package peer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// settle applies the rule to the open round of a submission that the caller has locked: it calls in one more reviewer, or
// notes that all reviews are in, and tells the desk. It returns whether all are in.
func (s *Service) settle(ctx context.Context, tx database.Tx, id workflow.ID) (complete bool, err error) {
	sub, err := workflow.FindForPortal(ctx, tx, id)
	if err != nil {
		return false, err
	}
	kind := s.kinds[sub.Kind]
	if kind == nil {
		return false, nil
	}
	c, err := s.deskCase(ctx, tx, 0, sub, kind)
	if err != nil {
		return false, err
	}
	open := c.Open()
	if open == nil {
		return false, nil
	}
	verdict := open.verdict()
	lacks := ""
	switch {
	case verdict.Call != "":
		if lacks, err = s.callIn(ctx, tx, c, verdict); err != nil {
			return false, err
		}
		verdict.Complete = lacks != "" // nobody matches: the desk decides with what is there, or finds somebody
	case len(verdict.Missing) > 0:
		lacks = s.lacking(c, verdict)
	}
	if lacks != open.Lacks {
		if _, err := tx.Exec(ctx, `UPDATE review_rounds SET lacks = $2, version = version + 1 WHERE id = $1`, open.ID, lacks); err != nil {
			return false, err
		}
		if lacks != "" {
			if err := s.toDesk(ctx, tx, sub, letter{kind: "nobody", cause: "peer.lacks." + lacks}); err != nil {
				return false, err
			}
		}
	}
	switch {
	case verdict.Complete && open.CompleteAt == nil:
		if _, err := tx.Exec(ctx, `UPDATE review_rounds SET complete_at = $2 WHERE id = $1`, open.ID, s.now()); err != nil {
			return false, err
		}
		if err := s.record(ctx, tx, 0, "round.complete", "submission", id); err != nil {
			return false, err
		}
		if lacks == "" {
			if err := s.toDesk(ctx, tx, sub, letter{kind: "all_in", count: len(open.In())}); err != nil {
				return false, err
			}
		}
	case !verdict.Complete && open.CompleteAt != nil:
		if _, err := tx.Exec(ctx, `UPDATE review_rounds SET complete_at = NULL WHERE id = $1`, open.ID); err != nil {
			return false, err
		}
	}
	return verdict.Complete, workflow.WaitForReviewers(ctx, tx, id, !verdict.Complete, s.now())
}

// lacking says which side nobody matches who could still be asked; "" when somebody does.
func (s *Service) lacking(c DeskCase, v Verdict) string {
	for _, side := range Sides {
		if v.Missing[side] > 0 && !slices.ContainsFunc(c.Suggestions, func(one Suggestion) bool { return one.Side == side }) {
			return string(side)
		}
	}
	if v.Missing[Either] > 0 && len(c.Suggestions) == 0 {
		return string(Either)
	}
	return ""
}

// callIn asks the one who would do best, since the reviews are too far apart. It returns "third" when nobody would.
func (s *Service) callIn(ctx context.Context, tx database.Tx, c DeskCase, v Verdict) (lacks string, err error) {
	if len(c.Suggestions) == 0 {
		return "third", nil
	}
	due := date.Today(s.now(), i18n.Geneva).AddDays(max(7, c.Settings.Days))
	one := c.Suggestions[0].Candidate
	if err := s.ask(ctx, tx, 0, c.Submission, c.Kind, c.Open().ID, due, one, v.Call, v.Apart); err != nil {
		return "", err
	}
	return "", s.toDesk(ctx, tx, c.Submission, letter{kind: "called_in", name: one.Name, cause: "peer.cause." + string(v.Call), due: due})
}

// sweep sets aside the reviews of those who have a conflict with the submission by now, which the caller has locked.
func (s *Service) sweep(ctx context.Context, tx database.Tx, id workflow.ID) error {
	found, err := database.Rows[Assignment](ctx, tx, `SELECT `+assignmentColumns+` FROM review_assignments a JOIN users u ON u.id = a.reviewer_id
		JOIN review_rounds r ON r.id = a.round_id
		WHERE a.submission_id = $1 AND r.closed_at IS NULL AND a.state IN ('asked', 'accepted', 'submitted')
			AND EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = a.submission_id AND c.user_id = a.reviewer_id)`, id)
	if err != nil || len(found) == 0 {
		return err
	}
	sub, err := workflow.FindForPortal(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, a := range found {
		if _, err := tx.Exec(ctx, `UPDATE review_assignments SET state = 'set_aside', ended_at = $2 WHERE id = $1`, a.ID, s.now()); err != nil {
			return err
		}
		_, reasons, err := workflow.StandingOf(ctx, tx, id, a.ReviewerID)
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, 0, "review_set_aside", "submission", id); err != nil {
			return err
		}
		// The reviewer is told why, and nothing of the submission: it is not there for them any more.
		if err := s.toReviewer(ctx, tx, a.ReviewerID, letter{kind: "set_aside", path: HomePath}); err != nil {
			return err
		}
		if err := s.toDesk(ctx, tx, sub, letter{kind: "set_aside_desk", name: a.Name, cause: "workflow.conflict." + string(reasons[0])}); err != nil {
			return err
		}
	}
	_, err = s.settle(ctx, tx, id)
	return err
}

// gone is the condition that the reviewer of an assignment a is no reviewer any more.
const gone = `NOT EXISTS (SELECT FROM staff_roles role JOIN users u ON u.id = role.user_id WHERE role.user_id = a.reviewer_id AND role.role = 'reviewer' AND u.closed_at IS NULL)`

// letGo withdraws what is still to come from those who are no reviewers any more, for a submission that the caller has
// locked. What they have handed in counts.
func (s *Service) letGo(ctx context.Context, tx database.Tx, sub workflow.Submission) error {
	left, err := tx.Exec(ctx, `UPDATE review_assignments a SET state = 'withdrawn', ended_at = $2 FROM review_rounds r
		WHERE r.id = a.round_id AND r.closed_at IS NULL AND a.submission_id = $1 AND a.state IN ('asked', 'accepted') AND `+gone, sub.ID, s.now())
	if err != nil || left.RowsAffected() == 0 {
		return err
	}
	if err := s.record(ctx, tx, 0, "review_withdraw", "submission", sub.ID); err != nil {
		return err
	}
	if err := s.toDesk(ctx, tx, sub, letter{kind: "left"}); err != nil {
		return err
	}
	_, err = s.settle(ctx, tx, sub.ID)
	return err
}

// careAtOnce is how many rounds one run of Care looks after in a transaction of its own each.
const careAtOnce = 500

// Care is what is done by the clock: rounds of what is no longer under review are closed, reviewers who have a conflict by
// now are set aside, those who are none any more are not waited for, and those who are late or soon will be are reminded. A
// job calls it.
func (s *Service) Care(ctx context.Context) error {
	today := date.Today(s.now(), i18n.Geneva)
	ids, err := database.Values[workflow.ID](ctx, s.db.Read(), `SELECT r.submission_id FROM review_rounds r JOIN submissions s ON s.id = r.submission_id
		WHERE r.closed_at IS NULL AND (s.state NOT IN ('submitted', 'in_review') OR s.submitted_revision <> r.revision
			OR EXISTS (SELECT FROM review_assignments a WHERE a.round_id = r.id AND a.state IN ('asked', 'accepted', 'submitted')
				AND EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = a.submission_id AND c.user_id = a.reviewer_id))
			OR EXISTS (SELECT FROM review_assignments a WHERE a.round_id = r.id AND a.state IN ('asked', 'accepted')
				AND (a.reminders < (SELECT count(*) FROM unnest($2::int[]) days WHERE a.due_on + days <= $1::date) OR `+gone+`)))
		ORDER BY r.id LIMIT $3`, today, reminderDays, careAtOnce)
	if err != nil {
		return fmt.Errorf("find rounds to care for: %w", err)
	}
	var failed []error
	for _, id := range ids {
		if err := s.db.InTx(ctx, func(tx database.Tx) error { return s.careFor(ctx, tx, id, today) }); err != nil {
			failed = append(failed, fmt.Errorf("care for the round of submission %d: %w", id, err))
		}
	}
	return errors.Join(failed...)
}

func (s *Service) careFor(ctx context.Context, tx database.Tx, id workflow.ID, today date.Date) error {
	sub, err := workflow.LockForPortal(ctx, tx, id)
	if err != nil {
		return err
	}
	all, err := rounds(ctx, tx, id)
	if err != nil || len(all) == 0 || !all[0].Open() {
		return err
	}
	if !underReview(sub.State) || sub.SubmittedRevision == nil || *sub.SubmittedRevision != all[0].Revision {
		return s.closeRound(ctx, tx, sub, 0)
	}
	if err := s.sweep(ctx, tx, id); err != nil {
		return err
	}
	if err := s.letGo(ctx, tx, sub); err != nil {
		return err
	}
	asked, err := assignments(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, a := range asked {
		n := Reminder(a.DueOn, today)
		if a.RoundID != all[0].ID || !a.State.Open() || n <= a.Reminders {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE review_assignments SET reminders = $2, reminded_at = $3 WHERE id = $1`, a.ID, n, s.now()); err != nil {
			return err
		}
		kind := "reminder"
		if a.DueOn.Before(today) {
			kind = "late"
		}
		if err := s.toReviewer(ctx, tx, a.ReviewerID, letter{kind: kind, title: sub.Title, lang: sub.Lang, path: Path(a.ID), due: a.DueOn, about: id}); err != nil {
			return err
		}
	}
	return nil
}

// AllIn is the condition, in SQL, that a submission s has all its reviews and no decision yet: for the radar.
const AllIn = `s.state IN ('submitted', 'in_review')
	AND EXISTS (SELECT FROM review_rounds r WHERE r.submission_id = s.id AND r.closed_at IS NULL AND r.complete_at IS NOT NULL)`

// Unreviewed is the condition, in SQL, that the desk approves a submission s only with a reason: its kind asks for peer
// review, and no round of it was ever whole. A practice that was reviewed and is revised later needs no other round.
const Unreviewed = `EXISTS (SELECT FROM review_settings t WHERE t.kind = s.kind AND t.enabled AND t.required)
	AND NOT EXISTS (SELECT FROM review_rounds r WHERE r.submission_id = s.id AND r.complete_at IS NOT NULL)`

// inConflict sets aside, at once, the reviews that a person can no longer give since they declared an interest.
func (s *Service) inConflict(ctx context.Context, tx database.Tx, person int64) error {
	ids, err := database.Values[workflow.ID](ctx, tx, `SELECT DISTINCT a.submission_id FROM review_assignments a JOIN submission_conflicts c ON c.submission_id = a.submission_id AND c.user_id = a.reviewer_id
		WHERE a.reviewer_id = $1 AND a.state IN ('asked', 'accepted', 'submitted') ORDER BY 1`, person)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := workflow.LockForPortal(ctx, tx, id); err != nil && !errors.Is(err, problem.NotFound) {
			return err
		}
		if err := s.sweep(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}
