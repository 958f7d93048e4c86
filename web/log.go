package web

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ending is how a request ended, as far as log and metrics tell requests apart. There are as many as routes have statuses.
type ending struct {
	method string // knownMethod
	route  string // the pattern and never the path, which may carry a token or a name
	status int
	cached string // what became of a request for a page that may be kept; "" for others
	cutOff bool
}

// record takes down the requests that ended in one way. Names and labels are put together once: most of the time that a
// kept page takes would go into them.
type record struct {
	requests prometheus.Counter
	duration prometheus.Observer
	cached   prometheus.Counter // nil for requests for other pages
	log      *slog.Logger
}

func (rt *Router) recordOf(e ending) *record {
	if known, ok := rt.records.Load(e); ok {
		return known.(*record)
	}
	r := &record{
		requests: rt.metrics.requests.WithLabelValues(e.method, e.route, strconv.Itoa(e.status)),
		duration: rt.metrics.duration.WithLabelValues(e.method, e.route),
		log:      rt.log.With(slog.String("method", e.method), slog.String("route", e.route), slog.Int("status", e.status)),
	}
	if e.cached != "" {
		r.cached = rt.cache.results[e.cached]
		r.log = r.log.With(slog.String("cache", e.cached))
	}
	if e.cutOff {
		r.log = r.log.With(slog.Bool("cut_off", true))
	}
	known, _ := rt.records.LoadOrStore(e, r)
	return known.(*record)
}

// conclude counts a request and writes its line in the access log. size is in bytes over the wire.
func (rt *Router) conclude(ctx context.Context, e ending, id string, took time.Duration, size int64) {
	r := rt.recordOf(e)
	r.requests.Inc()
	r.duration.Observe(took.Seconds())
	if r.cached != nil {
		r.cached.Inc()
	}
	r.log.LogAttrs(context.WithoutCancel(ctx), slog.LevelInfo, "request",
		slog.Int64("duration_us", took.Microseconds()), slog.Int64("bytes", size), slog.String("request_id", id))
}

// knownMethod keeps made-up methods out of logs and metrics.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		return method
	}
	return "OTHER"
}
