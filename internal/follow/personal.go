package follow

import (
	"context"
	"fmt"

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

// Moved gives what is followed with an address to another one, as a person with an account changes theirs. Links in mails to the
// old address open nothing any more. What both follow stays as the new one has it.
func (s *Service) Moved(ctx context.Context, tx database.Tx, from, to string) error {
	if form.EmailKey(from) == form.EmailKey(to) {
		return nil
	}
	old, err := database.Rows[Reader](ctx, tx, `SELECT id, email, lang FROM follow_readers WHERE email_key = $1 FOR UPDATE`, form.EmailKey(from))
	if err != nil || len(old) == 0 {
		return err
	}
	next, err := reader(ctx, tx, to, old[0].Lang, s.Now())
	if err != nil {
		return err
	}
	for _, sql := range []string{
		`UPDATE follows f SET reader_id = $2 WHERE reader_id = $1 AND NOT EXISTS (SELECT FROM follows g WHERE g.reader_id = $2 AND g.watch_id = f.watch_id)`,
		`UPDATE follow_told t SET reader_id = $2, follow_id = (SELECT g.id FROM follows o JOIN follows g ON g.watch_id = o.watch_id AND g.reader_id = $2 WHERE o.id = t.follow_id)
			WHERE reader_id = $1 AND NOT EXISTS (SELECT FROM follow_told u WHERE u.reader_id = $2 AND u.key = t.key)`,
		`DELETE FROM follow_readers WHERE id = $1 AND id <> $2`,
	} {
		if _, err := tx.Exec(ctx, sql, old[0].ID, next.ID); err != nil {
			return fmt.Errorf("give what reader %d follows to reader %d: %w", old[0].ID, next.ID, err)
		}
	}
	return nil
}
