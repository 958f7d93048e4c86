package account

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/onetime"
	"portal/internal/problem"
	"portal/web"
)

// tell sends three letters that differ only in their kind: one to each of two people, and one to the other heads.
func (s *Service) tell(ctx context.Context, tx database.Tx, office int64, l officeLetter, kind1 string, to1 recipient, kind2 string, to2 recipient, heads string) error {
	l.kind = kind1
	if err := s.sendOffice(ctx, tx, to1, l); err != nil {
		return err
	}
	l.kind = kind2
	if err := s.sendOffice(ctx, tx, to2, l); err != nil {
		return err
	}
	others, err := recipientsOf(ctx, tx, office, PostApproved, identity.Head)
	if err != nil {
		return err
	}
	l.kind = heads
	for _, to := range others {
		if to.ID == to1.ID || to.ID == to2.ID {
			continue
		}
		if err := s.sendOffice(ctx, tx, to, l); err != nil {
			return err
		}
	}
	return nil
}

// mailOffer makes the link of an offer anew, so that an earlier one no longer works, and mails it. Too many mails of one
// office, or to one address, in a day are problem.Invalid.
func (s *Service) mailOffer(ctx context.Context, tx database.Tx, id int64) error {
	o, err := findOffer(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, l := range []struct {
		of, key string
		n       int
	}{
		{"offers.office " + strconv.FormatInt(o.OfficeID, 10), "account.offer.too_many.office", offersPerOffice},
		{"offers.address " + strings.ToLower(o.Email), "account.offer.too_many.address", offersPerAddress},
	} {
		err := web.Limit(ctx, tx, limitKey("offers", l.of), l.n, offerWindow)
		if errors.Is(err, problem.TooMany) {
			return problem.Invalid(problem.Field{Name: "email", Key: l.key, Args: []any{l.n}})
		}
		if err != nil {
			return err
		}
	}
	token, hash := onetime.New()
	if _, err := tx.Exec(ctx, `UPDATE post_offers SET token_hash = $2 WHERE id = $1`, id, hash); err != nil {
		return fmt.Errorf("make the link of offer %d: %w", id, err)
	}
	to := recipient{Email: o.Email}
	known, err := credentialsByEmail(ctx, tx, o.Email)
	if err != nil {
		return err
	}
	if known.ID != 0 {
		to = known.recipient()
	} else if from, err := recipientByID(ctx, tx, o.OffererID); err == nil {
		to.Lang = from.Lang // nothing else is known of them
	} else {
		return err
	}
	kind := string(o.Kind)
	if o.ByDesk {
		kind = "head"
	}
	return s.sendOffice(ctx, tx, to, officeLetter{
		kind: kind, office: o.OfficeName, actor: o.Offerer, role: o.Role, from: o.FromOn, until: o.UntilOn, note: o.Message,
		path: offerPath(token), secret: true, within: o.ExpiresAt.Sub(s.now()),
	})
}
