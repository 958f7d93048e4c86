package committee

import (
	"context"
	"fmt"

	"github.com/a-h/templ"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// onDesk is an entry with its meeting.
type onDesk struct {
	Entry   Entry
	Meeting Meeting
}

// panel is what the desk sees of the committee beside a note.
type panel struct {
	Note    workflow.Submission
	Check   *Check
	Entries []onDesk
}

// Checked says whether what was sent in last was found complete.
func (p panel) Checked() bool { return checks(p.Check, p.Note) }

// Open says whether it is to be found complete now.
func (p panel) Open() bool {
	return p.Note.State == workflow.InReview && p.Note.SubmittedRevision != nil && !p.Checked()
}

// ForDesk shows the desk, beside a note that it may see, whether it was found complete, and on which shortlists it is or was;
// nil for nothing.
func (s *Service) ForDesk(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	p := panel{Note: sub}
	var err error
	if p.Check, err = checkOf(ctx, s.DB.Read(), sub.ID); err != nil {
		return nil, wrap(fmt.Sprintf("whether note %d is complete", sub.ID), err)
	}
	entries, err := entriesOn(ctx, s.DB.Read(), identity.From(ctx), sub.ID)
	if err != nil {
		return nil, wrap(fmt.Sprintf("the shortlists of note %d", sub.ID), err)
	}
	for _, e := range entries {
		m, err := s.Meeting(ctx, s.DB.Read(), e.MeetingID)
		if err != nil {
			return nil, err
		}
		p.Entries = append(p.Entries, onDesk{e, m})
	}
	if p.Check == nil && len(entries) == 0 && !p.Open() {
		return nil, nil
	}
	return forDesk(p), nil
}

// told is a decision as those who filed the note know it: without the minutes.
type told struct {
	MeetingID MeetingID
	Outcome   Outcome
	Reason    string
	When      string `db:"-"`
}

// About shows those who filed a note what the committee decided on it, once they were told; nil for nothing.
func (s *Service) About(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	all, err := toldOn(ctx, s.DB.Read(), sub.ID)
	if err != nil || len(all) == 0 {
		return nil, wrap(fmt.Sprintf("what the committee decided on note %d", sub.ID), err)
	}
	for i := range all {
		m, err := s.Meeting(ctx, s.DB.Read(), all[i].MeetingID)
		if err != nil {
			return nil, err
		}
		all[i].When = m.When
	}
	return about(all), nil
}

// toldOn are the decisions on a note that its owner was told, the last one first, for the reasons that were told: the desk may
// have sent others than were recorded. The caller has found the note for the person.
func toldOn(ctx context.Context, q database.Querier, note workflow.ID) ([]told, error) {
	return database.Rows[told](ctx, q, `SELECT e.meeting_id, e.outcome, coalesce(v.body, '') AS reason FROM committee_entries e
			CROSS JOIN LATERAL (SELECT n.body FROM submission_events v LEFT JOIN submission_notes n ON n.id = v.note_id WHERE `+carriedOut+` ORDER BY v.id LIMIT 1) v
		WHERE e.note_id = $1 AND e.outcome <> '' AND NOT EXISTS (SELECT FROM pending_decisions p WHERE p.id = e.pending_id)
		ORDER BY e.decided_at DESC, e.id DESC`, note)
}
