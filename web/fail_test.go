package web_test

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/i18n"
	"portal/internal/webtest"
	"portal/web"
)

func TestEveryErrorHasItsPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	crossSite := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	for _, test := range []struct {
		name, method, path string
		change             func(*http.Request)
		status             int
		kind, retryAfter   string
	}{
		{"no such page", "GET", "/nothing", nil, 404, "not_found", ""},
		{"not to be known", "GET", "/fail/not-found", nil, 404, "not_found", ""},
		{"not allowed", "GET", "/fail/forbidden", nil, 403, "forbidden", ""},
		{"changed meanwhile", "POST", "/fail/stale", nil, 409, "stale", ""},
		{"not in this state", "POST", "/fail/not-allowed-now", nil, 409, "not_allowed_now", ""},
		{"wrong method", "POST", "/long", nil, 405, "method", ""},
		{"from another site", "POST", "/fail/stale", crossSite, 403, "cross_site", ""},
		{"too large", "POST", "/fail/too-large", nil, 413, "too_large", ""},
		{"too many", "GET", "/fail/too-many", nil, 429, "too_many", "90"},
		{"wrong values", "POST", "/fail/invalid", nil, 422, "invalid", ""},
		{"a NUL that nobody looked for", "POST", "/fail/nul", nil, 422, "unstorable", ""},
		{"a damaged form", "POST", "/fail/stale", func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("a=%zz")), 5
		}, 400, "malformed", ""},
		{"something down", "GET", "/fail/unavailable", nil, 503, "unavailable", "10"},
		{"the database too slow", "GET", "/slow", nil, 503, "unavailable", "10"},
		{"a fault", "GET", "/fail/fault", nil, 500, "fault", ""},
		{"a panic", "GET", "/fail/panic", nil, 500, "fault", ""},
		{"a panic on a form", "POST", "/fail/panic", nil, 500, "fault", ""},
	} {
		for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
			t.Run(test.name+" in "+string(lang), func(t *testing.T) {
				c := s.In(t)
				r := c.Request(test.method, "/"+string(lang)+test.path, strings.NewReader("title=x"))
				if test.method == "POST" {
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				}
				if test.change != nil {
					test.change(r)
				}
				p := c.Do(r).Want(test.status)
				if got, want := p.Text("h1"), i18n.TL(lang, "web.problem."+test.kind+".title"); got != want {
					t.Errorf("it says %q, want %q", got, want)
				}
				for _, part := range []string{"what", "do"} {
					if !i18n.Has(lang, "web.problem."+test.kind+"."+part) || !p.Contains(i18n.TL(lang, "web.problem."+test.kind+"."+part)) {
						t.Errorf("it does not say %s: %s", part, p.Body)
					}
				}
				if strings.Contains(string(p.Body), "⟦") {
					t.Errorf("a text is missing: %s", p.Body)
				}
				if got := p.One("html"); got.Attr("lang") != string(lang) || got.Attr("dir") != lang.Dir() {
					t.Errorf("language %q, direction %q", got.Attr("lang"), got.Attr("dir"))
				}
				if got := p.Header.Get("Retry-After"); got != test.retryAfter {
					t.Errorf("Retry-After %q, want %q", got, test.retryAfter)
				}
				if got := p.Header.Get("Cache-Control"); got != "no-store" {
					t.Errorf("Cache-Control %q", got)
				}
				if strings.Contains(string(p.Body), "secret value") {
					t.Errorf("the error's text is shown: %s", p.Body)
				}
				if test.status == 500 && !p.Contains(p.Header.Get("X-Request-Id")) {
					t.Error("the page does not show the request id")
				}
			})
		}
	}
}

func TestFaultsAreLoggedWithTheirReference(t *testing.T) {
	t.Parallel()
	s := newSite(t, dead(t))
	p := s.Get("/en/fail/panic?q=private").Want(http.StatusInternalServerError)
	line := s.log.await(t, "fault", 1)[0]
	if line["request_id"] != p.Header.Get("X-Request-Id") || line["request_id"] == "" {
		t.Errorf("logged under %v, shown %q", line["request_id"], p.Header.Get("X-Request-Id"))
	}
	if stack, _ := line["stack"].(string); !strings.Contains(stack, "web_test.go") {
		t.Errorf("the stack does not lead to the panic: %v", line["stack"])
	}
}

func TestHalfAnAnswerIsCutOff(t *testing.T) {
	t.Parallel()
	s := newSite(t, dead(t))
	response, err := http.Get(s.URL() + "/en/torn")
	if err == nil {
		_, err = io.ReadAll(response.Body)
		response.Body.Close()
	}
	if err == nil {
		t.Error("half an answer arrives as a whole one")
	}
	if line := s.log.await(t, "request", 1)[0]; line["cut_off"] != true {
		t.Errorf("the access log says %v", line)
	}
}

