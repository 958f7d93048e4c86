package search

import "slices"

// Chunk is a copy of what an index says of some thousand documents, by facet and value. Once a model has it, it is never
// changed.
type Chunk struct {
	version int64
	as      any
	bits    map[string]map[string]counted
	// numbers are what Index.Number says of the documents, by their place in the chunk.
	numbers []int32
}

// counted are the n documents of a chunk that have a value: as a set, or where they are few by their ordinals in it, which
// is smaller, and quicker to go through.
type counted struct {
	n    int
	bits Set
	few  []int32
}

// few is below how many documents of a chunk it is quicker to go through them than through its bits.
const few = chunkWords

// counted is how a chunk keeps the set.
func (b Set) counted() counted {
	c := counted{n: b.Count(), bits: b}
	if c.n < few {
		c.bits, c.few = nil, b.Ordinals()
	}
	return c
}

// addTo adds the documents to those of their chunk.
func (c counted) addTo(of Set) {
	for _, ordinal := range c.few {
		of.Add(int(ordinal))
	}
	of.Or(c.bits)
}

// among counts the documents that are among those of the chunk, which are also given by their ordinals where they are few.
func (c counted) among(of Set, some []int32) int {
	switch {
	case c.bits == nil:
		return of.countOf(c.few)
	case some != nil:
		return c.bits.countOf(some)
	default:
		return countBoth(of, c.bits)
	}
}

// Derive makes a facet of another one: each of its values stands for one of the new facet, or for none, "".
func (c *Chunk) Derive(facet, from string, value func(string) string) {
	all := map[string]Set{}
	for was, has := range c.bits[from] {
		to := value(was)
		if all[to] == nil {
			all[to] = make(Set, chunkWords)
		}
		has.addTo(all[to])
	}
	delete(all, "")
	c.bits[facet] = map[string]counted{}
	for to, bits := range all {
		c.bits[facet][to] = bits.counted()
	}
}

// Drop forgets a facet.
func (c *Chunk) Drop(facet string) { delete(c.bits, facet) }

// among is what a chunk says of some of its documents, but of the values that are left out.
func (c *Chunk) among(of Set, out func(facet, value string) bool) *Chunk {
	some := &Chunk{version: c.version, as: c.as, bits: map[string]map[string]counted{}, numbers: slices.Clone(c.numbers)}
	for facet, values := range c.bits {
		some.bits[facet] = map[string]counted{}
		for value, has := range values {
			if out(facet, value) {
				continue
			}
			bits := make(Set, chunkWords)
			has.addTo(bits)
			bits.And(of)
			some.bits[facet][value] = counted{bits: bits}
		}
	}
	return some
}

// add gives a document of the chunk a value; only before it is packed.
func (c *Chunk) add(facet, value string, i int) {
	has, ok := c.bits[facet][value]
	if !ok {
		has.bits = make(Set, chunkWords)
		if c.bits[facet] == nil {
			c.bits[facet] = map[string]counted{}
		}
		c.bits[facet][value] = has
	}
	has.bits.Add(i)
}

// pack makes the chunk as small as it gets, when all is in.
func (c *Chunk) pack() {
	for _, values := range c.bits {
		for value, has := range values {
			if values[value] = has.bits.counted(); values[value].n == 0 {
				delete(values, value)
			}
		}
	}
}
