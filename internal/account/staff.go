package account

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
)

// KnownRole says whether there is such a role: officers and leads belong to a desk, reviewers and administrators do not.
func KnownRole(r identity.StaffRole) bool {
	switch r.Role {
	case identity.Officer, identity.Lead:
		return slices.Contains(identity.Desks, r.Desk)
	case identity.Reviewer, identity.Administrator:
		return r.Desk == ""
	}
	return false
}

// AllRoles are all roles that somebody can hold at the secretariat, in the order in which they are offered.
func AllRoles() []identity.StaffRole {
	var all []identity.StaffRole
	for _, role := range []identity.Role{identity.Officer, identity.Lead} {
		for _, desk := range identity.Desks {
			all = append(all, identity.StaffRole{Role: role, Desk: desk})
		}
	}
	return append(all, identity.StaffRole{Role: identity.Reviewer}, identity.StaffRole{Role: identity.Administrator})
}

// roleText and parseRole write a role as forms and lists carry it: "officer:pledges", "administrator".
func roleText(r identity.StaffRole) string {
	if r.Desk == "" {
		return string(r.Role)
	}
	return string(r.Role) + ":" + string(r.Desk)
}

func parseRole(text string) (identity.StaffRole, bool) {
	role, desk, _ := strings.Cut(text, ":")
	r := identity.StaffRole{Role: identity.Role(role), Desk: identity.Desk(desk)}
	return r, KnownRole(r)
}

// AddStaff gives the address the roles, and an account if it has none; lang is for a new account. It returns the link,
// good for seven days, with which they choose their password, or "" when they have one already. Doing it again adds what
// is missing and makes another link. It is `portal staff add`, and so done by the portal itself.
func (s *Service) AddStaff(ctx context.Context, email, name string, lang i18n.Lang, roles []identity.StaffRole) (link string, err error) {
	email, name = form.CleanEmail(email), cleanLine(name)
	if wrong := checkEmail(email); wrong != nil {
		return "", problem.Invalid(wrong...)
	}
	for _, r := range roles {
		if !KnownRole(r) {
			return "", fmt.Errorf("add staff: there is no role %q", roleText(r))
		}
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		_, link, err = s.addStaff(ctx, tx, 0, email, name, lang, roles)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("add staff: %w", err)
	}
	return link, nil
}

// InviteReviewer gives the address the role of a reviewer, and an account if it has none, in the transaction of whoever
// invites them. The link is that of AddStaff; what is wrong with address and name is a problem.Invalid.
func (s *Service) InviteReviewer(ctx context.Context, tx database.Tx, by identity.User, email, name string, lang i18n.Lang) (user int64, link string, err error) {
	email, name = form.CleanEmail(email), cleanLine(name)
	wrong := checkEmail(email)
	if name == "" {
		wrong = append(wrong, problem.Field{Name: "name", Key: "account.name.missing"})
	}
	if len(wrong) > 0 {
		return 0, "", problem.Invalid(wrong...)
	}
	return s.addStaff(ctx, tx, by.ID, email, name, lang, []identity.StaffRole{{Role: identity.Reviewer}})
}

// addStaff is AddStaff in a transaction; by is 0 for the portal itself.
func (s *Service) addStaff(ctx context.Context, tx database.Tx, by int64, email, name string, lang i18n.Lang, roles []identity.StaffRole) (user int64, link string, err error) {
	if name != "" {
		_, err := tx.Exec(ctx, `INSERT INTO users (email, name, lang, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (lower(email)) DO NOTHING`,
			email, name, lang.OrEnglish(), s.now())
		if err != nil {
			return 0, "", err
		}
	}
	who, err := credentialsByEmail(ctx, tx, email)
	if err != nil {
		return 0, "", err
	}
	if who.ID == 0 && name == "" {
		return 0, "", problem.Invalid(problem.Field{Name: "name", Key: "account.name.missing"})
	}
	if who.ID == 0 {
		return 0, "", fmt.Errorf("the account of this address is closed: %w", problem.NotAllowedNow)
	}
	for _, r := range roles {
		if err := s.addRole(ctx, tx, by, who.ID, r); err != nil {
			return 0, "", err
		}
	}
	if who.PasswordHash != "" {
		return who.ID, "", nil
	}
	token, err := addToken(ctx, tx, SetUpLink, who.ID, "", s.now(), SetUpLasts)
	if err != nil {
		return 0, "", err
	}
	link = s.site.PublicURL + "/" + string(who.Lang.OrEnglish()) + linkPath(token)
	return who.ID, link, s.record(ctx, tx, by, "link.set_up", "user", who.ID)
}

