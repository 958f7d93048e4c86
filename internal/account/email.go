package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/jobs"
	"portal/internal/onetime"
	"portal/internal/problem"
	"portal/web"
)

// How long the links of a change of address may be used.
const (
	// EmailChangeLasts is how long the new address may prove itself.
	EmailChangeLasts = 24 * time.Hour
	// EmailUndoLasts is how long the old address may take the change back, once it is asked for and once it is done.
	EmailUndoLasts = 72 * time.Hour
	// emailChangeKept is how long a change is remembered once it can no longer be taken back, so that the pages of its
	// links can say what happened.
	emailChangeKept = 30 * 24 * time.Hour

	emailChangesPerAccount = 5 // asked for, in requestWindow
	emailChangesByAddress  = 5 // mails to one new address, in requestWindow
)

// EmailChange is a change of the address of an account as its owner sees it.
type EmailChange struct {
	NewEmail  string
	ExpiresAt time.Time
}

// RequestEmailChange asks for another address. The old one is told at once; a job writes to the new one, which proves
// itself by the link in that mail. It never looks whether the address is known, and does the same work in either case. A
// request before it is overtaken. Too many requests are problem.TooMany.
func (s *Service) RequestEmailChange(ctx context.Context, who identity.User, email string) error {
	email = form.CleanEmail(email)
	wrong := checkEmail(email)
	if wrong == nil && strings.EqualFold(email, who.Email) {
		wrong = []problem.Field{{Name: "email", Key: "account.email_change.same"}}
	}
	if wrong != nil {
		return problem.Invalid(wrong...)
	}
	if err := s.limit(ctx, "email_change", fmt.Sprint(who.ID), emailChangesPerAccount, requestWindow); err != nil {
		return err
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		present, err := lockCredentials(ctx, tx, who.ID)
		if err != nil {
			return err
		}
		if err := s.overtakeEmailChanges(ctx, tx, who.ID); err != nil {
			return err
		}
		token, hash := onetime.New()
		id, err := database.Value[int64](ctx, tx, `INSERT INTO email_changes (user_id, old_email, new_email, requested_at, expires_at, undo_until, stop_hash)
			VALUES (@user, @old, @new, @now, @expires, @undo, @hash) RETURNING id`,
			database.Args{
				"user": who.ID, "old": present.Email, "new": email, "now": s.now(), "expires": s.now().Add(EmailChangeLasts),
				"undo": s.now().Add(EmailUndoLasts), "hash": hash,
			})
		if err != nil {
			return err
		}
		if err := jobs.Enqueue(ctx, tx, emailChangeArgs{Change: id}, nil); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "email.ask", "user", who.ID, "email"); err != nil {
			return err
		}
		return s.send(ctx, tx, present.recipient(), letter{kind: "email_asked", token: token})
	})
	if err != nil {
		return fmt.Errorf("change the address of user %d: %w", who.ID, err)
	}
	return nil
}

// overtakeEmailChanges makes the links to new addresses that were not used yet run out. The old address can still stop
// or take back, whatever was asked for since.
func (s *Service) overtakeEmailChanges(ctx context.Context, tx database.Tx, user int64) error {
	_, err := tx.Exec(ctx, `UPDATE email_changes SET expires_at = $2 WHERE user_id = $1 AND confirmed_at IS NULL AND expires_at > $2`, user, s.now())
	if err != nil {
		return fmt.Errorf("end the changes of address of user %d: %w", user, err)
	}
	return nil
}

