// Package audit keeps the append-only record of who did what and when (README rule 5). An entry holds ids and field
// names only, never names, addresses or values, so that a person can be erased and the record still stands.
package audit

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
)

// Entry is one act.
type Entry struct {
	// Actor is the id of the person who acted; 0 is the portal itself.
	Actor int64
	// Act says what was done in one or two words joined by a dot or an underscore: "submit", "sign_in", "export.people".
	Act string
	// Subject and SubjectID say to what: a table in the singular and the id of its row.
	Subject   string
	SubjectID int64
	// Fields names what was changed or read; no values.
	Fields []string
	// At is the instant of the act.
	At time.Time
}

// Record writes the entry in the transaction of the act, so that there is no act without its record and no record
// without its act.
func Record(ctx context.Context, tx database.Tx, e Entry) error {
	var actor *int64
	if e.Actor != 0 {
		actor = &e.Actor
	}
	if e.Fields == nil {
		e.Fields = []string{}
	}
	_, err := tx.Exec(ctx, `INSERT INTO audit_log (at, actor_id, act, subject, subject_id, fields)
		VALUES (@at, @actor, @act, @subject, @subject_id, @fields)`,
		database.Args{"at": e.At, "actor": actor, "act": e.Act, "subject": e.Subject, "subject_id": e.SubjectID, "fields": e.Fields})
	if err != nil {
		return fmt.Errorf("record %s of %s %d: %w", e.Act, e.Subject, e.SubjectID, err)
	}
	return nil
}

// Reading is that somebody at the secretariat was shown personal data: names of people outside it, their addresses, what
// they answered to private questions.
type Reading struct {
	Actor int64
	// Subject and IDs say whose: a table in the singular and ids of its rows. Without ids there is nothing to record.
	Subject string
	IDs     []int64
	// Fields names what was shown; no values.
	Fields []string
	At     time.Time
}

// readAgain is for how long reading the same again is the same act.
const readAgain = time.Hour

// RecordRead writes an entry "read" for each row that the actor has not read the same fields of within the last hour. It
// comes before the page is shown, so that nothing is read without its record.
func RecordRead(ctx context.Context, q database.Querier, r Reading) error {
	if len(r.IDs) == 0 {
		return nil
	}
	_, err := q.Exec(ctx, `INSERT INTO audit_log (at, actor_id, act, subject, subject_id, fields)
		SELECT @at, @actor, 'read', @subject, r.id, @fields FROM unnest(@ids::bigint[]) AS r (id)
		WHERE NOT EXISTS (SELECT FROM audit_log l WHERE l.subject = @subject AND l.subject_id = r.id AND l.act = 'read' AND l.actor_id = @actor AND l.at > @since
			AND l.fields @> @fields::text[])
		ORDER BY r.id`,
		database.Args{"at": r.At, "since": r.At.Add(-readAgain), "actor": r.Actor, "subject": r.Subject, "ids": r.IDs, "fields": r.Fields})
	if err != nil {
		return fmt.Errorf("record that %d of %s were read: %w", len(r.IDs), r.Subject, err)
	}
	return nil
}

// Line is an entry as it is read back.
type Line struct {
	ID int64
	At time.Time
	// ActorID is nil for the portal itself. ActorName is empty then, and when the person's account is closed.
	ActorID   *int64
	ActorName string
	Act       string
	Fields    []string
}

// Query chooses entries of one subject.
type Query struct {
	Subject   string
	SubjectID int64
	// Before is the id of the last entry of the page before; 0 is the first page. The newest come first.
	Before int64
	// Limit is how many to return at most.
	Limit int
	// Acts are those to return; none is all.
	Acts []string
	// Except are the ids of entries to leave out.
	Except []int64
}

// List returns the entries of a subject, the newest first. Whether the person may see them is the caller's to decide.
func List(ctx context.Context, q database.Querier, f Query) ([]Line, error) {
	lines, err := database.Rows[Line](ctx, q, `SELECT l.id, l.at, l.actor_id, coalesce(u.name, '') AS actor_name, l.act, l.fields
		FROM audit_log l LEFT JOIN users u ON u.id = l.actor_id AND u.closed_at IS NULL
		WHERE l.subject = @subject AND l.subject_id = @id AND (@before = 0 OR l.id < @before)
			AND (cardinality(@acts::text[]) = 0 OR l.act = ANY (@acts)) AND l.id <> ALL (@except)
		ORDER BY l.id DESC LIMIT @limit`,
		database.Args{"subject": f.Subject, "id": f.SubjectID, "before": f.Before, "limit": f.Limit, "acts": append([]string{}, f.Acts...), "except": append([]int64{}, f.Except...)})
	if err != nil {
		return nil, fmt.Errorf("list the record of %s %d: %w", f.Subject, f.SubjectID, err)
	}
	return lines, nil
}

// RecordEach is Record of the same act for many rows of the subject.
func RecordEach(ctx context.Context, tx database.Tx, e Entry, ids []int64) error {
	var actor *int64
	if e.Actor != 0 {
		actor = &e.Actor
	}
	_, err := tx.Exec(ctx, `INSERT INTO audit_log (at, actor_id, act, subject, subject_id, fields)
		SELECT @at, @actor, @act, @subject, id, @fields FROM unnest(@ids::bigint[]) AS id ORDER BY id`,
		database.Args{"at": e.At, "actor": actor, "act": e.Act, "subject": e.Subject, "ids": ids, "fields": append([]string{}, e.Fields...)})
	if err != nil {
		return fmt.Errorf("record %s of %d of %s: %w", e.Act, len(ids), e.Subject, err)
	}
	return nil
}
