package peer_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/dbtest"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/peer"
	"portal/internal/webtest"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// now is the instant at which the tests begin.
var now = time.Date(2026, 11, 24, 9, 42, 0, 0, time.UTC)

// questions is a small form. Its ids are those of the pledge's questions, so that their texts are in the catalogue.
var questions = &form.Definition{Kind: "pledge", Steps: []form.Step{
	{ID: "contacts", Fields: []form.Field{{ID: "contact_name", Type: form.Text, Private: true}}},
	{ID: "what", Fields: []form.Field{{ID: "title", Type: form.Text, Required: true}, {ID: "objectives", Type: form.Objectives}}},
	{ID: "partners", Fields: []form.Field{{ID: "partners", Type: form.Group, Fields: []form.Field{{ID: "name", Type: form.Text}, {ID: "email", Type: form.Email, Private: true}}}}},
	{ID: "text", Fields: []form.Field{{ID: "description", Type: form.LongText}, {ID: "barriers", Type: form.LongText}}},
}}

// world is peer review on a database of its own: the cast, and four reviewers with profiles who have no conflict.
type world struct {
	*testing.T
	*webtest.Cast
	db     *database.DB
	peer   *peer.Service
	router *web.Router
	kind   *workflow.Kind
	// One is of the United Nations, the others external. All know objective 7 and read English.
	One, Two, Three, Four webtest.Person

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

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
	if w.router, err = web.New(web.Options{DB: db, Site: site, Secret: []byte("secret of the test"), Log: slog.New(slog.DiscardHandler), NetworkLimit: -1}); err != nil {
		t.Fatal(err)
	}
	w.kind = &workflow.Kind{
		Name: "pledge", Plan: workflow.Publishing, Desk: identity.PledgesDesk, Form: questions,
		Title: func(a form.Answers) string { return a.First("title") }, Lang: func(form.Answers, string) string { return "en" },
		Publish: func(_ context.Context, _ database.Tx, s workflow.Submission, _ form.Answers, _ time.Time) (string, error) {
			return fmt.Sprintf("GCM-P-%04d", s.ID), nil
		},
		TakeDown: func(context.Context, database.Tx, workflow.Submission, time.Time) error { return nil },
		Path:     func(publicID string) string { return "/pledges/" + publicID },
	}
	w.peer = peer.NewService(peer.Options{
		DB: db, Kinds: workflow.Kinds{"pledge": w.kind}, Vocabulary: func() *gcm.Vocabulary { return vocabulary }, Site: site, Now: w.clock,
		Files:    attachment.NewStore(attachment.Options{DB: db, Log: slog.New(slog.DiscardHandler), Now: w.clock}),
		DeskPath: func(id workflow.ID) string { return fmt.Sprintf("/desk/submissions/%d", id) },
		Invite: func(ctx context.Context, tx database.Tx, _ identity.User, email, name string, lang i18n.Lang) (int64, string, error) {
			id, err := database.Value[int64](ctx, tx, `INSERT INTO users (email, name, lang, created_at) VALUES ($1, $2, $3, now()) RETURNING id`, email, name, lang)
			if err == nil {
				_, err = tx.Exec(ctx, `INSERT INTO staff_roles (user_id, role, created_at) VALUES ($1, 'reviewer', now())`, id)
			}
			return id, "https://portal.example.org/en/t/secret", err
		},
	})
	peer.Routes(w.router, w.peer)
	w.router.Public("GET /sign-in", func(rw http.ResponseWriter, r *http.Request) error {
		return web.Render(rw, r, http.StatusOK, ui.Layout(ui.Page{Title: "Sign in"}))
	})
	w.Cast = webtest.NewCast(t, db, w.router)
	w.exec(`UPDATE review_settings SET enabled = true WHERE kind = 'pledge'`)
	w.One, w.Two, w.Three, w.Four = w.reviewer("One", peer.UN), w.reviewer("Two", peer.External), w.reviewer("Three", peer.External), w.reviewer("Four", peer.External)
	return w
}

// reviewer is somebody with a profile, of no country.
func (w *world) reviewer(name string, side peer.Side) webtest.Person {
	w.Helper()
	u := webtest.NewUser(w.T, w.db, name, nil, identity.StaffRole{Role: identity.Reviewer})
	w.exec(`UPDATE users SET country = '' WHERE id = $1`, u.ID)
	w.exec(`INSERT INTO reviewers (user_id, side, objectives, languages, created_at, changed_at) VALUES ($1, $2, '{7}', '{en}', $3, $3)`, u.ID, side, now)
	return webtest.SignedIn(w.T, w.Visitor.Client, w.router, name, u)
}

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

func (w *world) tx(do func(tx database.Tx) error) {
	w.Helper()
	if err := w.db.InTx(w.Context(), do); err != nil {
		w.Fatal(err)
	}
}

