package account

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
)

// The limits of codes. Who comes to be asked for one has shown a password or a link, so these keep out somebody who has
// stolen that: a sign-in ends after some wrong codes, and of one person's app only so many are tried in an hour, from
// wherever. That would keep the person out as well, so recovery codes, which nobody can guess, are not counted there.
const (
	codesPerSignIn  = 10
	codesPerNetwork = 100 // in signInWindow
	codesPerAccount = 30  // in codesWindow
	codesWindow     = time.Hour
)

// Factor is how it stands with a person's second factor.
type Factor struct {
	Set bool
	// Readable is false when the factor was stored under another PORTAL_SECRET: its codes cannot be checked any more.
	Readable bool
	Since    time.Time
	// RecoveryLeft is how many recovery codes have not been used.
	RecoveryLeft int
}

// Factor returns how it stands with the person's second factor.
func (s *Service) Factor(ctx context.Context, user int64) (Factor, error) {
	stored, err := findFactor(ctx, s.db.Read(), user)
	if err != nil || !stored.isSet() {
		return Factor{}, err
	}
	_, err = s.factorSecret(stored)
	f := Factor{Set: true, Readable: err == nil, Since: stored.CreatedAt}
	f.RecoveryLeft, err = recoveryLeft(ctx, s.db.Read(), user)
	return f, err
}

// factorSecret decrypts the secret of a factor; errUnreadable when that needs another key.
func (s *Service) factorSecret(f storedFactor) ([]byte, error) {
	if f.KeyID != s.vault.keyID {
		return nil, errUnreadable
	}
	return s.vault.open(f.Secret, factorOf(f.UserID))
}

// Proposal is a new factor that waits for its first code. Nothing of it is stored.
type Proposal struct {
	// Secret is what an app takes as text, and Address what it takes as a picture.
	Secret, Address string
	// Sealed is the proposal as its page sends it back.
	Sealed string
}

// Propose offers the person a new factor; sealed is an earlier proposal that goes on, if it is still good. portal is the
// portal's name, as the app will show it.
func (s *Service) Propose(who identity.User, portal, sealed string) (Proposal, error) {
	secret, err := s.vault.openProposal(sealed, who.ID, s.now())
	if err != nil {
		secret = newSecret()
		sealed = s.vault.sealProposal(secret, who.ID, s.now())
	}
	address, err := secretAddress(secret, portal, who.Email)
	return Proposal{Secret: secretText(secret), Address: address, Sealed: sealed}, err
}

// SetFactor makes a proposal the person's factor, in the place of the one that they may have, and returns their recovery
// codes: they are not shown again. All sessions end; the person is returned as they are to be signed in again. A proposal
// that is no longer good is problem.Stale, a code that is not of it problem.Invalid.
func (s *Service) SetFactor(ctx context.Context, who identity.User, sealed, code, network string) ([]string, identity.User, error) {
	secret, err := s.vault.openProposal(sealed, who.ID, s.now())
	if err != nil {
		return nil, who, problem.Stale
	}
	if err := s.limit(ctx, "codes.network", network, codesPerNetwork, signInWindow); err != nil {
		return nil, who, err
	}
	code, err = checkCodeForm(code)
	if err != nil {
		return nil, who, err
	}
	step, ok, err := matchStep(secret, code, s.now())
	if err != nil {
		return nil, who, err
	}
	if !ok {
		return nil, who, wrongCode("account.factor.code.first_wrong")
	}
	var codes []string
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		err := putFactor(ctx, tx, storedFactor{UserID: who.ID, Secret: s.vault.seal(secret, factorOf(who.ID)), KeyID: s.vault.keyID, LastStep: step, CreatedAt: s.now()})
		if err != nil {
			return err
		}
		if codes, err = s.newRecoveryCodes(ctx, tx, who.ID); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, who.ID, s.now()); err != nil {
			return err
		}
		if err := s.factorChanged(ctx, tx, who.ID, who.ID, "factor.set", "factor.set", 0); err != nil {
			return err
		}
		who, err = identity.Load(ctx, tx, who.ID)
		return err
	})
	if err != nil {
		return nil, who, fmt.Errorf("set the factor of user %d: %w", who.ID, err)
	}
	return codes, who, nil
}

func (s *Service) newRecoveryCodes(ctx context.Context, tx database.Tx, user int64) ([]string, error) {
	codes, hashes := make([]string, RecoveryCodes), make([][]byte, RecoveryCodes)
	for i := range codes {
		codes[i] = newRecoveryCode()
		hashes[i] = recoveryHash(codes[i])
	}
	return codes, replaceRecoveryCodes(ctx, tx, user, hashes, s.now())
}

// NewRecoveryCodes gives the person new recovery codes, shown this once; the earlier ones are void. Without a factor it
// is problem.NotAllowedNow.
func (s *Service) NewRecoveryCodes(ctx context.Context, who identity.User) (codes []string, err error) {
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		f, err := findFactor(ctx, tx, who.ID)
		if err != nil {
			return err
		}
		if !f.isSet() {
			return problem.NotAllowedNow
		}
		if codes, err = s.newRecoveryCodes(ctx, tx, who.ID); err != nil {
			return err
		}
		return s.factorChanged(ctx, tx, who.ID, who.ID, "recovery_codes.renew", "factor.renewed", 0)
	})
	if err != nil {
		return nil, fmt.Errorf("new recovery codes for user %d: %w", who.ID, err)
	}
	return codes, nil
}

