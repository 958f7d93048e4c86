package workflow_test

import (
	"errors"
	"slices"
	"testing"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// Every reason of the wall, both ways: who has it is kept out at the desk and as a reviewer, and the same person without
// it is not (review.md, Conflict wall).
func TestEveryReasonForAConflict(t *testing.T) {
	t.Parallel()
	lead, reviews := identity.StaffRole{Role: identity.Lead, Desk: identity.PledgesDesk}, identity.StaffRole{Role: identity.Reviewer}
	partner := `INSERT INTO pledge_partners (submission_id, key, name, country, part, email, since_revision) VALUES ($1, $2::text, $3, $4, 'A part', $5, 1)`
	tests := []struct {
		reason workflow.ConflictReason
		name   string
		make   func(w *world, id workflow.ID, who identity.User)
		but    func(w *world, id workflow.ID, who identity.User) // nearly the same, and no conflict
	}{
		{workflow.ConflictAuthor, "the author", func(w *world, id workflow.ID, who identity.User) {
			w.exec(`UPDATE submissions SET author_id = $2 WHERE id = $1`, id, who.ID)
		}, func(w *world, _ workflow.ID, who identity.User) {
			w.exec(`UPDATE submissions SET author_id = $2 WHERE id = $1`, w.start(), who.ID)
		}},
		{workflow.ConflictOffice, "a post in the office", post("approved", false), post("approved", true)},
		{workflow.ConflictOffice, "a post in the office that is over", post("ended", false), post("ended", true)},
		{workflow.ConflictOffice, "a post in the office that was asked for", post("pending", false), post("refused", false)},
		{workflow.ConflictWriter, "a step that they saved", func(w *world, id workflow.ID, who identity.User) {
			w.exec(`UPDATE submission_steps SET saved_by = $2 WHERE submission_id = $1`, id, who.ID)
		}, func(w *world, _ workflow.ID, who identity.User) {
			w.exec(`UPDATE submission_steps SET saved_by = $2 WHERE submission_id = $1`, w.in(workflow.Submitted, false), who.ID)
		}},
		{workflow.ConflictInvited, "an invitation that they accepted, and that is over", func(w *world, id workflow.ID, who identity.User) {
			w.exec(`INSERT INTO draft_invitations (submission_id, email, rights, until_on, token_hash, invited_by, created_at, user_id, accepted_at, ended_at)
				VALUES ($1, 'x@example.org', 'view', current_date - 5, 'x', $3, now(), $2, now(), now())`, id, who.ID, w.author.ID)
		}, func(w *world, id workflow.ID, _ identity.User) {
			w.exec(`INSERT INTO draft_invitations (submission_id, email, rights, until_on, token_hash, invited_by, created_at)
				VALUES ($1, 'x@example.org', 'view', current_date + 5, 'x', $2, now())`, id, w.author.ID)
		}},
		{workflow.ConflictCountry, "a national of the country whose government sent it", reviewer("un", "KE", ""), reviewer("un", "CO", "")},
		{workflow.ConflictCountry, "a profile that names the country", reviewer("external", "CO", "{KE}"), reviewer("external", "", "{CO,FR}")},
		{workflow.ConflictCountry, "a post in another office of the government", func(w *world, _ workflow.ID, who identity.User) {
			reviewer("un", "", "")(w, 0, who)
			w.post(webtest.NewOffice(w.T, w.db, "Ministry of Health", "KE"), who.ID, "ended")
		}, func(w *world, id workflow.ID, who identity.User) {
			reviewer("un", "", "")(w, 0, who)
			w.post(w.other, who.ID, "approved")
			w.exec(`UPDATE users SET country = 'KE' WHERE id = $1`, w.stranger.ID)
		}},
		{workflow.ConflictPartner, "a partner asked at their address", func(w *world, id workflow.ID, who identity.User) {
			w.exec(partner, id, "a", "Somebody", "", who.Email)
		}, func(w *world, id workflow.ID, who identity.User) {
			w.exec(partner, id, "a", "Somebody", "", "no."+who.Email)
		}},
		{workflow.ConflictPartner, "a partner asked at a colleague's address, who has a post since", func(w *world, id workflow.ID, who identity.User) {
			w.exec(partner, id, "a", "Somebody", "", w.stranger.Email)
			w.post(w.other, who.ID, "approved")
		}, func(w *world, id workflow.ID, who identity.User) {
			w.exec(partner, id, "a", "Somebody", "", w.stranger.Email)
		}},
		{workflow.ConflictPartner, "a partner that bears the name of their office, however it is written", func(w *world, id workflow.ID, who identity.User) {
			w.post(w.other, who.ID, "ended")
			w.exec(partner, id, "a", "CITY of Calí", "CO", "mayor@example.org")
		}, func(w *world, id workflow.ID, who identity.User) {
			w.post(w.other, who.ID, "ended")
			w.exec(partner, id, "a", "City of Cali", "EC", "mayor@example.org")
		}},
		{workflow.ConflictPartner, "a partner whose name their office takes later", func(w *world, id workflow.ID, who identity.User) {
			w.exec(partner, id, "a", "Cali Town Hall", "", "mayor@example.org")
			w.post(w.other, who.ID, "approved")
			w.exec(`UPDATE offices SET name = 'Cali town hall' WHERE id = $1`, w.other)
		}, func(w *world, id workflow.ID, who identity.User) {
			w.exec(partner, id, "a", "Cali Town Hall", "", "mayor@example.org")
			w.post(w.other, who.ID, "approved")
		}},
		{workflow.ConflictPartner, "a partner whose address becomes theirs", func(w *world, id workflow.ID, who identity.User) {
			w.exec(partner, id, "a", "Somebody", "", "later@example.org")
			w.exec(`UPDATE users SET email = 'Later@example.org' WHERE id = $1`, who.ID)
		}, func(w *world, id workflow.ID, who identity.User) {
			w.exec(partner, w.start(), "a", "Somebody", "", who.Email)
		}},
		{workflow.ConflictInterest, "an interest in the office", interest(true, "", false), interest(true, "", true)},
		{workflow.ConflictInterest, "an interest in the country", interest(false, "KE", false), interest(false, "CO", false)},
		{workflow.ConflictDeclared, "they said so", func(w *world, id workflow.ID, who identity.User) {
			w.tx(func(tx database.Tx) error {
				return workflow.Declare(w.Context(), tx, id, who, true, "A friend wrote it.", now)
			})
		}, func(w *world, id workflow.ID, who identity.User) {
			w.tx(func(tx database.Tx) error { return workflow.Declare(w.Context(), tx, id, who, false, "", now) })
		}},
		{workflow.ConflictStaff, "staff said so", func(w *world, id workflow.ID, who identity.User) {
			w.tx(func(tx database.Tx) error {
				return workflow.SetConflict(w.Context(), tx, id, who.ID, true, "They worked there.", w.lead, now)
			})
		}, func(w *world, id workflow.ID, who identity.User) {
			w.tx(func(tx database.Tx) error {
				if err := workflow.Declare(w.Context(), tx, id, who, true, "By mistake.", now); err != nil {
					return err
				}
				return workflow.SetConflict(w.Context(), tx, id, who.ID, false, "They pressed the wrong button.", w.lead, now)
			})
		}},
	}
	covered := map[workflow.ConflictReason]bool{}
	for _, test := range tests {
		covered[test.reason] = true
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, conflict := range []bool{true, false} {
				w := newWorld(t, workflow.Publishing)
				id := w.in(workflow.Submitted, false)
				who := webtest.NewUser(t, w.db, "Judge", nil, lead, reviews)
				w.exec(`UPDATE users SET country = '' WHERE id = $1`, who.ID)
				w.ask(id, who.ID)
				if conflict {
					test.make(w, id, who)
				} else {
					test.but(w, id, who)
				}
				standing, reasons := w.standing(id, who.ID)
				if got := slices.Contains(reasons, test.reason); got != conflict || (standing == workflow.InConflict) != conflict {
					t.Errorf("conflict %t: %s for %v", conflict, standing, reasons)
				}
				_, err := workflow.Find(t.Context(), w.db.Read(), id, who)
				if desk := !errors.Is(err, problem.NotFound); desk == conflict && test.reason != workflow.ConflictOffice && test.reason != workflow.ConflictAuthor {
					t.Errorf("conflict %t: at the desk: %v", conflict, err)
				}
				sides := values[string](w, `SELECT side FROM submission_access WHERE submission_id = $1 AND user_id = $2 AND side <> 'owner' ORDER BY 1`, id, who.ID)
				want := []string{"desk", "reviewer"}
				if conflict {
					want = nil
				}
				if !slices.Equal(sides, want) {
					t.Errorf("conflict %t: they stand on the sides %v", conflict, sides)
				}
			}
		})
	}
	for _, r := range workflow.ConflictReasons {
		if !covered[r] {
			t.Errorf("no case has the reason %s", r)
		}
	}
}

