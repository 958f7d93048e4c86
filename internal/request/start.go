package request

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// chooseView is the page that explains each kind.
type chooseView struct {
	Times map[string]workflow.ServiceTime
}

func (v chooseView) results(ctx context.Context) []ui.Result {
	all := make([]ui.Result, len(Kinds))
	for i, k := range Kinds {
		all[i] = ui.Result{
			Href: ui.Href(ctx, PathOf(k.Name)), Title: i18n.T(ctx, "submission.kind."+k.Name), Text: i18n.T(ctx, "request.kind."+k.Name+".lede"),
			Meta: []string{i18n.T(ctx, "submission.desk."+string(k.Desk)), answered(ctx, v.Times[k.Name])},
		}
	}
	return all
}

// answered says within how many working days a request is answered, and decided on.
func answered(ctx context.Context, t workflow.ServiceTime) string {
	first := i18n.T(ctx, "request.answer", t.AnswerDays)
	if t.DecisionDays == nil {
		return first
	}
	return strings.Join([]string{first, i18n.T(ctx, "request.decision", *t.DecisionDays)}, " ")
}

// startView is the page on which a request is begun.
type startView struct {
	Kind  Kind
	Pages Pages
	Time  workflow.ServiceTime
	// Posts are those with which the person may ask, Pledges those with which they may ask for support.
	Posts   []identity.Post
	Pledges []Pledge
	// Chosen is the office, or the pledge, as chosen.
	Chosen string
	Wrong  []problem.Field
}

func (v startView) title(ctx context.Context) string {
	return i18n.T(ctx, "submission.kind."+v.Kind.Name)
}

// choice is the question that is asked before a request is begun.
func (v startView) choice() string {
	if v.Kind.OfPledge {
		return "pledge"
	}
	return "office"
}

// nobody says that the person has nothing with which to ask.
func (v startView) nobody() bool {
	return len(v.Posts) == 0 || v.Kind.OfPledge && len(v.Pledges) == 0
}

func (v startView) control(ctx context.Context) ui.Control {
	name := v.choice()
	c := ui.Control{
		Name: name, Label: i18n.T(ctx, "request.start."+name+".label"), Hint: i18n.T(ctx, "request.start."+name+".hint"),
		Error: ui.MessageFor(ctx, v.Wrong, name), Values: []string{v.Chosen}, Large: true, Blank: i18n.T(ctx, "request.start.choose"),
	}
	if v.Kind.OfPledge {
		for _, p := range v.Pledges {
			c.Choices = append(c.Choices, ui.Choice{Value: p.PublicID, Label: p.PublicID + " – " + p.Title})
		}
		return c
	}
	for _, p := range v.Posts {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(p.OfficeID, 10), Label: p.OfficeName})
	}
	return c
}

// needs are what one should have at hand, a line each.
func (v startView) needs(ctx context.Context) []string {
	return strings.Split(i18n.T(ctx, "request.kind."+v.Kind.Name+".needs"), "\n")
}

// signIn is the address of the sign-in page that leads back here.
func (v startView) signIn(ctx context.Context) string {
	return ui.Href(ctx, ui.WithQuery(v.Pages.SignIn, url.Values{"next": {ui.Href(ctx, PathOf(v.Kind.Name))}}))
}

// above are the crumbs of the pages of a kind.
func above(ctx context.Context, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Href: ui.Href(ctx, "/"), Text: i18n.T(ctx, "request.home")}, {Href: ui.Href(ctx, StartPath), Text: i18n.T(ctx, "request.start.title")}}, more...)
}

// questionsView is the blank form of a kind.
type questionsView struct {
	Kind   Kind
	Filled ui.Filled
	Pages  Pages
}
