// Package peer is peer review: who reviews, rounds of reviews and their forms, the Network's rule, and the pages of
// reviewers and of the desk about them (spec page review.md, Peer review). It knows submissions and their kinds, but no
// kind in particular. What a reviewer may see goes by the wall, in the view submission_access.
package peer
