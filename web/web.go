// Package web is the portal's way with HTTP: a route table in which every line has an audience, handlers that return
// errors, one place that turns an error into a status and a calm page, sessions, and what every request passes through
// (request id, log line, security headers, cross-site check, limits, compression, metrics).
//
// A handler reads the request, calls one method of a service and answers with Render or Redirect. Whatever it returns
// as an error goes to Fail. By the time a handler runs, a form has been read within its limits (r.PostForm, and
// r.MultipartForm for an upload), the person is in identity.From, and the language in i18n.From.
package web

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/httprate"
	"github.com/klauspost/compress/gzhttp"

	"portal/internal/database"
	"portal/web/static"
	"portal/web/ui"
)

// Defaults of Options, and the limits that a route may change with Body and Timeout.
const (
	// DefaultTimeout is how long a handler may take once the request has been read.
	DefaultTimeout = 8 * time.Second
	// DefaultBody is the largest form, in bytes as sent: a text of a million characters fits in any script, at up to
	// twelve bytes each, and gets the form's own answer.
	DefaultBody = 16 << 20
	// FormMemory is how many bytes of forms of more than 256 KB, as sent, one process reads at a time; who comes later is
	// asked to try again. Files of an upload do not count: they are not kept in memory.
	FormMemory = 4 * DefaultBody
	// DefaultBodyIdle is how long a client may send nothing in the middle of a request.
	DefaultBodyIdle = 30 * time.Second
	// compression is the level of gzip, and smallest the size in bytes from which on an answer is worth it.
	compression, smallest = 5, 1000
	// DefaultNetworkLimit is how many requests a minute one network may send to one process.
	DefaultNetworkLimit = 1200
)

// Options are the settings of a Router.
type Options struct {
	// DB may be nil for a Router that only shows its route table.
	DB *database.DB
	// Site is what the pages say of the operator; Site.PublicURL (scheme and host, no path) also decides whether cookies
	// are Secure and HSTS is sent.
	Site ui.Site
	// Terms returns the version of the terms that is in force: who has accepted another one, or none, is asked for it
	// before any page of members. nil asks nobody.
	Terms func() string
	// TrustedProxies are addresses or prefixes ("10.0.0.0/8") whose X-Forwarded-For is believed.
	TrustedProxies []string
	// MetricsToken opens /metrics to "Authorization: Bearer …" from anywhere; without it only this machine may read them.
	MetricsToken string
	// Secret signs the short-lived flash cookie. All replicas need the same; empty means a random one.
	Secret []byte
	// NetworkLimit is the coarse guard of this process: requests a minute and network (IPv4 address, IPv6 /64); this
	// machine's own are not counted. 0 means DefaultNetworkLimit, below 0 none.
	NetworkLimit int
	// Content says when pages for the public have changed, and PageCache is how many bytes of them this process keeps in
	// memory (Cached). Without one of them it keeps none.
	Content   Content
	PageCache int64
	// Timeout is how long a handler may take, if its route does not say otherwise; 0 means DefaultTimeout.
	Timeout time.Duration
	// BodyIdle is how long a client may send nothing in the middle of a request; 0 means DefaultBodyIdle.
	BodyIdle time.Duration
	// Log takes the access log and the faults; nil means slog.Default.
	Log *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Router answers every request of the portal. Areas add their lines to it once, at the start; after that it is safe for
// any number of requests at a time.
type Router struct {
	options  Options
	log      *slog.Logger
	now      func() time.Time
	secure   bool
	host     string // of the public address; "" if there is none
	headers  http.Header
	sessions *scs.SessionManager
	origins  *http.CrossOriginProtection
	guard    *httprate.RateLimiter
	metrics  *metrics
	records  sync.Map                       // of *record by ending
	cache    *cache                         // nil for none
	client   func(*http.Request) netip.Addr // who asks
	// compressed is serve within compression.
	compressed http.Handler

	pages  *chi.Mux // patterns without the language
	bare   *chi.Mux
	routes map[*chi.Mux]map[string]*Route

	draining atomic.Bool
	room     atomic.Int64 // how much of FormMemory is left
}

// New returns a Router that has the portal's own technical routes: static files, robots.txt, health and metrics.
func New(o Options) (*Router, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	o.BodyIdle = cmp.Or(o.BodyIdle, DefaultBodyIdle)
	o.NetworkLimit = cmp.Or(o.NetworkLimit, DefaultNetworkLimit)
	o.Site.SignIn = cmp.Or(o.Site.SignIn, "/sign-in")
	if o.Site.Asset == nil {
		o.Site.Asset = static.URL
	}
	if len(o.Secret) == 0 {
		o.Secret = make([]byte, 32)
		rand.Read(o.Secret) // never fails
	}
	rt := &Router{options: o, log: o.Log, now: o.Now, pages: chi.NewMux(), bare: chi.NewMux()}
	rt.routes = map[*chi.Mux]map[string]*Route{rt.pages: {}, rt.bare: {}}
	rt.origins = http.NewCrossOriginProtection()
	if o.Site.PublicURL != "" {
		public, err := url.Parse(o.Site.PublicURL)
		if err != nil || public.Host == "" || (public.Scheme != "http" && public.Scheme != "https") {
			return nil, fmt.Errorf("the public address %q is not of the form https://host", o.Site.PublicURL)
		}
		if err := rt.origins.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
			return nil, fmt.Errorf("the public address: %w", err)
		}
		rt.secure, rt.host = public.Scheme == "https", public.Host
	}
	rt.room.Store(FormMemory)
	rt.headers = securityHeaders(rt.secure, o.Site.Demonstration)
	rt.sessions = newSessions(o.DB)
	rt.guard = newGuard(o.NetworkLimit)
	rt.metrics = newMetrics(o.DB)
	if rt.cache = newCache(o.Content, o.PageCache, o.Now); rt.cache != nil {
		rt.cache.observe(rt.metrics.registry)
	}
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(smallest), gzhttp.CompressionLevel(compression), gzhttp.SetContentType(false))
	if err != nil {
		return nil, fmt.Errorf("set up compression: %w", err)
	}
	rt.compressed = wrap(http.HandlerFunc(rt.serve))
	if rt.client, err = clientAddress(o.TrustedProxies); err != nil {
		return nil, err
	}
	rt.technicalRoutes()
	go static.Warm()
	return rt, nil
}

