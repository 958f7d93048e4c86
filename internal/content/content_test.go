package content_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"portal/internal/content"
	"portal/internal/database"
	"portal/internal/dbtest"
)

// follow starts a watch that counts how often the vocabulary was loaded, and waits until it listens.
func follow(t *testing.T, db *database.DB) (w *content.Watch, loads *atomic.Int64) {
	t.Helper()
	loads = &atomic.Int64{}
	w = content.Start(t.Context(), db, slog.New(slog.DiscardHandler), func(context.Context) error {
		loads.Add(1)
		return nil
	})
	t.Cleanup(w.Stop)
	eventually(t, "there is a version", func() bool { return w.Version() != 0 })
	return w, loads
}

// eventually waits for something that happens by itself.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); !happened(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("after 20 s it is still not so: %s", what)
		}
	}
}

func run(t *testing.T, q database.Querier, sql string, args ...any) {
	t.Helper()
	if _, err := q.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func catchUp(t *testing.T, w *content.Watch) uint64 {
	t.Helper()
	if err := w.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w.Version()
}

func TestEveryTableOfContentMovesTheVersion(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	w, loads := follow(t, db)
	type table struct {
		Name       string
		Vocabulary bool
		Only       string // column of which alone a change is told, or ""
	}
	tables, err := database.Rows[table](t.Context(), db.Read(), `SELECT c.relname AS name, t.tgnargs > 0 AS vocabulary,
			coalesce((SELECT attname::text FROM pg_attribute WHERE attrelid = t.tgrelid AND attnum = t.tgattr[0]), '') AS only
		FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'content_changed'`)
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) < 11 {
		t.Errorf("only %d tables say when they have changed", len(tables))
	}
	for _, table := range tables {
		before, loaded := w.Version(), loads.Load()
		change := `DELETE FROM ` + table.Name + ` WHERE false`
		if table.Only != "" {
			change = fmt.Sprintf(`UPDATE %s SET %s = %[2]s WHERE false`, table.Name, table.Only)
		}
		run(t, db.Read(), change)
		if catchUp(t, w) == before {
			t.Errorf("%s has changed and the version has not", table.Name)
		}
		if (loads.Load() > loaded) != table.Vocabulary {
			t.Errorf("%s: the vocabulary was loaded %d times", table.Name, loads.Load()-loaded)
		}
	}
	before := w.Version()
	for _, sql := range []string{`DELETE FROM submissions WHERE false`, `UPDATE users SET name = name`, `DELETE FROM submission_steps WHERE false`} {
		run(t, db.Read(), sql)
	}
	if catchUp(t, w) != before {
		t.Error("the version moves when drafts and people change")
	}
}

func TestAChangeIsHeardWhenItIsCommitted(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	w, _ := follow(t, db)
	for range 50 {
		before := catchUp(t, w)
		err := db.InTx(t.Context(), func(tx database.Tx) error {
			run(t, tx, `INSERT INTO settings (name, value) VALUES ('a', 'b') ON CONFLICT (name) DO UPDATE SET value = 'c'`)
			if catchUp(t, w) != before {
				t.Error("a change counts before its commit")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if catchUp(t, w) == before {
			t.Fatal("a committed change does not count")
		}
	}
}

// Publications neither wait for each other nor stop each other, whatever the order in which they touch content.
func TestPublicationsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	w, _ := follow(t, db)
	run(t, db.Read(), `INSERT INTO settings (name, value) SELECT n::text, '0' FROM generate_series(1, 40) n`)
	before := catchUp(t, w)

	held, err := db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer held.Rollback(context.WithoutCancel(t.Context()))
	run(t, held, `UPDATE settings SET value = 'held' WHERE name = '40'`)
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			for n := range 20 {
				err := db.InTx(t.Context(), func(tx database.Tx) error {
					for _, sql := range []string{
						`SET LOCAL lock_timeout = '5s'`,
						fmt.Sprintf(`UPDATE settings SET value = '%d' WHERE name = '%d'`, n, i+1),
						fmt.Sprintf(`UPDATE champions SET note = '%d' WHERE iso2 = (SELECT iso2 FROM champions ORDER BY iso2 OFFSET %d LIMIT 1)`, n, i),
						fmt.Sprintf(`UPDATE settings SET value = '%d' WHERE name = '%d'`, n, i+21),
					} {
						if _, err := tx.Exec(t.Context(), sql); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Errorf("publication %d of %d: %v", n, i, err)
				}
			}
		})
	}
	all.Wait()
	if now := catchUp(t, w); now < before+12*20 {
		t.Errorf("%d changes were heard of %d", now-before, 12*20)
	}
}

func TestABrokenConnectionIsMadeAnew(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	w, loads := follow(t, db)
	for range 3 {
		before, loaded := w.Version(), loads.Load()
		run(t, db.Read(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`,
			content.ApplicationName)
		eventually(t, "it listens again", func() bool { return w.Version() > before })
		if loads.Load() == loaded {
			t.Error("the vocabulary that may have changed meanwhile was not loaded")
		}
	}
}

func TestWhileTheLineIsCutThereIsNoVersion(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t)
	line := dbtest.NewLine(t, dsn)
	db := dbtest.Open(t, line.DSN)
	elsewhere := dbtest.Open(t, dsn)
	w, _ := follow(t, db)
	for name, how := range map[string]func(){"cut": line.Cut, "dead": line.Deaden} {
		before := w.Version()
		how()
		run(t, elsewhere.Read(), `DELETE FROM pledges`) // unheard
		eventually(t, "there is no version on a line that is "+name, func() bool { return w.Version() == 0 })
		eventually(t, "the database is gone", w.Gone)
		line.Mend()
		eventually(t, "there is a newer version", func() bool { return w.Version() > before })
		if w.Gone() {
			t.Error("the database is there and gone")
		}
	}
}

// Not parallel: it counts goroutines.
func TestStopLeavesNothingBehind(t *testing.T) {
	db := dbtest.New(t)
	if err := db.Pool.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := goleak.IgnoreCurrent()
	w := content.Start(t.Context(), db, slog.New(slog.DiscardHandler), func(context.Context) error { return nil })
	eventually(t, "there is a version", func() bool { return w.Version() != 0 })
	w.Stop()
	goleak.VerifyNone(t, before)
	if w.Version() != 0 {
		t.Error("there is a version after the end")
	}
}