// A standing is one of three, in Go as in SQL.
func TestStandings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Publishing)
	id := w.in(workflow.Submitted, false)
	check := func(want workflow.Standing) {
		t.Helper()
		got, _ := w.standing(id, w.officer.ID)
		sql := value[workflow.Standing](w, `SELECT `+workflow.StandingSQL("$1", "$2"), w.officer.ID, id)
		if got != want || sql != want {
			t.Errorf("it is %s, in SQL %s, want %s", got, sql, want)
		}
	}
	check(workflow.NotAsked)
	w.tx(func(tx database.Tx) error { return workflow.Declare(t.Context(), tx, id, w.officer, false, "", now) })
	check(workflow.NoneDeclared)
	w.tx(func(tx database.Tx) error {
		return workflow.SetConflict(t.Context(), tx, id, w.officer.ID, true, "Married to the author.", w.lead, now)
	})
	check(workflow.InConflict)
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		return workflow.SetConflict(t.Context(), tx, id, w.officer.ID, false, " \n", w.lead, now)
	})
	if _, ok := problem.InvalidFields(err); !ok {
		t.Errorf("a conflict is lifted without a reason: %v", err)
	}
	if acts := values[string](w, `SELECT act FROM audit_log WHERE subject = 'submission' AND subject_id = $1 AND act LIKE 'conflict.%' ORDER BY id`, id); !slices.Equal(acts, []string{"conflict.none", "conflict.set"}) {
		t.Errorf("the log has %v", acts)
	}
}

