package account

import (
	"context"
	"fmt"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/terms"
)

// Introduction is a person who is put into the portal by the portal itself: by demonstration data and imports.
type Introduction struct {
	Profile
	Email string
	// Password may be empty; the person then signs in by a link. It is not held against the rules for passwords.
	Password string
	// Office is where the person holds a post, made when it is not there yet; the zero OfficeChoice is none. Role is the
	// post's. Approved says that both are approved; otherwise they wait for a decision.
	Office   OfficeChoice
	Role     identity.PostRole
	Approved bool
	// Factor is the secret of their authenticator app; empty for none.
	Factor []byte
	// Roles are at the secretariat.
	Roles []identity.StaffRole
}

// Introduce makes an account whose address counts as proven, without writing to anybody, and returns the person. An
// address that has an account already is problem.NotAllowedNow.
func (s *Service) Introduce(ctx context.Context, in Introduction) (identity.User, error) {
	var who identity.User
	hash := ""
	var err error
	if in.Password != "" {
		if hash, err = s.passwords.hash(ctx, in.Password); err != nil {
			return who, err
		}
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		user, err := addUser(ctx, tx, registration{
			Email: form.CleanEmail(in.Email), Name: in.Name, Position: in.Position, Country: in.Country,
			Lang: in.Lang, Interests: in.Interests, TermsVersion: terms.Current(s.now()).Number, CreatedAt: s.now(),
		}, hash, s.now())
		if err != nil {
			return err
		}
		if user == 0 {
			return problem.NotAllowedNow
		}
		if err := s.record(ctx, tx, 0, "introduce", "user", user); err != nil {
			return err
		}
		for _, r := range in.Roles {
			if !KnownRole(r) {
				return fmt.Errorf("there is no role %q", roleText(r))
			}
			if err := s.addRole(ctx, tx, 0, user, r); err != nil {
				return err
			}
		}
		if len(in.Factor) > 0 {
			f := storedFactor{UserID: user, Secret: s.vault.seal(in.Factor, factorOf(user)), KeyID: s.vault.keyID, CreatedAt: s.now()}
			if err := putFactor(ctx, tx, f); err != nil {
				return err
			}
		}
		if in.Office != (OfficeChoice{}) {
			if err := s.introduceTo(ctx, tx, user, in); err != nil {
				return err
			}
		}
		who, err = identity.Load(ctx, tx, user)
		return err
	})
	if err != nil {
		return identity.User{}, fmt.Errorf("introduce a person: %w", err)
	}
	return who, nil
}

func (s *Service) introduceTo(ctx context.Context, tx database.Tx, user int64, in Introduction) error {
	var office Office
	var err error
	isNew := false
	if in.Office.Proposed() {
		office, isNew, err = proposeOffice(ctx, tx, in.Office, user, s.now())
	} else {
		office, err = lockOffice(ctx, tx, in.Office.ID)
	}
	if err != nil {
		return err
	}
	if isNew {
		if err := s.note(ctx, tx, officeEvent{office: office.ID, act: "propose", actor: user}); err != nil {
			return err
		}
	}
	post, _, err := addPost(ctx, tx, user, office.ID, in.Role, s.now())
	if err != nil || !in.Approved {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE offices SET state = 'approved', decided_at = $2 WHERE id = $1 AND state = 'proposed'`, office.ID, s.now()); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE posts SET state = 'approved', decided_at = $2 WHERE id = $1`, post, s.now()); err != nil {
		return err
	}
	if isNew {
		if err := s.note(ctx, tx, officeEvent{office: office.ID, act: "approve"}); err != nil {
			return err
		}
	}
	if err := s.note(ctx, tx, officeEvent{office: office.ID, act: "post.approve", person: user, role: in.Role}); err != nil {
		return err
	}
	return s.record(ctx, tx, 0, "approve", "post", post, "state")
}

// Hash hashes the password of a demonstration's sign-in, which is not held against the rules for passwords.
func (s *Service) Hash(ctx context.Context, password string) (string, error) {
	return s.passwords.hash(ctx, password)
}
