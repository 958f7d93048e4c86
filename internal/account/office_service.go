package account

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
)

// waitingMost is how many approvals one person may wait for at a time.
const waitingMost = 3

// SearchOffices returns the approved offices that have all the words in their name, at most ten; more says that there are
// others.
func (s *Service) SearchOffices(ctx context.Context, words string) (found []FoundOffice, more bool, err error) {
	words = cleanQuery(words)
	if words == "" {
		return nil, false, nil
	}
	found, err = searchOffices(ctx, s.db.Read(), words)
	if len(found) > foundMost {
		return found[:foundMost], true, err
	}
	return found, false, err
}

// FindOffice returns an approved office, for a form in which it is chosen; one that cannot be chosen is nil.
func (s *Service) FindOffice(ctx context.Context, id int64) (*FoundOffice, error) {
	return findChosen(ctx, s.db.Read(), id)
}

// Join asks for a post in another office, or proposes one, and returns its number. Who waits for three approvals already
// is refused with problem.Invalid.
func (s *Service) Join(ctx context.Context, who identity.User, c OfficeChoice) (office int64, err error) {
	if wrong := c.Check(s.vocabulary()); wrong != nil {
		return 0, problem.Invalid(wrong...)
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		// One after the other, so that the count below is true.
		if _, err := tx.Exec(ctx, `SELECT FROM users WHERE id = $1 FOR UPDATE`, who.ID); err != nil {
			return err
		}
		waiting, err := database.Value[int](ctx, tx, `SELECT count(*) FROM posts WHERE user_id = $1 AND state = 'pending'`, who.ID)
		if err != nil {
			return err
		}
		if waiting >= waitingMost {
			return problem.Invalid(problem.Field{Name: "q", Key: "account.office.too_many", Args: []any{waitingMost}})
		}
		office, _, err = s.join(ctx, tx, who.ID, c)
		if errors.Is(err, errOfficeGone) {
			return problem.Invalid(problem.Field{Name: "office", Key: "account.office.gone"})
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("join an office: %w", err)
	}
	return office, nil
}

// join gives the person a pending post in the office. The first person of an office is proposed as its head, which the
// secretariat decides; its head decides on those who come later, and is told (accounts.md, Offices).
func (s *Service) join(ctx context.Context, tx database.Tx, user int64, c OfficeChoice) (id int64, head bool, err error) {
	var office Office
	isNew := false
	if c.Proposed() {
		office, isNew, err = proposeOffice(ctx, tx, c, user, s.now())
	} else {
		office, err = lockOffice(ctx, tx, c.ID)
		if errors.Is(err, problem.NotFound) || err == nil && office.State != OfficeApproved && office.State != OfficeProposed {
			err = errOfficeGone
		}
	}
	if err != nil {
		return 0, false, err
	}
	if isNew {
		if err := s.record(ctx, tx, user, "propose", "office", office.ID); err != nil {
			return 0, false, err
		}
	}
	has, err := hasHead(ctx, tx, office.ID)
	if err != nil {
		return 0, false, fmt.Errorf("look for the head of office %d: %w", office.ID, err)
	}
	role := identity.Contributor
	if !has {
		role = identity.Head
	}
	post, added, err := addPost(ctx, tx, user, office.ID, role, s.now())
	if err != nil || !added {
		return office.ID, role == identity.Head, err
	}
	if err := s.record(ctx, tx, user, "ask", "post", post, "role"); err != nil {
		return 0, false, err
	}
	heads, err := recipientsOf(ctx, tx, office.ID, PostApproved, identity.Head)
	if err != nil {
		return 0, false, err
	}
	newcomer, err := recipientByID(ctx, tx, user)
	if err != nil {
		return 0, false, fmt.Errorf("read the newcomer: %w", err)
	}
	for _, to := range heads {
		if err := s.send(ctx, tx, to, letter{kind: "newcomer", office: office, person: newcomer.Name}); err != nil {
			return 0, false, err
		}
	}
	return office.ID, role == identity.Head, nil
}

// OfficePage is an office as one of its people sees it.
type OfficePage struct {
	Office
	Mine OwnPost
	// People are all for a head; the names of those approved for a member; nobody for who still waits.
	People []Colleague
}

// Heads says whether the person who asked manages the people of the office.
func (p OfficePage) Heads() bool { return p.Mine.Role == identity.Head && p.Mine.State == PostApproved }

// LastHead says whether the post is the only one by which the office has a head, and so can be neither ended nor changed.
func (p OfficePage) LastHead(post int64) bool { return lastHead(p.People, post) }

// OfficePage returns an office of the person's own; any other is problem.NotFound.
func (s *Service) OfficePage(ctx context.Context, who identity.User, id int64) (OfficePage, error) {
	var p OfficePage
	var err error
	if p.Office, p.Mine, err = officeFor(ctx, s.db.Read(), id, who.ID); err != nil {
		return p, err
	}
	if p.Mine.State != PostApproved {
		return p, nil // whoever asks for a post does not learn by it who is there
	}
	if p.People, err = people(ctx, s.db.Read(), id); err != nil || p.Heads() {
		return p, err
	}
	p.People = slices.DeleteFunc(p.People, func(c Colleague) bool { return c.State != PostApproved })
	for i, c := range p.People {
		p.People[i] = Colleague{UserID: c.UserID, Name: c.Name, Role: c.Role, State: c.State}
	}
	return p, nil
}

// lead locks the office for one of its heads; for others it is problem.NotFound, or problem.Forbidden for its members.
func (s *Service) lead(ctx context.Context, tx database.Tx, who identity.User, office int64) (Office, error) {
	o, err := lockOffice(ctx, tx, office)
	if err != nil {
		return Office{}, err
	}
	_, mine, err := officeFor(ctx, tx, office, who.ID)
	if err != nil {
		return Office{}, err
	}
	if mine.State != PostApproved || mine.Role != identity.Head {
		return Office{}, problem.Forbidden
	}
	return o, nil
}

// DecidePost approves or refuses somebody who asks for a post, as the office's head. The person is told by mail. When it
// has been decided meanwhile, it is a DecidedError.
func (s *Service) DecidePost(ctx context.Context, who identity.User, office, id int64, approve bool, reason string) error {
	reason = cleanText(reason)
	if n := len([]rune(reason)); n > MaxReason {
		return problem.Invalid(problem.Field{Name: "reason", Key: "account.desk.reason.long", Args: []any{MaxReason, n}})
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		o, err := s.lead(ctx, tx, who, office)
		if err != nil {
			return err
		}
		p, err := findPost(ctx, tx, office, id)
		if err != nil {
			return err
		}
		if p.State != PostPending {
			return p.decided()
		}
		return s.decidePost(ctx, tx, who, o, p, approve, reason)
	})
	if err != nil {
		return fmt.Errorf("decide on post %d: %w", id, err)
	}
	return nil
}

