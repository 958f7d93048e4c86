package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/webtest"
	"portal/web"
	"portal/web/ui"
)

// site is a small portal: pages of every audience, forms, and routes that fail in every way.
type site struct {
	*webtest.Client
	router *web.Router
	db     *database.DB
	log    *logbook
	// saved is what the forms have taken.
	saved chan string
}

func newSite(t *testing.T, db *database.DB, change ...func(*web.Options)) *site {
	t.Helper()
	s := &site{db: db, log: &logbook{}, saved: make(chan string, 100)}
	options := web.Options{DB: db, Log: slog.New(slog.NewJSONHandler(s.log, nil)), Secret: []byte("secret of the test")}
	for _, c := range change {
		c(&options)
	}
	router, err := web.New(options)
	if err != nil {
		t.Fatal(err)
	}
	s.router = router
	s.routes(router)
	s.Client = webtest.New(t, router)
	return s
}

func (s *site) routes(r *web.Router) {
	r.Public("GET /", text("Front page"))
	r.Public("GET /long", text(strings.Repeat("Safe, orderly and regular migration. ", 100)))
	r.Public("GET /sign-in", s.showSignIn)
	r.Public("POST /sign-in", s.signIn)
	r.Public("POST /sign-out", func(w http.ResponseWriter, r *http.Request) error {
		if err := web.SignOut(r.Context()); err != nil {
			return err
		}
		return web.Redirect(w, r, "/", "web.problem.again")
	})
	r.Public("GET /things/{id}", func(w http.ResponseWriter, r *http.Request) error {
		id, err := web.ParamID(r, "id")
		if err != nil {
			return err
		}
		return web.Render(w, r, http.StatusOK, page(fmt.Sprint("Thing ", id, " q=", r.FormValue("q"))))
	})
	r.Public("GET /fail/{how}", s.fail)
	r.Public("POST /fail/{how}", s.fail)
	r.Public("GET /slow", func(w http.ResponseWriter, r *http.Request) error {
		_, err := s.db.Read().Exec(r.Context(), `SELECT pg_sleep(60)`)
		return err
	}, web.Timeout(100*time.Millisecond))
	r.Public("GET /go", func(w http.ResponseWriter, r *http.Request) error { return web.Redirect(w, r, r.FormValue("to"), "") })
	r.Public("GET /torn", func(w http.ResponseWriter, r *http.Request) error {
		fmt.Fprint(w, "the first half")
		return fmt.Errorf("no second half")
	})
	r.Member("GET /member", text("For members"))
	r.Staff("GET /desk", text("For staff"))
	r.Lead("GET /desk/lead", text("For leads"))
	r.Admin("GET /desk/admin", text("For administrators"))
	r.Member("GET /drafts/{id}", s.showForm)
	r.Member("POST /drafts/{id}", s.takeForm)
	r.Member("POST /drafts/{id}/files", s.takeFiles, web.Body(3<<20))
	r.Member("POST /drafts/{id}/stream", s.streamFiles, web.Streamed(), web.Body(3<<20))
	r.Member("POST /drafts/{id}/uploads", s.streamFiles, web.Streamed(), web.Body(100<<20))
	r.Bare(web.Member, "GET /files/{id}", text("A file"))
	r.Bare(web.Public, "GET /feeds/all.json", func(w http.ResponseWriter, r *http.Request) error {
		return web.Write(w, r, http.StatusOK, "application/json", []byte(`{"items":[]}`))
	}, web.Stateless())
}

func (s *site) fail(w http.ResponseWriter, r *http.Request) error {
	switch r.PathValue("how") {
	case "panic":
		panic("a secret value")
	case "fault":
		return fmt.Errorf("something with a secret value")
	case "stale":
		return fmt.Errorf("save step: %w", problem.Stale)
	case "not-allowed-now":
		return problem.NotAllowedNow
	case "forbidden":
		return problem.Forbidden
	case "not-found":
		return problem.NotFound
	case "too-large":
		return problem.TooLarge
	case "too-many":
		return web.Limit(r.Context(), s.db.Read(), "key of the test", 0, 90*time.Second)
	case "invalid":
		return problem.Invalid(problem.Field{Name: "title", Key: "web.problem.again"})
	case "unavailable":
		return problem.Unavailable
	case "nul":
		_, err := s.db.Read().Exec(r.Context(), `SELECT $1::text`, "a\x00b")
		return err
	case "sign-in":
		return problem.SignInNeeded
	}
	return problem.NotFound
}

