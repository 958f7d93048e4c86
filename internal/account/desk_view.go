package account

import (
	"context"
	"time"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web/ui"
)

// deskListView is what the desk's list of offices shows.
type deskListView struct {
	DeskPage
	Vocabulary *gcm.Vocabulary
}

func (v deskListView) href(ctx context.Context, f DeskFilter) string {
	return ui.Href(ctx, ui.WithQuery("/desk/offices", f.Values()))
}

func (v deskListView) tabs(ctx context.Context) []ui.Tab {
	var tabs []ui.Tab
	for _, part := range DeskStates {
		tabs = append(tabs, ui.Tab{
			Href: v.href(ctx, DeskFilter{State: part}), Current: v.Filter.State == part,
			Text: i18n.T(ctx, "account.desk.tab", i18n.Key("account.desk.tab."+string(part)), v.Counts[part]),
		})
	}
	return tabs
}

func (v deskListView) filters(ctx context.Context) ui.Filters {
	f := v.Filter
	keep := DeskFilter{State: f.State, Q: f.Q, Sort: f.Sort}
	category := ui.Facet{Name: "category", Legend: i18n.T(ctx, "account.office.category.label"), Open: true, Select: true, Any: i18n.T(ctx, "account.desk.filter.any")}
	for _, c := range v.Vocabulary.Categories {
		category.Options = append(category.Options, ui.FacetOption{Value: c.ID, Label: c.Name(i18n.From(ctx)), Count: -1, Checked: f.Category == c.ID})
	}
	country := ui.Facet{Name: "country", Legend: i18n.T(ctx, "account.office.country.label"), Open: true, Select: true, Any: i18n.T(ctx, "account.desk.filter.any_country")}
	for _, c := range v.Vocabulary.Countries(i18n.From(ctx)) {
		country.Options = append(country.Options, ui.FacetOption{Value: c.ISO2, Label: c.Name(i18n.From(ctx)), Count: -1, Checked: f.Country == c.ISO2})
	}
	return ui.Filters{Action: ui.Href(ctx, "/desk/offices"), Keep: keep.Values(), Facets: []ui.Facet{category, country}, Clear: v.href(ctx, DeskFilter{State: f.State})}
}

func (v deskListView) sort(ctx context.Context) ui.Sort {
	keep := v.Filter
	keep.Sort, keep.Page = "", 1
	s := ui.Sort{Action: ui.Href(ctx, "/desk/offices"), Keep: keep.Values()}
	for _, order := range []string{"", "newest", "name"} {
		key := "account.desk.sort.longest"
		if order != "" {
			key = "account.desk.sort." + order
		}
		s.Options = append(s.Options, ui.FacetOption{Value: order, Label: i18n.T(ctx, key), Checked: v.Filter.Sort == order})
	}
	return s
}

func (v deskListView) chips(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	add := func(value, text string, without func(*DeskFilter)) {
		if value == "" {
			return
		}
		f := v.Filter
		f.Page = 1
		without(&f)
		chips = append(chips, ui.Chip{Href: v.href(ctx, f), Text: text, Remove: true})
	}
	add(v.Filter.Q, v.Filter.Q, func(f *DeskFilter) { f.Q = "" })
	add(v.Filter.Category, categoryName(ctx, v.Vocabulary, v.Filter.Category), func(f *DeskFilter) { f.Category = "" })
	add(v.Filter.Country, v.Vocabulary.CountryName(i18n.From(ctx), v.Filter.Country), func(f *DeskFilter) { f.Country = "" })
	return chips
}

func (v deskListView) table(ctx context.Context) ui.Table {
	column := func(name string) ui.Column { return ui.Column{Text: i18n.T(ctx, "account.desk.column."+name)} }
	t := ui.Table{
		Caption: i18n.T(ctx, "account.desk.count", v.Total), Cards: true,
		Columns: []ui.Column{column("name"), column("category"), column("country"), column("head"), column("state"), column("since")},
	}
	for _, o := range v.Rows {
		country := ""
		if o.Country != "" {
			country = v.Vocabulary.CountryName(i18n.From(ctx), o.Country)
		}
		t.Rows = append(t.Rows, []ui.Cell{
			{Text: o.Name, Href: ui.Href(ctx, deskOfficePath(o.ID)), Lang: "und"},
			{Text: categoryName(ctx, v.Vocabulary, o.Category)},
			{Text: country},
			{Text: o.Head, Lang: "und"},
			{Component: deskStateTag(o)},
			{Text: i18n.DayOf(ctx, o.Since)},
		})
	}
	return t
}

