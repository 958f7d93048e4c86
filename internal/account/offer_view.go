package account

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web/ui"
)

// offerFormView is what the page shows on which a post is offered; Typed is what was typed.
type offerFormView struct {
	Page  OfficePage
	Kind  OfferKind
	Typed form.Answers
	Wrong []problem.Field
	Me    int64
}

// key starts the page's texts.
func (v offerFormView) key() string { return "account.offer." + string(v.Kind) + "." }

func (v offerFormView) path() string { return officePath(v.Page.ID) + "/" + string(v.Kind) }

// asks says that a head has to agree before a mail goes out.
func (v offerFormView) asks() bool {
	return v.Kind != Invitation && v.Page.Own != nil && v.Page.Own.Role != identity.Head
}

func (v offerFormView) email(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "email", Label: i18n.T(ctx, v.key()+"email.label"), Hint: i18n.T(ctx, "account.offer.email.hint"), Type: "email",
		Values: v.Typed["email"], Error: ui.MessageFor(ctx, v.Wrong, "email"),
	}
	if v.Kind == Delegation {
		c.Hint = i18n.T(ctx, "account.offer.delegation.email.hint")
	}
	return c
}

func (v offerFormView) role(ctx context.Context) ui.Control {
	c := ui.Control{Name: "role", Label: i18n.T(ctx, "account.office.role.label"), Values: v.Typed["role"], Error: ui.MessageFor(ctx, v.Wrong, "role")}
	for _, r := range identity.PostRoles {
		c.Choices = append(c.Choices, ui.Choice{Value: string(r), Label: i18n.T(ctx, "account.role."+string(r)+".long")})
	}
	return c
}

func (v offerFormView) message(ctx context.Context) ui.Control {
	return messageControl(ctx, v.Typed.First("message"), v.Wrong)
}

func messageControl(ctx context.Context, typed string, wrong []problem.Field) ui.Control {
	return ui.Control{
		Name: "message", Label: i18n.T(ctx, "account.offer.message.label"), Hint: i18n.T(ctx, "account.offer.message.hint"), Optional: true, Rows: 4,
		Values: []string{typed}, Max: MaxMessage, Length: form.Length(typed), Error: ui.MessageFor(ctx, wrong, "message"),
	}
}

func (v offerFormView) day(ctx context.Context, name, hint string) ui.DateControl {
	d := ui.DateControl{
		Control: ui.Control{Name: name, Label: i18n.T(ctx, "account.offer."+name+".label"), Hint: i18n.T(ctx, hint)},
		Day:     v.Typed.First(name + ".day"), Month: v.Typed.First(name + ".month"), Year: v.Typed.First(name + ".year"),
	}
	for _, part := range []string{"day", "month", "year"} {
		if message := ui.MessageFor(ctx, v.Wrong, name+"."+part); message != "" {
			d.Error, d.Part = message, part
			break
		}
	}
	return d
}

// colleagues is the choice of who stands in: the others of the office, or somebody else by e-mail.
func (v offerFormView) colleagues(ctx context.Context) ui.Control {
	c := ui.Control{Name: "colleague", Label: i18n.T(ctx, "account.offer.colleague.label"), Values: v.Typed["colleague"], Error: ui.MessageFor(ctx, v.Wrong, "colleague")}
	seen := map[int64]bool{v.Me: true}
	for _, p := range v.Page.People {
		if p.Current && !seen[p.UserID] {
			seen[p.UserID] = true
			c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(p.UserID, 10), Label: p.Name, Hint: i18n.T(ctx, "account.role."+string(p.Role))})
		}
	}
	c.Choices = append(c.Choices, ui.Choice{Value: "0", Label: i18n.T(ctx, "account.offer.colleague.other")})
	c.Mark = func(value string) string {
		if value == "0" {
			return "if-1"
		}
		return ""
	}
	if len(c.Values) == 0 {
		c.Values = []string{c.Choices[0].Value}
	}
	return c
}

// offerView is what an offer shows to whom it was sent.
type offerView struct {
	Offer Offer
	// Path is the page's own, without the language.
	Path     string
	SignedIn bool
	Wrong    []problem.Field
	// State is how an offer that is over stands, and Mine says that it was the reader who accepted it.
	State OfferState
	Mine  bool
	// Masked is the address to which it was sent, for somebody with another one.
	Masked string
}

// kind starts the keys of the texts: an invitation by the secretariat has its own.
func (v offerView) kind() string {
	if v.Offer.ByDesk {
		return "account.offer.head."
	}
	return "account.offer." + string(v.Offer.Kind) + "."
}

