package practice

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"portal/internal/audit"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web/ui"
)

// aboveDesk are the crumbs to the desk's list of calls.
func aboveDesk(ctx context.Context, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Href: ui.Href(ctx, DeskCallsPath), Text: i18n.T(ctx, "practice.call.desk.title")}}, more...)
}

// deskCallsView is the desk's list of calls.
type deskCallsView struct {
	Calls []Call
	Now   time.Time
}

func (v deskCallsView) table(ctx context.Context) ui.Table {
	column := func(key string) ui.Column {
		return ui.Column{Text: i18n.T(ctx, "practice.call.desk.column."+key)}
	}
	t := ui.Table{Caption: i18n.T(ctx, "practice.call.desk.title"), HideCaption: true, Cards: true, Columns: []ui.Column{column("title"), column("state"), column("deadline")}}
	for _, c := range v.Calls {
		text := c.text(ctx)
		t.Rows = append(t.Rows, []ui.Cell{
			{Component: callTitle(ui.Href(ctx, deskCallPath(c.ID)), text)}, {Component: ui.Tag(phaseTone(c.Phase(v.Now)), stands(ctx, c, v.Now))},
			{Text: i18n.Instant(ctx, c.DeadlineAt)},
		})
	}
	return t
}

// action is where the form is posted.
func (v callFormView) action(ctx context.Context) string {
	switch {
	case v.Call.ID == 0:
		return ui.Href(ctx, DeskCallsPath)
	case v.Lang != "":
		return ui.Href(ctx, deskCallPath(v.Call.ID)+"/texts/"+v.Lang)
	}
	return ui.Href(ctx, deskCallPath(v.Call.ID)+"/facts")
}

// path is the page's own.
func (v callFormView) path() string {
	switch {
	case v.Call.ID == 0:
		return DeskCallsPath + "/new"
	case v.Lang != "":
		return deskCallPath(v.Call.ID) + "/texts/" + v.Lang
	}
	return deskCallPath(v.Call.ID) + "/facts"
}

func (v callFormView) title(ctx context.Context) string {
	switch {
	case v.Call.ID == 0:
		return i18n.T(ctx, "practice.call.desk.new")
	case v.Lang != "":
		return i18n.T(ctx, "practice.call.desk.text", i18n.NameOf(ctx, i18n.Lang(v.Lang)))
	}
	return i18n.T(ctx, "practice.call.desk.facts")
}

func (v callFormView) above(ctx context.Context) []ui.Link {
	if v.Call.ID == 0 {
		return aboveDesk(ctx)
	}
	return aboveDesk(ctx, ui.Link{Href: ui.Href(ctx, deskCallPath(v.Call.ID)), Text: v.Call.text(ctx).Title})
}

// textLang is the language of what is typed; "" while that is not known.
func (v callFormView) textLang() string {
	if v.Lang != "" {
		return v.Lang
	}
	return v.Call.Lang
}

func (v callFormView) control(ctx context.Context, name string) ui.Control {
	c := ui.Control{
		Name: name, Label: i18n.T(ctx, "practice.call.desk."+name), Values: v.Typed.Values[name], Error: ui.MessageFor(ctx, v.Wrong, name),
	}
	if key := "practice.call.desk." + name + ".hint"; i18n.Has(i18n.From(ctx), key) {
		c.Hint = i18n.T(ctx, key)
	}
	return c
}

// written is a question for text; most limits its characters.
func (v callFormView) written(ctx context.Context, name string, rows, most int) ui.Control {
	c := v.control(ctx, name)
	c.Lang, c.Rows, c.Max, c.Length = v.textLang(), rows, most, form.Length(c.Value())
	return c
}

func (v callFormView) inLine(ctx context.Context, name string) ui.Control {
	c := v.control(ctx, name)
	c.Lang = v.textLang()
	return c
}

func (v callFormView) languageControl(ctx context.Context, name string) ui.Control {
	c := v.control(ctx, name)
	for _, l := range i18n.All {
		c.Choices = append(c.Choices, ui.Choice{Value: string(l), Label: i18n.NameOf(ctx, l)})
	}
	return c
}

func (v callFormView) objectives(ctx context.Context) ui.Control {
	c := v.control(ctx, "objectives")
	areas := ui.AreasOf(v.Vocabulary)
	for _, o := range v.Vocabulary.Objectives {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.Itoa(o.N), Label: o.Label(i18n.From(ctx)), Number: o.N, Class: areas.Class(o.N)})
	}
	return c
}

