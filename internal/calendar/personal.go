package calendar

import (
	"context"
	"strings"

	"portal/internal/database"
	"portal/internal/personal"
)

// Personal is what this package keeps of a person: their registrations, which are known by their address alone.
var Personal = personal.Data{
	Sections: []personal.Section{{
		Name: "registrations", Texts: map[string]string{"state": "calendar.registered.state."},
		SQL: `SELECT e.title, r.name, r.state, r.asked_at AS created_at FROM event_registrations r JOIN events e ON e.id = r.event_id JOIN users u ON lower(u.email) = r.email_key WHERE u.id = $1 ORDER BY r.id`,
	}},
	Erasures: []personal.Erasure{{Do: func(ctx context.Context, tx database.Tx, p personal.Person) error {
		keys := make([]string, len(p.Addresses))
		for i, address := range p.Addresses {
			keys[i] = strings.ToLower(address)
		}
		_, err := tx.Exec(ctx, `DELETE FROM event_registrations WHERE email_key = ANY ($1)`, keys)
		return err
	}}},
}
