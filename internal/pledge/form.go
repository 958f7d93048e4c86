package pledge

import (
	"strings"

	"portal/internal/form"
	"portal/internal/i18n"
)

// Lookup says whether a public ID is that of a pledge that is published now.
type Lookup func(publicID string) bool

// NewForm returns the definition of the pledge form (pledges.md, sections I to VII). published is asked for the pledge
// that another one matches; nil asks nobody. The language of the text is asked early, beside the name, because from then
// on the pages mark what is typed as being in it.
func NewForm(published Lookup) *form.Definition { return newForm(published, nil, nil) }

// newForm is NewForm that also knows which public IDs were taken down, and the partners of a submission who do not take part,
// by their keys; nil knows of none.
func newForm(published, gone Lookup, left func(submission int64) map[string]asked) *form.Definition {
	own := &form.When{Field: "on_behalf", Is: []string{"other"}}
	several := &form.When{Field: "type", Is: []string{string(Common), string(InPartnership)}}
	financial := &form.When{Field: "natures", Is: []string{string(FinancialContribution)}}
	return &form.Definition{Kind: KindName, Steps: []form.Step{
		{ID: "who", Fields: []form.Field{
			{ID: "on_behalf", Type: form.Choice, Required: true, Values: []string{"own", "other"}},
			{ID: "entity", Type: form.Text, Required: true, Max: 300, When: own},
			{ID: "capacity", Type: form.Text, Required: true, Max: 300, When: own},
			{ID: "category", Type: form.Select, Required: true, Options: categoryOptions},
			{ID: "category_other", Type: form.Text, Required: true, Max: 200, When: &form.When{Field: "category", Is: []string{OtherCategory}}},
		}},
		{ID: "contacts", Fields: []form.Field{
			{ID: "contact_name", Type: form.Text, Required: true, Private: true, Max: 200, Autocomplete: "name"},
			{ID: "contact_position", Type: form.Text, Required: true, Private: true, Max: 200, Autocomplete: "organization-title"},
			{ID: "contact_email", Type: form.Email, Required: true, Private: true, Max: 254, Autocomplete: "email"},
			{ID: "second_name", Type: form.Text, Private: true, Max: 200},
			{ID: "second_position", Type: form.Text, Private: true, Max: 200},
			{ID: "second_email", Type: form.Email, Private: true, Max: 254},
		}, Rules: contactRules},
		{ID: "place", Fields: []form.Field{
			{ID: "scope", Type: form.Choice, Required: true, Values: []string{"countries", "global"}},
			{ID: "countries", Type: form.Choices, Required: true, Options: countryOptions, When: &form.When{Field: "scope", Is: []string{"countries"}}},
			{ID: "locality", Type: form.Text, Max: 300},
			{ID: "regions", Type: form.Choices, Options: regionOptions, When: &form.When{Field: "scope", Is: []string{"countries"}}},
		}},
		{ID: "what", Fields: []form.Field{
			{ID: "language", Type: form.Select, Required: true, Options: languageOptions},
			{ID: "title", Type: form.Text, Required: true, Long: LongTitle, Max: 1000},
			{ID: "type", Type: form.Choice, Required: true, Values: names(Types)},
			{ID: "matches", Type: form.Text, Search: true, Required: true, Max: 300, When: &form.When{Field: "type", Is: []string{string(Matching)}}},
			{ID: "mirror", Type: form.Check},
			{ID: "mirror_reference", Type: form.Text, Max: 200, When: &form.When{Field: "mirror", Is: []string{"yes"}}},
		}, Rules: matchRules(published, gone)},
		{ID: "partners", When: several, Fields: []form.Field{
			{ID: "partners", Type: form.Group, Required: true, Min: 1, Max: 50, Fields: []form.Field{
				{ID: "name", Type: form.Text, Required: true, Max: 300},
				{ID: "country", Type: form.Select, Options: countryOptions},
				{ID: "email", Type: form.Email, Required: true, Private: true, Max: 254},
				{ID: "part", Type: form.LongText, Max: 1000},
			}},
		}, Rules: partnerRules(left)},
		{ID: "nature", Fields: []form.Field{
			{ID: "natures", Type: form.Choices, Required: true, Values: names(Natures)},
			{ID: "nature_other", Type: form.Text, Required: true, Max: 200, When: &form.When{Field: "natures", Is: []string{string(OtherNature)}}},
			{ID: "amount", Type: form.Number, When: financial},
			{ID: "currency", Type: form.Select, Options: currencyOptions, When: financial},
			{ID: "period_from", Type: form.Date, When: financial},
			{ID: "period_until", Type: form.Date, When: financial},
			{ID: "recipient", Type: form.Text, Max: 300, When: financial},
		}, Rules: moneyRules},
		{ID: "objectives", Fields: []form.Field{
			{ID: "objectives", Type: form.Objectives, Required: true, Options: objectiveOptions},
			{ID: "related", Type: form.Objectives, Options: objectiveOptions},
			{ID: "principles", Type: form.Choices, Required: true, Options: principleOptions},
		}, Rules: objectiveRules},
		{ID: "text", Fields: []form.Field{
			{ID: "description", Type: form.LongText, Required: true, Min: MinDescription, Max: MaxDescription},
			{ID: "barriers", Type: form.LongText, Max: 2000},
			{ID: "support_needed", Type: form.LongText, Max: 2000},
			{ID: "support_offered", Type: form.LongText, Max: 2000},
		}},
		{ID: "measures", Fields: []form.Field{
			{ID: "indicators", Type: form.Group, Required: true, Min: 1, Max: 20, Fields: []form.Field{
				{ID: "what", Type: form.Text, Required: true, Max: 300},
				{ID: "baseline", Type: form.Text, Max: 200},
				{ID: "target", Type: form.Text, Required: true, Max: 200},
				{ID: "unit", Type: form.Text, Max: 100},
				{ID: "due", Type: form.Date, Required: true, Future: true},
			}},
			{ID: "milestones", Type: form.Group, Max: 20, Fields: []form.Field{
				{ID: "what", Type: form.Text, Required: true, Max: 300},
				{ID: "due", Type: form.Date, Required: true, Future: true},
			}},
		}},
		{ID: "versions", Fields: []form.Field{
			{ID: "versions", Type: form.Group, Max: len(i18n.All) - 1, Fields: []form.Field{
				{ID: "language", Type: form.Select, Required: true, Options: languageOptions},
				{ID: "title", Type: form.Text, Required: true, Long: LongTitle, Max: 1000},
				{ID: "description", Type: form.LongText, Required: true, Max: MaxDescription},
			}},
		}, Rules: versionRules},
		{ID: "files", Fields: []form.Field{
			{ID: "files", Type: form.Files, Max: MaxFiles},
		}},
	}}
}

