package i18n

import (
	"context"
	"strconv"
	"strings"
	"time"

	"portal/internal/date"
)

// Geneva is the zone of the secretariat: times are shown and deadlines are counted in it.
var Geneva = mustZone("Europe/Zurich")

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // the program embeds the zone data
	}
	return zone
}

// Day writes a day in full: 12 March 2026. The zero Date is "".
func Day(ctx context.Context, d date.Date) string {
	if d.IsZero() {
		return ""
	}
	month := Key("common.month." + itoa(int(d.Month())))
	return T(ctx, "common.day", itoa(d.Day()), month, itoa(d.Year()))
}

// Month writes month and year: March 2026.
func Month(ctx context.Context, d date.Date) string {
	if d.IsZero() {
		return ""
	}
	return T(ctx, "common.month_year", Key("common.month."+itoa(int(d.Month()))), itoa(d.Year()))
}

// DayOf writes the day of an instant in Geneva.
func DayOf(ctx context.Context, t time.Time) string { return Day(ctx, date.Today(t, Geneva)) }

// Clock writes the time of day of an instant in Geneva, and says so: 09:42 Geneva time.
func Clock(ctx context.Context, t time.Time) string {
	return T(ctx, "common.geneva", t.In(Geneva).Format("15:04"))
}

// Instant writes day and time of an instant in Geneva, and says so: 12 March 2026, 09:42 Geneva time.
func Instant(ctx context.Context, t time.Time) string {
	return T(ctx, "common.instant", DayOf(ctx, t), Clock(ctx, t))
}

// UTC writes day and time of an instant for records: 12 March 2026, 08:42 UTC.
func UTC(ctx context.Context, t time.Time) string {
	t = t.UTC()
	return T(ctx, "common.instant", Day(ctx, date.Of(t)), T(ctx, "common.utc", t.Format("15:04")))
}

// List joins words as the language does: "Peru, Kenya and Nepal".
func List(ctx context.Context, words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	last := len(words) - 1
	return T(ctx, "common.list.last", strings.Join(words[:last], T(ctx, "common.list.separator")), words[last])
}

func itoa(n int) string { return strconv.Itoa(n) }
