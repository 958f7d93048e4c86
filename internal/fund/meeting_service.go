package fund

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Calendar is what the public pages show of the meetings.
type Calendar struct {
	// Coming have not begun, the first on top; Past have, the last on top. Both hold cancelled ones.
	Coming, Past []Meeting
	// Next is the meeting for which a concept note is in time now; nil for none.
	Next *Meeting
}

// Calendar returns the meetings.
func (s *Service) Calendar(ctx context.Context) (c Calendar, err error) {
	now := s.now()
	if c.Coming, err = coming(ctx, s.db.Read(), now); err != nil {
		return c, fmt.Errorf("the coming meetings: %w", err)
	}
	if c.Past, err = past(ctx, s.db.Read(), now); err != nil {
		return c, fmt.Errorf("the past meetings: %w", err)
	}
	if m, ok := next(c.Coming, now); ok {
		c.Next = &m
	}
	return c, nil
}

// MeetingChange is what has become of a meeting: After is Before moved to another instant or zone, or cancelled.
type MeetingChange struct{ Before, After Meeting }

// moved says whether the meeting takes place, at another time than before.
func (c MeetingChange) moved() bool {
	return c.After.State == Planned && (!c.Before.At.Equal(c.After.At) || c.Before.Zone != c.After.Zone)
}

// AddMeeting adds a meeting from the form as posted and returns its number; the same form again returns the same one. What is
// wrong with it is a problem.Invalid; who is not of the fund desk gets problem.NotFound.
func (s *Service) AddMeeting(ctx context.Context, who identity.User, posted url.Values) (id MeetingID, err error) {
	if !MayMeeting(who, ActAdd) {
		return 0, problem.NotFound
	}
	m, wrong := meetingForm{posted}.meeting(s.now())
	if len(wrong) > 0 {
		return 0, problem.Invalid(wrong...)
	}
	m.ChangedAt = s.now()
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		var added bool
		if id, added, err = insertMeeting(ctx, tx, m); err != nil {
			return err
		}
		if added {
			return s.recordMeeting(ctx, tx, who, id, ActAdd)
		}
		there, err := plannedAt(ctx, tx, m.At)
		if err != nil {
			return err
		}
		if there.Zone != m.Zone || there.NameEN != m.NameEN || there.NameAR != m.NameAR {
			return problem.Invalid(problem.Field{Name: "at.day", Key: "fund.meeting.wrong.taken"})
		}
		id = there.ID
		return nil
	})
	return id, wrap("add a meeting", err)
}

func (s *Service) recordMeeting(ctx context.Context, tx database.Tx, who identity.User, id MeetingID, act MeetingAct, fields ...string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "meeting." + string(act), Subject: "fund_meeting", SubjectID: id, Fields: fields, At: s.now()})
}

// errDone ends a change that was made already: the form came twice.
var errDone = errors.New("done already")

// changeMeeting takes one act on a meeting, locked, on top of the version that was seen. Who is not of the fund desk gets
// problem.NotFound, who may not do it problem.Forbidden, a meeting in another phase problem.NotAllowedNow, and one that was
// changed since problem.Stale; unless done says that it already is as it was to be.
func (s *Service) changeMeeting(ctx context.Context, who identity.User, id MeetingID, seen int, act MeetingAct, done func(m Meeting) bool, do func(m *Meeting) (fields []string)) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		before, err := lockMeeting(ctx, tx, id)
		if err != nil {
			return err
		}
		if !who.OnDesk(identity.FundDesk) {
			return problem.NotFound
		}
		if MayMeeting(who, act) && before.Version != seen && done(before) {
			return errDone
		}
		switch err := before.allowed(who, act, s.now()); {
		case errors.Is(err, problem.NotAllowedNow) && before.Version != seen: // it has moved on since
			return problem.Stale
		case err != nil:
			return err
		case before.Version != seen:
			return problem.Stale
		}
		after := before
		fields := do(&after)
		after.ChangedAt = s.now()
		if err := updateMeeting(ctx, tx, after); err != nil {
			return err
		}
		if err := s.recordMeeting(ctx, tx, who, id, act, fields...); err != nil {
			return err
		}
		change := MeetingChange{before, after}
		if !change.moved() && after.State == before.State {
			return nil
		}
		if after.State == Cancelled {
			if err := s.cancelled(ctx, tx, who, after); err != nil {
				return err
			}
		}
		return s.tellConcerned(ctx, tx, change)
	})
	switch {
	case errors.Is(err, errDone):
		return nil
	case database.Constraint(err) == "fund_meetings_planned":
		return problem.Invalid(problem.Field{Name: "at.day", Key: "fund.meeting.wrong.taken"})
	}
	return wrap(fmt.Sprintf("%s meeting %d", act, id), err)
}

