package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web/ui"
)

// ServeHTTP answers a request.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) { rt.entry.ServeHTTP(w, r) }

// enter is what every request passes through outside the compression: id, headers, log line and metrics.
func (rt *Router) enter(w http.ResponseWriter, r *http.Request) {
	x := &exchange{
		router: rt, id: newRequestID(), began: time.Now(), client: middleware.GetClientIPAddr(r.Context()),
		out: &recorder{ResponseWriter: w}, control: http.NewResponseController(w),
	}
	if r.ContentLength != 0 {
		_ = x.control.SetReadDeadline(x.began.Add(rt.options.BodyIdle)) // whoever reads the body prolongs it
	}
	rt.metrics.inFlight.Inc()
	finished := false
	defer func() { // also when serve panics to cut the connection
		took := time.Since(x.began)
		rt.metrics.inFlight.Dec()
		rt.metrics.observe(x, r.Method, took)
		if x.cached != "" {
			rt.cache.results[x.cached].Inc()
		}
		if x.flight != nil {
			rt.cache.land(x.flight, nil) // if it has brought no page
		}
		rt.logAccess(r, x, took, finished)
	}()
	h := w.Header()
	h["X-Request-Id"] = []string{x.id}
	if rt.fromCache(x, r) {
		finished = true
		return
	}
	maps.Copy(h, rt.headers)
	h.Set("Cache-Control", "no-store") // unless the answer says otherwise
	rt.compressed.ServeHTTP(x.out, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x)))
	finished = true
}

// logAccess writes the request's line. It has the route's pattern and never the path, which may carry a token or a name.
func (rt *Router) logAccess(r *http.Request, x *exchange, took time.Duration, finished bool) {
	size := x.out.bytes
	if r.Method == http.MethodHead {
		size = 0
	}
	attributes := []slog.Attr{
		slog.String("method", knownMethod(r.Method)), slog.String("route", x.pattern()), slog.Int("status", x.out.code()),
		slog.Int64("duration_us", took.Microseconds()), slog.Int64("bytes", size), slog.String("request_id", x.id),
	}
	if x.cached != "" {
		attributes = append(attributes, slog.String("cache", x.cached))
	}
	if !finished {
		attributes = append(attributes, slog.Bool("cut_off", true))
	}
	rt.log.LogAttrs(context.WithoutCancel(r.Context()), slog.LevelInfo, "request", attributes...)
}

// pattern names the route for logs and metrics.
func (x *exchange) pattern() string {
	if x.route == nil {
		return "(none)"
	}
	return x.route.Pattern
}

// knownMethod keeps made-up methods out of logs and metrics.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		return method
	}
	return "OTHER"
}

// serve answers inside the compression.
func (rt *Router) serve(out http.ResponseWriter, r *http.Request) {
	x := exchangeOf(r.Context())
	x.request = r
	defer func() {
		x.removeFiles()
		rt.room.Add(x.reserved)
	}()
	w := &answer{ResponseWriter: out, x: x}
	if err := rt.attempt(w, x); err != nil && !rt.answerLast(w, x, err) {
		Fail(w, x.request, err)
	}
}

// attempt takes the request through all that comes before its handler, in order, and calls that. A panic becomes an
// error.
func (rt *Router) attempt(w *answer, x *exchange) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			err = &panicError{value: p, stack: debug.Stack()}
		}
	}()
	found, err := rt.locate(w, x)
	if x.limited || (x.route == nil || !x.route.unguarded) && rt.overLimit(x, x.request) {
		return &tooMany{after: guardWindow}
	}
	if !found {
		return err
	}
	// A write deadline stays with the connection, so each request sets its own; not every writer in a test has one.
	_ = x.control.SetWriteDeadline(time.Now().Add(x.route.bodyTime() + x.route.timeout + grace))
	if err := rt.readForm(x); err != nil {
		return err
	}
	if !x.route.stateless {
		w.Header().Add("Vary", "Cookie")
		if err := rt.recognize(x); err != nil {
			return err
		}
	}
	if err := x.admit(); err != nil {
		return err
	}
	if err := x.readUpload(); err != nil {
		return err
	}
	timeout := x.route.timeout
	if x.route.streamed {
		timeout += x.route.bodyTime() // the handler reads the body
	}
	ctx, cancel := context.WithTimeout(ui.WithRequest(x.request.Context(), x.facts()), timeout)
	defer cancel()
	if err := x.route.handle(w, x.request.WithContext(ctx)); err != nil {
		return err
	}
	rt.letGo(x)
	return nil
}

// grace is how long an answer may take on its way to a slow client.
const grace = time.Minute

// recognize finds out who is asking and what they bring along. It asks the database nothing for a visitor.
func (rt *Router) recognize(x *exchange) error {
	x.recognized = true
	x.flash = rt.readFlash(x.request)
	ctx, cancel := context.WithTimeout(x.request.Context(), rt.options.Timeout)
	defer cancel()
	if err := rt.loadSession(ctx, x); err != nil {
		return err
	}
	return rt.loadHeld(ctx, x)
}

