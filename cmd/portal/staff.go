package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"slices"

	"portal/internal/app"
	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
)

type staffCommand struct {
	Add          staffAddCommand          `cmd:"" help:"Give a person a role at the secretariat and print the one-time link to set up the account."`
	ResetFactors staffResetFactorsCommand `cmd:"" help:"Remove the second factor of a person who has lost phone and recovery codes, and sign them out."`
}

type staffResetFactorsCommand struct {
	Email string `arg:"" help:"E-mail address of the person."`
}

// Run removes the factor and says what the person does next.
func (c *staffResetFactorsCommand) Run(s *surroundings) error {
	return s.withDatabase(func(cfg *config.Config, db *database.DB, log *slog.Logger) error {
		portal, err := app.New(s.ctx, cfg, db, log)
		if err != nil {
			return err
		}
		defer portal.Close()
		switch err := portal.ResetFactors(s.ctx, c.Email); {
		case errors.Is(err, problem.NotFound):
			return fmt.Errorf("no account has the address %s", c.Email)
		case errors.Is(err, problem.NotAllowedNow):
			return fmt.Errorf("%s has no second factor: there is nothing to reset", c.Email)
		case err != nil:
			return err
		}
		fmt.Fprintf(s.out, "%s has no second factor and no recovery codes any more, is signed out everywhere, and is told so by mail.\n"+
			"At the next sign-in, with their password or a link by e-mail, they set up a new one: %s/sign-in\n", c.Email, cfg.PublicURL)
		return nil
	})
}

type staffAddCommand struct {
	Email string `arg:"" help:"E-mail address of the person."`
	Name  string `help:"Name of the person; needed for a new account."`
	Role  string `enum:"officer,lead,reviewer,administrator," default:"" help:"officer, lead, reviewer or administrator."`
	Desk  string `enum:"hub,pledges,fund,communications,network," default:"" help:"Desk of an officer or lead: hub, pledges, fund, communications or network."`
	Admin bool   `help:"The same as --role administrator."`
}

// Validate is asked by the parser, so that what is wrong is told with the usage.
func (c *staffAddCommand) Validate() error {
	if address, err := mail.ParseAddress(c.Email); err != nil || address.Address != c.Email {
		return fmt.Errorf("%q is not an e-mail address", c.Email)
	}
	if c.Admin {
		if c.Role != "" && c.Role != string(identity.Administrator) {
			return fmt.Errorf("--admin and --role %s: give one", c.Role)
		}
		c.Role = string(identity.Administrator)
	}
	onDesk := slices.Contains([]string{string(identity.Officer), string(identity.Lead)}, c.Role)
	switch {
	case c.Role == "":
		return errors.New("give a role: --role officer, lead, reviewer or administrator, or --admin")
	case onDesk && c.Desk == "":
		return fmt.Errorf("--role %s needs a --desk: hub, pledges, fund, communications or network", c.Role)
	case !onDesk && c.Desk != "":
		return fmt.Errorf("--role %s has no desk: leave --desk out", c.Role)
	}
	return nil
}

// Run gives the role and prints the link.
func (c *staffAddCommand) Run(s *surroundings) error {
	return s.withDatabase(func(cfg *config.Config, db *database.DB, log *slog.Logger) error {
		portal, err := app.New(s.ctx, cfg, db, log)
		if err != nil {
			return err
		}
		defer portal.Close()
		link, err := portal.AddStaff(s.ctx, app.NewStaff{Email: c.Email, Name: c.Name, Role: identity.Role(c.Role), Desk: identity.Desk(c.Desk)})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s is now %s. This link sets up the account, password first, then sign-in with a code from a phone; it works once:\n%s\n", c.Email, c.Role, link)
		return nil
	})
}