// contactRules: who names a second contact gives a name and an address.
func contactRules(a form.Answers, _ form.Env) []form.Wrong {
	name, position, email := a.First("second_name"), a.First("second_position"), a.First("second_email")
	var wrong []form.Wrong
	if name == "" && (position != "" || email != "") {
		wrong = append(wrong, form.Wrong{Name: "second_name", Key: "pledge.wrong.second_name"})
	}
	if email == "" && (position != "" || name != "") {
		wrong = append(wrong, form.Wrong{Name: "second_email", Key: "pledge.wrong.second_email"})
	}
	return wrong
}

// matchRules: a matching pledge names a pledge that is published.
func matchRules(published, gone Lookup) func(form.Answers, form.Env) []form.Wrong {
	return func(a form.Answers, _ form.Env) []form.Wrong {
		typed := a.First("matches")
		if typed == "" || !a.Has("type", string(Matching)) {
			return nil
		}
		id, ok := ParseID(typed)
		switch {
		case !ok:
			return []form.Wrong{{Name: "matches", Key: "pledge.wrong.matches.form"}}
		case published != nil && !published(id) && gone != nil && gone(id):
			return []form.Wrong{{Name: "matches", Key: "pledge.wrong.matches.gone", Args: []any{id}}}
		case published != nil && !published(id):
			return []form.Wrong{{Name: "matches", Key: "pledge.wrong.matches.unknown", Args: []any{id}}}
		}
		return nil
	}
}

