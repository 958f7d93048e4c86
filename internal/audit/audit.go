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