// addRole adds a role that the person may have already.
func (s *Service) addRole(ctx context.Context, tx database.Tx, by, user int64, r identity.StaffRole) error {
	added, err := tx.Exec(ctx, `INSERT INTO staff_roles (user_id, role, desk, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT ON CONSTRAINT staff_roles_pkey DO NOTHING`, user, r.Role, r.Desk, s.now())
	if err != nil {
		return fmt.Errorf("add a role of user %d: %w", user, err)
	}
	if added.RowsAffected() == 0 {
		return nil
	}
	return s.record(ctx, tx, by, "role.add", "user", user, roleText(r))
}

// PeoplePerPage is the number of rows on a page of people.
const PeoplePerPage = 25

// PeopleFilter narrows the list of people: without words it is the staff, with words everybody who has them in their name
// or their office's.
type PeopleFilter struct {
	Q    string
	Role string // a role as forms carry it, or ""
	Page int    // from 1
}

// ReadPeopleFilter reads a filter from the query of an address; what it does not know is left out.
func ReadPeopleFilter(q url.Values) PeopleFilter {
	f := PeopleFilter{Q: cleanQuery(q.Get("q")), Role: q.Get("role"), Page: pageNumber(q)}
	if _, ok := parseRole(f.Role); !ok {
		f.Role = ""
	}
	return f
}

// Values is the inverse of ReadPeopleFilter.
func (f PeopleFilter) Values() url.Values {
	q := url.Values{}
	if f.Q != "" {
		q.Set("q", f.Q)
	}
	if f.Role != "" {
		q.Set("role", f.Role)
	}
	if f.Page > 1 {
		q.Set("page", fmt.Sprint(f.Page))
	}
	return q
}

// PeopleRow is a line of the list of people.
type PeopleRow struct {
	ID      int64
	Name    string
	Roles   []string
	Offices []string
}

// PeoplePage is a page of the list of people.
type PeoplePage struct {
	Filter PeopleFilter
	Rows   []PeopleRow
	Total  int
}

const peopleFrom = ` FROM users u WHERE u.closed_at IS NULL
	AND CASE WHEN cardinality(@words::text[]) = 0 THEN EXISTS (SELECT FROM staff_roles r WHERE r.user_id = u.id)
		ELSE fold_name(u.name) || ' ' || coalesce((SELECT string_agg(o.folded, ' ') FROM posts p JOIN offices o ON o.id = p.office_id
			WHERE p.user_id = u.id AND p.state IN ('pending', 'approved')), '')
			LIKE ALL (SELECT '%' || regexp_replace(fold_name(w), '([\\%_])', '\\\1', 'g') || '%' FROM unnest(@words::text[]) w) END
	AND (@role = '' OR EXISTS (SELECT FROM staff_roles r WHERE r.user_id = u.id AND r.role = @role AND r.desk = @desk))`

// People returns a page of people for an administrator, and records whose names were read; others get problem.Forbidden. It
// holds names, no addresses.
func (s *Service) People(ctx context.Context, who identity.User, f PeopleFilter) (PeoplePage, error) {
	page := PeoplePage{Filter: f}
	if !who.Is(identity.Administrator) {
		return page, problem.Forbidden
	}
	role, _ := parseRole(f.Role)
	args := database.Args{"words": strings.Fields(f.Q), "role": role.Role, "desk": role.Desk}
	var err error
	if page.Total, err = database.Value[int](ctx, s.db.Read(), `SELECT count(*)`+peopleFrom, args); err != nil {
		return page, fmt.Errorf("count people: %w", err)
	}
	page.Filter.Page = min(f.Page, max(1, (page.Total+PeoplePerPage-1)/PeoplePerPage))
	args["limit"], args["offset"] = PeoplePerPage, (page.Filter.Page-1)*PeoplePerPage
	page.Rows, err = database.Rows[PeopleRow](ctx, s.db.Read(), `SELECT u.id, u.name,
			ARRAY(SELECT r.role || CASE WHEN r.desk = '' THEN '' ELSE ':' || r.desk END FROM staff_roles r WHERE r.user_id = u.id ORDER BY r.role, r.desk) AS roles,
			ARRAY(SELECT o.name FROM posts p JOIN offices o ON o.id = p.office_id WHERE p.user_id = u.id AND p.state = 'approved' ORDER BY o.id) AS offices`+
		peopleFrom+` ORDER BY u.name COLLATE "und-x-icu", u.id LIMIT @limit OFFSET @offset`, args)
	if err != nil {
		return page, fmt.Errorf("list people: %w", err)
	}
	ids := make([]int64, len(page.Rows))
	for i, p := range page.Rows {
		ids[i] = p.ID
	}
	return page, s.recordRead(ctx, s.db.Read(), who, "user", ids, "name", "posts")
}

