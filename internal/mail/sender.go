package mail

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"time"

	"github.com/riverqueue/river"
	"golang.org/x/net/idna"

	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/problem"
)

const (
	// workTime is how long one attempt may take: connecting, handing over and writing down what came of it.
	workTime = connectTime + sendTime + time.Minute
	// lease is how long a mail is "sending" before its sender counts as gone. It is longer than an attempt may take.
	lease = workTime + time.Minute
	// firstPause and longestPause are between attempts; each pause is twice the one before.
	firstPause, longestPause = 10 * time.Second, 30 * time.Minute
)

// Options are the mail server and in whose name mails are sent.
type Options struct {
	// SMTP is the mail server, as package config has checked it. Without a Host mails are caught.
	SMTP config.SMTP
	// From and ReplyTo are addresses as in a header, with or without a name: "The portal <portal@example.org>". ReplyTo
	// may be empty.
	From, ReplyTo string
	// PublicURL is the portal's public address. Its host is in each Message-ID, and greets the mail server.
	PublicURL string
	// Refused is told when a mail server has refused a mail for good: its kind, the recipient, the digits of the reply, and those of
	// its status (RFC 3463), or "". Nil where nobody wants to know.
	Refused func(ctx context.Context, kind, to string, code int, status string) error
	// Patience is how long the mail server may take for one message; 0 is two minutes.
	Patience time.Duration
}

// Sender takes mails from the outbox to the mail server.
type Sender struct {
	db            *database.DB
	smtp          config.SMTP
	from, replyTo *netmail.Address
	host          string
	refused       func(ctx context.Context, kind, to string, code int, status string) error
	patience      time.Duration

	// What tests change: whom to trust, and how long to wait.
	roots      *x509.CertPool
	firstPause time.Duration
}

// NewSender makes a sender. Without a mail server it catches mails and needs no addresses.
func NewSender(db *database.DB, o Options) (*Sender, error) {
	s := &Sender{db: db, smtp: o.SMTP, refused: o.Refused, patience: cmp.Or(o.Patience, sendTime), firstPause: firstPause}
	if s.Catches() {
		return s, nil
	}
	public, err := url.Parse(o.PublicURL)
	if err != nil || public.Hostname() == "" {
		return nil, fmt.Errorf("mail: the public address %q has no host", o.PublicURL)
	}
	if s.host, err = mailHost(public.Hostname()); err != nil {
		return nil, fmt.Errorf("mail: the public address %q: %w", o.PublicURL, err)
	}
	if s.from, err = netmail.ParseAddress(o.From); err != nil {
		return nil, fmt.Errorf("mail: the sender's address %q cannot be read: %w", o.From, err)
	}
	if o.ReplyTo != "" {
		if s.replyTo, err = netmail.ParseAddress(o.ReplyTo); err != nil {
			return nil, fmt.Errorf("mail: the address for replies %q cannot be read: %w", o.ReplyTo, err)
		}
	}
	return s, nil
}

// mailHost writes a host as mail does: a name in ASCII, or an address in brackets.
func mailHost(host string) (string, error) {
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return idna.Lookup.ToASCII(host)
	case ip.Is4():
		return "[" + host + "]", nil
	default:
		return "[IPv6:" + host + "]", nil
	}
}

// Catches says whether mails are caught, since no mail server is configured.
func (s *Sender) Catches() bool { return s.smtp.Host == "" }

// Check connects to the mail server, signs in and leaves again. It is for `portal doctor`; a sender that catches mails
// has nothing to check.
func (s *Sender) Check(ctx context.Context) error {
	if s.Catches() {
		return nil
	}
	n, err := s.connect(ctx)
	if err != nil {
		return fmt.Errorf("mail server %s: %w", s.smtp.Address(), err)
	}
	n.quit()
	return nil
}

// Register adds the worker that sends mails.
func (s *Sender) Register(workers *river.Workers) { river.AddWorker(workers, &worker{sender: s}) }

type worker struct {
	river.WorkerDefaults[sendArgs]
	sender *Sender
}

// Timeout is longer than that of other jobs: mail servers think before they answer.
func (*worker) Timeout(*river.Job[sendArgs]) time.Duration { return workTime }

