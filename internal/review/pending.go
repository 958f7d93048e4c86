package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// PendingCondition is the condition of the queue for submissions with a decision that nobody was told yet (is:pending);
// s is the submission.
const PendingCondition = `EXISTS (SELECT FROM pending_decisions p WHERE p.submission_id = s.id)`

// Reason says why a decision, or an act on several submissions, cannot be taken with one of them. Its words are texts of
// the catalogue: review.release.reason.….
type Reason string

// The reasons.
const (
	// MovedOn says that a step was taken since: what was decided on is not what is there.
	MovedOn Reason = "moved"
	// OtherOffice says that the submission belongs to another office now.
	OtherOffice Reason = "office"
	// NoChoice says that the decision is not one that the state, or the office's approval, allows now.
	NoChoice Reason = "choice"
	// NoDecider says that who decided does not work at the desk any more, or has a conflict.
	NoDecider Reason = "decider"
	// NoReleaser says the same of who released it.
	NoReleaser Reason = "releaser"
	// Gone says that the pending decision was withdrawn, changed or taken by itself.
	Gone Reason = "gone"
	// InRelease says that it leaves with a release already.
	InRelease Reason = "in_release"
	// NotPending says that there is no pending decision to release.
	NotPending Reason = "not_pending"
	// NotReviewed says that the reviews which the kind asks for are not in: who approves it all the same says why, on its
	// own page.
	NotReviewed Reason = "reviews"
	// NoteMissing says that the decision needs a note to the submitter.
	NoteMissing Reason = "note"
	// NotAssignable says that the colleague may not have it: another desk, or a conflict.
	NotAssignable Reason = "assignee"
	// Over says that nobody will do anything with the submission any more.
	Over Reason = "over"
	// AlreadySo says that nothing would change.
	AlreadySo Reason = "already"
)

// Pending is a decision that was kept and not sent yet. The owner knows nothing of it.
type Pending struct {
	ID           int64
	SubmissionID workflow.ID
	Action       workflow.Action
	Note         string
	Exception    string
	Changes      []workflow.ChangeRequest
	// Revision is the one that was read, EventID the last step before the decision, OfficeID whose submission it was.
	Revision  int
	EventID   int64
	OfficeID  int64
	DecidedBy int64
	Decider   string // "" when the account is closed
	DecidedAt time.Time
	// DeciderMay says that who decided may still decide on it.
	DeciderMay bool
	// LastEvent is the last step that there is.
	LastEvent int64
	// ReleaseID is the release that it leaves with, nil for none; the others say by whom it was released, and when.
	ReleaseID  *int64
	Releaser   string
	ReleasedAt *time.Time
	GoesAt     *time.Time
}

// Decision is what was decided, on the submission as it is at that version.
func (p Pending) Decision(version int) Decision {
	return Decision{Action: p.Action, Version: version, Note: p.Note, Exception: p.Exception, Changes: p.Changes, Pending: p.ID}
}

// Moved says why the decision cannot be taken as it was made; "" when it can.
func (p Pending) Moved(kind *workflow.Kind, s workflow.Submission) Reason {
	switch {
	case p.EventID != p.LastEvent:
		return MovedOn
	case p.OfficeID != s.OfficeID:
		return OtherOffice
	case !p.DeciderMay:
		return NoDecider
	case !slices.Contains(Choices(kind, s), p.Action):
		return NoChoice
	}
	return ""
}

// pendingColumns are those of Pending; p is pending_decisions.
const pendingColumns = `p.id, p.submission_id, p.action, p.note, p.exception, p.changes, p.revision, p.event_id, p.office_id, p.decided_by,
	CASE WHEN d.closed_at IS NULL THEN d.name ELSE '' END AS decider, p.decided_at,
	d.closed_at IS NULL AND EXISTS (SELECT FROM submission_access da WHERE da.submission_id = p.submission_id AND da.user_id = p.decided_by AND da.side = 'desk') AS decider_may,
	coalesce((SELECT max(e.id) FROM submission_events e WHERE e.submission_id = p.submission_id), 0) AS last_event,
	r.id AS release_id, coalesce(l.name, '') AS releaser, r.released_at, r.goes_at`

const pendingJoins = ` JOIN users d ON d.id = p.decided_by
	LEFT JOIN release_items ri ON ri.pending_id = p.id AND ri.outcome = 'waiting'
	LEFT JOIN releases r ON r.id = ri.release_id LEFT JOIN users l ON l.id = r.released_by`

// pendingOf returns the pending decision on a submission, nil for none. The caller has found the submission for the
// person.
func pendingOf(ctx context.Context, q database.Querier, id workflow.ID) (*Pending, error) {
	p, err := database.Row[Pending](ctx, q, `SELECT `+pendingColumns+` FROM pending_decisions p`+pendingJoins+` WHERE p.submission_id = $1`, id)
	if errors.Is(err, problem.NotFound) {
		return nil, nil //nolint:nilnil // none is no error
	}
	if err != nil {
		return nil, fmt.Errorf("pending decision on submission %d: %w", id, err)
	}
	return &p, nil
}

