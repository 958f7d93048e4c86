package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/klauspost/compress/zstd"

	"portal/internal/content"
	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/webtest"
	"portal/web"
	"portal/web/ui"
)

// shop is a site whose pages are kept. Each page says how many were made before it.
type shop struct {
	*site
	watch *content.Watch
	made  atomic.Int64
	// during is called while a page is made.
	during atomic.Pointer[func()]
	clock  atomic.Pointer[time.Time]
}

func newShop(t *testing.T, db *database.DB, change ...func(*web.Options)) *shop {
	t.Helper()
	s := &shop{watch: content.Start(t.Context(), db, slog.New(slog.DiscardHandler), func(context.Context) error { return nil })}
	t.Cleanup(s.watch.Stop)
	noon := time.Date(2026, 11, 28, 11, 0, 0, 0, time.UTC)
	s.clock.Store(&noon)
	s.site = newSite(t, db, append([]func(*web.Options){func(o *web.Options) {
		o.Content, o.PageCache, o.Now = s.watch, 1<<20, func() time.Time { return *s.clock.Load() }
	}}, change...)...)
	s.router.Public("GET /kept", s.page, web.Cached("q"))
	s.router.Public("GET /kept/{status}", s.page, web.Cached())
	s.router.Public("GET /other", s.page)
	s.router.Public("GET /large/{n}", s.page, web.Cached())
	s.router.Public("GET /feed", func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Disposition", `attachment; filename="feed.xml"`)
		return web.Write(w, r, http.StatusOK, "application/atom+xml", fmt.Appendf(nil, "<feed>%d</feed>", s.made.Add(1)))
	}, web.Stateless(), web.Cached())
	s.router.Public("POST /publication", s.publish)
	eventually(t, "changes are heard", func() bool { return s.watch.Version() != 0 })
	return s
}

// page answers with the status that the address names.
func (s *shop) page(w http.ResponseWriter, r *http.Request) error {
	n := s.made.Add(1)
	if during := s.during.Load(); during != nil {
		(*during)()
	}
	if err := s.db.Pool.Ping(r.Context()); err != nil {
		return fmt.Errorf("read the page: %w", err)
	}
	status := http.StatusOK
	switch r.PathValue("status") {
	case "moved":
		return web.Redirect(w, r, "/kept", "")
	case "missing":
		return problem.NotFound
	case "broken":
		return fmt.Errorf("no page today")
	case "panic":
		panic("no page at all")
	case "gone":
		status = http.StatusGone
	case "flash":
		web.Flash(r.Context(), "web.problem.again")
	case "streamed":
		_, err := fmt.Fprint(w, "not by Write")
		return err
	}
	return web.Render(w, r, status, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if err := page(fmt.Sprintf("made %d q=%s all=%s", n, r.URL.Query().Get("q"), ui.RequestOf(ctx).Query)).Render(ctx, w); err != nil {
			return err
		}
		_, err := io.WriteString(w, strings.Repeat("Safe, orderly and regular migration. ", 100)+strings.Repeat(" ", len(r.PathValue("n"))*20_000))
		return err
	}))
}

// publish changes what the pages show.
func (s *shop) publish(w http.ResponseWriter, r *http.Request) error {
	if err := s.change(r.Context()); err != nil {
		return err
	}
	return web.Redirect(w, r, "/kept", "")
}

func (s *shop) change(ctx context.Context) error {
	_, err := s.db.Read().Exec(ctx, `DELETE FROM pledges`)
	return err
}

// changed changes the content and waits until that is heard.
func (s *shop) changed(t *testing.T) {
	t.Helper()
	if err := s.change(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.watch.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// eventually waits for something that happens by itself.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); !happened(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("after 20 s it is still not so: %s", what)
		}
	}
}

// kept says whether an answer came from memory.
func kept(p *webtest.Page) bool { return p.Header.Get("Cache-Status") == "portal; hit" }

