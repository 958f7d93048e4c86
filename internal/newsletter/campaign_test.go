package newsletter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/mail"
	"portal/web/ui"
)

// TestMain lets the test binary be the process that sends an issue, which tests kill and measure.
func TestMain(m *testing.M) {
	for variable, do := range map[string]func(string) error{"NEWSLETTER_SEND": sendAlone, "NEWSLETTER_BARE": sendBare} {
		if task := os.Getenv(variable); task != "" {
			if err := do(task); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

// errand is what a process that sends is told.
type errand struct {
	DSN, Folder string
	Port        int
	Issue       int64
}

// sendAlone sends an issue and prints what it took: peak memory in kilobytes, and seconds of CPU.
func sendAlone(task string) error {
	var e errand
	if err := json.Unmarshal([]byte(task), &e); err != nil {
		return err
	}
	slog.SetDefault(slog.New(slog.DiscardHandler))
	ctx := context.Background()
	db, err := database.Open(ctx, e.DSN)
	if err != nil {
		return err
	}
	defer db.Close()
	v, err := gcm.Load(ctx, db.Read())
	if err != nil {
		return err
	}
	post, err := mail.NewSender(db, mail.Options{SMTP: config.SMTP{Host: "127.0.0.1", Port: e.Port, TLS: config.NoTLS}, From: "Portal <news@portal.example>", PublicURL: "https://portal.example"})
	if err != nil {
		return err
	}
	s := NewService(Options{DB: db, Vocabulary: func() *gcm.Vocabulary { return v }, Site: ui.Site{PublicURL: "https://portal.example", Email: "secretariat@portal.example"}, Secret: []byte("a secret of the tests"), Now: func() time.Time { return start }})
	for { // until there is nothing more to do for it
		if err := s.Send(ctx, post, e.Folder, e.Issue); err != nil {
			return err
		}
		open, err := database.Value[bool](ctx, db.Read(), `SELECT state = 'sending' FROM newsletter_issues WHERE id = $1`, e.Issue)
		if err != nil {
			return err
		}
		if !open {
			break
		}
		// The database has not let go of the process before: it says when it has.
		if err := db.InTx(ctx, func(tx database.Tx) error {
			_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1, $2)`, lockClass, int32(e.Issue)) //nolint:gosec // as in Send
			return err
		}); err != nil {
			return err
		}
	}
	return used()
}

// sink is a mail server that counts what it takes, by reader.
type sink struct {
	mu     sync.Mutex
	taken  map[string]int
	total  int
	awaits map[int][]chan struct{} // who waits for a total
	last   []byte
	rcpt   func(to string) error
	answer func(to string) error
	port   int
	keep   bool
}

func newSink(t testing.TB) *sink {
	t.Helper()
	s := &sink{taken: map[string]int{}, awaits: map[int][]chan struct{}{}}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &sinkSession{sink: s, conn: c}, nil }))
	server.ErrorLog = log{}
	server.EnableSMTPUTF8 = true
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = listener.Addr().(*net.TCPAddr).Port
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

type log struct{}

func (log) Printf(string, ...any) {}
func (log) Println(...any)        {}

// errHangUp makes the server break the connection without an answer.
var errHangUp = errors.New("hang up")

type sinkSession struct {
	sink *sink
	conn *smtp.Conn
	to   string
}

func (*sinkSession) Mail(string, *smtp.MailOptions) error { return nil }

func (n *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	n.to = to
	if n.sink.rcpt != nil {
		return n.answer(n.sink.rcpt(to))
	}
	return nil
}

// answer breaks the connection instead of an answer, where there is none.
func (n *sinkSession) answer(err error) error {
	if errors.Is(err, errHangUp) {
		_ = n.conn.Conn().Close() // it may be closed already
	}
	return err
}

func (n *sinkSession) Data(r io.Reader) error {
	if n.sink.keep {
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		n.sink.mu.Lock()
		n.sink.last = content
		n.sink.mu.Unlock()
	} else if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	if n.sink.answer != nil {
		if err := n.answer(n.sink.answer(n.to)); err != nil {
			return err
		}
	}
	n.sink.mu.Lock()
	defer n.sink.mu.Unlock()
	n.sink.taken[n.to]++
	n.sink.total++
	for _, reached := range n.sink.awaits[n.sink.total] {
		close(reached)
	}
	delete(n.sink.awaits, n.sink.total)
	return nil
}

// reaches is closed once the server has taken so many messages.
func (s *sink) reaches(total int) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	reached := make(chan struct{})
	if s.total >= total {
		close(reached)
	} else {
		s.awaits[total] = append(s.awaits[total], reached)
	}
	return reached
}

func (*sinkSession) Reset()        {}
func (*sinkSession) Logout() error { return nil }

func (s *sink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// readers makes as many confirmed readers as are asked for, of all languages and interests.
func readers(t testing.TB, db *database.DB, n int) {
	t.Helper()
	if _, err := db.Read().Exec(context.Background(), `INSERT INTO newsletter_subscribers (email, email_key, lang, themes, regions, frequency, state, consent_source, consented_on, created_at, confirmed_at)
		SELECT 'r' || n || '@example.org', 'r' || n || '@example.org', (ARRAY['ar', 'zh', 'en', 'fr', 'ru', 'es'])[n % 6 + 1], CASE WHEN n % 3 = 0 THEN '{}'::int[] ELSE ARRAY[n % 5 + 1] END,
			CASE WHEN n % 2 = 0 THEN '{}'::text[] ELSE ARRAY[(ARRAY['africa', 'arab_states', 'asia_pacific'])[n % 3 + 1]] END, 'monthly', 'confirmed', 'form', $2::date, $2, $2 FROM generate_series(1, $1) n`, n, start); err != nil {
		t.Fatal(err)
	}
}

// newService is the newsletter over a database, without pages.
func newService(t testing.TB, db *database.DB) *Service {
	t.Helper()
	v, err := gcm.Load(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	return NewService(Options{DB: db, Vocabulary: func() *gcm.Vocabulary { return v }, Site: ui.Site{PublicURL: "https://portal.example"}, Secret: []byte("a secret of the tests"), Now: func() time.Time { return start }})
}

// sendingIssue is an issue whose sending has begun.
func sendingIssue(t testing.TB, db *database.DB, s *Service, perSecond, connections int) int64 {
	t.Helper()
	ctx := t.Context()
	id := value[int64](t, db, `WITH u AS (INSERT INTO users (name, email, country, email_verified_at, created_at, terms_version) VALUES ('Editor', 'editor@example.org', 'KE', now(), now(), '1') RETURNING id)
		INSERT INTO newsletter_issues (number, month, state, created_by, created_at, changed_at, approved_by, send_at) SELECT 1, '2026-11-01', 'scheduled', id, $1, $1, id, $1 FROM u RETURNING id`, start)
	err := db.InTx(ctx, func(tx database.Tx) error {
		if err := putIssueTexts(ctx, tx, id, Texts{i18n.English: {"News of November", "What happened."}, i18n.Arabic: {"أخبار تشرين الثاني", "ما حدث."}}); err != nil {
			return err
		}
		for n := range 6 {
			item := Item{IssueID: id, Section: "practices", Link: "/practices", Texts: Texts{i18n.English: {fmt.Sprintf("Practice %d", n), strings.Repeat("How a city welcomed people. ", 20)}}}
			if n > 0 {
				item.Themes = []int{n}
			}
			if _, err := addItem(ctx, tx, item); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO settings (name, value) VALUES ($1, $2), ($3, $4) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, settingPerSecond, strconv.Itoa(perSecond), settingConnections, strconv.Itoa(connections))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(ctx, id); err != nil {
		t.Fatal(err)
	}
	return id
}

// begin starts a process with an errand.
func begin(t testing.TB, variable string, e any) (*exec.Cmd, *strings.Builder) {
	t.Helper()
	task, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	out := &strings.Builder{}
	cmd := exec.CommandContext(context.Background(), os.Args[0])
	cmd.Env = append(os.Environ(), variable+"="+string(task))
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

// A process that sends is killed ten times in the middle of it, at any point. Each reader gets the issue once, and nobody is left
// out.
func TestKilledTenTimes(t *testing.T) {
	t.Parallel()
	const many = 900
	db, server := dbtest.New(t), newSink(t)
	readers(t, db, many)
	id := sendingIssue(t, db, newService(t, db), 0, 8)
	e := errand{DSN: db.Pool.Config().ConnString(), Folder: t.TempDir(), Port: server.port, Issue: id}
	for n := range 10 {
		cmd, _ := begin(t, "NEWSLETTER_SEND", e)
		at := (n+1)*many/12 + rand.IntN(60) //nolint:gosec // any point will do
		select {
		case <-server.reaches(at):
		case <-time.After(3 * time.Minute):
			t.Fatalf("the server never had %d messages", at)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
	}
	cmd, out := begin(t, "NEWSLETTER_SEND", e)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if server.count() < many/2 {
		t.Fatalf("only %d were sent", server.count())
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	missing, twice := 0, 0
	for n := range many {
		switch server.taken[fmt.Sprintf("r%d@example.org", n+1)] {
		case 0:
			missing++
		case 1:
		default:
			twice++
		}
	}
	if missing+twice > 0 {
		t.Errorf("of %d readers %d got nothing and %d got it twice", many, missing, twice)
	}
	if got := value[string](t, db, `SELECT state || (SELECT count(*) FROM newsletter_deliveries WHERE state = 'sent') FROM newsletter_issues`); got != fmt.Sprintf("sent%d", many) {
		t.Errorf("the issue is %s", got)
	}
}

// What the mail server says decides about each reader.
func TestRepliesOfTheServer(t *testing.T) {
	t.Parallel()
	db, server := dbtest.New(t), newSink(t)
	s := newService(t, db)
	now := start
	s.now = func() time.Time { return now }
	for _, email := range []string{"fine@example.org", "nobody@example.org", "full@example.org", "spam@example.org", "grey@example.org", "dropped@example.org", "cut@example.org", "lost@example.org", "Zoë@example.org"} {
		(&world{db: db}).addReader(t, email, Choices{})
	}
	greyed, dropped, cuts, lost := 0, 0, 0, 0
	server.rcpt = func(to string) error {
		switch to {
		case "nobody@example.org":
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such person"}
		case "full@example.org":
			return &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 2, 2}, Message: "full"}
		case "grey@example.org":
			if greyed++; greyed == 1 {
				return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "come back later"}
			}
		case "cut@example.org": // nothing of the message has gone: it is sent again
			if cuts++; cuts == 1 {
				return errHangUp
			}
		}
		return nil
	}
	server.answer = func(to string) error {
		switch to {
		case "spam@example.org":
			return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "we do not like this"}
		case "dropped@example.org":
			if dropped++; dropped == 1 {
				return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "going down"}
			}
		case "lost@example.org": // the whole message was there: nobody knows, and it goes to nobody twice
			lost++
			return errHangUp
		}
		return nil
	}
	id := sendingIssue(t, db, s, 0, 3)
	post, err := mail.NewSender(db, mail.Options{SMTP: config.SMTP{Host: "127.0.0.1", Port: server.port, TLS: config.NoTLS}, From: "Portal <news@portal.example>", PublicURL: "https://portal.example"})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for range 3 {
		if err := s.Send(t.Context(), post, folder, id); err != nil {
			t.Fatal(err)
		}
		now = now.Add(10 * time.Minute)
	}
	for email, want := range map[string]string{
		"fine@example.org": "sent confirmed 0", "nobody@example.org": "bounced away 1", "full@example.org": "bounced confirmed 1", "spam@example.org": "bounced confirmed 0",
		"grey@example.org": "sent confirmed 0", "dropped@example.org": "sent confirmed 0", "Zoë@example.org": "sent confirmed 0",
		"cut@example.org": "sent confirmed 0", "lost@example.org": "unsure confirmed 0",
	} {
		if got := value[string](t, db, `SELECT d.state || ' ' || b.state || ' ' || b.bounces FROM newsletter_deliveries d JOIN newsletter_subscribers b ON b.id = d.subscriber_id WHERE b.email = $1`, email); got != want {
			t.Errorf("%s is %q, want %q", email, got, want)
		}
	}
	if cuts != 2 || lost != 1 {
		t.Errorf("who was cut off was tried %d times, and who was lost %d", cuts, lost)
	}
	if state := value[string](t, db, `SELECT state FROM newsletter_issues`); state != "sent" {
		t.Errorf("the issue is %s", state)
	}
	if got := value[string](t, db, `SELECT string_agg(address || ' ' || reason, ',') FROM newsletter_suppressions`); got != "nobody@example.org bounced" {
		t.Errorf("kept away are %s", got)
	}
}

// A server that says nothing any more in the middle of a message, or after the whole of it, holds nothing up: the first mail goes
// again, of the second nobody knows, and it goes to nobody twice.
func TestAServerThatStalls(t *testing.T) {
	t.Parallel()
	db, server := dbtest.New(t), newSink(t)
	s := newService(t, db)
	now := start
	s.now = func() time.Time { return now }
	for _, email := range []string{"slow@example.org", "mute@example.org"} {
		(&world{db: db}).addReader(t, email, Choices{})
	}
	var slow, mute atomic.Int32
	server.rcpt = func(to string) error {
		if to == "slow@example.org" {
			if slow.Add(1) == 1 {
				<-t.Context().Done()
			}
		}
		return nil
	}
	server.answer = func(to string) error {
		if to == "mute@example.org" {
			mute.Add(1)
			<-t.Context().Done()
		}
		return nil
	}
	id := sendingIssue(t, db, s, 0, 2)
	post, err := mail.NewSender(db, mail.Options{SMTP: config.SMTP{Host: "127.0.0.1", Port: server.port, TLS: config.NoTLS}, From: "Portal <news@portal.example>", PublicURL: "https://portal.example", Patience: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for range 3 {
		if err := s.Send(t.Context(), post, folder, id); err != nil {
			t.Fatal(err)
		}
		now = now.Add(10 * time.Minute)
	}
	if got := value[string](t, db, `SELECT string_agg(b.email || ' ' || d.state, ', ' ORDER BY b.email) FROM newsletter_deliveries d JOIN newsletter_subscribers b ON b.id = d.subscriber_id`); got != "mute@example.org unsure, slow@example.org sent" || slow.Load() != 2 || mute.Load() != 1 {
		t.Errorf("%s, after %d and %d times", got, mute.Load(), slow.Load())
	}
}

// A report does something only if it carries the mark of the very mail and speaks of its reader.
func TestReportsOfMailServers(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := newService(t, db)
	w := &world{db: db}
	names := []string{"ada", "bo", "cy", "di"}
	ids := map[string]int64{}
	for _, name := range names {
		ids[name] = w.addReader(t, name+"@example.org", Choices{})
	}
	id := sendingIssue(t, db, s, 0, 1)
	w.exec(t, `UPDATE newsletter_deliveries SET state = 'sent', done_at = now()`)
	token := func(name string) string { return sign(s.Secret, forBounce, signed{ids[name], int32(id), start}) }
	dsn := func(to, messageID, recipient, action, status string) string {
		return "From: MAILER-DAEMON@mx.example\r\nTo: " + to + "\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n" +
			"--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; " + recipient + "\r\nAction: " + action + "\r\nStatus: " + status + "\r\n\r\n" +
			"--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: " + messageID + "\r\n\r\n--x--\r\n"
	}
	arf := func(to, messageID, kind string) string {
		return "To: " + to + "\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=x\r\n\r\n--x\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: " + kind + "\r\nUser-Agent: mx\r\nVersion: 1\r\n\r\n" +
			"--x\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: " + messageID + "\r\nSubject: News\r\n\r\n\r\n--x--\r\n"
	}
	bounceTo := sender{address: "news@portal.example"}.bounceTo
	for _, test := range []struct {
		name, report, who, want string
		ok                      bool
	}{
		{"forged", dsn(bounceTo(strings.Repeat("a", 40)), "<x>", "ada@example.org", "failed", "5.1.1"), "ada", "confirmed", false},
		{"of somebody else", dsn(bounceTo(token("bo")), "<x>", "ada@example.org", "failed", "5.1.1"), "ada", "confirmed", false},
		{"late", dsn(bounceTo(token("ada")), "<x>", "ada@example.org", "delayed", "4.4.1"), "ada", "confirmed", false},
		{"delivered", dsn(bounceTo(token("ada")), "<x>", "ada@example.org", "delivered", "2.0.0"), "ada", "confirmed", false},
		{"of a reader's link", dsn(bounceTo(sign(s.Secret, forReader, signed{ids["ada"], int32(id), start})), "<x>", "ada@example.org", "failed", "5.1.1"), "ada", "confirmed", false},
		{"of an issue that was not sent", dsn(bounceTo(sign(s.Secret, forBounce, signed{ids["ada"], 99, start})), "<x>", "ada@example.org", "failed", "5.1.1"), "ada", "confirmed", false},
		{"no report", "Subject: hello\r\n\r\nhello", "ada", "confirmed", false},
		{"by the address", dsn(bounceTo(strings.ToUpper(token("ada"))), "<x>", "ADA@example.org", "failed", "5.1.1"), "ada", "away", true},
		{"again", dsn(bounceTo(token("ada")), "<x>", "ada@example.org", "failed", "5.1.1"), "ada", "away", true},
		{"by the Message-ID", dsn("news@portal.example", "<newsletter."+token("bo")+"@portal.example>", "bo@example.org", "failed", "5.1.1"), "bo", "away", true},
		{"a full mailbox, once", dsn(bounceTo(token("cy")), "<x>", "cy@example.org", "failed", "5.2.2"), "cy", "confirmed", true},
		{"not spam", arf("abuse@portal.example", "<newsletter."+token("di")+"@portal.example>", "not-spam"), "di", "confirmed", false},
		{"a complaint", arf("abuse@portal.example", "<newsletter."+token("di")+"@portal.example>", "abuse"), "di", "away", true},
	} {
		err := s.TakeReport(t.Context(), strings.NewReader(test.report))
		if (err == nil) != test.ok || err != nil && !errors.Is(err, ErrNoReport) {
			t.Errorf("%s: %v", test.name, err)
		}
		if state := value[string](t, db, `SELECT state FROM newsletter_subscribers WHERE id = $1`, ids[test.who]); state != test.want {
			t.Errorf("%s: the reader is %s, want %s", test.name, state, test.want)
		}
	}
	if got := value[int](t, db, `SELECT complained FROM newsletter_issues`); got != 1 {
		t.Errorf("%d complaints are counted", got)
	}
	if got := value[string](t, db, `SELECT string_agg(reason, ',' ORDER BY id) FROM newsletter_suppressions`); got != "bounced,bounced,complained" {
		t.Errorf("kept away are %s", got)
	}
}

func FuzzReadReturned(f *testing.F) {
	f.Add("To: a+b@c\r\nContent-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; a@b\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--x--\r\n")
	f.Add("Content-Type: multipart/report; boundary=\"\"\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := readReturned(strings.NewReader(text))
		if err == nil && (len(r.Token) != tokenChars || !r.Failed && !r.Complaint) {
			t.Errorf("%q is read as %+v", text, r)
		}
	})
}
