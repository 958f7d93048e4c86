package champion

import (
	"context"
	"net/url"

	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// FollowName is the list's among those that can be followed.
const FollowName = "champions"

// Followed is the registry for those who follow it: a State is in it anew with each status.
func (s *Service) Followed() web.Followed {
	read := func(q url.Values) filter {
		f := readFilter(q, s.vocabulary())
		f.Sort = byName
		return f
	}
	return web.Followed{
		Name: FollowName, Title: "champion.list.title", Path: Path, Feed: Path + ".atom", Calendar: Path + ".ics",
		Query: func(q url.Values) url.Values { return read(q).values() },
		Words: func(ctx context.Context, q url.Values) []string {
			return ui.ChipTexts(registryView{Filter: read(q), Vocabulary: s.vocabulary()}.chips(ctx))
		},
		Newest: func(ctx context.Context, q url.Values, most int) ([]web.FollowedEntry, error) {
			r, err := s.Registry(ctx)
			var all []web.FollowedEntry
			for _, e := range read(q).apply(ctx, r.Entries, s.vocabulary()) {
				entry := web.FollowedEntry{Key: "champion-" + e.Country + "-" + string(e.Status), Path: PathOf(e.Country), Published: e.ChangedAt, Text: e.Status.text(ctx)}
				for _, l := range i18n.All {
					entry.Titles = append(entry.Titles, web.FollowedTitle{Lang: string(l), Text: s.vocabulary().CountryName(l, e.Country)})
				}
				all = append(all, entry)
			}
			return web.NewestFollowed(all, most), err
		},
		Dates: func(ctx context.Context, q url.Values) ([]web.ICSEvent, error) {
			v := registryView{Filter: read(q), Vocabulary: s.vocabulary()}
			var err error
			v.Registry, err = s.Registry(ctx)
			v.Shown = v.Filter.apply(ctx, v.Entries, v.Vocabulary)
			return v.days(ctx), err
		},
	}
}
