package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/embedded"
)

// databaseWait is how long a command waits for a database of DATABASE_URL that is just starting.
const databaseWait = 30 * time.Second

// openDatabase connects to the database of the settings, for which it waits a little, and starts the embedded one when
// there is none. The caller closes it.
func openDatabase(ctx context.Context, cfg *config.Config, log *slog.Logger) (*openedDatabase, error) {
	for began := time.Now(); ; {
		db, err := openDatabaseOnce(ctx, cfg, log)
		if err == nil || cfg.Embedded() || !database.Down(err) || time.Since(began) > databaseWait {
			return db, err
		}
		log.Info("waiting for the database", "error", err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// embeddedSettings hold a desk's million submissions in memory; of it a small portal touches as much as it has data.
var embeddedSettings = []string{"shared_buffers=512MB"}

// openDatabaseOnce is openDatabase without waiting.
func openDatabaseOnce(ctx context.Context, cfg *config.Config, log *slog.Logger) (*openedDatabase, error) {
	if !cfg.Embedded() {
		db, err := database.Open(ctx, string(cfg.DatabaseURL))
		if err != nil {
			return nil, fmt.Errorf("the database of DATABASE_URL cannot be used: %w", err)
		}
		return &openedDatabase{DB: db}, nil
	}
	server, err := embedded.Start(ctx, embedded.Options{Dir: filepath.Join(cfg.Data, "pg"), Programs: cfg.PGBin, Settings: embeddedSettings, Log: log})
	if err != nil {
		return nil, err
	}
	db, err := database.Open(ctx, server.DSN())
	if err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return &openedDatabase{db, server}, nil
}

// openedDatabase is a connection and, if it is ours, the server.
type openedDatabase struct {
	*database.DB
	server *embedded.Server
}

// close disconnects and stops an embedded server that nobody else has started.
func (d *openedDatabase) close() error {
	d.Close()
	if d.server == nil {
		return nil
	}
	return d.server.Stop()
}

// prepareSchema brings an embedded database up to date, and one of DATABASE_URL if the settings allow it. Otherwise an
// old schema is refused with the command that helps, and so is one of a newer program.
func prepareSchema(ctx context.Context, cfg *config.Config, db *database.DB) error {
	schema, err := database.ReadSchema(ctx, db)
	switch {
	case err != nil:
		return err
	case schema.Ahead():
		return fmt.Errorf("the database's schema (version %d) is newer than this program's (version %d): start the newer program, or restore the backup from before it", schema.Version, schema.Wanted)
	case !schema.Behind():
		return nil
	case cfg.Embedded() || cfg.Migrate:
		return database.Migrate(ctx, db)
	}
	return fmt.Errorf("the database's schema (version %d) is older than this program's (version %d): make a backup and run `portal migrate`, or set PORTAL_MIGRATE=1", schema.Version, schema.Wanted)
}

// withDatabase runs a command on a database with the current schema.
func (s *surroundings) withDatabase(do func(cfg *config.Config, db *database.DB, log *slog.Logger) error) (err error) {
	cfg, log, err := s.settings()
	if err != nil {
		return err
	}
	if err := cfg.EnsureSecret(); err != nil {
		return err
	}
	db, err := openDatabase(s.ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	if err := prepareSchema(s.ctx, cfg, db.DB); err != nil {
		return err
	}
	return do(cfg, db.DB, log)
}
