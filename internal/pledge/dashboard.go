package pledge

import (
	"context"
	"fmt"
	"maps"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
)

// Views are the ways in which the dashboard counts pledges: by the values of a facet, whose name a view has. They are in
// the order of the page.
var Views = []string{"objective", "year", "reported", "status", "light", "region", "continent", "country", "category", "nature", "type", "principle", "language", "support"}

// Board is the public dashboard under a filter, as it was at one moment.
type Board struct {
	Filter Filter
	// Day is the one of the lights, in Geneva.
	Day date.Date
	// Total is how many pledges the filter leaves, Actors how many different entities make them, Countries in how many
	// States they are carried out, WithStatus on how many somebody has ever said how they stand, and Fresh on how many the
	// word is fresh.
	Total, Actors, Countries, WithStatus, Fresh int
	Tallies                                     map[string]Tally
	// Hidden is how many pledges were public on a past day and have been taken down since, whatever the filter.
	Hidden int
	// First is when the first pledge came before the public, of a day on which none was there yet.
	First time.Time
	// Newest are the last first published ones, at most NewestShown.
	Newest []Listed
}

// Tally counts pledges by the values of one facet, under the filters of all the others: a count is what the list holds
// with that value alone in its facet.
type Tally struct {
	// Of is how many different pledges are counted; a pledge counts at each of its values.
	Of     int
	Counts map[string]int
}

// NewestShown is how many pledges the dashboard names.
const NewestShown = 8

// board counts what the filter leaves of the model.
func (m model) board(f Filter, s *selection) Board {
	m.count(s)
	b := Board{Filter: f, Day: m.day, Hidden: m.hidden, Total: s.Total, Actors: m.Different(s.Listed), Tallies: map[string]Tally{}}
	for _, view := range Views {
		of := s.Total
		if s.Chooses(view) {
			of = s.Without(view).Count()
		}
		b.Tallies[view] = Tally{Of: of, Counts: nonZero(s.Counts[view])}
	}
	// These are of what is listed, also when the filter speaks of their own facet.
	among := func(facet string) map[string]int {
		if !s.Chooses(facet) {
			return b.Tallies[facet].Counts
		}
		return m.CountIn(facet, s.Listed)
	}
	b.Countries = len(among("country"))
	b.WithStatus = s.Total - among("status")[string(NoStatus)]
	b.Fresh = among("light")[string(Fresh)]
	return b
}

// nonZero leaves out what no pledge has.
func nonZero(counts map[string]int) map[string]int {
	some := maps.Clone(counts)
	maps.DeleteFunc(some, func(_ string, n int) bool { return n == 0 })
	return some
}

// Dashboard counts the published pledges that the filter leaves, in all views and at one moment, and names the newest.
func (s *Service) Dashboard(ctx context.Context, f Filter, l i18n.Lang) (Board, error) {
	return s.count(ctx, f, func(tx database.Tx, m model, chosen selection, b *Board) error {
		ids, err := listIDs(ctx, tx, m, chosen, Newest, l, nil, 0, NewestShown)
		if err != nil {
			return err
		}
		b.Newest, err = listed(ctx, tx, s.vocabulary(), m.at, l, ids)
		return err
	})
}

// Tallies is Dashboard without the pledges themselves.
func (s *Service) Tallies(ctx context.Context, f Filter) (Board, error) {
	return s.count(ctx, f, func(database.Tx, model, selection, *Board) error { return nil })
}

// count makes the dashboard and lets more add what it reads of the same moment.
func (s *Service) count(ctx context.Context, f Filter, more func(tx database.Tx, m model, chosen selection, b *Board) error) (b Board, err error) {
	err = s.asOf(ctx, f.AsOf, func(tx database.Tx, m model) error {
		chosen, err := m.selection(ctx, tx, f)
		if err != nil {
			return err
		}
		b = m.board(f, &chosen)
		if m.at.past() && m.Published() == 0 {
			if b.First, err = firstOfAll(ctx, tx); err != nil {
				return err
			}
		}
		return more(tx, m, chosen, &b)
	})
	if err != nil {
		return b, fmt.Errorf("count pledges for the dashboard: %w", err)
	}
	return b, nil
}
