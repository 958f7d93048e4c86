package review

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Rule gives what is handed in to somebody of the desk. Its empty conditions fit everything.
type Rule struct {
	ID      int64
	Desk    identity.Desk
	Kind    string
	Country string // ISO 3166-1 alpha-2, of the office
	Region  string // id in the vocabulary
	Lang    string // of the text
	// Objective is 0 for any.
	Objective int
	// Officers are those among whom the one with the least at hand gets it, by id.
	Officers []int64
	// Facilitated gives it to a facilitator outside the desk too: whoever is there, may have it and has the least at hand.
	Facilitated bool
}

// facets are what rules look at.
type facets struct {
	Kind, Country, Region, Lang string
	Objectives                  []int
}

// fits says whether the rule is one for it.
func (r Rule) fits(f facets) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	return is(r.Kind, f.Kind) && is(r.Country, f.Country) && is(r.Region, f.Region) && is(r.Lang, f.Lang) &&
		(r.Objective == 0 || slices.Contains(f.Objectives, r.Objective))
}

// Ruling is what the rules make of a submission.
type Ruling struct {
	// Rule is the place, from 1, of the rule that was used; 0 when none was. To is who gets it, 0 for nobody.
	Rule int
	To   int64
	// Facilitator is who is to help with it from outside the desk, 0 for nobody.
	Facilitator int64
	// Nobody are the places of rules that fit, but whose officers may not have it: they left the desk, closed their account
	// or have a conflict.
	Nobody []int
}

// choose goes through the rules in their order. may are those of the desk who may have it, with how much they have at hand, and
// facilitator is who could help from outside, 0 for nobody.
func choose(rules []Rule, f facets, may map[int64]int, facilitator int64) Ruling {
	var o Ruling
	for i, r := range rules {
		if !r.fits(f) {
			continue
		}
		able := slices.DeleteFunc(slices.Clone(r.Officers), func(id int64) bool { _, ok := may[id]; return !ok })
		helped := r.Facilitated && facilitator != 0
		if len(able) == 0 && !helped {
			o.Nobody = append(o.Nobody, i+1)
			continue
		}
		o.Rule = i + 1
		if helped {
			o.Facilitator = facilitator
		}
		if len(able) == 0 { // it stays with the whole desk
			return o
		}
		o.To = slices.MinFunc(able, func(a, b int64) int { return cmp.Or(cmp.Compare(may[a], may[b]), cmp.Compare(a, b)) })
		return o
	}
	return o
}

// AssignByRule gives what was just handed in to somebody, in the transaction of handing in, which has locked it. Who has it
// already and still may keeps it. What the rules made of it is kept for its page; where no rule has anybody it stays with
// the whole desk.
func (s *Service) AssignByRule(ctx context.Context, tx database.Tx, id workflow.ID) error {
	if err := s.assignByRule(ctx, tx, id); err != nil {
		return fmt.Errorf("assign submission %d by rule: %w", id, err)
	}
	return nil
}

func (s *Service) assignByRule(ctx context.Context, tx database.Tx, id workflow.ID) error {
	sub, err := workflow.FindForPortal(ctx, tx, id)
	if err != nil {
		return err
	}
	rules, err := rulesOf(ctx, tx, sub.Desk)
	if err != nil || len(rules) == 0 && sub.AssignedTo == nil {
		return err
	}
	able, err := mayHave(ctx, tx, []workflow.ID{id})
	if err != nil {
		return err
	}
	if _, still := able[id][assignee(sub)]; still {
		return nil
	}
	if len(rules) == 0 {
		return workflow.AssignForPortal(ctx, tx, &sub, 0, s.now())
	}
	of, err := s.facetsOf(ctx, tx, []workflow.Submission{sub})
	if err != nil {
		return err
	}
	helpers, err := s.helpers(ctx, tx, sub.Desk, []workflow.ID{id})
	if err != nil {
		return err
	}
	o := choose(rules, of[id], able[id], helpers[id])
	if _, err := tx.Exec(ctx, `INSERT INTO assignment_outcomes (submission_id, at, rule, nobody) VALUES ($1, $2, $3, $4)
		ON CONFLICT ON CONSTRAINT assignment_outcomes_pkey DO UPDATE SET at = excluded.at, rule = excluded.rule, nobody = excluded.nobody`,
		id, s.now(), o.Rule, append([]int{}, o.Nobody...)); err != nil {
		return err
	}
	if o.Facilitator != 0 {
		if err := s.facilitate(ctx, tx, sub, o.Facilitator, o.Rule); err != nil {
			return err
		}
	}
	if o.To == assignee(sub) {
		return nil
	}
	return workflow.AssignForPortal(ctx, tx, &sub, o.To, s.now())
}

