package request

import (
	"slices"
	"strings"
	"time"

	"portal/internal/clock"
	"portal/internal/date"
	"portal/internal/form"
)

// Level says how far a talk reaches.
type Level string

// The levels of a talk.
const (
	Global   Level = "global"
	Regional Level = "regional"
	National Level = "national"
)

// Levels lists them in the order of the form; Formats, Audiences and Roles are other closed choices of a talk.
var (
	Levels    = []Level{Global, Regional, National}
	Formats   = []string{"online", "hybrid", "in_person"}
	Audiences = []string{"open", "member_states", "un_system", "stakeholders", "youth", "academia"}
	Roles     = []string{roleLead, "co_lead", "organizer"}
)

// roleLead is the role of the organizer that leads; there is one.
const roleLead = "lead"

// signLanguage is an interpretation beside the six languages.
const signLanguage = "sign"

func (s *Service) talkSteps() []form.Step {
	at := func(level Level) *form.When { return &form.When{Field: "level", Is: []string{string(level)}} }
	return []form.Step{
		need(nil,
			form.Field{ID: "purpose", Type: form.LongText, Required: true, Max: MaxPart},
			form.Field{ID: "outcomes", Type: form.Choices, Required: true, Values: []string{"pledges", "practices", "review_inputs", "other"}},
			form.Field{ID: "outcome", Type: form.LongText, Required: true, Max: MaxShort}),
		{ID: "organizers", Rules: organizerRules, Fields: []form.Field{
			{ID: "organizers", Type: form.Group, Required: true, Max: MaxPartners, Fields: []form.Field{
				{ID: "name", Type: form.Text, Required: true, Max: MaxTitle},
				{ID: "role", Type: form.Select, Required: true, Values: Roles},
			}},
		}},
		{ID: "scope", Fields: []form.Field{
			{ID: "level", Type: form.Choice, Required: true, Values: names(Levels)},
			{ID: "region", Type: form.Select, Required: true, Options: regionOptions, When: at(Regional)},
			{ID: "country", Type: form.Select, Required: true, Options: countryOptions, When: at(National)},
			{ID: "relevance", Type: form.LongText, Required: true, Max: MaxShort, When: at(National)},
			{ID: "feeds", Type: form.Text, Max: MaxTitle},
		}},
		{ID: "objectives", Fields: []form.Field{
			{ID: "objectives", Type: form.Objectives, Required: true, Options: objectiveOptions},
			{ID: "principles", Type: form.Choices, Options: principleOptions},
		}},
		{ID: "when", Rules: s.dateRules, Fields: []form.Field{
			{ID: "dates", Type: form.Group, Required: true, Max: MaxDates, Fields: []form.Field{
				{ID: "day", Type: form.Date, Required: true, Future: true},
				{ID: "starts", Type: form.Text, Required: true, Max: 10},
				{ID: "ends", Type: form.Text, Required: true, Max: 10},
				{ID: "zone", Type: form.Select, Required: true, Options: zoneOptions},
			}},
			{ID: "format", Type: form.Choice, Required: true, Values: Formats},
			{ID: "place", Type: form.Text, Required: true, Max: MaxTitle, When: &form.When{Field: "format", Is: []string{"hybrid", "in_person"}}},
		}},
		{ID: "people", Fields: []form.Field{
			{ID: "audience", Type: form.Choices, Required: true, Values: Audiences},
			{ID: "interpretation", Type: form.Choices, Options: interpretationOptions},
			{ID: "speakers", Type: form.Group, Max: MaxPartners, Fields: []form.Field{
				{ID: "name", Type: form.Text, Required: true, Max: MaxName},
				{ID: "position", Type: form.Text, Max: MaxTitle},
			}},
			{ID: "support", Type: form.LongText, Max: MaxShort},
			{ID: "accessibility", Type: form.LongText, Max: MaxShort},
		}},
		contact(),
	}
}

