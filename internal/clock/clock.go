// Package clock is times on the clocks of the world: the zones that forms offer, and the instant at which a clock shows a time,
// or that it never does, or does twice.
package clock

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
)

// Zones are the time zones that forms offer, by their names in the time zone database (IANA): the seats of the
// United Nations, and at least one for each time that is kept in the world. A page shows times in any zone of that database.
var Zones = []string{
	"UTC", "Europe/Zurich", "America/New_York", "Africa/Nairobi", "Africa/Addis_Ababa", "Asia/Bangkok", "Asia/Beirut", "America/Santiago", "Europe/Vienna", "Europe/Rome",
	"Africa/Abidjan", "Africa/Accra", "Africa/Cairo", "Africa/Casablanca", "Africa/Dakar", "Africa/Johannesburg", "Africa/Khartoum", "Africa/Kinshasa", "Africa/Lagos", "Africa/Tunis",
	"America/Argentina/Buenos_Aires", "America/Barbados", "America/Bogota", "America/Caracas", "America/Chicago", "America/Denver", "America/Guatemala", "America/Halifax", "America/Havana",
	"America/La_Paz", "America/Lima", "America/Los_Angeles", "America/Mexico_City", "America/Montevideo", "America/Sao_Paulo", "America/St_Johns", "America/Toronto",
	"Asia/Amman", "Asia/Baghdad", "Asia/Baku", "Asia/Colombo", "Asia/Dhaka", "Asia/Dubai", "Asia/Jakarta", "Asia/Kabul", "Asia/Karachi", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Manila",
	"Asia/Riyadh", "Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Asia/Tashkent", "Asia/Tehran", "Asia/Tokyo", "Asia/Ulaanbaatar", "Asia/Yangon", "Atlantic/Azores", "Atlantic/Cape_Verde",
	"Australia/Adelaide", "Australia/Perth", "Australia/Sydney", "Europe/Athens", "Europe/Berlin", "Europe/Brussels", "Europe/Istanbul", "Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Moscow",
	"Europe/Paris", "Indian/Maldives", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Fiji", "Pacific/Honolulu", "Pacific/Kiritimati", "Pacific/Marquesas", "Pacific/Noumea",
	"Pacific/Port_Moresby", "Pacific/Tongatapu",
}

// Zone is the name of a zone in messages, in the reader's language.
func Zone(zone string) any {
	if key := zoneKey(zone); i18n.Has(i18n.English, key) {
		return i18n.Key(key)
	}
	return zone
}

// maxZone bounds the name of a zone: the longest there is has 32 characters.
const maxZone = 40

// LoadZone returns the zone of a name in the time zone database; not that of the machine, nor a path.
func LoadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" || len(name) > maxZone || strings.Contains(name, "..") {
		return nil, fmt.Errorf("there is no time zone %.40q", name)
	}
	if zone, ok := loaded.Load(name); ok {
		return zone.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q: %w", name, err)
	}
	loaded.Store(name, zone)
	return zone, nil
}

// loaded are the zones that were asked for, by name: a list of events asks for the same again and again, and each is read from a
// file. There are no more than the database has.
var loaded sync.Map

// ZoneName is what a zone is called in the reader's language; one that is not among Zones by the last part of its name.
func ZoneName(ctx context.Context, zone string) string {
	if key := zoneKey(zone); i18n.Has(i18n.From(ctx), key) {
		return i18n.T(ctx, key)
	}
	return strings.ReplaceAll(zone[strings.LastIndex(zone, "/")+1:], "_", " ")
}

// zoneKey is the key of the name of a zone: "clock.zone.america_argentina_buenos_aires".
func zoneKey(zone string) string {
	return "clock.zone." + strings.ToLower(zoneKeys.Replace(zone))
}

var zoneKeys = strings.NewReplacer("/", "_", "-", "_")

// Clash says that a time on the clock is not one instant.
type Clash string

// The clashes: the clock is put forward over the time, so that it never comes; or back, so that it comes twice.
const (
	NoClash Clash = ""
	Skipped Clash = "skipped"
	Twice   Clash = "comes_twice"
)

// At is the instant at which it is so many minutes after midnight of the day in the zone. A time that comes twice is its first
// instant; one that is skipped is the instant on the clock as it was before.
func At(day date.Date, minutes int, zone *time.Location) (time.Time, Clash) {
	wall := time.Date(day.Year(), day.Month(), day.Day(), minutes/60, minutes%60, 0, 0, time.UTC)
	near := time.Date(day.Year(), day.Month(), day.Day(), minutes/60, minutes%60, 0, 0, zone)
	// The offsets in force shortly before and after: a change of the clock is of no more than a day (the date line).
	var found []time.Time
	first := near
	for i, at := range []time.Time{near.Add(-25 * time.Hour), near, near.Add(25 * time.Hour)} {
		_, offset := at.In(zone).Zone()
		candidate := wall.Add(-time.Duration(offset) * time.Second)
		if i == 0 {
			first = candidate
		}
		if sameWall(candidate.In(zone), wall) && (len(found) == 0 || !found[len(found)-1].Equal(candidate)) {
			found = append(found, candidate)
		}
	}
	switch len(found) {
	case 0:
		return first.UTC(), Skipped
	case 1:
		return found[0].UTC(), NoClash
	}
	if found[1].Before(found[0]) {
		found[0] = found[1]
	}
	return found[0].UTC(), Twice
}

func sameWall(t, wall time.Time) bool {
	return t.Year() == wall.Year() && t.YearDay() == wall.YearDay() && t.Hour() == wall.Hour() && t.Minute() == wall.Minute()
}

// Read reads a time of the day, in minutes after midnight: 10:00, 9.30, 9h30, ١٠:٠٠.
func Read(typed string) (minutes int, ok bool) {
	typed = strings.NewReplacer(".", ":", "h", ":").Replace(strings.ToLower(strings.TrimSpace(i18n.Digits(typed))))
	hours, rest, ok := strings.Cut(typed, ":")
	h, errHours := strconv.ParseUint(hours, 10, 8)
	m, errMinutes := strconv.ParseUint(rest, 10, 8)
	if !ok || len(rest) != 2 || errHours != nil || errMinutes != nil || h > 23 || m > 59 {
		return 0, false
	}
	return int(60*h + m), true
}

// Format writes minutes after midnight: 09:30.
func Format(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
