package signoff

import (
	"context"
	"net/url"

	"portal/internal/attachment"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web/ui"
)

// signView is the form on which somebody signs, with the note above it.
type signView struct {
	standing
	service   *Service
	Signature Signature
	Act       Act
	Wrong     []problem.Field
	// Path is the page's own. Link says that who signs has no account.
	Path string
	Link bool
	// Stale says that the note has changed since it was read.
	Stale    bool
	Document func(file int64) string
}

func (v signView) answer(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "answer", Label: i18n.T(ctx, "signoff.sign.answer", v.Signature.Name), Error: ui.MessageFor(ctx, v.Wrong, "answer"), Large: true,
		Mark: func(value string) string { return map[string]string{"decline": "if-1"}[value] },
	}
	if v.Act.Declines {
		c.Values = []string{"decline"}
	}
	if v.Signature.State != Signed {
		c.Choices = append(c.Choices, ui.Choice{Value: "sign", Label: i18n.T(ctx, "signoff.sign.sign"), Hint: i18n.T(ctx, "signoff.sign.sign.hint")})
		return ui.Control{Name: c.Name, Label: c.Label, Error: c.Error, Large: c.Large, Mark: c.Mark, Values: c.Values, Choices: append(c.Choices, ui.Choice{Value: "decline", Label: i18n.T(ctx, "signoff.sign.decline"), Hint: i18n.T(ctx, "signoff.sign.decline.hint")})}
	}
	c.Choices = append(c.Choices, ui.Choice{Value: "decline", Label: i18n.T(ctx, "signoff.sign.take_back"), Hint: i18n.T(ctx, "signoff.sign.take_back.hint")})
	return c
}

func (v signView) reason(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "reason", Label: i18n.T(ctx, "signoff.sign.reason"), Hint: i18n.T(ctx, "signoff.sign.reason.hint"), Error: ui.MessageFor(ctx, v.Wrong, "reason"), Values: []string{v.Act.Reason},
		Rows: 3, Max: maxReason, Length: form.Length(v.Act.Reason), Class: "cond__more more-1",
	}
}

func (v signView) person(ctx context.Context, name, autocomplete, value string) ui.Control {
	return ui.Control{Name: name, Label: i18n.T(ctx, "signoff.sign."+name), Error: ui.MessageFor(ctx, v.Wrong, name), Values: []string{value}, Autocomplete: autocomplete}
}

// facts say what is asked of whom.
func (v signView) facts(ctx context.Context) []ui.Fact {
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "signoff.fact.note"), Values: []string{v.title(ctx)}, Lang: v.Lang},
		{Term: i18n.T(ctx, "signoff.fact.filed_by"), Values: []string{v.OfficeName}, Lang: "und"},
		{Term: i18n.T(ctx, "signoff.fact.party"), Values: []string{v.Signature.Name}, Lang: "und"},
	}
	if v.Link {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "signoff.fact.sent_to"), Values: []string{identity.MaskEmail(v.Signature.ContactEmail)}})
	}
	if v.Signature.State == Asked {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "signoff.fact.changed"), Values: v.service.stepNames(ctx, v.service.since(v.Signature, v.note))})
	}
	if v.Signature.State == Signed {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "signoff.fact.signed"), Values: []string{i18n.Instant(ctx, *v.Signature.ActedAt)}})
	}
	return facts
}

// linkView is the page of a link that is not open.
type linkView struct {
	Asking
	Token string
}

// heading says what the link has come to: for one that was answered with, the answer.
func (v linkView) heading(ctx context.Context) string {
	return i18n.T(ctx, "signoff.dead."+v.text()+".title", v.signature.Name)
}

// text is the part of the keys of its words.
func (v linkView) text() string {
	if v.Answered {
		return string(v.signature.State)
	}
	return string(v.Asking.State)
}

// letterView is the form with which an official letter is uploaded.
type letterView struct {
	Standing
	Signature Signature
	Typed     url.Values
	Wrong     []problem.Field
}

func (v letterView) control(ctx context.Context, name string) ui.Control {
	return ui.Control{Name: name, Label: i18n.T(ctx, "signoff.letter."+name), Values: v.Typed[name], Error: ui.MessageFor(ctx, v.Wrong, name), Optional: name == "position"}
}

func (v letterView) on(ctx context.Context) ui.DateControl {
	d := ui.DateControl{
		Control: ui.Control{Name: "on", Label: i18n.T(ctx, "signoff.letter.on"), Hint: i18n.T(ctx, "signoff.letter.on.hint")},
		Day:     v.Typed.Get("on.day"), Month: v.Typed.Get("on.month"), Year: v.Typed.Get("on.year"),
	}
	for _, part := range []string{"day", "month", "year"} {
		if message := ui.MessageFor(ctx, v.Wrong, "on."+part); message != "" {
			d.Error, d.Part = message, part
			break
		}
	}
	return d
}

func (v letterView) file(ctx context.Context) ui.FileControl {
	name := letterField(v.Signature.ID)
	return ui.FileControl{
		Control:  ui.Control{Name: name, Label: i18n.T(ctx, "signoff.letter.file"), Hint: i18n.T(ctx, "signoff.letter.file.hint"), Error: ui.MessageFor(ctx, v.Wrong, name)},
		MaxBytes: attachment.MaxBytes, Single: true,
	}
}
