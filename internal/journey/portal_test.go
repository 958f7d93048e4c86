package journey

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/app"
	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail/mailtest"
	"portal/internal/webtest"
	"portal/web"
)

// signingKey is the portal's in all tests.
const signingKey = "a key for tests that is long enough"

// portal is the whole portal in this process: served over HTTP, with its workers, on a database and a mail server of its
// own.
type portal struct {
	url   string
	db    *database.DB
	sink  *mailtest.Sink
	app   *app.App
	cards *web.Router // makes sessions in the portal's database
}

// demonstration gives databases with the demonstration data, which are made once.
var demonstration = dbtest.Filled(func(ctx context.Context, db *database.DB) error {
	cfg, err := config.Load([]string{"PORTAL_SECRET=" + signingKey, "DATABASE_URL=postgres://unused", "PORTAL_PUBLIC_URL=http://127.0.0.1"})
	if err != nil {
		return err
	}
	a, err := app.New(ctx, cfg, db, slog.Default())
	if err != nil {
		return err
	}
	defer a.Close()
	_, err = a.Seed(ctx)
	return err
})

// newPortal starts a portal. seeded means that it has the demonstration data, whose mails are caught; settings are
// environment variables that differ from the usual.
func newPortal(t *testing.T, seeded bool, settings ...string) *portal {
	t.Helper()
	data := dbtest.New
	if seeded {
		data = demonstration
	}
	p := &portal{db: data(t), sink: mailtest.Start(t, mailtest.Options{})}
	var serving http.Handler
	server := httptest.NewUnstartedServer(nil)
	log := slog.New(&loudOnly{t: t})
	server.Config = web.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serving.ServeHTTP(w, r) }), log)
	server.Start()
	t.Cleanup(server.Close)
	p.url = server.URL

	environ := []string{"PORTAL_SECRET=" + signingKey, "DATABASE_URL=postgres://unused", "PORTAL_PUBLIC_URL=" + p.url, "PORTAL_CONTACT_HUB=hub@portal.example"}
	if !seeded {
		environ = append(environ, smtpSettings(p.sink)...)
	}
	environ = append(environ, "PORTAL_DATA="+t.TempDir())
	cfg, err := config.Load(append(environ, settings...))
	if err == nil {
		err = cfg.EnsureAuditKey()
	}
	if err != nil {
		t.Fatal(err)
	}
	if p.app, err = app.New(t.Context(), cfg, p.db, log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.app.Close)
	serving = p.app.Handler()
	stop, err := p.app.StartWorkers(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := stop(ctx); err != nil {
			t.Error(err)
		}
	})
	p.cards = newSessions(t, p.db)
	return p
}

// newSessions returns a router without pages that makes sessions for people in the database.
func newSessions(t *testing.T, db *database.DB) *web.Router {
	t.Helper()
	cards, err := web.New(web.Options{DB: db, Secret: []byte(signingKey)})
	if err != nil {
		t.Fatal(err)
	}
	return cards
}

// smtpSettings tell the portal of a mail server.
func smtpSettings(sink *mailtest.Sink) []string {
	s := sink.SMTP()
	return []string{"PORTAL_SMTP_HOST=" + s.Host, fmt.Sprint("PORTAL_SMTP_PORT=", s.Port), "PORTAL_SMTP_TLS=" + string(s.TLS)}
}

// enter opens a window in which the person is signed in.
func (p *portal) enter(t *testing.T, who identity.User, width int64) *tab {
	t.Helper()
	b := open(t, p.url, width)
	p.signIn(b, who)
	return b
}

// signIn gives the window a session of the person.
func (p *portal) signIn(b *tab, who identity.User) {
	b.t.Helper()
	cookie, err := p.cards.SessionCookie(b.t.Context(), who)
	if err != nil {
		b.t.Fatal(err)
	}
	b.cookie(cookie)
}