func (v deskListView) pager(ctx context.Context) ui.Pager {
	return ui.Pager{
		Label: i18n.T(ctx, "account.desk.pages"), Page: v.Filter.Page, Pages: (v.Total + OfficesPerPage - 1) / OfficesPerPage,
		Href: func(page int) string {
			f := v.Filter
			f.Page = page
			return v.href(ctx, f)
		},
	}
}

// deskState names what the desk has to do with an office, and how that is shown.
func deskState(o DeskOffice) (ui.Tone, string) {
	if o.State == OfficeApproved && o.HeadPost != 0 {
		return ui.Warn, "account.desk.state.head"
	}
	switch {
	case o.Vacant:
		return ui.Warn, "account.desk.state.vacant"
	case o.ComesBack:
		return ui.Warn, "account.desk.state.comes_back"
	case o.MergedInto != nil:
		return ui.Plain, "account.desk.state.merged"
	}
	return toneOfOffice(o.State), "account.office.state." + string(o.State)
}

// deskOfficeView is what an office shows to the desk, and the page on which a decision is confirmed.
type deskOfficeView struct {
	Case       DeskCase
	Vocabulary *gcm.Vocabulary
	// Choice is "approve", "refuse" or "" as it was chosen; Decision is what it means.
	Choice   string
	Decision Decision
	Wrong    []problem.Field
	// Stale says that somebody else was faster, and Decided who, where that is known; Over that an offer is no more.
	Stale   bool
	Decided *DecidedError
	Over    *OfferOverError
	Now     time.Time
	// Acts are what other areas let the desk do with the office.
	Acts []DeskAct
}

func (v deskOfficeView) facts(ctx context.Context) []ui.Fact {
	o := v.Case.DeskOffice
	country := ""
	if o.Country != "" {
		country = v.Vocabulary.CountryName(i18n.From(ctx), o.Country)
	}
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "account.office.category.label"), Values: []string{categoryName(ctx, v.Vocabulary, o.Category)}},
		{Term: i18n.T(ctx, "account.office.country.label"), Values: given(country)},
		{Term: i18n.T(ctx, "account.office.state"), Component: deskStateTag(o)},
		{Term: i18n.T(ctx, "account.desk.proposed_on"), Values: []string{i18n.DayOf(ctx, o.CreatedAt)}},
		{Term: i18n.T(ctx, "account.desk.written"), Values: []string{writtenText(ctx, v.Case.Written)}},
	}
	if o.ClosedAt != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "account.desk.closed_on"), Values: []string{i18n.DayOf(ctx, *o.ClosedAt)}},
			ui.Fact{Term: i18n.T(ctx, "account.desk.close.reason.label"), Values: given(o.CloseReason), Lang: "und"})
	}
	return facts
}

func (v deskOfficeView) decision(ctx context.Context) ui.Control {
	key := "account.desk.decision.office."
	if v.Case.State == OfficeApproved {
		key = "account.desk.decision.head."
	}
	return ui.Control{
		Name: "decision", Label: i18n.T(ctx, "account.desk.decision.label"), Values: []string{v.Choice}, Error: ui.MessageFor(ctx, v.Wrong, "decision"),
		Choices: []ui.Choice{
			{Value: "approve", Label: i18n.T(ctx, key+"approve"), Hint: i18n.T(ctx, key+"approve.hint")},
			{Value: "refuse", Label: i18n.T(ctx, key+"refuse"), Hint: i18n.T(ctx, key+"refuse.hint")},
		},
	}
}

func (v deskOfficeView) reason(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "reason", Label: i18n.T(ctx, "account.desk.reason.label"), Hint: i18n.T(ctx, "account.desk.reason.hint"), Values: []string{v.Decision.Reason},
		Error: ui.MessageFor(ctx, v.Wrong, "reason"), Rows: 4,
	}
}

// told are the names of those who get a letter.
func (v deskOfficeView) told() []string {
	var names []string
	for _, c := range v.Case.People {
		all := v.Case.State == OfficeProposed && !v.Decision.Approve
		if c.State == PostPending && (all || c.PostID == v.Case.HeadPost) {
			names = append(names, c.Name)
		}
	}
	return names
}

func (v deskOfficeView) confirmKey() string {
	what, decision := "office", "refuse"
	if v.Case.State == OfficeApproved {
		what = "head"
	}
	if v.Decision.Approve {
		decision = "approve"
	}
	return "account.desk.confirm." + what + "." + decision
}

// peopleView is what the list of people shows.
type peopleView struct{ PeoplePage }

func (v peopleView) href(ctx context.Context, f PeopleFilter) string {
	return ui.Href(ctx, ui.WithQuery("/desk/people", f.Values()))
}

