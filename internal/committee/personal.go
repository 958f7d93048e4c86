package committee

import "portal/internal/personal"

const act, kept = "the work of a desk, which is among the person's acts", "the history is kept (README rule 5)"

// Personal is what this package keeps of a person: what they did at the fund desk.
var Personal = personal.Data{
	LeftOut: map[string]string{
		"committee_checks.checked_by": act, "committee_rules.saved_by": act, "committee_sessions.saved_by": act, "committee_entries.added_by": act, "committee_entries.removed_by": act, "committee_entries.decided_by": act,
	},
	Kept: map[string]string{
		"committee_checks.checked_by": kept, "committee_rules.saved_by": kept, "committee_sessions.saved_by": kept, "committee_entries.added_by": kept, "committee_entries.removed_by": kept, "committee_entries.decided_by": kept,
	},
}
