package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/gcm"
	"portal/internal/webtest"
)

// reads are the statements that were sent to the database, each once.
type reads struct {
	mu   sync.Mutex
	seen map[string][]any // with the arguments of the first time
}

// TraceQueryStart notes a statement.
func (r *reads) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.seen[data.SQL]; !ok {
		r.seen[data.SQL] = data.Args
	}
	return ctx
}

// TraceQueryEnd is not asked.
func (r *reads) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// tables are what the plans of the statements read, views and all that they hide taken apart.
func (r *reads) tables(t *testing.T, db *database.DB) map[string]string {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	tables := map[string]string{} // and a statement that reads it
	for sql, args := range r.seen {
		verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(sql)), " ")
		if !slices.Contains([]string{"SELECT", "WITH", "INSERT", "UPDATE", "DELETE"}, verb) || strings.Contains(sql, "pg_notify") {
			continue
		}
		plan, err := database.Value[json.RawMessage](t.Context(), db.Read(), "EXPLAIN (FORMAT JSON) "+sql, args...)
		if err != nil {
			t.Fatalf("%v: %s", err, sql)
		}
		var nodes any
		if err := json.Unmarshal(plan, &nodes); err != nil {
			t.Fatal(err)
		}
		for _, name := range relations(nodes) {
			tables[name] = sql
		}
	}
	return tables
}

// relations are the names of the tables in a plan.
func relations(node any) []string {
	var names []string
	switch node := node.(type) {
	case []any:
		for _, n := range node {
			names = append(names, relations(n)...)
		}
	case map[string]any:
		if name, ok := node["Relation Name"].(string); ok {
			names = append(names, name)
		}
		for _, n := range node {
			names = append(names, relations(n)...)
		}
	}
	return names
}

// Whatever a page reads that is kept must say when it changes, or the page would be an old one for ever. The test takes
// the tables from the plans of all queries that the pages send, over all the demonstration's pledges.
func TestEveryTableThatAKeptPageReadsSaysWhenItChanges(t *testing.T) {
	t.Parallel()
	db, log := demonstration(t), &reads{seen: map[string][]any{}}
	watched, err := pgxpool.ParseConfig(db.Pool.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	watched.ConnConfig.Tracer = log
	pool, err := pgxpool.NewWithConfig(t.Context(), watched)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	cfg, err := config.Load([]string{"PORTAL_SECRET=a secret for tests that is long enough", "DATABASE_URL=postgres://unused", "PORTAL_PAGE_CACHE=0", "PORTAL_CHROMIUM=off"})
	if err != nil {
		t.Fatal(err)
	}
	portal, err := New(t.Context(), cfg, &database.DB{Pool: pool}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(portal.Close)
	pledges, err := database.Values[string](t.Context(), db.Read(), `SELECT DISTINCT public_id FROM pledges`)
	if err != nil {
		t.Fatal(err)
	}
	expert, err := database.Value[int64](t.Context(), db.Read(), `SELECT min(id) FROM experts WHERE state = 'public'`)
	if err != nil {
		t.Fatal(err)
	}
	calls, err := database.Values[int64](t.Context(), db.Read(), `SELECT id FROM calls`)
	if err != nil {
		t.Fatal(err)
	}
	log.mu.Lock()
	clear(log.seen) // from here on it is the pages
	log.mu.Unlock()

	visitor := webtest.New(t, portal.Handler())
	pages := 0
	for _, route := range portal.router.Routes() {
		if !route.IsCached() || strings.HasSuffix(route.Pattern, ".pdf") { // there is no browser here; a PDF reads what its page reads
			continue
		}
		ids := pledges
		if strings.Contains(route.Pattern, "{call}") {
			for _, call := range calls {
				visitor.Get(things{call: call}.address(route.Pattern)).Want(http.StatusOK)
			}
			continue
		}
		if !strings.Contains(route.Pattern, "{publicID}") {
			ids = []string{""}
		}
		for _, id := range ids {
			address := things{publicID: id, expert: expert, programme: "GCM-JP-0001"}.address(route.Pattern)
			if strings.HasSuffix(route.Pattern, "/practices/compare") {
				address += "?ids=1.2"
			}
			if status := visitor.Get(address).Status; status == http.StatusOK {
				pages++
			} else if status >= http.StatusInternalServerError || !strings.Contains(route.Pattern, "{publicID}") {
				t.Errorf("%s: status %d", address, status)
			}
		}
	}
	for _, query := range []string{"?q=migration", "?sort=title&page=2", "?objective=7&year=2026&language=en", "?after=" + pledges[0]} {
		visitor.Get("/en/pledges" + query).Want(http.StatusOK)
		visitor.Get("/en/pledges.atom" + query).Want(http.StatusOK)
	}
	if _, err := gcm.Load(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	if pages < 2*len(pledges) {
		t.Errorf("only %d pages were read", pages)
	}

	speaking, err := database.Values[string](t.Context(), db.Read(), `SELECT DISTINCT c.relname::text FROM pg_trigger t
		JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'content_changed'`)
	if err != nil {
		t.Fatal(err)
	}
	read := log.tables(t, db)
	for _, name := range slices.Sorted(maps.Keys(read)) {
		if !slices.Contains(speaking, name) {
			t.Errorf("a kept page reads %s, which has no trigger content_changed: migrations/00007_content_versions.sql tells how\n%s", name, read[name])
		}
	}
	for _, name := range []string{"pledges", "attachments", "countries", "champions"} {
		if read[name] == "" {
			t.Errorf("the test does not see that pages read %s, but only %v", name, slices.Sorted(maps.Keys(read)))
		}
	}
}
