package practice

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web/ui"
)

// startView is the page before a practice is begun.
type startView struct {
	Posts   []identity.Post
	Earlier []Earlier
	Pages   Pages
	// Call is the call for which the practice is begun; nil for none. It may have closed since somebody opened the page.
	Call *Call
	// Vocabulary and Now are what its facts are shown by.
	Vocabulary *gcm.Vocabulary
	Now        time.Time
	// Office, From and Confirmed are as typed.
	Office, From string
	Confirmed    bool
	Wrong        []problem.Field
	// AnswerDays and DecisionDays are within how many working days the desk answers and decides.
	AnswerDays, DecisionDays int
}

// criteria are the entry criteria, by the ends of their keys.
var criteria = []string{"objective", "principles", "completed", "innovative", "replicable", "since"}

// officeControl is the question for the office, where there is more than one.
func (v startView) officeControl(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "office", Label: i18n.T(ctx, "practice.start.office.label"), Hint: i18n.T(ctx, "practice.start.office.hint"),
		Error: ui.MessageFor(ctx, v.Wrong, "office"), Values: []string{v.Office}, Large: true,
	}
	for _, p := range v.Posts {
		choice := ui.Choice{Value: strconv.FormatInt(p.OfficeID, 10), Label: p.OfficeName}
		if !p.OfficeApproved || !p.Approved {
			choice.Hint = i18n.T(ctx, "practice.start.office.waiting")
		}
		c.Choices = append(c.Choices, choice)
	}
	return c
}

// fromControl offers the practices that a draft can begin from.
func (v startView) fromControl(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "from", Label: i18n.T(ctx, "practice.start.from.label"), Hint: i18n.T(ctx, "practice.start.from.hint"), Error: ui.MessageFor(ctx, v.Wrong, "from"),
		Values: []string{v.From}, Large: true, Optional: true, Blank: i18n.T(ctx, "practice.start.from.blank"),
	}
	for _, e := range v.Earlier {
		c.Choices = append(c.Choices, ui.Choice{Value: e.PublicID, Label: i18n.T(ctx, "practice.start.from.one", e.PublicID, e.Title)})
	}
	return c
}

func (v startView) criteriaControl(ctx context.Context) ui.Control {
	c := ui.Control{Name: "criteria", Label: i18n.T(ctx, "practice.start.criteria.confirm"), Error: ui.MessageFor(ctx, v.Wrong, "criteria")}
	if v.Confirmed {
		c.Values = []string{"yes"}
	}
	return c
}

// wrong is what stands between the page and a draft.
func (v startView) wrong() []problem.Field {
	var wrong []problem.Field
	if !slices.ContainsFunc(v.Posts, func(p identity.Post) bool { return strconv.FormatInt(p.OfficeID, 10) == v.Office }) {
		wrong = append(wrong, problem.Field{Name: "office", Key: "practice.start.office.missing"})
	}
	if v.From != "" && !slices.ContainsFunc(v.Earlier, func(e Earlier) bool { return e.PublicID == v.From }) {
		wrong = append(wrong, problem.Field{Name: "from", Key: "practice.start.from.unknown"})
	}
	if !v.Confirmed {
		wrong = append(wrong, problem.Field{Name: "criteria", Key: "practice.field.criteria.missing"})
	}
	return wrong
}

// path is the start page's own, with the call.
func (v startView) path() string {
	if v.Call == nil {
		return StartPath
	}
	return ui.WithQuery(StartPath, url.Values{"call": {strconv.FormatInt(v.Call.ID, 10)}})
}

// signIn is the address of the sign-in page that leads back to the start page.
func (v startView) signIn(ctx context.Context) string {
	return ui.Href(ctx, ui.WithQuery(v.Pages.SignIn, url.Values{"next": {ui.Href(ctx, v.path())}}))
}
