package main

import (
	"fmt"
	"log/slog"

	"portal/internal/app"
	"portal/internal/config"
	"portal/internal/database"
)

type rebuildCommand struct{}

// Run makes anew what lists are counted from.
func (*rebuildCommand) Run(s *surroundings) error {
	return s.withDatabase(func(cfg *config.Config, db *database.DB, log *slog.Logger) error {
		portal, err := app.New(s.ctx, cfg, db, log)
		if err != nil {
			return err
		}
		defer portal.Close()
		if err := portal.Rebuild(s.ctx); err != nil {
			return err
		}
		fmt.Fprintln(s.out, "Totals and counts of the lists have been made anew from what is published.")
		return nil
	})
}
