package fund

import (
	"context"
	"net/url"
	"strconv"

	"portal/web"
	"portal/web/ui"
)

// FollowName is the list of meetings among those that can be followed.
const FollowName = "meetings"

// Followed is the Steering Committee calendar for those who follow it. Its words are the portal's own, in every language.
func (s *Service) Followed() web.Followed {
	read := func(q url.Values) meetingFilter {
		f := readMeetingFilter(q)
		f.Sort = nearest
		return f
	}
	found := func(ctx context.Context, q url.Values) ([]Meeting, error) {
		c, err := s.Calendar(ctx)
		f := read(q)
		return f.inOrder(f.apply(c)), err
	}
	return web.Followed{
		Name: FollowName, Title: "fund.meetings.title", Path: MeetingsPath, Calendar: MeetingsPath + ".ics",
		Query: func(q url.Values) url.Values { return read(q).values() },
		Words: func(ctx context.Context, q url.Values) []string {
			return ui.ChipTexts(narrowedMeetings{Filter: read(q), Path: MeetingsPath}.chips(ctx))
		},
		Newest: func(ctx context.Context, q url.Values, most int) ([]web.FollowedEntry, error) {
			meetings, err := found(ctx, q)
			var all []web.FollowedEntry
			for _, m := range meetings {
				if m.State == Cancelled {
					continue
				}
				name, lang := m.Name(ctx)
				all = append(all, web.FollowedEntry{Key: "fund-meeting-" + strconv.FormatInt(m.ID, 10), Path: MeetingsPath + "#" + meetingAnchor(m.ID), Published: m.ChangedAt, Titles: []web.FollowedTitle{{Lang: lang, Text: name}}, Text: Explain(ctx, m)})
			}
			return web.NewestFollowed(all, most), err
		},
		Dates: func(ctx context.Context, q url.Values) ([]web.ICSEvent, error) {
			meetings, err := found(ctx, q)
			return datesOf(ctx, meetings), err
		},
	}
}
