package web_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/dbtest"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/webtest"
	"portal/web"
	"portal/web/static"
)

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t, dead(t), func(o *web.Options) { o.Site.PublicURL, o.Site.Demonstration = "https://portal.example", true })
	for _, path := range []string{
		"/en/", "/", "/en/nothing", "/en/sign-out", "/en/member", "/en/fail/panic", "/en/fail/unavailable", "/healthz", "/readyz", "/metrics",
		"/robots.txt", "/favicon.ico", "/feeds/all.json", static.URL("portal.css"), "/static/nothing.css",
	} {
		p := s.Get(path)
		policy := p.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "require-trusted-types-for 'script'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy has no %s: %s", path, part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: the policy is open: %s", path, policy)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY", "X-Robots-Tag": "noindex, nofollow",
			"Strict-Transport-Security": "max-age=31536000; includeSubDomains",
		} {
			if got := p.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if !strings.Contains(p.Header.Get("Permissions-Policy"), "camera=()") || p.Header.Get("X-Request-Id") == "" || p.Header.Get("Cache-Control") == "" {
			t.Errorf("%s: headers are missing: %v", path, p.Header)
		}
	}
	plain := newSite(t, dead(t), func(o *web.Options) { o.Site.PublicURL = "http://localhost:8080" })
	for _, name := range []string{"Strict-Transport-Security", "X-Robots-Tag"} {
		if got := plain.Get("/en/").Header.Get(name); got != "" {
			t.Errorf("%s without TLS and with real data: %q", name, got)
		}
	}
}

