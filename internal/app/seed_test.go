package app

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"portal/internal/config"
	"portal/internal/database"
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

// Each page of the desk shows something real: what each of these asks for is there.
func TestTheDemonstrationFillsEveryPageOfTheDesk(t *testing.T) {
	t.Parallel()
	db := demonstration(t)
	for name, sql := range map[string]string{
		"rules of assignment":                        `SELECT count(*)::int FROM assignment_rules`,
		"something that a rule gave to somebody":     `SELECT count(*)::int FROM assignment_outcomes o JOIN submissions s ON s.id = o.submission_id WHERE o.rule > 0 AND s.assigned_to IS NOT NULL`,
		"related submissions":                        `SELECT count(*)::int FROM submission_links WHERE kind = 'related'`,
		"a duplicate that was merged":                `SELECT count(*)::int FROM submission_links l JOIN submissions s ON s.id = l.from_id WHERE l.kind = 'duplicate' AND s.state = 'declined'`,
		"a round that is under way":                  `SELECT count(DISTINCT round_id)::int FROM review_assignments WHERE state = 'asked'`,
		"a review that is being written":             `SELECT count(*)::int FROM reviews WHERE submitted_at IS NULL`,
		"one called in by the rule":                  `SELECT count(*)::int FROM review_assignments WHERE cause <> 'desk'`,
		"a round with all reviews in":                `SELECT count(*)::int FROM review_rounds WHERE complete_at IS NOT NULL AND closed_at IS NULL`,
		"decisions that nobody was told yet":         `SELECT count(*)::int FROM pending_decisions`,
		"a release that is over":                     `SELECT count(*)::int FROM releases WHERE ended_at IS NOT NULL`,
		"a letter in the desk's words":               `SELECT count(*)::int FROM letter_templates`,
		"kept searches":                              `SELECT count(*)::int FROM desk_views`,
		"something that nobody has taken for long":   `SELECT count(*)::int FROM submissions WHERE waiting_for = 'desk' AND assigned_to IS NULL AND waiting_since < now() - interval '4 days'`,
		"something that waits for long for an owner": `SELECT count(*)::int FROM submissions WHERE waiting_for = 'submitter' AND waiting_since < now() - interval '22 days'`,
		"a report that waits at the desk":            `SELECT count(*)::int FROM submissions WHERE kind = 'pledge_update' AND state = 'submitted'`,
		"trusted offices":                            `SELECT count(*)::int FROM office_trust WHERE trusted`,
		"pledges in every status":                    `SELECT (count(DISTINCT status) >= 7)::int FROM pledge_standings WHERE until IS NULL`,
		"pledges with every light":                   `SELECT (count(DISTINCT pledge_light(next_report_on, current_date)) = 5)::int FROM pledge_standings WHERE until IS NULL`,
		"reports that the desk has recorded":         `SELECT count(*)::int FROM pledge_updates WHERE means = 'desk'`,
		"reports with figures":                       `SELECT count(*)::int FROM pledge_updates WHERE progress <> '[]'`,
		"two programmes at each stage":               `SELECT (count(*) FILTER (WHERE n >= 2) = 4)::int FROM (SELECT count(*) AS n FROM programmes WHERE until IS NULL GROUP BY stage) s`,
		"reviewed notes on a shortlist":              `SELECT count(*)::int FROM committee_entries e JOIN review_rounds r ON r.submission_id = e.note_id WHERE e.outcome = ''`,
		"decisions of the committee":                 `SELECT (count(DISTINCT outcome) >= 2)::int FROM committee_entries e JOIN committee_sessions s ON s.meeting_id = e.meeting_id WHERE outcome <> ''`,
		"twelve concept notes":                       `SELECT (count(*) >= 12)::int FROM submissions WHERE kind = 'concept_note'`,
		"concept notes at every stage":               `SELECT (count(DISTINCT state) >= 6)::int FROM submissions WHERE kind = 'concept_note'`,
		"requests of every kind":                     `SELECT (count(DISTINCT kind) >= 8)::int FROM submissions WHERE kind IN ('guidance', 'support', 'capacity', 'statement', 'social', 'partnership', 'asset', 'pledge_support')`,
		"twelve talks":                               `SELECT (count(*) >= 12)::int FROM submissions WHERE kind = 'talk'`,
		"talks to come, moved, cancelled and over":   `SELECT (bool_or(until > now()) AND bool_or(moved_from IS NOT NULL) AND bool_or(state = 'cancelled') AND bool_or(recording <> '') AND bool_or(asked_at IS NOT NULL))::int FROM talks`,
		"a request that waits for changes":           `SELECT count(*)::int FROM submissions WHERE kind = 'guidance' AND state = 'changes_requested'`,
		"something overdue":                          `SELECT count(*)::int FROM submissions WHERE due_on < current_date`,
	} {
		if n, err := database.Value[int](t.Context(), db.Read(), sql); err != nil || n == 0 {
			t.Errorf("there is no such thing: %s, %v", name, err)
		}
	}
}
