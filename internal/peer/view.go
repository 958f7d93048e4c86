package peer

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web/ui"
)

// homeView is what the reviewer's own page shows.
type homeView struct {
	Mine    []Own
	Profile Profile
	Now     time.Time
}

func (v homeView) groups() (open, done []Own) {
	for _, o := range v.Mine {
		if o.State.Open() && !o.Closed {
			open = append(open, o)
		} else {
			done = append(done, o)
		}
	}
	return open, done
}

func (v homeView) today() date.Date { return date.Today(v.Now, i18n.Geneva) }

func titleOf(ctx context.Context, title string) string {
	if title == "" {
		return i18n.T(ctx, "peer.untitled")
	}
	return title
}

func toneOf(s State) ui.Tone {
	switch s {
	case Asked, Accepted:
		return ui.Sky
	case Submitted:
		return ui.Ok
	case SetAside, Declined:
		return ui.Warn
	}
	return ui.Plain
}

// dueTone is how a due day is shown that is still to come, or past.
func dueTone(due, today date.Date) (ui.Tone, string) {
	switch {
	case due.Before(today):
		return ui.Bad, "peer.due.late"
	case due.Before(today.AddDays(6)):
		return ui.Warn, "peer.due.soon"
	}
	return ui.Ok, "peer.due.in_time"
}

func text(ctx context.Context, wrong []problem.Field, name, label string, value string) ui.Control {
	return ui.Control{Name: name, Label: label, Values: []string{value}, Error: ui.MessageFor(ctx, wrong, name)}
}

// reviewersView is what the list of reviewers shows.
type reviewersView struct {
	Filter     ReviewerFilter
	All        []Listed
	Vocabulary *gcm.Vocabulary
}

var reviewerColumns = []string{"name", "side", "objectives", "languages", "regions", "load", "state"}

func (v reviewersView) line(ctx context.Context, r Listed) []string {
	var objectives, languages, regions []string
	for _, n := range r.Objectives {
		objectives = append(objectives, i18n.Number(ctx, n))
	}
	for _, l := range r.Languages {
		languages = append(languages, i18n.NameOf(ctx, i18n.Lang(l)))
	}
	for _, id := range r.Regions {
		if region, ok := v.Vocabulary.Region(id); ok {
			regions = append(regions, region.Name(i18n.From(ctx)))
		}
	}
	state := "peer.reviewers.active"
	if !r.Active {
		state = "peer.reviewers.inactive"
	} else if r.Load >= r.Capacity {
		state = "peer.reviewers.full"
	}
	return []string{r.Name, i18n.T(ctx, "peer.side."+string(r.Side)), i18n.List(ctx, objectives), i18n.List(ctx, languages), i18n.List(ctx, regions), i18n.T(ctx, "peer.reviewers.load", r.Load, r.Capacity), i18n.T(ctx, state)}
}

func (v reviewersView) table(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "peer.reviewers.caption", len(v.All)), Cards: true}
	for _, column := range reviewerColumns {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "peer.reviewers.column."+column)})
	}
	for _, r := range v.All {
		var cells []ui.Cell
		for _, value := range v.line(ctx, r) {
			cells = append(cells, ui.Cell{Text: value})
		}
		cells[0] = ui.Cell{Component: personCell(r)}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

func (v reviewersView) filters(ctx context.Context) ui.Filters {
	keep := url.Values{}
	if v.Filter.Q != "" {
		keep.Set("q", v.Filter.Q)
	}
	side := ui.Facet{Name: "side", Legend: i18n.T(ctx, "peer.reviewers.column.side"), Open: true, Select: true, Any: i18n.T(ctx, "peer.reviewers.any")}
	for _, s := range Sides {
		side.Options = append(side.Options, ui.FacetOption{Value: string(s), Label: i18n.T(ctx, "peer.side."+string(s)), Count: -1, Checked: v.Filter.Side == s})
	}
	objective := ui.Facet{Name: "objective", Legend: i18n.T(ctx, "peer.reviewers.column.objectives"), Open: true, Select: true, Any: i18n.T(ctx, "peer.reviewers.any")}
	for n := 1; n <= 23; n++ {
		if o, ok := v.Vocabulary.Objective(n); ok {
			objective.Options = append(objective.Options, ui.FacetOption{Value: strconv.Itoa(n), Label: i18n.T(ctx, "peer.reviewers.objective", n, o.Label(i18n.From(ctx))), Count: -1, Checked: v.Filter.Objective == n})
		}
	}
	return ui.Filters{Action: ui.Href(ctx, ReviewersPath), Keep: keep, Clear: ui.Href(ctx, ReviewersPath), Facets: []ui.Facet{side, objective}}
}

// inviteView is what the page shows on which a lead invites a reviewer.
type inviteView struct {
	New        NewReviewer
	Vocabulary *gcm.Vocabulary
	Wrong      []problem.Field
}

func (v inviteView) lang(ctx context.Context) ui.Control {
	c := ui.Control{Name: "lang", Label: i18n.T(ctx, "peer.invite.lang"), Hint: i18n.T(ctx, "peer.invite.lang.hint"), Values: []string{string(v.New.Lang)}}
	for _, l := range []i18n.Lang{i18n.English, i18n.Arabic} {
		c.Choices = append(c.Choices, ui.Choice{Value: string(l), Label: i18n.NameOf(ctx, l)})
	}
	return c
}
