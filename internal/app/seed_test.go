package app

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"portal/internal/config"
	"portal/internal/dbtest"
	"portal/internal/webtest"
)

func TestProductionHasNoDemonstration(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	cfg, err := config.Load([]string{
		"PORTAL_ENV=production", "PORTAL_PUBLIC_URL=https://portal.example", "PORTAL_SECRET=a secret for tests that is long enough",
		"PORTAL_SMTP_HOST=mail.example", "PORTAL_MAIL_FROM=portal@portal.example", "PORTAL_SECRETARIAT_EMAIL=office@portal.example",
		"DATABASE_URL=postgres://unused",
	})
	if err != nil {
		t.Fatal(err)
	}
	portal, err := New(t.Context(), cfg, db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(portal.Close)
	if _, err := portal.Seed(t.Context()); !errors.Is(err, ErrProduction) {
		t.Errorf("demonstration data come in: %v", err)
	}
	for _, state := range []string{seedBegun, seedDone} {
		if _, err := db.Read().Exec(t.Context(), `INSERT INTO settings (name, value) VALUES ('demonstration', $1)
			ON CONFLICT ON CONSTRAINT settings_pkey DO UPDATE SET value = excluded.value`, state); err != nil {
			t.Fatal(err)
		}
		if _, err := New(t.Context(), cfg, db, slog.New(slog.DiscardHandler)); !errors.Is(err, ErrDemonstration) {
			t.Errorf("%s: a portal with demonstration data begins to serve the public: %v", state, err)
		}
	}
}

func TestInterruptedDemonstrationSaysWhatToDo(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	if _, err := db.Read().Exec(t.Context(), `INSERT INTO settings (name, value) VALUES ('demonstration', $1)`, seedBegun); err != nil {
		t.Fatal(err)
	}
	webtest.NewUser(t, db, "Half of the people", nil)
	if _, err := portal.Seed(t.Context()); err == nil || !strings.Contains(err.Error(), "DATABASE_URL and start again") {
		t.Errorf("the next one says %v", err)
	}
}
