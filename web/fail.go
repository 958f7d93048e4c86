package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web/ui"
)

// failure is one way in which a request fails, with its page: the texts are web.problem.<name>.title, .what and .do.
type failure struct {
	is     error // what the error is, for errors.Is; nil for the last two, which are told otherwise
	status int
	name   string
	// again offers to send the form once more as it was typed: it may well work the next time.
	again bool
	after time.Duration // for Retry-After
}

// failures are in the order in which they are looked for.
var failures = []failure{
	{is: errCrossSite, status: http.StatusForbidden, name: "cross_site"},
	{is: errSlow, status: http.StatusRequestTimeout, name: "slow"},
	{is: errMalformed, status: http.StatusBadRequest, name: "malformed"},
	{is: errMethod, status: http.StatusMethodNotAllowed, name: "method"},
	{is: problem.TooLarge, status: http.StatusRequestEntityTooLarge, name: "too_large"},
	{is: problem.TooMany, status: http.StatusTooManyRequests, name: "too_many", again: true, after: time.Minute},
	{is: problem.NotFound, status: http.StatusNotFound, name: "not_found"},
	{is: problem.Forbidden, status: http.StatusForbidden, name: "forbidden"},
	{is: problem.Stale, status: http.StatusConflict, name: "stale"},
	{is: problem.NotAllowedNow, status: http.StatusConflict, name: "not_allowed_now"},
}

var (
	invalid     = failure{status: http.StatusUnprocessableEntity, name: "invalid"}
	unstorable  = failure{status: http.StatusUnprocessableEntity, name: "unstorable"}
	unavailable = failure{status: http.StatusServiceUnavailable, name: "unavailable", again: true, after: 10 * time.Second}
	fault       = failure{status: http.StatusInternalServerError, name: "fault", again: true}
)

// failureOf says what kind of failure the error is. What nobody expected is a fault of ours.
func failureOf(err error) failure {
	var panicked *panicError
	if errors.As(err, &panicked) {
		return fault
	}
	for _, f := range failures {
		if errors.Is(err, f.is) {
			var limited *tooMany
			if errors.As(err, &limited) {
				f.after = max(limited.after, time.Second)
			}
			return f
		}
	}
	if _, ok := problem.InvalidFields(err); ok {
		return invalid
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		switch refused.Code {
		case "22021", "22P05": // a NUL or broken UTF-8 where nobody has looked for it
			return unstorable
		case "57014": // cancelled because it took too long
			return unavailable
		}
	}
	if errors.Is(err, problem.Unavailable) || errors.Is(err, errNoDatabase) || errors.Is(err, context.DeadlineExceeded) || database.Down(err) {
		return unavailable
	}
	return fault
}

// Fail answers with the page of an error: its kind decides on the status, and the reader gets plain words, never the
// error's text. A visitor who is asked to sign in is sent there, with what was typed held for afterwards. Only what is
// our fault or the database's is logged here; the error is handled with this. The router calls it for errors of
// handlers.
//
// It needs no database: a form that cannot be held because there is none comes back in the page, ready to be sent again.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	x := exchangeOf(r.Context())
	if x == nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	gone := x.request.Context().Err() != nil && !errors.Is(err, errSlow) || errors.Is(err, errBroken)
	x.request = r.WithContext(context.WithoutCancel(r.Context())) // the request's time may be up; its page needs some still
	if step, ok := x.firstStep(err); ok {
		if err = x.ask(w, step); err == nil {
			return
		}
	}
	f := failureOf(err)
	x.logFailure(f, err, gone)
	if x.started {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
	if gone {
		w.WriteHeader(statusClientGone)
		return
	}
	if (f.is == problem.TooLarge || errors.Is(err, errFull)) && x.body != nil {
		x.body.drain(x.request)
	}
	h := w.Header()
	for _, name := range []string{"Content-Disposition", "Content-Encoding", "Content-Length", "ETag", "Last-Modified", "Accept-Ranges"} {
		h.Del(name)
	}
	for name, values := range x.router.headers {
		h[name] = values
	}
	h.Set("Cache-Control", "no-store")
	if f.after > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(f.after.Seconds()))))
	}
	if isScript(x.request) {
		w.WriteHeader(f.status)
		return
	}
	x.showFailure(w, f, err)
}

// statusClientGone stands in the log for a client that did not wait; nobody reads it as an answer.
const statusClientGone = 499

// isScript says whether a script of ours asks and not a person who will look at the answer.
func isScript(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return mode != "" && mode != "navigate"
}

func (x *exchange) logFailure(f failure, err error, gone bool) {
	level, message := slog.LevelError, "fault"
	switch {
	case gone && f.status >= 500:
		level, message = slog.LevelInfo, "the client did not wait"
	case f.status == http.StatusServiceUnavailable:
		level, message = slog.LevelWarn, "unavailable"
	case f.status < 500 && !x.started:
		return // the access log says enough
	}
	attributes := []slog.Attr{slog.String("error", err.Error()), slog.String("route", x.pattern()), slog.String("request_id", x.id)}
	var panicked *panicError
	if errors.As(err, &panicked) {
		attributes = append(attributes, slog.String("stack", string(panicked.stack)))
	}
	x.router.log.LogAttrs(x.request.Context(), level, message, attributes...)
}

