package account

import (
	"context"
	"strconv"
	"time"

	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web/ui"
)

// registrationView is what the form of registration shows.
type registrationView struct {
	Form       registrationForm
	Office     officeView
	Wrong      []problem.Field
	Vocabulary *gcm.Vocabulary
}

// signInView is what the page of signing in shows.
type signInView struct {
	Email string
	// Next is where the person wanted to go, or "".
	Next  string
	Wrong []problem.Field
	// Locked says that there were too many attempts.
	Locked bool
}

func (v signInView) password(ctx context.Context) ui.Control {
	return ui.Control{Name: "password", Label: i18n.T(ctx, "account.sign_in.password.label"), Autocomplete: "current-password", Error: ui.MessageFor(ctx, v.Wrong, "password")}
}

// linkRequestView is what the two pages show on which a link is asked for.
type linkRequestView struct {
	Purpose     Purpose
	Email, Next string
	Wrong       []problem.Field
}

// key starts the page's texts.
func (v linkRequestView) key() string { return "account.request." + string(v.Purpose) + "." }

// path is the page's own.
func (v linkRequestView) path() string {
	if v.Purpose == ResetLink {
		return "/sign-in/reset"
	}
	return "/sign-in/link"
}

// linkView is what the page of a link from a mail shows.
type linkView struct {
	Token string
	Link  Link
	Wrong []problem.Field
}

// key starts the page's texts.
func (v linkView) key() string { return "account.link." + string(v.Link.Purpose) + "." }

func (v linkView) facts(ctx context.Context) []ui.Fact {
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "account.name.label"), Values: given(v.Link.Name), Lang: "und"},
		{Term: i18n.T(ctx, "account.email.label"), Component: addressText(v.Link.Email)},
		{Term: i18n.T(ctx, "account.office"), Values: given(v.Link.Office), Lang: "und"},
	}
	if v.Link.Purpose == Confirm {
		return facts
	}
	return facts[1:2]
}

// given is a fact's value, or none.
func given(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// accountView is what the account page shows.
type accountView struct {
	Person     Person
	Offers     []Offer
	Staff      []identity.StaffRole
	Vocabulary *gcm.Vocabulary
	// Pages are further pages of one's own.
	Pages []ui.NavItem
}

func (v accountView) facts(ctx context.Context) []ui.Fact {
	p := v.Person
	l := i18n.From(ctx)
	change := func(field string) string { return ui.Href(ctx, "/account/"+field) }
	or := func(value string) []string {
		if value == "" {
			return []string{i18n.T(ctx, "common.not_given")}
		}
		return []string{value}
	}
	var interests []string
	for _, n := range p.Interests {
		if o, ok := v.Vocabulary.Objective(n); ok {
			interests = append(interests, i18n.T(ctx, "account.interests.one", n, o.Label(l)))
		}
	}
	if len(interests) == 0 {
		interests = []string{i18n.T(ctx, "common.not_given")}
	}
	country, password := "", "account.password.none"
	if p.Country != "" {
		country = v.Vocabulary.CountryName(l, p.Country)
	}
	if p.HasPassword {
		password = "account.password.set"
	}
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "account.name.label"), Values: or(p.Name), Lang: "und", Change: change("name")},
		{Term: i18n.T(ctx, "account.email.label"), Component: addressText(p.Email), Change: change("email")},
		{Term: i18n.T(ctx, "account.position.label"), Values: or(p.Position), Lang: "und", Change: change("position")},
		{Term: i18n.T(ctx, "account.country.label"), Values: or(country), Change: change("country")},
		{Term: i18n.T(ctx, "account.lang.label"), Values: or(p.Lang.Name()), Lang: string(p.Lang), Change: change("lang")},
		{Term: i18n.T(ctx, "account.interests.label"), Values: interests, Change: change("interests")},
		{Term: i18n.T(ctx, "account.password.label"), Values: []string{i18n.T(ctx, password)}, Change: change("password")},
		{Term: i18n.T(ctx, "account.factor.title"), Values: []string{factorLine(ctx, p.Factor)}, Change: change("factor")},
	}
	notifications := "account.notifications.all"
	if v.Person.ChoseNotifications {
		notifications = "account.notifications.some"
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "account.notifications.label"), Values: []string{i18n.T(ctx, notifications)}, Change: change("notifications")})
	if len(v.Staff) > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "account.staff.label"), Values: roleNames(ctx, v.Staff)})
	}
	return facts
}

func roleNames(ctx context.Context, roles []identity.StaffRole) []string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = roleName(ctx, r)
	}
	return names
}

// roleName is a role at the secretariat in words: "Officer, pledges desk".
func roleName(ctx context.Context, r identity.StaffRole) string {
	if r.Desk == "" {
		return i18n.T(ctx, "account.staff."+string(r.Role))
	}
	return i18n.T(ctx, "account.staff."+string(r.Role), i18n.Key("account.desk_name."+string(r.Desk)))
}

