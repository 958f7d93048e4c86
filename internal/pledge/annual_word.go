package pledge

import (
	"context"
	"net/http"

	"portal/internal/i18n"
	"portal/internal/word"
	"portal/web"
	"portal/web/ui"
)

// annualFile is the report as a Word file, which the secretariat goes on editing.
func (h handlers) annualFile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.readAnnual(r)
	switch {
	case err != nil:
		return err
	case len(v.Wrong) > 0: // programs read files: what is wrong is a line of text
		text := ui.Message(ctx, v.Wrong[0]) + "\n" + ui.Absolute(ctx, AnnualPath) + "\n"
		return web.Write(w, r, http.StatusUnprocessableEntity, "text/plain; charset=utf-8", []byte(text))
	}
	content, err := word.WriteDocument(ctx, v.document(ctx))
	if err != nil {
		return err
	}
	name := "pledges-" + v.From.String() + "-" + v.Until.String() + "-" + string(i18n.From(ctx)) + ".docx"
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return web.Write(w, r, http.StatusOK, word.MediaType, content)
}

// document is the report as the parts of a Word file: what the page says, in its order.
func (v annualView) document(ctx context.Context) word.Document {
	d := word.Document{Title: v.title(ctx), Site: ui.OperatorName(ctx), About: []string{i18n.T(ctx, "pledge.annual.lede", i18n.Day(ctx, v.Until))}}
	add := func(parts ...word.Part) { d.Parts = append(d.Parts, parts...) }
	if v.End.Hidden > 0 {
		add(word.Paragraph{Text: i18n.T(ctx, "pledge.annual.hidden", v.End.Hidden)})
	}
	if v.New.Total == 0 {
		add(word.Heading{Level: 1, Text: i18n.T(ctx, "pledge.annual.new.none")})
	} else {
		add(word.Heading{Level: 1, Text: i18n.T(ctx, "pledge.annual.new", v.New.Total)}, word.Paragraph{Text: i18n.T(ctx, "pledge.annual.new.by", v.New.Actors)})
		for _, view := range newViews {
			add(v.board(v.New).document(ctx, view)...)
		}
		add(word.Link{Text: i18n.T(ctx, "pledge.annual.new.list"), Address: ui.SiteOf(ctx).PublicURL + v.list(ctx, v.New.Filter)})
	}
	if v.Updates == 0 {
		add(word.Heading{Level: 1, Text: i18n.T(ctx, "pledge.annual.reports.none")})
	} else {
		add(word.Heading{Level: 1, Text: i18n.T(ctx, "pledge.annual.reports", v.Reported)}, word.Paragraph{Text: i18n.T(ctx, "pledge.annual.reports.updates", v.Updates)})
	}
	add(word.Heading{Level: 1, Text: v.standing(ctx)}, word.Paragraph{Text: i18n.T(ctx, "pledge.annual.stand.note"), Note: true})
	add(v.comparedDocument(ctx, "status", "pledge.annual.stand.caption")...)
	add(word.Heading{Level: 1, Text: v.silence(ctx)}, word.Paragraph{Text: i18n.T(ctx, "pledge.annual.silent.text"), Note: true})
	add(v.comparedDocument(ctx, "light", "pledge.annual.light.caption")...)
	add(word.Heading{Level: 1, Text: i18n.T(ctx, "pledge.annual.stories")})
	if len(v.Stories) == 0 {
		add(word.Paragraph{Text: i18n.T(ctx, "pledge.annual.stories.none")})
	} else {
		add(word.Paragraph{Text: i18n.T(ctx, "pledge.annual.stories.text"), Note: true})
	}
	for _, s := range v.Stories {
		add(
			word.Heading{Level: 2, Text: s.Title, Lang: s.Lang},
			word.Paragraph{Text: s.Entity + " · " + i18n.T(ctx, "pledge.status."+string(s.Status)) + " · " + i18n.Day(ctx, s.OnDay), Note: true},
			word.Words{Text: s.Evidence, Lang: s.Update.Lang},
			word.Link{Text: i18n.T(ctx, "pledge.annual.story.more") + " " + s.PublicID, Address: ui.Absolute(ctx, updatePath(updateID(s.PublicID, s.Number)))},
		)
	}
	add(word.Heading{Level: 1, Text: i18n.T(ctx, "pledge.annual.source")}, word.Link{
		Text: i18n.T(ctx, "pledge.annual.source.text", ui.SiteName(ctx), i18n.Day(ctx, v.Today)), Address: ui.Absolute(ctx, ui.WithQuery(AnnualPath, v.at())),
	})
	return d
}

// document is a view as its finding, its note, a chart of its first rows and the table of all.
func (v boardView) document(ctx context.Context, view string) []word.Part {
	finding, of := v.finding(ctx, view), v.Tallies[view].Of
	chart := word.Chart{Title: finding, Series: []word.Series{{Name: i18n.T(ctx, "pledge.dashboard.pledges")}}}
	table := word.Table{Caption: v.title(ctx, view), Columns: []word.TableColumn{
		{Head: i18n.T(ctx, "pledge.list.facet."+view)}, {Head: i18n.T(ctx, "pledge.dashboard.pledges"), Number: true}, {Head: i18n.T(ctx, "pledge.dashboard.share"), Number: true},
	}}
	for i, f := range v.figures(ctx, view) {
		if i < chartMarks {
			chart.Names, chart.Series[0].Values = append(chart.Names, f.name(ctx)), append(chart.Series[0].Values, f.N)
		}
		table.Rows = append(table.Rows, []string{f.name(ctx), i18n.Number(ctx, f.N), percent(ctx, f.N, of)})
	}
	return []word.Part{word.Heading{Level: 2, Text: finding}, word.Paragraph{Text: v.note(ctx, view), Note: true}, chart, table}
}

// comparedDocument is a comparison as a chart of two series, without the sum, and as a table.
func (v annualView) comparedDocument(ctx context.Context, facet, caption string) []word.Part {
	begin, end := v.onDays(ctx)
	chart := word.Chart{Title: i18n.T(ctx, caption), Series: []word.Series{{Name: begin}, {Name: end}}}
	table := word.Table{Caption: i18n.T(ctx, caption), Total: true, Columns: []word.TableColumn{{Head: i18n.T(ctx, "pledge.list.facet."+facet)}, {Head: begin, Number: true}, {Head: end, Number: true}}}
	rows := v.compare(ctx, facet)
	for i, c := range rows {
		if i < len(rows)-1 {
			chart.Names = append(chart.Names, c.Label)
			chart.Series[0].Values, chart.Series[1].Values = append(chart.Series[0].Values, c.Begin), append(chart.Series[1].Values, c.End)
		}
		table.Rows = append(table.Rows, []string{c.Label, i18n.Number(ctx, c.Begin), i18n.Number(ctx, c.End)})
	}
	return []word.Part{chart, table}
}

// fileHref is the address of the report as a Word file.
func (v annualView) fileHref(ctx context.Context) string {
	return ui.Href(ctx, ui.WithQuery(AnnualPath+".docx", v.at()))
}

// silence says how many pledges are silent at the end.
func (v annualView) silence(ctx context.Context) string {
	if n := v.silent(); n > 0 {
		return i18n.T(ctx, "pledge.annual.silent", n)
	}
	return i18n.T(ctx, "pledge.annual.silent.none")
}

// picture is the address of a view of one of the boards as a picture.
func (v annualView) picture(ctx context.Context, b Board, view string) string {
	return v.board(b).here(ctx, "/"+view+".svg")
}
