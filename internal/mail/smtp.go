package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	netmail "net/mail"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
	"golang.org/x/net/idna"

	"portal/internal/config"
)

const (
	// connectTime is the time for reaching the server, its greeting, TLS and the password.
	connectTime = 20 * time.Second
	// sendTime is the time for handing a message over: servers look at it before they answer.
	sendTime = 2 * time.Minute
	// quitTime is the time for a polite end.
	quitTime = 5 * time.Second
)

// session is an open connection that is ready for a message.
type session struct {
	conn   net.Conn
	client *smtp.Client
	// patience is how long the server may take for one message.
	patience time.Duration
	// release stops watching the context.
	release func() bool
}

// connect opens a session: greeting, TLS and password included. Nothing of any mail has been said yet.
func (s *Sender) connect(ctx context.Context) (*session, error) {
	dialer := net.Dialer{Timeout: connectTime}
	conn, err := dialer.DialContext(ctx, "tcp", s.smtp.Address())
	if err != nil {
		return nil, err
	}
	n := &session{conn: conn, patience: s.patience}
	// A context that ends breaks the connection, whatever is being waited for.
	n.release = context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	if err := s.greet(n); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

func (s *Sender) greet(n *session) (err error) {
	if err := n.conn.SetDeadline(time.Now().Add(connectTime)); err != nil {
		return err
	}
	secure := &tls.Config{ServerName: s.smtp.Host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
	stream := n.conn
	if s.smtp.TLS == config.ImplicitTLS {
		stream = tls.Client(n.conn, secure)
	}
	if n.client, err = smtp.NewClient(stream, s.smtp.Host); err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	if err := n.client.Hello(s.host); err != nil {
		return fmt.Errorf("hello: %w", err)
	}
	if s.smtp.TLS == config.StartTLS {
		if ok, _ := n.client.Extension("STARTTLS"); !ok {
			return errors.New("the server does not offer STARTTLS; PORTAL_SMTP_TLS can be implicit or none instead")
		}
		if err := n.client.StartTLS(secure); err != nil {
			return fmt.Errorf("start TLS: %w", err)
		}
	}
	if s.smtp.User == "" {
		return nil
	}
	auth, err := s.auth(n.client)
	if err != nil {
		return err
	}
	if err := n.client.Auth(auth); err != nil {
		return fmt.Errorf("sign in to the mail server: %w", err)
	}
	return nil
}

// auth picks the best way to prove the password that the server offers.
func (s *Sender) auth(c *smtp.Client) (smtp.Auth, error) {
	_, offered := c.Extension("AUTH")
	password := string(s.smtp.Password)
	ways := strings.Fields(strings.ToUpper(offered))
	switch {
	case slices.Contains(ways, "SCRAM-SHA-256"):
		return smtp.ScramSHA256Auth(s.smtp.User, password), nil
	case slices.Contains(ways, "PLAIN"):
		return smtp.PlainAuth("", s.smtp.User, password, s.smtp.Host, false), nil
	case slices.Contains(ways, "LOGIN"):
		return smtp.LoginAuth(s.smtp.User, password, s.smtp.Host, false), nil
	case slices.Contains(ways, "CRAM-MD5"):
		return smtp.CRAMMD5Auth(s.smtp.User, password), nil
	}
	return nil, fmt.Errorf("the server offers no sign-in that we know, but %q", offered)
}

// outcome is what came of handing a message over.
type outcome int

const (
	accepted outcome = iota
	later            // not taken now; may be tried again
	refused          // never
	unknown          // the whole message was sent, and no answer came
)

// errUnreachable says that the address needs SMTPUTF8 and the server does not have it.
var errUnreachable = errors.New("the mail server cannot deliver to an address with letters outside ASCII before the @")

// hand hands one message over. Only an unknown outcome leaves open whether the server has it.
func (n *session) hand(from, to string, message io.WriterTo) (outcome, error) {
	if err := n.conn.SetDeadline(time.Now().Add(n.patience)); err != nil {
		return later, err
	}
	if ok, _ := n.client.Extension("SMTPUTF8"); !ok && !ascii(to) {
		return refused, errUnreachable
	}
	if err := n.client.Mail("<" + from + ">"); err != nil {
		return later, fmt.Errorf("sender: %w", err) // also for good: it is our address that is wrong, and can be mended
	}
	if err := n.client.Rcpt("<" + to + ">"); err != nil {
		return refusal(err), fmt.Errorf("recipient: %w", err)
	}
	w, err := n.client.Data()
	if err != nil {
		return later, fmt.Errorf("data: %w", err)
	}
	if _, err := message.WriteTo(w); err != nil {
		return later, fmt.Errorf("message: %w", err) // the line that ends a message was not sent: it does not count
	}
	if err := w.Close(); err != nil {
		var reply *textproto.Error
		if !errors.As(err, &reply) {
			return unknown, fmt.Errorf("answer to the message: %w", err)
		}
		return refusal(err), fmt.Errorf("answer to the message: %w", err)
	}
	return accepted, nil
}

// refusal tells a refusal for good (5xx) from one for now (4xx, or no answer).
func refusal(err error) outcome {
	var reply *textproto.Error
	if errors.As(err, &reply) && reply.Code >= 500 {
		return refused
	}
	return later
}

// quit ends the session politely; that it went well is of no importance.
func (n *session) quit() {
	if n.conn.SetDeadline(time.Now().Add(quitTime)) == nil {
		_ = n.client.Quit()
	}
	n.close()
}

func (n *session) close() {
	n.release()
	_ = n.conn.Close()
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// asciiDomain writes the domain of an address as it is in the DNS; one that cannot be is left as it is.
func asciiDomain(address string) string {
	at := strings.LastIndexByte(address, '@')
	domain, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil || at < 0 {
		return address
	}
	return address[:at+1] + domain
}

// message is the mail as it goes over the wire. Each attempt makes the same one, but for the marks between its parts.
func (s *Sender) message(m outgoing) *gomail.Msg {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingQP))
	msg.FromMailAddress(s.from)
	switch {
	case m.ReplyTo != "":
		msg.ReplyToMailAddress(&netmail.Address{Address: asciiDomain(m.ReplyTo)})
	case s.replyTo != nil:
		msg.ReplyToMailAddress(s.replyTo)
	}
	msg.ToMailAddress(&netmail.Address{Address: asciiDomain(m.ToAddress)})
	msg.Subject(m.Subject)
	msg.SetDateWithValue(m.QueuedAt)
	msg.SetMessageIDWithValue(strconv.FormatInt(m.ID, 10) + "." + m.MessageKey + "@" + s.host)
	msg.SetGenHeader(gomail.Header("Auto-Submitted"), "auto-generated") // RFC 3834: no holiday replies
	msg.SetGenHeader(gomail.HeaderContentLang, m.Lang)
	if m.StopLink != "" {
		msg.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+m.StopLink+">")
		msg.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click") // RFC 8058
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Body)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg
}

// code is the server's three digits, or what kind of failure it was if it said none.
func code(err error) string {
	var reply *textproto.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &reply):
		return strconv.Itoa(reply.Code)
	case errors.Is(err, errUnreachable):
		return "no SMTPUTF8"
	default:
		return "connection lost"
	}
}

// tellRefused passes on that a server has refused a mail for good, and with which digits.
func (s *Sender) tellRefused(ctx context.Context, m outgoing, reason error) error {
	outcome, said := judge(reason)
	if s.refused == nil || outcome != Refused {
		return nil
	}
	return s.refused(ctx, m.Kind, m.ToAddress, said.Code, said.Status)
}
