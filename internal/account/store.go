package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/guest"
	"portal/internal/i18n"
	"portal/internal/onetime"
	"portal/internal/problem"
	"portal/internal/terms"
)

// credentials are what signing in needs to know of an account.
type credentials struct {
	ID           int64
	Email        string
	Name         string
	Lang         i18n.Lang
	PasswordHash string
}

const credentialColumns = `SELECT id, email, name, lang, password_hash FROM users WHERE closed_at IS NULL AND ` //nolint:gosec // the name of a column

// credentialsByEmail finds the account of an address; no account is the zero credentials and no error, since for most
// callers it makes no difference.
func credentialsByEmail(ctx context.Context, q database.Querier, email string) (credentials, error) {
	c, err := database.Row[credentials](ctx, q, credentialColumns+`lower(email) = lower($1)`, email)
	if err != nil && !errors.Is(err, problem.NotFound) {
		return credentials{}, fmt.Errorf("find an account by its address: %w", err)
	}
	return c, nil
}

func credentialsByID(ctx context.Context, q database.Querier, id int64) (credentials, error) {
	c, err := database.Row[credentials](ctx, q, credentialColumns+`id = $1`, id)
	if err != nil {
		return credentials{}, fmt.Errorf("find account %d: %w", id, err)
	}
	return c, nil
}

func addToken(ctx context.Context, q database.Querier, purpose Purpose, user int64, next string, now time.Time, lasts time.Duration) (token string, err error) {
	token, hash := onetime.New()
	_, err = q.Exec(ctx, `INSERT INTO tokens (hash, purpose, user_id, next, created_at, expires_at)
		VALUES (@hash, @purpose, @user, @next, @now, @expires)`,
		database.Args{"hash": hash, "purpose": purpose, "user": user, "next": next, "now": now, "expires": now.Add(lasts)})
	if err != nil {
		return "", fmt.Errorf("make a link for user %d: %w", user, err)
	}
	return token, nil
}

// storedLink is a link of either kind as it is kept.
type storedLink struct {
	Purpose        Purpose
	UserID         int64 // 0 for a registration
	RegistrationID int64 // 0 for the others
	Next           string
	ExpiresAt      time.Time
	UsedAt         *time.Time
	Email          string
	Name           string
	OfficeName     string
}

const storedLinks = `SELECT t.purpose, t.user_id, 0::bigint AS registration_id, t.next, t.expires_at, t.used_at, u.email, u.name, '' AS office_name
	FROM tokens t JOIN users u ON u.id = t.user_id AND u.closed_at IS NULL WHERE t.hash = $1
	UNION ALL
	SELECT 'guest', u.id, 0, l.next, l.expires_at, CASE WHEN ` + guest.Condition + ` THEN l.used_at ELSE coalesce(l.used_at, l.created_at) END, u.email, u.name, ''
	FROM guest_links l JOIN users u ON u.id = l.user_id AND u.closed_at IS NULL WHERE l.hash = $1
	UNION ALL
	SELECT 'confirm', 0, r.id, '', r.expires_at, r.confirmed_at, r.email, r.name, coalesce(o.name, r.office_name)
	FROM registrations r LEFT JOIN offices o ON o.id = r.office_id WHERE r.token_hash = $1`

// findLink reads the link of a token; one that is not known, or no more, is problem.NotFound.
func findLink(ctx context.Context, q database.Querier, token string) (storedLink, error) {
	return database.Row[storedLink](ctx, q, storedLinks, onetime.Hash(token))
}

// useLink marks the link of a token as used, and returns who it was for and where they wanted to go. One that has been
// used meanwhile, or has run out, is problem.Stale.
func useLink(ctx context.Context, tx database.Tx, token string, now time.Time, purposes ...Purpose) (user int64, next string, err error) {
	type row struct {
		UserID int64
		Next   string
	}
	r, err := database.Row[row](ctx, tx, `UPDATE tokens SET used_at = @now
		WHERE hash = @hash AND purpose = ANY(@purposes) AND used_at IS NULL AND expires_at > @now RETURNING user_id, next`,
		database.Args{"hash": onetime.Hash(token), "purposes": purposes, "now": now})
	if errors.Is(err, problem.NotFound) {
		return 0, "", problem.Stale
	}
	if err != nil {
		return 0, "", fmt.Errorf("use a link: %w", err)
	}
	return r.UserID, r.Next, nil
}

