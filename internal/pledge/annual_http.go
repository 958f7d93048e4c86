package pledge

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// AnnualPath is the report on a period, without the language.
const AnnualPath = "/pledges/report"

// AnnualParameters are those that the report reads.
func AnnualParameters() []string {
	all := []string{"year", "from", "until"}
	for _, name := range []string{"from", "until"} {
		all = append(all, name+".day", name+".month", name+".year")
	}
	return all
}

// readPeriod reads the period that is asked for: a year, or its first and last day, each as one text or as three fields. The
// last twelve months that are over are one as well: the last year, when nothing is asked for.
func readPeriod(ctx context.Context, q url.Values, today date.Date) (p Period, wrong []problem.Field) {
	if text := q.Get("year"); text != "" {
		p, ok := yearPeriod(i18n.Digits(text), today)
		if !ok {
			wrong = append(wrong, problem.Field{Name: "from.day", Key: "pledge.annual.error.year", Args: []any{text}})
		}
		return p, wrong
	}
	read := func(name string) (day date.Date) {
		day, bad := readDay(q.Get(name))
		if day.IsZero() && bad == "" {
			a := form.Answers{}
			for _, part := range []string{"day", "month", "year"} {
				if text := q.Get(name + "." + part); text != "" {
					a[name+"."+part] = []string{text}
				}
			}
			var ok bool
			var part string
			if day, _, ok, part = form.DateOf(a, name); !ok {
				wrong = append(wrong, problem.Field{Name: name + "." + part, Key: "pledge.day.error." + part})
			}
		}
		if bad != "" {
			wrong = append(wrong, problem.Field{Name: name + ".day", Key: "pledge.annual.error.none", Args: []any{bad}})
		}
		return day
	}
	p = Period{From: read("from"), Until: read("until")}
	switch {
	case len(wrong) > 0:
		return p, wrong
	case p.From.IsZero() && p.Until.IsZero():
		p, _ = yearPeriod(strconv.Itoa(today.Year()), today)
		return p, nil
	case p.From.IsZero():
		p.From = date.New(p.Until.Year(), time.January, 1)
	case p.Until.IsZero():
		p.Until = today
	}
	switch {
	case today.Before(p.Until):
		wrong = append(wrong, problem.Field{Name: "until.year", Key: "pledge.annual.error.future", Args: []any{i18n.Day(ctx, p.Until), i18n.Day(ctx, today)}})
	case p.Until.Before(p.From):
		wrong = append(wrong, problem.Field{Name: "until.day", Key: "pledge.annual.error.order"})
	case p.From.Year() < FirstYear:
		wrong = append(wrong, problem.Field{Name: "from.year", Key: "pledge.annual.error.early"})
	}
	return p, wrong
}

// readAnnual makes the report that is asked for; one with what is Wrong has no figures.
func (h handlers) readAnnual(r *http.Request) (v annualView, err error) {
	ctx := r.Context()
	v = annualView{Vocabulary: h.pledges.vocabulary(), Today: date.Today(h.pledges.now(), i18n.Geneva), Typed: r.URL.Query()}
	if v.Annual.Period, v.Wrong = readPeriod(ctx, v.Typed, v.Today); len(v.Wrong) == 0 {
		v.Annual, err = h.pledges.Annual(ctx, v.Annual.Period)
	}
	return v, err
}

func (h handlers) annual(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readAnnual(r)
	switch {
	case err != nil:
		return err
	case len(v.Wrong) > 0:
		return web.Render(w, r, http.StatusUnprocessableEntity, annualWrongPage(v))
	}
	return web.Render(w, r, http.StatusOK, annualPage(v))
}

// annualView is the report on a period, or the form for another one.
type annualView struct {
	Annual
	Vocabulary *gcm.Vocabulary
	Today      date.Date
	Typed      url.Values
	Wrong      []problem.Field
}

func (v annualView) title(ctx context.Context) string {
	if year, ok := v.Year(); ok {
		return i18n.T(ctx, "pledge.annual.title.year", strconv.Itoa(year))
	}
	return i18n.T(ctx, "pledge.annual.title.period", i18n.Day(ctx, v.From), i18n.Day(ctx, v.Until))
}

func (v annualView) page(ctx context.Context) ui.Page {
	year, whole := v.Year()
	return ui.Page{
		Title: v.title(ctx), Description: i18n.T(ctx, "pledge.annual.lede", i18n.Day(ctx, v.Until)), Current: "/pledges",
		NoIndex: !whole, Canonical: AnnualPath + "?year=" + strconv.Itoa(year),
	}
}

// board shows one of the boards in the way of the dashboard.
func (v annualView) board(b Board) boardView {
	return boardView{Board: b, Vocabulary: v.Vocabulary, Today: v.Today}
}

