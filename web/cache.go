package web

import (
	"container/list"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"portal/internal/date"
	"portal/internal/i18n"
)

// Content is what the cache of pages asks about the content that pages for the public show; internal/content answers.
type Content interface {
	// Version names the content as far as this process has heard of it; 0 while it may change unheard. What is read from
	// the database after the call is of this version or newer.
	Version() uint64
	// Gone says whether the database cannot be reached just now.
	Gone() bool
	// CatchUp returns when the process has heard of everything that was committed before the call.
	CatchUp(ctx context.Context) error
}

// cache keeps answers that every visitor gets alike, whole and compressed, as long as the content is the one that they
// were made from and the day in Geneva is the same. Only Write adds to it, and only answers of routes that say Cached, to
// requests that bring nothing of ours along. When its room is used up, what was not asked for the longest goes.
//
// An answer that holds no longer is kept until the next one takes its place: it is better than none while there is no
// database.
type cache struct {
	content Content
	now     func() time.Time
	room    int64 // in bytes
	results map[string]prometheus.Counter

	mu      sync.Mutex
	pages   map[pageKey]*list.Element // of *page
	order   *list.List                // the one asked for last in front
	used    int64
	flights map[pageKey]*flight
}

// pageKey is all that a kept answer depends on, besides content and day.
type pageKey struct {
	path string // with the language
	// query has the parameters that the route declares and no others, in one order.
	query string
}

// flight is an answer in the making, for everybody who asks meanwhile.
type flight struct {
	key     pageKey
	version uint64        // of the content before the making; 0: what comes of it is not kept
	last    *page         // an older answer, should there be no new one
	made    *page         // when done is closed; nil if it is not for keeping
	done    chan struct{} // nil where nobody waits
}

// leads says whether the holder of the flight makes the page for others and for keeping; nobody leads nil.
func (f *flight) leads() bool { return f != nil && f.done != nil }

// newCache returns a cache of some bytes; nil for none.
func newCache(content Content, room int64, now func() time.Time) *cache {
	if content == nil || room <= 0 {
		return nil
	}
	return &cache{
		content: content, now: now, room: room, pages: map[pageKey]*list.Element{}, order: list.New(), flights: map[pageKey]*flight{},
	}
}

// What became of a request for a page that may be kept, in the log and in the metrics.
const (
	cacheHit    = "hit"    // answered from memory
	cacheMiss   = "miss"   // made, for keeping
	cacheBypass = "bypass" // made for this request alone
	cacheStale  = "stale"  // an older one, since there is no database
)

// observe registers the figures of the cache.
func (c *cache) observe(registry *prometheus.Registry) {
	answers := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "portal_page_cache_answers_total", Help: "Answers on routes whose pages may be kept: hit, miss, bypass or stale.",
	}, []string{"result"})
	c.results = map[string]prometheus.Counter{}
	for _, result := range []string{cacheHit, cacheMiss, cacheBypass, cacheStale} {
		c.results[result] = answers.WithLabelValues(result)
	}
	registry.MustRegister(answers,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "portal_page_cache_bytes", Help: "Memory of kept pages."}, func() float64 {
			c.mu.Lock()
			defer c.mu.Unlock()
			return float64(c.used)
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "portal_page_cache_pages", Help: "Pages that are kept."}, func() float64 {
			c.mu.Lock()
			defer c.mu.Unlock()
			return float64(c.order.Len())
		}))
}

// find returns what is kept under the key, whether it still holds or not; nil for nothing.
func (c *cache) find(key pageKey) *page {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.pages[key]
	if !ok {
		return nil
	}
	c.order.MoveToFront(at)
	return at.Value.(*page)
}

// holds says whether the page is what would be made now.
func (c *cache) holds(p *page, version uint64) bool {
	return p != nil && version != 0 && p.version == version && c.now().Before(p.until)
}

// join returns the flight for the key and version. Who leads makes the page, and must call land.
func (c *cache) join(key pageKey, version uint64, last *page) (f *flight, leads bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.flights[key]; f != nil && f.version == version {
		return f, false
	}
	f = &flight{key: key, version: version, last: last, done: make(chan struct{})}
	c.flights[key] = f // one for an older version is left to those who wait for it
	return f, true
}

// land ends a flight: those who wait go on, with the page if there is one.
func (c *cache) land(f *flight, made *page) {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-f.done:
		return
	default:
	}
	if c.flights[f.key] == f {
		delete(c.flights, f.key)
	}
	f.made = made
	close(f.done)
	if made != nil {
		c.keep(made)
	}
}

// keep puts a page in front, in the place of an older one, and makes room for it.
func (c *cache) keep(p *page) {
	if at, ok := c.pages[p.key]; ok {
		if at.Value.(*page).version > p.version {
			return
		}
		c.remove(at)
	}
	if p.size > c.room/4 {
		return // a few like it would leave no room for others
	}
	c.pages[p.key] = c.order.PushFront(p)
	for c.used += p.size; c.used > c.room; {
		c.remove(c.order.Back())
	}
}

func (c *cache) remove(at *list.Element) {
	p := c.order.Remove(at).(*page)
	delete(c.pages, p.key)
	c.used -= p.size
}

// ends is when an answer that is made now holds no longer: when the day in Geneva ends, or earlier if it says so (Until).
func (c *cache) ends(said time.Time) time.Time {
	day := date.Today(c.now(), i18n.Geneva).AddDays(1).In(i18n.Geneva)
	if said.IsZero() || said.After(day) {
		return day
	}
	return said
}

