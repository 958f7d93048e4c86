package account

import (
	"context"
	"fmt"
	"slices"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// deskLock locks an office for the desk; one in which the person holds a post is problem.NotFound.
func (s *Service) deskLock(ctx context.Context, tx database.Tx, who identity.User, id int64) (Office, error) {
	o, err := lockOffice(ctx, tx, id)
	if err != nil {
		return o, err
	}
	if _, err := deskOffice(ctx, tx, id, who); err != nil {
		return o, err
	}
	return o, nil
}

// isOver returns a DecidedError that says who closed or merged the office.
func isOver(ctx context.Context, q database.Querier, o Office) error {
	state := string(o.State)
	if o.MergedInto != nil {
		state = "merged"
	}
	e, err := database.Row[DecidedError](ctx, q, `SELECT coalesce(u.name, '') AS by, coalesce(o.closed_at, o.decided_at, o.created_at) AS at, $2::text AS state
		FROM offices o LEFT JOIN users u ON u.id = coalesce(o.closed_by, o.decided_by) WHERE o.id = $1`, o.ID, state)
	if err != nil {
		return fmt.Errorf("who closed office %d: %w", o.ID, err)
	}
	return &e
}

// sameName returns the office that has the name in the country and acts, other than the one given; nil for none.
func sameName(ctx context.Context, q database.Querier, id int64, name, country string) (*FoundOffice, error) {
	found, err := database.Rows[FoundOffice](ctx, q, `SELECT id, name, category, country FROM offices
		WHERE folded = fold_name($1) AND country = $2 AND state IN ('proposed', 'approved') AND id <> $3`, name, country, id)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// lockName makes those who give the same name at the same time wait for each other, so that the unique index has nothing to
// refuse.
func lockName(ctx context.Context, tx database.Tx, name, country string) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('office ' || fold_name($1) || ' ' || $2, 0))`, name, country)
	return err
}

// RenameOffice gives the office another name, as the desk; was is the name as the page showed it. The name until now is
// kept with its last day and still found. What is published keeps the name that it was published under. The office's people
// are told. A name that another office of the country has is problem.Invalid.
func (s *Service) RenameOffice(ctx context.Context, who identity.User, id int64, was, name string) error {
	if !MayApproveOffices(who) {
		return problem.Forbidden
	}
	name = cleanLine(name)
	if n := form.Length(name); name == "" {
		return problem.Invalid(problem.Field{Name: "office_name", Key: "account.office.name.missing"})
	} else if n > MaxOfficeName {
		return problem.Invalid(problem.Field{Name: "office_name", Key: "account.office.name.long", Args: []any{MaxOfficeName, n}})
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		o, err := s.deskLock(ctx, tx, who, id)
		switch {
		case err != nil:
			return err
		case !o.Open():
			return isOver(ctx, tx, o)
		case o.Name == name:
			return nil
		case o.Name != was:
			return problem.Stale
		}
		if err := lockName(ctx, tx, name, o.Country); err != nil {
			return err
		}
		other, err := sameName(ctx, tx, id, name, o.Country)
		if err != nil {
			return err
		}
		if other != nil {
			return problem.Invalid(problem.Field{Name: "office_name", Key: "account.desk.rename.taken"})
		}
		old, err := database.Value[int64](ctx, tx, `INSERT INTO office_names (office_id, name, until_at) VALUES ($1, $2, $3) RETURNING id`, id, o.Name, s.now())
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE offices SET name = $2 WHERE id = $1`, id, name); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "rename", "office", id, "name"); err != nil {
			return err
		}
		if err := s.note(ctx, tx, officeEvent{office: id, act: "rename", actor: who.ID, name: old}); err != nil {
			return err
		}
		return s.tellPeople(ctx, tx, id, officeLetter{kind: "renamed", office: name, other: o.Name, path: officePath(id)})
	})
	if err != nil {
		return fmt.Errorf("rename office %d: %w", id, err)
	}
	return nil
}

