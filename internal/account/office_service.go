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
		waiting, err := database.Value[int](ctx, tx, `SELECT count(*) FROM posts p JOIN offices o ON o.id = p.office_id
			WHERE p.user_id = $1 AND p.state = 'pending' AND o.state IN ('proposed', 'approved')`, who.ID)
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
		if err == nil && office.MergedInto != nil { // since it was chosen
			office, err = lockOffice(ctx, tx, *office.MergedInto)
		}
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
		if err := s.note(ctx, tx, officeEvent{office: office.ID, act: "propose", actor: user}); err != nil {
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
	// Own is the person's own post that has no end in sight, nil for none: what they can hand over, leave or have somebody
	// stand in for.
	Own *OwnPost
	// Offers are those that wait for an answer: all for a head, their own for others.
	Offers []Offer
	// Vacant says that nobody heads the office today.
	Vacant bool
	// Into is the name of the office into which this one went, or "".
	Into string
}

// Heads says whether the person who asked manages the people of the office.
func (p OfficePage) Heads() bool { return p.Mine.Leads() && p.Open() }

// Acts says whether the person who asked may offer their own post: it is theirs, writes, and the office is approved.
func (p OfficePage) Acts() bool {
	return p.Own != nil && p.Own.Role != identity.Viewer && p.State == OfficeApproved
}

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
	own, err := lastingPost(ctx, s.db.Read(), id, who.ID)
	switch {
	case err == nil:
		p.Own = &own
	case !errors.Is(err, problem.NotFound):
		return p, err
	}
	if p.Offers, err = openOffers(ctx, s.db.Read(), id); err != nil {
		return p, err
	}
	if p.People, err = people(ctx, s.db.Read(), id); err != nil {
		return p, err
	}
	p.Vacant = p.State == OfficeApproved && !slices.ContainsFunc(p.People, func(c Colleague) bool { return c.Role == identity.Head && c.Current })
	if p.Heads() {
		return p, nil
	}
	p.Offers = slices.DeleteFunc(p.Offers, func(o Offer) bool { return o.OffererID != who.ID })
	p.People = slices.DeleteFunc(p.People, func(c Colleague) bool { return c.State != PostApproved })
	for i, c := range p.People {
		p.People[i] = Colleague{PostID: c.PostID, UserID: c.UserID, Name: c.Name, Role: c.Role, State: c.State, Current: c.Current, StandsFor: c.StandsFor, HolderID: c.HolderID, Holder: c.Holder}
		if c.StandsFor != 0 {
			p.People[i].FromOn, p.People[i].UntilOn = c.FromOn, c.UntilOn
		}
	}
	return p, nil
}

// MergedInto returns the office into which one of the person's own went: the page of the old one leads there. For all else
// it is problem.NotFound.
func (s *Service) MergedInto(ctx context.Context, who identity.User, id int64) (int64, error) {
	into, err := database.Value[int64](ctx, s.db.Read(), `SELECT merged_into FROM offices WHERE id = $1 AND merged_into IS NOT NULL`, id)
	if err == nil {
		_, _, err = officeFor(ctx, s.db.Read(), into, who.ID)
	}
	if err != nil {
		return 0, fmt.Errorf("where office %d went: %w", id, err)
	}
	return into, nil
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
	if !mine.Leads() {
		return Office{}, problem.Forbidden
	}
	if !o.Open() {
		return Office{}, problem.NotAllowedNow
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
	if err := s.note(ctx, tx, officeEvent{office: o.ID, act: "post." + act, actor: who.ID, person: p.UserID, role: p.Role}); err != nil {
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
	err := s.changePost(ctx, who, office, id, func(tx database.Tx, o Office, p post, last bool) error {
		if p.Role == role {
			return nil
		}
		if last {
			return errLastHead
		}
		if p.StandsFor != nil {
			return problem.NotAllowedNow // the role is the holder's
		}
		if _, err := tx.Exec(ctx, `UPDATE posts SET role = $2 WHERE id = $1 OR stands_for = $1 AND state = 'approved'`, id, role); err != nil {
			return err
		}
		if err := withdrawOffersOf(ctx, tx, id, who.ID, s.now()); err != nil {
			return err // what was offered is no longer what the post is
		}
		if err := s.note(ctx, tx, officeEvent{office: o.ID, act: "post.role", actor: who.ID, person: p.UserID, role: role}); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "change", "post", id, "role")
	})
	if err != nil {
		return fmt.Errorf("change the role of post %d: %w", id, err)
	}
	return nil
}

// EndPost ends a post from today, with those that stand in for it, and tells its holder by mail: as the office's head, or,
// for one that stands in, as its holder or as who is away. The only head stays (problem.Invalid; see Leave); a post that is
// over already is a DecidedError. What was written stays with the office.
func (s *Service) EndPost(ctx context.Context, who identity.User, office, id int64) error {
	err := s.changePost(ctx, who, office, id, func(tx database.Tx, o Office, p post, last bool) error {
		if last {
			return errLastHead
		}
		if err := endPost(ctx, tx, id, who.ID, s.now()); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "end", "post", id, "state"); err != nil {
			return err
		}
		act := "post.end"
		if p.StandsFor != nil {
			act = "delegation.end"
		}
		if err := s.note(ctx, tx, officeEvent{office: o.ID, act: act, actor: who.ID, person: p.UserID, role: p.Role}); err != nil {
			return err
		}
		to, err := recipientByID(ctx, tx, p.UserID)
		if err != nil {
			return err
		}
		if p.StandsFor != nil {
			return s.tellEnded(ctx, tx, who, o, p, to)
		}
		if p.UserID == who.ID {
			return nil
		}
		return s.send(ctx, tx, to, letter{kind: "post_ended", office: o})
	})
	if err != nil {
		return fmt.Errorf("end post %d: %w", id, err)
	}
	return nil
}

