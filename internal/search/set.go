package search

import (
	"encoding/binary"
	"iter"
	"math/bits"
	"slices"

	"github.com/jackc/pgx/v5/pgtype"
)

// chunkBits is how many documents share a row of an index's tables (migration 00014).
const (
	chunkBits  = 8192
	chunkWords = chunkBits / 64
)

// Set is a set of documents of an index: bit i is the one with ordinal i. Sets of one model have the same length.
type Set []uint64

// ofChunk are the bits of one chunk; nil beyond the map's end.
func (b Set) ofChunk(chunk int) Set {
	if (chunk+1)*chunkWords > len(b) {
		return nil
	}
	return b[chunk*chunkWords : (chunk+1)*chunkWords]
}

// fromSQL writes a column of type bit(8192) into the chunk. PostgreSQL's first bit is the highest of a byte.
func (b Set) fromSQL(column pgtype.Bits) {
	for i := range b {
		b[i] = bits.Reverse64(binary.BigEndian.Uint64(column.Bytes[i*8:]))
	}
}

// toSQL is the inverse of fromSQL.
func (b Set) toSQL() pgtype.Bits {
	column := make([]byte, 0, len(b)*8)
	for _, word := range b {
		column = binary.BigEndian.AppendUint64(column, bits.Reverse64(word))
	}
	return pgtype.Bits{Bytes: column, Len: int32(len(b) * 64), Valid: true}
}

// Bytes are the bits as get_bit(bytea, n) reads them.
func (b Set) Bytes() []byte {
	all := make([]byte, 0, len(b)*8)
	for _, word := range b {
		all = binary.LittleEndian.AppendUint64(all, word)
	}
	return all
}

// Has says whether the ordinal is in it.
func (b Set) Has(i int) bool { return i/64 < len(b) && b[i/64]>>(i%64)&1 == 1 }

// Add adds an ordinal; one beyond the end is none of the model's documents.
func (b Set) Add(i int) {
	if i/64 < len(b) {
		b[i/64] |= 1 << (i % 64)
	}
}

// Count is how many there are.
func (b Set) Count() int {
	n := 0
	for _, word := range b {
		n += bits.OnesCount64(word)
	}
	return n
}

// And leaves what is in the other as well, which has the same length.
func (b Set) And(other Set) {
	for i := range b {
		b[i] &= other[i]
	}
}

// Or adds the other's; a shorter one counts as without more.
func (b Set) Or(other Set) {
	for i, word := range other {
		b[i] |= word
	}
}

// Without leaves what is not in the other, which has the same length.
func (b Set) Without(other Set) {
	for i := range b {
		b[i] &^= other[i]
	}
}

// Holds says whether the other's are all in it, which may be the longer one.
func (b Set) Holds(other Set) bool {
	for i, word := range other {
		if word&^b[i] != 0 {
			return false
		}
	}
	return true
}

// countBoth counts what is in both.
func countBoth(a, b Set) int {
	n := 0
	b = b[:len(a)]
	for i, word := range a {
		n += bits.OnesCount64(word & b[i])
	}
	return n
}

// countOf counts those of the ordinals that are in it.
func (b Set) countOf(ordinals []int32) int {
	n := 0
	for _, i := range ordinals {
		n += int(b[i/64] >> (i % 64) & 1)
	}
	return n
}

// All gives the ordinals, the lowest first.
func (b Set) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, word := range b {
			for ; word != 0; word &= word - 1 {
				if !yield(i*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}

// addLast adds the highest ordinals of the other, which has the same length, until it holds so many.
func (b Set) addLast(other Set, most int) {
	left := most - b.Count()
	for i, word := range slices.Backward(other) {
		for word &^= b[i]; word != 0 && left > 0; left-- {
			last := uint64(1) << (bits.Len64(word) - 1)
			b[i] |= last
			word &^= last
		}
	}
}

// Ordinals are all as a parameter of SQL.
func (b Set) Ordinals() []int32 {
	list := make([]int32, 0, b.Count())
	for i := range b.All() {
		list = append(list, int32(i)) //nolint:gosec // they are of type int in the database
	}
	return list
}
