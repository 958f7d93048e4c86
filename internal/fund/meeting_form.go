package fund

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/problem"
)

// Limits of what is said of a meeting, in characters as a person counts them.
const (
	MaxName   = 150
	MaxReason = 1000
)

// usualClock and usualZone are what the form of a meeting begins with.
const (
	usualClock = "10:00"
	usualZone  = "Europe/Zurich"
)

// lastYear bounds how far ahead a meeting can be: what is later is a slip of the hand.
const lastYear = 2100

// meetingForm is the form of a meeting as typed.
type meetingForm struct{ url.Values }

// formOf is the form as it is filled for a meeting that there is.
func formOf(m Meeting) meetingForm {
	local := m.Local()
	return meetingForm{url.Values{
		"name_en": {m.NameEN}, "name_ar": {m.NameAR}, "clock": {local.Format("15:04")}, "zone": {m.Zone},
		"at.day": {strconv.Itoa(local.Day())}, "at.month": {strconv.Itoa(int(local.Month()))}, "at.year": {strconv.Itoa(local.Year())},
	}}
}

// meeting reads the whole form. What is wrong is told in the order of the page.
func (f meetingForm) meeting(now time.Time) (m Meeting, wrong []problem.Field) {
	m.State = Planned
	return m, append(f.when(&m, now), f.names(&m)...)
}

// when reads day, time and zone; they must be after now.
func (f meetingForm) when(m *Meeting, now time.Time) (wrong []problem.Field) {
	day, given, ok, part := form.DateOf(form.Answers(f.Values), "at")
	switch {
	case !given:
		wrong = append(wrong, problem.Field{Name: "at.day", Key: "fund.meeting.wrong.day"})
	case !ok:
		wrong = append(wrong, problem.Field{Name: "at." + part, Key: "fund.meeting.wrong.no_day"})
	case day.Year() > lastYear:
		wrong = append(wrong, problem.Field{Name: "at.year", Key: "fund.meeting.wrong.far", Args: []any{strconv.Itoa(lastYear)}})
	}
	minutes, ok := readClock(f.Get("clock"))
	if !ok {
		wrong = append(wrong, problem.Field{Name: "clock", Key: "fund.meeting.wrong.clock"})
	}
	if m.Zone = f.Get("zone"); !slices.Contains(Zones, m.Zone) {
		wrong = append(wrong, problem.Field{Name: "zone", Key: "fund.meeting.wrong.zone"})
	}
	if len(wrong) > 0 {
		return wrong
	}
	if m.At = atClock(day, minutes, zones[m.Zone]); !m.At.After(now) {
		return []problem.Field{{Name: "at.day", Key: "fund.meeting.wrong.past"}}
	}
	return nil
}

// names reads the names, which may stay blank.
func (f meetingForm) names(m *Meeting) (wrong []problem.Field) {
	for _, one := range []struct {
		name string
		to   *string
	}{{"name_en", &m.NameEN}, {"name_ar", &m.NameAR}} {
		*one.to = line(f.Get(one.name))
		if n := form.Length(*one.to); n > MaxName {
			wrong = append(wrong, problem.Field{Name: one.name, Key: "fund.meeting.wrong.long", Args: []any{MaxName, n}})
		}
	}
	return wrong
}

// readClock reads a time of the day: 10:00, 9.30, 9h30, ١٠:٠٠.
func readClock(typed string) (minutes int, ok bool) {
	typed = strings.NewReplacer(".", ":", "h", ":").Replace(strings.ToLower(strings.TrimSpace(i18n.Digits(typed))))
	hours, rest, ok := strings.Cut(typed, ":")
	h, errHours := strconv.ParseUint(hours, 10, 8)
	m, errMinutes := strconv.ParseUint(rest, 10, 8)
	if !ok || len(rest) != 2 || errHours != nil || errMinutes != nil || h > 23 || m > 59 {
		return 0, false
	}
	return int(60*h + m), true
}

// atClock is a time of a day in a zone; in the hour that a change of the clock leaves out it is an hour later.
func atClock(d date.Date, minutes int, zone *time.Location) time.Time {
	return time.Date(d.Year(), d.Month(), d.Day(), minutes/60, minutes%60, 0, 0, zone).UTC()
}

// line is what was typed into one line, without characters that turn the direction of what stands behind them.
func line(typed string) string { return strings.Join(strings.Fields(form.Clean(typed)), " ") }
