package account

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// DeskPage is a page of the desk's list of offices.
type DeskPage struct {
	Filter DeskFilter
	Rows   []DeskOffice
	Total  int
	// Counts are how many there are in each part of the list, without the other filters.
	Counts map[DeskState]int
}

// DeskOffices returns a page of the offices that the person may decide on, and records of which they saw who asks to be
// head; reviewers get problem.Forbidden.
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
	var named []int64
	for _, o := range page.Rows {
		if o.Head != "" {
			named = append(named, o.ID)
		}
	}
	return page, s.recordRead(ctx, q, who, "office", named, "head.name")
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
	// Offers are the invitations of the secretariat that wait for an answer.
	Offers []Offer
	// Names are those that it had, and those of offices that went into it. Into is the name of the office into which it went.
	Names []FormerName
	Into  string
	// Similar are offices that may be the same, and Government the others of the country's government.
	Similar, Government []SimilarOffice
	// Written is what it has written.
	Written workflow.OfficeCounts
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
		if err := c.complete(ctx, tx, who); err != nil {
			return err
		}
		return s.recordRead(ctx, tx, who, "office", []int64{id}, "people.name", "people.email", "people.position")
	})
	return c, err
}

// complete adds what stands around the office: its offers and names, and its neighbours.
func (c *DeskCase) complete(ctx context.Context, tx database.Tx, who identity.User) error {
	h, err := history(ctx, tx, c.ID, 1) // no lines
	if err != nil {
		return err
	}
	c.Names, c.Into = h.Names, h.Into
	if c.Offers, err = openOffers(ctx, tx, c.ID); err != nil {
		return err
	}
	c.Offers = slices.DeleteFunc(c.Offers, func(o Offer) bool { return !o.ByDesk })
	if c.Written, err = workflow.CountOffice(ctx, tx, c.ID, who); err != nil || !c.Open() {
		return err
	}
	if c.Similar, err = similarOffices(ctx, tx, c.Office); err != nil || c.Category != government || c.Country == "" {
		return err
	}
	c.Government, err = database.Rows[SimilarOffice](ctx, tx, `SELECT id, name, state, '' AS former FROM offices
		WHERE category = $1 AND country = $2 AND state = 'approved' AND id <> $3 ORDER BY name COLLATE "und-x-icu", id LIMIT 20`, government, c.Country, c.ID)
	return err
}

// government is the category of offices that speak for a State.
const government = "member_state"

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
	if err := s.note(ctx, tx, officeEvent{office: o.ID, act: act, actor: who.ID}); err != nil {
		return err
	}
	o.State = state
	if d.Approve {
		if o.HeadPost != 0 {
			return s.decideHead(ctx, tx, who, o, d) // and publish what waited
		}
		if err := s.approved(ctx, tx, o.ID); err != nil {
			return fmt.Errorf("publish what waited for office %d: %w", o.ID, err)
		}
		return nil
	}
	// Nobody decides on who waited for an office that will not be: they keep sight of what they wrote, and may move it.
	waiting, err := recipientsOf(ctx, tx, o.ID, PostPending, "")
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE posts SET reason = $2 WHERE office_id = $1 AND state = 'pending'`, o.ID, d.Reason); err != nil {
		return fmt.Errorf("keep the reason: %w", err)
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
		WHERE office_id = $1 AND state = 'pending') AND NOT EXISTS (SELECT FROM posts h WHERE h.office_id = $1 AND h.role = 'head' AND h.state = 'approved'
			AND (h.until_on IS NULL OR h.until_on >= current_date))
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