// firstStep is what has to be done before a page may be seen: the path, without the language, of the page where it is
// done, and the message for somebody whose form waits for it.
type firstStep struct{ path, held string }

func (x *exchange) firstStep(err error) (firstStep, bool) {
	switch {
	case errors.Is(err, problem.SignInNeeded):
		return firstStep{x.router.signInPath(), "web.held"}, true
	case errors.Is(err, errNoTerms):
		return firstStep{TermsPath, "web.terms.held"}, true
	case errors.Is(err, errNotFresh):
		return firstStep{ConfirmPath, "web.confirm.held"}, true
	case errors.Is(err, errNoFactor):
		return firstStep{FactorPath, "web.factor.held"}, true
	}
	return firstStep{}, false
}

// ask sends somebody to the page of the first step, and from there back to where they are now.
func (x *exchange) ask(w http.ResponseWriter, step firstStep) error {
	r := x.request
	if isScript(r) {
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	back, flash := localURL(r.URL), ""
	if r.Method == http.MethodPost {
		ctx, cancel := context.WithTimeout(r.Context(), x.router.options.Timeout)
		defer cancel()
		var err error
		if back, err = x.router.hold(ctx, w, x); err != nil {
			return err
		}
		flash = step.held
	}
	return Redirect(w, r, step.path+"?next="+url.QueryEscape(back), flash)
}

// signInPath is the path of the sign-in page, without the language.
func (rt *Router) signInPath() string { return rt.options.Site.SignIn }

// showFailure writes the page; should even that fail, three lines of plain text.
func (x *exchange) showFailure(w http.ResponseWriter, f failure, err error) {
	if !x.recognized && f.status != http.StatusServiceUnavailable && (x.route == nil || !x.route.stateless) {
		// A page that shows a signed-in person as a visitor would frighten them; that we cannot tell does not.
		if err := x.router.recognize(x); err != nil {
			x.router.log.Warn("the page of an error does without the session", "error", err, "request_id", x.id)
		}
	}
	ctx := ui.WithRequest(x.request.Context(), x.facts())
	var page bytes.Buffer
	broken := func() (broken error) {
		defer func() {
			if p := recover(); p != nil {
				broken = fmt.Errorf("panic: %v", p)
			}
		}()
		return ui.Problem(x.problemPage(ctx, f, err)).Render(ctx, &page)
	}()
	if broken != nil {
		x.router.log.Error("the page of an error cannot be shown", "error", broken, "request_id", x.id)
		page.Reset()
		fmt.Fprintf(&page, "%s\n\n%s\n\n%s\n", i18n.T(ctx, "web.problem."+f.name+".title"), i18n.T(ctx, "web.problem."+f.name+".do"), x.id)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	} else {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	}
	w.WriteHeader(f.status)
	_, _ = w.Write(page.Bytes()) // a client that is gone by now is nobody's error
}

func (x *exchange) problemPage(ctx context.Context, f failure, err error) ui.ProblemPage {
	text := func(part string) string { return i18n.T(ctx, "web.problem."+f.name+"."+part) }
	p := ui.ProblemPage{Status: f.status, Title: text("title"), Text: []string{text("what"), text("do")}}
	if fields, ok := problem.InvalidFields(err); ok {
		for _, field := range fields {
			p.Steps = append(p.Steps, i18n.T(ctx, field.Key, field.Args...))
		}
	}
	if f.status == http.StatusInternalServerError {
		p.RequestID = x.id
	}
	home := ui.ProblemLink{Text: i18n.T(ctx, "web.problem.home"), Href: ui.Href(ctx, "/")}
	if x.request.Method != http.MethodPost {
		if f.again {
			p.Links = append(p.Links, ui.ProblemLink{Text: i18n.T(ctx, "web.problem.again"), Href: localURL(x.request.URL)})
		}
		p.Links = append(p.Links, home)
		return p
	}
	back := ui.ProblemLink{Text: i18n.T(ctx, "web.problem.back"), Href: x.formPage()}
	if f.name != "cross_site" { // that form is not ours
		typed := x.typed()
		switch {
		case f.again && len(typed) > 0:
			p.Retry = &ui.Retry{
				Action: localURL(x.request.URL), Values: typed, Upload: isUpload(x.request),
				Text: i18n.T(ctx, "web.problem.kept"), Button: i18n.T(ctx, "web.problem.send_again"),
			}
			if isUpload(x.request) {
				p.Retry.Text = i18n.T(ctx, "web.problem.kept_without_files")
			}
		default:
			p.Typed = longTexts(typed)
		}
		p.Links = append(p.Links, back)
	}
	p.Links = append(p.Links, home)
	return p
}

// longEnough is from how many characters on a text is worth giving back for copying.
const longEnough = 30

// longTexts picks what somebody has written, as against chosen or been given, in the order of the names.
func longTexts(form url.Values) []string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	var long []string
	for _, name := range names {
		for _, v := range form[name] {
			if v = strings.TrimSpace(v); utf8.RuneCountInString(v) >= longEnough && strings.ContainsAny(v, " \n") {
				long = append(long, v)
			}
		}
	}
	return long
}
