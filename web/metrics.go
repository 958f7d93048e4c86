package web

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"portal/internal/database"
	"portal/internal/problem"
)

// metrics are the figures of this process, by route pattern and never by address.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

func newMetrics(db *database.DB) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "portal_http_requests_total", Help: "Requests answered.",
		}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "portal_http_request_duration_seconds", Help: "Time from the request's headers to the end of the answer.",
			Buckets: []float64{.0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"method", "route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "portal_http_requests_in_flight", Help: "Requests under way."}),
	}
	m.registry.MustRegister(m.requests, m.duration, m.inFlight, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if db != nil {
		pool := func(name, help string, value func() float64) {
			m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "portal_database_connections_" + name, Help: help}, value))
		}
		pool("in_use", "Database connections in use.", func() float64 { return float64(db.Pool.Stat().AcquiredConns()) })
		pool("idle", "Database connections at rest.", func() float64 { return float64(db.Pool.Stat().IdleConns()) })
		pool("max", "Database connections at most.", func() float64 { return float64(db.Pool.Stat().MaxConns()) })
	}
	return m
}

// Metrics returns where other parts of the portal register their figures for /metrics.
func (rt *Router) Metrics() prometheus.Registerer { return rt.metrics.registry }

// showMetrics answers who may know: this machine, or whoever has the token. To others there is no such page.
func (rt *Router) showMetrics(w http.ResponseWriter, r *http.Request) error {
	if !isOwnMachine(exchangeOf(r.Context()), r) && !hasToken(r, rt.options.MetricsToken) {
		return problem.NotFound
	}
	promhttp.HandlerFor(rt.metrics.registry, promhttp.HandlerOpts{DisableCompression: true}).ServeHTTP(w, r)
	return nil
}

// isOwnMachine says whether the request comes from this machine and from nobody behind it: a proxy on this machine that
// has not been configured would make the whole world look like it.
func isOwnMachine(x *exchange, r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	return x.client.IsLoopback()
}

func hasToken(r *http.Request, token string) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && token != "" && subtle.ConstantTimeCompare([]byte(given), []byte(token)) == 1
}
