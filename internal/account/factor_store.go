package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/onetime"
	"portal/internal/problem"
)

// storedFactor is a second factor as it is kept; the zero one is none.
type storedFactor struct {
	UserID    int64
	Secret    []byte
	KeyID     string
	LastStep  int64
	CreatedAt time.Time
}

func (f storedFactor) isSet() bool { return f.UserID != 0 }

// findFactor reads the factor of a person; none is the zero one and no error.
func findFactor(ctx context.Context, q database.Querier, user int64) (storedFactor, error) {
	f, err := database.Row[storedFactor](ctx, q, `SELECT user_id, secret, key_id, last_step, created_at FROM factors WHERE user_id = $1`, user)
	if err != nil && !errors.Is(err, problem.NotFound) {
		return storedFactor{}, fmt.Errorf("read the factor of user %d: %w", user, err)
	}
	return f, nil
}

// putFactor stores a factor in the place of the one that there may be.
func putFactor(ctx context.Context, tx database.Tx, f storedFactor) error {
	_, err := tx.Exec(ctx, `INSERT INTO factors (user_id, secret, key_id, last_step, created_at) VALUES (@user, @secret, @key, @step, @now)
		ON CONFLICT ON CONSTRAINT factors_pkey DO UPDATE SET secret = excluded.secret, key_id = excluded.key_id,
			last_step = excluded.last_step, created_at = excluded.created_at`,
		database.Args{"user": f.UserID, "secret": f.Secret, "key": f.KeyID, "step": f.LastStep, "now": f.CreatedAt})
	if err != nil {
		return fmt.Errorf("store the factor of user %d: %w", f.UserID, err)
	}
	return nil
}

// useStep marks the code of a step as used, and says whether it was there to be used: of two who come with the same code
// one is first.
func useStep(ctx context.Context, q database.Querier, user, step int64) (bool, error) {
	tag, err := q.Exec(ctx, `UPDATE factors SET last_step = $2 WHERE user_id = $1 AND last_step < $2`, user, step)
	if err != nil {
		return false, fmt.Errorf("use a code of user %d: %w", user, err)
	}
	return tag.RowsAffected() == 1, nil
}

// dropFactor removes factor and recovery codes, and says whether there was a factor.
func dropFactor(ctx context.Context, tx database.Tx, user int64) (bool, error) {
	tag, err := tx.Exec(ctx, `DELETE FROM factors WHERE user_id = $1`, user)
	if err == nil {
		_, err = tx.Exec(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, user)
	}
	if err != nil {
		return false, fmt.Errorf("remove the factor of user %d: %w", user, err)
	}
	return tag.RowsAffected() == 1, nil
}

// dropFactorSince removes a factor that was set up since then, and recovery codes that were made since then or belong to
// it, and says whether there was any of it.
func dropFactorSince(ctx context.Context, tx database.Tx, user int64, since time.Time) (bool, error) {
	factor, err := tx.Exec(ctx, `DELETE FROM factors WHERE user_id = $1 AND created_at >= $2`, user, since)
	if err != nil {
		return false, fmt.Errorf("remove the factor of user %d: %w", user, err)
	}
	codes, err := tx.Exec(ctx, `DELETE FROM recovery_codes WHERE user_id = $1 AND (created_at >= $2 OR $3)`, user, since, factor.RowsAffected() > 0)
	if err != nil {
		return false, fmt.Errorf("remove the recovery codes of user %d: %w", user, err)
	}
	return factor.RowsAffected()+codes.RowsAffected() > 0, nil
}

// replaceRecoveryCodes stores the hashes of new codes; all earlier ones are void.
func replaceRecoveryCodes(ctx context.Context, tx database.Tx, user int64, hashes [][]byte, now time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, user); err != nil {
		return fmt.Errorf("remove the recovery codes of user %d: %w", user, err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO recovery_codes (user_id, hash, created_at) SELECT $1, unnest($2::bytea[]), $3`, user, hashes, now); err != nil {
		return fmt.Errorf("store the recovery codes of user %d: %w", user, err)
	}
	return nil
}

// useRecoveryCode marks a code as used, and says whether it was there to be used.
func useRecoveryCode(ctx context.Context, tx database.Tx, user int64, hash []byte, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND hash = $2 AND used_at IS NULL`, user, hash, now)
	if err != nil {
		return false, fmt.Errorf("use a recovery code of user %d: %w", user, err)
	}
	return tag.RowsAffected() == 1, nil
}

func recoveryLeft(ctx context.Context, q database.Querier, user int64) (int, error) {
	n, err := database.Value[int](ctx, q, `SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL`, user)
	if err != nil {
		return 0, fmt.Errorf("count the recovery codes of user %d: %w", user, err)
	}
	return n, nil
}

// endSessions makes every session of a person, and every sign-in that waits for its code, count no more; links as well,
// so that nobody still holds a way in.
func endSessions(ctx context.Context, tx database.Tx, user int64, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE users SET session_epoch = session_epoch + 1 WHERE id = $1`, user); err != nil {
		return fmt.Errorf("end the sessions of user %d: %w", user, err)
	}
	return endLinks(ctx, tx, user, now)
}

// pendingSignIn is a sign-in that waits for its code.
type pendingSignIn struct {
	UserID    int64
	Epoch     int
	Next      string
	Tries     int
	ExpiresAt time.Time
}

func addPending(ctx context.Context, q database.Querier, p pendingSignIn) (token string, err error) {
	token, hash := onetime.New()
	_, err = q.Exec(ctx, `INSERT INTO pending_sign_ins (token_hash, user_id, epoch, next, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		hash, p.UserID, p.Epoch, p.Next, p.ExpiresAt)
	if err != nil {
		return "", fmt.Errorf("let a sign-in of user %d wait: %w", p.UserID, err)
	}
	return token, nil
}

const pendingColumns = `user_id, epoch, next, tries, expires_at`

// findPending reads a sign-in that waits, or waited a while ago; one that is not known is problem.NotFound.
func findPending(ctx context.Context, q database.Querier, token string) (pendingSignIn, error) {
	p, err := database.Row[pendingSignIn](ctx, q, `SELECT `+pendingColumns+` FROM pending_sign_ins WHERE token_hash = $1`, onetime.Hash(token))
	if err != nil {
		return p, fmt.Errorf("find a sign-in that waits: %w", err)
	}
	return p, nil
}

// tryPending counts a try at a sign-in that waits. One that waits no more, or that was tried most times, is
// problem.Stale.
func tryPending(ctx context.Context, q database.Querier, token string, most int, now time.Time) (pendingSignIn, error) {
	p, err := database.Row[pendingSignIn](ctx, q, `UPDATE pending_sign_ins SET tries = tries + 1
		WHERE token_hash = $1 AND tries < $2 AND expires_at > $3 RETURNING `+pendingColumns, onetime.Hash(token), most, now)
	if errors.Is(err, problem.NotFound) {
		return p, problem.Stale
	}
	if err != nil {
		return p, fmt.Errorf("try a sign-in that waits: %w", err)
	}
	return p, nil
}

// takePending ends a sign-in that waits, and says whether it was still there: of two tries with the right code one is
// first.
func takePending(ctx context.Context, tx database.Tx, token string) (bool, error) {
	tag, err := tx.Exec(ctx, `DELETE FROM pending_sign_ins WHERE token_hash = $1`, onetime.Hash(token))
	if err != nil {
		return false, fmt.Errorf("end a sign-in that waits: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}
