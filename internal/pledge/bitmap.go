package pledge

import (
	"encoding/binary"
	"iter"
	"math/bits"

	"github.com/jackc/pgx/v5/pgtype"
)

// chunkBits is how many pledges share a row of the read model (migration 00014).
const (
	chunkBits  = 8192
	chunkWords = chunkBits / 64
)

// bitmap is a set of published pledges: bit i is the one with ordinal i. Maps of one model have the same length.
type bitmap []uint64

// ofChunk are the bits of one chunk; nil beyond the map's end.
func (b bitmap) ofChunk(chunk int) bitmap {
	if (chunk+1)*chunkWords > len(b) {
		return nil
	}
	return b[chunk*chunkWords : (chunk+1)*chunkWords]
}

// fromSQL writes a column of type bit(8192) into the chunk. PostgreSQL's first bit is the highest of a byte.
func (b bitmap) fromSQL(column pgtype.Bits) {
	for i := range b {
		b[i] = bits.Reverse64(binary.BigEndian.Uint64(column.Bytes[i*8:]))
	}
}

// toSQL is the inverse of fromSQL.
func (b bitmap) toSQL() pgtype.Bits {
	column := make([]byte, 0, len(b)*8)
	for _, word := range b {
		column = binary.BigEndian.AppendUint64(column, bits.Reverse64(word))
	}
	return pgtype.Bits{Bytes: column, Len: int32(len(b) * 64), Valid: true}
}

// bytes are the bits as get_bit(bytea, n) reads them.
func (b bitmap) bytes() []byte {
	all := make([]byte, 0, len(b)*8)
	for _, word := range b {
		all = binary.LittleEndian.AppendUint64(all, word)
	}
	return all
}

func (b bitmap) has(i int) bool { return i/64 < len(b) && b[i/64]>>(i%64)&1 == 1 }

// set adds an ordinal; one beyond the end is none of the model's pledges.
func (b bitmap) set(i int) {
	if i/64 < len(b) {
		b[i/64] |= 1 << (i % 64)
	}
}

func (b bitmap) count() int {
	n := 0
	for _, word := range b {
		n += bits.OnesCount64(word)
	}
	return n
}

func (b bitmap) and(other bitmap) {
	for i := range b {
		b[i] &= other[i]
	}
}

// or adds the other's; a shorter one counts as without more.
func (b bitmap) or(other bitmap) {
	for i, word := range other {
		b[i] |= word
	}
}

func (b bitmap) without(other bitmap) {
	for i := range b {
		b[i] &^= other[i]
	}
}

// holds says whether the other's are all in it, which may be the longer one.
func (b bitmap) holds(other bitmap) bool {
	for i, word := range other {
		if word&^b[i] != 0 {
			return false
		}
	}
	return true
}

// countBoth counts what is in both.
func countBoth(a, b bitmap) int {
	n := 0
	b = b[:len(a)]
	for i, word := range a {
		n += bits.OnesCount64(word & b[i])
	}
	return n
}

// countOf counts those of the ordinals that are in it.
func (b bitmap) countOf(ordinals []int32) int {
	n := 0
	for _, i := range ordinals {
		n += int(b[i/64] >> (i % 64) & 1)
	}
	return n
}

// all gives the ordinals.
func (b bitmap) all() iter.Seq[int] {
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

// ordinals are all as a parameter of SQL.
func (b bitmap) ordinals() []int32 {
	list := make([]int32, 0, b.count())
	for i := range b.all() {
		list = append(list, int32(i)) //nolint:gosec // they are of type int in the database
	}
	return list
}