// endLinks makes all links of a person unusable: after a new password nobody else may still hold a way in.
func endLinks(ctx context.Context, tx database.Tx, user int64, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE tokens SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL`, user, now); err != nil {
		return fmt.Errorf("end the links of user %d: %w", user, err)
	}
	return nil
}

// setPassword stores a new password, which ends all sessions, and takes the address as proven when it came by a link.
func setPassword(ctx context.Context, tx database.Tx, user int64, hash string, byLink bool, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE users SET password_hash = @hash, session_epoch = session_epoch + 1,
			email_verified_at = CASE WHEN @by_link THEN coalesce(email_verified_at, @now) ELSE email_verified_at END
		WHERE id = @id`, database.Args{"id": user, "hash": hash, "by_link": byLink, "now": now})
	if err != nil {
		return fmt.Errorf("store the password of user %d: %w", user, err)
	}
	return nil
}

// keepRegistration stores what was sent; the same form sent again with the same address changes the first. isNew is
// false for that.
func keepRegistration(ctx context.Context, q database.Querier, r Registration, now time.Time) (id int64, isNew bool, err error) {
	type row struct {
		ID    int64
		IsNew bool
	}
	var office *int64
	if !r.Invited && !r.Office.Proposed() {
		office = &r.Office.ID
	}
	kept, err := database.Row[row](ctx, q, `INSERT INTO registrations AS r (form_id, email, name, position, country, lang, interests,
			office_id, office_name, office_category, office_country, invited, terms_version, created_at, expires_at)
		VALUES (@form, @email, @name, @position, @country, @lang, @interests,
			@office, @office_name, @office_category, @office_country, @invited, @terms, @now, @expires)
		ON CONFLICT ON CONSTRAINT registrations_form_key DO UPDATE SET name = excluded.name, position = excluded.position,
			country = excluded.country, lang = excluded.lang, interests = excluded.interests, office_id = excluded.office_id,
			office_name = excluded.office_name, office_category = excluded.office_category, office_country = excluded.office_country
		RETURNING r.id, r.xmax = 0 AS is_new`,
		database.Args{
			"form": r.FormID, "email": r.Email, "name": r.Name, "position": r.Position, "country": r.Country, "lang": r.Lang,
			"interests": numbers(r.Interests), "office": office, "office_name": r.Office.Name, "office_category": r.Office.Category,
			"office_country": r.Office.Country, "invited": r.Invited, "terms": terms.Current(now).Number, "now": now, "expires": now.Add(RegistrationLasts),
		})
	if err != nil {
		return 0, false, fmt.Errorf("keep a registration: %w", err)
	}
	return kept.ID, kept.IsNew, nil
}

// registration is a registration as it is kept.
type registration struct {
	ID             int64
	Email          string
	Name           string
	Position       string
	Country        string
	Lang           i18n.Lang
	Interests      []int
	OfficeID       *int64
	OfficeName     string
	OfficeCategory string
	OfficeCountry  string
	Invited        bool
	Unproven       bool // of a guest who has not shown that the address is theirs
	TermsVersion   string
	CreatedAt      time.Time
	ExpiresAt      time.Time
	MailedAt       *time.Time
	ConfirmedAt    *time.Time
}

const registrationColumns = `SELECT id, email, name, position, country, lang, interests, office_id, office_name, office_category, office_country,
	invited, false AS unproven, terms_version, created_at, expires_at, mailed_at, confirmed_at FROM registrations WHERE `

// lockRegistration returns the registration by id or by the hash of its link, and keeps it from others until the
// transaction ends.
func lockRegistration(ctx context.Context, tx database.Tx, where string, value any) (registration, error) {
	return database.Row[registration](ctx, tx, registrationColumns+where+` = $1 FOR UPDATE`, value)
}

// choice is the office that was chosen.
func (r registration) choice() OfficeChoice {
	if r.OfficeID != nil {
		return OfficeChoice{ID: *r.OfficeID}
	}
	return OfficeChoice{Name: r.OfficeName, Category: r.OfficeCategory, Country: r.OfficeCountry}
}

