package newsletter

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"portal/internal/database"
	"portal/internal/problem"
)

// bouncesAllowed is how many issues may come back from an address, with none that arrived between, before it is kept away.
const bouncesAllowed = 2

// verdict is what a refusal for good says of an address.
type verdict int

const (
	fine   verdict = iota // it was the message or the sender that was refused, and not the address
	doubt                 // the address is not as it should be: once more may go well
	nobody                // there is no such address
)

// weigh judges a refusal by the digits of the reply (RFC 5321) and of its status (RFC 3463).
func weigh(code int, status string) verdict {
	switch {
	case strings.HasPrefix(status, "5.7."), strings.HasPrefix(status, "5.6."), strings.HasPrefix(status, "5.5."), strings.HasPrefix(status, "5.3."), code == 554 && status == "":
		return fine
	case strings.HasPrefix(status, "5.1.") && status != "5.1.7" && status != "5.1.8", status == "" && (code == 550 || code == 551 || code == 553):
		return nobody
	case strings.HasPrefix(status, "5.") || code >= 500:
		return doubt
	}
	return fine
}

// bounced counts what came back for good from a reader, and keeps the address away by the rule: one that does not exist at once,
// one in doubt when it happens again.
func (s *Service) bounced(ctx context.Context, subscriber int64, code int, status string) error {
	v := weigh(code, status)
	if v == fine {
		return nil
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		type row struct {
			Email   string
			Bounces int
		}
		r, err := database.Row[row](ctx, tx, `UPDATE newsletter_subscribers SET bounces = bounces + 1 WHERE id = $1 RETURNING email, bounces`, subscriber)
		if errors.Is(err, problem.NotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("count a bounce: %w", err)
		}
		if v == doubt && r.Bounces < bouncesAllowed {
			return nil
		}
		return s.sendAway(ctx, tx, subscriber, r.Email, bouncedReason)
	})
}

// sendAway keeps the address of a reader away; their row stays, and gets nothing more.
func (s *Service) sendAway(ctx context.Context, tx database.Tx, subscriber int64, email, reason string) error {
	if _, err := tx.Exec(ctx, `UPDATE newsletter_subscribers SET state = 'away' WHERE id = $1`, subscriber); err != nil {
		return fmt.Errorf("send a reader away: %w", err)
	}
	return s.suppress(ctx, tx, email, reason, 0)
}
