package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"portal/internal/i18n"
	"portal/web/ui"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// bufferMost is the largest buffer that is kept for the next page.
const bufferMost = 1 << 20

// Render answers with a page. It is rendered in full before the first byte leaves, so that an error on the way still
// gives an error page. See Write for caching.
func Render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	buf := buffers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= bufferMost {
			buf.Reset()
			buffers.Put(buf)
		}
	}()
	if err := page.Render(r.Context(), buf); err != nil {
		return fmt.Errorf("render the page: %w", err)
	}
	if x := exchangeOf(r.Context()); x != nil && x.flash != "" {
		x.router.setCookie(w.Header(), "flash", "", -1)
	}
	return Write(w, r, status, "text/html; charset=utf-8", buf.Bytes())
}

// Write answers with bytes that are at hand in full. What a visitor reads on a public route may be stored by caches, who
// must ask each time whether it still holds (ETag, 304); everything else is not stored anywhere.
func Write(w http.ResponseWriter, r *http.Request, status int, contentType string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", contentType)
	if isCacheable(r, status) {
		sum := sha256.Sum256(body)
		tag := `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"` // weak: compression changes the bytes
		h.Set("ETag", tag)
		h.Set("Cache-Control", "public, max-age=0, must-revalidate")
		if x := exchangeOf(r.Context()); x.flight.leads() {
			p := newPage(x, h, body)
			x.router.cache.land(x.flight, p)
			p.answer(w, r, cacheMiss)
			return nil
		}
		if matches(r.Header.Get("If-None-Match"), tag) {
			h.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	// A client that is gone by now is nobody's error.
	_, _ = w.Write(body)
	return nil
}

func isCacheable(r *http.Request, status int) bool {
	x := exchangeOf(r.Context())
	return x != nil && x.route != nil && x.route.Audience == Public && !x.route.private && status == http.StatusOK &&
		(r.Method == http.MethodGet || r.Method == http.MethodHead) && !x.user.SignedIn() && x.flash == "" &&
		len(x.out.Header()["Set-Cookie"]) == 0
}

// matches says whether an If-None-Match header names the tag; weakness does not count (RFC 9110, 13.1.2).
func matches(header, tag string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == tag {
			return true
		}
	}
	return false
}

// Redirect answers 303 See Other, as every success of a POST does, and leaves a flash message if flashKey is not empty.
// The path is on this host, with or without the language; the request's is added where it belongs. Another host's
// address is an error.
func Redirect(w http.ResponseWriter, r *http.Request, path, flashKey string, args ...any) error {
	if !isLocal(path) {
		return fmt.Errorf("redirect to %q, which is not a path of the portal", path)
	}
	if flashKey != "" {
		Flash(r.Context(), flashKey, args...)
	}
	x := mustExchange(r.Context(), "Redirect")
	x.catchUp()
	w.Header().Set("Location", x.router.inLanguage(i18n.From(r.Context()), path))
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// inLanguage puts the language in front of the path of a page that has none.
func (rt *Router) inLanguage(lang i18n.Lang, path string) string {
	bare, _, _ := strings.Cut(path, "?")
	bare, _, _ = strings.Cut(bare, "#")
	if _, _, ok := splitLanguage(bare); ok || rt.has(rt.bare, http.MethodGet, bare) {
		return path
	}
	return "/" + string(lang) + path
}

// facts are what the layout shows of the request.
func (x *exchange) facts() ui.Request {
	facts := ui.Request{Path: x.path, Flash: x.flash, Site: x.router.options.Site}
	r := x.request
	if r.Method == http.MethodPost {
		if !x.router.has(x.router.pages, http.MethodGet, x.path) {
			facts.Path = "" // there is no such page to read in another language
		}
	} else {
		facts.Query = r.URL.RawQuery
		if x.path != x.router.signInPath() {
			facts.Return = localURL(r.URL)
		}
	}
	return facts
}