func names[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

// organizerRules: nobody is there twice, and one leads. That nobody leads is told once all have their role.
func organizerRules(a form.Answers, _ form.Env) []form.Wrong {
	wrong := once(a, "organizers")
	leads, open := 0, 0
	for n := range a.Rows("organizers") {
		control := form.RowName("organizers", n, "role")
		switch a.First(control) {
		case roleLead:
			if leads++; leads > 1 {
				wrong = append(wrong, form.Wrong{Name: control, Key: "request.wrong.lead_twice"})
			}
		case "":
			open++
		}
	}
	if a.Rows("organizers") > 0 && leads+open == 0 {
		wrong = append(wrong, form.Wrong{Name: form.RowName("organizers", 0, "role"), Key: "request.wrong.lead_none"})
	}
	return wrong
}

// once finds the names that stand in a group for a second time.
func once(a form.Answers, group string) []form.Wrong {
	var wrong []form.Wrong
	seen := map[string]bool{}
	for n := range a.Rows(group) {
		control := form.RowName(group, n, "name")
		name := strings.ToLower(strings.Join(strings.Fields(a.First(control)), " "))
		if name != "" && seen[name] {
			wrong = append(wrong, form.Wrong{Name: control, Key: "request.wrong.twice", Args: []any{a.First(control)}})
		}
		seen[name] = true
	}
	return wrong
}

// Slot is when a talk takes place: a day and times on the clock of a zone, as they were written.
type Slot struct {
	Day          date.Date
	Starts, Ends int // minutes after midnight
	Zone         string
}

// readSlot reads a slot from a row of answers, under the names that control makes of "day", "starts", "ends" and "zone". What
// is blank is not told: it is missing.
func readSlot(a form.Answers, control func(field string) string) (slot Slot, wrong []form.Wrong) {
	one := func(field, key string, args ...any) {
		wrong = append(wrong, form.Wrong{Name: control(field), Key: key, Args: args})
	}
	slot.Day = dayOf(a, control("day"))
	slot.Zone = a.First(control("zone"))
	whole := !slot.Day.IsZero()
	for _, t := range []struct {
		field string
		to    *int
	}{{"starts", &slot.Starts}, {"ends", &slot.Ends}} {
		typed := a.First(control(t.field))
		var ok bool
		if *t.to, ok = clock.Read(typed); !ok && typed != "" {
			one(t.field, "clock.wrong.time")
		}
		whole = whole && ok
	}
	zone, err := clock.LoadZone(slot.Zone)
	if slot.Zone != "" && err != nil {
		one("zone", "clock.wrong.zone", slot.Zone)
	}
	if !whole || err != nil || len(wrong) > 0 {
		return slot, wrong
	}
	from, clash := clock.At(slot.Day, slot.Starts, zone)
	until, clashEnd := clock.At(slot.Day, slot.Ends, zone)
	switch {
	case slot.Ends <= slot.Starts:
		one("ends", "request.wrong.end_before", clock.Format(slot.Starts))
	case clash != clock.NoClash:
		one("starts", "clock.wrong."+string(clash), clock.Format(slot.Starts), slot.Day, clock.Zone(slot.Zone))
	case clashEnd != clock.NoClash:
		one("ends", "clock.wrong."+string(clashEnd), clock.Format(slot.Ends), slot.Day, clock.Zone(slot.Zone))
	case !until.After(from):
		one("ends", "request.wrong.end_before", clock.Format(slot.Starts))
	}
	return slot, wrong
}

// Instants are the first instant of a slot and the first after it; zero for an unknown zone.
func (s Slot) Instants() (from, until time.Time) {
	zone, err := clock.LoadZone(s.Zone)
	if err != nil {
		return from, until
	}
	from, _ = clock.At(s.Day, s.Starts, zone)
	until, _ = clock.At(s.Day, s.Ends, zone)
	return from, until
}

// dateRules: each proposed date is one that comes, on a clock that shows it once, and none is there twice.
func (s *Service) dateRules(a form.Answers, env form.Env) []form.Wrong {
	var wrong []form.Wrong
	var seen []Slot
	for n := range a.Rows("dates") {
		control := func(field string) string { return form.RowName("dates", n, field) }
		slot, bad := readSlot(a, control)
		wrong = append(wrong, bad...)
		if len(bad) > 0 || slot.Day.IsZero() || slot.Zone == "" {
			continue
		}
		switch from, _ := slot.Instants(); {
		case slices.Contains(seen, slot):
			wrong = append(wrong, form.Wrong{Name: control("day") + ".day", Key: "request.wrong.date_twice"})
		case !env.Today.IsZero() && slot.Ends > 0 && !from.After(s.now()) && !slot.Day.Before(env.Today):
			wrong = append(wrong, form.Wrong{Name: control("starts"), Key: "request.wrong.past"})
		}
		seen = append(seen, slot)
	}
	return wrong
}

// slots are the proposed dates that can be read, in their order.
func slots(a form.Answers) []Slot {
	var all []Slot
	for n := range a.Rows("dates") {
		slot, wrong := readSlot(a, func(field string) string { return form.RowName("dates", n, field) })
		if len(wrong) == 0 && !slot.Day.IsZero() && slot.Ends > slot.Starts && slot.Zone != "" {
			all = append(all, slot)
		}
	}
	return all
}
