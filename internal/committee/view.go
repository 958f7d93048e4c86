package committee

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/money"
	"portal/internal/problem"
	"portal/web/ui"
)

// home is the crumb to the page of the committee.
func home(ctx context.Context, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Href: ui.Href(ctx, Path), Text: i18n.T(ctx, "committee.title")}}, more...)
}

// toShortlist is the crumb to the shortlist of a meeting.
func toShortlist(ctx context.Context, m Meeting) ui.Link {
	return ui.Link{Href: ui.Href(ctx, ShortlistPath(m.ID)), Text: i18n.T(ctx, "committee.shortlist.of", m.When)}
}

func usd(ctx context.Context, a money.Amount) string {
	return i18n.T(ctx, "committee.usd", a.Format(i18n.From(ctx)))
}

// decimal writes a score with two digits.
func decimal(ctx context.Context, f float64) string {
	hundredths := int(f*100 + 0.5)
	return i18n.T(ctx, "committee.decimal", strconv.Itoa(hundredths/100), fmt.Sprintf("%02d", hundredths%100))
}

// scored says in short what the reviews made of a note.
func scored(ctx context.Context, n Note) string {
	switch {
	case n.Sealed:
		return i18n.T(ctx, "committee.score.sealed")
	case n.Reviews == 0:
		return i18n.T(ctx, "committee.score.none")
	case !n.Complete:
		return i18n.T(ctx, "committee.score.so_far", decimal(ctx, n.Mean), decimal(ctx, n.Median), n.Reviews)
	}
	return i18n.T(ctx, "committee.score.all_in", decimal(ctx, n.Mean), decimal(ctx, n.Median), n.Reviews)
}

func regionNames(ctx context.Context, v *gcm.Vocabulary, countries []string) []string {
	var all []string
	for _, id := range v.RegionsOf(countries) {
		if r, ok := v.Region(id); ok {
			all = append(all, r.Name(i18n.From(ctx)))
		}
	}
	return all
}

func areaNames(areas []Area, ids []string) []string {
	var all []string
	for _, a := range areas {
		for _, id := range ids {
			if a.ID == id {
				all = append(all, a.Name)
			}
		}
	}
	return all
}

// control is a question of a form of this area.
func control(ctx context.Context, typed url.Values, wrong []problem.Field, name string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "committee.field."+name), Values: typed[name], Error: ui.MessageFor(ctx, wrong, name)}
	if key := "committee.field." + name + ".hint"; i18n.Has(i18n.From(ctx), key) {
		c.Hint = i18n.T(ctx, key)
	}
	return c
}

func numberControl(ctx context.Context, typed url.Values, wrong []problem.Field, name string) ui.Control {
	c := control(ctx, typed, wrong, name)
	c.InputMode, c.Width = "numeric", "w-4"
	return c
}

func textControl(ctx context.Context, typed url.Values, wrong []problem.Field, name string, rows, most int) ui.Control {
	c := control(ctx, typed, wrong, name)
	c.Rows, c.Max, c.Length = rows, most, form.Length(c.Value())
	return c
}

// homeView is the page of the committee.
type homeView struct {
	Meetings []Shown
	Rule     Rule
	Who      identity.User
	Now      time.Time
	Typed    url.Values
	Wrong    []problem.Field
	Refused  string
}

func (v homeView) leads() bool { return Allowed(v.Who, ActRule, "") == nil }

func (v homeView) table(ctx context.Context) ui.Table {
	column := func(name string, num bool) ui.Column {
		return ui.Column{Text: i18n.T(ctx, "committee.meetings."+name), Num: num}
	}
	t := ui.Table{Caption: i18n.T(ctx, "committee.meetings"), HideCaption: true, Cards: true, Columns: []ui.Column{column("when", false), column("name", false), column("state", false), column("notes", true), column("decided", true), column("present", true)}}
	for _, m := range v.Meetings {
		present := ""
		if m.Present != nil {
			present = i18n.T(ctx, "committee.present", *m.Present, *m.Members)
		}
		t.Rows = append(t.Rows, []ui.Cell{
			{Text: m.When, Href: ui.Href(ctx, ShortlistPath(m.ID))}, {Text: m.Name, Lang: m.Lang}, {Component: phaseTag(m.Phase(v.Now))},
			{Text: i18n.Number(ctx, m.Notes)}, {Text: i18n.Number(ctx, m.Decided)}, {Text: present},
		})
	}
	return t
}

