package expert

import "portal/internal/personal"

// Personal is what this package keeps of a person.
var Personal = personal.Data{
	Sections: []personal.Section{{Name: "expert", Columns: []string{"experts.user_id"}, SQL: `SELECT name, organization, lang, text, objectives, languages, regions, countries, links,
		state, consented_at, created_at FROM experts WHERE user_id = $1`, Texts: map[string]string{"state": "expert.state."}}},
	LeftOut:  map[string]string{"experts.hidden_by": "the work of a desk, which is among the person's acts"},
	Erasures: []personal.Erasure{personal.Erase(`DELETE FROM experts WHERE user_id = $1`, "experts.user_id")},
	Kept:     map[string]string{"experts.hidden_by": "who hid a profile, for the record"},
}
