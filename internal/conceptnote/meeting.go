package conceptnote

import (
	"context"
	"fmt"
	"time"

	"github.com/a-h/templ"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/workflow"
)

// Meeting is a meeting of the Steering Committee, in the reader's words.
type Meeting struct {
	Name string
	// Explanation says until when a note is in time for it, and why.
	Explanation string
}

// Says is for which meeting a note is in time that is sent in at the instant; for one that was sent in, the meeting by when
// that was. After changes that the desk asked for, it is the day on which it comes back that counts: its office reads what holds
// if it sends it now, the desk what holds if it comes back now.
func (s *Service) Says(ctx context.Context, q database.Querier, sub workflow.Submission, at time.Time) (string, error) {
	key := "concept_note.meeting.now"
	switch {
	case sub.State.Waiting() && sub.SubmittedAt != nil:
		key, at = "concept_note.meeting.sent", *sub.SubmittedAt
	case !sub.State.Writable():
		return "", nil
	case sub.Side == workflow.ByDesk:
		key = "concept_note.meeting.back"
	}
	m, err := s.meeting(ctx, q, at)
	switch {
	case err != nil:
		return "", fmt.Errorf("the meeting for concept note %d: %w", sub.ID, err)
	case m == nil:
		return i18n.T(ctx, key+".none"), nil
	}
	return i18n.T(ctx, key, m.Name, m.Explanation), nil
}

// About shows on the page of a note what the fund has changed since its steps were saved, and for which meeting it is in time;
// nil for one that is over.
func (s *Service) About(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	says, err := s.Says(ctx, s.db.Read(), sub, s.now())
	if err != nil || says == "" {
		return nil, err
	}
	v := aboutView{ID: sub.ID, Says: says, Meetings: s.meetingsPath, StepPath: s.stepPath}
	if v.Changed, err = s.since(ctx, sub); err != nil {
		return nil, err
	}
	return about(v), nil
}

// aboutView is what the page of a note says beside its state.
type aboutView struct {
	ID       workflow.ID
	Changed  []stepChanges
	StepPath func(id workflow.ID, step string) string
	// Says is for which meeting it is in time; Meetings is the page of all.
	Says, Meetings string
}

// Concerned are the people whom a meeting concerns that is moved or cancelled, each once: the authors of drafts, and of the
// notes that wait and that had arrived before its cut-off.
func Concerned(ctx context.Context, q database.Querier, cutoff time.Time) ([]workflow.Recipient, error) {
	all, err := database.Rows[workflow.Recipient](ctx, q, `SELECT DISTINCT u.id, u.name, u.email, u.lang FROM submissions s JOIN users u ON u.id = s.author_id
		WHERE s.kind = $1 AND u.closed_at IS NULL AND (s.state IN ('draft', 'changes_requested') OR s.state IN ('submitted', 'in_review') AND s.submitted_at < $2) ORDER BY u.id`, KindName, cutoff)
	if err != nil {
		return nil, fmt.Errorf("whom a meeting of the fund concerns: %w", err)
	}
	return all, nil
}
