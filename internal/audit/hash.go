package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"time"
)

// What is hashed, and how, is written down for outsiders in docs/audit.md: a change here is a new format there.

// Hash is a SHA-256.
type Hash = [sha256.Size]byte

// The first byte of what is hashed says what it is, so that one can never pass for another (RFC 6962, 2.1).
const (
	leafMark = 0x00
	nodeMark = 0x01
	linkMark = 0x02
)

// entryFormat begins the encoding of an entry.
const entryFormat = "portal-audit-entry-1"

// instantFormat is how instants are written: UTC, to the microsecond, as the database keeps them.
const instantFormat = "2006-01-02T15:04:05.000000Z"

// row is an entry of the log with its place in the chain.
type row struct {
	Seq       int64
	ID        int64
	At        time.Time
	ActorID   *int64
	Act       string
	Subject   string
	SubjectID int64
	Fields    []string
	Salt      []byte
	Hash      []byte
	// Gone says that the log has no such row any more.
	Gone bool
}

// actor is the commitment to who acted: without the salt, which is not shown, nobody can tell from it who that was.
func (r row) actor() Hash {
	id := int64(0)
	if r.ActorID != nil {
		id = *r.ActorID
	}
	return sha256.Sum256(strconv.AppendInt(append([]byte{}, r.Salt...), id, 10))
}

// encoding is the entry as bytes: texts, each with its length in four bytes before it, so that no two entries have the
// same.
func (r row) encoding(actor Hash) []byte {
	b := make([]byte, 0, 256)
	text := func(s string) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s))) //nolint:gosec // texts of the log are short
		b = append(b, s...)
	}
	text(entryFormat)
	text(strconv.FormatInt(r.ID, 10))
	text(r.At.UTC().Format(instantFormat))
	text(r.Act)
	text(r.Subject)
	text(strconv.FormatInt(r.SubjectID, 10))
	text(strconv.Itoa(len(r.Fields)))
	for _, f := range r.Fields {
		text(f)
	}
	text(hex.EncodeToString(actor[:]))
	return b
}

// leaf is the hash of the entry alone.
func (r row) leaf() Hash { return r.leafWith(r.actor()) }

func (r row) leafWith(actor Hash) Hash {
	return sha256.Sum256(append([]byte{leafMark}, r.encoding(actor)...))
}

// chained is the hash of an entry in the chain: of the hash before it and its own.
func chained(previous, leaf Hash) Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = linkMark
	copy(b[1:], previous[:])
	copy(b[1+sha256.Size:], leaf[:])
	return sha256.Sum256(b[:])
}

func node(left, right Hash) Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = nodeMark
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}

// split is how many of n leaves, or subtrees, stand on the left of the tree's top: the largest power of two below n.
func split(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

// root is the top of the Merkle tree over the hashes (RFC 6962, 2.1).
func root(hashes []Hash) Hash {
	switch len(hashes) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return hashes[0]
	}
	k := split(len(hashes))
	return node(root(hashes[:k]), root(hashes[k:]))
}

// path is what leads from the hash at the index to the root, from the bottom up (RFC 6962, 2.1.1).
func path(hashes []Hash, index int) []Hash {
	if len(hashes) < 2 {
		return nil
	}
	k := split(len(hashes))
	if index < k {
		return append(path(hashes[:k], index), root(hashes[k:]))
	}
	return append(path(hashes[k:], index-k), root(hashes[:k]))
}

// climb is the root to which a path leads from the hash at the index of so many.
func climb(hash Hash, index, size int64, path []Hash) (Hash, bool) {
	last := size - 1
	if index < 0 || index > last {
		return hash, false
	}
	for _, p := range path {
		switch {
		case last == 0:
			return hash, false
		case index%2 == 1 || index == last:
			hash = node(p, hash)
			for index%2 == 0 && index != 0 {
				index, last = index/2, last/2
			}
		default:
			hash = node(hash, p)
		}
		index, last = index/2, last/2
	}
	return hash, last == 0
}

// perSubtree is how many entries a subtree of a digest has. It is a power of two, so that the subtrees are whole branches
// of the tree over all entries.
const perSubtree = 1024
