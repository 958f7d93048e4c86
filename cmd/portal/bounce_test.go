package main

import (
	"io"
	"strings"
	"testing"

	"portal/internal/dbtest"
)

// A mail server's pipe understands what became of a mail.
func TestExitCodesOfBounce(t *testing.T) {
	t.Parallel()
	environ := []string{"DATABASE_URL=" + dbtest.DSN(t), "PORTAL_SECRET=a secret for tests that is long enough"}
	const forged = "From: MAILER-DAEMON@mx.example\r\nTo: portal+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@portal.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n" +
		"--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; somebody@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--x--\r\n"
	for _, c := range []struct {
		name    string
		environ []string
		in      io.Reader
		code    int
		says    string
	}{
		{"nothing", environ, strings.NewReader(""), 65, ""},
		{"no mail", environ, strings.NewReader("\x00\xff garbage"), 65, ""},
		{"the mail of a person", environ, strings.NewReader("From: a@example.org\r\nSubject: Hello\r\n\r\nHello.\r\n"), 65, ""},
		{"a report about a mail of others", environ, strings.NewReader(forged), 65, ""},
		{"a huge one", environ, io.MultiReader(strings.NewReader(forged[:200]), io.LimitReader(zeros{}, 64<<20)), 65, ""},
		{"a schema of another time", []string{"DATABASE_URL=" + dbtest.Empty(t), "PORTAL_SECRET=a secret for tests that is long enough"}, strings.NewReader(forged), 75, "portal:"},
	} {
		o, e := newBuffer(), newBuffer()
		code := run(&surroundings{ctx: t.Context(), environ: c.environ, in: c.in, out: o, errors: e}, []string{"bounce"})
		if code != c.code || o.String() != "" || !strings.HasPrefix(e.String(), c.says) || c.says == "" && e.String() != "" {
			t.Errorf("%s: code %d, %q %q", c.name, code, o, e)
		}
	}
}

// zeros are as many zeros as one reads.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}
