package peer

import "slices"

// RoundCase is a round with its reviewers and their reviews.
type RoundCase struct {
	Round
	Set         CriteriaSet
	Assignments []Assignment
	// Reviews are by assignment, drafts included: who shows them asks In.
	Reviews map[int64]Review
	// Sealed says that the person who reads reviews in the round themself, and may not see the others' reviews (yet): of
	// these it is only known that they are in.
	Sealed bool
}

// seal takes out what the others have written, if the person reviews in the round and its rule does not show it to them.
// Somebody can be both, a reviewer and an officer of the desk.
func (c *RoundCase) seal(person int64) {
	own := slices.IndexFunc(c.Assignments, func(a Assignment) bool {
		return a.ReviewerID == person && (a.State.Open() || a.State == Submitted)
	})
	if own < 0 || c.Visibility.Shows(c.Assignments[own].State) {
		return
	}
	c.Sealed = true
	for i, a := range c.Assignments {
		if r, ok := c.Reviews[a.ID]; ok && i != own {
			c.Reviews[a.ID] = Review{AssignmentID: a.ID, SubmittedAt: r.SubmittedAt}
		}
		c.Assignments[i].Apart = nil
	}
}

// In are the reviews that were handed in and count, in the order of the assignments.
func (c RoundCase) In() []Review {
	var all []Review
	for _, a := range c.Assignments {
		if r, ok := c.Reviews[a.ID]; ok && a.State == Submitted && r.SubmittedAt != nil {
			all = append(all, r)
		}
	}
	return all
}

// Missing is how many more of each side have to be asked.
func (c RoundCase) Missing() map[Side]int { return c.verdict().Missing }

func (c RoundCase) verdict() Verdict {
	var given []Given
	var open []Side
	called := false
	for _, a := range c.Assignments {
		if a.Cause != ByDesk && (a.State.Open() || a.State == Submitted) {
			called = true
		}
		if a.State.Open() {
			open = append(open, a.Side)
		}
		if r, ok := c.Reviews[a.ID]; ok && a.State == Submitted {
			mean, _ := Mean(c.Set.Criteria, r.Scores)
			given = append(given, Given{Side: a.Side, Recommendation: r.Recommendation, Mean: mean})
		}
	}
	return c.Judge(given, open, called)
}
