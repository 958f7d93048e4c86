package facilitator

import (
	"context"
	"net/url"
	"slices"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// words are what facilitators are described with.
type words struct{ *gcm.Vocabulary }

func (v words) languages(ctx context.Context, f Facilitator) string {
	all := make([]string, len(f.Languages))
	for i, l := range f.Languages {
		all[i] = i18n.NameOf(ctx, i18n.Lang(l))
	}
	return i18n.List(ctx, all)
}

func (v words) regions(ctx context.Context, f Facilitator) string {
	var all []string
	for _, id := range f.Regions {
		if r, ok := v.Region(id); ok {
			all = append(all, r.Name(i18n.From(ctx)))
		}
	}
	if len(all) == 0 {
		return i18n.T(ctx, "facilitator.everywhere")
	}
	return i18n.List(ctx, all)
}

func (f Filter) values() url.Values {
	q := url.Values{}
	if f.Language != "" {
		q.Set(languageName, f.Language)
	}
	if f.Region != "" {
		q.Set(regionName, f.Region)
	}
	return q
}

// listView is the public list.
type listView struct {
	Filter
	words
	// All are those of the filter, of Everybody.
	All, Everybody []Facilitator
	Guides         []Guide
	RequestPath    string
}

func (v listView) file(ctx context.Context, extension string) string {
	return ui.Href(ctx, ui.WithQuery(Path+"."+extension, v.values()))
}

// guide is the guide in the reader's language, or else in English, or the first; nil for none.
func (v listView) guide(ctx context.Context) *Guide {
	for _, l := range []i18n.Lang{i18n.From(ctx), i18n.English} {
		if i := slices.IndexFunc(v.Guides, func(g Guide) bool { return g.Lang == string(l) }); i >= 0 {
			return &v.Guides[i]
		}
	}
	if len(v.Guides) > 0 {
		return &v.Guides[0]
	}
	return nil
}

func (v listView) filters(ctx context.Context) ui.Filters {
	f := ui.Filters{Action: ui.Href(ctx, Path), Clear: ui.Href(ctx, Path)}
	count := func(match func(Facilitator) bool) (n int) {
		for _, f := range v.Everybody {
			if match(f) {
				n++
			}
		}
		return n
	}
	languages := ui.Facet{Name: languageName, Legend: i18n.T(ctx, "facilitator.field.languages"), Open: true, Select: true, Any: i18n.T(ctx, "facilitator.list.any_language")}
	for _, l := range i18n.All {
		n := count(func(f Facilitator) bool { return slices.Contains(f.Languages, string(l)) })
		if n > 0 || v.Language == string(l) {
			languages.Options = append(languages.Options, ui.FacetOption{Value: string(l), Label: i18n.NameOf(ctx, l), Count: n, Checked: v.Language == string(l)})
		}
	}
	regions := ui.Facet{Name: regionName, Legend: i18n.T(ctx, "facilitator.field.regions"), Open: true, Select: true, Any: i18n.T(ctx, "facilitator.list.any_region")}
	for _, r := range v.Regions {
		if r.ID != gcm.Global {
			n := count(func(f Facilitator) bool { return len(f.Regions) == 0 || slices.Contains(f.Regions, r.ID) })
			regions.Options = append(regions.Options, ui.FacetOption{Value: r.ID, Label: r.Name(i18n.From(ctx)), Count: n, Checked: v.Region == r.ID})
		}
	}
	f.Facets = []ui.Facet{languages, regions}
	return f
}

func (v listView) chips(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	for name, value := range map[string]string{languageName: v.Language, regionName: v.Filter.Region} {
		if value == "" {
			continue
		}
		text := i18n.NameOf(ctx, i18n.Lang(value))
		if r, ok := v.Vocabulary.Region(value); ok {
			text = r.Name(i18n.From(ctx))
		}
		chips = append(chips, ui.Chip{Href: ui.Href(ctx, ui.WithQuery(Path, ui.With(v.values(), name))), Text: text, Remove: true})
	}
	slices.SortFunc(chips, func(a, b ui.Chip) int { return len(b.Href) - len(a.Href) })
	return chips
}

func (v listView) facts(ctx context.Context, f Facilitator) []ui.Fact {
	return []ui.Fact{{Term: i18n.T(ctx, "facilitator.field.languages"), Values: []string{v.languages(ctx, f)}}, {Term: i18n.T(ctx, "facilitator.field.regions"), Values: []string{v.regions(ctx, f)}}}
}

// formView is a form as typed; Act says which of a page.
type formView struct {
	Act   string
	Typed url.Values
	Wrong []problem.Field
	// Stale says that it was changed since the form was read.
	Stale bool
}

func (f formView) control(ctx context.Context, name string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "facilitator.field."+name), Values: f.Typed[name], Error: ui.MessageFor(ctx, f.Wrong, name)}
	if key := "facilitator.hint." + name; i18n.Has(i18n.English, key) {
		c.Hint = i18n.T(ctx, key)
	}
	return c
}

