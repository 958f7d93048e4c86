package pledge

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"sync"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web/ui"
)

// dotDistance is how far the dots of two States are apart at least, in units of the map: 24 px where it is drawn as wide as
// it is on a screen of 1280 px (portal.css, .map--dots).
const dotDistance = 14

// circleOne is the radius of the circle of one pledge, and circleMost that of the largest: with many pledges all are smaller.
const circleOne, circleMost = 6.0, 26.0

// stateMap is the map of all States, and the same as a list.
type stateMap struct {
	Title, Description string
	Groups             []stateGroup
	// Circles are those of the States that have pledges, the largest first.
	Circles []circle
	// States is how many dots there are.
	States int
	// Zooms are the same dots, a map for each region, for screens on which the world has no room.
	Zooms []zoom
}

// stateGroup are the States of a region, in the alphabet of the reader.
type stateGroup struct {
	Name   string
	States []dot
}

// dot is a State on the map and in the list.
type dot struct {
	Name, Href string
	// Code is the two letters of the State.
	Code string
	// Text is what the dot says: its name and count.
	Text   string
	N      int
	X, Y   float64
	Chosen bool
}

// after says whether the words stand behind the dot, seen from its left: where there is more room.
func (d dot) after() bool { return d.X < 400 }

// circle is the number of pledges of a State as an area.
type circle struct{ X, Y, R float64 }

// states are all States on the map, grouped by the regions of the M49 standard, in which each State counts once.
func (v boardView) states(ctx context.Context) stateMap {
	l, counts, chosen := i18n.From(ctx), v.Tallies["country"].Counts, v.chosen("country")
	m := stateMap{Title: v.title(ctx, "country"), Description: i18n.T(ctx, "pledge.dashboard.map.description"), States: len(v.Vocabulary.States)}
	places, zooms := apart.of(v.Vocabulary)
	q := v.query()
	most, texts := 1, map[int]string{}
	var all []dot
	for _, continent := range gcm.Continents {
		g := stateGroup{Name: label(ctx, v.Vocabulary, "continent", continent)}
		for _, c := range v.Vocabulary.Countries(l) {
			if strings.EqualFold(c.Continent, continent) {
				q["country"] = []string{c.ISO2}
				d := dot{Name: c.Name(l), Code: c.ISO2, Href: at(ctx, q), N: counts[c.ISO2], X: places[c.ISO2][0], Y: places[c.ISO2][1], Chosen: slices.Contains(chosen, c.ISO2)}
				if texts[d.N] == "" { // few States differ in their number
					texts[d.N] = i18n.T(ctx, "pledge.list.count", d.N)
				}
				d.Text = i18n.T(ctx, "pledge.dashboard.map.dot", d.Name, texts[d.N])
				g.States, most = append(g.States, d), max(most, d.N)
			}
		}
		m.Groups, all = append(m.Groups, g), append(all, g.States...)
		m.Zooms = append(m.Zooms, zooms[continent].with(g))
	}
	slices.SortStableFunc(all, func(a, b dot) int { return cmp.Compare(b.N, a.N) })
	one := min(circleOne, circleMost/math.Sqrt(float64(most)))
	for _, d := range all {
		if d.N > 0 {
			m.Circles = append(m.Circles, circle{d.X, d.Y, one * math.Sqrt(float64(d.N))})
		}
	}
	return m
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
		for i, at := range ui.Apart(points, dotDistance, 720, 340) {
			p.places[v.States[i].ISO2] = at
		}
		p.zooms = map[string]zoom{}
		for _, continent := range gcm.Continents {
			p.zooms[continent] = newZoom(v, continent)
		}
	}
	return p.places, p.zooms
}