// person loads somebody of the demonstration.
func (p *portal) person(t *testing.T, email string) identity.User {
	t.Helper()
	id, err := database.Value[int64](t.Context(), p.db.Read(), `SELECT id FROM users WHERE email = $1`, email)
	if err != nil {
		t.Fatalf("%s: %v", email, err)
	}
	who, err := identity.Load(t.Context(), p.db.Read(), id)
	if err != nil {
		t.Fatal(err)
	}
	return who
}

// visitor returns a client of the portal behind its proxy, who has no browser and so runs no scripts.
func (p *portal) visitor(t *testing.T) *webtest.Client {
	t.Helper()
	u, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	return webtest.New(t, &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(u)
		r.Out.Host = r.In.Host
	}})
}

// client returns a client in which the person is signed in.
func (p *portal) client(t *testing.T, who identity.User) *webtest.Client {
	t.Helper()
	return webtest.SignedIn(t, p.visitor(t), p.cards, "member", who).Client
}

// member makes somebody who heads an office of their own, both approved.
func (p *portal) member(t *testing.T, name string) identity.User {
	t.Helper()
	return webtest.NewUser(t, p.db, name, map[int64]identity.PostRole{webtest.NewOffice(t, p.db, "Office of "+name, "KE"): identity.Head})
}

// officer makes an officer of the pledges desk.
func (p *portal) officer(t *testing.T, name string) identity.User {
	t.Helper()
	return webtest.NewUser(t, p.db, name, nil, identity.StaffRole{Role: identity.Officer, Desk: identity.PledgesDesk})
}

// value reads one value from the portal's database.
func value[T any](t *testing.T, db *database.DB, sql string, args ...any) T {
	t.Helper()
	v, err := database.Value[T](t.Context(), db.Read(), sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// letters waits until the mail server has a mail to the address whose subject has the words, and returns it. Mails of
// that kind that were returned before do not count: seen is how many there were.
func letter(t *testing.T, sink *mailtest.Sink, to, subject string, seen int) mailtest.Message {
	t.Helper()
	var found mailtest.Message
	eventually(t, fmt.Sprintf("a mail to %s: %s", to, subject), func() bool {
		left := seen
		for _, m := range sink.Messages() {
			if len(m.To) == 1 && m.To[0] == to && strings.Contains(m.Subject, subject) {
				if left == 0 {
					found = m
					return true
				}
				left--
			}
		}
		return false
	})
	return found
}

var oneTimeLink = regexp.MustCompile(`(https?://[^/\s]+)(/[a-z]{2}/t/[A-Za-z0-9_-]+)`)

// linkIn returns the path of the one-time link in a mail.
func linkIn(t *testing.T, m mailtest.Message) string {
	t.Helper()
	found := oneTimeLink.FindStringSubmatch(m.Text)
	if found == nil {
		t.Fatalf("the mail %q has no link:\n%s", m.Subject, m.Text)
	}
	return found[2]
}

// says returns a text of the catalogue as the language's pages show it.
func says(lang i18n.Lang, key string, args ...any) string { return i18n.TL(lang, key, args...) }

// loudOnly is a log that fails the test at an error: nothing in these tests is the portal's fault. Without a test it keeps
// the errors.
type loudOnly struct {
	t    *testing.T
	mu   sync.Mutex
	kept []string
}

// Enabled lets only errors pass.
func (*loudOnly) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

// Handle fails the test.
func (l *loudOnly) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	if l.t == nil {
		l.kept = append(l.kept, text)
	} else {
		l.t.Errorf("the portal logs an error: %s", text)
	}
	return nil
}

func (l *loudOnly) errors() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kept
}

// WithAttrs leaves the log as it is.
func (l *loudOnly) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup leaves the log as it is.
func (l *loudOnly) WithGroup(string) slog.Handler { return l }

// days is a calendar day some time from now, as three fields ask for it.
func days(fromNow int) (day, month, year string) {
	d := time.Now().AddDate(0, 0, fromNow)
	return fmt.Sprint(d.Day()), fmt.Sprint(int(d.Month())), fmt.Sprint(d.Year())
}
