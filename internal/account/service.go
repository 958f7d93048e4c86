package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/guest"
	"portal/internal/identity"
	"portal/internal/jobs"
	"portal/internal/personal"
	"portal/internal/problem"
	"portal/internal/terms"
	"portal/web"
	"portal/web/ui"
)

// Options are what a Service needs to know.
type Options struct {
	// Site is what mails say of the operator; their links start with its public address.
	Site ui.Site
	// Secret signs the stamp in the form of registration and encrypts the secrets of second factors. All replicas have
	// the same; with a new one the factors have to be set up again.
	Secret []byte
	// Vocabulary returns the present vocabulary.
	Vocabulary func() *gcm.Vocabulary
	// Personal is what the portal keeps of people, of all packages.
	Personal personal.Data
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// OfficeApproved is called in the transaction that approves an office, or a post in an approved one, so that what
	// waited for that is published. nil does nothing.
	OfficeApproved func(ctx context.Context, tx database.Tx, officeID int64) error
	// Invited says whether the address is invited to somebody's draft, and has not answered; who is may register without
	// an office. nil is nobody.
	Invited func(ctx context.Context, q database.Querier, email string) (bool, error)
	// OwnPages are further pages of one's own, of other areas, that the page of the account leads to.
	OwnPages []ui.NavItem
	// DeskActs are further things that the desk can do with an office, of other areas.
	DeskActs []DeskAct
	// OfficeMerged is called in the transaction that merges an office into another, so that what is published knows its new
	// office. nil does nothing.
	OfficeMerged func(ctx context.Context, tx database.Tx, from, into int64) error
	// EmailMoved is called in the transaction that gives an account another address, or its old one again, so that what other
	// areas send to it follows. nil does nothing.
	EmailMoved func(ctx context.Context, tx database.Tx, from, to string) error
}

// DeskAct is something that the desk can do with an office on a page of another area.
type DeskAct struct {
	// Path is the end of the page's address, after that of the office; Key is the text of the link.
	Path, Key string
}

// Service is what can be done with people, offices and roles.
type Service struct {
	db         *database.DB
	site       ui.Site
	secret     []byte
	vocabulary func() *gcm.Vocabulary
	now        func() time.Time
	approved   func(ctx context.Context, tx database.Tx, officeID int64) error
	invited    func(ctx context.Context, q database.Querier, email string) (bool, error)
	merged     func(ctx context.Context, tx database.Tx, from, into int64) error
	moved      func(ctx context.Context, tx database.Tx, from, to string) error
	passwords  *hasher
	vault      vault
	personal   personal.Data
	deskActs   []DeskAct
	ownPages   []ui.NavItem
	terms      func(now time.Time) terms.Version
}

// NewService returns the service over the database.
func NewService(db *database.DB, o Options) *Service {
	s := &Service{
		db: db, site: o.Site, secret: o.Secret, vocabulary: o.Vocabulary, now: o.Now, approved: o.OfficeApproved, merged: o.OfficeMerged, moved: o.EmailMoved,
		invited: o.Invited, passwords: newHasher(), vault: newVault(o.Secret), personal: o.Personal, deskActs: o.DeskActs, ownPages: o.OwnPages, terms: terms.Current,
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.invited == nil {
		s.invited = func(context.Context, database.Querier, string) (bool, error) { return false, nil }
	}
	if s.approved == nil {
		s.approved = func(context.Context, database.Tx, int64) error { return nil }
	}
	if s.merged == nil {
		s.merged = func(context.Context, database.Tx, int64, int64) error { return nil }
	}
	if s.moved == nil {
		s.moved = func(context.Context, database.Tx, string, string) error { return nil }
	}
	return s
}

// The limits of attempts. Those of signing in are per account and network together, and per network: who guesses from
// elsewhere keeps nobody out, and the link by e-mail is open in any case; the right password starts the count of the
// account anew. The links mailed to one account in an hour are
// few, but each is good for an hour: however many somebody asks for in another's name, that other holds one that works.
const (
	signInsPerAccount = 10
	signInsPerNetwork = 300
	signInWindow      = 15 * time.Minute

	requestsPerNetwork = 60 // registrations, or links asked for
	requestWindow      = time.Hour

	linksPerAccount        = 5 // in LinkLasts
	registrationsByAddress = 5 // mails about registering, in requestWindow
)

// limit counts an attempt and returns problem.TooMany when there are too many.
func (s *Service) limit(ctx context.Context, key, of string, n int, window time.Duration) error {
	return web.Limit(ctx, s.db.Read(), limitKey(key, of), n, window)
}

// forgive forgets the attempts that limit has counted.
func (s *Service) forgive(ctx context.Context, q database.Querier, key, of string) error {
	return web.Forgive(ctx, q, limitKey(key, of))
}

func limitKey(key, of string) string { return "limit account." + key + ":" + of }

func (s *Service) record(ctx context.Context, tx database.Tx, actor int64, act, subject string, id int64, fields ...string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: actor, Act: act, Subject: subject, SubjectID: id, Fields: fields, At: s.now()})
}

