package facilitator

import "portal/internal/personal"

// Personal is what this package keeps of a person: their place on the roster, with when they are away and what they had.
var Personal = personal.Data{
	Sections: []personal.Section{{Name: "facilitator", Columns: []string{"facilitators.user_id"}, SQL: `SELECT f.name, f.languages, f.regions, f.consented_at, f.added_at AS created_at,
		ARRAY(SELECT a.since || ' / ' || a.until FROM facilitator_absences a WHERE a.facilitator_id = f.id ORDER BY a.since) AS away FROM facilitators f WHERE f.user_id = $1`}},
	Erasures: []personal.Erasure{personal.Erase(`DELETE FROM facilitators WHERE user_id = $1`, "facilitators.user_id")},
}
