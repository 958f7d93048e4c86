package mail

import (
	"bytes"
	"mime"
	netmail "net/mail"
	"regexp"
	"strings"
	"testing"
	"time"

	"portal/internal/dbtest"
	"portal/internal/i18n"
	"portal/internal/mail/mailtest"
)

const arabicLetter = `<!DOCTYPE html><html lang="ar" dir="rtl"><head><title>س</title></head><body lang="ar" dir="rtl"><h1>نُشر تعهدكم</h1><p>افتحوا <a href="https://portal.example/ar">البوابة</a></p></body></html>`

// sent sends the mail and returns it as the server got it.
func sent(t *testing.T, m Message) mailtest.Message {
	t.Helper()
	db, sink := dbtest.New(t), mailtest.Start(t, mailtest.Options{})
	id := queue(t, db, m)
	deliver(t, newSender(t, db, sink), id)
	if r := read(t, db, id); r.State != Sent {
		t.Fatalf("the outbox says %+v", r)
	}
	return sink.Next(t)
}

func TestWhatArrives(t *testing.T) {
	t.Parallel()
	m := sent(t, Message{To: "reader@example.org", Lang: i18n.Arabic, Kind: "review.publish", Subject: "نُشر تعهدكم «بيانات موثوقة» في بوابة شبكة الأمم المتحدة للهجرة 🎉", HTML: arabicLetter})
	if m.From != "portal@portal.example" || len(m.To) != 1 || m.To[0] != "reader@example.org" {
		t.Errorf("the server was told from %q to %q", m.From, m.To)
	}
	for name, want := range map[string]string{
		"To": "<reader@example.org>", "Auto-Submitted": "auto-generated", "Content-Language": "ar", "Mime-Version": "1.0",
	} {
		if got := m.Header[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	addresses := netmail.AddressParser{WordDecoder: new(mime.WordDecoder)}
	if a, err := addresses.Parse(m.Header.Get("From")); err != nil || a.Name != "The Network’s portal" || a.Address != "portal@portal.example" {
		t.Errorf("From is %q", m.Header.Get("From"))
	}
	if a, err := addresses.Parse(m.Header.Get("Reply-To")); err != nil || a.Address != "help@portal.example" {
		t.Errorf("Reply-To is %q", m.Header.Get("Reply-To"))
	}
	if m.Subject != "نُشر تعهدكم «بيانات موثوقة» في بوابة شبكة الأمم المتحدة للهجرة 🎉" {
		t.Errorf("the subject is %q", m.Subject)
	}
	if m.HTML != arabicLetter {
		t.Errorf("the HTML part is %q", m.HTML)
	}
	if m.Text != "نُشر تعهدكم\n\nافتحوا البوابة: https://portal.example/ar\n" {
		t.Errorf("the text part is %q", m.Text)
	}
	if date, err := m.Header.Date(); err != nil || time.Since(date) > time.Minute {
		t.Errorf("the date is %q", m.Header.Get("Date"))
	}
	if !regexp.MustCompile(`^<1\.[a-z2-7]{26}@portal\.example>$`).MatchString(m.Header.Get("Message-Id")) {
		t.Errorf("the Message-ID is %q", m.Header.Get("Message-Id"))
	}
	for _, told := range []string{"User-Agent", "X-Mailer", "Received"} {
		if got := m.Header[told]; len(got) != 0 {
			t.Errorf("%s tells %q", told, got)
		}
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" || params["boundary"] == "" {
		t.Errorf("the type is %q", m.Header.Get("Content-Type"))
	}
	text, html := bytes.Index(m.Raw, []byte("text/plain; charset=UTF-8")), bytes.Index(m.Raw, []byte("text/html; charset=UTF-8"))
	if text < 0 || html < text {
		t.Error("the text part should come before the HTML part, both in UTF-8")
	}
}

func TestLinesAreShort(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 5000) + strings.Repeat("https://portal.example/"+strings.Repeat("a", 3000)+" ", 3) + strings.Repeat("تعهد ", 3000)
	m := sent(t, Message{To: "reader@example.org", Lang: i18n.English, Kind: "review.publish", Subject: strings.TrimSpace(strings.Repeat("A long title ", 40)) + strings.Repeat("ü", 200), HTML: "<p>" + long + "</p>"})
	for _, line := range bytes.Split(m.Raw, []byte("\r\n")) {
		if len(line) > 78 {
			t.Errorf("a line of %d bytes: %.100s…", len(line), line)
		}
		if bytes.ContainsAny(line, "\r\n") || !ascii(string(line)) {
			t.Errorf("a line with more than ASCII: %q", line)
		}
	}
	if m.Text != strings.TrimSpace(long)+"\n" {
		t.Error("the text changed on its way")
	}
	if m.Subject != strings.TrimSpace(strings.Repeat("A long title ", 40))+strings.Repeat("ü", 200) {
		t.Errorf("the subject changed on its way: %q", m.Subject)
	}
}

func TestNothingCanBeWrittenIntoTheHeader(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{
		"Pledge\r\nBcc: all@example.org", "Pledge\nBcc: all@example.org", "Pledge\rBcc: all@example.org", "Pledge\r\n\r\n<p>body",
		"Pledge\u2028Bcc: all@example.org", "Pledge\u0085Bcc: all@example.org", "تعهد\r\nBcc: all@example.org", "Pledge\x00\r\n Bcc: all@example.org",
	} {
		t.Run(subject, func(t *testing.T) {
			t.Parallel()
			m := sent(t, Message{To: "reader@example.org", Lang: i18n.English, Kind: "review.publish", Subject: subject, HTML: "<p>a</p>"})
			if m.Header.Get("Bcc") != "" || len(m.To) != 1 {
				t.Errorf("there is a blind copy: %s", m.Raw)
			}
			if !strings.HasSuffix(m.Subject, " Bcc: all@example.org") && m.Subject != "Pledge <p>body" {
				t.Errorf("the subject is %q", m.Subject)
			}
			if m.Text != "a\n" {
				t.Errorf("the text is %q", m.Text)
			}
		})
	}
}

func TestAddressesBeyondASCII(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, to, want string }{
		{"a domain", "reader@bücher.example", "reader@xn--bcher-kva.example"},
		{"a domain in Arabic", "reader@مثال.إختبار", "reader@xn--mgbh0fb.xn--kgbechtv"},
		{"both sides", "имя@bücher.example", "имя@xn--bcher-kva.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := sent(t, Message{To: c.to, Lang: i18n.English, Kind: "review.publish", Subject: "a", HTML: "<p>a</p>"})
			if len(m.To) != 1 || m.To[0] != c.want {
				t.Errorf("sent to %q, not %q", m.To, c.want)
			}
			if a, err := netmail.ParseAddress(m.Header.Get("To")); err != nil || a.Address != c.want {
				t.Errorf("the header says %q", m.Header.Get("To"))
			}
		})
	}
}

