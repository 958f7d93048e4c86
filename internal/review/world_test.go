package review_test

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
	"portal/internal/review"
	"portal/internal/webtest"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// now is the instant at which the tests begin: a Tuesday in Geneva, 10:42.
var now = time.Date(2026, 11, 24, 9, 42, 0, 0, time.UTC)

// questions is a small form. Its ids are those of the pledge's questions, so that their texts are in the catalogue.
var questions = &form.Definition{Kind: "pledge", Steps: []form.Step{
	{ID: "contacts", Fields: []form.Field{
		{ID: "contact_name", Type: form.Text, Required: true, Private: true, Max: 200},
		{ID: "contact_email", Type: form.Email, Required: true, Private: true},
	}},
	{ID: "what", Fields: []form.Field{{ID: "title", Type: form.Text, Required: true, Max: 1000}}},
	{ID: "partners", Fields: []form.Field{
		{ID: "partners", Type: form.Group, Max: 3, Fields: []form.Field{{ID: "name", Type: form.Text}, {ID: "email", Type: form.Email, Private: true}}},
	}},
	{ID: "text", Fields: []form.Field{{ID: "description", Type: form.LongText, Required: true, Max: 3000}, {ID: "barriers", Type: form.LongText}}},
	{ID: "files", Fields: []form.Field{{ID: "files", Type: form.Files, Max: 10}}},
}}

