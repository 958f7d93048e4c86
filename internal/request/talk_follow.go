package request

import (
	"context"
	"net/url"
	"strings"

	"portal/web"
	"portal/web/ui"
)

// FollowTalksName is the list's among those that can be followed.
const FollowTalksName = "talks"

// FollowedTalks is the list of talks for those who follow it. A talk is in it from its announcement, in the languages in which it
// is held and interpreted.
func (s *Service) FollowedTalks() web.Followed {
	read := func(q url.Values) TalkFilter {
		f := readTalkFilter(q, s.Vocabulary())
		return TalkFilter{Q: f.Q, Chosen: f.Chosen, Sort: nearest, Page: 1}
	}
	found := func(ctx context.Context, q url.Values) ([]TalkEvent, error) {
		all, err := publicTalks(ctx, s.db.Read())
		return read(q).apply(all, s.Vocabulary(), s.now()), err
	}
	return web.Followed{
		Name: FollowTalksName, Title: "request.talks.title", Path: TalksPath, Feed: TalksPath + ".atom", Calendar: TalksPath + ".ics",
		Query: func(q url.Values) url.Values { return read(q).values() },
		Words: func(ctx context.Context, q url.Values) []string {
			return ui.ChipTexts(talksView{Filter: read(q), Vocabulary: s.Vocabulary()}.chips(ctx))
		},
		Newest: func(ctx context.Context, q url.Values, most int) ([]web.FollowedEntry, error) {
			talks, err := found(ctx, q)
			var all []web.FollowedEntry
			for _, t := range talks {
				if t.State != TalkAnnounced {
					continue
				}
				all = append(all, web.FollowedEntry{
					Key: strings.ToLower(t.PublicID()), Path: t.Path(), Published: *t.AnnouncedAt, Titles: []web.FollowedTitle{{Lang: t.Lang, Text: t.Title}}, Languages: append([]string{t.Lang}, t.Interpretation...),
					Text: strings.Join(times(ctx, t, ""), "; "),
				})
			}
			return web.NewestFollowed(all, most), err
		},
		Dates: func(ctx context.Context, q url.Values) ([]web.ICSEvent, error) {
			talks, err := found(ctx, q)
			return datesOf(ctx, talks), err
		},
	}
}
