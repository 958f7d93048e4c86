package app

import (
	"errors"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/dbtest"
	"portal/internal/identity"
	"portal/internal/review"
)

// deskViews are the committed lists of the desk that are measured, as searches with their pages.
func deskViews(t testing.TB) (all []url.Values) {
	t.Helper()
	content, err := os.ReadFile("../review/testdata/views.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		address, _, ok := strings.Cut(line, " # ")
		if !ok || !strings.HasPrefix(address, "/") {
			continue
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, u.Query())
	}
	return all
}

// Each of the committed views of the desk is answered from indexes, for an officer of one desk and for one of two; and what
// is over is counted as the lists have it.
func TestEachMeasuredViewOfTheDeskUsesItsIndexes(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	portal := emptyPortal(t, db)
	if err := portal.scaleDeskOn(t.Context(), 12_000, date.New(2026, 11, 28)); err != nil {
		t.Fatal(err)
	}
	if err := portal.ScaleDesk(t.Context(), 100); err == nil {
		t.Error("a second time it is not refused")
	}
	reading, asked := traced(t, db)
	desk := review.NewService(review.Options{DB: reading, Kinds: portal.areas.kinds})
	language := review.Language{Kinds: []string{"pledge"}, Country: func(typed string) (string, bool) { return strings.ToUpper(typed), true }}
	officer, err := database.Value[int64](t.Context(), db.Read(), `SELECT id FROM users WHERE email = 'officer1@desk.example'`)
	if err != nil {
		t.Fatal(err)
	}
	one, err := identity.Load(t.Context(), db.Read(), officer)
	if err != nil {
		t.Fatal(err)
	}
	// Who works at several desks looks up words in the index of each.
	if _, err := db.Read().Exec(t.Context(), `INSERT INTO staff_roles (user_id, role, desk, created_at)
		SELECT u.id, 'officer', d.desk, now() FROM users u, unnest($1::text[]) d (desk) WHERE u.email = 'officer7@desk.example' ON CONFLICT DO NOTHING`, identity.Desks); err != nil {
		t.Fatal(err)
	}
	busy, err := database.Value[int64](t.Context(), db.Read(), `SELECT id FROM users WHERE email = 'officer7@desk.example'`)
	if err != nil {
		t.Fatal(err)
	}
	several, err := identity.Load(t.Context(), db.Read(), busy)
	if err != nil || len(several.Desks()) != len(identity.Desks) {
		t.Fatalf("desks %v, %v", several.Desks(), err)
	}
	views := deskViews(t)
	if len(views) < 30 {
		t.Fatalf("%d views, want 30", len(views))
	}
	whole := regexp.MustCompile(`Seq Scan on (submissions|submission_steps|submission_events|posts)\b`)
	found := 0
	for _, query := range views {
		f, wrong, canonical := language.Read(query)
		if len(wrong) > 0 || !canonical {
			t.Errorf("%s: %v", query, wrong)
		}
		asked.take()
		for _, who := range []identity.User{one, several} {
			page, err := desk.Queue(t.Context(), who, f)
			if err != nil {
				t.Fatalf("%s: %v", query, err)
			}
			found += len(page.Rows)
		}
		for _, s := range asked.take() {
			lines, err := database.Values[string](t.Context(), db.Read(), "EXPLAIN "+s.sql, s.args...)
			if err != nil {
				t.Fatalf("%s: %v", s.sql, err)
			}
			if plan := strings.Join(lines, "\n"); whole.MatchString(plan) {
				t.Errorf("%s reads a whole table:\n%s\n%s", query, s.sql, plan)
			}
		}
	}
	if found == 0 {
		t.Error("no view has anything")
	}
	page, err := desk.Queue(t.Context(), one, review.Filter{In: review.Decided})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	if err := desk.Export(t.Context(), one, review.Filter{In: review.Decided}, func(review.Row) error { rows++; return nil }); err != nil || rows != page.Total().N {
		t.Errorf("%v are counted, the list has %d, %v", page.Total(), rows, err)
	}
	complete, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*)::int FROM submissions WHERE submitted_revision IS NOT NULL AND title <> '' AND submitted_words <> ''
		AND (waiting_for <> '') = (state IN ('submitted', 'in_review', 'approved', 'changes_requested'))`)
	if err != nil || complete != 12_600 {
		t.Errorf("%d submissions are as they should be, %v", complete, err)
	}
}

func TestScaleOfTheDeskIsRefusedWhereItDoesHarm(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	if err := portal.ScaleDesk(t.Context(), 1); err == nil {
		t.Error("one is a number of submissions")
	}
	if _, err := db.Read().Exec(t.Context(), `INSERT INTO users (email, name, created_at) VALUES ('somebody@portal.example', 'Somebody', now())`); err != nil {
		t.Fatal(err)
	}
	if err := portal.ScaleDesk(t.Context(), 100); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a portal in use: %v", err)
	}
	portal.config.Env = config.Production
	if err := portal.ScaleDesk(t.Context(), 100); !errors.Is(err, ErrProduction) {
		t.Errorf("in production: %v", err)
	}
}