func TestVisitorsNeedNoDatabase(t *testing.T) {
	t.Parallel()
	s := newSite(t, dead(t))
	p := s.Get("/en/long").Want(http.StatusOK)
	if got := p.Header.Values("Set-Cookie"); len(got) > 0 {
		t.Errorf("a visitor gets cookies: %q", got)
	}
	s.SetCookie(&http.Cookie{Name: "session", Value: "not one of ours"})
	s.Get("/en/long").Want(http.StatusOK)
}

func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	s := newSite(t, dead(t))
	s.SetCookie(&http.Cookie{Name: "session", Value: strings.Repeat("A", 43)})
	p := s.Get("/en/long?q=1").Want(http.StatusServiceUnavailable)
	if got := p.One("a[href='/en/long?q=1']").Text(); got != i18n.TL("en", "web.problem.again") {
		t.Errorf("the way to try again says %q", got)
	}
	typed := url.Values{
		"text": {"عهد جديد\r\nسطر ثان & <b>", "second"}, "version": {"3"}, "password": {"correct horse"}, "new_password": {"battery"}, "code": {"123456"},
	}
	for name, send := range map[string]func(c *webtest.Client) *webtest.Page{
		"a form": func(c *webtest.Client) *webtest.Page { return c.Post("/en/drafts/7?step=2", typed) },
		"an upload": func(c *webtest.Client) *webtest.Page {
			return c.PostMultipart("/en/drafts/7?step=2", typed, webtest.File{Field: "file", Name: "plan.pdf", Content: make([]byte, 2<<20)})
		},
		"a visitor's form, which cannot be held": func(c *webtest.Client) *webtest.Page { return c.Another().Post("/en/drafts/7?step=2", typed) },
	} {
		t.Run(name, func(t *testing.T) {
			p := send(s.In(t)).Want(http.StatusServiceUnavailable)
			form := p.Form("form[action='/en/drafts/7?step=2']")
			values := form.Values()
			if len(values) != 2 || values.Get("version") != "3" || len(values["text"]) != 2 ||
				strings.ReplaceAll(values["text"][0], "\r\n", "\n") != "عهد جديد\nسطر ثان & <b>" || values["text"][1] != "second" {
				t.Errorf("the form that is sent again has %q", values)
			}
		})
	}
}

// gate stands between the portal and PostgreSQL and can be closed.
type gate struct {
	t        *testing.T
	path, to string
	mu       sync.Mutex
	listener net.Listener
	open     []net.Conn
}

// throughGate returns a second way to the same database, with a gate in it.
func throughGate(t *testing.T, db *database.DB) (*database.DB, *gate) {
	t.Helper()
	config := db.Pool.Config().ConnConfig
	network, address := pgconn.NetworkAddress(config.Host, config.Port)
	if network != "unix" {
		t.Fatalf("the test database is reached by %s", network)
	}
	dir := t.TempDir()
	g := &gate{t: t, path: filepath.Join(dir, ".s.PGSQL.5432"), to: address}
	g.unlock()
	t.Cleanup(g.close)
	other, err := database.Connect(t.Context(), "host="+dir+" port=5432 user="+config.User+" dbname="+config.Database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	return other, g
}

func (g *gate) unlock() {
	g.t.Helper()
	listener, err := net.Listen("unix", g.path)
	if err != nil {
		g.t.Fatal(err)
	}
	g.mu.Lock()
	g.listener = listener
	g.mu.Unlock()
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("unix", g.to)
			if err != nil {
				from.Close()
				continue
			}
			g.mu.Lock()
			g.open = append(g.open, from, to)
			g.mu.Unlock()
			go func() { io.Copy(to, from); to.Close() }()
			go func() { io.Copy(from, to); from.Close() }()
		}
	}()
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.listener.Close()
	for _, c := range g.open {
		c.Close()
	}
	g.open = nil
}

func TestDatabaseComesBack(t *testing.T) {
	t.Parallel()
	db, gate := throughGate(t, dbtest.New(t))
	s := newSite(t, db)
	c := s.as(t, s.person(t, "Amina Odhiambo"))
	form := c.Get("/en/drafts/7").Want(http.StatusOK).Form("#draft").Set("text", "typed while all was well")
	s.Get("/readyz").Want(http.StatusOK)

	gate.close()
	began := time.Now()
	p := form.Submit().Want(http.StatusServiceUnavailable)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the page of a stopped database takes %s", took)
	}
	s.Get("/readyz").Want(http.StatusServiceUnavailable)
	s.Get("/en/long").Want(http.StatusOK)

	gate.unlock()
	p.Form("form").Submit().WantRedirect("/en/drafts/7").Follow().Want(http.StatusOK)
	if got := <-s.saved; got != "typed while all was well" {
		t.Errorf("saved %q", got)
	}
	s.Get("/readyz").Want(http.StatusOK)
}

