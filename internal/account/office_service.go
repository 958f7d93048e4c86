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

// decidePost decides on a pending post of a locked office, records it, publishes what waited for it and writes to the
// person.
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
	if approve && o.State == OfficeApproved {
		if err := s.approved(ctx, tx, o.ID); err != nil {
			return fmt.Errorf("publish what waited for office %d: %w", o.ID, err)
		}
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
