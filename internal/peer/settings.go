package peer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// KindSettings are the settings of one kind, with the criteria that the next round has.
type KindSettings struct {
	Kind     *workflow.Kind
	Settings Settings
	Set      CriteriaSet
	// Open is how many rounds are open: they keep what held when they were opened.
	Open int
}

// leadsKind says whether the person leads the desk of the kind.
func leadsKind(who identity.User, kind *workflow.Kind) bool {
	return slices.Contains(who.Staff, identity.StaffRole{Role: identity.Lead, Desk: kind.Desk})
}

// KindsOf are the kinds of the person's desks that have settings, by name.
func (s *Service) KindsOf(ctx context.Context, who identity.User) ([]KindSettings, error) {
	var all []KindSettings
	for _, kind := range s.kinds {
		if !who.OnDesk(kind.Desk) {
			continue
		}
		one, err := s.kindSettings(ctx, s.db.Read(), who, kind)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b KindSettings) int {
		if a.Kind.Name < b.Kind.Name {
			return -1
		}
		return 1
	})
	return all, nil
}

// SettingsOf are the settings of one kind of the person's desks; any other is problem.NotFound.
func (s *Service) SettingsOf(ctx context.Context, who identity.User, kind string) (KindSettings, error) {
	k := s.kinds[kind]
	if k == nil || !who.OnDesk(k.Desk) {
		return KindSettings{}, problem.NotFound
	}
	return s.kindSettings(ctx, s.db.Read(), who, k)
}

func (s *Service) kindSettings(ctx context.Context, q database.Querier, who identity.User, kind *workflow.Kind) (KindSettings, error) {
	k := KindSettings{Kind: kind}
	var err error
	if k.Settings, err = settingsOf(ctx, q, kind.Name); errors.Is(err, problem.NotFound) {
		k.Settings = Settings{Kind: kind.Name, Visibility: AfterOwn, Days: 21, Rule: Rule{UNNeeded: 1, ExternalNeeded: 2, StepsApart: 2, MeansApart: 1.5}}
	} else if err != nil {
		return k, err
	}
	if k.Set, err = latestSet(ctx, q, kind.Name); err != nil && !errors.Is(err, problem.NotFound) {
		return k, err
	}
	k.Open, err = database.Value[int](ctx, q, `SELECT count(*)::int FROM review_rounds r JOIN submissions s ON s.id = r.submission_id
		WHERE s.kind = @kind AND r.closed_at IS NULL AND `+workflow.OnDesk, database.Args{"who": who.ID, "staff": who.IsStaff(), "kind": kind.Name})
	return k, err
}

// Check says what is wrong with settings.
func (n Settings) Check() []problem.Field {
	var wrong []problem.Field
	add := func(bad bool, name, key string) {
		if bad {
			wrong = append(wrong, problem.Field{Name: name, Key: key})
		}
	}
	add(!slices.Contains(Visibilities, n.Visibility), "visibility", "peer.settings.visibility.missing")
	add(n.Days < 3 || n.Days > 180, "days", "peer.settings.days.wrong")
	add(n.UNNeeded < 0 || n.UNNeeded > 9, "un_needed", "peer.settings.needed.wrong")
	add(n.ExternalNeeded < 0 || n.ExternalNeeded > 9, "external_needed", "peer.settings.needed.wrong")
	add(n.EitherNeeded < 0 || n.EitherNeeded > 9, "either_needed", "peer.settings.needed.wrong")
	add(n.UNNeeded+n.ExternalNeeded+n.EitherNeeded == 0, "un_needed", "peer.settings.needed.none")
	add(n.StepsApart < 1 || n.StepsApart > 3, "steps_apart", "peer.settings.steps.wrong")
	add(n.MeansApart < 0.1 || n.MeansApart > 4, "means_apart", "peer.settings.means.wrong")
	return wrong
}

// SaveSettings keeps the settings of a kind, by its desk's lead: for rounds that are opened from now on. What was saved
// since is problem.Stale.
func (s *Service) SaveSettings(ctx context.Context, who identity.User, n Settings) error {
	k, err := s.SettingsOf(ctx, who, n.Kind)
	if err != nil {
		return err
	}
	if !leadsKind(who, k.Kind) {
		return problem.Forbidden
	}
	n.Redacted = slices.DeleteFunc(n.Redacted, func(id string) bool {
		_, _, ok := k.Kind.Form.Field(id)
		return !ok && id != RedactAuthor && id != RedactOffice
	})
	if wrong := n.Check(); len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		_, err := database.Value[int](ctx, tx, `INSERT INTO review_settings (kind, enabled, required, visibility, redacted, days, un_needed, external_needed, either_needed, steps_apart, means_apart, changed_by, changed_at)
			VALUES (@kind, @enabled, @required, @visibility, @redacted, @days, @un, @external, @either, @steps, @means, @who, @now)
			ON CONFLICT ON CONSTRAINT review_settings_pkey DO UPDATE SET enabled = excluded.enabled, required = excluded.required, visibility = excluded.visibility, redacted = excluded.redacted,
				days = excluded.days, un_needed = excluded.un_needed, external_needed = excluded.external_needed, either_needed = excluded.either_needed, steps_apart = excluded.steps_apart,
				means_apart = excluded.means_apart, version = review_settings.version + 1, changed_by = excluded.changed_by, changed_at = excluded.changed_at
			WHERE review_settings.version = @version RETURNING version`, database.Args{
			"kind": n.Kind, "enabled": n.Enabled, "required": n.Required, "visibility": n.Visibility, "redacted": orEmpty(n.Redacted), "days": n.Days, "un": n.UNNeeded,
			"external": n.ExternalNeeded, "either": n.EitherNeeded, "steps": n.StepsApart, "means": n.MeansApart, "who": who.ID, "now": s.now(), "version": n.Version,
		})
		if errors.Is(err, problem.NotFound) {
			return problem.Stale
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "settings.review", "user", who.ID, n.Kind)
	})
	if err != nil {
		return fmt.Errorf("save the settings of peer review of %s: %w", n.Kind, err)
	}
	return nil
}