func TestAPageIsMadeOnceUntilItsContentChanges(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	first := s.Get("/en/kept").Want(http.StatusOK)
	for range 3 {
		again := s.Get("/en/kept").Want(http.StatusOK)
		if !kept(again) || string(again.Body) != string(first.Body) {
			t.Fatalf("the page was made again: %s", again.Header)
		}
		for _, name := range []string{"Etag", "Cache-Control", "Vary", "Content-Type", "Content-Security-Policy", "X-Frame-Options"} {
			if got, want := again.Header.Values(name), first.Header.Values(name); fmt.Sprint(got) != fmt.Sprint(want) || len(want) == 0 {
				t.Errorf("%s is %q, was %q", name, got, want)
			}
		}
		if id := again.Header.Get("X-Request-Id"); id == "" || id == first.Header.Get("X-Request-Id") {
			t.Errorf("the request has the id %q", id)
		}
	}
	s.changed(t)
	second := s.Get("/en/kept").Want(http.StatusOK)
	if kept(second) || string(second.Body) == string(first.Body) {
		t.Error("the page is the old one after a change")
	}
	if !kept(s.Get("/en/kept")) {
		t.Error("the new page is not kept")
	}

	midnight := time.Date(2026, 11, 28, 23, 0, 0, 0, time.UTC) // in Geneva
	before := midnight.Add(-time.Nanosecond)
	s.clock.Store(&before)
	if !kept(s.Get("/en/kept")) {
		t.Error("the page does not last until midnight in Geneva")
	}
	s.clock.Store(&midnight)
	if kept(s.Get("/en/kept")) || !kept(s.Get("/en/kept")) {
		t.Error("a new day in Geneva does not count")
	}
}

