package workflow_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// now is the instant at which the tests happen.
var now = time.Date(2026, 11, 24, 9, 42, 0, 0, time.UTC)

// questions is a form of two steps.
var questions = &form.Definition{Kind: "sample", Steps: []form.Step{
	{ID: "who", Fields: []form.Field{{ID: "name", Type: form.Text, Required: true}, {ID: "email", Type: form.Email, Private: true}}},
	{ID: "what", Fields: []form.Field{{ID: "title", Type: form.Text, Required: true}, {ID: "language", Type: form.Text}}},
}}

// kindOf is a kind of submission with the plan; what it publishes and takes down is in the table of its own state only.
func kindOf(plan workflow.Plan) *workflow.Kind {
	return &workflow.Kind{
		Name: "sample", Plan: plan, Desk: identity.PledgesDesk, Form: questions,
		Title: func(a form.Answers) string { return a.First("title") },
		Lang: func(a form.Answers, fallback string) string {
			if l := a.First("language"); l != "" {
				return l
			}
			return fallback
		},
		Publish: func(_ context.Context, _ database.Tx, s workflow.Submission, _ form.Answers, _ time.Time) (string, error) {
			return fmt.Sprintf("T-%d", s.ID), nil
		},
		TakeDown: func(context.Context, database.Tx, workflow.Submission, time.Time) error { return nil },
		Path:     func(publicID string) string { return "/samples/" + publicID },
	}
}

// world is a database with one person of every kind that the rules tell apart.
type world struct {
	*testing.T
	db   *database.DB
	kind *workflow.Kind

	office, other                         int64
	author, head, colleague, viewer       identity.User
	stranger, officer, lead, otherOfficer identity.User
	conflicted, former, reviewer, admin   identity.User
}

func newWorld(t *testing.T, plan workflow.Plan) *world {
	t.Helper()
	db := dbtest.New(t)
	w := &world{T: t, db: db, kind: kindOf(plan)}
	w.office = webtest.NewOffice(t, db, "Ministry of Labour", "KE")
	w.other = webtest.NewOffice(t, db, "City of Cali", "CO")
	post := func(office int64, role identity.PostRole) map[int64]identity.PostRole {
		return map[int64]identity.PostRole{office: role}
	}
	desk := func(role identity.Role, desk identity.Desk) identity.StaffRole {
		return identity.StaffRole{Role: role, Desk: desk}
	}
	w.author = webtest.NewUser(t, db, "Author", post(w.office, identity.Contributor))
	w.head = webtest.NewUser(t, db, "Head", post(w.office, identity.Head))
	w.colleague = webtest.NewUser(t, db, "Colleague", post(w.office, identity.Contributor))
	w.viewer = webtest.NewUser(t, db, "Viewer", post(w.office, identity.Viewer))
	w.stranger = webtest.NewUser(t, db, "Stranger", post(w.other, identity.Head))
	w.officer = webtest.NewUser(t, db, "Officer", nil, desk(identity.Officer, identity.PledgesDesk))
	w.lead = webtest.NewUser(t, db, "Lead", nil, desk(identity.Lead, identity.PledgesDesk))
	w.otherOfficer = webtest.NewUser(t, db, "Other officer", nil, desk(identity.Officer, identity.FundDesk))
	w.conflicted = webtest.NewUser(t, db, "Conflicted", post(w.office, identity.Viewer), desk(identity.Officer, identity.PledgesDesk))
	w.former = webtest.NewUser(t, db, "Former", post(w.office, identity.Head), desk(identity.Officer, identity.PledgesDesk))
	w.reviewer = webtest.NewUser(t, db, "Reviewer", nil, desk(identity.Reviewer, ""))
	w.admin = webtest.NewUser(t, db, "Administrator", nil, desk(identity.Administrator, ""))
	w.exec(`UPDATE posts SET state = 'ended', until_on = current_date - 1 WHERE user_id = $1`, w.former.ID)
	w.former = w.reload(w.former)
	return w
}

