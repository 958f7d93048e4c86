package practice

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"portal/internal/i18n"
)

// numberPair is latitude and longitude in decimal degrees as people copy them: "9.4, -0.85", "9,4; −0,85", "9.4° N 0.85° W".
var numberPair = regexp.MustCompile(`^([+-]?\d{1,3}(?:[.,]\d+)?)\s*°?\s*([NSns]?)\s*[;,\s]\s*([+-]?\d{1,3}(?:[.,]\d+)?)\s*°?\s*([EWew]?)$`)

// readPoint reads a place on the map and rounds it to a tenth of a degree, some ten kilometres: a practice is never found by
// the door of those whom it serves.
func readPoint(typed string) (Point, bool) {
	s := i18n.Digits(strings.NewReplacer("−", "-", "–", "-", "٫", ".", "،", ",").Replace(strings.TrimSpace(typed)))
	m := numberPair.FindStringSubmatch(s)
	if m == nil {
		return Point{}, false
	}
	latitude, ok := degrees(m[1], m[2], "S", 90)
	if !ok {
		return Point{}, false
	}
	longitude, ok := degrees(m[3], m[4], "W", 180)
	return Point{latitude, longitude}, ok
}

// degrees reads one of the two; letter is the direction that turns its sign.
func degrees(number, direction, turns string, most float64) (float64, bool) {
	d, err := strconv.ParseFloat(strings.Replace(number, ",", ".", 1), 64)
	if err != nil || math.Abs(d) > most || d < 0 && direction != "" {
		return 0, false
	}
	if strings.EqualFold(direction, turns) {
		d = -d
	}
	return math.Round(d*10)/10 + 0, true // + 0: there is no minus nought
}

// String is the point as "9.4, -0.8".
func (p Point) String() string {
	return strconv.FormatFloat(p.Latitude, 'f', -1, 64) + ", " + strconv.FormatFloat(p.Longitude, 'f', -1, 64)
}
