package follow

import (
	"context"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/personal"
)

// Personal is what this package keeps of people with an account: what is followed with their address. Readers without one see to
// theirs by their own link.
var Personal = personal.Data{
	Sections: []personal.Section{{Name: "follows", SQL: `SELECT f.created_at, r.email, w.list, w.query AS filter, f.frequency, f.languages, f.confirmed_at
		FROM users u JOIN follow_readers r ON r.email_key = lower(u.email) OR lower(r.email) = lower(u.email) JOIN follows f ON f.reader_id = r.id JOIN follow_watches w ON w.id = f.watch_id WHERE u.id = $1 ORDER BY f.id`,
		Texts: map[string]string{"frequency": "follow.frequency."}}},
	Erasures: []personal.Erasure{{Do: func(ctx context.Context, tx database.Tx, p personal.Person) error {
		keys := make([]string, len(p.Addresses))
		for i, address := range p.Addresses {
			keys[i] = form.EmailKey(address)
		}
		_, err := tx.Exec(ctx, `DELETE FROM follow_readers WHERE email_key = ANY ($1)`, keys)
		return err
	}}},
}
