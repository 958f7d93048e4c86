package conceptnote

import (
	"regexp"
	"strings"

	"portal/internal/form"
)

// markup is a tag, as it comes along when a text is pasted from a web page.
var markup = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`)

// noteRules: a title is plain words, a duration whole months.
func noteRules(a form.Answers, _ form.Env) []form.Wrong {
	var wrong []form.Wrong
	if tag := markup.FindString(a.First("title")); tag != "" {
		wrong = append(wrong, form.Wrong{Name: "title", Key: "concept_note.wrong.markup", Args: []any{tag}})
	}
	if typed := a.First("months"); typed != "" {
		if _, ok := Months(typed); !ok {
			wrong = append(wrong, form.Wrong{Name: "months", Key: "concept_note.wrong.months", Args: []any{MaxMonths}})
		}
	}
	return wrong
}

// whereRules: as many countries as the scope says, and an office that may file.
func whereRules(filer func(a form.Answers, env form.Env) []form.Wrong) func(form.Answers, form.Env) []form.Wrong {
	return func(a form.Answers, env form.Env) []form.Wrong {
		var wrong []form.Wrong
		switch n := len(a.All("countries")); {
		case Scope(a.First("scope")) == National && n > 1:
			wrong = append(wrong, form.Wrong{Name: "countries", Key: "concept_note.wrong.one_country", Args: []any{n}})
		case a.First("scope") != "" && Scope(a.First("scope")) != National && n == 1:
			wrong = append(wrong, form.Wrong{Name: "countries", Key: "concept_note.wrong.several_countries"})
		}
		if filer != nil {
			wrong = append(wrong, filer(a, env)...)
		}
		return wrong
	}
}

// areaRules: the targets of the Sustainable Development Goals are numbers of targets.
func areaRules(a form.Answers, _ form.Env) []form.Wrong {
	if _, word := Targets(a.First("targets")); word != "" {
		return []form.Wrong{{Name: "targets", Key: "concept_note.wrong.target", Args: []any{word}}}
	}
	return nil
}

// folded is a name as it is compared.
func folded(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// twice finds the names that stand in a group for a second time: one organization is no joint programme.
func twice(a form.Answers, group, key string) []form.Wrong {
	var wrong []form.Wrong
	seen := map[string]bool{}
	for n := range a.Rows(group) {
		name := a.First(form.RowName(group, n, "name"))
		if name != "" && seen[folded(name)] {
			wrong = append(wrong, form.Wrong{Name: form.RowName(group, n, "name"), Key: key, Args: []any{name}})
		}
		seen[folded(name)] = true
	}
	return wrong
}

// organizationRules: the organizations are different ones, and exactly one convenes. That nobody convenes is told once all
// that are there have their role.
func organizationRules(a form.Answers, _ form.Env) []form.Wrong {
	wrong := twice(a, "organizations", "concept_note.wrong.organization_twice")
	rows, convening, open := a.Rows("organizations"), 0, 0
	for n := range rows {
		control := form.RowName("organizations", n, "role")
		switch Role(a.First(control)) {
		case Convening:
			if convening++; convening > 1 {
				wrong = append(wrong, form.Wrong{Name: control, Key: "concept_note.wrong.convening_twice"})
			}
		case "":
			open++
		}
	}
	if rows >= 2 && convening == 0 && open == 0 {
		wrong = append(wrong, form.Wrong{Name: form.RowName("organizations", 0, "role"), Key: "concept_note.wrong.convening_none"})
	}
	return wrong
}

// partnerRules: the government partners are different ones.
func partnerRules(a form.Answers, _ form.Env) []form.Wrong {
	return twice(a, "governments", "concept_note.wrong.government_twice")
}

// markerRules: what must be addressed is (fund.md: gender and child sensitivity must be addressed in every note).
func markerRules(now func() *Configuration) func(form.Answers, form.Env) []form.Wrong {
	return func(a form.Answers, _ form.Env) []form.Wrong {
		var wrong []form.Wrong
		for _, m := range Markers {
			if scale := now().Markers[m]; !scale.Addresses(a.First(string(m))) {
				wrong = append(wrong, form.Wrong{Name: string(m), Key: "concept_note.wrong.marker", Args: []any{scale.Least}})
			}
		}
		return wrong
	}
}
