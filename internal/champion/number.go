package champion

import (
	"cmp"
	"slices"

	"portal/internal/date"
)

// Point is how many Champion countries there were at a day, as exactly as it is known.
type Point struct {
	When When
	N    int
	// Figure is what was reported then; nil for what the registry itself says.
	Figure *Figure
}

// overTime is the number over time: what was reported before the registry was kept, what the registry knows of days since
// then, and what it counts today. Those whose day is not known are in the count of today only.
func overTime(reported []Figure, entries []Entry, today date.Date) []Point {
	var points []Point
	last := When("")
	for _, f := range reported {
		points, last = append(points, Point{When: f.Month, N: f.N, Figure: &f}), f.Month
	}
	n := 0
	change := map[When]int{}
	for _, e := range entries {
		if e.Status == Confirmed {
			n++
		}
		if last.before(e.Since) && e.Status != Unconfirmed {
			change[e.Since]++
		}
		if e.Status == Ended && last.before(e.Ended) {
			change[e.Ended]--
		}
	}
	var days []When
	for day := range change {
		if !on(today).before(day) {
			days = append(days, day)
		}
	}
	slices.SortFunc(days, func(a, b When) int { return cmp.Compare(b, a) })
	known := []Point{{When: on(today), N: n}}
	for _, day := range days { // back from today
		if at := known[len(known)-1]; at.When != day {
			known = append(known, Point{When: day, N: n})
		}
		n -= change[day]
	}
	slices.Reverse(known)
	return append(points, known...)
}
