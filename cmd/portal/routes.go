package main

import (
	"log/slog"

	"portal/internal/app"
	"portal/internal/config"
)

type routesCommand struct{}

// Run prints the route table. It needs neither a database nor settings.
func (*routesCommand) Run(s *surroundings) error {
	cfg, err := config.Load(nil)
	if err != nil {
		return err
	}
	portal, err := app.New(s.ctx, cfg, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer portal.Close()
	return portal.PrintRoutes(s.out)
}
