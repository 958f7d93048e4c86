package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// The permission table: what somebody is in the office of a submission, what they are at the secretariat, and what else ties
// them to it. Every combination is tried.
var (
	postRoles  = append([]identity.PostRole{""}, identity.PostRoles...)
	staffRoles = []identity.StaffRole{
		{},
		{Role: identity.Officer, Desk: identity.PledgesDesk},
		{Role: identity.Lead, Desk: identity.PledgesDesk},
		{Role: identity.Officer, Desk: identity.FundDesk},
		{Role: identity.Reviewer},
		{Role: identity.Administrator},
	}
	// ties are what makes a conflict of who holds no post that counts (review.md, Conflict wall).
	ties = []string{"", "an ended post", "a post that waits", "a step that they wrote"}
)

// party is somebody of the table.
type party struct {
	who  identity.User
	name string
	// side and acts say how they stand to a submission of the office that the desk knows.
	side workflow.By
	acts bool
}

// parties makes one person for each line of the table, tied to the submissions.
func parties(w *world, ids []workflow.ID) []party {
	w.Helper()
	var all []party
	for _, post := range postRoles {
		for _, staff := range staffRoles {
			for _, tie := range ties {
				if tie != "" && post != "" {
					continue // a post says all
				}
				p := party{name: fmt.Sprintf("post %q, staff %q at %q, tied by %q", post, staff.Role, staff.Desk, tie)}
				posts := map[int64]identity.PostRole{}
				if post != "" {
					posts[w.office] = post
				} else if tie == "an ended post" || tie == "a post that waits" {
					posts[w.office] = identity.Head
				}
				var roles []identity.StaffRole
				if staff.Role != "" {
					roles = append(roles, staff)
				}
				p.who = webtest.NewUser(w.T, w.db, "Somebody", posts, roles...)
				switch tie {
				case "an ended post":
					w.exec(`UPDATE posts SET state = 'ended', until_on = current_date - 1 WHERE user_id = $1`, p.who.ID)
				case "a post that waits":
					w.exec(`UPDATE posts SET state = 'pending' WHERE user_id = $1`, p.who.ID)
				case "a step that they wrote":
					w.exec(`INSERT INTO submission_steps (submission_id, revision, step, version, answers, saved_by, saved_at)
						SELECT id, 1, 'who-' || $1::bigint, 1, '{}', $1, now() FROM unnest($2::bigint[]) AS id`, p.who.ID, ids)
				}
				p.who = w.reload(p.who)
				switch {
				case post != "":
					p.side, p.acts = workflow.ByOwner, post != identity.Viewer
				case tie == "" && staff.Desk == identity.PledgesDesk:
					p.side, p.acts = workflow.ByDesk, true
				}
				all = append(all, p)
			}
		}
	}
	return all
}

// allowed is what the plan's rows and the table say to a step by somebody of the party, who has written a note.
func allowed(rows []string, p party, s workflow.Submission, action workflow.Action) error {
	if p.side == "" || p.side == workflow.ByDesk && s.SubmittedRevision == nil {
		return problem.NotFound
	}
	e, known := look(rows, action, s.State, s.Published())
	switch {
	case !known:
		return problem.NotAllowedNow
	case e.by != p.side || !p.acts:
		return problem.Forbidden
	}
	return nil
}

var errUndone = errors.New("undone")

// Every step of every plan, from every state, by everybody of the permission table: allowed or refused as plan and table
// say.
func TestEveryPermission(t *testing.T) {
	t.Parallel()
	for _, p := range plans {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, p.plan)
			var ids []workflow.ID
			for _, state := range workflow.States {
				for _, published := range []bool{false, true} {
					ended := state == workflow.Withdrawn || state == workflow.Declined || state == workflow.Archived || state == workflow.Erased
					if state == workflow.Published && !published || published && (ended || p.name == "deciding") {
						continue // cannot be
					}
					ids = append(ids, w.in(state, published))
				}
			}
			tried, done := 0, 0
			for _, party := range parties(w, ids) {
				for _, id := range ids {
					n, ok := w.tryAll(p.rows, party, id)
					tried, done = tried+n, done+ok
				}
			}
			if done < 80 || tried < 5000 {
				t.Errorf("only %d steps were tried, %d allowed", tried, done)
			}
		})
	}
}

// tryAll tries every action by the person on the submission, each undone, and a change of who it is assigned to.
func (w *world) tryAll(rows []string, p party, id workflow.ID) (tried, done int) {
	w.Helper()
	ctx := w.Context()
	s, err := workflow.FindForPortal(ctx, w.db.Read(), id)
	if err != nil {
		w.Fatal(err)
	}
	err = w.db.InTx(ctx, func(tx database.Tx) error {
		locked, err := workflow.Lock(ctx, tx, id, p.who)
		for _, action := range workflow.Actions {
			tried++
			want, got := allowed(rows, p, s, action), err
			if err == nil {
				got = undone(ctx, tx, func(tx database.Tx) error {
					mine := locked
					_, err := workflow.Apply(ctx, tx, w.kind, &mine, action, p.who, workflow.Input{Note: "because"}, now)
					return err
				})
			}
			if !errors.Is(got, want) || want == nil && got != nil {
				w.Errorf("%s from %s (published %v) by %s: %v, want %v", action, s.State, s.Published(), p.name, got, want)
			}
			if got == nil {
				done++
			}
		}
		if err != nil {
			return errUndone
		}
		got := undone(ctx, tx, func(tx database.Tx) error {
			mine := locked
			return workflow.Assign(ctx, tx, &mine, w.officer.ID, p.who, now)
		})
		if mayAssign := p.side == workflow.ByDesk && s.SubmittedRevision != nil; (got == nil) != mayAssign {
			w.Errorf("%s is assigned by %s: %v", s.State, p.name, got)
		}
		return errUndone
	})
	if !errors.Is(err, errUndone) {
		w.Fatal(err)
	}
	// To whom it can be given: who may see it at the desk, and nobody else.
	if s.SubmittedRevision != nil {
		err = w.db.InTx(ctx, func(tx database.Tx) error {
			mine, err := workflow.Lock(ctx, tx, id, w.officer)
			if err != nil {
				return err
			}
			if err := workflow.Assign(ctx, tx, &mine, p.who.ID, w.officer, now); err != nil {
				return err
			}
			return errUndone
		})
		if want := p.side == workflow.ByDesk; errors.Is(err, errUndone) != want || !want && !errors.Is(err, problem.NotFound) {
			w.Errorf("%s is given to %s: %v", s.State, p.name, err)
		}
	}
	return tried, done
}

// undone does it and takes it back.
func undone(ctx context.Context, tx database.Tx, do func(tx database.Tx) error) error {
	err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return errUndone
	})
	if errors.Is(err, errUndone) {
		return nil
	}
	return err
}