func TestWhatIsKeptAndWhatIsNot(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	member := s.as(t, s.person(t, "Amina Odhiambo"))
	session := &http.Cookie{Name: "session", Value: member.Cookie("session"), Path: "/"}
	type request struct {
		method, path string
		header       map[string]string
		cookies      []*http.Cookie
	}
	get := func(path string) request { return request{method: "GET", path: path} }
	cookie := func(name, value string) request {
		return request{method: "GET", path: "/en/kept", cookies: []*http.Cookie{{Name: name, Value: value, Path: "/"}}}
	}
	with := func(name, value string) request {
		return request{method: "GET", path: "/en/kept", header: map[string]string{name: value}}
	}
	for name, test := range map[string]struct {
		first, then request
		kept        bool // then is answered with what first was
	}{
		"the same page": {get("/en/kept"), get("/en/kept"), true},
		"with a parameter that the page does not read":  {get("/en/kept"), get("/en/kept?utm_source=x&fbclid=y"), true},
		"the same, the other way round":                 {get("/en/kept?utm_source=x"), get("/en/kept"), true},
		"the parameters in another order":               {get("/en/kept?q=a&x=1"), get("/en/kept?x=2&q=a"), true},
		"the parameter written otherwise":               {get("/en/kept?q=a+b"), get("/en/kept?q=a%20b"), true},
		"another value of a parameter":                  {get("/en/kept?q=a"), get("/en/kept?q=b"), false},
		"a parameter twice":                             {get("/en/kept?q=a"), get("/en/kept?q=a&q=b"), false},
		"a query that cannot be read":                   {get("/en/kept"), get("/en/kept?%zz;&%00=%ff"), true},
		"another language":                              {get("/en/kept"), get("/ar/kept"), false},
		"another language asked for by the browser":     {with("Accept-Language", "ar"), get("/en/kept"), true},
		"another path":                                  {get("/en/kept"), get("/en/feed"), false},
		"a path written otherwise":                      {get("/en/kept"), get("/en/kep%74"), false},
		"a path with an encoded slash":                  {get("/en/kept/x"), get("/en/kept%2Fx"), false},
		"HEAD after GET":                                {get("/en/kept"), request{method: "HEAD", path: "/en/kept"}, true},
		"GET after HEAD":                                {request{method: "HEAD", path: "/en/kept"}, get("/en/kept"), true},
		"GET after a part was asked for":                {with("Range", "bytes=0-9"), get("/en/kept"), true},
		"a part after GET":                              {get("/en/kept"), with("Range", "bytes=0-9"), true},
		"GET after a page that has not changed":         {with("If-None-Match", "*"), get("/en/kept"), true},
		"another encoding":                              {with("Accept-Encoding", "identity"), with("Accept-Encoding", "gzip"), true},
		"a feed":                                        {get("/en/feed"), get("/en/feed"), true},
		"another host":                                  {get("/en/kept"), with("X-Forwarded-Host", "evil.example"), true},
		"somebody else's cookie":                        {cookie("_ga", "1"), get("/en/kept"), true},
		"a cookie that sounds like ours":                {cookie("my_session", "1"), get("/en/kept"), true},
		"a signed-in person after a visitor":            {get("/en/kept"), request{method: "GET", path: "/en/kept", cookies: []*http.Cookie{session}}, false},
		"a visitor after a signed-in person":            {request{method: "GET", path: "/en/kept", cookies: []*http.Cookie{session}}, get("/en/kept"), false},
		"a session that has run out":                    {cookie("session", "x"), get("/en/kept"), false},
		"after a session that has run out":              {get("/en/kept"), cookie("session", "x"), false},
		"a session under the name that it has with TLS": {cookie("__Host-session", "x"), get("/en/kept"), false},
		"a message":                                     {cookie("flash", "x"), get("/en/kept"), false},
		"a message for who comes later":                 {get("/en/kept"), cookie("flash", "x"), false},
		"text that is held":                             {cookie("held", "x"), get("/en/kept"), false},
		"several cookies, one of them ours":             {get("/en/kept"), request{method: "GET", path: "/en/kept", cookies: []*http.Cookie{{Name: "a", Value: "1", Path: "/"}, session}}, false},
		"an answer that sets a cookie":                  {get("/en/kept/flash"), get("/en/kept/flash"), false},
		"a route that does not say so":                  {get("/en/other"), get("/en/other"), false},
		"a redirect":                                    {get("/en/kept/moved"), get("/en/kept/moved"), false},
		"a page that is gone":                           {get("/en/kept/gone"), get("/en/kept/gone"), false},
		"a page that is not there":                      {get("/en/kept/missing"), get("/en/kept/missing"), false},
		"a fault":                                       {get("/en/kept/broken"), get("/en/kept/broken"), false},
		"a panic":                                       {get("/en/kept/panic"), get("/en/kept/panic"), false},
		"an answer that is not Write's":                 {get("/en/kept/streamed"), get("/en/kept/streamed"), false},
		"a form":                                        {request{method: "POST", path: "/en/kept"}, request{method: "POST", path: "/en/kept"}, false},
		"a page after a form to its address":            {request{method: "POST", path: "/en/kept"}, get("/en/kept"), false},
		"a form to the address of a page":               {get("/en/kept"), request{method: "POST", path: "/en/kept"}, false},
		"an address without the language":               {get("/kept"), get("/kept"), false},
		"a slash too many":                              {get("/en/kept"), get("/en/kept/"), false},
	} {
		t.Run(name, func(t *testing.T) {
			s.changed(t) // nothing of the last test holds
			ask := func(q request) *webtest.Page {
				c := s.Another().In(t)
				for _, cookie := range q.cookies {
					c.SetCookie(cookie)
				}
				for name, value := range q.header {
					c = c.With(name, value)
				}
				return c.Do(c.Request(q.method, q.path, nil))
			}
			if p := ask(test.first); kept(p) {
				t.Fatalf("the first answer is an old one: %v", p.Header)
			}
			p := ask(test.then)
			if kept(p) != test.kept {
				t.Errorf("from memory: %v, want %v: status %d %s", kept(p), test.kept, p.Status, p.Body)
			}
			if kept(p) && (strings.Contains(p.Header.Get("Vary"), "*") || p.Header.Get("Set-Cookie") != "" || strings.Contains(string(p.Body), "Amina")) {
				t.Errorf("what is kept is somebody's own: %v", p.Header)
			}
		})
	}
}

