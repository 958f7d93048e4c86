package account

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/identity"
	"portal/internal/onetime"
)

// offerSelect is the SQL of an Offer a row.
const offerSelect = `SELECT f.id, f.kind, f.state, f.office_id, o.name AS office_name, o.state = 'approved' AS office_open,
		coalesce(f.post_id, 0) AS post_id, coalesce(p.user_id, 0) AS holder_id, coalesce(holder.name, '') AS holder,
		coalesce(p.state = 'approved' AND (p.until_on IS NULL OR p.until_on >= current_date) AND holder.closed_at IS NULL, false) AS post_held,
		f.role, f.email, f.message, f.from_on, f.until_on, f.keeps_reading, f.by_desk, f.offered_by AS offerer_id, offerer.name AS offerer,
		f.offered_at, f.expires_at, f.decided_at, f.decided_by
	FROM post_offers f JOIN offices o ON o.id = f.office_id JOIN users offerer ON offerer.id = f.offered_by
		LEFT JOIN posts p ON p.id = f.post_id LEFT JOIN users holder ON holder.id = p.user_id
	WHERE `

func findOffer(ctx context.Context, q database.Querier, id int64) (Offer, error) {
	o, err := database.Row[Offer](ctx, q, offerSelect+`f.id = $1`, id)
	if err != nil {
		return o, fmt.Errorf("offer %d: %w", id, err)
	}
	return o, nil
}

// offerIDByToken returns the number of the offer to which the token leads; problem.NotFound for none.
func offerIDByToken(ctx context.Context, q database.Querier, token string) (int64, error) {
	id, err := database.Value[int64](ctx, q, `SELECT id FROM post_offers WHERE token_hash = $1`, onetime.Hash(token))
	if err != nil {
		return 0, fmt.Errorf("find an offer by its link: %w", err)
	}
	return id, nil
}

// lockOffer locks the offer's office and then the offer: the order in which everything about offices is locked. An office
// that is merged meanwhile takes its offers along.
func lockOffer(ctx context.Context, tx database.Tx, id int64) (Offer, Office, error) {
	for {
		before, err := findOffer(ctx, tx, id)
		if err != nil {
			return before, Office{}, err
		}
		office, err := lockOffice(ctx, tx, before.OfficeID)
		if err != nil {
			return before, office, err
		}
		if _, err := tx.Exec(ctx, `SELECT FROM post_offers WHERE id = $1 FOR UPDATE`, id); err != nil {
			return before, office, fmt.Errorf("lock offer %d: %w", id, err)
		}
		now, err := findOffer(ctx, tx, id)
		if err != nil || now.OfficeID == office.ID {
			return now, office, err
		}
	}
}

// openOffers are those of the office that are asked for or open, also when their time is over, oldest first.
func openOffers(ctx context.Context, q database.Querier, office int64) ([]Offer, error) {
	all, err := database.Rows[Offer](ctx, q, offerSelect+`f.office_id = $1 AND f.state IN ('asked', 'open') ORDER BY f.id`, office)
	if err != nil {
		return nil, fmt.Errorf("read the offers of office %d: %w", office, err)
	}
	return all, nil
}

// offersTo are the open offers to an address.
func offersTo(ctx context.Context, q database.Querier, email string, now time.Time) ([]Offer, error) {
	all, err := database.Rows[Offer](ctx, q, offerSelect+`lower(f.email) = lower($1) AND f.state = 'open' AND f.expires_at > $2 AND o.state = 'approved' ORDER BY f.id`, email, now)
	if err != nil {
		return nil, fmt.Errorf("read the offers to a person: %w", err)
	}
	return all, nil
}