// at is the query of the report's address.
func (v annualView) at() url.Values {
	if year, ok := v.Year(); ok {
		return url.Values{"year": {strconv.Itoa(year)}}
	}
	return url.Values{"from": {v.From.String()}, "until": {v.Until.String()}}
}

// newViews are the ways in which new pledges are counted.
var newViews = []string{"objective", "region", "category", "nature"}

// list is the address of the list of a filter.
func (v annualView) list(ctx context.Context, f Filter) string { return at(ctx, f.Values()) }

// reported is the address of the list of what was reported on in the period; "" when there is no such list.
func (v annualView) reported(ctx context.Context) string {
	quarters := v.quarters()
	if len(quarters) == 0 || len(quarters) > maxValues {
		return ""
	}
	return v.list(ctx, Filter{Reported: quarters, AsOf: v.Until})
}

// comparison is how many pledges had a value at the beginning and at the end of the period, with the lists of both.
type comparison struct {
	Label              string
	Begin, End         int
	BeginList, EndList string
}

// compare counts the values of a facet at the beginning and at the end; the last row is all pledges.
func (v annualView) compare(ctx context.Context, facet string) []comparison {
	var rows []comparison
	begin, end := v.board(v.Begin), v.board(v.End)
	for _, value := range every(facet, i18n.From(ctx), v.Vocabulary) {
		rows = append(rows, comparison{
			label(ctx, v.Vocabulary, facet, value), begin.Tallies[facet].Counts[value], end.Tallies[facet].Counts[value],
			begin.list(ctx, facet, value), end.list(ctx, facet, value),
		})
	}
	return append(rows, comparison{i18n.T(ctx, "pledge.annual.total"), begin.Total, end.Total, v.list(ctx, begin.Filter), v.list(ctx, end.Filter)})
}

// onDays are the heads of the columns of a comparison.
func (v annualView) onDays(ctx context.Context) (begin, end string) {
	return i18n.T(ctx, "pledge.annual.column.begin", i18n.Day(ctx, v.From.AddDays(-1))), i18n.T(ctx, "pledge.annual.column.end", i18n.Day(ctx, v.Until))
}

// compared is a comparison as a table, with a link to the list of each figure.
func (v annualView) compared(ctx context.Context, facet, caption string) ui.Table {
	begin, end := v.onDays(ctx)
	t := ui.Table{Caption: i18n.T(ctx, caption), HideCaption: true, Columns: []ui.Column{
		{Text: i18n.T(ctx, "pledge.list.facet."+facet)}, {Text: begin, Num: true}, {Text: end, Num: true},
	}}
	for _, c := range v.compare(ctx, facet) {
		t.Rows = append(t.Rows, []ui.Cell{{Text: c.Label}, {Component: figureLink(c.Begin, c.BeginList)}, {Component: figureLink(c.End, c.EndList)}})
	}
	return t
}

// fulfilled is how many pledges of a board are fulfilled, in time or late.
func fulfilled(b Board) int {
	return b.Tallies["status"].Counts[string(Fulfilled)] + b.Tallies["status"].Counts[string(FulfilledLate)]
}

func (v annualView) standing(ctx context.Context) string {
	end := i18n.T(ctx, "pledge.annual.stand.pledges", fulfilled(v.End))
	return i18n.T(ctx, "pledge.annual.stand", end, i18n.Number(ctx, fulfilled(v.Begin)))
}

// silent is how many pledges are silent at the end.
func (v annualView) silent() int { return v.End.Tallies["light"].Counts[string(Silent)] }

// years are the links to the reports on calendar years, the newest first.
func (v annualView) years(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	for year := v.Today.Year(); year >= FirstYear; year-- {
		chips = append(chips, ui.Chip{Href: ui.Href(ctx, AnnualPath+"?year="+strconv.Itoa(year)), Text: strconv.Itoa(year)})
	}
	return chips
}

// day is the question for the first or the last day.
func (v annualView) day(ctx context.Context, name string, day date.Date) ui.DateControl {
	d := ui.DateControl{Control: ui.Control{Name: name, Label: i18n.T(ctx, "pledge.annual."+name)}}
	if !day.IsZero() {
		d.Day, d.Month, d.Year = strconv.Itoa(day.Day()), strconv.Itoa(int(day.Month())), strconv.Itoa(day.Year())
	}
	for part, to := range map[string]*string{"day": &d.Day, "month": &d.Month, "year": &d.Year} {
		if typed := v.Typed.Get(name + "." + part); typed != "" {
			*to = typed
		}
	}
	if i := slices.IndexFunc(v.Wrong, func(f problem.Field) bool { return len(f.Name) > len(name) && f.Name[:len(name)+1] == name+"." }); i >= 0 {
		d.Error, d.Part = ui.Message(ctx, v.Wrong[i]), v.Wrong[i].Name[len(name)+1:]
	}
	return d
}
