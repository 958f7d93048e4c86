package pledge

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// The read model of the list: bitmaps of who has which value, kept in the database by triggers (migration 00014). A
// process holds a copy of what it has read, chunk by chunk. Every list begins by asking for the versions of the chunks,
// in the transaction in which its pledges are read, and reads again those that have changed: totals, counts and the list
// are of one moment, on every replica, and none waits for a message from another.
//
// Two facets are made by the process from what it has read: lights, from the days on which reports are due and today's,
// and continents, from the countries.

// chunk is a copy of the bitmaps of some thousand pledges, by facet and value. It is never changed.
type chunk struct {
	as   reading
	bits map[string]map[string]counted
	// actors are who makes the pledges, by their place in the chunk: numbers that a process gives (actorNumbers).
	actors []int32
}

// reading is all that a copy of a chunk depends on.
type reading struct {
	version    int64
	day        date.Date // in Geneva
	vocabulary *gcm.Vocabulary
}

// counted are the n pledges of a chunk that have a value: as a bitmap, or where they are few by their ordinals in it, which
// is smaller, and quicker to go through.
type counted struct {
	n    int
	bits bitmap
	few  []int32
}

// counted is how a chunk keeps the bitmap.
func (b bitmap) counted() counted {
	c := counted{n: b.count(), bits: b}
	if c.n < few {
		c.bits, c.few = nil, b.ordinals()
	}
	return c
}

// few is below how many pledges of a chunk it is quicker to go through them than through its bits.
const few = chunkWords

// addTo adds the pledges to those of their chunk.
func (c counted) addTo(of bitmap) {
	for _, ordinal := range c.few {
		of.set(int(ordinal))
	}
	of.or(c.bits)
}

// among counts the pledges that are among those of the chunk, which are also given by their ordinals where they are few.
func (c counted) among(of bitmap, some []int32) int {
	switch {
	case c.bits == nil:
		return of.countOf(c.few)
	case some != nil:
		return c.bits.countOf(some)
	default:
		return countBoth(of, c.bits)
	}
}

// model is the whole read model as a transaction sees it.
type model struct {
	day     date.Date // of the lights, in Geneva
	chunks  []*chunk
	phrases *phrases
	numbers *actorNumbers // of the actors of its chunks
	// at is the moment that it shows; with a past one, live is the model of now, and hidden how many pledges were public
	// then and have been taken down since.
	at     moment
	live   *model
	hidden int
}

// held keeps between requests what was read.
type held struct {
	mu      sync.Mutex
	chunks  map[int]*chunk
	phrases phrases
	actors  actorNumbers
}

// actorNumbers gives each actor (pledge_actor in the migration) a number, from 0, for as long as the process runs.
type actorNumbers struct {
	mu      sync.Mutex
	numbers map[string]int32
}

func (a *actorNumbers) of(actor string) int32 {
	a.mu.Lock()
	defer a.mu.Unlock()
	n, ok := a.numbers[actor]
	if !ok {
		if a.numbers == nil {
			a.numbers = map[string]int32{}
		}
		n = int32(len(a.numbers)) //nolint:gosec // there are fewer actors than pledges
		a.numbers[actor] = n
	}
	return n
}

// model returns the read model as the transaction sees it, on a day in Geneva.
func (h *held) model(ctx context.Context, tx database.Tx, day date.Date, v *gcm.Vocabulary) (model, error) {
	wanted, err := versions(ctx, tx)
	if err != nil {
		return model{}, err
	}
	last := -1
	for number := range wanted {
		last = max(last, number)
	}
	m := model{day: day, chunks: make([]*chunk, last+1), phrases: &h.phrases, numbers: &h.actors}
	for number, version := range wanted {
		h.mu.Lock()
		c := h.chunks[number]
		h.mu.Unlock()
		if as := (reading{version, day, v}); c == nil || c.as != as {
			if c, err = readChunk(ctx, tx, number, as, &h.actors); err != nil {
				return model{}, err
			}
			h.keep(number, c)
		}
		m.chunks[number] = c
	}
	return m, nil
}

// keep remembers a chunk, unless a later version or day of it is there.
func (h *held) keep(number int, c *chunk) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.chunks == nil {
		h.chunks = map[int]*chunk{}
	}
	if old := h.chunks[number]; old == nil || old.as.version < c.as.version || old.as.version == c.as.version && !c.as.day.Before(old.as.day) {
		h.chunks[number] = c
	}
}

