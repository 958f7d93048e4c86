package programme

import (
	"context"
	"fmt"
	"net/url"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/search"
	"portal/web/ui"
)

// Gather returns how many programmes the query of the list leaves and the newest of them, at most n. What it asks of the database
// does not grow with how many there are.
func (s *Service) Gather(ctx context.Context, query url.Values, n int) (g ui.Gathered, err error) {
	v := listView{words: s.words()}
	f := readFilter(query, v.words)
	err = s.atOnce(ctx, func(tx database.Tx, m search.Model) error {
		chosen, err := selected(ctx, tx, m, &f)
		if err != nil {
			return err
		}
		g.Total, g.Sizes = chosen.Total, m.Sizes("country")
		ids, err := ordered(ctx, tx, m, chosen, Newest, i18n.From(ctx), nil, 0, n)
		if err != nil {
			return err
		}
		v.Programmes, err = database.Rows[Listed](ctx, tx, `SELECT `+listedColumns+` FROM programmes p JOIN unnest($1::bigint[]) WITH ORDINALITY AS o (id, at) ON o.id = p.id ORDER BY o.at`, ids)
		return err
	})
	g.Results = v.results(ctx)
	for i, p := range v.Programmes {
		g.Results[i].ID = ""
		g.At = append(g.At, p.EndorsedAt)
	}
	if err != nil {
		return g, fmt.Errorf("gather programmes: %w", err)
	}
	return g, nil
}
