package web

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-chi/httprate"

	"portal/internal/database"
	"portal/internal/problem"
)

// guardWindow is the window of the coarse limit per network.
const guardWindow = time.Minute

func newGuard(limit int) *httprate.RateLimiter {
	if limit < 0 {
		return nil
	}
	// The headers that would tell everybody how far they are from the limit stay unnamed, so they are not sent.
	return httprate.NewRateLimiter(limit, guardWindow, httprate.WithResponseHeaders(httprate.ResponseHeaders{}))
}

// overLimit counts the request against its network. The machine's own requests are not counted: they are the operator's,
// or everybody's through a proxy that has not been configured.
func (rt *Router) overLimit(client netip.Addr, w http.ResponseWriter, r *http.Request) bool {
	if rt.guard == nil || client.IsLoopback() {
		return false
	}
	return rt.guard.OnLimit(w, r, network(client))
}

// Limit counts an attempt under the key and returns problem.TooMany when it is more than the n-th within the window,
// which starts with the first. The count is common to all replicas. The key ("sign_in:" + address, "reset:" + Network(ctx))
// is stored hashed, until its window is over.
//
// Give it the pool, or a transaction that commits whatever becomes of the attempt: a transaction that is rolled back
// forgets the attempt.
func Limit(ctx context.Context, q database.Querier, key string, n int, window time.Duration) error {
	return limitBy(ctx, q, key, 1, n, window)
}

// limitBy is Limit for an attempt that counts as several.
func limitBy(ctx context.Context, q database.Querier, key string, weight, n int, window time.Duration) error {
	type row struct {
		Attempts int
		Left     float64
	}
	hash := sha256.Sum256([]byte(key))
	r, err := database.Row[row](ctx, q, `INSERT INTO rate_limits AS l (key, window_end, attempts)
		VALUES (@key, clock_timestamp() + make_interval(secs => @window), @weight)
		ON CONFLICT (key) DO UPDATE SET
			attempts = CASE WHEN l.window_end <= clock_timestamp() THEN excluded.attempts ELSE l.attempts + excluded.attempts END,
			window_end = CASE WHEN l.window_end <= clock_timestamp() THEN excluded.window_end ELSE l.window_end END
		RETURNING attempts, extract(epoch FROM window_end - clock_timestamp())::float8 AS left`,
		database.Args{"key": hash[:], "window": window.Seconds(), "weight": weight})
	if err != nil {
		return fmt.Errorf("count an attempt: %w", err)
	}
	if r.Attempts > n {
		return &tooMany{after: time.Duration(r.Left * float64(time.Second))}
	}
	return nil
}

// Forgive forgets the attempts counted under the key: who has shown that they are the right person starts anew.
func Forgive(ctx context.Context, q database.Querier, key string) error {
	hash := sha256.Sum256([]byte(key))
	if _, err := q.Exec(ctx, `DELETE FROM rate_limits WHERE key = $1`, hash[:]); err != nil {
		return fmt.Errorf("forget attempts: %w", err)
	}
	return nil
}

// tooMany is problem.TooMany with the time after which it is worth trying again.
type tooMany struct{ after time.Duration }

func (e *tooMany) Error() string {
	return fmt.Sprintf("%v: again in %s", problem.TooMany, e.after.Round(time.Second))
}

func (e *tooMany) Unwrap() error { return problem.TooMany }
