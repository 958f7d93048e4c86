package review_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/review"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

func (w *world) rule(r review.Rule) {
	w.Helper()
	r.Desk = identity.PledgesDesk
	if err := w.desk.SaveRule(w.Context(), w.Lead.User, r); err != nil {
		w.Fatal(err)
	}
}

// handedIn makes a pledge of the member that was handed in, to which the rules were applied.
func (w *world) handedIn(title string) workflow.ID {
	w.Helper()
	id := w.sent(title)
	w.in(func(ctx context.Context, tx database.Tx) error { return w.desk.AssignByRule(ctx, tx, id) })
	return id
}

func (w *world) assigned(id workflow.ID) int64 {
	w.Helper()
	return value[int64](w, `SELECT coalesce(assigned_to, 0) FROM submissions WHERE id = $1`, id)
}

func TestWhatIsHandedInIsGivenByRule(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		rules func(w *world) []review.Rule
		to    func(w *world) int64
		says  string
	}{
		{"no rules", func(*world) []review.Rule { return nil }, nobody, ""},
		{"one for everything", func(w *world) []review.Rule { return []review.Rule{{Officers: ids(w.Second)}} }, theSecond, "rule 1 gave it"},
		{"by kind, country and language", func(w *world) []review.Rule {
			return []review.Rule{{Kind: "pledge", Country: "KE", Lang: "en", Officers: ids(w.Second)}}
		}, theSecond, "rule 1 gave it"},
		{"by region", func(w *world) []review.Rule { return []review.Rule{{Region: "africa", Officers: ids(w.Second)}} }, theSecond, "rule 1 gave it"},
		{"by objective", func(w *world) []review.Rule { return []review.Rule{{Objective: 7, Officers: ids(w.Second)}} }, theSecond, "rule 1 gave it"},
		{"of another country, region, language or objective", func(w *world) []review.Rule {
			return []review.Rule{{Country: "CO", Officers: ids(w.Second)}, {Region: "europe", Officers: ids(w.Second)}, {Lang: "fr", Officers: ids(w.Second)}, {Objective: 9, Officers: ids(w.Second)}}
		}, nobody, "No rule gave it to anybody"},
		{"the first that fits", func(w *world) []review.Rule {
			return []review.Rule{{Country: "CO", Officers: ids(w.Lead)}, {Officers: ids(w.Second)}, {Officers: ids(w.Lead)}}
		}, theSecond, "rule 2 gave it"},
		{"whose officers have a conflict", func(w *world) []review.Rule {
			return []review.Rule{{Officers: ids(w.Conflicted, w.Former, w.Scribe)}, {Officers: ids(w.Second)}}
		}, theSecond, "Rule 1 fits, but none of its officers may have it"},
		{"none with somebody who may", func(w *world) []review.Rule { return []review.Rule{{Officers: ids(w.Conflicted)}} }, nobody, "Rule 1 fits, but none of its officers may have it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.pledge.Objectives = func(form.Answers) []int { return []int{7, 21} }
			for _, r := range c.rules(w) {
				w.rule(r)
			}
			id := w.handedIn("By rule")
			if to := w.assigned(id); to != c.to(w) {
				t.Errorf("it is with %d, want %d", to, c.to(w))
			}
			page := w.Officer.In(t).Get(fmt.Sprintf("/en/desk/submissions/%d", id)).Want(http.StatusOK)
			if c.says != "" {
				reads(t, page, "section[aria-labelledby=assignment]", c.says)
			}
		})
	}
}

func nobody(*world) int64      { return 0 }
func theSecond(w *world) int64 { return w.Second.User.ID }

func ids(people ...webtest.Person) []int64 {
	var all []int64
	for _, p := range people {
		all = append(all, p.User.ID)
	}
	return all
}

func TestOfSeveralOfficersTheLeastLoadedGetsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rule(review.Rule{Officers: ids(w.Lead, w.Officer, w.Second)})
	var got []int64
	for n := range 6 {
		got = append(got, w.assigned(w.handedIn(fmt.Sprint("Number ", n))))
	}
	for _, p := range []int64{w.Lead.User.ID, w.Officer.User.ID, w.Second.User.ID} {
		if n := len(slices.DeleteFunc(slices.Clone(got), func(id int64) bool { return id != p })); n != 2 {
			t.Errorf("%d has %d of 6: %v", p, n, got)
		}
	}
	// Who has left the desk, or closed their account, gets nothing more; who has it already keeps it.
	w.exec(`DELETE FROM staff_roles WHERE user_id = $1`, w.Second.User.ID)
	w.exec(`UPDATE users SET closed_at = now() WHERE id = $1`, w.Officer.User.ID)
	for n := range 3 {
		if to := w.assigned(w.handedIn(fmt.Sprint("Later ", n))); to != w.Lead.User.ID {
			t.Errorf("it is with %d", to)
		}
	}
	kept := w.sent("Again")
	w.exec(`UPDATE submissions SET assigned_to = $2 WHERE id = $1`, kept, w.Lead.User.ID)
	before := w.version(kept)
	w.in(func(ctx context.Context, tx database.Tx) error { return w.desk.AssignByRule(ctx, tx, kept) })
	if w.version(kept) != before || w.assigned(kept) != w.Lead.User.ID {
		t.Error("who had it does not keep it")
	}
}

