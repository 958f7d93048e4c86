package submission_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/identity"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// now is the instant at which the tests happen: a Tuesday in Geneva, 10:42.
var now = time.Date(2026, 11, 24, 9, 42, 0, 0, time.UTC)

// questions is a form with every way of asking. Its ids are those of the pledge's questions, so that their texts are in
// the catalogue.
var questions = &form.Definition{Kind: "pledge", Steps: []form.Step{
	{ID: "contacts", Fields: []form.Field{
		{ID: "contact_name", Type: form.Text, Required: true, Private: true, Max: 200},
		{ID: "contact_email", Type: form.Email, Required: true, Private: true},
	}},
	{ID: "what", Fields: []form.Field{
		{ID: "title", Type: form.Text, Required: true, Max: 1000},
		{ID: "type", Type: form.Choice, Required: true, Values: []string{"individual", "common", "matching"}},
		{ID: "matches", Type: form.Text, Required: true, When: &form.When{Field: "type", Is: []string{"matching"}}},
		{ID: "mirror", Type: form.Check},
	}},
	{ID: "partners", When: &form.When{Field: "type", Is: []string{"common"}}, Fields: []form.Field{
		{ID: "partners", Type: form.Group, Required: true, Min: 1, Max: 3, Fields: []form.Field{
			{ID: "name", Type: form.Text, Required: true}, {ID: "email", Type: form.Email, Required: true, Private: true},
		}},
	}},
	{ID: "text", Fields: []form.Field{{ID: "description", Type: form.LongText, Required: true, Min: 20, Max: 300}}},
	{ID: "measures", Fields: []form.Field{
		{ID: "indicators", Type: form.Group, Required: true, Min: 1, Max: 5, Fields: []form.Field{
			{ID: "what", Type: form.Text, Required: true}, {ID: "target", Type: form.Text, Required: true}, {ID: "due", Type: form.Date, Required: true, Future: true},
		}},
	}},
	{ID: "files", Fields: []form.Field{{ID: "files", Type: form.Files, Max: 10}}},
}}

