package workflow

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
)

// MayMove says whether the person who asked may give the submission to another office of theirs: its author, or a head,
// while it is a draft that nobody has been sent; from an office that was refused or closed everybody who wrote with it,
// whatever the desk had begun. What the public has seen stays where it is.
func (s Submission) MayMove() bool {
	if len(s.Subjects) > 0 { // it stays with what it is about
		return false
	}
	if !s.acts() && (s.Side != ByOwner || s.Role != Author) || s.Published() {
		return false
	}
	if !s.OfficeOpen() {
		return s.State.Writable() || s.State.Waiting()
	}
	return s.State == Draft && s.SubmittedRevision == nil
}

// HoldOffices keeps the office of a submission, and the one to which it is to go, as they are until the transaction ends.
// It comes before the lock on the submission: that is the order in which offices are merged and approved.
func HoldOffices(ctx context.Context, tx database.Tx, id ID, to int64) error {
	_, err := tx.Exec(ctx, `SELECT FROM offices WHERE id = $2 OR id = (SELECT office_id FROM submissions WHERE id = $1) ORDER BY id FOR SHARE`, id, to)
	if err != nil {
		return fmt.Errorf("hold the offices of submission %d: %w", id, err)
	}
	return nil
}

// OneCase is the index that keeps a country from having two open cases of joining the Champion countries.
const OneCase = "submissions_one_champion_case"

// Move gives the submission, which the caller has locked, to another office in which the person holds a post that may
// write. A submission that may not be moved is problem.NotAllowedNow, an office that is not theirs problem.Forbidden.
func Move(ctx context.Context, tx database.Tx, s *Submission, office int64, who identity.User, now time.Time) error {
	post, ok := who.Post(office)
	switch {
	case !s.MayMove() || s.OfficeOpen() && s.AuthorID != who.ID && s.Role != string(identity.Head):
		return problem.NotAllowedNow
	case !ok || post.Role == identity.Viewer || office == s.OfficeID:
		return problem.Forbidden
	}
	type row struct{ Name, Country, State string }
	o, err := database.Row[row](ctx, tx, `SELECT name, country, state FROM offices WHERE id = $1 AND state IN ('proposed', 'approved') FOR SHARE`, office)
	if err != nil {
		return fmt.Errorf("move submission %d to office %d: %w", s.ID, office, err)
	}
	_, err = tx.Exec(ctx, `UPDATE submissions SET office_id = @office, country = @country, version = version + 1, changed_at = @now WHERE id = @id`,
		database.Args{"id": s.ID, "office": office, "country": o.Country, "now": now})
	if database.Constraint(err) == OneCase {
		return problem.NotAllowedNow
	}
	if err != nil {
		return fmt.Errorf("move submission %d: %w", s.ID, err)
	}
	s.OfficeID, s.OfficeName, s.OfficeState, s.Country = office, o.Name, o.State, o.Country
	s.Version++
	return recordAct(ctx, tx, who.ID, "move", s.ID, []string{"office_id"}, now)
}

// MoveAll gives everything of one office to another, as part of their merger, and returns how many submissions there were.
// The caller has locked both offices. No version changes: who has one of them open saves and decides as if nothing had
// happened.
func MoveAll(ctx context.Context, tx database.Tx, from, to int64, who identity.User, now time.Time) (int, error) {
	moved, err := database.Values[int64](ctx, tx, `UPDATE submissions s SET office_id = o.id, country = o.country
		FROM offices o WHERE s.office_id = $1 AND o.id = $2 RETURNING s.id`, from, to)
	if err != nil {
		return 0, fmt.Errorf("move the submissions of office %d to %d: %w", from, to, err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO audit_log (at, actor_id, act, subject, subject_id, fields)
		SELECT $2, $3, 'move', 'submission', id, ARRAY['office_id'] FROM unnest($1::bigint[]) AS id`, moved, now, who.ID)
	if err != nil {
		return 0, fmt.Errorf("record the move of the submissions of office %d: %w", from, err)
	}
	return len(moved), nil
}

// OfficeCounts is what an office has written.
type OfficeCounts struct {
	Drafts    int // never handed in, or open for writing
	Sent      int // with the desk
	Published int // before the public
	Others    int // declined, withdrawn, taken down
}

// CountOffice counts what the office has written, for a page that says what will become of it: less that with which the
// reader has a conflict, who is not to know of it.
func CountOffice(ctx context.Context, q database.Querier, office int64, who identity.User) (OfficeCounts, error) {
	c, err := database.Row[OfficeCounts](ctx, q, `SELECT
			count(*) FILTER (WHERE published_revision IS NULL AND state IN ('draft', 'changes_requested')) AS drafts,
			count(*) FILTER (WHERE published_revision IS NULL AND state IN ('submitted', 'in_review', 'approved')) AS sent,
			count(*) FILTER (WHERE published_revision IS NOT NULL) AS published,
			count(*) FILTER (WHERE published_revision IS NULL AND state IN ('declined', 'withdrawn', 'archived', 'published')) AS others
		FROM submissions s WHERE s.office_id = $1
			AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = s.id AND c.user_id = $2)`, office, who.ID)
	if err != nil {
		return c, fmt.Errorf("count what office %d has written: %w", office, err)
	}
	return c, nil
}
