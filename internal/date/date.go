// Package date is a calendar day without a clock and without a zone: a deadline, a holiday, the day of a milestone.
package date

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Date is a day of the Gregorian calendar, 1 January of the year 1 excepted: that is the zero Date, which is no day. Equal
// days are equal by ==, and a Date may be the key of a map.
type Date struct{ t time.Time } // midnight UTC

// New returns the day; values outside their range carry over as in time.Date.
func New(year int, month time.Month, day int) Date {
	return Date{time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// Of returns the day that the instant falls on in its own zone.
func Of(t time.Time) Date { return New(t.Year(), t.Month(), t.Day()) }

// Today returns the day that now falls on in the zone.
func Today(now time.Time, zone *time.Location) Date { return Of(now.In(zone)) }

// Parse reads a day as ISO 8601 writes it, with four digits of the year: 2026-11-24.
func Parse(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a day of the form 2026-11-24", s)
	}
	return Date{t}, nil
}

// IsZero says whether this is no day.
func (d Date) IsZero() bool { return d.t.IsZero() }

// Year returns the year.
func (d Date) Year() int { return d.t.Year() }

// Month returns the month.
func (d Date) Month() time.Month { return d.t.Month() }

// Day returns the day of the month.
func (d Date) Day() int { return d.t.Day() }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.t.Weekday() }

// Before says whether the day is earlier than the other.
func (d Date) Before(other Date) bool { return d.t.Before(other.t) }

// AddDays returns the day n days later; earlier if n is negative.
func (d Date) AddDays(n int) Date { return Date{d.t.AddDate(0, 0, n)} }

// DaysUntil returns how many days later the other day is; negative if it is earlier.
func (d Date) DaysUntil(other Date) int { return int((other.t.Unix() - d.t.Unix()) / (24 * 60 * 60)) }

// In returns the first instant of the day in the zone.
func (d Date) In(zone *time.Location) time.Time {
	return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, zone)
}

// String writes the day as ISO 8601 does; the zero Date is "".
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.t.Format(time.DateOnly)
}

// MarshalText writes the day as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the day as Parse does; "" is the zero Date.
func (d *Date) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	*d, err = Parse(string(text))
	return err
}

// Scan reads a PostgreSQL date; NULL is the zero Date. Where the two must be told apart, scan into a *Date field: NULL is nil.
func (d *Date) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*d = Date{}
	case time.Time:
		*d = Of(v)
	case string:
		return d.UnmarshalText([]byte(v))
	default:
		return fmt.Errorf("cannot read a day from %T", value)
	}
	return nil
}

// Value writes a PostgreSQL date; the zero Date is NULL.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.t, nil
}
