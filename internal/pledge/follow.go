package pledge

import (
	"context"
	"net/url"

	"portal/internal/date"
	"portal/web"
	"portal/web/ui"
)

// Followed is the list of pledges for those who follow it. A pledge is in it from its first publication.
func (s *Service) Followed() web.Followed {
	read := func(q url.Values) Filter {
		f := ReadFilter(q, s.vocabulary())
		f.Sort, f.Page, f.After, f.AsOf, f.Since = f.usual(), 1, "", date.Date{}, date.Date{}
		return f
	}
	return web.Followed{
		Name: FollowName, Title: "pledge.list.title", Path: "/pledges", Feed: "/pledges.atom",
		Query: func(q url.Values) url.Values { return read(q).Values() },
		Words: func(ctx context.Context, q url.Values) []string {
			return ui.ChipTexts(chips(ctx, read(q), s.vocabulary(), func(url.Values) string { return "" }))
		},
		Newest: func(ctx context.Context, q url.Values, most int) ([]web.FollowedEntry, error) {
			found, _, err := s.Feed(ctx, read(q), most)
			all := make([]web.FollowedEntry, len(found))
			for i, r := range found {
				all[i] = web.FollowedEntry{Key: r.PublicID, Path: Path(r.PublicID), Published: r.FirstPublishedAt, Titles: []web.FollowedTitle{{Lang: r.Pledge.Lang, Text: r.Pledge.Title}}, Languages: []string{r.Pledge.Lang}, Text: r.Pledge.Entity}
				for _, v := range r.Pledge.Versions {
					all[i].Titles, all[i].Languages = append(all[i].Titles, web.FollowedTitle{Lang: v.Lang, Text: v.Title}), append(all[i].Languages, v.Lang)
				}
			}
			return all, err
		},
	}
}

// FollowName is the list's among those that can be followed.
const FollowName = "pledges"

// followed is the filter of the list, or the board, as somebody follows it.
func (v listView) followed() url.Values {
	if v.Needs {
		return needsFilter(v.Filter).Values()
	}
	return v.Filter.Values()
}
