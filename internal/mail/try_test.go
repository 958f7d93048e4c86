package mail_test

import (
	"strings"
	"testing"

	"portal/internal/mail"
	"portal/internal/mail/mailtest"
)

func TestTry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer func(mailtest.Stage, string) error
		says   string
	}{
		{"a server that takes it", nil, ""},
		{"a server that refuses it", func(stage mailtest.Stage, _ string) error {
			if stage == mailtest.Recipient {
				return mailtest.Reply(550, "no such mailbox")
			}
			return nil
		}, "no such mailbox"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sink := mailtest.Start(t, mailtest.Options{Answer: c.answer})
			s, err := mail.NewSender(nil, mail.Options{SMTP: sink.SMTP(), From: "Portal <portal@example.org>", PublicURL: "https://portal.example"})
			if err != nil {
				t.Fatal(err)
			}
			err = s.Try(t.Context(), "me@example.org", "A test", "<p>Nothing to do.</p>")
			if c.says != "" {
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			m := sink.Next(t)
			if m.Subject != "A test" || !strings.Contains(m.Text, "Nothing to do.") || m.To[0] != "me@example.org" {
				t.Errorf("got %+v", m)
			}
		})
	}
	s, err := mail.NewSender(nil, mail.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Try(t.Context(), "me@example.org", "", ""); err == nil {
		t.Error("a sender without a server has sent it")
	}
}
