package account

import (
	"context"

	"portal/internal/database"
	"portal/internal/personal"
)

// Personal is what this package keeps of a person.
var Personal = personal.Data{
	Sections: []personal.Section{
		{Name: "profile", Columns: []string{"users.id"}, SQL: `SELECT name, email, position, country, lang, interests, created_at, email_verified_at
			FROM users WHERE id = $1`},
		{Name: "posts", Columns: []string{"posts.user_id"}, SQL: `SELECT o.name AS office, p.role, p.state, p.from_on, p.until_on, p.reason
			FROM posts p JOIN offices o ON o.id = p.office_id WHERE p.user_id = $1 ORDER BY p.id`,
			Texts: map[string]string{"role": "account.role.", "state": "account.post.state."}},
		{Name: "offices", Columns: []string{"offices.proposed_by"}, SQL: `SELECT name AS office, category, country, state, created_at
			FROM offices WHERE proposed_by = $1 ORDER BY id`, Texts: map[string]string{"state": "account.office.state."}},
		{Name: "roles", Columns: []string{"staff_roles.user_id"}, SQL: `SELECT role, desk, created_at FROM staff_roles WHERE user_id = $1 ORDER BY role, desk`},
		{Name: "terms", Columns: []string{"terms_acceptances.user_id"}, SQL: `SELECT version, accepted_at FROM terms_acceptances WHERE user_id = $1 ORDER BY accepted_at`},
		{Name: "notifications", Columns: []string{"notification_choices.user_id"}, SQL: `SELECT topic, pace FROM notification_choices WHERE user_id = $1 ORDER BY topic`,
			Texts: map[string]string{"pace": "account.notifications.pace."}},
		{Name: "email_changes", Columns: []string{"email_changes.user_id"}, SQL: `SELECT old_email, new_email, requested_at, confirmed_at, ended_at
			FROM email_changes WHERE user_id = $1 ORDER BY id`},
		{Name: "offers", Columns: []string{"post_offers.offered_by"}, SQL: `SELECT o.name AS office, f.kind, f.role, f.state, f.message, f.offered_at, f.from_on, f.until_on
			FROM post_offers f JOIN offices o ON o.id = f.office_id WHERE f.offered_by = $1 ORDER BY f.id`, Texts: map[string]string{"role": "account.role."}},
		{Name: "office_events", Columns: []string{"office_events.actor_id"}, SQL: `SELECT o.name AS office, e.act, e.at
			FROM office_events e JOIN offices o ON o.id = e.office_id WHERE e.actor_id = $1 ORDER BY e.id`},
		{Name: "factor", Columns: []string{"factors.user_id"}, SQL: `SELECT created_at FROM factors WHERE user_id = $1`},
	},
	LeftOut: map[string]string{
		"tokens.user_id":           "one-time links, of which only hashes are kept",
		"recovery_codes.user_id":   "secret codes, of which only hashes are kept",
		"pending_sign_ins.user_id": "a sign-in that is not finished, for minutes",
		"offices.decided_by":       "an act for the secretariat; it is among the person's acts",
		"offices.closed_by":        "an act for the office or the secretariat; it is among the person's acts",
		"posts.decided_by":         "an act for the office or the secretariat; it is among the person's acts",
		"post_offers.decided_by":   "an act for the office or the secretariat; it is among the person's acts",
	},
	Erasures: []personal.Erasure{
		{Columns: []string{"registrations.email", "link_requests.email"}, Do: func(ctx context.Context, tx database.Tx, p personal.Person) error {
			if _, err := tx.Exec(ctx, `DELETE FROM registrations WHERE lower(email) = ANY (SELECT lower(a) FROM unnest($1::text[]) a)`, p.Addresses); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `DELETE FROM link_requests WHERE lower(email) = ANY (SELECT lower(a) FROM unnest($1::text[]) a)`, p.Addresses)
			return err
		}},
		{Columns: []string{"post_offers.email"}, Do: func(ctx context.Context, tx database.Tx, p personal.Person) error {
			_, err := tx.Exec(ctx, `UPDATE post_offers SET state = 'withdrawn', email = '', message = '', decided_at = $3
				WHERE state IN ('asked', 'open') AND (lower(email) = ANY (SELECT lower(a) FROM unnest($2::text[]) a)
					OR post_id IN (SELECT id FROM posts WHERE user_id = $1))`, p.ID, p.Addresses, p.Now)
			return err
		}},
		{Columns: []string{"posts.user_id"}, Do: func(ctx context.Context, tx database.Tx, p personal.Person) error {
			_, err := tx.Exec(ctx, `UPDATE posts SET state = CASE WHEN state = 'approved' THEN 'ended' WHEN state = 'pending' THEN 'refused' ELSE state END,
					until_on = CASE WHEN state = 'approved' THEN least(until_on, greatest(from_on, ($2::timestamptz AT TIME ZONE 'UTC')::date)) ELSE until_on END, reason = ''
				WHERE user_id = $1`, p.ID, p.Now)
			return err
		}},
		personal.Erase(`DELETE FROM staff_roles WHERE user_id = $1`, "staff_roles.user_id"),
		personal.Erase(`DELETE FROM notification_choices WHERE user_id = $1`, "notification_choices.user_id"),
		personal.Erase(`DELETE FROM email_changes WHERE user_id = $1`, "email_changes.user_id"),
		personal.Erase(`DELETE FROM tokens WHERE user_id = $1`, "tokens.user_id"),
		personal.Erase(`DELETE FROM factors WHERE user_id = $1`, "factors.user_id"),
		personal.Erase(`DELETE FROM recovery_codes WHERE user_id = $1`, "recovery_codes.user_id"),
		personal.Erase(`DELETE FROM pending_sign_ins WHERE user_id = $1`, "pending_sign_ins.user_id"),
		// The trigger users_closed_are_nobody erases the rest of the row.
		{Columns: []string{"users.id"}, Do: func(ctx context.Context, tx database.Tx, p personal.Person) error {
			_, err := tx.Exec(ctx, `UPDATE users SET closed_at = $2, session_epoch = session_epoch + 1 WHERE id = $1 AND closed_at IS NULL`, p.ID, p.Now)
			return err
		}},
	},
	Kept: map[string]string{
		"terms_acceptances.user_id": "that somebody accepted which version, without who it was",
		"offices.proposed_by":       "the office's history",
		"offices.decided_by":        "the office's history",
		"posts.decided_by":          "the office's history",
		"offices.closed_by":         "the office's history",
		"post_offers.offered_by":    "the office's history",
		"post_offers.decided_by":    "the office's history",
		"office_events.actor_id":    "the office's history",
	},
}
