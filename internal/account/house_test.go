package account

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/riverqueue/river"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
	"portal/web"
	"portal/web/ui"
)

// goodPassword is one that will do for everybody in these tests.
const goodPassword = "herons wade at dawn"

var goodHash = sync.OnceValue(func() string {
	hash, err := newHasher().hash(context.Background(), goodPassword)
	if err != nil {
		panic(err)
	}
	return hash
})

// house is a portal with this area and three pages around it, on a database of its own, with a clock that the test sets.
type house struct {
	*webtest.Client
	t        *testing.T
	db       *database.DB
	accounts *Service
	router   *web.Router

	mu  sync.Mutex
	now time.Time
	// approved are the offices for which the hook was called; fails is what the hook returns.
	approved []int64
	fails    error
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, db: dbtest.New(t), now: time.Now()}
	h.accounts = NewService(h.db, Options{
		Site: ui.Site{PublicURL: "https://portal.example"}, Secret: []byte("the secret of the test"), Vocabulary: gcm.Reference, Now: h.clock,
		OfficeApproved: func(_ context.Context, _ database.Tx, office int64) error {
			h.approved = append(h.approved, office)
			return h.fails
		},
	})
	log := &keeper{}
	t.Cleanup(func() { log.check(t) })
	var err error
	h.router, err = web.New(web.Options{
		DB: h.db, Site: ui.Site{Account: "/account", SignIn: "/sign-in", SignOut: "/sign-out", Desk: "/desk"},
		Terms: func() string { return h.accounts.terms(h.clock()).Number }, NetworkLimit: -1, Now: h.clock, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	page := func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, templ.ComponentFunc(ui.Layout(ui.Page{Title: "A page"}).Render))
	}
	h.router.Public("GET /", page)
	h.router.Member("GET /drafts", page)
	h.router.Member("GET /submissions/{id}", page)
	h.router.Staff("GET /desk", page)
	Routes(h.router, h.accounts)
	h.Client = webtest.New(t, h.router)
	return h
}

// keeper keeps the log, to look whether anything personal or secret got into it.
type keeper struct {
	mu   sync.Mutex
	text strings.Builder
}

func (k *keeper) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.Write(p)
}

var private = regexp.MustCompile(`(?i)example\.org|amara|amina|/t/(email/)?[A-Z2-7]{26}|` + regexp.QuoteMeta(goodPassword))

