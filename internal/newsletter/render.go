package newsletter

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/idna"

	"portal/internal/i18n"
	"portal/internal/mail"
	"portal/web/ui"
)

// An issue is rendered once for all readers who get the same items in the same language. What differs from reader to reader is
// the address, the Message-ID and the signed link, which stands in the page as a placeholder.

// placeholder stands in a rendered issue where the token of the reader's link goes. It has the letters and the length of one.
var placeholder = strings.Repeat("z7q5", tokenChars/4)

// edition is an issue in one language with the items for some readers.
type edition struct {
	Issue   Issue
	Items   []Item
	Lang    i18n.Lang // of the reader
	Subject string
	// SubjectLang is the language that the title is in, which may be another.
	SubjectLang i18n.Lang
	HTML, Text  string
}

// edit renders an edition. The frame is in the reader's language where the portal speaks it, else in English.
func (s *Service) edit(ctx context.Context, i Issue, l i18n.Lang, items []Item) (edition, error) {
	ctx = ui.WithSite(i18n.WithLang(ctx, l.OrEnglish()), s.Site)
	title, in := i.Texts.In(l)
	e := edition{Issue: i, Items: items, Lang: l, Subject: title.Title, SubjectLang: in}
	var html strings.Builder
	if err := issueMail(e, ui.Absolute(ctx, ReaderPath+"/"+placeholder)).Render(ctx, &html); err != nil {
		return e, fmt.Errorf("render issue %d: %w", i.ID, err)
	}
	e.HTML = html.String()
	e.Text = mail.Text(e.HTML)
	return e, nil
}

// withToken puts the token of their link into a part of an edition.
func withToken(part, token string) string { return strings.ReplaceAll(part, placeholder, token) }

// sender is in whose name an issue goes out.
type sender struct {
	address string // bare, for the server
	header  string // with the name
	host    string // in Message-IDs
}

// bounceTo is the address to which the mail of a reader comes back: the sender's with the reader's mark after a plus sign, which
// mail servers hand to the same mailbox (RFC 5233).
func (f sender) bounceTo(token string) string {
	local, domain, _ := strings.Cut(f.address, "@")
	return local + "+" + token + "@" + domain
}

// The places of a message that differ from reader to reader.
const (
	placeTo      = "\x01"
	placeBounce  = "\x02"
	placeReader  = "\x03"
	placeMarkers = placeTo + placeBounce + placeReader
)

// message is an edition as it goes over the wire, cut where something of the reader's goes in.
type message struct {
	parts  [][]byte
	places []byte // which of the markers is after the part of the same number
}

// newMessage writes the mail of an edition: the same bytes for all of its readers but for the places.
func newMessage(e edition, from sender, replyTo, site string, at time.Time) message {
	var b bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	const boundary = "=_newsletter_part"
	header("From", from.header)
	header("To", "<"+placeTo+">")
	if replyTo != "" {
		header("Reply-To", replyTo)
	}
	header("Subject", mime.QEncoding.Encode("utf-8", oneLine(e.Subject)))
	header("Date", at.UTC().Format(time.RFC1123Z))
	header("Message-ID", "<newsletter."+placeBounce+"@"+from.host+">")
	header("List-Id", "<newsletter."+strings.Trim(from.host, "[]")+">")
	leave := site + ReaderPath + "/" + placeReader + "/leaving"
	header("List-Unsubscribe", "<"+leave+">")
	header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click") // RFC 8058
	header("Precedence", "bulk")
	header("Auto-Submitted", "auto-generated")
	header("Content-Language", string(e.Lang))
	header("MIME-Version", "1.0")
	header("Content-Type", `multipart/alternative; boundary="`+boundary+`"`)
	b.WriteString("\r\n")
	for _, part := range []struct{ kind, content string }{{"text/plain", e.Text}, {"text/html", e.HTML}} {
		fmt.Fprintf(&b, "--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", boundary, part.kind)
		for n, piece := range strings.Split(part.content, placeholder) {
			if n > 0 { // on a line of its own, which ends softly: the encoding never cuts it
				b.WriteString("=\r\n" + placeReader + "=\r\n")
			}
			w := quotedprintable.NewWriter(&b)
			_, _ = w.Write([]byte(piece)) // into memory
			_ = w.Close()
		}
		b.WriteString("\r\n")
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	whole := bytes.ReplaceAll(b.Bytes(), []byte("\r\n."), []byte("\r\n.."))
	var m message
	for {
		at := bytes.IndexAny(whole, placeMarkers)
		if at < 0 {
			m.parts = append(m.parts, whole)
			return m
		}
		m.parts, m.places = append(m.parts, whole[:at]), append(m.places, whole[at])
		whole = whole[at+1:]
	}
}

// to is the message for one reader, in parts. buffer is reused from message to message.
func (m message) to(buffer [][]byte, address, bounce, reader []byte) [][]byte {
	buffer = buffer[:0]
	for n, part := range m.parts {
		buffer = append(buffer, part)
		if n == len(m.places) {
			break
		}
		switch string(m.places[n]) {
		case placeTo:
			buffer = append(buffer, address)
		case placeBounce:
			buffer = append(buffer, bounce)
		default:
			buffer = append(buffer, reader)
		}
	}
	return buffer
}

// oneLine keeps what is written into a header on its line.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// wireAddress is an address as it stands in a header: its domain as in the DNS. Addresses were checked when they came in.
func wireAddress(email string) string {
	at := strings.LastIndexByte(email, '@')
	if domain, err := idna.Lookup.ToASCII(email[at+1:]); err == nil && at >= 0 {
		return email[:at+1] + domain
	}
	return email
}

// headerOf is a name and an address as a header has them.
func headerOf(address string) string {
	if a, err := netmail.ParseAddress(address); err == nil {
		return a.String()
	}
	return ""
}
