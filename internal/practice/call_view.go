package practice

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web/ui"
)

// aboveCalls are the crumbs to the list of calls.
func aboveCalls(ctx context.Context) []ui.Link {
	return append(above(ctx), ui.Link{Href: ui.Href(ctx, CallsPath), Text: i18n.T(ctx, "practice.call.list.title")})
}

// daysLeft says how long a call is still open.
func daysLeft(ctx context.Context, c Call, now time.Time) string {
	if c.DaysLeft(now) == 0 {
		return i18n.T(ctx, "practice.call.today")
	}
	return i18n.T(ctx, "practice.call.days_left", c.DaysLeft(now))
}

// until says when a call closes, or when it closed.
func until(ctx context.Context, c Call, now time.Time) string {
	if now.After(c.DeadlineAt) {
		return i18n.T(ctx, "practice.call.was_until", i18n.Instant(ctx, c.DeadlineAt))
	}
	return i18n.T(ctx, "practice.call.until", i18n.Instant(ctx, c.DeadlineAt))
}

// stands says where a call stands: how long it is open, or what has become of it.
func stands(ctx context.Context, c Call, now time.Time) string {
	if c.Phase(now) == PhaseOpen {
		return daysLeft(ctx, c, now)
	}
	return i18n.T(ctx, "practice.call.phase."+string(c.Phase(now)))
}

// phaseTone is the colour of a phase.
func phaseTone(p CallPhase) ui.Tone {
	switch p {
	case PhaseOpen:
		return ui.Ok
	case PhaseClosed:
		return ui.Sky
	case PhaseWithdrawn:
		return ui.Warn
	}
	return ui.Plain
}

// text is what the call says in the reader's language, or another one.
func (c Call) text(ctx context.Context) CallText { return c.In(string(i18n.From(ctx))) }

// otherLanguage says that the reader's language lacks the call, and which it is shown in; "" when it does not.
func (t CallText) otherLanguage(ctx context.Context) string {
	if t.Lang == string(i18n.From(ctx)) {
		return ""
	}
	return i18n.T(ctx, "practice.call.fallback", i18n.NameOf(ctx, i18n.From(ctx)), i18n.NameOf(ctx, i18n.Lang(t.Lang)))
}

// callsView is what the list of calls shows.
type callsView struct {
	CallList
	Vocabulary *gcm.Vocabulary
	Now        time.Time
}

func callsAt(ctx context.Context, q url.Values) string {
	return ui.Href(ctx, ui.WithQuery(CallsPath, q))
}

func (v callsView) file(ctx context.Context, extension string) string {
	return ui.Href(ctx, ui.WithQuery(CallsPath+"."+extension, v.Filter.Values()))
}

func (v callsView) page(ctx context.Context) ui.Page {
	return ui.Page{
		Title: i18n.T(ctx, "practice.call.list.title"), Description: i18n.T(ctx, "practice.call.list.lede"), Current: ListPath,
		NoIndex: v.Filter.Narrowed() || v.Filter.Page != 1 || v.Filter.ByName,
		Feeds:   []ui.Alternate{{Title: i18n.T(ctx, "practice.call.list.title"), Type: "application/atom+xml", Href: v.file(ctx, "atom")}},
	}
}

func (v callsView) search(ctx context.Context) ui.Search {
	keep := v.Filter.Values()
	keep.Del("q")
	return ui.Search{ID: "q", Label: i18n.T(ctx, "practice.call.list.search"), Action: ui.Href(ctx, CallsPath), Value: v.Filter.Q, Keep: keep}
}

func (v callsView) sort(ctx context.Context) ui.Sort {
	keep := v.Filter.Values()
	keep.Del("sort")
	return ui.Sort{Action: ui.Href(ctx, CallsPath), Keep: keep, Options: []ui.FacetOption{
		{Value: "deadline", Label: i18n.T(ctx, "practice.call.list.sort.deadline"), Checked: !v.Filter.ByName},
		{Value: "title", Label: i18n.T(ctx, "practice.call.list.sort.title"), Checked: v.Filter.ByName},
	}}
}

// filters narrow the list by state and objective, one of each.
func (v callsView) filters(ctx context.Context) ui.Filters {
	keep := url.Values{}
	for _, name := range []string{"q", "sort"} {
		if value := v.Filter.Values().Get(name); value != "" {
			keep.Set(name, value)
		}
	}
	state := ui.Facet{Name: "state", Legend: i18n.T(ctx, "practice.call.list.facet.state"), Open: true, Select: true, Any: i18n.T(ctx, "practice.call.list.any.state")}
	for _, p := range PublicPhases {
		state.Options = append(state.Options, ui.FacetOption{Value: string(p), Label: i18n.T(ctx, "practice.call.phase."+string(p)), Count: -1, Checked: p == v.Filter.Phase})
	}
	objective := ui.Facet{Name: "objective", Legend: i18n.T(ctx, "practice.list.facet.objective"), Open: true, Select: true, Any: i18n.T(ctx, "practice.call.list.any.objective")}
	for _, o := range v.Vocabulary.Objectives {
		objective.Options = append(objective.Options, ui.FacetOption{
			Value: strconv.Itoa(o.N), Label: i18n.T(ctx, "practice.call.objective", o.N, o.Label(i18n.From(ctx))), Count: -1, Checked: o.N == v.Filter.Objective,
		})
	}
	return ui.Filters{Action: ui.Href(ctx, CallsPath), Keep: keep, Clear: callsAt(ctx, keep), Facets: []ui.Facet{state, objective}}
}

