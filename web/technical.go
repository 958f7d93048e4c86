package web

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/problem"
	"portal/web/static"
)

// technicalRoutes are the addresses for machines.
func (rt *Router) technicalRoutes() {
	rt.Bare(Public, "GET /static/{file}", rt.staticFile, Stateless(), unguarded())
	rt.Bare(Public, "GET /favicon.ico", rt.favicon, Stateless(), unguarded())
	rt.Bare(Public, "GET /robots.txt", rt.robots, Stateless(), unguarded())
	rt.Bare(Public, "GET /healthz", rt.healthz, Stateless(), unguarded())
	rt.Bare(Public, "GET /readyz", rt.readyz, Stateless(), unguarded())
	rt.Bare(Public, "GET /metrics", rt.showMetrics, Stateless(), unguarded())
}

// staticFile serves a file under its hashed name, for ever.
func (rt *Router) staticFile(w http.ResponseWriter, r *http.Request) error {
	file, ok := static.Find(r.PathValue("file"))
	if !ok {
		return problem.NotFound
	}
	serveFile(w, r, file, "public, max-age=31536000, immutable")
	return nil
}

// favicon answers browsers that ask without having read a page.
func (rt *Router) favicon(w http.ResponseWriter, r *http.Request) error {
	file, ok := static.Named("favicon.svg")
	if !ok {
		return problem.NotFound
	}
	serveFile(w, r, file, "public, max-age=86400")
	return nil
}

func serveFile(w http.ResponseWriter, r *http.Request, file *static.File, caching string) {
	h := w.Header()
	h.Set("Cache-Control", caching)
	h.Set("ETag", file.ETag)
	if matches(r.Header.Get("If-None-Match"), file.ETag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	encoding, body := file.Encoded(r.Header.Get("Accept-Encoding"))
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Type", file.Type)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that is gone by now is nobody's error
	}
}

// robots keeps search engines away from pages that only lead to sign-in, and from everything where the data are invented.
func (rt *Router) robots(w http.ResponseWriter, r *http.Request) error {
	rules := "User-agent: *\n"
	if rt.options.Site.Demonstration {
		rules += "Disallow: /\n"
	} else {
		last := "-"
		for _, route := range rt.Routes() {
			path := parameter.ReplaceAllString(route.Pattern, "*")
			if route.Audience == Public || route.Method != http.MethodGet || strings.HasPrefix(path, last) {
				continue // a rule covers what starts with it
			}
			rules += "Disallow: " + path + "\n"
			last = path
		}
	}
	return Write(w, r, http.StatusOK, "text/plain; charset=utf-8", []byte(rules))
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// healthz says that the process answers.
func (rt *Router) healthz(w http.ResponseWriter, r *http.Request) error {
	return plain(w, r, http.StatusOK, "ok")
}

// readyWithin is how long the database has to answer /readyz.
const readyWithin = 2 * time.Second

// readyz says whether requests should be sent here: the database answers, has the schema of this program, and the
// server is not shutting down.
func (rt *Router) readyz(w http.ResponseWriter, r *http.Request) error {
	if rt.draining.Load() {
		return plain(w, r, http.StatusServiceUnavailable, "shutting down")
	}
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	db, err := rt.db()
	if err != nil {
		return plain(w, r, http.StatusServiceUnavailable, "no database")
	}
	current, err := database.SchemaCurrent(ctx, db)
	switch {
	case err != nil:
		rt.log.Warn("not ready", "error", err, "request_id", RequestID(r.Context()))
		return plain(w, r, http.StatusServiceUnavailable, "the database does not answer")
	case !current:
		return plain(w, r, http.StatusServiceUnavailable, "the database has an older schema: run portal migrate")
	}
	return plain(w, r, http.StatusOK, "ready")
}

// plain answers a machine.
func plain(w http.ResponseWriter, r *http.Request, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = strings.NewReader(text + "\n").WriteTo(w)
	return nil
}
