package ui

import (
	"cmp"
	"math"
	"slices"
)

// Apart moves points of a map away from each other until each two are at least so far apart, so that each can be seen and
// pointed at. They keep their order and stay as near to where they were as that allows, within the width and height.
func Apart(points [][2]float64, distance, width, height float64) [][2]float64 {
	moved := slices.Clone(points)
	near := neighbours(points, 4*distance)
	// The distance grows little by little: points that make room for others all at once would jump over each other.
	const steps, rounds = 60, 8
	for step := 1; step <= steps; step++ {
		for range rounds {
			push(moved, near, distance*float64(step)/steps)
			for i := range moved {
				for k := range moved[i] {
					moved[i][k] += (points[i][k] - moved[i][k]) * .012
				}
			}
			within(moved, distance/2, width, height)
		}
	}
	for range 4000 {
		far := push(moved, near, distance+.05)
		within(moved, distance/2, width, height)
		if far < .01 {
			break
		}
	}
	return moved
}

// neighbours are the pairs of points that may come into each other's way.
func neighbours(points [][2]float64, reach float64) [][2]int {
	order := make([]int, len(points))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(points[a][0], points[b][0]), cmp.Compare(a, b)) })
	var pairs [][2]int
	for n, i := range order {
		for _, j := range order[n+1:] {
			if points[j][0]-points[i][0] > reach {
				break
			}
			if math.Abs(points[j][1]-points[i][1]) <= reach {
				pairs = append(pairs, [2]int{i, j})
			}
		}
	}
	return pairs
}

// push moves the two of each pair that is too near half the way that is missing, and returns the furthest such way.
func push(points [][2]float64, pairs [][2]int, distance float64) (furthest float64) {
	for _, pair := range pairs {
		a, b := &points[pair[0]], &points[pair[1]]
		dx, dy := b[0]-a[0], b[1]-a[1]
		if math.Abs(dx) >= distance || math.Abs(dy) >= distance {
			continue
		}
		r := math.Hypot(dx, dy)
		if r >= distance {
			continue
		}
		if r == 0 {
			dx, r = 1, 1
		}
		way := (distance - r) / 4
		a[0], a[1] = a[0]-dx/r*way, a[1]-dy/r*way
		b[0], b[1] = b[0]+dx/r*way, b[1]+dy/r*way
		furthest = max(furthest, way)
	}
	return furthest
}

// within keeps the points inside the picture.
func within(points [][2]float64, margin, width, height float64) {
	for i := range points {
		points[i][0] = min(max(points[i][0], margin), width-margin)
		points[i][1] = min(max(points[i][1], margin), height-margin)
	}
}
