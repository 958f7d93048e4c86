package conceptnote

import (
	"context"
	"fmt"
	"slices"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
)

// History are all versions as the fund desk reads them, the first one first, straight from the database; others get
// problem.NotFound.
func (s *Service) History(ctx context.Context, who identity.User) (Versions, error) {
	if !who.OnDesk(identity.FundDesk) {
		return nil, problem.NotFound
	}
	all, err := history(ctx, s.db.Read())
	if err != nil {
		return nil, err
	}
	type setter struct {
		Version int
		Name    string
	}
	setters, err := database.Rows[setter](ctx, s.db.Read(), `SELECT c.version, u.name FROM fund_configurations c JOIN users u ON u.id = c.set_by`)
	if err != nil {
		return nil, fmt.Errorf("who has set the configurations of the fund: %w", err)
	}
	for _, by := range setters {
		if i := slices.IndexFunc(all, func(v Version) bool { return v.Number == by.Version }); i >= 0 {
			all[i].SetBy = by.Name
		}
	}
	return all, nil
}

// history are all versions without the names of who has set them: kept pages rest on them, and on no person.
func history(ctx context.Context, q database.Querier) (Versions, error) {
	all, err := database.Rows[Version](ctx, q, `SELECT version, in_force, content FROM fund_configurations ORDER BY in_force`)
	if err != nil {
		return nil, fmt.Errorf("the configurations of the fund: %w", err)
	}
	Versions(all).remember()
	return all, nil
}

// MayConfigure says whether the person sets the configuration: the lead of the fund desk.
func MayConfigure(who identity.User) bool {
	return slices.Contains(who.Staff, identity.StaffRole{Role: identity.Lead, Desk: identity.FundDesk})
}

// SetConfiguration makes c the next version, on top of the version that was seen; the earlier ones stay. Only the lead of the fund
// desk may; others of the desk are problem.Forbidden. When another version was set since, it is problem.Stale. What is in force
// already makes no version. What is wrong with c is for the form to tell.
func (s *Service) SetConfiguration(ctx context.Context, who identity.User, seen int, c Configuration) error {
	switch {
	case !who.OnDesk(identity.FundDesk):
		return problem.NotFound
	case !MayConfigure(who):
		return problem.Forbidden
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		// Two at once: the second waits, and finds the version of the first.
		if _, err := tx.Exec(ctx, `LOCK TABLE fund_configurations IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		all, err := history(ctx, tx)
		if err != nil {
			return err
		}
		last := all[len(all)-1]
		changes := last.Content.changes(ctx, &c)
		switch {
		case len(changes) == 0:
			return nil
		case last.Number != seen:
			return problem.Stale
		}
		now := s.now()
		inForce := now
		if !inForce.After(last.InForce) { // clocks differ
			inForce = last.InForce.Add(time.Microsecond)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO fund_configurations (version, in_force, content, set_by) VALUES ($1, $2, $3, $4)`, last.Number+1, inForce, c, who.ID); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "configuration.set", Subject: "fund_configuration", SubjectID: int64(last.Number + 1), Fields: stepsOf(changes), At: now})
	})
	if err != nil {
		return fmt.Errorf("set the configuration of the fund: %w", err)
	}
	return nil
}

// stepsOf are the steps of the form that the changes touch, each once.
func stepsOf(changes []change) []string {
	var all []string
	for _, c := range changes {
		all = append(all, c.steps...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// open are the drafts that are being written.
const open = `s.kind = '` + KindName + `' AND s.state IN ('draft', 'changes_requested')`

// reach is how many drafts a change concerns.
type reach struct {
	// Open are all that are being written, Concerned those that have saved a step that changes.
	Open      int `db:"open"`
	Concerned int `db:"concerned"`
}

// reached counts the drafts that changes of the steps concern.
func (s *Service) reached(ctx context.Context, steps []string) (reach, error) {
	r, err := database.Row[reach](ctx, s.db.Read(), `SELECT count(*)::int AS open, (count(*) FILTER (WHERE EXISTS
		(SELECT FROM submission_steps t WHERE t.submission_id = s.id AND t.revision = s.revision AND t.step = ANY($1))))::int AS concerned
		FROM submissions s WHERE `+open, steps)
	if err != nil {
		return r, fmt.Errorf("drafts that a configuration concerns: %w", err)
	}
	return r, nil
}

// usage is how many drafts use an area or a category; the id is that of useID.
type usage struct {
	ID     string `db:"id"`
	Drafts int    `db:"drafts"`
}

func useID(step, id string) string { return step + "." + id }

// used counts the drafts that use any of the areas and categories.
func (s *Service) used(ctx context.Context, ids []string) ([]usage, error) {
	all, err := database.Rows[usage](ctx, s.db.Read(), `WITH used AS (
			SELECT s.id AS note, 'areas.' || a.area AS id FROM submissions s JOIN submission_steps t ON t.submission_id = s.id AND t.revision = s.revision AND t.step = 'areas'
				CROSS JOIN jsonb_array_elements_text(coalesce(t.answers->'areas', '[]')) a (area) WHERE `+open+`
			UNION
			SELECT s.id, 'budget.' || split_part(e.key, '.', 3) FROM submissions s JOIN submission_steps t ON t.submission_id = s.id AND t.revision = s.revision AND t.step = 'budget'
				CROSS JOIN jsonb_each(t.answers) e WHERE `+open+` AND e.key LIKE 'budget.%' AND coalesce(trim(e.value->>0), '') <> '')
		SELECT id, count(*)::int AS drafts FROM used WHERE id = ANY($1) GROUP BY id`, ids)
	if err != nil {
		return nil, fmt.Errorf("drafts that use what is taken out: %w", err)
	}
	return all, nil
}