// decidePost decides on a pending post of a locked office, records it and writes to the person.
func (s *Service) decidePost(ctx context.Context, tx database.Tx, who identity.User, o Office, p post, approve bool, reason string) error {
	state, act, kind := PostRefused, "refuse", "post_refused"
	if approve {
		state, act, kind, reason = PostApproved, "approve", "post_approved", ""
	}
	if err := decidePost(ctx, tx, p.ID, state, reason, who.ID, s.now()); err != nil {
		return err
	}
	if err := s.record(ctx, tx, who.ID, act, "post", p.ID, "state"); err != nil {
		return err
	}
	to, err := recipientByID(ctx, tx, p.UserID)
	if err != nil {
		return fmt.Errorf("read the holder of post %d: %w", p.ID, err)
	}
	return s.send(ctx, tx, to, letter{kind: kind, office: o, role: p.Role, note: reason})
}

// ChangeRole gives somebody in the office another role, as its head. The only head stays head (problem.Invalid); a post
// that is over is a DecidedError.
func (s *Service) ChangeRole(ctx context.Context, who identity.User, office, id int64, role identity.PostRole) error {
	if !slices.Contains(identity.PostRoles, role) {
		return problem.Invalid(problem.Field{Key: "account.office.role.missing"})
	}
	err := s.changePost(ctx, who, office, id, func(tx database.Tx, _ Office, p post, last bool) error {
		if p.Role == role {
			return nil
		}
		if last {
			return errLastHead
		}
		if _, err := tx.Exec(ctx, `UPDATE posts SET role = $2 WHERE id = $1`, id, role); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "change", "post", id, "role")
	})
	if err != nil {
		return fmt.Errorf("change the role of post %d: %w", id, err)
	}
	return nil
}

// EndPost ends somebody's post from today, as the office's head, and tells them by mail. The only head stays
// (problem.Invalid); a post that is over already is a DecidedError. What they wrote stays with the office.
func (s *Service) EndPost(ctx context.Context, who identity.User, office, id int64) error {
	err := s.changePost(ctx, who, office, id, func(tx database.Tx, o Office, p post, last bool) error {
		if last {
			return errLastHead
		}
		_, err := tx.Exec(ctx, `UPDATE posts SET state = 'ended', until_on = ($3::timestamptz AT TIME ZONE 'UTC')::date, decided_by = $2, decided_at = $3 WHERE id = $1`, id, who.ID, s.now())
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "end", "post", id, "state"); err != nil {
			return err
		}
		if p.UserID == who.ID {
			return nil
		}
		to, err := recipientByID(ctx, tx, p.UserID)
		if err != nil {
			return err
		}
		return s.send(ctx, tx, to, letter{kind: "post_ended", office: o})
	})
	if err != nil {
		return fmt.Errorf("end post %d: %w", id, err)
	}
	return nil
}