// world is the owner's side on a database of its own, with one person of every kind.
type world struct {
	*testing.T
	*webtest.Cast
	db      *database.DB
	router  *web.Router
	service *submission.Service
	kind    *workflow.Kind
	// Viewer reads in Office, Pending waits there for approval; Arab is a contributor whose mails are in Arabic.
	Viewer, Arab webtest.Person
	log          *logbook
	mu           sync.Mutex
	now          time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// later turns the clock.
func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t *testing.T, change ...func(*submission.Options)) *world {
	t.Helper()
	db := dbtest.New(t)
	w := &world{T: t, db: db, log: &logbook{}, now: now}
	vocabulary, err := gcm.Load(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	site := ui.Site{PublicURL: "https://portal.example.org", Email: "secretariat@example.org", SignIn: "/sign-in"}
	w.router, err = web.New(web.Options{DB: db, Site: site, Secret: []byte("secret of the test"), Log: slog.New(slog.NewJSONHandler(w.log, nil)), NetworkLimit: -1})
	if err != nil {
		t.Fatal(err)
	}
	w.kind = &workflow.Kind{
		Name: "pledge", Plan: workflow.Publishing, Desk: identity.PledgesDesk, Form: questions,
		Title: func(a form.Answers) string { return a.First("title") },
		Lang:  func(_ form.Answers, fallback string) string { return fallback },
		Publish: func(_ context.Context, _ database.Tx, s workflow.Submission, _ form.Answers, _ time.Time) (string, error) {
			return fmt.Sprintf("GCM-P-%04d", s.ID), nil
		},
		TakeDown: func(context.Context, database.Tx, workflow.Submission, time.Time) error { return nil },
		Path:     func(publicID string) string { return "/pledges/" + publicID },
	}
	options := submission.Options{
		DB: db, Kinds: workflow.Kinds{"pledge": w.kind}, Vocabulary: func() *gcm.Vocabulary { return vocabulary }, Site: site,
		Files:  attachment.NewStore(attachment.Options{DB: db, Log: slog.New(slog.DiscardHandler), Now: w.clock}),
		Starts: map[string]string{"pledge": "/pledges/new"}, Now: w.clock,
		DeskPath: func(id workflow.ID) string { return fmt.Sprintf("/desk/submissions/%d", id) },
	}
	for _, c := range change {
		c(&options)
	}
	w.service = submission.NewService(options)
	submission.Routes(w.router, w.service)
	w.router.Public("GET /sign-in", func(rw http.ResponseWriter, r *http.Request) error {
		return web.Render(rw, r, http.StatusOK, ui.Layout(ui.Page{Title: "Sign in"}))
	})
	w.Cast = webtest.NewCast(t, db, w.router)
	post := map[int64]identity.PostRole{w.Office: identity.Viewer}
	w.Viewer = webtest.SignedIn(t, w.Visitor.Client, w.router, "viewer of the office", webtest.NewUser(t, db, "Viewer", post))
	arab := webtest.NewUser(t, db, "ليلى", map[int64]identity.PostRole{w.Office: identity.Contributor})
	w.exec(`UPDATE users SET lang = 'ar' WHERE id = $1`, arab.ID)
	arab.Lang = "ar"
	w.Arab = webtest.SignedIn(t, w.Visitor.Client, w.router, "contributor who reads Arabic", arab)
	return w
}

// everybody are all kinds of people.
func (w *world) everybody() []webtest.Person { return append(w.All(), w.Viewer, w.Arab) }

func (w *world) exec(sql string, args ...any) {
	w.Helper()
	if _, err := w.db.Read().Exec(w.Context(), sql, args...); err != nil {
		w.Fatal(err)
	}
}

func value[T any](w *world, sql string, args ...any) T {
	w.Helper()
	v, err := database.Value[T](w.Context(), w.db.Read(), sql, args...)
	if err != nil {
		w.Fatal(err)
	}
	return v
}

// start opens an empty draft of the member.
func (w *world) start() workflow.ID {
	w.Helper()
	var id workflow.ID
	err := w.db.InTx(w.Context(), func(tx database.Tx) (err error) {
		id, err = workflow.Start(w.Context(), tx, w.kind, w.Office, w.Member.User, w.clock())
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return id
}

const description = "We place a registrar in each of the 14 border health posts."

// complete are answers to everything that must be answered.
func complete() form.Answers {
	return form.Answers{
		"contact_name": {"Amara Diallo"}, "contact_email": {"a.d@example.org"},
		"title": {"Register every child"}, "type": {"individual"}, "description": {description},
		"indicators.0.what": {"Births registered"}, "indicators.0.target": {"3,000"},
		"indicators.0.due.day": {"30"}, "indicators.0.due.month": {"9"}, "indicators.0.due.year": {"2028"},
	}
}

// draft makes a draft of the member with the answers.
func (w *world) draft(a form.Answers) workflow.ID {
	w.Helper()
	id := w.start()
	w.write(id, a)
	return id
}

// ready makes a draft that can be sent in.
func (w *world) ready() workflow.ID {
	w.Helper()
	return w.draft(complete())
}

// write saves the answers step by step, on top of what is there.
func (w *world) write(id workflow.ID, a form.Answers) {
	w.Helper()
	c := w.open(id)
	for _, step := range w.kind.Form.Steps {
		only := form.Answers{}
		for name, values := range a {
			if slices.ContainsFunc(step.Fields, func(f form.Field) bool { return name == f.ID || strings.HasPrefix(name, f.ID+".") }) {
				only[name] = values
			}
		}
		if len(only) == 0 {
			continue
		}
		if _, err := w.service.SaveStep(w.Context(), w.Member.User, id, step.ID, workflow.Origin{Version: c.Text.Steps[step.ID].Version}, only); err != nil {
			w.Fatal(err)
		}
	}
}

func (w *world) open(id workflow.ID) submission.Case {
	w.Helper()
	c, err := w.service.Open(w.Context(), w.Member.User, id)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// sent makes a submission that has been sent in.
func (w *world) sent() workflow.ID {
	w.Helper()
	id := w.ready()
	if err := w.service.Submit(w.Context(), w.Member.User, id, submission.Declaration{Made: true}); err != nil {
		w.Fatal(err)
	}
	return id
}

// decide lets the desk take steps.
func (w *world) decide(id workflow.ID, in workflow.Input, actions ...workflow.Action) {
	w.Helper()
	for _, action := range actions {
		err := w.db.InTx(w.Context(), func(tx database.Tx) error {
			s, err := workflow.Lock(w.Context(), tx, id, w.Officer.User)
			if err != nil {
				return err
			}
			_, err = workflow.Apply(w.Context(), tx, w.kind, &s, action, w.Officer.User, in, w.clock())
			return err
		})
		if err != nil {
			w.Fatalf("%s: %v", action, err)
		}
	}
}

// published makes a submission that is before the public.
func (w *world) published() workflow.ID {
	w.Helper()
	id := w.sent()
	w.decide(id, workflow.Input{}, workflow.Take, workflow.Publish)
	return id
}

// returned makes a submission that waits for the changes that the desk asked for.
func (w *world) returned(note string, changes ...workflow.ChangeRequest) workflow.ID {
	w.Helper()
	id := w.sent()
	w.decide(id, workflow.Input{}, workflow.Take)
	w.decide(id, workflow.Input{Note: note, Changes: changes}, workflow.RequestChanges)
	return id
}

func (w *world) state(id workflow.ID) workflow.State {
	w.Helper()
	return workflow.State(value[string](w, `SELECT state FROM submissions WHERE id = $1`, id))
}

// step is the address of a step's page in English.
func step(id workflow.ID, name string) string {
	return fmt.Sprintf("/en/submissions/%d/steps/%s", id, name)
}

// page is the address of a page of a submission in English.
func page(id workflow.ID, below string) string { return fmt.Sprintf("/en/submissions/%d%s", id, below) }

func with(a form.Answers, changes form.Answers) form.Answers {
	a = maps.Clone(a)
	for name, values := range changes {
		if values == nil {
			delete(a, name)
			continue
		}
		a[name] = values
	}
	return a
}

// kept returns what is kept of one answer in the open revision.
func (w *world) kept(id workflow.ID, name string) string {
	w.Helper()
	return w.open(id).Answers.First(name)
}

// logbook keeps the log of a test.
type logbook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