// Whoever asks, the handler of a page that is kept sees the parameters that its route declares and no others: what it
// shows of them, for one in the links to other languages, is the same for all.
func TestAKeptPageSeesOnlyTheParametersOfItsRoute(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	for _, c := range []*webtest.Client{s.Client, s.as(t, s.person(t, "Amina Odhiambo"))} {
		if h := c.Get("/en/kept?utm_source=a&q=b&secret=c").Want(http.StatusOK).Text("h1"); !strings.HasSuffix(h, "q=b all=q=b") {
			t.Errorf("the page was made for %q", h)
		}
	}
}

func TestKeptPagesAnswerAsTheBrowserWants(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	whole := s.With("Accept-Encoding", "identity").Get("/en/kept").Want(http.StatusOK)
	tag := whole.Header.Get("ETag")
	for _, test := range []struct {
		name, method, header, value string
		status                      int
		encoding                    string
	}{
		{"as it is", "GET", "Accept-Encoding", "identity", 200, ""},
		{"gzip", "GET", "Accept-Encoding", "gzip", 200, "gzip"},
		{"zstd before gzip", "GET", "Accept-Encoding", "gzip, deflate, br, zstd", 200, "zstd"},
		{"zstd refused", "GET", "Accept-Encoding", "zstd;q=0, gzip;q=0.5", 200, "gzip"},
		{"all refused", "GET", "Accept-Encoding", "gzip;q=0,zstd; q=0.0", 200, ""},
		{"only the header", "HEAD", "Accept-Encoding", "gzip", 200, ""},
		{"not changed", "GET", "If-None-Match", tag, 304, ""},
		{"not changed, compared weakly", "GET", "If-None-Match", strings.TrimPrefix(tag, "W/"), 304, ""},
		{"not changed, one of several", "GET", "If-None-Match", `"x", ` + tag, 304, ""},
		{"not changed, only the header", "HEAD", "If-None-Match", tag, 304, ""},
		{"changed", "GET", "If-None-Match", `W/"x"`, 200, "gzip"},
		{"a part, which we do not give", "GET", "Range", "bytes=0-3", 200, "gzip"},
	} {
		c := s.With(test.header, test.value)
		if test.header != "Accept-Encoding" {
			c = c.With("Accept-Encoding", "gzip")
		}
		p := c.Do(c.Request(test.method, "/en/kept", nil))
		if !kept(p) || p.Status != test.status || p.Header.Get("Content-Encoding") != test.encoding || p.Header.Get("ETag") != tag {
			t.Errorf("%s: %d %v", test.name, p.Status, p.Header)
		}
		if vary := strings.Join(p.Header.Values("Vary"), ", "); vary != "Accept-Encoding, Cookie" {
			t.Errorf("%s: Vary is %q", test.name, vary)
		}
		if test.status == 304 || test.method == "HEAD" {
			if len(p.Body) > 0 {
				t.Errorf("%s: there are %d bytes", test.name, len(p.Body))
			}
		} else if string(unpacked(t, p)) != string(whole.Body) {
			t.Errorf("%s: the page is another one", test.name)
		}
	}
	if feed := s.Get("/en/feed"); feed.Header.Get("Content-Disposition") == "" {
		t.Error("a header is missing")
	} else if again := s.Get("/en/feed"); !kept(again) || again.Header.Get("Content-Disposition") != feed.Header.Get("Content-Disposition") || strings.Contains(strings.Join(again.Header.Values("Vary"), ","), "Cookie") {
		t.Errorf("a kept feed has %v", again.Header)
	}
}

func TestABurstMakesAPageOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	const readers = 50
	release := make(chan struct{})
	wait := func() { <-release }
	s.during.Store(&wait)
	var all sync.WaitGroup
	var fromMemory atomic.Int64
	for range readers {
		all.Go(func() {
			if p := s.Another().Get("/en/kept").Want(http.StatusOK); kept(p) {
				fromMemory.Add(1)
			}
		})
	}
	eventually(t, "all have come", func() bool { return strings.Contains(metrics(t, s), "portal_http_requests_in_flight 51\n") })
	close(release)
	all.Wait()
	if n := s.made.Load(); n != 1 || fromMemory.Load() != readers-1 {
		t.Errorf("the page was made %d times, and %d got the one in the making", n, fromMemory.Load())
	}
}

