package ui

// LoomItem is one thread of the loom.
type LoomItem struct {
	// N is the number of the objective, from 1.
	N    int
	Name string
	// Note says what the value counts, in words: "22 practices, 31 pledges".
	Note  string
	Value int
	Href  string
	// Chosen marks what the filter in use asks for.
	Chosen bool
}

// LegendItem is a colour and its words.
type LegendItem struct{ Class, Text string }

// Loom is the 23 threads: navigation and chart in one.
type Loom struct {
	// Label names the list for assistive technology; Caption stands above it.
	Label, Caption string
	Legend         []LegendItem
	Items          []LoomItem
	Areas          Areas
}

func (l Loom) most() int {
	most := 0
	for _, i := range l.Items {
		most = max(most, i.Value)
	}
	return most
}

// drawn returns the item's thread; a method so that the template can take both results at once.
func (l Loom) drawn(i LoomItem) drawnThread {
	height, path := loomThread(i.Value, l.most())
	return drawnThread{height, path}
}

type drawnThread struct {
	Height int
	Path   string
}

type drawnStrip struct {
	Off string
	On  []stripTick
}

func stripOf(objectives []int, areas Areas) drawnStrip {
	off, on := drawStrip(objectives, areas)
	return drawnStrip{off, on}
}

// Pin is a place on the map.
type Pin struct {
	// X and Y are in the units of the map's view box: those of a gcm.Country.
	X, Y float64
	Name string
	// Href makes the pin a link.
	Href string
}

// WorldMap is a map of dots without boundaries (design guide, section 7): one point a country, all the same size.
type WorldMap struct {
	// ID is unique on the page.
	ID string
	// Title and Description are the text alternative; they name where the same is found as a list.
	Title, Description string
	// Pins are in the order of the list beside the map.
	Pins []Pin
	// List is the address of the same as a table; empty if it stands beside the map.
	List string
}

func (m WorldMap) linked() bool {
	for _, p := range m.Pins {
		if p.Href != "" {
			return true
		}
	}
	return false
}