// mailEmailChange writes to the new address of a change: with the link that proves it, or, when it has an account
// already, to say so. A change that is over, or whose address was written to, has been dealt with.
func (s *Service) mailEmailChange(ctx context.Context, id int64) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		type row struct {
			NewEmail string
			Lang     i18n.Lang
		}
		c, err := database.Row[row](ctx, tx, `SELECT c.new_email, u.lang FROM email_changes c JOIN users u ON u.id = c.user_id AND u.closed_at IS NULL
			WHERE c.id = $1 AND c.mailed_at IS NULL AND c.ended_at IS NULL AND c.confirmed_at IS NULL AND c.expires_at > $2 FOR UPDATE OF c`, id, s.now())
		if errors.Is(err, problem.NotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read change of address %d: %w", id, err)
		}
		known, err := credentialsByEmail(ctx, tx, c.NewEmail)
		if err != nil {
			return err
		}
		token, hash := onetime.New()
		if known.ID != 0 {
			hash = nil // nothing can come of it
		}
		if _, err := tx.Exec(ctx, `UPDATE email_changes SET mailed_at = $2, confirm_hash = $3 WHERE id = $1`, id, s.now(), hash); err != nil {
			return err
		}
		err = web.Limit(ctx, tx, limitKey("email_change.address", strings.ToLower(c.NewEmail)), emailChangesByAddress, requestWindow)
		if errors.Is(err, problem.TooMany) {
			return nil // nobody's mailbox is filled in somebody else's name
		}
		if err != nil {
			return err
		}
		if known.ID != 0 {
			return s.send(ctx, tx, known.recipient(), letter{kind: "email_known"})
		}
		// The address is not proven: the mail carries nothing that somebody has typed.
		return s.send(ctx, tx, recipient{Email: c.NewEmail, Lang: c.Lang}, letter{kind: "email_confirm", token: token})
	})
}

// EmailLinkPurpose is what a link of a change of address does.
type EmailLinkPurpose string

// The purposes.
const (
	EmailConfirm EmailLinkPurpose = "confirm" // sent to the new address
	EmailStop    EmailLinkPurpose = "stop"    // sent to the old one, before the change
	EmailUndo    EmailLinkPurpose = "undo"    // sent to the old one, after it
)

// EmailLink is a link of a change of address as its page shows it.
type EmailLink struct {
	Purpose            EmailLinkPurpose
	State              LinkState
	OldEmail, NewEmail string
}

// storedEmailChange is a change as it is kept, with what the token is for.
type storedEmailChange struct {
	ID          int64
	UserID      int64
	OldEmail    string
	NewEmail    string
	RequestedAt time.Time
	ExpiresAt   time.Time
	UndoUntil   time.Time
	ConfirmedAt *time.Time
	EndedAt     *time.Time
	IsConfirm   bool
}

// lockEmailChange finds the change of a token and keeps first the account, then the change, from others until the
// transaction ends: the order in which everything about an address is locked.
func lockEmailChange(ctx context.Context, tx database.Tx, token string) (storedEmailChange, error) {
	c, err := findEmailChange(ctx, tx, token, "")
	if err != nil {
		return c, err
	}
	if _, err := lockCredentials(ctx, tx, c.UserID); err != nil {
		return c, err
	}
	return findEmailChange(ctx, tx, token, "FOR UPDATE OF c")
}

// findEmailChange finds the change of a token; lock is how others are kept from it, "" not at all.
func findEmailChange(ctx context.Context, q database.Querier, token, lock string) (storedEmailChange, error) {
	return database.Row[storedEmailChange](ctx, q, `SELECT c.id, c.user_id, c.old_email, c.new_email, c.requested_at, c.expires_at, c.undo_until, c.confirmed_at, c.ended_at,
			coalesce(c.confirm_hash = $1, false) AS is_confirm
		FROM email_changes c JOIN users u ON u.id = c.user_id AND u.closed_at IS NULL
		WHERE c.confirm_hash = $1 OR c.stop_hash = $1 OR c.undo_hash = $1 `+lock, onetime.Hash(token))
}