// step takes a step of the plan.
func (w *world) step(id workflow.ID, who identity.User, action workflow.Action, note string) {
	w.Helper()
	w.tx(func(tx database.Tx) error {
		s, err := workflow.Lock(w.Context(), tx, id, who)
		if err == nil {
			_, err = workflow.Apply(w.Context(), tx, w.kind, &s, action, who, workflow.Input{Note: note}, w.clock())
		}
		return err
	})
}

// sent makes a pledge of the member that was handed in and taken.
func (w *world) sent(title string) workflow.ID {
	w.Helper()
	var id workflow.ID
	w.tx(func(tx database.Tx) (err error) {
		if id, err = workflow.Start(w.Context(), tx, w.kind, w.Office, w.Member.User, w.clock()); err != nil {
			return err
		}
		s, err := workflow.Lock(w.Context(), tx, id, w.Member.User)
		if err != nil {
			return err
		}
		for step, a := range map[string]form.Answers{
			"contacts": {"contact_name": {"Amara Diallo"}}, "what": {"title": {title}, "objectives": {"7"}},
			"partners": {"partners.0.name": {"City of Kisumu"}, "partners.0.email": {"partner@example.org"}},
			"text":     {"description": {"A registrar in each of the 14 border health posts."}},
		} {
			if _, err := workflow.SaveStep(w.Context(), tx, w.kind, &s, step, 0, a, w.Member.User, w.clock()); err != nil {
				return err
			}
		}
		return nil
	})
	w.step(id, w.Member.User, workflow.Submit, "")
	w.step(id, w.Officer.User, workflow.Take, "")
	return id
}

// round opens a round with the reviewers, who are asked in that order, and returns the assignments.
func (w *world) round(id workflow.ID, reviewers ...webtest.Person) []int64 {
	w.Helper()
	c := w.desk(id)
	n := peer.NewRound{DueOn: date.Of(w.clock()).AddDays(21), Version: c.Version}
	for _, r := range reviewers {
		n.Reviewers = append(n.Reviewers, r.User.ID)
	}
	if err := w.peer.OpenRound(w.Context(), w.Lead.User, id, n); err != nil {
		w.Fatal(err)
	}
	var all []int64
	for _, r := range reviewers {
		all = append(all, w.assignment(id, r))
	}
	return all
}

func (w *world) assignment(id workflow.ID, r webtest.Person) int64 {
	w.Helper()
	return value[int64](w, `SELECT max(id) FROM review_assignments WHERE submission_id = $1 AND reviewer_id = $2`, id, r.User.ID)
}

func (w *world) desk(id workflow.ID) peer.DeskCase {
	w.Helper()
	c, err := w.peer.Reviews(w.Context(), w.Lead.User, id)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *world) accept(who webtest.Person, assignment int64) {
	w.Helper()
	if err := w.peer.Answer(w.Context(), who.User, assignment, peer.Answer{Conflict: "no", Accept: "yes"}); err != nil {
		w.Fatal(err)
	}
}

// whole is a review with the same score everywhere.
func whole(score int, r peer.Recommendation) peer.Review {
	return peer.Review{Scores: peer.Scores{1: score, 2: score, 3: score, 4: score, 5: score}, ToSubmitter: "Good work.", ToStaff: "Between us.", Recommendation: r}
}

// hand accepts and hands in.
func (w *world) hand(who webtest.Person, assignment int64, r peer.Review) {
	w.Helper()
	w.accept(who, assignment)
	if err := w.peer.Submit(w.Context(), who.User, assignment, workflow.Origin{}, r); err != nil {
		w.Fatal(err)
	}
}

func (w *world) state(assignment int64) peer.State {
	w.Helper()
	return value[peer.State](w, `SELECT state FROM review_assignments WHERE id = $1`, assignment)
}

func (w *world) waitingFor(id workflow.ID) workflow.Party {
	w.Helper()
	return value[workflow.Party](w, `SELECT waiting_for FROM submissions WHERE id = $1`, id)
}

// mails are the kinds of mail that were queued to the person, in order.
func (w *world) mails(who webtest.Person) []string {
	w.Helper()
	all, err := database.Values[string](w.Context(), w.db.Read(), `SELECT kind FROM outbox WHERE to_user = $1 ORDER BY id`, who.User.ID)
	if err != nil {
		w.Fatal(err)
	}
	return all
}

func (w *world) wrote(who webtest.Person, kind string) bool {
	w.Helper()
	return slices.Contains(w.mails(who), kind)
}

func has(t *testing.T, page *webtest.Page, words ...string) {
	t.Helper()
	for _, want := range words {
		if !strings.Contains(string(page.Body), want) {
			t.Errorf("%s does not say %q", page.URL, want)
		}
	}
}

func hasNot(t *testing.T, page *webtest.Page, words ...string) {
	t.Helper()
	for _, not := range words {
		if strings.Contains(string(page.Body), not) {
			t.Errorf("%s says %q", page.URL, not)
		}
	}
}
