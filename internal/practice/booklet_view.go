package practice

import (
	"context"
	"net/url"
	"strconv"

	"portal/internal/i18n"
	"portal/web/ui"
)

// bookletView is a booklet: of the practices that its address names, or of those that a filter leaves.
type bookletView struct {
	shelfView
	Selected
	named bool
}

// query is what the address of the booklet says.
func (v bookletView) query() url.Values {
	if v.named {
		return v.Asked.in(nil)
	}
	return v.Filter.Values()
}

func (v bookletView) file(ctx context.Context) string {
	return ui.Href(ctx, ui.WithQuery(BookletPath+".pdf", v.query()))
}

// back is where the practices were chosen.
func (v bookletView) back(ctx context.Context) string {
	if v.named {
		return v.Asked.address(ctx, ShelfPath)
	}
	return at(ctx, v.Filter.Values())
}

func (v bookletView) title(ctx context.Context) string {
	if all := v.each(ctx); len(all) == 1 {
		return all[0].Text.Title
	}
	return i18n.T(ctx, "practice.booklet.title")
}

// fileName is the name of the file, without its extension.
func (v bookletView) fileName() string {
	if len(v.Chosen.Records) == 1 {
		return v.Chosen.Records[0].PublicID
	}
	return "practices-" + v.Today.String()
}

// chosen says how the practices were chosen.
func (v bookletView) chosen(ctx context.Context) []string {
	if v.named {
		return []string{i18n.T(ctx, "practice.booklet.named")}
	}
	var all []string
	for _, c := range (listView{List: List{Filter: v.Filter}, Vocabulary: v.Vocabulary}).chips(ctx) {
		all = append(all, c.Text)
	}
	if len(all) == 0 {
		all = []string{i18n.T(ctx, "practice.booklet.all")}
	}
	return all
}

// address is where the booklet is on the website, with the site.
func (v bookletView) address(ctx context.Context) string {
	return ui.Absolute(ctx, ui.WithQuery(BookletPath, v.query()))
}

// narrower are filters by one more objective or region that leave what a booklet can hold, each with its count.
func (v bookletView) narrower(ctx context.Context) []ui.Link {
	var all []ui.Link
	for _, facet := range []string{"objective", "region", "type", "year"} {
		for _, value := range every(facet, i18n.From(ctx), v.Vocabulary) {
			n := v.Counts[facet][value]
			if n == 0 || n > MaxBooklet || len(v.Filter.Chosen[facet]) > 0 {
				continue
			}
			q := v.Filter.Values()
			q[facet] = []string{value}
			name := i18n.T(ctx, "practice.list.chip", i18n.Key("practice.list.facet."+facet), label(ctx, v.Vocabulary, facet, value))
			all = append(all, ui.Link{Href: ui.Href(ctx, ui.WithQuery(BookletPath, q)), Text: i18n.T(ctx, "practice.booklet.narrower", name, n)})
		}
	}
	return all
}

// bookletPart is the id of a practice in the booklet, from 0.
func bookletPart(i int) string { return "practice-" + strconv.Itoa(i+1) }

// booklet is the address of a booklet, and of its PDF where there is a browser that can print it.
func booklet(ctx context.Context, q url.Values, pdf bool) (page, file string) {
	if pdf {
		file = ui.Href(ctx, ui.WithQuery(BookletPath+".pdf", q))
	}
	return ui.Href(ctx, ui.WithQuery(BookletPath, q)), file
}