func TestPublicPagesMayBeStored(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	p := s.Get("/en/long").Want(http.StatusOK)
	tag := p.Header.Get("ETag")
	if p.Header.Get("Cache-Control") != "public, max-age=0, must-revalidate" || !strings.HasPrefix(tag, `W/"`) {
		t.Errorf("Cache-Control %q, ETag %q", p.Header.Get("Cache-Control"), tag)
	}
	vary := strings.Join(p.Header.Values("Vary"), ", ")
	if !strings.Contains(vary, "Cookie") || !strings.Contains(vary, "Accept-Encoding") || strings.Contains(vary, "Language") {
		t.Errorf("Vary %q", vary)
	}
	for header, want := range map[string]int{
		tag:                           304,
		strings.TrimPrefix(tag, "W/"): 304,
		`"other", ` + tag:             304,
		"*":                           304,
		`W/"other"`:                   200,
		"":                            200,
	} {
		again := s.With("If-None-Match", header).Get("/en/long")
		if again.Status != want || (want == 304 && len(again.Body) > 0) {
			t.Errorf("If-None-Match %s: status %d with %d bytes, want %d", header, again.Status, len(again.Body), want)
		}
	}
	r := s.Request("HEAD", "/en/long", nil)
	if head := s.Do(r).Want(http.StatusOK); head.Header.Get("ETag") != tag || len(head.Body) > 0 {
		t.Errorf("HEAD has ETag %q and %d bytes", head.Header.Get("ETag"), len(head.Body))
	}

	feed := s.Get("/feeds/all.json").Want(http.StatusOK)
	if vary := strings.Join(feed.Header.Values("Vary"), ", "); strings.Contains(vary, "Cookie") || feed.Header.Get("ETag") == "" {
		t.Errorf("a feed varies by %q, ETag %q", vary, feed.Header.Get("ETag"))
	}
	for name, page := range map[string]*webtest.Page{
		"a signed-in person's public page": s.as(t, s.person(t, "Amina Odhiambo")).Get("/en/long"),
		"a signed-in person's own page":    s.as(t, s.person(t, "Luis Quispe")).Get("/en/member"),
		"a missing page":                   s.Get("/en/nothing"),
		"an answer to a form":              s.Post("/en/fail/invalid", nil),
	} {
		if page.Header.Get("Cache-Control") != "no-store" || page.Header.Get("ETag") != "" {
			t.Errorf("%s: Cache-Control %q, ETag %q", name, page.Header.Get("Cache-Control"), page.Header.Get("ETag"))
		}
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	s := newSite(t, dead(t))
	for _, test := range []struct{ path, accept, want string }{
		{"/en/long", "gzip", "gzip"},
		{"/en/long", "gzip, zstd", "zstd"},
		{"/en/long", "identity", ""},
		{"/en/", "gzip", ""}, // too small to be worth it
		{static.URL("portal.css"), "gzip, deflate, br, zstd", "br"},
		{static.URL("portal.css"), "gzip", "gzip"},
		{static.URL("portal.css"), "br;q=0, gzip;q=1.0", "gzip"},
		{static.URL("portal.css"), "identity", ""},
	} {
		p := s.With("Accept-Encoding", test.accept).Get(test.path).Want(http.StatusOK)
		if got := p.Header.Get("Content-Encoding"); got != test.want {
			t.Errorf("%s for %q is %q, want %q", test.path, test.accept, got, test.want)
		}
	}
}

func TestStaticFiles(t *testing.T) {
	t.Parallel()
	s := newSite(t, dead(t))
	for _, name := range []string{"portal.css", "portal.js", "favicon.svg"} {
		p := s.Get(static.URL(name)).Want(http.StatusOK)
		if got := p.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
		if vary := strings.Join(p.Header.Values("Vary"), ","); strings.Contains(vary, "Cookie") {
			t.Errorf("%s varies by %s", name, vary)
		}
		s.With("If-None-Match", p.Header.Get("ETag")).Get(static.URL(name)).Want(http.StatusNotModified)
		s.Get("/static/" + name).Want(http.StatusNotFound)
	}
	if got := s.Get("/favicon.ico").Want(http.StatusOK).Header.Get("Content-Type"); got != "image/svg+xml" {
		t.Errorf("the favicon is %q", got)
	}
	s.Get("/static/static.go").Want(http.StatusNotFound)
}

func TestRobots(t *testing.T) {
	t.Parallel()
	rules := string(newSite(t, dead(t)).Get("/robots.txt").Want(http.StatusOK).Body)
	if !strings.Contains(rules, "Disallow: /*/desk\n") || strings.Contains(rules, "long") || strings.Contains(rules, "Disallow: /\n") {
		t.Errorf("robots.txt says\n%s", rules)
	}
	demo := newSite(t, dead(t), func(o *web.Options) { o.Site.Demonstration = true })
	if got := string(demo.Get("/robots.txt").Body); got != "User-agent: *\nDisallow: /\n" {
		t.Errorf("with demonstration data robots.txt says\n%s", got)
	}
}

func TestLargeRequests(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	c := s.as(t, s.person(t, "Amina Odhiambo"))
	t.Run("a text of a million characters arrives", func(t *testing.T) {
		long := strings.Repeat("👩", 1_000_000)
		c.In(t).Post("/en/drafts/7", url.Values{"text": {long}}).Want(http.StatusSeeOther)
		if got := <-s.saved; got != long {
			t.Errorf("%d bytes arrive", len(got))
		}
	})
	t.Run("a form that is too large gets its page", func(t *testing.T) {
		p := c.In(t).Post("/en/drafts/7", url.Values{"text": {strings.Repeat("a", web.DefaultBody+1)}}).Want(http.StatusRequestEntityTooLarge)
		if got := p.Text("h1"); got != i18n.TL("en", "web.problem.too_large.title") {
			t.Errorf("it says %q", got)
		}
	})
	t.Run("an upload of thirty megabytes gets its page", func(t *testing.T) {
		file := webtest.File{Field: "file", Name: "plan.pdf", Content: make([]byte, 30<<20)}
		p := c.In(t).PostMultipart("/en/drafts/7/files", url.Values{"text": {"x"}}, file).Want(http.StatusRequestEntityTooLarge)
		if got := p.Text("h1"); got != i18n.TL("en", "web.problem.too_large.title") {
			t.Errorf("it says %q", got)
		}
		c.In(t).PostMultipart("/en/drafts/7/stream", url.Values{"text": {"x"}}, file).Want(http.StatusRequestEntityTooLarge)
	})
	t.Run("so does one that does not say how large it is", func(t *testing.T) {
		r := c.Request("POST", "/en/drafts/7", io.MultiReader(strings.NewReader("text="), io.LimitReader(endless{}, web.DefaultBody*2)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		c.In(t).Do(r).Want(http.StatusRequestEntityTooLarge)
	})
	t.Run("more fields than anybody types", func(t *testing.T) {
		c.In(t).Post("/en/drafts/7", url.Values{"text": make([]string, 20_000)}).Want(http.StatusBadRequest)
	})
	t.Run("an upload within its limit arrives", func(t *testing.T) {
		for _, path := range []string{"/en/drafts/7/files", "/en/drafts/7/stream"} {
			c.In(t).PostMultipart(path, url.Values{"text": {"typed"}}, webtest.File{Field: "file", Name: "plan.pdf", Content: make([]byte, 2<<20)}).WantRedirect("/en/drafts/1")
			if got := []string{<-s.saved, <-s.saved}; !strings.HasSuffix(got[0], "plan.pdf 2097152") || got[1] != "typed" {
				t.Errorf("%s: %q arrives", path, got)
			}
		}
	})
}

func TestALargeFormIsNoUpload(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	for _, c := range []*webtest.Client{s.Client, s.as(t, s.person(t, "Amina Odhiambo"))} {
		r := c.Request("POST", "/en/drafts/7/uploads", io.MultiReader(strings.NewReader("text="), io.LimitReader(endless{}, web.DefaultBody)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		c.In(t).Do(r).Want(http.StatusRequestEntityTooLarge)
	}
}

func TestManyLargeFormsAtATime(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	// A server says "continue" when it begins to read: then the form has its room.
	begin := func(kind, start string) net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST /en/fail/stale HTTP/1.1\r\nHost: portal\r\nExpect: 100-continue\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", kind, web.DefaultBody)
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.Contains(line, "100") {
			t.Fatalf("the server answers %q, %v", line, err)
		}
		fmt.Fprint(conn, start)
		return conn
	}
	var open []net.Conn
	for range web.FormMemory / web.DefaultBody {
		open = append(open, begin("application/x-www-form-urlencoded", "text="))
	}
	large := url.Values{"text": {strings.Repeat("Every child is registered. ", 20_000)}}
	for name, post := range map[string]func() *webtest.Page{
		"a form":    func() *webtest.Page { return s.Post("/en/fail/stale", large) },
		"an upload": func() *webtest.Page { return s.PostMultipart("/en/fail/stale", large) },
		"text of an upload that is streamed": func() *webtest.Page {
			return s.as(t, s.person(t, "Amina Odhiambo")).PostMultipart("/en/drafts/7/stream", large)
		},
	} {
		if p := post().Want(http.StatusServiceUnavailable); p.Header.Get("Retry-After") == "" {
			t.Errorf("%s: nobody says when to come back", name)
		}
	}
	s.Post("/en/fail/stale", url.Values{"text": {"small"}}).Want(http.StatusConflict)

	for _, conn := range open {
		conn.Close()
	}
	s.log.await(t, "request", 4+len(open))
	s.Post("/en/fail/stale", large).Want(http.StatusConflict)
}

// endless is the letter a for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestTextOfAnInterruptedUploadIsKept(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	c := s.as(t, s.person(t, "Amina Odhiambo"))
	p := c.PostMultipart("/en/drafts/7/stream", url.Values{"text": {"typed"}},
		webtest.File{Field: "a", Name: "the database goes", Content: make([]byte, 1<<20)},
		webtest.File{Field: "b", Name: "never read.pdf", Content: make([]byte, 1<<20)}).Want(http.StatusServiceUnavailable)
	if got := p.Form("form[action='/en/drafts/7/stream']").Value("text"); got != "typed" {
		t.Errorf("the page gives back %q", got)
	}
}

func TestSlowAndBrokenClients(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t), func(o *web.Options) { o.BodyIdle = 50 * time.Millisecond })
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /en/fail/stale HTTP/1.1\r\nHost: portal\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ntext=abc")
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusRequestTimeout || !bytes.Contains(body, []byte(i18n.TL("en", "web.problem.slow.title"))) {
		t.Errorf("status %d, %v: %s", response.StatusCode, err, body)
	}

	broken, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(broken, "POST /en/fail/stale HTTP/1.1\r\nHost: portal\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ntext=abc")
	broken.Close()
	if line := s.log.await(t, "request", 2)[1]; line["status"] != 499.0 {
		t.Errorf("a client that went away is logged as %v", line)
	}
	if faults := s.log.lines(t, "fault"); len(faults) > 0 {
		t.Errorf("a client that went away is our fault: %v", faults)
	}
}

func TestAccessLogHasNothingPersonal(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	s.Get("/en/things/900047110047119?q=private-query").Want(http.StatusOK)
	s.With("X-Forwarded-For", "203.0.113.9").Post("/en/sign-in", url.Values{"user": {"private-value"}}).Want(http.StatusNotFound)
	s.Get("/en/secret-path").Want(http.StatusNotFound)
	lines := s.log.await(t, "request", 3)
	if lines[0]["route"] != "/{lang}/things/{id}" || lines[0]["method"] != "GET" || lines[0]["status"] != 200.0 || lines[0]["bytes"].(float64) == 0 || lines[0]["duration_us"].(float64) == 0 {
		t.Errorf("the line of a page is %v", lines[0])
	}
	if lines[2]["route"] != "(none)" || lines[2]["status"] != 404.0 {
		t.Errorf("the line of a missing page is %v", lines[2])
	}
	for _, private := range []string{"900047110047119", "private", "secret-path", "127.0.0.1", "203.0.113.9"} {
		if strings.Contains(s.log.String(), private) {
			t.Errorf("the log has %q:\n%s", private, s.log)
		}
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t), func(o *web.Options) {
		o.MetricsToken = "the token"
		o.TrustedProxies = []string{"127.0.0.1"}
	})
	s.Get("/en/things/900047110047119").Want(http.StatusOK)
	s.Do(s.Request("BREW", "/en/things/900047110047119", nil))
	p := s.Get("/metrics").Want(http.StatusNotFound) // the proxy's own address says nothing of who is behind it
	s.log.await(t, "request", 3)
	p = s.With("Authorization", "Bearer the token").Get("/metrics").Want(http.StatusOK)
	for _, line := range []string{
		`portal_http_requests_total{method="GET",route="/{lang}/things/{id}",status="200"} 1`,
		`portal_http_requests_total{method="OTHER",route="(none)",status="405"} 1`,
		`portal_http_request_duration_seconds_count{method="GET",route="/{lang}/things/{id}"} 1`,
		"portal_http_requests_in_flight 1", "portal_database_connections_max", "go_goroutines",
	} {
		if !strings.Contains(string(p.Body), line) {
			t.Errorf("the metrics have no %s", line)
		}
	}
	if strings.Contains(string(p.Body), "900047110047119") {
		t.Error("the metrics have an address")
	}
	for _, header := range []string{"Bearer other", "Bearer ", "Basic the token", "the token"} {
		s.With("Authorization", header).Get("/metrics").Want(http.StatusNotFound)
	}
	bare := newSite(t, dead(t))
	bare.Get("/metrics").Want(http.StatusOK)
	bare.With("X-Forwarded-For", "203.0.113.9").Get("/metrics").Want(http.StatusNotFound)
	bare.With("Authorization", "Bearer ").With("Via", "1.1 proxy").Get("/metrics").Want(http.StatusNotFound)
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t))
	s.Get("/healthz").Want(http.StatusOK)
	s.Get("/readyz").Want(http.StatusOK)
	s.exec(t, `DELETE FROM goose_db_version WHERE version_id > 1`)
	if p := s.Get("/readyz").Want(http.StatusServiceUnavailable); !strings.Contains(string(p.Body), "portal migrate") {
		t.Errorf("with an old schema it says %s", p.Body)
	}
	gone := newSite(t, dead(t))
	gone.Get("/healthz").Want(http.StatusOK)
	gone.Get("/readyz").Want(http.StatusServiceUnavailable)
	drained := newSite(t, dbtest.New(t))
	drained.router.Drain()
	drained.Get("/readyz").Want(http.StatusServiceUnavailable)
	drained.Get("/en/").Want(http.StatusOK)
}

