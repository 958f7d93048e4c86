package gcm

import "sync"

// WorldMap is the land of the world as dots, without any boundary (design guide, section 7): Equal Earth projection.
type WorldMap struct {
	// ViewBox is the SVG view box; the X and Y of a Country are in its units.
	ViewBox string
	// Land is one SVG path: a dot of no length for each piece of land, to be drawn with round caps.
	Land string
}

// Map returns the world map.
func Map() WorldMap { return worldMap().WorldMap }

type mapData struct {
	WorldMap
	// Points are the places of States by ISO 3166-1 alpha-3 code.
	Points map[string][2]float64
}

var worldMap = sync.OnceValue(func() mapData {
	var file struct {
		ViewBox string                `json:"viewbox"`
		Land    string                `json:"land_dots_path"`
		Points  map[string][2]float64 `json:"country_points_iso3"`
	}
	if err := readReference("world_map", &file); err != nil {
		panic(err) // the file is part of the program
	}
	return mapData{WorldMap{file.ViewBox, file.Land}, file.Points}
})
