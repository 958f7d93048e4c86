package programme

import (
	"context"
	"fmt"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/money"
)

// Public is a programme as its page shows it.
type Public struct {
	Programme
	// Stages are those at which it has been, in their order, each with its day.
	Stages []StageChange
}

// Public returns a programme of the pipeline by its public ID; problem.NotFound when there never was one. Of one that has
// left the pipeline nothing but that is returned.
func (s *Service) Public(ctx context.Context, publicID string) (Public, error) {
	p, err := findByPublicID(ctx, s.db.Read(), publicID)
	if err != nil {
		return Public{}, fmt.Errorf("programme %s: %w", publicID, err)
	}
	if p.Until != nil {
		return Public{Programme: Programme{PublicID: p.PublicID, Until: p.Until}}, nil
	}
	stages, err := s.stagesOf(ctx, []Programme{p})
	return Public{p, stages[p.ID]}, err
}

// Submission is the number of the concept note that a programme was, also of one that has left the pipeline; problem.NotFound for
// an ID that there never was.
func (s *Service) Submission(ctx context.Context, publicID string) (ID, error) {
	p, err := findByPublicID(ctx, s.db.Read(), publicID)
	if err != nil {
		return 0, fmt.Errorf("programme %s: %w", publicID, err)
	}
	return p.ID, nil
}

// Share is what a programme adds to the pipeline: where, on what, and how much was granted or is asked for.
type Share struct {
	Areas, Countries []string
	Amount           money.Amount
}

// Going are the programmes of the pipeline that are not closed, in no order: what the committee looks at when it adds to them.
func Going(ctx context.Context, q database.Querier) ([]Share, error) {
	all, err := database.Rows[Share](ctx, q, `SELECT areas, countries, coalesce(funded, budget) AS amount FROM programmes WHERE until IS NULL AND stage <> 'closed'`)
	if err != nil {
		return nil, fmt.Errorf("the programmes that are going: %w", err)
	}
	return all, nil
}

// stagesOf are the stages of several programmes at which they have been.
func (s *Service) stagesOf(ctx context.Context, all []Programme) (map[ID][]StageChange, error) {
	ids := make([]ID, len(all))
	for i, p := range all {
		ids[i] = p.ID
	}
	type row struct {
		ProgrammeID ID
		Stage       Stage
		Since       date.Date
	}
	rows, err := database.Rows[row](ctx, s.db.Read(), `SELECT programme_id, stage, since FROM programme_stages WHERE programme_id = ANY($1) ORDER BY programme_id, id`, ids)
	if err != nil {
		return nil, fmt.Errorf("the stages of programmes: %w", err)
	}
	stages := map[ID][]StageChange{}
	for _, r := range rows {
		stages[r.ProgrammeID] = append(stages[r.ProgrammeID], StageChange{Stage: r.Stage, Since: r.Since})
	}
	for id, changes := range stages {
		stages[id] = settled(changes)
	}
	return stages, nil
}
