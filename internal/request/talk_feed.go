package request

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"portal/internal/clock"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// talksICS writes talks for calendar programs.
func talksICS(w http.ResponseWriter, r *http.Request, file string, all []TalkEvent) error {
	return web.WriteICS(w, r, web.ICS{File: file, Title: "request.talks.title", Events: datesOf(r.Context(), all)})
}

// datesOf are what calendar programs show of talks.
func datesOf(ctx context.Context, all []TalkEvent) (dates []web.ICSEvent) {
	for _, t := range all {
		e := web.ICSEvent{
			UID: strings.ToLower(t.PublicID()), Changed: t.ChangedAt, Sequence: t.Sequence, At: t.At, Until: t.Until, Path: t.Path(), Cancelled: t.State != TalkAnnounced, Summary: t.PublicID(),
		}
		if t.State != TalkWithdrawn { // of which nothing is public but that it was
			e.Summary, e.Description, e.Location, e.Categories = t.Title, talkDescription(ctx, t), t.Place, []string{talkOption(ctx, "level", string(t.Level))}
		}
		dates = append(dates, e)
	}
	return dates
}

func talkDescription(ctx context.Context, t TalkEvent) string {
	lines := []string{When(ctx, t, t.Zone), i18n.List(ctx, organizerNames(t))}
	if t.State == TalkCancelled {
		lines = []string{i18n.T(ctx, "request.talk.cancelled"), t.Reason}
	}
	if len(t.Interpretation) > 0 && t.State == TalkAnnounced {
		var all []string
		for _, lang := range t.Interpretation {
			all = append(all, languageName(ctx, lang))
		}
		lines = append(lines, i18n.T(ctx, "request.talk.chip", i18n.Key("talk.field.interpretation.label"), i18n.List(ctx, all)))
	}
	return strings.Join(append(lines, "", ui.PlainText(t.Purpose)), "\n")
}

// talkTable is the list as a file.
func (h handlers) talkTable(r *http.Request) web.Table {
	ctx, v := r.Context(), h.requests.Vocabulary()
	f := readTalkFilter(r.URL.Query(), v)
	return web.Table{
		Name: "talks", Title: i18n.T(ctx, "request.talks.title"), List: ui.Absolute(ctx, talksAt(f.values())), Day: date.Today(h.requests.now(), i18n.Geneva),
		Columns: web.Columns(ctx, "request.talk.column.", "id", "title", "language", "phase", "level", "region", "country", "day", "starts", "ends", "zone", "begins", "until", "format", "place", "audience", "interpretation",
			"objectives", "organizers", "registration", "recording", "report", "pledges", "practices", "address"),
		Rows: web.RowsOf(func() ([]TalkEvent, error) {
			all, err := publicTalks(ctx, h.requests.db.Read())
			return f.apply(all, v, h.requests.now()), err
		}, func(t TalkEvent) []any {
			phase, registration := t.Phase(h.requests.now()), t.Registration
			if phase != Upcoming {
				registration = ""
			}
			objectives := make([]string, len(t.Objectives))
			for i, n := range t.Objectives {
				objectives[i] = strconv.Itoa(n)
			}
			return []any{
				t.PublicID(), t.Title, t.Lang, string(phase), string(t.Level), t.Region, t.Country, t.Day, clock.Format(t.Starts), clock.Format(t.Ends), t.Zone, t.At, t.Until, t.Format, t.Place,
				strings.Join(t.Audience, "; "), strings.Join(t.Interpretation, "; "), strings.Join(objectives, "; "), strings.Join(organizerNames(t), "; "), registration, t.Recording, t.Report,
				strings.Join(t.Pledges, "; "), strings.Join(t.Practices, "; "), ui.Absolute(ctx, t.Path()),
			}
		}),
	}
}

// perFeed is how many talks the feed holds.
const perFeed = 50

// talkAtom gives the talks as a feed, what changed last on top.
func (h handlers) talkAtom(w http.ResponseWriter, r *http.Request) error {
	ctx, v := r.Context(), h.requests.Vocabulary()
	f := readTalkFilter(r.URL.Query(), v)
	f.Sort = changed
	all, err := publicTalks(ctx, h.requests.db.Read())
	if err != nil {
		return err
	}
	all = f.apply(all, v, h.requests.now())
	self := ui.Absolute(ctx, ui.WithQuery(TalksPath+".atom", f.values()))
	feed := web.Atom{
		Lang: string(i18n.From(ctx)), ID: self, Title: i18n.T(ctx, "request.talks.title"), Updated: web.AtomTime(h.requests.now()), Author: web.AtomPerson{Name: ui.OperatorName(ctx)},
		Links: []web.AtomLink{{Rel: "self", Type: web.AtomType, Href: self}, {Rel: "alternate", Type: "text/html", Href: ui.Absolute(ctx, talksAt(f.values()))}},
	}
	for i, t := range all[:min(len(all), perFeed)] {
		if i == 0 {
			feed.Updated = web.AtomTime(t.ChangedAt)
		}
		entry := web.AtomEntry{
			ID: ui.SiteOf(ctx).PublicURL + t.Path(), Title: web.AtomText{Type: "text", Lang: t.Lang, Text: t.Title}, Link: web.AtomLink{Rel: "alternate", Type: "text/html", Href: ui.Absolute(ctx, t.Path())},
			Published: web.AtomTime(*t.AnnouncedAt), Updated: web.AtomTime(t.ChangedAt), Author: web.AtomPerson{Name: ui.OperatorName(ctx)},
			Summary: web.AtomText{Type: "text", Text: strings.Join(times(ctx, t, f.Zone), "; ")},
		}
		for _, o := range t.Organizers {
			entry.Contributors = append(entry.Contributors, web.AtomPerson{Name: o.Name})
		}
		feed.Entries = append(feed.Entries, entry)
	}
	return web.WriteAtom(w, r, feed)
}
