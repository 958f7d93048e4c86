package pledge

import "portal/internal/personal"

// Personal is what this package keeps of a person. An update is public and the office's; it goes on naming the account,
// whose name is gone, by its id. Messages of cases are emptied: the case keeps what was done and when.
var Personal = personal.Data{
	Sections: []personal.Section{
		{Name: "pledge_updates", Columns: []string{"pledge_updates.author_id"}, SQL: `SELECT p.public_id, u.published_at, u.status, u.evidence, u.obstacles, u.support
			FROM pledge_updates u JOIN pledges p ON p.id = u.pledge_id AND p.revision = u.revision WHERE u.author_id = $1 ORDER BY u.id`,
			Texts: map[string]string{"status": "pledge.status."}},
		{Name: "pledge_reminders", Columns: []string{"pledge_reminders.user_id"}, SQL: `SELECT s.public_id, r.report_on, r.sent_at AS queued_at, r.expires_at, r.used_at AS answered_at
			FROM pledge_reminders r JOIN submissions s ON s.id = r.pledge_id WHERE r.user_id = $1 ORDER BY r.id`},
		{Name: "pledge_interests", Columns: []string{"pledge_interest_events.author_id"}, SQL: `SELECT p.public_id, e.at, e.action, e.body
			FROM pledge_interest_events e JOIN pledge_interests i ON i.id = e.interest_id
			JOIN LATERAL (SELECT public_id FROM pledges WHERE id = i.pledge_id LIMIT 1) p ON true WHERE e.author_id = $1 ORDER BY e.id`,
			Texts: map[string]string{"action": "pledge.interest.event."}},
		{Name: "pledge_sheets", Columns: []string{"pledge_sheets.user_id"}, SQL: `SELECT name, created_at, confirmed_at FROM pledge_sheets WHERE user_id = $1 ORDER BY id`},
	},
	LeftOut: map[string]string{"office_trust.by_id": "an act for the secretariat; it is among the person's acts"},
	Erasures: []personal.Erasure{
		personal.Erase(`DELETE FROM pledge_sheets WHERE user_id = $1`, "pledge_sheets.user_id"),
		personal.Erase(`DELETE FROM pledge_reminders WHERE user_id = $1 AND used_at IS NULL`, "pledge_reminders.user_id"),
		personal.Erase(`UPDATE pledge_interest_events SET body = '' WHERE author_id = $1 AND body <> ''`, "pledge_interest_events.body"),
	},
	Kept: map[string]string{
		"pledge_updates.author_id":         "who reported on a pledge, for the record",
		"office_trust.by_id":               "who trusted an office, for the record",
		"pledge_interest_events.author_id": "who did what in a case between offices, for the record",
	},
}
