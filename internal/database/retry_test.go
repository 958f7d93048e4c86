package database_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/problem"
)

// Two transactions that lock the same rows in opposite order are both done: the server ends one of them, which runs again.
func TestADeadlockIsTriedAgain(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	run(t, db, `CREATE TABLE pair (id int PRIMARY KEY, n int NOT NULL)`)
	run(t, db, `INSERT INTO pair VALUES (1, 0), (2, 0)`)
	var both sync.WaitGroup // each holds its first row
	both.Add(2)
	var runs atomic.Int32
	done := make(chan error)
	for _, order := range [][2]int{{1, 2}, {2, 1}} {
		go func() {
			first := true
			done <- db.InTx(t.Context(), func(tx database.Tx) error {
				runs.Add(1)
				if _, err := tx.Exec(t.Context(), `UPDATE pair SET n = n + 1 WHERE id = $1`, order[0]); err != nil {
					return err
				}
				if first {
					first = false
					both.Done()
					both.Wait()
				}
				_, err := tx.Exec(t.Context(), `UPDATE pair SET n = n + 1 WHERE id = $1`, order[1])
				return err
			})
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	sum, err := database.Value[int](t.Context(), db.Read(), `SELECT sum(n)::int FROM pair`)
	if err != nil || sum != 4 || runs.Load() != 3 {
		t.Errorf("the rows sum up to %d, want 4 (%v), after %d runs, want 3", sum, err, runs.Load())
	}
}

func TestWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	for _, c := range []struct {
		name string
		err  error
		runs int
	}{
		{"nothing wrong", nil, 1},
		{"a deadlock, each time", &pgconn.PgError{Code: "40P01"}, 2},
		{"transactions that cannot be put in an order", &pgconn.PgError{Code: "40001"}, 2},
		{"a constraint", &pgconn.PgError{Code: "23505"}, 1},
		{"what the portal says itself", problem.Stale, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			runs := 0
			err := db.InTx(t.Context(), func(database.Tx) error {
				runs++
				return c.err
			})
			if !errors.Is(err, c.err) || runs != c.runs {
				t.Errorf("%d runs, want %d, and %v", runs, c.runs, err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	_ = db.InTx(ctx, func(database.Tx) error {
		runs++
		cancel()
		return &pgconn.PgError{Code: "40P01"}
	})
	if runs != 1 {
		t.Errorf("who has gone is waited for: %d runs", runs)
	}
}