// Who asks after a change gets a page that was made after it, also while one is being made from before.
func TestAPageInTheMakingIsNotForThoseWhoAskAfterAChange(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	began, release := make(chan struct{}, 10), make(chan struct{})
	wait := func() { began <- struct{}{}; <-release }
	s.during.Store(&wait)
	slow := make(chan *webtest.Page)
	go func() { slow <- s.Another().Get("/en/kept") }()
	<-began
	s.changed(t)
	s.during.Store(nil)
	fresh := s.Get("/en/kept").Want(http.StatusOK)
	if kept(fresh) || !strings.HasPrefix(fresh.Text("h1"), "made 2") {
		t.Errorf("the page is %q", fresh.Text("h1"))
	}
	close(release)
	(<-slow).Want(http.StatusOK)
	if again := s.Get("/en/kept"); !kept(again) || again.Text("h1") != fresh.Text("h1") {
		t.Errorf("the older page has taken the newer one's place: %q", again.Text("h1"))
	}
}

func TestAReaderWhoLeadsAndFailsLeavesTheOthersToThemselves(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	for range 2 {
		s.Get("/en/kept/panic").Want(http.StatusInternalServerError)
		s.Get("/en/kept/missing").Want(http.StatusNotFound)
	}
	if n := s.made.Load(); n != 4 {
		t.Errorf("the handler was called %d times", n)
	}
}

func TestThePageBehindAFormIsFresh(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	for range 100 {
		before := s.Get("/en/kept").Text("h1")
		if after := s.Post("/en/publication", nil).Follow(); kept(after) || after.Text("h1") == before {
			t.Fatalf("after the publication the page is still %q", before)
		}
	}
}

func TestTheCacheKeepsToItsRoom(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	for i := range 60 { // of some 24 KB each, in a megabyte
		s.Get(fmt.Sprintf("/en/large/%d", i%10)).Want(http.StatusOK)
		s.Get(fmt.Sprintf("/en/kept?q=%d", i)).Want(http.StatusOK)
	}
	s.Get("/en/large/" + strings.Repeat("0", 20)).Want(http.StatusOK) // 400 KB
	bytes, pages := figure(t, s, "portal_page_cache_bytes"), figure(t, s, "portal_page_cache_pages")
	if bytes > 1<<20 || bytes < 1<<19 || pages < 10 {
		t.Errorf("%v bytes in %v pages are kept", bytes, pages)
	}
	if !kept(s.Get("/en/large/9")) || !kept(s.Get("/en/kept?q=59")) {
		t.Error("what was asked for last is not kept")
	}
	if kept(s.Get("/en/large/" + strings.Repeat("0", 20))) {
		t.Error("a page is kept that takes the room of many")
	}
	for range 3000 {
		s.Get("/en/kept?q=" + fmt.Sprint(s.made.Load()))
	}
	if bytes := figure(t, s, "portal_page_cache_bytes"); bytes > 1<<20 {
		t.Errorf("%v bytes are kept", bytes)
	}
}

func TestWithoutACacheEveryPageIsMade(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t), func(o *web.Options) { o.PageCache = 0 })
	for range 2 {
		if p := s.Get("/en/kept?x=1&q=2").Want(http.StatusOK); kept(p) || !strings.HasSuffix(p.Text("h1"), "all=q=2") {
			t.Errorf("the page is %q", p.Text("h1"))
		}
	}
	s.Post("/en/publication", nil).Want(http.StatusSeeOther)
}

