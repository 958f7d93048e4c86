package web

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-chi/httprate"

	"portal/internal/identity"
)

// exchange is what the router knows of one request and its answer.
type exchange struct {
	router  *Router
	id      string
	began   time.Time
	client  netip.Addr
	out     *recorder                // the wire
	control *http.ResponseController // of the connection
	// request is the request as far as it has come, for an answer that is given when the handler gave up.
	request *http.Request
	route   *Route // nil when there is none
	path    string // without the language; "" outside the languages
	body    *body  // nil until the body is looked at
	parts   *parts // of an upload that is read part by part
	// reserved is what the form has of the router's room.
	reserved int64
	flight   *flight // of the page, where it may be kept
	cached   string  // what became of that; "" where there is no such question
	noted    []func(network string)
	until    time.Time // when what the answer says is no longer so (Until); zero if it says nothing of the kind
	started  bool      // the answer has begun: no other can be given
	status   int       // that the handler has given; 0 before that

	recognized bool // whether user and session have been looked for
	user       identity.User
	token      string // of the session, "" without one
	session    sessionFacts
	// former is who was signed in with a session that has ended, if that can be told.
	former int64
	held   *heldPost
	flash  string
}

type exchangeKey struct{}

// exchangeOf returns the exchange that the context belongs to, or nil outside a request.
func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// mustExchange is for functions that make no sense outside a request.
func mustExchange(ctx context.Context, what string) *exchange {
	x := exchangeOf(ctx)
	if x == nil {
		panic("web: " + what + " outside a request")
	}
	return x
}

// RequestID returns the request's id, which is in the log, in the X-Request-Id header and on the page of a fault; ""
// outside a request.
func RequestID(ctx context.Context) string {
	if x := exchangeOf(ctx); x != nil {
		return x.id
	}
	return ""
}

// Network returns the network that the request came from, as far as the configured proxies can be believed: an IPv4
// address or an IPv6 /64; "" if that cannot be told. It is personal: use it as a key of Limit and store it nowhere.
func Network(ctx context.Context) string {
	if x := exchangeOf(ctx); x != nil {
		return network(x.client)
	}
	return ""
}

func network(client netip.Addr) string {
	if !client.IsValid() {
		return ""
	}
	return httprate.CanonicalizeIP(client.String())
}

// newRequestID returns 16 letters and digits. They are no secret: they only have to differ.
func newRequestID() string {
	var b [16]byte
	for i, word := range [2]uint64{rand.Uint64(), rand.Uint64()} {
		for j := range 8 {
			b[8*i+j] = "abcdefghijklmnopqrstuvwxyz234567"[word>>(5*j)&31]
		}
	}
	return string(b[:])
}

// recorder counts what goes over the wire, after compression.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// code is the status that was sent.
func (w *recorder) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}

func (w *recorder) Write(p []byte) (int, error) {
	w.status = w.code()
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

func (w *recorder) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// answer is the writer that handlers get: it notes when an answer has begun, before compression buffers it.
type answer struct {
	http.ResponseWriter
	x *exchange
}

func (w *answer) WriteHeader(status int) {
	w.x.started, w.x.status = true, status
	w.ResponseWriter.WriteHeader(status)
}

func (w *answer) Write(p []byte) (int, error) {
	w.x.started = true
	return w.ResponseWriter.Write(p)
}

func (w *answer) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

func (w *answer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
