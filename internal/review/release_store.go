package review

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Outcome is what became of a decision in a release.
type Outcome string

// The outcomes.
const (
	Waits   Outcome = "waiting" // until the release goes
	Done    Outcome = "done"
	Left    Outcome = "left"    // it had moved on; it is pending as before
	Stopped Outcome = "stopped" // the release was undone
)

// Outcomes lists them.
var Outcomes = []Outcome{Waits, Done, Left, Stopped}

// ReleaseLine is a release in a list. It counts what the person who asks may see, and no more.
type ReleaseLine struct {
	ID         int64
	Desk       identity.Desk
	Releaser   string
	ReleasedAt time.Time
	GoesAt     time.Time
	Stopper    string // "" for one that was not stopped
	StoppedAt  *time.Time
	BeganAt    *time.Time
	EndedAt    *time.Time
	Items      int
	Done       int
	Left       int
	Letters    int
}

// MayStop says whether it has not gone yet.
func (l ReleaseLine) MayStop(now time.Time) bool {
	return l.StoppedAt == nil && l.BeganAt == nil && now.Before(l.GoesAt)
}

// ReleasedItem is a decision in a release.
type ReleasedItem struct {
	SubmissionID workflow.ID
	Kind         string
	PublicID     *string
	Title        string
	Lang         string
	Action       workflow.Action
	Decider      string // "" when the account is closed
	Outcome      Outcome
	Reason       Reason
	Letters      int
	At           *time.Time
}

const releaseColumns = `r.id, r.desk, l.name AS releaser, r.released_at, r.goes_at, coalesce(st.name, '') AS stopper, r.stopped_at, r.began_at, r.ended_at,
	count(*)::int AS items, count(*) FILTER (WHERE i.outcome = 'done')::int AS done, count(*) FILTER (WHERE i.outcome = 'left')::int AS left, sum(i.letters)::int AS letters`

const releaseJoins = ` FROM releases r JOIN users l ON l.id = r.released_by LEFT JOIN users st ON st.id = r.stopped_by
	JOIN release_items i ON i.release_id = r.id JOIN submissions s ON s.id = i.submission_id`

// releasesShown is how many releases a desk's history shows.
const releasesShown = 50

// Releases returns the desk's releases, the newest first: those with something in them that the person may see.
func (s *Service) Releases(ctx context.Context, who identity.User, desk identity.Desk) ([]ReleaseLine, error) {
	lines, err := database.Rows[ReleaseLine](ctx, s.db.Read(), `SELECT `+releaseColumns+releaseJoins+` WHERE r.desk = @desk AND `+workflow.OnDesk+`
		GROUP BY r.id, l.name, st.name ORDER BY r.id DESC LIMIT @limit`,
		database.Args{"who": who.ID, "staff": who.IsStaff(), "desk": desk, "limit": releasesShown})
	if err != nil {
		return nil, fmt.Errorf("releases of the desk %s: %w", desk, err)
	}
	return lines, nil
}

// Leaving returns the releases of the person's desks that can still be undone, the first to go first.
func (s *Service) Leaving(ctx context.Context, who identity.User) ([]ReleaseLine, error) {
	lines, err := database.Rows[ReleaseLine](ctx, s.db.Read(), `SELECT `+releaseColumns+releaseJoins+`
		WHERE r.stopped_at IS NULL AND r.began_at IS NULL AND r.ended_at IS NULL AND r.goes_at > @now AND `+workflow.OnDesk+`
		GROUP BY r.id, l.name, st.name ORDER BY r.goes_at, r.id`,
		database.Args{"who": who.ID, "staff": who.IsStaff(), "now": s.now()})
	if err != nil {
		return nil, fmt.Errorf("releases on their way: %w", err)
	}
	return lines, nil
}

// lineOf returns a release as the person may see it; one of a desk that they do not lead, or with nothing for them, is
// problem.NotFound.
func lineOf(ctx context.Context, q database.Querier, who identity.User, id int64) (ReleaseLine, error) {
	line, err := database.Row[ReleaseLine](ctx, q, `SELECT `+releaseColumns+releaseJoins+` WHERE r.id = @id AND `+workflow.OnDesk+` GROUP BY r.id, l.name, st.name`,
		database.Args{"who": who.ID, "staff": who.IsStaff(), "id": id})
	if err == nil && !Leads(who, line.Desk) {
		err = problem.NotFound
	}
	if err != nil {
		return line, fmt.Errorf("release %d: %w", id, err)
	}
	return line, nil
}

// FindRelease returns a release with what the person may see of it; one of a desk that they do not lead, or with nothing
// for them, is problem.NotFound.
func (s *Service) FindRelease(ctx context.Context, who identity.User, id int64) (ReleaseLine, []ReleasedItem, error) {
	line, err := lineOf(ctx, s.db.Read(), who, id)
	if err != nil {
		return line, nil, err
	}
	items, err := database.Rows[ReleasedItem](ctx, s.db.Read(), `SELECT i.submission_id, s.kind, s.public_id, s.submitted_title AS title, s.lang, i.action,
			CASE WHEN d.closed_at IS NULL THEN d.name ELSE '' END AS decider, i.outcome, i.reason, i.letters, i.at
		FROM release_items i JOIN submissions s ON s.id = i.submission_id JOIN users d ON d.id = i.decided_by
		WHERE i.release_id = @id AND `+workflow.OnDesk+` ORDER BY i.outcome = 'left' DESC, i.submission_id`,
		database.Args{"who": who.ID, "staff": who.IsStaff(), "id": id})
	if err != nil {
		return line, nil, fmt.Errorf("items of release %d: %w", id, err)
	}
	return line, items, nil
}
