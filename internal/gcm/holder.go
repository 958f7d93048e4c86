package gcm

import (
	"context"
	"sync/atomic"

	"portal/internal/database"
)

// Holder keeps a Vocabulary in memory for all requests.
type Holder struct {
	q       database.Querier
	current atomic.Pointer[Vocabulary]
}

// Hold loads the vocabulary. Its tables notify when they change (internal/content), and then Refresh is due.
func Hold(ctx context.Context, q database.Querier) (*Holder, error) {
	h := &Holder{q: q}
	return h, h.Refresh(ctx)
}

// Current returns the vocabulary. Take it once a request, so that one page does not mix two.
func (h *Holder) Current() *Vocabulary { return h.current.Load() }

// Refresh loads the vocabulary anew. With an error the last one stays.
func (h *Holder) Refresh(ctx context.Context) error {
	v, err := Load(ctx, h.q)
	if err != nil {
		return err
	}
	h.current.Store(v)
	return nil
}
