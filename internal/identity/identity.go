// Package identity says who is acting: a person, their posts in offices and their roles at the secretariat.
package identity

import (
	"context"
	"fmt"

	"portal/internal/database"
	"portal/internal/date"
)

// Former is what the name of a person becomes when their account is closed: a mark that every page shows as words
// (ui.PersonName). The database sets it, in the trigger users_closed_are_nobody.
const Former = "[…]"

// User is the person behind a request, as loaded at its start. The zero User is a visitor.
type User struct {
	ID    int64
	Name  string
	Email string
	// Lang is the language of mails to this person: a code of internal/i18n.
	Lang string
	// Terms is the version of the terms and the privacy notice that they have accepted last; "" for none.
	Terms string
	// Epoch is compared with the session's: a new password raises it and so ends all earlier sessions.
	Epoch int
	Posts []Post
	Staff []StaffRole
	// FactorNeeded says that the person holds a role at the secretariat, but has not passed a second factor in this
	// session: until they do, Staff is empty and nothing of the secretariat is open to them (accounts.md, People).
	FactorNeeded bool
}

// Post is a place in an office. Only posts that are approved or waiting for approval, and not over, are loaded; of several
// in one office the heaviest, since who stands in for a head acts as head.
type Post struct {
	OfficeID   int64
	OfficeName string
	Role       PostRole
	// Approved is false while the office's head, or the secretariat, has not yet decided.
	Approved bool
	// OfficeApproved is false while the office itself is only proposed.
	OfficeApproved bool
	// StandsFor is the name of the person for whom the holder stands in, or "". The holder acts in their own name.
	StandsFor string
	// UntilOn is the last day of the post; nil while it has no end.
	UntilOn *date.Date
}

// PostRole is what a person may do in an office (accounts.md, Offices).
type PostRole string

// The roles in an office.
const (
	Head        PostRole = "head"
	Contributor PostRole = "contributor"
	Viewer      PostRole = "viewer"
)

// PostRoles lists them in order of weight.
var PostRoles = []PostRole{Head, Contributor, Viewer}

// StaffRole is a role at the secretariat; Desk is "" for reviewers and administrators.
type StaffRole struct {
	Role Role
	Desk Desk
}

// Role is what a person is at the secretariat (accounts.md, Roles at the secretariat).
type Role string

// The roles at the secretariat.
const (
	Officer       Role = "officer"
	Lead          Role = "lead"
	Reviewer      Role = "reviewer"
	Administrator Role = "administrator"
)

// Roles lists the roles at the secretariat.
var Roles = []Role{Officer, Lead, Reviewer, Administrator}

// Desk is a part of the secretariat that answers for some kinds of submission.
type Desk string

// The desks.
const (
	HubDesk            Desk = "hub"
	PledgesDesk        Desk = "pledges"
	FundDesk           Desk = "fund"
	CommunicationsDesk Desk = "communications"
	NetworkDesk        Desk = "network"
)

// Desks lists the desks.
var Desks = []Desk{HubDesk, PledgesDesk, FundDesk, CommunicationsDesk, NetworkDesk}

// SignedIn says whether this is a person and not a visitor.
func (u User) SignedIn() bool { return u.ID != 0 }

// IsStaff says whether the person holds any role at the secretariat, reviewers included.
func (u User) IsStaff() bool { return len(u.Staff) > 0 }

// WithoutFactor returns the person as a session knows them that has not passed a second factor.
func (u User) WithoutFactor() User {
	u.Staff, u.FactorNeeded = nil, u.IsStaff()
	return u
}

// Is says whether the person holds the role, at any desk.
func (u User) Is(role Role) bool {
	for _, r := range u.Staff {
		if r.Role == role {
			return true
		}
	}
	return false
}

// OnDesk says whether the person is an officer or the lead of the desk.
func (u User) OnDesk(desk Desk) bool {
	for _, r := range u.Staff {
		if r.Desk == desk && (r.Role == Officer || r.Role == Lead) {
			return true
		}
	}
	return false
}

// Desks are the desks on which the person is an officer or lead, in the order of Desks.
func (u User) Desks() []Desk {
	var desks []Desk
	for _, d := range Desks {
		if u.OnDesk(d) {
			desks = append(desks, d)
		}
	}
	return desks
}

// Post returns the person's post in the office, if there is one.
func (u User) Post(officeID int64) (Post, bool) {
	for _, p := range u.Posts {
		if p.OfficeID == officeID {
			return p, true
		}
	}
	return Post{}, false
}

// Heads says whether the person is an approved head of the office.
func (u User) Heads(officeID int64) bool {
	p, ok := u.Post(officeID)
	return ok && p.Approved && p.Role == Head
}

// Load reads the person with posts and roles; an account that is closed or does not exist is problem.NotFound.
func Load(ctx context.Context, q database.Querier, id int64) (User, error) {
	type row struct {
		ID           int64
		Name         string
		Email        string
		Lang         string
		SessionEpoch int
		TermsVersion string
	}
	r, err := database.Row[row](ctx, q, `SELECT id, name, email, lang, session_epoch, terms_version FROM users WHERE id = $1 AND closed_at IS NULL`, id)
	if err != nil {
		return User{}, fmt.Errorf("load user %d: %w", id, err)
	}
	u := User{ID: r.ID, Name: r.Name, Email: r.Email, Lang: r.Lang, Terms: r.TermsVersion, Epoch: r.SessionEpoch}
	u.Posts, err = database.Rows[Post](ctx, q, `SELECT office_id, office_name, role, approved, office_approved, stands_for, until_on FROM (
			SELECT DISTINCT ON (p.office_id) p.id, p.office_id, o.name AS office_name, p.role, p.state = 'approved' AS approved,
				o.state = 'approved' AS office_approved, coalesce(holder.name, '') AS stands_for, p.until_on
			FROM posts p JOIN offices o ON o.id = p.office_id
				LEFT JOIN posts held ON held.id = p.stands_for LEFT JOIN users holder ON holder.id = held.user_id
			WHERE p.user_id = $1 AND p.state IN ('pending', 'approved') AND o.state IN ('proposed', 'approved')
				AND p.from_on <= current_date AND (p.until_on IS NULL OR p.until_on >= current_date)
			ORDER BY p.office_id, p.state, array_position(ARRAY['head', 'contributor', 'viewer'], p.role), p.stands_for NULLS FIRST, p.id) heaviest
		ORDER BY approved DESC, id`, id)
	if err != nil {
		return User{}, fmt.Errorf("load the posts of user %d: %w", id, err)
	}
	u.Staff, err = database.Rows[StaffRole](ctx, q, `SELECT role, desk FROM staff_roles WHERE user_id = $1 ORDER BY role, desk`, id)
	if err != nil {
		return User{}, fmt.Errorf("load the roles of user %d: %w", id, err)
	}
	return u, nil
}

type contextKey struct{}

// With returns a context that carries the person.
func With(ctx context.Context, u User) context.Context {
	return context.WithValue(ctx, contextKey{}, u)
}

// From returns the person of the request; the zero User for a visitor.
func From(ctx context.Context) User {
	u, _ := ctx.Value(contextKey{}).(User)
	return u
}

// Must returns the person of the request on a route that only signed-in people reach; it panics for a visitor, since
// then the route has been given the wrong audience.
func Must(ctx context.Context) User {
	u := From(ctx)
	if !u.SignedIn() {
		panic("identity.Must: no signed-in user; the route's audience is wrong")
	}
	return u
}
