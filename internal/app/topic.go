package app

import (
	"context"
	"net/url"
	"strconv"

	"portal/internal/expert"
	"portal/internal/pledge"
	"portal/internal/practice"
	"portal/internal/topic"
	"portal/web/ui"
)

// topics is what the pages of objectives and principles gather.
func (a *App) topics() topic.Sources {
	return topic.Sources{
		Vocabulary: a.vocabulary, Dashboard: pledge.BoardPath,
		Practices: topic.Source{
			Path: practice.ListPath, New: practice.StartPath,
			Sizes: func(ctx context.Context, k topic.Kind) (map[string]int, error) {
				return a.areas.practices.Sizes(ctx, string(k))
			},
			Latest: func(ctx context.Context, k topic.Kind, n, most int) ([]ui.Card, error) {
				return a.areas.practices.Latest(ctx, practice.ReadFilter(under(k, n), a.vocabulary()), most)
			},
		},
		Pledges: topic.Source{
			Path: "/pledges", New: "/pledges/new",
			Sizes: func(ctx context.Context, k topic.Kind) (map[string]int, error) {
				return a.areas.pledges.Sizes(ctx, string(k))
			},
			Latest: func(ctx context.Context, k topic.Kind, n, most int) ([]ui.Card, error) {
				return a.areas.pledges.Latest(ctx, pledge.ReadFilter(under(k, n), a.vocabulary()), most)
			},
		},
		Experts: topic.Source{
			Path: expert.Path,
			Sizes: func(ctx context.Context, k topic.Kind) (map[string]int, error) {
				return a.areas.experts.Sizes(ctx, string(k))
			},
			Latest: func(ctx context.Context, k topic.Kind, n, most int) ([]ui.Card, error) {
				return a.areas.experts.Latest(ctx, expert.ReadFilter(under(k, n), a.vocabulary()), most)
			},
		},
		Goal: func(ctx context.Context, n int) ui.Link {
			goal := ui.WithQuery(practice.ListPath, url.Values{"sdg": {strconv.Itoa(n)}})
			return ui.Link{Text: practice.GoalName(ctx, n), Href: ui.Href(ctx, goal)}
		},
	}
}

// under is the query of the lists for what belongs to a topic.
func under(k topic.Kind, n int) url.Values { return url.Values{string(k): {strconv.Itoa(n)}} }
