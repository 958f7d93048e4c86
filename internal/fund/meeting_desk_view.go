package fund

import (
	"context"
	"time"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// aboveMeetings are the crumbs to the desk's list of meetings.
func aboveMeetings(ctx context.Context, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Href: ui.Href(ctx, DeskMeetingsPath), Text: i18n.T(ctx, "fund.meetings.title")}}, more...)
}

// deskMeetingsView is the desk's list of meetings.
type deskMeetingsView struct{ narrowedMeetings }

func (v deskMeetingsView) table(ctx context.Context, caption string, all []Meeting) ui.Table {
	t := ui.Table{
		Caption: caption, HideCaption: true, Cards: true,
		Columns: []ui.Column{{Text: i18n.T(ctx, "fund.meeting.fact.when")}, {Text: i18n.T(ctx, "fund.meeting.fact.meeting")}, {Text: i18n.T(ctx, "fund.meeting.fact.last_day")}, {Text: i18n.T(ctx, "fund.meeting.column.state")}},
	}
	for _, m := range all {
		name, lang := m.Name(ctx)
		state := ui.Cell{Text: i18n.T(ctx, "fund.meeting.phase."+string(m.Phase(v.Now)))}
		switch m.Phase(v.Now) {
		case PhaseComing:
			state = ui.Cell{Component: ui.Tag(leftTone(m, v.Now), daysLeft(ctx, m, v.Now))}
		case PhaseCancelled:
			state = ui.Cell{Component: ui.Tag(ui.Warn, i18n.T(ctx, "fund.meeting.cancelled"))}
		}
		t.Rows = append(t.Rows, []ui.Cell{{Text: When(ctx, m), Href: ui.Href(ctx, deskMeetingPath(m.ID))}, {Text: name, Lang: lang}, {Text: i18n.Day(ctx, m.LastSafeDay())}, state})
	}
	return t
}

// meetingFormView is the form of a meeting.
type meetingFormView struct {
	Typed meetingForm
	Wrong []problem.Field
	// Stale says that the meeting was changed since the form was read.
	Stale bool
}

func (v meetingFormView) control(ctx context.Context, name string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "fund.meeting.desk."+name), Values: v.Typed.Values[name], Error: ui.MessageFor(ctx, v.Wrong, name)}
	if key := "fund.meeting.desk." + name + ".hint"; i18n.Has(i18n.From(ctx), key) {
		c.Hint = i18n.T(ctx, key)
	}
	return c
}

func (v meetingFormView) name(ctx context.Context, lang i18n.Lang) ui.Control {
	c := v.control(ctx, "name_"+string(lang))
	c.Lang, c.Optional = string(lang), true
	return c
}

func (v meetingFormView) day(ctx context.Context) ui.DateControl {
	d := ui.DateControl{
		Control: ui.Control{Name: "at", Label: i18n.T(ctx, "fund.meeting.desk.at")},
		Day:     v.Typed.Get("at.day"), Month: v.Typed.Get("at.month"), Year: v.Typed.Get("at.year"),
	}
	for _, part := range []string{"day", "month", "year"} {
		if message := ui.MessageFor(ctx, v.Wrong, "at."+part); message != "" {
			d.Error, d.Part = message, part
			break
		}
	}
	return d
}

func (v meetingFormView) clock(ctx context.Context) ui.Control {
	c := v.control(ctx, "clock")
	c.Width = "w-10"
	return c
}

func (v meetingFormView) zone(ctx context.Context) ui.Control {
	c := v.control(ctx, "zone")
	for _, zone := range Zones {
		c.Choices = append(c.Choices, ui.Choice{Value: zone, Label: i18n.T(ctx, zoneKey(zone))})
	}
	return c
}

// deskMeetingView is a meeting as the desk sees it.
type deskMeetingView struct {
	meetingFormView
	Meeting
	Who identity.User
	Now time.Time
	// Concerned are those who are told when it is cancelled.
	Concerned []workflow.Recipient
	// Shortlist is the page of its shortlist; nil leaves the link out.
	Shortlist func(id MeetingID) string
}

func (v deskMeetingView) may(act MeetingAct) bool { return v.May(v.Who, act, v.Now) }

func (v deskMeetingView) reason(ctx context.Context) ui.Control {
	c := v.control(ctx, "reason")
	c.Rows, c.Max, c.Length = 3, MaxReason, form.Length(c.Value())
	return c
}

func (v deskMeetingView) facts(ctx context.Context) []ui.Fact {
	facts := []ui.Fact{{Term: i18n.T(ctx, "fund.meeting.fact.when"), Values: []string{When(ctx, v.Meeting)}}}
	if there := inGeneva(ctx, v.Meeting); there != "" {
		facts[0].Values = append(facts[0].Values, there)
	}
	if v.MovedFrom != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "fund.meeting.fact.was"), Values: []string{i18n.Day(ctx, dayIn(v.Meeting, *v.MovedFrom))}})
	}
	if v.NameEN != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "fund.meeting.desk.name_en"), Values: []string{v.NameEN}, Lang: string(i18n.English)})
	}
	if v.NameAR != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "fund.meeting.desk.name_ar"), Values: []string{v.NameAR}, Lang: string(i18n.Arabic)})
	}
	if v.State == Planned {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "fund.meeting.fact.last_day"), Values: []string{Explain(ctx, v.Meeting), daysLeft(ctx, v.Meeting, v.Now)}})
	}
	return facts
}

// moveView is the page on which a meeting is moved.
type moveView struct {
	meetingFormView
	Meeting
	Now time.Time
	// Change is what would become of the meeting; nil until that is said. Concerned are those who would be told.
	Change    *MeetingChange
	Concerned []workflow.Recipient
}

// table shows what changes, before and after.
func (v moveView) table(ctx context.Context) ui.Table {
	before, after := v.Change.Before, v.Change.After
	row := func(key, was, is string) []ui.Cell {
		return []ui.Cell{{Text: i18n.T(ctx, key)}, {Text: was}, {Text: is}}
	}
	return ui.Table{
		Caption: i18n.T(ctx, "fund.meeting.desk.changes"), HideCaption: true, Cards: true,
		Columns: []ui.Column{{Text: i18n.T(ctx, "fund.meeting.desk.what")}, {Text: i18n.T(ctx, "fund.meeting.desk.before")}, {Text: i18n.T(ctx, "fund.meeting.desk.after")}},
		Rows: [][]ui.Cell{
			row("fund.meeting.fact.when", When(ctx, before), When(ctx, after)),
			row("fund.meeting.fact.last_day", i18n.Day(ctx, before.LastSafeDay()), i18n.Day(ctx, after.LastSafeDay())),
		},
	}
}

// told says how many people would be told.
func told(ctx context.Context, people []workflow.Recipient) string {
	if len(people) == 0 {
		return i18n.T(ctx, "fund.meeting.desk.told_nobody")
	}
	return i18n.T(ctx, "fund.meeting.desk.told", len(people))
}
