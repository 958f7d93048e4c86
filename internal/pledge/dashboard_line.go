package pledge

import (
	"context"
	"math"
	"strings"

	"portal/internal/i18n"
)

// lineChart is the number of pledges by year as a line, drawn by the classes of portal.css.
type lineChart struct {
	Title, Description string
	Stroke, Area       string // paths
	Points             []linePoint
	Ticks              []lineTick
	From, Until, Zero  string // of the axis
}

type linePoint struct {
	X, Y, Label, LabelY string
	Year                string
	Few                 bool // shown also where there is little room
}

type lineTick struct {
	Y, TextX, TextY, Label string
	Few                    bool
}

// yearLine draws the view of the years. Where the language runs from the right, so does time.
func (v boardView) yearLine(ctx context.Context) lineChart {
	const left, right, top, base = 48.0, 556.0, 40.0, 256.0
	figures := v.figures(ctx, "year")
	if len(figures) > chartMarks {
		figures = figures[len(figures)-chartMarks:]
	}
	rtl := i18n.From(ctx).Dir() == "rtl"
	x := func(at float64) float64 {
		if rtl {
			return 580 - at
		}
		return at
	}
	largest := 1
	for _, f := range figures {
		largest = max(largest, f.N)
	}
	step := tickStep(largest)
	ceiling := step * math.Ceil(float64(largest)/step)
	y := func(n float64) float64 { return base - (base-top)*n/ceiling }
	c := lineChart{
		Title: v.title(ctx, "year"), Description: v.described(ctx, "year", figures), From: num(x(left - 8)), Until: num(x(right + 14)), Zero: num(base),
	}
	for i := 0; float64(i)*step <= ceiling; i++ {
		n := float64(i) * step
		c.Ticks = append(c.Ticks, lineTick{Y: num(y(n)), TextX: num(x(left - 16)), TextY: num(y(n) + 4), Label: i18n.Number(ctx, int(n)), Few: i%2 == 0})
	}
	var stroke strings.Builder
	first, gap := left, 0.0
	if len(figures) == 1 {
		first = (left + right) / 2
	} else if len(figures) > 1 {
		gap = (right - left) / float64(len(figures)-1)
	}
	for i, f := range figures {
		at := x(first + gap*float64(i))
		height := y(float64(f.N))
		stroke.WriteString(map[bool]string{true: "M", false: "L"}[i == 0] + num(at) + " " + num(height))
		c.Points = append(c.Points, linePoint{
			X: num(at), Y: num(height), Label: i18n.Number(ctx, f.N), LabelY: num(height - 12), Year: f.Value, Few: (len(figures)-1-i)%2 == 0,
		})
	}
	if len(figures) > 0 {
		c.Stroke = stroke.String()
		c.Area = c.Stroke + "V" + num(base) + "H" + num(x(first)) + "Z"
	}
	return c
}

// tickStep is how far apart the lines of an axis up to n are: 1, 2 or 5 times a power of ten, whole.
func tickStep(n int) float64 {
	step := 1.0
	for {
		for _, times := range []float64{1, 2, 5} {
			if step*times*5 >= float64(n) {
				return step * times
			}
		}
		step *= 10
	}
}