func (s *site) showSignIn(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, err := fmt.Fprintf(w, `<h1>Sign in</h1><p class="flash">%s</p><form id="sign-in" method="post"><input name="user"><input type="hidden" name="next" value="%s"><button>Sign in</button></form>`,
			html.EscapeString(ui.RequestOf(ctx).Flash), html.EscapeString(r.FormValue("next")))
		return err
	}))
}

// signIn believes everybody: the rules of signing in are the account area's.
func (s *site) signIn(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PostFormValue("user"), 10, 64)
	if err != nil {
		return problem.NotFound
	}
	who, err := identity.Load(r.Context(), s.db.Read(), id)
	if err != nil {
		return err
	}
	if err := web.SignIn(r.Context(), who); err != nil {
		return err
	}
	return web.Redirect(w, r, web.Next(r), "")
}

func (s *site) showForm(w http.ResponseWriter, r *http.Request) error {
	text := "saved before"
	held := web.Held(r.Context())
	if held != nil {
		text = held.Get("text")
	}
	return web.Render(w, r, http.StatusOK, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, err := fmt.Fprintf(w, `<h1>Draft</h1><p class="flash">%s</p><p class="held">%d</p><form id="draft" method="post"><textarea name="text">
%s</textarea><input type="password" name="password"><button>Save</button></form>`, html.EscapeString(ui.RequestOf(ctx).Flash), len(held), html.EscapeString(text))
		return err
	}))
}

func (s *site) takeForm(w http.ResponseWriter, r *http.Request) error {
	if r.PostFormValue("text") == "wrong" {
		return web.Render(w, r, http.StatusUnprocessableEntity, page("There is a problem"))
	}
	if _, err := s.db.Read().Exec(r.Context(), `SELECT 1`); err != nil {
		return err
	}
	s.saved <- r.PostFormValue("text")
	return web.Redirect(w, r, r.URL.Path, "web.problem.send_again")
}

func (s *site) takeFiles(w http.ResponseWriter, r *http.Request) error {
	for _, files := range r.MultipartForm.File {
		for _, f := range files {
			s.saved <- fmt.Sprintf("%s %d", f.Filename, f.Size)
		}
	}
	s.saved <- r.FormValue("text")
	return web.Redirect(w, r, "/drafts/1", "")
}

func (s *site) streamFiles(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Parts(r, func(field, name string, content io.Reader) error {
		n, err := io.Copy(io.Discard, content)
		if name == "the database goes" {
			return problem.Unavailable
		}
		s.saved <- fmt.Sprintf("%s %s %d", field, name, n)
		return err
	})
	if err != nil {
		return err
	}
	s.saved <- form.Get("text")
	return web.Redirect(w, r, "/drafts/1", "")
}

// page is a page in the language of its reader that says who they are.
func page(words string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, err := fmt.Fprintf(w, `<!doctype html><html lang="%s"><body><p class="flash">%s</p><p class="who">%s</p><h1>%s</h1></body></html>`,
			i18n.From(ctx), html.EscapeString(ui.RequestOf(ctx).Flash), html.EscapeString(identity.From(ctx).Name), html.EscapeString(words))
		return err
	})
}

func text(words string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, page(words))
	}
}