// helpers are who could help with submissions of the desk from outside it.
func (s *Service) helpers(ctx context.Context, q database.Querier, desk identity.Desk, ids []workflow.ID) (map[workflow.ID]int64, error) {
	if s.facilitators == nil || desk != s.facilitatedDesk {
		return nil, nil
	}
	return s.facilitators(ctx, q, ids)
}

// careAtOnce is how many assignments one run of CareAssignments looks after, in a transaction of its own each.
const careAtOnce = 500

// CareAssignments takes what waits from those who cannot see it any more, since they left the desk, closed their account or
// have come into a conflict: with them it would wait unseen. The desk's rules give it to somebody else, or it is the whole
// desk's again. A job calls it.
func (s *Service) CareAssignments(ctx context.Context) error {
	// The wall is worked out once for each of the few who have something, not for each thing that somebody has.
	ids, err := database.Values[workflow.ID](ctx, s.db.Read(), `WITH assigned AS MATERIALIZED (
			SELECT s.id, s.desk, s.assigned_to FROM submissions s
			WHERE s.state IN ('submitted', 'in_review', 'changes_requested', 'approved') AND s.assigned_to IS NOT NULL AND s.submitted_revision IS NOT NULL AND s.kind = ANY ($1)),
		walled AS MATERIALIZED (SELECT a.assigned_to, behind_wall(a.assigned_to) AS id FROM (SELECT DISTINCT assigned_to FROM assigned) a)
		SELECT a.id FROM assigned a
		WHERE NOT EXISTS (SELECT FROM staff_roles r JOIN users u ON u.id = r.user_id WHERE r.user_id = a.assigned_to AND r.desk = a.desk AND r.role IN ('officer', 'lead') AND u.closed_at IS NULL)
			OR (a.assigned_to, a.id) IN (SELECT w.assigned_to, w.id FROM walled w)
		ORDER BY a.id LIMIT $2`, sortedKinds(s.kinds), careAtOnce)
	if err != nil {
		return fmt.Errorf("find what is assigned to nobody who sees it: %w", err)
	}
	var failed []error
	for _, id := range ids {
		failed = append(failed, s.db.InTx(ctx, func(tx database.Tx) error {
			if _, err := workflow.LockForPortal(ctx, tx, id); err != nil {
				return err
			}
			return s.AssignByRule(ctx, tx, id)
		}))
	}
	return errors.Join(failed...)
}

// facetsOf reads what rules look at, of submissions that the caller has found.
func (s *Service) facetsOf(ctx context.Context, q database.Querier, subs []workflow.Submission) (map[workflow.ID]facets, error) {
	type place struct{ Iso2, Region string }
	places, err := database.Rows[place](ctx, q, `SELECT iso2, region FROM countries`)
	if err != nil {
		return nil, err
	}
	of := map[workflow.ID]facets{}
	for _, sub := range subs {
		f := facets{Kind: sub.Kind, Country: sub.Country, Lang: sub.Lang}
		for _, p := range places {
			if p.Iso2 == sub.Country {
				f.Region = p.Region
			}
		}
		if kind := s.kinds[sub.Kind]; kind != nil && kind.Objectives != nil && sub.SubmittedRevision != nil {
			text, err := workflow.ReadText(ctx, q, sub.ID, *sub.SubmittedRevision)
			if err != nil {
				return nil, err
			}
			f.Objectives = kind.Objectives(text.Answers())
		}
		of[sub.ID] = f
	}
	return of, nil
}

// previewed is how many submissions a preview looks at.
const previewed = 20

// Trial is what rules would have done with a submission.
type Trial struct {
	workflow.Submission
	Ruling
}

// RuleBook is what a lead sees of a desk's rules.
type RuleBook struct {
	Desk  identity.Desk
	Rules []Rule
	// People are those of the desk, and whoever else a rule names.
	People []Deskmate
	// Trials are what the rules would have done with what was handed in last, as far as the person may see it. With a rule
	// that is being written they are what that rule alone would have done.
	Trials []Trial
}

// Deskmate is somebody whom rules name, or could.
type Deskmate struct {
	ID   int64
	Name string
	// Load is how much waits for the desk and is theirs.
	Load int
	// Here is false when they left the desk or closed their account: no rule gives them anything.
	Here bool
}

// RuleBook returns the rules of a desk that the person leads; another one is problem.NotFound. With try it tries that rule
// alone.
func (s *Service) RuleBook(ctx context.Context, who identity.User, desk identity.Desk, try *Rule) (RuleBook, error) {
	b := RuleBook{Desk: desk}
	if !Leads(who, desk) {
		return b, fmt.Errorf("rules of the desk %s: %w", desk, problem.NotFound)
	}
	q := s.db.Read()
	var err error
	if b.Rules, err = rulesOf(ctx, q, desk); err != nil {
		return b, err
	}
	if b.People, err = deskmates(ctx, q, desk, who.ID); err != nil {
		return b, err
	}
	rules := b.Rules
	if try != nil {
		rules = []Rule{*try}
	}
	b.Trials, err = s.try(ctx, who, desk, rules)
	return b, err
}

