package committee

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"portal/internal/attachment"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// sessionView is the form of who was at a meeting.
type sessionView struct {
	Shortlist
	Who     identity.User
	Now     time.Time
	Typed   url.Values
	Wrong   []problem.Field
	Refused string
}

func (v sessionView) may() bool {
	return Allowed(v.Who, ActSession, v.Meeting.Phase(v.Now)) == nil
}

// of is the rule of the meeting: that of the day on which its attendance was recorded, or the one that holds now.
func (v sessionView) of() Rule {
	if n := v.Session; n != nil {
		return Rule{Members: n.Members, Quorum: n.Quorum}
	}
	return v.Rule
}

// file takes a file of the minutes.
func (v sessionView) file(ctx context.Context) ui.FileControl {
	c := control(ctx, v.Typed, v.Wrong, minutesField)
	c.Optional = true
	return ui.FileControl{Control: c, MaxBytes: attachment.MaxBytes, Single: true}
}

// out asks which of the files that there are is taken out; it has no choices while there are none.
func (v sessionView) out(ctx context.Context) ui.Control {
	c := control(ctx, v.Typed, v.Wrong, outField)
	for _, f := range v.Minutes {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(f.ID, 10), Label: f.Name})
	}
	return c
}

func (v sessionView) version() string {
	if v.Session == nil {
		return "0"
	}
	return strconv.Itoa(v.Session.Version)
}

// entryView is one note of a shortlist with what can be done with it.
type entryView struct {
	Shortlist
	Entry      Entry
	Who        identity.User
	Now        time.Time
	Vocabulary *gcm.Vocabulary
	Typed      url.Values
	Wrong      []problem.Field
	Refused    string
	desk       Options
}

func (v entryView) may(act Act) bool { return Allowed(v.Who, act, v.Meeting.Phase(v.Now)) == nil }

// blocked says why nothing can be decided on the note: the end of a key committee.blocked.…; "" when it can.
func (v entryView) blocked() string {
	switch {
	case v.Entry.Stage == Told:
		return "told"
	case !v.Entry.Live():
		return "state"
	case v.Meeting.Phase(v.Now) == Coming:
		return "coming"
	case v.Meeting.Phase(v.Now) == Cancelled:
		return "cancelled"
	case !v.may(ActDecide):
		return "lead"
	case v.Session == nil:
		return "session"
	case !v.Session.Quorate(0):
		return "quorum"
	}
	return ""
}

func (v entryView) outcome(ctx context.Context) ui.Control {
	c := control(ctx, v.Typed, v.Wrong, "outcome")
	for _, o := range Outcomes {
		c.Choices = append(c.Choices, ui.Choice{Value: string(o), Label: i18n.T(ctx, "committee.outcome."+string(o)), Hint: i18n.T(ctx, "committee.outcome."+string(o)+".hint")})
	}
	return c
}

func (v entryView) to(ctx context.Context) ui.Control {
	c := control(ctx, v.Typed, v.Wrong, "to")
	for _, m := range v.Next {
		if v.Entry.Note.SubmittedAt.Before(m.Cutoff) {
			c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(m.ID, 10), Label: m.When})
		}
	}
	return c
}

func (v entryView) facts(ctx context.Context) []ui.Fact {
	n, l := v.Entry.Note, i18n.From(ctx)
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "committee.column.office"), Values: []string{n.Office}, Lang: "und"},
		{Term: i18n.T(ctx, "committee.column.state"), Values: []string{i18n.T(ctx, "workflow.state.staff."+string(n.State))}},
		{Term: i18n.T(ctx, "committee.column.sent"), Values: []string{i18n.DayOf(ctx, n.SubmittedAt)}},
		{Term: i18n.T(ctx, "committee.column.countries"), Values: v.Vocabulary.CountryNames(l, n.Countries)},
		{Term: i18n.T(ctx, "committee.column.areas"), Values: areaNames(v.desk.Areas(ctx), n.Areas)},
		{Term: i18n.T(ctx, "committee.column.organizations"), Values: n.Organizations, Lang: "und"},
		{Term: i18n.T(ctx, "committee.fact.asked"), Values: []string{usd(ctx, n.Amount)}},
		{Term: i18n.T(ctx, "committee.column.score"), Values: []string{scored(ctx, n)}},
	}
	return facts
}

// decided are the facts of the decision.
func decided(ctx context.Context, e Entry) []ui.Fact {
	if e.Outcome == "" {
		return nil
	}
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "committee.fact.decision"), Values: []string{i18n.T(ctx, "committee.outcome."+string(e.Outcome))}},
		{Term: i18n.T(ctx, "committee.fact.stage"), Values: []string{i18n.T(ctx, "committee.stage."+string(e.Stage))}},
		{Term: i18n.T(ctx, "committee.fact.recorded"), Component: recorded(e)},
	}
	if e.Recused > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "committee.field.recused"), Values: []string{i18n.Number(ctx, e.Recused)}})
	}
	if e.Reason != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "committee.field.reason"), Component: ui.Written(e.Reason, "und")})
	}
	if e.Discussion != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "committee.field.discussion"), Component: ui.Written(e.Discussion, "und")})
	}
	return facts
}

// gone says that the state of the note keeps it from being decided.
func gone(e Entry) bool { return e.Stage != Told && e.Note.State != workflow.InReview }