// StaffPerson is one person as an administrator sees them.
type StaffPerson struct {
	ID        int64
	Name      string
	Email     string
	Lang      i18n.Lang
	CreatedAt time.Time
	Roles     []identity.StaffRole
	Posts     []OwnPost
	// Factor is since when they have a second factor; nil for none.
	Factor *time.Time
}

// StaffPerson returns one person for an administrator, and records that their address was read.
func (s *Service) StaffPerson(ctx context.Context, who identity.User, id int64) (p StaffPerson, err error) {
	if !who.Is(identity.Administrator) {
		return p, problem.Forbidden
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		type row struct {
			ID        int64
			Name      string
			Email     string
			Lang      i18n.Lang
			CreatedAt time.Time
		}
		r, err := database.Row[row](ctx, tx, `SELECT id, name, email, lang, created_at FROM users WHERE id = $1 AND closed_at IS NULL`, id)
		if err != nil {
			return err
		}
		p = StaffPerson{ID: r.ID, Name: r.Name, Email: r.Email, Lang: r.Lang, CreatedAt: r.CreatedAt}
		if p.Roles, err = database.Rows[identity.StaffRole](ctx, tx, `SELECT role, desk FROM staff_roles WHERE user_id = $1 ORDER BY role, desk`, id); err != nil {
			return err
		}
		if p.Posts, err = ownPosts(ctx, tx, id); err != nil {
			return err
		}
		f, err := findFactor(ctx, tx, id)
		if err != nil {
			return err
		}
		if f.isSet() {
			p.Factor = &f.CreatedAt
		}
		return s.recordRead(ctx, tx, who, "user", []int64{id}, "name", "email")
	})
	if err != nil {
		return p, fmt.Errorf("person %d: %w", id, err)
	}
	return p, nil
}

// errLastAdministrator says that nobody would be left who can give roles.
var errLastAdministrator = problem.Invalid(problem.Field{Name: "role", Key: "account.people.last_administrator"})

// ChangeStaffRole adds a role to a person or takes it away, as an administrator. The last administrator stays one
// (problem.Invalid). Doing it twice changes nothing.
func (s *Service) ChangeStaffRole(ctx context.Context, who identity.User, user int64, r identity.StaffRole, add bool) error {
	if !who.Is(identity.Administrator) {
		return problem.Forbidden
	}
	if !KnownRole(r) {
		return problem.Invalid(problem.Field{Name: "role", Key: "account.people.role.missing"})
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := recipientByID(ctx, tx, user); err != nil {
			return err
		}
		// Changes of administrators take turns, so that two cannot remove each other.
		if _, err := tx.Exec(ctx, `LOCK TABLE staff_roles IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		// Whether the person is still an administrator is asked under the lock.
		if _, err := database.Value[int](ctx, tx, `SELECT 1 FROM staff_roles WHERE user_id = $1 AND role = 'administrator'`, who.ID); err != nil {
			if errors.Is(err, problem.NotFound) {
				return problem.Forbidden
			}
			return err
		}
		if add {
			return s.addRole(ctx, tx, who.ID, user, r)
		}
		removed, err := tx.Exec(ctx, `DELETE FROM staff_roles WHERE user_id = $1 AND role = $2 AND desk = $3`, user, r.Role, r.Desk)
		if err != nil || removed.RowsAffected() == 0 {
			return err
		}
		left, err := database.Value[bool](ctx, tx, `SELECT EXISTS (SELECT FROM staff_roles r JOIN users u ON u.id = r.user_id
			WHERE r.role = 'administrator' AND u.closed_at IS NULL)`)
		if err != nil {
			return err
		}
		if !left {
			return errLastAdministrator
		}
		return s.record(ctx, tx, who.ID, "role.remove", "user", user, roleText(r))
	})
	if err != nil {
		return fmt.Errorf("change the roles of user %d: %w", user, err)
	}
	return nil
}
