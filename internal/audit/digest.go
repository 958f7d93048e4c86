package audit

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/problem"
)

// Key signs digests.
type Key struct{ private ed25519.PrivateKey }

// ReadKey reads a private key: its 32 bytes (the seed of RFC 8032) in hexadecimal.
func ReadKey(text string) (Key, error) {
	seed, err := hex.DecodeString(text)
	if err != nil || len(seed) != ed25519.SeedSize {
		return Key{}, errors.New("the key of the audit digests is not 64 hexadecimal digits") // its digits in no message
	}
	return Key{ed25519.NewKeyFromSeed(seed)}, nil
}

// Public is the key with which the signatures are checked.
func (k Key) Public() ed25519.PublicKey { return k.private.Public().(ed25519.PublicKey) }

// ID names the key.
func (k Key) ID() string { return keyID(k.Public()) }

func keyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8])
}

// Digest is what was signed in one night.
type Digest struct {
	Number int
	// Day is the last day, in UTC, of which it has the entries that were chained then.
	Day date.Date
	// FirstSeq and LastSeq are the entries' places in the chain; LastSeq is FirstSeq-1 when there were none.
	FirstSeq, LastSeq int64
	// Head is the hash of the entry LastSeq, Root that of the tree over the entries, Previous that of the statement of the
	// digest before; all zero bytes when there is none before.
	Head, Root, Previous []byte
	KeyID                string
	MadeAt               time.Time
	Signature            []byte
}

const digestColumns = `number, day, first_seq, last_seq, head, root, previous, key_id, made_at, signature`

// Size is how many entries it has.
func (d Digest) Size() int64 { return d.LastSeq - d.FirstSeq + 1 }

// Statement is the text that is signed.
func (d Digest) Statement() string {
	return fmt.Sprintf("portal audit digest 1\nnumber %d\nday %s\nfirst %d\nlast %d\nhead %x\nroot %x\nprevious %x\nkey %s\nmade %s\n",
		d.Number, d.Day, d.FirstSeq, d.LastSeq, d.Head, d.Root, d.Previous, d.KeyID, d.MadeAt.UTC().Format(time.RFC3339))
}

// Sign signs a digest of what was chained until the last midnight in UTC, if there is none yet, after a look for entries
// that the chain has missed. Before the first entry there is nothing to sign. A job calls it each night.
func Sign(ctx context.Context, db *database.DB, key Key, now time.Time) error {
	if _, err := chainAfter(ctx, db, 0, now); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Second)
	day := date.Of(now).AddDays(-1)
	err := db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, chainLock); err != nil {
			return err
		}
		return sign(ctx, tx, key, day, now)
	})
	if err != nil {
		return fmt.Errorf("sign the digest of %s: %w", day, err)
	}
	return nil
}

func sign(ctx context.Context, tx database.Tx, key Key, day date.Date, now time.Time) error {
	before, err := database.Row[Digest](ctx, tx, `SELECT `+digestColumns+` FROM audit_digests ORDER BY number DESC LIMIT 1`)
	first := errors.Is(err, problem.NotFound)
	if err != nil && !first {
		return err
	}
	if !first && !before.Day.Before(day) {
		return nil // it was done, or a clock went back
	}
	end, err := database.Row[head](ctx, tx, `SELECT seq, hash FROM audit_chain WHERE seq > $1 AND chained_at < $2 ORDER BY seq DESC LIMIT 1`,
		before.LastSeq, day.AddDays(1).In(time.UTC))
	switch {
	case errors.Is(err, problem.NotFound) && first:
		return nil
	case errors.Is(err, problem.NotFound):
		end = head{Seq: before.LastSeq, Hash: before.Head}
	case err != nil:
		return err
	}
	subtrees, err := readSubtrees(ctx, tx, before.LastSeq+1, end.Seq)
	if err != nil {
		return err
	}
	d := Digest{
		Number: before.Number + 1, Day: day, FirstSeq: before.LastSeq + 1, LastSeq: end.Seq, Head: end.Hash,
		Previous: make([]byte, len(Hash{})), KeyID: key.ID(), MadeAt: now,
	}
	top := root(subtrees)
	d.Root = top[:]
	if !first {
		sum := sha256.Sum256([]byte(before.Statement()))
		d.Previous = sum[:]
	}
	d.Signature = ed25519.Sign(key.private, []byte(d.Statement()))
	if _, err := tx.Exec(ctx, `INSERT INTO audit_keys (id, public_key, first_used_at) VALUES ($1, $2, $3) ON CONFLICT ON CONSTRAINT audit_keys_pkey DO NOTHING`,
		d.KeyID, []byte(key.Public()), now); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO audit_digests (`+digestColumns+`, subtrees)
		VALUES (@number, @day, @first, @last, @head, @root, @previous, @key, @made, @signature, @subtrees)`, database.Args{
		"number": d.Number, "day": d.Day, "first": d.FirstSeq, "last": d.LastSeq, "head": d.Head, "root": d.Root, "previous": d.Previous,
		"key": d.KeyID, "made": d.MadeAt, "signature": d.Signature, "subtrees": joined(subtrees),
	})
	return err
}

// readSubtrees returns the roots over each perSubtree entries in a row, all of which must be as they were chained: what is
// not is ErrBroken.
func readSubtrees(ctx context.Context, q database.Querier, first, last int64) ([]Hash, error) {
	w, err := walk(ctx, q, first, last)
	if err == nil && len(w.findings) > 0 {
		err = fmt.Errorf("%w: %s", ErrBroken, w.findings[0])
	}
	return w.subtrees, err
}

// ErrBroken says that the record is not as it was chained. `portal audit verify` tells what is wrong.
var ErrBroken = errors.New("the record is not as it was chained")

func joined(hashes []Hash) []byte {
	b := make([]byte, 0, len(hashes)*len(Hash{}))
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}

func separate(b []byte) []Hash {
	hashes := make([]Hash, 0, len(b)/len(Hash{}))
	for len(b) >= len(Hash{}) {
		hashes = append(hashes, Hash(b[:len(Hash{})]))
		b = b[len(Hash{}):]
	}
	return hashes
}

// PublicKey is a key that digests were signed with.
type PublicKey struct {
	ID          string
	PublicKey   []byte
	FirstUsedAt time.Time
}

// PEM is the key as other programs read it.
func (k PublicKey) PEM() string {
	der, err := x509.MarshalPKIXPublicKey(ed25519.PublicKey(k.PublicKey))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
}

// Keys lists the keys that digests were signed with, the newest first.
func Keys(ctx context.Context, q database.Querier) ([]PublicKey, error) {
	keys, err := database.Rows[PublicKey](ctx, q, `SELECT id, public_key, first_used_at FROM audit_keys ORDER BY first_used_at DESC, id`)
	if err != nil {
		return nil, fmt.Errorf("list the keys of the audit digests: %w", err)
	}
	return keys, nil
}

// Digests lists the digests with a number below the given one (0 for all), the newest first.
func Digests(ctx context.Context, q database.Querier, below, limit int) ([]Digest, error) {
	list, err := database.Rows[Digest](ctx, q, `SELECT `+digestColumns+` FROM audit_digests WHERE $1 = 0 OR number < $1 ORDER BY number DESC LIMIT $2`, below, limit)
	if err != nil {
		return nil, fmt.Errorf("list the audit digests: %w", err)
	}
	return list, nil
}