// postLine says in words how a post stands.
func postLine(ctx context.Context, p OwnPost) string {
	switch {
	case p.OfficeState == OfficeRefused && p.State == PostPending:
		return i18n.T(ctx, "account.post.office_refused")
	case p.OfficeState == OfficeClosed && p.Opens():
		return i18n.T(ctx, "account.post.office_closed")
	case p.StandsFor != "" && p.UntilOn != nil && !p.Over && p.State == PostApproved:
		return i18n.T(ctx, "account.office.stands_for", p.StandsFor, i18n.Day(ctx, *p.UntilOn))
	case p.State == PostApproved && p.Ahead:
		return i18n.T(ctx, "account.office.starts", i18n.Day(ctx, p.FromOn))
	case p.State == PostApproved && p.UntilOn != nil:
		return i18n.T(ctx, "account.post.until", i18n.Day(ctx, *p.UntilOn))
	case p.State == PostPending && p.OfficeState == OfficeProposed:
		return i18n.T(ctx, "account.post.waiting.office")
	case p.State == PostPending && p.Role == identity.Head:
		return i18n.T(ctx, "account.post.waiting.head")
	case p.State == PostPending:
		return i18n.T(ctx, "account.post.waiting.colleague")
	case p.State == PostApproved:
		return i18n.T(ctx, "account.post.since", i18n.Day(ctx, p.FromOn))
	case p.State == PostEnded && p.UntilOn != nil:
		return i18n.T(ctx, "account.post.until", i18n.Day(ctx, *p.UntilOn))
	}
	return ""
}

func toneOfPost(s PostState) ui.Tone {
	switch s {
	case PostApproved:
		return ui.Ok
	case PostPending:
		return ui.Sky
	case PostRefused:
		return ui.Bad
	}
	return ui.Plain
}

func toneOfOffice(s OfficeState) ui.Tone {
	switch s {
	case OfficeApproved:
		return ui.Ok
	case OfficeProposed:
		return ui.Warn
	case OfficeRefused:
		return ui.Bad
	}
	return ui.Plain
}

// profileView is what the page shows on which one fact of the profile is changed.
type profileView struct {
	Field      string
	Values     []string
	Wrong      []problem.Field
	Vocabulary *gcm.Vocabulary
}

func (v profileView) value() string {
	if len(v.Values) == 0 {
		return ""
	}
	return v.Values[0]
}

// passwordView is what the page shows on which the password is changed.
type passwordView struct {
	Email string
	Wrong []problem.Field
}

// ownOfficeView is what an office shows to its own people.
type ownOfficeView struct {
	Page       OfficePage
	Me         int64
	Vocabulary *gcm.Vocabulary
	Wrong      []problem.Field
	// Decided says that somebody else was faster, Over that an offer is no more; nil otherwise.
	Decided *DecidedError
	Over    *OfferOverError
	Now     time.Time
	// Reason is what was typed for a refusal that could not be taken.
	Reason string
}

func (v ownOfficeView) facts(ctx context.Context) []ui.Fact {
	o := v.Page.Office
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "account.office.category.label"), Values: []string{categoryName(ctx, v.Vocabulary, o.Category)}},
		{Term: i18n.T(ctx, "account.office.state"), Component: ui.Tag(toneOfOffice(o.State), i18n.T(ctx, "account.office.state."+string(o.State)))},
		{Term: i18n.T(ctx, "account.office.mine"), Component: ownPostText(v.Page.Mine)},
	}
	if o.Country != "" {
		facts = append(facts[:1], append([]ui.Fact{{Term: i18n.T(ctx, "account.office.country.label"), Values: []string{v.Vocabulary.CountryName(i18n.From(ctx), o.Country)}}}, facts[1:]...)...)
	}
	return facts
}

// endsOnly says that all that the reader can do with the post is to end it: it stands in, for them or by them, or they are
// a head.
func (v ownOfficeView) endsOnly(c Colleague) bool {
	return c.StandsFor != 0 && v.Page.Open() && (v.Page.Heads() || c.UserID == v.Me || c.HolderID == v.Me)
}

func (v ownOfficeView) stands(o Offer) OfferState { return o.Stands(v.Now) }

// in are the people whose post is in the state.
func (v ownOfficeView) in(state PostState) []Colleague {
	var all []Colleague
	for _, c := range v.Page.People {
		if c.State == state {
			all = append(all, c)
		}
	}
	return all
}

// fasterText says who decided before the reader did, when and what.
func fasterText(ctx context.Context, d *DecidedError) string {
	return decidedText(ctx, "account.decided.", d)
}

// decisionText says who decided, when and what.
func decisionText(ctx context.Context, d *DecidedError) string {
	return decidedText(ctx, "account.decided.was.", d)
}

func decidedText(ctx context.Context, key string, d *DecidedError) string {
	what := i18n.Key("account.decided." + d.State)
	switch {
	case d.At.IsZero():
		return i18n.T(ctx, key+"by_nobody", what)
	case d.By == "":
		return i18n.T(ctx, key+"by_portal", what, i18n.Instant(ctx, d.At))
	}
	return i18n.T(ctx, key+"by", what, ui.PersonName(ctx, d.By), i18n.Instant(ctx, d.At))
}

func postPath(office, post int64, act string) string {
	return officePath(office) + "/posts/" + strconv.FormatInt(post, 10) + "/" + act
}
