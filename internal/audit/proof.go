package audit

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/problem"
)

// Proof shows that an entry is in the record, to somebody who sees nothing else of it.
type Proof struct {
	ID        int64
	At        time.Time
	Act       string
	Subject   string
	SubjectID int64
	Fields    []string
	// Actor is the commitment to who acted, which tells nobody who that was.
	Actor Hash
	// Seq is the entry's place in the chain; 0 while it waits to be chained, and then the rest is zero.
	Seq int64
	// Leaf is the entry's own hash; Hash that of the chain at it, made of Previous and Leaf.
	Leaf, Previous, Hash Hash
	// Digest is the signed one that has the entry; nil until tonight. Path leads from Leaf, at Index of Digest.Size, to its
	// root.
	Digest *Digest
	Index  int64
	Path   []Hash
	Key    PublicKey
}

// Prove returns the entries of a subject with the acts, the earliest first, each with its proof: those of an instant, or of any
// time when it is zero. At most 100.
func Prove(ctx context.Context, q database.Querier, subject string, id int64, at time.Time, acts ...string) ([]Proof, error) {
	var of *time.Time
	if !at.IsZero() {
		of = &at
	}
	rows, err := database.Rows[row](ctx, q, `SELECT coalesce(c.seq, 0) AS seq, l.id, l.at, l.actor_id, l.act, l.subject, l.subject_id, l.fields,
			coalesce(c.salt, '') AS salt, coalesce(c.hash, '') AS hash, false AS gone
		FROM audit_log l LEFT JOIN audit_chain c ON c.log_id = l.id
		WHERE l.subject = $1 AND l.subject_id = $2 AND l.act = ANY ($3) AND ($4::timestamptz IS NULL OR l.at = $4) ORDER BY l.id LIMIT 100`, subject, id, acts, of)
	if err != nil {
		return nil, fmt.Errorf("read what the record has of %s %d: %w", subject, id, err)
	}
	proofs := make([]Proof, len(rows))
	for i, r := range rows {
		if proofs[i], err = prove(ctx, q, r); err != nil {
			return nil, fmt.Errorf("prove entry %d: %w", r.ID, err)
		}
	}
	return proofs, nil
}

func prove(ctx context.Context, q database.Querier, r row) (Proof, error) {
	p := Proof{ID: r.ID, At: r.At, Act: r.Act, Subject: r.Subject, SubjectID: r.SubjectID, Fields: r.Fields, Seq: r.Seq}
	if r.Seq == 0 {
		return p, nil
	}
	p.Actor, p.Leaf, p.Hash = r.actor(), r.leaf(), Hash(r.Hash)
	if r.Seq > 1 {
		before, err := database.Value[[]byte](ctx, q, `SELECT hash FROM audit_chain WHERE seq = $1`, r.Seq-1)
		if err != nil {
			return p, err
		}
		p.Previous = Hash(before)
	}
	d, err := database.Row[Digest](ctx, q, `SELECT `+digestColumns+` FROM audit_digests WHERE last_seq >= $1 ORDER BY last_seq, number LIMIT 1`, r.Seq)
	if errors.Is(err, problem.NotFound) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	if p.Key, err = database.Row[PublicKey](ctx, q, `SELECT id, public_key, first_used_at FROM audit_keys WHERE id = $1`, d.KeyID); err != nil {
		return p, err
	}
	branches, err := readBranches(ctx, q, d.Number)
	if err != nil {
		return p, err
	}
	p.Digest, p.Index = &d, r.Seq-d.FirstSeq
	subtrees, branch := separate(branches), p.Index/perSubtree
	first := d.FirstSeq + branch*perSubtree
	rows, err := readRows(ctx, q, first, min(d.LastSeq, first+perSubtree-1))
	if err != nil {
		return p, err
	}
	leaves := make([]Hash, len(rows))
	for i, r := range rows {
		leaves[i] = r.leaf()
	}
	if within := r.Seq - first; within < int64(len(leaves)) && branch < int64(len(subtrees)) {
		p.Path = append(path(leaves, int(within)), path(subtrees, int(branch))...)
	}
	return p, nil
}