func phaseTone(p Phase) ui.Tone {
	switch p {
	case Coming:
		return ui.Sky
	case Cancelled:
		return ui.Warn
	}
	return ui.Plain
}

func stageTone(e Entry) ui.Tone {
	switch {
	case e.Stage == Pending:
		return ui.Sky
	case e.Stage == Told && e.Outcome == Endorse:
		return ui.Ok
	case e.Stage == Overtaken:
		return ui.Warn
	}
	return ui.Plain
}

// shortlistView is the shortlist of a meeting with the balance.
type shortlistView struct {
	Shortlist
	Balance    Balance
	Who        identity.User
	Now        time.Time
	Vocabulary *gcm.Vocabulary
	// With says with which notes the balance is shown: withAll, withNone, or the number of an entry.
	With    string
	Refused string
	desk    Options
}

func (v shortlistView) may(act Act) bool {
	return Allowed(v.Who, act, v.Meeting.Phase(v.Now)) == nil
}

// with are the entries with which the balance is shown.
func (v shortlistView) with() []Entry {
	var all []Entry
	for _, e := range v.Entries {
		if one := strconv.FormatInt(e.ID, 10); v.With == one || v.With != withNone && e.Counts() && !v.one() {
			all = append(all, e)
		}
	}
	return all
}

// one says that the balance is shown with one note of the shortlist.
func (v shortlistView) one() bool {
	for _, e := range v.Entries {
		if strconv.FormatInt(e.ID, 10) == v.With {
			return true
		}
	}
	return false
}

// choice asks with which notes the balance is shown.
func (v shortlistView) choice(ctx context.Context) ui.Control {
	c := ui.Control{Name: withName, Label: i18n.T(ctx, "committee.balance.with"), Values: []string{withAll}, Choices: []ui.Choice{
		{Value: withAll, Label: i18n.T(ctx, "committee.balance.with.all")}, {Value: withNone, Label: i18n.T(ctx, "committee.balance.with.none")},
	}}
	if v.With == withNone || v.one() {
		c.Values = []string{v.With}
	}
	for _, e := range v.Entries {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(e.ID, 10), Label: e.Note.Title})
	}
	return c
}

func (v shortlistView) facts(ctx context.Context) []ui.Fact {
	m := v.Meeting
	facts := []ui.Fact{{Term: i18n.T(ctx, "committee.fact.meeting"), Values: []string{m.Name}, Lang: m.Lang}, {Term: i18n.T(ctx, "committee.fact.when"), Values: []string{m.When}}}
	if m.Moved != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "committee.fact.moved"), Values: []string{m.Moved}})
	}
	if !m.Cancelled {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "committee.fact.cutoff"), Values: []string{m.Explained}})
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "committee.fact.rule"), Values: []string{i18n.T(ctx, "committee.rule", v.Rule.Members, v.Rule.Quorum)}})
	if n := v.Session; n != nil {
		facts[len(facts)-1].Values = []string{i18n.T(ctx, "committee.rule", n.Members, n.Quorum)}
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "committee.fact.present"), Values: []string{attended(ctx, *n)}},
			ui.Fact{Term: i18n.T(ctx, "committee.field.minutes"), Component: minutesShown(v.Shortlist)})
	}
	return facts
}

