package programme

import (
	"net/http"
	"strconv"
	"strings"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/money"
	"portal/web"
	"portal/web/ui"
)

// table is the list as a file: amounts are in US dollars, as machines read them.
func (h handlers) table(r *http.Request) web.Table {
	ctx, v := r.Context(), h.programmes.words()
	f := readFilter(r.URL.Query(), v)
	return web.Table{
		Name: "pipeline", Title: i18n.T(ctx, "programme.list.title"), List: ui.Absolute(ctx, ui.WithQuery(ListPath, f.Values())), Day: date.Today(h.programmes.now(), i18n.Geneva),
		Columns: web.Columns(ctx, "programme.table.", "id", "title", "language", "purpose", "stage", "since", "areas", "scope", "countries", "regions", "convening", "organizations",
			"governments", "partners", "objectives", "related", "targets", "months", "budget", "indirect", "contributions", "funded", "starts", "ends", "endorsed", "address"),
		Rows: func(do func([]any) error) error {
			return h.programmes.Walk(ctx, f, i18n.From(ctx), func(p Programme) error { return do(row(v, p, r)) })
		},
	}
}

func row(v words, p Programme, r *http.Request) []any {
	ctx, f := r.Context(), p.Facts
	named := func(facet string, values []string) string {
		var all []string
		for _, value := range values {
			all = append(all, v.label(ctx, facet, value))
		}
		return strings.Join(all, "; ")
	}
	var convening string
	var others, governments, partners []string
	for _, o := range f.Organizations {
		if o.Convenes && convening == "" {
			convening = o.Name
		} else {
			others = append(others, o.Name)
		}
	}
	for _, g := range f.Governments {
		governments = append(governments, g.Name)
	}
	for _, p := range f.Partners {
		partners = append(partners, p.Name)
	}
	var funded any
	if p.Funded != nil {
		funded = dollars(*p.Funded)
	}
	return []any{
		p.PublicID, f.Title, f.Lang, ui.PlainText(f.Purpose), p.Stage.text(ctx), p.StageOn, named("area", f.Areas), i18n.T(ctx, "concept_note.field.scope.option."+f.Scope),
		named("country", f.Countries), named("region", p.Regions), convening, strings.Join(others, "; "), strings.Join(governments, "; "), strings.Join(partners, "; "),
		numbers(f.Objectives), numbers(f.Related), strings.Join(f.Targets, "; "), f.Months, dollars(f.Budget), dollars(f.Indirect), dollars(f.Added()), funded,
		day(p.StartsOn), day(p.EndsOn), p.EndorsedAt, ui.Absolute(ctx, Path(p.PublicID)),
	}
}

// dollars is an amount as a number; up to the largest amount that is read it is exact to the cent.
func dollars(a money.Amount) float64 {
	n, _ := strconv.ParseFloat(a.Plain(), 64) // Plain always writes a number
	return n
}

func day(d *date.Date) any {
	if d == nil {
		return nil
	}
	return *d
}

// numbers are written with semicolons, so that no program takes two for one.
func numbers(all []int) string {
	texts := make([]string, len(all))
	for i, n := range all {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, "; ")
}
