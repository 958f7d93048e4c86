package practice

import (
	"context"
	"fmt"
	"net/url"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/search"
	"portal/web"
	"portal/web/ui"
)

// The lists of this area among those that can be followed.
const (
	FollowName      = "practices"
	FollowCallsName = "calls"
)

// Followed is the repository for those who follow it. A practice is in it from its first publication.
func (s *Service) Followed() web.Followed {
	read := func(q url.Values) Filter {
		f := ReadFilter(q, s.vocabulary())
		f.Sort, f.Page, f.After = f.usual(), 1, ""
		return f
	}
	return web.Followed{
		Name: FollowName, Title: "practice.list.title", Path: ListPath,
		Query: func(q url.Values) url.Values { return read(q).Values() },
		Words: func(ctx context.Context, q url.Values) []string {
			return ui.ChipTexts(listView{List: List{Filter: read(q)}, Vocabulary: s.vocabulary()}.chips(ctx))
		},
		Newest: func(ctx context.Context, q url.Values, most int) (all []web.FollowedEntry, err error) {
			var newest []Record
			f := read(q)
			err = s.atOnce(ctx, func(tx database.Tx, m search.Model) error {
				if err := settleCalls(ctx, tx, &f); err != nil {
					return err
				}
				chosen, err := selected(ctx, tx, m, f)
				if err != nil {
					return err
				}
				ids, err := ordered(ctx, tx, m, chosen, Newest, i18n.English, nil, 0, most)
				if err != nil {
					return err
				}
				newest, err = records(ctx, tx, s.vocabulary(), `SELECT `+columns+` FROM practices p JOIN unnest($1::bigint[]) WITH ORDINALITY AS o (id, at) ON o.id = p.id AND p.until IS NULL ORDER BY o.at`, ids)
				return err
			})
			if err != nil {
				return nil, fmt.Errorf("newest practices: %w", err)
			}
			for _, r := range newest {
				e := web.FollowedEntry{Key: r.PublicID, Path: Path(r.PublicID), Published: r.FirstPublishedAt, Titles: []web.FollowedTitle{{Lang: r.Practice.Lang, Text: r.Practice.Title}}, Languages: r.Practice.Langs()}
				for _, v := range r.Practice.Versions {
					e.Titles = append(e.Titles, web.FollowedTitle{Lang: v.Lang, Text: v.Title})
				}
				all = append(all, e)
			}
			return all, nil
		},
	}
}

// FollowedCalls is the list of calls for those who follow it. A call is in it from its opening.
func (s *Service) FollowedCalls() web.Followed {
	read := func(q url.Values) CallFilter {
		f := ReadCallFilter(q, s.vocabulary())
		f.ByName, f.Page = false, 1
		return f
	}
	return web.Followed{
		Name: FollowCallsName, Title: "practice.call.list.title", Path: CallsPath, Feed: CallsPath + ".atom",
		Query: func(q url.Values) url.Values { return read(q).Values() },
		Words: func(ctx context.Context, q url.Values) []string {
			return ui.ChipTexts(callsView{CallList: CallList{Filter: read(q)}, Vocabulary: s.vocabulary()}.chips(ctx))
		},
		Newest: func(ctx context.Context, q url.Values, most int) ([]web.FollowedEntry, error) {
			found, err := s.allCalls(ctx, read(q))
			all := make([]web.FollowedEntry, 0, len(found))
			for _, c := range found {
				e := web.FollowedEntry{Key: fmt.Sprintf("call-%d", c.ID), Path: CallPath(c.ID), Published: *c.OpenedAt, Text: i18n.T(ctx, "practice.call.feed.summary", c.text(ctx).Theme, i18n.Instant(ctx, c.DeadlineAt))}
				for _, t := range c.Texts {
					e.Titles, e.Languages = append(e.Titles, web.FollowedTitle{Lang: t.Lang, Text: t.Title}), append(e.Languages, t.Lang)
				}
				all = append(all, e)
			}
			return web.NewestFollowed(all, most), err
		},
	}
}
