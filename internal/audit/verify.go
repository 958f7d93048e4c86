package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/problem"
)

// Finding is something that is not as it was chained and signed.
type Finding struct {
	// Digest is the number of the digest that it is about; 0 when it is about an entry.
	Digest int
	// Seq is the entry's place in the chain, LogID the id of the row of the log; 0 when it is about none.
	Seq, LogID int64
	// Text says what is wrong, for the people who run the portal.
	Text string
}

// String is the text.
func (f Finding) String() string { return f.Text }

// Report is what a verification has found.
type Report struct {
	// Entries and Digests are how many were looked at; Waiting is how many entries the chain has not taken in yet.
	Entries int64
	Digests int
	Waiting int64
	// Unsigned is how many of the entries are in no digest yet.
	Unsigned int64
	// Keys are all keys that digests were signed with.
	Keys     []PublicKey
	Findings []Finding
	// More says that there is more wrong than Findings has.
	More bool
}

// maxFindings bounds a report: where so much is wrong, more of it says nothing.
const maxFindings = 1000

func (r *Report) add(found ...Finding) {
	r.Findings = append(r.Findings, found...)
	if len(r.Findings) > maxFindings {
		r.Findings, r.More = r.Findings[:maxFindings], true
	}
}

// Range bounds a verification to the digests of days, both included; zero days are the first and the last, and then what
// is not signed yet is looked at as well.
type Range struct{ From, To date.Date }

// Verify compares the log with its chain and its digests. The error is of what kept it from looking; what it has found is
// in the report.
func Verify(ctx context.Context, db *database.DB, within Range, now time.Time) (Report, error) {
	var r Report
	q := db.Read()
	var err error
	if r.Keys, err = Keys(ctx, q); err != nil {
		return r, err
	}
	end, err := readHead(ctx, q)
	if err != nil {
		return r, fmt.Errorf("verify the record: %w", err)
	}
	for _, k := range r.Keys {
		if keyID(k.PublicKey) != k.ID {
			r.add(Finding{Text: fmt.Sprintf("the public key %s is not the one of that name", k.ID)})
		}
	}
	digests, err := database.Rows[Digest](ctx, q, `SELECT `+digestColumns+` FROM audit_digests ORDER BY number`)
	if err != nil {
		return r, fmt.Errorf("verify the digests: %w", err)
	}
	var before Digest
	for _, d := range digests {
		if d.Number != before.Number+1 {
			r.add(Finding{Digest: before.Number + 1, Text: fmt.Sprintf("missing: %s", span("digest", int64(before.Number)+1, int64(d.Number)-1))})
		}
		if (within.From.IsZero() || !d.Day.Before(within.From)) && (within.To.IsZero() || !within.To.Before(d.Day)) {
			if err := r.digest(ctx, q, d, before, end.Seq); err != nil {
				return r, fmt.Errorf("verify digest %d: %w", d.Number, err)
			}
		}
		before = d
	}
	if within.To.IsZero() {
		w, err := walk(ctx, q, before.LastSeq+1, end.Seq)
		if err != nil {
			return r, fmt.Errorf("verify the chain: %w", err)
		}
		r.Entries, r.Unsigned = r.Entries+w.entries, w.entries
		r.add(w.findings...)
	}
	if within == (Range{}) {
		err = r.missing(ctx, q, now)
	}
	return r, err
}

// digest verifies one digest and its entries; end is the last number of the chain.
func (r *Report) digest(ctx context.Context, q database.Querier, d, before Digest, end int64) error {
	r.Digests++
	wrong := func(format string, args ...any) {
		r.add(Finding{Digest: d.Number, Text: fmt.Sprintf("digest %d of %s: ", d.Number, d.Day) + fmt.Sprintf(format, args...)})
	}
	if !d.signedBy(r.Keys) {
		wrong("its signature is not that of the key %s over what it says", d.KeyID)
	}
	previous := make([]byte, len(Hash{}))
	if before.Number != 0 {
		sum := sha256.Sum256([]byte(before.Statement()))
		previous = sum[:]
	}
	if !bytes.Equal(d.Previous, previous) && d.Number == before.Number+1 {
		wrong("it does not follow on digest %d as that is now", before.Number)
	}
	if d.FirstSeq != before.LastSeq+1 && d.Number == before.Number+1 {
		wrong("it begins at entry %d, not at %d", d.FirstSeq, before.LastSeq+1)
	}
	if d.LastSeq > end {
		wrong("it was signed over the entries to %d, but the chain ends at %d", d.LastSeq, end)
	}
	w, err := walk(ctx, q, d.FirstSeq, min(d.LastSeq, end))
	if err != nil {
		return err
	}
	r.Entries += w.entries
	r.add(w.findings...)
	if top := root(w.subtrees); !bytes.Equal(top[:], d.Root) {
		wrong("its entries are not those that were signed")
	}
	if stored, err := readBranches(ctx, q, d.Number); err != nil {
		return err
	} else if !bytes.Equal(stored, joined(w.subtrees)) {
		wrong("the branches from which proofs are made are not those of its entries")
	}
	head, err := database.Value[[]byte](ctx, q, `SELECT hash FROM audit_chain WHERE seq = $1`, d.LastSeq)
	if err != nil && !errors.Is(err, problem.NotFound) {
		return err
	}
	if !bytes.Equal(head, d.Head) {
		wrong("the chain has another hash at entry %d than the one that was signed", d.LastSeq)
	}
	return nil
}

