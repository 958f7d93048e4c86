package app

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/pledge"
)

var (
	// scaleUpdates are how many updates a pledge has: three on average.
	scaleUpdates = spread[int]{{0, 13}, {1, 16}, {2, 18}, {3, 17}, {4, 13}, {5, 8}, {6, 6}, {7, 4}, {8, 3}, {9, 2}}
	scaleMeans   = spread[pledge.Means]{{pledge.ByPage, 50}, {pledge.ByMail, 35}, {pledge.BySheet, 10}, {pledge.ByDesk, 5}}
	scaleCourse  = spread[pledge.Status]{{pledge.InProgress, 68}, {pledge.Planned, 12}, {pledge.Delayed, 20}}
	scaleEnds    = spread[pledge.Status]{{pledge.Fulfilled, 55}, {pledge.FulfilledLate, 20}, {pledge.Withdrawn, 15}, {pledge.Superseded, 10}}
)

// updates are those of submission i, w writing them: spread over the time that it was public, or over the beginning of it,
// with silence after.
func (s *scaler) updates(i int, x scaled, w writer) []pledge.Reported {
	if x.number == 0 {
		return nil
	}
	w.Rand = rand.New(rand.NewPCG(seedOfUpdates, uint64(i)))
	n := scaleUpdates.pick(w.Rand)
	end := s.today.In(i18n.Geneva)
	if !x.down.IsZero() {
		end = x.down
	}
	span := end.Sub(x.public)
	if w.IntN(5) < 2 {
		span = span / 100 * time.Duration(20+w.IntN(60))
	}
	ends := n > 1 && w.IntN(3) == 0
	var all []pledge.Reported
	for k := range n {
		part := span / time.Duration(n)
		u := pledge.Reported{
			ID: x.id, Revision: 1, Means: scaleMeans.pick(w.Rand), Status: scaleCourse.pick(w.Rand), Lang: x.lang, OfficeName: x.office.name, AuthorID: x.office.contributor.id,
			At: x.public.Add(part*time.Duration(k) + time.Duration(1+w.Int64N(int64(part/time.Second)-1))*time.Second),
		}
		if !x.revised.IsZero() && !u.At.Before(x.revised) {
			u.Revision = 2
		}
		if ends && k == n-1 {
			u.Status = scaleEnds.pick(w.Rand)
		}
		if u.Means == pledge.ByDesk {
			u.AuthorID = s.officer(x)
		}
		on := date.Today(u.At, i18n.Geneva)
		u.On = on.AddDays(-w.IntN(10))
		if !u.Status.Final() {
			u.NextReport = on.AddDays(120 + w.IntN(246))
		}
		w.report(&u, s.base.number+1+w.Int64N(int64(s.n)), k+1, n, x)
		all = append(all, u)
	}
	return all
}

// report writes what update k of n says; other is the number of some pledge.
func (w writer) report(u *pledge.Reported, other int64, k, n int, x scaled) {
	if u.Status == pledge.Superseded {
		u.SupersededBy = pledge.FormatID(other)
	}
	if w.IntN(10) > 0 {
		u.Evidence = w.fill(pickOne(w.Rand, w.phrases.Sentences))
	}
	if w.IntN(4) == 0 {
		u.Link = fmt.Sprintf("https://office%d.example/%d", x.office.id, k)
	}
	if u.Status == pledge.Delayed || w.IntN(8) == 0 {
		u.Obstacles = w.fill("{T}: {m}.")
	}
	if w.IntN(8) == 0 {
		u.Support = w.fill("{M}, {b}.")
	}
	a := x.answers[u.Revision-1]
	if target, err := strconv.Atoi(a.First("indicators.0.target")); err == nil && w.IntN(3) > 0 {
		u.Progress = map[string]string{a.First("indicators.0.what"): strconv.Itoa(target * k / (n + 1))}
	}
	if what := a.First("milestones.0.what"); what != "" && k == n && w.IntN(2) == 0 {
		u.Reached = map[string]date.Date{what: u.On}
	}
}
