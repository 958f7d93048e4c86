package programme

import (
	"context"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/money"
	"portal/internal/search"
	"portal/web"
)

// Tables are the facets by which the figures count programmes, in the order of the page.
var Tables = []string{"area", "region", "organization"}

// Figures are numbers about the programmes that a filter leaves.
type Figures struct {
	List // without programmes
	// Amounts are sums by facet and value, of the programmes that Counts counts there.
	Amounts map[string]map[string]Sums
}

// Figures counts the programmes of a filter and adds up their amounts, at one moment. As in the list, each facet is counted
// under the filters of all the others, so that a number is what the list holds with that value alone in its facet.
func (s *Service) Figures(ctx context.Context, f Filter) (Figures, error) {
	out := Figures{List: List{Filter: f}, Amounts: map[string]map[string]Sums{}}
	err := s.atOnce(ctx, func(tx database.Tx, m search.Model) error {
		chosen, err := selected(ctx, tx, m, &out.Filter)
		if err != nil {
			return err
		}
		m.Count(&chosen.Selection, Facets...)
		out.Total, out.Counts, out.Question = chosen.Total, chosen.Counts, chosen.question
		if out.Sums, err = sumsOf(ctx, tx, m, chosen); err != nil {
			return err
		}
		amounts, err := amountsOf(ctx, tx)
		if err != nil {
			return err
		}
		for _, facet := range Tables {
			set, by := chosen.Without(facet), map[string]Sums{}
			for value := range out.Counts[facet] {
				having := m.With(facet, value)
				having.And(set)
				by[value] = amounts.sum(having)
			}
			out.Amounts[facet] = by
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("figures of the pipeline: %w", err)
	}
	return out, nil
}

// amounts are those of each programme of the pipeline, by its ordinal.
type amounts []Sums

// amountsOf reads the amounts of all programmes, from an index that has them.
func amountsOf(ctx context.Context, q database.Querier) (amounts, error) {
	rows, err := q.Query(ctx, `SELECT p.ordinal, p.budget, coalesce(p.funded, 0) FROM programmes p WHERE p.until IS NULL`)
	if err != nil {
		return nil, err
	}
	var all amounts
	var ordinal int
	var budget, funded int64
	_, err = pgx.ForEachRow(rows, []any{&ordinal, &budget, &funded}, func() error {
		for ordinal >= len(all) {
			all = append(all, Sums{})
		}
		all[ordinal] = Sums{money.Amount(budget), money.Amount(funded)}
		return nil
	})
	return all, err
}

// sum adds up the amounts of the programmes of a set.
func (a amounts) sum(set search.Set) (sum Sums) {
	for ordinal := range set.All() {
		sum.Budget = min(sum.Budget+a[ordinal].Budget, mostSum)
		sum.Funded = min(sum.Funded+a[ordinal].Funded, mostSum)
	}
	return sum
}

func figureRoutes(r *web.Router, h handlers) {
	r.Public("GET "+FiguresPath, h.figures, web.Cached(append([]string{"q", "sort"}, Facets...)...))
	for _, facet := range Tables {
		r.Public("GET "+FiguresPath+"/"+facet+".csv", web.CSV(h.figureTable(facet)), web.Stateless())
		r.Public("GET "+FiguresPath+"/"+facet+".xlsx", web.XLSX(h.figureTable(facet)), web.Stateless())
		r.Public("GET "+FiguresPath+"/"+facet+".json", web.JSON(h.figureTable(facet)), web.Stateless())
	}
}

func (h handlers) figures(w http.ResponseWriter, r *http.Request) error {
	v := h.programmes.words()
	f, err := h.programmes.Figures(r.Context(), readFilter(r.URL.Query(), v))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, figuresPage(figuresView{listView{List: f.List, words: v}, f.Amounts}))
}

// figureTable is one of the tables as a file, with all its values.
func (h handlers) figureTable(facet string) func(r *http.Request) web.Table {
	return func(r *http.Request) web.Table {
		ctx, v := r.Context(), h.programmes.words()
		filter := readFilter(r.URL.Query(), v)
		return web.Table{
			Name: "pipeline-" + facet, Title: i18n.T(ctx, "programme.figures."+facet), List: (figuresView{listView: listView{List: List{Filter: filter}}}).address(ctx), Day: h.today(),
			Columns: web.Columns(ctx, "programme.figures.column.", "value", "name", "programmes", "asked", "granted"),
			Rows: web.RowsOf(func() ([]figure, error) {
				f, err := h.programmes.Figures(ctx, filter)
				return (figuresView{listView{List: f.List, words: v}, f.Amounts}).rows(ctx, facet), err
			}, func(f figure) []any { return []any{f.value, f.name, f.n, dollars(f.Budget), dollars(f.Funded)} }),
		}
	}
}
