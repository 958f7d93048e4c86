package pledge

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// WalkReported is Walk with the reports on each pledge, the first one first: those that the public could read on the day of the
// filter.
func (s *Service) WalkReported(ctx context.Context, f Filter, l i18n.Lang, do func(Record, []Update) error) error {
	var waiting []Record
	flush := func() error {
		ids := make([]int64, len(waiting))
		for i, r := range waiting {
			ids[i] = r.ID
		}
		of, err := updatesOf(ctx, s.db.Read(), ids...)
		if err != nil {
			return err
		}
		for _, r := range waiting {
			updates := of[r.ID]
			for i, u := range updates {
				if !f.AsOf.IsZero() && f.AsOf.Before(dayOf(u.PublishedAt)) {
					updates = updates[:i]
					break
				}
			}
			if err := do(r, updates); err != nil {
				return err
			}
		}
		waiting = waiting[:0]
		return nil
	}
	err := s.Walk(ctx, f, l, func(r Record) error {
		if waiting = append(waiting, r); len(waiting) < batch {
			return nil
		}
		return flush()
	})
	if err != nil || len(waiting) == 0 {
		return err
	}
	return flush()
}

// updateValues are the columns of the table of reports. Texts of several lines stay so.
var updateValues = []struct {
	name  string // pledge.export.update.<name>
	value func(e export, r Record, u Update) any
}{
	{"update", func(_ export, r Record, u Update) any { return updateID(r.PublicID, u.Number) }},
	{"id", func(_ export, r Record, _ Update) any { return r.PublicID }},
	{"title", func(_ export, r Record, _ Update) any { return r.Pledge.Title }},
	{"office", func(_ export, _ Record, u Update) any { return u.OfficeName }},
	{"means", func(e export, _ Record, u Update) any { return i18n.T(e.ctx, "pledge.means."+string(u.Means)) }},
	{"status", func(e export, _ Record, u Update) any { return label(e.ctx, e.vocabulary, "status", string(u.Status)) }},
	{"superseded_by", func(_ export, _ Record, u Update) any { return u.SupersededBy }},
	{"on", func(_ export, _ Record, u Update) any { return u.OnDay }},
	{"language", func(_ export, _ Record, u Update) any { return u.Lang }},
	{"evidence", func(_ export, _ Record, u Update) any { return u.Evidence }},
	{"link", func(_ export, _ Record, u Update) any { return u.Link }},
	{"progress", func(_ export, _ Record, u Update) any {
		var all []string
		for _, g := range u.Progress {
			all = append(all, g.Indicator+" | "+g.Value)
		}
		return strings.Join(all, "\n")
	}},
	{"milestones", func(_ export, _ Record, u Update) any {
		var all []string
		for _, m := range u.Milestones {
			all = append(all, m.Milestone+" | "+m.Reached.String())
		}
		return strings.Join(all, "\n")
	}},
	{"obstacles", func(_ export, _ Record, u Update) any { return u.Obstacles }},
	{"support", func(_ export, _ Record, u Update) any { return u.Support }},
	{"next_report", func(_ export, _ Record, u Update) any { return u.NextReport() }},
	{"published", func(_ export, _ Record, u Update) any { return dayOf(u.PublishedAt) }},
	{"address", func(e export, r Record, u Update) any {
		return ui.Absolute(e.ctx, updatePath(updateID(r.PublicID, u.Number)))
	}},
}

