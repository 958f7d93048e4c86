package i18n

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the zones, for machines that have none installed

	"golang.org/x/text/collate"

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
	return T(ctx, "common.day."+strconv.Itoa(int(d.Month())), strconv.Itoa(d.Day()), strconv.Itoa(d.Year()))
}

// Month writes the month and year of a day: March 2026. The zero Date is "".
func Month(ctx context.Context, d date.Date) string {
	if d.IsZero() {
		return ""
	}
	return T(ctx, "common.month."+strconv.Itoa(int(d.Month())), strconv.Itoa(d.Year()))
}

// DayOf writes the day on which an instant falls in Geneva.
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

// List joins words as the language does: Peru, Kenya and Nepal.
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

// NameOf writes the name of a language in the reader's language: Arabic.
func NameOf(ctx context.Context, l Lang) string {
	if !l.Known() {
		return string(l)
	}
	return T(ctx, "common.language."+string(l))
}

// Number writes a whole number as the language of the context does: 2,318.
func Number[N int | int64](ctx context.Context, n N) string { return number(From(ctx), int64(n)) }

func number(l Lang, n int64) string {
	if 0 <= n && n < 1000 {
		return strconv.FormatInt(n, 10) // the same in all six languages
	}
	printer, ok := load().printers[l]
	if !ok {
		printer = load().printers[English]
	}
	return printer.Sprint(n)
}

// Sort sorts in place by the alphabet of the language; what has the same name keeps its order.
func Sort[T any](l Lang, items []T, name func(T) string) {
	type entry struct {
		item T
		key  []byte
	}
	if len(items) < 2 {
		return
	}
	c := collate.New(l.tag())
	var buffer collate.Buffer
	entries := make([]entry, len(items))
	for i, item := range items {
		n := name(item)
		// The name itself comes last in the key, so that the order is total: é and e + accent are equal to the collator.
		entries[i] = entry{item, append(slices.Clone(c.KeyFromString(&buffer, n)), n...)}
		buffer.Reset()
	}
	slices.SortStableFunc(entries, func(x, y entry) int { return bytes.Compare(x.key, y.key) })
	for i, e := range entries {
		items[i] = e.item
	}
}
