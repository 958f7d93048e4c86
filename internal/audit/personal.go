package audit

import "portal/internal/personal"

// Personal is what this package keeps of a person.
var Personal = personal.Data{
	Sections: []personal.Section{{Name: "acts", Columns: []string{"audit_log.actor_id"}, SQL: `SELECT at, act, subject, subject_id, fields
		FROM audit_log WHERE actor_id = $1 ORDER BY id`}},
	Kept: map[string]string{"audit_log.actor_id": "the record holds ids and names of fields only, and nobody can change it (README rule 5)"},
}
