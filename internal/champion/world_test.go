package champion_test

import (
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"portal/internal/attachment"
	"portal/internal/champion"
	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/gcm"
	"portal/internal/identity"
	"portal/internal/webtest"
	"portal/web"
	"portal/web/ui"
)

const publicURL = "https://portal.example"

// world is a portal with the registry only: a database, the service, its pages, and one person of every kind.
type world struct {
	*webtest.Cast
	db      *database.DB
	service *champion.Service
	router  *web.Router
	// Desk is an officer of the network desk.
	Desk  webtest.Person
	clock atomic.Pointer[time.Time]
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{db: dbtest.New(t)}
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	w.clock.Store(&now)
	v, err := gcm.Load(t.Context(), w.db.Read())
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return *w.clock.Load() }
	w.service = champion.NewService(champion.Options{
		DB: w.db, Vocabulary: func() *gcm.Vocabulary { return v }, Now: clock,
		Files: attachment.NewStore(attachment.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Now: clock}),
	})
	router, err := web.New(web.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Site: ui.Site{PublicURL: publicURL}, NetworkLimit: -1})
	if err != nil {
		t.Fatal(err)
	}
	champion.Routes(router, w.service, champion.Pages{Country: func(code string) string { return "/countries/" + code }, Submission: func(int64) string { return "/account" }, Case: func(int64) string { return "/desk" }})
	w.router, w.Cast = router, webtest.NewCast(t, w.db, router)
	w.Desk = webtest.SignedIn(t, w.Visitor.Client, router, "officer of the network desk", webtest.NewUser(t, w.db, "Officer of the network", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.NetworkDesk}))
	return w
}

func value[T any](t *testing.T, db *database.DB, sql string, args ...any) T {
	t.Helper()
	v, err := database.Value[T](t.Context(), db.Read(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// pdf is a small document.
var pdf = []byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")

// says fails for each of the words that the page does not have.
func says(t *testing.T, p *webtest.Page, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(string(p.Body), w) && !p.Contains(w) {
			t.Errorf("the page does not say %q", w)
		}
	}
}
