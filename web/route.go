package web

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/go-chi/chi/v5"

	"portal/internal/identity"
)

// Handler answers a request, or returns why it cannot; the error goes to Fail.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Audience says who may come in by a route. Whether they may do this with that very thing is for the service behind it.
type Audience string

// The audiences. A visitor who asks for more than Public is sent to sign in. A member on a page for staff gets 404;
// staff on a page for leads or administrators get 403.
const (
	Public Audience = "public" // everybody
	Member Audience = "member" // who is signed in
	Staff  Audience = "staff"  // who holds any role at the secretariat, reviewers included
	Lead   Audience = "lead"   // leads of a desk
	Admin  Audience = "admin"  // administrators
)

// Audiences lists them from the widest to the narrowest.
var Audiences = []Audience{Public, Member, Staff, Lead, Admin}

// Admits says whether the person (the zero User is a visitor) is of the audience.
func (a Audience) Admits(who identity.User) bool {
	switch a {
	case Public:
		return true
	case Member:
		return who.SignedIn()
	case Staff:
		return who.IsStaff()
	case Lead:
		return who.Is(identity.Lead)
	case Admin:
		return who.Is(identity.Administrator)
	}
	return false
}

// Route is one line of the route table.
type Route struct {
	// Method is GET (which answers HEAD too) or POST.
	Method string
	// Pattern is the path with parameters in braces; pages start with "/{lang}".
	Pattern  string
	Audience Audience

	handle      Handler
	body        int64
	timeout     time.Duration
	stateless   bool
	streamed    bool
	private     bool
	fresh       bool
	unguarded   bool
	beforeTerms bool
	anywhere    bool
	cached      bool
	// parameters are those of the query that a cached route's answer depends on.
	parameters []string
}

// IsCached says whether what a visitor reads on the route is kept (Cached).
func (r Route) IsCached() bool { return r.cached }

// Option changes a limit of one route.
type Option func(*Route)

// Body lets a request to the route be as large as n bytes, files included.
func Body(n int64) Option { return func(r *Route) { r.body = n } }

// Timeout gives the route's handler another time than the usual, counted from when the request has been read: for
// exports, and for files on slow lines.
func Timeout(d time.Duration) Option { return func(r *Route) { r.timeout = d } }

// Stateless makes the route's answer the same for everybody: no session is looked up and no cookie counts. For feeds,
// exports of public lists and the API.
func Stateless() Option { return func(r *Route) { r.stateless = true } }

// Streamed leaves an upload unread for the route's handler, who takes it with Parts.
func Streamed() Option { return func(r *Route) { r.streamed = true } }

// Private keeps the route's answers out of every cache, for visitors too: for pages whose address is a secret.
func Private() Option { return func(r *Route) { r.private = true } }

// Fresh asks people who have not shown for FreshFor who they are to do so again before they come in by the route
// (accounts.md: re-authentication for risky acts). Who asks for a page is led to the confirmation and back; what was sent
// is held, and given to its page by Held afterwards. Passwords and codes are not held: let a page that asks for one have
// the option as well as the act.
func Fresh() Option { return func(r *Route) { r.fresh = true } }

// Cached lets what a visitor reads on the route be kept in memory, and given to every visitor who asks for the same path
// with the same parameters, until content or the day in Geneva changes (Options.Content), or earlier (Until). parameters are those of the
// query that the handler reads; others are taken off the request, whoever sends it. The handler must answer with Render
// or Write, look at nothing else of the request, and read only tables that have the trigger of content.
func Cached(parameters ...string) Option {
	return func(r *Route) { r.cached, r.parameters = true, parameters }
}

// BeforeTerms lets people in who have not accepted the terms that are in force: to accept them, or to leave.
func BeforeTerms() Option { return func(r *Route) { r.beforeTerms = true } }

// FromAnywhere takes a route out of the check that a post comes from a page of the portal: for posts by machines, which prove by
// what they send that they may.
func FromAnywhere() Option { return func(r *Route) { r.anywhere = true } }

