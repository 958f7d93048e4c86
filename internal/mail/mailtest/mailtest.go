// Package mailtest is a mail server for tests: it speaks real SMTP on this machine, keeps what it is given, and fails the
// way real servers do when a test asks for it.
package mailtest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"portal/internal/config"
)

// patience is how long Next waits for a mail.
const patience = 30 * time.Second

// Stage is a point of the conversation at which a server may fail.
type Stage string

// The stages, in order.
const (
	Hello     Stage = "hello"     // a client greets; there is no recipient yet
	Sender    Stage = "sender"    // nor here
	Recipient Stage = "recipient" // an address is named
	Begin     Stage = "begin"     // the message is about to be sent
	End       Stage = "end"       // the whole message was received; it is kept, since that is what a server may have done
)

// HangUp makes the server break the connection without an answer.
var HangUp = errors.New("hang up")

// Reply is an error with a code, as a server says it: Reply(451, "try again later").
func Reply(code int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 0, 0}, Message: text}
}

// Options are how the server behaves; the zero Options take everything, in clear.
type Options struct {
	// TLS is how the connection is protected; empty is config.NoTLS. The certificate is signed by Roots.
	TLS config.TLSMode
	// User and Password must be given by the client when they are set.
	User, Password string
	// Answer is asked at each stage and may return nil, a Reply or HangUp. It may be called by several connections at
	// once.
	Answer func(stage Stage, to string) error
	// NoUTF8 is a server that takes no address with letters outside ASCII.
	NoUTF8 bool
}

// Message is a mail as the server got it.
type Message struct {
	// From and To are the addresses that the server was told, whatever the header says.
	From string
	To   []string
	Raw  []byte

	Header netmail.Header
	// Subject is decoded; Text and HTML are the two parts, decoded, with LF at the end of lines.
	Subject, Text, HTML string
}

// Sink is the running server.
type Sink struct {
	options Options
	secure  *tls.Config
	roots   *x509.CertPool
	address *net.TCPAddr

	mu       sync.Mutex
	server   *smtp.Server
	served   chan struct{}
	messages []Message
	next     int
	arrived  chan struct{} // a signal that messages has grown
}

// Start runs a server until the test ends.
func Start(t testing.TB, o Options) *Sink {
	t.Helper()
	s := &Sink{options: o, arrived: make(chan struct{}, 1)}
	if o.TLS == config.StartTLS || o.TLS == config.ImplicitTLS {
		borrowed := httptest.NewTLSServer(nil) // has a certificate for 127.0.0.1
		s.secure = &tls.Config{Certificates: borrowed.TLS.Certificates}
		s.roots = x509.NewCertPool()
		s.roots.AddCert(borrowed.Certificate())
		borrowed.Close()
	}
	s.Resume(t)
	t.Cleanup(s.Stop)
	return s
}

// Stop ends the server: connections break, and new ones are refused until Resume.
func (s *Sink) Stop() {
	s.mu.Lock()
	server, served := s.server, s.served
	s.server = nil
	s.mu.Unlock()
	if server != nil {
		_ = server.Close()
		<-served
	}
}

// Resume starts a server that was stopped, at the same address.
func (s *Sink) Resume(t testing.TB) {
	t.Helper()
	address := "127.0.0.1:0"
	if s.address != nil {
		address = s.address.String()
	}
	listener, err := new(net.ListenConfig).Listen(context.WithoutCancel(t.Context()), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().(*net.TCPAddr)
	server := smtp.NewServer(smtp.BackendFunc(s.session))
	server.Domain, server.AllowInsecureAuth, server.EnableSMTPUTF8 = "sink.test", true, !s.options.NoUTF8
	server.ErrorLog = log.New(io.Discard, "", 0)
	switch s.options.TLS {
	case config.StartTLS:
		server.TLSConfig = s.secure
	case config.ImplicitTLS:
		listener = tls.NewListener(listener, s.secure)
	}
	served := make(chan struct{})
	s.mu.Lock()
	s.server, s.served = server, served
	s.mu.Unlock()
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends when the listener is closed
	}()
}

