package committee

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// minutesField is the control for a file of the minutes, outField the one for those that are taken out.
const (
	minutesField = "minutes_file"
	outField     = "out"
)

// recusedAt is how many members took no part in each decision of the meeting, whoever may see which: attendance holds for all.
func recusedAt(ctx context.Context, q database.Querier, meeting MeetingID) ([]int, error) {
	return database.Values[int](ctx, q, `SELECT recused FROM committee_entries WHERE meeting_id = $1 AND removed_at IS NULL AND outcome <> ''`, meeting)
}

// minutes are the files of the minutes of a meeting. They tell of all notes, so that who may not see one of those that are or were
// on its shortlist gets none, and does not learn that there are any.
func minutes(ctx context.Context, q database.Querier, who identity.User, meeting MeetingID) ([]attachment.Attachment, error) {
	all, err := database.Value[bool](ctx, q, `SELECT NOT EXISTS (SELECT FROM committee_entries e WHERE (e.meeting_id = @meeting OR e.from_meeting = @meeting)
		AND NOT EXISTS (SELECT FROM submissions s WHERE s.id = e.note_id AND `+workflow.OnDesk+`))`, args(who, database.Args{"meeting": meeting}))
	if err != nil || !all {
		return nil, err
	}
	return attachment.OfMeeting(ctx, q, meeting)
}

// minutesAfter is how many files the minutes have once this is recorded, of those that the person may see.
func (s *Service) minutesAfter(ctx context.Context, tx database.Tx, who identity.User, meeting MeetingID, m Minuted) (int, error) {
	there, err := minutes(ctx, tx, who, meeting)
	if err != nil {
		return 0, err
	}
	for _, id := range m.Out {
		at := slices.IndexFunc(there, func(f attachment.Attachment) bool { return f.ID == id })
		if at < 0 {
			return 0, problem.Stale
		}
		there = slices.Delete(there, at, at+1)
	}
	if m.File != nil {
		return len(there) + 1, nil
	}
	return len(there), nil
}

// MinutesFile returns a file of the minutes of a meeting, for who may see it; problem.NotFound for everybody else.
func (s *Service) MinutesFile(ctx context.Context, who identity.User, meeting MeetingID, id int64) (attachment.Attachment, error) {
	if err := desk(who); err != nil {
		return attachment.Attachment{}, err
	}
	all, err := minutes(ctx, s.DB.Read(), who, meeting)
	if err != nil {
		return attachment.Attachment{}, wrap(fmt.Sprintf("the minutes of meeting %d", meeting), err)
	}
	at := slices.IndexFunc(all, func(f attachment.Attachment) bool { return f.ID == id && f.Servable() })
	if at < 0 {
		return attachment.Attachment{}, problem.NotFound
	}
	return all[at], nil
}

// Minuted is what the lead records of a meeting, on top of the Version that was seen (0 for none).
type Minuted struct {
	Version, Present int
	// Minutes are typed, and may stay blank where there is a file.
	Minutes string
	// File is one more file of the minutes, nil for none; Out are the ids of those that are taken out.
	File *attachment.Received
	Out  []int64
}

// SaveSession records who was at a meeting that has begun, and its minutes. Attendance below the quorum is recorded as it was;
// decisions cannot be. What is wrong is a problem.Invalid.
func (s *Service) SaveSession(ctx context.Context, who identity.User, meeting MeetingID, m Minuted) error {
	m.Minutes = clean(m.Minutes)
	err := s.DB.InTx(ctx, func(tx database.Tx) error {
		if _, err := s.held(ctx, tx, who, ActSession, meeting); err != nil {
			return err
		}
		rule, err := lastRule(ctx, tx)
		if err != nil {
			return err
		}
		was, err := lockSession(ctx, tx, meeting)
		if err != nil {
			return err
		}
		if was.Version > 0 {
			if was.Version != m.Version && was.Present == m.Present && was.Minutes == m.Minutes && m.File == nil && len(m.Out) == 0 {
				return nil // the form was sent twice
			}
			rule.Members, rule.Quorum = was.Members, was.Quorum // those of that day
		}
		if was.Version != m.Version {
			return problem.Stale
		}
		recused, err := recusedAt(ctx, tx, meeting)
		if err != nil {
			return err
		}
		files, err := s.minutesAfter(ctx, tx, who, meeting, m)
		if err != nil {
			return err
		}
		now := Session{Present: m.Present, Members: rule.Members, Quorum: rule.Quorum}
		if wrong := now.check(m.Minutes, files, recused); len(wrong) > 0 {
			return problem.Invalid(wrong...)
		}
		saved, err := tx.Exec(ctx, `INSERT INTO committee_sessions (meeting_id, present, members, quorum, minutes, saved_by, saved_at) VALUES (@meeting, @present, @members, @quorum, @minutes, @who, @now)
			ON CONFLICT ON CONSTRAINT committee_sessions_pkey DO UPDATE SET version = committee_sessions.version + 1, present = excluded.present, minutes = excluded.minutes,
				saved_by = excluded.saved_by, saved_at = excluded.saved_at WHERE committee_sessions.version = @seen`,
			database.Args{"meeting": meeting, "present": m.Present, "members": rule.Members, "quorum": rule.Quorum, "minutes": m.Minutes, "who": who.ID, "now": s.Now(), "seen": m.Version})
		if err != nil {
			return err
		}
		if saved.RowsAffected() == 0 { // somebody else was first, at the same moment
			if was, err = sessionOf(ctx, tx, meeting); err == nil && (was.Present != m.Present || was.Minutes != m.Minutes || m.File != nil || len(m.Out) > 0) {
				err = problem.Stale
			}
			return err
		}
		fields := []string{"present", "minutes"}
		if m.File != nil || len(m.Out) > 0 {
			fields = append(fields, minutesField)
		}
		for _, id := range m.Out {
			if err := attachment.RemoveOfMeeting(ctx, tx, meeting, id); err != nil {
				return err
			}
		}
		if m.File != nil {
			if _, err := s.Files.Add(ctx, tx, m.File); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, who, "meeting.session", meetingSubject, meeting, fields...)
	})
	return wrap(fmt.Sprintf("record who was at meeting %d", meeting), err)
}

// check says what is wrong with who was there, in the order of the page. files is how many files the minutes have, recused how many
// members took no part in each decision that rests on it.
func (n Session) check(minutes string, files int, recused []int) []problem.Field {
	var wrong []problem.Field
	if n.Present < 0 || n.Present > n.Members {
		wrong = append(wrong, problem.Field{Name: "present", Key: "committee.wrong.present", Args: []any{n.Members}})
	} else if slices.ContainsFunc(recused, func(out int) bool { return !n.Quorate(out) }) {
		wrong = append(wrong, problem.Field{Name: "present", Key: "committee.wrong.present_decided", Args: []any{n.Quorum}})
	}
	if minutes == "" && files == 0 {
		wrong = append(wrong, problem.Field{Name: "minutes", Key: "committee.wrong.minutes"})
	}
	return append(wrong, tooLong("minutes", minutes, MaxMinutes)...)
}

// lockSession is sessionOf for a transaction that changes it, or decides by it; the zero Session while there is none.
func lockSession(ctx context.Context, tx database.Tx, meeting MeetingID) (Session, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM committee_sessions WHERE meeting_id = $1 FOR UPDATE`, meeting); err != nil {
		return Session{}, err
	}
	n, err := sessionOf(ctx, tx, meeting)
	if errors.Is(err, problem.NotFound) {
		return Session{}, nil
	}
	return n, err
}
