package programme_test

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"portal/internal/database"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/programme"
)

// asked remembers the queries of a connection.
type asked struct {
	mu  sync.Mutex
	all []pgx.TraceQueryStartData
}

func (a *asked) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	if strings.HasPrefix(q.SQL, "SELECT") {
		a.mu.Lock()
		a.all = append(a.all, q)
		a.mu.Unlock()
	}
	return ctx
}

func (a *asked) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

var (
	planIndex = regexp.MustCompile(`(?:using|Bitmap Index Scan on) (\w+)`)
	planWhole = regexp.MustCompile(`Seq Scan on (programmes|programme_words|programme_word_bitmaps)\b|Sort Key: p\.`)
)

// plans are the plans of a query in which a table is read whole, or sorted, only where no index serves.
func (w *world) plans(t *testing.T, q pgx.TraceQueryStartData) string {
	t.Helper()
	var lines []string
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		if _, err := tx.Exec(t.Context(), `SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off`); err != nil {
			return err
		}
		var err error
		lines, err = database.Values[string](t.Context(), tx, "EXPLAIN "+q.SQL, q.Args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", q.SQL, err)
	}
	return strings.Join(lines, "\n")
}

// Each order of the list is walked by its index, and each filter and word is looked up in one: none reads the pipeline whole.
func TestEachListIsReadFromItsIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.several(t, 40, 3)
	c, queries := w.db.Pool.Config(), &asked{}
	c.ConnConfig.Tracer = queries
	pool, err := pgxpool.NewWithConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	v := seeded(t)
	for _, test := range []struct {
		query string
		lang  i18n.Lang
		want  string
	}{
		{"", i18n.English, "programmes_newest"},
		{"page=2", i18n.English, "programmes_newest"},
		{"after=GCM-JP-0021", i18n.English, "programmes_newest"},
		{"sort=changed", i18n.English, "programmes_changed"},
		{"sort=budget", i18n.English, "programmes_budget"},
		{"sort=title", i18n.English, "programmes_title_en"},
		{"sort=title", i18n.Arabic, "programmes_title_ar"},
		{"stage=running&area=ta-1", i18n.English, "programmes_newest"},
		{"organization=UNICEF&sort=budget", i18n.English, "programmes_budget"},
		{"q=work&sort=newest", i18n.English, "programmes_newest"},
		{"q=work", i18n.English, "programme_word_bitmaps_pkey"},
	} {
		service := programme.NewService(programme.Options{DB: &database.DB{Pool: pool}, Vocabulary: func() *gcm.Vocabulary { return v }, Areas: func() (all []programme.Area) {
			for _, id := range areaIDs {
				all = append(all, programme.Area{ID: id})
			}
			return all
		}}) // another one would remember words
		q, err := url.ParseQuery(test.query)
		if err != nil {
			t.Fatal(err)
		}
		queries.all = nil
		list, err := service.List(t.Context(), service.ReadFilter(q), test.lang)
		if err != nil || len(list.Programmes) == 0 {
			t.Fatalf("%s: %d programmes, %v", test.query, len(list.Programmes), err)
		}
		var used []string
		for _, one := range slices.Clone(queries.all) {
			plan := w.plans(t, one)
			if whole := planWhole.FindString(plan); whole != "" && !strings.Contains(one.SQL, "ts_rank") {
				t.Errorf("%s: %s\n%s\n%s", test.query, whole, one.SQL, plan)
			}
			for _, m := range planIndex.FindAllStringSubmatch(plan, -1) {
				used = append(used, m[1])
			}
		}
		if !slices.Contains(used, test.want) {
			t.Errorf("%s in %s is not read from %s but from %v", test.query, test.lang, test.want, used)
		}
	}
}