// lookUp returns the kept page that answers a request, and whether that is a hit or stale. Without one, and where the page
// may be kept, it returns the flight of its making; who leads it must see that it lands. Who comes second waits.
func (rt *Router) lookUp(r *http.Request) (kept *page, result string, f *flight) {
	c := rt.cache
	if c == nil || !isPlain(r) {
		return nil, "", nil
	}
	version := c.content.Version() // before anything is read
	key := pageKey{r.URL.Path, r.URL.RawQuery}
	kept = c.find(key) // as most ask: no route to look up, no query to take apart
	if kept == nil {
		var ok bool
		if key.query, ok = rt.cachedQuery(r.URL); !ok {
			return nil, "", nil
		}
		if key.query != r.URL.RawQuery {
			kept = c.find(key)
		}
	}
	switch {
	case c.holds(kept, version):
		return kept, cacheHit, nil
	case version == 0 && kept != nil && c.content.Gone():
		return kept, cacheStale, nil
	case version == 0:
		return nil, "", &flight{key: key, last: kept}
	}
	f, leads := c.join(key, version, kept)
	if leads {
		return nil, "", f
	}
	waiting, cancel := context.WithTimeout(r.Context(), rt.options.Timeout)
	defer cancel()
	select {
	case <-f.done:
		if f.made != nil {
			return f.made, cacheHit, nil
		}
	case <-waiting.Done():
	}
	return nil, "", &flight{key: key, last: kept} // everybody for themselves
}

// isPlain says whether a request could be anybody's: it reads, and brings no cookie of ours and no body.
func isPlain(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || r.ContentLength != 0 || r.URL.RawPath != "" {
		return false
	}
	for _, line := range r.Header["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			name, _, _ := strings.Cut(part, "=")
			if slices.Contains(ownCookies, strings.TrimPrefix(strings.TrimSpace(name), hostPrefix)) {
				return false
			}
		}
	}
	return true
}

// cachedQuery returns the query of an address as its kept answer is known by; not ok if the answer is not kept.
func (rt *Router) cachedQuery(u *url.URL) (query string, ok bool) {
	_, rest, tagged := splitLanguage(u.Path)
	if !tagged {
		return "", false
	}
	route, _ := rt.find(rt.pages, http.MethodGet, rest)
	if route == nil || !route.cached {
		return "", false
	}
	return route.query(u.RawQuery), true
}

// query returns the query with the parameters that a cached route declares and no others, in one order. Such a route
// gets to see only these.
func (r *Route) query(raw string) string {
	if raw == "" {
		return ""
	}
	values, _ := url.ParseQuery(raw) // what can be read of it
	for name := range values {
		if !slices.Contains(r.parameters, name) {
			delete(values, name)
		}
	}
	return values.Encode()
}

// answerKept answers with a kept page.
func (rt *Router) answerKept(w http.ResponseWriter, r *http.Request, p *page, result string, began time.Time) {
	id := newRequestID()
	w.Header()["X-Request-Id"] = []string{id}
	_ = http.NewResponseController(w).SetWriteDeadline(began.Add(grace)) // it stays with the connection, so each request sets its own
	status, size := p.answer(w, r, result)
	key := ending{method: r.Method, route: p.route.Pattern, status: status, cached: result}
	rt.conclude(r.Context(), key, id, time.Since(began), int64(size))
}

// Until says that what the answer shows is no longer so from the instant on, as a deadline that is still to come is not: an
// answer that is kept (Cached) is made anew then, although nobody has changed anything. Of several instants the first counts.
func Until(ctx context.Context, instant time.Time) {
	x := mustExchange(ctx, "Until")
	if x.until.IsZero() || instant.Before(x.until) {
		x.until = instant
	}
}

// Note calls note with the network of the request (Network) for this answer, and again for each one that is given from
// memory in its place (Cached): for what is to be counted of a page however it is answered. It has to be quick, and must not
// wait for anything; HEAD does not count.
func Note(ctx context.Context, note func(network string)) {
	x := mustExchange(ctx, "Note")
	if x.request.Method != http.MethodGet {
		return
	}
	x.noted = append(x.noted, note)
	note(network(x.client))
}

// answerLast gives a visitor the last page that was kept when the database does not answer, and says whether it has.
func (rt *Router) answerLast(w *answer, x *exchange, err error) bool {
	if x.flight == nil || x.flight.last == nil || x.started || failureOf(err).status != http.StatusServiceUnavailable {
		return false
	}
	x.logFailure(unavailable, err, false)
	x.cached = cacheStale
	x.flight.last.answer(w, x.request, cacheStale)
	return true
}

// catchUpWithin is how long an answer to a form waits until this process has heard of what it has changed.
const catchUpWithin = time.Second

// catchUp makes sure that the page behind the redirect shows what has just been committed.
func (x *exchange) catchUp() {
	c := x.router.cache
	if c == nil || x.request.Method != http.MethodPost {
		return
	}
	ctx, cancel := context.WithTimeout(x.request.Context(), catchUpWithin)
	defer cancel()
	if err := c.content.CatchUp(ctx); err != nil {
		x.router.log.Warn("the next page may be older than the form", "error", err, "request_id", x.id)
	}
}