// dead is a database that nobody listens for.
func dead(t *testing.T) *database.DB {
	t.Helper()
	db, err := database.Connect(t.Context(), "host="+t.TempDir()+" user=portal dbname=portal")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// as returns a browser in which the person is signed in.
func (s *site) as(t *testing.T, who identity.User) *webtest.Client {
	t.Helper()
	return webtest.SignedIn(t, s.Client, s.router, "", who).Client
}

// person makes a member.
func (s *site) person(t *testing.T, name string) identity.User {
	t.Helper()
	return webtest.NewUser(t, s.db, name, nil)
}

// exec changes the database behind the portal's back.
func (s *site) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := s.db.Read().Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *database.DB, sql string, args ...any) int {
	t.Helper()
	n, err := database.Value[int](t.Context(), db.Read(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// logbook collects the lines of a log.
type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// lines returns the lines with the message. The line of a request is written before its connection is free again, but
// after the client has read the answer: await waits for it.
func (l *logbook) lines(t *testing.T, message string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(l.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("a line that is not JSON: %s", line)
		}
		if fields["msg"] == message {
			found = append(found, fields)
		}
	}
	return found
}

// await waits until there are n lines with the message, and returns them.
func (l *logbook) await(t *testing.T, message string, n int) []map[string]any {
	t.Helper()
	for t.Context().Err() == nil {
		if lines := l.lines(t, message); len(lines) >= n {
			return lines
		}
		select {
		case <-t.Context().Done():
		case <-time.After(time.Millisecond):
		}
	}
	t.Fatalf("%d lines %q, want %d", len(l.lines(t, message)), message, n)
	return nil
}

func TestPagesCarryTheirLanguage(t *testing.T) {
	t.Parallel()
	s := newSite(t, dead(t))
	for _, test := range []struct{ name, path, accept, leadsTo, lang string }{
		{"the front page in English", "/en/", "", "", "en"},
		{"the front page in Arabic", "/ar/", "en", "", "ar"},
		{"no language at all: English", "/", "", "/en/", ""},
		{"Arabic is asked for", "/", "ar-EG,en;q=0.5", "/ar/", ""},
		{"a language that is not offered: English", "/", "fi,sv;q=0.7", "/en/", ""},
		{"English before Arabic", "/", "ar;q=0.4,en-GB;q=0.9", "/en/", ""},
		{"nonsense", "/", ";;;q=x,,,", "/en/", ""},
		{"a header of a megabyte", "/", strings.Repeat("ar,", 20000), "/en/", ""},
		{"a page without the language keeps its query", "/things/3?q=a+b", "ar", "/ar/things/3?q=a+b", ""},
		{"a slash too few", "/en", "", "/en/", ""},
		{"a slash too many", "/en/long/", "", "/en/long", ""},
		{"slashes too many", "/en/long///?q=1", "", "/en/long?q=1", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if len(test.accept) > 1000 {
				test.accept = test.accept[:30000] // below what the server takes at all
			}
			p := s.In(t).With("Accept-Language", test.accept).Get(test.path)
			if got := p.Location(); got != test.leadsTo {
				t.Errorf("leads to %q, want %q (status %d)", got, test.leadsTo, p.Status)
			}
			if test.lang != "" && p.Want(http.StatusOK).One("html").Attr("lang") != test.lang {
				t.Errorf("language %q, want %q", p.One("html").Attr("lang"), test.lang)
			}
		})
	}
	p := s.Get("/").Want(http.StatusSeeOther)
	if !strings.Contains(strings.Join(p.Header.Values("Vary"), ","), "Accept-Language") {
		t.Errorf("the choice of a language varies by %q", p.Header.Values("Vary"))
	}
}

func TestUnknownAddresses(t *testing.T) {
	t.Parallel()
	s := newSite(t, dead(t))
	for _, path := range []string{
		"/fr/long", "/xx/", "/EN/long", "/en/nothing", "/nothing", "/en/things/0", "/en/things/-1", "/en/things/abc",
		"/en/things/99999999999999999999", "/en/long%00", "/en/%ff", "//evil.example/en/", "/en//evil.example", "/en/../desk", "/en/things/%2e%2e",
	} {
		if got := s.Get(path); got.Status != http.StatusNotFound {
			t.Errorf("%s: status %d, leads to %q, want 404", path, got.Status, got.Location())
		}
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	s := newSite(t, dead(t))
	for _, test := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"POST", "/en/long", 405, "GET, HEAD"},
		{"PUT", "/en/sign-in", 405, "GET, HEAD, POST"},
		{"GET", "/en/sign-out", 405, "POST"},
		{"DELETE", "/healthz", 405, "GET, HEAD"},
		{"OPTIONS", "/en/long", 405, "GET, HEAD"},
		{"TRACE", "/en/long", 405, "GET, HEAD"},
		{"BREW", "/en/long", 405, "GET, HEAD"},
		{"PUT", "/en/nothing", 404, ""},
		{"POST", "/long", 404, ""},
		{"HEAD", "/en/long", 200, ""},
		{"HEAD", "/long", 303, ""},
	} {
		p := s.Do(s.Request(test.method, test.path, nil))
		if p.Status != test.status || p.Header.Get("Allow") != test.allow {
			t.Errorf("%s %s: status %d, Allow %q; want %d, %q", test.method, test.path, p.Status, p.Header.Get("Allow"), test.status, test.allow)
		}
		if test.method == "HEAD" && len(p.Body) > 0 {
			t.Errorf("%s %s has a body", test.method, test.path)
		}
	}
}