func (v callFormView) sectors(ctx context.Context) ui.Control {
	c := v.control(ctx, "sectors")
	for _, one := range v.Vocabulary.Categories {
		c.Choices = append(c.Choices, ui.Choice{Value: one.ID, Label: one.Name(i18n.From(ctx))})
	}
	return c
}

func (v callFormView) deadline(ctx context.Context) ui.DateControl {
	d := ui.DateControl{
		Control: ui.Control{Name: "deadline", Label: i18n.T(ctx, "practice.call.desk.deadline"), Hint: i18n.T(ctx, "practice.call.desk.deadline.hint")},
		Day:     v.Typed.Get("deadline.day"), Month: v.Typed.Get("deadline.month"), Year: v.Typed.Get("deadline.year"),
	}
	for _, part := range []string{"day", "month", "year"} {
		if message := ui.MessageFor(ctx, v.Wrong, "deadline."+part); message != "" {
			d.Error, d.Part = message, part
			break
		}
	}
	return d
}

func (v callFormView) clock(ctx context.Context) ui.Control {
	c := v.control(ctx, "clock")
	c.Width = "w-10"
	return c
}

func (v callFormView) contact(ctx context.Context) ui.Control {
	c := v.control(ctx, "contact")
	c.Type, c.Optional = "email", true
	return c
}

// deskCallView is a call as the desk sees it.
type deskCallView struct {
	DeskCall
	Who        identity.User
	Wrong      []problem.Field
	Reason     string
	Vocabulary *gcm.Vocabulary
	Now        time.Time
}

func (v deskCallView) may(act CallAct) bool { return v.Call.May(v.Who, act, v.Now) }

func (v deskCallView) facts(ctx context.Context) []ui.Fact {
	facts := callFacts(ctx, v.Call, v.Vocabulary, v.Now)
	if v.Contact == "" && ui.SiteOf(ctx).Email == "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.call.fact.contact"), Values: []string{i18n.T(ctx, "practice.call.desk.no_contact")}})
	}
	for _, s := range Standings {
		if n := v.Counts[s]; n > 0 {
			facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.call.standing."+string(s)), Values: []string{i18n.Number(ctx, n)}})
		}
	}
	return facts
}

// deskLanguage is a language of the call at the desk.
type deskLanguage struct {
	name, href, results string
	there               bool
}

// languages are those of its texts, and those that it lacks.
func (v deskCallView) languages(ctx context.Context) []deskLanguage {
	var all []deskLanguage
	for _, l := range i18n.All {
		one := deskLanguage{name: i18n.NameOf(ctx, l), there: v.In(string(l)).Lang == string(l)}
		if v.may(ActEdit) {
			one.href = ui.Href(ctx, deskCallPath(v.ID)+"/texts/"+string(l))
			if string(l) == v.Lang {
				one.href = ui.Href(ctx, deskCallPath(v.ID)+"/facts")
			}
		}
		if v.may(ActArrange) {
			one.results = ui.Href(ctx, deskCallPath(v.ID)+"/results/"+string(l))
		}
		all = append(all, one)
	}
	return all
}

// queue is the desk's queue of the practices that came for the call.
func (v deskCallView) queue(ctx context.Context) string {
	return ui.Href(ctx, ui.WithQuery("/desk", url.Values{"q": {fmt.Sprintf("in:all call:%d", v.ID)}}))
}

func (v deskCallView) reason(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "reason", Label: i18n.T(ctx, "practice.call.desk.reason"), Hint: i18n.T(ctx, "practice.call.desk.reason.hint"), Values: []string{v.Reason}, Rows: 3,
		Error: ui.MessageFor(ctx, v.Wrong, "reason"),
	}
}

func (v deskCallView) history(ctx context.Context) ui.Table {
	column := func(key string) ui.Column {
		return ui.Column{Text: i18n.T(ctx, "practice.call.desk.history."+key)}
	}
	t := ui.Table{Caption: i18n.T(ctx, "practice.call.desk.history.caption"), HideCaption: true, Cards: true, Columns: []ui.Column{column("at"), column("what"), column("who")}}
	for _, l := range v.History {
		t.Rows = append(t.Rows, []ui.Cell{{Text: i18n.UTC(ctx, l.At)}, {Text: i18n.T(ctx, "practice.call.desk.did."+l.Act[len("call."):])}, {Text: doer(ctx, l)}})
	}
	return t
}

// doer is who did what is in the record.
func doer(ctx context.Context, l audit.Line) string {
	switch {
	case l.ActorID == nil:
		return i18n.T(ctx, "practice.call.desk.portal")
	case l.ActorName == "":
		return ui.PersonName(ctx, identity.Former)
	}
	return l.ActorName
}