func (s *Service) try(ctx context.Context, who identity.User, desk identity.Desk, rules []Rule) ([]Trial, error) {
	q := s.db.Read()
	subs, err := database.Rows[workflow.Submission](ctx, q, workflow.Select+` WHERE a.side = 'desk' AND s.id IN (
			SELECT s.id FROM submissions s WHERE s.desk = @desk AND `+workflow.OnDesk+` ORDER BY s.submitted_at DESC, s.id DESC LIMIT @limit)
		ORDER BY s.submitted_at DESC, s.id DESC`, database.Args{"who": who.ID, "staff": who.IsStaff(), "desk": desk, "limit": previewed})
	if err != nil {
		return nil, fmt.Errorf("what was handed in last at the desk %s: %w", desk, err)
	}
	ids := make([]workflow.ID, len(subs))
	for i, sub := range subs {
		ids[i] = sub.ID
	}
	able, err := mayHave(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	of, err := s.facetsOf(ctx, q, subs)
	if err != nil {
		return nil, err
	}
	helpers, err := s.helpers(ctx, q, desk, ids)
	if err != nil {
		return nil, err
	}
	trials := make([]Trial, len(subs))
	for i, sub := range subs {
		trials[i] = Trial{sub, choose(rules, of[sub.ID], able[sub.ID], helpers[sub.ID])}
	}
	return trials, nil
}

// SaveRule adds a rule at the end, or changes the one of that id where it stands. A rule without officers and facilitator, or with one who
// does not work at the desk, is problem.Invalid at "officers".
func (s *Service) SaveRule(ctx context.Context, who identity.User, r Rule) error {
	if !Leads(who, r.Desk) {
		return fmt.Errorf("save a rule of the desk %s: %w", r.Desk, problem.NotFound)
	}
	r.Facilitated = r.Facilitated && r.Desk == s.facilitatedDesk
	if len(r.Officers) == 0 && !r.Facilitated {
		return problem.Invalid(problem.Field{Name: "officers", Key: "review.rule.officers.missing"})
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		people, err := deskmates(ctx, tx, r.Desk, who.ID)
		if err != nil {
			return err
		}
		for _, id := range r.Officers {
			if !slices.ContainsFunc(people, func(p Deskmate) bool { return p.ID == id && p.Here }) {
				return problem.Invalid(problem.Field{Name: "officers", Key: "review.rule.officers.gone"})
			}
		}
		if err := lockRules(ctx, tx, r.Desk); err != nil {
			return err
		}
		if err := writeRule(ctx, tx, &r); err != nil {
			return err
		}
		return s.recordRule(ctx, tx, who, "rule.save", r.ID)
	})
	if err != nil {
		return fmt.Errorf("save a rule of the desk %s: %w", r.Desk, err)
	}
	return nil
}

func (s *Service) recordRule(ctx context.Context, tx database.Tx, who identity.User, act string, id int64) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: act, Subject: "assignment_rule", SubjectID: id, At: s.now()})
}

// RemoveRule removes a rule of a desk that the person leads; any other is problem.NotFound.
func (s *Service) RemoveRule(ctx context.Context, who identity.User, id int64) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := s.ruleDesk(ctx, tx, who, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM assignment_rules WHERE id = $1`, id); err != nil {
			return err
		}
		return s.recordRule(ctx, tx, who, "rule.remove", id)
	})
	if err != nil {
		return fmt.Errorf("remove rule %d: %w", id, err)
	}
	return nil
}

// RaiseRule puts a rule before the one that it stands after; the first one stays.
func (s *Service) RaiseRule(ctx context.Context, who identity.User, id int64) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		desk, err := s.ruleDesk(ctx, tx, who, id)
		if err != nil {
			return err
		}
		rules, err := rulesOf(ctx, tx, desk)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == id })
		if i <= 0 {
			return nil
		}
		rules[i-1], rules[i] = rules[i], rules[i-1]
		for place, r := range rules {
			if _, err := tx.Exec(ctx, `UPDATE assignment_rules SET position = $2 WHERE id = $1`, r.ID, place+1); err != nil {
				return err
			}
		}
		return s.recordRule(ctx, tx, who, "rule.raise", id)
	})
	if err != nil {
		return fmt.Errorf("raise rule %d: %w", id, err)
	}
	return nil
}

// ruleDesk is the desk of a rule, which the person leads; its rules stay as they are until the transaction ends.
func (s *Service) ruleDesk(ctx context.Context, tx database.Tx, who identity.User, id int64) (identity.Desk, error) {
	desk, err := database.Value[identity.Desk](ctx, tx, `SELECT desk FROM assignment_rules WHERE id = $1`, id)
	if err == nil && !Leads(who, desk) {
		err = problem.NotFound
	}
	if err != nil {
		return desk, err
	}
	return desk, lockRules(ctx, tx, desk)
}