func TestWrongRoutesDoNotStart(t *testing.T) {
	t.Parallel()
	for name, add := range map[string]func(*web.Router){
		"without an audience":      func(r *web.Router) { r.Bare("", "GET /x", text("")) },
		"with a made-up audience":  func(r *web.Router) { r.Bare("friends", "GET /x", text("")) },
		"without a handler":        func(r *web.Router) { r.Public("GET /x", nil) },
		"with another method":      func(r *web.Router) { r.Public("PUT /x", text("")) },
		"without a method":         func(r *web.Router) { r.Public("/x", text("")) },
		"with a slash at the end":  func(r *web.Router) { r.Public("GET /x/", text("")) },
		"without a slash in front": func(r *web.Router) { r.Public("GET x", text("")) },
		"that is there already":    func(r *web.Router) { r.Public("GET /x", text("")); r.Staff("GET /x", text("")) },
	} {
		t.Run(name, func(t *testing.T) {
			router, err := web.New(web.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if recover() == nil {
					t.Errorf("a route %s starts", name)
				}
			}()
			add(router)
		})
	}
}

func TestRouteTable(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	var b bytes.Buffer
	if err := s.router.PrintRoutes(&b); err != nil {
		t.Fatal(err)
	}
	webtest.Golden(t, "routes.txt", b.Bytes())
}

func TestAudiences(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	cast := webtest.NewCast(t, s.db, s.router)
	// What each kind of person gets on a page of each audience; 303 leads to sign-in, or to the second factor.
	want := map[string][5]int{
		"visitor":                  {200, 303, 303, 303, 303},
		"member without an office": {200, 200, 404, 404, 404},
		"head of the office":       {200, 200, 404, 404, 404},
		"member of the office":     {200, 200, 404, 404, 404},
		"member of another office": {200, 200, 404, 404, 404},
		"officer of the desk":      {200, 200, 200, 403, 403},
		"lead of the desk":         {200, 200, 200, 200, 403},
		"officer of another desk":  {200, 200, 200, 403, 403},
		"conflicted officer":       {200, 200, 200, 403, 403},
		"reviewer":                 {200, 200, 200, 403, 403},
		"administrator":            {200, 200, 200, 403, 200},
		"invited to write":         {200, 200, 404, 404, 404},
		"invited to comment":       {200, 200, 404, 404, 404},
		"invited to read":          {200, 200, 404, 404, 404},

		"officer without a second factor": {200, 200, 303, 303, 303},
	}
	for _, person := range cast.All() {
		t.Run(person.Kind, func(t *testing.T) {
			for i, path := range []string{"/en/long", "/en/member", "/en/desk", "/en/desk/lead", "/en/desk/admin"} {
				p := person.In(t).Get(path)
				if p.Status != want[person.Kind][i] {
					t.Errorf("%s: status %d, want %d", path, p.Status, want[person.Kind][i])
				}
				first := "/en/sign-in"
				if person.User.FactorNeeded {
					first = "/en/account/factor"
				}
				if p.Status == http.StatusSeeOther && p.Location() != first+"?next="+strings.ReplaceAll(path, "/", "%2F") {
					t.Errorf("%s leads to %s", path, p.Location())
				}
				if p.Status == http.StatusOK && p.Text(".who") != person.User.Name {
					t.Errorf("%s is for %q, want %q", path, p.Text(".who"), person.User.Name)
				}
			}
		})
	}
}

func TestQueriesAreReadable(t *testing.T) {
	t.Parallel()
	s := newSite(t, dead(t))
	for query, want := range map[string]string{
		"q=a+b%26c":      "q=a b&c",
		"q=a%00b":        "q=ab",
		"q=%ffa":         "q=a",
		"q=%zz":          "q=",
		"q=a;b":          "q=",
		"%00=1&q=x":      "q=x",
		"q=%D8%B9%D9%85": "q=عم",
	} {
		if got := s.Get("/en/things/1?" + query).Want(http.StatusOK).Text("h1"); got != "Thing 1 "+want {
			t.Errorf("?%s gives %q, want %q", query, got, want)
		}
	}
}
