package main

import (
	"strings"
	"testing"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/dbtest"
)

func TestVerifyingTheRecord(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t)
	db := dbtest.Open(t, dsn)
	environ := []string{"DATABASE_URL=" + dsn, "PORTAL_SECRET=a secret for tests that is long enough"}
	err := db.InTx(t.Context(), func(tx database.Tx) error {
		return audit.Record(t.Context(), tx, audit.Entry{Act: "publish", Subject: "submission", SubjectID: 7, At: time.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	if code, out, errs := portal(t, environ, "audit", "verify"); code != 0 || !strings.Contains(out, "1 rows of the log wait to be chained") || !strings.Contains(out, "Everything is as it was") {
		t.Errorf("before the chain: %d %s%s", code, out, errs)
	}
	if _, err := audit.Chain(t.Context(), db, time.Now()); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := portal(t, environ, "audit", "verify"); code != 0 || !strings.Contains(out, "Looked at 1 entry of the chain and 0 signed digests.") || strings.Contains(out, "wait to be chained") {
		t.Errorf("a whole record: %d %s%s", code, out, errs)
	}
	err = db.InTx(t.Context(), func(tx database.Tx) error {
		if _, err := tx.Exec(t.Context(), `SET LOCAL session_replication_role = replica`); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `UPDATE audit_log SET act = 'decline'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if code, out, _ := portal(t, environ, "audit", "verify"); code != 1 || !strings.Contains(out, "WRONG: row 1 of the log, or entry 1 of the chain, has changed since it was chained") {
		t.Errorf("a record that was changed: %d %s", code, out)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"days that there were no digests of", []string{"--from", "2026-11-01", "--to", "2026-11-02"}, 0, "Looked at 0 entries of the chain and 0 signed digests (of the days that were asked for)."},
		{"the later day first", []string{"--from", "2026-11-02", "--to", "2026-11-01"}, 1, "give the earlier day first"},
		{"no day", []string{"--from", "yesterday"}, 2, "yesterday"},
	} {
		code, out, errs := portal(t, environ, append([]string{"audit", "verify"}, c.args...)...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("%s: %d %s%s", c.name, code, out, errs)
		}
	}
}
