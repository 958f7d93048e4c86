package practice

import (
	"portal/internal/form"
	"portal/internal/i18n"
)

// NewForm returns the definition of the practice form (practices.md, The form). The entry criteria come first, since who does
// not meet them need not write; the language is asked beside them, because from then on the pages mark what is typed as
// being in it.
func NewForm() *form.Definition {
	other := &form.When{Field: "filed_for", Is: []string{"other"}}
	countries := &form.When{Field: "scope", Is: []string{string(Regional), string(National), string(Subnational)}}
	return &form.Definition{Kind: KindName, Steps: []form.Step{
		{ID: "criteria", Fields: []form.Field{
			{ID: "criteria", Type: form.Check, Required: true},
			{ID: "language", Type: form.Select, Required: true, Options: languageOptions},
			{ID: "filed_for", Type: form.Choice, Required: true, Values: []string{"own", "other"}},
		}},
		{ID: "what", Fields: []form.Field{
			{ID: "title", Type: form.Text, Required: true, Long: LongTitle, Max: 1000},
			{ID: "summary", Type: form.LongText, Required: true, Max: MaxSummary},
			{ID: "type", Type: form.Choice, Required: true, Values: names(Types)},
			{ID: "description", Type: form.LongText, Required: true, Min: MinDescription, Max: MaxDescription},
		}, Rules: titleRules},
		{ID: "objectives", Fields: []form.Field{
			{ID: "objectives", Type: form.Objectives, Required: true, Options: objectiveOptions},
			{ID: "related", Type: form.Objectives, Options: objectiveOptions},
			{ID: "principles", Type: form.Choices, Required: true, Options: principleOptions},
			{ID: "sdgs", Type: form.Choices, Options: goalOptions},
		}, Rules: objectiveRules},
		{ID: "when", Fields: []form.Field{
			{ID: "completion", Type: form.Choice, Required: true, Values: names(Completions)},
			{ID: "started", Type: form.Date, Required: true},
			{ID: "ended", Type: form.Date, Required: true, When: &form.When{Field: "completion", Is: []string{string(Completed), string(MostlyCompleted)}}},
		}, Rules: timeRules},
		{ID: "where", Fields: []form.Field{
			{ID: "scope", Type: form.Choice, Required: true, Values: names(Scopes)},
			{ID: "countries", Type: form.Choices, Required: true, Options: countryOptions, When: countries},
			{ID: "place", Type: form.Text, Max: 300, When: countries},
			{ID: "point", Type: form.Text, Max: 40, When: countries},
		}, Rules: placeRules},
		{ID: "who", Fields: []form.Field{
			{ID: "implementer", Type: form.Text, Required: true, Max: 300},
			{ID: "implementer_type", Type: form.Select, Required: true, Options: categoryOptions},
			{ID: "implementer_other", Type: form.Text, Required: true, Max: 200, When: &form.When{Field: "implementer_type", Is: []string{OtherCategory}}},
			{ID: "partners", Type: form.Group, Max: 30, Fields: []form.Field{
				{ID: "name", Type: form.Text, Required: true, Max: 300},
				{ID: "role", Type: form.Select, Required: true, Values: names(Roles)},
				{ID: "part", Type: form.Text, Max: 300},
			}},
		}},
		{ID: "contacts", Fields: []form.Field{
			{ID: "contact_name", Type: form.Text, Required: true, Private: true, Max: 200, Autocomplete: "name"},
			{ID: "contact_position", Type: form.Text, Required: true, Private: true, Max: 200, Autocomplete: "organization-title"},
			{ID: "contact_email", Type: form.Email, Required: true, Private: true, Max: 254, Autocomplete: "email"},
			{ID: "focal_name", Type: form.Text, Required: true, Private: true, Max: 200, When: other},
			{ID: "focal_position", Type: form.Text, Required: true, Private: true, Max: 200, When: other},
			{ID: "focal_email", Type: form.Email, Required: true, Private: true, Max: 254, When: other},
		}},
		{ID: "people", Fields: []form.Field{
			{ID: "beneficiaries", Type: form.LongText, Required: true, Max: MaxPart},
			{ID: "participation", Type: form.LongText, Required: true, Max: MaxPart},
		}},
		{ID: "results", Fields: []form.Field{
			{ID: "results", Type: form.LongText, Required: true, Max: MaxPart},
			{ID: "figures", Type: form.Group, Max: 8, Fields: []form.Field{
				{ID: "value", Type: form.Text, Required: true, Max: 40},
				{ID: "what", Type: form.Text, Required: true, Max: 200},
				{ID: "before", Type: form.Text, Max: 40},
				{ID: "source", Type: form.Text, Max: 300},
			}},
			{ID: "evidence", Type: form.LongText, Required: true, Max: MaxPart},
			{ID: "lessons", Type: form.LongText, Required: true, Max: MaxPart},
		}},
		{ID: "reuse", Fields: []form.Field{
			{ID: "conditions", Type: form.LongText, Required: true, Max: MaxPart},
			{ID: "costs", Type: form.LongText, Max: MaxPart},
			{ID: "people", Type: form.LongText, Max: MaxPart},
			{ID: "time", Type: form.LongText, Max: MaxPart},
			{ID: "innovation", Type: form.LongText, Required: true, Max: MaxPart},
			{ID: "sustainability", Type: form.LongText, Required: true, Max: MaxPart},
		}},
		{ID: "blocks", Fields: []form.Field{
			{ID: "blocks", Type: form.Group, Max: 12, Fields: []form.Field{
				{ID: "title", Type: form.Text, Required: true, Max: 200},
				{ID: "text", Type: form.LongText, Required: true, Max: MaxPart},
				{ID: "conditions", Type: form.LongText, Max: 1000},
			}},
		}},
		{ID: "material", Fields: []form.Field{
			{ID: "links", Type: form.Group, Max: 20, Fields: []form.Field{
				{ID: "label", Type: form.Text, Required: true, Max: 200},
				{ID: "url", Type: form.URL, Required: true, Max: 1000},
			}},
			{ID: "files", Type: form.Files, Max: MaxFiles},
		}},
		{ID: "images", Fields: []form.Field{
			{ID: "images", Type: form.Group, Max: MaxImages, Fields: []form.Field{
				{ID: "file", Type: form.Image, Required: true},
				{ID: "alt", Type: form.Text, Required: true, Max: 500},
				{ID: "caption", Type: form.Text, Max: 500},
				{ID: "credit", Type: form.Text, Max: 200},
				{ID: "licence", Type: form.Select, Required: true, Values: names(Licences)},
			}},
		}},
		{ID: "versions", Fields: []form.Field{
			{ID: "versions", Type: form.Group, Max: len(i18n.All) - 1, Fields: []form.Field{
				{ID: "language", Type: form.Select, Required: true, Options: languageOptions},
				{ID: "title", Type: form.Text, Required: true, Long: LongTitle, Max: 1000},
				{ID: "summary", Type: form.LongText, Required: true, Max: MaxSummary},
				{ID: "description", Type: form.LongText, Max: MaxDescription},
			}},
		}, Rules: versionRules},
		{ID: "publication", Fields: []form.Field{
			{ID: "licence", Type: form.Choice, Required: true, Values: names(Licences)},
			{ID: "consent", Type: form.Check, Required: true},
		}},
	}}
}
