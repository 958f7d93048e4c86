package submission

import (
	"context"
	"slices"
	"strconv"
	"time"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/workflow"
	"portal/web/ui"
)

// listView is the list of what the person's offices have written.
type listView struct {
	Page
	Kinds  workflow.Kinds
	Starts map[string]string
	Who    identity.User
	Now    time.Time
	// Offers are the invitations that wait for the person's answer; Invited says that they come from one of them.
	Offers  []Offer
	Invited bool
}

func (v listView) href(ctx context.Context, f Filter) string {
	return ui.Href(ctx, ui.WithQuery("/drafts", f.Values()))
}

func (v listView) export(ctx context.Context, extension string) string {
	f := v.Filter
	f.Page = 1
	return ui.Href(ctx, ui.WithQuery("/drafts."+extension, f.Values()))
}

// kinds are the names of the kinds, sorted.
func (v listView) kinds() []string {
	var all []string
	for name := range v.Kinds {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func (v listView) filters(ctx context.Context) ui.Filters {
	clear := Filter{Q: v.Filter.Q, Sort: v.Filter.Sort}
	f := ui.Filters{Action: ui.Href(ctx, "/drafts"), Keep: clear.Values(), Clear: v.href(ctx, clear)}
	states := ui.Facet{Name: "state", Legend: i18n.T(ctx, "submission.list.column.state"), Select: true, Any: i18n.T(ctx, "submission.list.any.state"), Open: true}
	for _, s := range workflow.States {
		if n := v.States[s]; n > 0 || s == v.Filter.State {
			states.Options = append(states.Options, ui.FacetOption{Value: string(s), Label: stateName(ctx, s), Count: n, Checked: s == v.Filter.State})
		}
	}
	f.Facets = append(f.Facets, states)
	if len(v.Kinds) > 1 {
		kinds := ui.Facet{Name: "kind", Legend: i18n.T(ctx, "submission.list.column.kind"), Select: true, Any: i18n.T(ctx, "submission.list.any.kind")}
		for _, name := range v.kinds() {
			kinds.Options = append(kinds.Options, ui.FacetOption{Value: name, Label: i18n.T(ctx, "submission.kind."+name), Count: v.Page.Kinds[name], Checked: name == v.Filter.Kind})
		}
		f.Facets = append(f.Facets, kinds)
	}
	if v.SharedCount > 0 || v.Filter.Shared {
		f.Facets = append(f.Facets, ui.Facet{Name: "shared", Legend: i18n.T(ctx, "submission.list.shared"), Open: true, Options: []ui.FacetOption{
			{Value: "1", Label: i18n.T(ctx, "submission.list.shared.only"), Count: v.SharedCount, Checked: v.Filter.Shared},
		}})
	}
	if len(v.Offices) > 1 {
		offices := ui.Facet{Name: "office", Legend: i18n.T(ctx, "submission.list.column.office"), Select: true, Any: i18n.T(ctx, "submission.list.any.office")}
		for _, o := range v.Offices {
			offices.Options = append(offices.Options, ui.FacetOption{Value: strconv.FormatInt(o.ID, 10), Label: o.Name, Count: o.Count, Checked: o.ID == v.Filter.Office})
		}
		f.Facets = append(f.Facets, offices)
	}
	return f
}

// chips are the filters in use, each a link to the list without it.
func (v listView) chips(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	add := func(text string, without Filter) {
		without.Page = 1
		chips = append(chips, ui.Chip{Href: v.href(ctx, without), Text: text, Remove: true})
	}
	if v.Filter.Q != "" {
		f := v.Filter
		f.Q = ""
		add(i18n.T(ctx, "submission.list.chip.words", v.Filter.Q), f)
	}
	if v.Filter.State != "" {
		f := v.Filter
		f.State = ""
		add(stateName(ctx, v.Filter.State), f)
	}
	if v.Filter.Kind != "" {
		f := v.Filter
		f.Kind = ""
		name := v.Filter.Kind
		if _, known := v.Kinds[name]; known {
			name = i18n.T(ctx, "submission.kind."+name)
		}
		add(name, f)
	}
	if v.Filter.Shared {
		f := v.Filter
		f.Shared = false
		add(i18n.T(ctx, "submission.list.shared.only"), f)
	}
	if v.Filter.Office != 0 {
		f := v.Filter
		f.Office = 0
		name := strconv.FormatInt(v.Filter.Office, 10)
		for _, o := range v.Offices {
			if o.ID == v.Filter.Office {
				name = o.Name
			}
		}
		add(name, f)
	}
	return chips
}

// putAway is how much is put away and not shown; it leads to the list of that.
func (v listView) putAway() (int, Filter) {
	if v.Filter.State != "" {
		return 0, Filter{}
	}
	return v.States[workflow.PutAway], Filter{State: workflow.PutAway}
}

func (v listView) sort(ctx context.Context) ui.Sort {
	keep := v.Filter
	keep.Sort, keep.Page = "", 1
	s := ui.Sort{Action: ui.Href(ctx, "/drafts"), Keep: keep.Values()}
	for _, order := range sorts {
		name := order
		if name == "" {
			name = "changed"
		}
		s.Options = append(s.Options, ui.FacetOption{Value: order, Label: i18n.T(ctx, "submission.list.sort."+name), Checked: order == v.Filter.Sort})
	}
	return s
}

func (v listView) table(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "submission.list.count", v.Total), Cards: true}
	several := len(v.Offices) > 1
	columns := []string{"title", "state"}
	if several {
		columns = append(columns, "office")
	}
	for _, name := range append(columns, "changed") {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "submission.list.column."+name)})
	}
	for _, s := range v.Rows {
		row := []ui.Cell{{Component: titleCell(s, v.Now)}, {Component: stateTag(s.State)}}
		if several {
			row = append(row, ui.Cell{Text: s.Sender(), Lang: "und"})
		}
		t.Rows = append(t.Rows, append(row, ui.Cell{Text: i18n.DayOf(ctx, s.ChangedAt)}))
	}
	return t
}

func (v listView) pager(ctx context.Context) ui.Pager {
	return ui.Pager{Label: i18n.T(ctx, "submission.list.pages"), Page: v.Filter.Page, Pages: v.Pages, Href: func(page int) string {
		f := v.Filter
		f.Page = page
		return v.href(ctx, f)
	}}
}
