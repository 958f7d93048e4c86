package search

import (
	"context"
	"slices"
	"sync"

	"portal/internal/database"
)

// phrases remembers which documents have words in an order: to tell, the texts of all that have the words must be looked
// at, which takes long for words that many have. What is known of a chunk holds until the chunk changes.
type phrases struct {
	mu    sync.Mutex
	known map[string][]inChunk // by the expression of the phrase; the lists are never changed
}

// inChunk are the documents of one chunk, as of a version of it.
type inChunk struct {
	version int64
	bits    Set
}

// mostPhrases is how many phrases are remembered.
const mostPhrases = 100

func (p *phrases) of(phrase string) []inChunk {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known[phrase]
}

// remember keeps what is known of a phrase; of too many, one that comes to hand is forgotten.
func (p *phrases) remember(phrase string, all []inChunk) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		p.known = map[string][]inChunk{}
	}
	if _, ok := p.known[phrase]; !ok && len(p.known) >= mostPhrases {
		for other := range p.known {
			delete(p.known, other)
			break
		}
	}
	p.known[phrase] = all
}

// ofPhrase returns those of the documents that have its words in the order of the phrase.
func (m Model) ofPhrase(ctx context.Context, tx database.Tx, phrase string, having Set) (Set, error) {
	set, unknown := m.Empty(), m.Empty()
	all := make([]inChunk, len(m.chunks))
	copy(all, m.index.phrases.of(phrase))
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
	m.index.phrases.remember(phrase, all)
	return set, nil
}
