package programme

import (
	"context"
	"fmt"
	"net/url"

	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// FollowName is the list's among those that can be followed.
const FollowName = "programmes"

// Followed is the pipeline for those who follow it. A programme is in it from its endorsement, and anew with each stage.
func (s *Service) Followed() web.Followed {
	read := func(q url.Values) Filter {
		f := s.ReadFilter(q)
		f.Sort, f.Page, f.After = f.usual(), 1, ""
		return f
	}
	return web.Followed{
		Name: FollowName, Title: "programme.list.title", Path: ListPath, Feed: ListPath + ".atom",
		Query: func(q url.Values) url.Values { return read(q).Values() },
		Words: func(ctx context.Context, q url.Values) []string {
			return ui.ChipTexts(listView{List: List{Filter: read(q)}, words: s.words()}.chips(ctx, ListPath))
		},
		Newest: func(ctx context.Context, q url.Values, most int) ([]web.FollowedEntry, error) {
			f := read(q)
			f.Sort = Changed
			found, err := s.records(ctx, &f, i18n.From(ctx), nil, most)
			if err != nil {
				return nil, fmt.Errorf("newest programmes: %w", err)
			}
			all := make([]web.FollowedEntry, len(found.Programmes))
			for i, p := range found.Programmes {
				all[i] = web.FollowedEntry{
					Key: p.PublicID + "-" + string(p.Stage), Path: Path(p.PublicID), Published: p.ChangedAt, Titles: []web.FollowedTitle{{Lang: p.Facts.Lang, Text: p.Facts.Title}}, Languages: []string{p.Facts.Lang}, Text: p.Stage.text(ctx),
				}
			}
			return all, nil
		},
	}
}