func (s *Service) changePost(ctx context.Context, who identity.User, office, id int64, change func(tx database.Tx, o Office, p post, last bool) error) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		o, err := s.lead(ctx, tx, who, office)
		if err != nil {
			return err
		}
		p, err := findPost(ctx, tx, office, id)
		if err != nil {
			return err
		}
		switch p.State {
		case PostApproved:
		case PostPending:
			return problem.NotAllowedNow
		default:
			return p.decided()
		}
		all, err := people(ctx, tx, office)
		if err != nil {
			return err
		}
		return change(tx, o, p, lastHead(all, id))
	})
}

// SetHeadsOnly says, as the office's head, whether only heads may submit.
func (s *Service) SetHeadsOnly(ctx context.Context, who identity.User, office int64, headsOnly bool) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		o, err := s.lead(ctx, tx, who, office)
		if err != nil || o.HeadsOnly == headsOnly {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE offices SET heads_only = $2 WHERE id = $1`, office, headsOnly); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "change", "office", office, "heads_only")
	})
	if err != nil {
		return fmt.Errorf("change office %d: %w", office, err)
	}
	return nil
}

// DeskPage is a page of the desk's list of offices.
type DeskPage struct {
	Filter DeskFilter
	Rows   []DeskOffice
	Total  int
	// Counts are how many there are in each part of the list, without the other filters.
	Counts map[DeskState]int
}

// DeskOffices returns a page of the offices that the person may decide on; reviewers get problem.Forbidden.
func (s *Service) DeskOffices(ctx context.Context, who identity.User, f DeskFilter) (DeskPage, error) {
	page := DeskPage{Filter: f, Counts: map[DeskState]int{}}
	if !MayApproveOffices(who) {
		return page, problem.Forbidden
	}
	q := s.db.Read()
	var err error
	if page.Total, err = countDeskOffices(ctx, q, f, who); err != nil {
		return page, err
	}
	page.Filter.Page = min(f.Page, max(1, (page.Total+OfficesPerPage-1)/OfficesPerPage))
	if page.Rows, err = deskOffices(ctx, q, page.Filter, who, OfficesPerPage, (page.Filter.Page-1)*OfficesPerPage); err != nil {
		return page, err
	}
	for _, part := range DeskStates {
		if page.Counts[part], err = countDeskOffices(ctx, q, DeskFilter{State: part}, who); err != nil {
			return page, err
		}
	}
	return page, nil
}

// exportMost bounds an export; there are not as many offices in the world that deal with migration.
const exportMost = 50_000

// ExportOffices returns all rows of the filter, in the order of the page, and records that they were taken.
func (s *Service) ExportOffices(ctx context.Context, who identity.User, f DeskFilter) (rows []DeskOffice, err error) {
	if !MayApproveOffices(who) {
		return nil, problem.Forbidden
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if rows, err = deskOffices(ctx, tx, f, who, exportMost, 0); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "export", "office", 0, "name", "head")
	})
	return rows, err
}

// DeskCase is all that the desk sees of one office.
type DeskCase struct {
	DeskOffice
	// People are those who hold or wait for a post.
	People []Colleague
	// Decided is the last decision on it; nil if there was none.
	Decided *DecidedError
}

// DeskOffice returns one office for the person to decide on, and records that they saw who asks. One in which they hold a
// post is problem.NotFound.
func (s *Service) DeskOffice(ctx context.Context, who identity.User, id int64) (c DeskCase, err error) {
	if !MayApproveOffices(who) {
		return c, problem.Forbidden
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if c.DeskOffice, err = deskOffice(ctx, tx, id, who); err != nil {
			return err
		}
		if c.People, err = people(ctx, tx, id); err != nil {
			return err
		}
		c.People = slices.DeleteFunc(c.People, func(p Colleague) bool { return p.State == PostEnded })
		if c.Decided, err = lastDecision(ctx, tx, id); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "read", "office", id, "people.name", "people.email", "people.position")
	})
	return c, err
}

// DecideOffice approves or refuses a proposed office with its first head, or the first head of an approved office. Those
// concerned are told by mail, and what waited for an approved office is published, all in one transaction. When it has
// been decided since it was read, it is a DecidedError.
func (s *Service) DecideOffice(ctx context.Context, who identity.User, id int64, d Decision) error {
	if !MayApproveOffices(who) {
		return problem.Forbidden
	}
	d.Reason = cleanText(d.Reason)
	if wrong := d.Check(); wrong != nil {
		return problem.Invalid(wrong...)
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := lockOffice(ctx, tx, id); err != nil {
			return err
		}
		o, err := deskOffice(ctx, tx, id, who)
		if err != nil {
			return err
		}
		if !o.Waits() || o.HeadPost != d.HeadPost {
			last, err := lastDecision(ctx, tx, id)
			switch {
			case err != nil:
				return err
			case last == nil:
				return problem.Stale
			}
			return last
		}
		if o.State == OfficeProposed {
			return s.decideProposed(ctx, tx, who, o, d)
		}
		return s.decideHead(ctx, tx, who, o, d)
	})
	if err != nil {
		return fmt.Errorf("decide on office %d: %w", id, err)
	}
	return nil
}

func (s *Service) decideProposed(ctx context.Context, tx database.Tx, who identity.User, o DeskOffice, d Decision) error {
	state, act := OfficeRefused, "refuse"
	if d.Approve {
		state, act = OfficeApproved, "approve"
	}
	_, err := tx.Exec(ctx, `UPDATE offices SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1`, o.ID, state, who.ID, s.now())
	if err != nil {
		return fmt.Errorf("store the decision: %w", err)
	}
	if err := s.record(ctx, tx, who.ID, act, "office", o.ID, "state"); err != nil {
		return err
	}
	o.State = state
	if d.Approve {
		if o.HeadPost != 0 {
			if err := s.decideHead(ctx, tx, who, o, d); err != nil {
				return err
			}
		}
		if err := s.approved(ctx, tx, o.ID); err != nil {
			return fmt.Errorf("publish what waited for office %d: %w", o.ID, err)
		}
		return nil
	}
	// Nobody waits for an office that will not be.
	waiting, err := recipientsOf(ctx, tx, o.ID, PostPending, "")
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE posts SET state = 'refused', reason = $2, decided_by = $3, decided_at = $4 WHERE office_id = $1 AND state = 'pending'`,
		o.ID, d.Reason, who.ID, s.now())
	if err != nil {
		return fmt.Errorf("refuse the posts: %w", err)
	}
	for _, to := range waiting {
		if err := s.send(ctx, tx, to, letter{kind: "office_refused", office: o.Office, note: d.Reason}); err != nil {
			return err
		}
	}
	return nil
}

