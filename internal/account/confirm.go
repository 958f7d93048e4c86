package account

import (
	"context"
	"fmt"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
)

// Re-authentication (accounts.md, People): who has not shown for web.FreshFor who they are does so again before a risky
// act, with what they have: the code of their second factor, else their password, else a link by e-mail.

// ConfirmPassword checks that it is still the person who sits before an open session. A wrong password is
// problem.Invalid; too many of them from one network are problem.TooMany, and the link by e-mail stays open.
func (s *Service) ConfirmPassword(ctx context.Context, who identity.User, password, network string) error {
	if password == "" {
		return problem.Invalid(problem.Field{Name: "password", Key: "account.confirm.password.missing"})
	}
	attempts := fmt.Sprintf("%d %s", who.ID, network)
	if err := s.limit(ctx, "confirm", attempts, signInsPerAccount, signInWindow); err != nil {
		return err
	}
	present, err := credentialsByID(ctx, s.db.Read(), who.ID)
	if err != nil {
		return err
	}
	ok := false
	if len(password) <= 4*MaxPassword {
		if ok, _, err = s.passwords.matches(ctx, password, present.PasswordHash); err != nil {
			return err
		}
	}
	if !ok {
		return problem.Invalid(problem.Field{Name: "password", Key: "account.confirm.password.wrong"})
	}
	return s.confirmed(ctx, who, attempts, "password")
}

// confirmed records that the person has shown again who they are, and by what.
func (s *Service) confirmed(ctx context.Context, who identity.User, attempts, by string) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if err := s.forgive(ctx, tx, "confirm", attempts); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "confirm", "user", who.ID, by)
	})
	if err != nil {
		return fmt.Errorf("confirm user %d: %w", who.ID, err)
	}
	return nil
}
