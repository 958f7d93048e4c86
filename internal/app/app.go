// Package app is the wiring: it builds the areas on one database, mounts their routes and starts the workers. It is the
// only package that knows all areas.
package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/web"
	"portal/web/ui"
)

// App is the portal, ready to serve.
type App struct {
	config *config.Config
	db     *database.DB
	log    *slog.Logger
	site   ui.Site
	router *web.Router
}

// New builds the portal on a database with the current schema. With a nil database it only knows its routes.
func New(_ context.Context, cfg *config.Config, db *database.DB, log *slog.Logger) (*App, error) {
	a := &App{config: cfg, db: db, log: log, site: ui.Site{PublicURL: cfg.PublicURL, Email: cfg.SecretariatEmail}}
	router, err := web.New(web.Options{
		DB: db, Site: a.site, TrustedProxies: cfg.TrustedProxies, MetricsToken: string(cfg.MetricsToken), Secret: []byte(cfg.Secret), Log: log,
	})
	if err != nil {
		return nil, err
	}
	a.router = router
	return a, nil
}

// Handler answers every request.
func (a *App) Handler() http.Handler { return a.router }

// Drain makes /readyz say no, so that a proxy sends new requests elsewhere before the server shuts down.
func (a *App) Drain() { a.router.Drain() }

// PrintRoutes writes the route table, a line a route with its audience.
func (a *App) PrintRoutes(w io.Writer) error { return a.router.PrintRoutes(w) }

// StartWorkers begins to work the job queue. The caller stops it; stop lets running jobs finish until its context ends.
func (a *App) StartWorkers(_ context.Context) (stop func(context.Context) error, err error) {
	return func(context.Context) error { return nil }, nil
}

// NewStaff is a person who gets a role at the secretariat.
type NewStaff struct {
	Email, Name string
	Role        identity.Role
	// Desk is "" for reviewers and administrators.
	Desk identity.Desk
}

// AddStaff gives a person a role, making the account if there is none, and returns the one-time address where they set
// their password.
func (a *App) AddStaff(_ context.Context, _ NewStaff) (link string, err error) {
	return "", errors.ErrUnsupported
}