// Drain makes /readyz say no, so that a proxy sends new requests elsewhere before the server shuts down.
func (rt *Router) Drain() { rt.draining.Store(true) }

// db returns the database; a Router without one answers as if it were down.
func (rt *Router) db() (*database.DB, error) {
	if rt.options.DB == nil {
		return nil, errNoDatabase
	}
	return rt.options.DB, nil
}

var errNoDatabase = errors.New("the router has no database")

// NewServer returns an HTTP server for the router with the limits that keep slow or careless clients from exhausting it.
// Bodies and answers have their own deadlines, set by the router for each request.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // clients' doing: broken connections, no TLS
	}
}

// ownCookies are the names of all cookies that the portal sets.
var ownCookies = []string{sessionCookie, "flash", "held", SignInCookie}

// hostPrefix is in front of their names where there is TLS: the browser then insists on Secure, Path=/ and no Domain.
const hostPrefix = "__Host-"

// cookieName is the name of one of the portal's own cookies, as the browser has it.
func (rt *Router) cookieName(name string) string {
	if !slices.Contains(ownCookies, name) {
		panic("web: there is no cookie " + name)
	}
	if rt.secure {
		return hostPrefix + name
	}
	return name
}

// setCookie writes one of the portal's own cookies, which lives for some seconds, or with the browser (0); below 0 it is
// removed.
func (rt *Router) setCookie(h http.Header, name, value string, seconds int) {
	c := http.Cookie{Name: rt.cookieName(name), Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: rt.secure, SameSite: http.SameSiteLaxMode}
	dropCookie(h, c.Name)
	h.Add("Set-Cookie", c.String())
}

// dropCookie forgets what this answer has said about a cookie so far, so that the last word is the only one.
func dropCookie(h http.Header, name string) {
	kept := h["Set-Cookie"][:0]
	for _, line := range h["Set-Cookie"] {
		if !strings.HasPrefix(line, name+"=") {
			kept = append(kept, line)
		}
	}
	if len(kept) == 0 {
		h.Del("Set-Cookie")
		return
	}
	h["Set-Cookie"] = kept
}
