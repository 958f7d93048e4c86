package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/webtest"
)

// counted counts the statements that a portal sends.
type counted struct{ n atomic.Int64 }

func (c *counted) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.n.Add(1)
	return ctx
}

func (c *counted) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// mostQueries is how many statements a page may need, those that begin and end transactions among them: with one more for each thing
// that the page of a region shows it would be more than that.
const mostQueries = 24

// Every State and region has a page, made with few statements however much there is about it; what there is not has a calm one.
func TestPagesOfCountries(t *testing.T) {
	t.Parallel()
	db := demonstration(t)
	watched, err := pgxpool.ParseConfig(db.Pool.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	log := &counted{}
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
	visitor := webtest.New(t, portal.Handler())

	needs := func(path string) int64 {
		visitor.Get(path).Want(http.StatusOK) // the model is read for the first time
		before := log.n.Load()
		visitor.Get(path).Want(http.StatusOK)
		return log.n.Load() - before
	}
	for _, path := range []string{"/en/regions/africa", "/en/regions/arab-states", "/en/countries/KE", "/en/countries/MA", "/en/countries/AD", "/en/countries", "/en/countries?region=africa&has=pledges"} {
		if n := needs(path); n == 0 || n > mostQueries {
			t.Errorf("%s needs %d statements, at most %d are allowed", path, n, mostQueries)
		}
	}

	list := visitor.Get("/en/countries").Want(http.StatusOK)
	if rows, dots := list.Count("tbody th a"), list.Count(".map--dots a[aria-label]"); rows != 195 || dots != 195 || !list.Contains("imply official endorsement") {
		t.Errorf("the list has %d States, the map %d", rows, dots)
	}
	if p := visitor.Get("/en/countries?q=maroc").Want(http.StatusOK); p.Count("tbody th a") != 1 {
		t.Error("a State is not found by its name in another language")
	}
	kenya := visitor.Get("/en/countries/KE").Want(http.StatusOK)
	for _, words := range []string{"May 2021", "Fair recruitment for every worker who leaves Kenya by 2028", "Average of Africa", "Average of the world", "State Department for Immigration", "Pledges by light", "GCM Talks: all", "Certificates that cross the border"} {
		if !kenya.Contains(words) {
			t.Errorf("the page of Kenya does not say %q", words)
		}
	}
	// Support that was asked for and accepted is shown where the office agrees, and nothing else of any request.
	shown, err := database.Rows[struct{ Title, Country string }](t.Context(), db.Read(), `SELECT title, country FROM shown_requests WHERE country <> ''`)
	if err != nil || len(shown) == 0 {
		t.Fatalf("no request is shown: %v", err)
	}
	for _, r := range shown {
		if p := visitor.Get("/en/countries/" + r.Country).Want(http.StatusOK); !p.Contains(r.Title) || !p.Contains("Support that was asked for") {
			t.Errorf("the page of %s does not show %q", r.Country, r.Title)
		}
	}
	if p := visitor.Get("/ar/regions/africa").Want(http.StatusOK); !p.Contains("البلدان الرائدة") {
		t.Error("the page of Africa in Arabic has no Champion countries")
	}
	var file struct{ Rows []map[string]any }
	if err := json.Unmarshal(visitor.Get("/en/countries/KE.json").Want(http.StatusOK).Body, &file); err != nil || len(file.Rows) < 4 || file.Rows[0]["day"] != "2021-05" {
		t.Errorf("the data of Kenya: %v, %v", file.Rows, err)
	}
	if got := visitor.Get("/en/countries/ke").Want(http.StatusMovedPermanently).Location(); got != "/en/countries/KE" {
		t.Errorf("small letters lead to %s", got)
	}
	if got := visitor.Get("/en/regions/Arab_States").Want(http.StatusMovedPermanently).Location(); got != "/en/regions/arab-states" {
		t.Errorf("another spelling leads to %s", got)
	}
	for _, path := range []string{"/en/countries/XX", "/en/countries/%3Cscript%3E", "/en/regions/global", "/en/regions/atlantis"} {
		if p := visitor.Get(path).Want(http.StatusNotFound); !p.Has(`a[href="/en/countries/KE"]`) || strings.Contains(string(p.Body), "<script>") {
			t.Errorf("%s does not offer the countries", path)
		}
	}

	// A country that changes its name keeps its address, and everything on its page.
	if _, err := db.Read().Exec(t.Context(), `UPDATE countries SET names = names || '{"en": "Republic of the Savannah"}' WHERE iso2 = 'KE'`); err != nil {
		t.Fatal(err)
	}
	renamed, err := New(t.Context(), cfg, &database.DB{Pool: pool}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(renamed.Close)
	if p := webtest.New(t, renamed.Handler()).Get("/en/countries/KE").Want(http.StatusOK); !p.Contains("Republic of the Savannah") || !p.Contains("Fair recruitment for every worker") {
		t.Error("the page does not follow the name, or loses what belongs to it")
	}
}
