package peer

import (
	"cmp"
	"slices"

	"portal/internal/workflow"
)

// Candidate is a reviewer as suggestions see them.
type Candidate struct {
	UserID     int64
	Name       string
	Side       Side
	WorksFor   string
	Objectives []int
	Languages  []string
	Regions    []string
	Capacity   int
	// Load is how many reviews they were asked for in the last twelve months and did not decline.
	Load     int
	Standing workflow.Standing
}

// Wanted is for what a reviewer is looked for.
type Wanted struct {
	Objectives []int
	Lang       string
	Regions    []string
	// Side is "" for either.
	Side Side
	// Asked are the regions of those who were asked already: another region is preferred.
	Asked []string
}

// Why is one reason for a suggestion. Its words are texts: peer.why.….
type Why string

// The reasons.
const (
	WhyExpertise   Why = "expertise"
	WhyLanguage    Why = "language"
	WhyRegion      Why = "region"
	WhyOtherRegion Why = "other_region"
	WhyFree        Why = "free"
)

// Suggestion is a reviewer who would do, and why.
type Suggestion struct {
	Candidate
	Points int
	Why    []Why
	// Shared are the objectives that both have.
	Shared []int
}

// The weights of a suggestion: expertise first, then the language that the text is in, then the region and who has had
// least to do.
const (
	pointsExpertise = 4 // for each shared objective, at most for two
	pointsLanguage  = 5
	pointsRegion    = 2
	pointsOther     = 1
	pointsFree      = 3 // for who has nothing to do, less for who has
)

// Suggest puts those who would do in order, the best first. Never somebody with a conflict, with no room left this year, or
// of the other side; whoever shares neither an objective nor the language matches nothing and is left out.
func Suggest(all []Candidate, w Wanted) []Suggestion {
	var found []Suggestion
	for _, c := range all {
		if c.Standing == workflow.InConflict || c.Load >= c.Capacity || w.Side != "" && c.Side != w.Side {
			continue
		}
		s := Suggestion{Candidate: c}
		for _, o := range w.Objectives {
			if slices.Contains(c.Objectives, o) {
				s.Shared = append(s.Shared, o)
			}
		}
		speaks := slices.Contains(c.Languages, w.Lang)
		if len(s.Shared) == 0 && !speaks {
			continue
		}
		add := func(why Why, points int) {
			if points > 0 {
				s.Points += points
				s.Why = append(s.Why, why)
			}
		}
		add(WhyExpertise, pointsExpertise*min(2, len(s.Shared)))
		if speaks {
			add(WhyLanguage, pointsLanguage)
		}
		if shares(c.Regions, w.Regions) {
			add(WhyRegion, pointsRegion)
		}
		if len(w.Asked) > 0 && len(c.Regions) > 0 && !shares(c.Regions, w.Asked) {
			add(WhyOtherRegion, pointsOther)
		}
		add(WhyFree, pointsFree*(c.Capacity-c.Load)/c.Capacity)
		found = append(found, s)
	}
	slices.SortFunc(found, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.Load, b.Load), cmp.Compare(a.UserID, b.UserID))
	})
	return found
}

func shares(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
