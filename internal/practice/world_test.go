package practice_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/pdf"
	"portal/internal/practice"
	"portal/internal/webtest"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// world is a portal with practices only: a database, the service, its pages, and one person of every kind.
type world struct {
	*webtest.Cast
	db      *database.DB
	service *practice.Service
	hub     identity.User // an officer of the hub desk
	clock   atomic.Pointer[time.Time]
}

const publicURL = "https://portal.example"

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{db: dbtest.New(t)}
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	w.clock.Store(&now)
	v := seeded(t)
	w.service = practice.NewService(practice.Options{
		DB: w.db, Vocabulary: func() *gcm.Vocabulary { return v }, Now: func() time.Time { return *w.clock.Load() },
		OwnerPath: func(id workflow.ID) string { return fmt.Sprintf("/submissions/%d", id) }, DeskPath: func(id workflow.ID) string { return fmt.Sprintf("/desk/submissions/%d", id) },
		Files: func(context.Context, workflow.ID, int) (map[string][]ui.FileItem, error) { return nil, nil },
	})
	router, err := web.New(web.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Site: ui.Site{PublicURL: publicURL, Search: ui.NavItem{Key: "practice.list.search", Path: "/practices"}}, NetworkLimit: -1})
	if err != nil {
		t.Fatal(err)
	}
	printer, err := pdf.Find("")
	if err != nil || printer == nil {
		t.Fatalf("no Chromium: %v; install it with: apt-get install chromium-headless-shell", err)
	}
	practice.Routes(router, w.service, practice.Pages{
		Print:      printer.Print,
		Submission: func(id workflow.ID) string { return fmt.Sprintf("/submissions/%d", id) },
		SignIn:     "/sign-in", Register: "/register", Account: "/account", Import: "/import",
		Proof:     func(publicID string) string { return "/audit/" + publicID },
		Successor: func(context.Context, string) (string, error) { return "", nil },
	})
	w.Cast = webtest.NewCast(t, w.db, router)
	// The officer of another desk works at the hub as well.
	w.hub = w.OtherOfficer.User
	w.hub.Staff = append(slices.Clone(w.hub.Staff), identity.StaffRole{Role: identity.Officer, Desk: identity.HubDesk})
	if _, err := w.db.Read().Exec(t.Context(), `INSERT INTO staff_roles (user_id, role, desk, created_at) VALUES ($1, 'officer', 'hub', now())`, w.hub.ID); err != nil {
		t.Fatal(err)
	}
	return w
}

// publish makes a practice of the head's office, past the reviews, and returns its number and public ID. The next one is a
// minute younger.
func (w *world) publish(t testing.TB, a form.Answers) (id workflow.ID, publicID string) {
	t.Helper()
	now := *w.clock.Load()
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		ctx, kind := t.Context(), w.service.Kind()
		var err error
		if id, err = workflow.Start(ctx, tx, kind, w.Office, w.Head.User, now); err != nil {
			return err
		}
		sub, err := workflow.Lock(ctx, tx, id, w.Head.User)
		if err != nil {
			return err
		}
		for _, step := range kind.Form.Steps {
			answers, _ := step.Read(url.Values(a), i18n.English)
			if _, err := workflow.SaveStep(ctx, tx, kind, &sub, step.ID, 0, answers, w.Head.User, now); err != nil {
				return err
			}
		}
		publicID, err = w.apply(ctx, tx, id, now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	later := now.Add(time.Minute)
	w.clock.Store(&later)
	return id, publicID
}

// apply takes a practice from its draft to publication.
func (w *world) apply(ctx context.Context, tx database.Tx, id workflow.ID, now time.Time) (string, error) {
	kind := w.service.Kind()
	for _, step := range []struct {
		action workflow.Action
		who    identity.User
	}{{workflow.Submit, w.Head.User}, {workflow.Take, w.hub}, {workflow.Publish, w.hub}} {
		sub, err := workflow.Lock(ctx, tx, id, step.who)
		if err != nil {
			return "", err
		}
		if _, err = workflow.Apply(ctx, tx, kind, &sub, step.action, step.who, workflow.Input{}, now); err != nil {
			return "", err
		}
		if sub.PublicID != nil {
			return *sub.PublicID, nil
		}
	}
	return "", fmt.Errorf("practice %d has no public ID", id)
}
