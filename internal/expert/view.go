package expert

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/attachment"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// excerpt is how much of a text a list shows, in characters.
const excerpt = 220

// listView is what the list shows.
type listView struct {
	List
	Vocabulary *gcm.Vocabulary
}

func at(ctx context.Context, q url.Values) string { return ui.Href(ctx, ui.WithQuery(Path, q)) }

func (v listView) file(ctx context.Context, extension string) string {
	return ui.Href(ctx, ui.WithQuery(Path+"."+extension, v.Filter.Values()))
}

func (v listView) page(ctx context.Context) ui.Page {
	return ui.Page{
		Title: i18n.T(ctx, "expert.list.title"), Description: i18n.T(ctx, "expert.list.lede"), Current: "/practices",
		NoIndex: v.Filter.Narrowed() || v.Filter.Page != 1 || v.Filter.Sort != ByName,
		Feeds: []ui.Alternate{
			{Title: "CSV", Type: "text/csv", Href: v.file(ctx, "csv")},
			{Title: "XLSX", Type: web.XLSXType, Href: v.file(ctx, "xlsx")},
			{Title: "JSON", Type: "application/json", Href: v.file(ctx, "json")},
		},
	}
}

func (v listView) search(ctx context.Context) ui.Search {
	return ui.Search{ID: "q", Label: i18n.T(ctx, "expert.list.search"), Action: ui.Href(ctx, Path), Value: v.Filter.Q, Keep: ui.With(v.Filter.Values(), "q")}
}

func (v listView) sort(ctx context.Context) ui.Sort {
	s := ui.Sort{Action: ui.Href(ctx, Path), Keep: ui.With(v.Filter.Values(), "sort")}
	for _, o := range []Order{ByName, Newest} {
		s.Options = append(s.Options, ui.FacetOption{Value: string(o), Label: i18n.T(ctx, "expert.list.sort."+string(o)), Checked: o == v.Filter.Sort})
	}
	return s
}

// label is what a value of a facet is called.
func label(ctx context.Context, v *gcm.Vocabulary, facet, value string) string {
	l := i18n.From(ctx)
	switch facet {
	case "objective":
		if o, ok := v.Objective(number(value)); ok {
			return o.Label(l)
		}
	case "language":
		return i18n.NameOf(ctx, i18n.Lang(value))
	case "region":
		if r, ok := v.Region(value); ok {
			return r.Name(l)
		}
	case "country":
		return v.CountryName(l, value)
	}
	return value
}

// every lists all values that a facet may have, in the order to show them.
func every(facet string, l i18n.Lang, v *gcm.Vocabulary) []string {
	var all []string
	switch facet {
	case "objective":
		for _, o := range v.Objectives {
			all = append(all, strconv.Itoa(o.N))
		}
	case "language":
		for _, l := range i18n.All {
			all = append(all, string(l))
		}
	case "region":
		for _, r := range v.Regions {
			all = append(all, r.ID)
		}
	case "country":
		for _, c := range v.Countries(l) {
			all = append(all, c.ISO2)
		}
	}
	return all
}

// listLimit is from how many options on a facet is one list to choose from.
const listLimit = 24

func (v listView) filters(ctx context.Context) ui.Filters {
	keep := url.Values{}
	for _, name := range []string{"q", "sort"} {
		if value := v.Filter.Values().Get(name); value != "" {
			keep.Set(name, value)
		}
	}
	f := ui.Filters{Action: ui.Href(ctx, Path), Keep: keep, Clear: at(ctx, keep)}
	areas := ui.AreasOf(v.Vocabulary)
	for _, name := range Facets {
		facet := ui.Facet{Name: name, Legend: i18n.T(ctx, "expert.facet."+name), Open: name == "objective" || name == "language"}
		chosen := v.Filter.Chosen[name]
		for _, value := range every(name, i18n.From(ctx), v.Vocabulary) {
			n, checked := v.Counts[name][value], slices.Contains(chosen, value)
			if n == 0 && !checked {
				continue
			}
			o := ui.FacetOption{Value: value, Label: label(ctx, v.Vocabulary, name, value), Count: n, Checked: checked}
			if name == "objective" {
				o.Number = number(value)
				o.Class = areas.Class(o.Number)
			}
			facet.Options = append(facet.Options, o)
		}
		if len(facet.Options) > listLimit && len(chosen) <= 1 {
			facet.Select, facet.Any = true, i18n.T(ctx, "expert.list.any")
		}
		f.Facets = append(f.Facets, facet)
	}
	return f
}

