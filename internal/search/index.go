package search

import (
	"context"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"portal/internal/database"
)

// Index is the read model of a public list: who has which value of which facet, and which word, kept in the database by
// triggers. It is made of the table Table, whose rows with "until IS NULL" are public and have a column ordinal and a
// tsvector words, and kept in the tables Name_chunks, Name_bitmaps, Name_words and Name_word_bitmaps (migration 00014).
//
// A process holds a copy of what it has read, chunk by chunk. Every list begins by asking for the versions of the chunks,
// in the transaction in which its documents are read, and reads again those that have changed: totals, counts and the list
// are of one moment, on every replica, and none waits for a message from another.
//
// The zero Index with its exported fields set is ready to use; it must not be copied afterwards.
type Index struct {
	Name, Table string
	// ID says that what was typed is nothing but a public ID, which finds the document with that public_id alone.
	ID func(typed string) (id string, ok bool)
	// Number is an SQL expression over the table as p that says what Model.Different counts, such as who the author is; ""
	// when nothing does.
	Number string
	// Derive makes in a chunk that was read the facets that follow from others; as is what the caller gave Model. It may be
	// nil.
	Derive func(c *Chunk, as any)

	mu       sync.Mutex
	chunks   map[int]*Chunk
	findings findings
	numbers  numbers
	themes   *lexicon
}

// Model is a whole index as a transaction sees it.
type Model struct {
	index  *Index
	chunks []*Chunk
}

// Model returns the index as the transaction sees it. What is derived depends on as, a comparable value such as the day.
func (x *Index) Model(ctx context.Context, tx database.Tx, as any) (Model, error) {
	wanted, err := x.versions(ctx, tx)
	if err != nil {
		return Model{}, err
	}
	last := -1
	for number := range wanted {
		last = max(last, number)
	}
	m := Model{index: x, chunks: make([]*Chunk, last+1)}
	for number, version := range wanted {
		x.mu.Lock()
		c := x.chunks[number]
		x.mu.Unlock()
		if c == nil || c.version != version || c.as != as {
			if c, err = x.read(ctx, tx, number, version, as); err != nil {
				return Model{}, fmt.Errorf("read part %d of the index of %s: %w", number, x.Table, err)
			}
			x.keep(number, c)
		}
		m.chunks[number] = c
	}
	return m, nil
}

// keep remembers a chunk, unless a later version of it is there.
func (x *Index) keep(number int, c *Chunk) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.chunks == nil {
		x.chunks = map[int]*Chunk{}
	}
	if old := x.chunks[number]; old == nil || old.version <= c.version {
		x.chunks[number] = c
	}
}

// versions are the chunks of the index and their versions.
func (x *Index) versions(ctx context.Context, q database.Querier) (map[int]int64, error) {
	type row struct {
		Chunk   int
		Version int64
	}
	rows, err := database.Rows[row](ctx, q, `SELECT chunk, version FROM `+x.Name+`_chunks`)
	if err != nil {
		return nil, err
	}
	all := map[int]int64{}
	for _, r := range rows {
		all[r.Chunk] = r.Version
	}
	return all, nil
}

// read reads one chunk and makes the facets that follow from others.
func (x *Index) read(ctx context.Context, q database.Querier, number int, version int64, as any) (*Chunk, error) {
	rows, err := q.Query(ctx, `SELECT facet, value, n, bits FROM `+x.Name+`_bitmaps WHERE chunk = $1 AND n > 0`, number)
	if err != nil {
		return nil, err
	}
	c := &Chunk{version: version, as: as, bits: map[string]map[string]counted{}}
	var facet, value string
	var n int
	var column pgtype.Bits
	if _, err = pgx.ForEachRow(rows, []any{&facet, &value, &n, &column}, func() error {
		bits := make(Set, chunkWords)
		bits.fromSQL(column)
		if c.bits[facet] == nil {
			c.bits[facet] = map[string]counted{}
		}
		c.bits[facet][value] = bits.counted()
		return nil
	}); err != nil {
		return nil, err
	}
	if x.Number != "" {
		c.numbers = make([]int32, chunkBits)
		rows, err = q.Query(ctx, `SELECT p.ordinal & 8191, `+x.Number+` FROM `+x.Table+` p
			WHERE p.until IS NULL AND p.ordinal >= $1 AND p.ordinal < $2`, number*chunkBits, (number+1)*chunkBits)
		if err != nil {
			return nil, err
		}
		var place int
		var of string
		if _, err = pgx.ForEachRow(rows, []any{&place, &of}, func() error {
			c.numbers[place] = x.numbers.of(of)
			return nil
		}); err != nil {
			return nil, err
		}
	}
	if x.Derive != nil {
		x.Derive(c, as)
	}
	return c, nil
}

// numbers gives each text a number, from 0, for as long as the process runs.
type numbers struct {
	mu    sync.Mutex
	known map[string]int32
}

func (n *numbers) of(text string) int32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	number, ok := n.known[text]
	if !ok {
		if n.known == nil {
			n.known = map[string]int32{}
		}
		number = int32(len(n.known)) //nolint:gosec // there are fewer than documents
		n.known[text] = number
	}
	return number
}
