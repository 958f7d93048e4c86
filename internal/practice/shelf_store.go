package practice

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
)

// Missing is a practice of a reading list that cannot be shown.
type Missing struct {
	PublicID string
	// Gone is when it was taken down; nil for one that was never published.
	Gone *time.Time
}

// Chosen are the practices of a reading list that are before the public, in its order.
type Chosen struct {
	Shelf   Shelf
	Records []Record
	Missing []Missing
}

// Choose returns the practices of a reading list, with their whole texts.
func (s *Service) Choose(ctx context.Context, shelf Shelf) (Chosen, error) {
	c := Chosen{Shelf: Shelf{IDs: []string{}, Repeated: shelf.Repeated, Unread: shelf.Unread, Over: shelf.Over}}
	if len(shelf.IDs) == 0 {
		return c, nil
	}
	var err error
	if c.Records, err = records(ctx, s.db.Read(), s.vocabulary(), `SELECT `+columns+` FROM practices p JOIN unnest(@ids::text[]) WITH ORDINALITY AS o (public_id, at) ON o.public_id = p.public_id
		WHERE p.until IS NULL ORDER BY o.at`, database.Args{"ids": shelf.IDs}); err != nil {
		return c, fmt.Errorf("read practices %s: %w", shelf, err)
	}
	for _, r := range c.Records {
		c.Shelf.IDs = append(c.Shelf.IDs, r.PublicID)
	}
	if len(c.Records) < len(shelf.IDs) {
		c.Missing, err = missing(ctx, s.db.Read(), shelf.IDs)
	}
	return c, wrap("read practices "+shelf.String(), err)
}

// missing returns those of the public IDs under which there is nothing before the public, in their order.
func missing(ctx context.Context, q database.Querier, ids []string) ([]Missing, error) {
	return database.Rows[Missing](ctx, q, `SELECT o.public_id, max(p.until) AS gone FROM unnest(@ids::text[]) WITH ORDINALITY AS o (public_id, at)
		LEFT JOIN practices p ON p.public_id = o.public_id
		GROUP BY o.public_id, o.at HAVING count(*) FILTER (WHERE p.id IS NOT NULL AND p.until IS NULL) = 0 ORDER BY o.at`, database.Args{"ids": ids})
}