// seenPending checks that the person has seen the pending decision that there is, or that there is none (0):
// problem.Stale otherwise.
func seenPending(ctx context.Context, q database.Querier, id workflow.ID, seen int64) error {
	now, err := database.Value[int64](ctx, q, `SELECT coalesce(max(id), 0) FROM pending_decisions WHERE submission_id = $1`, id)
	if err != nil {
		return fmt.Errorf("pending decision on submission %d: %w", id, err)
	}
	if now != seen {
		return problem.Stale
	}
	return nil
}

// Hold keeps the decision as pending, in place of an earlier one: nobody outside the desk is told. It fails as Check
// does.
func (s *Service) Hold(ctx context.Context, who identity.User, id workflow.ID, d Decision) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		_, err := s.HoldIn(ctx, tx, who, id, d)
		return err
	})
}

// HoldIn is Hold in a transaction of the caller, who gets the number of the pending decision.
func (s *Service) HoldIn(ctx context.Context, tx database.Tx, who identity.User, id workflow.ID, d Decision) (int64, error) {
	d = d.tidy()
	pending, err := s.holdLocked(ctx, tx, who, id, d)
	if err != nil {
		return 0, fmt.Errorf("keep a decision on submission %d: %w", id, err)
	}
	return pending, nil
}

func (s *Service) holdLocked(ctx context.Context, tx database.Tx, who identity.User, id workflow.ID, d Decision) (int64, error) {
	sub, kind, err := s.lock(ctx, tx, who, id)
	if err != nil {
		return 0, err
	}
	was, err := pendingOf(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	if was != nil && was.ID != d.Pending && was.DecidedBy == who.ID && was.same(d) {
		return was.ID, nil // the form was sent twice
	}
	if err := s.check(ctx, tx, kind, sub, d); err != nil {
		return 0, err
	}
	if err := seenPending(ctx, tx, id, d.Pending); err != nil {
		return 0, err
	}
	return hold(ctx, tx, sub, d, who, s.now())
}

// hold writes the pending decision on a submission that is locked, and returns its number.
func hold(ctx context.Context, tx database.Tx, sub workflow.Submission, d Decision, who identity.User, now time.Time) (int64, error) {
	if err := dropPending(ctx, tx, sub.ID); err != nil {
		return 0, err
	}
	changes := d.Changes
	if d.Action != workflow.RequestChanges || changes == nil {
		changes = []workflow.ChangeRequest{}
	}
	id, err := database.Value[int64](ctx, tx, `INSERT INTO pending_decisions (submission_id, action, note, exception, changes, revision, event_id, office_id, decided_by, decided_at)
		SELECT @id, @action, @note, @exception, @changes, @revision, coalesce(max(e.id), 0), @office, @who, @now FROM submission_events e WHERE e.submission_id = @id RETURNING id`,
		database.Args{
			"id": sub.ID, "action": d.Action, "note": d.Note, "exception": d.Exception, "changes": changes, "revision": sub.DeskRevision(), "office": sub.OfficeID,
			"who": who.ID, "now": now,
		})
	if err != nil {
		return 0, fmt.Errorf("keep the decision: %w", err)
	}
	return id, audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "hold", Subject: "submission", SubjectID: sub.ID, Fields: []string{"decision." + string(d.Action)}, At: now})
}

// same says whether the decision is in the same words.
func (p Pending) same(d Decision) bool {
	return p.Action == d.Action && p.Note == d.Note && p.Exception == d.Exception && (d.Action != workflow.RequestChanges || slices.Equal(p.Changes, d.Changes))
}

// Unhold withdraws the pending decision that the person has seen; one that was changed or withdrawn since is
// problem.Stale. In a release that has not gone yet it is left behind.
func (s *Service) Unhold(ctx context.Context, who identity.User, id workflow.ID, seen int64) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if _, _, err := s.lock(ctx, tx, who, id); err != nil {
			return err
		}
		if err := seenPending(ctx, tx, id, seen); err != nil || seen == 0 {
			return err
		}
		if err := dropPending(ctx, tx, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "unhold", Subject: "submission", SubjectID: id, At: s.now()})
	})
	if err != nil {
		return fmt.Errorf("withdraw the pending decision on submission %d: %w", id, err)
	}
	return nil
}

func dropPending(ctx context.Context, tx database.Tx, id workflow.ID) error {
	if _, err := tx.Exec(ctx, `DELETE FROM pending_decisions WHERE submission_id = $1`, id); err != nil {
		return fmt.Errorf("remove the pending decision on submission %d: %w", id, err)
	}
	return nil
}
