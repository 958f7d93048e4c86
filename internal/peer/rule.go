package peer

import (
	"slices"
)

// Side says whether somebody reviews for the United Nations or from outside.
type Side string

// The sides.
const (
	UN       Side = "un"
	External Side = "external"
)

// Sides lists them.
var Sides = []Side{UN, External}

// Either is no side of a person: it stands for reviewers that are missing of whichever side.
const Either Side = "either"

// Recommendation is what a reviewer recommends to the desk: four steps.
type Recommendation string

// The recommendations.
const (
	RecommendDecline Recommendation = "decline"
	MajorChanges     Recommendation = "major"
	MinorChanges     Recommendation = "minor"
	RecommendAccept  Recommendation = "accept"
)

// Recommendations lists them from the lowest step to the highest.
var Recommendations = []Recommendation{RecommendDecline, MajorChanges, MinorChanges, RecommendAccept}

// Step is the place of the recommendation among the four, from 0; -1 for none.
func (r Recommendation) Step() int { return slices.Index(Recommendations, r) }

// Cause says why somebody is asked to review. Its words are texts: peer.cause.….
type Cause string

// The causes. All but ByDesk are the rule's.
const (
	ByDesk     Cause = "desk"
	StepsApart Cause = "steps_apart" // the recommendations differ too much
	MeansApart Cause = "means_apart" // the weighted means differ too much
)

// Rule is what a round needs before it is whole (review.md, Peer review: the Network's rule as code).
type Rule struct {
	UNNeeded, ExternalNeeded int
	EitherNeeded             int     // further ones of whichever side
	StepsApart               int     // recommendations that differ by as many steps call in one more reviewer
	MeansApart               float64 // so do weighted means that differ by more than this
}

// Given is a review that was handed in.
type Given struct {
	Side           Side
	Recommendation Recommendation
	Mean           float64 // weighted, 1 to 5
}

// Verdict is what the rule says of a round.
type Verdict struct {
	// Missing is how many more of each side, and of either, have to be asked.
	Missing map[Side]int
	// Call is why one more reviewer is called in, "" when none is; Apart is how far the reviews are from each other.
	Call  Cause
	Apart float64
	// Complete says that all reviews are in.
	Complete bool
}

// Judge looks at the reviews that were handed in, at those that are still open, and whether one more reviewer has been
// called in before: that happens once, and then it is for the desk to weigh what they say.
func (r Rule) Judge(given []Given, open []Side, called bool) Verdict {
	have := map[Side]int{}
	for _, g := range given {
		have[g.Side]++
	}
	in := map[Side]int{UN: have[UN], External: have[External]}
	for _, s := range open {
		have[s]++
	}
	v := Verdict{Missing: map[Side]int{}}
	spare := 0 // beyond what their own side needs
	for side, needed := range map[Side]int{UN: r.UNNeeded, External: r.ExternalNeeded} {
		if n := needed - have[side]; n > 0 {
			v.Missing[side] = n
		} else {
			spare -= n
		}
	}
	if n := r.EitherNeeded - spare; n > 0 {
		v.Missing[Either] = n
	}
	if in[UN] < r.UNNeeded || in[External] < r.ExternalNeeded || len(given) < r.UNNeeded+r.ExternalNeeded+r.EitherNeeded || len(open) > 0 {
		return v
	}
	if !called {
		v.Call, v.Apart = r.disagreement(given)
	}
	v.Complete = v.Call == ""
	return v
}

// disagreement says whether the reviews are too far apart, and by how much.
func (r Rule) disagreement(given []Given) (Cause, float64) {
	if len(given) < 2 {
		return "", 0
	}
	low, high := len(Recommendations), -1
	least, most := 5.0, 1.0
	for _, g := range given {
		step := g.Recommendation.Step()
		low, high = min(low, step), max(high, step)
		least, most = min(least, g.Mean), max(most, g.Mean)
	}
	if high-low >= r.StepsApart {
		return StepsApart, float64(high - low)
	}
	if apart := round2(most - least); apart > r.MeansApart {
		return MeansApart, apart
	}
	return "", 0
}

// Criterion is one of what a submission is judged by.
type Criterion struct {
	N      int
	Weight int
	Names  map[string]string   // by language
	Levels map[string][]string // what 1 to 5 mean, by language
}

// Scores are 1 to 5 by the number of the criterion.
type Scores map[int]int

// Mean is the weighted mean of the scores; false while a criterion that has weight has no score.
func Mean(criteria []Criterion, scores Scores) (float64, bool) {
	sum, weights := 0, 0
	for _, c := range criteria {
		score := scores[c.N]
		if c.Weight == 0 {
			continue
		}
		if score == 0 {
			return 0, false
		}
		sum += score * c.Weight
		weights += c.Weight
	}
	if weights == 0 {
		return 0, false
	}
	return round2(float64(sum) / float64(weights)), true
}

// WeightedMedian is the score at which half of the weight lies on either side; false as with Mean.
func WeightedMedian(criteria []Criterion, scores Scores) (float64, bool) {
	if _, ok := Mean(criteria, scores); !ok {
		return 0, false
	}
	by, total := [6]int{}, 0
	for _, c := range criteria {
		if c.Weight > 0 {
			by[scores[c.N]] += c.Weight
			total += c.Weight
		}
	}
	at := 0
	for score := 1; score <= 5; score++ {
		at += by[score]
		if 2*at == total { // exactly between this score and the next that somebody gave
			next := score + 1
			for by[next] == 0 {
				next++
			}
			return float64(score+next) / 2, true
		}
		if 2*at > total {
			return float64(score), true
		}
	}
	return 5, true
}

// Spread is what several reviews make of one thing.
type Spread struct {
	Mean, Median, Least, Most float64
	N                         int
}

// SpreadOf works out the spread of some values; the zero Spread for none.
func SpreadOf(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	n, sum := len(sorted), 0.0
	for _, v := range sorted {
		sum += v
	}
	median := sorted[n/2]
	if n%2 == 0 {
		median = (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return Spread{Mean: round2(sum / float64(n)), Median: round2(median), Least: sorted[0], Most: sorted[n-1], N: n}
}

// round2 rounds to hundredths, so that 3.1-1.6 is 1.5.
func round2(f float64) float64 { return float64(int(f*100+0.5)) / 100 }
