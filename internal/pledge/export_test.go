package pledge

import (
	"context"

	"portal/internal/database"
)

// ChooseWordsFrom is ChooseWords for a few pledges: words are common that at least n of them have.
func (s *Service) ChooseWordsFrom(ctx context.Context, n int) error {
	return s.db.InTx(ctx, func(tx database.Tx) error { return chooseWords(ctx, tx, n) })
}
