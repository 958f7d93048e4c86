package app

import (
	"context"
	"net/url"
	"strings"
	"time"

	"portal/internal/follow"
	"portal/internal/home"
	"portal/internal/i18n"
	"portal/web"
)

// newFollow is following any list of the areas by mail. Who is kept away from the newsletter is from this too, and the other way
// round.
func (b *areas) newFollow(a *App, now func() time.Time) *follow.Service {
	return follow.NewService(follow.Options{
		DB: a.db, Site: a.site, Secret: []byte(a.config.Secret), Now: now,
		Lists: []web.Followed{
			b.practices.Followed(), b.practices.FollowedCalls(), b.pledges.Followed(), b.programmes.Followed(), b.champions.Followed(), b.calendar.Followed(), b.requests.FollowedTalks(), b.fund.Followed(), b.news.Followed(), b.followedSearch(),
		},
		Unwanted: b.news.Unwanted, KeptAway: b.news.KeptAway, Reached: b.news.Reached,
	})
}

// refused hears of mails that a mail server has refused for good: those that somebody follows something by count like issues of the
// newsletter.
func (b *areas) refused(ctx context.Context, kind, to string, code int, status string) error {
	if !strings.HasPrefix(kind, "follow.") {
		return nil
	}
	return b.news.Refused(ctx, to, code, status)
}

// followedSearch is the one search for those who follow it: what it finds in the lists that it searches.
func (b *areas) followedSearch() web.Followed {
	lists := []web.Followed{b.practices.Followed(), b.pledges.Followed(), b.programmes.Followed()}
	words := func(q url.Values) url.Values {
		kept := url.Values{}
		if found := lists[0].Query(url.Values{"q": q["q"]}).Get("q"); found != "" {
			kept.Set("q", found)
		}
		return kept
	}
	return web.Followed{
		Name: home.FollowName, Title: "home.search.label", Path: home.SearchPath, Query: words,
		Words: func(ctx context.Context, q url.Values) []string {
			if found := words(q).Get("q"); found != "" {
				return []string{i18n.T(ctx, "practice.list.chip", i18n.Key("practice.list.chip.q"), found)}
			}
			return nil
		},
		Newest: func(ctx context.Context, q url.Values, most int) (all []web.FollowedEntry, err error) {
			for _, l := range lists {
				found, err := l.Newest(ctx, words(q), most)
				if err != nil {
					return nil, err
				}
				all = append(all, found...)
			}
			return web.NewestFollowed(all, most), nil
		},
	}
}
