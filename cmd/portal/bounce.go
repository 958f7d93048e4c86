package main

import (
	"errors"
	"log/slog"

	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/newsletter"
)

type bounceCommand struct{}

// notOurs is the exit code for a mail that is no report about a mail of ours. Nothing is done then, and nothing is said of why.
const notOurs exit = 3

// Run reads one mail from the standard input, as the pipe of a mail server gives it: a delivery status notification about an issue
// of the newsletter, or a complaint.
func (*bounceCommand) Run(s *surroundings) error {
	return s.withDatabase(func(cfg *config.Config, db *database.DB, _ *slog.Logger) error {
		if err := cfg.EnsureSecret(); err != nil {
			return err
		}
		err := newsletter.NewService(newsletter.Options{DB: db, Secret: []byte(cfg.Secret)}).TakeReport(s.ctx, s.in)
		if errors.Is(err, newsletter.ErrNoReport) {
			return notOurs
		}
		return err
	})
}
