package workflow

import (
	"context"
	"fmt"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
)

// Audience says for whom a note is written. Nobody else ever sees it.
type Audience string

// The audiences of a note.
const (
	ToSubmitter Audience = "submitter" // the office's people and the desk
	ToStaff     Audience = "staff"     // the desk only
)

// MaxNote is the longest note, in characters as a person counts them.
const MaxNote = 5000

// Note is something written about a submission.
type Note struct {
	ID         int64
	Revision   int
	ShownTo    Audience
	AuthorID   int64
	AuthorName string
	// AuthorSide is the side on which the author stands: the desk or the owner.
	AuthorSide By
	Body       string
	At         time.Time
}

// AddNote writes a note on the submission's current revision.
func AddNote(ctx context.Context, tx database.Tx, s Submission, shownTo Audience, body string, author int64, now time.Time) (int64, error) {
	body = strings.TrimSpace(body)
	if body == "" {
		return 0, problem.Invalid(problem.Field{Name: "note", Key: "workflow.note.blank"})
	}
	id, err := database.Value[int64](ctx, tx, `INSERT INTO submission_notes (submission_id, revision, shown_to, author_id, body, at)
		VALUES (@id, @revision, @shown_to, @author, @body, @now) RETURNING id`,
		database.Args{"id": s.ID, "revision": s.Revision, "shown_to": shownTo, "author": author, "body": body, "now": now})
	if err != nil {
		return 0, fmt.Errorf("note on submission %d: %w", s.ID, err)
	}
	if shownTo == ToSubmitter && s.Side == ByDesk {
		return id, answered(ctx, tx, s, now)
	}
	return id, nil
}

// Notes returns the notes that the side may read, oldest first.
func Notes(ctx context.Context, q database.Querier, s Submission) ([]Note, error) {
	return database.Rows[Note](ctx, q, `SELECT n.id, n.revision, n.shown_to, n.author_id, u.name AS author_name,
			CASE WHEN EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = n.submission_id AND c.user_id = n.author_id
					AND c.reason IN ('author', 'office', 'writer', 'invited'))
				THEN 'owner' ELSE 'desk' END AS author_side, n.body, n.at
		FROM submission_notes n JOIN users u ON u.id = n.author_id
		WHERE n.submission_id = $1 AND (n.shown_to = 'submitter' OR $2) ORDER BY n.id`, s.ID, s.Side == ByDesk)
}

// Events returns the steps taken so far, oldest first.
func Events(ctx context.Context, q database.Querier, s Submission) ([]Event, error) {
	return database.Rows[Event](ctx, q, `SELECT e.id, e.revision, e.action, e.from_state, e.to_state, e.actor_id,
			coalesce(u.name, '') AS actor_name, e.note_id, coalesce(n.body, '') AS note, e.at
		FROM submission_events e LEFT JOIN users u ON u.id = e.actor_id LEFT JOIN submission_notes n ON n.id = e.note_id
		WHERE e.submission_id = $1 ORDER BY e.id`, s.ID)
}

// HandedIn returns the revisions that were handed in, the earliest first: the only ones that the desk may read. One that
// the owner gave up before sending it is not among them.
func HandedIn(ctx context.Context, q database.Querier, id ID) ([]int, error) {
	revisions, err := database.Values[int](ctx, q, `SELECT DISTINCT revision FROM submission_events WHERE submission_id = $1 AND action IN ('submit', 'record', 'accept_edits') ORDER BY revision`, id)
	if err != nil {
		return nil, fmt.Errorf("revisions of submission %d that were handed in: %w", id, err)
	}
	return revisions, nil
}

// RequestedChanges returns what the desk asked to be changed when it read the revision, by field.
func RequestedChanges(ctx context.Context, q database.Querier, id ID, revision int) (map[string]string, error) {
	rows, err := database.Rows[ChangeRequest](ctx, q, `SELECT field, body FROM change_requests WHERE submission_id = $1 AND revision = $2`, id, revision)
	if err != nil {
		return nil, fmt.Errorf("requested changes of submission %d: %w", id, err)
	}
	changes := map[string]string{}
	for _, r := range rows {
		changes[r.Field] = r.Body
	}
	return changes, nil
}

