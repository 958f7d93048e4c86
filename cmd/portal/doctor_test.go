package main

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"testing"

	"portal/internal/dbtest"
	"portal/internal/mail/mailtest"
)

// scanner is a server that answers whatever it is asked, as clamd does: each message ends with a NUL.
func scanner(t *testing.T, answer string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
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
				if _, err := bufio.NewReader(conn).ReadString(0); err == nil {
					fmt.Fprint(conn, answer)
				}
			}()
		}
	}()
	return "PORTAL_CLAMD=" + listener.Addr().String()
}

// mailServer is the settings for a mail server of the test's own.
func mailServer(sink *mailtest.Sink) []string {
	s := sink.SMTP()
	return []string{"PORTAL_SMTP_HOST=" + s.Host, "PORTAL_SMTP_PORT=" + strconv.Itoa(s.Port), "PORTAL_SMTP_TLS=" + string(s.TLS)}
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	database := "DATABASE_URL=" + dbtest.DSN(t)
	sink := mailServer(mailtest.Start(t, mailtest.Options{}))
	for _, c := range []struct {
		name    string
		environ []string
		args    []string
		code    int
		want    []string
	}{
		{
			"all is well",
			[]string{database},
			nil, 0,
			[]string{"can be written", "GB are free", "PostgreSQL", "as this program wants it", "the same as the database's", "caught"},
		},
		{"an old schema", []string{"DATABASE_URL=" + dbtest.Empty(t)}, nil, 1, []string{"FAILED", "older than", "`portal migrate`"}},
		{"an old schema that serve will migrate", []string{"DATABASE_URL=" + dbtest.Empty(t), "PORTAL_MIGRATE=1"}, nil, 0, []string{"warning", "will migrate it"}},
		{"no database", []string{"DATABASE_URL=postgres://127.0.0.1:1/none"}, nil, 1, []string{"FAILED", "check DATABASE_URL"}},
		{"settings that are wrong", []string{"PORTAL_ENV=production"}, nil, 1, []string{"PORTAL_SECRET is not set"}},
		{"a mail server", append([]string{database}, sink...), nil, 0, []string{"takes our mails", "--mail-to"}},
		{
			"a mail server without the protection that is wanted",
			append([]string{database}, sink[:2]...), nil, 1,
			[]string{"FAILED", "check PORTAL_SMTP_HOST"},
		},
		{"a message to nowhere", []string{database}, []string{"--mail-to=me@example.org"}, 1, []string{"set PORTAL_SMTP_HOST"}},
		{"a scanner", []string{database, scanner(t, "PONG\x00")}, nil, 0, []string{"scanner", "answers"}},
		{"no browser", []string{database, "PORTAL_CHROMIUM=off"}, nil, 0, []string{"browser", "not as PDF"}},
		{"a browser that is not there", []string{database, "PORTAL_CHROMIUM=/nowhere/chromium"}, nil, 1, []string{"FAILED", "set PORTAL_CHROMIUM"}},
		{"a browser that is none", []string{database, "PORTAL_CHROMIUM=/bin/false"}, nil, 0, []string{"warning", "until then there are no PDFs"}},
		{"a scanner that is none", []string{database, scanner(t, "WHAT\x00")}, nil, 1, []string{"FAILED", "check PORTAL_CLAMD"}},
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
	sink := mailtest.Start(t, mailtest.Options{})
	code, out, errs := portal(t, append([]string{"PORTAL_DATA=" + t.TempDir(), "DATABASE_URL=" + dbtest.DSN(t)}, mailServer(sink)...),
		"doctor", "--mail-to=me@example.org")
	if code != 0 {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
	expect(t, out, "has taken a message to me@example.org")
	m := sink.Next(t)
	if m.Subject != "Test message of the portal" || m.To[0] != "me@example.org" {
		t.Errorf("got %q to %v", m.Subject, m.To)
	}
}