// partnerRules: nobody is named twice, since everybody is asked once; and who has declined or withdrawn is not named again
// for the same part.
func partnerRules(left func(submission int64) map[string]asked) func(form.Answers, form.Env) []form.Wrong {
	return func(a form.Answers, env form.Env) []form.Wrong {
		var wrong []form.Wrong
		var gone map[string]asked
		if left != nil && env.Submission != 0 && a.Rows("partners") > 0 {
			gone = left(env.Submission)
		}
		seen := map[string]int{}
		for n := range a.Rows("partners") {
			row := a.Row("partners", n)
			one := named{row.First("name"), row.First("country"), row.First("part"), row.First("email")}
			if one.name == "" {
				continue
			}
			add := func(key string, args ...any) {
				wrong = append(wrong, form.Wrong{Name: form.RowName("partners", n, "name"), Key: key, Args: args})
			}
			byCountry, byEmail := strings.ToLower(one.name+"\x00"+one.country), strings.ToLower(one.name+"\x00@"+one.email)
			first, twice := seen[byCountry]
			if !twice && one.email != "" {
				first, twice = seen[byEmail]
			}
			if twice {
				add("pledge.wrong.partner_twice", first+1, n+1)
				continue
			}
			seen[byCountry], seen[byEmail] = n, n
			if q, ok := gone[one.key()]; ok {
				add("pledge.wrong.partner_"+string(q.State), n+1, one.name)
			}
		}
		return wrong
	}
}

// moneyRules: an amount has a currency and the other way round, is above zero, and a period ends after it starts.
func moneyRules(a form.Answers, _ form.Env) []form.Wrong {
	if !a.Has("natures", string(FinancialContribution)) {
		return nil
	}
	var wrong []form.Wrong
	amount, currency := a.First("amount"), a.First("currency")
	switch number, ok := form.ParseNumber(amount); {
	case amount == "" && currency != "":
		wrong = append(wrong, form.Wrong{Name: "amount", Key: "pledge.wrong.currency_without_amount", Args: []any{currency}})
	case ok && (number == "0" || number[0] == '-'):
		wrong = append(wrong, form.Wrong{Name: "amount", Key: "pledge.wrong.amount_zero"})
	}
	if amount != "" && currency == "" {
		wrong = append(wrong, form.Wrong{Name: "currency", Key: "pledge.wrong.amount_without_currency"})
	}
	from, _, _, _ := form.DateOf(a, "period_from")
	until, _, _, _ := form.DateOf(a, "period_until")
	if !from.IsZero() && !until.IsZero() && until.Before(from) {
		wrong = append(wrong, form.Wrong{Name: "period_until.day", Key: "pledge.wrong.period"})
	}
	return wrong
}

// objectiveRules: one to three main objectives.
func objectiveRules(a form.Answers, _ form.Env) []form.Wrong {
	if n := len(a.All("objectives")); n > MaxObjectives {
		return []form.Wrong{{Name: "objectives", Key: "pledge.wrong.objectives", Args: []any{MaxObjectives, n}}}
	}
	return nil
}

// versionRules: each language once, and not the one that the pledge is written in.
func versionRules(a form.Answers, _ form.Env) []form.Wrong {
	var wrong []form.Wrong
	seen := map[string]bool{}
	for n := range a.Rows("versions") {
		lang := a.Row("versions", n).First("language")
		if !knownLang(lang) {
			continue
		}
		name := form.RowName("versions", n, "language")
		switch {
		case lang == a.First("language"):
			wrong = append(wrong, form.Wrong{Name: name, Key: "pledge.wrong.version_original", Args: []any{i18n.Lang(lang).Name()}})
		case seen[lang]:
			wrong = append(wrong, form.Wrong{Name: name, Key: "pledge.wrong.version_twice", Args: []any{i18n.Lang(lang).Name()}})
		}
		seen[lang] = true
	}
	return wrong
}

func names[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}