// RemoveFactor takes the person's factor away and ends their sessions; they are returned as they are to be signed in
// again. Who holds a role at the secretariat must have one: problem.Forbidden. Without a factor it is
// problem.NotAllowedNow.
func (s *Service) RemoveFactor(ctx context.Context, who identity.User) (identity.User, error) {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		is, err := identity.Load(ctx, tx, who.ID)
		if err != nil {
			return err
		}
		if is.IsStaff() {
			return problem.Forbidden
		}
		was, err := dropFactor(ctx, tx, who.ID)
		if err != nil {
			return err
		}
		if !was {
			return problem.NotAllowedNow
		}
		if err := endSessions(ctx, tx, who.ID, s.now()); err != nil {
			return err
		}
		if err := s.factorChanged(ctx, tx, who.ID, who.ID, "factor.remove", "factor.removed", 0); err != nil {
			return err
		}
		who, err = identity.Load(ctx, tx, who.ID)
		return err
	})
	if err != nil {
		return who, fmt.Errorf("remove the factor of user %d: %w", who.ID, err)
	}
	return who, nil
}

// ResetFactor takes the factor of somebody who has lost it away, as an administrator, and ends their sessions: at the next
// sign-in, by password or link, they set up another. Their own factor is theirs to change: problem.Forbidden. Without a
// factor it is problem.NotAllowedNow.
func (s *Service) ResetFactor(ctx context.Context, who identity.User, user int64) error {
	if !who.Is(identity.Administrator) || who.ID == user {
		return problem.Forbidden
	}
	return s.resetFactor(ctx, who.ID, user)
}

// ResetFactorOf is ResetFactor by the portal itself, for the address: `portal staff reset-factors`. An address without
// account is problem.NotFound.
func (s *Service) ResetFactorOf(ctx context.Context, email string) error {
	c, err := credentialsByEmail(ctx, s.db.Read(), form.CleanEmail(email))
	if err != nil {
		return err
	}
	if c.ID == 0 {
		return problem.NotFound
	}
	return s.resetFactor(ctx, 0, c.ID)
}

func (s *Service) resetFactor(ctx context.Context, by, user int64) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		was, err := dropFactor(ctx, tx, user)
		if err != nil {
			return err
		}
		if !was {
			return problem.NotAllowedNow
		}
		if err := endSessions(ctx, tx, user, s.now()); err != nil {
			return err
		}
		return s.factorChanged(ctx, tx, by, user, "factor.reset", "factor.reset", 0)
	})
	if err != nil {
		return fmt.Errorf("reset the factor of user %d: %w", user, err)
	}
	return nil
}

// factorChanged records an act on a factor and writes to its person.
func (s *Service) factorChanged(ctx context.Context, tx database.Tx, by, user int64, act, kind string, left int) error {
	if err := s.record(ctx, tx, by, act, "user", user); err != nil {
		return err
	}
	to, err := recipientByID(ctx, tx, user)
	if err != nil {
		return err
	}
	return s.send(ctx, tx, to, letter{kind: kind, left: left})
}

// Proof is a code that somebody has typed: of their app, or one of their recovery codes.
type Proof struct {
	Code     string
	Recovery bool
	// Network is where it comes from, or "" when that is not known.
	Network string
}

func wrongCode(key string) error { return problem.Invalid(problem.Field{Name: "code", Key: key}) }

// checkCodeForm returns the digits of a code, or what is wrong with what was typed.
func checkCodeForm(typed string) (string, error) {
	code := readCode(typed)
	switch {
	case typed == "":
		return "", wrongCode("account.factor.code.missing")
	case !isCode(code):
		return "", wrongCode("account.factor.code.form")
	}
	return code, nil
}

// checkProof uses up the code if it is good for the person now. What is wrong with it is problem.Invalid; too many tries
// are problem.TooMany. done is called in the transaction in which a good one is used.
func (s *Service) checkProof(ctx context.Context, user int64, p Proof, done func(tx database.Tx) error) error {
	if err := s.limit(ctx, "codes.network", p.Network, codesPerNetwork, signInWindow); err != nil {
		return err
	}
	if p.Recovery {
		return s.checkRecovery(ctx, user, p.Code, done)
	}
	code, err := checkCodeForm(p.Code)
	if err != nil {
		return err
	}
	f, err := findFactor(ctx, s.db.Read(), user)
	if err != nil {
		return err
	}
	secret, err := s.factorSecret(f)
	if err != nil {
		return wrongCode("account.factor.code.unreadable")
	}
	if err := s.limit(ctx, "codes", strconv.FormatInt(user, 10), codesPerAccount, codesWindow); err != nil {
		return s.guessed(ctx, user, err)
	}
	step, ok, err := matchStep(secret, code, s.now())
	if err != nil {
		return err
	}
	if !ok {
		return wrongCode("account.factor.code.wrong")
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		first, err := useStep(ctx, tx, user, step)
		if err != nil {
			return err
		}
		if !first {
			return wrongCode("account.factor.code.used")
		}
		if err := s.forgive(ctx, tx, "codes", strconv.FormatInt(user, 10)); err != nil {
			return err
		}
		return done(tx)
	})
}

