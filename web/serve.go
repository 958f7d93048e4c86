package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web/ui"
)

// ServeHTTP answers a request: with a kept page if there is one, else by way of compression and serve. Either is counted
// and logged.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began, client := time.Now(), rt.client(r)
	rt.metrics.inFlight.Inc()
	defer rt.metrics.inFlight.Dec()
	kept, result, f := rt.lookUp(r)
	if kept != nil && !rt.overLimit(client, w, r) {
		rt.answerKept(w, r, kept, result, began)
		if r.Method == http.MethodGet {
			for _, note := range kept.noted {
				note(network(client))
			}
		}
		return
	}
	x := &exchange{
		router: rt, id: newRequestID(), began: began, client: client,
		out: &recorder{ResponseWriter: w}, control: http.NewResponseController(w), flight: f,
	}
	if f.leads() {
		x.cached = cacheMiss
	}
	rt.enter(x, r)
}

// enter is what every other request passes through outside the compression: headers, log line and metrics.
func (rt *Router) enter(x *exchange, r *http.Request) {
	h := x.out.Header()
	maps.Copy(h, rt.headers)
	h.Set("X-Request-Id", x.id)
	h.Set("Cache-Control", "no-store") // unless the answer says otherwise
	if r.ContentLength != 0 {
		_ = x.control.SetReadDeadline(x.began.Add(rt.options.BodyIdle)) // whoever reads the body prolongs it
	}
	finished := false
	defer func() { // also when serve panics to cut the connection
		if x.flight.leads() {
			rt.cache.land(x.flight, nil) // if it has brought no page
		}
		size := x.out.bytes
		if r.Method == http.MethodHead {
			size = 0
		}
		key := ending{knownMethod(r.Method), x.pattern(), x.out.code(), x.cached, !finished}
		rt.conclude(r.Context(), key, x.id, time.Since(x.began), size)
	}()
	rt.compressed.ServeHTTP(x.out, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x)))
	finished = true
}

// pattern names the route for logs and metrics.
func (x *exchange) pattern() string {
	if x.route == nil {
		return "(none)"
	}
	return x.route.Pattern
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
	if (x.route == nil || !x.route.unguarded) && rt.overLimit(x.client, x.out, x.request) {
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
	case a != Public && a.Admits(x.user) && x.mustAcceptTerms():
		return errNoTerms
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

// mustAcceptTerms says whether the person has to accept the terms that are in force before they see the page.
func (x *exchange) mustAcceptTerms() bool {
	terms := x.router.options.Terms
	return terms != nil && !x.route.beforeTerms && x.user.Terms != terms()
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
