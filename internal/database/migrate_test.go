package database_test

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/migrations"
)

func schema(t *testing.T, db *database.DB) database.Schema {
	t.Helper()
	s, err := database.ReadSchema(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t *testing.T, db *database.DB, sql string, args ...any) {
	t.Helper()
	if _, err := db.Pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestMigrateFromNothingAndAgain(t *testing.T) {
	t.Parallel()
	db := dbtest.Open(t, dbtest.Empty(t))
	if s := schema(t, db); !s.Behind() || s.Version != 0 {
		t.Fatalf("an empty database: %+v", s)
	}
	if tables := count(t, db, `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`); tables != 0 {
		t.Errorf("reading the version has made %d tables", tables)
	}
	for range 2 {
		if err := database.Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		if s := schema(t, db); s.Behind() || s.Ahead() || s.Queue == 0 {
			t.Fatalf("after migrating: %+v", s)
		}
	}
}

func count(t *testing.T, db *database.DB, sql string) int {
	t.Helper()
	n, err := database.Value[int](t.Context(), db.Pool, sql)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestReplicasMigrateAtOnce(t *testing.T) {
	t.Parallel()
	dsn := dbtest.Empty(t)
	var wait sync.WaitGroup
	for range 4 {
		db := dbtest.Open(t, dsn)
		wait.Go(func() {
			if err := database.Migrate(t.Context(), db); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if current, err := database.SchemaCurrent(t.Context(), dbtest.Open(t, dsn)); err != nil || !current {
		t.Errorf("current: %v, %v", current, err)
	}
}

func TestASinglePooledConnectionIsEnough(t *testing.T) {
	t.Parallel()
	db := dbtest.Open(t, dbtest.Empty(t)+"&pool_max_conns=1")
	if err := database.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
}

func TestASchemaOfANewerProgram(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	run(t, db, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`)
	s := schema(t, db)
	if !s.Ahead() || s.Behind() || s.Version != 99999 {
		t.Errorf("got %+v", s)
	}
	// While replicas are upgraded one by one, the older ones stay ready.
	if current, err := database.SchemaCurrent(t.Context(), db); err != nil || !current {
		t.Errorf("current: %v, %v", current, err)
	}
}

func TestAFailedMigrationIsTriedAgain(t *testing.T) {
	t.Parallel()
	db := dbtest.Open(t, dbtest.Empty(t))
	files := fstest.MapFS{
		"00001_good.sql": {Data: []byte("-- +goose Up\nCREATE TABLE one (n int);")},
		"00002_bad.sql":  {Data: []byte("-- +goose Up\nCREATE TABLE two (n int);\nCREATE TABLE two (n int);")},
	}
	if err := database.MigrateFiles(t.Context(), db, files); err == nil || !strings.Contains(err.Error(), "00002_bad.sql") {
		t.Fatalf("got %v", err)
	}
	if tables := count(t, db, `SELECT count(*) FROM pg_tables WHERE tablename IN ('one', 'two')`); tables != 1 {
		t.Errorf("%d of the tables are there: the first file stays, the second is undone as a whole", tables)
	}
	files["00002_bad.sql"].Data = []byte("-- +goose Up\nCREATE TABLE two (n int);")
	if err := database.MigrateFiles(t.Context(), db, files); err != nil {
		t.Fatal(err)
	}
}

// Each release must migrate a database in use, so the migrations run one by one over a person who was there from the
// first version on.
func TestMigrationsKeepTheData(t *testing.T) {
	t.Parallel()
	db := dbtest.Open(t, dbtest.Empty(t))
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for i, name := range names {
		content, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: content}
		if err := database.MigrateFiles(t.Context(), db, files); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			run(t, db, `INSERT INTO users (email, name, created_at) VALUES ('Amina@example.org', 'أمينة', now())`)
		}
	}
	name, err := database.Value[string](t.Context(), db.Pool, `SELECT name FROM users WHERE lower(email) = 'amina@example.org'`)
	if err != nil || name != "أمينة" {
		t.Errorf("got %q, %v", name, err)
	}
}

// Goose would run a file out of order, or refuse, when two branches took the same number.
func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		number, rest, _ := strings.Cut(name, "_")
		if want := i + 1; number != pad(want) || rest == "" || path.Ext(rest) != ".sql" {
			t.Errorf("%s should be %s_….sql", name, pad(want))
		}
		content, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), "+goose Down") {
			t.Errorf("%s goes down; the way back is the backup", name)
		}
	}
}

func pad(n int) string { return fmt.Sprintf("%05d", n) }
