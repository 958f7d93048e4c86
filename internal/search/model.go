package search

import (
	"slices"
)

// Empty is a set of no document.
func (m Model) Empty() Set { return make(Set, len(m.chunks)*chunkWords) }

// With are the documents that have any of the values.
func (m Model) With(facet string, values ...string) Set {
	all := m.Empty()
	for number, c := range m.chunks {
		for _, value := range values {
			if c != nil {
				c.bits[facet][value].addTo(all.ofChunk(number))
			}
		}
	}
	return all
}

// Everything are all public documents.
func (m Model) Everything() Set { return m.With("all", "") }

// Published is how many documents are public.
func (m Model) Published() int { return m.Sizes("all")[""] }

// Sizes is how many documents have each value of the facet.
func (m Model) Sizes(facet string) map[string]int {
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

// CountIn counts the documents of the set by the values of the facet.
func (m Model) CountIn(facet string, set Set) map[string]int {
	counts := map[string]int{}
	for number, c := range m.chunks {
		if c == nil {
			continue
		}
		of := set.ofChunk(number)
		size := of.Count()
		if size == 0 {
			continue
		}
		var some []int32
		if size < few {
			some = of.Ordinals()
		}
		for value, has := range c.bits[facet] {
			if n := has.among(of, some); n > 0 {
				counts[value] += n
			}
		}
	}
	return counts
}

// Different is how many different things Index.Number says of the documents of the set.
func (m Model) Different(set Set) int {
	seen, n := Set{}, 0
	for number, c := range m.chunks {
		if c == nil {
			continue
		}
		for i := range set.ofChunk(number).All() {
			of := int(c.numbers[i])
			for of/64 >= len(seen) {
				seen = append(seen, make(Set, len(seen)+chunkWords)...)
			}
			if !seen.Has(of) {
				seen.Add(of)
				n++
			}
		}
	}
	return n
}

// Counts are how many documents of a list have a value, by facet and value: each facet is counted under the filters of
// all the others, so that a count is what the list would hold with that value alone in its facet.
type Counts map[string]map[string]int

// Selection is what a filter leaves.
type Selection struct {
	Listed Set
	Total  int
	Counts Counts
	// found are those that have the words, chosen those that each facet in use leaves by itself.
	found  Set
	chosen map[string]Set
}

// Select returns what is left of the documents found, in the order of facets, by those with the chosen values: any of each
// facet, and all facets.
func (m Model) Select(found Set, chosen map[string][]string) Selection {
	s := Selection{found: found, chosen: map[string]Set{}}
	for facet, values := range chosen {
		if len(values) > 0 {
			s.chosen[facet] = m.With(facet, values...)
		}
	}
	s.Listed = s.Without("")
	s.Total = s.Listed.Count()
	return s
}

// Without is what the filter leaves when it says nothing about a facet.
func (s Selection) Without(facet string) Set {
	set := slices.Clone(s.found)
	for name, bits := range s.chosen {
		if name != facet {
			set.And(bits)
		}
	}
	return set
}

// Chooses says whether the filter says something about a facet.
func (s Selection) Chooses(facet string) bool { return s.chosen[facet] != nil }

// Count fills in the counts of the facets.
func (m Model) Count(s *Selection, facets ...string) {
	s.Counts = Counts{}
	all := s.Total == m.Published()
	for _, facet := range facets {
		switch {
		case s.Chooses(facet):
			s.Counts[facet] = m.CountIn(facet, s.Without(facet))
		case all:
			s.Counts[facet] = m.Sizes(facet)
		default:
			s.Counts[facet] = m.CountIn(facet, s.Listed)
		}
	}
}
