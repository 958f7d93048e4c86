package request

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// DeskStatisticsPath is the statistics of the person's desks, without the language.
const DeskStatisticsPath = "/desk/requests/statistics"

// fewest is how many requests a median is of at least, before the public: of fewer it would tell of single ones.
const fewest = 3

func statisticsRoutes(r *web.Router, h handlers) {
	r.Public("GET "+Path, h.summary)
	r.Staff("GET "+DeskStatisticsPath, h.deskStatistics)
	for extension, file := range map[string]func(func(*http.Request) web.Table) web.Handler{"csv": web.CSV, "xlsx": web.XLSX, "json": web.JSON} {
		r.Public("GET "+Path+"."+extension, file(h.summaryTable), web.Stateless())
		r.Staff("GET "+DeskStatisticsPath+"."+extension, h.deskStatisticsFile(file))
	}
	r.Staff("GET "+FilingPath, h.filingForm)
	r.Staff("POST "+FilingPath, h.file)
}

func yearOf(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("year"))
	if err != nil || n < 2000 || n > 2200 {
		return 0
	}
	return n
}

func (h handlers) summary(w http.ResponseWriter, r *http.Request) error {
	v, err := h.publicStatistics(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, summaryPage(v))
}

// publicStatistics are the figures for everybody, of the year of the address.
func (h handlers) publicStatistics(r *http.Request) (statisticsView, error) {
	s, err := h.requests.Summary(r.Context(), yearOf(r))
	return statisticsView{Statistics: s, Path: Path, Vocabulary: h.requests.Vocabulary(), Fewest: fewest}, err
}

// ownStatistics are the figures of the person's desks; problem.NotFound for who is at none.
func (h handlers) ownStatistics(r *http.Request) (statisticsView, error) {
	who := identity.Must(r.Context())
	if len(who.Desks()) == 0 { // every desk is written to
		return statisticsView{}, problem.NotFound
	}
	s, err := h.requests.DeskStatistics(r.Context(), who, yearOf(r))
	return statisticsView{Statistics: s, Path: DeskStatisticsPath, Vocabulary: h.requests.Vocabulary(), Fewest: 1}, err
}

func (h handlers) deskStatistics(w http.ResponseWriter, r *http.Request) error {
	v, err := h.ownStatistics(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskStatisticsPage(v))
}

// statisticsView are the statistics as a page shows them.
type statisticsView struct {
	Statistics
	Path       string
	Vocabulary *gcm.Vocabulary
	// Fewest is how many requests a median is shown of at least.
	Fewest int
}

func (v statisticsView) tabs(ctx context.Context) []ui.Tab {
	tabs := []ui.Tab{{Href: ui.Href(ctx, v.Path), Text: i18n.T(ctx, "request.statistics.all_years"), Current: v.Year == 0}}
	for _, year := range v.Years {
		text := strconv.Itoa(year)
		tabs = append(tabs, ui.Tab{Href: ui.Href(ctx, ui.WithQuery(v.Path, url.Values{"year": {text}})), Text: text, Current: v.Year == year})
	}
	return tabs
}

func (v statisticsView) name(ctx context.Context, by, value string) string {
	l := i18n.From(ctx)
	switch by {
	case "kind":
		return i18n.T(ctx, "submission.kind."+value)
	case "region":
		if r, ok := v.Vocabulary.Region(value); ok {
			return r.Name(l)
		}
		return i18n.T(ctx, "request.statistics.no_region")
	}
	for _, c := range v.Vocabulary.Categories {
		if c.ID == value {
			return c.Name(l)
		}
	}
	if value == "" {
		return i18n.T(ctx, "request.statistics.no_office")
	}
	return value
}

// days writes a median, if it is of enough requests.
func (v statisticsView) days(median float64, of int) string {
	if of < v.Fewest {
		return "–"
	}
	return strings.TrimSuffix(strconv.FormatFloat(median, 'f', 1, 64), ".0")
}

// share writes how many of how many, in per cent.
func (v statisticsView) share(part, of int) string {
	if of < v.Fewest {
		return "–"
	}
	return strconv.Itoa((100*part+of/2)/of) + "%"
}

func (v statisticsView) table(ctx context.Context, by string, rows []Figures) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "request.statistics.by."+by), HideCaption: true, Cards: true, Columns: []ui.Column{{Text: i18n.T(ctx, "request.statistics.column."+by)}}}
	for _, key := range []string{"asked", "answered", "median_answer", "answer_share", "done", "median_done", "done_share"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "request.statistics.column."+key), Num: true})
	}
	for i, f := range slices.Concat(rows, []Figures{v.All}) {
		name := i18n.T(ctx, "request.statistics.together")
		if i < len(rows) {
			name = v.name(ctx, by, f.Value)
		}
		row := []ui.Cell{{Text: name}}
		for _, text := range []string{
			i18n.Number(ctx, f.Asked), i18n.Number(ctx, f.Answered), v.days(f.MedianAnswer, f.Answered), v.share(f.AnswerInTime, f.AnswerDue), i18n.Number(ctx, f.Done), v.days(f.MedianDone, f.Done), v.share(f.DecisionInTime, f.Decisions),
		} {
			row = append(row, ui.Cell{Text: text})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