// SMTP is how the portal is told of this server.
func (s *Sink) SMTP() config.SMTP {
	mode := s.options.TLS
	if mode == "" {
		mode = config.NoTLS
	}
	return config.SMTP{Host: "127.0.0.1", Port: s.address.Port, User: s.options.User, Password: config.Secret(s.options.Password), TLS: mode}
}

// Roots are what a client must trust to accept the server's certificate; nil without TLS.
func (s *Sink) Roots() *x509.CertPool { return s.roots }

// Messages returns all that has arrived so far.
func (s *Sink) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Next returns the next mail that this method has not returned yet, waiting for it if need be.
func (s *Sink) Next(t testing.TB) Message {
	t.Helper()
	deadline := time.After(patience)
	for {
		s.mu.Lock()
		if s.next < len(s.messages) {
			m := s.messages[s.next]
			s.next++
			s.mu.Unlock()
			return m
		}
		s.mu.Unlock()
		select {
		case <-s.arrived:
		case <-deadline:
			t.Fatalf("no mail arrived in %s", patience)
		}
	}
}

func (s *Sink) session(c *smtp.Conn) (smtp.Session, error) {
	n := &session{sink: s, conn: c}
	return n, n.ask(Hello, "")
}

type session struct {
	sink     *Sink
	conn     *smtp.Conn
	signedIn bool
	from     string
	to       []string
}

// ask lets the test decide.
func (n *session) ask(stage Stage, to string) error {
	if n.sink.options.Answer == nil {
		return nil
	}
	err := n.sink.options.Answer(stage, to)
	if errors.Is(err, HangUp) {
		_ = n.conn.Conn().Close()
	}
	return err
}

// AuthMechanisms are the ways to sign in.
func (n *session) AuthMechanisms() []string {
	if n.sink.options.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth checks the password.
func (n *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != n.sink.options.User || password != n.sink.options.Password {
			return smtp.ErrAuthFailed
		}
		n.signedIn = true
		return nil
	}), nil
}

// Mail takes the sender.
func (n *session) Mail(from string, _ *smtp.MailOptions) error {
	if n.sink.options.User != "" && !n.signedIn {
		return smtp.ErrAuthRequired
	}
	n.from = from
	return n.ask(Sender, "")
}

// Rcpt takes a recipient.
func (n *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	n.to = append(n.to, to)
	return n.ask(Recipient, to)
}

// Data takes the message.
func (n *session) Data(r io.Reader) error {
	to := strings.Join(n.to, ", ")
	if err := n.ask(Begin, to); err != nil {
		return err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := parse(raw)
	if err != nil {
		return Reply(554, err.Error())
	}
	m.From, m.To = n.from, slices.Clone(n.to)
	answer := n.sink.options.Answer
	if answer != nil {
		err = answer(End, to)
	}
	if err == nil || errors.Is(err, HangUp) {
		n.sink.keep(m)
	}
	if errors.Is(err, HangUp) {
		_ = n.conn.Conn().Close()
	}
	return err
}

// Reset forgets the message that was begun.
func (n *session) Reset() { n.from, n.to = "", nil }

// Logout ends the session.
func (n *session) Logout() error { return nil }

func (s *Sink) keep(m Message) {
	s.mu.Lock()
	s.messages = append(s.messages, m)
	s.mu.Unlock()
	select {
	case s.arrived <- struct{}{}:
	default: // a signal waits already
	}
}

// parse reads a message with a text and an HTML part.
func parse(raw []byte) (Message, error) {
	m := Message{Raw: raw}
	message, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return m, err
	}
	m.Header = message.Header
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return m, err
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return m, err
	}
	if !strings.HasPrefix(kind, "multipart/") {
		m.Text, err = decode(message.Body, m.Header.Get("Content-Transfer-Encoding"))
		return m, err
	}
	for parts := multipart.NewReader(message.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return m, err
		}
		text, err := decode(part, part.Header.Get("Content-Transfer-Encoding"))
		if err != nil {
			return m, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			m.HTML = text
		} else {
			m.Text = text
		}
	}
}

func decode(r io.Reader, encoding string) (string, error) {
	if strings.EqualFold(encoding, "quoted-printable") {
		r = quotedprintable.NewReader(r)
	}
	raw, err := io.ReadAll(r)
	return strings.ReplaceAll(string(raw), "\r\n", "\n"), err
}
