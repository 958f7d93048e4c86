package conceptnote

import (
	"strconv"

	"portal/internal/form"
)

// NewForm returns the definition of the concept note (fund.md, The form), with the fund's configuration as it is whenever the
// form is shown or checked. filer says what is wrong with the office that files; nil asks nothing, as for a blank form.
func NewForm(now func() *Configuration, filer func(a form.Answers, env form.Env) []form.Wrong) *form.Definition {
	part, short := func() int { return now().Lengths.Part }, func() int { return now().Lengths.Short }
	return &form.Definition{Kind: KindName, Steps: []form.Step{
		{ID: "note", Fields: []form.Field{
			{ID: "language", Type: form.Select, Required: true, Options: languageOptions},
			{ID: "title", Type: form.Text, Required: true, Long: LongTitle, Max: 1000},
			{ID: "purpose", Type: form.LongText, Required: true, MaxNow: short},
			{ID: "months", Type: form.Number, Required: true},
		}, Rules: noteRules},
		{ID: "where", Fields: []form.Field{
			{ID: "scope", Type: form.Choice, Required: true, Values: names(Scopes)},
			{ID: "countries", Type: form.Choices, Required: true, Options: countryOptions},
			{ID: "way", Type: form.Choice, Required: true, Values: names(Ways)},
			{ID: "reason", Type: form.LongText, Required: true, MaxNow: short, When: &form.When{Field: "way", Is: []string{string(OtherWay)}}},
		}, Rules: whereRules(filer)},
		{ID: "objectives", Fields: []form.Field{
			{ID: "objectives", Type: form.Objectives, Required: true, Options: objectiveOptions},
			{ID: "related", Type: form.Objectives, Options: objectiveOptions},
		}},
		{ID: "areas", Fields: []form.Field{
			{ID: "areas", Type: form.Choices, Required: true, Options: areaOptions(now), Former: formerAreas(now)},
			{ID: "targets", Type: form.Text, Required: true, Max: 300},
		}, Rules: areaRules},
		{ID: "organizations", Fields: []form.Field{
			{ID: "organizations", Type: form.Group, Required: true, Min: 2, Max: MaxOrganizations, Fields: []form.Field{
				{ID: "name", Type: form.Text, Required: true, Max: 300},
				{ID: "role", Type: form.Select, Required: true, Values: names(Roles)},
				{ID: "part", Type: form.Text, Max: 500},
			}},
		}, Rules: organizationRules},
		{ID: "budget", Fields: []form.Field{
			{ID: "budget", Type: form.Matrix, Required: true, Parties: "organizations.name", Options: categoryOptions(now), Former: formerCategories(now), Rate: func() int { return now().Indirect }},
			{ID: "contributions", Type: form.Group, Max: MaxPartners, Fields: []form.Field{
				{ID: "from", Type: form.Text, Required: true, Max: 300},
				{ID: "amount", Type: form.Amount, Required: true},
			}},
		}},
		{ID: "partners", Fields: []form.Field{
			{ID: "governments", Type: form.Group, Required: true, Min: 2, Max: MaxPartners, Fields: []form.Field{
				{ID: "name", Type: form.Text, Required: true, Max: 300},
				{ID: "level", Type: form.Select, Required: true, Values: names(Levels)},
				{ID: "country", Type: form.Select, Required: true, Options: countryOptions},
			}},
			{ID: "partners", Type: form.Group, Max: MaxPartners, Fields: []form.Field{
				{ID: "name", Type: form.Text, Required: true, Max: 300},
				{ID: "sector", Type: form.Select, Required: true, Options: sectorOptions},
				{ID: "part", Type: form.Text, Max: 500},
			}},
			{ID: "participation", Type: form.LongText, Required: true, MaxNow: part},
		}, Rules: partnerRules},
		{ID: "context", Fields: []form.Field{
			{ID: "context", Type: form.LongText, Required: true, MaxNow: part},
			{ID: "partnerships", Type: form.LongText, Required: true, MaxNow: part},
		}},
		{ID: "results", Fields: []form.Field{
			{ID: "results", Type: form.LongText, Required: true, MaxNow: part},
			{ID: "theory", Type: form.LongText, Required: true, MaxNow: part},
			{ID: "sustainability", Type: form.LongText, Required: true, MaxNow: part},
		}},
		{ID: "risks", Fields: []form.Field{
			{ID: "risks", Type: form.Group, Required: true, Max: MaxRisks, Fields: []form.Field{
				{ID: "risk", Type: form.Text, Required: true, Max: 500},
				{ID: "mitigation", Type: form.LongText, Required: true, MaxNow: short},
			}},
		}},
		{ID: "markers", Fields: markerFields(now, short), Rules: markerRules(now)},
		{ID: "principles", Fields: principleFields(short)},
		{ID: "contacts", Fields: []form.Field{
			{ID: "contacts", Type: form.Group, Required: true, Private: true, Max: 10, Fields: []form.Field{
				{ID: "name", Type: form.Text, Required: true, Private: true, Max: 200},
				{ID: "position", Type: form.Text, Required: true, Private: true, Max: 200},
				{ID: "organization", Type: form.Text, Required: true, Private: true, Max: 300},
				{ID: "email", Type: form.Email, Required: true, Private: true, Max: 254},
			}},
		}},
		{ID: "attachments", Fields: []form.Field{
			{ID: "files", Type: form.Files, Max: MaxFiles},
		}},
	}}
}

// markerFields are each marker with why it was chosen.
func markerFields(now func() *Configuration, short func() int) []form.Field {
	var all []form.Field
	for _, m := range Markers {
		all = append(all,
			form.Field{ID: string(m), Type: form.Choice, Required: true, Options: markerOptions(now, m)},
			form.Field{ID: string(m) + "_why", Type: form.LongText, Required: true, MaxNow: short})
	}
	return all
}

// principleFields ask of each of the guiding principles how it is met.
func principleFields(short func() int) []form.Field {
	var all []form.Field
	for n := range Principles {
		all = append(all, form.Field{ID: "principle_" + strconv.Itoa(n+1), Type: form.LongText, Required: true, MaxNow: short})
	}
	return all
}
