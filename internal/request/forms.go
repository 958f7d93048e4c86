package request

import (
	"portal/internal/date"
	"portal/internal/form"
)

// The forms of requests.md's table. The step "need" asks what for, "contact" whom to write to; both are in all of them.

// need is the first step: the language and a title, then what the kind asks.
func need(rules func(form.Answers, form.Env) []form.Wrong, fields ...form.Field) form.Step {
	return form.Step{ID: "need", Rules: rules, Fields: append([]form.Field{
		{ID: "language", Type: form.Select, Required: true, Options: languageOptions},
		{ID: "title", Type: form.Text, Required: true, Long: LongTitle, Max: MaxTitle},
	}, fields...)}
}

// contact is the last step: who answers questions, documents, and what else the kind asks.
func contact(fields ...form.Field) form.Step {
	return form.Step{ID: "contact", Fields: append([]form.Field{
		{ID: "contact_name", Type: form.Text, Required: true, Private: true, Max: MaxName, Autocomplete: "name"},
		{ID: "contact_email", Type: form.Email, Required: true, Private: true, Max: MaxEmail, Autocomplete: "email"},
		{ID: "files", Type: form.Files, Max: MaxFiles},
	}, fields...)}
}

// mayShow asks whether it may be shown once it is accepted.
func mayShow() form.Field { return form.Field{ID: showField, Type: form.Check} }

func guidanceSteps(*Service) []form.Step {
	return []form.Step{
		need(nil,
			form.Field{ID: "topics", Type: form.Choices, Required: true, Values: []string{"plan", "mainstreaming", "training", "other"}},
			form.Field{ID: "country", Type: form.Select, Required: true, Options: countryOptions},
			form.Field{ID: "stage", Type: form.Choice, Required: true, Values: []string{"planning", "drafting", "carrying_out", "reviewing"}}),
		{ID: "objectives", Fields: []form.Field{{ID: "objectives", Type: form.Objectives, Options: objectiveOptions}}},
		{ID: "detail", Fields: []form.Field{
			{ID: "need", Type: form.LongText, Required: true, Max: MaxPart},
			{ID: "ministries", Type: form.LongText, Max: MaxShort},
			{ID: "exists", Type: form.LongText, Max: MaxPart},
			{ID: "by", Type: form.Date, Future: true},
		}},
		contact(mayShow()),
	}
}

func supportSteps(*Service) []form.Step {
	there := &form.When{Field: "format", Is: []string{"in_person", "hybrid"}}
	return []form.Step{
		need(nil,
			form.Field{ID: "country", Type: form.Select, Required: true, Options: countryOptions},
			form.Field{ID: "framework", Type: form.Choice, Required: true, Values: []string{"analysis", "cooperation", "both"}},
			form.Field{ID: "need", Type: form.LongText, Required: true, Max: MaxPart}),
		{ID: "workshop", Fields: []form.Field{
			{ID: "on", Type: form.Date, Required: true, Future: true},
			{ID: "format", Type: form.Choice, Required: true, Values: []string{"in_person", "online", "hybrid"}},
			{ID: "place", Type: form.Text, Required: true, Max: MaxTitle, When: there},
			{ID: "languages", Type: form.Choices, Required: true, Options: languageOptions},
			{ID: "participants", Type: form.LongText, Max: MaxShort},
		}},
		{ID: "endorsement", Fields: []form.Field{
			{ID: "endorsed", Type: form.Choice, Required: true, Values: []string{"yes", "not_yet"}},
			{ID: "coordinator", Type: form.Text, Required: true, Private: true, Max: MaxName, When: &form.When{Field: "endorsed", Is: []string{"yes"}}},
		}},
		contact(mayShow()),
	}
}

func capacitySteps(*Service) []form.Step {
	return []form.Step{
		need(nil,
			form.Field{ID: "sector", Type: form.Select, Required: true, Options: sectorOptions},
			form.Field{ID: "region", Type: form.Select, Required: true, Options: regionOptions},
			form.Field{ID: "need", Type: form.LongText, Required: true, Max: MaxPart},
			form.Field{ID: "by", Type: form.Date, Future: true}),
		{ID: "objectives", Fields: []form.Field{{ID: "objectives", Type: form.Objectives, Options: objectiveOptions}}},
		{ID: "partners", Rules: partnersOnce, Fields: []form.Field{
			{ID: "partners", Type: form.Group, Max: MaxPartners, Fields: []form.Field{
				{ID: "name", Type: form.Text, Required: true, Max: MaxTitle},
				{ID: "part", Type: form.Text, Max: MaxTitle},
			}},
		}},
		contact(mayShow()),
	}
}

