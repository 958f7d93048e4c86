package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/dbtest"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/pledge"
	"portal/internal/workflow"
)

// scaledPortal is a portal with n invented pledges.
func scaledPortal(t testing.TB, db *database.DB, n int) *App {
	t.Helper()
	portal := emptyPortal(t, db)
	if err := portal.scaleOn(t.Context(), n, date.New(2026, 11, 28), (*scaler).copyPledges); err != nil {
		t.Fatal(err)
	}
	return portal
}

// emptyPortal is a portal with nothing in it, which keeps no page.
func emptyPortal(t testing.TB, db *database.DB) *App {
	t.Helper()
	cfg, err := config.Load([]string{"PORTAL_SECRET=a secret for tests that is long enough", "DATABASE_URL=postgres://unused", "PORTAL_PAGE_CACHE=0"})
	if err != nil {
		t.Fatal(err)
	}
	portal, err := New(t.Context(), cfg, db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(portal.Close)
	return portal
}

// Who measures lists does not measure the mails of years that were never lived through.
func TestAScaledPortalOwesNobodyAReminder(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	portal := emptyPortal(t, db)
	if err := portal.Scale(t.Context(), 200); err != nil {
		t.Fatal(err)
	}
	number := func(sql string) int {
		t.Helper()
		n, err := database.Value[int](t.Context(), db.Read(), sql)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	const reminded = `SELECT count(*)::int FROM pledge_reminders`
	before := number(reminded)
	if err := portal.areas.pledges.SendReminders(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := number(reminded); before == 0 || after != before {
		t.Errorf("%d reminders were sent before, %d after", before, after)
	}
}

func TestScaleMakesTheSameCompletePledges(t *testing.T) {
	t.Parallel()
	const n = 300
	var sums []string
	for range 2 {
		db := dbtest.New(t)
		portal := scaledPortal(t, db, n)
		if err := portal.Scale(t.Context(), n); !errors.Is(err, ErrScaled) {
			t.Errorf("a second time: %v", err)
		}
		type row struct {
			Published, Langs, Waiting, Revisions int
			Sum                                  string
			Asked, Confirmed, Amended            int
			Down, Updates                        int
		}
		r, err := database.Row[row](t.Context(), db.Read(), `SELECT count(*) FILTER (WHERE until IS NULL) AS published, count(DISTINCT lang) AS langs, count(*) AS revisions,
			(SELECT count(*) FROM pledge_partners WHERE state = 'asked') AS asked, (SELECT count(*) FROM pledge_partners WHERE state = 'confirmed') AS confirmed,
			(SELECT count(*) FROM pledge_partners WHERE state = 'amended') AS amended,
			(SELECT count(*) FROM submissions WHERE state IN ('submitted', 'in_review', 'changes_requested', 'draft')) AS waiting,
			(SELECT count(*) FROM submissions WHERE state = 'archived') AS down, (SELECT count(*) FROM pledge_updates) AS updates,
			md5(string_agg(title || entity || content::text || first_published_at, '' ORDER BY id, revision)
				|| (SELECT string_agg(u.published_at || u.status || u.evidence || u.progress::text || u.milestones::text, '' ORDER BY u.id) FROM pledge_updates u)
				|| (SELECT string_agg(key || state || own_part || reminders || answered_by, '' ORDER BY submission_id, key) FROM pledge_partners)) AS sum FROM pledges`)
		if err != nil || r.Asked == 0 || r.Amended == 0 || r.Confirmed <= r.Amended || r.Published != n || r.Langs < 5 || r.Waiting == 0 || r.Revisions <= n || r.Down != n/50 || r.Updates < 2*n || r.Updates > 4*n {
			t.Errorf("%+v, %v", r, err)
		}
		sums = append(sums, r.Sum)
		if wrong, err := pledge.CheckModel(t.Context(), db.Read()); err != nil || len(wrong) > 0 {
			t.Errorf("the counts are wrong: %v, %v", wrong, err)
		}
		if other, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*) FROM pledges WHERE words IS DISTINCT FROM search_placed(ts_filter(words, '{a,b,c}'), langs)`); err != nil || other > 0 {
			t.Errorf("%d have other words than search_placed gives, %v", other, err)
		}
		checkScaledUpdates(t, db)
		type answers struct {
			SubmissionID workflow.ID
			Revision     int
			At           time.Time
		}
		all, err := database.Rows[answers](t.Context(), db.Read(), `SELECT id AS submission_id, submitted_revision AS revision, submitted_at AS at FROM submissions WHERE submitted_revision IS NOT NULL AND id % 7 = 0`)
		if err != nil || len(all) == 0 {
			t.Fatal(err)
		}
		for _, a := range all {
			text, err := workflow.ReadText(t.Context(), db.Read(), a.SubmissionID, a.Revision)
			if err != nil {
				t.Fatal(err)
			}
			given := text.Answers()
			if wrong := portal.areas.pledges.Kind().Form.Problems(given, form.Env{Today: date.Today(a.At, i18n.Geneva), Vocabulary: portal.vocabulary()}); len(wrong) > 0 {
				t.Errorf("%q is not complete: %v", given.First("title"), wrong)
			}
		}
	}
	if sums[0] != sums[1] {
		t.Error("the same number does not give the same pledges")
	}
}

// checkScaledUpdates holds the updates against what an update may be, and the standings against the updates.
func checkScaledUpdates(t *testing.T, db *database.DB) {
	t.Helper()
	for _, none := range []string{
		// An update before its pledge was public, after it was taken down, of another revision than the public saw, or from the future.
		`SELECT u.id::text FROM pledge_updates u LEFT JOIN pledges p ON p.id = u.pledge_id AND p.revision = u.revision AND u.published_at > p.published_at AND (p.until IS NULL OR u.published_at < p.until)
			WHERE p.id IS NULL OR u.published_at > '2026-11-28' OR u.on_day > (u.published_at AT TIME ZONE 'Europe/Zurich')::date OR u.next_report_on < u.on_day`,
		`SELECT pledge_id::text FROM pledge_updates GROUP BY pledge_id HAVING count(*) > 9`,
		// The standings go on without a gap from first publication to now, each as its update says.
		`SELECT p.id::text FROM pledges p WHERE NOT EXISTS (SELECT FROM pledge_standings s WHERE s.pledge_id = p.id AND s.since = p.first_published_at AND s.status = 'none' AND s.next_report_on = pledge_first_report(p.first_published_at))`,
		`SELECT u.id::text FROM pledge_updates u WHERE NOT EXISTS (SELECT FROM pledge_standings s JOIN pledge_standings b ON b.pledge_id = s.pledge_id AND b.until = s.since
			WHERE s.update_id = u.id AND s.since = u.published_at AND s.status = u.status AND s.next_report_on IS NOT DISTINCT FROM u.next_report_on)`,
		`SELECT pledge_id::text FROM pledge_standings WHERE until IS NULL GROUP BY pledge_id HAVING count(*) <> 1`,
	} {
		if wrong, err := database.Values[string](t.Context(), db.Read(), none); err != nil || len(wrong) > 0 {
			t.Errorf("%s: %v %v", none, wrong, err)
		}
	}
	for column, least := range map[string]int{"status": 7, "lang": 5, "means": 4} {
		if n, err := database.Value[int](t.Context(), db.Read(), `SELECT count(DISTINCT `+column+`) FROM pledge_updates`); err != nil || n < least {
			t.Errorf("%d different values of %s, want %d (%v)", n, column, least, err)
		}
	}
	lights, err := database.Value[int](t.Context(), db.Read(), `SELECT count(DISTINCT pledge_light(next_report_on, '2026-11-28')) FROM pledge_standings WHERE until IS NULL`)
	if err != nil || lights != len(pledge.Lights) {
		t.Errorf("%d different lights (%v)", lights, err)
	}
}

func TestScaleIsRefusedWhereItDoesHarm(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	if err := portal.Scale(t.Context(), 0); err == nil {
		t.Error("none at all is a number of pledges")
	}
	if _, err := db.Read().Exec(t.Context(), `INSERT INTO users (email, name, created_at) VALUES ('somebody@portal.example', 'Somebody', now())`); err != nil {
		t.Fatal(err)
	}
	if err := portal.Scale(t.Context(), 10); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a portal in use: %v", err)
	}
	portal.config.Env = config.Production
	if err := portal.Scale(t.Context(), 10); !errors.Is(err, ErrProduction) {
		t.Errorf("in production: %v", err)
	}
}

// statements remembers what is asked of the database.
type statements struct {
	mu  sync.Mutex
	all []statement
}

type statement struct {
	sql  string
	args []any
}

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	if strings.HasPrefix(q.SQL, "SELECT") {
		s.mu.Lock()
		s.all = append(s.all, statement{q.SQL, q.Args})
		s.mu.Unlock()
	}
	return ctx
}

func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// take returns what was asked since the last time.
func (s *statements) take() []statement {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.all
	s.all = nil
	return all
}

// traced is a second way into the database.
func traced(t testing.TB, db *database.DB) (*database.DB, *statements) {
	t.Helper()
	asked := &statements{}
	c := db.Pool.Config()
	c.ConnConfig.Tracer = asked
	pool, err := pgxpool.NewWithConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return &database.DB{Pool: pool}, asked
}

// listQueries are the committed queries that are measured: what they are, and the list that they ask for.
func listQueries(t testing.TB) (addresses []string) {
	t.Helper()
	content, err := os.ReadFile("../pledge/testdata/queries.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		if address, _, ok := strings.Cut(line, " # "); ok && strings.HasPrefix(address, "/") {
			addresses = append(addresses, strings.ReplaceAll(address, "%LAST%", "GCM-P-0021"))
		}
	}
	return addresses
}

// ask asks the service for the list of an address.
func ask(t testing.TB, portal *App, service *pledge.Service, address string) pledge.List {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	list, err := service.List(t.Context(), pledge.ReadFilter(u.Query(), portal.vocabulary()), i18n.Lang(address[1:3]))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

var (
	planIndex = regexp.MustCompile(`(?:using|Bitmap Index Scan on) (\w+)`)
	planTable = regexp.MustCompile(`Seq Scan on (\w+)`)
)

// Each of the committed queries is answered from indexes. testdata/plans.txt says from which; UPDATE_GOLDEN=1 writes it
// anew. A table of a few rows, one a chunk, may be read whole.
func TestEachMeasuredQueryUsesItsIndexes(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	portal := scaledPortal(t, db, 6000)
	reading, asked := traced(t, db)
	addresses := listQueries(t)
	if len(addresses) != 60 {
		t.Fatalf("%d queries, want 60", len(addresses))
	}
	var got bytes.Buffer
	for _, address := range addresses {
		service := pledge.NewService(pledge.Options{DB: reading, Vocabulary: portal.vocabulary}) // another one would remember words
		ask(t, portal, service, "/en/pledges")                                                   // reads the model, which is kept
		asked.take()
		ask(t, portal, service, address)
		var indexes []string
		for _, s := range asked.take() {
			if strings.Contains(s.sql, "FROM pledge_chunks") {
				continue
			}
			lines, err := database.Values[string](t.Context(), db.Read(), "EXPLAIN "+s.sql, s.args...)
			if err != nil {
				t.Fatalf("%s: %v", s.sql, err)
			}
			plan := strings.Join(lines, "\n")
			if planTable.MatchString(plan) {
				t.Errorf("%s reads a whole table:\n%s\n%s", address, s.sql, plan)
			}
			for _, m := range planIndex.FindAllStringSubmatch(plan, -1) {
				indexes = append(indexes, m[1])
			}
		}
		slices.Sort(indexes)
		indexes = slices.Compact(indexes)
		if len(indexes) == 0 && !strings.Contains(address, "=xylophone") {
			t.Errorf("%s uses no index", address)
		}
		fmt.Fprintf(&got, "%s\n\t%s\n", address, strings.Join(indexes, ", "))
	}
	const file = "testdata/plans.txt"
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got.Bytes()) {
		t.Errorf("the plans have changed; read the difference after UPDATE_GOLDEN=1:\n%s", got.String())
	}
}

// BenchmarkList asks for the committed lists, one after the other, page and all, on PORTAL_BENCH_PLEDGES pledges (5,000).
func BenchmarkList(b *testing.B) {
	n := 5000
	if s := os.Getenv("PORTAL_BENCH_PLEDGES"); s != "" {
		if _, err := fmt.Sscan(s, &n); err != nil {
			b.Fatal(err)
		}
	}
	portal := scaledPortal(b, dbtest.New(b), n)
	addresses := listQueries(b)
	b.Run("service", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			ask(b, portal, portal.areas.pledges, addresses[i%len(addresses)])
		}
	})
	b.Run("page", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			w := httptest.NewRecorder()
			portal.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, addresses[i%len(addresses)], nil))
			if w.Code != http.StatusOK {
				b.Fatalf("%s: %d", addresses[i%len(addresses)], w.Code)
			}
		}
	})
}
