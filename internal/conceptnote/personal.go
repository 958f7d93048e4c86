package conceptnote

import "portal/internal/personal"

// Personal is what this package keeps of a person.
var Personal = personal.Data{
	LeftOut: map[string]string{"fund_configurations.set_by": "an act at a desk; it is among the person's acts"},
	Kept:    map[string]string{"fund_configurations.set_by": "who set the configuration, for the record"},
}
