package search

import (
	"context"
	"slices"
	"sync"

	"portal/internal/database"
)

// findings remembers which documents satisfy an expression: to tell, all that do must be fetched, and for words in an order
// their texts be looked at. Who has searched for something goes on to filter and turn pages of it. What is known of a chunk
// holds until the chunk changes.
type findings struct {
	mu    sync.Mutex
	known map[string][]inChunk // by the expression; the lists are never changed
}

// inChunk are the documents of one chunk, as of a version of it.
type inChunk struct {
	version int64
	bits    Set
}

// mostFindings is how many expressions are remembered, each with one bit a document.
const mostFindings = 500

func (f *findings) of(expression string) []inChunk {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.known[expression]
}

// remember keeps what is known of an expression; of too many, one that comes to hand is forgotten.
func (f *findings) remember(expression string, all []inChunk) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil {
		f.known = map[string][]inChunk{}
	}
	if _, ok := f.known[expression]; !ok && len(f.known) >= mostFindings {
		for other := range f.known {
			delete(f.known, other)
			break
		}
	}
	f.known[expression] = all
}

// remembered returns the documents that satisfy an expression, if that is known of each chunk as it is now.
func (m Model) remembered(expression string) (Set, bool) {
	known := m.index.findings.of(expression)
	set := m.Empty()
	for number, c := range m.chunks {
		switch {
		case c == nil:
		case number >= len(known) || known[number].bits == nil || known[number].version != c.version:
			return nil, false
		default:
			set.ofChunk(number).Or(known[number].bits)
		}
	}
	return set, true
}

// remember keeps the documents that satisfy an expression.
func (m Model) remember(expression string, set Set) {
	all := make([]inChunk, len(m.chunks))
	for number, c := range m.chunks {
		if c != nil {
			all[number] = inChunk{c.version, slices.Clone(set.ofChunk(number))}
		}
	}
	m.index.findings.remember(expression, all)
}

// ofPhrase returns those of the documents that have its words in the order of the phrase.
func (m Model) ofPhrase(ctx context.Context, tx database.Tx, phrase string, having Set) (Set, error) {
	set, unknown := m.Empty(), m.Empty()
	all := make([]inChunk, len(m.chunks))
	copy(all, m.index.findings.of(phrase))
	for number, c := range m.chunks {
		if c == nil || all[number].bits != nil && all[number].version == c.version {
			continue
		}
		all[number] = inChunk{version: c.version}
		unknown.ofChunk(number).Or(having.ofChunk(number))
	}
	if ordinals := unknown.Ordinals(); len(ordinals) > 0 {
		if err := m.Collect(ctx, tx, set, `SELECT ordinal FROM `+m.index.Table+` WHERE until IS NULL AND ordinal = ANY($1) AND words @@ to_tsquery('simple', $2)`,
			ordinals, phrase); err != nil {
			return nil, err
		}
	}
	for number := range all {
		if all[number].bits == nil {
			all[number].bits = slices.Clone(set.ofChunk(number))
		} else {
			set.ofChunk(number).Or(all[number].bits)
		}
	}
	m.index.findings.remember(phrase, all)
	return set, nil
}
