// Package content tells a process when what public pages show has changed, whichever process has changed it. Tables of
// such content notify the channel "content" when a transaction commits (migrations/00007_content_versions.sql); a Watch
// listens.
//
// The version of the content is how many changes this process has heard of. It needs no agreement with other processes: a
// page that was made at a version holds until the next change is heard, which is after the commit and within
// milliseconds. While nothing can be heard there is no version.
package content

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"portal/internal/database"
)

// ApplicationName is what the listening connection is called in pg_stat_activity.
const ApplicationName = "portal content"

const (
	// askEvery is how often a quiet connection is asked whether it still is one, and askWithin how long it has to answer:
	// one that a network has dropped in silence hears nothing for longer than both together.
	askEvery, askWithin = time.Second, 2 * time.Second
	// connectWithin is how long it may take until the connection listens.
	connectWithin = 10 * time.Second
	// retryEvery is how often a database that is gone is tried.
	retryEvery = 250 * time.Millisecond
)

// Payloads of the channel: whatever else comes is a change of content.
const (
	vocabulary = "vocabulary" // of the tables that are held in memory
	mark       = "mark "      // and a random text: of CatchUp, in any process
)

// Watch listens for changes of content, on a connection of its own.
type Watch struct {
	db      *database.DB
	log     *slog.Logger
	reload  func(context.Context) error
	current atomic.Uint64 // 0 while nothing can be heard
	heard   uint64        // the last version there was; only run uses it
	gone    atomic.Bool
	stop    context.CancelFunc
	stopped chan struct{}

	mu    sync.Mutex
	marks map[string]chan struct{} // of those who wait in CatchUp
}

// Start begins to listen, and goes on until Stop. reload is called when the vocabulary has changed or may have, before
// the version moves on: pages of the new version show the new vocabulary.
func Start(ctx context.Context, db *database.DB, log *slog.Logger, reload func(context.Context) error) *Watch {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	w := &Watch{db: db, log: log, reload: reload, stop: stop, stopped: make(chan struct{}), marks: map[string]chan struct{}{}}
	go w.run(running)
	return w
}

// Stop ends the listening and waits until it has ended. From then on there is no version.
func (w *Watch) Stop() {
	w.stop()
	<-w.stopped
}

// Version names the content as far as this process has heard of it; 0 while changes may go unheard. What is read from the
// database after the call is of this version or newer.
func (w *Watch) Version() uint64 { return w.current.Load() }

// Gone says whether the database cannot be reached just now: there has been no connection, and the last attempt to make one
// has failed.
func (w *Watch) Gone() bool { return w.gone.Load() }

// CatchUp returns when the process has heard of everything that was committed before the call, or can hear nothing, so
// that there is no version either. It takes a trip to the database and back.
func (w *Watch) CatchUp(ctx context.Context) error {
	text := mark + rand.Text()
	reached := make(chan struct{})
	w.mu.Lock()
	w.marks[text] = reached
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.marks, text)
		w.mu.Unlock()
	}()
	if err := notify(ctx, w.db, text); err != nil {
		return fmt.Errorf("catch up with the content: %w", err)
	}
	select { // PostgreSQL delivers in the order of the commits
	case <-reached:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("catch up with the content: %w", ctx.Err())
	}
}

func notify(ctx context.Context, db *database.DB, text string) error {
	_, err := db.Read().Exec(ctx, `SELECT pg_notify('content', $1)`, text)
	return err
}

// reach lets those go on who wait for the mark; all of them when it is "".
func (w *Watch) reach(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for waiting, reached := range w.marks {
		if text == "" || text == waiting {
			close(reached)
			delete(w.marks, waiting)
		}
	}
}

func (w *Watch) run(ctx context.Context) {
	defer close(w.stopped)
	told := false // that nothing is heard
	for {
		connected, err := w.connect(ctx)
		if err == nil {
			if told {
				w.log.InfoContext(ctx, "changes of content are heard again")
			}
			told = false
			err = w.listen(ctx, connected)
		}
		w.current.Store(0)
		w.reach("")
		if connected != nil {
			closeConnection(ctx, connected)
		}
		if ctx.Err() != nil {
			return
		}
		if !told {
			w.log.WarnContext(ctx, "changes of content are not heard; pages are made anew for each reader", "error", err)
			told = true
		}
		if connected != nil {
			continue // it has worked until now
		}
		w.gone.Store(unreachable(err))
		select {
		case <-ctx.Done():
			return
		case <-time.After(retryEvery):
		}
	}
}

// unreachable says whether nobody could reach the database: one that has no connection left for us answers others.
func unreachable(err error) bool {
	var refused *pgconn.PgError
	return database.Down(err) && (!errors.As(err, &refused) || refused.Code != "53300")
}

// connect returns a connection that listens, which it proves: behind a pooler that hands connections from one
// transaction to the next it would hear nothing and never know.
func (w *Watch) connect(ctx context.Context) (conn *pgx.Conn, err error) {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	config := w.db.Pool.Config().ConnConfig // a copy
	config.RuntimeParams["application_name"] = ApplicationName
	conn, err = pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			closeConnection(ctx, conn)
			conn = nil
		}
	}()
	if _, err := conn.Exec(ctx, `LISTEN content`); err != nil {
		return conn, err
	}
	proof := mark + rand.Text()
	if err := notify(ctx, w.db, proof); err != nil {
		return conn, err
	}
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return conn, fmt.Errorf("no notification arrives; the database's address must not lead through a pooler of transactions: %w", err)
		}
		if n.Payload == proof {
			break
		}
	}
	return conn, w.load(ctx)
}

func (w *Watch) load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	if err := w.reload(ctx); err != nil {
		return fmt.Errorf("load the vocabulary: %w", err)
	}
	return nil
}

func closeConnection(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askWithin)
	defer cancel()
	_ = conn.Close(ctx) // it is of no use any more
}

// listen moves the version on with each change, until the connection breaks.
func (w *Watch) listen(ctx context.Context, conn *pgx.Conn) error {
	w.advance() // what changed meanwhile went unheard
	w.gone.Store(false)
	w.reach("")
	for {
		n, err := next(ctx, conn)
		switch {
		case err != nil:
			return err
		case n == nil: // quiet
		case strings.HasPrefix(n.Payload, mark):
			w.reach(n.Payload)
		case n.Payload == vocabulary:
			w.current.Store(0) // the old one holds no longer, and loading may take its time
			if err := w.load(ctx); err != nil {
				return err
			}
			w.advance()
		default:
			w.advance()
		}
	}
}

func (w *Watch) advance() {
	w.heard++
	w.current.Store(w.heard)
}

// next returns the next notification, or nil when there was none for a while and the connection still answers.
func next(ctx context.Context, conn *pgx.Conn) (*pgconn.Notification, error) {
	quiet, cancel := context.WithTimeout(ctx, askEvery)
	defer cancel()
	n, err := conn.WaitForNotification(quiet)
	if n != nil {
		return n, nil
	}
	if quiet.Err() == nil || ctx.Err() != nil {
		return nil, err
	}
	asked, cancelAsked := context.WithTimeout(ctx, askWithin)
	defer cancelAsked()
	return nil, conn.Ping(asked)
}