func (w *world) exec(sql string, args ...any) {
	w.Helper()
	if _, err := w.db.Read().Exec(w.Context(), sql, args...); err != nil {
		w.Fatal(err)
	}
}

func (w *world) reload(u identity.User) identity.User {
	w.Helper()
	u, err := identity.Load(w.Context(), w.db.Read(), u.ID)
	if err != nil {
		w.Fatal(err)
	}
	return u
}

// start opens a draft of the author.
func (w *world) start() workflow.ID {
	w.Helper()
	var id workflow.ID
	err := w.db.InTx(w.Context(), func(tx database.Tx) (err error) {
		id, err = workflow.Start(w.Context(), tx, w.kind, w.office, w.author, now)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return id
}

// in makes a submission in the state; published says that an earlier revision of it is before the public.
func (w *world) in(state workflow.State, published bool) workflow.ID {
	w.Helper()
	id := w.start()
	revision := 1
	if published && state != workflow.Published {
		revision = 2
	}
	for r := 1; r <= revision; r++ {
		w.exec(`INSERT INTO submission_steps (submission_id, revision, step, version, answers, saved_by, saved_at)
			VALUES ($1, $2, 'what', 1, jsonb_build_object('title', jsonb_build_array('Title ' || $2::int)), $3, $4)`, id, r, w.author.ID, now)
	}
	var submitted, public *int
	var publicID *string
	if state != workflow.Draft && state != workflow.ChangesRequested {
		submitted = &revision
	} else if state == workflow.ChangesRequested || published {
		one := 1
		submitted = &one
	}
	if published {
		one := 1
		name := fmt.Sprintf("T-%d", id)
		public, publicID = &one, &name
	}
	w.exec(`UPDATE submissions SET state = $2, revision = $3, submitted_revision = $4, published_revision = $5, public_id = $6,
		submitted_at = CASE WHEN $4::int IS NULL THEN NULL ELSE $7::timestamptz END WHERE id = $1`, id, state, revision, submitted, public, publicID, now)
	return id
}

// apply takes a step in a transaction of its own.
func (w *world) apply(id workflow.ID, action workflow.Action, who identity.User, in workflow.Input) (workflow.Submission, workflow.Event, error) {
	w.Helper()
	var s workflow.Submission
	var e workflow.Event
	err := w.db.InTx(w.Context(), func(tx database.Tx) (err error) {
		if s, err = workflow.Lock(w.Context(), tx, id, who); err != nil {
			return err
		}
		e, err = workflow.Apply(w.Context(), tx, w.kind, &s, action, who, in, now)
		return err
	})
	return s, e, err
}

// must is apply for a step that has to work.
func (w *world) must(id workflow.ID, action workflow.Action, who identity.User, note string) workflow.Submission {
	w.Helper()
	s, _, err := w.apply(id, action, who, workflow.Input{Note: note})
	if err != nil {
		w.Fatalf("%s: %v", action, err)
	}
	return s
}

// find reads the submission as the person sees it.
func (w *world) find(id workflow.ID, who identity.User) (workflow.Submission, error) {
	return workflow.Find(w.Context(), w.db.Read(), id, who)
}

// save keeps a step in a transaction of its own.
func (w *world) save(id workflow.ID, step string, on workflow.Origin, a form.Answers, who identity.User) (workflow.Saved, error) {
	w.Helper()
	var saved workflow.Saved
	err := w.db.InTx(w.Context(), func(tx database.Tx) error {
		s, err := workflow.Lock(w.Context(), tx, id, who)
		if err != nil {
			return err
		}
		saved, err = workflow.SaveStepFrom(w.Context(), tx, w.kind, &s, step, on, a, who, now)
		return err
	})
	return saved, err
}

func value[T any](w *world, sql string, args ...any) T {
	w.Helper()
	v, err := database.Value[T](w.Context(), w.db.Read(), sql, args...)
	if err != nil {
		w.Fatal(err)
	}
	return v
}