func TestADotAloneOnItsLineDoesNotEndTheMail(t *testing.T) {
	t.Parallel()
	m := sent(t, Message{To: "reader@example.org", Lang: i18n.English, Kind: "review.publish", Subject: "a", HTML: "<pre>a\n.\nb\n..\nFrom c</pre>"})
	if m.Text != "a\n.\nb\n..\nFrom c\n" {
		t.Errorf("the text is %q", m.Text)
	}
}

func TestEveryAttemptHasTheSameMessageID(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	sink := mailtest.Start(t, mailtest.Options{Answer: once(mailtest.End, mailtest.HangUp)})
	s := newSender(t, db, sink)
	id := queue(t, db, message("reader@example.org"))
	deliver(t, s, id)
	execute(t, db, `UPDATE outbox SET state = 'queued', finished_at = NULL`) // somebody decided to send it again
	deliver(t, s, id)
	first, second := sink.Next(t), sink.Next(t)
	for _, name := range []string{"Message-Id", "Date", "Subject", "To"} {
		if a, b := first.Header.Get(name), second.Header.Get(name); a == "" || a != b {
			t.Errorf("%s is %q and then %q", name, a, b)
		}
	}
	other := queue(t, db, message("reader@example.org"))
	deliver(t, s, other)
	if sink.Next(t).Header.Get("Message-Id") == first.Header.Get("Message-Id") {
		t.Error("another mail has the same Message-ID")
	}
}

// What one member writes to another is answered to them, not to the secretariat.
func TestTheAnswerGoesToWhoWrote(t *testing.T) {
	t.Parallel()
	m := sent(t, Message{To: "reader@example.org", ReplyTo: "member@example.org", Lang: i18n.English, Kind: "expert.message", Subject: "A question", HTML: arabicLetter})
	if got := m.Header["Reply-To"]; len(got) != 1 || got[0] != "<member@example.org>" {
		t.Errorf("Reply-To is %q", got)
	}
}