// items are the files of the minutes, for who may have them.
func (l Shortlist) items(ctx context.Context) []ui.FileItem {
	var all []ui.FileItem
	for _, f := range l.Minutes {
		item := ui.FileItem{Name: f.Name, Facts: ui.FileFacts(ctx, f.Kind(), f.Size)}
		if f.Servable() {
			item.Href = ui.Href(ctx, minutesPath(l.Meeting.ID, f.ID))
		}
		all = append(all, item)
	}
	return all
}

// attended says who was there, and whether that is a quorum.
func attended(ctx context.Context, n Session) string {
	key := "committee.attended.quorum"
	if !n.Quorate(0) {
		key = "committee.attended.no_quorum"
	}
	return i18n.T(ctx, key, n.Present, n.Members)
}

// late says that the note came too late for the meeting, since it was moved.
func (v shortlistView) late(e Entry) bool { return !e.Note.SubmittedAt.Before(v.Meeting.Cutoff) }

func (v shortlistView) table(ctx context.Context) ui.Table {
	column := func(name string, num bool) ui.Column {
		return ui.Column{Text: i18n.T(ctx, "committee.column."+name), Num: num}
	}
	t := ui.Table{
		Caption: i18n.T(ctx, "committee.shortlist.count", len(v.Entries)), HideCaption: true, Cards: true,
		Columns: []ui.Column{column("place", true), column("title", false), column("countries", false), column("areas", false), column("amount", true), column("score", false), column("decision", false)},
	}
	if v.may(ActOrder) && len(v.Entries) > 1 {
		t.Columns = append(t.Columns, column("order", false))
	}
	for i, e := range v.Entries {
		row := []ui.Cell{
			{Text: i18n.Number(ctx, i+1)}, {Component: noteCell(v, e)}, {Text: i18n.List(ctx, v.Vocabulary.CountryNames(i18n.From(ctx), e.Note.Countries))}, {Text: i18n.List(ctx, areaNames(v.Balance.Areas, e.Note.Areas))},
			{Text: e.Note.Amount.Format(i18n.From(ctx))}, {Text: scored(ctx, e.Note)}, {Component: decisionCell(e)},
		}
		if len(t.Columns) > len(row) {
			cell := ui.Cell{}
			if i > 0 && e.Stage == Open {
				cell.Component = raiseCell(v, e, v.Entries[i-1].ID)
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// matrix is the pipeline by region and thematic area.
func (v shortlistView) matrix(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "committee.balance.caption"), HideCaption: true, Cards: true, Columns: []ui.Column{{Text: i18n.T(ctx, "committee.balance.area")}}}
	for _, r := range v.Balance.Regions {
		t.Columns = append(t.Columns, ui.Column{Text: r.Name(i18n.From(ctx)), Num: true})
	}
	t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "committee.balance.all_regions"), Num: true})
	for _, a := range append(slices.Clone(v.Balance.Areas), Area{Name: i18n.T(ctx, "committee.balance.all_areas")}) {
		cells := []ui.Cell{{Text: a.Name}}
		for _, r := range v.Balance.Regions {
			cells = append(cells, ui.Cell{Component: tallyCell(v.Balance.Matrix[Place{r.ID, a.ID}])})
		}
		t.Rows = append(t.Rows, append(cells, ui.Cell{Component: tallyCell(v.Balance.Matrix[Place{"", a.ID}])}))
	}
	return t
}

// summary says in a sentence each what the pipeline is without and with the notes.
func (v shortlistView) summary(ctx context.Context) []ui.Fact {
	t := v.Balance.Total()
	var facts []ui.Fact
	if v.one() {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "committee.balance.of"), Values: []string{v.with()[0].Note.Title}, Lang: v.with()[0].Note.Lang})
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "committee.balance.before"), Values: []string{i18n.T(ctx, "committee.balance.programmes", t.Before), usd(ctx, t.BeforeAmount)}})
	if t.Added > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "committee.balance.after"), Values: []string{i18n.T(ctx, "committee.balance.programmes", t.With()), usd(ctx, t.BeforeAmount+t.AddedAmount)}})
		var there, first []string
		for _, code := range v.Balance.New() {
			if name := v.Vocabulary.CountryName(i18n.From(ctx), code); v.Balance.Countries[code].First() {
				first = append(first, name)
			} else {
				there = append(there, name)
			}
		}
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "committee.balance.countries.first"), Values: listed(ctx, first)}, ui.Fact{Term: i18n.T(ctx, "committee.balance.countries"), Values: listed(ctx, there)})
	}
	return facts
}