func (f formView) email(ctx context.Context) ui.Control {
	c := f.control(ctx, "email")
	c.Type = "email"
	return c
}

func (f formView) languages(ctx context.Context) ui.Control {
	c := f.control(ctx, "languages")
	for _, l := range i18n.All {
		c.Choices = append(c.Choices, ui.Choice{Value: string(l), Label: i18n.NameOf(ctx, l)})
	}
	return c
}

func (f formView) lang(ctx context.Context) ui.Control {
	c := f.languages(ctx)
	c.Name, c.Label, c.Hint, c.Values, c.Error = "lang", i18n.T(ctx, "facilitator.field.lang"), "", f.Typed["lang"], ui.MessageFor(ctx, f.Wrong, "lang")
	return c
}

func (f formView) regions(ctx context.Context, v *gcm.Vocabulary) ui.Control {
	c := f.control(ctx, "regions")
	c.Optional = true
	for _, r := range v.Regions {
		if r.ID != gcm.Global {
			c.Choices = append(c.Choices, ui.Choice{Value: r.ID, Label: r.Name(i18n.From(ctx))})
		}
	}
	return c
}

func (f formView) url(ctx context.Context) ui.Control {
	c := f.control(ctx, "url")
	c.Type, c.Optional = "url", true
	return c
}

// day asks for a date.
func (f formView) day(ctx context.Context, name string) ui.DateControl {
	d := ui.DateControl{Control: f.control(ctx, name), Day: f.Typed.Get(name + ".day"), Month: f.Typed.Get(name + ".month"), Year: f.Typed.Get(name + ".year")}
	for _, part := range []string{"day", "month", "year"} {
		if m := ui.MessageFor(ctx, f.Wrong, name+"."+part); m != "" {
			d.Error, d.Part = m, part
			break
		}
	}
	return d
}

// ownView is a facilitator for themself, or for the desk.
type ownView struct {
	formView
	words
	Whole
	Tasks []Task
	Desk  bool
}

// filled is the form of an act: what was typed into it, or else what is kept.
func (v ownView) filled(act string) formView {
	if v.Act == act && v.Typed != nil {
		return v.formView
	}
	f := formView{Act: act}
	if act == "traits" {
		f.Typed = url.Values{"name": {v.Name}, "languages": v.Facilitator.Languages, "regions": v.Facilitator.Regions}
	}
	return f
}

func (v ownView) facts(ctx context.Context) []ui.Fact {
	state := "there"
	switch {
	case v.LeftAt != nil:
		state = "left"
	case v.Away:
		state = "away"
	}
	shown := "no"
	if v.public() {
		shown = "yes"
	}
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "facilitator.state"), Values: []string{i18n.T(ctx, "facilitator.state."+state)}},
		{Term: i18n.T(ctx, "facilitator.shown"), Values: []string{i18n.T(ctx, "facilitator.shown."+shown)}},
		{Term: i18n.T(ctx, "facilitator.load"), Values: []string{i18n.Number(ctx, v.Load)}},
	}
	if v.Desk {
		facts = append([]ui.Fact{{Term: i18n.T(ctx, "facilitator.account"), Values: []string{ui.PersonName(ctx, v.Account)}, Lang: "und"}}, facts...)
	}
	return facts
}

func (v ownView) tasks(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "facilitator.tasks"), HideCaption: true, Cards: true}
	for _, name := range []string{"request", "kind", "office", "state", "given"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "facilitator.task."+name)})
	}
	for _, x := range v.Tasks {
		t.Rows = append(t.Rows, []ui.Cell{
			{Text: x.Title, Href: ui.Href(ctx, taskPath(x.ID)), Lang: x.Lang}, {Text: i18n.T(ctx, "submission.kind."+x.Kind)}, {Text: x.OfficeName, Lang: "und"},
			{Text: i18n.T(ctx, "workflow.state.owner."+string(x.State))}, {Text: i18n.DayOf(ctx, x.At)},
		})
	}
	return t
}

