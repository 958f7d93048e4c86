package mail

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"portal/internal/i18n"
)

// Try hands a message to the mail server at once, past the outbox, and says what the server answered. It is for
// `portal doctor --mail-to`; a sender that catches mails cannot.
func (s *Sender) Try(ctx context.Context, to, subject, html string) error {
	if s.Catches() {
		return errors.New("no mail server is configured")
	}
	n, err := s.connect(ctx)
	if err != nil {
		return fmt.Errorf("mail server %s: %w", s.smtp.Address(), err)
	}
	result, err := n.hand(s.from.Address, asciiDomain(to), s.message(outgoing{
		MessageKey: strings.ToLower(rand.Text()), Lang: string(i18n.English), ToAddress: to, Subject: subject, HTML: html, Body: Text(html),
		QueuedAt: time.Now(),
	}))
	if result == unknown {
		n.close()
	} else {
		n.quit()
	}
	if result != accepted {
		return fmt.Errorf("mail server %s: %w", s.smtp.Address(), err)
	}
	return nil
}
