// Package mail sends the portal's messages: text and HTML in the recipient's language, queued in the transaction that
// caused them, and handed over at most once.
//
// A mail is a row of the outbox and goes through these states:
//
//	queued ──► sending ──► sent
//	  ▲           ├──► queued   the server said "later", or the connection broke before the whole message was there
//	  │           ├──► failed   the server refused it for good, or its time was over
//	  │           └──► unsure   nobody knows whether the server took it
//	  └─── failed, unsure: a person at the secretariat decides to send it again
//
// People choose how often they are written to about a topic (topic.go). What they want once a day or a week is collected
// ──► bundled, when the digest that names it is queued.
//
// A sender first connects to the mail server, then commits "sending", and only then hands the message over. So whatever
// happens before, the mail is simply tried again; and a mail that was "sending" when its process was killed is never sent
// by itself a second time: when its lease ends it becomes "unsure", and people decide. All attempts carry the same
// Message-ID, so that even then a recipient's server can tell that it is the same mail.
//
// Without a mail server, in development, mails are caught: kept, and shown by DevHandler.
package mail

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/riverqueue/river"

	"portal/internal/database"
	"portal/internal/guest"
	"portal/internal/i18n"
	"portal/internal/jobs"
)

// GiveUpAfter is how long a mail is tried unless it says otherwise.
const GiveUpAfter = 72 * time.Hour

// Message is a mail as an area writes it.
type Message struct {
	// To is the bare address of the one recipient. One that cannot be an address does not fail the transaction: the mail
	// is kept as failed, for staff to see.
	To string
	// ToUser is the recipient's id, 0 for somebody without an account.
	ToUser int64
	// Lang is the language it is written in.
	Lang i18n.Lang
	// Kind says what mail this is: the area, a dot and a word, as "review.publish". Staff filter by it.
	Kind string
	// Subject is one line; line breaks and other control characters become spaces.
	Subject string
	// HTML is the whole document, with lang and dir, as ui.Mail makes it. The text part is derived from it; its links
	// must be whole addresses.
	HTML string
	// About is the submission that the mail is about, or 0. Who may see the submission at the desk may see the mail.
	About int64
	// Case is the case between two offices that the mail is about besides, or 0: whom the wall keeps from the case does not
	// see the mail.
	Case int64
	// Secret says that the mail carries a one-time link, or what the people who write a draft say to each other: nobody at
	// the secretariat can read it, and its text is erased as soon as it is sent. Of a secret mail about a draft (its Kind
	// begins with "submission.") they do not see the subject either, since that is of the draft.
	Secret bool
	// Farewell says that the recipient has no account any more: with the text the address is erased as well.
	Farewell bool
	// ReplyTo is the bare address that the answer goes to; "" is that of the secretariat. It is erased with the text.
	ReplyTo string
	// Stop is the whole address to which a mail program posts when its reader wants no more such mails (RFC 8058); "" for mails
	// that nobody has subscribed to. It is erased with the text.
	Stop string
	// Within is how long the mail is worth sending, such as the life of a link in it; 0 is GiveUpAfter.
	Within time.Duration
}

// State is where a mail stands.
type State string

// The states of a mail.
const (
	Queued  State = "queued"
	Sending State = "sending"
	Sent    State = "sent"
	// Caught mails were not sent, since no mail server is configured.
	Caught State = "caught"
	// Unsure mails may or may not have arrived: the process or the connection died after the message was handed over.
	Unsure State = "unsure"
	Failed State = "failed"
	// Waiting mails are collected for the digest of their recipient; Bundled ones went out in it.
	Waiting State = "collected"
	Bundled State = "bundled"
)

// States lists them in the order in which a mail goes through them.
var States = []State{Queued, Waiting, Sending, Sent, Bundled, Caught, Unsure, Failed}

