package workflow

import (
	"context"
	"fmt"
	"slices"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/identity"
)

// DutyStation is where a desk sits: in whose zone its days begin and end, and on which of them it works. The zero
// DutyStation works on all days, in UTC.
type DutyStation struct {
	ID    string
	Names gcm.Names
	Zone  *time.Location
	// Weekend are the days of each week on which it rests, from Sunday on; they are in the calendar.
	Weekend  []time.Weekday
	Calendar date.Calendar
	// Holidays are the names of the calendar's holidays, by their ID.
	Holidays map[int64]gcm.Names
}

// Location is the station's zone.
func (d DutyStation) Location() *time.Location {
	if d.Zone == nil {
		return time.UTC
	}
	return d.Zone
}

// DayOf is the day that the instant falls on at the station.
func (d DutyStation) DayOf(t time.Time) date.Date { return date.Today(t, d.Location()) }

// Today is the day that now falls on at the station.
func (d DutyStation) Today(now time.Time) date.Date { return date.Today(now, d.Location()) }

func (d DutyStation) mark(day date.Date) (Mark, gcm.Names) {
	if d.Calendar.Weekend(day) {
		return OnWeekend, nil
	}
	if h, ok := d.Calendar.Holiday(day); ok {
		return OnHoliday, d.Holidays[h.ID]
	}
	return Counts, nil
}

// Light compares the day on which the desk has to act next with the day that it is at the station.
func (d DutyStation) Light(s Submission, now time.Time) Light {
	today := d.Today(now)
	switch {
	case s.WaitingFor == ForSubmitter:
		return Paused
	case s.DueOn == nil:
		return ""
	case s.DueOn.Before(today):
		return Overdue
	case !d.SoonUntil(now).Before(*s.DueOn):
		return DueSoon
	default:
		return InTime
	}
}

// SoonUntil is the last day that is due soon: the next working day at the station.
func (d DutyStation) SoonUntil(now time.Time) date.Date { return d.Calendar.Add(d.Today(now), 1) }

// DeskSettings are what the leads of a desk set for it.
type DeskSettings struct {
	DutyStation
	// UnassignedDays are the working days without anybody in charge, StuckDays those of waiting for the submitter, after which
	// the radar shows it.
	UnassignedDays, StuckDays int
}

// Desks are the settings of all desks.
type Desks map[identity.Desk]DeskSettings

// Light is the light of a submission at its desk.
func (d Desks) Light(s Submission, now time.Time) Light { return d[s.Desk].Light(s, now) }

// ReadDesks returns the settings of all desks.
func ReadDesks(ctx context.Context, q database.Querier) (Desks, error) {
	stations, err := ReadStations(ctx, q)
	if err != nil {
		return nil, err
	}
	type row struct {
		Desk                      identity.Desk
		DutyStation               string
		UnassignedDays, StuckDays int
	}
	rows, err := database.Rows[row](ctx, q, `SELECT desk, duty_station, unassigned_days, stuck_days FROM desk_settings`)
	if err != nil {
		return nil, fmt.Errorf("read the settings of the desks: %w", err)
	}
	desks := Desks{}
	for _, r := range rows {
		for _, s := range stations {
			if s.ID == r.DutyStation {
				desks[r.Desk] = DeskSettings{DutyStation: s, UnassignedDays: r.UnassignedDays, StuckDays: r.StuckDays}
			}
		}
	}
	return desks, nil
}

// ReadStations returns all duty stations with their holidays, in the order of their ids.
func ReadStations(ctx context.Context, q database.Querier) ([]DutyStation, error) {
	type row struct {
		ID      string
		Names   gcm.Names
		Zone    string
		Weekend []int32
	}
	rows, err := database.Rows[row](ctx, q, `SELECT id, names, zone, weekend FROM duty_stations ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("read the duty stations: %w", err)
	}
	holidays, err := ReadHolidays(ctx, q)
	if err != nil {
		return nil, err
	}
	stations := make([]DutyStation, len(rows))
	for i, r := range rows {
		zone, err := time.LoadLocation(r.Zone)
		if err != nil {
			return nil, fmt.Errorf("duty station %s: %w", r.ID, err)
		}
		weekend := make([]time.Weekday, len(r.Weekend))
		for n, d := range r.Weekend {
			weekend[n] = time.Weekday(d)
		}
		slices.Sort(weekend)
		names := map[int64]gcm.Names{}
		var days []date.Holiday
		for _, h := range holidays {
			if h.DutyStation == "" || h.DutyStation == r.ID {
				names[h.ID] = h.Names
				days = append(days, date.Holiday{ID: h.ID, Day: h.Day, Yearly: h.Yearly})
			}
		}
		stations[i] = DutyStation{ID: r.ID, Names: r.Names, Zone: zone, Weekend: weekend, Calendar: date.NewCalendar(weekend, days), Holidays: names}
	}
	return stations, nil
}

// Holiday is a day on which a duty station does not work, beside its weekend.
type Holiday struct {
	ID          int64
	DutyStation string // "" is all
	Day         date.Date
	Yearly      bool // from that day on each year on the same day
	Names       gcm.Names
}

// ReadHolidays returns all holidays, those of every year first, then by day.
func ReadHolidays(ctx context.Context, q database.Querier) ([]Holiday, error) {
	all, err := database.Rows[Holiday](ctx, q, `SELECT id, coalesce(duty_station, '') AS duty_station, day, yearly, names FROM holidays
		ORDER BY yearly DESC, CASE WHEN yearly THEN to_char(day, 'MMDD') ELSE day::text END, id`)
	if err != nil {
		return nil, fmt.Errorf("read the holidays: %w", err)
	}
	return all, nil
}

// ReadServiceTimes returns the service times by kind.
func ReadServiceTimes(ctx context.Context, q database.Querier) (map[string]ServiceTime, error) {
	type row struct {
		Kind string
		ServiceTime
	}
	rows, err := database.Rows[row](ctx, q, `SELECT kind, answer_days, decision_days FROM service_times`)
	if err != nil {
		return nil, fmt.Errorf("read the service times: %w", err)
	}
	times := map[string]ServiceTime{}
	for _, r := range rows {
		times[r.Kind] = r.ServiceTime
	}
	return times, nil
}