// What is with somebody who cannot see it any more does not wait unseen: it goes to whom the rules name, or to the desk.
func TestNothingWaitsWithWhoCannotSeeIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		leave func(w *world, id workflow.ID)
		rules bool
		to    func(w *world) int64
	}{
		{"they see it", func(*world, workflow.ID) {}, true, func(w *world) int64 { return w.Officer.User.ID }},
		{"they have a conflict", func(w *world, id workflow.ID) { w.behindTheWall(id, w.Officer.User) }, false, nobody},
		{"they have a conflict, and there is a rule", func(w *world, id workflow.ID) { w.behindTheWall(id, w.Officer.User) }, true, theSecond},
		{"they left the desk", func(w *world, _ workflow.ID) {
			w.exec(`DELETE FROM staff_roles WHERE user_id = $1`, w.Officer.User.ID)
		}, true, theSecond},
		{"they closed their account", func(w *world, _ workflow.ID) {
			w.exec(`UPDATE users SET closed_at = now() WHERE id = $1`, w.Officer.User.ID)
		}, false, nobody},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id, other := w.reviewed("With the officer"), w.reviewed("With the second")
			w.exec(`UPDATE submissions SET assigned_to = $2 WHERE id = $1`, other, w.Second.User.ID)
			if c.rules {
				w.rule(review.Rule{Officers: ids(w.Officer, w.Second)})
			}
			c.leave(w, id)
			for range 2 { // the second time there is nothing to do
				if err := w.desk.CareAssignments(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if to := w.assigned(id); to != c.to(w) {
				t.Errorf("it is with %d, want %d", to, c.to(w))
			}
			if w.assigned(other) != w.Second.User.ID {
				t.Errorf("another is with %d", w.assigned(other))
			}
			acts := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'assign' AND actor_id IS NULL`)
			if moved := c.to(w) != w.Officer.User.ID; acts != map[bool]int{true: 1, false: 0}[moved] {
				t.Errorf("the record has %d acts of the portal", acts)
			}
		})
	}
}

func TestRulesAreTheLeads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rule(review.Rule{Country: "KE", Officers: ids(w.Second)})
	w.rule(review.Rule{Officers: ids(w.Lead)})
	w.handedIn("The last one")
	rules := values[int64](w, `SELECT id FROM assignment_rules ORDER BY position`)
	for _, c := range []struct {
		name string
		rule review.Rule
		key  string
	}{
		{"without officers", review.Rule{Desk: identity.PledgesDesk}, "review.rule.officers.missing"},
		{"with one of another desk", review.Rule{Desk: identity.PledgesDesk, Officers: []int64{w.Member.User.ID}}, "review.rule.officers.gone"},
	} {
		fields, _ := problem.InvalidFields(w.desk.SaveRule(t.Context(), w.Lead.User, c.rule))
		if len(fields) != 1 || fields[0].Key != c.key {
			t.Errorf("%s: %v", c.name, fields)
		}
	}
	for _, p := range []identity.User{w.Officer.User, w.Conflicted.User, w.Member.User} {
		for name, err := range map[string]error{
			"read":   second(w.desk.RuleBook(t.Context(), p, identity.PledgesDesk, nil)),
			"save":   w.desk.SaveRule(t.Context(), p, review.Rule{Desk: identity.PledgesDesk, Officers: ids(w.Second)}),
			"remove": w.desk.RemoveRule(t.Context(), p, rules[0]),
			"raise":  w.desk.RaiseRule(t.Context(), p, rules[1]),
		} {
			if !errors.Is(err, problem.NotFound) {
				t.Errorf("%s may %s: %v", p.Name, name, err)
			}
		}
	}
	if err := w.desk.SaveRule(t.Context(), w.Lead.User, review.Rule{Desk: identity.FundDesk, Officers: ids(w.Second)}); !errors.Is(err, problem.NotFound) {
		t.Errorf("a lead rules another desk: %v", err)
	}
	lead := w.Lead.In(t)
	page := lead.Get("/en/desk/settings/rules").Want(http.StatusOK)
	reads(t, page, "main", "Kenya", "The last one", "Rule 1: to Second")
	lead.Post("/en/desk/settings/rules", url.Values{"desk": {"pledges"}}).Want(http.StatusUnprocessableEntity)
	trial := lead.Post("/en/desk/settings/rules", url.Values{"desk": {"pledges"}, "country": {"CO"}, "officers": {fmt.Sprint(w.Lead.User.ID)}, "step": {"try"}}).Want(http.StatusOK)
	reads(t, trial, "#trial", "Tried, not saved", "To nobody")
	if n := value[int](w, `SELECT count(*)::int FROM assignment_rules`); n != 2 {
		t.Errorf("a trial made a rule: %d", n)
	}
	lead.Post(fmt.Sprintf("/en/desk/settings/rules/%d/place", rules[1]), url.Values{"desk": {"pledges"}}).Want(http.StatusSeeOther)
	if now := values[int64](w, `SELECT id FROM assignment_rules ORDER BY position`); !slices.Equal(now, []int64{rules[1], rules[0]}) {
		t.Errorf("the order is %v", now)
	}
	lead.Post(fmt.Sprintf("/en/desk/settings/rules/%d/removal", rules[1]), url.Values{"desk": {"pledges"}}).Want(http.StatusSeeOther)
	lead.Post(fmt.Sprintf("/en/desk/settings/rules/%d/removal", rules[1]), url.Values{"desk": {"pledges"}}).Want(http.StatusNotFound)
	w.exec(`DELETE FROM staff_roles WHERE user_id = $1`, w.Second.User.ID)
	reads(t, lead.Get("/en/desk/settings/rules?desk=pledges"), "main", "Not at this desk any more", "Nobody of this rule works at the desk")
	lead.Get("/en/desk/settings/rules?desk=fund").Want(http.StatusNotFound)
	lead.Get("/en/desk/settings/rules?rule=999999").Want(http.StatusNotFound)
}