func (v listView) chips(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	chip := func(q url.Values, name, text string) {
		chips = append(chips, ui.Chip{Href: at(ctx, q), Text: i18n.T(ctx, "expert.list.chip", i18n.Key("expert.facet."+name), text), Remove: true})
	}
	if v.Filter.Q != "" {
		chip(ui.With(v.Filter.Values(), "q"), "q", v.Filter.Q)
	}
	for _, facet := range Facets {
		for _, value := range v.Filter.Chosen[facet] {
			text := label(ctx, v.Vocabulary, facet, value)
			if facet == "objective" {
				text = value + " " + text
			}
			chip(ui.Without(v.Filter.Values(), facet, value), facet, text)
		}
	}
	return chips
}

// ignored names in words the parts of the address that were left out.
func (v listView) ignored(ctx context.Context) []string {
	var all []string
	for _, name := range v.Filter.Ignored {
		all = append(all, i18n.T(ctx, "expert.facet."+name))
	}
	return all
}

func (v listView) pager(ctx context.Context) ui.Pager {
	p := ui.Pager{Label: i18n.T(ctx, "expert.list.pages"), Page: v.Filter.Page, Pages: v.Pages, Href: func(page int) string {
		q := v.Filter.Values()
		if page > 1 {
			q.Set("page", strconv.Itoa(page))
		}
		return at(ctx, q)
	}}
	if v.Next != 0 {
		q := v.Filter.Values()
		q.Set("after", strconv.FormatInt(v.Next, 10))
		p.Next = at(ctx, q)
	}
	return p
}

func (v listView) results(ctx context.Context) []ui.Result {
	all := make([]ui.Result, len(v.Experts))
	areas := ui.AreasOf(v.Vocabulary)
	for i, p := range v.Experts {
		all[i] = ui.Result{
			Href: ui.Href(ctx, p.path()), Title: p.Name, Lang: p.Lang, Text: ui.Excerpt(p.Text, excerpt), Meta: notBlank(p.Organization), Foot: resultFoot(p, areas, v.Vocabulary),
		}
	}
	return all
}

func notBlank(texts ...string) []string {
	return slices.DeleteFunc(texts, func(s string) bool { return s == "" })
}

// names are the values that a profile has of a facet, in words.
func names(ctx context.Context, p Profile, facet string, v *gcm.Vocabulary) []string {
	var all []string
	values := p.values(facet, v)
	if facet == "region" {
		values = p.Regions
	}
	for _, value := range values {
		all = append(all, label(ctx, v, facet, value))
	}
	return all
}

// card is an expert in a grid.
func card(ctx context.Context, p Profile, v *gcm.Vocabulary) ui.Card {
	return ui.Card{
		Href: ui.Href(ctx, p.path()), Title: p.Name, Lang: p.Lang, Text: ui.Excerpt(p.Text, excerpt), Meta: notBlank(p.Organization),
		Foot: []string{i18n.List(ctx, names(ctx, p, "language", v))},
	}
}

// pageView is the page of an expert.
type pageView struct {
	Profile    Profile
	Vocabulary *gcm.Vocabulary
}

// person is the expert for search engines: schema.org in JSON-LD, as little as says who this is.
type person struct {
	Context     string   `json:"@context"`
	Type        string   `json:"@type"`
	Name        string   `json:"name"`
	URL         string   `json:"url"`
	Affiliation *org     `json:"affiliation,omitempty"`
	Languages   []string `json:"knowsLanguage,omitempty"`
}

type org struct {
	Type string `json:"@type"`
	Name string `json:"name"`
}

func (v pageView) page(ctx context.Context) ui.Page {
	p := v.Profile
	page := ui.Page{Title: p.Name, NoIndex: !p.Indexed, Current: "/practices"}
	if p.Indexed {
		data := person{Context: "https://schema.org", Type: "Person", Name: p.Name, URL: ui.Absolute(ctx, p.path()), Languages: p.Languages}
		if p.Organization != "" {
			data.Affiliation = &org{"Organization", p.Organization}
		}
		page.Data = data
	}
	return page
}