// addOffer keeps an offer. One that is open already for the same thing gives 0: an office invites an address once, and a
// post is handed over once.
func addOffer(ctx context.Context, tx database.Tx, kind OfferKind, state OfferState, office, post int64, role identity.PostRole, f OfferForm, byDesk bool, by int64, now time.Time) (int64, error) {
	var from, until *date.Date
	if kind == Delegation {
		from = &f.FromOn
	}
	if kind != Invitation {
		until = &f.UntilOn
	}
	ids, err := database.Values[int64](ctx, tx, `INSERT INTO post_offers (kind, state, office_id, post_id, role, email, message, from_on, until_on,
			keeps_reading, by_desk, offered_by, offered_at, expires_at)
		VALUES (@kind, @state, @office, nullif(@post::bigint, 0), @role, @email, @message, @from, @until, @keeps, @desk, @by, @now, @expires)
		ON CONFLICT DO NOTHING RETURNING id`, database.Args{
		"kind": kind, "state": state, "office": office, "post": post, "role": role, "email": f.Email, "message": f.Message, "from": from, "until": until,
		"keeps": f.KeepsReading, "desk": byDesk, "by": by, "now": now, "expires": f.lasts(kind, now),
	})
	if err != nil {
		return 0, fmt.Errorf("keep an offer: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return ids[0], nil
}

// endOffer ends an offer and erases what was personal in it.
func endOffer(ctx context.Context, tx database.Tx, id int64, state OfferState, by int64, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE post_offers SET state = @state, email = '', message = '', decided_at = @now, decided_by = nullif(@by::bigint, 0)
		WHERE id = @id`, database.Args{"id": id, "state": state, "by": by, "now": now})
	if err != nil {
		return fmt.Errorf("end offer %d: %w", id, err)
	}
	return nil
}

// grant gives the person the role in the office from today, without an end: a new post, or the one that they have, approved
// and raised if it was lighter. It returns the post.
func grant(ctx context.Context, tx database.Tx, office, user int64, role identity.PostRole, by int64, now time.Time) (int64, error) {
	id, err := database.Value[int64](ctx, tx, `INSERT INTO posts AS p (user_id, office_id, role, state, from_on, created_at, decided_at, decided_by)
		VALUES (@user, @office, @role, 'approved', current_date, @now, @now, @by)
		ON CONFLICT (user_id, office_id) WHERE state IN ('pending', 'approved') AND until_on IS NULL DO UPDATE
		SET role = CASE WHEN p.state = 'pending' OR array_position(ARRAY['head', 'contributor', 'viewer'], excluded.role)
				< array_position(ARRAY['head', 'contributor', 'viewer'], p.role) THEN excluded.role ELSE p.role END,
			from_on = CASE WHEN p.state = 'pending' OR p.from_on > current_date THEN current_date ELSE p.from_on END,
			state = 'approved', decided_at = excluded.decided_at, decided_by = excluded.decided_by
		RETURNING id`, database.Args{"user": user, "office": office, "role": role, "by": by, "now": now})
	if err != nil {
		return 0, fmt.Errorf("give user %d a post in office %d: %w", user, office, err)
	}
	return id, nil
}

// standIn makes a post that stands in for another one for some days.
func standIn(ctx context.Context, tx database.Tx, office, user, forPost int64, role identity.PostRole, from, until date.Date, by int64, now time.Time) (int64, error) {
	id, err := database.Value[int64](ctx, tx, `INSERT INTO posts (user_id, office_id, role, state, from_on, until_on, stands_for, created_at, decided_at, decided_by)
		VALUES (@user, @office, @role, 'approved', greatest(@from::date, current_date), @until, @for, @now, @now, @by) RETURNING id`,
		database.Args{"user": user, "office": office, "role": role, "from": from, "until": until, "for": forPost, "by": by, "now": now})
	if err != nil {
		return 0, fmt.Errorf("let user %d stand in for post %d: %w", user, forPost, err)
	}
	return id, nil
}

// endPost ends a post today, with those that stand in for it, and with what is offered of it.
func endPost(ctx context.Context, tx database.Tx, id, by int64, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE posts SET state = 'ended', until_on = least(until_on, current_date), decided_by = @by, decided_at = @now
		WHERE (id = @id OR stands_for = @id) AND state = 'approved'`, database.Args{"id": id, "by": by, "now": now})
	if err != nil {
		return fmt.Errorf("end post %d: %w", id, err)
	}
	return withdrawOffersOf(ctx, tx, id, by, now)
}

// withdrawOffersOf ends what is offered of a post.
func withdrawOffersOf(ctx context.Context, tx database.Tx, post, by int64, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE post_offers SET state = 'withdrawn', email = '', message = '', decided_at = $3, decided_by = $2
		WHERE post_id = $1 AND state IN ('asked', 'open')`, post, by, now)
	if err != nil {
		return fmt.Errorf("withdraw the offers of post %d: %w", post, err)
	}
	return nil
}
