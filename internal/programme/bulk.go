package programme

import (
	"context"
	"fmt"

	"portal/internal/database"
)

// Bulk writes many programmes at once, past the desk, with their index made at the end: for measuring.
type Bulk struct {
	service *Service
	tx      database.Tx
}

// Bulk begins to write in the transaction. Nobody else changes the pipeline until it ends.
func (s *Service) Bulk(ctx context.Context, tx database.Tx) (*Bulk, error) {
	if _, err := tx.Exec(ctx, `SELECT search_lock('programme')`); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `ALTER TABLE programmes DISABLE TRIGGER programmes_follow_insert`); err != nil {
		return nil, fmt.Errorf("many programmes: %w", err)
	}
	return &Bulk{s, tx}, nil
}

// Add writes a programme with the days since which it was at each of its stages, the first one first. Its public ID is given
// here.
func (b *Bulk) Add(ctx context.Context, p Programme, stages []StageChange) error {
	v := b.service.words()
	number, err := database.Value[int64](ctx, b.tx, `SELECT nextval('programme_numbers')`)
	if err != nil {
		return err
	}
	p.PublicID, p.Regions = FormatID(number), v.RegionsOf(p.Facts.Countries)
	if err := insert(ctx, b.tx, p, v); err != nil {
		return fmt.Errorf("programme of note %d: %w", p.ID, err)
	}
	for _, c := range stages {
		if err := addStage(ctx, b.tx, p.ID, c); err != nil {
			return err
		}
	}
	return nil
}

// Finish makes the index.
func (b *Bulk) Finish(ctx context.Context) error {
	if _, err := b.tx.Exec(ctx, `SET CONSTRAINTS ALL IMMEDIATE`); err != nil {
		return err
	}
	if _, err := b.tx.Exec(ctx, `ALTER TABLE programmes ENABLE TRIGGER programmes_follow_insert`); err != nil {
		return fmt.Errorf("many programmes: %w", err)
	}
	return b.service.rebuild(ctx, b.tx)
}