// tellEnded tells both sides of a standing-in that it has ended early, but not the one who has ended it.
func (s *Service) tellEnded(ctx context.Context, tx database.Tx, who identity.User, o Office, p post, delegate recipient) error {
	absent, err := recipientByID(ctx, tx, p.HolderID)
	if err != nil {
		return err
	}
	for _, to := range []recipient{delegate, absent} {
		if to.ID == who.ID {
			continue
		}
		l := officeLetter{kind: "delegation_ended", office: o.Name, actor: absent.Name, person: delegate.Name, path: officePath(o.ID)}
		if err := s.sendOffice(ctx, tx, to, l); err != nil {
			return err
		}
	}
	return nil
}

// changePost runs a change of a post that is held, as somebody who may change it: a head of the office, or for a post that
// stands in its holder and who is away. Who stands in for a head does not decide on that head.
func (s *Service) changePost(ctx context.Context, who identity.User, office, id int64, change func(tx database.Tx, o Office, p post, last bool) error) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		o, err := lockOffice(ctx, tx, office)
		if err != nil {
			return err
		}
		_, mine, err := officeFor(ctx, tx, office, who.ID)
		if err != nil {
			return err
		}
		p, err := findPost(ctx, tx, office, id)
		switch {
		case err != nil && !mine.Leads():
			return problem.Forbidden
		case err != nil:
			return err
		case !mine.Leads() && (p.StandsFor == nil || p.UserID != who.ID && p.HolderID != who.ID):
			return problem.Forbidden
		case !o.Open():
			return problem.NotAllowedNow
		}
		all, err := people(ctx, tx, office)
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
		standsIn := func(c Colleague) bool { return c.UserID == who.ID && c.StandsFor == p.ID && c.Current }
		leads := func(c Colleague) bool {
			return c.UserID == who.ID && c.Role == identity.Head && c.StandsFor == 0 && c.Current
		}
		if slices.ContainsFunc(all, standsIn) && !slices.ContainsFunc(all, leads) {
			return problem.Forbidden
		}
		return change(tx, o, p, lastHead(all, id))
	})
}

// Leave ends the person's own post today. For the only head it is problem.Invalid, unless they say that the office is to be
// left vacant: then the secretariat is told, and invites a successor.
func (s *Service) Leave(ctx context.Context, who identity.User, office int64, vacant bool) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		o, err := lockOffice(ctx, tx, office)
		if err != nil {
			return err
		}
		if _, _, err := officeFor(ctx, tx, office, who.ID); err != nil {
			return err
		}
		mine, err := lastingPost(ctx, tx, office, who.ID)
		if errors.Is(err, problem.NotFound) {
			return problem.NotAllowedNow
		}
		if err != nil {
			return err
		}
		all, err := people(ctx, tx, office)
		if err != nil {
			return err
		}
		last := lastHead(all, mine.ID) && o.State == OfficeApproved
		if last && !vacant {
			return problem.Invalid(problem.Field{Name: "vacant", Key: "account.office.leave.vacant.missing"})
		}
		if err := endPost(ctx, tx, mine.ID, who.ID, s.now()); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "leave", "post", mine.ID, "state"); err != nil {
			return err
		}
		if err := s.note(ctx, tx, officeEvent{office: office, act: "post.leave", actor: who.ID, role: mine.Role}); err != nil || !last {
			return err
		}
		return s.leftVacant(ctx, tx, who.Name, o)
	})
	if err != nil {
		return fmt.Errorf("leave office %d: %w", office, err)
	}
	return nil
}

// leftVacant tells the secretariat that an office has no head any more: the network desk, or, when nobody is there, all who
// decide on offices; never somebody who holds a post in it.
func (s *Service) leftVacant(ctx context.Context, tx database.Tx, leaver string, o Office) error {
	staff, err := database.Rows[recipient](ctx, tx, `WITH staff AS (
			SELECT DISTINCT u.id, u.name, u.email, u.lang, r.desk = 'network' AS network FROM staff_roles r JOIN users u ON u.id = r.user_id AND u.closed_at IS NULL
			WHERE r.role IN ('officer', 'lead', 'administrator')
				AND NOT EXISTS (SELECT FROM posts p WHERE p.office_id = $1 AND p.user_id = u.id AND p.state <> 'refused'))
		SELECT DISTINCT id, name, email, lang FROM staff WHERE network OR NOT EXISTS (SELECT FROM staff WHERE network) ORDER BY id`, o.ID)
	if err != nil {
		return fmt.Errorf("who is told of a vacant office: %w", err)
	}
	for _, to := range staff {
		if err := s.sendOffice(ctx, tx, to, officeLetter{kind: "vacant", office: o.Name, actor: leaver, path: deskOfficePath(o.ID)}); err != nil {
			return err
		}
	}
	return nil
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
		act := "heads_only.off"
		if headsOnly {
			act = "heads_only.on"
		}
		if err := s.note(ctx, tx, officeEvent{office: office, act: act, actor: who.ID}); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, "change", "office", office, "heads_only")
	})
	if err != nil {
		return fmt.Errorf("change office %d: %w", office, err)
	}
	return nil
}
