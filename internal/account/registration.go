package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"portal/internal/database"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/jobs"
	"portal/internal/onetime"
	"portal/internal/problem"
	"portal/web"
)

// Registration is what somebody says of themself when they register. The password comes later, with the link that proves
// the address: so nobody can open an account in another's name with a password that they know.
type Registration struct {
	Profile
	Email string
	// Invited says that somebody has invited the person to one draft of an office: they need none of their own for that.
	Invited bool
	Office  OfficeChoice
	// Terms says that the terms of use and the privacy notice were accepted.
	Terms bool
	// FormID is the form's own number: sent twice, it is one registration.
	FormID string
}

// Check returns what is wrong with the registration, in the order of the page. It asks no database.
func (r Registration) Check(v *gcm.Vocabulary) []problem.Field {
	wrong := append(r.Profile.Check(v), checkEmail(r.Email)...)
	if !r.Invited {
		wrong = append(wrong, r.Office.Check(v)...)
	}
	if !r.Terms {
		wrong = append(wrong, problem.Field{Name: "terms", Key: "account.terms.missing"})
	}
	inPageOrder(wrong)
	return wrong
}

// pageOrder are the questions of the form of registration, as they stand on the page.
var pageOrder = []string{"name", "email", "position", "country", "lang", "q", "office", "office_name", "office_category", "office_country", "interests", "terms"}

func inPageOrder(wrong []problem.Field) {
	slices.SortStableFunc(wrong, func(a, b problem.Field) int {
		return cmp.Compare(slices.Index(pageOrder, a.Name), slices.Index(pageOrder, b.Name))
	})
}

// Register keeps a registration until its address is proven. It never looks whether the address is known: a job does and
// writes to it either way. Too many registrations from one network are problem.TooMany.
func (s *Service) Register(ctx context.Context, r Registration, network string) error {
	wrong := r.Check(s.vocabulary())
	if !r.Invited && !r.Office.Proposed() {
		office, err := findChosen(ctx, s.db.Read(), r.Office.ID)
		switch {
		case err != nil:
			return err
		case office == nil:
			wrong = append(wrong, problem.Field{Name: "office", Key: "account.office.gone"})
			inPageOrder(wrong)
		}
	}
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	if err := s.limit(ctx, "registrations.network", network, requestsPerNetwork, requestWindow); err != nil {
		return err
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		id, isNew, err := keepRegistration(ctx, tx, r, s.now())
		if err != nil || !isNew {
			return err
		}
		return jobs.Enqueue(ctx, tx, registrationArgs{Registration: id}, nil)
	})
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	return nil
}

// mailRegistration writes to the address of a registration: with the link that proves it, or, when it has an account
// already, to say so. One that is gone, or was written to, has been dealt with.
func (s *Service) mailRegistration(ctx context.Context, id int64) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		r, err := lockRegistration(ctx, tx, "id", id)
		if errors.Is(err, problem.NotFound) || err == nil && (r.MailedAt != nil || r.ConfirmedAt != nil) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read registration %d: %w", id, err)
		}
		known, err := credentialsByEmail(ctx, tx, r.Email)
		if err != nil {
			return err
		}
		if known.ID != 0 {
			if _, err := tx.Exec(ctx, `DELETE FROM registrations WHERE id = $1`, id); err != nil {
				return fmt.Errorf("remove registration %d: %w", id, err)
			}
		}
		err = web.Limit(ctx, tx, limitKey("registrations", strings.ToLower(r.Email)), registrationsByAddress, requestWindow)
		if errors.Is(err, problem.TooMany) {
			return nil // nobody's mailbox is filled in somebody else's name
		}
		if err != nil {
			return err
		}
		if known.ID != 0 {
			return s.send(ctx, tx, known.recipient(), letter{kind: "known"})
		}
		if r.Invited {
			invited, err := s.invited(ctx, tx, r.Email)
			if err != nil {
				return err
			}
			if !invited { // an account for nothing is of no use; they may register with an office
				if _, err := tx.Exec(ctx, `DELETE FROM registrations WHERE id = $1`, id); err != nil {
					return fmt.Errorf("remove registration %d: %w", id, err)
				}
				return s.send(ctx, tx, recipient{Email: r.Email, Lang: r.Lang}, letter{kind: "uninvited"})
			}
		}
		token, hash := onetime.New()
		if _, err := tx.Exec(ctx, `UPDATE registrations SET mailed_at = $2, token_hash = $3 WHERE id = $1`, id, s.now(), hash); err != nil {
			return fmt.Errorf("make the link of registration %d: %w", id, err)
		}
		// The name is what anybody typed into a form: it is not put into a mail to an address that is not proven.
		return s.send(ctx, tx, recipient{Email: r.Email, Lang: r.Lang}, letter{kind: string(Confirm), token: token})
	})
}

// Confirmed is what became of a registration.
type Confirmed struct {
	Who identity.User
	// Office is the office for which the person now waits; 0 when the one that they chose is no longer there.
	Office int64
	// Invited says that they came by an invitation to one draft, without an office.
	Invited bool
	// Head says that they are proposed as its head, which the secretariat decides; else its head decides.
	Head bool
}

// Confirm uses the link of a registration: the account begins, with this password, and the person waits for the approval
// of their office. A link that has been used or has run out, or whose address has an account by now, is problem.Stale; a
// password that will not do is problem.Invalid, and the link is then still good.
func (s *Service) Confirm(ctx context.Context, token, password string) (Confirmed, error) {
	var done Confirmed
	found, err := findLink(ctx, s.db.Read(), token)
	if err != nil {
		return done, fmt.Errorf("confirm a registration: %w", err)
	}
	if found.RegistrationID == 0 || found.UsedAt != nil || !found.ExpiresAt.After(s.now()) {
		return done, problem.Stale
	}
	if wrong := checkPassword("password", password, found.Name, found.Email, found.OfficeName); wrong != nil {
		return done, problem.Invalid(wrong...)
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return done, err
	}
	stale := false
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		r, err := lockRegistration(ctx, tx, "token_hash", onetime.Hash(token))
		switch {
		case errors.Is(err, problem.NotFound):
			return problem.Stale
		case err != nil:
			return err
		case r.ConfirmedAt != nil || !r.ExpiresAt.After(s.now()):
			return problem.Stale
		}
		user, err := addUser(ctx, tx, r, hash, s.now())
		if err != nil {
			return err
		}
		if err := closeRegistration(ctx, tx, r.ID, s.now()); err != nil {
			return err
		}
		if stale = user == 0; stale {
			return nil // the address got its account by another registration; this one is done with
		}
		if err := s.record(ctx, tx, user, "register", "user", user); err != nil {
			return err
		}
		if done.Invited = r.Invited; !r.Invited {
			done.Office, done.Head, err = s.join(ctx, tx, user, r.choice())
			if err != nil && !errors.Is(err, errOfficeGone) {
				return err
			}
		}
		done.Who, err = identity.Load(ctx, tx, user)
		return err
	})
	if err == nil && stale {
		err = problem.Stale
	}
	if err != nil {
		return Confirmed{}, fmt.Errorf("confirm registration %d: %w", found.RegistrationID, err)
	}
	return done, nil
}

// recipient is who gets a mail.
type recipient struct {
	ID    int64 // 0 for somebody without an account
	Name  string
	Email string
	Lang  i18n.Lang
}

func (c credentials) recipient() recipient { return recipient{c.ID, c.Name, c.Email, c.Lang} }
