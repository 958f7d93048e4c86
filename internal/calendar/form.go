package calendar

import (
	"context"
	"strconv"
	"strings"
	"time"

	"portal/internal/clock"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// NewForm returns the definition of the suggestion of an event (publishing.md, Calendar).
func NewForm() *form.Definition {
	is := func(field string, values ...string) *form.When { return &form.When{Field: field, Is: values} }
	return &form.Definition{Kind: KindName, Steps: []form.Step{
		{ID: "event", Fields: []form.Field{
			{ID: "language", Type: form.Select, Required: true, Options: languageOptions},
			{ID: "title", Type: form.Text, Required: true, Long: LongTitle, Max: MaxTitle},
			{ID: "type", Type: form.Choice, Required: true, Values: Types},
			{ID: "text", Type: form.LongText, Required: true, Max: MaxText},
		}},
		{ID: "when", Rules: spanRules, Fields: []form.Field{
			{ID: "whole", Type: form.Choice, Required: true, Values: []string{"times", "days"}},
			{ID: "first", Type: form.Date, Required: true},
			{ID: "starts", Type: form.Text, Required: true, Max: 10, When: is("whole", "times")},
			{ID: "last", Type: form.Date},
			{ID: "ends", Type: form.Text, Required: true, Max: 10, When: is("whole", "times")},
			{ID: "zone", Type: form.Select, Required: true, Options: zoneOptions, When: is("whole", "times")},
		}},
		{ID: "where", Fields: []form.Field{
			{ID: "format", Type: form.Choice, Required: true, Values: Formats},
			{ID: "place", Type: form.Text, Required: true, Max: MaxTitle, When: is("format", "hybrid", "in_person")},
			{ID: "country", Type: form.Select, Options: countryOptions, When: is("format", "hybrid", "in_person")},
			{ID: "region", Type: form.Select, Options: regionOptions},
		}},
		{ID: "people", Rules: organizerRules, Fields: []form.Field{
			{ID: "organizers", Type: form.Group, Required: true, Max: MaxOrganizers, Fields: []form.Field{
				{ID: "name", Type: form.Text, Required: true, Max: MaxTitle},
				{ID: "role", Type: form.Select, Required: true, Values: Roles},
			}},
			{ID: "audience", Type: form.Choices, Required: true, Values: Audiences},
			{ID: "interpretation", Type: form.Choices, Options: interpretationOptions},
			{ID: "accessibility", Type: form.LongText, Max: MaxShort},
		}},
		{ID: "registration", Rules: registrationRules, Fields: []form.Field{
			{ID: "registration", Type: form.Choice, Required: true, Values: Registrations},
			{ID: "link", Type: form.URL, Required: true, When: is("registration", byLink)},
			{ID: "capacity", Type: form.Number, Required: true, When: is("registration", Here)},
			{ID: "opens", Type: form.Date, When: is("registration", byLink, Here)},
			{ID: "closes", Type: form.Date, When: is("registration", byLink, Here)},
		}},
		{ID: "about", Rules: talkRules, Fields: []form.Field{
			{ID: "objectives", Type: form.Objectives, Options: objectiveOptions},
			{ID: "workstream", Type: form.Text, Max: MaxTitle},
			{ID: "review", Type: form.Text, Max: MaxTitle},
			{ID: "talk", Type: form.Text, Max: 20},
			{ID: "documents", Type: form.Group, Max: MaxRefs, Fields: refFields()},
		}},
		{ID: "after", Fields: []form.Field{
			{ID: "outcome", Type: form.LongText, Max: MaxText},
			{ID: "recordings", Type: form.Group, Max: MaxRefs, Fields: refFields()},
		}},
		{ID: "contact", Fields: []form.Field{
			{ID: "contact_name", Type: form.Text, Required: true, Private: true, Max: MaxName, Autocomplete: "name"},
			{ID: "contact_email", Type: form.Email, Required: true, Private: true, Max: MaxEmail, Autocomplete: "email"},
		}},
	}}
}

func refFields() []form.Field {
	return []form.Field{
		{ID: "title", Type: form.Text, Required: true, Max: MaxTitle},
		{ID: "address", Type: form.URL, Required: true},
	}
}

func languageOptions(context.Context, *gcm.Vocabulary) []form.Option {
	var all []form.Option
	for _, l := range i18n.All {
		all = append(all, form.Option{Value: string(l), Label: l.Name()})
	}
	return all
}

// interpretationOptions are the six languages, and sign language.
func interpretationOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	return append(languageOptions(ctx, v), form.Option{Value: signLanguage, Label: i18n.T(ctx, "calendar.sign_language")})
}

func countryOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	var all []form.Option
	for _, c := range v.Countries(i18n.From(ctx)) {
		all = append(all, form.Option{Value: c.ISO2, Label: c.Name(i18n.From(ctx))})
	}
	return all
}

// regionOptions leaves out the region for what is not tied to one.
func regionOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	var all []form.Option
	for _, r := range v.Regions {
		if r.ID != gcm.Global {
			all = append(all, form.Option{Value: r.ID, Label: r.Name(i18n.From(ctx))})
		}
	}
	return all
}

func objectiveOptions(ctx context.Context, v *gcm.Vocabulary) []form.Option {
	var all []form.Option
	for _, o := range v.Objectives {
		all = append(all, form.Option{Value: strconv.Itoa(o.N), Label: o.Name(i18n.From(ctx))})
	}
	return all
}

func zoneOptions(ctx context.Context, _ *gcm.Vocabulary) []form.Option {
	var all []form.Option
	for _, zone := range clock.Zones {
		all = append(all, form.Option{Value: zone, Label: clock.ZoneName(ctx, zone)})
	}
	i18n.Sort(i18n.From(ctx), all, func(o form.Option) string { return o.Label })
	return all
}

// spanOf reads when an event takes place. It is whole only when nothing is wrong and nothing is missing; what is blank is not told.
func spanOf(a form.Answers) (e Event, whole bool, wrong []form.Wrong) {
	one := func(name, key string, args ...any) {
		wrong = append(wrong, form.Wrong{Name: name, Key: key, Args: args})
	}
	e.Whole = a.First("whole") == "days"
	first, given, ok, _ := form.DateOf(a, "first")
	whole = given && ok
	e.First, e.Last = first, first
	if last, given, ok, _ := form.DateOf(a, "last"); given {
		e.Last, whole = last, whole && ok
	}
	if whole && e.Last.Before(e.First) {
		one("last.day", "event.wrong.last", e.First)
	}
	if whole && e.First.DaysUntil(e.Last) >= MaxDays {
		one("last.day", "event.wrong.long", MaxDays)
	}
	if e.Whole || a.First("whole") == "" {
		whole = whole && e.Whole && len(wrong) == 0
		e.settle()
		return e, whole, wrong
	}
	for _, t := range []struct {
		field string
		to    *int
	}{{"starts", &e.Starts}, {"ends", &e.Ends}} {
		typed, ok := a.First(t.field), false
		if *t.to, ok = clock.Read(typed); !ok && typed != "" {
			one(t.field, "clock.wrong.time")
		}
		whole = whole && ok
	}
	e.Zone = a.First("zone")
	zone, err := clock.LoadZone(e.Zone)
	if e.Zone != "" && err != nil {
		one("zone", "clock.wrong.zone", e.Zone)
	}
	if !whole || err != nil || len(wrong) > 0 {
		return e, false, wrong
	}
	e.settle()
	for _, t := range []struct {
		field   string
		day     date.Date
		minutes int
	}{{"starts", e.First, e.Starts}, {"ends", e.Last, e.Ends}} {
		if _, clash := clock.At(t.day, t.minutes, zone); clash != clock.NoClash {
			one(t.field, "clock.wrong."+string(clash), clock.Format(t.minutes), t.day, clock.Zone(e.Zone))
		}
	}
	if len(wrong) == 0 && !e.Until.After(e.At) {
		one("ends", "event.wrong.ends", clock.Format(e.Starts))
	}
	return e, len(wrong) == 0, wrong
}

func spanRules(a form.Answers, _ form.Env) []form.Wrong {
	_, _, wrong := spanOf(a)
	return wrong
}