// unguarded takes a route out of the coarse limit per network.
func unguarded() Option { return func(r *Route) { r.unguarded = true } }

// Public adds a page for everybody. The pattern is "GET /pledges/{id}" or "POST …", without the language.
func (rt *Router) Public(pattern string, h Handler, options ...Option) {
	rt.add(rt.pages, Public, pattern, h, options)
}

// Member adds a page for signed-in people.
func (rt *Router) Member(pattern string, h Handler, options ...Option) {
	rt.add(rt.pages, Member, pattern, h, options)
}

// Staff adds a page for people with a role at the secretariat.
func (rt *Router) Staff(pattern string, h Handler, options ...Option) {
	rt.add(rt.pages, Staff, pattern, h, options)
}

// Lead adds a page for leads of a desk.
func (rt *Router) Lead(pattern string, h Handler, options ...Option) {
	rt.add(rt.pages, Lead, pattern, h, options)
}

// Admin adds a page for administrators.
func (rt *Router) Admin(pattern string, h Handler, options ...Option) {
	rt.add(rt.pages, Admin, pattern, h, options)
}

// Bare adds an address outside the languages: files, feeds, machines.
func (rt *Router) Bare(a Audience, pattern string, h Handler, options ...Option) {
	rt.add(rt.bare, a, pattern, h, options)
}

// add panics on a line that is wrong: the table is code, and a wrong line must not start.
func (rt *Router) add(mux *chi.Mux, a Audience, pattern string, h Handler, options []Option) {
	method, path, _ := strings.Cut(pattern, " ")
	switch {
	case method != http.MethodGet && method != http.MethodPost:
		panic(fmt.Sprintf("web: route %q: the method is GET or POST", pattern))
	case !strings.HasPrefix(path, "/") || (path != "/" && strings.HasSuffix(path, "/")):
		panic(fmt.Sprintf("web: route %q: the path starts with a slash and does not end with one", pattern))
	case !slices.Contains(Audiences, a):
		panic(fmt.Sprintf("web: route %q has no audience", pattern))
	case h == nil:
		panic(fmt.Sprintf("web: route %q has no handler", pattern))
	case rt.routes[mux][pattern] != nil:
		panic(fmt.Sprintf("web: route %q is there twice", pattern))
	}
	route := &Route{Method: method, Pattern: path, Audience: a, handle: h, body: DefaultBody, timeout: rt.options.Timeout}
	if mux == rt.pages {
		route.Pattern = "/{lang}" + path
	}
	for _, option := range options {
		option(route)
	}
	if route.cached && (a != Public || method != http.MethodGet || mux != rt.pages || route.private) {
		panic(fmt.Sprintf("web: route %q is not for everybody to read, and cannot be kept", pattern))
	}
	rt.routes[mux][pattern] = route
	mux.Method(method, path, http.NotFoundHandler()) // chi only finds the pattern; serve calls the handler
}

// find looks a path up in one of the two tables and returns the route with its parameters.
func (rt *Router) find(mux *chi.Mux, method, path string) (*Route, chi.RouteParams) {
	c := chi.NewRouteContext()
	pattern := mux.Find(c, method, path)
	if pattern == "" {
		return nil, chi.RouteParams{}
	}
	return rt.routes[mux][method+" "+pattern], c.URLParams
}

// Routes returns the route table in the order of patterns.
func (rt *Router) Routes() []Route {
	var all []Route
	for _, table := range rt.routes {
		for _, r := range table {
			all = append(all, *r)
		}
	}
	slices.SortFunc(all, func(a, b Route) int {
		return cmp.Or(cmp.Compare(a.Pattern, b.Pattern), cmp.Compare(a.Method, b.Method))
	})
	return all
}

// PrintRoutes writes the route table, one line a route with its audience, as `portal routes` shows it and a golden file
// keeps it.
func (rt *Router) PrintRoutes(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range rt.Routes() {
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.Audience, r.Method, r.Pattern)
	}
	return t.Flush()
}
