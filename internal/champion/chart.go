package champion

import (
	"context"
	"math"
	"strconv"
	"strings"

	"portal/internal/i18n"
)

// line is the number over time on a true time scale, drawn by the classes of portal.css. Where the language runs from the
// right, so does time.
type lineChart struct {
	Stroke, Area string // paths
	Points       []chartPoint
	Ticks        []chartTick
	From, Until  string // of the axis
}

type chartPoint struct {
	X, Y, Label, LabelY string
}

type chartTick struct {
	Y, TextX, TextY, Label string
}

// yearMark is the beginning of a year on the axis of time.
type yearMark struct {
	X, Label string
	Few      bool // shown also where there is little room
}

// The place of the picture in its view box of 580 by 300.
const (
	chartLeft, chartRight, chartTop, chartBase = 48.0, 548.0, 40.0, 256.0
	chartWide                                  = 580.0
	labelRoom                                  = 26.0 // between two figures
)

// drawLine draws the points, which are in order of time.
func drawLine(ctx context.Context, points []Point) (c lineChart, years []yearMark) {
	if len(points) == 0 {
		return c, nil
	}
	rtl := i18n.From(ctx).Dir() == "rtl"
	x := func(at float64) float64 {
		if rtl {
			return chartWide - at
		}
		return at
	}
	first, last := points[0].When.start(), points[len(points)-1].When.start()
	span := max(last.Sub(first).Hours(), 1)
	at := func(w When) float64 {
		return chartLeft + (chartRight-chartLeft)*w.start().Sub(first).Hours()/span
	}
	most := 1
	for _, p := range points {
		most = max(most, p.N)
	}
	step := 10 * (most/50 + 1)
	ceiling := float64(step * ((most + step - 1) / step))
	y := func(n int) float64 { return chartBase - (chartBase-chartTop)*float64(n)/ceiling }
	c.From, c.Until = num(x(chartLeft-8)), num(x(chartRight+14))
	for n := 0; float64(n) <= ceiling; n += step {
		c.Ticks = append(c.Ticks, chartTick{Y: num(y(n)), TextX: num(x(chartLeft - 16)), TextY: num(y(n) + 4), Label: i18n.Number(ctx, n)})
	}
	var stroke strings.Builder
	labelled := math.Inf(1)
	for i := len(points) - 1; i >= 0; i-- { // the last ones are the more important
		p := points[i]
		point := chartPoint{X: num(x(at(p.When))), Y: num(y(p.N)), LabelY: num(y(p.N) - 12)}
		if labelled-at(p.When) >= labelRoom {
			point.Label, labelled = i18n.Number(ctx, p.N), at(p.When)
		}
		stroke.WriteString(map[bool]string{true: "M", false: "L"}[i == len(points)-1] + point.X + " " + point.Y)
		c.Points = append(c.Points, point)
	}
	c.Stroke = stroke.String()
	c.Area = c.Stroke + "V" + num(chartBase) + "H" + num(x(at(points[len(points)-1].When))) + "Z"
	for year := first.Year() + 1; year <= last.Year(); year++ {
		w := When(strconv.Itoa(year))
		years = append(years, yearMark{X: num(x(at(w))), Label: string(w), Few: (last.Year()-year)%2 == 0})
	}
	return c, years
}

func num(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }
