package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"portal/migrations"
)

// migrationLock is the advisory lock that whoever migrates holds, so that replicas which start together take turns.
const migrationLock = 0x706f7274616c // "portal"

// Migrate brings the schema to this program's version: our own migrations, then River's. Migrations that are done
// already are left alone, so it may be called at every start; processes that call it at once take turns. Each file is a
// transaction: when one fails, those before it stay, and the next call goes on from there.
func Migrate(ctx context.Context, db *DB) error { return migrate(ctx, db, migrations.FS) }

func migrate(ctx context.Context, db *DB, files fs.FS) (err error) {
	unlock, err := lockMigration(ctx, db)
	if err != nil {
		return fmt.Errorf("wait for another process to finish migrating: %w", err)
	}
	defer func() {
		if failed := unlock(); err == nil {
			err = failed
		}
	}()
	ours, err := schemaFiles(db, files)
	if err != nil {
		return err
	}
	defer ours.close()
	if _, err := ours.Up(ctx); err != nil {
		var partial *goose.PartialError
		if errors.As(err, &partial) {
			return fmt.Errorf("migrate the schema: %s: %w", partial.Failed.Source.Path, partial.Err)
		}
		return fmt.Errorf("migrate the schema: %w", err)
	}
	queue, err := rivermigrate.New(riverpgxv5.New(db.Pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	if _, err := queue.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	return nil
}

// lockMigration takes the lock on a connection of its own: taken from the pool it could starve the migration itself. It
// asks again and again instead of waiting inside one statement, since a waiting statement holds back CREATE INDEX
// CONCURRENTLY in the process that migrates.
func lockMigration(ctx context.Context, db *DB) (unlock func() error, err error) {
	conn, err := pgx.ConnectConfig(ctx, db.Pool.Config().ConnConfig)
	if err != nil {
		return nil, err
	}
	unlock = func() error { return conn.Close(context.WithoutCancel(ctx)) } // the lock ends with its session
	for {
		var got bool
		if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(migrationLock)).Scan(&got); err != nil {
			_ = unlock() // the first error is the one to tell
			return nil, err
		}
		if got {
			return unlock, nil
		}
		select {
		case <-ctx.Done():
			_ = unlock()
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// provider is goose over our pool.
type provider struct {
	*goose.Provider
	sql *sql.DB
}

func schemaFiles(db *DB, files fs.FS) (provider, error) {
	pool := stdlib.OpenDBFromPool(db.Pool)
	p, err := goose.NewProvider(goose.DialectPostgres, pool, files, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		_ = pool.Close()
		return provider{}, fmt.Errorf("read the migrations: %w", err)
	}
	return provider{p, pool}, nil
}

// close gives back goose's view of the pool, not the pool.
func (p provider) close() { _ = p.sql.Close() }

// Schema is how the database's schema stands to the one this program was written for.
type Schema struct {
	// Version and Wanted are numbers of our migrations; Version is 0 for an empty database.
	Version, Wanted int64
	// Queue and QueueWanted are the same for the job queue's own tables.
	Queue, QueueWanted int64
}

// Behind says that Migrate has something to do.
func (s Schema) Behind() bool { return s.Version < s.Wanted || s.Queue < s.QueueWanted }

// Ahead says that a newer program has migrated the database, which this one cannot be sure to understand.
func (s Schema) Ahead() bool { return s.Version > s.Wanted || s.Queue > s.QueueWanted }

// ReadSchema compares the database's schema with this program's. It only reads.
func ReadSchema(ctx context.Context, db *DB) (Schema, error) {
	s, err := WantedSchema()
	if err != nil {
		return Schema{}, err
	}
	for _, part := range []struct {
		table, query string
		version      *int64
	}{
		{"goose_db_version", `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`, &s.Version},
		{"river_migration", `SELECT coalesce(max(version), 0) FROM river_migration WHERE line = 'main'`, &s.Queue},
	} {
		exists, err := Value[bool](ctx, db.Pool, `SELECT to_regclass($1) IS NOT NULL`, part.table)
		if err == nil && exists {
			*part.version, err = Value[int64](ctx, db.Pool, part.query)
		}
		if err != nil {
			return Schema{}, fmt.Errorf("read the version of the schema: %w", err)
		}
	}
	return s, nil
}

// SchemaCurrent says whether the schema has all that this program needs. One that is ahead has: while replicas are
// upgraded one by one, the older ones go on serving.
func SchemaCurrent(ctx context.Context, db *DB) (bool, error) {
	s, err := ReadSchema(ctx, db)
	return err == nil && !s.Behind(), err
}

// WantedSchema returns the versions this program was written for; Version and Queue are 0.
func WantedSchema() (Schema, error) { return wanted() }

// wanted reads the versions from what is embedded, once.
var wanted = sync.OnceValues(func() (Schema, error) {
	var s Schema
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return s, fmt.Errorf("list the migrations: %w", err)
	}
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return s, fmt.Errorf("read the number of migration %s: %w", name, err)
		}
		s.Wanted = max(s.Wanted, version)
	}
	queue, err := rivermigrate.New(riverpgxv5.New(nil), nil)
	if err != nil {
		return s, fmt.Errorf("read the job queue's migrations: %w", err)
	}
	for _, m := range queue.AllVersions() {
		s.QueueWanted = max(s.QueueWanted, int64(m.Version))
	}
	return s, nil
})