// organizerRules: nobody is there twice, and one leads. That nobody leads is told once all have their role.
func organizerRules(a form.Answers, _ form.Env) (wrong []form.Wrong) {
	seen, leads, open := map[string]bool{}, 0, 0
	for n := range a.Rows("organizers") {
		row := a.Row("organizers", n)
		name := strings.ToLower(strings.Join(strings.Fields(row.First("name")), " "))
		if name != "" && seen[name] {
			wrong = append(wrong, form.Wrong{Name: form.RowName("organizers", n, "name"), Key: "event.wrong.twice", Args: []any{row.First("name")}})
		}
		seen[name] = true
		switch row.First("role") {
		case roleLead:
			if leads++; leads > 1 {
				wrong = append(wrong, form.Wrong{Name: form.RowName("organizers", n, "role"), Key: "event.wrong.lead_twice"})
			}
		case "":
			open++
		}
	}
	if a.Rows("organizers") > 0 && leads+open == 0 {
		wrong = append(wrong, form.Wrong{Name: form.RowName("organizers", 0, "role"), Key: "event.wrong.lead_none"})
	}
	return wrong
}

// registrationRules: it closes after it opens, and there is at least one place.
func registrationRules(a form.Answers, _ form.Env) (wrong []form.Wrong) {
	opens, given, ok, _ := form.DateOf(a, "opens")
	if closes, also, right, _ := form.DateOf(a, "closes"); given && ok && also && right && closes.Before(opens) {
		wrong = append(wrong, form.Wrong{Name: "closes.day", Key: "event.wrong.closes", Args: []any{opens}})
	}
	if n, ok := capacityOf(a); a.First("capacity") != "" && a.First("registration") == Here && (!ok || n < 1 || n > MaxCapacity) {
		wrong = append(wrong, form.Wrong{Name: "capacity", Key: "event.wrong.capacity", Args: []any{MaxCapacity}})
	}
	return wrong
}

// capacityOf is how many can register, as people write numbers.
func capacityOf(a form.Answers) (int, bool) {
	plain, ok := form.ParseNumber(a.First("capacity"))
	n, err := strconv.Atoi(plain)
	return n, ok && err == nil
}

var talkID = strings.NewReplacer(" ", "", "\u00a0", "")

// talkRules: what stands there as a GCM Talk is the public ID of one.
func talkRules(a form.Answers, _ form.Env) []form.Wrong {
	typed := talkID.Replace(a.First("talk"))
	if typed == "" || len(typed) > 7 && strings.EqualFold(typed[:6], "GCM-T-") && strings.Trim(typed[6:], "0123456789") == "" {
		return nil
	}
	return []form.Wrong{{Name: "talk", Key: "event.wrong.talk"}}
}

// read is the event that the answers describe; false says that they give no time.
func read(a form.Answers, lang string) (Event, bool) {
	e, ok, _ := spanOf(a)
	e.Type, e.Title, e.Text, e.Lang = a.First("type"), a.First("title"), a.First("text"), lang
	e.Format, e.Region, e.Audience, e.Interpretation, e.Accessibility = a.First("format"), a.First("region"), a.All("audience"), a.All("interpretation"), a.First("accessibility")
	if e.Format != online {
		e.Place, e.Country = a.First("place"), a.First("country")
	}
	e.Objectives, e.Workstream, e.Review, e.Talk = a.Ints("objectives"), a.First("workstream"), a.First("review"), strings.ToUpper(talkID.Replace(a.First("talk")))
	e.Registration, e.Outcome = a.First("registration"), a.First("outcome")
	switch e.Registration {
	case byLink:
		e.Link = a.First("link")
	case Here:
		e.Capacity, _ = capacityOf(a)
	}
	if e.Registration != noRegistration {
		e.Opens, _, _, _ = form.DateOf(a, "opens")
		e.Closes, _, _, _ = form.DateOf(a, "closes")
	}
	for n := range a.Rows("organizers") {
		row := a.Row("organizers", n)
		e.Organizers = append(e.Organizers, Organizer{Name: row.First("name"), Role: row.First("role")})
	}
	e.Documents, e.Recordings = refs(a, "documents"), refs(a, "recordings")
	return e, ok && e.Until.After(time.Time{})
}

func refs(a form.Answers, group string) []Ref {
	all := []Ref{}
	for n := range a.Rows(group) {
		row := a.Row(group, n)
		all = append(all, Ref{row.First("title"), row.First("address")})
	}
	return all
}
