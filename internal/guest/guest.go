// Package guest lets somebody in who has written to the Network and never opened an account: they have no password, no post in
// an office and no role. Mails about what they have written carry a link that opens it. A link works once and for Lasts, so that
// a mail that is passed on opens nothing any more once its reader has used it; a new one is for the asking at the page for links.
// Who has an account signs in: for them there is no such link.
package guest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/onetime"
	"portal/internal/personal"
	"portal/internal/problem"
)

// Lasts is how long a link may be used, kept how long one that is over is remembered, so that its page can say so.
const (
	Lasts = 14 * 24 * time.Hour
	kept  = 30 * 24 * time.Hour
)

// Condition is the SQL that says whether the user u is a guest.
const Condition = `(u.password_hash = '' AND u.closed_at IS NULL AND NOT EXISTS (SELECT FROM staff_roles r WHERE r.user_id = u.id)
	AND NOT EXISTS (SELECT FROM posts p WHERE p.user_id = u.id AND p.state = 'approved'))`

// Is says whether the person is a guest.
func Is(ctx context.Context, q database.Querier, person int64) (bool, error) {
	is, err := database.Value[bool](ctx, q, `SELECT EXISTS (SELECT FROM users u WHERE u.id = $1 AND `+Condition+`)`, person)
	if err != nil {
		return false, fmt.Errorf("is person %d a guest: %w", person, err)
	}
	return is, nil
}

// Path is the page of a link, without the language.
func Path(token string) string { return "/t/" + token }

// Open makes the addresses in the HTML that lead to the owner's page of the submission into one link that opens it for the
// guest, and says whether there were any: then whoever has the mail can be the guest.
func Open(ctx context.Context, tx database.Tx, html string, person, submission int64, now time.Time) (opened string, secret bool, err error) {
	own := regexp.MustCompile(`(https?://[^/"<>\s]+/[a-z]{2})(/submissions/` + strconv.FormatInt(submission, 10) + `)\b((?:[/?#][^"<>\s]*)?)`)
	found := own.FindStringSubmatch(html)
	if found == nil {
		return html, false, nil
	}
	token, hash := onetime.New()
	_, err = tx.Exec(ctx, `INSERT INTO guest_links (hash, user_id, next, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`, hash, person, found[2]+found[3], now, now.Add(Lasts))
	if err != nil {
		return html, false, fmt.Errorf("make a link for guest %d: %w", person, err)
	}
	return own.ReplaceAllString(html, `${1}`+Path(token)), true, nil
}

// Enter uses the link of a token and returns the guest with the page that it opens. A link that was used, has run out, or is
// of somebody who has an account by now is problem.Stale. That the mail has arrived proves the address.
func Enter(ctx context.Context, tx database.Tx, token string, now time.Time) (who identity.User, next string, err error) {
	type row struct {
		UserID int64
		Next   string
	}
	r, err := database.Row[row](ctx, tx, `UPDATE guest_links l SET used_at = @now FROM users u
		WHERE l.hash = @hash AND l.used_at IS NULL AND l.expires_at > @now AND u.id = l.user_id AND `+Condition+` RETURNING l.user_id, l.next`,
		database.Args{"hash": onetime.Hash(token), "now": now})
	if errors.Is(err, problem.NotFound) {
		return who, "", problem.Stale
	}
	if err != nil {
		return who, "", fmt.Errorf("enter by a link: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE users SET email_verified_at = coalesce(email_verified_at, $2) WHERE id = $1`, r.UserID, now); err != nil {
		return who, "", fmt.Errorf("note that the address of guest %d is proven: %w", r.UserID, err)
	}
	who, err = identity.Load(ctx, tx, r.UserID)
	return who, r.Next, err
}

// Sweep removes links that have been over for long.
func Sweep(ctx context.Context, q database.Querier, now time.Time) error {
	if _, err := q.Exec(ctx, `DELETE FROM guest_links WHERE expires_at <= $1`, now.Add(-kept)); err != nil {
		return fmt.Errorf("remove old links of guests: %w", err)
	}
	return nil
}

// Personal is what this package keeps of a person.
var Personal = personal.Data{
	LeftOut:  map[string]string{"guest_links.user_id": "one-time links, of which only hashes are kept"},
	Erasures: []personal.Erasure{personal.Erase(`DELETE FROM guest_links WHERE user_id = $1`, "guest_links.user_id")},
}