// decideHead decides on the proposed first head of an office. When they are refused, who has waited longest is proposed
// in their place.
func (s *Service) decideHead(ctx context.Context, tx database.Tx, who identity.User, o DeskOffice, d Decision) error {
	p, err := findPost(ctx, tx, o.ID, o.HeadPost)
	if err != nil {
		return err
	}
	if err := s.decidePost(ctx, tx, who, o.Office, p, d.Approve, d.Reason); err != nil || d.Approve {
		return err
	}
	next, err := database.Values[int64](ctx, tx, `UPDATE posts SET role = 'head' WHERE id = (SELECT min(id) FROM posts
		WHERE office_id = $1 AND state = 'pending') AND NOT EXISTS (SELECT FROM posts h WHERE h.office_id = $1 AND h.role = 'head' AND h.state = 'approved')
		RETURNING id`, o.ID)
	if err != nil {
		return fmt.Errorf("propose the next head: %w", err)
	}
	for _, id := range next {
		if err := s.record(ctx, tx, 0, "change", "post", id, "role"); err != nil {
			return err
		}
	}
	return nil
}

// lastDecision says who decided last on the office or on a head of it; nil when nobody has.
func lastDecision(ctx context.Context, q database.Querier, office int64) (*DecidedError, error) {
	e, err := database.Row[DecidedError](ctx, q, `SELECT coalesce(u.name, '') AS by, d.decided_at AS at, d.state FROM (
			SELECT state, decided_by, decided_at FROM offices WHERE id = $1
			UNION ALL
			SELECT state, decided_by, decided_at FROM posts WHERE office_id = $1 AND role = 'head' AND state IN ('approved', 'refused')
		) d LEFT JOIN users u ON u.id = d.decided_by WHERE d.decided_at IS NOT NULL ORDER BY d.decided_at DESC LIMIT 1`, office)
	if errors.Is(err, problem.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("last decision on office %d: %w", office, err)
	}
	return &e, nil
}
