package pledge

import (
	"cmp"
	"context"
	"net/url"
	"strconv"
	"time"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web/ui"
)

// interestFormView asks an office what it wants to say about a need or an offer.
type interestFormView struct {
	Pledge  Record
	Support Support
	// Text is what the pledge needs or offers.
	Text string
	// Deserted says that the pledge's office is closed, and nobody can answer.
	Deserted bool
	// Posts are those in whose offices' names the person may write: all but that of the pledge. OwnPledge says that there is
	// none since it is a pledge of their own office.
	Posts     []identity.Post
	OwnPledge bool
	Own       []Reference
	Typed     url.Values
	Wrong     []problem.Field
	Account   string // path of the person's own page, without the language
}

// casesView is a list of cases, of the person's offices or of the desk.
type casesView struct {
	Cases
	Path string // of its first page, without the language
}

func (v casesView) pager(ctx context.Context) ui.Pager {
	p := ui.Pager{Label: i18n.T(ctx, "pledge.cases.pages"), Page: v.Filter.Page, Pages: v.Pages, Href: func(page int) string {
		return ui.Href(ctx, CaseFilter{State: v.Filter.State, Page: page}.path(v.Path))
	}}
	if v.Next > 0 {
		p.Next = ui.Href(ctx, CaseFilter{State: v.Filter.State, After: v.Next}.path(v.Path))
	}
	return p
}

// caseView is one case.
type caseView struct {
	Case   Interest
	Events []InterestEvent
	// Typed is what was written and not kept, in the language Lang; "" is the reader's.
	Typed, Lang string
	Wrong       []problem.Field
	// Stale says that something was tried that is not possible any more.
	Stale bool
	// Submission is the page of the pledge at the desk, without the language.
	Submission string
}

func (v interestFormView) office(ctx context.Context) ui.Control {
	c := ui.Control{Name: "office", Label: i18n.T(ctx, "pledge.interest.office.label"), Error: ui.MessageFor(ctx, v.Wrong, "office"), Values: v.Typed["office"]}
	for _, p := range v.Posts {
		if p.OfficeName != "" {
			c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(p.OfficeID, 10), Label: p.OfficeName})
		}
	}
	if len(v.Posts) == 1 && len(c.Values) == 0 {
		c.Values = []string{c.Choices[0].Value}
	}
	return c
}

func (v interestFormView) own(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "own", Label: i18n.T(ctx, "pledge.interest.own.label"), Hint: i18n.T(ctx, "pledge.interest.own.hint"), Optional: true,
		Error: ui.MessageFor(ctx, v.Wrong, "own"), Values: v.Typed["own"], Blank: i18n.T(ctx, "pledge.interest.own.none"),
	}
	for _, r := range v.Own {
		c.Choices = append(c.Choices, ui.Choice{Value: r.PublicID, Label: r.PublicID + " " + r.Title})
	}
	return c
}

// message is a field for what is said; key is the beginning of its texts.
func message(ctx context.Context, key, typed string, wrong []problem.Field) ui.Control {
	return ui.Control{
		Name: "text", Label: i18n.T(ctx, key+".label"), Hint: i18n.T(ctx, key+".hint"), Error: ui.MessageFor(ctx, wrong, "text"),
		Values: []string{typed}, Rows: 5, Max: MaxMessage, Length: form.Length(typed),
	}
}

// language asks for the language of what is said; the reader's is the likely one.
func language(ctx context.Context, typed string, wrong []problem.Field) ui.Control {
	c := ui.Control{
		Name: "language", Label: i18n.T(ctx, "pledge.interest.language.label"), Error: ui.MessageFor(ctx, wrong, "language"),
		Values: []string{cmp.Or(typed, string(i18n.From(ctx)))},
	}
	for _, l := range i18n.All {
		c.Choices = append(c.Choices, ui.Choice{Value: string(l), Label: l.Name()})
	}
	return c
}

// timeline is what happened, the oldest first.
func (v caseView) timeline(ctx context.Context) []ui.Event {
	events := make([]ui.Event, len(v.Events))
	for i, e := range v.Events {
		events[i] = ui.Event{
			At: i18n.Instant(ctx, e.At), Machine: e.At.UTC().Format(time.RFC3339), What: i18n.T(ctx, "pledge.interest.event."+string(e.Action)),
			By: v.by(ctx, e), Note: e.Body, NoteLang: e.Lang, Key: e.Action != ActMessage && e.Action != ActNote,
		}
	}
	return events
}

// by says who did something, and for which office.
func (v caseView) by(ctx context.Context, e InterestEvent) string {
	name := ui.PersonName(ctx, e.Author)
	switch e.Side {
	case SideAsking:
		return i18n.T(ctx, "pledge.interest.by", name, v.Case.OfficeName)
	case SideAsked:
		return i18n.T(ctx, "pledge.interest.by", name, v.Case.OwnerName)
	case SideDesk:
		return name
	}
	return ""
}

// facts are what is known of the case beside its history.
func (i Interest) facts(ctx context.Context) []ui.Fact {
	return append([]ui.Fact{
		{Term: i18n.T(ctx, "pledge.partner.fact.pledge"), Component: casePledge(i)},
		{Term: i18n.T(ctx, "pledge.interest.fact.support"), Values: []string{i18n.T(ctx, "pledge.support."+string(i.Support))}},
		{Term: i18n.T(ctx, "pledge.interest.fact.owner"), Values: []string{i.OwnerName}, Lang: "und"},
		{Term: i18n.T(ctx, "pledge.interest.fact.office"), Values: []string{i.OfficeName}, Lang: "und"},
	}, i.ownLink(ctx)...)
}

// ownLink is ownFact with the way to the pledge, and to what has taken its place.
func (i Interest) ownLink(ctx context.Context) []ui.Fact {
	facts := i.ownFact(ctx)
	for n := range facts {
		facts[n].Values, facts[n].Component = nil, caseOwn(i)
	}
	return facts
}

// tone is how a state is shown.
func (s InterestState) tone() ui.Tone {
	switch s {
	case Interested:
		return ui.Warn
	case InContact:
		return ui.Sky
	case Agreed:
		return ui.Ok
	}
	return ui.Plain
}

// tabs are the states with how many cases each has at the desk.
func (v casesView) tabs(ctx context.Context) []ui.Tab {
	all := 0
	for _, n := range v.Counts {
		all += n
	}
	tabs := []ui.Tab{{Href: ui.Href(ctx, DeskCasesPath), Text: i18n.T(ctx, "pledge.cases.tab", i18n.Key("pledge.cases.all"), all), Current: v.Filter.State == ""}}
	for _, s := range InterestStates {
		tabs = append(tabs, ui.Tab{
			Href: ui.Href(ctx, DeskCasesPath+"?state="+string(s)), Current: v.Filter.State == s,
			Text: i18n.T(ctx, "pledge.cases.tab", i18n.Key("pledge.interest.state."+string(s)), v.Counts[s]),
		})
	}
	return tabs
}
