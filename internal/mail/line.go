package mail

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
	"time"
)

// Outcome is what came of handing a mail over by a Line.
type Outcome int

// The outcomes.
const (
	Accepted Outcome = iota
	Later            // not taken now; may be tried again
	Refused          // never
	Unknown          // the whole message was sent, and no answer came
)

// Reply is what the mail server said in the end: its three digits, and the three numbers of RFC 3463 where it gave them
// ("5.1.1"). Its words are left out, since they may hold the address.
type Reply struct {
	Code   int
	Status string
}

// String is the reply in one line: "550 5.1.1"; "" when the server said nothing.
func (r Reply) String() string {
	if r.Code == 0 {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.Code, r.Status))
}

// Line is an open connection to the mail server that takes one mail after the other, for who sends many. Handing over is in
// three parts, so that its owner can write down that a mail is about to go in the last moment in which it has not gone yet:
// Ready sends all of the message but the line that ends it, End that line, and Answer waits for what the server says.
type Line struct {
	session   *session
	pipelined bool
	message   []byte
}

// Open connects a Line. A Sender that catches mails has none.
func (s *Sender) Open(ctx context.Context) (*Line, error) {
	n, err := s.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("mail server %s: %w", s.smtp.Address(), err)
	}
	pipelined, _ := n.client.Extension("PIPELINING")
	return &Line{session: n, pipelined: pipelined}, nil
}

// Ready says whom the mail is from and to, and sends the parts of the message, which are in lines that end with CR and LF, the
// last one too, and begin with two dots where they begin with a dot. Anything but Accepted leaves the line ready for the next
// mail, or broken; broken lines say so by Broken.
func (l *Line) Ready(from, to string, parts ...[]byte) (Outcome, Reply, error) {
	n := l.session
	if err := n.conn.SetDeadline(time.Now().Add(n.patience)); err != nil {
		return l.broken(Later, err)
	}
	to, options := asciiDomain(to), ""
	if !ascii(to) {
		if ok, _ := n.client.Extension("SMTPUTF8"); !ok {
			return Refused, Reply{Code: 553, Status: "5.6.7"}, errUnreachable
		}
		options = " SMTPUTF8"
	}
	commands := [3]struct {
		line string
		want int
	}{{"MAIL FROM:<" + from + ">" + options, 250}, {"RCPT TO:<" + to + ">", 25}, {"DATA", 354}}
	w, r := n.client.Text.W, n.client.Text
	say := func(command string) error {
		_, err := w.WriteString(command + "\r\n")
		return err
	}
	if l.pipelined {
		for _, c := range commands {
			if err := say(c.line); err != nil {
				return l.broken(Later, err)
			}
		}
		if err := w.Flush(); err != nil {
			return l.broken(Later, err)
		}
	}
	var failed error
	for i, c := range commands {
		if !l.pipelined {
			if failed != nil {
				break
			}
			if err := errors.Join(say(c.line), w.Flush()); err != nil {
				return l.broken(Later, err)
			}
		}
		_, _, err := r.ReadResponse(c.want)
		var reply *textproto.Error
		switch {
		case err != nil && !errors.As(err, &reply):
			return l.broken(Later, err)
		case err == nil && failed != nil && i == 2: // it waits for a message without recipients
			outcome, said := judge(failed)
			_, _, _ = l.broken(Later, failed)
			return outcome, said, failed
		case err != nil && failed == nil:
			failed = err
			if i == 0 { // it is our address that is wrong, and can be mended
				failed = fmt.Errorf("%w: %w", errSender, err)
			}
		}
	}
	if failed != nil {
		if err := errors.Join(say("RSET"), w.Flush()); err != nil {
			return l.broken(Later, err)
		}
		if _, _, err := r.ReadResponse(250); err != nil {
			_, _, _ = l.broken(Later, err)
		}
		outcome, said := judge(failed)
		return outcome, said, failed
	}
	l.message = l.message[:0]
	for _, part := range parts {
		l.message = append(l.message, part...)
	}
	if _, err := w.Write(l.message); err != nil {
		return l.broken(Later, err)
	}
	if err := w.Flush(); err != nil {
		return l.broken(Later, err)
	}
	return Accepted, Reply{}, nil
}

// errSender says that the server does not take mails from our address.
var errSender = errors.New("the sender's address was refused")

// End sends the line that ends the message. It calls now as the last thing before the bytes are given to the operating system,
// which sends them whatever becomes of the process.
func (l *Line) End(now func()) error {
	w := l.session.client.Text.W
	if _, err := w.WriteString(".\r\n"); err != nil {
		return err
	}
	now()
	return w.Flush()
}

// Answer waits for what the server says to the whole message.
func (l *Line) Answer() (Outcome, Reply, error) {
	_, _, err := l.session.client.Text.ReadResponse(250)
	if err == nil {
		return Accepted, Reply{Code: 250}, nil
	}
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		return l.broken(Unknown, err)
	}
	outcome, said := judge(err)
	return outcome, said, err
}

// judge tells what a reply means.
func judge(err error) (Outcome, Reply) {
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		return Later, Reply{}
	}
	said := Reply{Code: reply.Code}
	if first, _, _ := strings.Cut(reply.Msg, " "); enhanced(first) {
		said.Status = first
	}
	if reply.Code >= 500 && !errors.Is(err, errSender) {
		return Refused, said
	}
	return Later, said
}

// enhanced says whether a word is a status of RFC 3463.
func enhanced(word string) bool {
	parts := strings.Split(word, ".")
	if len(parts) != 3 || len(word) > 11 {
		return false
	}
	for _, p := range parts {
		if p == "" || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return true
}

func (l *Line) broken(o Outcome, err error) (Outcome, Reply, error) {
	l.Drop()
	return o, Reply{}, err
}

// Broken says that the line cannot be used any more.
func (l *Line) Broken() bool { return l.session == nil }

// Drop breaks the connection: a message that was not ended does not count.
func (l *Line) Drop() {
	if l.session != nil {
		l.session.close()
		l.session = nil
	}
}

// Close ends the connection politely.
func (l *Line) Close() {
	if l.session != nil {
		l.session.quit()
		l.session = nil
	}
}

// From is the address and the name in whose name mails are sent, as in a header, and Host the name of the portal in
// identifiers of mails. Both are empty for a Sender that catches mails.
func (s *Sender) From() (address, header, host string) {
	if s.from == nil {
		return "", "", ""
	}
	return s.from.Address, s.from.String(), s.host
}
