package newsletter

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web"
)

// FollowName is the archive's among the lists that can be followed.
const FollowName = "newsletter"

// Followed is the archive for those who follow it. An issue is in it from its sending.
func (s *Service) Followed() web.Followed {
	return web.Followed{
		Name: FollowName, Title: "newsletter.archive.title", Path: Path, Feed: Path + ".atom",
		Query: func(url.Values) url.Values { return url.Values{} },
		Words: func(context.Context, url.Values) []string { return nil },
		Newest: func(ctx context.Context, _ url.Values, most int) ([]web.FollowedEntry, error) {
			issues, err := s.Archive(ctx)
			var all []web.FollowedEntry
			for _, i := range issues {
				e := web.FollowedEntry{Key: fmt.Sprintf("newsletter-%d", i.Number), Path: i.Path(), Published: *i.StartedAt, Text: i18n.T(ctx, "newsletter.issue.number", i.Number, i18n.Month(ctx, i.Month))}
				for _, l := range i18n.All {
					if t, ok := i.Texts[l]; ok {
						e.Titles, e.Languages = append(e.Titles, web.FollowedTitle{Lang: string(l), Text: t.Title}), append(e.Languages, string(l))
					}
				}
				all = append(all, e)
			}
			return web.NewestFollowed(all, most), err
		},
	}
}

// Unwanted says whether the reader of the address has called the portal's letters unwanted, or the desk keeps it away: then no
// letter that anybody may ask for goes to it.
func (s *Service) Unwanted(ctx context.Context, q database.Querier, email string) (bool, error) {
	return s.kept(ctx, q, email, complainedReason, deskReason)
}

// KeptAway says whether nothing that is sent to many may go to the address: mails came back from it besides.
func (s *Service) KeptAway(ctx context.Context, q database.Querier, email string) (bool, error) {
	return s.kept(ctx, q, email, complainedReason, deskReason, bouncedReason)
}

func (s *Service) kept(ctx context.Context, q database.Querier, email string, reasons ...string) (bool, error) {
	kept, err := database.Value[bool](ctx, q, `SELECT EXISTS (SELECT FROM newsletter_suppressions WHERE address_hash = $1 AND lifted_at IS NULL AND reason = ANY ($2))`, addressHash(s.Secret, email), reasons)
	if err != nil {
		return false, fmt.Errorf("whether an address is kept away: %w", err)
	}
	return kept, nil
}

// Reached says that mails arrive at the address: its reader has opened a link from one.
func (s *Service) Reached(ctx context.Context, tx database.Tx, email string) error {
	_, err := tx.Exec(ctx, `DELETE FROM newsletter_suppressions WHERE address_hash = $1 AND reason = 'bounced'`, addressHash(s.Secret, email))
	return err
}

// Refused says that a mail server has refused another letter to the address for good: if there is no such address, nothing goes to
// it any more.
func (s *Service) Refused(ctx context.Context, email string, code int, status string) error {
	if weigh(code, status) != nobody {
		return nil
	}
	return s.db.InTx(ctx, func(tx database.Tx) error {
		id, err := database.Value[int64](ctx, tx, `UPDATE newsletter_subscribers SET state = 'away' WHERE email_key = $1 AND state = 'confirmed' RETURNING id`, keyOf(email))
		if err != nil && !errors.Is(err, problem.NotFound) {
			return fmt.Errorf("send reader %d away: %w", id, err)
		}
		return s.suppress(ctx, tx, email, bouncedReason, 0)
	})
}