func TestGuardOfANetwork(t *testing.T) {
	t.Parallel()
	s := newSite(t, dbtest.New(t), func(o *web.Options) {
		o.NetworkLimit = 3
		o.TrustedProxies = []string{"127.0.0.0/8", "10.0.0.0/8"}
	})
	from := func(address string) *webtest.Client { return s.With("X-Forwarded-For", address) }
	for range 3 {
		from("198.51.100.1").Get("/en/long").Want(http.StatusOK)
	}
	p := from("198.51.100.1").Get("/en/long").Want(http.StatusTooManyRequests)
	if p.Header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After %q", p.Header.Get("Retry-After"))
	}
	p = from("198.51.100.1").Post("/en/sign-in", url.Values{"note": {"typed"}}).Want(http.StatusTooManyRequests)
	if got := p.Form("form[action='/en/sign-in']").Value("note"); got != "typed" {
		t.Errorf("the page gives back %q", got)
	}
	from("198.51.100.1").Get("/healthz").Want(http.StatusOK)
	from("1.2.3.4, 198.51.100.1, 10.0.0.7").Get("/en/long").Want(http.StatusTooManyRequests) // the same, who claims to be another
	from("198.51.100.2").Get("/en/long").Want(http.StatusOK)
	for i := range 3 {
		from(fmt.Sprintf("2001:db8:1:2::%d", i+1)).Get("/en/long").Want(http.StatusOK)
	}
	from("2001:db8:1:2:ffff::9").Get("/en/long").Want(http.StatusTooManyRequests)
	from("2001:db8:1:3::1").Get("/en/long").Want(http.StatusOK)

	alone := newSite(t, dead(t), func(o *web.Options) { o.NetworkLimit = 1 })
	for range 5 { // without a configured proxy nobody is believed, and this machine is not counted
		alone.With("X-Forwarded-For", "198.51.100.1").Get("/en/long").Want(http.StatusOK)
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	ctx := t.Context()
	var wait sync.WaitGroup
	results := make(chan error, 20)
	for range 20 { // as from several replicas at once
		wait.Go(func() { results <- web.Limit(ctx, db.Read(), "sign_in:amina@example.org", 5, time.Minute) })
	}
	wait.Wait()
	close(results)
	passed := 0
	for err := range results {
		if err == nil {
			passed++
		} else if !errors.Is(err, problem.TooMany) {
			t.Error(err)
		}
	}
	if passed != 5 {
		t.Errorf("%d attempts of 20 pass, want 5", passed)
	}
	if err := web.Limit(ctx, db.Read(), "sign_in:luis@example.org", 5, time.Minute); err != nil {
		t.Errorf("another key: %v", err)
	}
	if n := count(t, db, `SELECT count(*)::int FROM rate_limits WHERE position('amina' IN encode(key, 'escape')) > 0`); n > 0 {
		t.Error("the address is stored as it is")
	}
	if _, err := db.Read().Exec(ctx, `UPDATE rate_limits SET window_end = now()`); err != nil {
		t.Fatal(err)
	}
	if err := web.Limit(ctx, db.Read(), "sign_in:amina@example.org", 5, time.Minute); err != nil {
		t.Errorf("after the window: %v", err)
	}
	if n := count(t, db, `SELECT max(attempts)::int FROM rate_limits`); n != 1 {
		t.Errorf("the count goes on at %d", n)
	}
	if err := web.Limit(ctx, dead(t).Read(), "x", 1, time.Minute); err == nil || errors.Is(err, problem.TooMany) {
		t.Errorf("without a database: %v", err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]web.Options{
		"a proxy that is no address":    {TrustedProxies: []string{"proxy.example"}},
		"a proxy that is half a prefix": {TrustedProxies: []string{"10.0.0.0/"}},
	} {
		if _, err := web.New(o); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	for _, address := range []string{"portal.example", "ftp://portal.example", "https://", "https://portal.example:x"} {
		var o web.Options
		o.Site.PublicURL = address
		if _, err := web.New(o); err == nil {
			t.Errorf("the public address %q is taken", address)
		}
	}
}
