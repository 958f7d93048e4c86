package newsletter

import (
	"testing"

	"portal/internal/database"
)

// Invented readers are the same each time, of every kind, and what was done about some is as if it had happened.
func TestInventedReaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.db.InTx(t.Context(), func(tx database.Tx) error { return w.service.Bulk(t.Context(), tx, 2000, start) }); err != nil {
		t.Fatal(err)
	}
	if got := value[string](t, w.db, `SELECT string_agg(state || ' ' || n, ', ' ORDER BY state) FROM (SELECT state, count(*) AS n FROM newsletter_subscribers GROUP BY state) x`); got != "away 44, confirmed 1876, unconfirmed 40" {
		t.Errorf("there are %s", got)
	}
	if got := value[string](t, w.db, `SELECT string_agg(reason || ' ' || n, ', ' ORDER BY reason) FROM (SELECT reason, count(*) AS n FROM newsletter_suppressions GROUP BY reason) x`); got != "bounced 40, complained 4, left 40" {
		t.Errorf("kept away are %s", got)
	}
	for what, sql := range map[string]string{
		"a language": `SELECT count(DISTINCT lang) = 6 FROM newsletter_subscribers`,
		"a theme":    `SELECT count(DISTINCT t) = 5 FROM newsletter_subscribers, unnest(themes) t`,
		"a region":   `SELECT count(DISTINCT r) >= 5 FROM newsletter_subscribers, unnest(regions) r`,
		"a sector":   `SELECT count(DISTINCT sector) >= 10 FROM newsletter_subscribers`,
	} {
		if !value[bool](t, w.db, sql) {
			t.Errorf("%s is of nobody", what)
		}
	}
}
