package submission

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/problem"
	"portal/internal/workflow"
)

const invitationColumns = `i.id, i.submission_id, i.email, i.rights, i.until_on, i.invited_by, inviter.name AS inviter, i.created_at, i.user_id,
	coalesce(guest.name, '') AS name, i.accepted_at, i.ended_at, i.ended_by, i.until_on >= current_date AS running`

const invitationsFrom = ` FROM draft_invitations i JOIN users inviter ON inviter.id = i.invited_by LEFT JOIN users guest ON guest.id = i.user_id`

const offerColumns = `SELECT ` + invitationColumns + `, s.kind, s.title, s.lang, o.name AS office_name` + invitationsFrom + `
	JOIN submissions s ON s.id = i.submission_id JOIN offices o ON o.id = s.office_id`

// openOffer is what an invitation is that waits for an answer.
const openOffer = `i.user_id IS NULL AND i.ended_at IS NULL AND i.until_on >= current_date`

func invitationsOf(ctx context.Context, q database.Querier, id workflow.ID) ([]Invitation, error) {
	all, err := database.Rows[Invitation](ctx, q, `SELECT `+invitationColumns+invitationsFrom+` WHERE i.submission_id = $1
		ORDER BY i.ended_at IS NOT NULL OR i.until_on < current_date, i.id DESC`, id)
	if err != nil {
		return nil, fmt.Errorf("invitations to submission %d: %w", id, err)
	}
	return all, nil
}

// lockInvitation reads an invitation and keeps others from it until the transaction ends.
func lockInvitation(ctx context.Context, tx database.Tx, id int64) (Invitation, error) {
	return database.Row[Invitation](ctx, tx, `SELECT `+invitationColumns+invitationsFrom+` WHERE i.id = $1 FOR UPDATE OF i`, id)
}

// addInvitation keeps an invitation. One to the same address that is over by its day makes room; one that is not is a
// problem.Invalid at the address.
func addInvitation(ctx context.Context, tx database.Tx, id workflow.ID, n NewInvitation, hash []byte, by int64, now time.Time) (int64, error) {
	if _, err := tx.Exec(ctx, `UPDATE draft_invitations SET ended_at = $3, ended_by = $4
		WHERE submission_id = $1 AND lower(email) = lower($2) AND ended_at IS NULL AND until_on < current_date`, id, n.Email, now, by); err != nil {
		return 0, fmt.Errorf("end an invitation that is over: %w", err)
	}
	added, err := database.Value[int64](ctx, tx, `INSERT INTO draft_invitations (submission_id, email, rights, until_on, token_hash, invited_by, created_at)
		VALUES (@id, @email, @rights, @until, @hash, @by, @now) RETURNING id`,
		database.Args{"id": id, "email": n.Email, "rights": n.Rights, "until": n.Until, "hash": hash, "by": by, "now": now})
	if database.Constraint(err) == "draft_invitations_once" {
		return 0, problem.Invalid(problem.Field{Name: "email", Key: "submission.sharing.email.twice"})
	}
	if err != nil {
		return 0, fmt.Errorf("keep an invitation: %w", err)
	}
	return added, nil
}

func setInvitation(ctx context.Context, tx database.Tx, id int64, n NewInvitation) error {
	if _, err := tx.Exec(ctx, `UPDATE draft_invitations SET rights = $2, until_on = $3 WHERE id = $1`, id, n.Rights, n.Until); err != nil {
		return fmt.Errorf("change invitation %d: %w", id, err)
	}
	return nil
}

func endInvitation(ctx context.Context, tx database.Tx, id, by int64, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE draft_invitations SET ended_at = $3, ended_by = $2 WHERE id = $1`, id, by, now); err != nil {
		return fmt.Errorf("end invitation %d: %w", id, err)
	}
	return nil
}

// leaveDraft ends the invitations that a person has accepted, closes what they had open, and returns their numbers.
func leaveDraft(ctx context.Context, tx database.Tx, id workflow.ID, user int64, now time.Time) ([]int64, error) {
	left, err := database.Values[int64](ctx, tx, `UPDATE draft_invitations SET ended_at = $3, ended_by = $2
		WHERE submission_id = $1 AND user_id = $2 AND ended_at IS NULL RETURNING id`, id, user, now)
	if err != nil {
		return nil, fmt.Errorf("end the invitations of user %d: %w", user, err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM step_presence WHERE submission_id = $1 AND user_id = $2`, id, user); err != nil {
		return nil, fmt.Errorf("close the steps of user %d: %w", user, err)
	}
	return left, nil
}

