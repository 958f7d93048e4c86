package account

import (
	"context"
	"errors"
	"fmt"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/guest"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
)

// Writer is somebody who has written to the Network without signing in.
type Writer struct {
	Email, Name string
	Lang        i18n.Lang
	// Proven says that they have shown that the address is theirs.
	Proven bool
}

// PersonOf returns whoever has the writer's address: the account that there is, or a guest who is made for it. The caller tells
// nobody which.
func (s *Service) PersonOf(ctx context.Context, tx database.Tx, w Writer) (identity.User, error) {
	w.Email = form.CleanEmail(w.Email)
	known, err := credentialsByEmail(ctx, tx, w.Email)
	if err != nil {
		return identity.User{}, err
	}
	if known.ID == 0 {
		if known.ID, err = addUser(ctx, tx, registration{Email: w.Email, Name: cleanLine(w.Name), Lang: w.Lang.OrEnglish(), Unproven: !w.Proven}, "", s.now()); err != nil {
			return identity.User{}, err
		}
		if known.ID == 0 { // an account came between
			if known, err = credentialsByEmail(ctx, tx, w.Email); err != nil {
				return identity.User{}, err
			}
		} else if err := s.record(ctx, tx, 0, "introduce", "user", known.ID, "guest"); err != nil {
			return identity.User{}, err
		}
	}
	if w.Proven {
		if _, err := tx.Exec(ctx, `UPDATE users SET email_verified_at = coalesce(email_verified_at, $2) WHERE id = $1`, known.ID, s.now()); err != nil {
			return identity.User{}, fmt.Errorf("note that an address is proven: %w", err)
		}
	}
	return identity.Load(ctx, tx, known.ID)
}

// AskToJoin asks, for somebody who has proven their address, for a post in the office, unless they have one: its heads are told,
// and decide. It returns the person and the office, which may have gone into another one; an office that acts no more is
// problem.NotFound.
func (s *Service) AskToJoin(ctx context.Context, tx database.Tx, who identity.User, office int64) (identity.User, int64, error) {
	if _, has := who.Post(office); has {
		return who, office, nil
	}
	office, _, err := s.join(ctx, tx, who.ID, OfficeChoice{ID: office})
	if errors.Is(err, errOfficeGone) {
		err = problem.NotFound
	}
	if err != nil {
		return who, 0, fmt.Errorf("ask to join: %w", err)
	}
	who, err = identity.Load(ctx, tx, who.ID)
	return who, office, err
}

// LetGuestIn lets somebody in who has just proven their address, if they are a guest; who has an account signs in. It says
// whether they may come in, after which the caller calls web.LetIn.
func (s *Service) LetGuestIn(ctx context.Context, tx database.Tx, who identity.User) (identity.User, bool, error) {
	is, err := guest.Is(ctx, tx, who.ID)
	if err != nil || !is {
		return who, false, err
	}
	who, err = s.welcomeGuest(ctx, tx, who)
	return who, true, err
}
