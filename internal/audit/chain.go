package audit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/problem"
)

const (
	// chainLock is the advisory lock of who adds to the chain: one process at a time.
	chainLock = 0x61756469
	// perBatch is how many entries are chained in one transaction.
	perBatch = 10_000
	// openFor is how long a transaction may last that writes entries: so long a row with a smaller id may still appear. What
	// comes later yet is taken in by the nightly look at the whole log.
	openFor    = 20 * time.Minute
	saltLength = 16
)

// Chain adds what was committed since to the chain, however much it is, and returns how many entries that were. While
// another process does it there is nothing to do. A job calls it each minute.
func Chain(ctx context.Context, db *database.DB, now time.Time) (int, error) {
	after, err := taken(ctx, db.Read(), now)
	if err != nil {
		return 0, fmt.Errorf("chain the record: %w", err)
	}
	return chainAfter(ctx, db, after, now)
}

// taken is an id of the log up to which all rows were committed before the chain passed it.
func taken(ctx context.Context, q database.Querier, now time.Time) (int64, error) {
	id, err := database.Value[int64](ctx, q, `SELECT log_id FROM audit_chain WHERE chained_at < $1 ORDER BY chained_at DESC LIMIT 1`, now.Add(-openFor))
	if errors.Is(err, problem.NotFound) {
		return 0, nil
	}
	return id, err
}

// chainAfter chains the entries with a greater id that are not in the chain yet.
func chainAfter(ctx context.Context, db *database.DB, after int64, now time.Time) (int, error) {
	total := 0
	for {
		n := 0
		err := db.InTx(ctx, func(tx database.Tx) error {
			mine, err := database.Value[bool](ctx, tx, `SELECT pg_try_advisory_xact_lock($1)`, chainLock)
			if err != nil || !mine {
				return err
			}
			n, after, err = chainBatch(ctx, tx, after, now)
			return err
		})
		total += n
		if err != nil {
			return total, fmt.Errorf("chain the record: %w", err)
		}
		if n < perBatch {
			return total, nil
		}
	}
}

// head is the end of the chain: its last number and hash, zero before the first.
type head struct {
	Seq  int64
	Hash []byte
}

func readHead(ctx context.Context, q database.Querier) (head, error) {
	h, err := database.Row[head](ctx, q, `SELECT seq, hash FROM audit_chain ORDER BY seq DESC LIMIT 1`)
	if errors.Is(err, problem.NotFound) {
		return head{Hash: make([]byte, len(Hash{}))}, nil
	}
	return h, err
}

func chainBatch(ctx context.Context, tx database.Tx, after int64, now time.Time) (n int, last int64, err error) {
	end, err := readHead(ctx, tx)
	if err != nil {
		return 0, after, err
	}
	rows, err := database.Rows[row](ctx, tx, `SELECT 0::bigint AS seq, l.id, l.at, l.actor_id, l.act, l.subject, l.subject_id, l.fields, ''::bytea AS salt, ''::bytea AS hash, false AS gone
		FROM audit_log l WHERE l.id > $1 AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.log_id = l.id AND c.log_id > $1)
		ORDER BY l.id LIMIT $2`, after, perBatch)
	if err != nil || len(rows) == 0 {
		return 0, after, err
	}
	salts := make([]byte, saltLength*len(rows))
	_, _ = rand.Read(salts) // it never fails
	links := make([][]any, len(rows))
	previous := Hash(end.Hash)
	for i, r := range rows {
		r.Salt = salts[i*saltLength : (i+1)*saltLength]
		previous = chained(previous, r.leaf())
		hash := previous
		links[i] = []any{end.Seq + int64(i) + 1, r.ID, r.Salt, hash[:], now}
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"audit_chain"}, []string{"seq", "log_id", "salt", "hash", "chained_at"}, pgx.CopyFromRows(links))
	return len(rows), rows[len(rows)-1].ID, err
}