func (v pageView) facts(ctx context.Context) []ui.Fact {
	fact := func(facet string) ui.Fact {
		return ui.Fact{Term: i18n.T(ctx, "expert.facet."+facet), Values: names(ctx, v.Profile, facet, v.Vocabulary)}
	}
	facts := []ui.Fact{fact("language"), fact("region"), fact("country")}
	if links := v.Profile.shownLinks(); len(links) > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "expert.links"), Component: linkList(links)})
	}
	return facts
}

// objectives are the objectives, each with its page.
func (v pageView) objectives(ctx context.Context) []ui.Link {
	var all []ui.Link
	for _, n := range v.Profile.Objectives {
		if o, ok := v.Vocabulary.Objective(n); ok {
			all = append(all, ui.Link{Href: ui.Href(ctx, ui.ObjectivePath(n)), Text: strconv.Itoa(n) + " " + o.Label(i18n.From(ctx))})
		}
	}
	return all
}

// picturePath is the address of a picture; the key makes it another one when the picture changes.
func (p Profile) picturePath() string {
	return "/images/experts/" + strconv.FormatInt(p.ID, 10) + "?" + p.Picture
}

// messageView is the form in which a member writes to an expert.
type messageView struct {
	Profile Profile
	Sender  identity.User
	Text    string
	Agreed  bool
	Wrong   []problem.Field
}

func (v messageView) text(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "text", Label: i18n.T(ctx, "expert.message.text"), Hint: i18n.T(ctx, "expert.message.text.hint"), Values: []string{v.Text}, Rows: 10,
		Max: MaxMessage, Length: form.Length(v.Text), Error: ui.MessageFor(ctx, v.Wrong, "text"),
	}
}

func check(ctx context.Context, name, text string, on bool, wrong []problem.Field) ui.Control {
	c := ui.Control{Name: name, Label: text, Error: ui.MessageFor(ctx, wrong, name)}
	if on {
		c.Values = []string{"yes"}
	}
	return c
}

// ownView is one's own profile as a form.
type ownView struct {
	// Kept is the profile as it is, Profile as it was typed.
	Kept, Profile Profile
	Typed         url.Values
	Consent       bool
	Wrong         []problem.Field
	Stale         bool
	Vocabulary    *gcm.Vocabulary
}

func (v ownView) line(ctx context.Context, name, value string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "expert.field."+name), Values: []string{value}, Error: ui.MessageFor(ctx, v.Wrong, name)}
	if hint := "expert.field." + name + ".hint"; i18n.Has(i18n.From(ctx), hint) {
		c.Hint = i18n.T(ctx, hint)
	}
	return c
}

func (v ownView) text(ctx context.Context) ui.Control {
	c := v.line(ctx, "text", v.Profile.Text)
	c.Rows, c.Max, c.Length, c.Lang = 8, MaxText, form.Length(v.Profile.Text), v.Profile.Lang
	return c
}

func (v ownView) lang(ctx context.Context) ui.Control {
	c := v.line(ctx, "lang", v.Profile.Lang)
	c.Choices = languageChoices(ctx)
	return c
}

func languageChoices(ctx context.Context) []ui.Choice {
	var all []ui.Choice
	for _, l := range i18n.All {
		all = append(all, ui.Choice{Value: string(l), Label: i18n.NameOf(ctx, l)})
	}
	return all
}

func (v ownView) objectives(ctx context.Context) ui.Control {
	c := v.line(ctx, "objectives", "")
	c.Values = v.Profile.values("objective", v.Vocabulary)
	return c
}

func (v ownView) groups(ctx context.Context) []ui.ChoiceGroup {
	var groups []ui.ChoiceGroup
	for _, t := range v.Vocabulary.Themes {
		g := ui.ChoiceGroup{Legend: t.Label(i18n.From(ctx)), Class: "t" + strconv.Itoa(t.N)}
		for _, o := range v.Vocabulary.ThemeObjectives(t.N) {
			g.Choices = append(g.Choices, ui.Choice{Value: strconv.Itoa(o.N), Label: o.Label(i18n.From(ctx)), Number: o.N})
		}
		groups = append(groups, g)
	}
	return groups
}

// several is a question with several answers among those of a facet.
func (v ownView) several(ctx context.Context, name, facet string, values []string) ui.Control {
	c := v.line(ctx, name, "")
	c.Values = values
	for _, value := range every(facet, i18n.From(ctx), v.Vocabulary) {
		c.Choices = append(c.Choices, ui.Choice{Value: value, Label: label(ctx, v.Vocabulary, facet, value)})
	}
	return c
}

