// Package database is the way to PostgreSQL: the pool, transactions, reading rows into structs, and what an error of
// the server means to us. SQL itself is written by hand in the package that owns the table.
package database

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"portal/internal/problem"
)

// MinimumVersion is the oldest server that the schema is written for, as PostgreSQL's server_version_num.
const MinimumVersion = 150000

// connections is how many a process opens at most, unless the address says otherwise (pool_max_conns): one listens for
// jobs, eight work them, the others answer requests.
const connections = 16

// Querier is what reads and writes: the pool outside a transaction, or a Tx inside.
type Querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Tx is an open transaction.
type Tx = pgx.Tx

// Args are the named parameters of a statement (@name). A missing or a superfluous name is an error.
type Args = pgx.StrictNamedArgs

// DB is the portal's database.
type DB struct {
	// Pool is for the libraries that want it: River, goose, LISTEN.
	Pool *pgxpool.Pool
}

// Open makes a pool for the address (a URL or a key=value string) and checks that the server answers, is not too old
// and stores UTF-8. It does not look at the schema.
func Open(ctx context.Context, dsn string) (*DB, error) {
	db, err := Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	if err := db.check(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// Connect makes a pool for the address without asking the server anything: connections open on first use.
func Connect(ctx context.Context, dsn string) (*DB, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read the database address: %w", err)
	}
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	if !strings.Contains(dsn, "pool_max_conns") {
		config.MaxConns = connections
	}
	if config.ConnConfig.RuntimeParams["timezone"] == "" {
		config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return &DB{Pool: pool}, nil
}

func (d *DB) check(ctx context.Context) error {
	var version int
	var encoding string
	err := d.Pool.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_encoding')`).Scan(&version, &encoding)
	if err != nil {
		return fmt.Errorf("ask the database for its version: %w", err)
	}
	if version < MinimumVersion {
		return fmt.Errorf("the database is PostgreSQL %d; the portal needs %d or newer", version/10000, MinimumVersion/10000)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the database stores %s; the portal needs a database with encoding UTF8", encoding)
	}
	return nil
}

// Close waits until all connections are given back, and closes them.
func (d *DB) Close() { d.Pool.Close() }

// Read returns the pool as a Querier, for reading outside a transaction.
func (d *DB) Read() Querier { return d.Pool }

// InTx runs one use case in one transaction: committed when do returns nil, rolled back when it returns an error or
// panics. When the server ends it because it and another could not both go on (a deadlock, or no order in which they
// would have happened), it is run once more from the start. So do must be repeatable: all that it changes is in the
// transaction, and what it hands out in variables it sets anew each time, never adds to.
func (d *DB) InTx(ctx context.Context, do func(tx Tx) error) error {
	err := pgx.BeginFunc(ctx, d.Pool, do)
	if !collided(err) {
		return err
	}
	select {
	case <-ctx.Done():
		return err
	case <-time.After(letPass):
		return pgx.BeginFunc(ctx, d.Pool, do)
	}
}

// letPass is how long a transaction that collided with another waits before it runs again. Without a wait it can take its
// first lock again before the other has woken up, and both are where they were.
const letPass = 100 * time.Millisecond

// collided says whether the server ended a transaction for the sake of another: serialization_failure, deadlock_detected.
func collided(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// Rows reads all rows into structs; a field StartsOn takes the column starts_on. No row is an empty slice.
func Rows[T any](ctx context.Context, q Querier, sql string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[T])
}

// Row reads exactly one row into a struct; no row is problem.NotFound.
func Row[T any](ctx context.Context, q Querier, sql string, args ...any) (T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		var zero T
		return zero, err
	}
	row, err := pgx.CollectOneRow(rows, pgx.RowToStructByName[T])
	return row, found(err)
}

// Value reads one column of one row; no row is problem.NotFound.
func Value[T any](ctx context.Context, q Querier, sql string, args ...any) (T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		var zero T
		return zero, err
	}
	value, err := pgx.CollectOneRow(rows, pgx.RowTo[T])
	return value, found(err)
}

// Values reads one column of all rows.
func Values[T any](ctx context.Context, q Querier, sql string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[T])
}

func found(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return problem.NotFound
	}
	return err
}

// Constraint returns the name of the constraint that refused a write, or "" when err is something else.
func Constraint(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.ConstraintName
	}
	return ""
}

// Down says whether err means that the database cannot be reached just now: it is stopped, is starting or stopping, or
// the connection broke. The request may be tried again later as it was.
func Down(err error) bool {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return true
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		// Class 08: connection exception; 57P01-57P03: shutdown, crash, cannot connect now; 53300: too many connections.
		return pg.Code[:2] == "08" || pg.Code == "57P01" || pg.Code == "57P02" || pg.Code == "57P03" || pg.Code == "53300"
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) || brokenConnection(err)
}
