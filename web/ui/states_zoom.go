package ui

import (
	"math"
	"strings"

	"portal/internal/gcm"
)

// zoomDots is how many dots stand side by side in the map of a region: on a screen of 320 px, which leaves it 288, they are
// 24 px apart.
const zoomDots = 11.8

// zoomTall is how high the map of a region is at most, beside its width.
const zoomTall = 1.4

// zoom is the map of a region, in units of the map of the world.
type zoom struct {
	name       string
	states     []dot
	circles    []circle
	x, y, w, h float64
	distance   float64 // of two dots, at least
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
	z.w = max((right-left)*zoomDots/(zoomDots-2), (bottom-top)/(zoomTall-2/zoomDots))
	z.distance = z.w / zoomDots
	// As many as there are need a row for every eight, whatever little space their region takes.
	z.h = max(bottom-top+2*z.distance, z.distance*(float64(len(states))/8+1))
	z.x, z.y = (left+right-z.w)/2, (top+bottom-z.h)/2
	points := make([][2]float64, len(states))
	for i, c := range states {
		points[i] = [2]float64{c.X - z.x, c.Y - z.y}
	}
	for i, at := range Apart(points, z.distance, z.w, z.h) {
		z.places[states[i].ISO2] = [2]float64{z.x + at[0], z.y + at[1]}
	}
	return z
}

// with adds the States of the region, in their order, and the circles of those that have anything.
func (z zoom) with(g stateGroup) zoom {
	z.name, z.states, z.circles = g.name, nil, nil
	most := 1
	for _, d := range g.states {
		d.x, d.y = z.places[d.code][0], z.places[d.code][1]
		z.states, most = append(z.states, d), max(most, d.n)
	}
	one := min(.56*z.distance, z.distance/math.Sqrt(float64(most)))
	for _, d := range z.states {
		if d.n > 0 {
			z.circles = append(z.circles, circle{d.x, d.y, one * math.Sqrt(float64(d.n))})
		}
	}
	return z
}

// viewBox is the part of the map of the world that it shows.
func (z zoom) viewBox() string {
	return coord(z.x) + " " + coord(z.y) + " " + coord(z.w) + " " + coord(z.h)
}
