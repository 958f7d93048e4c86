package ui

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"sync"

	"portal/internal/gcm"
	"portal/internal/i18n"
)

// StatesMap is what a map of all States shows: a dot for each, all alike, and circles whose area is a number of things.
type StatesMap struct {
	Vocabulary *gcm.Vocabulary
	// Title says what is counted; Description where the dots lead, and Lede what to do with them; Circles what the circles are.
	Title, Description, Lede, Circles string
	// Counts are the numbers by the two letters of the State, and Chosen the States that the reader asked for.
	Counts map[string]int
	Chosen []string
	// Count puts a number of things into words: "3 pledges".
	Count func(n int) string
	// Href returns where the dot of a State leads.
	Href func(code string) string
	// Region names a continent of the vocabulary.
	Region func(continent string) string
	// Light is for pages that weigh little: only States that have anything lead anywhere and stand in the list, and on narrow
	// screens the map is a picture below the list.
	Light bool
}

// dotDistance is how far the dots of two States are apart at least, in units of the map: 24 px where it is drawn as wide as
// it is on a screen of 1280 px (portal.css, .map--dots).
const dotDistance = 14

// mapWidth and mapHeight are the size of the map of the world, in its units.
const mapWidth, mapHeight = 720, 340

// circleOne is the radius of the circle of one thing, and circleMost that of the largest: with many things all are smaller.
const circleOne, circleMost = 6.0, 26.0

// drawnStates is the map of all States, and the same as a list.
type drawnStates struct {
	groups []stateGroup
	// idle are the dots that lead nowhere, as a path; listed is how many States stand in the list.
	idle   string
	listed int
	// circles are those of the States that have anything, the largest first.
	circles []circle
	// zooms are the same dots, a map for each region, for screens on which the world has no room.
	zooms []zoom
}

// stateGroup are the States of a region, in the alphabet of the reader.
type stateGroup struct {
	name   string
	states []dot
}

// dot is a State on the map and in the list.
type dot struct {
	name, href string
	// code is the two letters of the State.
	code string
	// text is what the dot says: its name and count.
	text   string
	n      int
	x, y   float64
	chosen bool
}

// after says whether the words stand behind the dot, seen from its left: where there is more room.
func (d dot) after() bool { return d.x < 400 }

// circle is the number of a State as an area.
type circle struct{ x, y, r float64 }

// drawn are all States on the map, grouped by the regions of the M49 standard, in which each State counts once.
func (m StatesMap) drawn(ctx context.Context) drawnStates {
	var out drawnStates
	l := i18n.From(ctx)
	places, zooms := apart.of(m.Vocabulary)
	most, texts := 1, map[int]string{}
	var all []dot
	var idle pathWriter
	for _, continent := range gcm.Continents {
		g := stateGroup{name: m.Region(continent)}
		for _, c := range m.Vocabulary.Countries(l) {
			if strings.EqualFold(c.Continent, continent) {
				if m.Light && m.Counts[c.ISO2] == 0 && !slices.Contains(m.Chosen, c.ISO2) {
					idle.cmd("M", places[c.ISO2][0], places[c.ISO2][1])
					idle.cmd("h", 0)
					continue
				}
				d := dot{name: c.Name(l), code: c.ISO2, href: m.Href(c.ISO2), n: m.Counts[c.ISO2], x: places[c.ISO2][0], y: places[c.ISO2][1], chosen: slices.Contains(m.Chosen, c.ISO2)}
				if texts[d.n] == "" { // few States differ in their number
					texts[d.n] = m.Count(d.n)
				}
				d.text = i18n.T(ctx, "ui.states.dot", d.name, texts[d.n])
				g.states, most = append(g.states, d), max(most, d.n)
			}
		}
		out.groups, all = append(out.groups, g), append(all, g.states...)
		out.zooms = append(out.zooms, zooms[continent].with(g))
	}
	out.idle, out.listed = idle.String(), len(all)
	slices.SortStableFunc(all, func(a, b dot) int { return cmp.Compare(b.n, a.n) })
	one := min(circleOne, circleMost/math.Sqrt(float64(most)))
	for _, d := range all {
		if d.n > 0 {
			out.circles = append(out.circles, circle{d.x, d.y, one * math.Sqrt(float64(d.n))})
		}
	}
	return out
}

// placesOf remembers where the dots of a vocabulary stand: it takes a moment to find out.
type placesOf struct {
	mu         sync.Mutex
	vocabulary *gcm.Vocabulary
	places     map[string][2]float64
	zooms      map[string]zoom // by continent
}

var apart placesOf

// of are the places of the States' dots, by code, and the maps of the continents.
func (p *placesOf) of(v *gcm.Vocabulary) (map[string][2]float64, map[string]zoom) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.vocabulary != v {
		points := make([][2]float64, len(v.States))
		for i, c := range v.States {
			points[i] = [2]float64{c.X, c.Y}
		}
		p.vocabulary, p.places = v, map[string][2]float64{}
		for i, at := range Apart(points, dotDistance, mapWidth, mapHeight) {
			p.places[v.States[i].ISO2] = at
		}
		p.zooms = map[string]zoom{}
		for _, continent := range gcm.Continents {
			p.zooms[continent] = newZoom(v, continent)
		}
	}
	return p.places, p.zooms
}
