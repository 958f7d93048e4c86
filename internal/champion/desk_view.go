package champion

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"portal/internal/attachment"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web/ui"
)

// formView is a form of the desk as typed; Act says which of a page.
type formView struct {
	Act   string
	Typed url.Values
	Wrong []problem.Field
	// Stale says that the entry was changed since the form was read.
	Stale bool
}

func (f formView) message(ctx context.Context) func(name string) string {
	return func(name string) string { return ui.MessageFor(ctx, f.Wrong, name) }
}

func (f formView) control(ctx context.Context, name string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "champion.desk."+name), Values: f.Typed[name], Error: ui.MessageFor(ctx, f.Wrong, name)}
	if key := "champion.desk." + name + ".hint"; i18n.Has(i18n.From(ctx), key) {
		c.Hint = i18n.T(ctx, key)
	}
	return c
}

// when is the control for a date that may be known in part, and may stay open if optional.
func (f formView) when(ctx context.Context, name string, optional bool) templ.Component {
	return when(ctx, ui.Control{Name: name, Label: i18n.T(ctx, "champion.desk."+name), Optional: optional}, f.Typed, f.message(ctx))
}

func (f formView) area(ctx context.Context, name string, rows, most int) ui.Control {
	c := f.control(ctx, name)
	c.Rows, c.Max, c.Length, c.Optional = rows, most, form.Length(c.Value()), name == "statement"
	return c
}

func (f formView) lang(ctx context.Context, name string) ui.Control {
	c := f.control(ctx, name)
	c.Choices = langChoices(ctx)
	return c
}

func (f formView) optional(ctx context.Context, name string) ui.Control {
	c := f.control(ctx, name)
	c.Optional = true
	return c
}

// kind asks what a document is.
func (f formView) kind(ctx context.Context, country string) ui.Control {
	c := f.control(ctx, "kind")
	for _, k := range kindsFor(country) {
		c.Choices = append(c.Choices, ui.Choice{Value: string(k), Label: i18n.T(ctx, "champion.document."+string(k))})
	}
	return c
}

func (f formView) file(ctx context.Context) ui.FileControl {
	c := f.control(ctx, fileField)
	c.Optional = true
	return ui.FileControl{Control: c, MaxBytes: attachment.MaxBytes, Single: true}
}

func (f formView) released(ctx context.Context) ui.Control {
	c := f.control(ctx, "released")
	c.Choices = []ui.Choice{{Value: "yes", Label: i18n.T(ctx, "champion.desk.released.yes")}}
	return c
}

// deskView is the whole registry for the desk.
type deskView struct {
	formView
	Vocabulary *gcm.Vocabulary
	All, Shown []Entry
	// Q are words, and Status the statuses that were chosen.
	Q      string
	Status []string
}

func newDeskView(f formView, all []Entry, v *gcm.Vocabulary, q url.Values) deskView {
	view := deskView{formView: f, Vocabulary: v, All: all, Q: readFilter(q, v).Q}
	for _, s := range Statuses {
		if slices.Contains(q[statusName], string(s)) {
			view.Status = append(view.Status, string(s))
		}
	}
	for _, e := range all {
		if (len(view.Status) == 0 || slices.Contains(view.Status, string(e.Status))) && (view.Q == "" || named(e.Country, view.Q, v)) {
			view.Shown = append(view.Shown, e)
		}
	}
	return view
}

func (v deskView) search(ctx context.Context) ui.Search {
	keep := url.Values{}
	if len(v.Status) > 0 {
		keep[statusName] = v.Status
	}
	return ui.Search{ID: "q", Label: i18n.T(ctx, "champion.list.search"), Action: ui.Href(ctx, DeskPath), Value: v.Q, Keep: keep}
}

// tabs are the statuses with their counts.
func (v deskView) tabs(ctx context.Context) []ui.Tab {
	count := map[Status]int{}
	for _, e := range v.All {
		count[e.Status]++
	}
	all := []ui.Tab{{Href: ui.Href(ctx, DeskPath), Text: i18n.T(ctx, "champion.desk.all", len(v.All)), Current: len(v.Status) == 0}}
	for _, s := range Statuses {
		all = append(all, ui.Tab{
			Href: ui.Href(ctx, ui.WithQuery(DeskPath, url.Values{statusName: {string(s)}})), Text: i18n.T(ctx, "champion.desk.tab", i18n.Key("champion.status."+string(s)), i18n.Number(ctx, count[s])),
			Current: slices.Equal(v.Status, []string{string(s)}),
		})
	}
	return all
}

func (v deskView) table(ctx context.Context) ui.Table {
	t := ui.Table{
		Caption: i18n.T(ctx, "champion.list.title"), HideCaption: true, Cards: true,
		Columns: []ui.Column{{Text: i18n.T(ctx, "champion.column.name")}, {Text: i18n.T(ctx, "champion.column.status")}, {Text: i18n.T(ctx, "champion.column.since")}, {Text: i18n.T(ctx, "champion.column.changed")}},
	}
	shown := map[string]Entry{}
	for _, e := range v.Shown {
		shown[e.Country] = e
	}
	for _, c := range v.Vocabulary.Countries(i18n.From(ctx)) {
		if e, ok := shown[c.ISO2]; ok {
			t.Rows = append(t.Rows, []ui.Cell{
				{Text: c.Name(i18n.From(ctx)), Href: ui.Href(ctx, deskPath(c.ISO2))}, {Component: ui.Tag(e.Status.tone(), e.Status.text(ctx))},
				{Text: e.Since.Text(ctx)}, {Text: i18n.DayOf(ctx, e.ChangedAt)},
			})
		}
	}
	return t
}