// Check says what does not hold of the proof, or nil: the entry's hash, the chain's at it, the way to the root, or the
// signature. An entry that is in no digest yet is checked as far as it goes.
func (p Proof) Check() error {
	if p.Seq == 0 {
		return nil
	}
	switch r := (row{ID: p.ID, At: p.At, Act: p.Act, Subject: p.Subject, SubjectID: p.SubjectID, Fields: p.Fields}); {
	case r.leafWith(p.Actor) != p.Leaf:
		return fmt.Errorf("%w: the hash of entry %d is another", ErrBroken, p.Seq)
	case chained(p.Previous, p.Leaf) != p.Hash:
		return fmt.Errorf("%w: the hash of the chain at entry %d is another", ErrBroken, p.Seq)
	case p.Digest == nil:
		return nil
	}
	top, whole := climb(p.Leaf, p.Index, p.Digest.Size(), p.Path)
	if !whole || top != Hash(p.Digest.Root) {
		return fmt.Errorf("%w: entry %d does not lead to the root of digest %d", ErrBroken, p.Seq, p.Digest.Number)
	}
	if keyID(p.Key.PublicKey) != p.Digest.KeyID || !ed25519.Verify(p.Key.PublicKey, []byte(p.Digest.Statement()), p.Digest.Signature) {
		return fmt.Errorf("%w: the signature of digest %d does not hold", ErrBroken, p.Digest.Number)
	}
	return nil
}

// The proof as outsiders read it (docs/audit.md).
type (
	proofJSON struct {
		Entry    entryJSON   `json:"entry"`
		Sequence int64       `json:"sequence,omitempty"`
		Leaf     string      `json:"leaf,omitempty"`
		Previous string      `json:"previous_hash,omitempty"`
		Hash     string      `json:"hash,omitempty"`
		Index    int64       `json:"index"`
		Path     []string    `json:"path"`
		Digest   *digestJSON `json:"digest"`
	}
	entryJSON struct {
		ID        int64    `json:"id"`
		At        string   `json:"at"`
		Act       string   `json:"act"`
		Subject   string   `json:"subject"`
		SubjectID int64    `json:"subject_id"`
		Fields    []string `json:"fields"`
		Actor     string   `json:"actor,omitempty"`
	}
	digestJSON struct {
		Number    int    `json:"number"`
		Day       string `json:"day"`
		First     int64  `json:"first"`
		Last      int64  `json:"last"`
		Head      string `json:"head"`
		Root      string `json:"root"`
		Previous  string `json:"previous"`
		Key       string `json:"key"`
		Made      string `json:"made"`
		Statement string `json:"statement"`
		Signature string `json:"signature"`
	}
)

// MarshalJSON writes hashes in hexadecimal and the signature in base64.
func (p Proof) MarshalJSON() ([]byte, error) {
	j := proofJSON{
		Entry:    entryJSON{ID: p.ID, At: p.At.UTC().Format(instantFormat), Act: p.Act, Subject: p.Subject, SubjectID: p.SubjectID, Fields: append([]string{}, p.Fields...)},
		Sequence: p.Seq, Path: []string{},
	}
	if p.Seq > 0 {
		j.Entry.Actor = hex.EncodeToString(p.Actor[:])
		j.Leaf, j.Previous, j.Hash = hex.EncodeToString(p.Leaf[:]), hex.EncodeToString(p.Previous[:]), hex.EncodeToString(p.Hash[:])
	}
	if p.Digest != nil {
		d := p.Digest.json()
		j.Digest, j.Index = &d, p.Index
		for _, h := range p.Path {
			j.Path = append(j.Path, hex.EncodeToString(h[:]))
		}
	}
	return json.Marshal(j)
}

func (d Digest) json() digestJSON {
	return digestJSON{
		Number: d.Number, Day: d.Day.String(), First: d.FirstSeq, Last: d.LastSeq, Head: hex.EncodeToString(d.Head), Root: hex.EncodeToString(d.Root),
		Previous: hex.EncodeToString(d.Previous), Key: d.KeyID, Made: d.MadeAt.UTC().Format(time.RFC3339), Statement: d.Statement(),
		Signature: base64.StdEncoding.EncodeToString(d.Signature),
	}
}

// MarshalJSON writes the digest with its statement, hashes in hexadecimal and the signature in base64.
func (d Digest) MarshalJSON() ([]byte, error) { return json.Marshal(d.json()) }