// admit holds the person against the route's audience, and the session against what the route asks of it.
func (x *exchange) admit() error {
	switch a := x.route.Audience; {
	case a.Admits(x.user) && x.route.fresh && x.user.SignedIn() && !x.isFresh():
		return errNotFresh
	case a.Admits(x.user):
		return nil
	case !x.user.SignedIn():
		return problem.SignInNeeded
	case x.user.FactorNeeded:
		return errNoFactor
	case x.user.IsStaff():
		return problem.Forbidden
	default:
		return problem.NotFound
	}
}

// locate finds the route and the language. It answers by itself, and returns false, when another address is the right one.
func (rt *Router) locate(w http.ResponseWriter, x *exchange) (found bool, err error) {
	r := x.request
	cleanQuery(r)
	lang, rest, tagged := splitLanguage(r.URL.Path)
	if !tagged {
		lang, rest = negotiate(r), r.URL.Path
	}
	r = r.WithContext(i18n.WithLang(r.Context(), lang))
	x.request = r
	if dirty(rest) {
		return false, problem.NotFound
	}
	table, method := rt.bare, r.Method
	if tagged {
		table, x.path = rt.pages, rest
	}
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if route, params := rt.find(table, method, rest); route != nil {
		x.route = route
		if route.cached {
			r = rt.narrow(x, r)
		}
		for i, key := range params.Keys {
			r.SetPathValue(key, params.Values[i])
		}
		r.Pattern = route.Pattern
		return true, nil
	}
	trimmed := strings.TrimRight(rest, "/")
	switch get := method == http.MethodGet; {
	case get && tagged && rest == "":
		return false, rt.moveTo(w, r, "/"+string(lang)+"/", http.StatusMovedPermanently)
	case get && tagged && trimmed != rest && rt.has(rt.pages, method, trimmed):
		return false, rt.moveTo(w, r, "/"+string(lang)+trimmed, http.StatusMovedPermanently)
	case get && !tagged && rt.has(rt.pages, method, rest):
		w.Header().Add("Vary", "Accept-Language")
		return false, rt.moveTo(w, r, "/"+string(lang)+rest, http.StatusSeeOther)
	}
	if allow := rt.allowed(table, rest); allow != "" {
		w.Header().Set("Allow", allow)
		return false, errMethod
	}
	return false, problem.NotFound
}

// narrow leaves a request for a page that may be kept no parameters but those that its route declares.
func (rt *Router) narrow(x *exchange, r *http.Request) *http.Request {
	if rt.cache != nil && x.cached == "" {
		x.cached = cacheBypass
	}
	if query := x.route.query(r.URL.RawQuery); query != r.URL.RawQuery {
		u := *r.URL
		u.RawQuery = query
		x.request = r.WithContext(r.Context())
		x.request.URL = &u
	}
	return x.request
}

// has says whether there is a route for the method and path.
func (rt *Router) has(table *chi.Mux, method, path string) bool {
	route, _ := rt.find(table, method, path)
	return route != nil
}

// allowed lists the methods that the path answers to, for the Allow header; "" when there is no such path.
func (rt *Router) allowed(table *chi.Mux, path string) string {
	var methods []string
	if rt.has(table, http.MethodGet, path) {
		methods = append(methods, "GET", "HEAD")
	}
	if rt.has(table, http.MethodPost, path) {
		methods = append(methods, "POST")
	}
	return strings.Join(methods, ", ")
}

// moveTo sends to the right form of an address, with the query.
func (rt *Router) moveTo(w http.ResponseWriter, r *http.Request, path string, status int) error {
	w.Header().Set("Location", addQuery((&url.URL{Path: path}).EscapedPath(), r.URL.RawQuery))
	w.WriteHeader(status)
	return nil
}

func addQuery(path, query string) string {
	if query == "" {
		return path
	}
	return path + "?" + query
}

// cleanQuery makes a query readable for everybody behind it: what cannot be decoded, is not UTF-8 or is a NUL, which
// PostgreSQL does not take, is left out.
func cleanQuery(r *http.Request) {
	if !strings.ContainsAny(r.URL.RawQuery, "%;") && !dirty(r.URL.RawQuery) {
		return
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	clean := err == nil
	for key, list := range values {
		if dirty(key) {
			delete(values, key)
			clean = false
			continue
		}
		for i, v := range list {
			if dirty(v) {
				list[i] = strings.ToValidUTF8(strings.ReplaceAll(v, "\x00", ""), "")
				clean = false
			}
		}
	}
	if !clean {
		u := *r.URL
		u.RawQuery = values.Encode()
		r.URL = &u
	}
}

func dirty(s string) bool { return strings.Contains(s, "\x00") || !utf8.ValidString(s) }

// panicError is a fault that a handler did not return.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// errMethod says that the page is there, but not for this method.
var errMethod = errors.New("method not allowed")
