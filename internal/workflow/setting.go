package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
)

// MaxDays is the longest service time, and the longest wait that the radar bears: about a year, in working days.
const MaxDays = 250

// DeskChoice is what is set for a desk.
type DeskChoice struct {
	DutyStation               string
	UnassignedDays, StuckDays int
}

// SetClocks writes service times by kind and the settings of desks, those that are given, and has the open clocks counted
// again. seen is the last recount that the person knew of: if there is a later one, somebody has changed the settings
// since, which is problem.Stale. Nothing is done when nothing changes.
func SetClocks(ctx context.Context, tx database.Tx, times map[string]ServiceTime, desks map[identity.Desk]DeskChoice, seen int64, who identity.User, now time.Time) error {
	if err := unchangedSince(ctx, tx, seen); err != nil {
		return err
	}
	changed := false
	record := func(subject string, fields ...string) error {
		changed = true
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "clock.change", Subject: subject, Fields: fields, At: now})
	}
	for kind, t := range times {
		n, err := tx.Exec(ctx, `INSERT INTO service_times (kind, answer_days, decision_days) VALUES (@kind, @answer, @decision)
			ON CONFLICT ON CONSTRAINT service_times_pkey DO UPDATE SET answer_days = excluded.answer_days, decision_days = excluded.decision_days
			WHERE (service_times.answer_days, service_times.decision_days) IS DISTINCT FROM (excluded.answer_days, excluded.decision_days)`,
			database.Args{"kind": kind, "answer": t.AnswerDays, "decision": t.DecisionDays})
		if err != nil {
			return fmt.Errorf("set the service times of %s: %w", kind, err)
		}
		if n.RowsAffected() > 0 {
			if err := record("service_time", kind); err != nil {
				return err
			}
		}
	}
	for desk, d := range desks {
		n, err := tx.Exec(ctx, `UPDATE desk_settings SET duty_station = @station, unassigned_days = @unassigned, stuck_days = @stuck
			WHERE desk = @desk AND (duty_station, unassigned_days, stuck_days) IS DISTINCT FROM (@station, @unassigned, @stuck)`,
			database.Args{"desk": desk, "station": d.DutyStation, "unassigned": d.UnassignedDays, "stuck": d.StuckDays})
		if err != nil {
			return fmt.Errorf("set the %s desk: %w", desk, err)
		}
		if n.RowsAffected() > 0 {
			if err := record("desk", string(desk)); err != nil {
				return err
			}
		}
	}
	if !changed {
		return nil
	}
	return AskRecount(ctx, tx, who.ID, now)
}

// MaxWeekend is how many days of a week a duty station may rest.
const MaxWeekend = 3

// SetWeekends writes the weekends of duty stations, those that are given, and has the open clocks counted again. seen is as
// in SetClocks. Nothing is done when nothing changes.
func SetWeekends(ctx context.Context, tx database.Tx, weekends map[string][]time.Weekday, seen int64, who identity.User, now time.Time) error {
	if err := unchangedSince(ctx, tx, seen); err != nil {
		return err
	}
	changed := false
	for station, weekend := range weekends {
		days := make([]int32, len(weekend))
		for i, d := range weekend {
			days[i] = int32(d)
		}
		n, err := tx.Exec(ctx, `UPDATE duty_stations SET weekend = @days WHERE id = @station AND NOT (weekend @> @days AND weekend <@ @days)`,
			database.Args{"station": station, "days": days})
		if err != nil {
			return fmt.Errorf("set the weekend of %s: %w", station, err)
		}
		if n.RowsAffected() == 0 {
			continue
		}
		changed = true
		if err := audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "clock.change", Subject: "duty_station", Fields: []string{"weekend." + station}, At: now}); err != nil {
			return err
		}
	}
	if !changed {
		return nil
	}
	return AskRecount(ctx, tx, who.ID, now)
}

// unchangedSince holds the settings until the transaction ends, and says whether they are still those that the person saw.
func unchangedSince(ctx context.Context, tx database.Tx, seen int64) error {
	if _, err := tx.Exec(ctx, `SELECT FROM desk_settings ORDER BY desk FOR UPDATE`); err != nil {
		return fmt.Errorf("hold the settings of the desks: %w", err)
	}
	last, err := LastRecount(ctx, tx)
	if err == nil && last.ID != seen {
		err = problem.Stale
	}
	return err
}

// ErrHolidayTwice says that the day is a holiday of the duty station already.
var ErrHolidayTwice = errors.New("the day is a holiday already")

// AddHoliday adds a holiday, and has the open clocks counted again. A day that is one already is ErrHolidayTwice.
func AddHoliday(ctx context.Context, tx database.Tx, h Holiday, who identity.User, now time.Time) error {
	if err := AskRecount(ctx, tx, who.ID, now); err != nil {
		return err
	}
	id, err := database.Value[int64](ctx, tx, `INSERT INTO holidays (duty_station, day, yearly, names) VALUES (nullif(@station, ''), @day, @yearly, @names) RETURNING id`,
		database.Args{"station": h.DutyStation, "day": h.Day, "yearly": h.Yearly, "names": h.Names})
	if database.Constraint(err) == "holidays_once" {
		return ErrHolidayTwice
	}
	if err != nil {
		return fmt.Errorf("add the holiday of %s: %w", h.Day, err)
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "holiday.add", Subject: "holiday", SubjectID: id, At: now})
}

// RemoveHoliday takes a holiday out, and has the open clocks counted again. One that is gone already is problem.NotFound.
func RemoveHoliday(ctx context.Context, tx database.Tx, id int64, who identity.User, now time.Time) error {
	if err := AskRecount(ctx, tx, who.ID, now); err != nil {
		return err
	}
	if _, err := database.Value[int64](ctx, tx, `DELETE FROM holidays WHERE id = $1 RETURNING id`, id); err != nil {
		return fmt.Errorf("remove holiday %d: %w", id, err)
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "holiday.remove", Subject: "holiday", SubjectID: id, At: now})
}

// Recounting is what came of the last change of the settings.
type Recounting struct {
	ID            int64
	AskedBy       string // name, or "" for the portal itself
	AskedAt       time.Time
	DoneAt        *time.Time // nil while it goes on
	Clocks, Moved int
}

// LastRecount returns the last one; the zero Recounting when there was none.
func LastRecount(ctx context.Context, q database.Querier) (Recounting, error) {
	r, err := database.Row[Recounting](ctx, q, `SELECT r.id, coalesce(u.name, '') AS asked_by, r.asked_at, r.done_at, r.clocks, r.moved
		FROM clock_recounts r LEFT JOIN users u ON u.id = r.asked_by ORDER BY r.id DESC LIMIT 1`)
	if err != nil && !errors.Is(err, problem.NotFound) {
		return r, fmt.Errorf("read the last recount: %w", err)
	}
	return r, nil
}
