package account

import (
	"context"
	"strconv"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// stateText says how an office stands, as the desk's list does.
func stateText(ctx context.Context, o DeskOffice) string {
	_, key := deskState(o)
	return i18n.T(ctx, key)
}

// writtenText counts what an office has written.
func writtenText(ctx context.Context, c workflow.OfficeCounts) string {
	return i18n.List(ctx, []string{
		i18n.T(ctx, "account.desk.written.drafts", c.Drafts), i18n.T(ctx, "account.desk.written.sent", c.Sent),
		i18n.T(ctx, "account.desk.written.published", c.Published), i18n.T(ctx, "account.desk.written.others", c.Others),
	})
}

// changeView is what the pages show on which the desk changes an office.
type changeView struct {
	Case  DeskCase
	Wrong []problem.Field
	// Typed is what was typed into the one question of the page, Message into the second.
	Typed, Message string
	// Stale says that the office is not what the page showed any more, and Decided who has changed it.
	Stale   bool
	Decided *DecidedError
}

func (v changeView) path(act string) string { return deskOfficePath(v.Case.ID) + "/" + act }

func (v changeView) head(ctx context.Context, key string) ui.Head {
	return ui.Head{Title: i18n.T(ctx, key), Slim: true, Above: []ui.Link{
		{Href: ui.Href(ctx, "/desk/offices"), Text: i18n.T(ctx, "account.desk.title")}, {Href: ui.Href(ctx, deskOfficePath(v.Case.ID)), Text: v.Case.Name},
	}}
}

func (v changeView) name(ctx context.Context) ui.Control {
	return ui.Control{Name: "office_name", Label: i18n.T(ctx, "account.desk.rename.label"), Hint: i18n.T(ctx, "account.office.name.hint"), Values: []string{v.Typed}, Error: ui.MessageFor(ctx, v.Wrong, "office_name")}
}

func (v changeView) reason(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "reason", Label: i18n.T(ctx, "account.desk.close.reason.label"), Hint: i18n.T(ctx, "account.desk.close.reason.hint"), Rows: 5,
		Values: []string{v.Typed}, Max: MaxReason, Length: form.Length(v.Typed), Error: ui.MessageFor(ctx, v.Wrong, "reason"),
	}
}

func (v changeView) email(ctx context.Context) ui.Control {
	return ui.Control{Name: "email", Label: i18n.T(ctx, "account.offer.head.email.label"), Hint: i18n.T(ctx, "account.offer.email.hint"), Type: "email", Values: []string{v.Typed}, Error: ui.MessageFor(ctx, v.Wrong, "email")}
}

func (v changeView) message(ctx context.Context) ui.Control {
	return messageControl(ctx, v.Message, v.Wrong)
}

// mergeView is what the pages show on which an office is merged into another: the search, and the confirmation.
type mergeView struct {
	changeView
	Query      string
	Found      []FoundOffice
	More       bool
	Vocabulary *gcm.Vocabulary
	Merger     Merger
}

func (v mergeView) choices(ctx context.Context) ui.Control {
	c := ui.Control{Name: "into", Label: i18n.T(ctx, "account.desk.merge.into"), Error: ui.MessageFor(ctx, v.Wrong, "into")}
	for _, o := range v.Found {
		if o.ID != v.Case.ID {
			c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(o.ID, 10), Label: o.Name, Hint: officeFacts(ctx, v.Vocabulary, o.Category, o.Country)})
		}
	}
	return c
}

// effects are what the merger will do, line by line.
func (v mergeView) effects(ctx context.Context) []ui.Fact {
	m := v.Merger
	return []ui.Fact{
		{Term: i18n.T(ctx, "account.desk.merge.people"), Values: []string{i18n.T(ctx, "account.desk.merge.people.count", m.People, m.Both)}},
		{Term: i18n.T(ctx, "account.desk.written"), Values: []string{writtenText(ctx, m.Written)}},
		{Term: i18n.T(ctx, "account.offer.list"), Values: []string{i18n.Number(ctx, m.Offers)}},
	}
}