// world is the desk on a database of its own, with one person of every kind.
type world struct {
	*testing.T
	*webtest.Cast
	db       *database.DB
	router   *web.Router
	desk     *review.Service
	kinds    workflow.Kinds
	pledge   *workflow.Kind
	practice *workflow.Kind // of another desk
	concept  *workflow.Kind // of the pledges desk, and with no public page; withConcepts makes it known to the desk
	// Former is an officer of the desk whose post in Office is over; Scribe one who has none, but wrote on what sent makes.
	Former, Scribe webtest.Person
	// Arab is a second head of Office, whose mails are in Arabic. Second is another officer of the desk.
	Arab, Second webtest.Person

	mu  sync.Mutex
	now time.Time
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

func newWorld(t *testing.T) *world {
	t.Helper()
	db := dbtest.New(t)
	w := &world{T: t, db: db, now: now}
	vocabulary, err := gcm.Load(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	site := ui.Site{PublicURL: "https://portal.example.org", Email: "secretariat@example.org", SignIn: "/sign-in"}
	w.router, err = web.New(web.Options{DB: db, Site: site, Secret: []byte("secret of the test"), Log: slog.New(slog.DiscardHandler), NetworkLimit: -1})
	if err != nil {
		t.Fatal(err)
	}
	kind := func(name string, plan workflow.Plan, desk identity.Desk) *workflow.Kind {
		return &workflow.Kind{
			Name: name, Plan: plan, Desk: desk, Form: questions,
			Title: func(a form.Answers) string { return a.First("title") },
			Lang:  func(_ form.Answers, fallback string) string { return fallback },
		}
	}
	w.pledge = kind("pledge", workflow.Publishing, identity.PledgesDesk)
	w.practice = kind("practice", workflow.Publishing, identity.HubDesk)
	w.concept = kind("concept_note", workflow.Deciding, identity.PledgesDesk)
	for _, k := range []*workflow.Kind{w.pledge, w.practice} {
		k.Publish = func(_ context.Context, _ database.Tx, s workflow.Submission, _ form.Answers, _ time.Time) (string, error) {
			return fmt.Sprintf("GCM-P-%04d", s.ID), nil
		}
		k.TakeDown = func(context.Context, database.Tx, workflow.Submission, time.Time) error { return nil }
		k.Path = func(publicID string) string { return "/pledges/" + publicID }
	}
	w.kinds = workflow.Kinds{w.pledge.Name: w.pledge, w.practice.Name: w.practice}
	w.desk = review.NewService(review.Options{DB: db, Kinds: w.kinds, Site: site, Now: w.clock, Unreviewed: "s.submitted_title LIKE 'Unread%'"})
	review.Routes(w.router, w.desk, func() *gcm.Vocabulary { return vocabulary })
	w.router.Public("GET /sign-in", func(rw http.ResponseWriter, r *http.Request) error {
		return web.Render(rw, r, http.StatusOK, ui.Layout(ui.Page{Title: "Sign in"}))
	})
	w.Cast = webtest.NewCast(t, db, w.router)
	officer := identity.StaffRole{Role: identity.Officer, Desk: identity.PledgesDesk}
	head := map[int64]identity.PostRole{w.Office: identity.Head}
	w.Former = w.person("former head", "Former", head, officer)
	w.exec(`UPDATE posts SET state = 'ended', until_on = current_date - 1 WHERE user_id = $1`, w.Former.User.ID)
	w.Scribe = w.person("officer who wrote on it", "Scribe", nil, officer)
	w.Second = w.person("second officer", "Second", nil, officer)
	w.Arab = w.person("head who reads Arabic", "ليلى", head)
	w.exec(`UPDATE users SET lang = 'ar' WHERE id = $1`, w.Arab.User.ID)
	return w
}

// withConcepts lets the desk know a second kind.
func (w *world) withConcepts() *world {
	w.kinds[w.concept.Name] = w.concept
	return w
}

func (w *world) person(kind, name string, posts map[int64]identity.PostRole, roles ...identity.StaffRole) webtest.Person {
	w.Helper()
	return webtest.SignedIn(w.T, w.Visitor.Client, w.router, kind, webtest.NewUser(w.T, w.db, name, posts, roles...))
}

// everybody are all kinds of people.
func (w *world) everybody() []webtest.Person {
	return append(w.All(), w.Former, w.Scribe, w.Second, w.Arab)
}

// walled are officers of the desk who must not see what sent makes.
func (w *world) walled() []webtest.Person { return []webtest.Person{w.Conflicted, w.Former, w.Scribe} }

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

func values[T any](w *world, sql string, args ...any) []T {
	w.Helper()
	v, err := database.Values[T](w.Context(), w.db.Read(), sql, args...)
	if err != nil {
		w.Fatal(err)
	}
	return v
}

// complete are answers to the form.
func complete(title string) form.Answers {
	return form.Answers{
		"contact_name": {"Amara Diallo"}, "contact_email": {"a.d@example.org"}, "title": {title},
		"partners.0.name": {"City of Kisumu"}, "partners.0.email": {"partner@example.org"},
		"description": {"We place a registrar in each of the 14 border health posts."},
	}
}

// draft opens a draft of the kind for an office of the author.
func (w *world) draft(kind *workflow.Kind, author identity.User, office int64, a form.Answers) workflow.ID {
	w.Helper()
	var id workflow.ID
	w.in(func(ctx context.Context, tx database.Tx) (err error) {
		id, err = workflow.Start(ctx, tx, kind, office, author, w.clock())
		return err
	})
	w.write(id, author, a)
	return id
}

// write saves answers on top of what is there.
func (w *world) write(id workflow.ID, author identity.User, a form.Answers) {
	w.Helper()
	w.in(func(ctx context.Context, tx database.Tx) error {
		s, err := workflow.Lock(ctx, tx, id, author)
		if err != nil {
			return err
		}
		text, err := workflow.ReadText(ctx, tx, id, s.Revision)
		if err != nil {
			return err
		}
		for _, step := range questions.Steps {
			kept := text.Steps[step.ID]
			only := maps.Clone(kept.Answers)
			if only == nil {
				only = form.Answers{}
			}
			for name, values := range a {
				if slices.ContainsFunc(step.Fields, func(f form.Field) bool { return name == f.ID || strings.HasPrefix(name, f.ID+".") }) {
					only[name] = values
				}
			}
			if _, err := workflow.SaveStep(ctx, tx, w.kinds[s.Kind], &s, step.ID, kept.Version, only, author, w.clock()); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) in(do func(ctx context.Context, tx database.Tx) error) {
	w.Helper()
	if err := w.db.InTx(w.Context(), func(tx database.Tx) error { return do(w.Context(), tx) }); err != nil {
		w.Fatal(err)
	}
}

// step takes a step of the plan.
func (w *world) step(id workflow.ID, who identity.User, action workflow.Action, note string) {
	w.Helper()
	w.in(func(ctx context.Context, tx database.Tx) error {
		s, err := workflow.Lock(ctx, tx, id, who)
		if err != nil {
			return err
		}
		_, err = workflow.Apply(ctx, tx, w.kinds[s.Kind], &s, action, who, workflow.Input{Note: note}, w.clock())
		return err
	})
}

// sent makes a pledge of the member that was handed in, on which the scribe has written.
func (w *world) sent(title string) workflow.ID {
	w.Helper()
	id := w.draft(w.pledge, w.Member.User, w.Office, complete(title))
	w.exec(`UPDATE submission_steps SET saved_by = $2 WHERE submission_id = $1 AND step = 'text'`, id, w.Scribe.User.ID)
	w.step(id, w.Member.User, workflow.Submit, "")
	return id
}

// elsewhere makes a pledge of the other office that was handed in: nobody at the desk has a conflict.
func (w *world) elsewhere(title string) workflow.ID {
	w.Helper()
	id := w.draft(w.pledge, w.OtherMember.User, w.OtherOffice, complete(title))
	w.step(id, w.OtherMember.User, workflow.Submit, "")
	return id
}

// reviewed makes a pledge of the member that the officer reviews.
func (w *world) reviewed(title string) workflow.ID {
	w.Helper()
	id := w.sent(title)
	if err := w.desk.Assign(w.Context(), w.Officer.User, id, w.Officer.User.ID, w.version(id)); err != nil {
		w.Fatal(err)
	}
	return id
}

// published makes a pledge of the member that is before the public.
func (w *world) published(title string) workflow.ID {
	w.Helper()
	id := w.reviewed(title)
	w.decide(id, review.Decision{Action: workflow.Publish})
	return id
}

// decide lets the officer decide on the latest version.
func (w *world) decide(id workflow.ID, d review.Decision) {
	w.Helper()
	d.Version = w.version(id)
	if err := w.desk.Decide(w.Context(), w.Officer.User, id, d); err != nil {
		w.Fatal(err)
	}
}

func (w *world) version(id workflow.ID) int {
	w.Helper()
	return value[int](w, `SELECT version FROM submissions WHERE id = $1`, id)
}

func (w *world) state(id workflow.ID) workflow.State {
	w.Helper()
	return workflow.State(value[string](w, `SELECT state FROM submissions WHERE id = $1`, id))
}

func (w *world) open(id workflow.ID) review.Case {
	w.Helper()
	c, err := w.desk.Open(w.Context(), w.Officer.User, id)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// upload adds a file to the open revision.
func (w *world) upload(id workflow.ID, name string) {
	w.Helper()
	store := attachment.NewStore(attachment.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Now: w.clock})
	revision := value[int](w, `SELECT revision FROM submissions WHERE id = $1`, id)
	received, err := store.Receive(w.Context(), attachment.Upload{SubmissionID: id, Revision: revision, Field: "files", Name: name, By: w.Member.User.ID}, strings.NewReader(name))
	if err != nil {
		w.Fatal(err)
	}
	defer received.Close()
	w.in(func(ctx context.Context, tx database.Tx) error {
		_, err := store.Add(ctx, tx, received)
		return err
	})
}

// search is the filter of a search, which must be right.
func (w *world) search(typed string) review.Filter {
	w.Helper()
	f, wrong := w.language().Parse(typed)
	if len(wrong) > 0 {
		w.Errorf("%s: %v", typed, wrong)
	}
	return f
}

func (w *world) language() review.Language {
	return review.Language{Kinds: []string{"concept_note", "pledge", "practice"}, Country: func(typed string) (string, bool) { return strings.ToUpper(typed), len(typed) == 2 }}
}

// export returns all rows of the filter.
func (w *world) export(who identity.User, f review.Filter) ([]review.Row, error) {
	var rows []review.Row
	err := w.desk.Export(w.Context(), who, f, func(r review.Row) error {
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

// due sets the day on which the desk must have answered.
func (w *world) due(id workflow.ID, day string) {
	w.Helper()
	w.exec(`UPDATE submissions SET answer_due_on = nullif($2, '')::date, decision_due_on = NULL WHERE id = $1`, id, day)
}

// queue returns the numbers of a page of the queue.
func (w *world) queue(who identity.User, f review.Filter) ([]workflow.ID, review.Page) {
	w.Helper()
	page, err := w.desk.Queue(w.Context(), who, f)
	if err != nil {
		w.Fatal(err)
	}
	ids := []workflow.ID{}
	for _, row := range page.Rows {
		ids = append(ids, row.ID)
	}
	return ids, page
}

// mails are the addresses to which mails of a kind about a submission were queued.
func (w *world) mails(id workflow.ID, kind string) []string {
	w.Helper()
	return values[string](w, `SELECT lang || ' ' || to_address FROM outbox WHERE submission_id = $1 AND kind = $2 ORDER BY 1`, id, kind)
}

// reads checks that one of the elements says each of the words.
func reads(t *testing.T, p *webtest.Page, selector string, words ...string) {
	t.Helper()
	texts := p.Texts(selector)
	for _, want := range words {
		if !slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, want) }) {
			t.Errorf("%s: %s says %q, not %q", p.URL, selector, texts, want)
		}
	}
}