// empty is a map of no pledge.
func (m model) empty() bitmap { return make(bitmap, len(m.chunks)*chunkWords) }

// with are the pledges that have any of the values.
func (m model) with(facet string, values ...string) bitmap {
	all := m.empty()
	for number, c := range m.chunks {
		for _, value := range values {
			if c != nil {
				c.bits[facet][value].addTo(all.ofChunk(number))
			}
		}
	}
	return all
}

// everything are all published pledges.
func (m model) everything() bitmap { return m.with("all", "") }

// published is how many pledges are published.
func (m model) published() int { return m.sizes("all")[""] }

// walked is how many pledges there are in an index of the list: all that are published now.
func (m model) walked() int {
	if m.live != nil {
		return m.live.published()
	}
	return m.published()
}

// sizes is how many pledges have each value of the facet.
func (m model) sizes(facet string) map[string]int {
	sizes := map[string]int{}
	for _, c := range m.chunks {
		if c == nil {
			continue
		}
		for value, has := range c.bits[facet] {
			sizes[value] += has.n
		}
	}
	return sizes
}

// countIn counts the pledges of the set by the values of the facet.
func (m model) countIn(facet string, set bitmap) map[string]int {
	counts := map[string]int{}
	for number, c := range m.chunks {
		if c == nil {
			continue
		}
		of := set.ofChunk(number)
		size := of.count()
		if size == 0 {
			continue
		}
		var some []int32
		if size < few {
			some = of.ordinals()
		}
		for value, has := range c.bits[facet] {
			if n := has.among(of, some); n > 0 {
				counts[value] += n
			}
		}
	}
	return counts
}

// actors is how many different entities make the pledges of the set.
func (m model) actors(set bitmap) int {
	seen, n := bitmap{}, 0
	for number, c := range m.chunks {
		if c == nil {
			continue
		}
		for i := range set.ofChunk(number).all() {
			actor := int(c.actors[i])
			for actor/64 >= len(seen) {
				seen = append(seen, make(bitmap, len(seen)+chunkWords)...)
			}
			if !seen.has(actor) {
				seen.set(actor)
				n++
			}
		}
	}
	return n
}

// selection is what a filter leaves.
type selection struct {
	listed bitmap
	total  int
	counts Counts
	// found are those that have the words, chosen those that each facet in use leaves by itself.
	found  bitmap
	chosen map[string]bitmap
}

// selection works out which pledges the filter leaves.
func (m model) selection(ctx context.Context, tx database.Tx, f Filter) (selection, error) {
	s := selection{chosen: map[string]bitmap{}}
	if f.Q == "" {
		s.found = m.everything()
	} else {
		var err error
		if s.found, err = m.found(ctx, tx, f.Q); err != nil {
			return s, fmt.Errorf("search: %w", err)
		}
	}
	if !f.Since.IsZero() {
		later := m.empty()
		if err := m.collect(ctx, tx, later, `SELECT ordinal FROM pledges WHERE until IS NULL AND first_published_at >= $1`, f.Since.In(i18n.Geneva)); err != nil {
			return s, err
		}
		s.found.and(later)
	}
	for _, field := range fields {
		if values := field.chosen(f); len(values) > 0 {
			s.chosen[field.name] = m.with(field.name, values...)
		}
	}
	s.listed = s.without("")
	s.total = s.listed.count()
	return s, nil
}

// without is what the filter leaves when it says nothing about a facet.
func (s selection) without(facet string) bitmap {
	set := slices.Clone(s.found)
	for name, bits := range s.chosen {
		if name != facet {
			set.and(bits)
		}
	}
	return set
}

// count fills in the counts of all facets.
func (m model) count(f Filter, s *selection) {
	s.counts = Counts{}
	for _, field := range fields {
		switch {
		case s.chosen[field.name] != nil:
			s.counts[field.name] = m.countIn(field.name, s.without(field.name))
		case !f.Narrowed():
			s.counts[field.name] = m.sizes(field.name)
		default:
			s.counts[field.name] = m.countIn(field.name, s.listed)
		}
	}
}
