package journey

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/embedded"
	"portal/internal/i18n"
	"portal/internal/mail/mailtest"
)

// stoppable is a PostgreSQL of one test's own, which it can stop and start again at the same address.
type stoppable struct {
	t       *testing.T
	options embedded.Options
	server  *embedded.Server
}

func newStoppable(t *testing.T) *stoppable {
	t.Helper()
	dir, err := os.MkdirTemp("", "journey-pg") // not t.TempDir: PostgreSQL's account must pass through
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &stoppable{t: t, options: embedded.Options{Dir: filepath.Join(dir, "pg"), Throwaway: true, Settings: []string{"fsync=off"}}}
	s.start()
	t.Cleanup(func() {
		s.stop()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *stoppable) start() {
	s.t.Helper()
	var err error
	if s.server, err = embedded.Start(context.WithoutCancel(s.t.Context()), s.options); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stoppable) stop() {
	s.t.Helper()
	if err := s.server.Stop(); err != nil {
		s.t.Error(err)
	}
}

// The database is stopped while a form that was sent is waiting in it, and started again: the page that comes back is
// calm, holds all that was typed, and sends it again; nobody restarts the portal.
func TestAStoppedDatabaseLosesNothingTyped(t *testing.T) {
	t.Parallel()
	pg := newStoppable(t)
	dsn := pg.server.DSN()
	db, err := database.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	if err := database.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	db.Close()
	r := newReplicasOn(t, 1, mailtest.Start(t, mailtest.Options{}), dsn)
	who := r.member(t, "Amina")
	id := newDraft(t, r.client(t, who), who)
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		b := r.enter(t, who, wide)
		b.want(b.visit("/"+string(lang)+stepsOf(id)+"text"), http.StatusOK)
		b.fill("#description", wordings[lang].description)
		b.fill("#barriers", "<b>“None”</b> & more\n\n👩🏾‍🌾")
		stopWhileWaiting(t, pg, dsn, id, func() { b.want(b.press(".formfoot .btn"), http.StatusServiceUnavailable) })
		if b.header["Retry-After"] == nil {
			t.Errorf("the answer does not say when to try again: %v", b.header)
		}
		b.reads(says(lang, "web.problem.unavailable.title"), says(lang, "web.problem.kept"))
		if got := b.value("[name=description]"); got != wordings[lang].description {
			t.Errorf("the page holds %q", got)
		}
		b.axeAtBothWidths()
		b.want(b.push(says(lang, "web.problem.send_again")), http.StatusServiceUnavailable) // still not there
		visitor := open(t, r.url, wide)
		visitor.want(visitor.visit("/"+string(lang)+"/pledges"), http.StatusServiceUnavailable)
		visitor.reads(says(lang, "web.problem.unavailable.title"))
		visitor.axe()
		visitor.want(visitor.visit("/healthz"), http.StatusOK)
		visitor.want(visitor.visit("/readyz"), http.StatusServiceUnavailable)

		pg.start()
		eventually(t, "the portal says that it is ready", func() bool { return ready(t.Context(), r.url) })
		b.want(b.push(says(lang, "web.problem.send_again")), http.StatusOK)
		if want := "/" + string(lang) + stepsOf(id) + "measures"; b.path() != want {
			t.Fatalf("the form leads to %s, not to %s:\n%s", b.path(), want, b.gist())
		}
		b.visit("/" + string(lang) + stepsOf(id) + "text")
		if got := b.value("#description"); got != wordings[lang].description {
			t.Errorf("what was typed is now %q", got)
		}
		if got := b.value("#barriers"); got != "<b>“None”</b> & more\n\n👩🏾‍🌾" {
			t.Errorf("what was typed is now %q", got)
		}
		visitor.want(visitor.visit("/"+string(lang)+"/pledges"), http.StatusOK)
	}
}

// stopWhileWaiting holds a lock on the submission, lets do send something that waits for it, and then stops the database.
func stopWhileWaiting(t *testing.T, pg *stoppable, dsn, id string, do func()) {
	t.Helper()
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	watch, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close(context.WithoutCancel(ctx))
	tx, err := conn.Begin(ctx)
	if err == nil {
		_, err = tx.Exec(ctx, `SELECT id FROM submissions WHERE id = $1 FOR UPDATE`, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		eventually(t, "a request that waits in the database", func() bool { return waits(ctx, watch) })
		pg.stop()
	}()
	do()
	<-stopped
}

// waits says whether somebody waits for a lock.
func waits(ctx context.Context, conn *pgx.Conn) bool {
	var n int
	err := conn.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`).Scan(&n)
	return err == nil && n > 0
}