func (v peopleView) filters(ctx context.Context) ui.Filters {
	facet := ui.Facet{Name: "role", Legend: i18n.T(ctx, "account.people.role.label"), Open: true, Select: true, Any: i18n.T(ctx, "account.people.role.any")}
	for _, r := range AllRoles() {
		facet.Options = append(facet.Options, ui.FacetOption{Value: roleText(r), Label: roleName(ctx, r), Count: -1, Checked: v.Filter.Role == roleText(r)})
	}
	return ui.Filters{Action: ui.Href(ctx, "/desk/people"), Keep: PeopleFilter{Q: v.Filter.Q}.Values(), Facets: []ui.Facet{facet}, Clear: v.href(ctx, PeopleFilter{Q: v.Filter.Q})}
}

func (v peopleView) table(ctx context.Context) ui.Table {
	column := func(name string) ui.Column { return ui.Column{Text: i18n.T(ctx, "account.people.column."+name)} }
	key := "account.people.count.staff"
	if v.Filter.Q != "" {
		key = "account.people.count.found"
	}
	t := ui.Table{Caption: i18n.T(ctx, key, v.Total), Cards: true, Columns: []ui.Column{column("name"), column("roles"), column("offices")}}
	for _, p := range v.Rows {
		var roles []string
		for _, text := range p.Roles {
			if r, ok := parseRole(text); ok {
				roles = append(roles, roleName(ctx, r))
			}
		}
		t.Rows = append(t.Rows, []ui.Cell{{Text: p.Name, Href: ui.Href(ctx, personPath(p.ID)), Lang: "und"}, {Text: joined(ctx, roles)}, {Text: joined(ctx, p.Offices), Lang: "und"}})
	}
	return t
}

// joined lists words, or a dash for none.
func joined(ctx context.Context, words []string) string {
	if len(words) == 0 {
		return "–"
	}
	return i18n.List(ctx, words)
}

func (v peopleView) pager(ctx context.Context) ui.Pager {
	return ui.Pager{
		Label: i18n.T(ctx, "account.people.pages"), Page: v.Filter.Page, Pages: (v.Total + PeoplePerPage - 1) / PeoplePerPage,
		Href: func(page int) string {
			f := v.Filter
			f.Page = page
			return v.href(ctx, f)
		},
	}
}

// personView is what a person shows to administrators.
type personView struct {
	Person StaffPerson
	Wrong  []problem.Field
	// Role is the role that was chosen to be added, when the choice could not be taken yet.
	Role string
}

func (v personView) facts(ctx context.Context) []ui.Fact {
	var posts []string
	for _, p := range v.Person.Posts {
		posts = append(posts, i18n.T(ctx, "account.people.post", p.OfficeName, i18n.Key("account.role."+string(p.Role)), i18n.Key("account.post.state."+string(p.State))))
	}
	return []ui.Fact{
		{Term: i18n.T(ctx, "account.email.label"), Component: addressText(v.Person.Email)},
		{Term: i18n.T(ctx, "account.lang.label"), Values: []string{v.Person.Lang.Name()}, Lang: string(v.Person.Lang)},
		{Term: i18n.T(ctx, "account.people.since"), Values: []string{i18n.DayOf(ctx, v.Person.CreatedAt)}},
		{Term: i18n.T(ctx, "account.factor.title"), Values: []string{factorLine(ctx, v.Person.Factor)}},
		{Term: i18n.T(ctx, "account.posts.title"), Values: posts, Lang: "und"},
	}
}

// roles is the choice of a role to add: those that the person does not hold.
func (v personView) roles(ctx context.Context) ui.Control {
	c := ui.Control{Name: "role", Label: i18n.T(ctx, "account.people.add.label"), Blank: i18n.T(ctx, "ui.form.choose"), Values: given(v.Role), Error: ui.MessageFor(ctx, v.Wrong, "role")}
	held := map[identity.StaffRole]bool{}
	for _, r := range v.Person.Roles {
		held[r] = true
	}
	for _, r := range AllRoles() {
		if !held[r] {
			c.Choices = append(c.Choices, ui.Choice{Value: roleText(r), Label: roleName(ctx, r)})
		}
	}
	return c
}

// head is the top of a page about one office.
func (v deskOfficeView) head(ctx context.Context, title string) ui.Head {
	return ui.Head{Title: title, Lang: "und", Slim: true, Above: []ui.Link{{Href: ui.Href(ctx, "/desk/offices"), Text: i18n.T(ctx, "account.desk.title")}}}
}

// factorLine says since when there is a second factor.
func factorLine(ctx context.Context, since *time.Time) string {
	if since == nil {
		return i18n.T(ctx, "account.factor.none")
	}
	return i18n.T(ctx, "account.factor.since", i18n.DayOf(ctx, *since))
}