func TestTheDatabaseGoesAndComesBack(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t)
	line := dbtest.NewLine(t, dsn)
	s := newShop(t, dbtest.Open(t, line.DSN))
	elsewhere := dbtest.Open(t, dsn)
	first := s.Get("/en/kept").Want(http.StatusOK)
	line.Cut()
	for range 20 {
		p := s.Get("/en/kept").Want(http.StatusOK)
		if got := p.Header.Get("Cache-Status"); string(p.Body) != string(first.Body) || p.Header.Get("ETag") != first.Header.Get("ETag") || !(kept(p) || strings.Contains(got, "ttl=-1")) {
			t.Fatalf("without the database: %v", p.Header)
		}
	}
	eventually(t, "the portal knows that the database is gone", s.watch.Gone)
	if p := s.Get("/en/kept").Want(http.StatusOK); kept(p) || !strings.Contains(p.Header.Get("Cache-Status"), "ttl=-1") {
		t.Errorf("an old page is given for a new one: %v", p.Header)
	}
	s.With("If-None-Match", first.Header.Get("ETag")).Get("/en/kept").Want(http.StatusNotModified)
	never := s.Get("/en/kept?q=never").Want(http.StatusServiceUnavailable)
	if never.Header.Get("Retry-After") == "" || never.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a page that was never made: %v", never.Header)
	}
	s.Get("/ar/kept").Want(http.StatusServiceUnavailable)
	if _, err := elsewhere.Read().Exec(t.Context(), `DELETE FROM pledges`); err != nil { // unheard
		t.Fatal(err)
	}
	line.Mend()
	eventually(t, "changes are heard again", func() bool { return s.watch.Version() != 0 })
	if p := s.Get("/en/kept").Want(http.StatusOK); p.Header.Get("Cache-Status") != "" || string(p.Body) == string(first.Body) {
		t.Errorf("what has changed unheard is not there: %v", p.Header)
	}
	if !kept(s.Get("/en/kept")) {
		t.Error("nothing is kept any more")
	}
}

// Only the listening connection is gone: pages are made for each reader until it is back.
func TestWhileNothingIsHeardNothingIsKept(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	s.Get("/en/kept").Want(http.StatusOK)
	s.watch.Stop()
	for range 3 {
		if p := s.Get("/en/kept").Want(http.StatusOK); p.Header.Get("Cache-Status") != "" {
			t.Errorf("an answer from memory that may be old: %v", p.Header)
		}
	}
	if n := s.made.Load(); n != 4 {
		t.Errorf("the page was made %d times", n)
	}
}

