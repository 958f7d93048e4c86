package audit_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/dbtest"
)

// noon is in the middle of a day, so that a minute more or less is the same day.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func newKey(t testing.TB) audit.Key {
	t.Helper()
	seed := make([]byte, 32)
	_, _ = rand.Read(seed) // it never fails
	key, err := audit.ReadKey(hex.EncodeToString(seed))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// record writes n entries in one statement.
func record(t testing.TB, db *database.DB, n int) {
	t.Helper()
	_, err := db.Read().Exec(t.Context(), `INSERT INTO audit_log (at, actor_id, act, subject, subject_id, fields)
		SELECT now(), nullif(i % 7, 0), 'publish', 'submission', i, CASE WHEN i % 3 = 0 THEN ARRAY['title', 'office'] ELSE '{}' END FROM generate_series(1, $1) AS i`, n)
	if err != nil {
		t.Fatal(err)
	}
}

func chain(t testing.TB, db *database.DB, at time.Time) int {
	t.Helper()
	n, err := audit.Chain(t.Context(), db, at)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func sign(t testing.TB, db *database.DB, key audit.Key, at time.Time) {
	t.Helper()
	if err := audit.Sign(t.Context(), db, key, at); err != nil {
		t.Fatal(err)
	}
}

func verify(t testing.TB, db *database.DB, within audit.Range) audit.Report {
	t.Helper()
	r, err := audit.Verify(t.Context(), db, within, noon.AddDate(0, 0, 30))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheChainTakesInWhatWasCommitted(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	if n := chain(t, db, noon); n != 0 {
		t.Fatalf("%d entries of nothing", n)
	}
	record(t, db, 5)
	if n := chain(t, db, noon); n != 5 {
		t.Errorf("%d of 5 chained", n)
	}
	if n := chain(t, db, noon); n != 0 {
		t.Errorf("%d chained twice", n)
	}
	// An entry with a smaller id that commits later than others comes later in the chain.
	late, err := db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := audit.Record(t.Context(), late, audit.Entry{Act: "late", Subject: "submission", SubjectID: 1, At: noon}); err != nil {
		t.Fatal(err)
	}
	record(t, db, 2)
	if n := chain(t, db, noon.Add(time.Minute)); n != 2 {
		t.Errorf("%d of 2 chained beside what is open", n)
	}
	if err := late.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := chain(t, db, noon.Add(2*time.Minute)); n != 1 {
		t.Errorf("%d of what was late chained", n)
	}
	if r := verify(t, db, audit.Range{}); len(r.Findings) != 0 || r.Entries != 8 || r.Unsigned != 8 || r.Waiting != 0 {
		t.Errorf("the report is %+v", r)
	}
	last, err := database.Value[string](t.Context(), db.Read(), `SELECT l.act FROM audit_chain c JOIN audit_log l ON l.id = c.log_id ORDER BY c.seq DESC LIMIT 1`)
	if err != nil || last != "late" {
		t.Errorf("the last entry is %q, %v", last, err)
	}
}

// A transaction that was open for longer than any of the portal's is taken in by the look at the whole log at night.
func TestWhatCommitsVeryLateIsTakenInAtNight(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	key := newKey(t)
	late, err := db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := audit.Record(t.Context(), late, audit.Entry{Act: "late", Subject: "submission", SubjectID: 1, At: noon}); err != nil {
		t.Fatal(err)
	}
	record(t, db, 3)
	chain(t, db, noon)
	if err := late.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := chain(t, db, noon.Add(time.Hour)); n != 0 {
		t.Fatalf("%d chained: the test does not show what it should", n)
	}
	if r := verify(t, db, audit.Range{}); len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Text, "is in no entry of the chain") {
		t.Errorf("a row that the chain lacks is told as %v", r.Findings)
	}
	sign(t, db, key, noon.AddDate(0, 0, 1))
	if r := verify(t, db, audit.Range{}); len(r.Findings) != 0 || r.Entries != 4 {
		t.Errorf("the report is %+v", r)
	}
}

func TestManyProcessesChainOnce(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 25 {
				record(t, db, 3)
				if _, err := audit.Chain(t.Context(), db, noon); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	chain(t, db, noon)
	if r := verify(t, db, audit.Range{}); len(r.Findings) != 0 || r.Entries != 300 {
		t.Errorf("%d entries, %v", r.Entries, r.Findings)
	}
}

func TestNobodyChangesTheChain(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	record(t, db, 2)
	chain(t, db, noon)
	sign(t, db, newKey(t), noon.AddDate(0, 0, 1))
	for _, table := range []string{"audit_chain", "audit_digests", "audit_keys"} {
		for _, sql := range []string{"DELETE FROM " + table, "TRUNCATE " + table + " CASCADE"} {
			if _, err := db.Read().Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "never changed or removed") {
				t.Errorf("%s: %v", sql, err)
			}
		}
	}
	for _, sql := range []string{"UPDATE audit_chain SET seq = seq + 10", "UPDATE audit_digests SET day = day + 1", "UPDATE audit_keys SET first_used_at = now()"} {
		if _, err := db.Read().Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "never changed or removed") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestADigestEachNight(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	first, second := newKey(t), newKey(t)
	sign(t, db, first, noon) // of nothing
	if list, err := audit.Digests(t.Context(), db.Read(), 0, 10); err != nil || len(list) != 0 {
		t.Fatalf("%v, %v", list, err)
	}
	record(t, db, 2500) // three branches
	chain(t, db, noon)
	sign(t, db, first, noon) // today's entries wait until the day is over
	night := noon.Add(12*time.Hour + 5*time.Second)
	sign(t, db, first, night)
	sign(t, db, first, night.Add(time.Minute)) // a second process
	record(t, db, 10)
	chain(t, db, night.Add(time.Hour))
	sign(t, db, second, night.AddDate(0, 0, 1)) // the key was changed
	sign(t, db, second, night.AddDate(0, 0, 2)) // a day without an act
	record(t, db, 1)
	chain(t, db, night.AddDate(0, 0, 2))
	sign(t, db, second, night.AddDate(0, 0, 9)) // after a week's stop
	list, err := audit.Digests(t.Context(), db.Read(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range slices.Backward(list) {
		got = append(got, fmt.Sprintf("%d %s %d-%d %v", d.Number, d.Day, d.FirstSeq, d.LastSeq, d.KeyID == first.ID()))
	}
	want := []string{"1 2026-11-24 1-2500 true", "2 2026-11-25 2501-2510 false", "3 2026-11-26 2511-2510 false", "4 2026-12-03 2511-2511 false"}
	if !slices.Equal(got, want) {
		t.Errorf("the digests are %q", got)
	}
	if r := verify(t, db, audit.Range{}); len(r.Findings) != 0 || r.Digests != 4 || r.Entries != 2511 || r.Unsigned != 0 || len(r.Keys) != 2 {
		t.Errorf("the report is %+v", r)
	}
	day := date.New(2026, 11, 25)
	if r := verify(t, db, audit.Range{From: day, To: day}); len(r.Findings) != 0 || r.Digests != 1 || r.Entries != 10 {
		t.Errorf("the report of one day is %+v", r)
	}
	for _, id := range []int64{1, 2, 1023, 1024, 1025, 2048, 2049, 2500} {
		proofs, err := audit.Prove(t.Context(), db.Read(), "submission", id, time.Time{}, "publish")
		if err != nil || len(proofs) == 0 {
			t.Fatalf("%d: %v, %v", id, proofs, err)
		}
		for _, p := range proofs {
			if err := p.Check(); err != nil || p.Digest == nil {
				t.Errorf("the proof of %d: %v", id, err)
			}
			for _, change := range []func(*audit.Proof){
				func(p *audit.Proof) { p.Act = "decline" },
				func(p *audit.Proof) { p.SubjectID++ },
				func(p *audit.Proof) { p.At = p.At.Add(time.Microsecond) },
				func(p *audit.Proof) { p.Fields = append(slices.Clone(p.Fields), "more") },
				func(p *audit.Proof) { p.Actor[0]++ },
				func(p *audit.Proof) { p.Index = (p.Index + 1) % p.Digest.Size() },
				func(p *audit.Proof) { d := *p.Digest; d.Day = d.Day.AddDays(1); p.Digest = &d },
				func(p *audit.Proof) { p.Key.PublicKey = newKey(t).Public() },
			} {
				changed := p
				change(&changed)
				if changed.Check() == nil && (p.Digest.Size() > 1 || changed.Index != p.Index) {
					t.Errorf("a changed proof of %d holds: %+v", id, changed)
				}
			}
		}
	}
}

// Whoever may do everything with the database can change the record, but not unseen.
func TestTamperingIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, sql string
		// found are what is told, in any order; where there are more of a kind, the rest follows from it.
		found []string
	}{
		{"an entry that was changed", `UPDATE audit_log SET act = 'decline' WHERE id = 3`, []string{"row 3 of the log, or entry 3 of the chain, has changed", "digest 1 of 2026-11-24: its entries are not those that were signed"}},
		{"somebody else as the actor", `UPDATE audit_log SET actor_id = 99 WHERE id = 4`, []string{"row 4 of the log, or entry 4"}},
		{"another instant", `UPDATE audit_log SET at = at + interval '1 microsecond' WHERE id = 13`, []string{"row 13 of the log, or entry 13"}},
		{"a field more", `UPDATE audit_log SET fields = ARRAY['title,office'] WHERE id = 3`, []string{"row 3 of the log, or entry 3"}},
		{"an entry that was removed", `DELETE FROM audit_log WHERE id = 5`, []string{"row 5 of the log, which is entry 5 of the chain, is gone"}},
		{"an entry that was removed from both", `DELETE FROM audit_log WHERE id = 5; DELETE FROM audit_chain WHERE log_id = 5`, []string{"the chain lacks its entry 5", "digest 1 of 2026-11-24: its entries are not those"}},
		{"the last ones removed from both", `DELETE FROM audit_log WHERE id > 8; DELETE FROM audit_chain WHERE log_id > 8`, []string{"it was signed over the entries to 10, but the chain ends at 8"}},
		{"a chain that was cut", `DELETE FROM audit_chain WHERE seq BETWEEN 3 AND 5`, []string{"the chain lacks its entry 3 to 5", "row 4 of the log is in no entry of the chain"}},
		{"two entries that were swapped", `UPDATE audit_chain SET log_id = -log_id WHERE seq IN (2, 6); UPDATE audit_chain SET log_id = CASE seq WHEN 2 THEN 6 ELSE 2 END WHERE seq IN (2, 6)`, []string{"row 6 of the log, or entry 2 of the chain", "row 2 of the log, or entry 6 of the chain"}},
		{"two acts that were swapped", `UPDATE audit_log SET subject_id = CASE id WHEN 2 THEN 6 ELSE 2 END WHERE id IN (2, 6)`, []string{"row 2 of the log, or entry 2", "row 6 of the log, or entry 6"}},
		{"a hash that was changed", `UPDATE audit_chain SET hash = sha256(hash) WHERE seq = 7`, []string{"row 7 of the log, or entry 7"}},
		{"the head of a digest", `UPDATE audit_digests SET head = sha256(head) WHERE number = 1`, []string{"digest 1 of 2026-11-24: its signature is not that of the key", "digest 2 of 2026-11-25: it does not follow on digest 1"}},
		{"a digest of another day", `UPDATE audit_digests SET day = '2026-11-23' WHERE number = 1`, []string{"digest 1 of 2026-11-23: its signature"}},
		{"a signature", `UPDATE audit_digests SET signature = sha512(signature) WHERE number = 2`, []string{"digest 2 of 2026-11-25: its signature"}},
		{"a digest that was removed", `DELETE FROM audit_digests WHERE number = 1`, []string{"missing: digest 1"}},
		{"the branches of a digest", `UPDATE audit_digests SET subtrees = sha256(subtrees) WHERE number = 1`, []string{"digest 1 of 2026-11-24: the branches"}},
		{"a key under the name of another", `UPDATE audit_keys SET public_key = sha256(public_key)`, []string{"is not the one of that name", "digest 1 of 2026-11-24: its signature"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := dbtest.New(t)
			key := newKey(t)
			record(t, db, 10)
			chain(t, db, noon)
			sign(t, db, key, noon.AddDate(0, 0, 1))
			record(t, db, 5)
			chain(t, db, noon.AddDate(0, 0, 1))
			sign(t, db, key, noon.AddDate(0, 0, 2))
			if r := verify(t, db, audit.Range{}); len(r.Findings) != 0 {
				t.Fatalf("before: %v", r.Findings)
			}
			tamper(t, db, c.sql)
			report := verify(t, db, audit.Range{})
			for _, want := range c.found {
				if !slices.ContainsFunc(report.Findings, func(f audit.Finding) bool { return strings.Contains(f.Text, want) }) {
					t.Errorf("%q is not among what is found:\n%v", want, report.Findings)
				}
			}
		})
	}
}

// tamper does what only a superuser can, with the triggers off.
func tamper(t *testing.T, db *database.DB, sql string) {
	t.Helper()
	err := db.InTx(t.Context(), func(tx database.Tx) error {
		for _, statement := range append([]string{`SET LOCAL session_replication_role = replica`}, strings.Split(sql, ";")...) {
			if _, err := tx.Exec(t.Context(), statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A record that was tampered with is not signed as if nothing had happened.
func TestABrokenRecordIsNotSigned(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	record(t, db, 10)
	chain(t, db, noon)
	tamper(t, db, `UPDATE audit_log SET act = 'decline' WHERE id = 3`)
	err := audit.Sign(t.Context(), db, newKey(t), noon.AddDate(0, 0, 1))
	if err == nil || !strings.Contains(err.Error(), "row 3 of the log") {
		t.Errorf("signed: %v", err)
	}
}

// The measure of catching up with 200,000 entries.
func BenchmarkChain(b *testing.B) {
	for b.Loop() {
		db := dbtest.New(b)
		record(b, db, 200_000)
		began := time.Now()
		if _, err := audit.Chain(context.Background(), db, noon); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(began).Seconds(), "s/chain")
		began = time.Now()
		if err := audit.Sign(context.Background(), db, newKey(b), noon.AddDate(0, 0, 1)); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(began).Seconds(), "s/sign")
		began = time.Now()
		r, err := audit.Verify(context.Background(), db, audit.Range{}, noon.AddDate(0, 0, 1))
		if err != nil || len(r.Findings) != 0 {
			b.Fatal(r.Findings, err)
		}
		b.ReportMetric(time.Since(began).Seconds(), "s/verify")
		began = time.Now()
		if _, err := audit.Prove(context.Background(), db.Read(), "submission", 100_000, time.Time{}, "publish"); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(began).Microseconds())/1000, "ms/proof")
		began = time.Now()
		if n, err := audit.Chain(context.Background(), db, noon.Add(time.Minute)); err != nil || n != 0 {
			b.Fatal(n, err)
		}
		b.ReportMetric(float64(time.Since(began).Microseconds())/1000, "ms/idle-soon")
		began = time.Now()
		if n, err := audit.Chain(context.Background(), db, noon.Add(time.Hour)); err != nil || n != 0 {
			b.Fatal(n, err)
		}
		b.ReportMetric(float64(time.Since(began).Microseconds())/1000, "ms/idle")
	}
}