func (s *Service) checkRecovery(ctx context.Context, user int64, typed string, done func(tx database.Tx) error) error {
	if typed == "" {
		return wrongCode("account.factor.recovery.missing")
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		good, err := useRecoveryCode(ctx, tx, user, recoveryHash(typed), s.now())
		if err != nil {
			return err
		}
		if !good {
			return wrongCode("account.factor.recovery.wrong")
		}
		left, err := recoveryLeft(ctx, tx, user)
		if err != nil {
			return err
		}
		if err := s.factorChanged(ctx, tx, user, user, "recovery_code.use", "factor.recovery", left); err != nil {
			return err
		}
		return done(tx)
	})
}

// guessed tells the person, once a day, that somebody who is past their password guesses at their codes; limited is what
// the guesser is told.
func (s *Service) guessed(ctx context.Context, user int64, limited error) error {
	if !errors.Is(limited, problem.TooMany) {
		return limited
	}
	err := s.limit(ctx, "codes.told", strconv.FormatInt(user, 10), 1, 24*time.Hour)
	if errors.Is(err, problem.TooMany) {
		return limited
	}
	if err == nil {
		err = s.db.InTx(ctx, func(tx database.Tx) error {
			return s.factorChanged(ctx, tx, 0, user, "codes.guessed", "factor.guessed", 0)
		})
	}
	if err != nil {
		return err
	}
	return limited
}

// ConfirmFactor checks that it is still the person who sits before an open session, by a code.
func (s *Service) ConfirmFactor(ctx context.Context, who identity.User, p Proof) error {
	err := s.checkProof(ctx, who.ID, p, func(tx database.Tx) error {
		return s.record(ctx, tx, who.ID, "confirm", "user", who.ID, p.kind())
	})
	if err != nil {
		return fmt.Errorf("confirm user %d: %w", who.ID, err)
	}
	return nil
}

// kind names the proof in the audit log.
func (p Proof) kind() string {
	if p.Recovery {
		return "recovery_code"
	}
	return "code"
}

// BeginSignIn lets the sign-in of somebody with a second factor wait for its code, for SignInWaits: the token belongs
// into their browser and opens nothing else. Without a factor it returns "": nothing is in the way. next is the page that
// they wanted, or "".
func (s *Service) BeginSignIn(ctx context.Context, who identity.User, next string) (token string, err error) {
	f, err := findFactor(ctx, s.db.Read(), who.ID)
	if err != nil || !f.isSet() {
		return "", err
	}
	return addPending(ctx, s.db.Read(), pendingSignIn{UserID: who.ID, Epoch: who.Epoch, Next: next, ExpiresAt: s.now().Add(SignInWaits)})
}

// Pending is a sign-in that waits for its code.
type Pending struct {
	// Over says that it waits no more: time or tries have run out.
	Over bool
	Next string
	// Factor is the person's.
	Factor Factor
}

// Pending returns the sign-in of the token, and changes nothing; one that is not known is problem.NotFound.
func (s *Service) Pending(ctx context.Context, token string) (Pending, error) {
	found, err := findPending(ctx, s.db.Read(), token)
	if err != nil {
		return Pending{}, err
	}
	p := Pending{Next: found.Next, Over: !found.ExpiresAt.After(s.now()) || found.Tries >= codesPerSignIn}
	p.Factor, err = s.Factor(ctx, found.UserID)
	p.Over = p.Over || !p.Factor.Set
	return p, err
}

// CompleteSignIn ends a sign-in that waits with its code, and returns the person with the page that they wanted. One that
// is not known or waits no more is problem.Stale, a wrong code problem.Invalid, too many tries problem.TooMany.
func (s *Service) CompleteSignIn(ctx context.Context, token string, p Proof) (who identity.User, next string, err error) {
	// An empty field and a half code are slips, not guesses.
	if _, err := checkCodeForm(p.Code); err != nil && !p.Recovery {
		return who, "", err
	}
	found, err := tryPending(ctx, s.db.Read(), token, codesPerSignIn, s.now())
	if err != nil {
		return who, "", err
	}
	is, err := identity.Load(ctx, s.db.Read(), found.UserID)
	if errors.Is(err, problem.NotFound) || err == nil && is.Epoch != found.Epoch {
		return who, "", problem.Stale
	}
	if err != nil {
		return who, "", err
	}
	err = s.checkProof(ctx, found.UserID, p, func(tx database.Tx) error {
		first, err := takePending(ctx, tx, token)
		if err != nil {
			return err
		}
		if !first {
			return problem.Stale
		}
		return s.record(ctx, tx, found.UserID, "sign_in", "user", found.UserID, p.kind())
	})
	if err != nil {
		return who, "", fmt.Errorf("sign in user %d with a code: %w", found.UserID, err)
	}
	return is, found.Next, nil
}
