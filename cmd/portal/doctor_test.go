package main

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"

	"portal/internal/dbtest"
)

// answering is a server that greets, and answers each line by what reply returns.
func answering(t *testing.T, greeting string, reply func(line string) string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing to cancel
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				fmt.Fprint(conn, greeting)
				lines := bufio.NewReader(conn)
				for {
					end := byte('\n')
					if greeting == "" {
						end = 0
					}
					line, err := lines.ReadString(end)
					if err != nil {
						return
					}
					fmt.Fprint(conn, reply(strings.TrimSpace(line)))
				}
			}()
		}
	}()
	return listener.Addr().String()
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	smtp := func(line string) string {
		switch {
		case strings.HasPrefix(line, "EHLO"):
			return "250 mail.example\r\n"
		case line == "QUIT":
			return "221 bye\r\n"
		}
		return "250 ok\r\n"
	}
	host, port, _ := net.SplitHostPort(answering(t, "220 mail.example\r\n", smtp))
	scanner := answering(t, "", func(string) string { return "PONG\x00" })
	deaf := answering(t, "", func(string) string { return "WHAT\x00" })
	for _, c := range []struct {
		name    string
		environ []string
		args    []string
		code    int
		want    []string
	}{
		{
			"all is well",
			[]string{"DATABASE_URL=" + dbtest.DSN(t)},
			nil, 0,
			[]string{"can be written", "GB are free", "PostgreSQL", "as this program wants it", "the same as the database's", "caught"},
		},
		{"an old schema", []string{"DATABASE_URL=" + dbtest.Empty(t)}, nil, 1, []string{"FAILED", "older than", "`portal migrate`"}},
		{"an old schema that serve will migrate", []string{"DATABASE_URL=" + dbtest.Empty(t), "PORTAL_MIGRATE=1"}, nil, 0, []string{"warning", "will migrate it"}},
		{"no database", []string{"DATABASE_URL=postgres://127.0.0.1:1/none"}, nil, 1, []string{"FAILED", "check DATABASE_URL"}},
		{"settings that are wrong", []string{"PORTAL_ENV=production"}, nil, 1, []string{"PORTAL_SECRET is not set"}},
		{
			"a mail server",
			[]string{"DATABASE_URL=" + dbtest.DSN(t), "PORTAL_SMTP_HOST=" + host, "PORTAL_SMTP_PORT=" + port, "PORTAL_SMTP_TLS=none"},
			nil, 0,
			[]string{"takes our mails", "--mail-to"},
		},
		{
			"a mail server without the protection that is wanted",
			[]string{"DATABASE_URL=" + dbtest.DSN(t), "PORTAL_SMTP_HOST=" + host, "PORTAL_SMTP_PORT=" + port},
			nil, 1,
			[]string{"FAILED", "check PORTAL_SMTP_HOST"},
		},
		{"a message to nowhere", []string{"DATABASE_URL=" + dbtest.DSN(t)}, []string{"--mail-to=me@example.org"}, 1, []string{"set PORTAL_SMTP_HOST"}},
		{"a scanner", []string{"DATABASE_URL=" + dbtest.DSN(t), "PORTAL_CLAMD=" + scanner}, nil, 0, []string{"scanner", "answers"}},
		{"a scanner that is none", []string{"DATABASE_URL=" + dbtest.DSN(t), "PORTAL_CLAMD=" + deaf}, nil, 1, []string{"FAILED", "check PORTAL_CLAMD"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := portal(t, append([]string{"PORTAL_DATA=" + t.TempDir()}, c.environ...), append([]string{"doctor"}, c.args...)...)
			if code != c.code {
				t.Errorf("code %d: %s%s", code, out, errs)
			}
			expect(t, out, c.want...)
		})
	}
}

func TestDoctorOnStorageItCannotWrite(t *testing.T) {
	t.Parallel()
	code, out, _ := portal(t, []string{"PORTAL_DATA=/proc/portal", "DATABASE_URL=" + dbtest.DSN(t)}, "doctor")
	if code != 1 {
		t.Errorf("code %d", code)
	}
	expect(t, out, "FAILED", "PORTAL_DATA")
}

func TestDoctorSeesJobsThatWait(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t)
	_, err := dbtest.Open(t, dsn).Pool.Exec(t.Context(), `INSERT INTO river_job (kind, max_attempts, args, state, scheduled_at) VALUES ('x', 1, '{}', 'available', now() - interval '1 hour')`)
	if err != nil {
		t.Fatal(err)
	}
	code, out, _ := portal(t, []string{"PORTAL_DATA=" + t.TempDir(), "DATABASE_URL=" + dsn}, "doctor")
	if code != 0 {
		t.Errorf("code %d", code)
	}
	expect(t, out, "warning", "1 waiting", "start a worker")
}

func TestDoctorSendsAMessage(t *testing.T) {
	t.Parallel()
	got := make(chan string, 100)
	host, port, _ := net.SplitHostPort(answering(t, "220 mail.example\r\n", func(line string) string {
		got <- line
		switch {
		case strings.HasPrefix(line, "EHLO"):
			return "250-mail.example\r\n250 8BITMIME\r\n"
		case line == "DATA":
			return "354 go on\r\n"
		case line == "QUIT":
			return "221 bye\r\n"
		case line == "." || strings.HasPrefix(line, "MAIL") || strings.HasPrefix(line, "RCPT") || line == "RSET" || line == "NOOP":
			return "250 ok\r\n"
		}
		return "" // a line of the message
	}))
	code, out, errs := portal(t, []string{
		"PORTAL_DATA=" + t.TempDir(), "DATABASE_URL=" + dbtest.DSN(t),
		"PORTAL_SMTP_HOST=" + host, "PORTAL_SMTP_PORT=" + port, "PORTAL_SMTP_TLS=none",
	}, "doctor", "--mail-to=me@example.org")
	if code != 0 {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
	expect(t, out, "has taken a message to me@example.org")
	var lines []string
	for len(got) > 0 {
		lines = append(lines, <-got)
	}
	expect(t, strings.Join(lines, "\n"), "RCPT TO:<me@example.org>", "Subject: Test message of the portal")
}
