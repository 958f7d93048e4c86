package ui_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"portal/internal/gcm"
	"portal/web/ui"
)

// Every State has a place of its own on the map, far enough from the others to be pointed at, near where it is, and in the
// same direction from its neighbours as before.
func TestPointsApart(t *testing.T) {
	t.Parallel()
	states := gcm.Reference().States
	points := make([][2]float64, len(states))
	for i, s := range states {
		points[i] = [2]float64{s.X, s.Y}
	}
	const distance = 14
	began := time.Now()
	moved := ui.Apart(points, distance, 720, 340)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	if !slices.Equal(moved, ui.Apart(points, distance, 720, 340)) {
		t.Error("the map is another one each time")
	}
	turned, pairs, sum := 0, 0, 0.0
	for i := range moved {
		way := math.Hypot(moved[i][0]-points[i][0], moved[i][1]-points[i][1])
		sum += way
		if way > 2.5*distance {
			t.Errorf("%s is moved by %.1f", states[i].ISO2, way)
		}
		if moved[i][0] < distance/2 || moved[i][0] > 720-distance/2 || moved[i][1] < distance/2 || moved[i][1] > 340-distance/2 {
			t.Errorf("%s is at the edge: %v", states[i].ISO2, moved[i])
		}
		for j := range i {
			dx, dy := moved[i][0]-moved[j][0], moved[i][1]-moved[j][1]
			if r := math.Hypot(dx, dy); r < distance {
				t.Errorf("%s and %s are %.2f apart", states[i].ISO2, states[j].ISO2, r)
			}
			ex, ey := points[i][0]-points[j][0], points[i][1]-points[j][1]
			if before := math.Hypot(ex, ey); before > 3 && before < 30 {
				pairs++
				if (dx*ex+dy*ey)/before/math.Hypot(dx, dy) < .5 {
					turned++
				}
			}
		}
	}
	if turned*20 > pairs || sum/float64(len(moved)) > distance {
		t.Errorf("%d of %d neighbours have turned; a point is moved by %.1f on average", turned, pairs, sum/float64(len(moved)))
	}
	t.Logf("%d of %d neighbours turned, %.1f moved on average, %s", turned, pairs, sum/float64(len(moved)), time.Since(began))
}
