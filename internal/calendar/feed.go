package calendar

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"portal/internal/clock"
	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// writeICS writes events for calendar programs.
func writeICS(w http.ResponseWriter, r *http.Request, file string, all []Event, f Filter) error {
	return web.WriteICS(w, r, web.ICS{File: file, Title: "calendar.title", Events: datesOf(r.Context(), all, f)})
}

// datesOf are what calendar programs show of events, with the reminder of the filter.
func datesOf(ctx context.Context, all []Event, f Filter) []web.ICSEvent {
	dates := make([]web.ICSEvent, 0, len(all))
	for _, e := range all {
		out := web.ICSEvent{
			UID: e.UID, Changed: e.ChangedAt, Sequence: e.Sequence, At: e.At, Until: e.Until, Path: e.Path, Cancelled: e.CancelledAt != nil || e.Hidden, Remind: reminders[f.Remind],
			Free: e.Type == "deadline",
		}
		if e.Whole {
			out.First, out.Last = e.First, e.Last
		}
		if e.Hidden { // of which nothing is public but that it was
			out.Summary = e.PublicID()
		} else {
			out.Summary, out.Description, out.Location, out.Categories = e.Title, description(ctx, e), e.Place, []string{typeName(ctx, e.Type)}
		}
		dates = append(dates, out)
	}
	return dates
}

func description(ctx context.Context, e Event) string {
	lines := []string{When(ctx, e, "")}
	if len(e.Organizers) > 0 {
		lines = append(lines, i18n.List(ctx, organizerNames(e)))
	}
	if e.CancelledAt != nil {
		return strings.Join([]string{i18n.T(ctx, "calendar.cancelled"), e.Reason}, "\n")
	}
	if len(e.Interpretation) > 0 {
		lines = append(lines, i18n.T(ctx, "calendar.pair", i18n.Key("event.field.interpretation.label"), languageNames(ctx, e.Interpretation)))
	}
	return strings.Join(append(lines, "", ui.PlainText(e.Text)), "\n")
}

// table is the calendar as a file.
func (h handlers) table(r *http.Request) web.Table {
	ctx, v, now := r.Context(), h.calendar.Vocabulary(), h.calendar.now()
	f := h.calendar.readFilter(r.URL.Query())
	f.View = agenda
	return web.Table{
		Name: "calendar", Title: i18n.T(ctx, "calendar.title"), List: ui.Absolute(ctx, f.at(f.On)), Day: h.calendar.today(),
		Columns: web.Columns(ctx, "calendar.column.", "id", "title", "language", "type", "phase", "whole", "first", "last", "starts", "ends", "zone", "begins", "until", "format", "place", "country", "region",
			"audience", "interpretation", "objectives", "organizers", "registration", "workstream", "review", "talk", "documents", "recordings", "address"),
		Rows: web.RowsOf(func() ([]Event, error) {
			all, err := h.calendar.All(ctx)
			return f.apply(all, v, now), err
		}, func(e Event) []any {
			id, starts, ends, registration := "", "", "", ""
			if e.Source == "" {
				id = e.PublicID()
			}
			if !e.Whole {
				starts, ends = clock.Format(e.Starts), clock.Format(e.Ends)
			}
			if e.registers(now, h.calendar.today()) {
				registration = e.Link
				if e.Registration == Here {
					registration = ui.Absolute(ctx, e.Path)
				}
			}
			objectives := make([]string, len(e.Objectives))
			for i, n := range e.Objectives {
				objectives[i] = strconv.Itoa(n)
			}
			return []any{
				id, e.Title, e.Lang, e.Type, string(e.Phase(now)), e.Whole, e.First, e.Last, starts, ends, e.Zone, e.At, e.Until, e.Format, e.Place, e.Country, e.Region,
				strings.Join(e.Audience, "; "), strings.Join(e.Interpretation, "; "), strings.Join(objectives, "; "), strings.Join(organizerNames(e), "; "), registration, e.Workstream, e.Review, e.Talk,
				addresses(e.Documents), addresses(e.Recordings), ui.Absolute(ctx, e.Path),
			}
		}),
	}
}

func addresses(all []Ref) string {
	texts := make([]string, len(all))
	for i, r := range all {
		texts[i] = r.Address
	}
	return strings.Join(texts, "; ")
}

// perFeed is how many events the feed holds.
const perFeed = 50

// atom gives the calendar as a feed, what changed last on top.
func (h handlers) atom(w http.ResponseWriter, r *http.Request) error {
	ctx, v := r.Context(), h.calendar.Vocabulary()
	f := h.calendar.readFilter(r.URL.Query())
	f.Sort, f.View = changed, agenda
	all, err := h.calendar.Listed(ctx)
	if err != nil {
		return err
	}
	h.until(ctx, all...)
	all = f.apply(all, v, h.calendar.now())
	self := ui.Absolute(ctx, ui.WithQuery(Path+".atom", f.values()))
	feed := web.Atom{
		Lang: string(i18n.From(ctx)), ID: self, Title: i18n.T(ctx, "calendar.title"), Updated: web.AtomTime(h.calendar.now()), Author: web.AtomPerson{Name: ui.OperatorName(ctx)},
		Links: []web.AtomLink{{Rel: "self", Type: web.AtomType, Href: self}, {Rel: "alternate", Type: "text/html", Href: ui.Absolute(ctx, f.at(f.On))}},
	}
	for i, e := range all[:min(len(all), perFeed)] {
		if i == 0 {
			feed.Updated = web.AtomTime(e.ChangedAt)
		}
		entry := web.AtomEntry{
			ID: ui.SiteOf(ctx).PublicURL + e.Path + "#" + e.UID, Title: web.AtomText{Type: "text", Lang: e.Lang, Text: e.Title}, Link: web.AtomLink{Rel: "alternate", Type: "text/html", Href: ui.Absolute(ctx, e.Path)},
			Published: web.AtomTime(e.PublishedAt), Updated: web.AtomTime(e.ChangedAt), Author: web.AtomPerson{Name: ui.OperatorName(ctx)},
			Categories: []web.AtomCategory{{Term: "type-" + e.Type, Label: typeName(ctx, e.Type)}},
			Summary:    web.AtomText{Type: "text", Text: strings.Join(times(ctx, e, f.Zone), "; ")},
		}
		for _, o := range e.Organizers {
			entry.Contributors = append(entry.Contributors, web.AtomPerson{Name: o.Name})
		}
		feed.Entries = append(feed.Entries, entry)
	}
	return web.WriteAtom(w, r, feed)
}