// Recipient is somebody who is told about a submission by mail.
type Recipient struct {
	ID    int64
	Name  string
	Email string
	Lang  string
}

// OwnerRecipients returns who is told on the owner's side: the author, while they hold a post, and the office's heads; of what
// was written for no office the author.
func OwnerRecipients(ctx context.Context, q database.Querier, s Submission) ([]Recipient, error) {
	return database.Rows[Recipient](ctx, q, `SELECT DISTINCT u.id, u.name, u.email, u.lang FROM posts p JOIN users u ON u.id = p.user_id
		WHERE p.office_id = $1 AND u.closed_at IS NULL AND (p.until_on IS NULL OR p.until_on >= current_date)
			AND (u.id = $2 AND p.state IN ('pending', 'approved') OR p.role = 'head' AND p.state = 'approved')
		UNION SELECT u.id, u.name, u.email, u.lang FROM users u WHERE $1 = 0 AND u.id = $2 AND u.closed_at IS NULL ORDER BY id`, s.OfficeID, s.AuthorID)
}

// DeskRecipients returns who is told on the desk's side: the person to whom it is assigned, or, when there is nobody or
// they may not see it any more, all officers and leads of the desk; never somebody with a conflict.
func DeskRecipients(ctx context.Context, q database.Querier, s Submission) ([]Recipient, error) {
	return database.Rows[Recipient](ctx, q, `SELECT DISTINCT u.id, u.name, u.email, u.lang FROM submission_access a JOIN users u ON u.id = a.user_id
		WHERE a.submission_id = $1 AND a.side = 'desk' AND u.closed_at IS NULL AND (u.id = $2 OR NOT EXISTS (
			SELECT FROM submission_access b JOIN users v ON v.id = b.user_id
			WHERE b.submission_id = $1 AND b.side = 'desk' AND b.user_id = $2 AND v.closed_at IS NULL)) ORDER BY u.id`, s.ID, s.AssignedTo)
}

// AssignForPortal gives the submission, which the caller has locked, to a member of its desk, or to nobody (0), by a rule.
// Whether they may have it is the caller's to see to.
func AssignForPortal(ctx context.Context, tx database.Tx, s *Submission, to int64, now time.Time) error {
	s.AssignedTo = nil
	if to != 0 {
		s.AssignedTo = &to
	}
	if _, err := tx.Exec(ctx, `UPDATE submissions SET assigned_to = $2, version = version + 1 WHERE id = $1`, s.ID, s.AssignedTo); err != nil {
		return fmt.Errorf("assign submission %d: %w", s.ID, err)
	}
	s.Version++
	return recordAct(ctx, tx, 0, "assign", s.ID, []string{"assigned_to"}, now)
}

// Assign gives the submission to a member of its desk, or to nobody (0). The caller has locked it as the desk.
func Assign(ctx context.Context, tx database.Tx, s *Submission, to int64, who identity.User, now time.Time) error {
	if s.Side != ByDesk {
		return problem.Forbidden
	}
	var assignee *int64
	if to != 0 {
		if _, err := database.Value[int](ctx, tx, `SELECT 1 FROM submission_access a JOIN users u ON u.id = a.user_id
			WHERE a.submission_id = $1 AND a.user_id = $2 AND a.side = 'desk' AND u.closed_at IS NULL LIMIT 1`, s.ID, to); err != nil {
			return fmt.Errorf("assign submission %d: %w", s.ID, err)
		}
		assignee = &to
	}
	if _, err := tx.Exec(ctx, `UPDATE submissions SET assigned_to = $2, version = version + 1 WHERE id = $1`, s.ID, assignee); err != nil {
		return fmt.Errorf("assign submission %d: %w", s.ID, err)
	}
	s.AssignedTo = assignee
	s.Version++
	return recordAct(ctx, tx, who.ID, "assign", s.ID, []string{"assigned_to"}, now)
}