func (v ownView) links(ctx context.Context) []ui.Control {
	var all []ui.Control
	for i := range MaxLinks {
		value := ""
		if i < len(v.Profile.Links) {
			value = v.Profile.Links[i]
		}
		name := "link" + strconv.Itoa(i+1)
		c := ui.Control{Name: name, Label: i18n.T(ctx, "expert.field.link", i+1), Values: []string{value}, Type: "url", InputMode: "url", Optional: true, Error: ui.MessageFor(ctx, v.Wrong, name)}
		all = append(all, c)
	}
	return all
}

// pictureView is the form for one's picture.
type pictureView struct {
	Profile Profile
	Alt     string
	Wrong   []problem.Field
}

func (v pictureView) file(ctx context.Context) ui.FileControl {
	return ui.FileControl{
		Control: ui.Control{Name: "picture", Label: i18n.T(ctx, "expert.picture.file"), Hint: i18n.T(ctx, "expert.picture.file.hint"), Error: ui.MessageFor(ctx, v.Wrong, "picture")},
		Accept:  ".jpg,.jpeg,.png,.webp", Single: true, MaxBytes: min(attachment.MaxBytes, pictureBody-(1<<20)),
	}
}

func (v pictureView) alt(ctx context.Context) ui.Control {
	return ui.Control{Name: "alt", Label: i18n.T(ctx, "expert.picture.alt"), Hint: i18n.T(ctx, "expert.picture.alt.hint"), Values: []string{v.Alt}, Error: ui.MessageFor(ctx, v.Wrong, "alt")}
}

// deskListView is the list of the desk.
type deskListView struct{ DeskList }

func (v deskListView) tabs(ctx context.Context) []ui.Tab {
	var tabs []ui.Tab
	for _, state := range []State{"", Public, Hidden} {
		f := v.Filter
		f.State = state
		key := "expert.desk.all"
		if state != "" {
			key = "expert.state." + string(state)
		}
		tabs = append(tabs, ui.Tab{Href: ui.Href(ctx, f.path(1)), Text: i18n.T(ctx, key), Current: state == v.Filter.State})
	}
	return tabs
}

func (v deskListView) search(ctx context.Context) ui.Search {
	keep := url.Values{}
	if v.Filter.State != "" {
		keep.Set("state", string(v.Filter.State))
	}
	return ui.Search{ID: "q", Label: i18n.T(ctx, "expert.list.search"), Action: ui.Href(ctx, DeskPath), Value: v.Filter.Q, Keep: keep}
}

func (v deskListView) pager(ctx context.Context) ui.Pager {
	return ui.Pager{Label: i18n.T(ctx, "expert.list.pages"), Page: v.Filter.Page, Pages: v.Pages, Href: func(page int) string { return ui.Href(ctx, v.Filter.path(page)) }}
}

func (v deskListView) table(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "expert.list.count", v.Total), Cards: true}
	for _, name := range []string{"name", "organization", "state", "changed"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "expert.column."+name)})
	}
	for _, p := range v.Profiles {
		t.Rows = append(t.Rows, []ui.Cell{
			{Text: p.Name, Href: ui.Href(ctx, DeskPath+"/"+strconv.FormatInt(p.ID, 10)), Lang: "und"}, {Text: p.Organization, Lang: "und"},
			{Component: stateTag(p.State)}, {Text: i18n.DayOf(ctx, p.ChangedAt)},
		})
	}
	return t
}

func tone(s State) ui.Tone {
	switch s {
	case Public:
		return ui.Ok
	case Hidden:
		return ui.Warn
	}
	return ui.Plain
}

// deskView is a profile at the desk.
type deskView struct {
	Profile    Profile
	Reason     string
	Wrong      []problem.Field
	Vocabulary *gcm.Vocabulary
}

func (v deskView) reason(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "reason", Label: i18n.T(ctx, "expert.desk.reason"), Hint: i18n.T(ctx, "expert.desk.reason.hint"), Values: []string{v.Reason}, Rows: 4,
		Max: MaxReason, Length: form.Length(v.Reason), Error: ui.MessageFor(ctx, v.Wrong, "reason"),
	}
}

// paragraphs are the lines of a text that say something.
func paragraphs(text string) []string { return notBlank(strings.Split(text, "\n")...) }
