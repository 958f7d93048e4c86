package pledge

import (
	"context"
	"net/url"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/web/ui"
)

// Gather returns how many published pledges the query of the list leaves, with their lights, and the newest of them, at most n, in
// the reader's language. What it asks of the database does not grow with how many there are.
func (s *Service) Gather(ctx context.Context, query url.Values, n int) (g ui.Gathered, err error) {
	f, l := ReadFilter(query, s.vocabulary()), i18n.From(ctx)
	v := listView{Vocabulary: s.vocabulary(), Today: dayOf(s.now())}
	var lights map[string]int
	err = s.atOnce(ctx, func(tx database.Tx, m model) error {
		chosen, err := m.selection(ctx, tx, f)
		if err != nil {
			return err
		}
		g.Total, g.Sizes, v.Day, lights = chosen.Total, m.Sizes("country"), m.day, m.CountIn("light", chosen.Listed)
		ids, err := listIDs(ctx, tx, m, chosen, Newest, l, nil, 0, n)
		if err != nil {
			return err
		}
		v.Pledges, err = listed(ctx, tx, s.vocabulary(), m.at, l, ids)
		return err
	})
	if err != nil {
		return g, wrap("gather pledges", err)
	}
	g.Results = v.results(ctx)
	for _, p := range v.Pledges {
		g.At = append(g.At, p.FirstPublishedAt)
	}
	g.Bars = ui.Bars{Title: i18n.T(ctx, "pledge.dashboard.light.title"), Note: i18n.T(ctx, "pledge.dashboard.light.note"), Of: i18n.T(ctx, "pledge.dashboard.light.title"), Unit: i18n.T(ctx, "pledge.list.title")}
	for _, light := range Lights {
		if k := lights[string(light)]; k > 0 {
			g.Bars.Rows = append(g.Bars.Rows, ui.Bar{
				Text: i18n.T(ctx, "pledge.light."+string(light)), Href: ui.Href(ctx, ui.WithQuery("/pledges", ui.With(query, "light", string(light)))), Value: float64(k), Shown: i18n.Number(ctx, k),
			})
		}
	}
	return g, nil
}
