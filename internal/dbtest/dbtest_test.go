package dbtest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"portal/internal/database"
)

// inChild makes the test program attach to the cluster, say where it is, and wait for the end of its input.
const inChild = "PORTAL_TEST_DBTEST"

func TestMain(m *testing.M) {
	if os.Getenv(inChild) != "" {
		address, err := cluster()
		if err == nil {
			err = admin(fmt.Sprintf("CREATE DATABASE t_%d_1", os.Getpid()))
		}
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		fmt.Println(address)
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		return
	}
	goleak.VerifyTestMain(m)
}

func TestEachTestHasItsOwn(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			db := New(t)
			if current, err := database.SchemaCurrent(t.Context(), db); err != nil || !current {
				t.Fatalf("the schema is not there: %v", err)
			}
			if _, err := db.Pool.Exec(t.Context(), `CREATE TABLE mine (n int)`); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestItIsDroppedAtTheEnd(t *testing.T) {
	t.Parallel()
	var dsn string
	t.Run("a test", func(t *testing.T) {
		dsn = DSN(t)
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(t.Context()) }) // the server has closed it before
	})
	if answers(dsn) {
		t.Error("it is still there")
	}
}

func TestAnEmptyOneHasNoSchema(t *testing.T) {
	t.Parallel()
	schema, err := database.ReadSchema(t.Context(), Open(t, Empty(t)))
	if err != nil {
		t.Fatal(err)
	}
	if schema.Version != 0 || schema.Queue != 0 || !schema.Behind() {
		t.Errorf("got %+v", schema)
	}
}

// other is another test program that uses a cluster in dir.
type other struct {
	*exec.Cmd
	address string
	end     func()
}

func spawn(t *testing.T, dir string, environment ...string) *other {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program)
	c.Env = append(append(os.Environ(), inChild+"=1", directoryVariable+"="+dir, idleVariable+"=300ms"), environment...)
	input, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	o := &other{Cmd: c}
	o.end = func() {
		_ = input.Close()
		_ = c.Wait() // killed on purpose in some tests
	}
	t.Cleanup(o.end)
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	o.address = strings.TrimSpace(line)
	return o
}

// place is a directory for a cluster of the test's own, where root's PostgreSQL may go too.
func place(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dbtest")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func gone(t *testing.T, dir, address string) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		_, err := os.Stat(filepath.Join(dir, fmt.Sprintf("portal-test-%d", os.Geteuid()), "pg"))
		if os.IsNotExist(err) && !answers(address) {
			return
		}
		select {
		case <-limit:
			t.Fatal("the cluster is still there")
		case <-time.After(pollEvery):
		}
	}
}

func TestTheClusterOfSeveralPrograms(t *testing.T) {
	t.Parallel()
	dir := place(t)
	first := spawn(t, dir)
	second := spawn(t, dir)
	if !answers(first.address) || first.address != second.address {
		t.Fatalf("got %q and %q", first.address, second.address)
	}
	first.end() // who has started it ends first
	if !answers(second.address) {
		t.Fatal("the cluster has ended with the program that started it")
	}
	second.end()
	gone(t, dir, second.address)

	third := spawn(t, dir)
	if !answers(third.address) {
		t.Fatalf("got %q", third.address)
	}
	third.end()
	gone(t, dir, third.address)
}

func TestKilledPrograms(t *testing.T) {
	t.Parallel()
	dir := place(t)
	killed := spawn(t, dir)
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed.end()
	next := spawn(t, dir)
	conn, err := pgx.Connect(t.Context(), in(next.address, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var left int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_database WHERE datname LIKE 't\_%'`).Scan(&left); err != nil {
		t.Fatal(err)
	}
	if left != 1 { // the next one's own
		t.Errorf("%d databases: those of a killed program stay", left)
	}
	if err := next.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	next.end()
	gone(t, dir, next.address)
}

func TestWithoutPostgreSQL(t *testing.T) {
	t.Parallel()
	o := spawn(t, place(t), "PORTAL_PG_BIN=/nowhere")
	if !strings.Contains(o.address, "the tests need PostgreSQL") || !strings.Contains(o.address, "/nowhere") {
		t.Errorf("got %q", o.address)
	}
}

// BenchmarkNew measures a copy of the template and dropping it.
func BenchmarkNew(b *testing.B) {
	name, err := template()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := admin("CREATE DATABASE bench TEMPLATE " + name + " STRATEGY FILE_COPY"); err != nil {
			b.Fatal(err)
		}
		if err := admin("DROP DATABASE bench WITH (FORCE)"); err != nil {
			b.Fatal(err)
		}
	}
}