// recordRead is audit.RecordRead now.
func (s *Service) recordRead(ctx context.Context, q database.Querier, who identity.User, subject string, ids []int64, fields ...string) error {
	return audit.RecordRead(ctx, q, audit.Reading{Actor: who.ID, Subject: subject, IDs: ids, Fields: fields, At: s.now()})
}

// SignIn returns the person of the address if the password is theirs. Too many attempts on one account from one network,
// or from one network on any, are problem.TooMany; network may be empty when it is not known. A wrong password, an
// address without account and an account without password give the same problem.Invalid after the same work.
func (s *Service) SignIn(ctx context.Context, email, password, network string) (identity.User, error) {
	email = form.CleanEmail(email)
	var wrong []problem.Field
	if email == "" {
		wrong = append(wrong, problem.Field{Name: "email", Key: "account.email.missing"})
	}
	if password == "" {
		wrong = append(wrong, problem.Field{Name: "password", Key: "account.sign_in.password.missing"})
	}
	if len(wrong) > 0 {
		return identity.User{}, problem.Invalid(wrong...)
	}
	if err := s.limit(ctx, "sign_in.network", network, signInsPerNetwork, signInWindow); err != nil {
		return identity.User{}, err
	}
	attempts := strings.ToLower(email) + " " + network
	if err := s.limit(ctx, "sign_in", attempts, signInsPerAccount, signInWindow); err != nil {
		return identity.User{}, err
	}
	mismatch := problem.Invalid(problem.Field{Name: "email", Key: "account.sign_in.wrong"})
	if len(password) > 4*MaxPassword || len(email) > 1000 {
		return identity.User{}, mismatch // is nobody's
	}
	found, err := credentialsByEmail(ctx, s.db.Read(), email)
	if err != nil {
		return identity.User{}, err
	}
	ok, outdated, err := s.passwords.matches(ctx, password, found.PasswordHash)
	if err != nil {
		return identity.User{}, err
	}
	if !ok {
		return identity.User{}, mismatch
	}
	fresh := ""
	if outdated {
		if fresh, err = s.passwords.hash(ctx, password); err != nil {
			return identity.User{}, err
		}
	}
	var who identity.User
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if fresh != "" {
			if _, err := tx.Exec(ctx, `UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, found.ID, found.PasswordHash, fresh); err != nil {
				return err
			}
		}
		if who, err = identity.Load(ctx, tx, found.ID); err != nil {
			return err
		}
		if err := s.forgive(ctx, tx, "sign_in", attempts); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "sign_in", "user", who.ID, "password")
	})
	if err != nil {
		return identity.User{}, fmt.Errorf("sign in user %d: %w", found.ID, err)
	}
	return who, nil
}

// SignedOut records that the person has signed out.
func (s *Service) SignedOut(ctx context.Context, who identity.User) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		return s.record(ctx, tx, who.ID, "sign_out", "user", who.ID)
	})
}

// Purpose is what a link is for.
type Purpose string

// The purposes. A Confirm link belongs to a registration, the others to an account.
const (
	Confirm    Purpose = "confirm"
	SignInLink Purpose = "sign_in"
	ResetLink  Purpose = "reset"
	SetUpLink  Purpose = "set_up"
	// GuestLink opens what a guest has written (package guest).
	GuestLink Purpose = "guest"
)

// RequestLink asks for a link by e-mail, to sign in (SignInLink) or for a new password (ResetLink). It never says whether
// the address is known and does the same work in both cases; a job looks it up. next is the page that the person wanted,
// or empty. Too many requests from one network are problem.TooMany.
func (s *Service) RequestLink(ctx context.Context, purpose Purpose, email, next, network string) error {
	email = form.CleanEmail(email)
	if wrong := checkEmail(email); wrong != nil {
		return problem.Invalid(wrong...)
	}
	if purpose != SignInLink && purpose != ResetLink {
		return fmt.Errorf("request a link: the purpose %q is not for the asking", purpose)
	}
	if err := s.limit(ctx, "links.network", network, requestsPerNetwork, requestWindow); err != nil {
		return err
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		id, err := database.Value[int64](ctx, tx, `INSERT INTO link_requests (purpose, email, next, created_at)
			VALUES ($1, $2, $3, $4) RETURNING id`, purpose, email, next, s.now())
		if err != nil {
			return err
		}
		return jobs.Enqueue(ctx, tx, linkArgs{Request: id}, nil)
	})
	if err != nil {
		return fmt.Errorf("request a link: %w", err)
	}
	return nil
}

// mailLink answers a request for a link: with a mail, if the address has an account that has not been sent many of late.
// A request that is gone has been answered.
func (s *Service) mailLink(ctx context.Context, request int64) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		type row struct {
			Purpose Purpose
			Email   string
			Next    string
		}
		r, err := database.Row[row](ctx, tx, `DELETE FROM link_requests WHERE id = $1 RETURNING purpose, email, next`, request)
		if errors.Is(err, problem.NotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read request for a link %d: %w", request, err)
		}
		to, err := credentialsByEmail(ctx, tx, r.Email)
		if err != nil || to.ID == 0 {
			return err
		}
		err = web.Limit(ctx, tx, limitKey("links", fmt.Sprintf("%s %d", r.Purpose, to.ID)), linksPerAccount, LinkLasts)
		if errors.Is(err, problem.TooMany) {
			return nil // one of the others still works
		}
		if err != nil {
			return err
		}
		token, err := addToken(ctx, tx, r.Purpose, to.ID, r.Next, s.now(), LinkLasts)
		if err != nil {
			return err
		}
		return s.send(ctx, tx, to.recipient(), letter{kind: string(r.Purpose), token: token})
	})
}

// LinkState says whether a link can still be used.
type LinkState string

// The states of a link.
const (
	LinkUsable  LinkState = "usable"
	LinkUsed    LinkState = "used"
	LinkExpired LinkState = "expired"
)

// Link is what the page of a link shows before anybody acts.
type Link struct {
	Purpose Purpose
	State   LinkState
	// Email and Name are the person's, Office the name of the office that a registration asks for. All are empty for a
	// registration that has been used.
	Email, Name, Office string
	// Next is the page that it leads to, "" for none in particular.
	Next string
}

// Link returns what a token is for, and changes nothing. A token that is not known, or no more, is problem.NotFound.
func (s *Service) Link(ctx context.Context, token string) (Link, error) {
	found, err := findLink(ctx, s.db.Read(), token)
	if err != nil {
		return Link{}, fmt.Errorf("find a link: %w", err)
	}
	l := Link{Purpose: found.Purpose, State: LinkUsable, Email: found.Email, Name: found.Name, Office: found.OfficeName, Next: found.Next}
	switch {
	case found.UsedAt != nil:
		l.State = LinkUsed
	case !found.ExpiresAt.After(s.now()):
		l.State = LinkExpired
	}
	return l, nil
}

// SignInByLink uses a link for signing in and returns the person with the page that they wanted, or "". A link that has
// been used or has run out is problem.Stale.
func (s *Service) SignInByLink(ctx context.Context, token string) (who identity.User, next string, err error) {
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		var user int64
		if user, next, err = useLink(ctx, tx, token, s.now(), SignInLink); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE users SET email_verified_at = coalesce(email_verified_at, $2) WHERE id = $1`, user, s.now()); err != nil {
			return err
		}
		if who, err = identity.Load(ctx, tx, user); err != nil {
			return err
		}
		return s.record(ctx, tx, user, "sign_in", "user", user, "link")
	})
	if err != nil {
		return identity.User{}, "", fmt.Errorf("sign in by a link: %w", err)
	}
	return who, next, nil
}

