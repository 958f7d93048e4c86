package account

import (
	"context"
	"fmt"
	"slices"
	"time"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
)

// Person is what somebody sees of their own account.
type Person struct {
	Profile
	Email       string
	HasPassword bool
	Posts       []OwnPost
	// ChoseNotifications says that they do not want every mail at once.
	ChoseNotifications bool
	// Factor is since when they have a second factor; nil for none.
	Factor *time.Time
}

// Person returns the account of the person who asks.
func (s *Service) Person(ctx context.Context, who identity.User) (Person, error) {
	q := s.db.Read()
	c, err := credentialsByID(ctx, q, who.ID)
	if err != nil {
		return Person{}, err
	}
	p := Person{Email: c.Email, HasPassword: c.PasswordHash != ""}
	if p.Profile, err = readProfile(ctx, q, who.ID); err != nil {
		return Person{}, err
	}
	if p.Posts, err = ownPosts(ctx, q, who.ID); err != nil {
		return Person{}, err
	}
	f, err := findFactor(ctx, q, who.ID)
	if err != nil {
		return Person{}, err
	}
	if f.isSet() {
		p.Factor = &f.CreatedAt
	}
	choices, err := mail.Choices(ctx, q, who.ID)
	for _, pace := range choices {
		p.ChoseNotifications = p.ChoseNotifications || pace != mail.AtOnce
	}
	return p, err
}

// ProfileFields are the parts of the profile that are changed each on a page of its own, in the order of the account
// page.
var ProfileFields = []string{"name", "position", "country", "lang", "interests"}

// ChangeProfile changes one of ProfileFields to what p says; the rest of p does not count.
func (s *Service) ChangeProfile(ctx context.Context, who identity.User, field string, p Profile) error {
	if !slices.Contains(ProfileFields, field) {
		return problem.NotFound
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		is, err := readProfile(ctx, tx, who.ID)
		if err != nil {
			return err
		}
		switch field {
		case "name":
			is.Name = p.Name
		case "position":
			is.Position = p.Position
		case "country":
			is.Country = p.Country
		case "lang":
			is.Lang = p.Lang
		case "interests":
			is.Interests = p.Interests
		}
		var wrong []problem.Field
		for _, f := range is.Check(s.vocabulary()) {
			if f.Name == field {
				wrong = append(wrong, f)
			}
		}
		if len(wrong) > 0 {
			return problem.Invalid(wrong...)
		}
		if err := writeProfile(ctx, tx, who.ID, is); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "profile.change", "user", who.ID, field)
	})
	if err != nil {
		return fmt.Errorf("change the profile of user %d: %w", who.ID, err)
	}
	return nil
}

// ChangePassword gives the person a new password and returns them as they are to be signed in again: all other sessions
// end. That it is they is for the route to see to (web.Fresh).
func (s *Service) ChangePassword(ctx context.Context, who identity.User, password string) (identity.User, error) {
	if wrong := checkPassword("password", password, s.aboutUser(who)...); wrong != nil {
		return identity.User{}, problem.Invalid(wrong...)
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return identity.User{}, err
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if err := s.storePassword(ctx, tx, who.ID, hash, false, "password.change", true); err != nil {
			return err
		}
		who, err = identity.Load(ctx, tx, who.ID)
		return err
	})
	if err != nil {
		return identity.User{}, fmt.Errorf("change the password of user %d: %w", who.ID, err)
	}
	return who, nil
}
