package main

import (
	"fmt"
	"log/slog"
	"text/tabwriter"
	"time"

	"portal/internal/app"
	"portal/internal/config"
	"portal/internal/database"
)

type seedCommand struct {
	Scale     int `placeholder:"N" help:"Add N invented pledges, N practices and a tenth as many talks instead, to an empty portal or to the demonstration data, for measuring."`
	Desk      int `placeholder:"N" help:"Add N invented submissions that are over, and a twentieth as many open ones, to an empty portal instead, for measuring the desk."`
	Practices int `placeholder:"N" help:"Add N invented practices instead, to an empty portal or to the demonstration data, for measuring."`
	Notes     int `placeholder:"N" help:"Add N invented concept notes of forty signatures each instead, with their programmes and a fund desk, to an empty portal, for measuring."`
}

// Run fills the portal and prints the ways in.
func (c *seedCommand) Run(s *surroundings) error {
	return s.withDatabase(func(cfg *config.Config, db *database.DB, log *slog.Logger) error {
		portal, err := app.New(s.ctx, cfg, db, log)
		if err != nil {
			return err
		}
		defer portal.Close()
		if c.Scale != 0 {
			return scale(s, portal, c.Scale)
		}
		if c.Desk != 0 {
			return scaleDesk(s, portal, c.Desk)
		}
		if c.Practices != 0 {
			return scalePractices(s, portal, c.Practices)
		}
		if c.Notes != 0 {
			return scaleNotes(s, portal, c.Notes)
		}
		return seed(s, portal)
	})
}

// seed fills an empty portal, once, and prints the demonstration's sign-ins.
func seed(s *surroundings, portal *app.App) error {
	fresh, err := portal.Seed(s.ctx)
	if err != nil {
		return err
	}
	if fresh {
		fmt.Fprintln(s.out, "The portal has been filled with demonstration data, all of them invented.")
	} else {
		fmt.Fprintln(s.out, "The demonstration data are there already.")
	}
	fmt.Fprintf(s.out, "\nSign in with the password %q as:\n", app.DemonstrationPassword)
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, way := range app.SignIns {
		fmt.Fprintf(table, "  %s\t%s\n", way.Email, way.Who)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "\nThe secretariat's people are then asked for a code, as from a phone. Their codes: %s\n\n", portal.CodesAddress())
	return nil
}

// scale adds many pledges and says how long that took.
func scale(s *surroundings, portal *app.App, n int) error {
	began := time.Now()
	if err := portal.Scale(s.ctx, n); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d invented pledges with practices and talks have come in, in %s.\n", n, time.Since(began).Round(time.Second/10))
	fmt.Fprintf(s.out, "Sign in with the password %q as officer@demo.example (the desk) or many@demo.example (an office with many pledges).\n", app.DemonstrationPassword)
	return nil
}

// scaleDesk adds many submissions for the desk and says how long that took.
func scaleDesk(s *surroundings, portal *app.App, n int) error {
	began := time.Now()
	if err := portal.ScaleDesk(s.ctx, n); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d invented submissions that are over have come in, with a twentieth as many open ones, in %s.\n", n, time.Since(began).Round(time.Second/10))
	return nil
}

// scalePractices adds many practices and says how long that took.
func scalePractices(s *surroundings, portal *app.App, n int) error {
	began := time.Now()
	if err := portal.ScalePractices(s.ctx, n); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d invented practices have come in, in %s.\n", n, time.Since(began).Round(time.Second/10))
	return nil
}

// scaleNotes adds many concept notes and says how long that took.
func scaleNotes(s *surroundings, portal *app.App, n int) error {
	began := time.Now()
	if err := portal.ScaleNotes(s.ctx, n); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d invented concept notes have come in, two thirds of them as programmes, in %s.\n", n, time.Since(began).Round(time.Second/10))
	return nil
}
