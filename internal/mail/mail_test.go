package mail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/i18n"
	"portal/internal/jobs"
	"portal/internal/mail/mailtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const letter = `<!DOCTYPE html><html lang="en" dir="ltr"><head><title>x</title></head><body><h1>Your pledge</h1><p>It is <a href="https://portal.example/en">there</a>.</p></body></html>`

func message(to string) Message {
	return Message{To: to, Lang: i18n.English, Kind: "review.publish", Subject: "Your pledge was published", HTML: letter}
}

// queue writes mails into the outbox and returns the id of the last.
func queue(t *testing.T, db *database.DB, messages ...Message) int64 {
	t.Helper()
	err := db.InTx(t.Context(), func(tx database.Tx) error {
		for _, m := range messages {
			if err := Queue(t.Context(), tx, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	id, err := database.Value[int64](t.Context(), db.Read(), `SELECT coalesce(max(id), 0) FROM outbox`)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func newSender(t *testing.T, db *database.DB, sink *mailtest.Sink) *Sender {
	t.Helper()
	s, err := NewSender(db, Options{
		SMTP: sink.SMTP(), From: "The Network’s portal <portal@portal.example>",
		ReplyTo: "Secretariat <help@portal.example>", PublicURL: "https://portal.example:8443",
	})
	if err != nil {
		t.Fatal(err)
	}
	s.roots = sink.Roots()
	s.firstPause = time.Millisecond
	return s
}

// deliver makes one attempt and says whether another is wanted.
func deliver(t *testing.T, s *Sender, id int64) (again bool) {
	t.Helper()
	pause, err := s.deliver(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return pause > 0
}

// row is what a test asks of the outbox.
type row struct {
	State     State
	Attempts  int
	LastError string
	HTML      string
	Body      string
	ToAddress string
	Erased    bool
}

func read(t *testing.T, db *database.DB, id int64) row {
	t.Helper()
	r, err := database.Row[row](t.Context(), db.Read(), `SELECT state, attempts, last_error, html, body, to_address, erased_at IS NOT NULL AS erased
		FROM outbox WHERE id = $1`, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func execute(t *testing.T, db *database.DB, sql string, args ...any) {
	t.Helper()
	if _, err := db.Pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// due makes a mail that waits for its next attempt due now.
func due(t *testing.T, db *database.DB, id int64) {
	t.Helper()
	execute(t, db, `UPDATE outbox SET next_attempt_at = now() WHERE id = $1`, id)
}

func TestAMailIsPartOfItsTransaction(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	changed := errors.New("changed my mind")
	err := db.InTx(t.Context(), func(tx database.Tx) error {
		if err := Queue(t.Context(), tx, message("a@example.org")); err != nil {
			t.Fatal(err)
		}
		return changed
	})
	if !errors.Is(err, changed) {
		t.Fatal(err)
	}
	for _, table := range []string{"outbox", "river_job"} {
		n, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*) FROM `+table)
		if err != nil {
			t.Fatal(err)
		}
		if n != 0 {
			t.Errorf("%d rows in %s after a rollback", n, table)
		}
	}
}

func TestAMailIsSentOnce(t *testing.T) {
	t.Parallel()
	db, sink := dbtest.New(t), mailtest.Start(t, mailtest.Options{})
	s := newSender(t, db, sink)
	id := queue(t, db, message("reader@example.org"))
	for range 3 { // the job of a process that was killed comes again
		if deliver(t, s, id) {
			t.Error("another attempt is wanted")
		}
	}
	if r := read(t, db, id); r.State != Sent || r.Attempts != 1 || r.LastError != "" || r.HTML != letter {
		t.Errorf("the outbox says %+v", r)
	}
	if n := len(sink.Messages()); n != 1 {
		t.Errorf("%d mails arrived", n)
	}
}

func TestOneOfSeveralSendersSends(t *testing.T) {
	t.Parallel()
	db, sink := dbtest.New(t), mailtest.Start(t, mailtest.Options{})
	s := newSender(t, db, sink)
	id := queue(t, db, message("reader@example.org"))
	var senders sync.WaitGroup
	for range 8 {
		senders.Go(func() {
			if _, err := s.deliver(t.Context(), id); err != nil {
				t.Error(err)
			}
		})
	}
	senders.Wait()
	if r := read(t, db, id); r.State != Sent || r.Attempts != 1 {
		t.Errorf("the outbox says %+v", r)
	}
	if n := len(sink.Messages()); n != 1 {
		t.Errorf("%d mails arrived", n)
	}
}

// once answers with the error the first time it is asked at the stage.
func once(stage mailtest.Stage, err error) func(mailtest.Stage, string) error {
	return times(1, stage, err)
}

func times(n int32, stage mailtest.Stage, err error) func(mailtest.Stage, string) error {
	var asked atomic.Int32
	return func(s mailtest.Stage, _ string) error {
		if s == stage && asked.Add(1) <= n {
			return err
		}
		return nil
	}
}

func TestAMailThatIsNotTakenNowIsTriedAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer func(mailtest.Stage, string) error
		want   string
	}{
		{"the server is busy", times(2, mailtest.Hello, mailtest.Reply(421, "too many connections")), "too many connections"}, // EHLO, then HELO
		{"the server breaks off the greeting", once(mailtest.Hello, mailtest.HangUp), "hello"},
		{"the sender is not taken now", once(mailtest.Sender, mailtest.Reply(451, "try later")), "try later"},
		{"the sender is refused: a setting is wrong", once(mailtest.Sender, mailtest.Reply(550, "relaying denied")), "relaying denied"},
		{"the recipient is not taken now", once(mailtest.Recipient, mailtest.Reply(450, "greylisted")), "greylisted"},
		{"the connection breaks at the recipient", once(mailtest.Recipient, mailtest.HangUp), "recipient"},
		{"the message is not taken now", once(mailtest.End, mailtest.Reply(452, "disk full")), "disk full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db, sink := dbtest.New(t), mailtest.Start(t, mailtest.Options{Answer: c.answer})
			s := newSender(t, db, sink)
			id := queue(t, db, message("reader@example.org"))
			if !deliver(t, s, id) {
				t.Fatal("no other attempt is wanted")
			}
			if r := read(t, db, id); r.State != Queued || r.Attempts != 1 || !strings.Contains(r.LastError, c.want) {
				t.Fatalf("after the first attempt the outbox says %+v", r)
			}
			due(t, db, id)
			if deliver(t, s, id) {
				t.Fatal("a third attempt is wanted")
			}
			if r := read(t, db, id); r.State != Sent || r.Attempts != 2 || r.LastError != "" {
				t.Errorf("the outbox says %+v", r)
			}
			if n := len(sink.Messages()); n != 1 {
				t.Errorf("%d mails arrived", n)
			}
		})
	}
}

func TestAMailWaitsForTheServerToComeBack(t *testing.T) {
	t.Parallel()
	db, sink := dbtest.New(t), mailtest.Start(t, mailtest.Options{})
	s := newSender(t, db, sink)
	id := queue(t, db, message("reader@example.org"))
	sink.Stop()
	for attempt := 1; attempt <= 3; attempt++ {
		if !deliver(t, s, id) {
			t.Fatal("no other attempt is wanted")
		}
		if r := read(t, db, id); r.State != Queued || r.Attempts != attempt || !strings.Contains(r.LastError, "refused") {
			t.Fatalf("the outbox says %+v", r)
		}
		due(t, db, id)
	}
	sink.Resume(t)
	if deliver(t, s, id) {
		t.Fatal("another attempt is wanted")
	}
	if r := read(t, db, id); r.State != Sent || r.Attempts != 4 {
		t.Errorf("the outbox says %+v", r)
	}
}

func TestAMailThatIsNotDueWaits(t *testing.T) {
	t.Parallel()
	db, sink := dbtest.New(t), mailtest.Start(t, mailtest.Options{})
	id := queue(t, db, message("reader@example.org"))
	execute(t, db, `UPDATE outbox SET next_attempt_at = now() + interval '1 minute'`)
	pause, err := newSender(t, db, sink).deliver(t.Context(), id)
	if err != nil || pause < 50*time.Second || pause > 62*time.Second {
		t.Errorf("it should wait a minute: %s, %v", pause, err)
	}
	if r := read(t, db, id); r.State != Queued || r.Attempts != 0 {
		t.Errorf("the outbox says %+v", r)
	}
}

func TestARefusedMailFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		to      string
		options mailtest.Options
		want    string
	}{
		{"no such mailbox", "nobody@example.org", mailtest.Options{Answer: once(mailtest.Recipient, mailtest.Reply(550, "no such user"))}, "no such user"},
		{"the text is refused", "reader@example.org", mailtest.Options{Answer: once(mailtest.End, mailtest.Reply(554, "looks like spam"))}, "looks like spam"},
		{"letters that the server cannot deliver to", "имя@example.org", mailtest.Options{NoUTF8: true}, "outside ASCII"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db, sink := dbtest.New(t), mailtest.Start(t, c.options)
			id := queue(t, db, message(c.to))
			if deliver(t, newSender(t, db, sink), id) {
				t.Error("another attempt is wanted")
			}
			if r := read(t, db, id); r.State != Failed || !strings.Contains(r.LastError, c.want) {
				t.Errorf("the outbox says %+v", r)
			}
			if n := len(sink.Messages()); n != 0 {
				t.Errorf("%d mails arrived", n)
			}
		})
	}
}

func TestWhatIsNoAddressFailsWithoutBreakingItsTransaction(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	for _, to := range []string{"", "nobody", "a@b@c", "A <a@example.org>", "a@example.org\r\nBcc: b@example.org", "a@example.org, b@example.org"} {
		id := queue(t, db, message(to))
		if r := read(t, db, id); r.State != Failed || r.LastError == "" {
			t.Errorf("%q: the outbox says %+v", to, r)
		}
	}
	n, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*) FROM river_job`)
	if err != nil || n != 0 {
		t.Errorf("%d jobs for mails that cannot be sent: %v", n, err)
	}
}

func TestASilentServerLeavesItOpenWhetherItTookTheMail(t *testing.T) {
	t.Parallel()
	db, sink := dbtest.New(t), mailtest.Start(t, mailtest.Options{Answer: once(mailtest.End, mailtest.HangUp)})
	s := newSender(t, db, sink)
	id := queue(t, db, message("reader@example.org"))
	for range 2 {
		if deliver(t, s, id) {
			t.Error("another attempt is wanted")
		}
		if r := read(t, db, id); r.State != Unsure || r.Attempts != 1 {
			t.Errorf("the outbox says %+v", r)
		}
	}
	if n := len(sink.Messages()); n != 1 {
		t.Errorf("%d mails arrived", n)
	}
}

func TestAProcessKilledWhileSendingNeverSendsAgainByItself(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		notice func(t *testing.T, s *Sender, id int64)
	}{
		{"noticed by the job that comes again", func(t *testing.T, s *Sender, id int64) { deliver(t, s, id) }},
		{"noticed by the watch", func(t *testing.T, s *Sender, _ int64) {
			if err := watch(t.Context(), s.db); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db, sink := dbtest.New(t), mailtest.Start(t, mailtest.Options{})
			s := newSender(t, db, sink)
			id := queue(t, db, message("reader@example.org"))
			if _, err := s.claim(t.Context(), id); err != nil { // and then the process is gone
				t.Fatal(err)
			}
			pause, err := s.deliver(t.Context(), id)
			if err != nil || pause < lease-time.Minute || pause > lease+2*time.Second {
				t.Errorf("while the lease lasts others wait for its end, not %s: %v", pause, err)
			}
			c.notice(t, s, id)
			if r := read(t, db, id); r.State != Sending {
				t.Errorf("before the lease ends the outbox says %+v", r)
			}
			execute(t, db, `UPDATE outbox SET lease_until = now() - interval '1 second'`)
			c.notice(t, s, id)
			if r := read(t, db, id); r.State != Unsure || r.LastError == "" {
				t.Errorf("after the lease the outbox says %+v", r)
			}
			if deliver(t, s, id) || len(sink.Messages()) != 0 {
				t.Error("it was sent again without anybody's decision")
			}
		})
	}
}

func TestALateSenderDoesNotOverruleANewerOne(t *testing.T) {
	t.Parallel()
	db, sink := dbtest.New(t), mailtest.Start(t, mailtest.Options{})
	s := newSender(t, db, sink)
	id := queue(t, db, message("reader@example.org"))
	attempt, err := s.claim(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	late := outgoing{ID: id, Attempts: attempt}
	execute(t, db, `UPDATE outbox SET state = 'unsure', lease_until = NULL, finished_at = now()`)
	if err := s.finish(t.Context(), late, Sending, Sent, ""); err != nil {
		t.Fatal(err)
	}
	if r := read(t, db, id); r.State != Sent {
		t.Errorf("a late sender that knows should be believed: %+v", r)
	}
	execute(t, db, `UPDATE outbox SET state = 'queued', finished_at = NULL`)
	if _, err := s.claim(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := s.finish(t.Context(), late, Sending, Failed, "late"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.postpone(t.Context(), late, Sending, errors.New("late")); err != nil {
		t.Fatal(err)
	}
	if r := read(t, db, id); r.State != Sending || r.LastError != "" {
		t.Errorf("the newer sender lost its hold: %+v", r)
	}
}

func TestTheOutcomeIsWrittenAlthoughTheDatabaseWentAway(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	sink := mailtest.Start(t, mailtest.Options{Answer: func(stage mailtest.Stage, _ string) error {
		if stage == mailtest.End {
			execute(t, db, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		}
		return nil
	}})
	id := queue(t, db, message("reader@example.org"))
	deliver(t, newSender(t, db, sink), id)
	if r := read(t, db, id); r.State != Sent {
		t.Errorf("the outbox says %+v", r)
	}
}

func TestTheOutcomeIsWrittenAlthoughTheProcessStops(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	ctx, stop := context.WithCancel(t.Context())
	sink := mailtest.Start(t, mailtest.Options{Answer: func(stage mailtest.Stage, _ string) error {
		if stage == mailtest.End {
			stop()
		}
		return nil
	}})
	id := queue(t, db, message("reader@example.org"))
	if _, err := newSender(t, db, sink).deliver(ctx, id); err != nil {
		t.Fatal(err)
	}
	// Whether the answer was still heard is a matter of luck; what is known is written.
	if r := read(t, db, id); r.State != Sent && r.State != Unsure {
		t.Errorf("the outbox says %+v", r)
	}
}

func TestAMailIsGivenUpWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	old := `UPDATE outbox SET queued_at = now() - interval '4 days', give_up_at = now() - interval '1 day'`
	for _, c := range []struct {
		name    string
		message Message
		tried   int
		want    State
	}{
		{"after it was tried", message("reader@example.org"), 20, Failed},
		{"not before it was tried once", message("reader@example.org"), 0, Sent},
		{"but a link that no longer works is not sent", Message{To: "reader@example.org", Lang: i18n.English, Kind: "account.sign_in", Subject: "x", HTML: letter, Secret: true}, 0, Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db, sink := dbtest.New(t), mailtest.Start(t, mailtest.Options{})
			id := queue(t, db, c.message)
			execute(t, db, old)
			execute(t, db, `UPDATE outbox SET attempts = $1`, c.tried)
			if deliver(t, newSender(t, db, sink), id) {
				t.Error("another attempt is wanted")
			}
			if r := read(t, db, id); r.State != c.want {
				t.Errorf("the outbox says %+v", r)
			}
		})
	}
	t.Run("by a server that says later until then", func(t *testing.T) {
		t.Parallel()
		db := dbtest.New(t)
		sink := mailtest.Start(t, mailtest.Options{Answer: func(stage mailtest.Stage, _ string) error {
			if stage == mailtest.Recipient {
				return mailtest.Reply(450, "later")
			}
			return nil
		}})
		id := queue(t, db, message("reader@example.org"))
		execute(t, db, old)
		if deliver(t, newSender(t, db, sink), id) {
			t.Error("another attempt is wanted")
		}
		if r := read(t, db, id); r.State != Failed || !strings.Contains(r.LastError, "later") {
			t.Errorf("the outbox says %+v", r)
		}
	})
}

func TestPausesGrow(t *testing.T) {
	t.Parallel()
	s := &Sender{firstPause: firstPause}
	for _, c := range []struct {
		attempts int
		want     time.Duration
	}{{1, 10 * time.Second}, {2, 20 * time.Second}, {5, 160 * time.Second}, {8, 1280 * time.Second}, {9, 30 * time.Minute}, {100, 30 * time.Minute}, {1 << 30, 30 * time.Minute}} {
		if got := s.pause(c.attempts); got < c.want || got > c.want+c.want/10+1 {
			t.Errorf("after %d attempts %s, not about %s", c.attempts, got, c.want)
		}
	}
}

func TestASecretMailIsErasedOnceSent(t *testing.T) {
	t.Parallel()
	db, sink := dbtest.New(t), mailtest.Start(t, mailtest.Options{})
	secret := message("reader@example.org")
	secret.Secret, secret.ReplyTo = true, "member@example.org"
	id := queue(t, db, secret)
	deliver(t, newSender(t, db, sink), id)
	if to, err := database.Value[string](t.Context(), db.Read(), `SELECT reply_to FROM outbox WHERE id = $1`, id); err != nil || to != "" {
		t.Errorf("the outbox keeps %q, %v", to, err)
	}
	if r := read(t, db, id); r.State != Sent || r.HTML != "" || r.Body != "" || !r.Erased {
		t.Errorf("the outbox says %+v", r)
	}
	if m := sink.Next(t); m.HTML == "" || m.Text == "" {
		t.Error("what arrived is empty")
	}
}

func TestConnections(t *testing.T) {
	t.Parallel()
	wrong := func(s *Sender) { s.smtp.Password = "wrong" }
	for _, c := range []struct {
		name    string
		options mailtest.Options
		change  func(*Sender)
		want    string // in the error, "" when it is sent
	}{
		{"STARTTLS", mailtest.Options{TLS: config.StartTLS}, nil, ""},
		{"STARTTLS and a password", mailtest.Options{TLS: config.StartTLS, User: "portal", Password: "secret"}, nil, ""},
		{"TLS", mailtest.Options{TLS: config.ImplicitTLS}, nil, ""},
		{"TLS and a password", mailtest.Options{TLS: config.ImplicitTLS, User: "portal", Password: "secret"}, nil, ""},
		{"a password within the machine", mailtest.Options{User: "portal", Password: "secret"}, nil, ""},
		{"a wrong password", mailtest.Options{TLS: config.StartTLS, User: "portal", Password: "secret"}, wrong, "sign in"},
		{"a server without STARTTLS", mailtest.Options{}, func(s *Sender) { s.smtp.TLS = config.StartTLS }, "does not offer STARTTLS"},
		{"a certificate of nobody we know", mailtest.Options{TLS: config.StartTLS}, func(s *Sender) { s.roots = nil }, "certificate"},
		{"a certificate of nobody we know, from the first byte", mailtest.Options{TLS: config.ImplicitTLS}, func(s *Sender) { s.roots = nil }, "certificate"},
		{"no such host", mailtest.Options{}, func(s *Sender) { s.smtp.Host = "nowhere.invalid" }, "nowhere.invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db, sink := dbtest.New(t), mailtest.Start(t, c.options)
			s := newSender(t, db, sink)
			if c.change != nil {
				c.change(s)
			}
			checked := s.Check(t.Context())
			id := queue(t, db, message("reader@example.org"))
			again := deliver(t, s, id)
			r := read(t, db, id)
			if c.want == "" && (r.State != Sent || checked != nil) {
				t.Errorf("the outbox says %+v; the check says %v", r, checked)
			}
			if c.want != "" && (r.State != Queued || !again || !strings.Contains(r.LastError, c.want) || checked == nil) {
				t.Errorf("the outbox says %+v; the check says %v", r, checked)
			}
			if strings.Contains(r.LastError, "secret") {
				t.Error("the error tells the password")
			}
		})
	}
}

func TestNewSenderRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	server := config.SMTP{Host: "mail.example", Port: 25, TLS: config.NoTLS}
	good := Options{SMTP: server, From: "Portal <p@portal.example>", PublicURL: "https://portal.example"}
	for _, c := range []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"as it should be", func(*Options) {}, ""},
		{"nothing at all catches", func(o *Options) { *o = Options{} }, ""},
		{"a sender that is no address", func(o *Options) { o.From = "portal" }, "sender"},
		{"replies to no address", func(o *Options) { o.ReplyTo = "portal" }, "replies"},
		{"no public address", func(o *Options) { o.PublicURL = "" }, "public"},
		{"a public address that is a number", func(o *Options) { o.PublicURL = "http://[::1]:8080" }, ""},
		{"a public address in Arabic", func(o *Options) { o.PublicURL = "https://مثال.إختبار" }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := good
			c.change(&o)
			s, err := NewSender(nil, o)
			if c.want == "" {
				if err != nil || s.Catches() != (o.SMTP.Host == "") {
					t.Error(err)
				}
			} else if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want an error with %q: %v", c.want, err)
			}
		})
	}
}

// run works the queues until the test ends.
func run(t *testing.T, db *database.DB, s *Sender) *jobs.Runner {
	t.Helper()
	workers := jobs.NewWorkers()
	s.Register(workers)
	r, err := jobs.Start(t.Context(), db, workers, jobs.Options{}, s.Schedule()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, r) })
	return r
}

func stop(t *testing.T, r *jobs.Runner) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func TestManyMailsOnTwoRunnersArriveOnceEach(t *testing.T) {
	t.Parallel()
	const mails = 200
	db := dbtest.New(t)
	// Every third recipient is put off once; one connection in twenty breaks.
	var mu sync.Mutex
	put, connections := map[string]bool{}, 0
	sink := mailtest.Start(t, mailtest.Options{Answer: func(stage mailtest.Stage, to string) error {
		mu.Lock()
		defer mu.Unlock()
		switch stage {
		case mailtest.Hello:
			if connections++; connections%20 == 0 {
				return mailtest.HangUp
			}
		case mailtest.Recipient:
			if !put[to] && strings.HasSuffix(to, "3@example.org") {
				put[to] = true
				return mailtest.Reply(450, "greylisted")
			}
		}
		return nil
	}})
	runners := []*jobs.Runner{run(t, db, newSender(t, db, sink)), run(t, db, newSender(t, db, sink))}
	var writers sync.WaitGroup
	for n := range mails {
		writers.Go(func() { queue(t, db, message(fmt.Sprintf("reader%d@example.org", n))) })
	}
	writers.Wait()
	arrived := map[string]int{}
	for range mails {
		arrived[sink.Next(t).To[0]]++
	}
	for _, r := range runners {
		stop(t, r)
	}
	if len(arrived) != mails || len(sink.Messages()) != mails {
		t.Errorf("%d mails reached %d of %d recipients", len(sink.Messages()), len(arrived), mails)
	}
	counts, err := CountAll(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	if counts[Sent] != mails || len(counts) != 1 {
		t.Errorf("the outbox says %v", counts)
	}
}

func TestTheWatchFindsAMailWithoutAJob(t *testing.T) {
	t.Parallel()
	db, sink := dbtest.New(t), mailtest.Start(t, mailtest.Options{})
	queue(t, db, message("reader@example.org"))
	execute(t, db, `DELETE FROM river_job`)
	execute(t, db, `UPDATE outbox SET next_attempt_at = now() - interval '1 hour'`)
	run(t, db, newSender(t, db, sink))
	sink.Next(t)
}

func TestWithoutAServerMailsAreCaught(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s, err := NewSender(db, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	secret := message("reader@example.org")
	secret.Secret = true
	id := queue(t, db, secret)
	if deliver(t, s, id) {
		t.Error("another attempt is wanted")
	}
	if r := read(t, db, id); r.State != Caught || r.HTML == "" {
		t.Errorf("the outbox says %+v", r)
	}
}