// closeRegistration marks a registration as used and erases what was personal in it.
func closeRegistration(ctx context.Context, tx database.Tx, id int64, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE registrations SET confirmed_at = @now, email = '', name = '', position = '', country = '', interests = '{}',
			office_id = NULL, office_name = '', office_category = '', office_country = ''
		WHERE id = @id`, database.Args{"id": id, "now": now})
	if err != nil {
		return fmt.Errorf("close registration %d: %w", id, err)
	}
	return nil
}

// addUser makes the account of a registration; an address that has one already returns 0.
func addUser(ctx context.Context, tx database.Tx, r registration, passwordHash string, now time.Time) (int64, error) {
	id, err := database.Value[int64](ctx, tx, `INSERT INTO users (email, name, position, country, lang, interests, password_hash,
			email_verified_at, created_at)
		VALUES (@email, @name, @position, @country, @lang, @interests, @hash, CASE WHEN @unproven THEN NULL ELSE @now::timestamptz END, @now)
		ON CONFLICT (lower(email)) DO NOTHING RETURNING id`,
		database.Args{
			"email": r.Email, "name": r.Name, "position": r.Position, "country": r.Country, "lang": r.Lang, "interests": numbers(r.Interests),
			"hash": passwordHash, "unproven": r.Unproven, "now": now,
		})
	if errors.Is(err, problem.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("make an account: %w", err)
	}
	if r.TermsVersion == "" {
		return id, nil
	}
	return id, acceptTerms(ctx, tx, id, r.TermsVersion, r.CreatedAt)
}

// acceptTerms writes down that the person has accepted the version; a second time changes nothing.
func acceptTerms(ctx context.Context, tx database.Tx, user int64, version string, at time.Time) error {
	_, err := tx.Exec(ctx, `WITH accepted AS (INSERT INTO terms_acceptances (user_id, version, accepted_at) VALUES ($1, $2, $3)
			ON CONFLICT ON CONSTRAINT terms_acceptances_pkey DO NOTHING RETURNING user_id, version)
		UPDATE users u SET terms_version = a.version FROM accepted a WHERE u.id = a.user_id`, user, version, at)
	if err != nil {
		return fmt.Errorf("accept the terms for user %d: %w", user, err)
	}
	return nil
}

func readProfile(ctx context.Context, q database.Querier, user int64) (Profile, error) {
	p, err := database.Row[Profile](ctx, q, `SELECT name, position, country, lang, interests FROM users WHERE id = $1 AND closed_at IS NULL`, user)
	if err != nil {
		return Profile{}, fmt.Errorf("read the profile of user %d: %w", user, err)
	}
	return p, nil
}

func writeProfile(ctx context.Context, tx database.Tx, user int64, p Profile) error {
	_, err := tx.Exec(ctx, `UPDATE users SET name = @name, position = @position, country = @country, lang = @lang, interests = @interests
		WHERE id = @id AND closed_at IS NULL`, database.Args{"id": user, "name": p.Name, "position": p.Position, "country": p.Country, "lang": p.Lang, "interests": numbers(p.Interests)})
	if err != nil {
		return fmt.Errorf("change the profile of user %d: %w", user, err)
	}
	return nil
}

// numbers makes no NULL of an empty list.
func numbers(n []int) []int {
	if n == nil {
		return []int{}
	}
	return n
}

// sweep removes what has run out.
func sweep(ctx context.Context, tx database.Tx, now time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM registrations WHERE expires_at <= $1`, now); err != nil {
		return fmt.Errorf("remove registrations that were not confirmed: %w", err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM tokens WHERE expires_at <= $1`, now.Add(-tokenKept)); err != nil {
		return fmt.Errorf("remove old links: %w", err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM pending_sign_ins WHERE expires_at <= $1`, now.Add(-time.Hour)); err != nil {
		return fmt.Errorf("remove sign-ins that have run out: %w", err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM link_requests WHERE created_at < $1`, now.Add(-24*time.Hour)); err != nil {
		return fmt.Errorf("remove requests for links: %w", err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM email_changes WHERE undo_until <= $1`, now.Add(-emailChangeKept)); err != nil {
		return fmt.Errorf("remove old changes of address: %w", err)
	}
	return nil
}