// EnterAsGuest uses a guest's link and returns the guest with the page that it opens. A link that was used or has run out, or
// whose guest has an account by now, is problem.Stale.
func (s *Service) EnterAsGuest(ctx context.Context, token string) (who identity.User, next string, err error) {
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if who, next, err = guest.Enter(ctx, tx, token, s.now()); err != nil {
			return err
		}
		who, err = s.welcomeGuest(ctx, tx, who)
		return err
	})
	if err != nil {
		return identity.User{}, "", fmt.Errorf("enter as a guest: %w", err)
	}
	return who, next, nil
}

// welcomeGuest notes that a guest comes in. Its page said that they accept the terms by that.
func (s *Service) welcomeGuest(ctx context.Context, tx database.Tx, who identity.User) (identity.User, error) {
	if err := acceptTerms(ctx, tx, who.ID, terms.Current(s.now()).Number, s.now()); err != nil {
		return who, err
	}
	if err := s.record(ctx, tx, who.ID, "sign_in", "user", who.ID, "guest"); err != nil {
		return who, err
	}
	return identity.Load(ctx, tx, who.ID)
}

// SetPassword uses a link for a new password, or with which new staff set up their account, and returns the person. It
// ends all sessions and links of theirs and says so by mail. A link that has been used or has run out is problem.Stale, a
// password that will not do problem.Invalid; the link is then still good.
func (s *Service) SetPassword(ctx context.Context, token, password string) (identity.User, error) {
	found, err := findLink(ctx, s.db.Read(), token)
	if err != nil {
		return identity.User{}, fmt.Errorf("set a password: %w", err)
	}
	if found.UserID == 0 || found.UsedAt != nil || !found.ExpiresAt.After(s.now()) {
		return identity.User{}, problem.Stale
	}
	who, err := identity.Load(ctx, s.db.Read(), found.UserID)
	if err != nil {
		return identity.User{}, fmt.Errorf("set a password: %w", err)
	}
	if wrong := checkPassword("password", password, s.aboutUser(who)...); wrong != nil {
		return identity.User{}, problem.Invalid(wrong...)
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return identity.User{}, err
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		user, _, err := useLink(ctx, tx, token, s.now(), ResetLink, SetUpLink)
		if err != nil {
			return err
		}
		if err := s.storePassword(ctx, tx, user, hash, true, "password.reset", found.Purpose == ResetLink); err != nil {
			return err
		}
		if found.Purpose == SetUpLink { // its page says that whoever opens the account accepts them
			if err := acceptTerms(ctx, tx, user, terms.Current(s.now()).Number, s.now()); err != nil {
				return err
			}
		}
		who, err = identity.Load(ctx, tx, user)
		return err
	})
	if err != nil {
		return identity.User{}, fmt.Errorf("set the password of user %d: %w", found.UserID, err)
	}
	return who, nil
}

