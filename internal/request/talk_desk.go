package request

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"portal/internal/clock"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// deskTalksView are the talks at the desk.
type deskTalksView struct {
	All []TalkEvent
	Now time.Time
}

// stands says in words where a talk stands, and in which colour.
func stands(ctx context.Context, t TalkEvent, now time.Time) (string, ui.Tone) {
	switch {
	case t.State == TalkAccepted:
		return i18n.T(ctx, "request.talk.to_announce"), ui.Warn
	case t.State == TalkWithdrawn:
		return i18n.T(ctx, "request.talk.withdrawn"), ui.Plain
	case t.Phase(now) == Past && !t.HasOutcome():
		return i18n.T(ctx, "request.talk.no_outcome"), ui.Warn
	}
	return i18n.T(ctx, "request.talk.phase."+string(t.Phase(now))), phaseTone(t.Phase(now))
}

func (v deskTalksView) table(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "request.talks.title"), HideCaption: true, Cards: true}
	for _, key := range []string{"submission.kind.talk", "request.talk.when", "request.talk.column.state", "talk.field.organizers.label"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, key)})
	}
	for _, talk := range v.All {
		words, tone := stands(ctx, talk, v.Now)
		t.Rows = append(t.Rows, []ui.Cell{
			{Component: deskTalkLink(talk)}, {Text: When(ctx, talk, talk.Zone)}, {Component: ui.Tag(tone, words)}, {Text: i18n.List(ctx, organizerNames(talk)), Lang: "und"},
		})
	}
	return t
}

// deskTalkView is a talk as the desk sees it.
type deskTalkView struct {
	TalkEvent
	Request  workflow.Submission
	CasePath string
	Proposed []Slot
	Typed    url.Values
	Wrong    []problem.Field
	Stale    bool
	// Told is how many people are told when it is moved or cancelled.
	Told int
	Now  time.Time
}

// begin fills the form: with the proposed date that was chosen, or with the talk as it is.
func (v deskTalkView) begin(q url.Values) url.Values {
	s := v.Slot()
	if n, err := strconv.Atoi(q.Get("take")); err == nil && n >= 1 && n <= len(v.Proposed) {
		s = v.Proposed[n-1]
	}
	return url.Values{
		"day.day": {strconv.Itoa(s.Day.Day())}, "day.month": {strconv.Itoa(int(s.Day.Month()))}, "day.year": {strconv.Itoa(s.Day.Year())},
		"starts": {clock.Format(s.Starts)}, "ends": {clock.Format(s.Ends)}, "zone": {s.Zone}, "place": {v.Place}, "registration": {v.Registration},
	}
}

// open says whether date and registration can be set.
func (v deskTalkView) open() bool {
	return v.State == TalkAccepted || v.State == TalkAnnounced && v.Phase(v.Now) == Upcoming
}

func (v deskTalkView) control(ctx context.Context, name string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "request.talk.set."+name), Values: v.Typed[name], Error: ui.MessageFor(ctx, v.Wrong, name)}
	switch name {
	case "starts", "ends":
		c.Width = "w-10"
	case "zone":
		for _, o := range zoneOptions(ctx, nil) {
			c.Choices = append(c.Choices, ui.Choice{Value: o.Value, Label: o.Label})
		}
	case "registration":
		c.Type, c.Optional, c.Hint = "url", true, i18n.T(ctx, "request.talk.set.registration.hint")
	case "reason":
		c.Rows, c.Max, c.Length = 3, MaxReason, form.Length(v.Typed.Get(name))
	}
	return c
}

func (v deskTalkView) day(ctx context.Context) ui.DateControl {
	d := ui.DateControl{
		Control: ui.Control{Name: "day", Label: i18n.T(ctx, "request.talk.set.day")},
		Day:     v.Typed.Get("day.day"), Month: v.Typed.Get("day.month"), Year: v.Typed.Get("day.year"),
	}
	for _, part := range []string{"day", "month", "year"} {
		if message := ui.MessageFor(ctx, v.Wrong, "day."+part); message != "" {
			d.Error, d.Part = message, part
			break
		}
	}
	return d
}

// slotText writes a proposed date as it was written.
func slotText(ctx context.Context, s Slot) string {
	return i18n.T(ctx, "request.talk.clock", s.Day, clock.Format(s.Starts), clock.Format(s.Ends), clock.Zone(s.Zone))
}
