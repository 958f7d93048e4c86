package fund

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
)

const meetingColumns = `m.id, m.version, m.name_en, m.name_ar, m.at, m.zone, m.state, m.moved_from, m.cancelled_at, m.reason, m.changed_at`

// findMeeting returns a meeting; problem.NotFound when there is none.
func findMeeting(ctx context.Context, q database.Querier, id MeetingID) (Meeting, error) {
	return database.Row[Meeting](ctx, q, `SELECT `+meetingColumns+` FROM fund_meetings m WHERE m.id = $1`, id)
}

// lockMeeting is findMeeting for a transaction that changes the meeting.
func lockMeeting(ctx context.Context, tx database.Tx, id MeetingID) (Meeting, error) {
	return database.Row[Meeting](ctx, tx, `SELECT `+meetingColumns+` FROM fund_meetings m WHERE m.id = $1 FOR UPDATE`, id)
}

// HoldMeeting is MeetingByID for a transaction until whose end the meeting is neither moved nor cancelled.
func HoldMeeting(ctx context.Context, tx database.Tx, id MeetingID) (Meeting, error) {
	m, err := database.Row[Meeting](ctx, tx, `SELECT `+meetingColumns+` FROM fund_meetings m WHERE m.id = $1 FOR SHARE`, id)
	return m, wrap(fmt.Sprintf("hold meeting %d", id), err)
}

// Meetings are all meetings, cancelled ones too, the earliest first.
func Meetings(ctx context.Context, q database.Querier) ([]Meeting, error) {
	all, err := database.Rows[Meeting](ctx, q, `SELECT `+meetingColumns+` FROM fund_meetings m ORDER BY m.at, m.id LIMIT $1`, maxMeetings)
	return all, wrap("the meetings", err)
}

// MeetingByID returns a meeting, be it past or cancelled; problem.NotFound when there is none.
func MeetingByID(ctx context.Context, q database.Querier, id MeetingID) (Meeting, error) {
	m, err := findMeeting(ctx, q, id)
	return m, wrap(fmt.Sprintf("meeting %d", id), err)
}

// NextFor is the first meeting for which a concept note that arrives at the instant is in time (fund.md, Steering Committee
// calendar); false when none is planned. The next one if it is too late for this: NextFor at its Cutoff.
func NextFor(ctx context.Context, q database.Querier, t time.Time) (Meeting, bool, error) {
	all, err := database.Rows[Meeting](ctx, q, `SELECT `+meetingColumns+` FROM fund_meetings m WHERE m.state = 'planned' AND m.at > $1 ORDER BY m.at, m.id LIMIT 100`, t)
	if err != nil {
		return Meeting{}, false, fmt.Errorf("the next meeting: %w", err)
	}
	m, ok := next(all, t)
	return m, ok, nil
}

// maxMeetings bounds how many meetings are read: more than there will ever be.
const maxMeetings = 1000

// coming are the meetings that have not begun at the instant, cancelled ones too, the first on top.
func coming(ctx context.Context, q database.Querier, now time.Time) ([]Meeting, error) {
	return database.Rows[Meeting](ctx, q, `SELECT `+meetingColumns+` FROM fund_meetings m WHERE m.at > $1 ORDER BY m.at, m.id LIMIT $2`, now, maxMeetings)
}

// past are the meetings that have begun, the last on top.
func past(ctx context.Context, q database.Querier, now time.Time) ([]Meeting, error) {
	return database.Rows[Meeting](ctx, q, `SELECT `+meetingColumns+` FROM fund_meetings m WHERE m.at <= $1 ORDER BY m.at DESC, m.id DESC LIMIT $2`, now, maxMeetings)
}

// insertMeeting adds a meeting and returns its number; false when another one is planned for the instant.
func insertMeeting(ctx context.Context, tx database.Tx, m Meeting) (MeetingID, bool, error) {
	ids, err := database.Values[MeetingID](ctx, tx, `INSERT INTO fund_meetings (name_en, name_ar, at, zone, changed_at) VALUES (@name_en, @name_ar, @at, @zone, @changed)
		ON CONFLICT (at) WHERE state = 'planned' DO NOTHING RETURNING id`,
		database.Args{"name_en": m.NameEN, "name_ar": m.NameAR, "at": m.At, "zone": m.Zone, "changed": m.ChangedAt})
	if err != nil || len(ids) == 0 {
		return 0, false, wrap("keep a meeting", err)
	}
	return ids[0], true, nil
}

// updateMeeting writes a meeting and raises its version.
func updateMeeting(ctx context.Context, tx database.Tx, m Meeting) error {
	_, err := tx.Exec(ctx, `UPDATE fund_meetings SET version = version + 1, name_en = @name_en, name_ar = @name_ar, at = @at, zone = @zone, state = @state, moved_from = @moved,
			cancelled_at = @cancelled, reason = @reason, changed_at = @changed WHERE id = @id`,
		database.Args{
			"id": m.ID, "name_en": m.NameEN, "name_ar": m.NameAR, "at": m.At, "zone": m.Zone, "state": m.State, "moved": m.MovedFrom,
			"cancelled": m.CancelledAt, "reason": m.Reason, "changed": m.ChangedAt,
		})
	return wrap(fmt.Sprintf("change meeting %d", m.ID), err)
}

// plannedAt is the meeting that is planned for the instant; problem.NotFound for none.
func plannedAt(ctx context.Context, q database.Querier, t time.Time) (Meeting, error) {
	return database.Row[Meeting](ctx, q, `SELECT `+meetingColumns+` FROM fund_meetings m WHERE m.at = $1 AND m.state = 'planned'`, t)
}

// wrap says what was being done when the error came; nil stays nil.
func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