// signedBy says whether one of the keys has signed it, and is the one that it names.
func (d Digest) signedBy(keys []PublicKey) bool {
	for _, k := range keys {
		if k.ID == d.KeyID && len(k.PublicKey) == ed25519.PublicKeySize {
			return ed25519.Verify(k.PublicKey, []byte(d.Statement()), d.Signature)
		}
	}
	return false
}

func readBranches(ctx context.Context, q database.Querier, number int) ([]byte, error) {
	return database.Value[[]byte](ctx, q, `SELECT subtrees FROM audit_digests WHERE number = $1`, number)
}

// missing looks for rows of the log that are in no entry of the chain.
func (r *Report) missing(ctx context.Context, q database.Querier, now time.Time) error {
	after, err := taken(ctx, q, now)
	if err != nil {
		return fmt.Errorf("verify the chain: %w", err)
	}
	ids, err := database.Values[int64](ctx, q, `SELECT id FROM audit_log l WHERE l.id <= $1 AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.log_id = l.id)
		ORDER BY id LIMIT $2`, after, maxFindings+1)
	if err != nil {
		return fmt.Errorf("look for rows that are not chained: %w", err)
	}
	for _, id := range ids {
		r.add(Finding{LogID: id, Text: fmt.Sprintf("row %d of the log is in no entry of the chain, and later ones are", id)})
	}
	r.Waiting, err = database.Value[int64](ctx, q, `SELECT count(*) FROM audit_log l WHERE l.id > $1 AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.log_id = l.id)`, after)
	if err != nil {
		return fmt.Errorf("count what waits to be chained: %w", err)
	}
	return nil
}

// walked is what walk has seen.
type walked struct {
	entries  int64
	subtrees []Hash
	findings []Finding
}

// walk goes through a part of the chain and compares each entry with its row of the log and with the hash before.
func walk(ctx context.Context, q database.Querier, first, last int64) (walked, error) {
	var w walked
	if first > last {
		return w, nil
	}
	var previous Hash
	broken := false // the hash before is not there
	if first > 1 {
		before, err := database.Value[[]byte](ctx, q, `SELECT hash FROM audit_chain WHERE seq = $1`, first-1)
		switch {
		case errors.Is(err, problem.NotFound):
			broken = true
		case err != nil:
			return w, err
		default:
			previous = Hash(before)
		}
	}
	var leaves []Hash
	expected := first
	for ; first <= last; first += perBatch {
		rows, err := readRows(ctx, q, first, min(last, first+perBatch-1))
		if err != nil {
			return w, err
		}
		for _, r := range rows {
			if r.Seq != expected {
				w.lacks(expected, r.Seq-1)
				broken = true
			}
			leaf := r.leaf()
			switch {
			case r.Gone:
				w.add(Finding{Seq: r.Seq, LogID: r.ID, Text: fmt.Sprintf("row %d of the log, which is entry %d of the chain, is gone", r.ID, r.Seq)})
			case !broken && chained(previous, leaf) != Hash(r.Hash):
				w.add(Finding{Seq: r.Seq, LogID: r.ID, Text: fmt.Sprintf("row %d of the log, or entry %d of the chain, has changed since it was chained: they do not match", r.ID, r.Seq)})
			}
			previous, broken, expected = Hash(r.Hash), false, r.Seq+1
			w.entries++
			if leaves = append(leaves, leaf); len(leaves) == perSubtree {
				w.subtrees, leaves = append(w.subtrees, root(leaves)), leaves[:0]
			}
		}
	}
	if expected <= last {
		w.lacks(expected, last)
	}
	if len(leaves) > 0 {
		w.subtrees = append(w.subtrees, root(leaves))
	}
	return w, nil
}

// readRows reads a part of the chain in its order.
func readRows(ctx context.Context, q database.Querier, first, last int64) ([]row, error) {
	return database.Rows[row](ctx, q, `SELECT c.seq, c.log_id AS id, coalesce(l.at, c.chained_at) AS at, l.actor_id, coalesce(l.act, '') AS act,
			coalesce(l.subject, '') AS subject, coalesce(l.subject_id, 0) AS subject_id, coalesce(l.fields, '{}') AS fields, c.salt, c.hash, l.id IS NULL AS gone
		FROM audit_chain c LEFT JOIN audit_log l ON l.id = c.log_id WHERE c.seq BETWEEN $1 AND $2 ORDER BY c.seq`, first, last)
}

func (w *walked) lacks(first, last int64) {
	w.add(Finding{Seq: first, Text: fmt.Sprintf("the chain lacks its %s", span("entry", first, last))})
}

func (w *walked) add(f Finding) {
	if len(w.findings) <= maxFindings {
		w.findings = append(w.findings, f)
	}
}

// span names one thing, or several in a row: "digest 3", "entry 4 to 6".
func span(what string, first, last int64) string {
	if first == last {
		return fmt.Sprintf("%s %d", what, first)
	}
	return fmt.Sprintf("%s %d to %d", what, first, last)
}