func acceptInvitation(ctx context.Context, tx database.Tx, id, user int64, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE draft_invitations SET user_id = $2, accepted_at = $3 WHERE id = $1`, id, user, now); err != nil {
		return fmt.Errorf("accept invitation %d: %w", id, err)
	}
	return nil
}

func offerByToken(ctx context.Context, q database.Querier, hash []byte) (Offer, error) {
	o, err := database.Row[Offer](ctx, q, offerColumns+` WHERE i.token_hash = $1`, hash)
	if err != nil {
		return o, fmt.Errorf("invitation of a link: %w", err)
	}
	return o, nil
}

// proven is the condition that an invitation is to the proven address of the user u.
const proven = `u.email_verified_at IS NOT NULL AND u.closed_at IS NULL AND lower(u.email) = lower(i.email)`

func offersTo(ctx context.Context, q database.Querier, user int64) ([]Offer, error) {
	all, err := database.Rows[Offer](ctx, q, offerColumns+` JOIN users u ON u.id = $1 AND `+proven+` WHERE `+openOffer+` ORDER BY i.id`, user)
	if err != nil {
		return nil, fmt.Errorf("invitations to user %d: %w", user, err)
	}
	return all, nil
}

func isInvited(ctx context.Context, q database.Querier, email string) (bool, error) {
	return database.Value[bool](ctx, q, `SELECT EXISTS (SELECT FROM draft_invitations i WHERE lower(i.email) = lower($1) AND `+openOffer+`)`, email)
}

func isProven(ctx context.Context, q database.Querier, user int64, email string) (bool, error) {
	return database.Value[bool](ctx, q, `SELECT EXISTS (SELECT FROM users u CROSS JOIN (SELECT $2::text AS email) i WHERE u.id = $1 AND `+proven+`)`, user, email)
}

func wasGuest(ctx context.Context, q database.Querier, user int64, id workflow.ID) (bool, error) {
	return database.Value[bool](ctx, q, `SELECT EXISTS (SELECT FROM draft_invitations WHERE user_id = $1 AND submission_id = $2)
		AND NOT EXISTS (SELECT FROM submission_access a WHERE a.user_id = $1 AND a.submission_id = $2 AND a.side <> 'reviewer')`, user, id)
}

// guestUntil is the last day of the access that a guest has.
func guestUntil(ctx context.Context, q database.Querier, user int64, id workflow.ID) (date.Date, error) {
	until, err := database.Value[date.Date](ctx, q, `SELECT max(until_on) FROM draft_invitations WHERE user_id = $1 AND submission_id = $2 AND ended_at IS NULL`, user, id)
	if err != nil {
		return until, fmt.Errorf("last day of a guest of submission %d: %w", id, err)
	}
	return until, nil
}

// account is what inviting somebody needs to know of their account, if they have one.
type account struct {
	Lang string
	// Colleague says that they hold a post in the office.
	Colleague bool
}

func accountOf(ctx context.Context, q database.Querier, email string, office int64) (account, error) {
	a, err := database.Row[account](ctx, q, `SELECT coalesce(max(u.lang), '') AS lang, coalesce(bool_or(p.user_id IS NOT NULL), false) AS colleague
		FROM users u LEFT JOIN posts p ON p.user_id = u.id AND p.office_id = $2 AND p.state IN ('pending', 'approved')
			AND (p.until_on IS NULL OR p.until_on >= current_date)
		WHERE lower(u.email) = lower($1) AND u.closed_at IS NULL`, email, office)
	if err != nil {
		return a, fmt.Errorf("account of an invited address: %w", err)
	}
	return a, nil
}

func colleagues(ctx context.Context, q database.Querier, office int64) ([]Colleague, error) {
	all, err := database.Rows[Colleague](ctx, q, `SELECT u.name, p.role FROM posts p JOIN users u ON u.id = p.user_id
		WHERE p.office_id = $1 AND p.state = 'approved' AND p.from_on <= current_date AND (p.until_on IS NULL OR p.until_on >= current_date)
		ORDER BY array_position(ARRAY['head', 'contributor', 'viewer'], p.role), u.name COLLATE "und-x-icu", u.id`, office)
	if err != nil {
		return nil, fmt.Errorf("people of office %d: %w", office, err)
	}
	return all, nil
}

// recipientOf is a person who is told something by mail; an account that is closed is problem.NotFound.
func recipientOf(ctx context.Context, q database.Querier, user int64) (workflow.Recipient, error) {
	return database.Row[workflow.Recipient](ctx, q, `SELECT id, name, email, lang FROM users WHERE id = $1 AND closed_at IS NULL`, user)
}