func (k *keeper) check(t *testing.T) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for line := range strings.Lines(k.text.String()) {
		if private.MatchString(line) {
			t.Errorf("the log says: %s", line)
		}
		if strings.Contains(line, "level=ERROR") {
			t.Errorf("a fault: %s", line)
		}
	}
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// later turns the clock forward.
func (h *house) later(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// work runs the jobs of this area that wait.
func (h *house) work() {
	h.t.Helper()
	type row struct {
		Kind string
		Args []byte
	}
	waiting, err := database.Rows[row](h.t.Context(), h.db.Read(), `DELETE FROM river_job WHERE kind LIKE 'account.%' RETURNING kind, args`)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, j := range waiting {
		switch j.Kind {
		case registrationArgs{}.Kind():
			err = (&registrationWorker{service: h.accounts}).Work(h.t.Context(), &river.Job[registrationArgs]{Args: decode[registrationArgs](h.t, j.Args)})
		case linkArgs{}.Kind():
			err = (&linkWorker{service: h.accounts}).Work(h.t.Context(), &river.Job[linkArgs]{Args: decode[linkArgs](h.t, j.Args)})
		case emailChangeArgs{}.Kind():
			err = (&emailChangeWorker{service: h.accounts}).Work(h.t.Context(), &river.Job[emailChangeArgs]{Args: decode[emailChangeArgs](h.t, j.Args)})
		default:
			h.t.Fatalf("nobody works jobs of kind %s", j.Kind)
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
}

func decode[T any](t *testing.T, raw []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// sent is a mail in the outbox.
type sent struct {
	Kind      string
	ToAddress string
	Lang      string
	Subject   string
	HTML      string `db:"html"`
	Body      string
	Secret    bool
}

// mails returns the mails to the address, oldest first.
func (h *house) mails(to string) []sent {
	h.t.Helper()
	all, err := database.Rows[sent](h.t.Context(), h.db.Read(), `SELECT kind, to_address, lang, subject, html, body, secret FROM outbox WHERE to_address = $1 ORDER BY id`, to)
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// mail returns the last mail to the address, which is of the kind.
func (h *house) mail(to, kind string) sent {
	h.t.Helper()
	all := h.mails(to)
	if len(all) == 0 || all[len(all)-1].Kind != "account."+kind {
		h.t.Fatalf("the last mail to %s is not account.%s: %d mails %v", to, kind, len(all), kinds(all))
	}
	return all[len(all)-1]
}

func kinds(all []sent) []string {
	var k []string
	for _, m := range all {
		k = append(k, m.Kind)
	}
	return k
}

var linkPattern = regexp.MustCompile(`https://portal\.example(/[a-z]{2}/t/(?:email/)?[A-Z2-7]+)`)

// link returns the path of the page that the mail leads to.
func (h *house) link(m sent) string {
	h.t.Helper()
	found := linkPattern.FindStringSubmatch(m.HTML)
	if found == nil {
		h.t.Fatalf("the mail %q has no link: %s", m.Subject, m.Body)
	}
	if !strings.Contains(m.Body, found[0]) {
		h.t.Errorf("the text of the mail %q has no link: %s", m.Subject, m.Body)
	}
	return found[1]
}

// count returns a number from the database.
func (h *house) count(sql string, args ...any) int {
	h.t.Helper()
	n, err := database.Value[int](h.t.Context(), h.db.Read(), sql, args...)
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *house) exec(sql string, args ...any) {
	h.t.Helper()
	if _, err := h.db.Read().Exec(h.t.Context(), sql, args...); err != nil {
		h.t.Fatal(err)
	}
}

// acts returns the acts that the audit log has about a subject, oldest first, as "act by actor".
func (h *house) acts(subject string, id int64) string {
	h.t.Helper()
	all, err := database.Values[string](h.t.Context(), h.db.Read(), `SELECT act || CASE WHEN cardinality(fields) = 0 THEN '' ELSE '(' || array_to_string(fields, ',') || ')' END
		FROM audit_log WHERE subject = $1 AND subject_id = $2 ORDER BY id`, subject, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.Join(all, " ")
}

// introduce makes a person with the good password.
func (h *house) introduce(email string, change ...func(*Introduction)) identity.User {
	h.t.Helper()
	in := Introduction{Email: email, Password: goodPassword, Profile: Profile{Name: "Amina Odhiambo", Position: "Focal point", Country: "KE", Lang: i18n.English}}
	for _, c := range change {
		c(&in)
	}
	hash := ""
	if in.Password == goodPassword { // hashed once for all tests
		in.Password, hash = "", goodHash()
	}
	who, err := h.accounts.Introduce(h.t.Context(), in)
	if err != nil {
		h.t.Fatal(err)
	}
	h.exec(`UPDATE users SET password_hash = $2 WHERE id = $1`, who.ID, hash)
	return who
}

// as returns a browser in which the person is signed in.
func (h *house) as(who identity.User) *webtest.Client {
	h.t.Helper()
	return webtest.SignedIn(h.t, h.Client, h.router, "person", who).Client
}

// asBefore returns a browser in which the person has signed in some time ago, without a second factor.
func (h *house) asBefore(who identity.User, ago time.Duration) *webtest.Client {
	h.t.Helper()
	return webtest.SignedInAt(h.t, h.Client, h.router, "person", who, h.clock().Add(-ago), nil).Client
}

// reload returns the person as the next request would see them.
func (h *house) reload(who identity.User) identity.User {
	h.t.Helper()
	u, err := identity.Load(h.t.Context(), h.db.Read(), who.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return u
}

// filled is the form of registration as a person fills it in for an office that they propose.
func (h *house) filled(c *webtest.Client, email string) *webtest.Form {
	h.t.Helper()
	form := c.Get("/en/register").Want(http.StatusOK).Form("main form")
	form.Set("name", "Amara Diallo").Set("email", email).Set("position", "Head of the Migration Unit").Set("country", "KE").Set("lang", "en").
		Set("q", "Lake Region").Set("interests", "6", "17").Set("terms", "yes")
	form = form.Press("do=find").Want(http.StatusOK).Form("main form")
	form.Set("office", "new").Set("office_category", "member_state").Set("office_country", "KE")
	h.later(time.Minute)
	return form
}

// userID returns the id of the account of the address, 0 for none.
func (h *house) userID(email string) int64 {
	h.t.Helper()
	c, err := credentialsByEmail(h.t.Context(), h.db.Read(), email)
	if err != nil {
		h.t.Fatal(err)
	}
	return c.ID
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func contextFor(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}
