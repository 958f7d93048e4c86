package pledge

import (
	"context"

	"portal/internal/database"
	"portal/internal/workflow"
)

// GrownOut is a published practice that grew out of a pledge (pledges.md, Pledge page): it says that it serves the pledge.
type GrownOut struct {
	PledgeID              workflow.ID
	PublicID, Title, Lang string
	// Path is its page, without the language.
	Path string
}

// practicesOf are the practices that grew out of the pledges of a list, by pledge: as far as they are known today, so that a list
// of a past day has none.
func (s *Service) practicesOf(ctx context.Context, f Filter) (map[workflow.ID][]GrownOut, error) {
	if s.grownOut == nil || !f.AsOf.IsZero() {
		return nil, nil
	}
	all, err := s.grownOut(ctx, 0)
	by := map[workflow.ID][]GrownOut{}
	for _, p := range all {
		by[p.PledgeID] = append(by[p.PledgeID], p)
	}
	return by, err
}

// Found is a published pledge for another area to name.
type Found struct {
	ID workflow.ID
	Reference
	OfficeID int64
}

// ByIDs returns the published pledges of the numbers, in no order.
func (s *Service) ByIDs(ctx context.Context, ids []workflow.ID) ([]Found, error) {
	all, err := database.Rows[Found](ctx, s.db.Read(), `SELECT p.id, `+referenceColumns+`, p.office_id FROM pledges p WHERE p.id = ANY ($1) AND p.until IS NULL`, ids)
	return all, wrap("pledges by number", err)
}

// Find looks for published pledges by their public ID, or by words: a few, the best match first.
func (s *Service) Find(ctx context.Context, words string) ([]Found, error) {
	if id, ok := wholeID(words); ok {
		all, err := database.Rows[Found](ctx, s.db.Read(), `SELECT p.id, `+referenceColumns+`, p.office_id FROM pledges p WHERE p.public_id = $1 AND p.until IS NULL`, id)
		return all, wrap("pledge "+id, err)
	}
	found, err := references(ctx, s.db.Read(), words, 0, 0, foundShown)
	if err != nil || len(found) == 0 {
		return nil, wrap("find pledges", err)
	}
	ids := make([]string, len(found))
	for i, r := range found {
		ids[i] = r.PublicID
	}
	all, err := database.Rows[Found](ctx, s.db.Read(), `SELECT p.id, `+referenceColumns+`, p.office_id FROM pledges p JOIN unnest($1::text[]) WITH ORDINALITY AS o (public_id, at) ON o.public_id = p.public_id
		WHERE p.until IS NULL ORDER BY o.at`, ids)
	return all, wrap("find pledges", err)
}
