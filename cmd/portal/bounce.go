package main

import (
	"errors"
	"fmt"
	"log/slog"

	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/newsletter"
)

type bounceCommand struct{}

// The exit codes are those that mail servers know of their pipes (sysexits): a mail that is no report about a mail of ours goes back
// to where it came from, and one that cannot be looked at now is kept and given again.
const (
	notOurs exit = 65 // EX_DATAERR; nothing was done, and nothing is said of why
	again   exit = 75 // EX_TEMPFAIL
)

// Run reads one mail from the standard input, as the pipe of a mail server gives it: a delivery status notification about an issue
// of the newsletter, or a complaint.
func (*bounceCommand) Run(s *surroundings) error {
	err := s.withDatabase(func(cfg *config.Config, db *database.DB, _ *slog.Logger) error {
		return newsletter.NewService(newsletter.Options{DB: db, Secret: []byte(cfg.Secret)}).TakeReport(s.ctx, s.in)
	})
	switch {
	case errors.Is(err, newsletter.ErrNoReport):
		return notOurs
	case err != nil:
		fmt.Fprintln(s.errors, "portal:", err)
		return again
	}
	return nil
}
