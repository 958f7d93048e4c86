package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"portal/internal/app"
	"portal/internal/config"
	"portal/internal/database"
	"portal/web"
)

const (
	// noticeTime is how long a proxy has to notice that /readyz says no, before connections are refused.
	noticeTime = 3 * time.Second
	// drainTime is how long requests and jobs that are under way may take to finish.
	drainTime = 30 * time.Second
	// settleTime is how long after the start the memory that it needed is given back.
	settleTime = 5 * time.Second
)

type serveCommand struct {
	NoWorker   bool `xor:"worker" help:"Serve HTTP only; another process works the job queue."`
	WorkerOnly bool `xor:"worker" help:"Work the job queue only; serve no HTTP."`
	Demo       bool `help:"Fill an empty portal with demonstration data first, once, and print its sign-ins."`
}

// Run serves until the process is asked to end, then lets what is under way finish.
func (c *serveCommand) Run(s *surroundings) error {
	cfg, log, err := s.settings()
	if err != nil {
		return err
	}
	var listener net.Listener
	if !c.WorkerOnly { // first: an address that is taken is known at once
		listener, err = (&net.ListenConfig{}).Listen(s.ctx, "tcp", cfg.Addr)
		if err != nil {
			return fmt.Errorf("listen on %s: %w: is another portal running? Choose another address with PORTAL_ADDR", cfg.Addr, err)
		}
		defer listener.Close() // closed before by the server, except on the way to an error
		cfg.Listening(listener.Addr())
	}
	if err := cfg.EnsureSecret(); err != nil {
		return err
	}
	if !c.NoWorker {
		if err := cfg.EnsureAuditKey(); err != nil {
			return err
		}
	}
	db, err := openDatabase(s.ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() {
		if err := db.close(); err != nil {
			log.Error("close the database", "error", err)
		}
	}()
	if err := prepareSchema(s.ctx, cfg, db.DB); err != nil {
		return err
	}
	return c.serve(s, cfg, db.DB, log, listener)
}

func (c *serveCommand) serve(s *surroundings, cfg *config.Config, db *database.DB, log *slog.Logger, listener net.Listener) error {
	portal, err := app.New(s.ctx, cfg, db, log)
	if err != nil {
		return err
	}
	defer portal.Close()
	if c.Demo {
		if err := seed(s, portal); err != nil {
			return err
		}
	}
	stopWorkers := func(context.Context) error { return nil }
	if !c.NoWorker {
		// Not s.ctx: jobs that are under way finish after the request to end.
		if stopWorkers, err = portal.StartWorkers(context.WithoutCancel(s.ctx)); err != nil {
			return err
		}
	}
	if listener == nil {
		fmt.Fprintln(s.out, "The portal works the job queue. Ctrl-C ends it.")
		<-s.ctx.Done()
		return drain(s.ctx, log, stopWorkers)
	}
	server := web.NewServer(portal.Handler(), log)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	// What only the start needed goes back to the system: a portal at rest is small.
	defer time.AfterFunc(settleTime, debug.FreeOSMemory).Stop()
	fmt.Fprintf(s.out, "The portal answers at %s (Ctrl-C ends it).\n", cfg.PublicURL)
	select {
	case err := <-failed:
		return errors.Join(fmt.Errorf("serve HTTP: %w", err), drain(s.ctx, log, stopWorkers))
	case <-s.ctx.Done():
	}
	portal.Drain()
	if cfg.Production() {
		time.Sleep(noticeTime)
	}
	return drain(s.ctx, log, server.Shutdown, stopWorkers)
}

// drain lets everything that is under way finish, at once and within one time.
func drain(ctx context.Context, log *slog.Logger, stops ...func(context.Context) error) error {
	log.Info("shutting down")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	done := make(chan error)
	for _, stop := range stops {
		go func() { done <- stop(ctx) }()
	}
	var all error
	for range stops {
		if err := <-done; err != nil && !errors.Is(err, http.ErrServerClosed) {
			all = errors.Join(all, err)
		}
	}
	if all != nil {
		return fmt.Errorf("shut down: %w", all)
	}
	log.Info("shut down")
	return nil
}
