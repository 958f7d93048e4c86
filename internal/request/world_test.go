package request_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/request"
	"portal/internal/webtest"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

var now = time.Date(2026, time.November, 24, 9, 0, 0, 0, time.UTC)

// seed is the vocabulary as the migrations make it, loaded once for all tests.
var seed struct {
	once       sync.Once
	vocabulary *gcm.Vocabulary
	err        error
}

func vocabulary(t testing.TB) *gcm.Vocabulary {
	t.Helper()
	seed.once.Do(func() { seed.vocabulary, seed.err = gcm.Load(context.Background(), dbtest.New(t).Read()) })
	if seed.err != nil {
		t.Fatal(seed.err)
	}
	return seed.vocabulary
}

// world is a portal with requests only.
type world struct {
	*webtest.Cast
	mu      sync.Mutex
	now     time.Time
	db      *database.DB
	service *request.Service
	// agent writes for an office of the United Nations.
	agent webtest.Person
	// desk is an officer of the network desk, conflicted another one who is a viewer in the cast's office.
	desk, conflicted webtest.Person
	waits            []workflow.ID // what the desk was told of
	begun            []string      // kinds of the drafts that were begun, with the office and what they were begun with
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{db: dbtest.New(t), now: now}
	v := vocabulary(t)
	w.service = request.NewService(request.Options{
		DB: w.db, Vocabulary: func() *gcm.Vocabulary { return v }, PledgeKind: "pledge", Now: w.clock, Site: ui.Site{PublicURL: "https://portal.example"}, OwnerPath: func(id workflow.ID) string { return fmt.Sprintf("/submissions/%d", id) },
		Waits: func(_ context.Context, _ database.Tx, id workflow.ID) error {
			w.waits = append(w.waits, id)
			return nil
		},
		Guests: request.Guests{Person: func(ctx context.Context, tx database.Tx, email, name string, lang i18n.Lang, _ bool) (identity.User, error) {
			id, err := database.Value[int64](ctx, tx, `INSERT INTO users (email, name, lang, created_at) VALUES ($1, $2, $3, now()) ON CONFLICT (lower(email)) DO UPDATE SET name = users.name RETURNING id`, email, name, lang)
			if err != nil {
				return identity.User{}, err
			}
			return identity.Load(ctx, tx, id)
		}},
		FindPledges: find, FindPractices: find,
		Start: func(_ context.Context, _ identity.User, kind string, office int64, with form.Answers) (workflow.ID, error) {
			w.begun = append(w.begun, fmt.Sprint(kind, " ", office, " ", with))
			return 7, nil
		},
	})
	router, err := web.New(web.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Site: ui.Site{PublicURL: "https://portal.example"}, NetworkLimit: -1})
	if err != nil {
		t.Fatal(err)
	}
	request.Routes(router, w.service, request.Pages{
		Submission: func(id workflow.ID) string { return fmt.Sprintf("/submissions/%d", id) }, SignIn: "/sign-in", Register: "/register", Account: "/account",
		Import: func(kind string) string { return "/imports/new?kind=" + kind }, Case: func(id workflow.ID) string { return fmt.Sprintf("/desk/submissions/%d", id) },
	})
	w.Cast = webtest.NewCast(t, w.db, router)
	agency := webtest.NewOffice(t, w.db, "Country Team", "KE")
	w.exec(t, `UPDATE offices SET category = 'un_entity' WHERE id = $1`, agency)
	w.agent = webtest.SignedIn(t, w.Visitor.Client, router, "head of an agency", webtest.NewUser(t, w.db, "Agent", map[int64]identity.PostRole{agency: identity.Head}))
	w.desk = webtest.SignedIn(t, w.Visitor.Client, router, "officer of the network desk", webtest.NewUser(t, w.db, "Network", nil, networkDesk))
	w.conflicted = webtest.SignedIn(t, w.Visitor.Client, router, "conflicted officer of the network desk", webtest.NewUser(t, w.db, "Walled", map[int64]identity.PostRole{w.Office: identity.Viewer}, networkDesk))
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// at turns the clock.
func (w *world) at(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = t
}

func (w *world) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := w.db.Read().Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}
