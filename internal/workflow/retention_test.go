package workflow

import (
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
)

func TestDeclinedSubmissionsAreErasedWhenTheirTimeIsOver(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Date(2032, 1, 1, 12, 0, 0, 0, time.UTC)
	exec(`INSERT INTO users (email, name, created_at) VALUES ('a@example.org', 'A', now())`)
	exec(`INSERT INTO offices (name, category, state, created_at) VALUES ('Ministry', 'member_state', 'approved', now())`)
	for state, decided := range map[string]time.Time{"declined": now.AddDate(-6, 0, 0), "archived": now.AddDate(-6, 0, 0), "withdrawn": now.AddDate(-4, 0, 0)} {
		exec(`INSERT INTO submissions (kind, desk, title, submitted_title, state, office_id, author_id, submitted_revision, created_at, changed_at, decided_at)
			VALUES ('pledge', 'pledges', 'Of ' || $1, 'Of ' || $1, CASE $1 WHEN 'withdrawn' THEN 'declined' ELSE $1 END, 1, 1, 1, $2, $2, $2)`, state, decided)
	}
	exec(`INSERT INTO submission_steps (submission_id, revision, step, version, answers, saved_by, saved_at) SELECT id, 1, 'what', 1, '{"title": ["x"]}', 1, now() FROM submissions`)
	exec(`INSERT INTO submission_notes (submission_id, revision, shown_to, author_id, body, at) SELECT id, 1, 'submitter', 1, 'A letter.', now() FROM submissions`)
	exec(`INSERT INTO draft_threads (submission_id) SELECT id FROM submissions`)
	exec(`INSERT INTO draft_comments (thread_id, author_id, body, at) SELECT id, 1, 'Say more.', now() FROM draft_threads`)
	commented := func() int {
		t.Helper()
		n, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*) FROM draft_comments`)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	left := func() string {
		t.Helper()
		titles, err := database.Value[string](t.Context(), db.Read(), `SELECT string_agg(title, ', ' ORDER BY title) FROM submissions
			WHERE EXISTS (SELECT FROM submission_steps t WHERE t.submission_id = submissions.id) AND EXISTS (SELECT FROM submission_notes n WHERE n.submission_id = submissions.id AND n.body = 'A letter.')`)
		if err != nil {
			t.Fatal(err)
		}
		return titles
	}
	for range 2 {
		if err := EraseDeclined(t.Context(), db, now); err != nil {
			t.Fatal(err)
		}
		if got := left(); got != "Of archived, Of withdrawn" {
			t.Errorf("after five years there is %q", got)
		}
		if got := commented(); got != 2 {
			t.Errorf("after five years there are %d comments, want those on the 2 that are kept", got)
		}
	}
	exec(`INSERT INTO settings (name, value) VALUES ('retention.declined_days', '1000')`)
	if err := EraseDeclined(t.Context(), db, now); err != nil {
		t.Fatal(err)
	}
	if got := left(); got != "Of archived" {
		t.Errorf("with a shorter time there is %q", got)
	}
	exec(`UPDATE settings SET value = '-1' WHERE name = 'retention.declined_days'`)
	if EraseDeclined(t.Context(), db, now) == nil {
		t.Error("a setting that is no number of days erases something")
	}
}
