package newsletter

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

var start = time.Date(2026, time.November, 24, 9, 0, 0, 0, time.UTC)

var communications = identity.StaffRole{Role: identity.Officer, Desk: identity.CommunicationsDesk}

// world is a portal with the newsletter only.
type world struct {
	*webtest.Cast
	mu            sync.Mutex
	now           time.Time
	db            *database.DB
	service       *Service
	editor, other webtest.Person // two of the communications desk
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{db: dbtest.New(t), now: start}
	v, err := gcm.Load(t.Context(), w.db.Read())
	if err != nil {
		t.Fatal(err)
	}
	site := ui.Site{PublicURL: "https://portal.example", SignIn: "/sign-in", Newsletter: SubscribePath}
	w.service = NewService(Options{DB: w.db, Vocabulary: func() *gcm.Vocabulary { return v }, Site: site, Secret: []byte("a secret of the tests"), Now: w.clock})
	router, err := web.New(web.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Site: site, NetworkLimit: -1, TrustedProxies: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	Routes(router, w.service, Pages{Submission: func(id workflow.ID) string { return fmt.Sprintf("/submissions/%d", id) }, SignIn: "/sign-in", Register: "/register", Account: "/account", Import: "/imports/new"})
	w.Cast = webtest.NewCast(t, w.db, router)
	w.editor = webtest.SignedIn(t, w.Visitor.Client, router, "editor", webtest.NewUser(t, w.db, "Editor", nil, communications))
	w.other = webtest.SignedIn(t, w.Visitor.Client, router, "another editor", webtest.NewUser(t, w.db, "Other", nil, communications))
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func value[T any](t testing.TB, db *database.DB, sql string, args ...any) T {
	t.Helper()
	v, err := database.Value[T](context.Background(), db.Read(), sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func (w *world) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := w.db.Read().Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// addReader puts a confirmed reader into the table and returns their number.
func (w *world) addReader(t testing.TB, email string, c Choices) int64 {
	t.Helper()
	if c.Frequency == "" {
		c.Frequency = Monthly
	}
	if c.Lang == "" {
		c.Lang = i18n.English
	}
	return value[int64](t, w.db, `INSERT INTO newsletter_subscribers (email, email_key, lang, themes, regions, sector, frequency, state, consent_source, consented_on, created_at, confirmed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'confirmed', 'form', $8::date, $8, $8) RETURNING id`,
		email, keyOf(email), string(c.Lang), append([]int{}, c.Themes...), append([]string{}, c.Regions...), c.Sector, string(c.Frequency), start)
}

var linkForm = regexp.MustCompile(`https://portal\.example(/[a-z]{2}/t/[a-z]+/[A-Za-z0-9]+)`)

// link is the address in the last mail to somebody.
func (w *world) link(t testing.TB, email string) string {
	t.Helper()
	m := linkForm.FindStringSubmatch(value[string](t, w.db, `SELECT body FROM outbox WHERE to_address = $1 ORDER BY id DESC LIMIT 1`, email))
	if m == nil {
		t.Fatalf("no link in the mail to %s", email)
	}
	return m[1]
}

func typed(email string) url.Values {
	return url.Values{"email": {email}, "lang": {"ar"}, "themes": {"1", "3"}, "regions": {"africa"}, "sector": {""}, "frequency": {"monthly"}}
}

// readMail is a mail as a reader's program has it.
type readMail struct {
	header netmail.Header
	parts  []string
}

func parseMail(t testing.TB, raw string) readMail {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	read := readMail{header: m.Header}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			return read
		}
		content, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		read.parts = append(read.parts, string(content))
	}
}