// NameMeeting gives a meeting other names.
func (s *Service) NameMeeting(ctx context.Context, who identity.User, id MeetingID, seen int, posted url.Values) error {
	var typed Meeting
	if wrong := (meetingForm{posted}).names(&typed); len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	same := func(m Meeting) bool { return m.NameEN == typed.NameEN && m.NameAR == typed.NameAR }
	return s.changeMeeting(ctx, who, id, seen, ActName, same, func(m *Meeting) []string {
		m.NameEN, m.NameAR = typed.NameEN, typed.NameAR
		return []string{"name"}
	})
}

// MoveMeeting puts a meeting on another day, time or zone: its last safe day is another then, and those concerned are told.
// A time that is over, or taken by another meeting, is a problem.Invalid.
func (s *Service) MoveMeeting(ctx context.Context, who identity.User, id MeetingID, seen int, posted url.Values) error {
	var to Meeting
	if wrong := (meetingForm{posted}).when(&to, s.now()); len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	same := func(m Meeting) bool { return m.At.Equal(to.At) && m.Zone == to.Zone }
	return s.changeMeeting(ctx, who, id, seen, ActMove, same, func(m *Meeting) []string {
		if same(*m) {
			return nil
		}
		was := m.At
		m.At, m.Zone, m.MovedFrom = to.At, to.Zone, &was
		return []string{"at", "zone"}
	})
}

// CancelMeeting cancels a meeting, for a reason that everybody may read: those concerned are told.
func (s *Service) CancelMeeting(ctx context.Context, who identity.User, id MeetingID, seen int, reason string) error {
	reason = strings.TrimSpace(form.Clean(reason))
	switch n := form.Length(reason); {
	case n == 0:
		return problem.Invalid(problem.Field{Name: "reason", Key: "fund.meeting.wrong.reason"})
	case n > MaxReason:
		return problem.Invalid(problem.Field{Name: "reason", Key: "fund.meeting.wrong.long", Args: []any{MaxReason, n}})
	}
	same := func(m Meeting) bool { return m.State == Cancelled && m.Reason == reason }
	return s.changeMeeting(ctx, who, id, seen, ActCancel, same, func(m *Meeting) []string {
		now := s.now()
		m.State, m.CancelledAt, m.Reason = Cancelled, &now, reason
		return []string{"state"}
	})
}

// DeskMeeting is a meeting for the fund desk; problem.NotFound for everybody else.
func (s *Service) DeskMeeting(ctx context.Context, who identity.User, id MeetingID) (Meeting, error) {
	if !who.OnDesk(identity.FundDesk) {
		return Meeting{}, problem.NotFound
	}
	return MeetingByID(ctx, s.db.Read(), id)
}

// Concerned are the people who would be told of the change.
func (s *Service) Concerned(ctx context.Context, change MeetingChange) ([]workflow.Recipient, error) {
	people, err := s.concerned(ctx, s.db.Read(), change)
	return people, wrap(fmt.Sprintf("whom meeting %d concerns", change.Before.ID), err)
}