// chips are the filters in use, each with the way to take it away.
func (v callsView) chips(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	add := func(name, legend, text string) {
		chips = append(chips, ui.Chip{Href: callsAt(ctx, ui.With(v.Filter.Values(), name)), Text: i18n.T(ctx, "practice.list.chip", i18n.Key(legend), text), Remove: true})
	}
	if v.Filter.Q != "" {
		add("q", "practice.list.chip.q", v.Filter.Q)
	}
	if v.Filter.Phase != "" {
		add("state", "practice.call.list.facet.state", i18n.T(ctx, "practice.call.phase."+string(v.Filter.Phase)))
	}
	if n := strconv.Itoa(v.Filter.Objective); v.Filter.Objective != 0 {
		add("objective", "practice.list.facet.objective", n+" "+label(ctx, v.Vocabulary, "objective", n))
	}
	return chips
}

// ignored names in words the parts of the address that were left out.
func (v callsView) ignored(ctx context.Context) []string {
	keys := map[string]string{"q": "practice.list.ignored.q", "page": "practice.list.ignored.page", "sort": "practice.list.ignored.sort", "objective": "practice.list.facet.objective", "state": "practice.call.list.facet.state"}
	var all []string
	for _, name := range v.Filter.Ignored {
		all = append(all, i18n.T(ctx, keys[name]))
	}
	return all
}

func (v callsView) results(ctx context.Context) []ui.Result {
	all := make([]ui.Result, len(v.Calls))
	areas := ui.AreasOf(v.Vocabulary)
	for i, c := range v.Calls {
		t := c.text(ctx)
		all[i] = ui.Result{
			Href: ui.Href(ctx, CallPath(c.ID)), Title: t.Title, Lang: t.Lang, Text: t.Theme,
			Meta: []string{until(ctx, c, v.Now)}, Foot: callFoot(c, areas, v.Now),
		}
	}
	return all
}

func (v callsView) pager(ctx context.Context) ui.Pager {
	return ui.Pager{Label: i18n.T(ctx, "practice.call.list.pages"), Page: v.Filter.Page, Pages: v.Pages, Href: func(page int) string {
		q := v.Filter.Values()
		if page > 1 {
			q.Set("page", strconv.Itoa(page))
		}
		return callsAt(ctx, q)
	}}
}

// callView is what the public page of a call shows.
type callView struct {
	PublicCall
	Vocabulary *gcm.Vocabulary
	Now        time.Time
}

func (v callView) page(ctx context.Context) ui.Page {
	t := v.text(ctx)
	return ui.Page{Title: t.Title, Description: t.Theme, Current: ListPath, NoIndex: v.Phase == PhaseWithdrawn}
}

// takePart is where a practice is begun for the call.
func takePart(ctx context.Context, id CallID) string {
	return ui.Href(ctx, ui.WithQuery(StartPath, url.Values{"call": {strconv.FormatInt(id, 10)}}))
}

// answersOf is the list of the practices that have answered the call.
func answersOf(ctx context.Context, id CallID) string {
	return at(ctx, url.Values{"call": {strconv.FormatInt(id, 10)}})
}

// callFacts are the facts of a call: for its page and for the desk.
func callFacts(ctx context.Context, c Call, v *gcm.Vocabulary, now time.Time) []ui.Fact {
	facts := []ui.Fact{{Term: i18n.T(ctx, "practice.call.fact.deadline"), Values: []string{i18n.Instant(ctx, c.DeadlineAt)}}}
	if c.Phase(now) == PhaseOpen {
		facts[0].Values = append(facts[0].Values, daysLeft(ctx, c, now))
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.call.fact.objectives"), Component: objectiveNames(c.Objectives, v)})
	if len(c.Sectors) > 0 {
		var sectors []string
		for _, id := range c.Sectors {
			sectors = append(sectors, label(ctx, v, "organization", id))
		}
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.call.fact.sectors"), Values: sectors})
	}
	taken := c.Languages
	if len(taken) == 0 {
		for _, l := range i18n.All {
			taken = append(taken, string(l))
		}
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.call.fact.languages"), Values: []string{languages(ctx, taken)}})
	contact := c.Contact
	if contact == "" {
		contact = ui.SiteOf(ctx).Email
	}
	if contact != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.call.fact.contact"), Component: mailLink(contact)})
	}
	return facts
}
