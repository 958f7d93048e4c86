package request

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// statisticsRow is a line of the file of the statistics: the figures of a value of a kind of figures, or of all together ("").
type statisticsRow struct {
	by string
	Figures
}

// rows are the figures in the order of the page.
func (v statisticsView) rows() []statisticsRow {
	all := []statisticsRow{{"", v.All}}
	for _, part := range []struct {
		by   string
		rows []Figures
	}{{"kind", v.Kinds}, {"region", v.Regions}, {"category", v.Category}} {
		for _, f := range part.rows {
			all = append(all, statisticsRow{part.by, f})
		}
	}
	return all
}

// cells are a line of the file. Medians and shares of fewer requests than the page shows are left out.
func (v statisticsView) cells(ctx context.Context, row statisticsRow) []any {
	f, by, name := row.Figures, "", i18n.T(ctx, "request.statistics.together")
	if row.by != "" {
		by, name = i18n.T(ctx, "request.statistics.column."+row.by), v.name(ctx, row.by, f.Value)
	}
	enough := func(of int, value any) any {
		if of < v.Fewest {
			return nil
		}
		return value
	}
	percent := func(part, of int) any { return enough(of, (100*part+of/2)/max(of, 1)) }
	return []any{
		by, f.Value, name, f.Asked, f.Answered, enough(f.Answered, f.MedianAnswer), percent(f.AnswerInTime, f.AnswerDue), f.Done, enough(f.Done, f.MedianDone), percent(f.DecisionInTime, f.Decisions),
	}
}

// file is the address of the statistics as a file, of the same year.
func (v statisticsView) file(ctx context.Context, extension string) string {
	q := url.Values{}
	if v.Year != 0 {
		q.Set("year", strconv.Itoa(v.Year))
	}
	return ui.Href(ctx, ui.WithQuery(v.Path+"."+extension, q))
}

// statisticsTable is what read gives, as a file.
func (h handlers) statisticsTable(r *http.Request, path string, read func(*http.Request) (statisticsView, error)) web.Table {
	ctx := r.Context()
	columns := web.Columns(ctx, "request.statistics.column.", "by", "value", "name", "asked", "answered", "median_answer", "answer_share", "done", "median_done", "done_share")
	return web.Table{
		Name: "requests", Title: i18n.T(ctx, "request.statistics.sheet"), List: ui.Absolute(ctx, ui.WithQuery(path, r.URL.Query())), Day: date.Today(h.requests.now(), i18n.Geneva), Columns: columns,
		Rows: func(do func(row []any) error) error {
			v, err := read(r)
			if err != nil {
				return err
			}
			for _, row := range v.rows() {
				if err := do(v.cells(ctx, row)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (h handlers) summaryTable(r *http.Request) web.Table {
	return h.statisticsTable(r, Path, h.publicStatistics)
}

// deskStatisticsFile is a file of the statistics of the person's desks.
func (h handlers) deskStatisticsFile(file func(func(*http.Request) web.Table) web.Handler) web.Handler {
	return file(func(r *http.Request) web.Table { return h.statisticsTable(r, DeskStatisticsPath, h.ownStatistics) })
}