// resultsView is the form of a call's results in one language.
type resultsView struct {
	Results
	Typed      url.Values
	Wrong      []problem.Field
	Vocabulary *gcm.Vocabulary
}

// filled is the form as it is kept.
func (v resultsView) filled() url.Values {
	q := url.Values{}
	if t := v.Call.In(v.Lang); t.Lang == v.Lang {
		q.Set("intro", t.Intro)
	}
	for _, e := range v.Entries {
		id := strconv.FormatInt(e.SubmissionID, 10)
		if e.Place != nil {
			q.Set(placeField+id, strconv.Itoa(*e.Place))
		}
		q.Set(takeawayField+id, e.Takeaway)
	}
	return q
}

func (v resultsView) intro(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "intro", Label: i18n.T(ctx, "practice.call.desk.intro"), Hint: i18n.T(ctx, "practice.call.desk.intro.hint"), Values: v.Typed["intro"], Rows: 6, Max: MaxCallPart,
		Lang: v.Lang, Error: ui.MessageFor(ctx, v.Wrong, "intro"),
	}
	c.Length = form.Length(c.Value())
	return c
}

func (v resultsView) place(ctx context.Context, e Entry) ui.Control {
	name := placeField + strconv.FormatInt(e.SubmissionID, 10)
	return ui.Control{Name: name, Label: i18n.T(ctx, "practice.call.desk.place"), Values: v.Typed[name], Width: "w-4", InputMode: "numeric", Optional: true, Error: ui.MessageFor(ctx, v.Wrong, name)}
}

func (v resultsView) takeaway(ctx context.Context, e Entry) ui.Control {
	name := takeawayField + strconv.FormatInt(e.SubmissionID, 10)
	c := ui.Control{
		Name: name, Label: i18n.T(ctx, "practice.call.takeaway"), Hint: i18n.T(ctx, "practice.call.desk.takeaway.hint"), Values: v.Typed[name], Rows: 3, Max: MaxTakeaway,
		Lang: v.Lang, Optional: true, Error: ui.MessageFor(ctx, v.Wrong, name),
	}
	c.Length = form.Length(c.Value())
	return c
}

func (v resultsView) tabs(ctx context.Context) []ui.Tab {
	var tabs []ui.Tab
	for _, l := range i18n.All {
		tabs = append(tabs, ui.Tab{Href: ui.Href(ctx, deskCallPath(v.Call.ID)+"/results/"+string(l)), Text: i18n.NameOf(ctx, l), Current: string(l) == v.Lang})
	}
	return tabs
}

// lateView asks why a late practice is taken.
type lateView struct {
	// Path is the desk's page of the practice, without the language.
	Path, Reason string
	Wrong        []problem.Field
}

func (v lateView) reason(ctx context.Context) ui.Control {
	return ui.Control{Name: "reason", Label: i18n.T(ctx, "practice.call.desk.late.reason"), Values: []string{v.Reason}, Rows: 3, Error: ui.MessageFor(ctx, v.Wrong, "reason")}
}

// entryFacts are what the page of results says of a practice.
func entryFacts(ctx context.Context, e Entry) []ui.Fact {
	facts := []ui.Fact{{Term: i18n.T(ctx, "practice.call.implemented_by"), Values: []string{e.Implementer}, Lang: "und"}}
	if e.Takeaway != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "practice.call.takeaway"), Values: []string{e.Takeaway}, Lang: e.TakeawayLang})
	}
	return facts
}

// control asks for one of the calls that a draft can be tied to, and none.
func (v tieView) control(ctx context.Context) ui.Control {
	c := ui.Control{Name: "call", Label: i18n.T(ctx, "practice.call.tie.label"), Values: []string{v.Chosen}, Error: ui.MessageFor(ctx, v.Wrong, "call")}
	open := v.Open
	if a := v.Answering; a != nil && !slices.ContainsFunc(open, func(o Call) bool { return o.ID == a.CallID }) {
		open = append([]Call{a.Call}, open...)
	}
	for _, one := range open {
		t := one.text(ctx)
		c.Choices = append(c.Choices, ui.Choice{
			Value: strconv.FormatInt(one.ID, 10), Label: t.Title, Hint: i18n.T(ctx, "practice.call.tie.hint", i18n.Instant(ctx, one.DeadlineAt), stands(ctx, one, v.Now)),
		})
	}
	c.Choices = append(c.Choices, ui.Choice{Value: "none", Label: i18n.T(ctx, "practice.call.tie.none")})
	return c
}