// listed are the words as one line; none for none.
func listed(ctx context.Context, words []string) []string {
	if len(words) == 0 {
		return nil
	}
	return []string{i18n.List(ctx, words)}
}

func (v shortlistView) states(ctx context.Context) ui.StatesMap {
	return ui.StatesMap{
		Light: true, Vocabulary: v.Vocabulary, Title: i18n.T(ctx, "committee.map.title"), Description: i18n.T(ctx, "committee.map.description"),
		Lede: i18n.T(ctx, "committee.map.lede"), Circles: i18n.T(ctx, "committee.map.circles"),
		Counts: v.Balance.Counts(), Chosen: v.Balance.New(),
		Count:  func(n int) string { return i18n.T(ctx, "committee.balance.programmes", n) },
		Href:   func(code string) string { return ui.Href(ctx, v.desk.CountryPath(code)) },
		Region: func(continent string) string { return i18n.T(ctx, "committee.continent."+continent) },
	}
}

// candidatesView are the notes that can be put on a shortlist.
type candidatesView struct {
	Meeting    Meeting
	Notes      []Note
	Count      int
	Page       int
	Q          string
	Who        identity.User
	Now        time.Time
	Vocabulary *gcm.Vocabulary
	Refused    string
	desk       Options
}

func (v candidatesView) may() bool { return Allowed(v.Who, ActAdd, v.Meeting.Phase(v.Now)) == nil }

func (v candidatesView) search(ctx context.Context) ui.Search {
	return ui.Search{ID: "q", Label: i18n.T(ctx, "committee.candidates.search"), Action: ui.Href(ctx, candidatesPath(v.Meeting.ID)), Value: v.Q}
}

func (v candidatesView) pager(ctx context.Context) ui.Pager {
	return ui.Pager{Label: i18n.T(ctx, "committee.candidates.pages"), Page: v.Page, Pages: (v.Count + candidatesPerPage - 1) / candidatesPerPage, Href: func(page int) string {
		q := url.Values{"page": {strconv.Itoa(page)}}
		if v.Q != "" {
			q.Set("q", v.Q)
		}
		return ui.Href(ctx, ui.WithQuery(candidatesPath(v.Meeting.ID), q))
	}}
}

func (v candidatesView) table(ctx context.Context) ui.Table {
	column := func(name string, num bool) ui.Column {
		return ui.Column{Text: i18n.T(ctx, "committee.column."+name), Num: num}
	}
	t := ui.Table{
		Caption: i18n.T(ctx, "committee.candidates.count", v.Count), HideCaption: true, Cards: true,
		Columns: []ui.Column{column("title", false), column("sent", false), column("countries", false), column("areas", false), column("amount", true), column("score", false), column("add", false)},
	}
	areas := v.desk.Areas(ctx)
	for _, n := range v.Notes {
		cell := ui.Cell{}
		if v.may() {
			cell.Component = addCell(v, n)
		}
		t.Rows = append(t.Rows, []ui.Cell{
			{Component: titleCell(n, v.desk.DeskPath(n.ID))}, {Text: i18n.DayOf(ctx, n.SubmittedAt)}, {Text: i18n.List(ctx, v.Vocabulary.CountryNames(i18n.From(ctx), n.Countries))}, {Text: i18n.List(ctx, areaNames(areas, n.Areas))},
			{Text: n.Amount.Format(i18n.From(ctx))}, {Text: scored(ctx, n)}, cell,
		})
	}
	return t
}