// openPeople are those who hold or wait for a post in the office.
func openPeople(ctx context.Context, q database.Querier, office int64) ([]recipient, error) {
	all, err := database.Rows[recipient](ctx, q, `SELECT DISTINCT u.id, u.name, u.email, u.lang FROM posts p JOIN users u ON u.id = p.user_id
		WHERE p.office_id = $1 AND p.state IN ('pending', 'approved') AND u.closed_at IS NULL AND (p.until_on IS NULL OR p.until_on >= current_date) ORDER BY u.id`, office)
	if err != nil {
		return nil, fmt.Errorf("people of office %d: %w", office, err)
	}
	return all, nil
}

func (s *Service) tellPeople(ctx context.Context, tx database.Tx, office int64, l officeLetter) error {
	all, err := openPeople(ctx, tx, office)
	if err != nil {
		return err
	}
	for _, to := range all {
		if err := s.sendOffice(ctx, tx, to, l); err != nil {
			return err
		}
	}
	return nil
}

// CloseOffice closes an office that acts no more, as the desk, and tells its people why. They keep reading what it wrote;
// nothing can be submitted, and what is published stays public. One that is closed already is a DecidedError.
func (s *Service) CloseOffice(ctx context.Context, who identity.User, id int64, reason string) error {
	if !MayApproveOffices(who) {
		return problem.Forbidden
	}
	reason = cleanText(reason)
	if wrong := (Decision{Reason: reason}).Check(); wrong != nil {
		return problem.Invalid(wrong...)
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		o, err := s.deskLock(ctx, tx, who, id)
		switch {
		case err != nil:
			return err
		case !o.Open():
			return isOver(ctx, tx, o)
		}
		_, err = tx.Exec(ctx, `UPDATE offices SET state = 'closed', closed_at = $2, closed_by = $3, close_reason = $4 WHERE id = $1`, id, s.now(), who.ID, reason)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE post_offers SET state = 'withdrawn', email = '', message = '', decided_at = $2, decided_by = $3
			WHERE office_id = $1 AND state IN ('asked', 'open')`, id, s.now(), who.ID)
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "close", "office", id, "state"); err != nil {
			return err
		}
		if err := s.note(ctx, tx, officeEvent{office: id, act: "close", actor: who.ID}); err != nil {
			return err
		}
		return s.tellPeople(ctx, tx, id, officeLetter{kind: "closed", office: o.Name, note: reason, path: officePath(id)})
	})
	if err != nil {
		return fmt.Errorf("close office %d: %w", id, err)
	}
	return nil
}

// ReopenOffice opens a closed office again, and a refused one for another decision, as the desk. One that went into another
// office stays there: problem.NotAllowedNow. A name that another office has taken meanwhile is problem.Invalid.
func (s *Service) ReopenOffice(ctx context.Context, who identity.User, id int64) error {
	if !MayApproveOffices(who) {
		return problem.Forbidden
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		o, err := s.deskLock(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if o.Open() || o.MergedInto != nil {
			return problem.NotAllowedNow
		}
		if err := lockName(ctx, tx, o.Name, o.Country); err != nil {
			return err
		}
		other, err := sameName(ctx, tx, id, o.Name, o.Country)
		if err != nil {
			return err
		}
		if other != nil {
			return problem.Invalid(problem.Field{Key: "account.desk.reopen.taken"})
		}
		state := OfficeApproved
		if o.State == OfficeRefused {
			state = OfficeProposed
		}
		if _, err := tx.Exec(ctx, `UPDATE offices SET state = $2, closed_at = NULL, closed_by = NULL, close_reason = '' WHERE id = $1`, id, state); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "reopen", "office", id, "state"); err != nil {
			return err
		}
		if err := s.note(ctx, tx, officeEvent{office: id, act: "reopen", actor: who.ID}); err != nil {
			return err
		}
		if state == OfficeApproved {
			if err := s.approved(ctx, tx, id); err != nil {
				return fmt.Errorf("publish what waited for office %d: %w", id, err)
			}
		}
		return s.tellPeople(ctx, tx, id, officeLetter{kind: "reopened", office: o.Name, path: officePath(id)})
	})
	if err != nil {
		return fmt.Errorf("reopen office %d: %w", id, err)
	}
	return nil
}

// Merger is what a merger will do, for the page on which it is confirmed.
type Merger struct {
	From, Into Office
	// People is how many hold or wait for a post in From, and Both how many of them do so in Into too.
	People, Both int
	Offers       int
	Written      workflow.OfficeCounts
}

// Merger returns what merging one office into another will do. An office in which the person holds a post is
// problem.NotFound; one that is closed is a DecidedError; Into must be approved, else it is problem.Invalid.
func (s *Service) Merger(ctx context.Context, who identity.User, from, into int64) (m Merger, err error) {
	if !MayApproveOffices(who) {
		return m, problem.Forbidden
	}
	q := s.db.Read()
	a, err := deskOffice(ctx, q, from, who)
	if err != nil {
		return m, err
	}
	m.From = a.Office
	b, err := deskOffice(ctx, q, into, who)
	if err != nil {
		return m, err
	}
	m.Into = b.Office
	if err := mayMerge(ctx, q, m.From, m.Into); err != nil {
		return m, err
	}
	type counts struct{ People, Both, Offers int }
	c, err := database.Row[counts](ctx, q, `SELECT count(DISTINCT p.user_id) AS people, count(DISTINCT b.user_id) AS both,
			(SELECT count(*) FROM post_offers f WHERE f.office_id = $1 AND f.state IN ('asked', 'open')) AS offers
		FROM posts p LEFT JOIN posts b ON b.user_id = p.user_id AND b.office_id = $2 AND b.state IN ('pending', 'approved') AND b.until_on IS NULL
		WHERE p.office_id = $1 AND p.state IN ('pending', 'approved') AND (p.until_on IS NULL OR p.until_on >= current_date)`, from, into)
	if err != nil {
		return m, err
	}
	m.People, m.Both, m.Offers = c.People, c.Both, c.Offers
	m.Written, err = workflow.CountOffice(ctx, q, from, who)
	return m, err
}

func mayMerge(ctx context.Context, q database.Querier, from, into Office) error {
	switch {
	case from.ID == into.ID:
		return problem.Invalid(problem.Field{Name: "into", Key: "account.desk.merge.same"})
	case !from.Open():
		return isOver(ctx, q, from)
	case into.State != OfficeApproved:
		return problem.Invalid(problem.Field{Name: "into", Key: "account.desk.merge.closed"})
	}
	return nil
}

// MergeOffice merges an office into another, as the desk: what it wrote, its people (of two posts of one person the heavier
// stays), its offers and its names. It is closed, its address leads to the other, and its people are told. It is one
// transaction: whoever has a draft of it open saves it into the other. When somebody else was faster it is a DecidedError.
func (s *Service) MergeOffice(ctx context.Context, who identity.User, from, into int64) error {
	if !MayApproveOffices(who) {
		return problem.Forbidden
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		for _, id := range slices.Sorted(slices.Values([]int64{from, into})) {
			if _, err := s.deskLock(ctx, tx, who, id); err != nil {
				return err
			}
		}
		a, err := lockOffice(ctx, tx, from)
		if err != nil {
			return err
		}
		b, err := lockOffice(ctx, tx, into)
		if err != nil {
			return err
		}
		if err := mayMerge(ctx, tx, a, b); err != nil {
			return err
		}
		people, err := openPeople(ctx, tx, from)
		if err != nil {
			return err
		}
		if err := mergePosts(ctx, tx, from, into, who.ID, s.now()); err != nil {
			return err
		}
		if _, err := workflow.MoveAll(ctx, tx, from, into, who, s.now()); err != nil {
			return err
		}
		if err := s.merged(ctx, tx, from, into); err != nil {
			return fmt.Errorf("move what is published: %w", err)
		}
		if err := mergeNames(ctx, tx, a, into, who.ID, s.now()); err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.ID, "merge", "office", from, "state", "merged_into"); err != nil {
			return err
		}
		for _, e := range []officeEvent{{office: from, act: "merge.into", other: into}, {office: into, act: "merge.from", other: from}} {
			e.actor = who.ID
			if err := s.note(ctx, tx, e); err != nil {
				return err
			}
		}
		if err := s.approved(ctx, tx, into); err != nil {
			return fmt.Errorf("publish what waited for office %d: %w", from, err)
		}
		for _, to := range people {
			if err := s.sendOffice(ctx, tx, to, officeLetter{kind: "merged", office: a.Name, other: b.Name, path: officePath(into)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("merge office %d into %d: %w", from, into, err)
	}
	return nil
}
