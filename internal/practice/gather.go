package practice

import (
	"context"
	"net/url"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/search"
	"portal/web/ui"
)

// Gather returns how many published practices the query of the list leaves and the newest of them, at most n, in the reader's
// language. What it asks of the database does not grow with how many there are.
func (s *Service) Gather(ctx context.Context, query url.Values, n int) (g ui.Gathered, err error) {
	v := listView{Vocabulary: s.vocabulary()}
	err = s.atOnce(ctx, func(tx database.Tx, m search.Model) error {
		chosen, err := selected(ctx, tx, m, ReadFilter(query, s.vocabulary()))
		if err != nil {
			return err
		}
		g.Total, g.Sizes = chosen.Total, m.Sizes("country")
		ids, err := ordered(ctx, tx, m, chosen, Newest, i18n.English, nil, 0, n)
		if err != nil {
			return err
		}
		v.Practices, err = byIDs(ctx, tx, s.vocabulary(), string(i18n.From(ctx)), ids)
		return err
	})
	for i, r := range v.results(ctx) {
		p := v.Practices[i]
		r.ID, r.Foot = "", gatheredFoot(p.Objectives, ui.AreasOf(v.Vocabulary))
		g.Results, g.At = append(g.Results, r), append(g.At, p.FirstPublishedAt)
	}
	return g, wrap("gather practices", err)
}