func (c storedEmailChange) link(now time.Time) EmailLink {
	l := EmailLink{Purpose: EmailConfirm, State: LinkUsable, OldEmail: c.OldEmail, NewEmail: c.NewEmail}
	until := c.ExpiresAt
	switch {
	case !c.IsConfirm && c.ConfirmedAt != nil:
		l.Purpose, until = EmailUndo, c.UndoUntil
	case !c.IsConfirm:
		l.Purpose, until = EmailStop, c.UndoUntil
	}
	switch {
	case c.EndedAt != nil, c.IsConfirm && c.ConfirmedAt != nil:
		l.State = LinkUsed
	case !until.After(now):
		l.State = LinkExpired
	}
	return l
}

// EmailLink returns what a link of a change of address is for, and changes nothing. A token that is not known, or no
// more, is problem.NotFound.
func (s *Service) EmailLink(ctx context.Context, token string) (EmailLink, error) {
	c, err := findEmailChange(ctx, s.db.Read(), token, "")
	if err != nil {
		return EmailLink{}, fmt.Errorf("find the link of a change of address: %w", err)
	}
	return c.link(s.now()), nil
}

// ErrEmailTaken says that an address has got another account meanwhile.
var ErrEmailTaken = errors.New("the address has another account")

// UseEmailLink does what the link is for and returns that. A confirmed change takes the address over; the old one is told
// and may take it back. Stopping or taking back ends every session and link of the account and its password, since whoever
// asked for the change was signed in: next is then the path, without the language, where the owner of the old address sets
// a new one. A link that has been used or has run out is problem.Stale. When another account has the address by now, the
// error is ErrEmailTaken; nothing of the address has then changed, but sessions have ended.
func (s *Service) UseEmailLink(ctx context.Context, token string) (purpose EmailLinkPurpose, next string, err error) {
	var taken bool
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		c, err := lockEmailChange(ctx, tx, token)
		if err != nil {
			return err
		}
		l := c.link(s.now())
		if purpose = l.Purpose; l.State != LinkUsable {
			return problem.Stale
		}
		if purpose == EmailConfirm {
			taken, err = s.confirmEmail(ctx, tx, c)
			return err
		}
		next, taken, err = s.takeBackEmail(ctx, tx, c)
		return err
	})
	if err == nil && taken {
		err = ErrEmailTaken
	}
	if err != nil {
		return purpose, next, fmt.Errorf("use the link of a change of address: %w", err)
	}
	return purpose, next, nil
}

// setEmail gives the account the address, unless another one has it: the named index decides.
func setEmail(ctx context.Context, tx database.Tx, user int64, email string, now time.Time) (taken bool, err error) {
	part, err := tx.Begin(ctx) // what fails in it leaves the rest standing
	if err != nil {
		return false, err
	}
	_, err = part.Exec(ctx, `UPDATE users SET email = $2, email_verified_at = $3 WHERE id = $1 AND closed_at IS NULL`, user, email, now)
	if database.Constraint(err) == "users_email_key" {
		return true, part.Rollback(ctx)
	}
	if err != nil {
		return false, errors.Join(err, part.Rollback(ctx))
	}
	return false, part.Commit(ctx)
}

func (s *Service) confirmEmail(ctx context.Context, tx database.Tx, c storedEmailChange) (taken bool, err error) {
	taken, err = setEmail(ctx, tx, c.UserID, c.NewEmail, s.now())
	if err != nil {
		return false, err
	}
	if taken {
		_, err := tx.Exec(ctx, `UPDATE email_changes SET ended_at = $2 WHERE id = $1`, c.ID, s.now())
		return true, err
	}
	if err := s.moved(ctx, tx, c.OldEmail, c.NewEmail); err != nil {
		return false, err
	}
	token, hash := onetime.New()
	_, err = tx.Exec(ctx, `UPDATE email_changes SET confirmed_at = @now, undo_until = @undo, undo_hash = @hash WHERE id = @id`,
		database.Args{"id": c.ID, "now": s.now(), "undo": s.now().Add(EmailUndoLasts), "hash": hash})
	if err != nil {
		return false, err
	}
	if err := endLinks(ctx, tx, c.UserID, s.now()); err != nil { // those in the old mailbox
		return false, err
	}
	if err := s.record(ctx, tx, c.UserID, "email.change", "user", c.UserID, "email"); err != nil {
		return false, err
	}
	to, err := credentialsByID(ctx, tx, c.UserID)
	if err != nil {
		return false, err
	}
	if err := s.send(ctx, tx, to.recipient(), letter{kind: "email_done"}); err != nil {
		return false, err
	}
	old := to.recipient()
	old.Email = c.OldEmail
	return false, s.send(ctx, tx, old, letter{kind: "email_changed", token: token})
}