// Queue writes the mail into the outbox and enqueues its sending, as part of the transaction. What its recipient has
// chosen about its topic holds: it may wait for their digest, or not be written at all. Nobody writes to a closed account. To a
// guest the way to their submission is a link that opens it (package guest).
func Queue(ctx context.Context, tx database.Tx, m Message) error {
	topic := TopicOf(m.Kind)
	if topic == "" {
		slog.ErrorContext(ctx, "a kind of mail has no topic: add it to the list in internal/mail/topic.go", "kind", m.Kind)
		topic = Always
	}
	state, due := Queued, time.Time{}
	if m.ToUser != 0 {
		type row struct {
			Closed bool
			Guest  bool
			Pace   Pace
			Now    time.Time
		}
		r, err := database.Row[row](ctx, tx, `SELECT u.closed_at IS NOT NULL AS closed, `+guest.Condition+` AS guest, coalesce(c.pace, 'at_once') AS pace, now() AS now
			FROM users u LEFT JOIN notification_choices c ON c.user_id = u.id AND c.topic = $2 WHERE u.id = $1`, m.ToUser, topic)
		switch {
		case err != nil:
			return fmt.Errorf("queue mail %s: %w", m.Kind, err)
		case r.Closed || r.Pace == Never:
			return nil
		case r.Pace != AtOnce:
			state, due = Waiting, NextDigest(r.Pace, r.Now)
		default:
			due = r.Now
		}
		if r.Guest && m.About != 0 {
			opened, secret, err := guest.Open(ctx, tx, m.HTML, m.ToUser, m.About, r.Now)
			if err != nil {
				return fmt.Errorf("queue mail %s: %w", m.Kind, err)
			}
			m.HTML, m.Secret = opened, m.Secret || secret
		}
	}
	_, err := insert(ctx, tx, m, state, due)
	return err
}

// insert writes a mail into the outbox, as one to be sent or to be collected until due, and returns its id.
func insert(ctx context.Context, tx database.Tx, m Message, state State, due time.Time) (int64, error) {
	within := m.Within
	if within == 0 {
		within = GiveUpAfter
	}
	wrong := ""
	if a, err := netmail.ParseAddress(m.To); err != nil || a.Address != m.To {
		state, wrong = Failed, "this is not an address"
	}
	html := strings.ReplaceAll(m.HTML, "\x00", "")
	var user, about, interest *int64
	if m.ToUser != 0 {
		user = &m.ToUser
	}
	if m.About != 0 {
		about = &m.About
	}
	if m.Case != 0 {
		interest = &m.Case
	}
	id, err := database.Value[int64](ctx, tx, `INSERT INTO outbox (message_key, kind, lang, to_address, to_user, submission_id, interest_id, reply_to, stop_link, subject, html,
			body, secret, farewell, state, last_error, queued_at, next_attempt_at, give_up_at, finished_at)
		VALUES (@key, @kind, @lang, @to, @user, @about, @interest, @reply_to, @stop, @subject, @html, @body, @secret, @farewell, @state, @error, now(),
			CASE WHEN @state = 'collected' THEN @due ELSE now() END, now() + @within, CASE WHEN @state = 'failed' THEN now() END) RETURNING id`,
		database.Args{
			"key": strings.ToLower(rand.Text()), "kind": m.Kind, "lang": string(m.Lang), "to": oneLine(m.To), "user": user, "about": about, "interest": interest, "reply_to": oneLine(m.ReplyTo), "stop": oneLine(m.Stop),
			"subject": oneLine(m.Subject), "html": html, "body": Text(html), "secret": m.Secret, "farewell": m.Farewell, "state": string(state),
			"error": wrong, "due": due, "within": within,
		})
	if err != nil {
		return 0, fmt.Errorf("queue mail %s: %w", m.Kind, err)
	}
	if state != Queued {
		return id, nil
	}
	return id, enqueue(ctx, tx, id)
}

// oneLine keeps what is written into a header on its line.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

// sendArgs are the job that sends one mail.
type sendArgs struct {
	ID int64 `json:"id"`
}

// Kind is the job's name in the queue.
func (sendArgs) Kind() string { return "mail.send" }

// enqueue makes sure that a job for the mail waits or runs.
func enqueue(ctx context.Context, tx database.Tx, id int64) error {
	return jobs.Enqueue(ctx, tx, sendArgs{id}, &river.InsertOpts{
		Queue:      jobs.Mail,
		UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: jobs.Waiting()},
	})
}
