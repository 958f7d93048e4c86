package main

import (
	"errors"
	"fmt"

	"portal/internal/database"
)

type migrateCommand struct{}

// Run migrates, whatever PORTAL_MIGRATE says.
func (*migrateCommand) Run(s *surroundings) (err error) {
	cfg, log, err := s.settings()
	if err != nil {
		return err
	}
	db, err := openDatabase(s.ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	before, err := database.ReadSchema(s.ctx, db.DB)
	if err != nil {
		return err
	}
	if before.Ahead() {
		return prepareSchema(s.ctx, cfg, db.DB) // which says what to do
	}
	if err := database.Migrate(s.ctx, db.DB); err != nil {
		return err
	}
	if before.Behind() {
		fmt.Fprintf(s.out, "The schema is now at version %d; it was at %d.\n", before.Wanted, before.Version)
	} else {
		fmt.Fprintf(s.out, "The schema is at version %d already.\n", before.Wanted)
	}
	return nil
}