// takeBackEmail gives the account its old address again and shuts out whoever was in it: sessions, links and the password
// end, and so do a second factor and recovery codes that were set up since the change was asked for, else the owner could
// not come in.
func (s *Service) takeBackEmail(ctx context.Context, tx database.Tx, c storedEmailChange) (next string, taken bool, err error) {
	if taken, err = setEmail(ctx, tx, c.UserID, c.OldEmail, s.now()); err != nil {
		return "", false, err
	}
	if !taken {
		if err := s.moved(ctx, tx, c.NewEmail, c.OldEmail); err != nil {
			return "", false, err
		}
	}
	// This one and all after it: whoever asked for this may have asked for others.
	if _, err := tx.Exec(ctx, `UPDATE email_changes SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL AND id >= $3`, c.UserID, s.now(), c.ID); err != nil {
		return "", false, err
	}
	if err := setPassword(ctx, tx, c.UserID, "", false, s.now()); err != nil {
		return "", false, err
	}
	if err := endLinks(ctx, tx, c.UserID, s.now()); err != nil {
		return "", false, err
	}
	if err := s.record(ctx, tx, c.UserID, "email.undo", "user", c.UserID, "email", "password"); err != nil {
		return "", false, err
	}
	undone, err := dropFactorSince(ctx, tx, c.UserID, c.RequestedAt)
	if err != nil {
		return "", false, err
	}
	if undone && taken { // neither address is theirs to be written to
		return "", true, s.record(ctx, tx, c.UserID, "factor.undo", "user", c.UserID)
	}
	if taken {
		return "", true, nil
	}
	if undone {
		if err := s.factorChanged(ctx, tx, c.UserID, c.UserID, "factor.undo", "factor.undone", 0); err != nil {
			return "", false, err
		}
	}
	token, err := addToken(ctx, tx, ResetLink, c.UserID, "", s.now(), LinkLasts)
	return linkPath(token), false, err
}

// PendingEmailChange returns what the person has asked for and can still be confirmed; nil for nothing.
func (s *Service) PendingEmailChange(ctx context.Context, who identity.User) (*EmailChange, error) {
	c, err := database.Row[EmailChange](ctx, s.db.Read(), `SELECT new_email, expires_at FROM email_changes
		WHERE user_id = $1 AND confirmed_at IS NULL AND ended_at IS NULL AND expires_at > $2 ORDER BY id DESC LIMIT 1`, who.ID, s.now())
	if errors.Is(err, problem.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the change of address of user %d: %w", who.ID, err)
	}
	return &c, nil
}

// StopEmailChange gives up what the person has asked for; with nothing asked for it does nothing.
func (s *Service) StopEmailChange(ctx context.Context, who identity.User) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		if err := s.overtakeEmailChanges(ctx, tx, who.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "email.stop", "user", who.ID, "email")
	})
}

// lockCredentials returns the account and keeps it from others until the transaction ends.
func lockCredentials(ctx context.Context, tx database.Tx, id int64) (credentials, error) {
	c, err := database.Row[credentials](ctx, tx, credentialColumns+`id = $1 FOR UPDATE`, id)
	if err != nil {
		return credentials{}, fmt.Errorf("find account %d: %w", id, err)
	}
	return c, nil
}