func (s *Service) storePassword(ctx context.Context, tx database.Tx, user int64, hash string, byLink bool, act string, tell bool) error {
	if err := setPassword(ctx, tx, user, hash, byLink, s.now()); err != nil {
		return err
	}
	if err := endLinks(ctx, tx, user, s.now()); err != nil {
		return err
	}
	if err := s.overtakeEmailChanges(ctx, tx, user); err != nil {
		return err
	}
	if err := s.record(ctx, tx, user, act, "user", user, "password"); err != nil {
		return err
	}
	if !tell {
		return nil
	}
	to, err := credentialsByID(ctx, tx, user)
	if err != nil {
		return err
	}
	return s.send(ctx, tx, to.recipient(), letter{kind: "password_changed"})
}

// aboutUser is what everybody knows of a person, and so would guess first.
func (s *Service) aboutUser(who identity.User) []string {
	about := []string{who.Name, who.Email}
	for _, p := range who.Posts {
		about = append(about, p.OfficeName)
	}
	return about
}

// CleanUp removes what has run out: registrations that were never confirmed, and old links. A job calls it every hour.
func (s *Service) CleanUp(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		if err := guest.Sweep(ctx, tx, s.now()); err != nil {
			return err
		}
		return sweep(ctx, tx, s.now())
	})
}
