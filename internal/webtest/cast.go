package webtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/terms"
	"portal/web"
)

// Person is somebody with a browser; a visitor has the zero User.
type Person struct {
	*Client
	// Kind says in words what kind of person it is, for names of subtests: "officer of another desk".
	Kind string
	User identity.User
}

// Cast is one person of every kind that the rules tell apart (accounts.md, Roles). Two offices are approved: Office, with
// a head and a contributor, and OtherOffice.
type Cast struct {
	Office, OtherOffice int64

	Visitor Person
	// Newcomer is signed in and holds no post.
	Newcomer Person
	// Head and Member are the head and a contributor of Office; OtherMember heads OtherOffice.
	Head, Member, OtherMember Person
	// Officer and Lead are of the pledges desk, OtherOfficer of the fund desk; Conflicted is an officer of the pledges
	// desk who holds a post in Office.
	Officer, Lead, OtherOfficer, Conflicted Person
	Reviewer, Administrator                 Person
	// Editor, Commenter and Guest hold no post: they are for drafts to which they are invited, to write, to comment and to
	// read. The cast invites them to nothing.
	Editor, Commenter, Guest Person
	// HalfIn is the Officer at another browser, signed in there without a second factor.
	HalfIn Person
}

// NewCast makes the people in the database and signs them in at the router.
func NewCast(t testing.TB, db *database.DB, router *web.Router) *Cast {
	t.Helper()
	c := &Cast{}
	first := New(t, router)
	c.Visitor = Person{Client: first, Kind: "visitor"}
	c.Office = NewOffice(t, db, "Ministry of Labour", "KE")
	c.OtherOffice = NewOffice(t, db, "City of Cali", "CO")
	officer := identity.StaffRole{Role: identity.Officer, Desk: identity.PledgesDesk}
	add := func(kind string, posts map[int64]identity.PostRole, roles ...identity.StaffRole) Person {
		name := strings.ToUpper(kind[:1]) + kind[1:]
		return SignedIn(t, first, router, kind, NewUser(t, db, name, posts, roles...))
	}
	c.Newcomer = add("member without an office", nil)
	c.Head = add("head of the office", map[int64]identity.PostRole{c.Office: identity.Head})
	c.Member = add("member of the office", map[int64]identity.PostRole{c.Office: identity.Contributor})
	c.OtherMember = add("member of another office", map[int64]identity.PostRole{c.OtherOffice: identity.Head})
	c.Officer = add("officer of the desk", nil, officer)
	c.Lead = add("lead of the desk", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.PledgesDesk})
	c.OtherOfficer = add("officer of another desk", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.FundDesk})
	c.Conflicted = add("conflicted officer", map[int64]identity.PostRole{c.Office: identity.Viewer}, officer)
	c.Reviewer = add("reviewer", nil, identity.StaffRole{Role: identity.Reviewer})
	c.Administrator = add("administrator", nil, identity.StaffRole{Role: identity.Administrator})
	c.Editor, c.Commenter, c.Guest = add("invited to write", nil), add("invited to comment", nil), add("invited to read", nil)
	c.HalfIn = SignedInAt(t, first, router, "officer without a second factor", c.Officer.User, time.Now(), nil)
	return c
}

// All returns everybody in a fixed order.
func (c *Cast) All() []Person {
	return []Person{c.Visitor, c.Newcomer, c.Head, c.Member, c.OtherMember, c.Officer, c.Lead, c.OtherOfficer, c.Conflicted, c.Reviewer, c.Administrator, c.Editor, c.Commenter, c.Guest, c.HalfIn}
}

// SignedIn returns a person with a browser of their own on the server of the given one. They have just shown who they
// are, second factor included.
func SignedIn(t testing.TB, on *Client, router *web.Router, kind string, user identity.User) Person {
	t.Helper()
	now := time.Now()
	return SignedInAt(t, on, router, kind, user, now, &now)
}

// SignedInAt is SignedIn for a person who showed who they are at an instant, and passed a second factor at another; nil
// for not at all: they are then known as a request would know them, without their roles.
func SignedInAt(t testing.TB, on *Client, router *web.Router, kind string, user identity.User, authenticated time.Time, factor *time.Time) Person {
	t.Helper()
	cookie, err := router.SessionCookieOf(t.Context(), user, authenticated, factor)
	if err != nil {
		t.Fatal(err)
	}
	client := on.Another().In(t)
	client.SetCookie(cookie)
	if factor == nil {
		user = user.WithoutFactor()
	}
	return Person{Client: client, Kind: kind, User: user}
}

// NewOffice makes an approved office.
func NewOffice(t testing.TB, db *database.DB, name, country string) int64 {
	t.Helper()
	id, err := database.Value[int64](t.Context(), db.Read(), `INSERT INTO offices (name, category, country, state, created_at)
		VALUES ($1, 'member_state', $2, 'approved', $3) RETURNING id`, name, country, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// NewUser makes a person with a proven address, approved posts and roles at the secretariat, and loads them as a request
// would. The address is made from the name and unique in the database.
func NewUser(t testing.TB, db *database.DB, name string, posts map[int64]identity.PostRole, roles ...identity.StaffRole) identity.User {
	t.Helper()
	ctx := t.Context()
	fail := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(fmt.Errorf("make %s: %w", name, err))
		}
	}
	local := strings.ReplaceAll(strings.ToLower(name), " ", ".")
	var id int64
	err := db.InTx(ctx, func(tx database.Tx) error {
		var err error
		id, err = database.Value[int64](ctx, tx, `INSERT INTO users (email, name, country, email_verified_at, created_at, terms_version)
			SELECT $1::text || '.' || (count(*) + 1) || '@example.org', $2::text, 'KE', $3::timestamptz, $3::timestamptz, $4 FROM users RETURNING id`, local, name, time.Now(), terms.Current(time.Now()).Number)
		if err != nil {
			return err
		}
		for office, role := range posts {
			if _, err := tx.Exec(ctx, `INSERT INTO posts (user_id, office_id, role, state, from_on, created_at)
				VALUES ($1, $2, $3, 'approved', current_date - 30, $4)`, id, office, role, time.Now()); err != nil {
				return err
			}
		}
		for _, r := range roles {
			if _, err := tx.Exec(ctx, `INSERT INTO staff_roles (user_id, role, desk, created_at) VALUES ($1, $2, $3, $4)`,
				id, r.Role, r.Desk, time.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	fail(err)
	user, err := identity.Load(ctx, db.Read(), id)
	fail(err)
	return user
}
