package newsletter

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
)

// Why an address is kept away.
const (
	leftReason       = "left"
	bouncedReason    = "bounced"
	complainedReason = "complained"
	deskReason       = "desk"
)

// Reasons are all of them, in the order of the list's filter.
var Reasons = []string{leftReason, bouncedReason, complainedReason, deskReason}

// MaxReason is how much the desk may say of why an address is let go, in characters.
const MaxReason = 500

// suppress keeps an address away; by is who at the desk says so, or 0. Who has left is kept without the address. A complaint or
// the desk's word is not replaced by anything weaker.
func (s *Service) suppress(ctx context.Context, tx database.Tx, email, reason string, by int64) error {
	address, who := email, &by
	if reason == leftReason {
		address = ""
	}
	if by == 0 {
		who = nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO newsletter_suppressions AS n (address_hash, address, reason, since, added_by) VALUES (@hash, @address, @reason, @now, @by)
		ON CONFLICT (address_hash) DO UPDATE SET reason = excluded.reason, since = excluded.since, address = excluded.address, added_by = excluded.added_by, lifted_at = NULL, lifted_by = NULL, lifted_reason = ''
		WHERE n.lifted_at IS NOT NULL OR n.reason NOT IN ('complained', 'desk') AND n.reason <> excluded.reason`,
		database.Args{"hash": addressHash(s.Secret, email), "address": address, "reason": reason, "now": s.now(), "by": who})
	if err != nil {
		return fmt.Errorf("keep an address away: %w", err)
	}
	return nil
}

// Suppression is a line of the list.
type Suppression struct {
	ID      int64
	Address string // "" for who has left
	Reason  string
	Since   time.Time
}

// Suppressions is a page of the list.
type Suppressions struct {
	Reason, Email string
	All           []Suppression
	Total         int
}

// mostSuppressions is how many lines the page shows, the newest; others are found by their address.
const mostSuppressions = 100

// SuppressionList returns the addresses that are kept away, for the communications desk: those of a reason, or the one that is
// asked for. It records that they were read.
func (s *Service) SuppressionList(ctx context.Context, who identity.User, reason, email string) (list Suppressions, err error) {
	if err := mayEdit(who); err != nil {
		return list, err
	}
	list.Email = form.CleanEmail(email)
	if slices.Contains(Reasons, reason) {
		list.Reason = reason
	}
	var hash []byte
	if list.Email != "" {
		hash = addressHash(s.Secret, list.Email)
	}
	const where = ` FROM newsletter_suppressions WHERE lifted_at IS NULL AND (@reason = '' OR reason = @reason) AND (@hash::bytea IS NULL OR address_hash = @hash)`
	args := database.Args{"reason": list.Reason, "hash": hash}
	if list.Total, err = database.Value[int](ctx, s.db.Read(), `SELECT count(*)`+where, args); err != nil {
		return list, fmt.Errorf("count the addresses that are kept away: %w", err)
	}
	args["most"] = mostSuppressions
	if list.All, err = database.Rows[Suppression](ctx, s.db.Read(), `SELECT id, address, reason, since`+where+` ORDER BY since DESC, id DESC LIMIT @most`, args); err != nil {
		return list, fmt.Errorf("list the addresses that are kept away: %w", err)
	}
	var read []int64
	for _, line := range list.All {
		if line.Address != "" {
			read = append(read, line.ID)
		}
	}
	return list, audit.RecordRead(ctx, s.db.Read(), audit.Reading{Actor: who.ID, Subject: "newsletter_suppression", IDs: read, Fields: []string{"address"}, At: s.now()})
}

// KeepAway adds an address to the list, on the word of the desk, and ends its subscription.
func (s *Service) KeepAway(ctx context.Context, who identity.User, typed string) error {
	if err := mayEdit(who); err != nil {
		return err
	}
	email, wrong := readEmail(typed)
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM newsletter_subscribers WHERE email_key = $1`, keyOf(email)); err != nil {
			return err
		}
		if err := s.suppress(ctx, tx, email, deskReason, who.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "suppress", 0)
	})
}

// Lift takes an address off the list, for a reason. It does not subscribe anybody. A line that is not there is problem.NotFound.
func (s *Service) Lift(ctx context.Context, who identity.User, id int64, reason string) error {
	if err := mayEdit(who); err != nil {
		return err
	}
	reason = strings.TrimSpace(form.Clean(reason))
	switch n := form.Length(reason); {
	case reason == "":
		return problem.Invalid(problem.Field{Name: "reason", Key: "newsletter.wrong.reason"})
	case n > MaxReason:
		return problem.Invalid(problem.Field{Name: "reason", Key: "newsletter.wrong.long", Args: []any{MaxReason, n}})
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE newsletter_suppressions SET lifted_at = @now, lifted_by = @by, lifted_reason = @reason, address = '' WHERE id = @id AND lifted_at IS NULL`,
			database.Args{"id": id, "now": s.now(), "by": who.ID, "reason": reason})
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return problem.NotFound
		}
		return s.record(ctx, tx, who.ID, "lift", id)
	})
}
