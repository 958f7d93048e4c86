package newsletter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portal/internal/database"
)

// Bulk adds n invented readers, for demonstration at scale: always the same ones, in all languages and of all segments, who subscribed in the
// two years before the instant. Of each fifty, one has not confirmed, one has left and one does not exist; of each five hundred, one
// has complained.
func (s *Service) Bulk(ctx context.Context, tx database.Tx, n int, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO newsletter_subscribers (email, email_key, lang, themes, regions, sector, frequency, state, consent_source, consented_on, bounces, created_at, confirmed_at)
		SELECT address, address, lang, themes, regions, sector, CASE WHEN h % 7 = 0 THEN 'quarterly' ELSE 'monthly' END, state, 'form', day::date, CASE WHEN i % 50 = 13 THEN 1 ELSE 0 END, day, CASE WHEN state <> 'unconfirmed' THEN day END
		FROM (SELECT i, h, 'reader' || i || '@scale.example' AS address,
				('{en,en,en,en,fr,fr,es,es,ar,ar,ru,zh}'::text[])[1 + h % 12] AS lang,
				CASE WHEN h % 3 = 0 THEN ARRAY[1 + h % 5] WHEN h % 11 = 1 THEN ARRAY[1 + h % 3, 4 + h % 2] ELSE '{}' END AS themes,
				CASE WHEN h % 4 = 0 THEN ARRAY[(SELECT (array_agg(id ORDER BY id) FILTER (WHERE id <> 'global'))[1 + h % 5] FROM regions)] ELSE '{}' END AS regions,
				CASE WHEN h % 6 = 0 THEN (SELECT (array_agg(id ORDER BY id))[1 + h / 6 % 14] FROM sectors) ELSE '' END AS sector,
				CASE WHEN i % 50 = 31 THEN 'unconfirmed' WHEN i % 50 = 13 OR i % 500 = 21 THEN 'away' ELSE 'confirmed' END AS state,
				$2::timestamptz - CASE WHEN i % 50 = 31 THEN make_interval(hours => 1 + h % 100) ELSE make_interval(days => 8 + h % 720) END AS day
			FROM (SELECT i, ('x' || substr(md5('reader' || i), 1, 7))::bit(28)::int AS h FROM generate_series(1, $1) i) n WHERE i % 50 <> 7) r`, n, at)
	if err != nil {
		return fmt.Errorf("add readers: %w", err)
	}
	var hashes [][]byte
	var addresses, reasons []string
	for i := 1; i <= n; i++ {
		address := fmt.Sprintf("reader%d@scale.example", i)
		reason, shown := "", address
		switch {
		case i%50 == 7:
			reason, shown = leftReason, ""
		case i%50 == 13:
			reason = bouncedReason
		case i%500 == 21:
			reason = complainedReason
		default:
			continue
		}
		hashes, addresses, reasons = append(hashes, addressHash(s.Secret, address)), append(addresses, shown), append(reasons, reason)
	}
	_, err = tx.Exec(ctx, `INSERT INTO newsletter_suppressions (address_hash, address, reason, since)
		SELECT hash, address, reason, $4::timestamptz - make_interval(days => (n % 700)::int) FROM unnest($1::bytea[], $2::text[], $3::text[]) WITH ORDINALITY AS x (hash, address, reason, n)`, hashes, addresses, reasons, at)
	if err != nil {
		return fmt.Errorf("keep readers away: %w", err)
	}
	return nil
}

// Happen lets come of an issue that was sent, for demonstration, what comes of issues: one address does not exist, the reader of another
// complains, and a third leaves.
func (s *Service) Happen(ctx context.Context, issue int64, nobody, angry, gone string) error {
	numbers := map[string]int64{}
	for _, email := range []string{nobody, angry, gone} {
		id, err := database.Value[int64](ctx, s.db.Read(), `SELECT id FROM newsletter_subscribers WHERE email_key = $1`, keyOf(email))
		if err != nil {
			return fmt.Errorf("what comes of issue %d: %w", issue, err)
		}
		numbers[email] = id
	}
	if _, err := s.db.Pool.Exec(ctx, `UPDATE newsletter_deliveries SET state = 'bounced', reply = '5.1.1' WHERE issue_id = $1 AND subscriber_id = $2`, issue, numbers[nobody]); err != nil {
		return fmt.Errorf("what comes of issue %d: %w", issue, err)
	}
	return errors.Join(
		s.bounced(ctx, numbers[nobody], 0, "5.1.1"),
		s.complained(ctx, signed{numbers[angry], int32(issue), s.now()}, angry),                              //nolint:gosec // there are few issues
		s.db.InTx(ctx, func(tx database.Tx) error { return s.remove(ctx, tx, numbers[gone], int32(issue)) }), //nolint:gosec // as above
	)
}