func TestDatabaseHangs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	silent, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432")) // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	db, err := database.Connect(t.Context(), "host="+dir+" port=5432 user=portal dbname=portal")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	s := newSite(t, db, func(o *web.Options) { o.Timeout = 100 * time.Millisecond })
	began := time.Now()
	p := s.Post("/en/drafts/7", url.Values{"text": {"typed"}}).Want(http.StatusServiceUnavailable)
	if got := p.Form("form[action='/en/drafts/7']").Value("text"); got != "typed" {
		t.Errorf("the page gives back %q", got)
	}
	s.SetCookie(&http.Cookie{Name: "session", Value: strings.Repeat("A", 43)})
	s.Get("/en/member").Want(http.StatusServiceUnavailable)
	s.Get("/en/nothing").Want(http.StatusNotFound)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("a database that says nothing holds three requests for %s", took)
	}
}

func TestErrorPagesKnowTheirReader(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t), func(o *web.Options) { o.Site.Account = "/account" })
	c := s.as(t, s.person(t, "Amina Odhiambo"))
	for name, p := range map[string]*webtest.Page{
		"a missing page":   c.Get("/en/nothing"),
		"a damaged form":   c.With("Sec-Fetch-Site", "cross-site").Post("/en/drafts/7", nil),
		"a panic":          c.Get("/en/fail/panic"),
		"something hidden": c.Get("/en/desk"),
	} {
		if !p.Contains("Amina Odhiambo") || p.Has("a[href*=sign-in]") {
			t.Errorf("%s is shown as to a visitor", name)
		}
	}
	if p := s.Get("/en/nothing"); !p.Has("a[href*=sign-in]") {
		t.Error("a visitor is not shown the way to sign in")
	}
}

func TestRedirectsStayHere(t *testing.T) {
	t.Parallel()
	s := newSite(t, dead(t))
	for path, want := range map[string]string{
		"/things/3?q=a#b": "/ar/things/3?q=a#b", "/en/things/3": "/en/things/3", "/": "/ar/", "/files/3": "/files/3", "/feeds/all.json": "/feeds/all.json",
		"//evil.example": "", "/\\evil.example": "", "https://evil.example": "", "things/3": "", "": "",
	} {
		p := s.Get("/ar/go?to=" + url.QueryEscape(path))
		if p.Location() != want || (want == "") != (p.Status == http.StatusInternalServerError) {
			t.Errorf("%q leads to %q (status %d), want %q", path, p.Location(), p.Status, want)
		}
	}
}

func TestWhatCannotBeSentAgainCanBeCopied(t *testing.T) {
	t.Parallel()
	s := newSite(t, dead(t))
	letter := "Dear colleagues,\n\nplease say which ministry will pay for this."
	p := s.Post("/en/fail/stale", url.Values{"letter": {letter}, "decision": {"decline"}}).Want(http.StatusConflict)
	if got := p.Text("textarea"); got != strings.Join(strings.Fields(letter), " ") {
		t.Errorf("the page gives back %q", got)
	}
	if p.Has("main form, form[action]") && p.Has("input[name=letter]") {
		t.Error("a stale form can be sent again")
	}
}

func TestCrossSiteForms(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t), func(o *web.Options) { o.Site.PublicURL = "https://portal.example" })
	for _, test := range []struct {
		name    string
		headers map[string]string
		status  int
	}{
		{"from our own page", map[string]string{"Sec-Fetch-Site": "same-origin"}, 303},
		{"typed into the address bar", map[string]string{"Sec-Fetch-Site": "none"}, 303},
		{"from another site", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403},
		{"from a neighbour below the same domain", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "https://other.portal.example"}, 403},
		{"from an old browser elsewhere", map[string]string{"Origin": "https://evil.example"}, 403},
		{"from a page without an origin", map[string]string{"Origin": "null"}, 403},
		{"from the public address behind a proxy", map[string]string{"Origin": "https://portal.example"}, 303},
		{"from a program", nil, 303},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := s.In(t)
			r := c.Request("POST", "/en/sign-out", strings.NewReader("a=b"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for name, value := range test.headers {
				r.Header.Set(name, value)
			}
			c.Do(r).Want(test.status)
		})
	}
}

func TestScriptsGetTheStatusAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	c := s.With("Sec-Fetch-Mode", "cors").With("Sec-Fetch-Site", "same-origin")
	for path, status := range map[string]int{"/en/drafts/7": 401, "/en/fail/stale": 409, "/en/fail/unavailable": 503} {
		p := c.Post(path, url.Values{"text": {"typed"}}).Want(status)
		if len(p.Body) > 0 || p.Location() != "" || p.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: a script gets %q %q %q", path, p.Body, p.Location(), p.Header.Get("Set-Cookie"))
		}
	}
	if n := count(t, s.db, `SELECT count(*)::int FROM held_posts`); n > 0 {
		t.Error("what a script sends is held")
	}
}