// updatesTable is every report on the pledges of the list as a file, a row a report.
func (h handlers) updatesTable(r *http.Request) web.Table {
	e := h.export(r)
	t := web.Table{Name: "pledge-reports-" + e.today.String(), Title: i18n.T(e.ctx, "pledge.export.updates"), List: e.list(), Day: e.today}
	for _, c := range updateValues {
		t.Columns = append(t.Columns, web.Columns(e.ctx, "pledge.export.update.", c.name)...)
	}
	t.Rows = func(do func([]any) error) error {
		line := make([]any, len(updateValues))
		return h.pledges.WalkReported(e.ctx, e.filter, i18n.From(e.ctx), func(record Record, updates []Update) error {
			for _, u := range updates {
				for i, c := range updateValues {
					line[i] = c.value(e, record, u)
				}
				if err := do(line); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return t
}

// objectUpdate is a report in JSON. Blank values are left out.
type objectUpdate struct {
	ID           string     `json:"id"`
	Status       Status     `json:"status"`
	SupersededBy string     `json:"superseded_by,omitempty"`
	On           date.Date  `json:"on"`
	Language     string     `json:"language"`
	Evidence     string     `json:"evidence,omitempty"`
	Link         string     `json:"link,omitempty"`
	Progress     []Progress `json:"progress,omitempty"`
	Milestones   []Reached  `json:"milestones,omitempty"`
	Obstacles    string     `json:"obstacles,omitempty"`
	Support      string     `json:"support_wanted,omitempty"`
	NextReport   date.Date  `json:"next_report,omitzero"`
	Office       string     `json:"office"`
	Means        Means      `json:"means"`
	Published    time.Time  `json:"published"`
}

// objectUpdates are the reports on a pledge in JSON, the first one first.
func objectUpdates(publicID string, updates []Update) []objectUpdate {
	all := []objectUpdate{}
	for _, u := range updates {
		all = append(all, objectUpdate{
			ID: updateID(publicID, u.Number), Status: u.Status, SupersededBy: u.SupersededBy, On: u.OnDay, Language: u.Lang, Evidence: u.Evidence, Link: u.Link,
			Progress: u.Progress, Milestones: u.Milestones, Obstacles: u.Obstacles, Support: u.Support, NextReport: u.NextReport(), Office: u.OfficeName,
			Means: u.Means, Published: u.PublishedAt.UTC().Truncate(time.Second),
		})
	}
	return all
}

// FeedUpdate is a report in the feed, with its pledge.
type FeedUpdate struct {
	Update
	Record Record `db:"-"`
}

// FeedUpdates returns the newest reports on the pledges of the filter, at most n, older than the one with the number before (0 for
// the newest), and the number before which the next part begins; 0 for none.
func (s *Service) FeedUpdates(ctx context.Context, f Filter, before int64, n int) (found []FeedUpdate, next int64, err error) {
	list, err := s.Reports(ctx, f, before, n)
	return list.Reports, list.Before, err
}

// ReportList is a part of the newest reports.
type ReportList struct {
	// List is that of the pledges which the filter leaves: their number and counts, and none of them.
	List
	Reports []FeedUpdate
	// Before is the number before which the next part begins; 0 for none.
	Before int64
}

// Reports is FeedUpdates with the counts of the pledges taken at the same moment.
func (s *Service) Reports(ctx context.Context, f Filter, before int64, n int) (list ReportList, err error) {
	f.AsOf = date.Date{}
	list.Filter = f
	err = s.atOnce(ctx, func(tx database.Tx, m model) error {
		chosen, err := m.selection(ctx, tx, f)
		if err != nil {
			return err
		}
		m.count(&chosen)
		list.Day, list.Total, list.Counts = m.day, chosen.Total, chosen.Counts
		if chosen.Total == 0 {
			return nil
		}
		condition, args := "", database.Args{"limit": n + 1, "before": before}
		if chosen.Total != m.Published() {
			condition, args["listed"] = " AND get_bit(@listed::bytea, p.ordinal) > 0", chosen.Listed.Bytes()
		}
		rows, err := database.Rows[Update](ctx, tx, `SELECT `+updateColumns+`, (SELECT count(*) FROM pledge_updates x WHERE x.pledge_id = u.pledge_id AND x.id <= u.id)::int AS number
			FROM pledge_updates u JOIN pledges p ON p.id = u.pledge_id AND p.until IS NULL
			WHERE (@before::bigint = 0 OR (u.published_at, u.id) < (SELECT b.published_at, b.id FROM pledge_updates b WHERE b.id = @before))`+condition+`
			ORDER BY u.published_at DESC, u.id DESC LIMIT @limit`, args)
		if err != nil {
			return err
		}
		if len(rows) > n {
			rows, list.Before = rows[:n], rows[n-1].ID
		}
		var ids []int64
		for _, u := range rows {
			ids = append(ids, u.PledgeID)
		}
		pledges, err := byIDs(ctx, tx, s.vocabulary(), moment{}, once(ids))
		if err != nil {
			return err
		}
		of := map[int64]Record{}
		for _, r := range pledges {
			of[r.ID] = r
		}
		for _, u := range rows {
			list.Reports = append(list.Reports, FeedUpdate{u, of[u.PledgeID]})
		}
		return nil
	})
	if err != nil {
		return list, fmt.Errorf("newest reports: %w", err)
	}
	return list, nil
}

// updatesAtom gives the reports on the pledges of the list as a feed, the newest first, in parts that lead to the next one.
func (h handlers) updatesAtom(w http.ResponseWriter, r *http.Request) error {
	e := h.export(r)
	e.filter.AsOf, e.filter.After, e.today = date.Date{}, "", dayOf(h.pledges.now())
	before := behindReport(r)
	found, next, err := h.pledges.FeedUpdates(e.ctx, e.filter, before, perFeed)
	if err != nil {
		return err
	}
	q := e.filter.Values()
	q.Del("sort")
	list := ui.WithQuery("/pledges", q)
	if before != 0 {
		q.Set("after", strconv.FormatInt(before, 10))
	}
	self := ui.WithQuery("/pledges/updates.atom", q)
	feed := web.Atom{
		Lang: string(i18n.From(e.ctx)), ID: ui.Absolute(e.ctx, self), Title: i18n.T(e.ctx, "pledge.list.feed.title", i18n.T(e.ctx, "pledge.export.updates")),
		Updated: web.AtomTime(yearStart(FirstYear)), Author: web.AtomPerson{Name: ui.OperatorName(e.ctx)},
		Links: []web.AtomLink{{Rel: "self", Type: web.AtomType, Href: ui.Absolute(e.ctx, self)}, {Rel: "alternate", Type: "text/html", Href: ui.Absolute(e.ctx, list)}},
	}
	if next != 0 {
		q.Set("after", strconv.FormatInt(next, 10))
		feed.Links = append(feed.Links, web.AtomLink{Rel: "next", Type: web.AtomType, Href: ui.Absolute(e.ctx, ui.WithQuery("/pledges/updates.atom", q))})
	}
	for i, u := range found {
		if i == 0 {
			feed.Updated = web.AtomTime(u.PublishedAt)
		}
		feed.Entries = append(feed.Entries, e.updateEntry(u))
	}
	return web.WriteAtom(w, r, feed)
}

func (e export) updateEntry(u FeedUpdate) web.AtomEntry {
	path := updatePath(updateID(u.Record.PublicID, u.Number))
	status := label(e.ctx, e.vocabulary, "status", string(u.Status))
	return web.AtomEntry{
		ID:        ui.SiteOf(e.ctx).PublicURL + Path(u.Record.PublicID) + "#" + anchor(u.Number), // it is no address, and stays as it is
		Title:     web.AtomText{Type: "text", Lang: string(i18n.From(e.ctx)), Text: i18n.T(e.ctx, "pledge.export.update.entry", status, u.Record.PublicID, u.Record.Pledge.Title)},
		Link:      web.AtomLink{Rel: "alternate", Type: "text/html", Href: ui.Absolute(e.ctx, path)},
		Published: web.AtomTime(u.PublishedAt), Updated: web.AtomTime(u.PublishedAt), Author: web.AtomPerson{Name: u.OfficeName},
		Categories: []web.AtomCategory{{Term: "status-" + string(u.Status), Label: status}},
		Summary:    web.AtomText{Type: "text", Lang: u.Lang, Text: ui.Excerpt(strings.TrimSpace(u.Evidence+"\n\n"+u.Obstacles), 2*excerpt)},
	}
}