func TestKeptPagesAreCountedAndLogged(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	s.Get("/en/kept")
	s.Get("/en/kept")
	s.Get("/en/kept")
	s.as(t, s.person(t, "Amina Odhiambo")).Get("/en/kept")
	s.Get("/en/other")
	lines := s.log.await(t, "request", 5)
	for i, want := range []any{"miss", "hit", "hit", "bypass", nil} {
		if lines[i]["cache"] != want || lines[i]["status"] != float64(200) || lines[i]["bytes"] == float64(0) || lines[i]["request_id"] == "" {
			t.Errorf("line %d: %v", i, lines[i])
		}
		if want != nil && lines[i]["route"] != "/{lang}/kept" {
			t.Errorf("line %d: %v", i, lines[i])
		}
	}
	for name, want := range map[string]float64{
		`portal_page_cache_answers_total{result="hit"}`: 2, `portal_page_cache_answers_total{result="miss"}`: 1,
		`portal_page_cache_answers_total{result="bypass"}`: 1, `portal_page_cache_answers_total{result="stale"}`: 0,
		`portal_http_requests_total{method="GET",route="/{lang}/kept",status="200"}`: 4, `portal_page_cache_pages`: 1,
	} {
		if got := figure(t, s, name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

func TestKeptPagesCountAgainstTheNetworksLimit(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t), func(o *web.Options) { o.NetworkLimit, o.TrustedProxies = 10, []string{"127.0.0.1"} })
	statuses := map[int]int{}
	for range 30 {
		statuses[s.With("X-Forwarded-For", "192.0.2.7").Get("/en/kept").Status]++
	}
	if statuses[200] != 10 || statuses[429] != 20 {
		t.Errorf("the answers are %v", statuses)
	}
	s.With("X-Forwarded-For", "192.0.2.8").Get("/en/kept").Want(http.StatusOK)
}

// What a page counts is counted for each answer that shows it, from memory or not, and for no HEAD.
func TestWhatAPageNotesIsNotedForEachAnswer(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	var noted atomic.Int64
	s.router.Public("GET /noted", func(w http.ResponseWriter, r *http.Request) error {
		web.Note(r.Context(), func(network string) {
			if network != "" {
				noted.Add(1)
			}
		})
		return web.Write(w, r, http.StatusOK, "text/plain", []byte("page"))
	}, web.Cached())
	visitor := webtest.New(t, s.router)
	for i, want := range []bool{false, true, true} {
		if p := visitor.Get("/en/noted").Want(http.StatusOK); kept(p) != want {
			t.Errorf("answer %d: from memory %v", i+1, kept(p))
		}
	}
	visitor.Do(visitor.Request(http.MethodHead, "/en/noted", nil)).Want(http.StatusOK)
	if n := noted.Load(); n != 3 {
		t.Errorf("noted %d times instead of 3", n)
	}
}

// A page that shows a deadline is not given from memory when that has passed, although nothing was published.
func TestAPageIsKeptUntilItsDeadline(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	noon := *s.clock.Load()
	s.router.Public("GET /deadline", func(w http.ResponseWriter, r *http.Request) error {
		for _, hours := range []time.Duration{48, 2, 5} { // the first one counts, and not beyond the day
			web.Until(r.Context(), noon.Add(hours*time.Hour))
		}
		return web.Write(w, r, http.StatusOK, "text/plain", []byte("open"))
	}, web.Cached())
	visitor := webtest.New(t, s.router)
	for _, step := range []struct {
		after time.Duration
		kept  bool
	}{{0, false}, {2*time.Hour - 1, true}, {2 * time.Hour, false}, {3 * time.Hour, false}} {
		now := noon.Add(step.after)
		s.clock.Store(&now)
		if p := visitor.Get("/en/deadline").Want(http.StatusOK); kept(p) != step.kept {
			t.Errorf("after %s: from memory %v", step.after, kept(p))
		}
	}
}

func TestOnlyWhatEverybodyMayReadCanBeKept(t *testing.T) {
	t.Parallel()
	s := newSite(t, dead(t))
	for name, add := range map[string]func(){
		"a form":           func() { s.router.Public("POST /a", text(""), web.Cached()) },
		"a members' page":  func() { s.router.Member("GET /b", text(""), web.Cached()) },
		"a staff page":     func() { s.router.Staff("GET /c", text(""), web.Cached()) },
		"a secret address": func() { s.router.Public("GET /d", text(""), web.Cached(), web.Private()) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s may be kept", name)
				}
			}()
			add()
		}()
	}
}

func TestAPageInEveryLanguageIsItsOwn(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	for range 2 {
		for _, lang := range i18n.Offered() {
			p := s.Get("/" + string(lang) + "/kept").Want(http.StatusOK)
			if got := p.One("html").Attr("lang"); got != string(lang) {
				t.Errorf("/%s/kept is in %s", lang, got)
			}
		}
	}
}

// metrics are the figures of the process.
func metrics(t *testing.T, s *shop) string {
	t.Helper()
	return string(s.Another().In(t).Get("/metrics").Want(http.StatusOK).Body)
}

// figure is one of them.
func figure(t *testing.T, s *shop, name string) float64 {
	t.Helper()
	for line := range strings.Lines(metrics(t, s)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("there is no figure %s", name)
	return 0
}

// unpacked is the page as it was before it was encoded.
func unpacked(t *testing.T, p *webtest.Page) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(p.Body)
	var err error
	switch p.Header.Get("Content-Encoding") {
	case "gzip":
		r, err = gzip.NewReader(r)
	case "zstd":
		r, err = zstd.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}
