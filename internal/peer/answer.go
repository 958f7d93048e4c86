package peer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Mine returns what the reviewer was asked for, what is open first.
func (s *Service) Mine(ctx context.Context, who identity.User) ([]Own, error) {
	all, err := ownList(ctx, s.db.Read(), who)
	if err != nil {
		return nil, fmt.Errorf("what is to be reviewed: %w", err)
	}
	return all, nil
}

// OwnCase is one assignment with all that its reviewer may see.
type OwnCase struct {
	Own
	Kind  *workflow.Kind
	Round Round
	Set   CriteriaSet
	// The rest is only there when they may read.
	Sub    workflow.Submission
	Text   form.Answers
	Hidden []form.Field
	Files  []attachment.Attachment
	Review Review
	Others []Other
}

// Hides says whether the round redacts the author or the office.
func (c OwnCase) Hides(what string) bool { return slices.Contains(c.Round.Redacted, what) }

// Other is another reviewer's review, without their name.
type Other struct {
	Side           Side
	Recommendation Recommendation
	Mean           float64
	ToSubmitter    string
}

// OwnAssignment returns one assignment as its reviewer sees it: until they have said that there is no conflict and have
// accepted, no more than what it is called. It records that they have read the text, and whose it is where the round says.
// Any other is problem.NotFound.
func (s *Service) OwnAssignment(ctx context.Context, who identity.User, id int64) (OwnCase, error) {
	q := s.db.Read()
	c, err := s.ownCase(ctx, q, who, id)
	if err != nil || !c.MayRead {
		return c, err
	}
	if !c.Hides(RedactAuthor) {
		if err := s.recordRead(ctx, who, "submission", []int64{c.SubmissionID}, "author.name"); err != nil {
			return c, err
		}
	}
	if c.ReadAt != nil {
		return c, nil
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE review_assignments SET read_at = $2 WHERE id = $1 AND read_at IS NULL`, id, s.now()); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "review_read", "submission", c.SubmissionID)
	})
	return c, err
}

func (s *Service) ownCase(ctx context.Context, q database.Querier, who identity.User, id int64) (OwnCase, error) {
	c := OwnCase{}
	var err error
	if c.Own, err = ownOne(ctx, q, who, id); err != nil {
		return c, fmt.Errorf("assignment %d: %w", id, err)
	}
	if c.Kind = s.kinds[c.Own.Kind]; c.Kind == nil {
		return c, problem.NotFound
	}
	if c.Round, err = roundOf(ctx, q, c.RoundID); err != nil {
		return c, err
	}
	if c.Set, err = criteriaSet(ctx, q, c.Round.SetID); err != nil {
		return c, err
	}
	if c.Review, err = ownReview(ctx, q, id); err != nil || !c.MayRead {
		return c, err
	}
	if c.Sub, err = workflow.FindForPortal(ctx, q, c.SubmissionID); err != nil {
		return c, err
	}
	text, err := workflow.ReadText(ctx, q, c.SubmissionID, c.Round.Revision)
	if err != nil {
		return c, err
	}
	c.Text, c.Hidden = Redact(c.Kind.Form, text.Answers(), c.Round.Redacted)
	files, err := attachment.List(ctx, q, c.SubmissionID, c.Round.Revision)
	if err != nil {
		return c, err
	}
	for _, f := range files {
		if field, _, ok := c.Kind.Form.Field(f.Field); ok && !field.Private && f.Servable() && !slices.Contains(c.Round.Redacted, f.Field) {
			c.Files = append(c.Files, f)
		}
	}
	if !c.Round.Visibility.Shows(c.State) {
		return c, nil
	}
	return c, s.others(ctx, q, &c)
}

func (s *Service) others(ctx context.Context, q database.Querier, c *OwnCase) error {
	type row struct {
		Side           Side
		Scores         Scores
		ToSubmitter    string
		Recommendation Recommendation
	}
	rows, err := database.Rows[row](ctx, q, `SELECT a.side, v.scores, v.to_submitter, v.recommendation FROM review_assignments a JOIN reviews v ON v.assignment_id = a.id
		WHERE a.round_id = $1 AND a.id <> $2 AND a.state = 'submitted' AND v.submitted_at IS NOT NULL ORDER BY v.submitted_at, a.id`, c.RoundID, c.ID)
	for _, r := range rows {
		mean, _ := Mean(c.Set.Criteria, r.Scores)
		c.Others = append(c.Others, Other{Side: r.Side, Recommendation: r.Recommendation, Mean: mean, ToSubmitter: r.ToSubmitter})
	}
	return err
}

// lockOwn is ownCase for a transaction that will change the assignment. The submission is locked first, as everywhere.
func (s *Service) lockOwn(ctx context.Context, tx database.Tx, who identity.User, id int64) (OwnCase, error) {
	c, err := s.ownCase(ctx, tx, who, id)
	if err != nil {
		return c, err
	}
	if _, err := tx.Exec(ctx, `SELECT FROM submissions WHERE id = $1 FOR UPDATE`, c.SubmissionID); err != nil {
		return c, err
	}
	if _, err := tx.Exec(ctx, `SELECT FROM review_assignments WHERE id = $1 FOR UPDATE`, id); err != nil {
		return c, err
	}
	return s.ownCase(ctx, tx, who, id)
}

// Answer is what a reviewer says to being asked. The declaration comes first.
type Answer struct {
	// Conflict is "yes" or "no"; Accept is "yes" or "no", and not asked after a conflict.
	Conflict, Accept   string
	Reason, Suggestion string
}

// Check says what is wrong with the answer.
func (a Answer) Check() []problem.Field {
	var wrong []problem.Field
	switch {
	case a.Conflict != "yes" && a.Conflict != "no":
		wrong = append(wrong, problem.Field{Name: "conflict", Key: "peer.answer.conflict.missing"})
	case a.Conflict == "no" && a.Accept != "yes" && a.Accept != "no":
		wrong = append(wrong, problem.Field{Name: "accept", Key: "peer.answer.accept.missing"})
	case (a.Conflict == "yes" || a.Accept == "no") && a.Reason == "":
		wrong = append(wrong, problem.Field{Name: "reason", Key: "peer.answer.reason.missing"})
	}
	for name, text := range map[string]string{"reason": a.Reason, "suggestion": a.Suggestion} {
		if n := form.Length(text); n > workflow.MaxConflictReason {
			wrong = append(wrong, problem.Field{Name: name, Key: "peer.too_long", Args: []any{workflow.MaxConflictReason, n}})
		}
	}
	return wrong
}

// Answer keeps what the reviewer says. Whoever declares a conflict sees nothing of the submission from then on. What was
// answered already is problem.NotAllowedNow, unless it is the same answer: a form sent twice is answered once.
func (s *Service) Answer(ctx context.Context, who identity.User, id int64, a Answer) error {
	a.Reason, a.Suggestion = cleanText(a.Reason), cleanText(a.Suggestion)
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		c, err := s.lockOwn(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if c.State == Accepted && a.Conflict == "no" && a.Accept == "yes" {
			return nil
		}
		// A conflict can be declared at any time until the round is closed, a review declined until it is handed in.
		if c.Closed || a.Conflict == "no" && (c.State != Asked && c.State != Accepted) {
			return problem.NotAllowedNow
		}
		if wrong := a.Check(); len(wrong) > 0 {
			return problem.Invalid(wrong...)
		}
		if err := workflow.Declare(ctx, tx, c.SubmissionID, who, a.Conflict == "yes", a.Reason, s.now()); err != nil {
			return err
		}
		if a.Conflict == "yes" {
			return s.sweep(ctx, tx, c.SubmissionID)
		}
		state, act := Accepted, "review_accept"
		if a.Accept == "no" {
			state, act = Declined, "review_decline"
		} else {
			a.Reason, a.Suggestion = "", ""
		}
		_, err = tx.Exec(ctx, `UPDATE review_assignments SET state = $2, answered_at = $3, decline_reason = $4, suggestion = $5,
			ended_at = CASE WHEN $2 = 'declined' THEN $3::timestamptz END WHERE id = $1`, id, state, s.now(), a.Reason, a.Suggestion)
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, act, "submission", c.SubmissionID); err != nil || state == Accepted {
			return err
		}
		sub, err := workflow.FindForPortal(ctx, tx, c.SubmissionID)
		if err != nil {
			return err
		}
		if err := s.toDesk(ctx, tx, sub, letter{kind: "declined", name: who.Name, quote: a.Reason}); err != nil {
			return err
		}
		_, err = s.settle(ctx, tx, c.SubmissionID)
		return err
	})
	if errors.Is(err, problem.NotFound) && a.Conflict == "no" && a.Accept == "no" {
		var declined bool
		declined, err = database.Value[bool](ctx, s.db.Read(), `SELECT EXISTS (SELECT FROM review_assignments WHERE id = $1 AND reviewer_id = $2 AND state = 'declined')`, id, who.ID)
		if err == nil && !declined {
			err = problem.NotFound
		}
	}
	if err != nil {
		return fmt.Errorf("answer assignment %d: %w", id, err)
	}
	return nil
}

// ConflictError says that the review was saved from elsewhere since the page was read; Theirs is what is kept. It is
// problem.Stale.
type ConflictError struct{ Theirs Review }

// Error says that it happened.
func (e *ConflictError) Error() string { return "the review was saved from elsewhere" }

// Is makes the error problem.Stale.
func (e *ConflictError) Is(target error) bool { return target == problem.Stale }

// Save keeps the review as far as it is written; on says from which page (workflow.Origin), as with the steps of a form.
// Saving what is already kept changes nothing. A review that was handed in, or whose round is closed, is
// problem.NotAllowedNow.
func (s *Service) Save(ctx context.Context, who identity.User, id int64, on workflow.Origin, r Review) (Review, error) {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		c, err := s.lockOwn(ctx, tx, who, id)
		if err != nil {
			return err
		}
		r, err = s.save(ctx, tx, c, on, r)
		return err
	})
	if err != nil {
		return r, fmt.Errorf("save review %d: %w", id, err)
	}
	return r, nil
}

func (s *Service) save(ctx context.Context, tx database.Tx, c OwnCase, on workflow.Origin, r Review) (Review, error) {
	kept := c.Review
	if c.State == Submitted && kept.same(r) {
		return kept, nil // the button was pressed twice
	}
	if !c.MayRead || c.State != Accepted {
		return r, problem.NotAllowedNow
	}
	if kept.Version > 0 && kept.same(r) {
		return kept, nil
	}
	same := on.Page != "" && on.Page == kept.Page && (kept.Quiet || !on.Quiet)
	if on.Version != kept.Version && !same {
		return r, &ConflictError{Theirs: kept}
	}
	r.AssignmentID, r.Version, r.Page, r.Quiet, r.SavedAt = c.ID, kept.Version+1, on.Page, on.Quiet, s.now()
	if r.Scores == nil {
		r.Scores = Scores{}
	}
	_, err := tx.Exec(ctx, `INSERT INTO reviews (assignment_id, version, scores, to_submitter, to_staff, recommendation, page, quiet, saved_at)
		VALUES (@id, @version, @scores, @submitter, @staff, @recommendation, @page, @quiet, @now)
		ON CONFLICT ON CONSTRAINT reviews_pkey DO UPDATE SET version = excluded.version, scores = excluded.scores, to_submitter = excluded.to_submitter,
			to_staff = excluded.to_staff, recommendation = excluded.recommendation, page = excluded.page, quiet = excluded.quiet, saved_at = excluded.saved_at`,
		database.Args{
			"id": c.ID, "version": r.Version, "scores": r.Scores, "submitter": r.ToSubmitter, "staff": r.ToStaff, "recommendation": r.Recommendation,
			"page": r.Page, "quiet": r.Quiet, "now": s.now(),
		})
	return r, err
}

// CheckReview says what is missing of a review, or too long, before it is handed in.
func CheckReview(set CriteriaSet, r Review) []problem.Field {
	var wrong []problem.Field
	for _, c := range set.Criteria {
		if r.Scores[c.N] == 0 {
			wrong = append(wrong, problem.Field{Name: scoreName(c.N), Key: "peer.review.score.missing", Args: []any{c.Name("en")}})
		}
	}
	if r.ToSubmitter == "" {
		wrong = append(wrong, problem.Field{Name: "to_submitter", Key: "peer.review.to_submitter.missing"})
	}
	if r.Recommendation == "" {
		wrong = append(wrong, problem.Field{Name: "recommendation", Key: "peer.review.recommendation.missing"})
	}
	return append(wrong, tooLong(r)...)
}

func tooLong(r Review) []problem.Field {
	var wrong []problem.Field
	for _, t := range []struct{ name, text string }{{"to_submitter", r.ToSubmitter}, {"to_staff", r.ToStaff}} {
		if n := form.Length(t.text); n > MaxText {
			wrong = append(wrong, problem.Field{Name: t.name, Key: "peer.too_long", Args: []any{MaxText, n}})
		}
	}
	return wrong
}

// Submit hands the review in, once; what is missing is a problem.Invalid, and is saved all the same. Then the rule looks at
// the round.
func (s *Service) Submit(ctx context.Context, who identity.User, id int64, on workflow.Origin, r Review) error {
	c, err := s.ownCase(ctx, s.db.Read(), who, id)
	if err != nil {
		return err
	}
	if c.State == Submitted && c.Review.same(r) {
		return nil // sent twice
	}
	if r, err = s.Save(ctx, who, id, on, r); err != nil {
		return err
	}
	if wrong := CheckReview(c.Set, r); len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		c, err := s.lockOwn(ctx, tx, who, id)
		if err != nil {
			return err
		}
		switch {
		case c.State == Submitted && c.Review.same(r):
			return nil // the button was pressed twice
		case !c.MayRead || c.State != Accepted:
			return problem.NotAllowedNow
		case c.Review.Version != r.Version:
			return &ConflictError{Theirs: c.Review}
		}
		sub, err := workflow.FindForPortal(ctx, tx, c.SubmissionID)
		if err != nil {
			return err
		}
		if !underReview(sub.State) || sub.SubmittedRevision == nil || *sub.SubmittedRevision != c.Round.Revision {
			return problem.NotAllowedNow
		}
		if _, err := tx.Exec(ctx, `UPDATE reviews SET submitted_at = $2 WHERE assignment_id = $1`, id, s.now()); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE review_assignments SET state = 'submitted', ended_at = $2 WHERE id = $1`, id, s.now()); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "review_submit", "submission", c.SubmissionID); err != nil {
			return err
		}
		_, err = s.settle(ctx, tx, c.SubmissionID)
		return err
	})
	if err != nil {
		return fmt.Errorf("hand in review %d: %w", id, err)
	}
	return nil
}

