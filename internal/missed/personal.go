package missed

import "portal/internal/personal"

// Personal is what this package keeps of a person: of editors only, since what people searched for names nobody.
var Personal = personal.Data{
	LeftOut: map[string]string{"missed_searches.dealt_by": "the work of a desk, which is among the person's acts"},
	Kept:    map[string]string{"missed_searches.dealt_by": "who dealt with it, for the record"},
}