// MostCriteria is how many criteria a set may have.
const MostCriteria = 10

// CheckCriteria says what is wrong with a set of criteria. The names of fields are those of the page: "c2.name.en".
func CheckCriteria(all []Criterion) []problem.Field {
	var wrong []problem.Field
	weights := 0
	for i, c := range all {
		at := func(field string) string { return "c" + strconv.Itoa(i+1) + "." + field }
		weights += c.Weight
		if c.Weight < 0 || c.Weight > 100 {
			wrong = append(wrong, problem.Field{Name: at("weight"), Key: "peer.criteria.weight.wrong"})
		}
		for _, lang := range criteriaLangs {
			if c.Names[lang] == "" {
				wrong = append(wrong, problem.Field{Name: at("name." + lang), Key: "peer.criteria.name.missing"})
			}
			if n := form.Length(c.Names[lang]); n > 100 {
				wrong = append(wrong, problem.Field{Name: at("name." + lang), Key: "peer.too_long", Args: []any{100, n}})
			}
			for level, text := range c.Levels[lang] {
				name := at("level." + lang + "." + strconv.Itoa(level+1))
				if text == "" {
					wrong = append(wrong, problem.Field{Name: name, Key: "peer.criteria.level.missing", Args: []any{level + 1}})
				}
				if n := form.Length(text); n > 300 {
					wrong = append(wrong, problem.Field{Name: name, Key: "peer.too_long", Args: []any{300, n}})
				}
			}
		}
	}
	switch {
	case len(all) == 0:
		wrong = append(wrong, problem.Field{Name: "c1.name.en", Key: "peer.criteria.none"})
	case weights == 0:
		wrong = append(wrong, problem.Field{Name: "c1.weight", Key: "peer.criteria.weights.zero"})
	}
	return wrong
}

// criteriaLangs are the languages in which criteria are written; the others show English.
var criteriaLangs = []string{"en", "ar"}

// SaveCriteria keeps a new version of a kind's criteria, by its desk's lead. Open rounds keep theirs. version is the one
// that was read: another since is problem.Stale.
func (s *Service) SaveCriteria(ctx context.Context, who identity.User, kind string, version int, all []Criterion) error {
	k, err := s.SettingsOf(ctx, who, kind)
	if err != nil {
		return err
	}
	if !leadsKind(who, k.Kind) {
		return problem.Forbidden
	}
	if wrong := CheckCriteria(all); len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	if version != k.Set.Version {
		return problem.Stale
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		id, err := database.Value[int64](ctx, tx, `INSERT INTO review_criteria_sets (kind, version, created_by, created_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT ON CONSTRAINT review_criteria_sets_once DO NOTHING RETURNING id`, kind, version+1, who.ID, s.now())
		if errors.Is(err, problem.NotFound) {
			return problem.Stale
		}
		if err != nil {
			return err
		}
		for i, c := range all {
			if _, err := tx.Exec(ctx, `INSERT INTO review_criteria (set_id, n, weight, names, levels) VALUES ($1, $2, $3, $4, $5)`, id, i+1, c.Weight, c.Names, c.Levels); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, who.ID, "settings.criteria", "user", who.ID, kind)
	})
	if err != nil {
		return fmt.Errorf("save the criteria of %s: %w", kind, err)
	}
	return nil
}

// Name is the criterion's name in the language, or in English.
func (c Criterion) Name(lang string) string {
	if name := c.Names[lang]; name != "" {
		return name
	}
	return c.Names["en"]
}

// Level says what a score means, in the language or in English; score is 1 to 5.
func (c Criterion) Level(lang string, score int) string {
	levels := c.Levels[lang]
	if len(levels) < score {
		levels = c.Levels["en"]
	}
	if len(levels) < score {
		return ""
	}
	return levels[score-1]
}

// scoreName is the control of a criterion's score.
func scoreName(n int) string { return "score" + strconv.Itoa(n) }
