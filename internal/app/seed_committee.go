package app

import (
	"context"
	"fmt"
	"time"

	"portal/internal/committee"
	"portal/internal/conceptnote"
	"portal/internal/database"
	"portal/internal/fund"
	"portal/internal/identity"
	"portal/internal/review"
	"portal/internal/workflow"
)

// What the Steering Committee minutes in the demonstration.
const (
	demoMinutes    = "The chair opened the meeting and thanked the donors. The agenda was adopted. The committee asked the secretariat for a note on balance between regions before its next meeting."
	earlierNote    = "The committee endorsed it at a meeting before this portal was there; its minutes are in the files of the fund."
	demoDiscussion = "Members welcomed the part of local government. One asked how results will be measured after the first year; the convening organization answered."
)

// rule has the committee decide on a note at the meeting for which it came in time, when that is past; a note for which the
// meeting is still to come is decided on by the desk.
func (s *seeder) rule(ctx context.Context, officer identity.User, id workflow.ID, outcome committee.Outcome, reason string) error {
	sent, err := database.Value[time.Time](ctx, s.db.Read(), `SELECT max(at) FROM submission_events WHERE submission_id = $1 AND action = 'submit'`, id)
	if err != nil {
		return err
	}
	m, ok, err := fund.NextFor(ctx, s.db.Read(), sent)
	if err != nil {
		return err
	}
	if !ok || !m.At.Before(s.start) {
		return s.decide(ctx, officer, id, outcome.Action(), review.Decision{Note: reason, Exception: earlierNote})
	}
	lead, err := s.staffOf(ctx, "fundlead@demo.example")
	if err != nil {
		return err
	}
	s.now = m.At.Add(-10 * 24 * time.Hour)
	if err := s.areas.committee.Add(ctx, officer, m.ID, id); err != nil {
		return err
	}
	s.now = m.At.Add(3 * time.Hour)
	l, err := s.areas.committee.Shortlist(ctx, lead, m.ID)
	if err != nil {
		return err
	}
	if l.Session == nil {
		if err := s.areas.committee.SaveSession(ctx, lead, m.ID, committee.Minuted{Present: 9, Minutes: demoMinutes}); err != nil {
			return err
		}
	}
	e := l.Entries[len(l.Entries)-1]
	r := committee.Ruling{Outcome: outcome, Reason: reason, Discussion: demoDiscussion, Recused: int(id % 2), Version: e.Version, NoteVersion: e.Note.Version}
	if err := s.areas.committee.Decide(ctx, lead, m.ID, e.ID, r); err != nil {
		return err
	}
	s.now = m.At.Add(26 * time.Hour)
	return s.release(ctx, lead, identity.FundDesk)
}

// shortlists has the notes that are in review reviewed, and puts them on the shortlist of the next meeting.
func (s *seeder) shortlists(ctx context.Context) error {
	officer, err := s.staffOf(ctx, "fund@demo.example")
	if err != nil {
		return err
	}
	lead, err := s.staffOf(ctx, "fundlead@demo.example")
	if err != nil {
		return err
	}
	ids, err := database.Values[workflow.ID](ctx, s.db.Read(), `SELECT s.id FROM submissions s WHERE s.kind = @kind AND s.state = 'in_review' AND `+workflow.OnDesk+` ORDER BY s.id`,
		database.Args{"kind": conceptnote.KindName, "who": officer.ID, "staff": officer.IsStaff()})
	if err != nil {
		return err
	}
	m, ok, err := fund.NextFor(ctx, s.db.Read(), s.start)
	if err != nil || !ok {
		return err
	}
	for i, id := range ids {
		s.at(4, 9)
		goes := completeRound
		if i%3 == 2 {
			goes = underWayRound
		}
		sub, err := workflow.Find(ctx, s.db.Read(), id, officer)
		if err != nil {
			return err
		}
		if err := s.areas.committee.Complete(ctx, officer, id, *sub.SubmittedRevision); err != nil {
			return err
		}
		if err := s.peerRound(ctx, lead, id, s.reviewers, goes); err != nil {
			return fmt.Errorf("technical review of note %d: %w", id, err)
		}
		if i%3 == 2 {
			continue // waits for its reviews
		}
		s.at(1, 15)
		if err := s.areas.committee.Add(ctx, officer, m.ID, id); err != nil {
			return fmt.Errorf("put note %d on the shortlist: %w", id, err)
		}
	}
	s.now = s.start
	return nil
}
