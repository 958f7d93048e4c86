package search

// Draft is a model in the making of some documents of another one with other values: as they were on another day.
type Draft struct {
	of     Model
	chunks []*Chunk
}

// Draft begins a model with what m says of the documents of the set, but of the values that are left out.
func (m Model) Draft(of Set, out func(facet, value string) bool) *Draft {
	d := &Draft{of: m, chunks: make([]*Chunk, len(m.chunks))}
	for number, c := range m.chunks {
		if c != nil {
			d.chunks[number] = c.among(of.ofChunk(number), out)
		}
	}
	return d
}

// Add gives a document of the model a value.
func (d *Draft) Add(facet, value string, ordinal int) {
	d.chunks[ordinal/chunkBits].add(facet, value, ordinal%chunkBits)
}

// Number says of a document what Index.Number would have said.
func (d *Draft) Number(ordinal int, of string) {
	d.chunks[ordinal/chunkBits].numbers[ordinal%chunkBits] = d.of.index.numbers.of(of)
}

// Chunks ends the draft: derive makes the facets that follow from others.
func (d *Draft) Chunks(derive func(c *Chunk)) Chunks {
	for _, c := range d.chunks {
		if c != nil {
			c.pack()
			derive(c)
		}
	}
	return d.chunks
}

// Chunks are a model that was made by a draft, to be kept.
type Chunks []*Chunk

// Of is the kept model beside one of now, which may have become longer.
func (c Chunks) Of(m Model) Model {
	chunks := make([]*Chunk, len(m.chunks))
	copy(chunks, c)
	return Model{index: m.index, chunks: chunks}
}
