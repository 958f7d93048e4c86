package pledge

import (
	"context"
	"slices"
	"sync"

	"portal/internal/database"
)

// phrases remembers which pledges have words in an order: to tell, the texts of all that have the words must be looked
// at, which takes long for words that many have. What is known of a chunk holds until the chunk changes.
type phrases struct {
	mu    sync.Mutex
	known map[string][]inChunk // by the expression of the phrase; the lists are never changed
}

// inChunk are the pledges of one chunk, as of a version of it.
type inChunk struct {
	version int64
	bits    bitmap
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

// ofPhrase returns those of the pledges that have its words in the order of the phrase.
func (m model) ofPhrase(ctx context.Context, tx database.Tx, phrase string, having bitmap) (bitmap, error) {
	set, unknown := m.empty(), m.empty()
	all := make([]inChunk, len(m.chunks))
	copy(all, m.phrases.of(phrase))
	for number, c := range m.chunks {
		if c == nil || all[number].bits != nil && all[number].version == c.as.version {
			continue
		}
		all[number] = inChunk{version: c.as.version}
		unknown.ofChunk(number).or(having.ofChunk(number))
	}
	if ordinals := unknown.ordinals(); len(ordinals) > 0 {
		if err := m.collect(ctx, tx, set, `SELECT ordinal FROM pledges WHERE until IS NULL AND ordinal = ANY($1) AND words @@ to_tsquery('simple', $2)`,
			ordinals, phrase); err != nil {
			return nil, err
		}
	}
	for number := range all {
		if all[number].bits == nil {
			all[number].bits = slices.Clone(set.ofChunk(number))
		} else {
			set.ofChunk(number).or(all[number].bits)
		}
	}
	m.phrases.remember(phrase, all)
	return set, nil
}
