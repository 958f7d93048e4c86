package submission

import (
	"context"
	"strconv"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/web/ui"
)

// sharingView is the page of who can see a submission.
type sharingView struct {
	caseView
	Colleagues  []Colleague
	Invitations []Invitation
	Form        sharingForm
	// Changed is the invitation that was changed with what is wrong in Wrong, and Change what was typed; 0 for the form of
	// a new one.
	Changed int64
	Change  sharingForm
	Wrong   []form.Wrong
}

// mayInvite says whether the form for a new invitation is shown.
func (v sharingView) mayInvite() bool { return v.MayInvite() && v.State.Writable() }

// in are the invitations in one of the states.
func (v sharingView) in(states ...InvitationState) []Invitation {
	var all []Invitation
	for _, i := range v.Invitations {
		for _, s := range states {
			if i.State() == s {
				all = append(all, i)
			}
		}
	}
	return all
}

func (v sharingView) email(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "email", Label: i18n.T(ctx, "submission.sharing.email.label"), Hint: i18n.T(ctx, "submission.sharing.email.hint"), Type: "email",
		Values: []string{v.Form.Email}, Error: v.wrongIn(ctx, 0, "email"),
	}
}

// rights and until are the questions of the form of an invitation; 0 is the new one.
func (v sharingView) rights(ctx context.Context, f sharingForm, of int64) ui.Control {
	c := ui.Control{Name: "rights", Label: i18n.T(ctx, "submission.sharing.rights.label"), Values: []string{f.Rights}, Error: v.wrongIn(ctx, of, "rights")}
	for _, r := range AllRights {
		c.Choices = append(c.Choices, ui.Choice{
			Value: string(r), Label: i18n.T(ctx, "submission.sharing.right."+string(r)), Hint: i18n.T(ctx, "submission.sharing.right."+string(r)+".hint"),
		})
	}
	return c
}

func (v sharingView) until(ctx context.Context, f sharingForm, of int64) ui.DateControl {
	return ui.DateControl{
		Control: ui.Control{Name: "until", Label: i18n.T(ctx, "submission.sharing.until.label"), Hint: i18n.T(ctx, "submission.sharing.until.hint", InvitedMostDays), Error: v.wrongIn(ctx, of, "until.day")},
		Day:     f.Day, Month: f.Month, Year: f.Year,
	}
}

func (v sharingView) wrongIn(ctx context.Context, of int64, name string) string {
	if v.Changed != of {
		return ""
	}
	return ui.MessageFor(ctx, v.Wrong, name)
}

// formOf is what the form of an invitation shows: what is kept, or what was typed and is wrong.
func (v sharingView) formOf(i Invitation) sharingForm {
	if v.Changed == i.ID {
		return v.Change
	}
	return sharingFormOf(i)
}

// line says what an invited person may do and until when.
func invitationLine(ctx context.Context, i Invitation) string {
	may := i18n.Key("submission.sharing.may." + string(i.Rights))
	switch i.State() {
	case InvitationAccepted, InvitationOpen:
		return i18n.T(ctx, "submission.sharing.until", may, i18n.Day(ctx, i.UntilOn))
	case InvitationExpired:
		return i18n.T(ctx, "submission.sharing.was", may, i18n.Day(ctx, i.UntilOn))
	}
	return i18n.T(ctx, "submission.sharing.was", may, i18n.DayOf(ctx, *i.EndedAt))
}

// whom is how an invitation names its person.
func (i Invitation) whom(ctx context.Context) string {
	if i.Name != "" {
		return ui.PersonName(ctx, i.Name)
	}
	return i.Email
}

// offerView is an invitation as its link shows it.
type offerView struct {
	Offer
	Who identity.User
	// Mine says that it is to the address of the person who is signed in.
	Mine bool
}

// changeErrors are what is wrong with a change of an invitation, each a link to its field.
func changeErrors(ctx context.Context, v sharingView) []ui.ErrorLink {
	var links []ui.ErrorLink
	for _, w := range v.Wrong {
		field := "rights"
		if w.Name == "until.day" {
			field = "until-day"
		}
		links = append(links, ui.ErrorLink{Href: "#" + field + "-" + strconv.FormatInt(v.Changed, 10), Text: ui.Message(ctx, w)})
	}
	return links
}
