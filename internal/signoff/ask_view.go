package signoff

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/web/ui"
)

// askView is the form on which the office asks for signatures.
type askView struct {
	Standing
	Lines []askLine
	Typed url.Values
	Wrong []problem.Field
	// Open is how many answers of the note are still missing or wrong; CheckPath leads to them.
	Open      int
	CheckPath string
}

// title says what the page is for: the first requests, those after a change, or other people to sign.
func (v askView) title(ctx context.Context) string {
	switch {
	case !v.asked:
		return i18n.T(ctx, "signoff.ask.title")
	case v.paused():
		return i18n.T(ctx, "signoff.ask.again.title")
	}
	return i18n.T(ctx, "signoff.next.contacts.button")
}

// button is what sends its form.
func (v askView) button(ctx context.Context) string {
	if v.asked && !v.paused() {
		return i18n.T(ctx, "signoff.ask.save")
	}
	return i18n.T(ctx, "signoff.ask.button")
}

// askLine is a party of the note with who signs for it.
type askLine struct {
	N int
	named
	// Office says that it signs in the portal.
	Office    bool
	Signature Signature
}

// maxLines bounds the parties of a note: its organizations, its government partners, and the coordinators of all States.
const maxLines = 250

func contactControl(n int, name string) string { return "contact." + strconv.Itoa(n) + "." + name }

// checkContact returns what is wrong with the person who signs for the n-th party by a link. A government may do without: it
// signs by a letter.
func checkContact(n int, p Party, g Signature) []problem.Field {
	var wrong []problem.Field
	add := func(name, key string, args ...any) {
		wrong = append(wrong, problem.Field{Name: contactControl(n, name), Key: key, Args: args})
	}
	if p == Governments && g.ContactName == "" && g.ContactEmail == "" {
		return nil
	}
	if length := form.Length(g.ContactName); length == 0 {
		add("name", "signoff.ask.wrong.name", g.Name)
	} else if length > maxPerson {
		add("name", "signoff.sign.wrong.long", maxPerson, length)
	}
	switch {
	case g.ContactEmail == "":
		add("email", "signoff.ask.wrong.email", g.Name)
	case !form.ValidEmail(g.ContactEmail) || len(g.ContactEmail) > maxEmail:
		add("email", "signoff.ask.wrong.no_email", g.Name)
	}
	return wrong
}

// by are the lines of one party, in the order of the note.
func (v askView) by(p Party) []askLine {
	return slices.DeleteFunc(slices.Clone(v.Lines), func(l askLine) bool { return l.party != p })
}

func (v askView) contact(ctx context.Context, l askLine, name, value string) ui.Control {
	control := contactControl(l.N, name)
	if v.Typed != nil {
		value = v.Typed.Get(control)
	}
	c := ui.Control{Name: control, Label: i18n.T(ctx, "signoff.ask."+name), Values: []string{value}, Error: ui.MessageFor(ctx, v.Wrong, control), Optional: l.party == Governments}
	if name == "email" {
		c.Type = "email"
	}
	return c
}

// was asks of a party that is new whether it is one of those that the note names no longer, under another name. Without such ones
// it has no choices.
func (v askView) was(ctx context.Context, l askLine) ui.Control {
	control := contactControl(l.N, "was")
	c := ui.Control{Name: control, Label: i18n.T(ctx, "signoff.ask.was", l.name), Hint: i18n.T(ctx, "signoff.ask.was.hint"), Values: v.Typed[control], Blank: i18n.T(ctx, "signoff.ask.was.new"), Optional: true}
	if !l.Signature.fresh() {
		return c
	}
	for _, g := range v.signatures {
		if g.State == Void && g.Party == l.party {
			c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(g.ID, 10), Label: g.Name})
		}
	}
	return c
}

func (v askView) again(ctx context.Context, l askLine) ui.Control {
	control := contactControl(l.N, "again")
	return ui.Control{Name: control, Label: i18n.T(ctx, "signoff.ask.again", l.name), Values: v.Typed[control]}
}
