package cycle

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/audit"
	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web/ui"
)

// name is Service.Name with a vocabulary.
func (e Entry) name(ctx context.Context, v *gcm.Vocabulary) (name, lang string) {
	own, other, otherLang := e.NameEN, e.NameAR, i18n.Arabic
	if i18n.From(ctx) == i18n.Arabic {
		own, other, otherLang = e.NameAR, e.NameEN, i18n.English
	}
	if own != "" {
		return own, ""
	}
	if other != "" {
		return other, string(otherLang)
	}
	if r, ok := v.Region(e.Region); ok {
		return i18n.T(ctx, "cycle.name.regional", r.Name(i18n.From(ctx)), e.years(ctx)), ""
	}
	return i18n.T(ctx, "cycle.name", i18n.Key("cycle.kind."+e.Kind), e.years(ctx)), ""
}

// Name is what an entry is called, in the reader's language where the desk has named it in that, and the language; "" is the reader's.
func (s *Service) Name(ctx context.Context, e Entry) (name, lang string) {
	return e.name(ctx, s.vocabulary())
}

// years are those of an entry: 2024–2025, or 2026.
func (e Entry) years(ctx context.Context) string {
	if e.Until == e.Since {
		return strconv.Itoa(e.Since)
	}
	return i18n.T(ctx, "cycle.span", strconv.Itoa(e.Since), strconv.Itoa(e.Until))
}

// when are the days of an entry, or its years where no day is known.
func (e Entry) when(ctx context.Context) string {
	switch {
	case !e.Dated():
		return e.years(ctx)
	case e.First == e.Last:
		return i18n.Day(ctx, e.First)
	}
	return i18n.T(ctx, "cycle.span", e.First, e.Last)
}

// whenAndWhere is when, and the place if it is known.
func (e Entry) whenAndWhere(ctx context.Context) string {
	if e.Place == "" {
		return e.when(ctx)
	}
	return e.when(ctx) + "; " + e.Place
}

// entryView is the public page of an entry.
type entryView struct {
	Entry
	Vocabulary *gcm.Vocabulary
}

func (v entryView) name(ctx context.Context) string {
	name, _ := v.Entry.name(ctx, v.Vocabulary)
	return name
}

func (v entryView) lang(ctx context.Context) string {
	_, lang := v.Entry.name(ctx, v.Vocabulary)
	return lang
}

func (v entryView) facts(ctx context.Context) []ui.Fact {
	facts := []ui.Fact{{Term: i18n.T(ctx, "cycle.when"), Values: []string{v.when(ctx)}}, {Term: i18n.T(ctx, "cycle.column.kind"), Values: []string{i18n.T(ctx, "cycle.kind."+v.Kind)}}}
	if r, ok := v.Vocabulary.Region(v.Region); ok {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "cycle.column.region"), Values: []string{r.Name(i18n.From(ctx))}})
	}
	if v.Place != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "cycle.column.place"), Values: []string{v.Place}, Lang: "und"})
	}
	return facts
}

// formView is the form of an entry.
type formView struct {
	Vocabulary *gcm.Vocabulary
	Typed      url.Values
	Wrong      []problem.Field
}

// typedOf is the form as it is filled for an entry that there is.
func typedOf(e Entry) url.Values {
	q := url.Values{"kind": {e.Kind}, "region": {e.Region}, "name_en": {e.NameEN}, "name_ar": {e.NameAR}, "place": {e.Place}, "url": {e.URL}}
	if !e.Dated() {
		q.Set("since", strconv.Itoa(e.Since))
		q.Set("until", strconv.Itoa(e.Until))
		return q
	}
	for name, d := range map[string]date.Date{"first": e.First, "last": e.Last} {
		q.Set(name+".day", strconv.Itoa(d.Day()))
		q.Set(name+".month", strconv.Itoa(int(d.Month())))
		q.Set(name+".year", strconv.Itoa(d.Year()))
	}
	return q
}

func (v formView) control(ctx context.Context, name string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "cycle.column."+name), Values: v.Typed[name], Error: ui.MessageFor(ctx, v.Wrong, name), Optional: name != "kind"}
	if key := "cycle.hint." + name; i18n.Has(i18n.English, key) {
		c.Hint = i18n.T(ctx, key)
	}
	l := i18n.From(ctx)
	switch name {
	case "kind":
		for _, kind := range Kinds {
			c.Choices = append(c.Choices, ui.Choice{Value: kind, Label: i18n.T(ctx, "cycle.kind."+kind)})
		}
	case "region":
		c.Blank = i18n.T(ctx, "cycle.choose")
		for _, r := range v.Vocabulary.Regions {
			if r.ID != gcm.Global {
				c.Choices = append(c.Choices, ui.Choice{Value: r.ID, Label: r.Name(l)})
			}
		}
	case "since", "until":
		c.InputMode, c.Width = "numeric", "w-4"
	case "name_en":
		c.Lang = string(i18n.English)
	case "name_ar":
		c.Lang = string(i18n.Arabic)
	case "url":
		c.Type = "url"
	}
	return c
}

