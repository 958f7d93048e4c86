package review

import (
	"context"
	"net/http"
	"slices"
	"time"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

func (h handlers) radar(w http.ResponseWriter, r *http.Request) error {
	radar, err := h.desk.Radar(r.Context(), identity.Must(r.Context()))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, radarPage(radarView{Radar: radar, Vocabulary: h.vocabulary(), Now: h.now(), May: maySet(identity.Must(r.Context()))}))
}

// radarView is what the page of the radar shows.
type radarView struct {
	Radar
	Vocabulary *gcm.Vocabulary
	Now        time.Time
	// May says whether the reader may change clocks and holidays.
	May bool
}

// table lists what one reason has found: what, for whom it waits, and what its owner reads about it.
func (v radarView) table(ctx context.Context, b Blip) ui.Table {
	t := ui.Table{
		Caption: i18n.T(ctx, "review.radar.reason."+b.Name), HideCaption: true, Cards: true,
		Columns: []ui.Column{
			{Text: i18n.T(ctx, "review.queue.column.title")}, {Text: i18n.T(ctx, "review.queue.column.office")},
			{Text: i18n.T(ctx, "review.radar.column.waits")},
		},
	}
	// What is published has no clock, and its owner waits for nothing.
	clocks := slices.ContainsFunc(b.Rows, func(s workflow.Submission) bool { return v.Desks[s.Desk].OwnerText(ctx, s, v.Now) != "" })
	if clocks {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "review.queue.column.due")}, ui.Column{Text: i18n.T(ctx, "review.radar.column.reads")})
	}
	for _, s := range b.Rows {
		country := ""
		if c, ok := v.Vocabulary.Country(s.Country); ok {
			country = c.Name(i18n.From(ctx))
		}
		row := []ui.Cell{{Component: radarTitle(s)}, {Component: officeCell(s.Sender(), country)}, {Text: b.waits(ctx, v.Desks[s.Desk], s)}}
		if clocks {
			row = append(row, ui.Cell{Component: clockCell(s, v.Desks.Light(s, v.Now))}, ui.Cell{Text: v.Desks[s.Desk].OwnerText(ctx, s, v.Now)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// waitsFor says for whom a submission waits, and since when.
func waitsFor(ctx context.Context, d workflow.DeskSettings, s workflow.Submission) string {
	if s.WaitingFor == workflow.ForNobody || s.WaitingSince == nil {
		return ""
	}
	key, day := "review.radar.waits."+string(s.WaitingFor), i18n.Day(ctx, d.DayOf(*s.WaitingSince))
	if s.WaitingFor == workflow.ForDesk && s.AssignedTo != nil {
		return i18n.T(ctx, "review.radar.waits.officer", ui.PersonName(ctx, s.Assignee), day)
	}
	return i18n.T(ctx, key, day)
}
