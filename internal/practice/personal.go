package practice

import "portal/internal/personal"

// Personal is what this package keeps of a person. What was answered in an office's name stays in the history of the practice; a
// reuse that an office has answered stays without the name of who has recorded it.
var Personal = personal.Data{
	Sections: []personal.Section{
		{Name: "practice_reminders", Columns: []string{"practice_reminders.user_id"}, SQL: `SELECT s.public_id, r.asked_on, r.sent_at AS queued_at, r.expires_at, r.used_at AS answered_at
			FROM practice_reminders r JOIN submissions s ON s.id = r.practice_id WHERE r.user_id = $1 ORDER BY r.id`},
		{Name: "practice_reuses", Columns: []string{"practice_reuses.recorder_id"}, SQL: `SELECT p.public_id, r.created_at, r.organization, r.country, r.year, r.changed, r.link, r.state, r.reason
			FROM practice_reuses r JOIN LATERAL (SELECT public_id FROM practices WHERE id = r.practice_id LIMIT 1) p ON true WHERE r.recorder_id = $1 ORDER BY r.id`,
			Texts: map[string]string{"state": "practice.reuse.state."}},
	},
	LeftOut: map[string]string{"practice_reuses.decided_by": "an act for an office or the secretariat; it is among the person's acts"},
	Erasures: []personal.Erasure{
		personal.Erase(`DELETE FROM practice_reminders WHERE user_id = $1 AND used_at IS NULL`, "practice_reminders.user_id"),
		personal.Erase(`DELETE FROM practice_reuses WHERE recorder_id = $1 AND state = 'waiting'`),
		personal.Erase(`UPDATE practice_reuses SET recorder_id = NULL WHERE recorder_id = $1`, "practice_reuses.recorder_id"),
	},
	Kept: map[string]string{"practice_reuses.decided_by": "who decided on a reuse, for the record"},
}
