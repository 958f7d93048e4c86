package calendar

import (
	"context"
	"net/url"
	"strings"

	"portal/web"
	"portal/web/ui"
)

// FollowName is the calendar's among the lists that can be followed.
const FollowName = "calendar"

// Followed is the calendar for those who follow it. An event is in it from its publication, in the languages in which it is held
// and interpreted.
func (s *Service) Followed() web.Followed {
	read := func(q url.Values) Filter {
		f := s.readFilter(q)
		return Filter{Q: f.Q, Chosen: f.Chosen, View: agenda, Sort: nearest, Page: 1}
	}
	return web.Followed{
		Name: FollowName, Title: "calendar.title", Path: Path, Feed: Path + ".atom", Calendar: Path + ".ics",
		Query: func(q url.Values) url.Values { return read(q).values() },
		Words: func(ctx context.Context, q url.Values) []string {
			return ui.ChipTexts(listView{Filter: read(q), Sources: s.types()[len(Types):], Vocabulary: s.Vocabulary()}.chips(ctx))
		},
		Newest: func(ctx context.Context, q url.Values, most int) ([]web.FollowedEntry, error) {
			found, err := s.Listed(ctx)
			var all []web.FollowedEntry
			for _, e := range read(q).apply(found, s.Vocabulary(), s.now()) {
				if e.CancelledAt != nil {
					continue
				}
				entry := web.FollowedEntry{Key: e.UID, Path: e.Path, Published: e.PublishedAt, Titles: []web.FollowedTitle{{Lang: e.Lang, Text: e.Title}}, Languages: e.languages(), Text: strings.Join(times(ctx, e, ""), "; ")}
				if e.Source != "" && e.Type != "talk" { // its words are the portal's own
					entry.Languages = nil
				}
				all = append(all, entry)
			}
			return web.NewestFollowed(all, most), err
		},
		Dates: func(ctx context.Context, q url.Values) ([]web.ICSEvent, error) {
			found, err := s.Listed(ctx)
			f := read(q)
			f.Sort = earliest
			return datesOf(ctx, f.apply(found, s.Vocabulary(), s.now()), f), err
		},
	}
}
