package pledge

import (
	"math"
	"strings"

	"portal/internal/gcm"
	"portal/web/ui"
)

// zoomDots is how many dots stand side by side in the map of a region: on a screen of 320 px, which leaves it 288, they are
// 24 px apart.
const zoomDots = 11.8

// zoomTall is how high the map of a region is at most, beside its width.
const zoomTall = 1.4

// zoom is the map of a region, in units of the map of the world.
type zoom struct {
	Name       string
	States     []dot
	Circles    []circle
	X, Y, W, H float64
	Distance   float64 // of two dots, at least
	places     map[string][2]float64
}

// newZoom makes room for the dots of a continent: its States, and a margin around them.
func newZoom(v *gcm.Vocabulary, continent string) zoom {
	var states []gcm.Country
	left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, c := range v.States {
		if strings.EqualFold(c.Continent, continent) {
			states = append(states, c)
			left, top, right, bottom = min(left, c.X), min(top, c.Y), max(right, c.X), max(bottom, c.Y)
		}
	}
	if len(states) == 0 {
		return zoom{}
	}
	z := zoom{places: map[string][2]float64{}}
	z.W = max((right-left)*zoomDots/(zoomDots-2), (bottom-top)/(zoomTall-2/zoomDots))
	z.Distance = z.W / zoomDots
	// As many as there are need a row for every eight, whatever little space their region takes.
	z.H = max(bottom-top+2*z.Distance, z.Distance*(float64(len(states))/8+1))
	z.X, z.Y = (left+right-z.W)/2, (top+bottom-z.H)/2
	points := make([][2]float64, len(states))
	for i, c := range states {
		points[i] = [2]float64{c.X - z.X, c.Y - z.Y}
	}
	for i, at := range ui.Apart(points, z.Distance, z.W, z.H) {
		z.places[states[i].ISO2] = [2]float64{z.X + at[0], z.Y + at[1]}
	}
	return z
}

// with adds the States of the region, in their order, and the circles of those that have pledges.
func (z zoom) with(g stateGroup) zoom {
	z.Name, z.States, z.Circles = g.Name, nil, nil
	most := 1
	for _, d := range g.States {
		d.X, d.Y = z.places[d.Code][0], z.places[d.Code][1]
		z.States, most = append(z.States, d), max(most, d.N)
	}
	one := min(.56*z.Distance, z.Distance/math.Sqrt(float64(most)))
	for _, d := range z.States {
		if d.N > 0 {
			z.Circles = append(z.Circles, circle{d.X, d.Y, one * math.Sqrt(float64(d.N))})
		}
	}
	return z
}

// viewBox is the part of the map of the world that it shows.
func (z zoom) viewBox() string { return num(z.X) + " " + num(z.Y) + " " + num(z.W) + " " + num(z.H) }