func (v offerView) facts(ctx context.Context) []ui.Fact {
	o := v.Offer
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "account.office"), Values: []string{o.OfficeName}, Lang: "und"},
		{Term: i18n.T(ctx, "account.office.role.label"), Values: []string{i18n.T(ctx, "account.role."+string(o.Role)+".long")}},
	}
	if o.ByDesk {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "account.offer.by"), Values: []string{i18n.T(ctx, "account.mail.signed")}})
	} else {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "account.offer.by"), Values: []string{ui.PersonName(ctx, o.Offerer)}, Lang: "und"})
	}
	if o.FromOn != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "account.offer.from_on.label"), Values: []string{i18n.Day(ctx, *o.FromOn)}})
	}
	if o.UntilOn != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, v.kind()+"until"), Values: []string{i18n.Day(ctx, *o.UntilOn)}})
	}
	if o.Message != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "account.officemail.message"), Values: officeLetter{note: o.Message}.lines(), Lang: "und"})
	}
	return append(facts, ui.Fact{Term: i18n.T(ctx, "account.offer.expires"), Values: []string{i18n.DayOf(ctx, o.ExpiresAt)}})
}

// offerRegistrationView is what the form shows with which somebody opens an account to whom an offer was mailed.
type offerRegistrationView struct {
	Offer      Offer
	Path       string
	Form       registrationForm
	Wrong      []problem.Field
	Vocabulary *gcm.Vocabulary
}

func (v offerRegistrationView) email(ctx context.Context) ui.Control {
	c := emailControl(ctx, v.Form.Email, "email", v.Wrong)
	c.Hint = i18n.T(ctx, "account.offer.register.email.hint", identity.MaskEmail(v.Offer.Email))
	return c
}

// leavingView is what the page shows on which somebody leaves an office.
type leavingView struct {
	Page  OfficePage
	Wrong []problem.Field
}

// last says that the reader is the only head.
func (v leavingView) last() bool {
	return v.Page.State == OfficeApproved && v.Page.LastHead(v.Page.Own.ID)
}

// historyView is a page of an office's history. Path is the office's page, for its own people or the desk.
type historyView struct {
	OfficeHistory
	Path string
	Desk bool
}

func (v historyView) events(ctx context.Context) []ui.Event {
	var all []ui.Event
	for _, e := range v.Events {
		name := func(id *int64, name string) string {
			switch {
			case id == nil:
				return i18n.T(ctx, "account.office.history.portal")
			case name == "":
				return i18n.T(ctx, "account.office.history.gone")
			}
			return name
		}
		role := any("")
		if e.Role != "" {
			role = i18n.Key("account.role." + string(e.Role))
		}
		what := i18n.T(ctx, "account.office.history."+e.Act, name(e.PersonID, e.Person), role, e.Other, e.Name)
		event := ui.Event{At: i18n.UTC(ctx, e.At), Machine: e.At.UTC().Format(time.RFC3339), What: what, By: name(e.ActorID, e.Actor)}
		if e.OfficeID != v.Office.ID {
			event.Note = i18n.T(ctx, "account.office.history.at", e.OfficeName)
		}
		all = append(all, event)
	}
	return all
}

// standsText says for whom a colleague stands in, and until when.
func standsText(ctx context.Context, c Colleague) string {
	if c.UntilOn == nil {
		return ""
	}
	if !c.Current && c.State == PostApproved {
		return i18n.T(ctx, "account.office.stands_for.later", ui.PersonName(ctx, c.Holder), i18n.Day(ctx, c.FromOn), i18n.Day(ctx, *c.UntilOn))
	}
	return i18n.T(ctx, "account.office.stands_for", ui.PersonName(ctx, c.Holder), i18n.Day(ctx, *c.UntilOn))
}

// offerLine says in words how an offer that waits stands.
func offerLine(ctx context.Context, o Offer) string {
	if o.State == OfferAsked {
		return i18n.T(ctx, "account.offer.line.asked", ui.PersonName(ctx, o.Offerer), i18n.DayOf(ctx, o.OfferedAt))
	}
	return i18n.T(ctx, "account.offer.line.open", ui.PersonName(ctx, o.Offerer), i18n.DayOf(ctx, o.OfferedAt), i18n.DayOf(ctx, o.ExpiresAt))
}

func offerActPath(o Offer, act string) string {
	return officePath(o.OfficeID) + "/offers/" + strconv.FormatInt(o.ID, 10) + "/" + act
}

func historyCurrent(v historyView) string {
	if v.Desk {
		return "/desk/offices"
	}
	return "/account"
}

// nextPage is the query of the next page of a history.
func nextPage(before int64) url.Values {
	return url.Values{"before": {strconv.FormatInt(before, 10)}}
}