// Work makes one attempt. The job of a mail that is to be tried again sleeps until then; so the outbox alone says how
// often a mail was tried, and an hour without the mail server is not a list of failed jobs.
func (w *worker) Work(ctx context.Context, job *river.Job[sendArgs]) error {
	pause, err := w.sender.deliver(ctx, job.Args.ID)
	if err != nil {
		return fmt.Errorf("mail %d: %w", job.Args.ID, err)
	}
	if pause > 0 {
		return river.JobSnooze(pause)
	}
	return nil
}

// outgoing is what the sender needs of a row of the outbox.
type outgoing struct {
	ID         int64
	MessageKey string
	Lang       string
	ToAddress  string
	ReplyTo    string
	StopLink   string
	Kind       string
	Subject    string
	HTML       string
	Body       string
	State      State
	Secret     bool
	Attempts   int
	QueuedAt   time.Time
	// Over says that its time is over; Due and Lease are the seconds until it may be tried and until its sender counts
	// as gone. All are by the database's clock, which the processes share.
	Over       bool
	Due, Lease float64
}

// deliver makes one attempt at the mail and returns how long to wait before the next; 0 when there is none. The error is
// of the database: the mail server's is written to the outbox.
func (s *Sender) deliver(ctx context.Context, id int64) (time.Duration, error) {
	m, err := database.Row[outgoing](ctx, s.db.Read(), `SELECT id, message_key, lang, to_address, reply_to, stop_link, kind, subject, html, body, state, secret, attempts,
			queued_at, now() >= give_up_at AS over, extract(epoch FROM next_attempt_at - now())::float8 AS due,
			coalesce(extract(epoch FROM lease_until - now()), 0)::float8 AS lease
		FROM outbox WHERE id = $1`, id)
	if errors.Is(err, problem.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	switch {
	case m.State == Sending && m.Lease > 0:
		return seconds(m.Lease), nil // somebody is at it, or was
	case m.State == Sending:
		_, err := expire(ctx, s.db)
		return 0, err
	case m.State != Queued:
		return 0, nil
	}
	if dropped, err := dropWalled(ctx, s.db.Read(), `id = @id AND state = 'queued'`, database.Args{"id": m.ID}); err != nil || dropped > 0 {
		return 0, err
	}
	switch {
	case s.Catches():
		return 0, s.finish(ctx, m, Queued, Caught, "")
	case m.Due > 1: // sent again by hand while an older job slept, or a clock that differs
		return seconds(m.Due), nil
	case m.Over && (m.Attempts > 0 || m.Secret):
		return 0, s.finish(ctx, m, Queued, Failed, "its time was over before the mail server took it")
	}
	return s.attempt(ctx, m)
}

func seconds(s float64) time.Duration { return time.Duration(s*float64(time.Second)) + time.Second }

// attempt is the protocol: connect, commit "sending", hand over, write down what came of it.
func (s *Sender) attempt(ctx context.Context, m outgoing) (time.Duration, error) {
	n, err := s.connect(ctx)
	if err != nil {
		slog.WarnContext(ctx, "mail server cannot be used, the mail will be tried again", "mail", m.ID, "error", err)
		return s.postpone(ctx, m, Queued, err)
	}
	if m.Attempts, err = s.claim(ctx, m.ID); err != nil {
		n.quit()
		if errors.Is(err, problem.NotFound) { // another sender was faster
			err = nil
		}
		return 0, err
	}
	result, err := n.hand(s.from.Address, asciiDomain(m.ToAddress), s.message(m))
	// From here on the row must be written, also while the process is being stopped.
	ctx = context.WithoutCancel(ctx)
	// What the server said may hold the address: it goes into the outbox, where it can be erased, and not into the log.
	log := slog.With("mail", m.ID, "reply", code(err))
	switch result {
	case accepted:
		err = s.finish(ctx, m, Sending, Sent, "")
	case refused:
		log.Error("mail was refused")
		err = errors.Join(s.finish(ctx, m, Sending, Failed, err.Error()), s.tellRefused(ctx, m, err))
	case unknown:
		log.Error("it is not known whether a mail was sent")
		err = s.finish(ctx, m, Sending, Unsure, err.Error())
	default:
		log.Warn("mail was not taken, it will be tried again")
		n.close()
		return s.postpone(ctx, m, Sending, err)
	}
	if result == unknown {
		n.close()
	} else {
		n.quit()
	}
	return 0, err
}

// claim commits that the message is about to be handed over, and returns which attempt that is. Of several senders one
// gets it; for the others it is problem.NotFound. The number of the attempt is what a sender must still hold when it
// writes down what came of it.
func (s *Sender) claim(ctx context.Context, id int64) (attempt int, err error) {
	return database.Value[int](ctx, s.db.Read(), `UPDATE outbox SET state = 'sending', attempts = attempts + 1, lease_until = now() + $2
		WHERE id = $1 AND state = 'queued' RETURNING attempts`, id, lease)
}

// postpone puts the mail back for another attempt, or ends it when its time is over.
func (s *Sender) postpone(ctx context.Context, m outgoing, from State, reason error) (time.Duration, error) {
	attempts := m.Attempts
	if from == Queued {
		attempts++ // claim has not counted this one
	}
	wait := s.pause(attempts)
	var state State
	err := s.record(ctx, func(ctx context.Context) error {
		var err error
		state, err = database.Value[State](ctx, s.db.Read(), `UPDATE outbox SET last_error = @error, lease_until = NULL, attempts = @attempts,
				state = CASE WHEN now() >= give_up_at THEN 'failed' ELSE 'queued' END,
				finished_at = CASE WHEN now() >= give_up_at THEN now() END,
				next_attempt_at = least(now() + @wait, greatest(give_up_at, now()))
			WHERE id = @id AND state = @from AND attempts = @held RETURNING state`,
			database.Args{"id": m.ID, "from": string(from), "held": m.Attempts, "attempts": attempts, "error": short(reason.Error()), "wait": wait})
		return err
	})
	if errors.Is(err, problem.NotFound) { // somebody else has it now
		return 0, nil
	}
	if err != nil || state != Queued {
		return 0, err
	}
	return wait, nil
}

// finish writes the end of the mail, if this sender still holds it. One whose lease had ended, and that knows after all
// what came of it, may still say so. The text of a secret mail goes as soon as it is sent.
func (s *Sender) finish(ctx context.Context, m outgoing, from, to State, reason string) error {
	erase := m.Secret && to == Sent
	return s.record(ctx, func(ctx context.Context) error {
		_, err := s.db.Pool.Exec(ctx, `UPDATE outbox SET state = @to, last_error = @reason, lease_until = NULL, finished_at = now(),
				html = CASE WHEN @erase THEN '' ELSE html END, body = CASE WHEN @erase THEN '' ELSE body END,
				to_address = CASE WHEN @erase AND farewell THEN '' ELSE to_address END, reply_to = CASE WHEN @erase THEN '' ELSE reply_to END, stop_link = CASE WHEN @erase THEN '' ELSE stop_link END,
				erased_at = CASE WHEN @erase THEN now() ELSE erased_at END
			WHERE id = @id AND attempts = @held AND (state = @from OR @from = 'sending' AND state = 'unsure')`,
			database.Args{"id": m.ID, "from": string(from), "held": m.Attempts, "to": string(to), "reason": short(reason), "erase": erase})
		return err
	})
}

// record writes what came of an attempt and does not give up at the first error: a mail that was sent and could not be
// written down as sent becomes "unsure".
func (s *Sender) record(ctx context.Context, write func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for wait := 100 * time.Millisecond; ; wait *= 2 {
		err := write(ctx)
		if !database.Down(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// pause is how long to wait after the given number of attempts: some seconds, then longer and longer up to half an hour.
// Chance moves each a little, so that mails that failed together do not come back together.
func (s *Sender) pause(attempts int) time.Duration {
	wait := longestPause
	if attempts < 16 {
		wait = min(s.firstPause<<(attempts-1), longestPause)
	}
	return wait + rand.N(wait/10+1) //nolint:gosec // nothing is to be kept from being guessed
}

// short keeps a server's words to a length that a page can show.
func short(reason string) string {
	r := []rune(oneLine(reason))
	return string(r[:min(len(r), 500)])
}
