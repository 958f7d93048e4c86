package committee

import (
	"context"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// Shown is a meeting with how many notes are on its shortlist, of those that the person may see.
type Shown struct {
	Meeting
	Notes, Decided int
	// Present and Quorum are those of the meeting, when that is recorded.
	Present, Members *int
}

// Overview are all meetings with their shortlists, the last one first.
func (s *Service) Overview(ctx context.Context, who identity.User) ([]Shown, error) {
	if err := desk(who); err != nil {
		return nil, err
	}
	q := s.DB.Read()
	meetings, err := s.Meetings(ctx, q)
	if err != nil {
		return nil, err
	}
	type row struct {
		MeetingID      MeetingID
		Notes, Decided int
	}
	rows, err := database.Rows[row](ctx, q, `SELECT e.meeting_id, count(*)::int AS notes, count(*) FILTER (WHERE e.outcome <> '')::int AS decided
		FROM committee_entries e JOIN submissions s ON s.id = e.note_id WHERE e.removed_at IS NULL AND `+workflow.OnDesk+` GROUP BY e.meeting_id`, args(who, database.Args{}))
	if err != nil {
		return nil, wrap("the shortlists", err)
	}
	type attendance struct {
		MeetingID        MeetingID
		Present, Members int
	}
	there, err := database.Rows[attendance](ctx, q, `SELECT meeting_id, present, members FROM committee_sessions`)
	if err != nil {
		return nil, wrap("who was at the meetings", err)
	}
	all := make([]Shown, 0, len(meetings))
	for i := len(meetings) - 1; i >= 0; i-- {
		m := Shown{Meeting: meetings[i]}
		for _, r := range rows {
			if r.MeetingID == m.ID {
				m.Notes, m.Decided = r.Notes, r.Decided
			}
		}
		for _, a := range there {
			if a.MeetingID == m.ID {
				m.Present, m.Members = &a.Present, &a.Members
			}
		}
		all = append(all, m)
	}
	return all, nil
}