func (w *world) tx(do func(tx database.Tx) error) {
	w.Helper()
	if err := w.db.InTx(w.Context(), do); err != nil {
		w.Fatal(err)
	}
}

func (w *world) standing(id workflow.ID, person int64) (workflow.Standing, []workflow.ConflictReason) {
	w.Helper()
	s, reasons, err := workflow.StandingOf(w.Context(), w.db.Read(), id, person)
	if err != nil {
		w.Fatal(err)
	}
	return s, reasons
}

func (w *world) post(office, person int64, state string) {
	w.Helper()
	w.exec(`INSERT INTO posts (user_id, office_id, role, state, from_on, created_at) VALUES ($1, $2, 'viewer', $3, current_date - 30, now())`, person, office, state)
}

// ask asks the person to review the submission.
func (w *world) ask(id workflow.ID, person int64) {
	w.Helper()
	w.exec(`INSERT INTO review_rounds (submission_id, revision, number, set_id, visibility, redacted, un_needed, external_needed, steps_apart, means_apart, due_on, opened_by, opened_at)
		SELECT $1, 1, 1, min(id), 'never', '{}', 1, 2, 2, 1.5, current_date + 20, $2, now() FROM review_criteria_sets`, id, w.lead.ID)
	w.exec(`INSERT INTO review_assignments (round_id, submission_id, reviewer_id, side, cause, asked_at, due_on)
		SELECT id, $1, $2, 'un', 'desk', now(), due_on FROM review_rounds WHERE submission_id = $1`, id, person)
}

// post gives the person a post in the office of the submission, or in another of another country.
func post(state string, elsewhere bool) func(*world, workflow.ID, identity.User) {
	return func(w *world, _ workflow.ID, who identity.User) {
		if elsewhere {
			w.post(w.other, who.ID, state)
			return
		}
		w.post(w.office, who.ID, state)
	}
}

func reviewer(side, country, countries string) func(*world, workflow.ID, identity.User) {
	return func(w *world, _ workflow.ID, who identity.User) {
		if countries == "" {
			countries = "{}"
		}
		w.exec(`INSERT INTO reviewers (user_id, side, countries, created_at, changed_at) VALUES ($1, $2, $3, now(), now())`, who.ID, side, countries)
		w.exec(`UPDATE users SET country = $2 WHERE id = $1`, who.ID, country)
	}
}

func interest(office bool, country string, over bool) func(*world, workflow.ID, identity.User) {
	return func(w *world, _ workflow.ID, who identity.User) {
		var of int64
		if office {
			of = w.office
		}
		w.tx(func(tx database.Tx) error {
			return workflow.DeclareInterest(w.Context(), tx, who, of, country, "A reason", now)
		})
		all, err := workflow.Interests(w.Context(), w.db.Read(), who.ID)
		if err != nil || len(all) != 1 {
			w.Fatalf("interests %v, %v", all, err)
		}
		if over {
			w.tx(func(tx database.Tx) error { return workflow.EndInterest(w.Context(), tx, who, all[0].ID, now) })
		}
	}
}

func values[T any](w *world, sql string, args ...any) []T {
	w.Helper()
	v, err := database.Values[T](w.Context(), w.db.Read(), sql, args...)
	if err != nil {
		w.Fatal(err)
	}
	return v
}
