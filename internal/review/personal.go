package review

import "portal/internal/personal"

// Personal is what this package keeps of a person: what they did at a desk.
var Personal = personal.Data{
	Sections: []personal.Section{{Name: "desk_views", Columns: []string{"desk_views.owner_id"}, SQL: `SELECT name, search, desk, created_at
		FROM desk_views WHERE owner_id = $1 ORDER BY id`}},
	LeftOut: map[string]string{
		"desk_view_defaults.user_id":       "which of the views comes first",
		"submission_links.made_by":         "an act at a desk; it is among the person's acts",
		"assignment_rule_officers.user_id": "how a desk divides its work",
		"pending_decisions.decided_by":     "what a desk has decided and not said yet; afterwards it is among the person's acts",
		"releases.released_by":             "an act at a desk; it is among the person's acts",
		"releases.stopped_by":              "an act at a desk; it is among the person's acts",
		"release_items.decided_by":         "an act at a desk; it is among the person's acts",
		"letter_templates.saved_by":        "the secretariat's letter, not the person's",
		"bulk_acts.actor_id":               "an act at a desk; it is among the person's acts",
		"submission_chases.chased_by":      "an act at a desk; it is among the person's acts",
	},
	Erasures: []personal.Erasure{
		personal.Erase(`DELETE FROM assignment_rule_officers WHERE user_id = $1`, "assignment_rule_officers.user_id"),
		// What is shared with a desk stays the desk's.
		personal.Erase(`DELETE FROM desk_views WHERE owner_id = $1 AND desk = ''`, "desk_views.owner_id"),
		personal.Erase(`DELETE FROM desk_view_defaults WHERE user_id = $1`, "desk_view_defaults.user_id"),
	},
	Kept: map[string]string{
		"submission_links.made_by":     "the history is kept (README rule 5)",
		"pending_decisions.decided_by": "a decision waits for a colleague to look at it",
		"releases.released_by":         "the history is kept (README rule 5)",
		"releases.stopped_by":          "the history is kept (README rule 5)",
		"release_items.decided_by":     "the history is kept (README rule 5)",
		"letter_templates.saved_by":    "the history is kept (README rule 5)",
		"bulk_acts.actor_id":           "the history is kept (README rule 5)",
		"submission_chases.chased_by":  "the history is kept (README rule 5)",
	},
}