func (v formView) day(ctx context.Context, name string) ui.DateControl {
	d := ui.DateControl{
		Control: ui.Control{Name: name, Label: i18n.T(ctx, "cycle.column."+name), Hint: i18n.T(ctx, "cycle.hint."+name), Optional: true},
		Day:     v.Typed.Get(name + ".day"), Month: v.Typed.Get(name + ".month"), Year: v.Typed.Get(name + ".year"),
	}
	for _, part := range []string{"day", "month", "year"} {
		if message := ui.MessageFor(ctx, v.Wrong, name+"."+part); message != "" {
			d.Error, d.Part = message, part
			break
		}
	}
	return d
}

// listView is the desk's list, with the form for one more.
type listView struct {
	formView
	All  []Entry
	Kind string
}

// tabs narrow the list to a kind.
func (v listView) tabs(ctx context.Context) []ui.Tab {
	var all []ui.Tab
	for _, kind := range append([]string{""}, Kinds...) {
		tab := ui.Tab{Text: i18n.T(ctx, "cycle.all"), Href: ui.Href(ctx, DeskPath), Current: kind == v.Kind}
		if kind != "" {
			tab.Text, tab.Href = i18n.T(ctx, "cycle.kind."+kind), ui.Href(ctx, ui.WithQuery(DeskPath, url.Values{"kind": {kind}}))
		}
		all = append(all, tab)
	}
	return all
}

func (v listView) file(ctx context.Context, extension string) string {
	q := url.Values{}
	if v.Kind != "" {
		q.Set("kind", v.Kind)
	}
	return ui.Href(ctx, ui.WithQuery(DeskPath+"."+extension, q))
}

func (v listView) table(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "cycle.title"), HideCaption: true, Cards: true}
	for _, name := range []string{"name", "days", "standing"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "cycle.column."+name)})
	}
	for _, e := range v.All {
		name, lang := e.name(ctx, v.Vocabulary)
		t.Rows = append(t.Rows, []ui.Cell{{Text: name, Lang: lang, Href: ui.Href(ctx, deskPath(e.ID))}, {Text: e.whenAndWhere(ctx)}, {Text: i18n.T(ctx, "cycle.standing."+e.standing())}})
	}
	return t
}

// standing says what the calendar shows of an entry.
func (e Entry) standing() string {
	switch {
	case e.CancelledAt != nil:
		return "cancelled"
	case e.Dated():
		return "shown"
	}
	return "years"
}

// deskView is where the desk changes an entry.
type deskView struct {
	formView
	Entry   Entry
	History []audit.Line
	Stale   bool
}

func (v deskView) name(ctx context.Context) string {
	name, _ := v.Entry.name(ctx, v.Vocabulary)
	return name
}

func (v deskView) reason(ctx context.Context) ui.Control {
	return ui.Control{Name: "reason", Label: i18n.T(ctx, "cycle.reason"), Hint: i18n.T(ctx, "cycle.hint.reason"), Error: ui.MessageFor(ctx, v.Wrong, "reason"), Values: v.Typed["reason"], Rows: 3, Max: MaxReason, Length: len([]rune(v.Typed.Get("reason")))}
}

func (v deskView) timeline(ctx context.Context) []ui.Event {
	all := make([]ui.Event, 0, len(v.History)+1)
	for _, l := range v.History {
		all = append(all, ui.Event{Machine: l.At.UTC().Format("2006-01-02T15:04:05Z"), At: i18n.Instant(ctx, l.At), What: i18n.T(ctx, "cycle.act."+l.Act), By: l.ActorName})
	}
	if !slices.ContainsFunc(v.History, func(l audit.Line) bool { return l.Act == "review_date.add" }) {
		all = append(all, ui.Event{Machine: v.Entry.AddedAt.UTC().Format("2006-01-02T15:04:05Z"), At: i18n.Instant(ctx, v.Entry.AddedAt), What: i18n.T(ctx, "cycle.act.seed")})
	}
	return all
}
