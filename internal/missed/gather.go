package missed

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash/maphash"
	"log/slog"
	"slices"
	"sync"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/search"
)

// What a Gatherer holds at most. Whoever asks for a million different things has a few of them counted, takes some 5 MB of
// memory and hides nothing that was counted before.
const (
	mostNetworks  = 20_000 // a day; more are not counted
	mostOfNetwork = 30     // different searches of one network a day
	mostWaiting   = 2_000  // different searches that wait to be written down
	flushEvery    = time.Minute
	flushWithin   = 20 * time.Second
	lastWithin    = 3 * time.Second // when the process ends
	digestPrefix  = "missed:"
)

// Gatherer counts in memory what was missed, and writes it down by the minute. It is safe for concurrent use.
type Gatherer struct {
	db   *database.DB
	key  []byte
	log  *slog.Logger
	now  func() time.Time
	seed maphash.Seed

	stop    context.CancelFunc
	stopped chan struct{}

	mu      sync.Mutex
	day     date.Date // in Geneva
	seen    map[uint64][]uint64
	waiting map[asked]*count
}

// asked is what one count is of.
type asked struct {
	list   List
	lang   i18n.Lang
	folded string
	day    date.Date
}

// count is how often, the words as the last person wrote them, and how they missed.
type count struct {
	times int
	words string
	how   search.Miss
}

// Gather begins to count. The secret keys the digests: with another one, words below the threshold are counted anew. Stop
// ends it.
func Gather(ctx context.Context, db *database.DB, secret []byte, log *slog.Logger, now func() time.Time) *Gatherer {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	g := &Gatherer{
		db: db, key: secret, log: log, now: now, seed: maphash.MakeSeed(), stop: stop, stopped: make(chan struct{}),
		seen: map[uint64][]uint64{}, waiting: map[asked]*count{},
	}
	go g.run(running)
	return g
}

func (g *Gatherer) run(ctx context.Context) {
	defer close(g.stopped)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		within := flushWithin
		select {
		case <-tick.C:
		case <-ctx.Done():
			within = lastWithin
		}
		flushing, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
		if err := g.Flush(flushing); err != nil {
			g.log.Warn("counts of missed searches are lost", "error", err)
		}
		cancel()
		if ctx.Err() != nil {
			return
		}
	}
}

// Stop writes down what is left and ends the counting.
func (g *Gatherer) Stop() {
	g.stop()
	<-g.stopped
}

// Note counts that somebody of the network has missed something, unless they have on that day with the same words already.
func (g *Gatherer) Note(list List, network string, l i18n.Lang, typed string, how search.Miss) {
	words, ok := Words(typed)
	if !ok {
		return
	}
	at := asked{list, l, search.Fold(words), date.Today(g.now(), i18n.Geneva)}
	g.mu.Lock()
	defer g.mu.Unlock()
	if at.day != g.day {
		g.day = at.day
		clear(g.seen)
	}
	from, what := maphash.String(g.seed, network), maphash.Comparable(g.seed, at)
	of, known := g.seen[from]
	if !known && len(g.seen) >= mostNetworks || len(of) >= mostOfNetwork || slices.Contains(of, what) {
		return
	}
	c := g.waiting[at]
	if c == nil {
		if len(g.waiting) >= mostWaiting {
			return
		}
		c = &count{}
		g.waiting[at] = c
	}
	g.seen[from] = append(of, what)
	c.times++
	c.words, c.how = words, how
}

// Flush writes down what waits. What cannot be written down is lost.
func (g *Gatherer) Flush(ctx context.Context) error {
	g.mu.Lock()
	waiting := g.waiting
	g.waiting = map[asked]*count{}
	g.mu.Unlock()
	if len(waiting) == 0 {
		return nil
	}
	var all counts
	for at, c := range waiting {
		all.add(at, c, g.digest(at))
	}
	if err := g.db.InTx(ctx, func(tx database.Tx) error { return putCounts(ctx, tx, all) }); err != nil {
		return fmt.Errorf("write down %d missed searches: %w", len(waiting), err)
	}
	return nil
}

// digest stands for the words in the database.
func (g *Gatherer) digest(at asked) []byte {
	h := hmac.New(sha256.New, g.key)
	h.Write([]byte(digestPrefix + at.folded)) // never fails
	return h.Sum(nil)
}
