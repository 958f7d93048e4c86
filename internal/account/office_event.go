package account

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
)

// officeEvent is one line of an office's history. It holds ids only.
type officeEvent struct {
	office int64
	// act names what was done; its text is account.office.history.<act>.
	act    string
	actor  int64 // 0 is the portal itself
	person int64 // whom it concerns, or 0
	role   identity.PostRole
	other  int64 // the other office of a merger, or 0
	name   int64 // the row of office_names with the name until then, or 0
}

// note writes a line into the history of an office.
func (s *Service) note(ctx context.Context, tx database.Tx, e officeEvent) error {
	_, err := tx.Exec(ctx, `INSERT INTO office_events (office_id, act, actor_id, person_id, role, other_id, name_id, at)
		VALUES (@office, @act, nullif(@actor::bigint, 0), nullif(@person::bigint, 0), @role, nullif(@other::bigint, 0), nullif(@name::bigint, 0), @now)`,
		database.Args{"office": e.office, "act": e.act, "actor": e.actor, "person": e.person, "role": e.role, "other": e.other, "name": e.name, "now": s.now()})
	if err != nil {
		return fmt.Errorf("note %s in the history of office %d: %w", e.act, e.office, err)
	}
	return nil
}

// PastEvent is a line of an office's history as it is read. Names are "" for the portal, and for people who are gone.
type PastEvent struct {
	ID  int64
	At  time.Time
	Act string
	// OfficeID and OfficeName are of the office where it happened: of one that has been merged into this one, perhaps.
	OfficeID   int64
	OfficeName string
	ActorID    *int64
	Actor      string
	PersonID   *int64
	Person     string
	Role       identity.PostRole
	OtherID    *int64
	Other      string
	// Name is the office's name until then, of a renaming.
	Name string
}

// FormerName is a name that an office had until a day, or that of an office that went into it.
type FormerName struct {
	Name    string
	UntilAt time.Time
}

// HistoryPerPage is the number of lines on a page of an office's history.
const HistoryPerPage = 50

// OfficeHistory is a page of what happened to an office and to those that went into it, the newest first.
type OfficeHistory struct {
	Office Office
	// Into is the name of the office into which it went, or "".
	Into   string
	Names  []FormerName
	Events []PastEvent
	// Next is the Before of the next page; 0 on the last one.
	Next int64
}

// history reads a page of the history; before is the id of the last line of the page before, 0 for the first.
func history(ctx context.Context, q database.Querier, office, before int64) (h OfficeHistory, err error) {
	h.Office, err = database.Row[Office](ctx, q, `SELECT `+officeColumns+` FROM offices o WHERE o.id = $1`, office)
	if err != nil {
		return h, fmt.Errorf("history of office %d: %w", office, err)
	}
	if h.Office.MergedInto != nil {
		if h.Into, err = database.Value[string](ctx, q, `SELECT name FROM offices WHERE id = $1`, *h.Office.MergedInto); err != nil {
			return h, fmt.Errorf("history of office %d: %w", office, err)
		}
	}
	h.Names, err = database.Rows[FormerName](ctx, q, `SELECT name, until_at FROM office_names WHERE office_id = $1 ORDER BY id DESC`, office)
	if err != nil {
		return h, fmt.Errorf("former names of office %d: %w", office, err)
	}
	h.Events, err = database.Rows[PastEvent](ctx, q, `WITH RECURSIVE merged AS (
			SELECT $1::bigint AS id UNION SELECT o.id FROM offices o JOIN merged m ON o.merged_into = m.id)
		SELECT e.id, e.at, e.act, e.office_id, o.name AS office_name, e.actor_id, coalesce(actor.name, '') AS actor,
			e.person_id, coalesce(person.name, '') AS person, e.role, e.other_id, coalesce(other.name, '') AS other, coalesce(n.name, '') AS name
		FROM office_events e JOIN offices o ON o.id = e.office_id
			LEFT JOIN users actor ON actor.id = e.actor_id AND actor.closed_at IS NULL
			LEFT JOIN users person ON person.id = e.person_id AND person.closed_at IS NULL
			LEFT JOIN offices other ON other.id = e.other_id LEFT JOIN office_names n ON n.id = e.name_id
		WHERE e.office_id IN (SELECT id FROM merged) AND ($2 = 0 OR e.id < $2)
		ORDER BY e.id DESC LIMIT $3`, office, before, HistoryPerPage+1)
	if err != nil {
		return h, fmt.Errorf("history of office %d: %w", office, err)
	}
	if len(h.Events) > HistoryPerPage {
		h.Events = h.Events[:HistoryPerPage]
		h.Next = h.Events[HistoryPerPage-1].ID
	}
	return h, nil
}

// OfficeHistory returns a page of the history of an office of the person's own, for those who hold a post; any other is
// problem.NotFound.
func (s *Service) OfficeHistory(ctx context.Context, who identity.User, office, before int64) (OfficeHistory, error) {
	_, mine, err := officeFor(ctx, s.db.Read(), office, who.ID)
	if err != nil {
		return OfficeHistory{}, err
	}
	if mine.State != PostApproved {
		return OfficeHistory{}, fmt.Errorf("history of office %d: %w", office, problem.Forbidden)
	}
	return history(ctx, s.db.Read(), office, before)
}

// DeskOfficeHistory is OfficeHistory for the desk, which may not look at an office of its own. It records that the names in
// it were read.
func (s *Service) DeskOfficeHistory(ctx context.Context, who identity.User, office, before int64) (h OfficeHistory, err error) {
	if !MayApproveOffices(who) {
		return h, problem.Forbidden
	}
	if _, err := deskOffice(ctx, s.db.Read(), office, who); err != nil {
		return h, err
	}
	if h, err = history(ctx, s.db.Read(), office, before); err != nil {
		return h, err
	}
	return h, s.recordRead(ctx, s.db.Read(), who, "office", []int64{office}, "events.actor", "events.person")
}