// IsSetAside says whether the person was asked for the review, and it is not theirs any more since there is a conflict by
// now; also before Care has set it aside.
func (s *Service) IsSetAside(ctx context.Context, who identity.User, assignment int64) (bool, error) {
	aside, err := database.Value[bool](ctx, s.db.Read(), `SELECT EXISTS (SELECT FROM review_assignments a
		WHERE a.id = $1 AND a.reviewer_id = $2 AND $3 AND a.state IN ('asked', 'accepted', 'submitted', 'set_aside')
			AND EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = a.submission_id AND c.user_id = a.reviewer_id))`, assignment, who.ID, who.IsStaff())
	if err != nil {
		return false, fmt.Errorf("whether review %d is set aside: %w", assignment, err)
	}
	return aside, nil
}

// File returns a document of the text that the reviewer reads; any other is problem.NotFound.
func (s *Service) File(ctx context.Context, who identity.User, assignment, file int64) (attachment.Attachment, *attachment.Content, error) {
	c, err := s.ownCase(ctx, s.db.Read(), who, assignment)
	if err != nil {
		return attachment.Attachment{}, nil, err
	}
	if !slices.ContainsFunc(c.Files, func(f attachment.Attachment) bool { return f.ID == file }) {
		return attachment.Attachment{}, nil, fmt.Errorf("file %d of assignment %d: %w", file, assignment, problem.NotFound)
	}
	return s.files.Open(ctx, file)
}

// Profile returns the reviewer's own profile; problem.NotFound for who is none.
func (s *Service) Profile(ctx context.Context, who identity.User) (Profile, error) {
	if !who.Is(identity.Reviewer) {
		return Profile{}, problem.NotFound
	}
	p, err := profileOf(ctx, s.db.Read(), who.ID)
	if errors.Is(err, problem.NotFound) { // has the role, and no profile yet
		return Profile{UserID: who.ID, Name: who.Name, Side: External, Languages: []string{who.Lang}, Capacity: 2, Active: true}, nil
	}
	return p, err
}