func statementSteps(*Service) []form.Step {
	return []form.Step{
		need(nil,
			form.Field{ID: "type", Type: form.Choice, Required: true, Values: []string{"statement", "press_release"}},
			form.Field{ID: "speaker", Type: form.Text, Required: true, Max: MaxTitle},
			form.Field{ID: "occasion", Type: form.Text, Required: true, Max: MaxTitle},
			form.Field{ID: "languages", Type: form.Choices, Required: true, Options: languageOptions}),
		{ID: "detail", Fields: []form.Field{
			{ID: "by", Type: form.Date, Required: true, Future: true},
			{ID: "embargo", Type: form.Date, Future: true},
			{ID: "background", Type: form.LongText, Required: true, Max: MaxPart},
		}},
		contact(),
	}
}

func socialSteps(*Service) []form.Step {
	return []form.Step{
		need(inOrder,
			form.Field{ID: "content", Type: form.LongText, Required: true, Max: MaxPart},
			form.Field{ID: "channels", Type: form.Choices, Required: true, Values: []string{"posts", "newsletter", "website"}},
			form.Field{ID: "from", Type: form.Date, Required: true, Future: true},
			form.Field{ID: "until", Type: form.Date, Future: true}),
		{ID: "images", Fields: []form.Field{
			{ID: "images", Type: form.Group, Max: MaxImages, Fields: []form.Field{
				{ID: "file", Type: form.Image, Required: true},
				{ID: "alt", Type: form.Text, Required: true, Max: MaxTitle},
			}},
		}},
		contact(),
	}
}

func partnershipSteps(*Service) []form.Step {
	in := func(interest string) *form.When { return &form.When{Field: "interest", Is: []string{interest}} }
	return []form.Step{
		need(nil,
			form.Field{ID: "interest", Type: form.Choice, Required: true, Values: []string{"workstream", "fund"}},
			form.Field{ID: "workstream", Type: form.Text, Required: true, Max: MaxTitle, When: in("workstream")},
			form.Field{ID: "part", Type: form.Choice, Required: true, Values: []string{"join", "co_lead"}, When: in("workstream")},
			form.Field{ID: "fund_part", Type: form.Choice, Required: true, Values: []string{"seat", "programme_partner"}, When: in("fund")}),
		{ID: "organization", Fields: []form.Field{
			{ID: "mandate", Type: form.LongText, Required: true, Max: MaxPart},
			{ID: "capacity", Type: form.LongText, Required: true, Max: MaxPart},
			{ID: "nominee", Type: form.Text, Private: true, Max: MaxName},
			{ID: "nominee_position", Type: form.Text, Private: true, Max: MaxName},
		}},
		contact(),
	}
}

func assetSteps(*Service) []form.Step {
	return []form.Step{
		need(inOrder,
			form.Field{ID: "purpose", Type: form.LongText, Required: true, Max: MaxPart},
			form.Field{ID: "territory", Type: form.Text, Required: true, Max: MaxTitle},
			form.Field{ID: "from", Type: form.Date, Required: true, Future: true},
			form.Field{ID: "until", Type: form.Date, Required: true, Future: true}),
		contact(),
	}
}

func pledgeSteps(*Service) []form.Step {
	return []form.Step{
		{ID: "need", Fields: []form.Field{
			{ID: "language", Type: form.Select, Required: true, Options: languageOptions},
			{ID: "need", Type: form.LongText, Required: true, Max: MaxPart},
			{ID: "by", Type: form.Date, Required: true, Future: true},
			{ID: "board", Type: form.Check},
		}},
		contact(mayShow()),
	}
}

// inOrder: what begins before it ends.
func inOrder(a form.Answers, _ form.Env) []form.Wrong {
	from, givenFrom, okFrom, _ := form.DateOf(a, "from")
	until, givenUntil, okUntil, _ := form.DateOf(a, "until")
	if givenFrom && givenUntil && okFrom && okUntil && until.Before(from) {
		return []form.Wrong{{Name: "until.day", Key: "request.wrong.end", Args: []any{from}}}
	}
	return nil
}

// partnersOnce: nobody is named twice.
func partnersOnce(a form.Answers, _ form.Env) []form.Wrong { return once(a, "partners") }

// dayOf reads a date that was checked; the zero Date is none.
func dayOf(a form.Answers, name string) date.Date {
	d, given, ok, _ := form.DateOf(a, name)
	if !given || !ok {
		return date.Date{}
	}
	return d
}
