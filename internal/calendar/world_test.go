package calendar_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"portal/internal/calendar"
	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/identity"
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

// world is a portal with a calendar only.
type world struct {
	*webtest.Cast
	mu      sync.Mutex
	now     time.Time
	db      *database.DB
	service *calendar.Service
	// desk is an officer of the communications desk.
	desk  webtest.Person
	begun []int64 // the offices for which drafts were begun
	other []calendar.Event
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{db: dbtest.New(t), now: now}
	v := vocabulary(t)
	w.service = calendar.NewService(calendar.Options{
		DB: w.db, Vocabulary: func() *gcm.Vocabulary { return v }, Now: w.clock,
		Sources: []calendar.Source{{Name: "talk", Events: func(context.Context) ([]calendar.Event, error) { return w.other, nil }}},
		Start: func(_ context.Context, _ identity.User, office int64, _ form.Answers) (workflow.ID, error) {
			w.begun = append(w.begun, office)
			return 7, nil
		},
	})
	router, err := web.New(web.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Site: ui.Site{PublicURL: "https://portal.example"}, NetworkLimit: -1})
	if err != nil {
		t.Fatal(err)
	}
	calendar.Routes(router, w.service, calendar.Pages{
		Submission: func(id workflow.ID) string { return fmt.Sprintf("/submissions/%d", id) }, SignIn: "/sign-in", Register: "/register", Account: "/account", Import: "/imports/new?kind=event",
		Talk: func(id string) string { return "/talks/" + id },
	})
	w.Cast = webtest.NewCast(t, w.db, router)
	w.desk = webtest.SignedIn(t, w.Visitor.Client, router, "officer of the communications desk",
		webtest.NewUser(t, w.db, "Press", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.CommunicationsDesk}))
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

// sample are the answers of an event that is complete.
func sample() form.Answers {
	return form.Answers{
		"language": {"en"}, "title": {"Consultation on fair recruitment"}, "type": {"consultation"}, "text": {"Unions and recruiters compare corridors; semicolons, commas\nand lines."},
		"whole": {"times"}, "first.day": {"10"}, "first.month": {"2"}, "first.year": {"2027"}, "starts": {"14:00"}, "ends": {"15:30"}, "zone": {"Africa/Nairobi"},
		"format": {"hybrid"}, "place": {"Nairobi, hall 3"}, "country": {"KE"},
		"organizers.0.name": {"Ministry of Labour"}, "organizers.0.role": {"lead"}, "audience": {"open"}, "interpretation": {"fr", "sign"},
		"registration": {"link"}, "link": {"https://events.example.org/register"}, "objectives": {"6"},
		"documents.0.title": {"Note"}, "documents.0.address": {"https://events.example.org/note.pdf"},
		"contact_name": {"Amina"}, "contact_email": {"amina@example.org"},
	}
}

// draft keeps the answers as a draft of the cast's office.
func (w *world) draft(t testing.TB, a form.Answers) (id workflow.ID) {
	t.Helper()
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		var err error
		if id, err = workflow.Start(t.Context(), tx, w.service.Kind(), w.Office, w.Member.User, w.clock()); err != nil {
			return err
		}
		return w.save(t, tx, id, a)
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (w *world) save(t testing.TB, tx database.Tx, id workflow.ID, a form.Answers) error {
	t.Helper()
	sub, err := workflow.Lock(t.Context(), tx, id, w.Member.User)
	if err != nil {
		return err
	}
	for _, step := range w.service.Kind().Form.Steps {
		only := form.Answers{}
		for _, f := range step.Fields {
			only = only.With(f, a)
		}
		version := 0
		if text, err := workflow.ReadText(t.Context(), tx, id, sub.Revision); err == nil {
			version = text.Steps[step.ID].Version
		}
		if _, err := workflow.SaveStep(t.Context(), tx, w.service.Kind(), &sub, step.ID, version, only, w.Member.User, w.clock()); err != nil {
			return err
		}
	}
	return nil
}

// take takes steps of the plan, the owner's and the desk's.
func (w *world) take(t testing.TB, id workflow.ID, actions ...workflow.Action) error {
	t.Helper()
	for _, action := range actions {
		who := w.desk.User
		if action == workflow.Submit || action == workflow.Revise {
			who = w.Member.User
		}
		err := w.db.InTx(t.Context(), func(tx database.Tx) error {
			sub, err := workflow.Lock(t.Context(), tx, id, who)
			if err == nil {
				_, err = workflow.Apply(t.Context(), tx, w.service.Kind(), &sub, action, who, workflow.Input{Note: "Why"}, w.clock())
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", action, err)
		}
	}
	return nil
}

// published is an event that the desk has put into the calendar.
func (w *world) published(t testing.TB, a form.Answers) workflow.ID {
	t.Helper()
	id := w.draft(t, a)
	if err := w.take(t, id, workflow.Submit, workflow.Take, workflow.Publish); err != nil {
		t.Fatal(err)
	}
	return id
}

// revised changes answers of an event that is published, and publishes it again.
func (w *world) revised(t testing.TB, id workflow.ID, a form.Answers) {
	t.Helper()
	if err := w.take(t, id, workflow.Revise); err != nil {
		t.Fatal(err)
	}
	if err := w.db.InTx(t.Context(), func(tx database.Tx) error { return w.save(t, tx, id, a) }); err != nil {
		t.Fatal(err)
	}
	if err := w.take(t, id, workflow.Submit, workflow.Take, workflow.Publish); err != nil {
		t.Fatal(err)
	}
}