// rosterView is the roster for the desk.
type rosterView struct {
	formView
	words
	All    []Facilitator
	Guides []Guide
}

func (v rosterView) form(act string) formView {
	if v.Act == act && v.Typed != nil {
		return v.formView
	}
	return formView{}
}

func (v rosterView) table(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "facilitator.roster.title"), HideCaption: true, Cards: true}
	for _, name := range []string{"name", "languages", "regions"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "facilitator.field."+name)})
	}
	t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "facilitator.state")}, ui.Column{Text: i18n.T(ctx, "facilitator.shown")}, ui.Column{Text: i18n.T(ctx, "facilitator.load"), Num: true})
	for _, f := range v.All {
		facts := ownView{Whole: Whole{Facilitator: f}}.facts(ctx)
		t.Rows = append(t.Rows, []ui.Cell{
			{Text: f.Name, Href: ui.Href(ctx, deskPath(f.ID)), Lang: "und"}, {Text: v.words.languages(ctx, f)}, {Text: v.words.regions(ctx, f)}, {Text: facts[0].Values[0]}, {Text: facts[1].Values[0]}, {Text: i18n.Number(ctx, f.Load)},
		})
	}
	return t
}

// taskView is a request for its facilitator.
type taskView struct {
	Request
	Vocabulary *gcm.Vocabulary
	Typed      string
	Wrong      []problem.Field
}

func (v taskView) note(ctx context.Context) ui.Control {
	return ui.Control{Name: "note", Label: i18n.T(ctx, "facilitator.message"), Hint: i18n.T(ctx, "facilitator.message.hint"), Values: []string{v.Typed}, Max: workflow.MaxNote, Length: form.Length(v.Typed), Error: ui.MessageFor(ctx, v.Wrong, "note")}
}

func (v taskView) filled(ctx context.Context) ui.Filled {
	files := map[string][]ui.FileItem{}
	for _, f := range v.Files {
		files[f.Field] = append(files[f.Field], ui.FileItem{Name: f.Name, Href: ui.Href(ctx, taskPath(v.ID)+"/files/"+number(f.ID)), Facts: ui.FileFacts(ctx, f.Kind(), f.Size)})
	}
	return ui.Filled{Definition: v.Kind.Form, Answers: v.Answers, Vocabulary: v.Vocabulary, Files: files, Lang: v.Lang, Public: true}
}

func (v taskView) facts(ctx context.Context) []ui.Fact {
	return []ui.Fact{
		{Term: i18n.T(ctx, "facilitator.task.kind"), Values: []string{i18n.T(ctx, "submission.kind."+v.Submission.Kind)}},
		{Term: i18n.T(ctx, "facilitator.office"), Values: []string{v.OfficeName}, Lang: "und"},
		{Term: i18n.T(ctx, "facilitator.task.state"), Values: []string{i18n.T(ctx, "workflow.state.owner."+string(v.State))}},
	}
}

// choiceView is where the desk chooses who has a request.
type choiceView struct {
	workflow.Submission
	words
	All      []Choice
	Has      int64
	Wrong    []problem.Field
	CasePath string
}

func (v choiceView) to(ctx context.Context) ui.Control {
	c := ui.Control{Name: "to", Label: i18n.T(ctx, "facilitator.choose.label"), Values: []string{number(v.Has)}, Error: ui.MessageFor(ctx, v.Wrong, "to")}
	c.Choices = append(c.Choices, ui.Choice{Value: "0", Label: i18n.T(ctx, "facilitator.choose.nobody")})
	for _, f := range v.All {
		hint := i18n.T(ctx, "facilitator.choose.fits", v.languages(ctx, f.Facilitator), v.regions(ctx, f.Facilitator), f.Load)
		if !f.Fits {
			hint = i18n.T(ctx, "facilitator.choose.unfit", v.languages(ctx, f.Facilitator), v.regions(ctx, f.Facilitator), f.Load)
		}
		c.Choices = append(c.Choices, ui.Choice{Value: number(f.ID), Label: f.Name, Hint: hint})
	}
	return c
}

func ownAbove(ctx context.Context) []ui.Link {
	return []ui.Link{{Href: ui.Href(ctx, "/account"), Text: i18n.T(ctx, "facilitator.own.account")}}
}

// writer is who wrote a message, as the facilitator reads it: the office, or who writes for the Network.
func writer(n workflow.Note, office string) string {
	if n.AuthorSide == workflow.ByOwner {
		return office
	}
	return n.AuthorName
}