// country asks which State is added: those that have no entry.
func (v deskView) country(ctx context.Context) ui.Control {
	c := v.control(ctx, "country")
	c.Blank = i18n.T(ctx, "champion.desk.country.blank")
	for _, s := range v.Vocabulary.Countries(i18n.From(ctx)) {
		if !slices.ContainsFunc(v.All, func(e Entry) bool { return e.Country == s.ISO2 }) {
			c.Choices = append(c.Choices, ui.Choice{Value: s.ISO2, Label: s.Name(i18n.From(ctx))})
		}
	}
	return c
}

// begins asks as what it is added.
func (v deskView) begins(ctx context.Context) ui.Control {
	c := v.control(ctx, "status")
	for _, s := range []Status{Invited, Expressed} {
		c.Choices = append(c.Choices, ui.Choice{Value: string(s), Label: s.text(ctx)})
	}
	return c
}

// deskEntryView is an entry as the desk sees it.
type deskEntryView struct {
	formView
	Whole
	Vocabulary *gcm.Vocabulary
	Pages      Pages
}

// filled is a form of the page: as typed if it is the one that was sent, else as the entry is.
func (v deskEntryView) filled(act string) formView {
	if v.Act == act {
		return v.formView
	}
	f := formView{Typed: url.Values{}}
	if act == "details" {
		f.Typed = url.Values(v.Since.parts("since"))
		f.Typed["focal_office"], f.Typed["statement"], f.Typed["statement_lang"] = []string{v.FocalOffice}, []string{v.Statement}, []string{v.StatementLang}
	}
	return f
}

// becomes asks what the entry is to become.
func (v deskEntryView) becomes(ctx context.Context, f formView) ui.Control {
	c := f.control(ctx, "status")
	c.Blank = i18n.T(ctx, "champion.desk.status.blank")
	for _, s := range moves[v.Status] {
		c.Choices = append(c.Choices, ui.Choice{Value: string(s), Label: s.text(ctx)})
	}
	return c
}

func (v deskEntryView) facts(ctx context.Context) []ui.Fact {
	all := entryView{Whole: v.Whole, Vocabulary: v.Vocabulary}.facts(ctx)
	if v.SubmissionID != nil && v.Pages.Case != nil {
		all = append(all, ui.Fact{Term: i18n.T(ctx, "champion.fact.case"), Component: caseLink(v.Pages.Case(*v.SubmissionID), *v.SubmissionID)})
	}
	return all
}

// events are the whole history.
func (v deskEntryView) events(ctx context.Context) []ui.Event {
	var all []ui.Event
	for _, e := range v.History {
		what := i18n.T(ctx, "champion.act."+string(e.Act))
		switch {
		case e.Act == ActStatus || e.Act == ActAdd:
			what = i18n.T(ctx, "champion.became."+string(e.ToStatus))
		case len(e.Fields) > 0:
			var fields []string
			for _, f := range e.Fields {
				fields = append(fields, i18n.T(ctx, "champion.changed."+f))
			}
			what = i18n.T(ctx, "champion.act.of", i18n.Key("champion.act."+string(e.Act)), i18n.List(ctx, fields))
		}
		by := e.Actor
		if by != "" {
			by = ui.PersonName(ctx, by)
		}
		all = append(all, ui.Event{At: i18n.Instant(ctx, e.At), Machine: e.At.UTC().Format("2006-01-02T15:04:05Z"), What: what, By: by, Note: e.Reason, NoteLang: "und", Key: e.Act == ActStatus})
	}
	return all
}

// deskDocumentsView are the documents of all Champion countries together, for the desk.
type deskDocumentsView struct {
	formView
	Documents []Document
}

// released says whether the public has the document.
func (d Document) released() bool { return d.ReleasedAt != nil }

// fact is the line below the title of a document.
func (d Document) fact(ctx context.Context) ui.FileItem {
	return items(ctx, []Document{d}, publicFile)[0]
}

// documentsPath is where the desk adds a document of a country, or of all together (""), without the language.
func documentsPath(country string) string {
	if country == "" {
		return "/desk/champion-documents"
	}
	return deskPath(country) + "/documents"
}

// actPath is where the desk acts on a document, without the language.
func (d Document) actPath() string { return documentsPath("") + "/" + strconv.FormatInt(d.ID, 10) }

// deskAbove are the crumbs to the desk's registry.
func deskAbove(ctx context.Context) []ui.Link {
	return []ui.Link{{Href: ui.Href(ctx, DeskPath), Text: i18n.T(ctx, "champion.desk.registry")}}
}
