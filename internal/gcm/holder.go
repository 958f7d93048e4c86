package gcm

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"portal/internal/database"
)

// RefreshEvery is how soon at the latest an edit of the vocabulary is seen by every process.
const RefreshEvery = time.Minute

// Holder keeps a fresh Vocabulary for all requests.
type Holder struct {
	q       database.Querier
	current atomic.Pointer[Vocabulary]
	stop    context.CancelFunc
	stopped chan struct{}
}

// Hold loads the vocabulary and then again every so often, until Stop. While the database does not answer, the last
// vocabulary stays.
func Hold(ctx context.Context, q database.Querier, every time.Duration) (*Holder, error) {
	h := &Holder{q: q, stopped: make(chan struct{})}
	if err := h.Refresh(ctx); err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	h.stop = stop
	go h.run(running, every)
	return h, nil
}

func (h *Holder) run(ctx context.Context, every time.Duration) {
	defer close(h.stopped)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := h.Refresh(ctx); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "vocabulary not refreshed", "error", err)
			}
		}
	}
}

// Current returns the vocabulary. Take it once a request, so that one page does not mix two.
func (h *Holder) Current() *Vocabulary { return h.current.Load() }

// Refresh loads the vocabulary now: after an edit, so that the editor sees it at once.
func (h *Holder) Refresh(ctx context.Context) error {
	v, err := Load(ctx, h.q)
	if err != nil {
		return err
	}
	h.current.Store(v)
	return nil
}

// Stop ends the refreshing and waits until it has ended. Current goes on answering.
func (h *Holder) Stop() {
	h.stop()
	<-h.stopped
}
