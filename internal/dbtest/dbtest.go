// Package dbtest gives each test a database of its own, on a real PostgreSQL, in some tens of milliseconds.
//
// One private cluster serves all test programs of this account on this machine, so that `go test ./...` starts it once.
// It lives in memory where there is room and does not wait for disks. A database with the schema is made once for each
// state of the migrations, and every test gets a copy. See keeper.go for who starts the cluster and who ends it.
package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/migrations"
)

// New returns a database of this test's own with the schema in it and nothing else. It is closed and dropped when the
// test ends, so that tests may be parallel and clean up nothing. Without PostgreSQL the test fails; it does not skip.
func New(t testing.TB) *database.DB {
	t.Helper()
	return Open(t, DSN(t))
}

// DSN is the address of a database like New's, for tests that start whole processes. It is dropped when the test ends,
// whoever is still connected.
func DSN(t testing.TB) string {
	t.Helper()
	name, err := template()
	if err != nil {
		t.Fatal(err)
	}
	return create(t, " TEMPLATE "+name+" STRATEGY FILE_COPY")
}

// Filled returns a func that gives each test a database like New's into which fill has put something already: once for all
// tests of this process, since each of them gets a copy. fill's database has to have no other user when it returns.
func Filled(fill func(context.Context, *database.DB) error) func(testing.TB) *database.DB {
	filled := sync.OnceValues(func() (string, error) {
		schema, err := template()
		if err != nil {
			return "", err
		}
		name := nextName()
		if err := admin("CREATE DATABASE " + name + " TEMPLATE " + schema + " STRATEGY FILE_COPY"); err != nil {
			return "", err
		}
		address, err := cluster()
		if err != nil {
			return "", err
		}
		ctx := context.Background()
		db, err := database.Open(ctx, in(address, name))
		if err != nil {
			return "", err
		}
		defer db.Close() // who copies a database waits until nobody is connected to it
		return name, fill(ctx, db)
	})
	return func(t testing.TB) *database.DB {
		t.Helper()
		name, err := filled()
		if err != nil {
			t.Fatal(err)
		}
		return Open(t, create(t, " TEMPLATE "+name+" STRATEGY FILE_COPY"))
	}
}

// Empty is the address of a database without the schema, for tests of the migrations.
func Empty(t testing.TB) string {
	t.Helper()
	return create(t, "")
}

// Open connects to a database until the test ends. A connection that the test has not given back by then is an error.
func Open(t testing.TB, dsn string) *database.DB {
	t.Helper()
	db, err := database.Connect(context.WithoutCancel(t.Context()), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		closed := make(chan struct{})
		go func() {
			db.Close()
			close(closed)
		}()
		select {
		case <-closed:
		case <-time.After(10 * time.Second):
			t.Error("a database connection was not given back: rows that were not closed, or a transaction left open")
		}
	})
	return db
}

// number counts the databases of this process.
var number atomic.Int64

// nextName names the next database of this process; the next test program drops it when this one has been killed, or has
// left it as Filled does.
func nextName() string { return fmt.Sprintf("t_%d_%d", os.Getpid(), number.Add(1)) }

func create(t testing.TB, how string) string {
	t.Helper()
	name := nextName()
	if err := admin("CREATE DATABASE " + name + how); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := admin("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	address, err := cluster()
	if err != nil {
		t.Fatal(err)
	}
	return in(address, name)
}

// in is the address of another database of the cluster. Each statement is planned once a connection, and not first five times
// for its values: planning what asks many tables is most of what a test costs the server.
func in(address, name string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err) // we made it
	}
	u.Path = "/" + name
	q := u.Query()
	q.Set("plan_cache_mode", "force_generic_plan")
	u.RawQuery = q.Encode()
	return u.String()
}

// admin runs a statement on a connection of its own: one that stayed open would look like a leak in the tests.
func admin(sql string) error {
	return asAdmin(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, sql)
		return err
	})
}

func asAdmin(do func(context.Context, *pgx.Conn) error) (err error) {
	address, err := cluster()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, in(address, "postgres"))
	if err != nil {
		return fmt.Errorf("connect to the test cluster: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	return do(ctx, conn)
}

// attachOnce attaches this process to the cluster, once, and drops what killed test programs have left in it.
var attachOnce = sync.OnceValues(func() (attached, error) {
	a, err := attach()
	if err != nil {
		return a, err
	}
	return a, sweep(a.address)
})

// cluster is the address of the cluster's own database.
func cluster() (string, error) {
	a, err := attachOnce()
	return a.address, err
}

func sweep(address string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, in(address, "postgres"))
	if err != nil {
		return fmt.Errorf("connect to the test cluster: %w", err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `SELECT datname FROM pg_database WHERE datname ~ '^t_[0-9]+_'`)
	if err != nil {
		return fmt.Errorf("list the test databases: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("list the test databases: %w", err)
	}
	for _, name := range names {
		pid, err := strconv.Atoi(strings.Split(name, "_")[1])
		if err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			return fmt.Errorf("drop a killed test's database: %w", err)
		}
	}
	return nil
}

// templateLock is the advisory lock of whoever makes a template: each package's tests are a process.
const templateLock = 815

// template makes the database that tests copy, unless it is there already, and returns its name.
var template = sync.OnceValues(func() (string, error) {
	hash, err := schemaHash()
	if err != nil {
		return "", err
	}
	name := "tpl_" + hash
	err = asAdmin(func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, templateLock); err != nil {
			return err
		}
		var ready bool
		err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)`, name).Scan(&ready)
		if err != nil || ready {
			return err
		}
		for _, sql := range []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "CREATE DATABASE " + name} {
			if _, err := conn.Exec(ctx, sql); err != nil {
				return err
			}
		}
		address, err := cluster()
		if err != nil {
			return err
		}
		db, err := database.Open(ctx, in(address, name))
		if err != nil {
			return err
		}
		err = database.Migrate(ctx, db)
		db.Close() // nothing may be connected to a template
		if err == nil {
			_, err = conn.Exec(ctx, "ALTER DATABASE "+name+" WITH IS_TEMPLATE true ALLOW_CONNECTIONS false")
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make the template of the test databases: %w", err)
	}
	return name, nil
})

// schemaHash names the state of the migrations, the job queue's included.
func schemaHash() (string, error) {
	sum := sha256.New()
	schema, err := database.WantedSchema()
	if err != nil {
		return "", err
	}
	fmt.Fprintln(sum, schema)
	err = fs.WalkDir(migrations.FS, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(migrations.FS, path)
		fmt.Fprintln(sum, path, len(content))
		sum.Write(content)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the migrations: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}
