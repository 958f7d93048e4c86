package committee

import (
	"context"
	"slices"

	"portal/internal/gcm"
	"portal/internal/identity"
	"portal/internal/money"
)

// Tally is how many programmes there are of something, and what they ask for: in the pipeline, and what the notes in question
// would add.
type Tally struct {
	Before, Added             int
	BeforeAmount, AddedAmount money.Amount
}

// With is how many there would be with the notes.
func (t Tally) With() int { return t.Before + t.Added }

// First says that the notes would be the first of their kind: they fill a gap.
func (t Tally) First() bool { return t.Before == 0 && t.Added > 0 }

func (t *Tally) count(f Facts, added bool) {
	if added {
		t.Added++
		t.AddedAmount += f.Amount
		return
	}
	t.Before++
	t.BeforeAmount += f.Amount
}

// Place is a place in the matrix: a region and a thematic area, each by its id, "" for all of them.
type Place struct{ Region, Area string }

// Balance is the pipeline by region and thematic area, and by State, without and with some notes (fund.md, Review: geographic
// and thematic balance).
type Balance struct {
	Areas   []Area
	Regions []gcm.Region
	// Matrix is by place. A programme of several regions or areas stands in each of its places; in the totals it counts once.
	Matrix map[Place]Tally
	// Countries is by the code of the State.
	Countries map[string]Tally
}

// Total is that of all programmes.
func (b Balance) Total() Tally { return b.Matrix[Place{}] }

// Counts are the numbers by State, with the notes.
func (b Balance) Counts() map[string]int {
	all := map[string]int{}
	for code, t := range b.Countries {
		all[code] = t.With()
	}
	return all
}

// New are the States of the notes, in order.
func (b Balance) New() []string {
	var all []string
	for code, t := range b.Countries {
		if t.Added > 0 {
			all = append(all, code)
		}
	}
	slices.Sort(all)
	return all
}

// Weigh works out the balance of a pipeline with some notes.
func Weigh(v *gcm.Vocabulary, areas []Area, pipeline, notes []Facts) Balance {
	b := Balance{Areas: areas, Matrix: map[Place]Tally{}, Countries: map[string]Tally{}}
	seen := map[string]bool{}
	count := func(f Facts, added bool) {
		regions := v.RegionsOf(f.Countries)
		for _, region := range append([]string{""}, regions...) {
			seen[region] = true
			for _, area := range append([]string{""}, unique(f.Areas)...) {
				t := b.Matrix[Place{region, area}]
				t.count(f, added)
				b.Matrix[Place{region, area}] = t
			}
		}
		for _, code := range unique(f.Countries) {
			t := b.Countries[code]
			t.count(f, added)
			b.Countries[code] = t
		}
	}
	for _, f := range pipeline {
		count(f, false)
	}
	for _, f := range notes {
		count(f, true)
	}
	// A region without anything is what the balance is looked at for; the one of the whole world belongs to no State.
	for _, r := range v.Regions {
		if seen[r.ID] || r.Commission != "" {
			b.Regions = append(b.Regions, r)
		}
	}
	return b
}

func unique(all []string) []string {
	var out []string
	for _, one := range all {
		if one != "" && !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

// Balance is that of the pipeline with some of the entries of a shortlist that the person may see.
func (s *Service) Balance(ctx context.Context, who identity.User, entries []Entry) (Balance, error) {
	if err := desk(who); err != nil {
		return Balance{}, err
	}
	pipeline, err := s.Pipeline(ctx, s.DB.Read())
	if err != nil {
		return Balance{}, err
	}
	var added []Facts
	for _, e := range entries {
		added = append(added, e.Note.Facts)
	}
	return Weigh(s.Vocabulary(), s.Areas(ctx), pipeline, added), nil
}
